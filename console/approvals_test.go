package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

func testProposal(k till) {
	task, items := k.propose()
	at := "/approvals/" + task.ID
	k.shows("/approvals", at, "Are these their payments?", "P-5530", "258.00\u00a0EUR", "PAPETERIE DU RHONE", "−250.00\u00a0EUR", "(93 %)", `<b class="count">1<span class="unseen"> waiting</span></b>`)
	k.shows("/tasks/"+task.ID, `href="`+at+`"`, "Look and decide")
	body := k.shows(at, "/invoices/"+k.invoiceID, "/transactions/t-1", "Papeterie du Rhône", "FOURNITURES", "93 % likely, by name", "a part of the invoice", "The amounts differ",
		"Against", "−1.2", "nothing quoted", "For", "&#43;4.7", "Says nothing", "Next likely, 4 %", "/invoices/i-other", `It would change if: <bdi lang="en">the account were unknown</bdi>`,
		"releve.xml", "1 found no partner", `method="post"`, `name="reason"`)
	hash, err := enrich.OutputHash(k.task(task).Output)
	if got := form(body); err != nil || got.Get("hash") != hash || strings.Join(got["item"], " ") != strings.Join(items, " ") {
		k.Errorf("the form is %v, want %v of %s", got, items, hash)
	}
	if strings.Count(body, " checked") != 2 {
		k.Error("not every item begins ticked")
	}
	k.press(at, "reject")
}

func (k till) task(t enrich.Task) enrich.Task {
	k.Helper()
	task, err := k.db.Task(context.Background(), pgtest.Workspace, t.ID)
	if err != nil {
		k.Fatal(err)
	}
	return task
}

func testApprove(k till) {
	task, _ := k.propose()
	at := "/approvals/" + task.ID
	w := k.press(at, "approve", func(v url.Values) { v.Set("reason", " The bank kept\r\na fee.\x00 ") })
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != at {
		k.Fatalf("approve: %d %v\n%s", w.Code, w.Header(), w.Body)
	}
	d := k.decisions(task, 1)[0]
	if d.Verdict != enrich.Approve || d.Accepted != nil || d.By != "console" || d.Reason != "The bank kept\na fee." || d.EffectiveAt.Sub(d.CreatedAt) != enrich.DecisionGrace {
		k.Errorf("%+v", d)
	}
	body := k.shows(at, "It takes effect at", `value="undo"`, "2 of 2", "Takes effect soon", "The bank kept\na fee.", "Accepted")
	if strings.Contains(body, `value="approve"`) {
		k.Error("what is decided can be decided again")
	}
	k.shows("/approvals", "A decision was taken")
}

func testPartial(k till) {
	task, items := k.propose()
	k.press("/approvals/"+task.ID, "approve", func(v url.Values) { v["item"] = items[1:] })
	if d := k.decisions(task, 1)[0]; len(d.Accepted) != 1 || d.Accepted[0] != items[1] {
		k.Errorf("%+v", d)
	}
	k.shows("/approvals/"+task.ID, "1 of 2", "Accepted", "Refused")
	none, _ := k.propose()
	w := k.press("/approvals/"+none.ID, "approve", func(v url.Values) { v.Del("item"); v.Set("reason", "why not") })
	if body := w.Body.String(); w.Code != http.StatusConflict || !strings.Contains(body, "Nothing is ticked") || strings.Contains(body, " checked") || !strings.Contains(body, "why not") {
		k.Errorf("an approval of nothing: %d\n%s", w.Code, body)
	}
	k.decisions(none, 0)
}

func testReject(k till) {
	task, _ := k.propose()
	k.press("/approvals/"+task.ID, "reject", func(v url.Values) { v.Set("reason", "It is another shop.") })
	if d := k.decisions(task, 1)[0]; d.Verdict != enrich.Reject || d.Accepted != nil || d.Reason != "It is another shop." {
		k.Errorf("%+v", d)
	}
	body := k.shows("/approvals/"+task.ID, "Rejected", "It is another shop.")
	if strings.Contains(body, "Accepted") {
		k.Error("a rejection accepts")
	}
}

func testUndo(k till) {
	task, _ := k.propose()
	at := "/approvals/" + task.ID
	k.press(at, "approve")
	if w := k.press(at, "undo"); w.Code != http.StatusSeeOther || k.decisions(task, 1)[0].State != enrich.DecisionWithdrawn {
		k.Fatalf("undo: %d %+v", w.Code, k.decisions(task, 1))
	}
	k.shows(at, "Undone", `value="approve"`)
	// One that took effect cannot be undone, and stays to be read.
	v := form(k.shows(at))
	if _, err := k.db.Decide(context.Background(), pgtest.Workspace, task.ID, postgres.Verdict{Verdict: enrich.Reject, By: "Ada"}); err != nil {
		k.Fatal(err)
	}
	k.shows(at, "It is being carried out")
	k.settleReconcile(enrich.Settlement{Claim: enrich.Claim{Task: task}, To: enrich.Rejected, Outcome: enrich.OutcomeDecided, Output: k.task(task).Output})
	v.Set("decision", "undo")
	v.Set("undo", k.decisions(task, 2)[0].ID)
	if w := ask(k.handler, http.MethodPost, at, v); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "too late to undo") {
		k.Errorf("undo of what took effect: %d\n%s", w.Code, w.Body)
	}
	v.Set("decision", "approve")
	if w := ask(k.handler, http.MethodPost, at, v); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "no longer open") {
		k.Errorf("a decision on what is closed: %d", w.Code)
	}
	if body := k.shows(at, "Took effect", "Ada"); strings.Contains(body, "<textarea") {
		k.Error("a closed proposal has a form")
	}
}

// What changed since it was looked at is not decided, and begins anew.
func testChanged(k till) {
	task, items := k.propose()
	at := "/approvals/" + task.ID
	w := k.press(at, "approve", func(v url.Values) { v.Set("hash", "sha256:other"); v["item"] = items[:1]; v.Set("reason", "kept") })
	if body := w.Body.String(); w.Code != http.StatusConflict || !strings.Contains(body, "The proposal changed") || strings.Count(body, " checked") != 2 || !strings.Contains(body, ">kept</textarea>") {
		k.Errorf("a changed proposal: %d\n%s", w.Code, body)
	}
	if w := k.press(at, "approve", func(v url.Values) { v["item"] = []string{items[0], "gone"} }); w.Code != http.StatusConflict {
		k.Errorf("an item that is gone: %d", w.Code)
	}
	k.decisions(task, 0)
	first, second := form(k.shows(at)), form(k.shows(at))
	first.Set("decision", "approve")
	second.Set("decision", "reject")
	ask(k.handler, http.MethodPost, at, first)
	if w := ask(k.handler, http.MethodPost, at, second); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "Somebody else decided before you") {
		k.Errorf("the second of two deciders: %d", w.Code)
	}
	k.decisions(task, 1)
}

func testForms(k till) {
	task, _ := k.propose()
	at := "/approvals/" + task.ID
	for name, c := range map[string]struct {
		status int
		change func(url.Values)
	}{
		"no button": {400, func(v url.Values) { v.Del("decision") }}, "another button": {400, func(v url.Values) { v.Set("decision", "apply") }},
		"no hash": {400, func(v url.Values) { v.Del("hash") }}, "too long": {400, func(v url.Values) { v.Set("reason", strings.Repeat("x", maxForm)) }},
		"a long reason": {409, func(v url.Values) { v.Set("reason", strings.Repeat("ü", maxReason+1)) }},
		"many items":    {400, func(v url.Values) { v["item"] = make([]string, maxItems+1) }},
		"undo nothing":  {404, func(v url.Values) { v.Set("decision", "undo") }},
	} {
		if w := k.press(at, "approve", c.change); w.Code != c.status || !strings.Contains(w.Body.String(), "<h1>") {
			k.Errorf("%s: %d, want %d", name, w.Code, c.status)
		}
	}
	k.decisions(task, 0)
	for path, want := range map[string]int{
		"/approvals/nope": 404, "/approvals/%00": 404, "/approvals?older=x": 400, "/bank?older=x": 400, "/bank?older=2026-13-01|x": 400, "/bank?older=2026-01-01|%00": 400, "/bank?older=2026-01-01|x&newer=2026-01-01|x": 400,
		"/bank?older=2026-01-01|x": 200, "/transactions/nope": 404, "/transactions/%00": 404, "/transactions/%ff": 404,
	} {
		if status, _ := k.get(path); status != want {
			k.Errorf("GET %s: %d, want %d", path, status, want)
		}
	}
	if w := ask(k.handler, http.MethodPost, "/approvals/nope", url.Values{"decision": {"approve"}, "hash": {"x"}}); w.Code != http.StatusNotFound {
		k.Errorf("POST to no proposal: %d", w.Code)
	}
	other := k.enqueue(enrich.Request{EntityType: "company", EntityID: "c-1", Type: enrich.Logo})
	if status, body := k.get("/approvals/" + other.ID); status != http.StatusNotFound || !strings.Contains(body, "proposes nothing") {
		k.Errorf("a task that asks nothing: %d", status)
	}
}

func testDecidingKeys(k till) {
	task, _ := k.propose()
	at := "/approvals/" + task.ID
	v := form(k.shows(at))
	v.Set("decision", "approve")
	if _, err := k.db.EnsureWorkspace(context.Background(), "ws-other", "Other"); err != nil {
		k.Fatal(err)
	}
	keys := map[string]postgres.Key{
		"reader":  {WorkspaceID: pgtest.Workspace, Holder: "person", Scopes: []string{"enrichment_tasks:read"}},
		"agent":   {WorkspaceID: pgtest.Workspace, Holder: "agent", Scopes: []string{scopeApprove}},
		"service": {WorkspaceID: pgtest.Workspace, Holder: "service", Scopes: []string{scopeApprove}},
		"foreign": {WorkspaceID: "ws-other", Holder: "person", Scopes: []string{scopeApprove}},
		"ada":     {ID: "key-1", Name: "Ada", WorkspaceID: pgtest.Workspace, Holder: "person", Scopes: []string{scopeApprove}},
	}
	h := Handler(Options{Store: k.db, FindKey: func(_ context.Context, key string) (postgres.Key, error) {
		if found, ok := keys[key]; ok {
			return found, nil
		}
		return postgres.Key{}, enrich.Errorf("UNAUTHORIZED", "This API key is not known.")
	}})
	for _, c := range []struct {
		key, words string
		get, post  int
	}{
		{"", "", 303, 303},
		{"wrong", "", 303, 303},
		{"foreign", "There is nothing here", 404, 404},
		{"reader", "lacks the scope enrichment_tasks:approve", 200, 403},
		{"agent", "belongs to an agent", 200, 403},
		{"service", "belongs to a service", 200, 403},
	} {
		w := ask(h, http.MethodGet, at, nil, withKey(c.key))
		if w.Code != c.get || !strings.Contains(w.Body.String(), c.words) || strings.Contains(w.Body.String(), "<textarea") {
			k.Errorf("the page with the key %q: %d\n%s", c.key, w.Code, w.Body)
		}
		if w := ask(h, http.MethodPost, at, v, withKey(c.key), sameOrigin); w.Code != c.post {
			k.Errorf("a decision with the key %q: %d", c.key, w.Code)
		}
	}
	k.decisions(task, 0)
	if w := ask(h, http.MethodPost, at, v, withKey("ada"), sameOrigin); w.Code != http.StatusSeeOther || k.decisions(task, 1)[0].By != "Ada" {
		k.Errorf("a person's decision: %d", w.Code)
	}
	undo := url.Values{"decision": {"undo"}, "undo": {k.decisions(task, 1)[0].ID}}
	if w := ask(h, http.MethodPost, at, undo, withKey("agent"), sameOrigin); w.Code != http.StatusForbidden || k.decisions(task, 1)[0].State != enrich.DecisionWaiting {
		k.Errorf("an agent undoes: %d", w.Code)
	}
	if w := ask(h, http.MethodGet, at, nil, withKey("reader")); !strings.Contains(w.Body.String(), "It takes effect at") || strings.Contains(w.Body.String(), `value="undo"`) {
		k.Error("a key that may not decide is offered to undo")
	}
}

func testForeignForms(k till) {
	task, _ := k.propose()
	at := "/approvals/" + task.ID
	v := form(k.shows(at))
	v.Set("decision", "approve")
	for name, foreign := range map[string]func(*http.Request){
		"another site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a neighbour":    func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"another origin": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"another host":   func(r *http.Request) { r.Host = "evil.example" },
	} {
		if w := ask(k.handler, http.MethodPost, at, v, foreign); w.Code != http.StatusForbidden {
			k.Errorf("from %s: %d", name, w.Code)
		}
	}
	k.decisions(task, 0)
}

func testContradiction(k till) {
	doc := k.document("contradiction.pdf")
	task := k.enqueue(enrich.Request{EntityType: record.EntityDocument, EntityID: doc.ID, Type: enrich.AIInvoice})
	where := fmt.Sprintf(`"ref":{"entity_type":"document","entity_id":%q`, doc.ID)
	both := `{"field":"grand_total","xml":{"value":"100.00","grade":"verified","confidence":1,"provenance":[{` + where + `,"path":"/a/cbc:Total"}}]},
		"page":{"value":"900.00","grade":"single","confidence":0.8,"provenance":[{` + where + `,"page":2,"bbox":[1,2,3,4]},"quote":"900,00"}]},"why":"it asks for another amount"}`
	k.settle(enrich.Settlement{
		To: enrich.AwaitingApproval, Outcome: enrich.OutcomeAsked, Proposal: &enrich.Proposal{Items: []enrich.Item{{ID: "grand_total", Title: "the total"}}},
		Output: []byte(`{"local_currency":"EUR","_contradictions":[` + both + `],"_proposal":{"items":[{"id":"grand_total","title":"the total"}]}}`),
	})
	at := "/approvals/" + task.ID
	k.shows("/approvals", "Does what the XML states hold?", "the XML states <bdi>100.00\u00a0EUR</bdi>, the page shows <bdi>900.00\u00a0EUR</bdi>", "contradiction.pdf")
	k.shows(at, "100.00\u00a0EUR", "900.00\u00a0EUR", `href="/documents/`+doc.ID+`?page=2#box-page.grand_total"`, "<q>900,00</q>", `If the page is right: <bdi lang="en">it asks for another amount</bdi>`, "Verified", "80 %")
	// Nothing ticked takes the rest of the document.
	if w := k.press(at, "approve", func(v url.Values) { v.Del("item") }); w.Code != http.StatusSeeOther {
		k.Fatalf("approve the rest: %d", w.Code)
	}
	if d := k.decisions(task, 1)[0]; d.Accepted == nil || len(d.Accepted) != 0 {
		k.Errorf("%+v", d)
	}
}

func testHostileProposal(k till) {
	quoted, _ := json.Marshal(hostile)
	task := k.enqueue(enrich.Request{EntityType: record.EntityStatement, EntityID: k.statement.ID, Type: enrich.Reconcile})
	link := strings.NewReplacer("Q", string(quoted)).Replace(`{"invoice_transaction_id":Q,"invoice_id":Q,"transaction_id":Q,"amount":Q,"currency":Q,"match_method":Q,"reasons":[Q],"would_change_if":[Q],"runner_up":{"invoice_id":Q,"transaction_id":Q},
		"evidence":[{"signal":Q,"verdict":Q,"detail":Q}],"invoice":{"number":Q,"counterparty":Q,"open":Q},"transaction":{"remittance":Q,"amount":Q}}`)
	k.ask(fmt.Sprintf(`{"links":[7,{"amount":[]},%[2]s],"unmatched":[{"entity_type":%[1]s,"entity_id":%[1]s,"code":%[1]s}],"_contradictions":7,"_proposal":{"items":[{"id":%[1]s,"title":%[1]s},{"id":"x","title":%[1]s}]}}`, quoted, link),
		&enrich.Proposal{Items: []enrich.Item{{ID: hostile}, {ID: "x"}}})
	for _, path := range []string{"/approvals", "/approvals/" + task.ID, "/bank", "/transactions/t-2", "/invoices/" + k.invoiceID} {
		body := strings.ToLower(withoutModule(k.shows(path)))
		for _, bad := range []string{"<script", "<img", `href="javascript:`, " style="} {
			if strings.Contains(body, bad) {
				k.Errorf("GET %s holds %s", path, bad)
			}
		}
	}
	k.press("/approvals/"+task.ID, "reject", func(v url.Values) { v.Set("reason", hostile) })
	if body := k.shows("/approvals/" + task.ID); strings.Contains(withoutModule(body), "<script") || strings.Contains(body, "<img") {
		k.Error("the reason is markup")
	}
	for _, output := range []string{`[]`, `7`, `{"links":{},"_proposal":[]}`, `{"_proposal":{"items":[1]}}`, `{"_proposal":{"items":null},"links":[null]}`, ``} {
		readProposal(enrich.Task{Type: enrich.Reconcile, Output: json.RawMessage(output)}).find("x")
	}
}
