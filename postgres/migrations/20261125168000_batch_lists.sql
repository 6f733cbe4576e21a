-- A batch's list by a second filter. The tasks of a batch may lie in as many
-- blocks as there are tasks; what they are filtered by stands in the entries, so
-- that only the rows of one page are read.
-- +goose Up
CREATE INDEX enrichment_tasks_batch_newest_idx ON enrichment_tasks (workspace_pk, batch_id, created_at DESC, enrichment_task_id DESC)
    INCLUDE (status, enrichment_type, source_channel, entity_type, parent_task_pk) WHERE deleted_at IS NULL AND batch_id IS NOT NULL;
