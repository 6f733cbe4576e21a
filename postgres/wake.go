package postgres

import (
	"context"
	"math/rand/v2"
	"sync"
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
	var lost time.Time
	defer db.first.come()
	for ctx.Err() == nil {
		began := time.Now()
		if db.listenOnce(ctx, worker, wake) {
			lost = time.Now()
			if worker != nil {
				db.first.miss()
			}
			// What broke that connection has most often broken those of the pool, too: the
			// next beat must not be the one that finds out.
			db.pool.Reset()
		}
		wait := comeBackEvery
		if time.Since(lost) > DeadAfter { // the database is away
			wait *= 5
			db.first.come()
		}
		sleep(ctx, wait/2+rand.N(wait)-time.Since(began))
	}
}

// comeBackEvery is the time between the beginnings of two tries to take a lost lock
// again, jittered: several must fit into LockGrace.
const comeBackEvery = 100 * time.Millisecond

// listenOnce listens on one connection until it breaks or the worker has a new
// key. It reports whether it got as far as to show that the worker lives.
func (db *DB) listenOnce(ctx context.Context, worker func() int64, wake func()) (came bool) {
	cfg := db.pool.Config().ConnConfig // a copy
	// While the lock is free the worker may be taken for dead, so no round trip may come
	// before it is taken: the connection is the application's from its beginning (Open has
	// seen that it may be), and what it writes need not wait for the disk.
	cfg.RuntimeParams["role"], cfg.RuntimeParams["synchronous_commit"] = AppRole, "off"
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return false
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var key int64
	if worker != nil {
		key = worker()
		if showLife(ctx, conn, key) != nil {
			return false
		}
		db.first.come()
	}
	if _, err := conn.Exec(ctx, `LISTEN `+wakeChannel); err != nil {
		return true
	}
	wake() // what was announced while nobody listened
	for worker == nil || worker() == key {
		short, cancel := context.WithTimeout(ctx, 2*time.Second)
		note, err := conn.WaitForNotification(short)
		waited := short.Err() != nil // and not by what cancel does
		cancel()
		switch {
		case err == nil && note.Payload == db.name: // announce has told already
		case err == nil:
			wake()
		case ctx.Err() != nil || !waited:
			return true
		}
	}
	return true
}

// showLife beats for a worker, notes that it came back where it has had its lock
// before, and takes the lock, which nobody else wants: in one round trip. The beat is
// of a transaction of its own, so that it counts though the lock is not to be had before
// the database notices that the last connection is gone.
func showLife(ctx context.Context, conn *pgx.Conn, worker int64) error {
	_, err := conn.Exec(ctx, `BEGIN;
		UPDATE enrichment_workers SET beat_at = now(), lock_at = now(), free_since = NULL, back_at = CASE WHEN lock_at IS NOT NULL THEN now() END WHERE pk = $2;
		COMMIT;
		SELECT pg_advisory_lock($1::int, ($2::bigint % 2147483648)::int)`, pgx.QueryExecModeSimpleProtocol, workerLocks, worker)
	return err
}

// first has the connection that shows a worker's life made before those of the pool:
// what breaks one has most often broken all, and a dozen that are made at once take
// longer than a lock may be free where the processor is short.
type first struct {
	mu   sync.Mutex
	back chan struct{} // closed when it is there again; nil while it is not missed
}

// miss has others wait.
func (f *first) miss() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.back == nil {
		f.back = make(chan struct{})
	}
}

// come lets them go on.
func (f *first) come() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.back != nil {
		close(f.back)
		f.back = nil
	}
}

// wait is what a connection of the pool does before it is made: for half as long as the
// lock may be free, for requests must be told soon that the database is away.
func (f *first) wait(ctx context.Context, _ *pgx.ConnConfig) error {
	f.mu.Lock()
	back := f.back
	f.mu.Unlock()
	if back == nil {
		return nil
	}
	select {
	case <-back:
	case <-time.After(LockGrace / 2):
	case <-ctx.Done():
	}
	return ctx.Err()
}
