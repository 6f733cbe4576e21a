package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// move is one task's way from one status to another, with what is written
// beside it. Nil leaves a column as it is.
type move struct {
	task        int64 // key of the task
	from, to    enrich.Status
	output      []byte
	message     *string // the task's error
	description *string // left out where a person wrote the description
}

// advance is the only statement that writes a status. It guards each move by
// the table of moves, appends its event, and returns the keys of the tasks that
// moved: one that is missing had another status or was deleted meanwhile. All
// moves are of one workspace. Batches and parents count along (tally.go).
func advance(ctx context.Context, tx pgx.Tx, ws int64, moves []move) ([]int64, error) {
	args, err := moveArgs(ws, moves)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, advanceSQL, planFor(len(moves), args...)...)
	if err != nil {
		return nil, err
	}
	moved, changes, err := collectMoved(rows)
	if err != nil {
		return nil, err
	}
	return moved, tally(ctx, tx, ws, changes)
}

// advanceAll is advance for moves that must all be made, of tasks that were read in
// this transaction. What they change is known beforehand, so that it counts along
// in the same round trip.
func advanceAll(ctx context.Context, tx pgx.Tx, ws int64, moves []move, changes []change) error {
	args, err := moveArgs(ws, moves)
	if err != nil {
		return err
	}
	queue := &pgx.Batch{}
	queue.Queue(advanceSQL, args...).Query(func(rows pgx.Rows) error {
		moved, _, err := collectMoved(rows)
		if err == nil && len(moved) != len(moves) {
			err = fmt.Errorf("%d of %d tasks did not move", len(moves)-len(moved), len(moves))
		}
		return err
	})
	queueTally(queue, ws, changes)
	return tx.SendBatch(ctx, queue).Close()
}

func moveArgs(ws int64, moves []move) ([]any, error) {
	n := len(moves)
	keys, from, to := make([]int64, n), make([]string, n), make([]string, n)
	outputs, messages, descriptions := make([]*string, n), make([]*string, n), make([]*string, n)
	for i, m := range moves {
		if !enrich.CanMove(m.from, m.to) {
			return nil, fmt.Errorf("advance: no move from %s to %s", m.from, m.to)
		}
		keys[i], from[i], to[i] = m.task, string(m.from), string(m.to)
		messages[i], descriptions[i] = m.message, m.description
		if m.output != nil {
			s := string(m.output)
			outputs[i] = &s
		}
	}
	return []any{ws, keys, from, to, outputs, messages, descriptions}, nil
}

const advanceSQL = `
	WITH m AS (
		SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
			AS m (task_pk, old, new, output, message, description)
		WHERE m.task_pk + 0 = m.task_pk
	), moved AS (
		UPDATE enrichment_tasks t SET
			status = m.new::enrichment_task_status_enum,
			output = coalesce(m.output::jsonb, t.output),
			error = coalesce(m.message, t.error),
			description = CASE WHEN m.description IS NULL OR t.description IS NOT NULL AND EXISTS (
					SELECT FROM enrichment_events e WHERE e.workspace_pk = $1 AND e.subject_type = 'enrichment_task'
					AND e.subject_id = t.enrichment_task_id::text AND e.event_type = 'enrichment_task.described')
				THEN t.description ELSE m.description END,
			updated_at = now(),
			completed_at = CASE WHEN m.new IN ('completed', 'failed', 'rejected') THEN now() END
		FROM m
		WHERE t.workspace_pk = $1 AND t.pk = m.task_pk AND ` + keyedLive + `
			AND t.status = m.old::enrichment_task_status_enum
		RETURNING t.pk, t.enrichment_task_id, t.status, t.enrichment_type, t.entity_type, t.entity_id, t.batch_id, t.parent_task_pk, m.old
	), told AS (
		INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data)
		SELECT $1, 'enrichment_task.' || status, 'enrichment_task', enrichment_task_id::text,
			jsonb_build_object('from', old, 'enrichment_type', enrichment_type, 'entity_type', entity_type,
				'entity_id', entity_id, 'batch_id', batch_id)
		FROM moved
	)
	SELECT pk, batch_id::text, parent_task_pk, enrichment_type, old, status::text FROM moved`

func collectMoved(rows pgx.Rows) (moved []int64, changes []change, err error) {
	changes, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (change, error) {
		var pk int64
		var c change
		err := row.Scan(&pk, &c.batch, &c.parent, &c.kind, &c.from, &c.to)
		moved = append(moved, pk)
		return c, err
	})
	return moved, changes, err
}

// appendEvent tells something that is no move.
func appendEvent(ctx context.Context, tx pgx.Tx, ws int64, kind, subjectType, subjectID string, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data)
		VALUES ($1, $2, $3, $4, $5)`, ws, kind, subjectType, subjectID, raw)
	return err
}
