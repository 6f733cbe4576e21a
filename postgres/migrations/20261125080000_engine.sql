-- The engine's own tables and the belts around the record. Everything here is
-- written so that it can be laid over a foreign database in the contract's
-- shape: what is there is left alone, constraints do not look at old rows.
-- +goose Up

-- +goose StatementBegin
DO $$
BEGIN
    IF (SELECT atttypid::regtype::text FROM pg_attribute
        WHERE attrelid = 'workspaces'::regclass AND attname = 'workspace_id') <> 'text' THEN
        ALTER TABLE workspaces ALTER COLUMN workspace_id DROP DEFAULT;
        ALTER TABLE workspaces ALTER COLUMN workspace_id TYPE text USING workspace_id::text;
        ALTER TABLE workspaces ALTER COLUMN workspace_id SET DEFAULT gen_random_uuid()::text;
    END IF;
END
$$;
-- +goose StatementEnd

ALTER TABLE workspaces ADD COLUMN IF NOT EXISTS name text NOT NULL DEFAULT '';
ALTER TABLE workspaces ADD COLUMN IF NOT EXISTS auto_extract_enabled boolean NOT NULL DEFAULT true;
ALTER TABLE workspaces ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE workspaces ADD COLUMN IF NOT EXISTS updated_at timestamptz DEFAULT now();

-- The current tenant: set in each transaction, unset means no row at all.
-- +goose StatementBegin
CREATE FUNCTION enrichd_workspace() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('enrichd.workspace_pk', true), '')::bigint $$;
-- +goose StatementEnd

-- The same table of moves as in enrich/status.go; a test compares all 36 pairs.
-- +goose StatementBegin
CREATE FUNCTION enrichd_guard_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status IS DISTINCT FROM OLD.status THEN
        IF NOT ((OLD.status = 'pending' AND NEW.status = 'processing')
             OR (OLD.status = 'processing' AND NEW.status IN ('completed', 'failed', 'rejected', 'awaiting_approval'))
             OR (OLD.status = 'awaiting_approval' AND NEW.status IN ('processing', 'rejected'))) THEN
            RAISE EXCEPTION 'enrichment task may not move from % to %', OLD.status, NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'enrichment_tasks_moves';
        END IF;
    ELSIF OLD.status IN ('completed', 'failed', 'rejected')
        AND (NEW.output, NEW.error, NEW.completed_at, NEW.input) IS DISTINCT FROM (OLD.output, OLD.error, OLD.completed_at, OLD.input) THEN
        RAISE EXCEPTION 'enrichment task is % and cannot change any more', OLD.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'enrichment_tasks_terminal';
    END IF;
    -- ON DELETE SET NULL is written by the database itself: keep updated_at true.
    IF NEW.parent_task_pk IS DISTINCT FROM OLD.parent_task_pk AND NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER enrichd_guard BEFORE UPDATE ON enrichment_tasks FOR EACH ROW EXECUTE FUNCTION enrichd_guard_task();

ALTER TABLE enrichment_tasks
    ADD CONSTRAINT enrichd_completed_at CHECK ((completed_at IS NOT NULL) = (status IN ('completed', 'failed', 'rejected'))) NOT VALID,
    ADD CONSTRAINT enrichd_entity CHECK (entity_type <> '' AND entity_id <> '') NOT VALID,
    ADD CONSTRAINT enrichd_error_size CHECK (octet_length(error) <= 16384) NOT VALID,
    ADD CONSTRAINT enrichd_target_fields CHECK (jsonb_typeof(target_fields) = 'array') NOT VALID;

CREATE INDEX IF NOT EXISTS enrichment_tasks_entity_idx ON enrichment_tasks (entity_type, entity_id);
CREATE INDEX IF NOT EXISTS enrichment_tasks_input_hash_idx ON enrichment_tasks (input_hash);
CREATE INDEX IF NOT EXISTS enrichment_tasks_batch_id_idx ON enrichment_tasks (batch_id);
CREATE INDEX IF NOT EXISTS idx_enrichment_tasks_batch_status ON enrichment_tasks (batch_id, status);
CREATE INDEX IF NOT EXISTS idx_enrichment_tasks_input_record_id ON enrichment_tasks (workspace_pk, (input ->> 'record_id'), status)
    WHERE deleted_at IS NULL AND status IN ('pending', 'processing', 'awaiting_approval');
CREATE UNIQUE INDEX IF NOT EXISTS enrichment_tasks_monthly_close_pending_key
    ON enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type)
    WHERE status = 'pending' AND deleted_at IS NULL AND enrichment_type = 'monthly_close';
-- Newest first in one workspace: the default order of every list.
CREATE INDEX enrichment_tasks_newest_idx ON enrichment_tasks (workspace_pk, created_at DESC, enrichment_task_id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX enrichment_tasks_parent_idx ON enrichment_tasks (parent_task_pk) WHERE parent_task_pk IS NOT NULL;

-- One row for each worker process that lives. Its beat is the lease of every
-- task that the process holds. Where its connection is direct it holds an
-- advisory lock besides: a lock that is free means a dead process at once.
CREATE TABLE enrichment_workers (
    pk         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    types      text[] NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    beat_at    timestamptz NOT NULL DEFAULT now(),
    lock_at    timestamptz, -- when it last took its lock; null when it holds none
    free_since timestamptz  -- since when others have seen the lock free
);

-- One narrow row for each task that has work to do: what moves, while the
-- record stands still. Not under row-level security: a claim looks across
-- workspaces, and nothing here is a tenant's content.
CREATE TABLE enrichment_dispatches (
    task_pk         bigint PRIMARY KEY REFERENCES enrichment_tasks (pk) ON DELETE CASCADE,
    workspace_pk    bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    enrichment_type text NOT NULL,
    priority        smallint NOT NULL DEFAULT 10,
    depth           smallint NOT NULL DEFAULT 0,
    due_at          timestamptz NOT NULL DEFAULT now(),
    attempt         integer NOT NULL DEFAULT 0,
    crashes         integer NOT NULL DEFAULT 0,
    worker_pk       bigint,
    token           bigint,
    claimed_at      timestamptz,
    wait_code       text NOT NULL DEFAULT 'queued',
    wait_words      text,
    CHECK ((worker_pk IS NULL) = (token IS NULL) AND (worker_pk IS NULL) = (claimed_at IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX enrichment_dispatches_due_idx ON enrichment_dispatches (priority, due_at, task_pk) WHERE worker_pk IS NULL;
CREATE INDEX enrichment_dispatches_held_idx ON enrichment_dispatches (worker_pk) WHERE worker_pk IS NOT NULL;
CREATE SEQUENCE enrichment_lease_tokens CACHE 100;

-- History: one row for each attempt that ended. Nobody may change it.
CREATE TABLE enrichment_task_attempts (
    pk           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    task_pk      bigint NOT NULL REFERENCES enrichment_tasks (pk) ON DELETE CASCADE,
    attempt      integer NOT NULL,
    worker       text NOT NULL,
    started_at   timestamptz NOT NULL,
    ended_at     timestamptz NOT NULL DEFAULT now(),
    outcome      text NOT NULL,
    error        text,
    cost_micros  bigint NOT NULL DEFAULT 0
);
CREATE INDEX enrichment_task_attempts_task_idx ON enrichment_task_attempts (task_pk);

-- The outbox: told in the transaction in which it happened. xact lets a reader
-- stop before transactions that have not committed yet.
CREATE TABLE enrichment_events (
    pk           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_pk bigint NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
    xact         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    event_type   text NOT NULL,
    subject_type text NOT NULL,
    subject_id   text NOT NULL,
    data         jsonb,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX enrichment_events_subject_idx ON enrichment_events (workspace_pk, subject_type, subject_id, pk);

-- Secrets that all processes of an installation share.
CREATE TABLE enrichd_settings (name text PRIMARY KEY, value bytea NOT NULL);
INSERT INTO enrichd_settings VALUES ('cursor_key', sha256((gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text)::bytea));

-- Open tasks of an adopted database get their dispatch rows.
INSERT INTO enrichment_dispatches (task_pk, workspace_pk, enrichment_type)
    SELECT pk, workspace_pk, enrichment_type FROM enrichment_tasks
    WHERE status IN ('pending', 'processing') AND deleted_at IS NULL;
