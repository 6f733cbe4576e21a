package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

const workspace = "ws-bench"

// ours is enrichd with its whole record: task, events and attempts, under
// row-level security, by the ordinary claim and settle. Jobs come in as presses.
type ours struct {
	counted
	answers
	c      config
	db     *postgres.DB // of the worker process
	caller *postgres.DB // of the process that enqueues
	one    bool         // the same process enqueues and works, as River's client does
	owner  *pgxpool.Pool
	cancel context.CancelFunc
	ended  chan error
	press  int
}

func (o *ours) open(ctx context.Context, url string, c config) error {
	o.c = c
	if _, err := postgres.Migrate(ctx, url); err != nil {
		return err
	}
	var err error
	if o.owner, err = pool(ctx, url, 2); err != nil {
		return err
	}
	if o.db, err = postgres.Open(ctx, url, postgres.Options{MaxConns: int32(c.Conns)}); err != nil {
		return err
	}
	if o.caller, err = postgres.Open(ctx, url, postgres.Options{MaxConns: 4}); err != nil {
		return err
	}
	if o.one {
		o.caller.Close()
		o.caller = o.db
	}
	_, err = o.db.EnsureWorkspace(ctx, workspace, "Bench")
	return err
}

func (o *ours) start(ctx context.Context) error {
	ctx, o.cancel = context.WithCancel(ctx)
	o.ended = make(chan error, 1)
	engine := dispatch.New(dispatch.Options{
		Queue: settledQueue{o.db, o}, Kinds: []enrich.Kind{noop{o}}, Slots: o.c.Slots,
		Log: slog.New(slog.DiscardHandler),
	})
	go func() { o.ended <- engine.Run(ctx) }()
	for deadline := time.Now().Add(30 * time.Second); !engine.Ready(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.New("the engine does not become ready")
		}
	}
	return nil
}

func (o *ours) stop() error {
	o.cancel()
	return <-o.ended
}

// enqueue presses: the way in which a batch of any size is made.
func (o *ours) enqueue(ctx context.Context, batch []job) error {
	o.press++
	ids, inputs := make([]string, len(batch)), make(map[string]json.RawMessage, len(batch))
	for i, j := range batch {
		ids[i], inputs[j.Entity] = j.Entity, j.Input
	}
	channel := enrich.DocumentUpload
	_, err := o.caller.Press(ctx, workspace, postgres.Press{
		EntityType: "company", EntityIDs: ids, Content: []byte(`{}`), Fingerprint: fmt.Sprintf("%d-%d", o.press, time.Now().UnixNano()), By: "bench",
		Requests: func(t postgres.Target) ([]enrich.Request, error) {
			hash, err := enrich.Fingerprint{Type: enrich.OCRExtract, Input: inputs[t.ID], KindVersion: 1}.Hash()
			return []enrich.Request{{
				EntityType: "company", EntityID: t.ID, Type: enrich.OCRExtract, Input: inputs[t.ID], SourceChannel: &channel,
				Hash: hash, ReuseAge: 24 * time.Hour, Priority: enrich.PriorityNormal,
			}}, err
		},
	})
	return err
}

func (o *ours) tables() []string {
	return []string{"enrichment_tasks", "enrichment_dispatches", "enrichment_events", "enrichment_task_attempts", "enrichment_batches", "enrichment_batch_counts"}
}

func (o *ours) check(ctx context.Context, n int) error {
	return errors.Join(
		expect(ctx, o.owner, "completed tasks with output", n, `SELECT count(*) FROM enrichment_tasks WHERE status = 'completed' AND output IS NOT NULL AND description IS NOT NULL`),
		expect(ctx, o.owner, "events of tasks", 3*n, `SELECT count(*) FROM enrichment_events WHERE subject_type = 'enrichment_task'`),
		expect(ctx, o.owner, "attempts", n, `SELECT count(*) FROM enrichment_task_attempts WHERE outcome = 'completed'`),
		expect(ctx, o.owner, "dispatch rows", 0, `SELECT count(*) FROM enrichment_dispatches`),
		expect(ctx, o.owner, "faults", 0, `SELECT count(*) FROM enrichd_faults()`))
}

func (o *ours) close() {
	o.db.Close()
	if !o.one {
		o.caller.Close()
	}
	o.owner.Close()
}

// settledQueue counts what was settled.
type settledQueue struct {
	*postgres.DB
	o *ours
}

// Settle counts the claims that held.
func (q settledQueue) Settle(ctx context.Context, worker string, settlements []enrich.Settlement) (map[int64]bool, error) {
	held, err := q.DB.Settle(ctx, worker, settlements)
	q.o.finished.Add(int64(len(held)))
	return held, err
}

// noop is a kind that finds at once what the job says.
type noop struct{ o *ours }

// Spec has the defaults of a kind.
func (noop) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.OCRExtract, Version: 1, Deadline: time.Minute, MaxAttempts: 3, ReuseAge: 24 * time.Hour}
}

// Check takes everything.
func (noop) Check(json.RawMessage) error { return nil }

// Run is done at once.
func (k noop) Run(_ context.Context, j enrich.Job) enrich.Answer {
	k.o.enter(j.Task.EntityID)
	output, description := k.o.of(j.Task.EntityID)
	return enrich.Done{Result: enrich.Result{Output: output, Description: description}}
}
