package dispatch_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// house is a database with an engine of eight slots that runs several kinds.
type house struct {
	testing.TB
	db  *postgres.DB
	url string
}

func newHouse(t testing.TB, kinds ...enrich.Kind) house {
	t.Helper()
	h := house{TB: t, url: pgtest.URL(t)}
	h.db = pgtest.Open(t, h.url)
	for _, ws := range []string{"ws-a", "ws-b"} {
		if _, err := h.db.EnsureWorkspace(context.Background(), ws, ws); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	engine := dispatch.New(dispatch.Options{Queue: h.db, Kinds: kinds, Drain: 300 * time.Millisecond})
	go func() { defer close(done); _ = engine.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return h
}

func (h house) enqueue(workspace string, typ enrich.Type, n int) []string {
	h.Helper()
	var ids []string
	for n > 0 {
		reqs := make([]enrich.Request, min(n, 2000))
		for i := range reqs {
			reqs[i] = enrich.Request{EntityType: "company", EntityID: fmt.Sprint(i), Type: typ}
		}
		out, err := h.db.Enqueue(context.Background(), workspace, reqs)
		if err != nil {
			h.Fatal(err)
		}
		for _, e := range out {
			ids = append(ids, e.Task.ID)
		}
		n -= len(reqs)
	}
	return ids
}

func (h house) poll(what string, done func() bool) {
	h.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.Fatal("never: " + what)
		}
	}
}

func (h house) task(workspace, id string) enrich.Task {
	h.Helper()
	task, err := h.db.Task(context.Background(), workspace, id)
	if err != nil {
		h.Fatal(err)
	}
	return task
}

// started is when the first attempt of a task began, by the database's clock.
func (h house) started(workspace, id string) (time.Time, bool) {
	h.Helper()
	attempts, err := h.db.Attempts(context.Background(), workspace, id)
	if err != nil {
		h.Fatal(err)
	}
	if len(attempts) == 0 {
		return time.Time{}, false
	}
	return attempts[0].StartedAt, true
}

// slow is a kind that takes its time and is always done.
func slow(spec enrich.Spec, d time.Duration) enrich.Kind {
	return scripted{spec, func(ctx context.Context, _ enrich.Job) enrich.Answer {
		select {
		case <-ctx.Done():
			return enrich.Retry{}
		case <-time.After(d):
			return enrich.Done{Result: enrich.Result{Output: []byte(`{}`), Description: "done"}}
		}
	}}
}

// While one workspace floods the queue with tasks that take long, the single
// task of another begins at once: in the slot that is kept for newcomers.
func TestFloodKeepsNobodyOut(t *testing.T) {
	h := newHouse(t, slow(enrich.Spec{Type: enrich.Logo}, time.Minute))
	h.enqueue("ws-a", enrich.Logo, 100)
	held := func() int {
		return pgtest.Query[int](t, h.url, `SELECT count(*) FROM enrichment_dispatches WHERE worker_pk IS NOT NULL`)
	}
	h.poll("all slots are taken", func() bool { return held() == 8 })
	id := h.enqueue("ws-b", enrich.Logo, 1)[0]
	h.poll("the other workspace's task begins", func() bool { return h.task("ws-b", id).Status == enrich.Processing })
	if n := held(); n != 9 {
		t.Errorf("%d tasks run, want the eight and the newcomer", n)
	}
}

// A provider that asks for a pause is not called until it is over, by no kind;
// its tasks say so, the others go on, and nothing is charged.
func TestProviderPause(t *testing.T) {
	pause := 1500 * time.Millisecond
	if os.Getenv("ENRICHD_FIGURES") != "" {
		pause = 30 * time.Second
	}
	provider := enrich.Provider{Name: "api.example", Limit: enrich.Limit{Running: 1}}
	var mu sync.Mutex
	var began, asked []time.Time
	call := func(context.Context, enrich.Job) enrich.Answer {
		mu.Lock()
		defer mu.Unlock()
		began = append(began, time.Now())
		if len(began) == 3 {
			asked = append(asked, time.Now())
			return enrich.Retry{Err: enrich.Errorf("rate_limited", "It answered 429."), After: pause, Provider: true}
		}
		return enrich.Done{Result: enrich.Result{Output: []byte(`{}`), Description: "done"}}
	}
	h := newHouse(t,
		scripted{enrich.Spec{Type: enrich.Logo, Provider: provider, MaxAttempts: 1}, call},
		scripted{enrich.Spec{Type: enrich.AICompany, Provider: provider, MaxAttempts: 1}, call},
		slow(enrich.Spec{Type: enrich.FieldRule}, 0))
	ids := append(h.enqueue("ws-a", enrich.Logo, 5), h.enqueue("ws-a", enrich.AICompany, 5)...)
	h.poll("the provider asks for a pause", func() bool { mu.Lock(); defer mu.Unlock(); return len(asked) == 1 })
	h.poll("the pause is known", func() bool {
		return pgtest.Query[int](t, h.url, `SELECT count(*) FROM enrichment_room WHERE scope = 'provider' AND room = 0 AND paused_until > now()`) == 1
	})
	for _, id := range ids {
		task := h.task("ws-a", id)
		if task.Status.Terminal() || time.Since(asked[0]) > pause {
			continue
		}
		if task.Wait == nil || task.Wait.Code != enrich.WaitProviderPaused {
			t.Errorf("a task of the paused provider is %s and waits: %+v", task.Status, task.Wait)
		}
	}
	other := h.enqueue("ws-a", enrich.FieldRule, 1)[0]
	h.poll("a task of another kind is done", func() bool { return h.task("ws-a", other).Status == enrich.Completed })
	for _, id := range ids {
		h.poll("the tasks end after the pause", func() bool { return h.task("ws-a", id).Status == enrich.Completed })
	}
	mu.Lock()
	defer mu.Unlock()
	if gap := began[3].Sub(asked[0]); gap < pause {
		t.Errorf("the provider was called again after %s, it asked for %s", gap, pause)
	}
	t.Logf("the next call came %s after the provider had asked for %s", began[3].Sub(asked[0]).Round(time.Millisecond), pause)
	if len(began) != len(ids)+1 {
		t.Errorf("%d calls for %d tasks and one pause", len(began), len(ids))
	}
}

// BenchmarkFlood measures how long a single task waits to begin while another
// workspace has 100,000 tasks waiting: each iteration is one such task.
func BenchmarkFlood(b *testing.B) {
	for _, takes := range []time.Duration{20 * time.Millisecond, 2 * time.Second} {
		b.Run("tasks of "+takes.String(), func(b *testing.B) {
			h := newHouse(b, slow(enrich.Spec{Type: enrich.Logo}, takes))
			h.enqueue("ws-a", enrich.Logo, 100000)
			var waits []time.Duration
			for b.Loop() {
				id := h.enqueue("ws-b", enrich.Logo, 1)[0]
				made := h.task("ws-b", id).CreatedAt
				h.poll("the task begins", func() bool {
					at, begun := h.started("ws-b", id)
					if begun {
						waits = append(waits, at.Sub(made))
					}
					return begun
				})
			}
			slices.Sort(waits)
			b.ReportMetric(float64(waits[len(waits)/2].Milliseconds()), "ms-p50")
			b.ReportMetric(float64(waits[len(waits)*95/100].Milliseconds()), "ms-p95")
			b.ReportMetric(float64(waits[len(waits)-1].Milliseconds()), "ms-max")
			b.ReportMetric(float64(pgtest.Query[int](b, h.url, `SELECT count(*) FROM enrichment_dispatches`)), "left")
		})
	}
}
