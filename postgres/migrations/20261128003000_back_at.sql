-- When a worker last took its lock again that it had lost. One that has come back lately
-- lives behind a network that breaks its connections: others are slower to take it for
-- dead. Null where it has only ever had the one connection.
-- +goose Up
ALTER TABLE enrichment_workers ADD COLUMN back_at timestamptz;
