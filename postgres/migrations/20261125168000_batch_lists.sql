-- Lists that two filters leave little of. The tasks of a batch may lie in as many
-- blocks as there are tasks: what they are filtered by stands in the entries, so
-- that only the rows of one page are read. And a type runs on few kinds of
-- entities, so most pairs of the two share nothing.
-- +goose Up
CREATE INDEX enrichment_tasks_batch_newest_idx ON enrichment_tasks (workspace_pk, batch_id, created_at DESC, enrichment_task_id DESC)
    INCLUDE (status, enrichment_type, source_channel, entity_type, parent_task_pk) WHERE deleted_at IS NULL AND batch_id IS NOT NULL;
CREATE INDEX enrichment_tasks_entity_type_idx ON enrichment_tasks (workspace_pk, entity_type, enrichment_type, created_at DESC, enrichment_task_id DESC)
    WHERE deleted_at IS NULL;
DROP INDEX enrichment_tasks_type_idx;
CREATE INDEX enrichment_tasks_type_idx ON enrichment_tasks (workspace_pk, enrichment_type, created_at DESC, enrichment_task_id DESC) WHERE deleted_at IS NULL;
