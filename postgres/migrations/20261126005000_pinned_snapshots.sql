-- What runs is looked up by when it was claimed, so that what died while somebody
-- holds a snapshot open need not be walked past.
-- +goose Up
DROP INDEX enrichment_dispatches_held_idx;
CREATE INDEX enrichment_dispatches_held_idx ON enrichment_dispatches (claimed_at, worker_pk) WHERE worker_pk IS NOT NULL;
