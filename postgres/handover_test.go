package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

func (b bench) handOver(n, most int) []enrich.Handover {
	b.Helper()
	list, err := b.db.HandOver(context.Background(), ocrOnly, n, most)
	if err != nil {
		b.Fatal(err)
	}
	return list
}

// whose says how many hand-overs each workspace got, as shares does of claims.
func whose(list []enrich.Handover) string {
	claims := make([]enrich.Claim, len(list))
	for i, h := range list {
		claims[i].Task.WorkspaceID = h.WorkspaceID
	}
	return shares(claims)
}

// A hand-over is picked as a claim is: in rounds over the workspaces, what is with the
// queue counts as running, and a full window still has room for who has nothing there.
func TestHandOversGoRound(t *testing.T) {
	b := setup(t)
	b.flood("ws-a", 400, enrich.Request{})
	b.flood("ws-b", 40, enrich.Request{})
	if got := whose(b.handOver(10, 20)); got != "a:5 b:5" {
		t.Errorf("ten went to %s", got)
	}
	if got := whose(b.handOver(100, 20)); got != "a:5 b:5" {
		t.Errorf("with room for ten more, they went to %s", got)
	}
	if list := b.handOver(100, 20); len(list) != 0 {
		t.Errorf("%d beyond the window", len(list))
	}
	b.flood("ws-c", 5, enrich.Request{})
	if got := whose(b.handOver(100, 20)); got != "c:1" {
		t.Errorf("a workspace that had nothing there got %q", got)
	}
	if n := len(b.claim(b.worker, 100)); n != 100 {
		t.Errorf("a worker that claims by itself found %d", n) // the two ways share the rows
	}
}

// Limits and pauses hold for what is with the queue, too.
func TestHandOversKeepLimits(t *testing.T) {
	b, ctx := setup(t), context.Background()
	b.flood("ws-a", 20, enrich.Request{})
	if err := b.db.SetLimit(ctx, postgres.ScopeType, string(enrich.OCRExtract), enrich.Limit{Running: 3}); err != nil {
		t.Fatal(err)
	}
	list := b.handOver(10, 100)
	if more := b.handOver(10, 100); len(list) != 3 || len(more) != 0 {
		t.Errorf("%d, then %d of 3 were handed over", len(list), len(more))
	}
	// What was handed over before a pause does not run in it: it is taken back.
	if err := b.db.Pause(ctx, postgres.ScopeType, string(enrich.OCRExtract), time.Hour, "It asked for a pause."); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.ClaimHandover(ctx, b.worker, enrich.Delivery{Handover: list[0]}); !errors.Is(err, enrich.ErrNotNow) {
		t.Errorf("claimed in a pause: %v", err)
	}
	if more := b.handOver(10, 100); len(more) != 0 {
		t.Errorf("%d were handed over in a pause", len(more))
	}
	if err := b.db.Resume(ctx, postgres.ScopeType, string(enrich.OCRExtract)); err != nil {
		t.Fatal(err)
	}
	if more := b.handOver(10, 100); len(more) != 1 || more[0].Generation <= list[2].Generation {
		t.Errorf("after the pause %+v", more)
	}
}

// What a push meets in place of its task, in words that its answer follows from.
func TestClaimHandoverSaysWhy(t *testing.T) {
	b, ctx := setup(t), context.Background()
	b.flood("ws-a", 3, enrich.Request{})
	list := b.handOver(3, 100)
	claim := func(h enrich.Handover) (enrich.Claim, error) {
		return b.db.ClaimHandover(ctx, b.worker, enrich.Delivery{Handover: h})
	}
	expect := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	c, err := claim(list[0])
	expect("a task with the queue", err, nil)
	_, err = claim(list[0])
	expect("one that runs", err, enrich.ErrElsewhere)
	if !b.settle(enrich.Settlement{Claim: c, Outcome: enrich.OutcomeRetried, Retry: time.Hour, WaitCode: enrich.WaitRetry, Stays: true}) {
		t.Error("the claim was lost")
	}
	_, err = claim(list[0])
	expect("one that is tried again in an hour", err, enrich.ErrNotNow)
	_, err = claim(list[0])
	expect("the same, once it was taken back", err, enrich.ErrSuperseded)
	c, err = claim(list[1])
	expect("another", err, nil)
	b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted})
	_, err = claim(list[1])
	expect("one that has ended", err, enrich.ErrOver)
	foreign := list[2]
	foreign.TaskID = list[0].TaskID
	_, err = claim(foreign)
	expect("the generation of another task", err, enrich.ErrSuperseded)
	foreign.TaskID = "00000000-0000-4000-8000-000000000000"
	_, err = claim(foreign)
	expect("an unknown task", err, enrich.ErrUnknown)
	if _, err = b.db.ClaimHandover(ctx, b.worker+100, enrich.Delivery{Handover: list[2]}); !errors.Is(err, enrich.ErrUnready) {
		t.Errorf("a worker that was given up: %v", err)
	}
	_, err = claim(list[2])
	expect("after all that", err, nil)
	b.dispatchInvariant()
}

// The sweep takes back what the queue has had for an hour, and nothing else of its.
func TestSweepTakesBackWhatTheQueueForgot(t *testing.T) {
	b, ctx := setup(t), context.Background()
	b.flood("ws-a", 4, enrich.Request{})
	list := b.handOver(4, 100)
	if err := b.db.Confirm(ctx, []int{list[0].Generation, list[1].Generation}); err != nil {
		t.Fatal(err)
	}
	left := func() string {
		return pgtest.Query[string](t, b.url, `SELECT string_agg(generation::text, ' ' ORDER BY generation) FROM enrichment_dispatches WHERE worker_pk = -1`)
	}
	for _, h := range []enrich.Handover{list[0], list[2]} { // one that is known to be there, one that is not
		pgtest.Exec(t, b.url, `UPDATE enrichment_dispatches SET claimed_at = claimed_at - interval '59 min', sent_at = sent_at - interval '59 min' WHERE generation = $1`, h.Generation)
	}
	before := left()
	if _, err := b.db.Sweep(ctx); err != nil || left() != before {
		t.Errorf("taken back within the hour: %s of %s, %v", left(), before, err)
	}
	pgtest.Exec(t, b.url, `UPDATE enrichment_dispatches SET claimed_at = claimed_at - interval '2 min', sent_at = sent_at - interval '2 min' WHERE generation IN ($1, $2)`, list[0].Generation, list[2].Generation)
	if _, err := b.db.Sweep(ctx); err != nil || left() != fmt.Sprint(list[1].Generation, " ", list[3].Generation) {
		t.Errorf("with the queue after the hour: %s, %v", left(), err)
	}
	if n := pgtest.Query[int](t, b.url, `SELECT sum(crashes + attempt)::int FROM enrichment_dispatches`); n != 0 {
		t.Errorf("charged %d for it", n)
	}
}

// An alarm goes by the due tasks, so those count wherever they wait: with no relay, in
// the hands of one that died, in a queue that pushes nothing. Only a worker's do not.
func TestBacklogCountsWhatIsWithTheQueue(t *testing.T) {
	b, ctx := setup(t), context.Background()
	b.flood("ws-a", 10, enrich.Request{})
	pgtest.Exec(t, b.url, `UPDATE enrichment_dispatches SET due_at = now() - interval '20 min'`)
	list := b.handOver(6, 100)
	if err := b.db.Confirm(ctx, []int{list[0].Generation, list[1].Generation, list[2].Generation}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.ClaimHandover(ctx, b.worker, enrich.Delivery{Handover: list[0]}); err != nil {
		t.Fatal(err)
	}
	backlog, err := b.db.Backlog(ctx)
	q := backlog[string(enrich.OCRExtract)]
	if err != nil || q.Due != 9 || q.HandedOver != 5 || q.OldestAge < 19*time.Minute {
		t.Errorf("%+v, %v", q, err)
	}
	h, err := b.db.Handovers(ctx)
	if err != nil || h.Due != 4 || h.Open != 3 || h.Sent != 2 || h.DueFor < 19*time.Minute || h.OpenFor < 19*time.Minute || h.SentFor > time.Minute || h.Lately <= 0 {
		t.Errorf("%+v, %v", h, err)
	}
	// What a person has paused is late for a reason, and no relay's fault.
	if err := b.db.Pause(ctx, postgres.ScopeType, string(enrich.OCRExtract), time.Hour, "It asked for a pause."); err != nil {
		t.Fatal(err)
	}
	if h, err := b.db.Handovers(ctx); err != nil || h != (postgres.Handovers{}) {
		t.Errorf("in a pause: %+v, %v", h, err)
	}
}
