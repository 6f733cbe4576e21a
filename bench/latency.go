package main

import (
	"context"
	"errors"
	"log"
	"math/rand/v2"
	"slices"
	"time"
)

// River as it is out of the box, and with the short waits of the race; enrichd
// whose jobs come from another process, and from its own, as River's do; and the
// least that a way through the database takes.
const (
	riverIdle  = "river (default waits)"
	riverBusy  = "river (2 ms cooldown)"
	enrichdOne = "enrichd (one process)"
	wireName   = "one row, one NOTIFY"
	wireOne    = "one row, told in the process"
)

// latency enqueues single jobs on idle queues, in turn, and measures from the
// commit's acknowledgement to the entry of the kind.
func latency(ctx context.Context, h *host, o options, r *report) error {
	var entries []*entry
	for _, x := range []struct {
		name string
		c    contestant
	}{{enrichdName, &ours{}}, {enrichdOne, &ours{one: true}}, {riverIdle, &peer{idle: true}}, {riverBusy, &peer{}}, {wireName, &wire{}}, {wireOne, &wire{one: true}}} {
		e, err := h.enter(ctx, x.name, x.c, o.config)
		if err != nil {
			return err
		}
		defer e.close()
		if err := e.start(ctx); err != nil {
			return err
		}
		if o.statements {
			if _, err := e.admin.Exec(ctx, "CREATE EXTENSION pg_stat_statements"); err != nil {
				return err
			}
		}
		entries = append(entries, e)
	}
	waited := map[string][]float64{}
	random := rand.New(rand.NewPCG(1, 1))
	for i := range o.latency + 10 {
		for _, e := range entries {
			time.Sleep(20*time.Millisecond + time.Duration(random.IntN(60))*time.Millisecond)
			ms, err := e.single(ctx, newJob(random))
			if err != nil {
				return err
			}
			if i == 10 && o.statements {
				if _, err := e.admin.Exec(ctx, "SELECT pg_stat_statements_reset()"); err != nil {
					return err
				}
			}
			if i >= 10 {
				waited[e.name] = append(waited[e.name], ms)
			}
		}
	}
	r.Waits = map[string]waits{}
	for name, list := range waited {
		slices.Sort(list)
		r.Waits[name] = waits{P50: list[len(list)/2], P99: list[len(list)*99/100]}
		log.Printf("idle start  %-24s p50 %.2f ms  p99 %.2f ms", name, r.Waits[name].P50, r.Waits[name].P99)
	}
	for _, e := range entries {
		if err := e.stop(); err != nil {
			return err
		}
		if o.statements {
			if err := e.statements(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// single is how many milliseconds one job waits for its kind. The hook and the
// acknowledgement come in either order.
func (e *entry) single(ctx context.Context, j job) (float64, error) {
	entered := make(chan time.Time, 4)
	e.onEntered(func(string) { entered <- time.Now() })
	if a, ok := e.contestant.(interface{ set(found) }); ok {
		a.set(foundOf([]job{j}))
	}
	base := e.done()
	if err := e.enqueue(ctx, []job{j}); err != nil {
		return 0, err
	}
	committed := time.Now()
	select {
	case at := <-entered:
		return float64(at.Sub(committed).Microseconds()) / 1000, e.await(ctx, base+1)
	case <-time.After(30 * time.Second):
		return 0, errors.New("a single job did not begin")
	}
}
