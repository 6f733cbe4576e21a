package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

func (b bench) enqueueMany(n int) {
	b.Helper()
	var reqs []enrich.Request
	for i := range n {
		reqs = append(reqs, enrich.Request{EntityType: "document", EntityID: fmt.Sprint("d-", i), Type: enrich.OCRExtract})
	}
	if _, err := b.db.Enqueue(context.Background(), pgtest.Workspace, reqs); err != nil {
		b.Fatal(err)
	}
}

// A claim goes by what the last one found open, and by what is open now where
// that is something else: a limit or a pause that came meanwhile binds it, and
// one that went does not.
func TestClaimSeesLimitsThatCameMeanwhile(t *testing.T) {
	b, ctx := setup(t), context.Background()
	b.enqueueMany(6)
	expect := func(when string, n, want int) []enrich.Claim {
		t.Helper()
		claims := b.claim(b.worker, n)
		if len(claims) != want {
			t.Fatalf("%s: %d claims instead of %d", when, len(claims), want)
		}
		return claims
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	expect("nothing was claimed before", 1, 1)
	held := expect("all is as it was", 1, 1)
	do(b.db.SetLimit(ctx, postgres.ScopeType, string(enrich.OCRExtract), enrich.Limit{Running: 2}))
	expect("two run, and more must not", 5, 0)
	b.settle(enrich.Settlement{Claim: held[0], To: enrich.Completed, Outcome: enrich.OutcomeCompleted})
	expect("one has ended", 5, 1)
	do(b.db.SetLimit(ctx, postgres.ScopeType, string(enrich.OCRExtract), enrich.Limit{}))
	expect("the limit is gone", 1, 1)
	expect("the limit has been gone", 1, 1)
	do(b.db.Pause(ctx, postgres.ScopeType, string(enrich.OCRExtract), time.Hour, "Maintenance."))
	expect("paused", 5, 0)
	expect("still paused", 5, 0)
	do(b.db.Resume(ctx, postgres.ScopeType, string(enrich.OCRExtract)))
	expect("goes on", 5, 1)
}

// New work wakes the workers of its own process before the call that made it
// returns, and those of others by a notification.
func TestNewWorkWakesThisProcessAndOthers(t *testing.T) {
	b := setup(t)
	other := bench{T: t, url: b.url, db: pgtest.Open(t, b.url)}
	other.worker = other.register("worker-2")
	own, others := b.listen(), other.listen()
	<-own
	<-others // both listen now
	b.enqueueMany(1)
	if len(own) == 0 {
		t.Error("the worker of the same process was not woken")
	}
	select {
	case <-others:
	case <-time.After(20 * time.Second):
		t.Error("the worker of another process was not woken")
	}
}

// listen receives the wake-ups of the bench's worker until the test ends.
func (b bench) listen() chan bool {
	woken := make(chan bool, 100)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan bool)
	go func() {
		b.db.Listen(ctx, func() int64 { return b.worker }, func() { woken <- true })
		close(ended)
	}()
	b.Cleanup(func() { stop(); <-ended })
	return woken
}
