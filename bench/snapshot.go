package main

import (
	"context"
	"log"
	"time"

	"github.com/jackc/pgx/v5"
)

// snapshot keeps the engine busy while one transaction holds its snapshot open,
// so that nothing that dies meanwhile can be cleared away, and compares the rate of
// the last quarter with the rate before. The tables grow meanwhile, which costs
// something too: the same is run without a snapshot first, on tables of its own.
func snapshot(ctx context.Context, h *host, o options, r *report) error {
	var err error
	if r.Grown, err = h.grow(ctx, o, false); err != nil {
		return err
	}
	r.Snapshot, err = h.grow(ctx, o, true)
	return err
}

// grow is the rate of the first quarter and of the last one, before which a
// snapshot is taken and held, or none.
func (h *host) grow(ctx context.Context, o options, held bool) ([]lap, error) {
	e, err := h.enter(ctx, "snapshot", &ours{}, o.config)
	if err != nil {
		return nil, err
	}
	defer e.close()
	if _, err := e.admin.Exec(ctx, "CHECKPOINT"); err != nil { // what others wrote is not to be written beside this
		return nil, err
	}
	before, err := e.busy(ctx, o, o.snapshot/4)
	if err != nil {
		return nil, err
	}
	if held {
		tx, err := e.admin.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
		if err != nil {
			return nil, err
		}
		defer func() { _ = tx.Rollback(ctx) }()
		if _, err := tx.Exec(ctx, "SELECT count(*) FROM enrichment_dispatches"); err != nil {
			return nil, err
		}
	}
	if _, err := e.busy(ctx, o, o.snapshot*3/4); err != nil {
		return nil, err
	}
	last, err := e.busy(ctx, o, o.snapshot/4)
	if err != nil {
		return nil, err
	}
	log.Printf("snapshot held: %t  before %.0f tasks/s, at the end of %v %.0f tasks/s", held, before.Rate, o.snapshot, last.Rate)
	return []lap{before, last}, nil
}

// busy runs rounds one after another for a while and returns their rate over all.
func (e *entry) busy(ctx context.Context, o options, d time.Duration) (lap, error) {
	var n int
	var seconds float64
	for seed, until := uint64(1), time.Now().Add(d); time.Now().Before(until); seed++ {
		l, err := e.lap(ctx, jobs(o.tasks, uint64(time.Now().UnixNano())+seed), o)
		if err != nil {
			return l, err
		}
		n += o.tasks
		seconds += float64(o.tasks) / l.Rate
	}
	return lap{Rate: float64(n) / seconds}, nil
}
