package monthly_test

import (
	"fmt"
	"testing"

	"github.com/enrichd/enrichd/demo/world"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// fail puts a subtask as if its attempts had been used up. The engine must stand still.
func (b *bench) fail(id string) {
	b.Helper()
	pgtest.Exec(b.T, b.url, `ALTER TABLE enrichment_tasks DISABLE TRIGGER ALL`)
	pgtest.Exec(b.T, b.url, `UPDATE enrichment_tasks SET status = 'failed', output = NULL, error = 'the disk was full' WHERE enrichment_task_id = $1::uuid`, id)
	pgtest.Exec(b.T, b.url, `ALTER TABLE enrichment_tasks ENABLE TRIGGER ALL`)
}

// A part of a close that failed is tried anew alone: the others are not looked at
// again, what a person waived stands, and the month comes to what it would have come to.
func TestAFailedPartIsRetriedAlone(t *testing.T) {
	w := world.New(world.Options{Seed: 3, First: "2025-05", Months: 5, Suppliers: 20, Defects: map[string]int{"MISSING_INVOICE": 1}})
	b := setup(t, w)
	stop := b.engine()
	id := b.closeMonth(w.Last(), "")
	b.until(id, func(enrich.Task) bool {
		return len(b.children(id, enrich.AwaitingApproval)) == 1 && len(b.children(id, enrich.Processing))+len(b.children(id, enrich.Pending)) == 0
	})
	stop()
	all, done := len(b.children(id, enrich.Completed))+1, b.children(id, enrich.Completed)[0]
	b.fail(done.ID)

	// While another part waits for a person the close goes on with a new subtask.
	if n, err := b.db.RetryParts(t.Context(), pgtest.Workspace, id, "ada"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := b.db.RetryParts(t.Context(), pgtest.Workspace, id, "ada"); n != 0 || err != nil {
		t.Errorf("a second time: %d, %v", n, err)
	}
	b.engine()
	b.until(id, func(enrich.Task) bool { return len(b.children(id, enrich.Completed)) == all-1 })
	b.decide(b.children(id, enrich.AwaitingApproval)[0].ID, postgres.Verdict{Verdict: enrich.Approve, Reason: "parking meter"})
	out := read(t, b.until(id, ended))
	if out.Verdict != "ready" || len(b.children(id, enrich.Failed)) != 1 {
		t.Errorf("%+v", out)
	}
}

// A close that failed becomes a new one that takes over what was found.
func TestAFailedCloseIsRetried(t *testing.T) {
	w := world.New(world.Options{Seed: 3, First: "2025-05", Months: 5, Suppliers: 20, Defects: map[string]int{"MISSING_INVOICE": 1}})
	b := setup(t, w)
	stop := b.engine()
	id := b.closeMonth(w.Last(), "")
	b.until(id, func(enrich.Task) bool {
		return len(b.children(id, enrich.AwaitingApproval)) == 1 && len(b.children(id, enrich.Processing))+len(b.children(id, enrich.Pending)) == 0
	})
	stop()
	broken := b.children(id, enrich.Completed)[0]
	all := len(b.children(id, enrich.Completed)) + 1
	b.fail(broken.ID)
	b.engine()
	b.decide(b.children(id, enrich.AwaitingApproval)[0].ID, postgres.Verdict{Verdict: enrich.Approve, Reason: "parking meter"})
	if macro := b.until(id, ended); macro.Status != enrich.Failed {
		t.Fatalf("the close with a part that failed is %s", macro.Status)
	}
	again := b.start(enrich.MonthlyClose, record.EntityMonth, record.MonthID(pgtest.Workspace, w.Last()), fmt.Sprintf(`{"record_id": %q, "retry_of": %q}`, w.Last(), id))
	out := read(t, b.until(again, ended))
	if made := b.children(again, enrich.Completed); len(made) != 1 || made[0].EntityID != broken.EntityID {
		t.Errorf("%d subtasks were made, want that of the part that failed", len(made))
	}
	if out.Verdict != "ready" || out.Counts["counterparties"] != all || len(out.Waivers) != 1 {
		t.Errorf("%+v", out)
	}
	parts, err := b.db.CloseParts(t.Context(), pgtest.Workspace, again)
	if err != nil || len(parts) != all {
		t.Errorf("%d parts, want %d: %v", len(parts), all, err)
	}
	for _, p := range parts {
		if p.Status == enrich.Failed {
			t.Errorf("%s still counts as failed", p.ID)
		}
	}
	// The next close compares with all rows, those that the first close saw too.
	next := read(t, b.until(b.closeMonth(w.Last(), `, "ask": false`), ended))
	if next.Snapshot != out.Snapshot || next.Delta.Added+next.Delta.Changed+next.Delta.Removed != 0 {
		t.Errorf("the same books, closed again: %+v", next.Delta)
	}
}
