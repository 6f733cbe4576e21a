package main

import (
	"context"
	"fmt"
	"log"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/local"
)

// host makes a database for each contestant.
type host struct {
	server *local.Server
	n      int
}

// entry is a contestant with its database.
type entry struct {
	contestant
	name   string
	url    string
	admin  *pgx.Conn // to the contestant's database
	server int       // process of the server
}

// enter makes a database and opens the contestant on it.
func (h *host) enter(ctx context.Context, name string, c contestant, cfg config) (*entry, error) {
	h.n++
	database := fmt.Sprintf("bench_%d", h.n)
	admin, err := pgx.Connect(ctx, h.server.URL())
	if err != nil {
		return nil, err
	}
	defer admin.Close(ctx)
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + database + " WITH (FORCE)", "CREATE DATABASE " + database + " TEMPLATE template0"} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			return nil, err
		}
	}
	url := h.server.URLFor(database)
	if err := c.open(ctx, url, cfg); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	e := &entry{contestant: c, name: name, url: url, server: h.server.Pid()}
	e.admin, err = pgx.Connect(ctx, url)
	return e, err
}

// join opens a contestant on the database of another one with the same schema.
func join(ctx context.Context, with *entry, name string, c contestant, cfg config) (*entry, error) {
	if err := c.open(ctx, with.url, cfg); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	e := &entry{contestant: c, name: name, url: with.url, server: with.server}
	var err error
	e.admin, err = pgx.Connect(ctx, with.url)
	return e, err
}

func (e *entry) close() {
	e.contestant.close()
	e.admin.Close(context.Background())
}

// contestants are those of the race, enrichd first.
func contestants() ([]string, map[string]contestant) {
	names := []string{enrichdName, riverBare, riverRecord, riverLean, floorName}
	return names, map[string]contestant{
		enrichdName: &ours{}, riverBare: &peer{}, riverRecord: &peer{record: true}, riverLean: &peer{record: true, lean: true}, floorName: &floor{},
	}
}

const (
	enrichdName = "enrichd"
	riverBare   = "river"
	riverRecord = "river+record"
	riverLean   = "river+lean record"
	floorName   = "sql floor"
)

// race has every contestant work off the same jobs, in turn.
func race(ctx context.Context, h *host, o options, r *report) error {
	names, by := contestants()
	var entries []*entry
	for _, name := range names {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), name) {
			continue
		}
		e, err := h.enter(ctx, name, by[name], o.config)
		if err != nil {
			return err
		}
		defer e.close()
		if o.statements {
			if _, err := e.admin.Exec(ctx, "CREATE EXTENSION pg_stat_statements"); err != nil {
				return err
			}
		}
		entries = append(entries, e)
	}
	for round := range o.rounds + 1 {
		for _, e := range entries {
			if err := emptyAll(ctx, entries); err != nil {
				return err
			}
			n := o.tasks
			if round == 0 {
				n = min(n, 2000) // to warm up: plans, pages, connections
			}
			lap, err := e.lap(ctx, jobs(n, uint64(round)), o)
			if err == nil {
				err = e.check(ctx, n)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
			log.Printf("round %d  %-18s %v", round, e.name, lap)
			if round > 0 {
				r.add(e.name, lap)
			} else if _, err := e.admin.Exec(ctx, "ANALYZE"); err != nil { // a database that has lived
				return err
			}
		}
	}
	if o.statements {
		for _, e := range entries {
			if err := e.statements(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// emptyAll empties everybody's tables before a lap: what the one before left
// behind would fill the server's memory and keep its vacuum busy, and the lap
// would depend on whose turn was last.
func emptyAll(ctx context.Context, entries []*entry) error {
	for _, e := range entries {
		if err := e.empty(ctx); err != nil {
			return err
		}
	}
	runtime.GC()
	return nil
}

// empty clears the contestant's tables and has the server write down what waits.
func (e *entry) empty(ctx context.Context) error {
	if err := e.truncate(ctx); err != nil {
		return err
	}
	_, err := e.admin.Exec(ctx, "CHECKPOINT")
	return err
}

func (e *entry) truncate(ctx context.Context) error {
	_, err := e.admin.Exec(ctx, "TRUNCATE "+strings.Join(e.tables(), ", ")+" CASCADE")
	return err
}

// lap is one round of one contestant.
type lap struct {
	Rate float64 `json:"tasks_per_second"`
	WAL  float64 `json:"wal_bytes_per_task"`
	// Processor time of a task in microseconds: of the server, and of the program.
	Server  float64 `json:"server_microseconds_per_task"`
	Program float64 `json:"program_microseconds_per_task"`
}

// String is a lap on a line.
func (l lap) String() string {
	return fmt.Sprintf("%7.0f tasks/s  %6.0f WAL bytes, %4.0f + %4.0f µs of server and program a task", l.Rate, l.WAL, l.Server, l.Program)
}

// lap measures from the first enqueue to the last durable completion.
func (e *entry) lap(ctx context.Context, work []job, o options) (lap, error) {
	if a, ok := e.contestant.(interface{ set(found) }); ok {
		a.set(foundOf(work))
	}
	if err := e.start(ctx); err != nil {
		return lap{}, err
	}
	base := e.done()
	from, err := e.position(ctx)
	if err != nil {
		return lap{}, err
	}
	server, program := processor(e.server)
	began := time.Now()
	for chunk := range slices.Chunk(work, o.Chunk) {
		if err := e.enqueue(ctx, chunk); err != nil {
			return lap{}, err
		}
	}
	if err := e.await(ctx, base+int64(len(work))); err != nil {
		return lap{}, err
	}
	took := time.Since(began)
	serverNow, programNow := processor(e.server)
	to, err := e.position(ctx)
	if err != nil {
		return lap{}, err
	}
	n := float64(len(work))
	return lap{
		Rate: n / took.Seconds(), WAL: float64(to-from) / n,
		Server: float64((serverNow - server).Microseconds()) / n, Program: float64((programNow - program).Microseconds()) / n,
	}, e.stop()
}

// await waits until so many jobs are done.
func (e *entry) await(ctx context.Context, n int64) error {
	for deadline := time.Now().Add(5 * time.Minute); e.done() < n; time.Sleep(time.Millisecond) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d jobs are not done", n-e.done())
		}
	}
	return nil
}

// position is how many bytes of WAL the server has written.
func (e *entry) position(ctx context.Context) (int64, error) {
	var n int64
	err := e.admin.QueryRow(ctx, `SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint`).Scan(&n)
	return n, err
}
