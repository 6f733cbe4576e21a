-- What the lists of the API read by. Under row-level security = on an enum and
-- ->> are no index conditions, so a status is found by an index of its own, and
-- tasks with a record id by one that holds them alone.
-- +goose Up

-- +goose StatementBegin
DO $$
DECLARE
    status text;
BEGIN
    FOREACH status IN ARRAY enum_range(NULL::enrichment_task_status_enum)::text[]
    LOOP
        EXECUTE format('CREATE INDEX enrichment_tasks_status_%s_idx ON enrichment_tasks (workspace_pk, created_at DESC, enrichment_task_id DESC)
            WHERE deleted_at IS NULL AND status = %L', status, status);
    END LOOP;
END
$$;
-- +goose StatementEnd

CREATE INDEX enrichment_tasks_type_idx ON enrichment_tasks (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX enrichment_tasks_updated_at_idx ON enrichment_tasks (workspace_pk, coalesce(updated_at, '-infinity') DESC, enrichment_task_id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX enrichment_tasks_completed_at_idx ON enrichment_tasks (workspace_pk, coalesce(completed_at, '-infinity') DESC, enrichment_task_id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX enrichment_tasks_with_record_idx ON enrichment_tasks (workspace_pk, created_at DESC, enrichment_task_id DESC)
    WHERE deleted_at IS NULL AND input->>'record_id' IS NOT NULL;

CREATE INDEX documents_newest_idx ON documents (workspace_pk, created_at DESC, document_id DESC) WHERE deleted_at IS NULL;
CREATE INDEX invoices_newest_idx ON invoices (workspace_pk, created_at DESC, invoice_id DESC) WHERE deleted_at IS NULL;
CREATE INDEX invoices_issuer_idx ON invoices (workspace_pk, issuer_id, created_at DESC, invoice_id DESC) WHERE deleted_at IS NULL;
CREATE INDEX invoices_receiver_idx ON invoices (workspace_pk, receiver_id, created_at DESC, invoice_id DESC) WHERE deleted_at IS NULL;
CREATE INDEX companies_newest_idx ON companies (workspace_pk, created_at DESC, company_id DESC) WHERE deleted_at IS NULL;
