package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// wakeChannel is the channel on which processes tell each other that there is
// work. The message carries who tells: it only shortens the wait for a poll.
const wakeChannel = "enrichd_wake"

// announce asks for one notification after a commit. It never blocks, and any
// number of calls before the notifier runs make one notification: NOTIFY inside
// the writing transaction would take a lock that all commits share.
//
// Workers of the same process need not wait for the notification to come back.
func (db *DB) announce() {
	db.wakes.Range(func(wake, _ any) bool { (*wake.(*func()))(); return true })
	select {
	case db.wake <- struct{}{}:
	default:
	}
}

// notifyLoop is the one coalescing notifier of the process.
func (db *DB) notifyLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-db.wake:
		}
		// A lost notification costs a poll interval, no more: it need not wait for the disk.
		_, _ = db.pool.Exec(ctx, `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)`, wakeChannel, db.name)
	}
}

// workerLocks is the class of the advisory locks that living workers hold.
const workerLocks = 0x656e7269

// Listen calls wake for every notification until ctx ends, and holds the
// advisory lock of the worker whose key worker returns: the sign of life that
// ends with the connection. It has a connection of its own outside the pool, and
// comes back by itself after the database went away; the caller's poll and beat
// cover the gap. Behind a pooler no connection is a process's own: there the poll
// and the beat do it alone. Who is no worker gives no function for its key.
func (db *DB) Listen(ctx context.Context, worker func() int64, wake func()) {
	db.wakes.Store(&wake, nil)
	defer db.wakes.Delete(&wake)
	if db.pooler {
		<-ctx.Done()
		return
	}
	for wait := time.Duration(0); ctx.Err() == nil; wait = min(2*wait+50*time.Millisecond, time.Second/2) {
		if db.listenOnce(ctx, worker, wake) {
			// It comes back at once, and shows its life on another way meanwhile:
			// either must arrive before LockGrace is over.
			wait = 0
			go db.showLife(ctx, worker)
		} else {
			db.showLife(ctx, worker)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// showLife beats for a worker that has lost the connection which holds its lock:
// others must not take it for dead while it comes back. What broke that connection
// has most often broken those of the pool, too, so a fresh one is made.
func (db *DB) showLife(ctx context.Context, worker func() int64) {
	if worker == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, LockGrace/2)
	defer cancel()
	db.pool.Reset()
	_, _ = db.pool.Exec(ctx, `UPDATE enrichment_workers SET beat_at = now() WHERE pk = $1`, worker())
}

// listenOnce listens on one connection until it breaks or the worker has a new
// key. It reports whether it got as far as listening.
func (db *DB) listenOnce(ctx context.Context, worker func() int64, wake func()) bool {
	conn, err := pgx.ConnectConfig(ctx, db.pool.Config().ConnConfig)
	if err != nil {
		return false
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var key int64
	if worker != nil {
		key = worker()
	}
	// The lock first: while it is free the worker may be taken for dead, and to
	// become the application's role takes several round trips.
	if worker != nil && takeLock(ctx, conn, key) != nil {
		return false
	}
	if becomeApp(ctx, conn) != nil {
		return false
	}
	if worker != nil && noteLock(ctx, conn, key) != nil {
		return false
	}
	if _, err := conn.Exec(ctx, `LISTEN `+wakeChannel); err != nil {
		return false
	}
	wake() // what was announced while nobody listened
	for worker == nil || worker() == key {
		short, cancel := context.WithTimeout(ctx, 2*time.Second)
		note, err := conn.WaitForNotification(short)
		cancel()
		switch {
		case err == nil && note.Payload == db.name: // announce has told already
		case err == nil:
			wake()
		case ctx.Err() != nil || short.Err() == nil:
			return true
		}
	}
	return true
}

// takeLock takes the worker's lock, which nobody else wants, in one round trip.
func takeLock(ctx context.Context, conn *pgx.Conn, worker int64) error {
	_, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1::int, ($2::bigint % 2147483648)::int)`, pgx.QueryExecModeSimpleProtocol, workerLocks, worker)
	return err
}

// noteLock says that the lock is held, for who looks before the next sweep.
func noteLock(ctx context.Context, conn *pgx.Conn, worker int64) error {
	_, err := conn.Exec(ctx, `UPDATE enrichment_workers SET lock_at = now(), free_since = NULL WHERE pk = $1`, worker)
	return err
}
