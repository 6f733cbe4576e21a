package postgres_test

import (
	"context"
	"slices"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// Each way to spoil a database is found and mended, and costs are kept.
func TestDoctorMends(t *testing.T) {
	b, ctx := setup(t), context.Background()
	batch := b.press(pressOf(4)).Batch
	for _, c := range b.claim(b.worker, 2) {
		b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, CostMicros: 5})
	}
	pgtest.Exec(t, b.url, `UPDATE enrichment_dispatches SET due_at = now() + interval '1 h'`)
	parent, kids := b.split(2)
	b.noFaults()
	for name, c := range map[string]struct{ fault, spoil string }{
		"a lost row":            {"dispatch_missing", `DELETE FROM enrichment_dispatches WHERE task_pk = (SELECT max(pk) FROM enrichment_tasks WHERE batch_id IS NOT NULL)`},
		"the row of a parent":   {"dispatch_missing", `DELETE FROM enrichment_dispatches WHERE children IS NOT NULL`},
		"a row left over":       {"dispatch_left_over", `INSERT INTO enrichment_dispatches (task_pk, workspace_pk, enrichment_type) SELECT pk, workspace_pk, enrichment_type FROM enrichment_tasks WHERE status = 'completed' LIMIT 1`},
		"a row of another type": {"dispatch_of_another", `UPDATE enrichment_dispatches SET enrichment_type = 'logo' WHERE children IS NOT NULL`},
		"children":              {"children_miscounted", `UPDATE enrichment_dispatches SET children = 1 WHERE children IS NOT NULL`},
		"a batch":               {"batch_miscounted", `UPDATE enrichment_batches SET open = 4, running = 3`},
		"a lost batch":          {"batch_miscounted", `DELETE FROM enrichment_batches`},
		"counts":                {"batch_counts_wrong", `UPDATE enrichment_batch_counts SET tasks = tasks + 1 WHERE ctid = (SELECT min(ctid) FROM enrichment_batch_counts)`},
	} {
		pgtest.Exec(t, b.url, c.spoil)
		found, err := b.db.Examine(ctx, false)
		if err != nil || !slices.ContainsFunc(found, func(f postgres.Fault) bool { return f.Code == c.fault && !f.Mended }) {
			t.Fatalf("%s: found %+v, %v", name, found, err)
		}
		mended, err := b.db.Examine(ctx, true)
		if err != nil || slices.ContainsFunc(mended, func(f postgres.Fault) bool { return !f.Mended }) {
			t.Fatalf("%s: mended %+v, %v", name, mended, err)
		}
		b.noFaults()
	}
	if got := b.batch(batch.ID); got.Total != 4 || got.Running != 2 || got.Open != 2 {
		t.Errorf("the batch after all: %+v", got)
	}
	for _, c := range kids {
		b.settle(completed(c))
	}
	if woken := b.claim(b.worker, 5); !slices.ContainsFunc(woken, func(c enrich.Claim) bool { return c.Key == parent.Key && c.Splits == 1 }) {
		t.Errorf("the parent did not wake: %+v", woken)
	}
}

// An end that a wrong counter hid is told when it is mended.
func TestDoctorTellsAHiddenEnd(t *testing.T) {
	b := setup(t)
	batch := b.press(pressOf(2)).Batch
	pgtest.Exec(t, b.url, `UPDATE enrichment_batches SET total = 3, open = 3, running = 3`)
	for _, c := range b.claim(b.worker, 2) {
		b.settle(completed(c))
	}
	if got := b.batch(batch.ID); got.CompletedAt != nil {
		t.Fatalf("the counter was not spoilt: %+v", got)
	}
	if _, err := b.db.Examine(context.Background(), true); err != nil {
		t.Fatal(err)
	}
	want := []string{"enrichment_batch.settled", "enrichment_batch.completed"}
	if events := b.events(batch.ID); !slices.Equal(events, want) {
		t.Errorf("events %v", events)
	}
	b.noFaults()
}
