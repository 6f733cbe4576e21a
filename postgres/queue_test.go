package postgres_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

var ocrOnly = []enrich.Type{enrich.OCRExtract}

// bench is a database with one registered worker.
type bench struct {
	*testing.T
	url    string
	db     *postgres.DB
	worker int64
}

func setup(t *testing.T) bench {
	t.Helper()
	url := pgtest.URL(t)
	b := bench{T: t, url: url, db: pgtest.Open(t, url)}
	b.worker = b.register("worker-1")
	return b
}

func (b bench) register(name string) int64 {
	b.Helper()
	worker, err := b.db.Register(context.Background(), name, ocrOnly)
	if err != nil {
		b.Fatal(err)
	}
	return worker
}

func (b bench) claim(worker int64, n int) []enrich.Claim {
	b.Helper()
	claims, err := b.db.Claim(context.Background(), worker, ocrOnly, n)
	if err != nil {
		b.Fatal(err)
	}
	return claims
}

func (b bench) settle(s enrich.Settlement) bool {
	b.Helper()
	held, err := b.db.Settle(context.Background(), "worker-1", []enrich.Settlement{s})
	if err != nil {
		b.Fatal(err)
	}
	return held[s.Claim.Token]
}

func (b bench) task(id string) enrich.Task {
	b.Helper()
	task, err := b.db.Task(context.Background(), pgtest.Workspace, id)
	if err != nil {
		b.Fatal(err)
	}
	return task
}

// dispatchInvariant is decision 2, for live rows.
func (b bench) dispatchInvariant() {
	b.Helper()
	wrong := pgtest.Query[int](b.T, b.url, `SELECT count(*) FROM enrichment_tasks t LEFT JOIN enrichment_dispatches d ON d.task_pk = t.pk
		WHERE (t.deleted_at IS NULL AND t.status IN ('pending', 'processing')) <> (d.task_pk IS NOT NULL)`)
	if wrong != 0 {
		b.Errorf("%d tasks break the invariant of the dispatch rows", wrong)
	}
}

func TestClaimAndSettle(t *testing.T) {
	b := setup(t)
	task := enqueueOne(t, b.db, "d-1")
	if task.Status != enrich.Pending || task.UpdatedAt == nil || task.CompletedAt != nil {
		t.Fatalf("a new task: %+v", task)
	}
	claims := b.claim(b.worker, 5)
	if len(claims) != 1 || claims[0].Attempt != 1 || claims[0].Task.ID != task.ID {
		t.Fatalf("claims: %+v", claims)
	}
	if again := b.claim(b.register("worker-2"), 5); len(again) != 0 {
		t.Fatalf("claimed twice: %+v", again)
	}
	if got := b.task(task.ID).Status; got != enrich.Processing {
		t.Fatalf("claimed task is %s", got)
	}
	b.dispatchInvariant()
	done := enrich.Settlement{Claim: claims[0], To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Output: []byte(`{"_outcome":"ok"}`), Description: "read"}
	if !b.settle(done) {
		t.Fatal("the claim did not hold")
	}
	got := b.task(task.ID)
	if got.Status != enrich.Completed || got.CompletedAt == nil || *got.Description != "read" || string(got.Output) != `{"_outcome": "ok"}` {
		t.Errorf("settled task: %+v", got)
	}
	if b.settle(done) {
		t.Error("settled twice")
	}
	attempts, err := b.db.Attempts(context.Background(), pgtest.Workspace, task.ID)
	if err != nil || len(attempts) != 1 || attempts[0].Outcome != enrich.OutcomeCompleted || attempts[0].Worker != "worker-1" {
		t.Errorf("attempts: %+v, %v", attempts, err)
	}
	b.dispatchInvariant()
	if got := eventTypes(t, b.db); got != "created processing completed" {
		t.Errorf("events: %s", got)
	}
}

func eventTypes(t *testing.T, db *postgres.DB) string {
	t.Helper()
	events, err := db.Events(context.Background(), pgtest.Workspace, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, e := range events {
		if name, ok := strings.CutPrefix(e.Type, "enrichment_task."); ok {
			types = append(types, name)
		}
	}
	return strings.Join(types, " ")
}

func TestRetryWaitsAndReleaseIsUncharged(t *testing.T) {
	b := setup(t)
	task := enqueueOne(t, b.db, "d-1")
	c := b.claim(b.worker, 1)[0]
	b.settle(enrich.Settlement{Claim: c, Outcome: enrich.OutcomeRetried, Retry: time.Hour, WaitCode: enrich.WaitRetry, WaitWords: "The server was away.", Detail: "503"})
	got := b.task(task.ID)
	if got.Status != enrich.Processing || got.Wait == nil || got.Wait.Code != enrich.WaitRetry || got.Wait.Words != "The server was away." {
		t.Fatalf("a task between attempts: %+v, wait %+v", got, got.Wait)
	}
	if n := len(b.claim(b.worker, 1)); n != 0 {
		t.Fatal("claimed before it was due")
	}
	pgtest.Exec(t, b.url, `UPDATE enrichment_dispatches SET due_at = now()`)
	c = b.claim(b.worker, 1)[0]
	if c.Attempt != 2 {
		t.Errorf("attempt %d, want 2", c.Attempt)
	}
	b.settle(enrich.Settlement{Claim: c, Outcome: enrich.OutcomeReleased, WaitCode: enrich.WaitQueued})
	c = b.claim(b.worker, 1)[0]
	if c.Attempt != 2 || c.Crashes != 0 {
		t.Errorf("after a release: attempt %d, crashes %d; want 2 and 0", c.Attempt, c.Crashes)
	}
	b.dispatchInvariant()
}

// A dead process loses its claims; what it writes late changes nothing; a task
// that kills every process fails in the end.
func TestSweepAndFence(t *testing.T) {
	b := setup(t)
	task := enqueueOne(t, b.db, "d-1")
	for crash := 1; crash <= postgres.CrashCap; crash++ {
		worker := b.register("doomed")
		c := b.claim(worker, 1)[0]
		pgtest.Exec(t, b.url, `UPDATE enrichment_workers SET beat_at = now() - interval '1 minute' WHERE pk = $1`, worker)
		hidePostmasterStart(t, b.url, worker)
		b.sweepOrphan()
		if b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Output: []byte(`{"late": true}`)}) {
			t.Fatal("a late settlement of a lost claim was accepted")
		}
		if _, err := b.db.Beat(context.Background(), worker); err != enrich.ErrDead {
			t.Errorf("beat of a dead worker: %v", err)
		}
		b.dispatchInvariant()
	}
	got := b.task(task.ID)
	if got.Status != enrich.Failed || got.Output != nil || !strings.HasPrefix(*got.Error, "worker_crashed") {
		t.Errorf("after %d crashes: %s, output %s, error %v", postgres.CrashCap, got.Status, got.Output, got.Error)
	}
}

// hidePostmasterStart takes a worker off the list, as the sweep does with one
// that has been silent for longer than DeadAfter: the test's server has not
// been up that long.
// sweepOrphan sweeps until the claim of a process that others took off the list is
// given back: a process looks for these once a second.
func (b *bench) sweepOrphan() {
	b.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		n, err := b.db.Sweep(context.Background())
		switch {
		case err != nil || n > 1:
			b.Fatalf("sweep gave back %d: %v", n, err)
		case n == 1:
			return
		case time.Now().After(end):
			b.Fatal("the claim of a process that is gone was not given back within 5 seconds")
		}
	}
}

func hidePostmasterStart(t *testing.T, url string, worker int64) {
	t.Helper()
	pgtest.Exec(t, url, `DELETE FROM enrichment_workers WHERE pk = $1`, worker)
}

func TestLiveWorkersAreNotSwept(t *testing.T) {
	b := setup(t)
	enqueueOne(t, b.db, "d-1")
	c := b.claim(b.worker, 1)[0]
	if n, err := b.db.Sweep(context.Background()); err != nil || n != 0 {
		t.Fatalf("sweep took %d claims of a living worker: %v", n, err)
	}
	held, err := b.db.Beat(context.Background(), b.worker)
	if err != nil || !held[c.Token] {
		t.Errorf("beat: %v, %v", held, err)
	}
}

func TestDeleteFencesTheWorker(t *testing.T) {
	b := setup(t)
	task := enqueueOne(t, b.db, "d-1")
	c := b.claim(b.worker, 1)[0]
	if err := b.db.DeleteTask(context.Background(), pgtest.Workspace, task.ID, nil); err != nil {
		t.Fatal(err)
	}
	if b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted}) {
		t.Error("a withdrawn task was settled")
	}
	if status := pgtest.Query[string](t, b.url, `SELECT status || ' ' || (deleted_at IS NOT NULL) FROM enrichment_tasks`); status != "processing true" {
		t.Errorf("a withdrawn task is %s", status)
	}
	b.dispatchInvariant()
}

// What the database refuses ends the one task as failed and leaves its
// neighbours alone.
func TestUnstorableAnswerSinksNobody(t *testing.T) {
	b := setup(t)
	for _, id := range []string{"d-1", "d-2", "d-3", "d-4"} {
		enqueueOne(t, b.db, id)
	}
	claims := b.claim(b.worker, 4)
	settlements := make([]enrich.Settlement, len(claims))
	for i, c := range claims {
		settlements[i] = enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Output: []byte(`{"n": 1}`), Description: "done"}
	}
	settlements[0].Output = []byte(`{"n": "\u0000"}`)
	settlements[1].Records = []enrich.RecordWrite{{EntityType: "spaceship", EntityID: "x"}}
	settlements[2].Description = "held \x00 and \xff"
	held, err := b.db.Settle(context.Background(), "worker-1", settlements)
	if err != nil || len(held) != 4 {
		t.Fatalf("settled %d of 4: %v", len(held), err)
	}
	for i, want := range []enrich.Status{enrich.Failed, enrich.Failed, enrich.Completed, enrich.Completed} {
		got := b.task(claims[i].Task.ID)
		if got.Status != want {
			t.Errorf("task %d is %s, want %s", i, got.Status, want)
		}
		if want == enrich.Failed && !strings.HasPrefix(*got.Error, "result_not_storable") {
			t.Errorf("task %d: error %q", i, *got.Error)
		}
	}
	b.dispatchInvariant()
}

// Records, follow-ups and the status are one transaction: a claim that was lost
// leaves nothing of any of them.
func TestEffectsAreFencedToo(t *testing.T) {
	b := setup(t)
	enqueueOne(t, b.db, "d-1")
	c := b.claim(b.worker, 1)[0]
	value, _ := json.Marshal("ACME")
	s := enrich.Settlement{
		Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted,
		Records: []enrich.RecordWrite{{
			EntityType: record.EntityCompany, EntityID: "c-1",
			Fields: []enrich.FieldWrite{{Name: "name", Value: value, Origin: enrich.ByDocument, Grade: enrich.Verified, Confidence: 1}},
		}},
		FollowUps: []enrich.Request{{EntityType: "company", EntityID: "c-1", Type: enrich.Logo, Hash: "sha256:f"}},
	}
	lost := s
	lost.Claim.Token++
	if b.settle(lost) {
		t.Fatal("a wrong token was accepted")
	}
	count := `SELECT (SELECT count(*) FROM companies) + (SELECT count(*) FROM field_values) + (SELECT count(*) FROM enrichment_tasks WHERE enrichment_type = 'logo')`
	if n := pgtest.Query[int](t, b.url, count); n != 0 {
		t.Fatalf("a lost claim left %d effects", n)
	}
	if !b.settle(s) {
		t.Fatal("the claim did not hold")
	}
	if n := pgtest.Query[int](t, b.url, count); n != 3 {
		t.Errorf("%d effects, want 3", n)
	}
}

// A description that a person wrote stays; one that a worker wrote is replaced.
func TestAPersonsDescriptionStays(t *testing.T) {
	b, ctx := setup(t), context.Background()
	mine := "mine"
	out, err := b.db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{{EntityType: "document", EntityID: "d-1", Type: enrich.OCRExtract, Description: &mine}})
	if err != nil {
		t.Fatal(err)
	}
	late := enqueueOne(t, b.db, "d-2")
	claims := b.claim(b.worker, 2)
	words := &mine
	if _, err := b.db.UpdateTask(ctx, pgtest.Workspace, late.ID, func(enrich.Task) (postgres.TaskPatch, error) {
		return postgres.TaskPatch{Description: &words}, nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range claims {
		b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Description: "the worker's"})
	}
	for _, id := range []string{out[0].Task.ID, late.ID} {
		if got := b.task(id).Description; got == nil || *got != mine {
			t.Errorf("the description became %v", got)
		}
	}
	pgtest.Exec(t, b.url, `INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, description)
		SELECT pk, 'document', 'd-3', 'ocr_extract', 'by a worker' FROM workspaces`)
	pgtest.Exec(t, b.url, `INSERT INTO enrichment_dispatches (task_pk, workspace_pk, enrichment_type) SELECT pk, workspace_pk, enrichment_type FROM enrichment_tasks WHERE entity_id = 'd-3'`)
	c := b.claim(b.worker, 1)[0]
	b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Description: "the worker's"})
	if got := *b.task(c.Task.ID).Description; got != "the worker's" {
		t.Errorf("a worker's own description stayed %q", got)
	}
}
