package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// begin moves the pending tasks of one workspace to processing and reads them.
// A claim whose task is gone is left out: its dispatch row goes with the task.
// So is one whose batch has spent its cap: the task goes, too.
func begin(ctx context.Context, tx pgx.Tx, claims []enrich.Claim) ([]enrich.Claim, error) {
	ws := claims[0].Tenant
	tasks, err := claimedTasks(ctx, tx, ws, claims)
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
	begun, over, err := withinCaps(ctx, tx, ws, live)
	if err != nil {
		return nil, err
	}
	var moves []move
	for i := range begun {
		if t := &begun[i].Task; t.Status != enrich.Processing {
			moves = append(moves, move{task: begun[i].Key, from: t.Status, to: enrich.Processing})
			t.Status = enrich.Processing
		}
	}
	if len(moves) > 0 {
		moved, err := advance(ctx, tx, ws, moves)
		if err != nil {
			return nil, err
		}
		if len(moved) != len(moves) {
			return nil, errors.New("claim: a task changed under its claim") // the transaction is given up, the next poll tries again
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
// workspaces.
func claimedTasks(ctx context.Context, tx pgx.Tx, ws int64, claims []enrich.Claim) (map[int64]enrich.Task, error) {
	keys := make([]int64, len(claims))
	for i, c := range claims {
		keys[i] = c.Key
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT set_config('enrichd.workspace_pk', $1::bigint::text, true)`, ws)
	tasks := make(map[int64]enrich.Task, len(claims))
	batch.Queue(`SELECT t.pk, `+claimedColumns+` FROM unnest($2::bigint[]) AS k (pk) JOIN enrichment_tasks t ON t.pk = k.pk
		JOIN workspaces w ON w.pk = t.workspace_pk
		LEFT JOIN enrichment_tasks p ON p.pk = t.parent_task_pk AND p.workspace_pk = t.workspace_pk
		WHERE t.workspace_pk = $1 AND `+keyedLive+` AND `+fewRows("k.pk"), ws, keys).
		Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var key int64
				task, err := scanTask(rows, &key)
				if err != nil {
					return err
				}
				tasks[key] = task
			}
			return rows.Err()
		})
	return tasks, tx.SendBatch(ctx, batch).Close()
}
