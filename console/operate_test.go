package console

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

func TestPagesForWhoRunsIt(t *testing.T) {
	b := setup(t)
	b.shows("/health", "nothing waits", "1 of 1 alive", "worker-1", "Nothing is limited")
	b.shows("/errors", "Every task could finish")
	b.shows("/activity", "Nobody did anything here yet")
	b.shows("/columns", "no columns of its own", "No field has a rule")
	b.enqueue(enrich.Request{EntityType: record.EntityCompany, EntityID: "c-1", Type: enrich.Logo})
	failed := b.enqueue(enrich.Request{EntityType: record.EntityDocument, EntityID: "d-1", Type: enrich.OCRExtract})
	b.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "malformed: Line 7 ends early."})
	b.shows("/workers", "worker-1", "No task of this workspace is being worked on")
	b.shows("/providers", "No service outside has a limit", "No model was called in the last day")
	b.shows("/cost", "No model was called.")
	b.operate()
	b.spend(failed)
	b.shows("/providers", "vies", "no kind of work names it", "3 at once", "small-1")
	b.shows("/cost", "0.0042", "small-1", "/tasks?type=ocr_extract", "3 in, 5 out", "Cost of models, by day (UTC): the most is 0.0042 at")
	b.shows("/health", "Ended tasks, two minutes each (UTC): the most is 1 at", "Time until 95 of 100 tasks ended", "Find logo", "/tasks?type=logo&amp;status=pending", "vies", "set by an operator", "room for 1")
	b.shows("/errors", "Line 7 ends early.", "/tasks/"+failed.ID, "1 task could not finish, by what it says.")
	b.shows("/activity", "wrote", "Boulangerie", "/entities/company/own")
	b.shows("/columns", "TVA", "invoices.tva", "row.tax_total * 2")
	body := b.shows("/settings", "Alice&#39;s", "k-1", "https://hooks.example", "enrichment_task.failed")
	for _, secret := range []string{"secret-hash", "secret-path", "whsec_"} {
		if strings.Contains(body, secret) {
			t.Errorf("the page shows %s", secret)
		}
	}
	if w := ask(locked(b), http.MethodGet, "/settings", nil, withKey("right")); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "hooks.example") {
		t.Errorf("a key without webhooks:read sees webhooks: %d", w.Code)
	}
	if got, _ := b.get("/activity?before=x"); got != http.StatusBadRequest {
		t.Errorf("a bad time: %d", got)
	}
}

// spend calls a model for a task that read a document.
func (b bench) spend(task enrich.Task) {
	b.Helper()
	call := enrich.ModelCall{WorkspaceID: pgtest.Workspace, TaskID: task.ID, Purpose: "extract", Model: "small-1", InputHash: "sha256:1", CostMicros: 9000}
	id, err := b.db.BeginModelCall(context.Background(), call, enrich.ModelBudget{})
	if err != nil {
		b.Fatal(err)
	}
	call.Status, call.In, call.Out, call.CostMicros = enrich.ModelOK, 3, 5, 4200
	if err := b.db.EndModelCall(context.Background(), id, call); err != nil {
		b.Fatal(err)
	}
}

// operate gives a workspace what the pages for who runs it show.
func (b bench) operate() {
	b.Helper()
	ctx := context.Background()
	if err := b.db.SetLimit(ctx, postgres.ScopeProvider, "vies", enrich.Limit{Running: 3, PerMinute: 30}); err != nil {
		b.Fatal(err)
	}
	if err := b.db.SetOwnCompany(ctx, pgtest.Workspace, record.Company{ID: "own", Name: "Boulangerie"}); err != nil {
		b.Fatal(err)
	}
	if err := b.db.AddKey(ctx, postgres.Key{ID: "k-1", WorkspaceID: pgtest.Workspace, Name: "Alice's", Holder: "person", Scopes: []string{"tasks:read"}}, []byte("secret-hash")); err != nil {
		b.Fatal(err)
	}
	if _, err := b.db.AddWebhookEndpoint(ctx, pgtest.Workspace, record.WebhookEndpoint{URL: "https://hooks.example/T0/secret-path", EventTypes: []string{"enrichment_task.failed"}, Enabled: true}, record.NewWebhookSecret()); err != nil {
		b.Fatal(err)
	}
	if _, err := b.db.AddDefinition(ctx, pgtest.Workspace, record.Definition{
		Kind: record.CustomColumn, Root: "invoices", FieldKey: "tva", Name: "TVA", Type: "number", Mode: record.Active, Formula: json.RawMessage(`{"expression":"row.tax_total * 2"}`), Reads: []string{"tax_total"},
	}, func(_ record.Definitions, d record.Definition) (record.Definition, error) { return d, nil }); err != nil {
		b.Fatal(err)
	}
}
