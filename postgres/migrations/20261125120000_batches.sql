-- Batches and families: counted down, never counted.
-- +goose Up

-- One row for each press. Its counters change in the transaction that moves a
-- task; whoever brings one to zero tells of it.
CREATE TABLE enrichment_batches (
    workspace_pk    bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    batch_id        uuid NOT NULL DEFAULT gen_random_uuid(),
    total           integer NOT NULL,
    running         integer NOT NULL, -- pending and processing
    open            integer NOT NULL, -- not terminal
    joined          integer NOT NULL DEFAULT 0, -- wanted tasks that stood already, open
    reused          integer NOT NULL DEFAULT 0, -- and finished
    request         jsonb, -- what was pressed, and a sample of the duplicates
    fingerprint     text,  -- of the request: the same press is the same batch
    idempotency_key text,
    pressed_by      text,
    max_cost_micros bigint,
    created_at      timestamptz NOT NULL DEFAULT now(),
    settled_at      timestamptz, -- when running last reached zero; null while anything runs
    completed_at    timestamptz,
    PRIMARY KEY (workspace_pk, batch_id),
    CHECK (0 <= running AND running <= open AND open <= total),
    CHECK ((open = 0) = (completed_at IS NOT NULL)),
    CHECK ((running = 0) = (settled_at IS NOT NULL))
) WITH (fillfactor = 50);
CREATE INDEX enrichment_batches_newest_idx ON enrichment_batches (workspace_pk, created_at DESC, batch_id DESC);
CREATE INDEX enrichment_batches_fingerprint_idx ON enrichment_batches (workspace_pk, fingerprint);
CREATE INDEX enrichment_batches_key_idx ON enrichment_batches (workspace_pk, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- How many tasks of a batch stand where. Each connection counts in a slot of its
-- own, so that claims do not queue for one row: a slot may be negative, their
-- sum is the truth. Deleted tasks count as deleted.
CREATE TABLE enrichment_batch_counts (
    workspace_pk    bigint NOT NULL,
    batch_id        uuid NOT NULL,
    enrichment_type text NOT NULL,
    status          text NOT NULL,
    slot            smallint NOT NULL,
    tasks           integer NOT NULL DEFAULT 0,
    cost_micros     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_pk, batch_id, enrichment_type, status, slot),
    FOREIGN KEY (workspace_pk, batch_id) REFERENCES enrichment_batches ON DELETE CASCADE
) WITH (fillfactor = 50);

-- Batches of an adopted database.
INSERT INTO enrichment_batches (workspace_pk, batch_id, total, running, open, created_at, settled_at, completed_at)
SELECT workspace_pk, batch_id, count(*), count(*) FILTER (WHERE running), count(*) FILTER (WHERE open), min(created_at),
    CASE WHEN NOT bool_or(running) THEN max(updated_at) END, CASE WHEN NOT bool_or(open) THEN coalesce(max(completed_at), max(updated_at)) END
FROM (SELECT workspace_pk, batch_id, created_at, coalesce(updated_at, created_at) AS updated_at, completed_at,
        deleted_at IS NULL AND status IN ('pending', 'processing') AS running,
        deleted_at IS NULL AND status IN ('pending', 'processing', 'awaiting_approval') AS open
    FROM enrichment_tasks WHERE batch_id IS NOT NULL) AS t
GROUP BY workspace_pk, batch_id;
INSERT INTO enrichment_batch_counts (workspace_pk, batch_id, enrichment_type, status, slot, tasks)
SELECT workspace_pk, batch_id, enrichment_type, CASE WHEN deleted_at IS NULL THEN status::text ELSE 'deleted' END, 0, count(*)
FROM enrichment_tasks WHERE batch_id IS NOT NULL GROUP BY 1, 2, 3, 4;

ALTER TABLE enrichment_batches ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrichment_batches FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON enrichment_batches USING (workspace_pk = enrichd_workspace());
ALTER TABLE enrichment_batch_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrichment_batch_counts FORCE ROW LEVEL SECURITY;
CREATE POLICY enrichd_tenant ON enrichment_batch_counts USING (workspace_pk = enrichd_workspace());
GRANT SELECT, INSERT, UPDATE ON enrichment_batches TO enrichd_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON enrichment_batch_counts TO enrichd_app;

-- How many open children a parked parent waits for; null for a task that is not
-- parked. A parked row is never due.
ALTER TABLE enrichment_dispatches ADD COLUMN children integer CHECK (children > 0);
ALTER TABLE enrichment_dispatches ADD CONSTRAINT enrichment_dispatches_parked CHECK ((children IS NOT NULL) = (due_at = 'infinity'));

-- The doctor goes through all workspaces, one after the other.
CREATE POLICY enrichd_each ON workspaces FOR SELECT USING (current_setting('enrichd.each_workspace', true) = 'on');
