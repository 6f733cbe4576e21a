-- Dispatch rows and attempts are of a task, which is of a workspace: that is
-- checked once, and goes with the task as before. Two checks less for each task.
-- +goose Up
ALTER TABLE enrichment_dispatches DROP CONSTRAINT IF EXISTS enrichment_dispatches_workspace_pk_fkey;
ALTER TABLE enrichment_task_attempts DROP CONSTRAINT IF EXISTS enrichment_task_attempts_workspace_pk_fkey;
