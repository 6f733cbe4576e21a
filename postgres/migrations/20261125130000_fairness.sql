-- Fair claims, limits, pauses and expiry. None of these tables is under
-- row-level security: a claim looks across workspaces, and nothing here is a
-- tenant's content.
-- +goose Up

-- A task that nobody needs any more after this moment is not begun.
ALTER TABLE enrichment_dispatches ADD COLUMN expires_at timestamptz;
CREATE INDEX enrichment_dispatches_expiry_idx ON enrichment_dispatches (expires_at) WHERE worker_pk IS NULL AND expires_at IS NOT NULL;

-- Waiting work in lanes: one type, one workspace, one priority, oldest first. A
-- claim steps from lane to lane, so that a flood in one costs the others nothing.
DROP INDEX enrichment_dispatches_due_idx;
CREATE INDEX enrichment_dispatches_lane_idx ON enrichment_dispatches (enrichment_type, workspace_pk, priority, due_at, task_pk)
    WHERE worker_pk IS NULL;

-- How many turns a workspace has in each round of claims; 1 where no row is.
CREATE TABLE enrichment_weights (
    workspace_pk bigint PRIMARY KEY REFERENCES workspaces (pk) ON DELETE CASCADE,
    weight       smallint NOT NULL CHECK (weight BETWEEN 1 AND 1000)
);

-- What holds work back, over all processes: a row for each type that a program
-- runs and for each provider that such a type uses.
CREATE TABLE enrichment_limits (
    scope        text NOT NULL CHECK (scope IN ('type', 'provider')),
    name         text NOT NULL,
    provider     text,             -- of a type: whom it calls
    max_running  integer CHECK (max_running > 0),
    per_minute   double precision CHECK (per_minute > 0),
    burst        integer NOT NULL DEFAULT 1 CHECK (burst > 0),
    next_at      timestamptz NOT NULL DEFAULT now(), -- when the bucket of per_minute is full again
    paused_until timestamptz,
    pause_words  text,
    operator_set boolean NOT NULL DEFAULT false, -- an operator chose the limits: those of the program do not apply
    PRIMARY KEY (scope, name)
);

-- How many more may start now; null is no bound.
CREATE VIEW enrichment_room AS
SELECT l.*, CASE
        WHEN l.paused_until > now() THEN 0
        WHEN l.max_running IS NULL AND l.per_minute IS NULL THEN NULL
        ELSE greatest(0, least(
            CASE WHEN l.max_running IS NOT NULL THEN l.max_running - (
                SELECT count(*) FROM enrichment_dispatches d WHERE d.worker_pk IS NOT NULL AND (
                    l.scope = 'type' AND d.enrichment_type = l.name OR
                    l.scope = 'provider' AND d.enrichment_type IN (SELECT t.name FROM enrichment_limits t WHERE t.scope = 'type' AND t.provider = l.name))) END,
            floor(l.burst - greatest(0, extract(epoch FROM l.next_at - now())) * l.per_minute / 60)))
    END::bigint AS room
FROM enrichment_limits l;

-- Why tasks of a type do not start although they are due. Pauses first.
CREATE VIEW enrichment_holds AS
SELECT t.name AS enrichment_type, r.scope, r.name, r.paused_until, r.pause_words, r.max_running, r.per_minute, now() AS now,
    CASE WHEN r.per_minute IS NOT NULL THEN r.next_at - make_interval(secs => (r.burst - 1) * 60 / r.per_minute) END AS next_start
FROM enrichment_limits t JOIN enrichment_room r ON r.scope = 'type' AND r.name = t.name OR r.scope = 'provider' AND r.name = t.provider
WHERE t.scope = 'type' AND r.room = 0;

GRANT SELECT, INSERT, UPDATE, DELETE ON enrichment_limits, enrichment_weights TO enrichd_app;
GRANT SELECT ON enrichment_room, enrichment_holds TO enrichd_app;
