CREATE TYPE public.enrichment_task_status_enum AS ENUM (
    'pending',
    'processing',
    'completed',
    'awaiting_approval',
    'failed',
    'rejected'
);

CREATE TYPE public.enrichment_type_enum AS ENUM (
    'logo',
    'ai_company',
    'ai_people',
    'ai_invoice',
    'ocr_extract',
    'reconcile',
    'provider_score',
    'document_reconciliation_backfill',
    'monthly_close',
    'monthly_close_backfill',
    'custom_column',
    'field_rule'
);

CREATE TYPE public.source_channel_enum AS ENUM (
    'company_create',
    'person_create',
    'document_upload',
    'ocr_completion',
    'bank_sync',
    'email_import',
    'mcp_hub',
    'cell_edit',
    'manual'
);

CREATE FUNCTION public.enrichd_faults(ws bigint DEFAULT NULL::bigint) RETURNS TABLE(workspace_pk bigint, fault text, subject text, expected text, found text)
    LANGUAGE sql STABLE
    AS $$
WITH task AS (
    SELECT t.pk, t.workspace_pk, t.enrichment_task_id, t.enrichment_type, t.status, t.deleted_at IS NULL AS live, d.task_pk IS NOT NULL AS has_row,
        d.workspace_pk AS row_workspace, d.enrichment_type AS row_type, d.children,
        t.deleted_at IS NULL AND (t.status IN ('pending', 'processing') OR t.status = 'awaiting_approval' AND EXISTS (
            SELECT FROM enrichment_decisions v WHERE v.workspace_pk = t.workspace_pk AND v.task_pk = t.pk AND v.state = 'waiting')) AS wants_row
    FROM enrichment_tasks t LEFT JOIN enrichment_dispatches d ON d.task_pk = t.pk
    WHERE (ws IS NULL OR t.workspace_pk = ws) AND (d.task_pk IS NOT NULL OR t.deleted_at IS NULL AND t.status IN ('pending', 'processing', 'awaiting_approval'))
), counted AS (
    SELECT c.workspace_pk, c.batch_id, c.enrichment_type, c.status, sum(c.tasks)::bigint AS tasks FROM (
        SELECT t.workspace_pk, t.batch_id, t.enrichment_type, CASE WHEN t.deleted_at IS NULL THEN t.status::text ELSE 'deleted' END AS status, count(*) AS tasks
        FROM enrichment_tasks t WHERE (ws IS NULL OR t.workspace_pk = ws) AND t.batch_id IS NOT NULL GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT a.workspace_pk, a.batch_id, a.enrichment_type, a.status, a.tasks FROM enrichment_archived_counts a WHERE ws IS NULL OR a.workspace_pk = ws
    ) AS c GROUP BY 1, 2, 3, 4
), batch AS (
    SELECT c.workspace_pk, c.batch_id, sum(tasks)::bigint AS total, coalesce(sum(tasks) FILTER (WHERE status IN ('pending', 'processing')), 0)::bigint AS running,
        coalesce(sum(tasks) FILTER (WHERE status IN ('pending', 'processing', 'awaiting_approval')), 0)::bigint AS open
    FROM counted c GROUP BY 1, 2
), slots AS (
    SELECT s.workspace_pk, s.batch_id, s.enrichment_type, s.status, sum(s.tasks) AS tasks
    FROM enrichment_batch_counts s WHERE ws IS NULL OR s.workspace_pk = ws GROUP BY 1, 2, 3, 4 HAVING sum(s.tasks) <> 0
)
SELECT workspace_pk, 'dispatch_missing', enrichment_task_id::text, 'a dispatch row', 'none' FROM task WHERE wants_row AND NOT has_row
UNION ALL
SELECT workspace_pk, 'dispatch_left_over', enrichment_task_id::text, 'no dispatch row', CASE WHEN live THEN status::text ELSE 'deleted' END
FROM task WHERE has_row AND NOT wants_row
UNION ALL
SELECT workspace_pk, 'dispatch_of_another', enrichment_task_id::text, workspace_pk || ' ' || enrichment_type, row_workspace || ' ' || row_type
FROM task WHERE has_row AND (row_workspace, row_type) IS DISTINCT FROM (workspace_pk, enrichment_type)
UNION ALL
SELECT p.workspace_pk, 'children_miscounted', p.enrichment_task_id::text, c.open::text, p.children::text
FROM task p CROSS JOIN LATERAL (
    SELECT count(*) AS open FROM enrichment_tasks c WHERE c.workspace_pk = p.workspace_pk AND c.parent_task_pk = p.pk AND c.deleted_at IS NULL
        AND c.status IN ('pending', 'processing', 'awaiting_approval')) AS c
WHERE p.children IS NOT NULL AND p.children <> c.open
UNION ALL
SELECT workspace_pk, 'batch_miscounted', batch_id::text, format('total %s, running %s, open %s', e.total, e.running, e.open),
    coalesce(format('total %s, running %s, open %s', b.total, b.running, b.open), 'no batch')
FROM batch e FULL JOIN (SELECT * FROM enrichment_batches b WHERE ws IS NULL OR b.workspace_pk = ws) AS b USING (workspace_pk, batch_id)
WHERE (coalesce(e.total, 0), coalesce(e.running, 0), coalesce(e.open, 0)) IS DISTINCT FROM (b.total::bigint, b.running::bigint, b.open::bigint)
UNION ALL
SELECT workspace_pk, 'batch_counts_wrong', batch_id::text, format('%s %s: %s', enrichment_type, status, coalesce(e.tasks, 0)), coalesce(s.tasks, 0)::text
FROM counted e FULL JOIN slots s USING (workspace_pk, batch_id, enrichment_type, status)
WHERE coalesce(e.tasks, 0) <> coalesce(s.tasks, 0)
$$;

CREATE FUNCTION public.enrichd_forms(VARIADIC numbers text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$ SELECT coalesce(array_agg(f), '{}') FROM unnest(numbers) AS n,
    LATERAL (VALUES (regexp_replace(lower(n), '[^[:alnum:]]+', '', 'g')), (substring(n FROM '[0-9]{4,}$'))) AS v (f) WHERE f <> '' $_$;

CREATE FUNCTION public.enrichd_guard_task() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.status IS DISTINCT FROM OLD.status THEN
        IF NOT ((OLD.status = 'pending' AND NEW.status = 'processing')
             OR (OLD.status = 'processing' AND NEW.status IN ('completed', 'failed', 'rejected', 'awaiting_approval'))
             OR (OLD.status = 'awaiting_approval' AND NEW.status IN ('processing', 'rejected'))) THEN
            RAISE EXCEPTION 'enrichment task may not move from % to %', OLD.status, NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'enrichment_tasks_moves';
        END IF;
    ELSIF OLD.status IN ('completed', 'failed', 'rejected')
        AND (NEW.output, NEW.error, NEW.completed_at, NEW.input) IS DISTINCT FROM (OLD.output, OLD.error, OLD.completed_at, OLD.input) THEN
        RAISE EXCEPTION 'enrichment task is % and cannot change any more', OLD.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'enrichment_tasks_terminal';
    END IF;
    -- ON DELETE SET NULL is written by the database itself: keep updated_at true.
    IF NEW.parent_task_pk IS DISTINCT FROM OLD.parent_task_pk AND NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.enrichd_late_invoice() RETURNS trigger
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

CREATE FUNCTION public.enrichd_late_link() RETURNS trigger
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

CREATE FUNCTION public.enrichd_late_transaction() RETURNS trigger
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

CREATE FUNCTION public.enrichd_own_parent() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM enrichment_tasks WHERE pk = NEW.parent_task_pk AND workspace_pk = NEW.workspace_pk) THEN
        RAISE EXCEPTION 'the parent of an enrichment task must be of the same workspace'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'enrichment_tasks_own_parent';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.enrichd_suspend_sign_off(ws bigint, day date, fact text) RETURNS void
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

CREATE FUNCTION public.enrichd_words(VARIADIC texts text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT array_remove(regexp_split_to_array(regexp_replace(normalize(lower(array_to_string(texts, ' ')), NFKD), '[\u0300-\u036f]', '', 'g'),
    '[^[:alnum:]]+'), '') $$;

CREATE FUNCTION public.enrichd_workspace() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('enrichd.workspace_pk', true), '')::bigint $$;

CREATE TABLE public.api_keys (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    key_id text NOT NULL,
    secret_hash bytea NOT NULL,
    name text NOT NULL,
    holder text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    CONSTRAINT api_keys_holder_check CHECK ((holder = ANY (ARRAY['person'::text, 'service'::text, 'agent'::text])))
);

ALTER TABLE ONLY public.api_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.api_keys ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.api_keys_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.bank_csv_mappings (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    mapping_key text NOT NULL,
    mapping json NOT NULL,
    is_sure boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now()
);

ALTER TABLE ONLY public.bank_csv_mappings FORCE ROW LEVEL SECURITY;

ALTER TABLE public.bank_csv_mappings ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.bank_csv_mappings_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.bank_statements (
    pk bigint NOT NULL,
    bank_statement_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    workspace_pk bigint NOT NULL,
    filename text DEFAULT ''::text NOT NULL,
    format text NOT NULL,
    checksum text NOT NULL,
    statements json NOT NULL,
    warnings json DEFAULT '[]'::json NOT NULL,
    entries_new integer NOT NULL,
    entries_known integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    mapping json
);

ALTER TABLE ONLY public.bank_statements FORCE ROW LEVEL SECURITY;

ALTER TABLE public.bank_statements ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.bank_statements_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.close_sign_offs (
    pk bigint NOT NULL,
    close_sign_off_id uuid DEFAULT gen_random_uuid() NOT NULL,
    workspace_pk bigint NOT NULL,
    record_id text NOT NULL,
    task_id uuid NOT NULL,
    snapshot_hash text NOT NULL,
    prepared_by text,
    signed_by text NOT NULL,
    key_id text,
    note text DEFAULT ''::text NOT NULL,
    state text DEFAULT 'standing'::text NOT NULL,
    suspended_at timestamp with time zone,
    suspended_by text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT close_sign_offs_check CHECK ((lower(signed_by) IS DISTINCT FROM lower(prepared_by))),
    CONSTRAINT close_sign_offs_check1 CHECK (((suspended_at IS NULL) = (suspended_by IS NULL))),
    CONSTRAINT close_sign_offs_record_id_check CHECK ((record_id ~ '^\d{4}-(0[1-9]|1[0-2])$'::text)),
    CONSTRAINT close_sign_offs_state_check CHECK ((state = ANY (ARRAY['standing'::text, 'suspended'::text, 'replaced'::text])))
);

ALTER TABLE ONLY public.close_sign_offs FORCE ROW LEVEL SECURITY;

ALTER TABLE public.close_sign_offs ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.close_sign_offs_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.close_waivers (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    close_waiver_id text NOT NULL,
    record_id text,
    counterparty text,
    check_name text,
    entity_type text,
    entity_id text,
    fingerprint text,
    state text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now()
);

ALTER TABLE ONLY public.close_waivers FORCE ROW LEVEL SECURITY;

ALTER TABLE public.close_waivers ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.close_waivers_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.companies (
    pk bigint NOT NULL,
    company_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    workspace_pk bigint NOT NULL,
    name text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now(),
    deleted_at timestamp with time zone,
    registered_name text,
    trade_name text,
    tax_id_value text,
    tax_id_type text,
    country text,
    domain character varying(500),
    is_own_company boolean DEFAULT false NOT NULL,
    website text,
    description text,
    email text,
    phone text,
    street text,
    postal_code text,
    city text,
    registration_number text,
    registration_court text,
    lei text,
    employee_count integer,
    founded_year integer,
    logo_url text,
    logo_hash text,
    merged_into text,
    words text[] GENERATED ALWAYS AS (public.enrichd_words(VARIADIC ARRAY[name, registered_name, trade_name])) STORED
);

ALTER TABLE ONLY public.companies FORCE ROW LEVEL SECURITY;

ALTER TABLE public.companies ALTER COLUMN pk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.companies_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.company_people (
    pk bigint NOT NULL,
    company_person_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    workspace_pk bigint NOT NULL,
    company_id text,
    person_id text,
    relationship_type text,
    job_title text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now(),
    deleted_at timestamp with time zone,
    CONSTRAINT company_people_relationship_type_check CHECK ((relationship_type = ANY (ARRAY['owner'::text, 'employee'::text, 'contact'::text, 'other'::text])))
);

ALTER TABLE ONLY public.company_people FORCE ROW LEVEL SECURITY;

ALTER TABLE public.company_people ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.company_people_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.company_providers (
    pk bigint NOT NULL,
    company_provider_id text NOT NULL,
    workspace_pk bigint NOT NULL,
    company_id text,
    provider_id text,
    match real,
    priority integer,
    mode text,
    match_status text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now(),
    deleted_at timestamp with time zone,
    CONSTRAINT company_providers_match_status_check CHECK ((match_status = ANY (ARRAY['suggested'::text, 'matched'::text, 'refused'::text]))),
    CONSTRAINT company_providers_mode_check CHECK ((mode = ANY (ARRAY['agent'::text, 'connect'::text, 'upload'::text]))),
    CONSTRAINT company_providers_priority_check CHECK (((priority >= 0) AND (priority <= 100)))
);

ALTER TABLE ONLY public.company_providers FORCE ROW LEVEL SECURITY;

ALTER TABLE public.company_providers ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.company_providers_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.definition_revisions (
    workspace_pk bigint NOT NULL,
    revision bigint DEFAULT 1 NOT NULL
);

ALTER TABLE ONLY public.definition_revisions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.document_extractions (
    source_checksum text NOT NULL,
    parser_name character varying(64) NOT NULL,
    parser_version text NOT NULL,
    result jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.documents (
    pk bigint NOT NULL,
    document_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    workspace_pk bigint NOT NULL,
    filename text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now(),
    deleted_at timestamp with time zone,
    path text,
    mime_type text DEFAULT 'application/octet-stream'::text NOT NULL,
    size bigint DEFAULT 0 NOT NULL,
    checksum text,
    document_type text,
    uploaded_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.documents FORCE ROW LEVEL SECURITY;

ALTER TABLE public.documents ALTER COLUMN pk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.documents_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.emails (
    pk bigint NOT NULL,
    email_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    workspace_pk bigint NOT NULL,
    message_id text,
    checksum text NOT NULL,
    sender text,
    sender_name text,
    subject text,
    sent_at timestamp with time zone,
    document_id text NOT NULL,
    attachments json DEFAULT '[]'::json NOT NULL,
    refused json DEFAULT '[]'::json NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone
);

ALTER TABLE ONLY public.emails FORCE ROW LEVEL SECURITY;

ALTER TABLE public.emails ALTER COLUMN pk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.emails_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.enrichd_settings (
    name text NOT NULL,
    value bytea NOT NULL
);

CREATE TABLE public.enrichment_archived_counts (
    workspace_pk bigint NOT NULL,
    batch_id uuid NOT NULL,
    enrichment_type text NOT NULL,
    status text NOT NULL,
    tasks bigint NOT NULL
);

ALTER TABLE ONLY public.enrichment_archived_counts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.enrichment_archives (
    workspace_pk bigint NOT NULL,
    file text NOT NULL,
    bytes bigint NOT NULL,
    tasks bigint NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.enrichment_archives FORCE ROW LEVEL SECURITY;

CREATE TABLE public.enrichment_batch_counts (
    workspace_pk bigint NOT NULL,
    batch_id uuid NOT NULL,
    enrichment_type text NOT NULL,
    status text NOT NULL,
    slot smallint NOT NULL,
    tasks integer DEFAULT 0 NOT NULL,
    cost_micros bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');

ALTER TABLE ONLY public.enrichment_batch_counts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.enrichment_batches (
    workspace_pk bigint NOT NULL,
    batch_id uuid DEFAULT gen_random_uuid() NOT NULL,
    total integer NOT NULL,
    running integer NOT NULL,
    open integer NOT NULL,
    joined integer DEFAULT 0 NOT NULL,
    reused integer DEFAULT 0 NOT NULL,
    request jsonb,
    fingerprint text,
    idempotency_key text,
    pressed_by text,
    max_cost_micros bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    settled_at timestamp with time zone,
    completed_at timestamp with time zone,
    CONSTRAINT enrichment_batches_check CHECK (((0 <= running) AND (running <= open) AND (open <= total))),
    CONSTRAINT enrichment_batches_check1 CHECK (((open = 0) = (completed_at IS NOT NULL))),
    CONSTRAINT enrichment_batches_check2 CHECK (((running = 0) = (settled_at IS NOT NULL)))
)
WITH (fillfactor='50');

ALTER TABLE ONLY public.enrichment_batches FORCE ROW LEVEL SECURITY;

CREATE TABLE public.enrichment_decisions (
    pk bigint NOT NULL,
    decision_id uuid DEFAULT gen_random_uuid() NOT NULL,
    workspace_pk bigint NOT NULL,
    task_pk bigint NOT NULL,
    verdict text NOT NULL,
    accepted text[],
    reason text DEFAULT ''::text NOT NULL,
    reviewed_hash text NOT NULL,
    decided_by text NOT NULL,
    key_id text,
    state text DEFAULT 'waiting'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT enrichment_decisions_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'applied'::text, 'withdrawn'::text, 'superseded'::text]))),
    CONSTRAINT enrichment_decisions_verdict_check CHECK ((verdict = ANY (ARRAY['approve'::text, 'reject'::text])))
);

ALTER TABLE ONLY public.enrichment_decisions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_decisions ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.enrichment_decisions_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.enrichment_dispatches (
    task_pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    enrichment_type text NOT NULL,
    priority smallint DEFAULT 10 NOT NULL,
    depth smallint DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    crashes integer DEFAULT 0 NOT NULL,
    worker_pk bigint,
    token bigint,
    claimed_at timestamp with time zone,
    wait_code text DEFAULT 'queued'::text NOT NULL,
    wait_words text,
    children integer,
    expires_at timestamp with time zone,
    generation bigint,
    sent_at timestamp with time zone,
    traceparent text,
    CONSTRAINT enrichment_dispatches_check CHECK ((((worker_pk IS NULL) = (token IS NULL)) AND ((worker_pk IS NULL) = (claimed_at IS NULL)))),
    CONSTRAINT enrichment_dispatches_children_check CHECK ((children > 0)),
    CONSTRAINT enrichment_dispatches_parked CHECK (((children IS NOT NULL) = (due_at = 'infinity'::timestamp with time zone)))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');

CREATE TABLE public.enrichment_events (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    event_type text NOT NULL,
    subject_type text NOT NULL,
    subject_id text NOT NULL,
    data jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sequence bigint
);

ALTER TABLE ONLY public.enrichment_events FORCE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_events ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.enrichment_events_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE public.enrichment_generations
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.enrichment_limits (
    scope text NOT NULL,
    name text NOT NULL,
    provider text,
    max_running integer,
    per_minute double precision,
    burst integer DEFAULT 1 NOT NULL,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    paused_until timestamp with time zone,
    pause_words text,
    operator_set boolean DEFAULT false NOT NULL,
    CONSTRAINT enrichment_limits_burst_check CHECK ((burst > 0)),
    CONSTRAINT enrichment_limits_max_running_check CHECK ((max_running > 0)),
    CONSTRAINT enrichment_limits_per_minute_check CHECK ((per_minute > (0)::double precision)),
    CONSTRAINT enrichment_limits_scope_check CHECK ((scope = ANY (ARRAY['type'::text, 'provider'::text])))
);

CREATE VIEW public.enrichment_room AS
 SELECT l.scope,
    l.name,
    l.provider,
    l.max_running,
    l.per_minute,
    l.burst,
    l.next_at,
    l.paused_until,
    l.pause_words,
    l.operator_set,
    (
        CASE
            WHEN (l.paused_until > now()) THEN (0)::double precision
            WHEN ((l.max_running IS NULL) AND (l.per_minute IS NULL)) THEN NULL::double precision
            ELSE GREATEST((0)::double precision, LEAST((
            CASE
                WHEN (l.max_running IS NOT NULL) THEN (l.max_running - ( SELECT count(*) AS count
                   FROM public.enrichment_dispatches d
                  WHERE ((d.worker_pk IS NOT NULL) AND (((l.scope = 'type'::text) AND (d.enrichment_type = l.name)) OR ((l.scope = 'provider'::text) AND (d.enrichment_type IN ( SELECT t.name
                           FROM public.enrichment_limits t
                          WHERE ((t.scope = 'type'::text) AND (t.provider = l.name)))))))))
                ELSE NULL::bigint
            END)::double precision, floor(((l.burst)::double precision - (((GREATEST((0)::numeric, EXTRACT(epoch FROM (l.next_at - now()))))::double precision * l.per_minute) / (60)::double precision)))))
        END)::bigint AS room
   FROM public.enrichment_limits l;

CREATE VIEW public.enrichment_holds AS
 SELECT t.name AS enrichment_type,
    r.scope,
    r.name,
    r.paused_until,
    r.pause_words,
    r.max_running,
    r.per_minute,
    now() AS now,
        CASE
            WHEN (r.per_minute IS NOT NULL) THEN (r.next_at - make_interval(secs => ((((r.burst - 1) * 60))::double precision / r.per_minute)))
            ELSE NULL::timestamp with time zone
        END AS next_start
   FROM (public.enrichment_limits t
     JOIN public.enrichment_room r ON ((((r.scope = 'type'::text) AND (r.name = t.name)) OR ((r.scope = 'provider'::text) AND (r.name = t.provider)))))
  WHERE ((t.scope = 'type'::text) AND (r.room = 0));

CREATE SEQUENCE public.enrichment_lease_tokens
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 100;

CREATE TABLE public.enrichment_proposals (
    task_pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    effects json NOT NULL,
    depth smallint NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.enrichment_proposals FORCE ROW LEVEL SECURITY;

CREATE TABLE public.enrichment_task_attempts (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    task_pk bigint NOT NULL,
    attempt integer NOT NULL,
    worker text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone DEFAULT now() NOT NULL,
    outcome text NOT NULL,
    error text,
    cost_micros bigint DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY public.enrichment_task_attempts FORCE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_task_attempts ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.enrichment_task_attempts_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.enrichment_tasks (
    pk bigint NOT NULL,
    enrichment_task_id uuid DEFAULT gen_random_uuid() NOT NULL,
    workspace_pk bigint NOT NULL,
    status public.enrichment_task_status_enum DEFAULT 'pending'::public.enrichment_task_status_enum NOT NULL,
    enrichment_type text NOT NULL,
    input jsonb,
    output jsonb,
    target_fields jsonb,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now(),
    deleted_at timestamp with time zone,
    completed_at timestamp with time zone,
    source_channel public.source_channel_enum,
    input_hash text,
    entity_type character varying(100) NOT NULL,
    entity_id character varying(255) NOT NULL,
    description text,
    batch_id uuid,
    parent_task_pk bigint
);

ALTER TABLE ONLY public.enrichment_tasks FORCE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_tasks ALTER COLUMN pk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.enrichment_tasks_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.enrichment_weights (
    workspace_pk bigint NOT NULL,
    weight smallint NOT NULL,
    CONSTRAINT enrichment_weights_weight_check CHECK (((weight >= 1) AND (weight <= 1000)))
);

CREATE TABLE public.enrichment_workers (
    pk bigint NOT NULL,
    name text NOT NULL,
    types text[] NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    beat_at timestamp with time zone DEFAULT now() NOT NULL,
    lock_at timestamp with time zone,
    free_since timestamp with time zone,
    back_at timestamp with time zone
);

ALTER TABLE public.enrichment_workers ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.enrichment_workers_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.field_definitions (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    field_definition_id uuid DEFAULT gen_random_uuid() NOT NULL,
    kind text NOT NULL,
    root character varying(50) NOT NULL,
    field_key character varying(100) NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    type text NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    mode text DEFAULT 'active'::text NOT NULL,
    rules_config jsonb,
    formula_config jsonb,
    format_config jsonb,
    reads text[] DEFAULT '{}'::text[] NOT NULL,
    hash text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT field_definitions_kind_check CHECK ((kind = ANY (ARRAY['custom_column'::text, 'field_rule'::text]))),
    CONSTRAINT field_definitions_mode_check CHECK ((mode = ANY (ARRAY['active'::text, 'shadow'::text, 'off'::text]))),
    CONSTRAINT field_definitions_name_check CHECK ((length(name) <= 200))
);

ALTER TABLE ONLY public.field_definitions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.field_definitions ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.field_definitions_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.field_values (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    entity_type text NOT NULL,
    entity_id text NOT NULL,
    field text NOT NULL,
    value jsonb NOT NULL,
    origin text NOT NULL,
    precedence smallint NOT NULL,
    grade text NOT NULL,
    confidence real NOT NULL,
    decision text NOT NULL,
    task_id uuid,
    evidence jsonb DEFAULT '[]'::jsonb NOT NULL,
    active_from timestamp with time zone DEFAULT now() NOT NULL,
    active_until timestamp with time zone,
    field_value_id uuid DEFAULT gen_random_uuid() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT field_values_decision_check CHECK ((decision = ANY (ARRAY['applied'::text, 'suggested'::text, 'kept_existing'::text])))
);

ALTER TABLE ONLY public.field_values FORCE ROW LEVEL SECURITY;

ALTER TABLE public.field_values ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.field_values_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.goose_db_version (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.goose_db_version ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.goose_db_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.idempotency_keys (
    workspace_pk bigint NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    status smallint,
    header jsonb,
    body bytea,
    made text
);

ALTER TABLE ONLY public.idempotency_keys FORCE ROW LEVEL SECURITY;

CREATE TABLE public.invoice_items (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    invoice_pk bigint NOT NULL,
    "position" integer NOT NULL,
    line_id text,
    name text,
    description text,
    quantity numeric,
    unit_price numeric,
    line_total numeric,
    tax_rate numeric,
    period_start date,
    period_end date
);

ALTER TABLE ONLY public.invoice_items FORCE ROW LEVEL SECURITY;

ALTER TABLE public.invoice_items ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.invoice_items_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.invoice_payment_means (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    invoice_pk bigint NOT NULL,
    "position" integer NOT NULL,
    scheme text,
    iban text,
    bic text
);

ALTER TABLE ONLY public.invoice_payment_means FORCE ROW LEVEL SECURITY;

ALTER TABLE public.invoice_payment_means ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.invoice_payment_means_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.invoice_transactions (
    pk bigint NOT NULL,
    invoice_transaction_id text NOT NULL,
    workspace_pk bigint NOT NULL,
    invoice_id text,
    transaction_id text,
    amount numeric,
    currency text,
    is_partial boolean DEFAULT false NOT NULL,
    allocation_type text DEFAULT 'full'::text NOT NULL,
    match_method text,
    confidence real,
    edge_status text,
    reasoning text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now(),
    deleted_at timestamp with time zone,
    reversal_id text,
    CONSTRAINT invoice_transactions_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT invoice_transactions_edge_status_check CHECK ((edge_status = ANY (ARRAY['provisional'::text, 'confirmed'::text, 'declined'::text, 'revoked'::text])))
);

ALTER TABLE ONLY public.invoice_transactions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.invoice_transactions ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.invoice_transactions_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.invoices (
    pk bigint NOT NULL,
    invoice_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    workspace_pk bigint NOT NULL,
    invoice_number text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now(),
    deleted_at timestamp with time zone,
    document_id text,
    issuer_id text,
    receiver_id text,
    direction text,
    status text DEFAULT 'draft'::text NOT NULL,
    document_type_code text,
    issue_date date,
    due_date date,
    local_currency text,
    items_total numeric,
    tax_total numeric,
    grand_total numeric,
    balance_due numeric,
    buyer_reference text,
    order_reference text,
    payment_reference text,
    payment_status text DEFAULT 'unpaid'::text NOT NULL,
    paid_total numeric DEFAULT 0 NOT NULL,
    forms text[] GENERATED ALWAYS AS (public.enrichd_forms(VARIADIC ARRAY[invoice_number, payment_reference, order_reference, buyer_reference])) STORED
);

ALTER TABLE ONLY public.invoices FORCE ROW LEVEL SECURITY;

ALTER TABLE public.invoices ALTER COLUMN pk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.invoices_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logo_misses (
    workspace_pk bigint NOT NULL,
    domain text NOT NULL,
    reason text NOT NULL,
    retry_after timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.logo_misses FORCE ROW LEVEL SECURITY;

CREATE TABLE public.model_answers (
    workspace_pk bigint NOT NULL,
    input_hash text NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.model_answers FORCE ROW LEVEL SECURITY;

CREATE TABLE public.model_calls (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    model_call_id uuid DEFAULT gen_random_uuid() NOT NULL,
    task_id text NOT NULL,
    batch_id uuid,
    purpose text NOT NULL,
    model text NOT NULL,
    input_hash text NOT NULL,
    status text DEFAULT 'begun'::text NOT NULL,
    tokens_in bigint DEFAULT 0 NOT NULL,
    tokens_out bigint DEFAULT 0 NOT NULL,
    cost_micros bigint DEFAULT 0 NOT NULL,
    detail text,
    begun_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT model_calls_status_check CHECK ((status = ANY (ARRAY['begun'::text, 'ok'::text, 'cached'::text, 'invalid'::text, 'limited'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.model_calls FORCE ROW LEVEL SECURITY;

ALTER TABLE public.model_calls ALTER COLUMN pk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.model_calls_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.people (
    pk bigint NOT NULL,
    person_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    workspace_pk bigint NOT NULL,
    full_name text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now(),
    deleted_at timestamp with time zone,
    first_name text,
    last_name text,
    email text,
    phone text
);

ALTER TABLE ONLY public.people FORCE ROW LEVEL SECURITY;

ALTER TABLE public.people ALTER COLUMN pk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.people_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.reconciliation_links (
    pk bigint NOT NULL,
    reconciliation_link_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    workspace_pk bigint NOT NULL,
    entity_type text,
    source_id text,
    target_id text,
    action text,
    status text,
    confidence real,
    reasoning text,
    moved json DEFAULT '{}'::json NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now(),
    deleted_at timestamp with time zone,
    CONSTRAINT reconciliation_links_action_check CHECK ((action = 'merge'::text)),
    CONSTRAINT reconciliation_links_status_check CHECK ((status = ANY (ARRAY['proposed'::text, 'confirmed'::text, 'declined'::text, 'undone'::text])))
);

ALTER TABLE ONLY public.reconciliation_links FORCE ROW LEVEL SECURITY;

ALTER TABLE public.reconciliation_links ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.reconciliation_links_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.transactions (
    pk bigint NOT NULL,
    transaction_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    workspace_pk bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now(),
    deleted_at timestamp with time zone,
    bank_statement_pk bigint,
    transaction_external_id text,
    account text,
    type text,
    status text DEFAULT 'booked'::text NOT NULL,
    amount numeric,
    currency text,
    instructed_amount numeric,
    instructed_currency text,
    booking_date date,
    value_date date,
    counterparty_name text,
    counterparty_iban text,
    counterparty_bic text,
    remittance text[] DEFAULT '{}'::text[] NOT NULL,
    structured_reference text,
    reference_type text,
    end_to_end_id text,
    document_references text[] DEFAULT '{}'::text[] NOT NULL,
    is_reversal boolean DEFAULT false NOT NULL,
    details json,
    source_ref text,
    words text[] GENERATED ALWAYS AS (public.enrichd_words(VARIADIC ((ARRAY[counterparty_name, counterparty_iban, structured_reference, end_to_end_id] || remittance) || document_references))) STORED
);

ALTER TABLE ONLY public.transactions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.transactions ALTER COLUMN pk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.transactions_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_deliveries (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    endpoint_pk bigint NOT NULL,
    webhook_delivery_id uuid DEFAULT gen_random_uuid() NOT NULL,
    sequence bigint NOT NULL,
    event_type text NOT NULL,
    subject_type text NOT NULL,
    subject_id text NOT NULL,
    event_at timestamp with time zone NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    claimed_until timestamp with time zone,
    claim bigint DEFAULT 0 NOT NULL,
    last_status integer,
    last_error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT webhook_deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.webhook_deliveries FORCE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_deliveries ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_deliveries_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_endpoints (
    pk bigint NOT NULL,
    workspace_pk bigint NOT NULL,
    webhook_endpoint_id uuid DEFAULT gen_random_uuid() NOT NULL,
    url text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    event_types text[] NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    disabled_reason text,
    secret text NOT NULL,
    previous_secret text,
    previous_until timestamp with time zone,
    cursor bigint NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhook_endpoints_description_check CHECK ((length(description) <= 500)),
    CONSTRAINT webhook_endpoints_url_check CHECK (((length(url) >= 1) AND (length(url) <= 2048)))
);

ALTER TABLE ONLY public.webhook_endpoints FORCE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_endpoints ALTER COLUMN pk ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_endpoints_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_turns (
    workspace_pk bigint NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.workspaces (
    pk bigint NOT NULL,
    workspace_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now(),
    auto_extract_enabled boolean DEFAULT true NOT NULL
);

ALTER TABLE ONLY public.workspaces FORCE ROW LEVEL SECURITY;

ALTER TABLE public.workspaces ALTER COLUMN pk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.workspaces_pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_key_id_key UNIQUE (key_id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.bank_csv_mappings
    ADD CONSTRAINT bank_csv_mappings_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.bank_csv_mappings
    ADD CONSTRAINT bank_csv_mappings_workspace_pk_mapping_key_key UNIQUE (workspace_pk, mapping_key);

ALTER TABLE ONLY public.bank_statements
    ADD CONSTRAINT bank_statements_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.bank_statements
    ADD CONSTRAINT bank_statements_workspace_pk_bank_statement_id_key UNIQUE (workspace_pk, bank_statement_id);

ALTER TABLE ONLY public.close_sign_offs
    ADD CONSTRAINT close_sign_offs_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.close_sign_offs
    ADD CONSTRAINT close_sign_offs_workspace_pk_close_sign_off_id_key UNIQUE (workspace_pk, close_sign_off_id);

ALTER TABLE ONLY public.close_waivers
    ADD CONSTRAINT close_waivers_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.close_waivers
    ADD CONSTRAINT close_waivers_workspace_pk_close_waiver_id_key UNIQUE (workspace_pk, close_waiver_id);

ALTER TABLE ONLY public.companies
    ADD CONSTRAINT companies_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.companies
    ADD CONSTRAINT companies_workspace_pk_company_id_key UNIQUE (workspace_pk, company_id);

ALTER TABLE ONLY public.company_people
    ADD CONSTRAINT company_people_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.company_people
    ADD CONSTRAINT company_people_workspace_pk_company_person_id_key UNIQUE (workspace_pk, company_person_id);

ALTER TABLE ONLY public.company_providers
    ADD CONSTRAINT company_providers_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.company_providers
    ADD CONSTRAINT company_providers_workspace_pk_company_provider_id_key UNIQUE (workspace_pk, company_provider_id);

ALTER TABLE ONLY public.definition_revisions
    ADD CONSTRAINT definition_revisions_pkey PRIMARY KEY (workspace_pk);

ALTER TABLE ONLY public.document_extractions
    ADD CONSTRAINT document_extractions_pkey PRIMARY KEY (source_checksum, parser_name, parser_version);

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_workspace_pk_document_id_key UNIQUE (workspace_pk, document_id);

ALTER TABLE ONLY public.emails
    ADD CONSTRAINT emails_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.emails
    ADD CONSTRAINT emails_workspace_pk_email_id_key UNIQUE (workspace_pk, email_id);

ALTER TABLE public.enrichment_tasks
    ADD CONSTRAINT enrichd_completed_at CHECK (((completed_at IS NOT NULL) = (status = ANY (ARRAY['completed'::public.enrichment_task_status_enum, 'failed'::public.enrichment_task_status_enum, 'rejected'::public.enrichment_task_status_enum])))) NOT VALID;

ALTER TABLE public.enrichment_tasks
    ADD CONSTRAINT enrichd_entity CHECK ((((entity_type)::text <> ''::text) AND ((entity_id)::text <> ''::text))) NOT VALID;

ALTER TABLE public.enrichment_tasks
    ADD CONSTRAINT enrichd_error_size CHECK ((octet_length(error) <= 16384)) NOT VALID;

ALTER TABLE ONLY public.enrichd_settings
    ADD CONSTRAINT enrichd_settings_pkey PRIMARY KEY (name);

ALTER TABLE public.enrichment_tasks
    ADD CONSTRAINT enrichd_target_fields CHECK ((jsonb_typeof(target_fields) = 'array'::text)) NOT VALID;

ALTER TABLE ONLY public.enrichment_archived_counts
    ADD CONSTRAINT enrichment_archived_counts_pkey PRIMARY KEY (workspace_pk, batch_id, enrichment_type, status);

ALTER TABLE ONLY public.enrichment_archives
    ADD CONSTRAINT enrichment_archives_pkey PRIMARY KEY (workspace_pk, file);

ALTER TABLE ONLY public.enrichment_batch_counts
    ADD CONSTRAINT enrichment_batch_counts_pkey PRIMARY KEY (workspace_pk, batch_id, enrichment_type, status, slot);

ALTER TABLE ONLY public.enrichment_batches
    ADD CONSTRAINT enrichment_batches_pkey PRIMARY KEY (workspace_pk, batch_id);

ALTER TABLE ONLY public.enrichment_decisions
    ADD CONSTRAINT enrichment_decisions_decision_id_key UNIQUE (decision_id);

ALTER TABLE ONLY public.enrichment_decisions
    ADD CONSTRAINT enrichment_decisions_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.enrichment_dispatches
    ADD CONSTRAINT enrichment_dispatches_pkey PRIMARY KEY (task_pk);

ALTER TABLE ONLY public.enrichment_events
    ADD CONSTRAINT enrichment_events_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.enrichment_limits
    ADD CONSTRAINT enrichment_limits_pkey PRIMARY KEY (scope, name);

ALTER TABLE ONLY public.enrichment_proposals
    ADD CONSTRAINT enrichment_proposals_pkey PRIMARY KEY (task_pk);

ALTER TABLE ONLY public.enrichment_task_attempts
    ADD CONSTRAINT enrichment_task_attempts_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.enrichment_tasks
    ADD CONSTRAINT enrichment_tasks_enrichment_task_id_key UNIQUE (enrichment_task_id);

ALTER TABLE ONLY public.enrichment_tasks
    ADD CONSTRAINT enrichment_tasks_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.enrichment_weights
    ADD CONSTRAINT enrichment_weights_pkey PRIMARY KEY (workspace_pk);

ALTER TABLE ONLY public.enrichment_workers
    ADD CONSTRAINT enrichment_workers_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.field_definitions
    ADD CONSTRAINT field_definitions_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.field_definitions
    ADD CONSTRAINT field_definitions_workspace_pk_field_definition_id_key UNIQUE (workspace_pk, field_definition_id);

ALTER TABLE ONLY public.field_values
    ADD CONSTRAINT field_values_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.goose_db_version
    ADD CONSTRAINT goose_db_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (workspace_pk, route, key);

ALTER TABLE ONLY public.invoice_items
    ADD CONSTRAINT invoice_items_invoice_pk_position_key UNIQUE (invoice_pk, "position");

ALTER TABLE ONLY public.invoice_items
    ADD CONSTRAINT invoice_items_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.invoice_payment_means
    ADD CONSTRAINT invoice_payment_means_invoice_pk_position_key UNIQUE (invoice_pk, "position");

ALTER TABLE ONLY public.invoice_payment_means
    ADD CONSTRAINT invoice_payment_means_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.invoice_transactions
    ADD CONSTRAINT invoice_transactions_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.invoice_transactions
    ADD CONSTRAINT invoice_transactions_workspace_pk_invoice_transaction_id_key UNIQUE (workspace_pk, invoice_transaction_id);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_workspace_pk_invoice_id_key UNIQUE (workspace_pk, invoice_id);

ALTER TABLE ONLY public.logo_misses
    ADD CONSTRAINT logo_misses_pkey PRIMARY KEY (workspace_pk, domain);

ALTER TABLE ONLY public.model_answers
    ADD CONSTRAINT model_answers_pkey PRIMARY KEY (workspace_pk, input_hash);

ALTER TABLE ONLY public.model_calls
    ADD CONSTRAINT model_calls_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.model_calls
    ADD CONSTRAINT model_calls_workspace_pk_model_call_id_key UNIQUE (workspace_pk, model_call_id);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_workspace_pk_person_id_key UNIQUE (workspace_pk, person_id);

ALTER TABLE ONLY public.reconciliation_links
    ADD CONSTRAINT reconciliation_links_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.reconciliation_links
    ADD CONSTRAINT reconciliation_links_workspace_pk_reconciliation_link_id_key UNIQUE (workspace_pk, reconciliation_link_id);

ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_workspace_pk_transaction_id_key UNIQUE (workspace_pk, transaction_id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_workspace_pk_endpoint_pk_sequence_key UNIQUE (workspace_pk, endpoint_pk, sequence);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_workspace_pk_webhook_delivery_id_key UNIQUE (workspace_pk, webhook_delivery_id);

ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_workspace_pk_webhook_endpoint_id_key UNIQUE (workspace_pk, webhook_endpoint_id);

ALTER TABLE ONLY public.webhook_turns
    ADD CONSTRAINT webhook_turns_pkey PRIMARY KEY (workspace_pk);

ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_workspace_id_key UNIQUE (workspace_id);

CREATE UNIQUE INDEX bank_statements_checksum_key ON public.bank_statements USING btree (workspace_pk, checksum) WHERE (deleted_at IS NULL);

CREATE INDEX close_sign_offs_created_idx ON public.close_sign_offs USING btree (workspace_pk, created_at, close_sign_off_id);

CREATE INDEX close_sign_offs_month_idx ON public.close_sign_offs USING btree (workspace_pk, record_id, created_at);

CREATE UNIQUE INDEX close_sign_offs_standing_key ON public.close_sign_offs USING btree (workspace_pk, record_id) WHERE (state = 'standing'::text);

CREATE INDEX close_waivers_month_idx ON public.close_waivers USING btree (workspace_pk, record_id);

CREATE INDEX companies_domain_idx ON public.companies USING btree (workspace_pk, domain) WHERE (deleted_at IS NULL);

CREATE INDEX companies_logo_hash_idx ON public.companies USING btree (workspace_pk, logo_hash) WHERE ((deleted_at IS NULL) AND (logo_hash IS NOT NULL));

CREATE INDEX companies_merged_idx ON public.companies USING btree (workspace_pk, merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX companies_name_idx ON public.companies USING btree (workspace_pk, lower(name)) WHERE (deleted_at IS NULL);

CREATE INDEX companies_newest_idx ON public.companies USING btree (workspace_pk, created_at DESC, company_id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX companies_tax_id_idx ON public.companies USING btree (workspace_pk, tax_id_value) WHERE (deleted_at IS NULL);

CREATE INDEX company_people_company_idx ON public.company_people USING btree (workspace_pk, company_id) WHERE (deleted_at IS NULL);

CREATE INDEX company_people_newest_idx ON public.company_people USING btree (workspace_pk, created_at DESC, company_person_id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX company_people_person_idx ON public.company_people USING btree (workspace_pk, person_id) WHERE (deleted_at IS NULL);

CREATE INDEX company_providers_company_idx ON public.company_providers USING btree (workspace_pk, company_id) WHERE (deleted_at IS NULL);

CREATE UNIQUE INDEX documents_checksum_key ON public.documents USING btree (workspace_pk, checksum) WHERE (deleted_at IS NULL);

CREATE INDEX documents_newest_idx ON public.documents USING btree (workspace_pk, created_at DESC, document_id DESC) WHERE (deleted_at IS NULL);

CREATE UNIQUE INDEX emails_checksum_key ON public.emails USING btree (workspace_pk, checksum) WHERE (deleted_at IS NULL);

CREATE INDEX emails_created_idx ON public.emails USING btree (workspace_pk, created_at, email_id) WHERE (deleted_at IS NULL);

CREATE UNIQUE INDEX emails_message_id_key ON public.emails USING btree (workspace_pk, message_id) WHERE ((deleted_at IS NULL) AND (message_id IS NOT NULL));

CREATE INDEX enrichment_batches_fingerprint_idx ON public.enrichment_batches USING btree (workspace_pk, fingerprint);

CREATE INDEX enrichment_batches_key_idx ON public.enrichment_batches USING btree (workspace_pk, idempotency_key) WHERE (idempotency_key IS NOT NULL);

CREATE INDEX enrichment_batches_newest_idx ON public.enrichment_batches USING btree (workspace_pk, created_at DESC, batch_id DESC);

CREATE INDEX enrichment_decisions_newest_idx ON public.enrichment_decisions USING btree (workspace_pk, created_at DESC, decision_id DESC);

CREATE INDEX enrichment_decisions_task_idx ON public.enrichment_decisions USING btree (task_pk, pk);

CREATE UNIQUE INDEX enrichment_decisions_waiting_key ON public.enrichment_decisions USING btree (task_pk) WHERE (state = 'waiting'::text);

CREATE INDEX enrichment_dispatches_expiry_idx ON public.enrichment_dispatches USING btree (expires_at) WHERE ((worker_pk IS NULL) AND (expires_at IS NOT NULL));

CREATE INDEX enrichment_dispatches_generation_idx ON public.enrichment_dispatches USING btree (generation) WHERE (generation IS NOT NULL);

CREATE INDEX enrichment_dispatches_held_idx ON public.enrichment_dispatches USING btree (claimed_at, worker_pk) WHERE (worker_pk IS NOT NULL);

CREATE INDEX enrichment_dispatches_lane_idx ON public.enrichment_dispatches USING btree (enrichment_type, workspace_pk, priority, due_at, task_pk) WHERE (worker_pk IS NULL);

CREATE INDEX enrichment_events_of_subject_idx ON public.enrichment_events USING btree (workspace_pk, subject_type, subject_id);

CREATE UNIQUE INDEX enrichment_events_sequence_key ON public.enrichment_events USING btree (workspace_pk, sequence) WHERE (sequence IS NOT NULL);

CREATE INDEX enrichment_events_unplaced_idx ON public.enrichment_events USING btree (workspace_pk, pk) WHERE (sequence IS NULL);

CREATE INDEX enrichment_task_attempts_task_idx ON public.enrichment_task_attempts USING btree (task_pk);

CREATE INDEX enrichment_tasks_batch_id_idx ON public.enrichment_tasks USING btree (batch_id);

CREATE INDEX enrichment_tasks_batch_newest_idx ON public.enrichment_tasks USING btree (workspace_pk, batch_id, created_at DESC, enrichment_task_id DESC) INCLUDE (status, enrichment_type, source_channel, entity_type, parent_task_pk) WHERE ((deleted_at IS NULL) AND (batch_id IS NOT NULL));

CREATE INDEX enrichment_tasks_channel_bank_sync_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (status) WHERE ((deleted_at IS NULL) AND (source_channel = 'bank_sync'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_bank_sync_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (source_channel = 'bank_sync'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_cell_edit_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (status) WHERE ((deleted_at IS NULL) AND (source_channel = 'cell_edit'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_cell_edit_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (source_channel = 'cell_edit'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_company_create_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (status) WHERE ((deleted_at IS NULL) AND (source_channel = 'company_create'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_company_create_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (source_channel = 'company_create'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_document_upload_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (status) WHERE ((deleted_at IS NULL) AND (source_channel = 'document_upload'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_document_upload_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (source_channel = 'document_upload'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_email_import_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (status) WHERE ((deleted_at IS NULL) AND (source_channel = 'email_import'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_email_import_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (source_channel = 'email_import'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_manual_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (status) WHERE ((deleted_at IS NULL) AND (source_channel = 'manual'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_manual_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (source_channel = 'manual'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_mcp_hub_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (status) WHERE ((deleted_at IS NULL) AND (source_channel = 'mcp_hub'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_mcp_hub_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (source_channel = 'mcp_hub'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_ocr_completion_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (status) WHERE ((deleted_at IS NULL) AND (source_channel = 'ocr_completion'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_ocr_completion_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (source_channel = 'ocr_completion'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_person_create_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (status) WHERE ((deleted_at IS NULL) AND (source_channel = 'person_create'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_channel_person_create_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (source_channel = 'person_create'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_closes_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, pk DESC) WHERE ((enrichment_type = 'monthly_close'::text) AND ((entity_type)::text = 'calendar_month'::text) AND (deleted_at IS NULL));

CREATE INDEX enrichment_tasks_completed_at_idx ON public.enrichment_tasks USING btree (workspace_pk, COALESCE(completed_at, '-infinity'::timestamp with time zone) DESC, enrichment_task_id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX enrichment_tasks_entity_idx ON public.enrichment_tasks USING btree (entity_type, entity_id);

CREATE INDEX enrichment_tasks_entity_type_idx ON public.enrichment_tasks USING btree (workspace_pk, entity_type, enrichment_type, created_at DESC, enrichment_task_id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX enrichment_tasks_failed_bank_sync_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC) WHERE ((deleted_at IS NULL) AND (status = 'failed'::public.enrichment_task_status_enum) AND (source_channel = 'bank_sync'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_failed_cell_edit_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC) WHERE ((deleted_at IS NULL) AND (status = 'failed'::public.enrichment_task_status_enum) AND (source_channel = 'cell_edit'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_failed_company_create_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC) WHERE ((deleted_at IS NULL) AND (status = 'failed'::public.enrichment_task_status_enum) AND (source_channel = 'company_create'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_failed_document_upload_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC) WHERE ((deleted_at IS NULL) AND (status = 'failed'::public.enrichment_task_status_enum) AND (source_channel = 'document_upload'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_failed_email_import_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC) WHERE ((deleted_at IS NULL) AND (status = 'failed'::public.enrichment_task_status_enum) AND (source_channel = 'email_import'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_failed_manual_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC) WHERE ((deleted_at IS NULL) AND (status = 'failed'::public.enrichment_task_status_enum) AND (source_channel = 'manual'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_failed_mcp_hub_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC) WHERE ((deleted_at IS NULL) AND (status = 'failed'::public.enrichment_task_status_enum) AND (source_channel = 'mcp_hub'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_failed_ocr_completion_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC) WHERE ((deleted_at IS NULL) AND (status = 'failed'::public.enrichment_task_status_enum) AND (source_channel = 'ocr_completion'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_failed_person_create_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC) WHERE ((deleted_at IS NULL) AND (status = 'failed'::public.enrichment_task_status_enum) AND (source_channel = 'person_create'::public.source_channel_enum));

CREATE INDEX enrichment_tasks_input_hash_idx ON public.enrichment_tasks USING btree (input_hash);

CREATE UNIQUE INDEX enrichment_tasks_monthly_close_pending_key ON public.enrichment_tasks USING btree (workspace_pk, entity_type, entity_id, enrichment_type) WHERE ((status = 'pending'::public.enrichment_task_status_enum) AND (deleted_at IS NULL) AND (enrichment_type = 'monthly_close'::text));

CREATE INDEX enrichment_tasks_newest_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) WHERE (deleted_at IS NULL);

CREATE INDEX enrichment_tasks_parent_idx ON public.enrichment_tasks USING btree (parent_task_pk) WHERE (parent_task_pk IS NOT NULL);

CREATE INDEX enrichment_tasks_status_awaiting_approval_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (source_channel) WHERE ((deleted_at IS NULL) AND (status = 'awaiting_approval'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_status_awaiting_approval_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (status = 'awaiting_approval'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_status_completed_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (source_channel) WHERE ((deleted_at IS NULL) AND (status = 'completed'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_status_completed_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (status = 'completed'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_status_failed_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (source_channel) WHERE ((deleted_at IS NULL) AND (status = 'failed'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_status_failed_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (status = 'failed'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_status_pending_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (source_channel) WHERE ((deleted_at IS NULL) AND (status = 'pending'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_status_pending_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (status = 'pending'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_status_processing_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (source_channel) WHERE ((deleted_at IS NULL) AND (status = 'processing'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_status_processing_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (status = 'processing'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_status_rejected_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC, entity_type) INCLUDE (source_channel) WHERE ((deleted_at IS NULL) AND (status = 'rejected'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_status_rejected_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC, entity_type) WHERE ((deleted_at IS NULL) AND (status = 'rejected'::public.enrichment_task_status_enum));

CREATE INDEX enrichment_tasks_type_idx ON public.enrichment_tasks USING btree (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX enrichment_tasks_updated_at_idx ON public.enrichment_tasks USING btree (workspace_pk, COALESCE(updated_at, '-infinity'::timestamp with time zone) DESC, enrichment_task_id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX enrichment_tasks_with_record_idx ON public.enrichment_tasks USING btree (workspace_pk, created_at DESC, enrichment_task_id DESC) WHERE ((deleted_at IS NULL) AND ((input ->> 'record_id'::text) IS NOT NULL));

CREATE UNIQUE INDEX field_definitions_column_key ON public.field_definitions USING btree (workspace_pk, root, field_key) WHERE ((kind = 'custom_column'::text) AND (deleted_at IS NULL));

CREATE INDEX field_definitions_created_idx ON public.field_definitions USING btree (workspace_pk, created_at, field_definition_id);

CREATE UNIQUE INDEX field_definitions_rule_key ON public.field_definitions USING btree (workspace_pk, root, field_key) WHERE ((kind = 'field_rule'::text) AND (mode = 'active'::text) AND (deleted_at IS NULL));

CREATE INDEX field_values_history_idx ON public.field_values USING btree (workspace_pk, entity_type, entity_id, field, pk);

CREATE UNIQUE INDEX field_values_id_key ON public.field_values USING btree (field_value_id);

CREATE INDEX field_values_newest_idx ON public.field_values USING btree (workspace_pk, active_from DESC, field_value_id DESC);

CREATE INDEX field_values_people_idx ON public.field_values USING btree (workspace_pk, active_from DESC, field_value_id DESC) WHERE (origin = ANY (ARRAY['person'::text, 'accepted_suggestion'::text]));

CREATE UNIQUE INDEX field_values_standing_key ON public.field_values USING btree (workspace_pk, entity_type, entity_id, field) WHERE ((decision = 'applied'::text) AND (active_until IS NULL));

CREATE INDEX idempotency_keys_started_idx ON public.idempotency_keys USING btree (workspace_pk, started_at);

CREATE INDEX idx_enrichment_tasks_batch_status ON public.enrichment_tasks USING btree (batch_id, status);

CREATE INDEX idx_enrichment_tasks_input_record_id ON public.enrichment_tasks USING btree (workspace_pk, ((input ->> 'record_id'::text)), status) WHERE ((deleted_at IS NULL) AND (status = ANY (ARRAY['pending'::public.enrichment_task_status_enum, 'processing'::public.enrichment_task_status_enum, 'awaiting_approval'::public.enrichment_task_status_enum])));

CREATE INDEX invoice_payment_means_iban_idx ON public.invoice_payment_means USING btree (workspace_pk, iban);

CREATE INDEX invoice_transactions_invoice_idx ON public.invoice_transactions USING btree (workspace_pk, invoice_id) WHERE (deleted_at IS NULL);

CREATE INDEX invoice_transactions_transaction_idx ON public.invoice_transactions USING btree (workspace_pk, transaction_id) WHERE (deleted_at IS NULL);

CREATE INDEX invoices_amount_idx ON public.invoices USING btree (workspace_pk, local_currency, grand_total, issue_date) WHERE (deleted_at IS NULL);

CREATE INDEX invoices_document_idx ON public.invoices USING btree (workspace_pk, document_id);

CREATE INDEX invoices_issuer_idx ON public.invoices USING btree (workspace_pk, issuer_id, created_at DESC, invoice_id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX invoices_newest_idx ON public.invoices USING btree (workspace_pk, created_at DESC, invoice_id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX invoices_number_idx ON public.invoices USING btree (workspace_pk, invoice_number) WHERE (deleted_at IS NULL);

CREATE INDEX invoices_receiver_idx ON public.invoices USING btree (workspace_pk, receiver_id, created_at DESC, invoice_id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX model_calls_batch_idx ON public.model_calls USING btree (workspace_pk, batch_id) WHERE (batch_id IS NOT NULL);

CREATE INDEX model_calls_begun_idx ON public.model_calls USING btree (workspace_pk, begun_at);

CREATE INDEX model_calls_task_idx ON public.model_calls USING btree (workspace_pk, task_id);

CREATE INDEX people_email_idx ON public.people USING btree (workspace_pk, lower(email)) WHERE (deleted_at IS NULL);

CREATE INDEX people_newest_idx ON public.people USING btree (workspace_pk, created_at DESC, person_id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX reconciliation_links_newest_idx ON public.reconciliation_links USING btree (workspace_pk, created_at DESC, reconciliation_link_id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX reconciliation_links_source_idx ON public.reconciliation_links USING btree (workspace_pk, source_id) WHERE (deleted_at IS NULL);

CREATE INDEX reconciliation_links_target_idx ON public.reconciliation_links USING btree (workspace_pk, target_id) WHERE (deleted_at IS NULL);

CREATE INDEX transactions_amount_idx ON public.transactions USING btree (workspace_pk, currency, abs(amount), booking_date) WHERE (deleted_at IS NULL);

CREATE INDEX transactions_counterparty_iban_idx ON public.transactions USING btree (workspace_pk, counterparty_iban) WHERE ((deleted_at IS NULL) AND (counterparty_iban IS NOT NULL));

CREATE INDEX transactions_counterparty_idx ON public.transactions USING btree (workspace_pk, lower(counterparty_name)) WHERE (deleted_at IS NULL);

CREATE INDEX transactions_day_idx ON public.transactions USING btree (workspace_pk, COALESCE(booking_date, value_date)) WHERE (deleted_at IS NULL);

CREATE INDEX transactions_newest_idx ON public.transactions USING btree (workspace_pk, booking_date DESC, pk DESC) WHERE (deleted_at IS NULL);

CREATE INDEX transactions_statement_idx ON public.transactions USING btree (bank_statement_pk);

CREATE INDEX webhook_deliveries_created_idx ON public.webhook_deliveries USING btree (workspace_pk, created_at, webhook_delivery_id);

CREATE INDEX webhook_deliveries_due_idx ON public.webhook_deliveries USING btree (workspace_pk, endpoint_pk, due_at) WHERE (state = 'pending'::text);

CREATE INDEX webhook_deliveries_subject_idx ON public.webhook_deliveries USING btree (workspace_pk, endpoint_pk, subject_type, subject_id, sequence) WHERE (state = 'pending'::text);

CREATE INDEX webhook_endpoints_created_idx ON public.webhook_endpoints USING btree (workspace_pk, created_at, webhook_endpoint_id);

CREATE INDEX webhook_turns_due_idx ON public.webhook_turns USING btree (due_at);

CREATE TRIGGER enrichd_guard BEFORE UPDATE ON public.enrichment_tasks FOR EACH ROW EXECUTE FUNCTION public.enrichd_guard_task();

CREATE TRIGGER enrichd_late_invoice AFTER INSERT OR UPDATE ON public.invoices FOR EACH ROW EXECUTE FUNCTION public.enrichd_late_invoice();

CREATE TRIGGER enrichd_late_link AFTER INSERT OR UPDATE ON public.invoice_transactions FOR EACH ROW EXECUTE FUNCTION public.enrichd_late_link();

CREATE TRIGGER enrichd_late_transaction AFTER INSERT OR UPDATE ON public.transactions FOR EACH ROW EXECUTE FUNCTION public.enrichd_late_transaction();

CREATE TRIGGER enrichd_own_parent BEFORE INSERT OR UPDATE OF parent_task_pk ON public.enrichment_tasks FOR EACH ROW WHEN ((new.parent_task_pk IS NOT NULL)) EXECUTE FUNCTION public.enrichd_own_parent();

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.bank_csv_mappings
    ADD CONSTRAINT bank_csv_mappings_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.bank_statements
    ADD CONSTRAINT bank_statements_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.close_sign_offs
    ADD CONSTRAINT close_sign_offs_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.close_waivers
    ADD CONSTRAINT close_waivers_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.companies
    ADD CONSTRAINT companies_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.company_people
    ADD CONSTRAINT company_people_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.company_providers
    ADD CONSTRAINT company_providers_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.definition_revisions
    ADD CONSTRAINT definition_revisions_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.emails
    ADD CONSTRAINT emails_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_archived_counts
    ADD CONSTRAINT enrichment_archived_counts_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_archives
    ADD CONSTRAINT enrichment_archives_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_batch_counts
    ADD CONSTRAINT enrichment_batch_counts_workspace_pk_batch_id_fkey FOREIGN KEY (workspace_pk, batch_id) REFERENCES public.enrichment_batches(workspace_pk, batch_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_batches
    ADD CONSTRAINT enrichment_batches_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_decisions
    ADD CONSTRAINT enrichment_decisions_task_pk_fkey FOREIGN KEY (task_pk) REFERENCES public.enrichment_tasks(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_decisions
    ADD CONSTRAINT enrichment_decisions_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_dispatches
    ADD CONSTRAINT enrichment_dispatches_task_pk_fkey FOREIGN KEY (task_pk) REFERENCES public.enrichment_tasks(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_events
    ADD CONSTRAINT enrichment_events_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_proposals
    ADD CONSTRAINT enrichment_proposals_task_pk_fkey FOREIGN KEY (task_pk) REFERENCES public.enrichment_tasks(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_proposals
    ADD CONSTRAINT enrichment_proposals_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_task_attempts
    ADD CONSTRAINT enrichment_task_attempts_task_pk_fkey FOREIGN KEY (task_pk) REFERENCES public.enrichment_tasks(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_tasks
    ADD CONSTRAINT enrichment_tasks_parent_task_pk_fkey FOREIGN KEY (parent_task_pk) REFERENCES public.enrichment_tasks(pk) ON DELETE SET NULL;

ALTER TABLE ONLY public.enrichment_tasks
    ADD CONSTRAINT enrichment_tasks_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.enrichment_weights
    ADD CONSTRAINT enrichment_weights_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.field_definitions
    ADD CONSTRAINT field_definitions_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.field_values
    ADD CONSTRAINT field_values_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.invoice_items
    ADD CONSTRAINT invoice_items_invoice_pk_fkey FOREIGN KEY (invoice_pk) REFERENCES public.invoices(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.invoice_items
    ADD CONSTRAINT invoice_items_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.invoice_payment_means
    ADD CONSTRAINT invoice_payment_means_invoice_pk_fkey FOREIGN KEY (invoice_pk) REFERENCES public.invoices(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.invoice_payment_means
    ADD CONSTRAINT invoice_payment_means_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.invoice_transactions
    ADD CONSTRAINT invoice_transactions_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.logo_misses
    ADD CONSTRAINT logo_misses_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.model_answers
    ADD CONSTRAINT model_answers_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.model_calls
    ADD CONSTRAINT model_calls_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.reconciliation_links
    ADD CONSTRAINT reconciliation_links_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_bank_statement_pk_fkey FOREIGN KEY (bank_statement_pk) REFERENCES public.bank_statements(pk) ON DELETE SET NULL;

ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_endpoint_pk_fkey FOREIGN KEY (endpoint_pk) REFERENCES public.webhook_endpoints(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_turns
    ADD CONSTRAINT webhook_turns_workspace_pk_fkey FOREIGN KEY (workspace_pk) REFERENCES public.workspaces(pk) ON DELETE CASCADE;

ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.bank_csv_mappings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.bank_statements ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.close_sign_offs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.close_waivers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.companies ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_people ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_providers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.definition_revisions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.emails ENABLE ROW LEVEL SECURITY;

CREATE POLICY enrichd_by_id ON public.workspaces FOR SELECT USING ((workspace_id = current_setting('enrichd.workspace_id'::text, true)));

CREATE POLICY enrichd_by_key ON public.api_keys FOR SELECT USING ((key_id = current_setting('enrichd.key_id'::text, true)));

CREATE POLICY enrichd_each ON public.workspaces FOR SELECT USING ((current_setting('enrichd.each_workspace'::text, true) = 'on'::text));

CREATE POLICY enrichd_new ON public.workspaces FOR INSERT WITH CHECK (true);

CREATE POLICY enrichd_tenant ON public.api_keys USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.bank_csv_mappings USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.bank_statements USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.close_sign_offs USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.close_waivers USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.companies USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.company_people USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.company_providers USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.definition_revisions USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.documents USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.emails USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.enrichment_archived_counts USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.enrichment_archives USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.enrichment_batch_counts USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.enrichment_batches USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.enrichment_decisions USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.enrichment_events USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.enrichment_proposals USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.enrichment_task_attempts USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.enrichment_tasks USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.field_definitions USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.field_values USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.idempotency_keys USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.invoice_items USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.invoice_payment_means USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.invoice_transactions USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.invoices USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.logo_misses USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.model_answers USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.model_calls USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.people USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.reconciliation_links USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.transactions USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.webhook_deliveries USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.webhook_endpoints USING ((workspace_pk = public.enrichd_workspace()));

CREATE POLICY enrichd_tenant ON public.workspaces USING ((pk = public.enrichd_workspace()));

ALTER TABLE public.enrichment_archived_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_archives ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_batch_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_batches ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_decisions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_proposals ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_task_attempts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.enrichment_tasks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.field_definitions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.field_values ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invoice_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invoice_payment_means ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invoice_transactions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invoices ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.logo_misses ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.model_answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.model_calls ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.reconciliation_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.transactions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_endpoints ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.workspaces ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA public TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.api_keys TO enrichd_app;

GRANT USAGE ON SEQUENCE public.api_keys_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.bank_csv_mappings TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.bank_statements TO enrichd_app;

GRANT USAGE ON SEQUENCE public.bank_statements_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.close_sign_offs TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.close_waivers TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.companies TO enrichd_app;

GRANT USAGE ON SEQUENCE public.companies_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.company_people TO enrichd_app;

GRANT USAGE ON SEQUENCE public.company_people_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.company_providers TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.definition_revisions TO enrichd_app;

GRANT SELECT,INSERT ON TABLE public.document_extractions TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.documents TO enrichd_app;

GRANT USAGE ON SEQUENCE public.documents_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.emails TO enrichd_app;

GRANT USAGE ON SEQUENCE public.emails_pk_seq TO enrichd_app;

GRANT SELECT ON TABLE public.enrichd_settings TO enrichd_app;

GRANT SELECT ON TABLE public.enrichment_archived_counts TO enrichd_app;

GRANT SELECT ON TABLE public.enrichment_archives TO enrichd_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.enrichment_batch_counts TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.enrichment_batches TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.enrichment_decisions TO enrichd_app;

GRANT USAGE ON SEQUENCE public.enrichment_decisions_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.enrichment_dispatches TO enrichd_app;

GRANT SELECT,INSERT ON TABLE public.enrichment_events TO enrichd_app;

GRANT UPDATE(sequence) ON TABLE public.enrichment_events TO enrichd_app;

GRANT USAGE ON SEQUENCE public.enrichment_events_pk_seq TO enrichd_app;

GRANT USAGE ON SEQUENCE public.enrichment_generations TO enrichd_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.enrichment_limits TO enrichd_app;

GRANT SELECT ON TABLE public.enrichment_room TO enrichd_app;

GRANT SELECT ON TABLE public.enrichment_holds TO enrichd_app;

GRANT USAGE ON SEQUENCE public.enrichment_lease_tokens TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.enrichment_proposals TO enrichd_app;

GRANT SELECT,INSERT ON TABLE public.enrichment_task_attempts TO enrichd_app;

GRANT USAGE ON SEQUENCE public.enrichment_task_attempts_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.enrichment_tasks TO enrichd_app;

GRANT USAGE ON SEQUENCE public.enrichment_tasks_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.enrichment_weights TO enrichd_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.enrichment_workers TO enrichd_app;

GRANT USAGE ON SEQUENCE public.enrichment_workers_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.field_definitions TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.field_values TO enrichd_app;

GRANT USAGE ON SEQUENCE public.field_values_pk_seq TO enrichd_app;

GRANT USAGE ON SEQUENCE public.goose_db_version_id_seq TO enrichd_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO enrichd_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.invoice_items TO enrichd_app;

GRANT USAGE ON SEQUENCE public.invoice_items_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.invoice_payment_means TO enrichd_app;

GRANT USAGE ON SEQUENCE public.invoice_payment_means_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.invoice_transactions TO enrichd_app;

GRANT USAGE ON SEQUENCE public.invoice_transactions_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.invoices TO enrichd_app;

GRANT USAGE ON SEQUENCE public.invoices_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.logo_misses TO enrichd_app;

GRANT SELECT,INSERT ON TABLE public.model_answers TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.model_calls TO enrichd_app;

GRANT USAGE ON SEQUENCE public.model_calls_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.people TO enrichd_app;

GRANT USAGE ON SEQUENCE public.people_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.reconciliation_links TO enrichd_app;

GRANT USAGE ON SEQUENCE public.reconciliation_links_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.transactions TO enrichd_app;

GRANT USAGE ON SEQUENCE public.transactions_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhook_deliveries TO enrichd_app;

GRANT USAGE ON SEQUENCE public.webhook_deliveries_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhook_endpoints TO enrichd_app;

GRANT USAGE ON SEQUENCE public.webhook_endpoints_pk_seq TO enrichd_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhook_turns TO enrichd_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.workspaces TO enrichd_app;

GRANT USAGE ON SEQUENCE public.workspaces_pk_seq TO enrichd_app;

