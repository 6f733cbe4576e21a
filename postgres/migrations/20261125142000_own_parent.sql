-- A parent is of its child's workspace: foreign keys look past row-level
-- security, so the database is told besides.
-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION enrichd_own_parent() RETURNS trigger
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
-- +goose StatementEnd

CREATE TRIGGER enrichd_own_parent BEFORE INSERT OR UPDATE OF parent_task_pk ON enrichment_tasks
    FOR EACH ROW WHEN (NEW.parent_task_pk IS NOT NULL) EXECUTE FUNCTION enrichd_own_parent();
