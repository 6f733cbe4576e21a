package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// contestant is one way to get durable work done. All of them have a database of
// their own on the same server, the same number of connections and of jobs at a
// time, and get the same jobs.
type contestant interface {
	// open makes the schema in the empty database and connects.
	open(ctx context.Context, url string, c config) error
	// start begins to work; stop ends that and waits for it.
	start(ctx context.Context) error
	stop() error
	// enqueue writes jobs in the fastest durable way that the contestant documents:
	// when it returns, they are committed.
	enqueue(ctx context.Context, batch []job) error
	// done is how many jobs are known to be durably completed since open.
	done() int64
	// entered is called with the entity of a job when its work begins.
	onEntered(func(entity string))
	// tables are what a round empties.
	tables() []string
	// check counts what must stand in the database for n completed jobs.
	check(ctx context.Context, n int) error
	close()
}

// config is what all contestants share.
type config struct {
	Slots int // jobs at the same time
	Conns int // connections of a pool
	Chunk int // jobs in one enqueue
}

// counted is a counter and a hook that contestants have in common.
type counted struct {
	finished atomic.Int64
	hook     atomic.Pointer[func(string)]
}

func (c *counted) done() int64 { return c.finished.Load() }

func (c *counted) onEntered(f func(string)) { c.hook.Store(&f) }

func (c *counted) enter(entity string) {
	if f := c.hook.Load(); f != nil {
		(*f)(entity)
	}
}

// pool opens connections as all contestants do.
func pool(ctx context.Context, url string, conns int) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = int32(conns)
	return pgxpool.NewWithConfig(ctx, cfg)
}

// expect compares a count in the database with what it must be.
func expect(ctx context.Context, p *pgxpool.Pool, what string, want int, sql string, args ...any) error {
	var n int
	if err := p.QueryRow(ctx, sql, args...).Scan(&n); err != nil {
		return err
	}
	if n != want {
		return fmt.Errorf("%s: %d instead of %d", what, n, want)
	}
	return nil
}

// columns turns jobs into arrays, one for each column: a statement with a
// thousand rows is one round trip.
func columns(batch []job) (entities, inputs []string) {
	for _, j := range batch {
		entities, inputs = append(entities, j.Entity), append(inputs, string(j.Input))
	}
	return entities, inputs
}

// found is what the work of a job finds: contestants look it up by the entity,
// for what a job finds is no part of what is enqueued.
type found map[string]job

func foundOf(batch []job) found {
	f := make(found, len(batch))
	for _, j := range batch {
		f[j.Entity] = j
	}
	return f
}

// answers holds what the jobs of the round under way will find.
type answers struct{ current atomic.Pointer[found] }

func (a *answers) set(f found) { a.current.Store(&f) }

func (a *answers) of(entity string) (json.RawMessage, string) {
	if f := a.current.Load(); f != nil {
		j := (*f)[entity]
		return j.Output, j.Description
	}
	return nil, ""
}

// collectKeys reads the keys that a statement returns.
func collectKeys(rows pgx.Rows, err error) ([]int64, error) {
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}
