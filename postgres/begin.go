package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// begin moves the pending tasks of one workspace to processing and reads them.
// A claim whose task is gone is left out: its dispatch row goes with the task.
// So is one whose batch has spent its cap: the task goes, too.
func begin(ctx context.Context, tx pgx.Tx, claims []enrich.Claim) ([]enrich.Claim, error) {
	ws := claims[0].Tenant
	tasks, capped, err := claimedTasks(ctx, tx, ws, claims)
	if err != nil {
		return nil, err
	}
	var live []enrich.Claim
	for _, c := range claims {
		if task, ok := tasks[c.Key]; ok {
			c.Task = task
			live = append(live, c)
		}
	}
	begun, over, err := withinCaps(ctx, tx, ws, live, capped)
	if err != nil {
		return nil, err
	}
	var moves []move
	var changes []change
	for i := range begun {
		if t := &begun[i].Task; t.Status != enrich.Processing {
			moves = append(moves, move{task: begun[i].Key, from: t.Status, to: enrich.Processing})
			// No parent is counted: an open child stays open.
			changes = append(changes, change{batch: t.BatchID, kind: string(t.Type), from: t.Status, to: enrich.Processing})
			t.Status = enrich.Processing
		}
	}
	if len(moves) > 0 {
		if err := advanceAll(ctx, tx, ws, moves, changes); err != nil {
			// The transaction is given up, the next poll tries again.
			return nil, fmt.Errorf("claim: %w", err)
		}
	}
	if len(over) > 0 {
		if err := withdraw(ctx, tx, ws, over...); err != nil {
			return nil, err
		}
	}
	if err := bringChildren(ctx, tx, ws, begun); err != nil {
		return nil, err
	}
	return begun, bringDecisions(ctx, tx, ws, begun)
}

// claimedTasks makes a workspace the one that is seen, and reads the tasks of
// its claims by their keys: in one round trip, for a claim may be of many
// workspaces. capped are those of their batches that have a cap.
func claimedTasks(ctx context.Context, tx pgx.Tx, ws int64, claims []enrich.Claim) (tasks map[int64]enrich.Task, capped map[string]bool, err error) {
	keys := make([]int64, len(claims))
	for i, c := range claims {
		keys[i] = c.Key
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT set_config('enrichd.workspace_pk', $1::bigint::text, true)`, ws)
	tasks, capped = make(map[int64]enrich.Task, len(claims)), map[string]bool{}
	batch.Queue(`SELECT t.pk, t.batch_id IS NOT NULL AND EXISTS (
			SELECT FROM enrichment_batches b WHERE b.workspace_pk = $1 AND b.batch_id = t.batch_id AND b.max_cost_micros IS NOT NULL), `+claimedColumns+`
		FROM unnest($2::bigint[]) AS k (pk) JOIN enrichment_tasks t ON t.pk = k.pk
		JOIN workspaces w ON w.pk = t.workspace_pk
		LEFT JOIN enrichment_tasks p ON p.pk = t.parent_task_pk AND p.workspace_pk = t.workspace_pk
		WHERE t.workspace_pk = $1 AND `+keyedLive+` AND `+fewRows("k.pk"), ws, keys).
		Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var key int64
				var hasCap bool
				task, err := scanTask(rows, &key, &hasCap)
				if err != nil {
					return err
				}
				tasks[key] = task
				if hasCap {
					capped[*task.BatchID] = true
				}
			}
			return rows.Err()
		})
	return tasks, capped, tx.SendBatch(ctx, batch).Close()
}
