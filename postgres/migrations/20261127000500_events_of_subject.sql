-- +goose Up
-- The events of a task stand together in its index: three entries with one key are
-- one entry with three addresses, a third of the size. With the key of the row
-- behind it, each entry was another one: among ten million tasks 3.8 GB of pages that
-- every new task reads at random.
CREATE INDEX enrichment_events_of_subject_idx ON enrichment_events (workspace_pk, subject_type, subject_id);
DROP INDEX enrichment_events_subject_idx;

