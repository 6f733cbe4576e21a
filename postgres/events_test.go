package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A reader's cursor never passes an event that commits late.
func TestEventsOfLateCommits(t *testing.T) {
	b, ctx := setup(t), context.Background()
	conn, err := pgx.Connect(ctx, b.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	late, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := late.Exec(ctx, `INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id)
		SELECT pk, 'late', 'x', 'late' FROM workspaces WHERE workspace_id = $1`, pgtest.Workspace); err != nil {
		t.Fatal(err)
	}
	enqueueOne(t, b.db, "d-1")
	before, err := b.db.Events(ctx, pgtest.Workspace, 0, 100)
	if err != nil || len(before) == 0 {
		t.Fatal(before, err)
	}
	if err := late.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := b.db.Events(ctx, pgtest.Workspace, before[len(before)-1].Sequence, 100)
	if err != nil || len(after) != 1 || after[0].Type != "late" {
		t.Errorf("after the cursor came %+v, %v", after, err)
	}
}

// Readers who follow while others write see every event once, each task's in the
// order in which they happened.
func TestEventsUnderWrites(t *testing.T) {
	b, ctx := setup(t), context.Background()
	const writers, each = 4, 25
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			worker := b.register(fmt.Sprintf("worker-%d", w))
			for range each {
				out, err := b.db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{{EntityType: "document", EntityID: "d", Type: enrich.OCRExtract}})
				if err != nil || len(out) != 1 {
					t.Error(err)
					return
				}
				for _, c := range b.claim(worker, 1) {
					b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted})
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	var seen []enrich.Event
	for finished := false; ; {
		after := int64(0)
		if len(seen) > 0 {
			after = seen[len(seen)-1].Sequence
		}
		page, err := b.db.Events(ctx, pgtest.Workspace, after, 50)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, page...)
		if finished && len(page) == 0 {
			break
		}
		select {
		case <-done:
			finished = true
		default:
		}
	}
	if n := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_events`); n != len(seen) {
		t.Errorf("%d events were seen, %d stand", len(seen), n)
	}
	state := map[string]string{}
	for i, e := range seen {
		if i > 0 && e.Sequence != seen[i-1].Sequence+1 {
			t.Fatalf("after %d came %d", seen[i-1].Sequence, e.Sequence)
		}
		wanted := map[string]string{"enrichment_task.created": "", "enrichment_task.processing": "enrichment_task.created", "enrichment_task.completed": "enrichment_task.processing"}
		if state[e.SubjectID] != wanted[e.Type] {
			t.Errorf("of task %s, %s came after %q", e.SubjectID, e.Type, state[e.SubjectID])
		}
		state[e.SubjectID] = e.Type
	}
}
