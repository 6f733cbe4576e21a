-- Forced row-level security on everything that belongs to a workspace, and the
-- rights of the application role, which the migrator makes beforehand.
-- +goose Up

-- +goose StatementBegin
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['enrichment_tasks', 'enrichment_task_attempts', 'enrichment_events', 'companies', 'people',
        'documents', 'invoices', 'invoice_items', 'invoice_payment_means', 'transactions', 'field_values', 'api_keys']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY enrichd_tenant ON %I USING (workspace_pk = enrichd_workspace())', name);
    END LOOP;
END
$$;
-- +goose StatementEnd

ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspaces FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON workspaces USING (pk = enrichd_workspace());
-- A workspace is looked up by its public id before its key is known.
CREATE POLICY enrichd_by_id ON workspaces FOR SELECT USING (workspace_id = current_setting('enrichd.workspace_id', true));
-- A new workspace is nobody's row yet.
CREATE POLICY enrichd_new ON workspaces FOR INSERT WITH CHECK (true);
-- A caller names its key before anybody knows the workspace.
CREATE POLICY enrichd_by_key ON api_keys FOR SELECT USING (key_id = current_setting('enrichd.key_id', true));

GRANT USAGE ON SCHEMA public TO enrichd_app;
GRANT SELECT, INSERT, UPDATE ON enrichment_tasks, workspaces, companies, people, documents, invoices,
    transactions, field_values, api_keys TO enrichd_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON enrichment_workers, enrichment_dispatches, invoice_items, invoice_payment_means TO enrichd_app;
GRANT SELECT, INSERT ON enrichment_task_attempts, enrichment_events, document_extractions TO enrichd_app;
GRANT SELECT ON enrichd_settings TO enrichd_app;
GRANT USAGE ON SEQUENCE enrichment_lease_tokens TO enrichd_app;
-- The key columns fill themselves: identity sequences made BY DEFAULT ask for the right.
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO enrichd_app;
