package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// pressOf is a press of one kind for n documents.
func pressOf(n int) postgres.Press {
	p := postgres.Press{EntityType: "document", Fingerprint: fmt.Sprintf("sha256:press-%d", n), Content: json.RawMessage(`{}`), By: "a person"}
	for i := range n {
		p.EntityIDs = append(p.EntityIDs, fmt.Sprintf("d-%d", i))
	}
	p.Requests = func(target postgres.Target) ([]enrich.Request, error) {
		input := json.RawMessage(fmt.Sprintf(`{"document_id":%q}`, target.ID))
		hash, err := enrich.Fingerprint{Type: enrich.OCRExtract, Input: input, KindVersion: 1}.Hash()
		return []enrich.Request{{EntityType: "document", EntityID: target.ID, Type: enrich.OCRExtract, Input: input, Hash: hash, ReuseAge: 1 << 40}}, err
	}
	return p
}

func (b bench) press(p postgres.Press) postgres.Pressed {
	b.Helper()
	out, err := b.db.Press(context.Background(), pgtest.Workspace, p)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

func (b bench) batch(id string) postgres.Batch {
	b.Helper()
	batch, err := b.db.Batch(context.Background(), pgtest.Workspace, id)
	if err != nil {
		b.Fatal(err)
	}
	return batch
}

// noFaults is the invariant of the dispatch rows and of every counter.
func (b bench) noFaults() {
	b.Helper()
	if faults := pgtest.Query[string](b.T, b.url, `SELECT coalesce(string_agg(f::text, E'\n'), '') FROM enrichd_faults() f`); faults != "" {
		b.Errorf("faults:\n%s", faults)
	}
}

func (b bench) events(subject string) []string {
	b.Helper()
	return pgtest.Query[[]string](b.T, b.url, `SELECT coalesce(array_agg(event_type ORDER BY pk), '{}') FROM enrichment_events WHERE subject_id = $1`, subject)
}

func completed(c enrich.Claim) enrich.Settlement {
	return enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted}
}

func TestBatchFromPressToEnd(t *testing.T) {
	b := setup(t)
	standing := enqueueOneRequest(t, b.db, mustRequest(t, pressOf(1), "d-0")).Task
	made := b.press(pressOf(4)).Batch
	if made.Total != 3 || made.Joined != 1 || made.Running != 3 || made.Open != 3 {
		t.Fatalf("a press of four, of which one stands: %+v", made)
	}
	var request struct{ Duplicates []struct{ Task string } }
	if err := json.Unmarshal(made.Request, &request); err != nil || len(request.Duplicates) != 1 || request.Duplicates[0].Task != standing.ID {
		t.Errorf("the duplicate is told as %s, %v", made.Request, err)
	}
	claims := b.claim(b.worker, 4)
	claims = slices.DeleteFunc(claims, func(c enrich.Claim) bool { return c.Task.BatchID == nil })
	if got := b.batch(made.ID); got.Running != 3 || got.Counts[0].Status != enrich.Processing || got.Counts[0].Tasks != 3 {
		t.Errorf("after the claim: %+v", got)
	}
	b.noFaults()
	b.settle(enrich.Settlement{Claim: claims[0], To: enrich.AwaitingApproval, Outcome: enrich.OutcomeAsked, Output: []byte(`{}`), CostMicros: 7, Proposal: &enrich.Proposal{}})
	b.settle(completed(claims[1]))
	if err := b.db.DeleteTask(context.Background(), pgtest.Workspace, claims[2].Task.ID, nil); err != nil {
		t.Fatal(err)
	}
	got := b.batch(made.ID)
	if got.Running != 0 || got.Open != 1 || got.SettledAt == nil || got.CompletedAt != nil || got.CostMicros != 7 {
		t.Errorf("settled: %+v", got)
	}
	b.decideAndApply(claims[0].Task.ID)
	if got := b.batch(made.ID); got.Open != 0 || got.CompletedAt == nil {
		t.Errorf("completed: %+v", got)
	}
	want := []string{"enrichment_batch.settled", "enrichment_batch.settled", "enrichment_batch.completed"}
	if events := b.events(made.ID); !slices.Equal(events, want) {
		t.Errorf("events %v, want %v", events, want)
	}
	b.noFaults()
}

// decideAndApply approves at once what a task proposes.
func (b bench) decideAndApply(task string) {
	b.Helper()
	if _, err := b.db.Decide(context.Background(), pgtest.Workspace, task, postgres.Verdict{Verdict: enrich.Approve, By: "a person"}); err != nil {
		b.Fatal(err)
	}
	claims := b.claim(b.worker, 1)
	if len(claims) != 1 || claims[0].Decision == nil {
		b.Fatalf("the decided task was not claimed: %+v", claims)
	}
	b.settle(enrich.Settlement{Claim: claims[0], To: enrich.Completed, Outcome: enrich.OutcomeDecided})
}

func mustRequest(t *testing.T, p postgres.Press, id string) enrich.Request {
	t.Helper()
	requests, err := p.Requests(postgres.Target{ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return requests[0]
}

func TestPressOfNothingNewIsComplete(t *testing.T) {
	b := setup(t)
	b.press(pressOf(2))
	again := pressOf(2)
	again.Key = "another"
	made := b.press(again).Batch
	if made.Total != 0 || made.Joined != 2 || made.CompletedAt == nil {
		t.Errorf("a press of what stands: %+v", made)
	}
	b.noFaults()
}

func TestSamePressIsTheSameBatch(t *testing.T) {
	b := setup(t)
	var group sync.WaitGroup
	ids := make([]string, 8)
	for i := range ids {
		group.Go(func() { ids[i] = b.press(pressOf(200)).Batch.ID })
	}
	group.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("two batches of one press: %v", ids)
		}
	}
	if n := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_tasks`); n != 200 {
		t.Errorf("%d tasks", n)
	}
	keyed := pressOf(3)
	keyed.Key = "k-1"
	first := b.press(keyed)
	if second := b.press(keyed); !second.Replayed || second.Batch.ID != first.Batch.ID {
		t.Errorf("the same key made another batch: %+v", second)
	}
	other := pressOf(5)
	other.Key = "k-1"
	if _, err := b.db.Press(context.Background(), pgtest.Workspace, other); enrich.CodeOf(err) != enrich.CodeKeyReused {
		t.Errorf("a key for another press: %v", err)
	}
	pgtest.Exec(t, b.url, `UPDATE enrichment_batches SET created_at = created_at - interval '61 s'`)
	if later := b.press(pressOf(200)); later.Replayed || later.Batch.Reused+later.Batch.Joined != 200 {
		t.Errorf("the same content after a minute: %+v", later)
	}
}

func (b bench) claimAll() []enrich.Claim {
	b.Helper()
	var claims []enrich.Claim
	for more := b.claim(b.worker, 500); len(more) > 0; more = b.claim(b.worker, 500) {
		claims = append(claims, more...)
	}
	return claims
}

// Workers settle the last tasks of many batches together, each in its own
// transaction: every batch ends once, and so does every parent.
func TestLastTasksTogether(t *testing.T) {
	b, ctx := setup(t), context.Background()
	batches := sizeOr(300, 5000)
	var ids []string
	for i := range batches {
		p := pressOf(2 + i%4)
		p.Key = fmt.Sprint(i)
		requests := p.Requests
		p.Requests = func(target postgres.Target) ([]enrich.Request, error) {
			r, err := requests(target)
			r[0].Force = true
			return r, err
		}
		ids = append(ids, b.press(p).Batch.ID)
	}
	claims := b.claimAll()
	// Neighbours are siblings: they go to different settlers.
	const settlers = 8
	var group sync.WaitGroup
	for s := range settlers {
		group.Go(func() {
			for i := s; i < len(claims); i += settlers {
				if _, err := b.db.Settle(ctx, "w", []enrich.Settlement{completed(claims[i])}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	wrong := pgtest.Query[int](t, b.url, `SELECT count(*) FROM unnest($1::text[]) id LEFT JOIN (
			SELECT subject_id, string_agg(event_type, ' ' ORDER BY pk) AS told FROM enrichment_events WHERE subject_type = 'enrichment_batch' GROUP BY 1
		) AS e ON e.subject_id = id WHERE told IS DISTINCT FROM 'enrichment_batch.settled enrichment_batch.completed'`, ids)
	if wrong != 0 {
		t.Errorf("%d of %d batches did not end exactly once", wrong, batches)
	}
	b.noFaults()
}

func TestEstimateWritesNothing(t *testing.T) {
	b, ctx := setup(t), context.Background()
	b.press(pressOf(2))
	for _, c := range b.claim(b.worker, 2) {
		b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, CostMicros: 10 * int64(1+len(c.Task.EntityID))})
	}
	before := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_tasks`)
	e, err := b.db.Estimate(ctx, pgtest.Workspace, pressOf(5))
	if err != nil || e.Tasks != 3 || len(e.Kinds) != 1 || e.Kinds[0].Reused != 2 || !e.Kinds[0].Known || e.Expected != 120 || e.AtMost != 120 {
		t.Errorf("estimate %+v, %v", e, err)
	}
	if after := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_tasks`); after != before {
		t.Errorf("an estimate made %d tasks", after-before)
	}
	limit := int64(119)
	p := pressOf(5)
	p.MaxCost = &limit
	if _, err := b.db.Press(ctx, pgtest.Workspace, p); enrich.CodeOf(err) != enrich.CodeOverCost {
		t.Errorf("a press above its cap: %v", err)
	}
	b.noFaults()
}

// A batch that has cost its cap begins nothing more, and ends with what it has.
func TestBatchStopsAtItsCap(t *testing.T) {
	b := setup(t)
	p, limit := pressOf(6), int64(10)
	p.MaxCost = &limit
	batch := b.press(p).Batch
	first := b.claim(b.worker, 2)
	b.settle(enrich.Settlement{Claim: first[0], To: enrich.Completed, Outcome: enrich.OutcomeCompleted, CostMicros: 10})
	if more := b.claim(b.worker, 3); len(more) != 0 {
		t.Errorf("claimed beyond the cap: %+v", more)
	}
	b.noFaults()
	if more := b.claim(b.worker, 3); len(more) != 0 {
		t.Errorf("claimed beyond the cap: %+v", more)
	}
	b.settle(completed(first[1])) // what had begun may end
	if got := b.batch(batch.ID); got.CompletedAt == nil || got.CostMicros != 10 {
		t.Errorf("a batch at its cap: %+v", got)
	}
	b.noFaults()
}
