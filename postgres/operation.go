package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// Held is a task in the hands of a worker.
type Held struct {
	Worker     string // its name
	TaskID     string
	Type       enrich.Type
	EntityType string
	EntityID   string
	Attempt    int
	ClaimedAt  time.Time
}

// HeldTasks lists the tasks of a workspace that workers hold, those held longest first,
// at most most.
func (db *DB) HeldTasks(ctx context.Context, workspaceID string, most int) (list []Held, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT w.name, t.enrichment_task_id::text, t.enrichment_type, t.entity_type, t.entity_id, d.attempt, d.claimed_at
			FROM (SELECT worker_pk, task_pk, attempt, claimed_at FROM enrichment_dispatches
				WHERE workspace_pk = $1 AND worker_pk IS NOT NULL ORDER BY claimed_at, task_pk LIMIT $2) d
			JOIN enrichment_workers w ON w.pk = d.worker_pk
			JOIN enrichment_tasks t ON t.pk = d.task_pk AND t.workspace_pk = $1
			ORDER BY d.claimed_at, d.task_pk`, ws, most)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Held])
		return err
	})
	return list, err
}

// Ending is how a task of a type ended lately.
type Ending struct {
	Type     enrich.Type
	Status   enrich.Status
	Attempts int           // that ended, retries among them
	Worked   time.Duration // the longest of them
}

// Endings tells of the tasks of a workspace that ended within a time, the latest first and
// no more than most, how they ended and how long they were worked on. They are read as
// Finished reads them.
func (db *DB) Endings(ctx context.Context, workspaceID string, within time.Duration, most int) (list []Ending, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT t.enrichment_type, t.status, a.n, a.worked
			FROM (SELECT pk, enrichment_type, status::text AS status, completed_at FROM enrichment_tasks
				WHERE workspace_pk = $1 AND deleted_at IS NULL
				ORDER BY COALESCE(completed_at, '-infinity') DESC, enrichment_task_id DESC LIMIT $3) t,
			LATERAL (SELECT count(*)::int AS n, coalesce(max(ended_at - started_at), interval '0') AS worked
				FROM enrichment_task_attempts WHERE task_pk = t.pk AND workspace_pk = $1) a
			WHERE t.completed_at > now() - $2::interval`, ws, within, most)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Ending])
		return err
	})
	return list, err
}

// Spending is what calls of a model for one type of tasks came to on one day (UTC).
type Spending struct {
	Day           time.Time
	Model         string
	Type          enrich.Type // empty where the task is no longer there
	Calls         int         // answers from the cache among them
	Cached        int
	Failed        int // without an answer that could be used, and paid for all the same
	TokensIn      int64
	TokensOut     int64
	CostMicros    int64 // millionths of the currency of the model's prices
	Tasks, Useful int   // tasks that called, and those of them that were completed
}

// Spent tells what the latest calls of models of a workspace cost, by day, model and type,
// the latest day first. It reads no more than most calls of the last days.
func (db *DB) Spent(ctx context.Context, workspaceID string, days, most int) (list []Spending, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `WITH c AS MATERIALIZED (
				SELECT begun_at, model, task_id, status, tokens_in, tokens_out, cost_micros FROM model_calls
				WHERE workspace_pk = $1 AND begun_at > now() - make_interval(days => $2) ORDER BY begun_at DESC LIMIT $3),
			t AS MATERIALIZED (
				SELECT k.task_id, t.enrichment_type, t.status = 'completed' AS useful
				FROM (SELECT DISTINCT task_id FROM c WHERE task_id ~ '^[0-9a-f-]{36}$') k
				JOIN enrichment_tasks t ON t.enrichment_task_id = k.task_id::uuid AND t.workspace_pk = $1)
			SELECT date_trunc('day', c.begun_at AT TIME ZONE 'UTC'), c.model, coalesce(t.enrichment_type, ''), count(*)::int, (count(*) FILTER (WHERE c.status = 'cached'))::int,
				(count(*) FILTER (WHERE c.status IN ('invalid', 'limited', 'failed')))::int, sum(c.tokens_in)::bigint, sum(c.tokens_out)::bigint, sum(c.cost_micros)::bigint,
				count(DISTINCT c.task_id)::int, (count(DISTINCT c.task_id) FILTER (WHERE t.useful))::int
			FROM c LEFT JOIN t USING (task_id) GROUP BY 1, 2, 3 ORDER BY 1 DESC, 9 DESC, 2, 3`, ws, days, most)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Spending])
		return err
	})
	return list, err
}
