package postgres_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// The model: what the engine's store promises, in a few lines, beside the real
// one. Each action does the same to both and compares the answers; after each,
// everything that stands in the database is compared with the model.
//
// To add an action, write a method func(w *world) act(t *rapid.T) and a line in
// actions.
type world struct {
	db    *postgres.DB
	owner *pgx.Conn // past row-level security

	tasks   []*modelTask
	workers []*modelWorker
	claims  []*modelClaim // all that were ever given, also lost ones
	paused  bool
	names   map[string]string // workspace → what its person last wrote
}

type modelTask struct {
	workspace, id string
	entity, hash  string // what makes two requests alike
	status        enrich.Status
	deleted       bool
	waiting       bool // has a dispatch row that nobody holds
	due           bool
	priority      int
	attempt       int
	crashes       int
	held          *modelClaim // by whom; nil when nobody
	history       []string    // the types of its events
	attempts      []string    // the outcomes of its attempts
	decision      string      // id of the decision that waits to be carried out
}

type modelWorker struct {
	key  int64
	dead bool
}

type modelClaim struct {
	enrich.Claim
	task   *modelTask
	worker *modelWorker
}

func (w *world) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"enqueue":     w.enqueue,
		"claim":       w.claim,
		"renew":       w.renew,
		"settle held": func(t *rapid.T) { w.settle(t, true) },
		"settle lost": func(t *rapid.T) { w.settle(t, false) },
		"die":         w.die,
		"sweep":       w.sweep,
		"cancel":      w.cancel,
		"elapse":      w.elapse,
		"pause":       w.pause,
		"release":     w.release,
		"decide":      w.decide,
		"undo":        w.undo,
		"change":      w.change,
		"edit":        w.edit,
		"":            w.compare,
	}
}

// fewRounds has rapid play 30 rounds: each goes to the database many times. The
// flag -rapid.checks asks for more.
func fewRounds(t *testing.T) {
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set("30"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}

func TestModel(t *testing.T) {
	fewRounds(t)
	url := pgtest.URL(t)
	db := pgtest.Open(t, url)
	ctx := context.Background()
	if _, err := db.EnsureWorkspace(ctx, "ws-b", "B"); err != nil {
		t.Fatal(err)
	}
	owner, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close(ctx) })
	rapid.Check(t, func(t *rapid.T) {
		w := &world{db: db, owner: owner, names: map[string]string{}}
		w.exec(t, `TRUNCATE enrichment_tasks, enrichment_workers, enrichment_limits, enrichment_events, companies, field_values CASCADE`)
		w.exec(t, `INSERT INTO companies (workspace_pk, company_id) SELECT pk, $1 FROM workspaces`, edited)
		for range 2 {
			w.register(t)
		}
		t.Repeat(w.actions())
	})
}

func (w *world) exec(t *rapid.T, sql string, args ...any) {
	if _, err := w.owner.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) register(t *rapid.T) {
	key, err := w.db.Register(context.Background(), "model", ocrOnly)
	if err != nil {
		t.Fatal(err)
	}
	w.workers = append(w.workers, &modelWorker{key: key})
}

func pick[T any](t *rapid.T, what string, from []T) T {
	if len(from) == 0 {
		t.Skip("nothing to " + what)
	}
	return from[rapid.IntRange(0, len(from)-1).Draw(t, what)]
}

func (w *world) enqueue(t *rapid.T) {
	ws := drawWorkspace(t)
	later := rapid.Bool().Draw(t, "later")
	r := enrich.Request{
		EntityType: "document", EntityID: "d", Type: enrich.OCRExtract,
		Priority: rapid.SampledFrom([]int{enrich.PriorityPerson, enrich.PriorityBulk}).Draw(t, "priority"),
		Hash:     fmt.Sprintf("sha256:%d", rapid.IntRange(0, 3).Draw(t, "hash")),
	}
	if later {
		r.Delay = time.Hour
	}
	standing := w.standing(ws, r)
	out, err := w.db.Enqueue(context.Background(), ws, []enrich.Request{r})
	if err != nil {
		t.Fatal(err)
	}
	if known := w.find(out[0].Task.ID); out[0].Joined != (standing != nil) || out[0].Joined != (known != nil) {
		t.Fatalf("joined %v, task known %v, its like stands %v", out[0].Joined, known != nil, standing != nil)
	}
	if standing == nil {
		w.add(ws, out[0].Task.ID, r)
	}
}

func drawWorkspace(t *rapid.T) string {
	return rapid.SampledFrom([]string{pgtest.Workspace, "ws-b"}).Draw(t, "workspace")
}

// add has the model know a task that was made for r.
func (w *world) add(ws, id string, r enrich.Request) {
	w.tasks = append(w.tasks, &modelTask{
		workspace: ws, id: id, entity: r.EntityType, hash: r.Hash, status: enrich.Pending, waiting: true, due: r.Delay == 0,
		priority: r.Priority, history: []string{"created"},
	})
}

func (w *world) find(id string) *modelTask {
	i := slices.IndexFunc(w.tasks, func(m *modelTask) bool { return m.id == id })
	if i < 0 {
		return nil
	}
	return w.tasks[i]
}

// ready lists the tasks that a claim may take.
func (w *world) ready() (list []*modelTask) {
	for _, m := range w.tasks {
		if m.waiting && m.due && !w.paused {
			list = append(list, m)
		}
	}
	return list
}

func (w *world) claim(t *rapid.T) {
	worker := pick(t, "worker", w.workers)
	n := rapid.IntRange(1, 4).Draw(t, "n")
	claims, err := w.db.Claim(context.Background(), worker.key, ocrOnly, n)
	if err != nil {
		t.Fatal(err)
	}
	want := min(n, len(w.ready()))
	if worker.dead {
		want = 0
	}
	if len(claims) != want {
		t.Fatalf("claimed %d, want %d", len(claims), want)
	}
	for _, c := range claims {
		m := w.find(c.Task.ID)
		if m == nil || !m.waiting || !m.due {
			t.Fatalf("claimed %s, which is not ready: %+v", c.Task.ID, m)
		}
		m.attempt++
		if c.Attempt != m.attempt || c.Crashes != m.crashes || c.Priority != m.priority || c.Task.Status != enrich.Processing {
			t.Fatalf("claim %+v of %+v", c, m)
		}
		if (c.Decision != nil) != (m.decision != "") {
			t.Fatalf("claim with the decision %+v, the model has %q", c.Decision, m.decision)
		}
		if m.status != enrich.Processing {
			m.status, m.history = enrich.Processing, append(m.history, "processing")
		}
		m.waiting = false
		m.held = &modelClaim{Claim: c, task: m, worker: worker}
		w.claims = append(w.claims, m.held)
	}
}

func (w *world) renew(t *rapid.T) {
	worker := pick(t, "worker", w.workers)
	held, err := w.db.Beat(context.Background(), worker.key)
	if worker.dead {
		if !errors.Is(err, enrich.ErrDead) {
			t.Fatalf("beat of a dead worker: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range w.tasks {
		if m.held != nil && m.held.worker == worker {
			if !held[m.held.Token] {
				t.Fatalf("the beat does not know the claim of %s", m.id)
			}
			delete(held, m.held.Token)
		}
	}
	if len(held) > 0 {
		t.Fatalf("the beat knows claims that were lost: %v", held)
	}
}

// settle settles a claim that holds, or one that was lost: that changes nothing.
func (w *world) settle(t *rapid.T, holds bool) {
	var claims []*modelClaim
	for _, c := range w.claims {
		if (c.task.held == c) == holds && (holds || !c.task.status.Terminal()) {
			claims = append(claims, c)
		}
	}
	c := pick(t, "claim", claims)
	s := enrich.Settlement{Claim: c.Claim}
	s.Outcome = rapid.SampledFrom([]enrich.Outcome{
		enrich.OutcomeCompleted, enrich.OutcomeFailed, enrich.OutcomeRefused, enrich.OutcomeRetried, enrich.OutcomeReleased, enrich.OutcomeDeferred, enrich.OutcomeAsked,
	}).Draw(t, "outcome")
	switch s.Outcome {
	case enrich.OutcomeCompleted:
		s.To = enrich.Completed
	case enrich.OutcomeFailed:
		s.To, s.Message = enrich.Failed, "broken: It broke."
	case enrich.OutcomeRefused:
		s.To = enrich.Rejected
	case enrich.OutcomeAsked:
		s.To, s.Output, s.Proposal = enrich.AwaitingApproval, []byte(`{"asked": true}`), &enrich.Proposal{}
	default:
		s.WaitCode = enrich.WaitRetry
		s.Retry = rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(t, "after")
	}
	held, err := w.db.Settle(context.Background(), "model", []enrich.Settlement{s})
	if err != nil {
		t.Fatal(err)
	}
	m := c.task
	if held[c.Token] != (m.held == c) {
		t.Fatalf("the settle says held %v, the model %v", held[c.Token], m.held == c)
	}
	if m.held != c {
		return
	}
	m.held = nil
	if s.To != "" {
		m.status, m.history = s.To, append(m.history, string(s.To))
	} else {
		m.waiting, m.due = true, s.Retry == 0
	}
	if s.Outcome == enrich.OutcomeReleased || s.Outcome == enrich.OutcomeDeferred {
		m.attempt--
	} else {
		m.decision = "" // carried out, or overtaken
		m.attempts = append(m.attempts, string(s.Outcome))
	}
}

// release hands back a claim whose reply was lost; of a lost claim it changes nothing.
func (w *world) release(t *rapid.T) {
	c := pick(t, "claim", w.claims)
	if err := w.db.Release(context.Background(), c.worker.key, []int64{c.Token}); err != nil {
		t.Fatal(err)
	}
	if m := c.task; m.held == c {
		m.held, m.waiting, m.due = nil, true, true
		m.attempt--
	}
}

// die is the death of a process, as others come to see it.
func (w *world) die(t *rapid.T) {
	worker := pick(t, "worker", w.workers)
	if worker.dead {
		t.Skip("dead already")
	}
	worker.dead = true
	w.exec(t, `DELETE FROM enrichment_workers WHERE pk = $1`, worker.key)
	w.register(t)
}

func (w *world) sweep(t *rapid.T) {
	postgres.LookForOrphans(w.db) // die is another process's doing
	given, err := w.db.Sweep(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, m := range w.tasks {
		if m.held == nil || !m.held.worker.dead {
			continue
		}
		want++
		m.held = nil
		m.crashes++
		m.attempts = append(m.attempts, "crashed")
		if m.crashes >= postgres.CrashCap {
			m.status, m.history, m.decision = enrich.Failed, append(m.history, "failed"), ""
		} else {
			m.waiting, m.due = true, true
		}
	}
	if given != want {
		t.Fatalf("the sweep gave back %d, want %d", given, want)
	}
}

func (w *world) cancel(t *rapid.T) {
	m := pick(t, "task", w.tasks)
	err := w.db.DeleteTask(context.Background(), m.workspace, m.id, nil)
	if m.deleted {
		if enrich.CodeOf(err) != enrich.CodeNotFound {
			t.Fatalf("deleted twice: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.deleted, m.waiting, m.held = true, false, nil
	m.history = append(m.history, "deleted")
}

// elapse lets all the time pass that anything waits for.
func (w *world) elapse(t *rapid.T) {
	w.exec(t, `UPDATE enrichment_dispatches SET due_at = now() WHERE worker_pk IS NULL`)
	for _, m := range w.tasks {
		m.due = m.due || m.waiting
	}
}

func (w *world) pause(t *rapid.T) {
	ctx := context.Background()
	var err error
	if w.paused = !w.paused; w.paused {
		err = w.db.Pause(ctx, postgres.ScopeType, string(enrich.OCRExtract), time.Hour, "")
	} else {
		err = w.db.Resume(ctx, postgres.ScopeType, string(enrich.OCRExtract))
	}
	if err == nil {
		err = w.db.Describe(ctx, []enrich.Spec{{Type: enrich.OCRExtract}})
	}
	if err != nil {
		t.Fatal(err)
	}
}
