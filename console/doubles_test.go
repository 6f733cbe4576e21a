package console

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// proposeTakeback makes a reconcile task that proposes to take back the link of the
// invoice with t-1, because t-3 brought the payment back.
func (k till) proposeTakeback() enrich.Task {
	k.Helper()
	task := k.enqueue(enrich.Request{EntityType: record.EntityTransaction, EntityID: "t-3", Type: enrich.Reconcile})
	link := record.LinkID(pgtest.Workspace, k.invoiceID, "t-1")
	asked := []enrich.Item{{ID: link, Title: "take back: the invoice", Records: []enrich.RecordWrite{k.linkWrite("t-1", record.LinkRevoked)}, Refused: []enrich.RecordWrite{k.linkWrite("t-1", record.LinkConfirmed)}}}
	items, _ := json.Marshal(enrich.ShownItems(asked))
	k.ask(fmt.Sprintf(`{"links":[],"revocations":[7,{"invoice_transaction_id":%q,"invoice_id":%q,"transaction_id":"t-1","reversal_id":"t-3","amount":"250.00","currency":"EUR",
		"evidence":[{"signal":"reversal","verdict":"supports","detail":"the bank marks the entry as one that brings a payment back"},{"signal":"amount","verdict":"against","detail":"another amount"}],
		"rivals":["t-2"],"reasons":["AMBIGUOUS","PERIOD_LOCKED"],"would_change_if":["the entry brought another payment back"]}],"_proposal":{"items":%s}}`, link, k.invoiceID, items),
		&enrich.Proposal{Items: asked}, k.linkWrite("t-1", record.LinkConfirmed))
	return task
}

// proposeDouble makes a reconcile task that asks whether two companies are one.
func (k till) proposeDouble() enrich.Task {
	k.Helper()
	doc := k.document("fournil.xml").ID
	k.know(record.EntityCompany, "c-new", doc, map[string]string{"name": "ACME GmbH", "domain": "acme.example", "city": "Lyon"})
	k.know(record.EntityCompany, "c-old", doc, map[string]string{"name": "Acme Gesellschaft mbH", "domain": "acme.example", "phone": "+49 1"})
	task := k.enqueue(enrich.Request{EntityType: record.EntityCompany, EntityID: "c-new", Type: enrich.Reconcile})
	asked := []enrich.Item{{ID: "merge-1", Title: "ACME GmbH is Acme Gesellschaft mbH: merge the first into the second"}}
	items, _ := json.Marshal(enrich.ShownItems(asked))
	k.ask(fmt.Sprintf(`{"kind":"entity","links":["x",{"reconciliation_link_id":"merge-1","source_id":"c-new","target_id":"c-old","confidence":0.974,
		"evidence":[{"signal":"domain","verdict":"supports","weight":6,"detail":"acme.example"},{"signal":"name","verdict":"against","weight":-0.5,"detail":"ACME GmbH and Acme Gesellschaft mbH"}],
		"source":{"name":"ACME"},"target":{"name":"Acme Gesellschaft mbH"}}],"_proposal":{"items":%s}}`, items), &enrich.Proposal{Items: asked})
	return task
}

// A payment that came back is shown beside its return, with the link that would go.
func testTakeback(k till) {
	task := k.proposeTakeback()
	at := "/approvals/" + task.ID
	k.shows("/approvals", at, "Did this payment come back?", "250.00\u00a0EUR", "2026-11-18", "2026-11-20")
	body := k.shows(at, "Did this payment come back?", "Take back the payment of invoice", `href="/transactions/t-1">Payment`, `href="/transactions/t-3">Return`, "−250.00\u00a0EUR", "−3.00\u00a0EUR",
		"E2E-77", "The link that would go", "/invoices/"+k.invoiceID, "open again", "Another payment may have come back", "signed off", `href="/transactions/t-2">another payment`, "the bank marks the entry",
		"Against", "the entry brought another payment back", "no longer pays its invoice")
	for _, bad := range []string{"Is this its payment", "Approve links", "Weight, bits"} {
		if strings.Contains(body, bad) {
			k.Errorf("a return is shown as %q", bad)
		}
	}
	k.press(at, "reject")
}

// Two records of one company are a question about records, not about the bank.
func testDouble(k till) {
	task := k.proposeDouble()
	at := "/approvals/" + task.ID
	k.shows("/approvals", at, "Are these one company?", "Find duplicates", "ACME GmbH", "Acme Gesellschaft mbH", "(97 %)")
	body := k.shows(at, "Are these one company?", "Find duplicates", `href="/entities/company/c-new">Would give way`, `href="/entities/company/c-old">Would stay`, "Lyon", "&#43;49 1", "the same", "97 % likely one company", "Approve makes one company")
	for _, page := range []string{body, k.shows("/tasks/"+task.ID, "Find duplicates"), k.shows("/entities/company/c-new", "Find duplicates"), k.shows("/magic?of=company", "Find duplicates")} {
		if strings.Contains(page, "Match with bank") {
			k.Error("records are compared with the bank")
		}
	}
	k.press(at, "reject")
}

// Only what both records say is the same.
func TestLikeness(t *testing.T) {
	rows := double{Source: partyEnd{Name: "Acme", City: "Lyon"}, Target: partyEnd{Name: "ACME", Country: "FR"}}.Rows()
	if len(rows) != 3 || !rows[0].Same() || rows[1].Same() || rows[2].Same() {
		t.Errorf("%+v", rows)
	}
}
