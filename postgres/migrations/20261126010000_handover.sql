-- A queue outside may carry the work: a dispatch row that is handed to it is marked
-- with worker_pk -1, which no process has, until a push claims it.
--
-- generation tells one hand-over of a task from another. It is drawn from a
-- sequence and not counted in the row, because a task may get a new row (after a
-- person's decision, say) while the queue still remembers the names of the old one.
-- sent_at is when the queue was last known to have it; null is not known.
-- +goose Up
ALTER TABLE enrichment_dispatches ADD COLUMN generation bigint, ADD COLUMN sent_at timestamptz;
CREATE SEQUENCE enrichment_generations;
GRANT USAGE ON SEQUENCE enrichment_generations TO enrichd_app;
CREATE INDEX enrichment_dispatches_generation_idx ON enrichment_dispatches (generation) WHERE generation IS NOT NULL;
