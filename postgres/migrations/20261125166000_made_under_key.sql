-- What the first request under a key has made, noted in the transaction that made
-- it: the answer to the COMMIT, or to the request, may be lost.
-- +goose Up

ALTER TABLE idempotency_keys ADD COLUMN made text;
