package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// A task that ended is run again by who may start something, as a new task.
func TestRunAgain(t *testing.T) {
	b := setup(t)
	doc := b.document("fournil.xml")
	task := b.enqueue(enrich.Request{EntityType: record.EntityDocument, EntityID: doc.ID, Type: enrich.OCRExtract, TargetFields: []string{"text"}, Input: []byte(`{"page":2}`)})
	at := "/tasks/" + task.ID
	press := func(h http.Handler, path string, change ...func(*http.Request)) (int, string) {
		w := ask(h, http.MethodPost, path+"/again", map[string][]string{}, change...)
		return w.Code, w.Header().Get("Location")
	}
	if body := b.shows(at); strings.Contains(body, "Run again") {
		t.Error("a task that waits is offered to be run again")
	}
	if got, _ := press(b.handler, at); got != http.StatusConflict {
		t.Errorf("a task that waits: %d", got)
	}
	b.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "malformed: Line 7 ends early."})
	b.shows(at, "Run again")
	got, place := press(b.handler, at)
	again, err := b.db.Task(t.Context(), pgtest.Workspace, strings.TrimPrefix(place, "/tasks/"))
	if err != nil || got != http.StatusSeeOther || again.ID == task.ID {
		t.Fatalf("%d, %s, %v", got, place, err)
	}
	if again.Type != task.Type || again.EntityID != doc.ID || string(again.Input) != string(task.Input) || len(again.TargetFields) != 1 ||
		again.Status != enrich.Pending || again.SourceChannel == nil || *again.SourceChannel != enrich.Manual || again.InputHash == nil {
		t.Errorf("the second run: %+v", again)
	}
	if old, err := b.db.Task(t.Context(), pgtest.Workspace, task.ID); err != nil || old.Status != enrich.Failed {
		t.Errorf("the first run: %+v, %v", old, err)
	}
	// Who may only look is not offered it, and is refused.
	h := keyed(b, map[string]postgres.Key{"viewer": {ID: "k-9", Name: "Eve", WorkspaceID: pgtest.Workspace, Holder: person}})
	if w := ask(h, http.MethodGet, at, nil, withKey("viewer")); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "Run again") {
		t.Errorf("a viewer sees the page with %d", w.Code)
	}
	if got, _ := press(h, at, withKey("viewer")); got != http.StatusForbidden {
		t.Errorf("a viewer: %d", got)
	}
	if got, _ := press(b.handler, "/tasks/00000000-0000-4000-8000-000000000000"); got != http.StatusNotFound {
		t.Errorf("no task: %d", got)
	}
	// A part of another task is not run by itself.
	part := b.enqueue(enrich.Request{EntityType: record.EntityDocument, EntityID: doc.ID, Type: enrich.AIInvoice, ParentID: &again.ID})
	b.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "x"})
	b.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "x"})
	if got, _ := press(b.handler, "/tasks/"+part.ID); got != http.StatusConflict {
		t.Errorf("a part: %d", got)
	}
}
