-- The trace that a task belongs to, while it has work to do: W3C traceparent of
-- the request that made it. Null where traces are off.
-- +goose Up
ALTER TABLE enrichment_dispatches ADD COLUMN traceparent text;
