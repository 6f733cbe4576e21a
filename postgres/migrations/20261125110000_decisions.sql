-- What a task proposes, and what people decided on it.
-- +goose Up

-- The proposal as it was shown: its effects wait here, verbatim.
CREATE TABLE enrichment_proposals (
    task_pk      bigint PRIMARY KEY REFERENCES enrichment_tasks (pk) ON DELETE CASCADE,
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    effects      json NOT NULL,
    depth        smallint NOT NULL, -- how many follow-ups deep its task is
    made_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE enrichment_decisions (
    pk            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    decision_id   uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    workspace_pk  bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    task_pk       bigint NOT NULL REFERENCES enrichment_tasks (pk) ON DELETE CASCADE,
    verdict       text NOT NULL CHECK (verdict IN ('approve', 'reject')),
    accepted      text[], -- items; null is all
    reason        text NOT NULL DEFAULT '',
    reviewed_hash text NOT NULL,
    decided_by    text NOT NULL,
    key_id        text,
    state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'applied', 'withdrawn', 'superseded')),
    created_at    timestamptz NOT NULL DEFAULT now(),
    effective_at  timestamptz NOT NULL,
    ended_at      timestamptz
);
-- One decision waits for a proposal, whoever came first.
CREATE UNIQUE INDEX enrichment_decisions_waiting_key ON enrichment_decisions (task_pk) WHERE state = 'waiting';
CREATE INDEX enrichment_decisions_task_idx ON enrichment_decisions (task_pk, pk);

ALTER TABLE enrichment_proposals ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrichment_proposals FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON enrichment_proposals USING (workspace_pk = enrichd_workspace());
ALTER TABLE enrichment_decisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrichment_decisions FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON enrichment_decisions USING (workspace_pk = enrichd_workspace());
GRANT SELECT, INSERT, UPDATE ON enrichment_proposals, enrichment_decisions TO enrichd_app;
