package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// till is a bench with bank entries, some of which may pay an invoice.
type till struct {
	bench
	invoiceID string
	statement record.BankStatement
	worker    int64
}

// One till serves these tests; each has proposals of its own.
func TestMoney(t *testing.T) {
	b := setup(t)
	b.shows("/approvals", "Nothing waits for you")
	b.shows("/bank", "No bank entry has been imported yet")
	k := fill(b)
	for _, c := range []struct {
		name string
		test func(till)
	}{
		{"inbox and page", testProposal},
		{"approve", testApprove},
		{"in part", testPartial},
		{"reject", testReject},
		{"undo", testUndo},
		{"changed", testChanged},
		{"forms", testForms},
		{"keys", testDecidingKeys},
		{"foreign", testForeignForms},
		{"contradiction", testContradiction},
		{"hostile", testHostileProposal},
		{"bank", testBank},
		{"pages of the bank", testBankPages},
		{"taken back", testTakeback},
		{"two records", testDouble},
	} {
		t.Run(c.name, func(t *testing.T) {
			k.T = t
			c.test(k)
		})
	}
}

// openTill makes a till of its own.
func openTill(t *testing.T) till {
	t.Helper()
	return fill(setup(t))
}

func fill(b bench) till {
	b.Helper()
	k := till{bench: b}
	_, k.invoiceID = b.readInvoice(b.document("moulin.xml"))
	var err error
	if k.worker, err = b.db.Register(context.Background(), "worker-1", []enrich.Type{enrich.Reconcile}); err != nil {
		b.Fatal(err)
	}
	k.pay()
	return k
}

// pay imports entries t-1 to t-3, the last of which nothing was found for.
func (k *till) pay() {
	k.Helper()
	entries := []record.Transaction{
		{
			ID: "t-1", Status: "booked", Amount: "-250.00", Currency: "EUR", BookingDate: "2026-11-18", ValueDate: "2026-11-19", CounterpartyName: "PAPETERIE DU RHONE",
			CounterpartyIBAN: "FR7630088001200009912034524", CounterpartyBIC: "AGRIFRPP", Remittance: []string{"FOURNITURES", "OCT"}, StructuredReference: "RF18539007547034",
			ReferenceType: "SCOR", EndToEndID: "E2E-77", ExternalID: "BANK-9", Type: "PMNT-RDDT", DocumentReferences: []string{"P-5530"}, InstructedAmount: "-270.00", InstructedCurrency: "USD",
			IsReversal: true, Details: json.RawMessage(`{"part":"one"}`), SourceRef: "Stmt[1]/Ntry[7]", Account: "DE89370400440532013000",
		},
		{ID: "t-2", Status: "pending", Amount: "12.00", Currency: "EUR", CounterpartyName: hostile, Remittance: []string{hostile}},
		{ID: "t-3", Status: "booked", Amount: "-3.00", Currency: "EUR", BookingDate: "2026-11-20"},
	}
	var err error
	k.statement, _, err = k.db.ImportStatement(context.Background(), pgtest.Workspace, record.BankStatement{
		Filename: "releve.xml", Format: "camt.053", Checksum: "sha256:1", Statements: []record.AccountStatement{{Account: "DE89370400440532013000", Currency: "EUR", Opening: "100.00", Closing: "1.00"}},
		Warnings: []record.ImportWarning{{Code: "balance_gap", Message: "The balances leave a gap of 5.00."}},
	}, entries, func(record.BankStatement, []record.Transaction, []string) ([]enrich.Request, error) { return nil, nil })
	if err != nil {
		k.Fatal(err)
	}
}

const shownEvidence = `"confidence":0.93,"match_method":"name","runner_up":{"invoice_id":"i-other","transaction_id":"t-1","confidence":0.04},"would_change_if":["the account were unknown"],"reasons":["FEE_VARIANCE"],
	"evidence":[{"signal":"reference","verdict":"against","weight":-1.2,"detail":"nothing quoted"},{"signal":"amount","verdict":"supports","weight":4.7,"detail":"250.00 for 258.00"},{"signal":"account","verdict":"neutral","weight":0,"detail":"account missing"}],
	"invoice":{"number":"P-5530","counterparty":"Papeterie du Rhône","open":"258.00","currency":"EUR","issue_date":"2026-10-20","due_date":"2026-11-20"},
	"transaction":{"booking_date":"2026-11-18","amount":"-250.00","currency":"EUR","counterparty":"PAPETERIE DU RHONE","remittance":"FOURNITURES"}`

// linkWrite is the write of a link with a status.
func (k till) linkWrite(transactionID string, status record.LinkStatus) enrich.RecordWrite {
	w := enrich.RecordWrite{EntityType: record.EntityLink, EntityID: record.LinkID(pgtest.Workspace, k.invoiceID, transactionID)}
	for name, value := range map[string]any{
		"invoice_id": k.invoiceID, "transaction_id": transactionID, "amount": "250.00", "currency": "EUR", "match_method": "name", "edge_status": status, "confidence": .93,
	} {
		raw, _ := json.Marshal(value)
		w.Fields = append(w.Fields, enrich.FieldWrite{Name: name, Value: raw, Origin: enrich.ByRule, Confidence: .93, Grade: enrich.Single, Evidence: []enrich.Evidence{}})
	}
	return w
}

// propose makes a reconcile task that asks about links of the invoice with t-1
// and t-2, and explains t-3.
func (k till) propose() (task enrich.Task, items []string) {
	k.Helper()
	task = k.enqueue(enrich.Request{EntityType: record.EntityStatement, EntityID: k.statement.ID, Type: enrich.Reconcile})
	asked, shown := []enrich.Item{}, []string{}
	for _, id := range []string{"t-1", "t-2"} {
		link := record.LinkID(pgtest.Workspace, k.invoiceID, id)
		items = append(items, link)
		asked = append(asked, enrich.Item{
			ID: link, Title: "invoice with " + id, Records: []enrich.RecordWrite{k.linkWrite(id, record.LinkConfirmed)},
			Refused: []enrich.RecordWrite{k.linkWrite(id, record.LinkDeclined)},
		})
		shown = append(shown, fmt.Sprintf(`{"invoice_transaction_id":%q,"invoice_id":%q,"transaction_id":%q,"amount":"250.00","currency":"EUR","is_partial":true,"edge_status":"provisional",%s}`, link, k.invoiceID, id, shownEvidence))
	}
	list, _ := json.Marshal(enrich.ShownItems(asked))
	output := fmt.Sprintf(`{"links":[%s],"unmatched":[{"entity_type":"transaction","entity_id":"t-3","code":"NO_CANDIDATE","message":"none"}],"_proposal":{"items":%s}}`, strings.Join(shown, ","), list)
	k.ask(output, &enrich.Proposal{Items: asked}, k.linkWrite("t-1", record.LinkProvisional))
	return task, items
}

// ask settles the one reconcile task that is due as a proposal.
func (k till) ask(output string, p *enrich.Proposal, now ...enrich.RecordWrite) {
	k.Helper()
	k.settleReconcile(enrich.Settlement{To: enrich.AwaitingApproval, Outcome: enrich.OutcomeAsked, Output: []byte(output), Proposal: p, Records: now})
}

func (k till) settleReconcile(s enrich.Settlement) {
	k.Helper()
	s.Claim = claimFor(k.T, k.db, k.worker, s.Claim.Task.ID, enrich.Reconcile)
	if held, err := k.db.Settle(context.Background(), "worker-1", []enrich.Settlement{s}); err != nil || !held[s.Claim.Token] {
		k.Fatalf("settle: %v, %v", held, err)
	}
}

// claimFor claims the decision on a task or, where none is named, the task that
// was just made. Decisions whose grace is over may come before it: they are carried
// out first.
func claimFor(t *testing.T, db *postgres.DB, worker int64, decided string, kinds ...enrich.Type) enrich.Claim {
	t.Helper()
	for range 100 {
		claims, err := db.Claim(context.Background(), worker, kinds, 1)
		if err != nil || len(claims) != 1 {
			t.Fatalf("claims: %+v, %v", claims, err)
		}
		if c := claims[0]; c.Decision == nil || c.Task.ID == decided {
			return c
		}
		if _, err := db.Settle(context.Background(), "worker-1", []enrich.Settlement{{Claim: claims[0], To: enrich.Completed, Outcome: enrich.OutcomeDecided}}); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("nothing but other decisions was claimed")
	return enrich.Claim{}
}

// form is the form that a page holds, as a browser would send it.
func form(body string) url.Values {
	v := url.Values{}
	for _, name := range []string{"hash", "item", "undo"} {
		for _, m := range regexp.MustCompile(`name="`+name+`" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			v.Add(name, m[1])
		}
	}
	return v
}

// press sends the form of a page with one of its buttons.
func (k till) press(at, button string, change ...func(url.Values)) *httptest.ResponseRecorder {
	k.Helper()
	v := form(k.shows(at))
	v.Set("decision", button)
	for _, f := range change {
		f(v)
	}
	return ask(k.handler, http.MethodPost, at, v, sameOrigin)
}

func sameOrigin(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }

// decisions reads what was decided, and wants so many of them.
func (k till) decisions(task enrich.Task, n int) []enrich.Decision {
	k.Helper()
	list, err := k.db.Decisions(context.Background(), pgtest.Workspace, task.ID)
	if err != nil || len(list) != n {
		k.Fatalf("%d decisions, want %d: %+v, %v", len(list), n, list, err)
	}
	return list
}
