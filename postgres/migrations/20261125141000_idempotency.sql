-- Requests that a caller may send again without doing the work again.
-- +goose Up

CREATE TABLE idempotency_keys (
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    route text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    -- The answer; null while the first request runs.
    status smallint,
    header jsonb,
    body bytea,
    PRIMARY KEY (workspace_pk, route, key)
);
CREATE INDEX idempotency_keys_started_idx ON idempotency_keys (workspace_pk, started_at);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON idempotency_keys USING (workspace_pk = enrichd_workspace());
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO enrichd_app;
