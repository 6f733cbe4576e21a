package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// enqueue makes the n-th task of a type that no program here handles: one event.
func (b *bench) enqueue(n int) {
	b.Helper()
	r := enrich.Request{EntityType: "company", EntityID: fmt.Sprintf("streamed-%d", n), Type: enrich.Logo, Input: []byte(`{}`)}
	if _, err := b.process.db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{r}); err != nil {
		b.Error(err)
	}
}

// Readers that come and go with the last id that they saw, while events happen:
// each gets every event once, in the one order.
func TestNothingIsLostOnReconnect(t *testing.T) {
	const readers, tasks = 8, 60
	b := setupOn(t, pgtest.URL(t), roleAPI)
	events, _ := b.stream(b.api.Key, "")
	b.enqueue(0)
	start := next(t, events, "company").id
	seen := make([][]string, readers)
	var group sync.WaitGroup
	for i := range readers {
		group.Go(func() {
			for last := start; len(seen[i]) < tasks; {
				events, _, leave := b.follow(b.api.Key, last)
				for range min(1+(i+len(seen[i]))%7, tasks-len(seen[i])) {
					e, open := <-events
					if !open || e.name == "reset" {
						t.Errorf("reader %d after %s: %+v", i, last, e)
						leave()
						return
					}
					last, seen[i] = e.id, append(seen[i], e.id+e.data)
				}
				leave()
			}
		})
	}
	for n := range tasks {
		b.enqueue(n + 1)
	}
	group.Wait()
	for i := range seen {
		if distinct := slices.Compact(slices.Sorted(slices.Values(seen[i]))); len(distinct) != tasks || !slices.Equal(seen[i], seen[0]) {
			t.Errorf("reader %d saw %d of %d events, in another order than reader 0: %v", i, len(distinct), tasks, !slices.Equal(seen[i], seen[0]))
		}
	}
}

// BenchmarkStreams has 200 streams follow one workspace in which five events
// happen a second. It tells how long after the call that makes an event, its
// commit included, each stream has it.
func BenchmarkStreams(b *testing.B) {
	const streams, rate = 200, 5
	s := setupWith(b, settings{DatabaseURL: pgtest.URL(b), Roles: []string{roleAPI}, Rate: 100_000})
	made := make([]atomic.Pointer[time.Time], b.N)
	took := make([][]time.Duration, streams)
	var group sync.WaitGroup
	for i := range streams {
		events, _, leave := s.follow(s.api.Key, "")
		defer leave()
		group.Go(func() {
			for n := range b.N {
				if e, open := <-events; !open || e.name != enrich.EventTaskCreated {
					b.Errorf("stream %d, event %d: %+v", i, n, e)
					return
				}
				took[i] = append(took[i], time.Since(*made[n].Load()))
			}
		})
	}
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	b.ResetTimer()
	for n := range b.N {
		<-tick.C
		now := time.Now()
		made[n].Store(&now)
		s.enqueue(n + 1)
	}
	group.Wait()
	all := slices.Concat(took...)
	slices.Sort(all)
	if len(all) != streams*b.N {
		b.Fatalf("%d of %d events were received", len(all), streams*b.N)
	}
	for name, at := range map[string]int{"p50-ms": len(all) / 2, "p99-ms": len(all) * 99 / 100, "longest-ms": len(all) - 1} {
		b.ReportMetric(float64(all[at].Microseconds())/1000, name)
	}
}
