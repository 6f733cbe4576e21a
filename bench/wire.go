package main

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// wire is the least that a start through the database can be: a statement writes
// the job and tells of it, another connection hears that, takes the row in one
// statement, without waiting for the disk, and begins. It keeps no record, leases
// nothing and tries nothing again: what it takes are the round trips themselves.
type wire struct {
	counted
	one    bool          // the job is told within the process, as enrichd does for its own
	pool   *pgxpool.Pool // its commits wait for the disk
	claims *pgxpool.Pool // these do not
	ears   *pgx.Conn
	own    chan struct{}
	cancel context.CancelFunc
	ended  chan error
}

func (w *wire) open(ctx context.Context, url string, c config) (err error) {
	if w.pool, err = pool(ctx, url, c.Conns); err != nil {
		return err
	}
	if w.claims, err = pool(ctx, url+"&synchronous_commit=off", c.Conns); err != nil {
		return err
	}
	if w.ears, err = pgx.Connect(ctx, url); err != nil {
		return err
	}
	w.own, w.ended = make(chan struct{}, 1000), make(chan error, 1)
	_, err = w.ears.Exec(ctx, `CREATE TABLE jobs (pk bigserial PRIMARY KEY, entity text, input jsonb, state text NOT NULL DEFAULT 'new'); LISTEN jobs`)
	return err
}

func (w *wire) start(ctx context.Context) error {
	ctx, w.cancel = context.WithCancel(ctx)
	go func() { w.ended <- w.work(ctx) }()
	return nil
}

func (w *wire) work(ctx context.Context) error {
	for {
		if w.one {
			select {
			case <-ctx.Done():
				return nil
			case <-w.own:
			}
		} else if _, err := w.ears.WaitForNotification(ctx); ctx.Err() != nil {
			return nil
		} else if err != nil {
			return err
		}
		var entity string
		if err := w.claims.QueryRow(ctx, `UPDATE jobs SET state = 'processing' WHERE pk =
			(SELECT pk FROM jobs WHERE state = 'new' ORDER BY pk LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING entity`).Scan(&entity); err != nil {
			return err
		}
		w.enter(entity)
		if _, err := w.pool.Exec(ctx, `DELETE FROM jobs WHERE entity = $1`, entity); err != nil {
			return err
		}
		w.finished.Add(1)
	}
}

func (w *wire) stop() error {
	w.cancel()
	return <-w.ended
}

func (w *wire) enqueue(ctx context.Context, batch []job) error {
	for _, j := range batch {
		if _, err := w.pool.Exec(ctx, `WITH j AS (INSERT INTO jobs (entity, input) VALUES ($1, $2) RETURNING pk)
			SELECT pg_notify('jobs', pk::text) FROM j`, j.Entity, string(j.Input)); err != nil {
			return err
		}
		if w.one {
			w.own <- struct{}{}
		}
	}
	return nil
}

func (w *wire) tables() []string { return []string{"jobs"} }

func (w *wire) check(ctx context.Context, _ int) error {
	return expect(ctx, w.pool, "jobs left", 0, `SELECT count(*) FROM jobs`)
}

func (w *wire) close() {
	w.pool.Close()
	w.claims.Close()
	w.ears.Close(context.Background())
}
