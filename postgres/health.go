package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// Load is the open work of one type in a workspace.
type Load struct {
	Type             enrich.Type
	Pending, Running int        // counted as far as was asked
	Oldest           *time.Time // when the oldest pending one was made; nil where none is
}

// Loads tells the open work of each type that has any; each count reads no
// further than most.
func (db *DB) Loads(ctx context.Context, workspaceID string, most int) ([]Load, error) {
	live := func(s enrich.Status) string {
		return ` FROM enrichment_tasks WHERE workspace_pk = $1 AND enrichment_type = k.type AND deleted_at IS NULL AND status = '` + string(s) + `'`
	}
	var loads []Load
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		loads, err = selectRows[Load](ctx, tx, strings.Join([]string{
			`SELECT * FROM (SELECT k.type,
				(SELECT count(*) FROM (SELECT`, live(enrich.Pending), ` LIMIT $2) p) AS pending,
				(SELECT count(*) FROM (SELECT`, live(enrich.Processing), ` LIMIT $2) r) AS running,
				(SELECT created_at`, live(enrich.Pending), ` ORDER BY created_at LIMIT 1) AS oldest
			FROM unnest($3::text[]) WITH ORDINALITY AS k (type, ord) ORDER BY k.ord) l WHERE pending + running > 0`,
		}, ""), ws, most, texts(enrich.Types()))
		return err
	})
	return loads, err
}

// Finish is a task that ended.
type Finish struct {
	At      time.Time
	Took    time.Duration // from its making
	Decided bool          // a person decided on it, so that its time is a person's
}

// Finished lists the tasks of a workspace that ended lately, the latest first, and
// no more than most of them.
//
// The latest are read by their index and then held against the time: under row-level
// security a condition on what COALESCE gives is none that an index is entered by,
// and the end of the last task within the hour would be looked for in all of them.
func (db *DB) Finished(ctx context.Context, workspaceID string, within time.Duration, most int) ([]Finish, error) {
	var list []Finish
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, finishedSQL, ws, within, most)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Finish])
		return err
	})
	return list, err
}

// finishedSQL reads them: workspace, since how long ago, how many.
const finishedSQL = `SELECT t.completed_at, t.completed_at - t.created_at,
		EXISTS (SELECT FROM enrichment_decisions d WHERE d.task_pk = t.pk) AS decided
	FROM (SELECT pk, created_at, completed_at FROM enrichment_tasks
		WHERE workspace_pk = $1 AND deleted_at IS NULL
		ORDER BY COALESCE(completed_at, '-infinity') DESC, enrichment_task_id DESC LIMIT $3) t
	WHERE t.completed_at > now() - $2::interval`

// Worker is a process that takes tasks.
type Worker struct {
	Name      string
	Types     []string
	StartedAt time.Time
	BeatAt    time.Time // its last sign of life
	Held      int       // tasks in its hands, of all workspaces
}

// Workers lists the processes that take tasks, at most a hundred.
func (db *DB) Workers(ctx context.Context) ([]Worker, error) {
	rows, err := db.pool.Query(ctx, `SELECT w.name, w.types, w.started_at, w.beat_at,
			(SELECT count(*) FROM enrichment_dispatches d WHERE d.worker_pk = w.pk)
		FROM enrichment_workers w ORDER BY w.name, w.pk LIMIT 100`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Worker])
}
