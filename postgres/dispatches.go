package postgres

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/failpoint"
)

// Timing of liveness, by the database's clock alone. A process beats every
// BeatEvery; one whose last beat is older than DeadAfter has lost its claims.
const (
	BeatEvery = 2 * time.Second
	DeadAfter = 8 * time.Second
)

// CrashCap is how many deaths of its process a task survives before it fails.
const CrashCap = 3

// Register makes a living process known and returns its key.
func (db *DB) Register(ctx context.Context, name string, types []enrich.Type) (int64, error) {
	var pk int64
	err := db.pool.QueryRow(ctx, `INSERT INTO enrichment_workers (name, types) VALUES ($1, $2) RETURNING pk`,
		name, texts(types)).Scan(&pk)
	return pk, err
}

// Beat renews the lease of everything that the process holds and returns the
// tokens it still holds. It fails with ErrDead when others have given the
// process up: all its claims are lost.
func (db *DB) Beat(ctx context.Context, worker int64) (map[int64]bool, error) {
	held := map[int64]bool{}
	if err := failpoint.Hit(failpoint.HeartbeatBefore); err != nil {
		return nil, err
	}
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE enrichment_workers SET beat_at = now() WHERE pk = $1`, worker)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return enrich.ErrDead
		}
		rows, err := tx.Query(ctx, `SELECT token FROM enrichment_dispatches WHERE worker_pk = $1`, worker)
		if err != nil {
			return err
		}
		tokens, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		for _, token := range tokens {
			held[token] = true
		}
		return err
	})
	return held, err
}

// Release hands claims back uncharged.
func (db *DB) Release(ctx context.Context, worker int64, tokens []int64) error {
	_, err := db.pool.Exec(ctx, `UPDATE enrichment_dispatches SET worker_pk = NULL, token = NULL, claimed_at = NULL, attempt = attempt - 1,
		due_at = now(), wait_code = 'queued' WHERE worker_pk = $1 AND token = ANY ($2)`, worker, tokens)
	if err == nil {
		db.announce()
	}
	return err
}

// Deregister takes a process that has settled everything off the list.
func (db *DB) Deregister(ctx context.Context, worker int64) error {
	_, err := db.pool.Exec(ctx, `DELETE FROM enrichment_workers WHERE pk = $1`, worker)
	return err
}

// byTenant groups values by workspace, in the order of the workspaces' keys.
func byTenant[T any](values []T, tenant func(T) int64) [][]T {
	groups := map[int64][]T{}
	var order []int64
	for _, v := range values {
		ws := tenant(v)
		if groups[ws] == nil {
			order = append(order, ws)
		}
		groups[ws] = append(groups[ws], v)
	}
	sort.Slice(order, func(i, j int) bool { return order[i] < order[j] })
	out := make([][]T, len(order))
	for i, ws := range order {
		out[i] = groups[ws]
	}
	return out
}

// LockGrace is how long a worker's advisory lock may be free before the worker
// counts as dead: time to take it again after a broken connection. A worker that has
// come back within BackWithin has shown that its connections break while it lives: it
// has BackGrace, for one that gets little of the processor needs several tries.
const (
	LockGrace  = 800 * time.Millisecond
	BackGrace  = 4 * time.Second
	BackWithin = 10 * time.Second
)

// Sweep gives the tasks of dead processes back: they are due at once. A task
// that has lost its process CrashCap times fails instead, and one that has
// outlived its use is refused. Any process may sweep
// at any time. It returns how many tasks were given back or failed.
//
// A process is dead when its last beat is older than DeadAfter, or when its lock
// has been free for its grace and it has not beaten since: who lost a connection
// comes back at once and beats with it (Listen). Neither a beat nor a lock outlives a restart of
// the database, so a restart gives every process a full DeadAfter to come back:
// counted from where this process could sweep again, for the database starts long
// before its recovery lets anybody beat.
func (db *DB) Sweep(ctx context.Context) (int, error) {
	var lost []enrich.Settlement
	watched := db.watch.begin(time.Now())
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		dead, err := removeDead(ctx, tx, watched)
		if err != nil || !db.orphans.due(dead > 0) {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT task_pk, workspace_pk, attempt, crashes, token, claimed_at FROM enrichment_dispatches d
			WHERE worker_pk >= 0 AND NOT EXISTS (SELECT FROM enrichment_workers w WHERE w.pk = d.worker_pk)
			ORDER BY task_pk FOR UPDATE SKIP LOCKED LIMIT $1`, lostAtOnce)
		if err != nil {
			return err
		}
		lost, err = pgx.CollectRows(rows, scanLost)
		if err != nil || len(lost) == 0 {
			return err
		}
		if err := failpoint.Hit(failpoint.RescueBetween); err != nil {
			return err
		}
		for _, group := range byTenant(lost, func(s enrich.Settlement) int64 { return s.Claim.Tenant }) {
			if err := giveBack(ctx, tx, group); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		db.watch.broke()
		return 0, err
	}
	forgotten, err := db.takeBack(ctx)
	if err != nil {
		return len(lost), err
	}
	expired, err := db.expire(ctx)
	if len(lost)+expired+forgotten > 0 {
		db.announce()
	}
	return len(lost), err
}

// watch is how long a process has seen the beats of others without a break.
type watch struct {
	mu    sync.Mutex
	since time.Time // zero: from the beginning on
	last  time.Time
	ended bool
}

// begin notes another look, and returns for how long there has been no break
// between looks: neither an error nor a long pause. Before the first break that is
// as good as for ever.
func (w *watch) begin(now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || !w.last.IsZero() && now.Sub(w.last) > DeadAfter/2 {
		w.since, w.ended = now, false
	}
	w.last = now
	if w.since.IsZero() {
		return 24 * time.Hour
	}
	return now.Sub(w.since)
}

// broke notes a look that failed.
func (w *watch) broke() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
}

// removeDead notes which locks are free, and takes dead processes off the list. No
// beat is missed for longer than this process has watched.
func removeDead(ctx context.Context, tx pgx.Tx, watched time.Duration) (dead int64, err error) {
	if _, err := tx.Exec(ctx, `
		WITH seen AS (
			SELECT w.pk, EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid = $1::bigint::oid
				AND l.objid = (w.pk % 2147483648)::oid AND l.objsubid = 2 AND l.granted
				AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS held
			FROM enrichment_workers w WHERE lock_at >= pg_postmaster_start_time()
		)
		UPDATE enrichment_workers w SET free_since = CASE WHEN NOT held THEN now() END
		FROM seen WHERE seen.pk = w.pk AND held <> (free_since IS NULL)`, workerLocks); err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, `DELETE FROM enrichment_workers WHERE pk IN (SELECT pk FROM enrichment_workers
		WHERE now() - greatest(beat_at, pg_postmaster_start_time(), now() - make_interval(secs => $3)) > make_interval(secs => $1)
			OR lock_at >= pg_postmaster_start_time() AND beat_at < free_since
				AND now() - free_since > make_interval(secs => CASE WHEN back_at > free_since - make_interval(secs => $5) THEN $4::float8 ELSE $2 END)
		FOR UPDATE SKIP LOCKED)`, seconds(DeadAfter), seconds(LockGrace), seconds(watched), seconds(BackGrace), seconds(BackWithin))
	return tag.RowsAffected(), err
}

// lostAtOnce bounds the claims that one sweep gives back.
const lostAtOnce = 500

// A sweep looks for claims of processes that are not on the list when it has taken one
// off, and in each sweep for a while after that, for what was locked or too much at
// once; otherwise every orphansEvery. To look costs a walk past all claims that ended
// since the oldest snapshot that somebody holds open.
const (
	orphansEvery = time.Second
	orphansAfter = 5 * time.Second
)

// orphans is when a process looks for them.
type orphans struct {
	mu          sync.Mutex
	next, until time.Time
}

// due says whether to look now; died is whether a process was just taken off the list.
func (o *orphans) due(died bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if died {
		o.until = now.Add(orphansAfter)
	}
	if now.Before(o.next) && now.After(o.until) {
		return false
	}
	o.next = now.Add(orphansEvery)
	return true
}

func scanLost(row pgx.CollectableRow) (enrich.Settlement, error) {
	s := enrich.Settlement{Outcome: enrich.OutcomeCrashed, Detail: "The worker process that ran this attempt died or lost the database."}
	c := &s.Claim
	err := row.Scan(&c.Key, &c.Tenant, &c.Attempt, &c.Crashes, &c.Token, &c.At)
	if c.Crashes+1 >= CrashCap {
		s.To = enrich.Failed
		s.Message = fmt.Sprintf("worker_crashed: The worker process died %d times while it worked on this task, so it was given up.", CrashCap)
		s.Description = "**Could not be done.** " + s.Message
	} else {
		s.WaitCode, s.WaitWords = enrich.WaitCrashed, "Its worker died; it runs again as soon as a worker is free."
	}
	return s, err
}

// giveBack settles the lost claims of one workspace.
func giveBack(ctx context.Context, tx pgx.Tx, lost []enrich.Settlement) error {
	if err := setTenant(ctx, tx, lost[0].Claim.Tenant); err != nil {
		return err
	}
	_, err := settleGroup(ctx, tx, lost, "unknown")
	return err
}
