package main

import (
	"context"
	"log"
	"time"

	"github.com/jackc/pgx/v5"
)

// snapshot keeps the engine busy while one transaction holds its snapshot open,
// so that nothing that dies meanwhile can be cleared away. It compares the rate of
// the last quarter with the rate before.
func snapshot(ctx context.Context, h *host, o options, r *report) error {
	e, err := h.enter(ctx, "snapshot", &ours{}, o.config)
	if err != nil {
		return err
	}
	defer e.close()
	before, err := e.busy(ctx, o, o.snapshot/4)
	if err != nil {
		return err
	}
	tx, err := e.admin.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if _, err := tx.Exec(ctx, "SELECT count(*) FROM enrichment_dispatches"); err != nil {
		return err
	}
	if _, err := e.busy(ctx, o, o.snapshot*3/4); err != nil {
		return err
	}
	last, err := e.busy(ctx, o, o.snapshot/4)
	if err != nil {
		return err
	}
	r.Snapshot = []lap{before, last}
	log.Printf("snapshot  before %.0f tasks/s, at the end of %v %.0f tasks/s", before.Rate, o.snapshot, last.Rate)
	return nil
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
