package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// scripted is a kind whose answers the test writes.
type scripted struct {
	spec enrich.Spec
	run  func(ctx context.Context, job enrich.Job) enrich.Answer
}

func (s scripted) Spec() enrich.Spec                                   { return s.spec }
func (s scripted) Check(json.RawMessage) error                         { return nil }
func (s scripted) Run(ctx context.Context, j enrich.Job) enrich.Answer { return s.run(ctx, j) }

// bench is a database and an engine that runs one scripted kind.
type bench struct {
	*testing.T
	db   *postgres.DB
	url  string
	stop func() // drains the engine and waits for it
}

func setup(t *testing.T, spec enrich.Spec, run func(context.Context, enrich.Job) enrich.Answer) *bench {
	t.Helper()
	url := pgtest.URL(t)
	b := &bench{T: t, url: url, db: pgtest.Open(t, url)}
	b.start(spec, run)
	return b
}

func (b *bench) start(spec enrich.Spec, run func(context.Context, enrich.Job) enrich.Answer) {
	spec.Type = enrich.Logo
	engine := dispatch.New(dispatch.Options{
		Queue: b.db, Kinds: []enrich.Kind{scripted{spec, run}}, Beat: 200 * time.Millisecond, Drain: 300 * time.Millisecond,
		FollowUps: func(c enrich.Claim, list []enrich.Occasion) ([]enrich.Request, error) {
			var reqs []enrich.Request
			for _, o := range list {
				if o.EntityID == "impossible" {
					return nil, errors.New("no such occasion")
				}
				reqs = append(reqs, enrich.Request{EntityType: o.EntityType, EntityID: o.EntityID, Type: enrich.AICompany, CausedBy: c.Task.ID, Depth: c.Depth + 1})
			}
			return reqs, nil
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = engine.Run(ctx) }()
	b.stop = func() { cancel(); <-done }
	b.Cleanup(b.stop)
}

func (b *bench) enqueue(n int) []string {
	b.Helper()
	var reqs []enrich.Request
	for i := range n {
		reqs = append(reqs, enrich.Request{EntityType: "company", EntityID: fmt.Sprint(i), Type: enrich.Logo, Input: []byte(`{}`)})
	}
	out, err := b.db.Enqueue(context.Background(), pgtest.Workspace, reqs)
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]string, n)
	for i, e := range out {
		ids[i] = e.Task.ID
	}
	return ids
}

// until waits for a task to be as wanted.
func (b *bench) until(id string, want func(enrich.Task) bool) enrich.Task {
	b.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		task, err := b.db.Task(context.Background(), pgtest.Workspace, id)
		if err != nil {
			b.Fatal(err)
		}
		if want(task) {
			return task
		}
		if time.Now().After(deadline) {
			b.Fatalf("the task stayed %s, wait %+v", task.Status, task.Wait)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func terminal(t enrich.Task) bool { return t.Status.Terminal() }

func (b *bench) outcomes(id string) string {
	b.Helper()
	attempts, err := b.db.Attempts(context.Background(), pgtest.Workspace, id)
	if err != nil {
		b.Fatal(err)
	}
	var list []string
	for _, a := range attempts {
		list = append(list, string(a.Outcome))
	}
	return strings.Join(list, " ")
}

func TestAnswersBecomeStates(t *testing.T) {
	fast := enrich.Spec{MaxAttempts: 2, BaseDelay: time.Millisecond}
	result := enrich.Result{Output: []byte(`{"a": 1}`), Description: "found it"}
	for _, c := range []struct {
		name     string
		answer   func(attempt int) enrich.Answer
		status   enrich.Status
		outcomes string
		errorHas string
		output   string
	}{
		{"done", func(int) enrich.Answer { return enrich.Done{Result: result} }, enrich.Completed, "completed", "", `{"a": 1}`},
		{"ask", func(int) enrich.Answer { return enrich.Ask{Result: result} }, enrich.AwaitingApproval, "asked", "", `{"a": 1}`},
		{"refuse", func(int) enrich.Answer {
			return enrich.Refuse{Reasons: []enrich.Reason{{Code: "wrong_thing", Message: "A shopping list."}}, Description: "refused"}
		}, enrich.Rejected, "refused", "", `wrong_thing`},
		{"fail", func(int) enrich.Answer { return enrich.Fail{Err: enrich.Errorf("broken", "It is cut off.")} }, enrich.Failed, "failed", "broken: It is cut off.", ""},
		{"retry then done", func(attempt int) enrich.Answer {
			if attempt == 1 {
				return enrich.Retry{Err: enrich.Errorf("away", "The server is away.")}
			}
			return enrich.Done{Result: result}
		}, enrich.Completed, "retried completed", "", `{"a": 1}`},
		{"retry to the end", func(int) enrich.Answer { return enrich.Retry{Err: enrich.Errorf("away", "The server is away.")} }, enrich.Failed, "retried failed", "tried 2 times", ""},
		{"panic", func(int) enrich.Answer { panic("oh \x00 no") }, enrich.Failed, "retried failed", "internal_error", ""},
		{"no answer", func(int) enrich.Answer { return nil }, enrich.Failed, "failed", "internal_error", ""},
		{"impossible follow-up", func(int) enrich.Answer {
			r := result
			r.Occasions = []enrich.Occasion{{EntityType: "company", EntityID: "impossible"}}
			return enrich.Done{Result: r}
		}, enrich.Failed, "failed", "internal_error", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, fast, func(_ context.Context, j enrich.Job) enrich.Answer { return c.answer(j.Attempt) })
			id := b.enqueue(1)[0]
			task := b.until(id, func(task enrich.Task) bool { return task.Status == c.status })
			if got := b.outcomes(id); got != c.outcomes {
				t.Errorf("attempts ended %q, want %q", got, c.outcomes)
			}
			if c.errorHas == "" && task.Error != nil || c.errorHas != "" && (task.Error == nil || !strings.Contains(*task.Error, c.errorHas)) {
				t.Errorf("error %v, want %q in it", task.Error, c.errorHas)
			}
			if !strings.Contains(string(task.Output), c.output) {
				t.Errorf("output %s", task.Output)
			}
			if task.Description == nil || (task.CompletedAt != nil) != c.status.Terminal() {
				t.Errorf("description %v, completed at %v", task.Description, task.CompletedAt)
			}
		})
	}
}

// A proposal has no effect before a person decides on it.
func TestProposalsWriteNothing(t *testing.T) {
	b := setup(t, enrich.Spec{}, func(context.Context, enrich.Job) enrich.Answer {
		return enrich.Ask{Result: enrich.Result{
			Output: []byte(`{"_outcome": "ambiguous"}`), Description: "two values",
			Occasions: []enrich.Occasion{{EntityType: "company", EntityID: "c-9"}}, Records: []enrich.RecordWrite{{
				EntityType: "company", EntityID: "c-1",
				Fields: []enrich.FieldWrite{{Name: "name", Value: []byte(`"ACME"`), Origin: enrich.ByDocument, Grade: enrich.Verified}},
			}},
		}}
	})
	task := b.until(b.enqueue(1)[0], func(task enrich.Task) bool { return task.Status == enrich.AwaitingApproval })
	if task.CompletedAt != nil || task.Wait == nil || task.Wait.Code != enrich.WaitApproval {
		t.Errorf("completed %v, wait %+v", task.CompletedAt, task.Wait)
	}
	const effects = `SELECT (SELECT count(*) FROM companies) + (SELECT count(*) FROM enrichment_dispatches) + (SELECT count(*) FROM enrichment_tasks) - 1`
	if n := pgtest.Query[int](t, b.url, effects); n != 0 {
		t.Errorf("a proposal had %d effects", n)
	}
}

func TestFollowUpsComeWithTheirCause(t *testing.T) {
	b := setup(t, enrich.Spec{}, func(context.Context, enrich.Job) enrich.Answer {
		return enrich.Done{Result: enrich.Result{Description: "ok", Occasions: []enrich.Occasion{{EntityType: "company", EntityID: "c-9"}}}}
	})
	b.until(b.enqueue(1)[0], terminal)
	page, err := b.db.Tasks(context.Background(), pgtest.Workspace, postgres.TaskFilter{Types: []enrich.Type{enrich.AICompany}}, postgres.Page{Size: 10})
	if err != nil || len(page.Tasks) != 1 || page.Tasks[0].EntityID != "c-9" || page.Tasks[0].BatchID != nil {
		t.Fatalf("follow-ups: %+v, %v", page.Tasks, err)
	}
	if w := page.Tasks[0].Wait; w == nil || w.Code != enrich.WaitNoWorker {
		t.Errorf("a type that nobody handles waits for %+v", w)
	}
}

func TestDeadlineIsAnAttempt(t *testing.T) {
	b := setup(t, enrich.Spec{Deadline: 30 * time.Millisecond, MaxAttempts: 2, BaseDelay: time.Millisecond}, func(ctx context.Context, _ enrich.Job) enrich.Answer {
		<-ctx.Done()
		return enrich.Retry{Err: enrich.Errorf("cancelled", "It was cancelled.")}
	})
	id := b.enqueue(1)[0]
	task := b.until(id, terminal)
	if task.Status != enrich.Failed || !strings.HasPrefix(*task.Error, "timeout") || b.outcomes(id) != "retried failed" {
		t.Errorf("%s, %v, %s", task.Status, *task.Error, b.outcomes(id))
	}
}

// A drain lets short work finish, hands long work back uncharged, and the next
// engine runs it as the same attempt.
func TestDrainChargesNoAttempt(t *testing.T) {
	var started atomic.Int32
	b := setup(t, enrich.Spec{}, func(ctx context.Context, _ enrich.Job) enrich.Answer {
		started.Add(1)
		<-ctx.Done()
		return enrich.Retry{Err: enrich.Errorf("cancelled", "It was cancelled.")}
	})
	id := b.enqueue(1)[0]
	b.until(id, func(enrich.Task) bool { return started.Load() == 1 })
	b.stop()
	if n := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_workers`); n != 0 {
		t.Errorf("%d workers are still registered", n)
	}
	attempt := 0
	b.start(enrich.Spec{}, func(_ context.Context, j enrich.Job) enrich.Answer {
		attempt = j.Attempt
		return enrich.Done{Result: enrich.Result{Description: "ok"}}
	})
	b.until(id, terminal)
	if attempt != 1 || b.outcomes(id) != "completed" {
		t.Errorf("after a drain it ran as attempt %d, outcomes %q", attempt, b.outcomes(id))
	}
}

// A withdrawn task stops running soon after.
func TestWithdrawnTaskIsStopped(t *testing.T) {
	started, stopped := make(chan struct{}), make(chan struct{})
	b := setup(t, enrich.Spec{}, func(ctx context.Context, _ enrich.Job) enrich.Answer {
		close(started)
		<-ctx.Done()
		close(stopped)
		return enrich.Retry{}
	})
	id := b.enqueue(1)[0]
	<-started
	if err := b.db.DeleteTask(context.Background(), pgtest.Workspace, id, nil); err != nil {
		t.Fatal(err)
	}
	select {
	case <-stopped:
	case <-time.After(10 * time.Second):
		t.Error("a withdrawn task ran on")
	}
}

// The database stops at once, as in a power cut, and comes back: what was
// acknowledged is there, everything ends, nothing is charged a crash.
func TestDatabaseRestartUnderLoad(t *testing.T) {
	var runs atomic.Int32
	url := pgtest.OwnServer(t)
	b := &bench{T: t, url: url, db: pgtest.Open(t, url)}
	b.start(enrich.Spec{MaxAttempts: 3}, func(ctx context.Context, _ enrich.Job) enrich.Answer {
		runs.Add(1)
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
		return enrich.Done{Result: enrich.Result{Description: "ok", Output: []byte(`{}`)}}
	})
	ids := b.enqueue(300)
	b.until(ids[20], terminal)
	pgtest.Restart(t, url)
	for _, id := range ids {
		b.untilAcross(id)
	}
	if n := pgtest.Query[int](t, url, `SELECT count(*) FROM enrichment_task_attempts WHERE outcome = 'crashed'`); n != 0 {
		t.Errorf("the restart charged %d crashes", n)
	}
	if n := pgtest.Query[int](t, url, `SELECT count(*) FROM enrichment_task_attempts WHERE outcome = 'completed'`); n != 300 {
		t.Errorf("%d completed attempts for 300 tasks", n)
	}
	t.Logf("300 tasks took %d runs across the restart", runs.Load())
}

// untilAcross waits for the end of a task while the database may be away.
func (b *bench) untilAcross(id string) {
	b.Helper()
	deadline := time.Now().Add(40 * time.Second)
	for {
		task, err := b.db.Task(context.Background(), pgtest.Workspace, id)
		if err == nil && task.Status == enrich.Completed {
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("task %s: %s, %v", id, task.Status, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
