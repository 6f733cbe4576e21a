package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// peer is River in its fastest durable way: InsertManyFast (COPY), the batch
// completer that it has by default, and short waits between fetches. With a
// record it writes beside each job what enrichd keeps of a task in its own row.
type peer struct {
	counted
	answers
	record bool // keep a row beside each job: insert, to processing, to completed
	lean   bool // the record has the contract's indexes alone, not those of our lists
	idle   bool // River's own default waits, for the latency of an idle queue
	c      config
	pool   *pgxpool.Pool
	client *river.Client[pgx.Tx]
	closed chan struct{}
}

// args of a River job: the input itself, or the key of its record.
type args struct {
	Entity string `json:"entity,omitempty"`
	Input  []byte `json:"input,omitempty"`
	Record int64  `json:"record,omitempty"`
}

// Kind names the job.
func (args) Kind() string { return "noop" }

// work is River's worker.
type work struct {
	river.WorkerDefaults[args]
	p *peer
}

// Work does nothing, or moves the record. Each statement commits by itself: a
// transaction around a worker's own work would hold its connection meanwhile.
func (w *work) Work(ctx context.Context, j *river.Job[args]) error {
	if !w.p.record {
		w.p.enter(j.Args.Entity)
		return nil
	}
	var entity string
	var input []byte
	err := w.p.pool.QueryRow(ctx, `UPDATE records SET status = 'processing', updated_at = now()
		WHERE pk = $1 AND status IN ('pending', 'processing') RETURNING entity_id, input`, j.Args.Record).Scan(&entity, &input)
	if err != nil {
		return err
	}
	w.p.enter(entity)
	output, description := w.p.of(entity)
	_, err = w.p.pool.Exec(ctx, `UPDATE records SET status = 'completed', output = $2, description = $3, updated_at = now(), completed_at = now()
		WHERE pk = $1 AND status = 'processing'`, j.Args.Record, output, description)
	return err
}

func (p *peer) open(ctx context.Context, url string, c config) error {
	p.c = c
	var err error
	// Two more for the process that enqueues and River's own listener.
	if p.pool, err = pool(ctx, url, c.Conns+4); err != nil {
		return err
	}
	if p.record {
		if err := makeRecords(ctx, url, p.pool, p.lean); err != nil {
			return err
		}
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(p.pool), nil)
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

func (p *peer) start(ctx context.Context) error {
	workers := river.NewWorkers()
	river.AddWorker(workers, &work{p: p})
	cfg := &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: p.c.Slots}}, Workers: workers,
		Logger: slog.New(slog.DiscardHandler), JobTimeout: -1,
	}
	if !p.idle {
		cfg.FetchCooldown, cfg.FetchPollInterval = 2*time.Millisecond, 20*time.Millisecond
	}
	client, err := river.NewClient(riverpgxv5.New(p.pool), cfg)
	if err != nil {
		return err
	}
	p.client, p.closed = client, make(chan struct{})
	events, _ := client.SubscribeConfig(&river.SubscribeConfig{ChanSize: 100_000, Kinds: []river.EventKind{river.EventKindJobCompleted, river.EventKindJobFailed}})
	if err := client.Start(ctx); err != nil {
		return err
	}
	go func() {
		defer close(p.closed)
		for e := range events {
			if e.Kind == river.EventKindJobCompleted {
				p.finished.Add(1)
			}
		}
	}()
	return nil
}

func (p *peer) stop() error {
	err := p.client.Stop(context.Background())
	<-p.closed
	return err
}

func (p *peer) enqueue(ctx context.Context, batch []job) error {
	params := make([]river.InsertManyParams, len(batch))
	if !p.record {
		for i, j := range batch {
			params[i].Args = args{Entity: j.Entity, Input: j.Input}
		}
		_, err := p.client.InsertManyFast(ctx, params)
		return err
	}
	return pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		entities, inputs := columns(batch)
		keys, err := collectKeys(tx.Query(ctx, insertRecordsSQL, entities, inputs, hashes(batch), randomBatch()))
		if err != nil {
			return err
		}
		for i := range keys {
			params[i].Args = args{Record: keys[i]}
		}
		_, err = p.client.InsertManyFastTx(ctx, tx, params)
		return err
	})
}

func (p *peer) tables() []string {
	if p.record {
		return []string{"river_job", "records"}
	}
	return []string{"river_job"}
}

func (p *peer) check(ctx context.Context, n int) error {
	err := expect(ctx, p.pool, "completed jobs", n, `SELECT count(*) FROM river_job WHERE state = 'completed'`)
	if p.record {
		err = errors.Join(err, expect(ctx, p.pool, "completed records with output", n,
			`SELECT count(*) FROM records WHERE status = 'completed' AND output IS NOT NULL AND description IS NOT NULL`))
	}
	return err
}

func (p *peer) close() { p.pool.Close() }
