-- Who wants to be told what happens, and what each was told. An endpoint has a
-- cursor over its workspace's events; what it passes becomes deliveries.
-- +goose Up

CREATE TABLE webhook_endpoints (
    pk bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    webhook_endpoint_id uuid NOT NULL DEFAULT gen_random_uuid(),
    url text NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 500),
    event_types text[] NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    disabled_reason text,
    -- In clear: every delivery is signed with it. Row-level security guards it.
    secret text NOT NULL,
    previous_secret text,
    previous_until timestamptz,
    -- The last place in the events' order that became deliveries.
    cursor bigint NOT NULL,
    -- Attempts that failed since one succeeded: who fails is tried less at once.
    failures integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_pk, webhook_endpoint_id)
);
CREATE INDEX webhook_endpoints_created_idx ON webhook_endpoints (workspace_pk, created_at, webhook_endpoint_id);

CREATE TABLE webhook_deliveries (
    pk bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    endpoint_pk bigint NOT NULL REFERENCES webhook_endpoints (pk) ON DELETE CASCADE,
    webhook_delivery_id uuid NOT NULL DEFAULT gen_random_uuid(),
    sequence bigint NOT NULL,
    event_type text NOT NULL,
    subject_type text NOT NULL,
    subject_id text NOT NULL,
    event_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    -- Of the run that the schedule counts; a redelivery begins a new one.
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    claimed_until timestamptz,
    -- Fences who comes back too late from an attempt.
    claim bigint NOT NULL DEFAULT 0,
    last_status integer,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    UNIQUE (workspace_pk, webhook_delivery_id),
    UNIQUE (workspace_pk, endpoint_pk, sequence)
);
CREATE INDEX webhook_deliveries_created_idx ON webhook_deliveries (workspace_pk, created_at, webhook_delivery_id);
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (workspace_pk, endpoint_pk, due_at) WHERE state = 'pending';
-- What happened to one thing is told in its order.
CREATE INDEX webhook_deliveries_subject_idx ON webhook_deliveries (workspace_pk, endpoint_pk, subject_type, subject_id, sequence) WHERE state = 'pending';

-- Whose turn it is: workers look across workspaces here, and nothing here is a
-- workspace's content. One row for each workspace that has endpoints.
CREATE TABLE webhook_turns (
    workspace_pk bigint PRIMARY KEY REFERENCES workspaces (pk) ON DELETE CASCADE,
    due_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_turns_due_idx ON webhook_turns (due_at);

ALTER TABLE webhook_endpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_endpoints FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON webhook_endpoints USING (workspace_pk = enrichd_workspace());
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON webhook_deliveries USING (workspace_pk = enrichd_workspace());
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints, webhook_deliveries, webhook_turns TO enrichd_app;
