package console

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

func TestBatchPages(t *testing.T) {
	b := setup(t)
	b.shows("/batches", "No batch has been started yet")
	limit, press := int64(3_400_000), postgres.Press{EntityType: record.EntityDocument, By: "alice", Requests: func(on postgres.Target) (list []enrich.Request, err error) {
		for _, kind := range kinds {
			list = append(list, enrich.Request{EntityType: record.EntityDocument, EntityID: on.ID, Type: kind})
		}
		return list, nil
	}}
	press.MaxCost = &limit
	for i := range 3 {
		press.EntityIDs = append(press.EntityIDs, b.document(strings.Repeat("a", i+1)+".xml").ID)
	}
	pressed, err := b.db.Press(context.Background(), pgtest.Workspace, press)
	if err != nil {
		t.Fatal(err)
	}
	id := pressed.Batch.ID
	b.shows("/batches", "/batches/"+id, "0 of 6", "Running", "3.40")
	b.settle(enrich.Settlement{To: enrich.Completed, Outcome: enrich.OutcomeCompleted, CostMicros: 1_610_000})
	b.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "malformed: Line 3 ends early."})
	b.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "malformed: Line 22 ends early."})
	b.settle(enrich.Settlement{To: enrich.AwaitingApproval, Outcome: enrich.OutcomeAsked, Proposal: &enrich.Proposal{}, Description: "Two names: which one?"})
	b.shows("/batches/"+id, "4 of 6", `aria-label="6 tasks: Done 1, Needs you 1, Could not finish 2, Waiting 2"`, "1.61", "of at most 3.40",
		"Line 22 ends early.", "Two names: which one?", "/tasks?batch="+id+"&amp;status=failed", "Read document", "Read invoice")
	if body := b.shows("/tasks?batch="+id+"&status=failed", "filter[batch_id]="+id, "of the batch"); strings.Count(body, "ends early") != 2 {
		t.Error("the list of the batch's failed tasks has other tasks")
	}
	b.shows("/", "/batches/"+id, "4 of 6", "Two names: which one?", "Line 22 ends early.")
	for path, status := range map[string]int{"/batches/nope": 404, "/batches/00000000-0000-0000-0000-000000000000": 404, "/batches?older=x": 400, "/tasks?batch=x": 400, "/tasks?entity=x": 400, "/tasks?channel=x": 400} {
		if got, _ := b.get(path); got != status {
			t.Errorf("GET %s: %d, want %d", path, got, status)
		}
	}
}

// The segments of a bar fill it, and none is too small to be seen.
func TestBarsAddUp(t *testing.T) {
	for _, counts := range []map[enrich.Status]int{
		{enrich.Completed: 1},
		{enrich.Completed: 1_000_000, enrich.Failed: 1},
		{enrich.Completed: 3, enrich.Failed: 1, enrich.Rejected: 1, enrich.Pending: 9, enrich.Processing: 2, enrich.AwaitingApproval: 5, withdrawn: 1},
	} {
		b, x, total := newBar("", counts, barWidth), 0.0, 0
		for _, s := range b.Segments {
			if s.X < x-0.001 || s.X > x+0.001 || s.Width < 3.99 {
				t.Errorf("%v: segment %+v begins at %.2f", counts, s, x)
			}
			x, total = x+s.Width, total+s.Count
		}
		if x < barWidth-0.001 || x > barWidth+0.001 || total != b.Total {
			t.Errorf("%v: segments reach %.2f and count %d of %d", counts, x, total, b.Total)
		}
	}
	if b := newBar("", nil, barWidth); len(b.Segments) != 0 || b.Total != 0 {
		t.Errorf("a bar of nothing: %+v", b)
	}
}

func TestCauses(t *testing.T) {
	at := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	got := causes([]postgres.Failure{
		{TaskID: "1", Type: enrich.Logo, Error: `row 7: "a" is no amount`, At: at},
		{TaskID: "2", Type: enrich.Logo, Error: `row 812: "b" is no amount`, At: at.Add(time.Hour)},
		{TaskID: "3", Type: enrich.AIInvoice, Error: `row 7: "a" is no amount`, At: at},
	})
	if len(got) != 2 || got[0].Count != 2 || got[0].TaskID != "2" || !got[0].First.Equal(at) || got[0].Words != `row 812: "b" is no amount` {
		t.Errorf("%+v", got)
	}
	for n, want := range map[int64]string{0: "0.00", 1_610_000: "1.61", 12_345: "0.0123", 3_400_000_000: "3\u202f400.00", 100: "0.0001", 1: "0.00"} {
		if got := english.micros(n); got != want {
			t.Errorf("english.micros(%d) = %q, want %q", n, got, want)
		}
	}
}
