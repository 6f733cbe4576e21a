package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/enrichd/enrichd/chaos/check"
)

// ledger has the database itself note every move of a status and every change of
// a holder, beside the product's own events and attempts. A task that is with a queue
// is held by nobody: its row has a mark and a token, so that no claim takes it, but no
// process runs it, and no attempt begins before a push brings it to one.
const ledger = `
	CREATE SCHEMA chaos;
	CREATE TABLE chaos.moves (seq bigserial PRIMARY KEY, task_pk bigint, was text, is_now text, tx text, at timestamptz);
	CREATE TABLE chaos.holds (seq bigserial PRIMARY KEY, task_pk bigint, was bigint, is_now bigint, attempt int, worker_pk bigint, crashes int, tx text, at timestamptz, beat_at timestamptz);
	CREATE FUNCTION chaos.note_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
		INSERT INTO chaos.moves (task_pk, was, is_now, tx, at) VALUES (NEW.pk, CASE TG_OP WHEN 'UPDATE' THEN OLD.status::text ELSE '' END, NEW.status::text, pg_current_xact_id()::text, now());
		RETURN NULL;
	END $$;
	CREATE FUNCTION chaos.note_hold() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE
		was bigint := CASE WHEN OLD.worker_pk IS DISTINCT FROM -1 THEN OLD.token END;
		is_now bigint := CASE WHEN TG_OP = 'UPDATE' AND NEW.worker_pk IS DISTINCT FROM -1 THEN NEW.token END;
	BEGIN
		IF TG_OP = 'DELETE' THEN
			IF was IS NOT NULL THEN
				INSERT INTO chaos.holds (task_pk, was, attempt, crashes, tx, at) VALUES (OLD.task_pk, was, OLD.attempt, OLD.crashes, pg_current_xact_id()::text, now());
			END IF;
		ELSIF is_now IS DISTINCT FROM was THEN
			INSERT INTO chaos.holds (task_pk, was, is_now, attempt, worker_pk, crashes, tx, at, beat_at)
			SELECT NEW.task_pk, was, is_now, NEW.attempt, NEW.worker_pk, NEW.crashes, pg_current_xact_id()::text, now(),
				(SELECT beat_at FROM public.enrichment_workers WHERE pk = NEW.worker_pk);
		END IF;
		RETURN NULL;
	END $$;
	CREATE TRIGGER chaos_move AFTER INSERT OR UPDATE OF status ON enrichment_tasks FOR EACH ROW EXECUTE FUNCTION chaos.note_move();
	CREATE TRIGGER chaos_hold AFTER DELETE OR UPDATE OF token ON enrichment_dispatches FOR EACH ROW EXECUTE FUNCTION chaos.note_hold();`

// rows lists what is read at the end, each as one JSON array.
const (
	readTasks = `SELECT t.pk, t.enrichment_task_id, w.workspace_id, t.status, t.enrichment_type, t.entity_id, t.parent_task_pk, t.batch_id,
			t.output->>'canary' AS canary, t.created_at, t.deleted_at, t.completed_at,
			concat_ws('|', t.status, coalesce(t.output->>'proof', ''), coalesce(t.error, ''),
				to_char(t.completed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS digest
		FROM enrichment_tasks t JOIN workspaces w ON w.pk = t.workspace_pk ORDER BY t.pk`
	readEvents   = `SELECT pk, event_type, subject_id, created_at FROM enrichment_events ORDER BY pk`
	readAttempts = `SELECT task_pk, attempt, worker, started_at, ended_at, outcome FROM enrichment_task_attempts ORDER BY pk`
	readMoves    = `SELECT seq, task_pk, was, is_now AS is, tx, at FROM chaos.moves ORDER BY seq`
	readHolds    = `SELECT seq, task_pk, was, is_now AS is, attempt, worker_pk, crashes, tx, at, beat_at FROM chaos.holds ORDER BY seq`
	readBatches  = `SELECT b.batch_id, w.workspace_id, regexp_replace(coalesce(b.idempotency_key, ''), '^[^ ]* ', '') AS key, b.total, b.running, b.open
		FROM enrichment_batches b JOIN workspaces w ON w.pk = b.workspace_pk`
	readValues     = `SELECT task_id, entity_id, field FROM field_values WHERE task_id IS NOT NULL`
	readDispatches = `SELECT task_pk, attempt, crashes, token IS NOT NULL AS held, children FROM enrichment_dispatches`
)

// tables reads everything, past row-level security.
func (c *cluster) tables(ctx context.Context) (check.Tables, error) {
	var t check.Tables
	var err error
	for _, part := range []struct {
		sql  string
		into any
	}{
		{readTasks, &t.Tasks},
		{readEvents, &t.Events},
		{readAttempts, &t.Attempts},
		{readMoves, &t.Moves},
		{readHolds, &t.Holds},
		{readBatches, &t.Batches},
		{readValues, &t.Values},
		{readDispatches, &t.Dispatches},
	} {
		err = errors.Join(err, c.read(ctx, part.sql, part.into))
	}
	return t, err
}

// read runs a query and decodes its rows, each a JSON object.
func (c *cluster) read(ctx context.Context, query string, into any) error {
	var raw []byte
	if err := c.admin.QueryRow(ctx, `SELECT coalesce(json_agg(r), '[]') FROM (`+query+`) AS r`).Scan(&raw); err != nil {
		return fmt.Errorf("read %.60s…: %w", query, err)
	}
	return json.Unmarshal(raw, into)
}
