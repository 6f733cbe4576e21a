package reconcile_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/kind/reconcile"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// A company that stands twice is proposed for a merge; a person's yes moves what
// named it, and undoing that puts all of it back.
func TestMergeAndUndo(t *testing.T) {
	w := kindtest.NewWorkspace(t)
	w.WriteCompany(t, "old", map[string]string{"name": "Acme Gesellschaft mit beschränkter Haftung", "domain": "acme.com"})
	w.WriteCompany(t, "new", map[string]string{"name": "ACME GmbH", "domain": "acme.com"})
	w.WriteCompany(t, "other", map[string]string{"name": "Acmeta Trading Ltd", "domain": "acmeta.com"})
	invoice := enrich.RecordWrite{EntityType: record.EntityInvoice, EntityID: "invoice"}
	for name, value := range map[string]string{"issuer_id": `"new"`, "invoice_number": `"1"`} {
		invoice.Fields = append(invoice.Fields, enrich.FieldWrite{Name: name, Value: json.RawMessage(value), Origin: enrich.ByRule, Grade: enrich.Single})
	}
	kind := &reconcile.Kind{Records: w.DB}
	answer := propose(t, w, kind, "new", invoice)
	ask, ok := answer.(enrich.Ask)
	if !ok || len(ask.Items) != 1 {
		t.Fatalf("answer %+v", answer)
	}
	id := ask.Items[0].ID
	if m := merge(t, w, id); m.SourceID != "new" || m.TargetID != "old" || m.Status != record.MergeProposed {
		t.Fatalf("%+v", m)
	}
	edit(t, w, id, record.MergeConfirmed)
	if _, err := w.DB.Company(t.Context(), pgtest.Workspace, "new"); enrich.CodeOf(err) != enrich.CodeNotFound {
		t.Errorf("the merged company stands: %v", err)
	}
	if got := issuer(t, w); got != "old" {
		t.Errorf("the invoice is of %s", got)
	}
	// What a later document says of the one that gave way is the other's.
	settle(t, w, invoice)
	if got := issuer(t, w); got != "old" {
		t.Errorf("a later write leads to %s", got)
	}
	edit(t, w, id, record.MergeUndone)
	if _, err := w.DB.Company(t.Context(), pgtest.Workspace, "new"); err != nil {
		t.Error(err)
	}
	if got := issuer(t, w); got != "new" {
		t.Errorf("after undoing it the invoice is of %s", got)
	}
	// What a person has decided is not asked again.
	if done, ok := propose(t, w, kind, "new").(enrich.Done); !ok {
		t.Errorf("%+v", done)
	}
}

// propose runs the task in the queue, with what is beyond doubt written.
func propose(t *testing.T, w *kindtest.Workspace, kind enrich.Kind, company string, also ...enrich.RecordWrite) enrich.Answer {
	t.Helper()
	answer := kind.Run(t.Context(), enrich.Job{Attempt: 1, Task: enrich.Task{
		WorkspaceID: pgtest.Workspace, EntityType: record.EntityCompany, EntityID: company, Type: enrich.Reconcile, Input: json.RawMessage(`{"kind": "entity"}`),
	}})
	for _, problem := range kindtest.Answer(answer) {
		t.Error(problem)
	}
	if ask, ok := answer.(enrich.Ask); ok {
		also = append(also, ask.Now...)
	}
	settle(t, w, also...)
	return answer
}

// settle writes records as a task's settlement does.
func settle(t *testing.T, w *kindtest.Workspace, writes ...enrich.RecordWrite) {
	t.Helper()
	w.SettleTask(t, writer(writes), enrich.Task{EntityType: record.EntityCompany, EntityID: record.NewID()})
}

// writer is a kind that writes what it is given.
type writer []enrich.RecordWrite

func (writer) Spec() enrich.Spec           { return enrich.Spec{Type: enrich.AICompany, Version: 1} }
func (writer) Check(json.RawMessage) error { return nil }
func (w writer) Run(context.Context, enrich.Job) enrich.Answer {
	return enrich.Done{Result: enrich.Result{Output: json.RawMessage(`{"_outcome":"ok"}`), Description: "Written.", Records: w}}
}

func edit(t *testing.T, w *kindtest.Workspace, id string, status record.MergeStatus) {
	t.Helper()
	raw, err := json.Marshal(status)
	if err != nil {
		t.Fatal(err)
	}
	e := postgres.Edit{EntityType: record.EntityMerge, EntityID: id, By: "ada", Values: map[string]json.RawMessage{"status": raw}}
	if err := w.DB.EditRecord(t.Context(), pgtest.Workspace, e, func(enrich.Occasion) ([]enrich.Request, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
}

func merge(t *testing.T, w *kindtest.Workspace, id string) record.Merge {
	t.Helper()
	m, err := w.DB.Merge(t.Context(), pgtest.Workspace, id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func issuer(t *testing.T, w *kindtest.Workspace) string {
	t.Helper()
	invoice, err := w.DB.Invoice(t.Context(), pgtest.Workspace, "invoice")
	if err != nil {
		t.Fatal(err)
	}
	return invoice.IssuerID
}
