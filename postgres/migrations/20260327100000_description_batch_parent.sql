-- What a person reads, the press that a task belongs to, and its parent.
-- +goose Up
ALTER TABLE enrichment_tasks
    ADD COLUMN description text,
    ADD COLUMN batch_id uuid,
    ADD COLUMN parent_task_pk bigint REFERENCES enrichment_tasks (pk) ON DELETE SET NULL;
CREATE INDEX enrichment_tasks_batch_id_idx ON enrichment_tasks (batch_id);
CREATE INDEX idx_enrichment_tasks_batch_status ON enrichment_tasks (batch_id, status);
CREATE INDEX idx_enrichment_tasks_input_record_id ON enrichment_tasks (workspace_pk, (input ->> 'record_id'), status)
    WHERE deleted_at IS NULL AND status IN ('pending', 'processing', 'awaiting_approval');
-- The workspace leads, which the contract does not say: without it one
-- workspace could block, and detect, the close of another.
CREATE UNIQUE INDEX enrichment_tasks_monthly_close_pending_key
    ON enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type)
    WHERE status = 'pending' AND deleted_at IS NULL AND enrichment_type = 'monthly_close';
