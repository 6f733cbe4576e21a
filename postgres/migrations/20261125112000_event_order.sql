-- Events get their place in a workspace's order after they are committed, so
-- that a reader's cursor never passes one that commits late. Keys are drawn
-- before the commit and cannot serve.
-- +goose Up
ALTER TABLE enrichment_events ADD COLUMN sequence bigint;
CREATE UNIQUE INDEX enrichment_events_sequence_key ON enrichment_events (workspace_pk, sequence) WHERE sequence IS NOT NULL;
CREATE INDEX enrichment_events_unplaced_idx ON enrichment_events (workspace_pk, pk) WHERE sequence IS NULL;
ALTER TABLE enrichment_events DROP COLUMN xact;
GRANT UPDATE (sequence) ON enrichment_events TO enrichd_app;
