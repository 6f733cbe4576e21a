package cloudtasks_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/cloudtasks/fake"
	"github.com/enrichd/enrichd/enrich"
)

// The whole road: a task is made, handed over, created, pushed, run and settled.
func TestRoad(t *testing.T) {
	r := newRoad(t, wish{})
	ids := r.enqueue(20)
	r.allEnd()
	for _, id := range ids {
		task := r.until(id, enrich.Completed)
		if r.outcomes(id) != "completed" || task.CompletedAt == nil {
			t.Errorf("%+v", task)
		}
	}
	if n := r.count(`SELECT count(*) FROM field_values`); n != len(ids) {
		t.Errorf("%d effects of %d tasks", n, len(ids))
	}
	for _, p := range r.service.Pushes() {
		if p.Status != http.StatusNoContent {
			t.Errorf("%+v", p)
		}
	}
}

// size is how large a test is: full where figures are measured.
func size(ordinary, full int) int {
	if os.Getenv("ENRICHD_FIGURES") != "" {
		return full
	}
	return ordinary
}

// Pushes come twice and more, at once, late by hours, out of order, and when all is
// over; answers are lost, and the service hangs up on handlers that go on. Each task
// is attempted by one at a time and has its effect once.
func TestFiguresPushesTwiceAndLate(t *testing.T) {
	for name, mix := range map[string]fake.Mix{
		"at once":           {Seed: 7, Duplicate: 1, DropResponse: 0.05, PassDeadline: 0.05},
		"late or reordered": {Seed: 8, LateDuplicate: 1, Duplicate: 0.5, Delay: 1, DropResponse: 0.05, PassDeadline: 0.05, MaxDelay: 20 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			tasks := size(60, 2100)
			clock := fake.NewManualClock(time.Now())
			r := newRoad(t, wish{
				clock: clock, slots: 64, script: fake.Script{Push: mix.Push}, queue: fake.Queue{MinBackoff: time.Second, MaxBackoff: time.Minute, MaxConcurrent: 8},
				relay: func(o *cloudtasks.RelayOptions) { o.Window = 10_000 },
				run: func(_ context.Context, j enrich.Job) enrich.Answer {
					time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond) // so that another can come in between
					return done(j)
				},
			})
			r.operate("pause")
			ids := r.enqueue(tasks)
			r.wait("all are created", func() bool {
				return r.count(`SELECT count(*) FROM enrichment_dispatches WHERE sent_at IS NOT NULL`) == tasks
			})
			r.operate("resume")
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
			defer cancel()
			if err := r.service.Finish(ctx, clock, 7*24*time.Hour); err != nil {
				t.Fatal(err)
			}
			r.wait("no handler is left", func() bool { return r.service.Late() == 0 })
			r.allEnd()
			r.once(ids)
			r.tell(mix)
		})
	}
}

// once says that tasks were each attempted once and have their effect once.
func (r *road) once(ids []string) {
	r.Helper()
	if n := r.tries(); n != len(ids) || r.overlaps != 0 {
		r.Errorf("%d attempts at %d tasks, %d of them beside another", n, len(ids), r.overlaps)
	}
	for what, sql := range map[string]string{
		"completed": `SELECT count(*) FROM enrichment_tasks WHERE status = 'completed'`,
		"attempts":  `SELECT count(*) FROM enrichment_task_attempts WHERE outcome = 'completed' AND attempt = 1`,
		"effects":   `SELECT count(*) FROM field_values`,
		"told":      `SELECT count(*) FROM enrichment_events WHERE event_type = 'enrichment_task.completed'`,
	} {
		if n := r.count(sql); n != len(ids) {
			r.Errorf("%d %s of %d tasks", n, what, len(ids))
		}
	}
}

// tell tells what was pushed.
func (r *road) tell(mix fake.Mix) {
	copies, again, statuses := 0, 0, map[int]int{}
	for _, p := range r.service.Pushes() {
		statuses[p.Status]++
		switch {
		case p.Copy:
			copies++
		case p.Retry > 0:
			again++
		}
		if p.Dropped {
			r.Errorf("the queue dropped %+v", p)
		}
	}
	r.Logf("%d tasks, %d pushes: %d of them copies, %d pushed again; answers %v; late by up to %v", r.tries(), len(r.service.Pushes()), copies, again, statuses, mix.MaxDelay)
}

// A relay is killed while it hands over: every dispatch is delivered, and has its effect once.
func TestFiguresRelayKilled(t *testing.T) {
	r := newRoad(t, wish{noRelay: true, queue: fake.Queue{MaxConcurrent: 8}})
	var ids []string
	unmarked := 0
	for range size(8, 250) {
		ids = append(ids, r.enqueueMore(len(ids), 20)...)
		relay, _ := r.startProcess("relay", asBatch+"=5")
		time.Sleep(time.Duration(rand.IntN(40_000)) * time.Microsecond)
		if err := relay.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = relay.Wait()
		unmarked += min(1, r.count(`SELECT count(*) FROM enrichment_dispatches WHERE worker_pk = -1 AND sent_at IS NULL`))
	}
	r.startProcess("relay")
	r.allEnd()
	r.once(ids)
	t.Logf("%d tasks, a relay killed %d times, %d times between the hand-over and its mark", len(ids), size(8, 250), unmarked)
}
