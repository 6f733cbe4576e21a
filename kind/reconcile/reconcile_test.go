package reconcile_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/kind/reconcile"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

func TestMain(m *testing.M) { kindtest.Main(m) }

// bench is a workspace with a year of bills and payments, so that the matcher
// has something to learn from.
type bench struct {
	*testing.T
	url  string
	db   *postgres.DB
	kind *reconcile.Kind
}

func setup(t *testing.T) bench {
	t.Helper()
	url := pgtest.URL(t)
	db := pgtest.Open(t, url)
	b := bench{T: t, url: url, db: db, kind: &reconcile.Kind{Records: db}}
	var entries []record.Transaction
	for i, supplier := range []string{"Papier Lindner KG", "Stadtwerke Ulm", "Fernsicht Telekom AG", "Reinigung Sauber OHG", "Kaffee Morgenrot GbR", "Spedition Pfeil SE"} {
		number, amount := fmt.Sprintf("L%d-20%02d", i, 61+i), fmt.Sprintf("%d.%02d", 120+37*i, 11*i)
		b.bill(number, supplier, amount, fmt.Sprintf("2026-10-%02d", 2+3*i))
		entries = append(entries, entry(number, "-"+amount, fmt.Sprintf("2026-10-%02d", 9+3*i), strings.ToUpper(supplier), "Rechnung "+number))
	}
	b.pay(entries...)
	return b
}

// bill makes an open invoice and returns its id: "i-" and its number.
func (b bench) bill(number, supplier, amount, date string) string {
	b.Helper()
	pgtest.Exec(b.T, b.url, fmt.Sprintf(`INSERT INTO companies (workspace_pk, company_id, name) SELECT pk, '%[1]s', '%[1]s' FROM workspaces ON CONFLICT DO NOTHING`, supplier))
	pgtest.Exec(b.T, b.url, fmt.Sprintf(`INSERT INTO invoices (workspace_pk, invoice_id, invoice_number, issuer_id, direction, grand_total, local_currency, issue_date)
		SELECT pk, 'i-%[1]s', '%[1]s', '%[2]s', 'inbound', %[3]s, 'EUR', '%[4]s' FROM workspaces`, number, supplier, amount, date))
	return "i-" + number
}

func entry(id, amount, date, name, text string) record.Transaction {
	return record.Transaction{ID: "t-" + id, Status: "booked", Amount: amount, Currency: "EUR", BookingDate: date, CounterpartyName: name, Remittance: []string{text}}
}

func (b bench) pay(entries ...record.Transaction) {
	b.Helper()
	_, _, err := b.db.ImportStatement(context.Background(), pgtest.Workspace, record.BankStatement{Format: "test", Checksum: entries[0].ID}, entries,
		func(record.BankStatement, []record.Transaction, []string) ([]enrich.Request, error) { return nil, nil })
	if err != nil {
		b.Fatal(err)
	}
}

func job(entityType, id string, input any) enrich.Job {
	raw, _ := json.Marshal(input)
	return enrich.Job{Attempt: 1, Task: enrich.Task{
		ID: "00000000-0000-4000-8000-000000000001", WorkspaceID: pgtest.Workspace, EntityType: entityType, EntityID: id,
		Type: enrich.Reconcile, Status: enrich.Processing, Input: raw,
	}}
}

func TestContract(t *testing.T) {
	b := setup(t)
	b.bill("ABO-10", "Wolkenspeicher AG", "49.00", "2026-11-01")
	b.bill("ABO-11", "Wolkenspeicher AG", "49.00", "2026-11-03")
	b.bill("FREE-1", "Niemand GmbH", "777.77", "2026-11-01")
	b.pay(entry("abo", "-49.00", "2026-11-09", "WOLKENSPEICHER AG", "Abo"))
	ids := func(list ...string) map[string]any { return map[string]any{"transaction_ids": list} }
	kindtest.Run(t, b.kind, []kindtest.Case{
		{Name: "an invoice that was paid", Job: job("invoice", "i-L0-2061", nil), Want: "Done", Check: links("confirmed", "i-L0-2061 t-L0-2061")},
		{Name: "several entries", Job: job("bank_statement", "s", ids("t-L1-2062", "t-L2-2063")), Want: "Done", Check: links("confirmed", "i-L1-2062 t-L1-2062", "i-L2-2063 t-L2-2063")},
		{Name: "two bills, one payment", Job: job("transaction", "t-abo", nil), Want: "Ask", Check: links("provisional", "i-ABO-10 t-abo", "i-ABO-11 t-abo")},
		{Name: "nothing pays it", Job: job("invoice", "i-FREE-1", nil), Want: "Done", Check: reason("NO_CANDIDATE")},
		{Name: "no such invoice", Job: job("invoice", "i-none", nil), Want: "Refuse", Code: "invoice_not_found"},
		{Name: "no such entry", Job: job("bank_statement", "s", ids("t-none")), Want: "Refuse", Code: "transaction_not_found"},
		{Name: "nothing named", Job: job("bank_statement", "s", nil), Want: "Refuse", Code: "nothing_to_match"},
		{Name: "something else", Job: job("document", "d", nil), Want: "Refuse", Code: "not_matchable"},
	})
}

func resultOf(a enrich.Answer) (enrich.Result, map[string]any) {
	var r enrich.Result
	switch a := a.(type) {
	case enrich.Done:
		r = a.Result
	case enrich.Ask:
		r = a.Result
	}
	var out map[string]any
	_ = json.Unmarshal(r.Output, &out)
	return r, out
}

// links checks that the links of an answer are some of these, with their status
// and their evidence.
func links(status string, pairs ...string) func(*testing.T, enrich.Answer) {
	return func(t *testing.T, a enrich.Answer) {
		_, out := resultOf(a)
		list, _ := out["links"].([]any)
		if len(list) == 0 {
			t.Fatalf("no links: %v", out)
		}
		for _, one := range list {
			l := one.(map[string]any)
			if pair := fmt.Sprint(l["invoice_id"], " ", l["transaction_id"]); !slices.Contains(pairs, pair) || l["edge_status"] != status {
				t.Errorf("%s is %v", pair, l["edge_status"])
			}
			if evidence, _ := l["evidence"].([]any); len(evidence) < 4 {
				t.Errorf("evidence %v", evidence)
			}
		}
	}
}

func reason(code string) func(*testing.T, enrich.Answer) {
	return func(t *testing.T, a enrich.Answer) {
		_, out := resultOf(a)
		if raw, _ := json.Marshal(out["unmatched"]); !strings.Contains(string(raw), code) || out["_outcome"] != "no_result" {
			t.Errorf("unmatched %s, outcome %v", raw, out["_outcome"])
		}
	}
}

// What waits for a person is not asked a second time, and what a person refused
// is not asked again at all.
func TestNothingIsAskedTwice(t *testing.T) {
	b := setup(t)
	b.bill("ABO-10", "Wolkenspeicher AG", "49.00", "2026-11-01")
	b.bill("ABO-11", "Wolkenspeicher AG", "49.00", "2026-11-03")
	b.pay(entry("abo", "-49.00", "2026-11-09", "WOLKENSPEICHER AG", "Abo"))
	first := b.run(job("transaction", "t-abo", nil))
	ask, ok := first.(enrich.Ask)
	if !ok || len(ask.Items) != 1 || len(ask.Now) != 1 {
		t.Fatalf("%T %+v", first, first)
	}
	if again, ok := b.run(job("transaction", "t-abo", nil)).(enrich.Done); !ok || !strings.Contains(string(again.Output), "another task") {
		t.Errorf("asked again: %+v", again)
	}
	// The person refuses: the edge is declined.
	task := pgtest.Query[string](t, b.url, `SELECT enrichment_task_id::text FROM enrichment_tasks WHERE status = 'awaiting_approval'`)
	if _, err := b.db.Decide(context.Background(), pgtest.Workspace, task, postgres.Verdict{Verdict: enrich.Reject, By: "Ada"}); err != nil {
		t.Fatal(err)
	}
	b.settle(b.claim(), enrich.Settlement{To: enrich.Rejected, Outcome: enrich.OutcomeDecided, Records: ask.Items[0].Refused})
	_, out := resultOf(b.run(job("transaction", "t-abo", nil)))
	refused := ask.Items[0].ID
	if raw, _ := json.Marshal(out["links"]); strings.Contains(string(raw), refused) {
		t.Errorf("a refused link came again: %s", raw)
	}
}

// run settles the answer of a job through the queue.
func (b bench) run(j enrich.Job) enrich.Answer {
	b.Helper()
	if _, err := b.db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{{EntityType: j.Task.EntityType, EntityID: j.Task.EntityID, Type: enrich.Reconcile, Input: j.Task.Input}}); err != nil {
		b.Fatal(err)
	}
	c := b.claim()
	answer := b.kind.Run(b.Context(), enrich.Job{Task: c.Task, Attempt: 1})
	switch a := answer.(type) {
	case enrich.Ask:
		b.settle(c, enrich.Settlement{To: enrich.AwaitingApproval, Outcome: enrich.OutcomeAsked, Output: a.Output, Records: a.Now, Proposal: &enrich.Proposal{Items: a.Items}})
	case enrich.Done:
		b.settle(c, enrich.Settlement{To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Output: a.Output, Records: a.Records})
	default:
		b.Fatalf("%T", answer)
	}
	return answer
}

func (b bench) claim() enrich.Claim {
	b.Helper()
	worker, err := b.db.Register(context.Background(), "test", []enrich.Type{enrich.Reconcile})
	if err != nil {
		b.Fatal(err)
	}
	claims, err := b.db.Claim(context.Background(), worker, []enrich.Type{enrich.Reconcile}, 1)
	if err != nil || len(claims) != 1 {
		b.Fatal(claims, err)
	}
	return claims[0]
}

func (b bench) settle(c enrich.Claim, s enrich.Settlement) {
	b.Helper()
	s.Claim = c
	if held, err := b.db.Settle(context.Background(), "test", []enrich.Settlement{s}); err != nil || !held[c.Token] {
		b.Fatal(held, err)
	}
}

// A row that the matcher cannot take stops nothing but its own match, and the
// task that is about it says why.
func TestARowThatCannotBeMatched(t *testing.T) {
	b := setup(t)
	b.bill("ODD-1", "Wolkenspeicher AG", "49.00", "2026-10-05")
	pgtest.Exec(t, b.url, `UPDATE invoices SET local_currency = 'EURO' WHERE invoice_id = 'i-ODD-1'`)
	b.bill("OLD-1", "Wolkenspeicher AG", "77.77", "0001-01-01")
	odd := entry("odd", "-10.123456", "2026-10-09", "PAPIER LINDNER KG", "micro")
	none := entry("zzz", "-10.00", "2026-10-09", "PAPIER LINDNER KG", "none")
	none.Currency = "ZZZ"
	b.pay(odd, none)
	links("confirmed", "i-L0-2061 t-L0-2061")(t, b.kind.Run(b.Context(), job("invoice", "i-L0-2061", nil)))
	reason("the currency is no ISO 4217 code")(t, b.kind.Run(b.Context(), job("invoice", "i-ODD-1", nil)))
	reason("NO_CANDIDATE")(t, b.kind.Run(b.Context(), job("invoice", "i-OLD-1", nil)))
	reason("more than four decimals")(t, b.kind.Run(b.Context(), job("transaction", "t-odd", nil)))
}

func TestCheckNamesTheFault(t *testing.T) {
	for input, field := range map[string]string{
		`{"kind": "person"}`:         "kind",
		`{"transaction_ids": "one"}`: "transaction_ids",
		`{"transaction_ids": [` + strings.Repeat(`"t",`, 1000) + `"t"]}`: "transaction_ids",
	} {
		err := (&reconcile.Kind{}).Check([]byte(input))
		if e, ok := err.(*enrich.Error); !ok || e.Field != field {
			t.Errorf("%.40s: %v", input, err)
		}
	}
}
