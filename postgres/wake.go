package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// wakeChannel is the channel on which processes tell each other that there is
// work. The message carries nothing: it only shortens the wait for a poll.
const wakeChannel = "enrichd_wake"

// announce asks for one notification after a commit. It never blocks, and any
// number of calls before the notifier runs make one notification: NOTIFY inside
// the writing transaction would take a lock that all commits share.
func (db *DB) announce() {
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
		// A lost notification costs a poll interval, no more.
		_, _ = db.pool.Exec(ctx, `SELECT pg_notify($1, '')`, wakeChannel)
	}
}

// Listen calls wake for every notification until ctx ends. It holds a
// connection of its own outside the pool, and comes back by itself after the
// database went away; the poll of the caller covers the gap.
func (db *DB) Listen(ctx context.Context, wake func()) {
	for ctx.Err() == nil {
		db.listenOnce(ctx, wake)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (db *DB) listenOnce(ctx context.Context, wake func()) {
	conn, err := pgx.ConnectConfig(ctx, db.pool.Config().ConnConfig)
	if err != nil {
		return
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `LISTEN `+wakeChannel); err != nil {
		return
	}
	for {
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return
		}
		wake()
	}
}
