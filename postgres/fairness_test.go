package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// flood puts n tasks of a workspace into the queue.
func (b bench) flood(workspace string, n int, like enrich.Request) {
	b.Helper()
	if _, err := b.db.EnsureWorkspace(context.Background(), workspace, workspace); err != nil {
		b.Fatal(err)
	}
	reqs := make([]enrich.Request, n)
	for i := range reqs {
		reqs[i] = like
		reqs[i].EntityType, reqs[i].EntityID = "document", fmt.Sprint(i)
		if like.Type == "" {
			reqs[i].Type = enrich.OCRExtract
		}
	}
	if _, err := b.db.Enqueue(context.Background(), workspace, reqs); err != nil {
		b.Fatal(err)
	}
}

// shares says how many of the claims each workspace got: "a:3 b:1".
func shares(claims []enrich.Claim) string {
	count := map[string]int{}
	for _, c := range claims {
		count[c.Task.WorkspaceID]++
	}
	var parts []string
	for _, ws := range []string{"ws-a", "ws-b", "ws-c"} {
		if count[ws] > 0 {
			parts = append(parts, fmt.Sprintf("%s:%d", ws[3:], count[ws]))
		}
	}
	return strings.Join(parts, " ")
}

func TestClaimsGoRound(t *testing.T) {
	b := setup(t)
	b.flood("ws-a", 40, enrich.Request{})
	b.flood("ws-b", 40, enrich.Request{})
	b.flood("ws-c", 1, enrich.Request{})
	if got := shares(b.claim(b.worker, 9)); got != "a:4 b:4 c:1" {
		t.Errorf("nine tasks went to %s", got)
	}
	// What runs counts as turns taken: a newcomer is served before those.
	b.flood("ws-c", 3, enrich.Request{})
	if got := shares(b.claim(b.worker, 3)); got != "c:3" {
		t.Errorf("the next three went to %s", got)
	}
	if got := shares(b.claim(b.worker, 2)); got != "a:1 b:1" {
		t.Errorf("the next two went to %s", got)
	}
}

// With one slot nothing is running when the claim comes: then it is the turn
// of the workspace that was served longest ago.
func TestOneSlotGoesRoundToo(t *testing.T) {
	b := setup(t)
	for _, ws := range []string{"ws-a", "ws-b", "ws-c"} {
		b.flood(ws, 3, enrich.Request{})
	}
	var order []string
	for range 6 {
		c := b.claim(b.worker, 1)[0]
		order = append(order, c.Task.WorkspaceID[3:])
		b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted})
	}
	if got := strings.Join(order, ""); got != "abcabc" {
		t.Errorf("served in the order %s", got)
	}
}

func TestWeightsAndPriorities(t *testing.T) {
	b, ctx := setup(t), context.Background()
	b.flood("ws-a", 20, enrich.Request{Priority: enrich.PriorityBulk})
	b.flood("ws-b", 20, enrich.Request{Priority: enrich.PriorityBulk})
	if err := b.db.SetWeight(ctx, "ws-b", 3); err != nil {
		t.Fatal(err)
	}
	if got := shares(b.claim(b.worker, 8)); got != "a:2 b:6" {
		t.Errorf("with weights 1 and 3, eight tasks went to %s", got)
	}
	b.flood("ws-a", 1, enrich.Request{Priority: enrich.PriorityPerson})
	if c := b.claim(b.worker, 1); shares(c) != "a:1" || c[0].Priority != enrich.PriorityPerson {
		t.Errorf("what a person waits for did not come first: %s, priority %d", shares(c), c[0].Priority)
	}
	if enrich.CodeOf(b.db.SetWeight(ctx, "ws-a", 0)) != enrich.CodeInvalid {
		t.Error("a weight of 0 was taken")
	}
}

func TestNewcomersAlone(t *testing.T) {
	b, ctx := setup(t), context.Background()
	b.flood("ws-a", 5, enrich.Request{})
	b.claim(b.worker, 2)
	if claims, err := b.db.ClaimNewcomers(ctx, b.worker, ocrOnly, 2); err != nil || len(claims) != 0 {
		t.Errorf("a workspace with running tasks is no newcomer: %v, %v", shares(claims), err)
	}
	b.flood("ws-b", 5, enrich.Request{})
	if claims, err := b.db.ClaimNewcomers(ctx, b.worker, ocrOnly, 2); err != nil || shares(claims) != "b:1" {
		t.Errorf("newcomers: %v, %v", shares(claims), err)
	}
}

var limited = enrich.Spec{Type: enrich.OCRExtract, Provider: enrich.Provider{Name: "scanner.example"}}

func (b bench) describe(specs ...enrich.Spec) {
	b.Helper()
	if err := b.db.Describe(context.Background(), specs); err != nil {
		b.Fatal(err)
	}
}

// Claims of many processes at once never run more than a limit allows.
func TestLimitsHoldOverManyClaims(t *testing.T) {
	b, ctx := setup(t), context.Background()
	kind := limited
	kind.Limit.Running = 5
	b.describe(kind)
	b.flood("ws-a", 60, enrich.Request{})
	b.flood("ws-b", 60, enrich.Request{})
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			worker, err := b.db.Register(ctx, "w", ocrOnly)
			for range 10 {
				var claims []enrich.Claim
				if err == nil {
					claims, err = b.db.Claim(ctx, worker, ocrOnly, 3)
				}
				if n := pgtest.Query[int](b.T, b.url, `SELECT count(*) FROM enrichment_dispatches WHERE worker_pk IS NOT NULL`); n > 5 {
					t.Errorf("%d run at the same time, 5 may", n)
				}
				for _, c := range claims {
					if _, err := b.db.Settle(ctx, "w", []enrich.Settlement{{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted}}); err != nil {
						t.Error(err)
					}
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if done := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_tasks WHERE status = 'completed'`); done < 20 {
		t.Errorf("only %d tasks were done", done)
	}
}

// A limit of a provider is one for all its kinds.
func TestProviderLimitIsShared(t *testing.T) {
	b, ctx := setup(t), context.Background()
	provider := enrich.Provider{Name: "registry.example", Limit: enrich.Limit{Running: 3}}
	b.describe(enrich.Spec{Type: enrich.Logo, Provider: provider}, enrich.Spec{Type: enrich.AICompany, Provider: provider}, enrich.Spec{Type: enrich.OCRExtract})
	for _, typ := range []enrich.Type{enrich.Logo, enrich.AICompany, enrich.OCRExtract} {
		b.flood("ws-a", 4, enrich.Request{Type: typ})
	}
	types := []enrich.Type{enrich.Logo, enrich.AICompany, enrich.OCRExtract}
	worker, err := b.db.Register(ctx, "w", types)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := b.db.Claim(ctx, worker, types, 12)
	if err != nil {
		t.Fatal(err)
	}
	count := map[bool]int{}
	for _, c := range claims {
		count[c.Task.Type == enrich.OCRExtract]++
	}
	if count[false] != 3 || count[true] != 4 {
		t.Errorf("%d tasks of the provider and %d others were claimed, want 3 and 4", count[false], count[true])
	}
	wait := b.waitOf("ws-a", enrich.Logo)
	if wait.Code != enrich.WaitLimit || !strings.Contains(wait.Words, "At most 3 tasks may run with registry.example") {
		t.Errorf("wait %+v", wait)
	}
}

// waitOf is the wait of a task of a type that waits.
func (b bench) waitOf(workspace string, typ enrich.Type) enrich.Wait {
	b.Helper()
	page, err := b.db.Tasks(context.Background(), workspace, postgres.TaskFilter{Types: []enrich.Type{typ}}, postgres.Page{Size: 100})
	if err != nil {
		b.Fatal(err)
	}
	for _, task := range page.Tasks {
		if task.Wait != nil {
			return *task.Wait
		}
	}
	b.Fatalf("no %s task waits", typ)
	return enrich.Wait{}
}

func TestRateIsSpentAndRefilled(t *testing.T) {
	b := setup(t)
	kind := limited
	kind.Provider.Limit = enrich.Limit{PerMinute: 60, Burst: 4}
	b.describe(kind)
	b.flood("ws-a", 20, enrich.Request{})
	if n := len(b.claim(b.worker, 10)); n != 4 {
		t.Errorf("a burst of 4 let %d begin", n)
	}
	if n := len(b.claim(b.worker, 10)); n != 0 {
		t.Errorf("%d more began at once", n)
	}
	wait := b.waitOf("ws-a", enrich.OCRExtract)
	if wait.Code != enrich.WaitLimit || !strings.Contains(wait.Words, "At most 60 tasks a minute") || wait.Until.IsZero() {
		t.Errorf("wait %+v", wait)
	}
	pgtest.Exec(t, b.url, `UPDATE enrichment_limits SET next_at = next_at - interval '2.5 seconds'`)
	if n := len(b.claim(b.worker, 10)); n != 2 {
		t.Errorf("after 2.5 seconds at one a second %d began, want 2", n)
	}
}

// A provider's pause holds back every kind that uses it and nothing else, with
// one row written; each task says why and until when.
func TestPausedProvider(t *testing.T) {
	b, ctx := setup(t), context.Background()
	b.describe(limited, enrich.Spec{Type: enrich.Logo})
	b.flood("ws-a", 3, enrich.Request{})
	c := b.claim(b.worker, 1)[0]
	before := pgtest.Query[string](t, b.url, `SELECT string_agg(d::text, '' ORDER BY task_pk) FROM enrichment_dispatches d WHERE worker_pk IS NULL`)
	b.settle(enrich.Settlement{
		Claim: c, Outcome: enrich.OutcomeDeferred, Retry: 30 * time.Second, WaitCode: enrich.WaitProviderPaused,
		Pause: &enrich.Pause{Provider: "scanner.example", For: 30 * time.Second, Words: "It answered 429."},
	})
	if after := pgtest.Query[string](t, b.url, `SELECT string_agg(d::text, '' ORDER BY task_pk) FROM enrichment_dispatches d WHERE worker_pk IS NULL AND task_pk <> `+fmt.Sprint(c.Key)); after != before {
		t.Error("a pause wrote the rows of the waiting tasks")
	}
	if n := len(b.claim(b.worker, 5)); n != 0 {
		t.Errorf("%d tasks of a paused provider were claimed", n)
	}
	page, err := b.db.Tasks(ctx, "ws-a", postgres.TaskFilter{}, postgres.Page{Size: 10})
	if err != nil || len(page.Tasks) != 3 {
		t.Fatal(err)
	}
	for _, task := range page.Tasks {
		if w := task.Wait; w == nil || w.Code != enrich.WaitProviderPaused || !strings.HasPrefix(w.Words, "Nobody calls scanner.example until 20") || !strings.Contains(w.Words, "429") {
			t.Errorf("wait %+v", w)
		}
	}
	if err := b.db.Resume(ctx, postgres.ScopeProvider, "scanner.example"); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, b.url, `UPDATE enrichment_dispatches SET due_at = now()`)
	again := b.claim(b.worker, 5)
	if len(again) != 3 {
		t.Errorf("after the pause %d were claimed, want 3", len(again))
	}
	for _, a := range again {
		if a.Key == c.Key && a.Attempt != 1 {
			t.Errorf("a pause was charged: attempt %d", a.Attempt)
		}
	}
}

func TestOperatorsLimitStays(t *testing.T) {
	b, ctx := setup(t), context.Background()
	b.describe(limited)
	if err := b.db.SetLimit(ctx, postgres.ScopeProvider, "scanner.example", enrich.Limit{Running: 2}); err != nil {
		t.Fatal(err)
	}
	if err := b.db.Pause(ctx, postgres.ScopeType, string(enrich.OCRExtract), time.Hour, "Maintenance."); err != nil {
		t.Fatal(err)
	}
	kind := limited
	kind.Provider.Limit.Running = 50
	b.describe(kind)
	limits, err := b.db.Limits(ctx)
	if err != nil || len(limits) != 2 {
		t.Fatalf("limits %+v, %v", limits, err)
	}
	if typ, provider := limits[0], limits[1]; *typ.Room != 0 || typ.Provider != "scanner.example" || provider.Limit.Running != 2 || *provider.Room != 2 || !provider.OperatorSet {
		t.Errorf("limits %+v", limits)
	}
	b.flood("ws-a", 1, enrich.Request{})
	if w := b.waitOf("ws-a", enrich.OCRExtract); w.Code != enrich.WaitPaused || !strings.Contains(w.Words, "Maintenance.") {
		t.Errorf("wait %+v", w)
	}
}

// What has outlived its use is refused, whether a worker is there or not.
func TestExpiry(t *testing.T) {
	b, ctx := setup(t), context.Background()
	out, err := b.db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{
		{EntityType: "company", EntityID: "1", Type: enrich.Logo, Expire: time.Millisecond},
		{EntityType: "company", EntityID: "2", Type: enrich.Logo, Expire: time.Hour},
		{EntityType: "company", EntityID: "3", Type: enrich.Logo},
	})
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, b.url, `SELECT pg_sleep(0.002)`)
	if _, err := b.db.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	for i, want := range []enrich.Status{enrich.Rejected, enrich.Pending, enrich.Pending} {
		got := b.task(out[i].Task.ID)
		if got.Status != want {
			t.Errorf("task %d is %s, want %s", i, got.Status, want)
		}
		if want == enrich.Rejected && !strings.Contains(string(got.Output), `"expired"`) {
			t.Errorf("output %s", got.Output)
		}
	}
	b.dispatchInvariant()
}
