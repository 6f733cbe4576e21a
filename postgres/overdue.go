package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Overdue is what has been due for too long of one type, though nothing holds it back.
type Overdue struct {
	Type    string
	Tasks   int
	For     time.Duration // the oldest of them, since it was due
	Workers int           // living processes that take the type
	Idle    int           // of these, with nothing in their hands
}

// Overdue lists the types of which tasks have been due for longer, in no worker's hands,
// the longest first: those that no living process takes, and those whose processes are all
// idle while neither a limit nor a pause holds the type. What waits behind other work is
// not among them.
func (db *DB) Overdue(ctx context.Context, longer time.Duration) ([]Overdue, error) {
	rows, err := db.pool.Query(ctx, `
		WITH late AS (
			SELECT enrichment_type, count(*) AS tasks, bool_or(worker_pk IS NULL) AS free, `+ageOf("min(due_at)")+` AS age FROM enrichment_dispatches
			WHERE (worker_pk IS NULL OR worker_pk = $2) AND due_at < now() - make_interval(secs => $1) GROUP BY 1
		), living AS (
			SELECT types, NOT EXISTS (SELECT FROM enrichment_dispatches d WHERE d.worker_pk = w.pk) AS idle
			FROM enrichment_workers w WHERE beat_at > now() - make_interval(secs => $3)
		)
		SELECT l.enrichment_type, l.tasks, l.age, count(p.types), count(*) FILTER (WHERE p.idle)
		FROM late l LEFT JOIN living p ON l.enrichment_type = ANY (p.types) GROUP BY 1, 2, 3, l.free
		HAVING count(p.types) = 0 OR l.free AND bool_and(p.idle) AND NOT EXISTS (SELECT FROM enrichment_holds h WHERE h.enrichment_type = l.enrichment_type)
		ORDER BY 3 DESC, 1`, seconds(longer), withQueue, seconds(DeadAfter))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Overdue, error) {
		var o Overdue
		var waited float64
		err := row.Scan(&o.Type, &o.Tasks, &waited, &o.Workers, &o.Idle)
		o.For = age(waited)
		return o, err
	})
}

// Lost are claims of processes that give no sign of life, which any living worker
// would have given back.
type Lost struct {
	Claims int
	For    time.Duration // since the last sign of life of the process that was silent the longest
}

// Lost looks for claims of processes that have been silent for longer.
func (db *DB) Lost(ctx context.Context, longer time.Duration) (Lost, error) {
	var l Lost
	var silent float64
	// A process that is off the list was silent since its claim, as far as anybody knows.
	err := db.pool.QueryRow(ctx, `SELECT count(*), `+ageOf("min(seen)")+` FROM (
			SELECT greatest(coalesce(w.beat_at, d.claimed_at), pg_postmaster_start_time()) AS seen
			FROM enrichment_dispatches d LEFT JOIN enrichment_workers w ON w.pk = d.worker_pk WHERE d.worker_pk >= 0) AS c
		WHERE seen < now() - make_interval(secs => $1)`, seconds(longer)).Scan(&l.Claims, &silent)
	l.For = age(silent)
	return l, err
}

// History that a move would take is looked for in so many steps of so many tasks in each
// workspace, from the oldest on: what stays for ever stands there first.
const (
	lateSteps  = 100
	lateAtOnce = 200
)

// Unmoved is history that is older than it should be and still in the tables.
type Unmoved struct {
	WorkspaceID string
	Tasks       int // that one step of a move would take: more may follow
	Oldest      time.Time
}

// Unmoved lists the workspaces with settled tasks from before that a move would take.
func (db *DB) Unmoved(ctx context.Context, before time.Time) (all []Unmoved, err error) {
	for after := int64(0); ; {
		ws, id, err := db.nextWorkspace(ctx, after)
		if err == pgx.ErrNoRows {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		one := Unmoved{WorkspaceID: id}
		m := Move{Workspace: ws, Before: before, Most: lateAtOnce, DryRun: true, Unplaced: true}
		for step := 0; step < lateSteps && one.Tasks == 0; step++ {
			var out Moved
			if err := db.inTenantTx(ctx, ws, func(tx pgx.Tx) error { return lookAt(ctx, tx, m, &out, &one) }); err != nil {
				return all, err
			}
			if m.After = out.Next; out.Last {
				break
			}
		}
		if one.Tasks > 0 {
			all = append(all, one)
		}
		after = ws
	}
}

// lookAt is one step of a move that moves nothing.
func lookAt(ctx context.Context, tx pgx.Tx, m Move, out *Moved, found *Unmoved) error {
	roots, err := settledBefore(ctx, tx, m, out)
	if err != nil || len(roots) == 0 {
		return err
	}
	tasks, err := movable(ctx, tx, m, roots)
	if err != nil || len(tasks) == 0 {
		return err
	}
	found.Tasks = len(tasks)
	return tx.QueryRow(ctx, `SELECT min(completed_at) FROM enrichment_tasks WHERE workspace_pk = $1 AND pk = ANY ($2)`, m.Workspace, tasks).Scan(&found.Oldest)
}
