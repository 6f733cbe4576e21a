package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

func TestSearch(t *testing.T) {
	k := openTill(t)
	task, _ := k.propose()
	doc := k.document("fournil.xml").ID
	k.know(record.EntityCompany, "c-1", doc, map[string]string{"name": "Moulin SARL", "tax_id_value": "FR40303265045", "domain": "moulin.example"})
	k.know(record.EntityPerson, "p-1", doc, map[string]string{"full_name": "Ada Martin"})
	at := func(q string) string { return "/search?" + url.Values{"q": {q}}.Encode() }
	for q, want := range map[string]string{
		"moul": "/entities/company/c-1", "MOULIN SARL": "/entities/company/c-1", "fr40303265045": "/entities/company/c-1", "moulin.example": "/entities/company/c-1",
		"F-1": "/invoices/" + k.invoiceID, "12345,60": "/invoices/" + k.invoiceID, "12345.60 eur": "/invoices/" + k.invoiceID,
		"papeterie": "/transactions/t-1", "250": "/transactions/t-1", "fr76 3008 8001 2000 0991 2034 524": "/transactions/t-1", "-250.00": "/transactions/t-1",
	} {
		if body := k.shows(at(q), `<a href="`+want+`">`); strings.Contains(body, "Nothing was found") {
			t.Errorf("%q", q)
		}
	}
	for q, want := range map[string]string{
		task.ID: "/tasks/" + task.ID, doc: "/documents/" + doc, "2026-10": "/close/2026-10", "status:failed type:logo": "/tasks?status=failed&type=logo", "p-1": "/entities/person/p-1",
	} {
		w := ask(k.handler, http.MethodGet, at(q), nil)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%q leads with %d to %q, want %q", q, w.Code, w.Header().Get("Location"), want)
		}
	}
	for _, q := range []string{"moulx", "250 USD", "%", "_", "\\", "status:", "mood:blue", "9999999999999999999999"} {
		if body := k.shows(at(q), "Nothing was found"); strings.Contains(body, "<script>alert") {
			t.Errorf("%q is written as it is", q)
		}
	}
	if body := k.shows(at(hostile[:20]), "/transactions/t-2"); strings.Contains(body, "<script>alert") {
		t.Error("what was sought and found is written as it is")
	}
	k.shows("/search", "What to look for")
	for _, q := range []string{strings.Repeat("x", 201), "a\x00b"} {
		if got, _ := k.get(at(q)); got != http.StatusBadRequest {
			t.Errorf("%q: %d", q, got)
		}
	}
	// Who may not see people finds none.
	h := keyed(k.bench, map[string]postgres.Key{"viewer": {ID: "k-9", Name: "Eve", WorkspaceID: task.WorkspaceID, Holder: person}})
	if w := ask(h, http.MethodGet, at("p-1"), nil, withKey("viewer")); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Nothing was found") {
		t.Errorf("a key without people:read: %d %s", w.Code, w.Header().Get("Location"))
	}
}
