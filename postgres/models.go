package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// BeginModelCall writes a call down before it is made, at the most that it can
// cost, and returns its id. One that a budget of the task, its batch or its workspace
// has no room for is an *enrich.Error with CodeOverBudget, and is not written.
func (db *DB) BeginModelCall(ctx context.Context, c enrich.ModelCall, budget enrich.ModelBudget) (string, error) {
	var id string
	err := db.inTenant(ctx, c.WorkspaceID, func(tx pgx.Tx, ws int64) error {
		// Two calls at once must not both take the last of a budget.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('enrichd.model_calls', $1))`, ws); err != nil {
			return err
		}
		scope, err := overBudget(ctx, tx, ws, c, budget)
		if err != nil {
			return err
		}
		if scope != "" {
			return enrich.Errorf(enrich.CodeOverBudget, "The budget for models of this %s is used up.", scope)
		}
		return tx.QueryRow(ctx, `INSERT INTO model_calls (workspace_pk, task_id, batch_id, purpose, model, input_hash, cost_micros)
			VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING model_call_id::text`,
			ws, c.TaskID, c.BatchID, c.Purpose, c.Model, c.InputHash, c.CostMicros).Scan(&id)
	})
	return id, err
}

// overBudget names the first scope that has no room for a call, "" for none.
func overBudget(ctx context.Context, tx pgx.Tx, ws int64, c enrich.ModelCall, budget enrich.ModelBudget) (string, error) {
	var task, day, batch int64
	var batchCap *int64
	err := tx.QueryRow(ctx, `SELECT
		coalesce((SELECT sum(cost_micros) FROM model_calls WHERE workspace_pk = $1 AND task_id = $2), 0)::bigint,
		coalesce((SELECT sum(cost_micros) FROM model_calls WHERE workspace_pk = $1 AND begun_at > now() - interval '24 hours'), 0)::bigint,
		coalesce((SELECT sum(cost_micros) FROM model_calls WHERE workspace_pk = $1 AND batch_id = $3::uuid), 0)::bigint,
		(SELECT max_cost_micros FROM enrichment_batches WHERE workspace_pk = $1 AND batch_id = $3::uuid)`,
		ws, c.TaskID, c.BatchID).Scan(&task, &day, &batch, &batchCap)
	switch {
	case err != nil:
		return "", err
	case budget.Task > 0 && task+c.CostMicros > budget.Task:
		return "task", nil
	case batchCap != nil && batch+c.CostMicros > *batchCap:
		return "batch", nil
	case budget.WorkspaceDay > 0 && day+c.CostMicros > budget.WorkspaceDay:
		return "workspace", nil
	}
	return "", nil
}

// EndModelCall writes down how a call went and what it cost indeed.
func (db *DB) EndModelCall(ctx context.Context, id string, c enrich.ModelCall) error {
	return db.inTenant(ctx, c.WorkspaceID, func(tx pgx.Tx, ws int64) error {
		_, err := tx.Exec(ctx, `UPDATE model_calls SET status = $3, tokens_in = $4, tokens_out = $5, cost_micros = $6, detail = nullif($7, ''), ended_at = now()
			WHERE workspace_pk = $1 AND model_call_id = $2::uuid AND status = 'begun'`, ws, id, string(c.Status), c.In, c.Out, c.CostMicros, c.Detail)
		return err
	})
}

// ModelAnswer reads the answer kept for an input, or nil, and writes the use of it
// into the ledger.
func (db *DB) ModelAnswer(ctx context.Context, c enrich.ModelCall) ([]byte, error) {
	var answer []byte
	err := db.inTenant(ctx, c.WorkspaceID, func(tx pgx.Tx, ws int64) error {
		err := tx.QueryRow(ctx, `SELECT answer::text FROM model_answers WHERE workspace_pk = $1 AND input_hash = $2`, ws, c.InputHash).Scan(&answer)
		if err == pgx.ErrNoRows {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO model_calls (workspace_pk, task_id, batch_id, purpose, model, input_hash, status, ended_at)
			VALUES ($1, $2, $3, $4, $5, $6, 'cached', now())`, ws, c.TaskID, c.BatchID, c.Purpose, c.Model, c.InputHash)
		return err
	})
	return answer, err
}

// KeepModelAnswer keeps an answer that is of the form asked for. The first one stays.
func (db *DB) KeepModelAnswer(ctx context.Context, workspaceID, inputHash string, answer []byte) error {
	return db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		_, err := tx.Exec(ctx, `INSERT INTO model_answers (workspace_pk, input_hash, answer) VALUES ($1, $2, $3::jsonb) ON CONFLICT DO NOTHING`, ws, inputHash, string(answer))
		return err
	})
}

// ModelCalls lists the calls of a task, oldest first.
func (db *DB) ModelCalls(ctx context.Context, workspaceID, taskID string) ([]enrich.ModelCall, error) {
	var calls []enrich.ModelCall
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT purpose, model, input_hash, status, tokens_in, tokens_out, cost_micros, coalesce(detail, '')
			FROM model_calls WHERE workspace_pk = $1 AND task_id = $2 ORDER BY pk`, ws, taskID)
		if err != nil {
			return err
		}
		calls, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (enrich.ModelCall, error) {
			c := enrich.ModelCall{WorkspaceID: workspaceID, TaskID: taskID}
			var status string
			err := row.Scan(&c.Purpose, &c.Model, &c.InputHash, &status, &c.In, &c.Out, &c.CostMicros, &c.Detail)
			c.Status = enrich.ModelStatus(status)
			return c, err
		})
		return err
	})
	return calls, err
}
