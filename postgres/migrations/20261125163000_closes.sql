-- What closing a month leaves behind: gaps that a person decided to live with,
-- and sign-offs, which a late fact suspends.
-- +goose Up

-- One finding of a month that a person waived. Who did, and why, stands with the
-- decision that its value's evidence names.
CREATE TABLE close_waivers (
    pk              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_pk    bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    close_waiver_id text NOT NULL,
    record_id       text, -- the month, YYYY-MM
    counterparty    text, -- company id, or what the close calls a counterparty without one
    check_name      text,
    entity_type     text,
    entity_id       text,
    fingerprint     text, -- of what was waived: another amount is asked about anew
    state           text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz DEFAULT now(),
    UNIQUE (workspace_pk, close_waiver_id)
);
CREATE INDEX close_waivers_month_idx ON close_waivers (workspace_pk, record_id);

CREATE TABLE close_sign_offs (
    pk                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    close_sign_off_id uuid NOT NULL DEFAULT gen_random_uuid(),
    workspace_pk      bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    record_id         text NOT NULL CHECK (record_id ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    task_id           uuid NOT NULL, -- the monthly_close that was signed; its row never changes any more
    snapshot_hash     text NOT NULL,
    prepared_by       text,
    signed_by         text NOT NULL,
    key_id            text,
    note              text NOT NULL DEFAULT '',
    state             text NOT NULL DEFAULT 'standing' CHECK (state IN ('standing', 'suspended', 'replaced')),
    suspended_at      timestamptz,
    suspended_by      text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_pk, close_sign_off_id),
    CHECK (lower(signed_by) IS DISTINCT FROM lower(prepared_by)),
    CHECK ((suspended_at IS NULL) = (suspended_by IS NULL))
);
-- A month stands signed once.
CREATE UNIQUE INDEX close_sign_offs_standing_key ON close_sign_offs (workspace_pk, record_id) WHERE state = 'standing';
CREATE INDEX close_sign_offs_month_idx ON close_sign_offs (workspace_pk, record_id, created_at);
CREATE INDEX close_sign_offs_created_idx ON close_sign_offs (workspace_pk, created_at, close_sign_off_id);

-- The closes of a workspace, newest first, and those of one month.
CREATE INDEX enrichment_tasks_closes_idx ON enrichment_tasks (workspace_pk, created_at DESC, pk DESC)
    WHERE enrichment_type = 'monthly_close' AND entity_type = 'calendar_month' AND deleted_at IS NULL;

ALTER TABLE close_waivers ENABLE ROW LEVEL SECURITY;
ALTER TABLE close_waivers FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON close_waivers USING (workspace_pk = enrichd_workspace());
ALTER TABLE close_sign_offs ENABLE ROW LEVEL SECURITY;
ALTER TABLE close_sign_offs FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON close_sign_offs USING (workspace_pk = enrichd_workspace());
GRANT SELECT, INSERT, UPDATE ON close_waivers, close_sign_offs TO enrichd_app;

-- A sign-off takes the workspace's lock alone, who writes a fact shares it: so a
-- fact is either in what was signed or sees the sign-off, and suspends it.
-- +goose StatementBegin
CREATE FUNCTION enrichd_suspend_sign_off(ws bigint, day date, fact text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('sign-off', ws));
    WITH suspended AS (
        UPDATE close_sign_offs SET state = 'suspended', suspended_at = now(), suspended_by = fact
        WHERE workspace_pk = ws AND record_id = to_char(day, 'YYYY-MM') AND state = 'standing'
        RETURNING close_sign_off_id, record_id
    )
    INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data)
    SELECT ws, 'close_sign_off.suspended', 'close_sign_off', close_sign_off_id::text, jsonb_build_object('record_id', record_id, 'fact', fact)
    FROM suspended;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION enrichd_late_transaction() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.amount, OLD.currency, OLD.booking_date, OLD.value_date, OLD.status, OLD.counterparty_name, OLD.counterparty_iban, OLD.deleted_at)
            IS NOT DISTINCT FROM (NEW.amount, NEW.currency, NEW.booking_date, NEW.value_date, NEW.status, NEW.counterparty_name, NEW.counterparty_iban, NEW.deleted_at) THEN
            RETURN NULL;
        END IF;
        PERFORM enrichd_suspend_sign_off(OLD.workspace_pk, coalesce(OLD.booking_date, OLD.value_date), 'transaction ' || OLD.transaction_id);
    END IF;
    PERFORM enrichd_suspend_sign_off(NEW.workspace_pk, coalesce(NEW.booking_date, NEW.value_date), 'transaction ' || NEW.transaction_id);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER enrichd_late_transaction AFTER INSERT OR UPDATE ON transactions FOR EACH ROW EXECUTE FUNCTION enrichd_late_transaction();

-- What is paid later is no late fact: payment_status and paid_total are not looked at.
-- +goose StatementBegin
CREATE FUNCTION enrichd_late_invoice() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.invoice_number, OLD.issuer_id, OLD.receiver_id, OLD.direction, OLD.status, OLD.document_type_code, OLD.issue_date, OLD.due_date,
                OLD.local_currency, OLD.items_total, OLD.tax_total, OLD.grand_total, OLD.balance_due, OLD.deleted_at)
            IS NOT DISTINCT FROM (NEW.invoice_number, NEW.issuer_id, NEW.receiver_id, NEW.direction, NEW.status, NEW.document_type_code, NEW.issue_date, NEW.due_date,
                NEW.local_currency, NEW.items_total, NEW.tax_total, NEW.grand_total, NEW.balance_due, NEW.deleted_at) THEN
            RETURN NULL;
        END IF;
        PERFORM enrichd_suspend_sign_off(OLD.workspace_pk, OLD.issue_date, 'invoice ' || OLD.invoice_id);
    END IF;
    PERFORM enrichd_suspend_sign_off(NEW.workspace_pk, NEW.issue_date, 'invoice ' || NEW.invoice_id);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER enrichd_late_invoice AFTER INSERT OR UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION enrichd_late_invoice();

-- A link is a fact of the month of its transaction.
-- +goose StatementBegin
CREATE FUNCTION enrichd_late_link() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    day date;
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.transaction_id, OLD.invoice_id, OLD.amount, OLD.currency, OLD.edge_status, OLD.deleted_at)
        IS NOT DISTINCT FROM (NEW.transaction_id, NEW.invoice_id, NEW.amount, NEW.currency, NEW.edge_status, NEW.deleted_at) THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(booking_date, value_date) INTO day FROM transactions
        WHERE workspace_pk = NEW.workspace_pk AND transaction_id = NEW.transaction_id;
    IF day IS NOT NULL THEN
        PERFORM enrichd_suspend_sign_off(NEW.workspace_pk, day, 'invoice_transaction ' || NEW.invoice_transaction_id);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER enrichd_late_link AFTER INSERT OR UPDATE ON invoice_transactions FOR EACH ROW EXECUTE FUNCTION enrichd_late_link();
