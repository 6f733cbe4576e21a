package postgres_test

import (
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// While somebody holds a snapshot open, what dies cannot be cleared away, and claims
// go to the lanes they know, from where they ended. What is due there is found at
// once; what has come to another lane, or back to a place passed, is found soon.
func TestClaimsInKnownLanes(t *testing.T) {
	b := setup(t)
	for _, id := range []string{"d-1", "d-2", "d-3"} {
		enqueueOne(t, b.db, id)
	}
	first := b.claim(b.worker, 2)
	if len(first) != 2 {
		t.Fatalf("claimed %d of 2", len(first))
	}
	postgres.LookTook(b.db, time.Millisecond)
	if !postgres.LooksAtAll(b.db, ocrOnly) {
		t.Fatal("after a look that took no time, the next one does not look at all lanes")
	}
	postgres.LookTook(b.db, 50*time.Millisecond)
	if postgres.LooksAtAll(b.db, ocrOnly) {
		t.Fatal("after a look that took long, the next one looks at all lanes again")
	}
	enqueueOne(t, b.db, "d-4")
	next := b.claim(b.worker, 2)
	if len(next) != 2 || next[0].Task.EntityID != "d-3" || next[1].Task.EntityID != "d-4" {
		t.Fatalf("in a known lane: %+v", next)
	}
	// Another lane, and a place passed.
	bulk := enqueueOneRequest(t, b.db, enrich.Request{EntityType: "document", EntityID: "d-5", Type: enrich.OCRExtract, Hash: "sha256:d-5", Priority: enrich.PriorityBulk})
	b.settle(enrich.Settlement{Claim: first[0], Outcome: enrich.OutcomeReleased, WaitCode: enrich.WaitQueued})
	pgtest.Exec(t, b.url, `UPDATE enrichment_dispatches SET due_at = now() - interval '1 hour' WHERE worker_pk IS NULL`)
	missing := map[string]bool{bulk.Task.ID: true, first[0].Task.ID: true}
	for end := time.Now().Add(10 * time.Second); len(missing) > 0; time.Sleep(20 * time.Millisecond) {
		for _, c := range b.claim(b.worker, 5) {
			delete(missing, c.Task.ID)
		}
		postgres.LookTook(b.db, 50*time.Millisecond)
		if time.Now().After(end) {
			t.Fatalf("not found within 10 seconds: %v", missing)
		}
	}
}
