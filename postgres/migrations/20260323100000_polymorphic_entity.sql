-- One polymorphic pair in place of a column for each type of target. A row
-- keeps its target's public id; one that had no target names itself, so that
-- no row is lost.
-- +goose Up
ALTER TABLE enrichment_tasks ADD COLUMN entity_type varchar(100), ADD COLUMN entity_id varchar(255);

-- +goose StatementBegin
DO $$
DECLARE
    target record;
BEGIN
    FOR target IN SELECT * FROM (VALUES
        ('company', 'companies', 'company_id', 'company_pk'),
        ('person', 'people', 'person_id', 'person_pk'),
        ('document', 'documents', 'document_id', 'document_pk'),
        ('invoice', 'invoices', 'invoice_id', 'invoice_pk'),
        ('transaction', 'transactions', 'transaction_id', 'transaction_pk')) AS t (kind, tbl, public_id, fk)
    LOOP
        CONTINUE WHEN NOT EXISTS (SELECT FROM pg_attribute
            WHERE attrelid = 'enrichment_tasks'::regclass AND attname = target.fk AND NOT attisdropped);
        IF EXISTS (SELECT FROM pg_attribute
            WHERE attrelid = to_regclass(target.tbl) AND attname = target.public_id AND NOT attisdropped) THEN
            EXECUTE format('UPDATE enrichment_tasks t SET entity_type = %L, entity_id = e.%I::text
                FROM %I e WHERE e.pk = t.%I AND t.entity_type IS NULL',
                target.kind, target.public_id, target.tbl, target.fk);
        END IF;
        EXECUTE format('UPDATE enrichment_tasks SET entity_type = %L, entity_id = %I::text
            WHERE %I IS NOT NULL AND entity_type IS NULL', target.kind, target.fk, target.fk);
        EXECUTE format('ALTER TABLE enrichment_tasks DROP COLUMN %I', target.fk);
    END LOOP;
    UPDATE enrichment_tasks SET entity_type = 'unknown', entity_id = enrichment_task_id::text WHERE entity_type IS NULL;
END
$$;
-- +goose StatementEnd

ALTER TABLE enrichment_tasks ALTER COLUMN entity_type SET NOT NULL, ALTER COLUMN entity_id SET NOT NULL;
CREATE INDEX enrichment_tasks_entity_idx ON enrichment_tasks (entity_type, entity_id);
