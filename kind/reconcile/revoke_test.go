package reconcile_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// paidAndBack makes an invoice that a direct debit paid, linked by the rules, and
// the entry by which the bank brings it back.
func paidAndBack(b bench, number, amount string) (link string) {
	b.Helper()
	b.bill(number, "Wolkenspeicher AG", amount, "2026-11-01")
	b.pay(direct(number, "-"+amount, "2026-11-09", "DD-"+number))
	b.run(job("transaction", "t-"+number, nil))
	if s := b.state(number); s != "confirmed paid" {
		b.Fatalf("%s is %s", number, s)
	}
	back := direct("back-"+number, amount, "2026-11-12", "DD-"+number)
	back.IsReversal = true
	b.pay(back)
	return record.LinkID(pgtest.Workspace, "i-"+number, "t-"+number)
}

func direct(id, amount, date, endToEnd string) record.Transaction {
	t := entry(id, amount, date, "WOLKENSPEICHER AG", "Lastschrift "+strings.TrimPrefix(id, "back-"))
	t.EndToEndID, t.Account = endToEnd, "DE02120300000000202051"
	return t
}

// state is what stands of an invoice and its link.
func (b bench) state(number string) string {
	b.Helper()
	return pgtest.Query[string](b.T, b.url, fmt.Sprintf(`SELECT coalesce(l.edge_status, '') || ' ' || i.payment_status FROM invoices i
		JOIN invoice_transactions l ON l.invoice_id = i.invoice_id AND l.transaction_id = 't-%[1]s' WHERE i.invoice_id = 'i-%[1]s'`, number))
}

// decide settles what a person says of the proposal that waits.
func (b bench) decide(ask enrich.Ask, v enrich.Verdict) {
	b.Helper()
	task := pgtest.Query[string](b.T, b.url, `SELECT enrichment_task_id::text FROM enrichment_tasks WHERE status = 'awaiting_approval'`)
	if _, err := b.db.Decide(context.Background(), pgtest.Workspace, task, postgres.Verdict{Verdict: v, By: "Ada"}); err != nil {
		b.Fatal(err)
	}
	to, records := enrich.Completed, ask.Items[0].Records
	if v == enrich.Reject {
		to, records = enrich.Rejected, ask.Items[0].Refused
	}
	for i := range records {
		for k := range records[i].Fields {
			records[i].Fields[k].Origin = enrich.BySuggestion // as the engine carries a decision out
		}
	}
	b.settle(b.claim(), enrich.Settlement{To: to, Outcome: enrich.OutcomeDecided, Records: records})
}

// An entry that brings a linked payment back proposes to take the link back, with
// what speaks for it; a person decides, and after a yes the invoice is open.
func TestReversalTakesLinksBack(t *testing.T) {
	b := setup(t)
	link := paidAndBack(b, "RL-1", "49.00")
	ask, ok := b.run(job("transaction", "t-back-RL-1", nil)).(enrich.Ask)
	if !ok || len(ask.Items) != 1 || ask.Items[0].ID != link {
		t.Fatalf("%+v", ask)
	}
	var out struct {
		Decision    string `json:"decision"`
		Revocations []struct {
			Link     string `json:"invoice_transaction_id"`
			Reversal string `json:"reversal_id"`
			Proposed string `json:"proposed_status"`
			Evidence []struct{ Signal, Verdict, Detail string }
		} `json:"revocations"`
	}
	if err := json.Unmarshal(ask.Output, &out); err != nil || len(out.Revocations) != 1 {
		t.Fatalf("%v: %s", err, ask.Output)
	}
	v := out.Revocations[0]
	signals := ""
	for _, e := range v.Evidence {
		signals += e.Signal + " " + e.Verdict + " "
	}
	if v.Link != link || v.Reversal != "t-back-RL-1" || v.Proposed != "revoked" || signals != "reversal supports reference supports counterparty supports amount supports " {
		t.Errorf("%+v", v)
	}
	if s := b.state("RL-1"); s != "confirmed paid" {
		t.Errorf("before a person decided: %s", s)
	}
	if again, ok := b.run(job("transaction", "t-back-RL-1", nil)).(enrich.Done); !ok {
		t.Errorf("asked a second time: %+v", again)
	}
	b.decide(ask, enrich.Approve)
	if s := b.state("RL-1"); s != "revoked unpaid" {
		t.Errorf("after a yes: %s", s)
	}
	// The pair is not proposed again, and neither entry pays another invoice.
	b.bill("RL-2", "Wolkenspeicher AG", "49.00", "2026-11-02")
	for _, id := range []string{"i-RL-1", "i-RL-2"} {
		if _, out := resultOf(b.run(job("invoice", id, nil))); len(out["links"].([]any)) != 0 {
			t.Errorf("%s is linked: %v", id, out["links"])
		}
	}
}

// A person who says no is not asked again, and who took a link back puts it back.
func TestReversalRefusedAndUndone(t *testing.T) {
	b := setup(t)
	link := paidAndBack(b, "RL-1", "49.00")
	b.decide(b.run(job("transaction", "t-back-RL-1", nil)).(enrich.Ask), enrich.Reject)
	if s := b.state("RL-1"); s != "confirmed paid" {
		t.Errorf("after a no: %s", s)
	}
	if again, ok := b.run(job("transaction", "t-back-RL-1", nil)).(enrich.Done); !ok {
		t.Errorf("asked a second time: %+v", again)
	}
	for _, step := range []struct{ status, want string }{{"revoked", "revoked unpaid"}, {"confirmed", "confirmed paid"}} {
		err := b.db.EditRecord(context.Background(), pgtest.Workspace, postgres.Edit{
			EntityType: record.EntityLink, EntityID: link, By: "Ada", Values: map[string]json.RawMessage{"edge_status": json.RawMessage(`"` + step.status + `"`)},
		}, func(enrich.Occasion) ([]enrich.Request, error) { return nil, nil })
		if s := b.state("RL-1"); err != nil || s != step.want {
			t.Errorf("%s: %s, %v", step.status, s, err)
		}
	}
}

// What is no reversal takes nothing back: a payment of a customer's for the same
// amount, a return of another party's, and one that came before the payment.
func TestNoReversal(t *testing.T) {
	b := setup(t)
	paidAndBack(b, "RL-1", "49.00")
	other := direct("other", "49.00", "2026-11-13", "DD-9")
	plain := direct("plain", "49.00", "2026-11-13", "")
	other.IsReversal, other.CounterpartyName = true, "ANDERE GMBH"
	early := direct("early", "49.00", "2026-11-08", "DD-RL-1")
	early.IsReversal = true
	b.pay(other, plain, early)
	for _, e := range []record.Transaction{other, plain, early} {
		if a, ok := b.run(job("transaction", e.ID, nil)).(enrich.Done); !ok {
			t.Errorf("%s: %+v", e.ID, a)
		}
	}
}

// A return that brings back less, or a fee with it, is found by its end-to-end id,
// and says so; of two payments that it might be, the later one is named first.
func TestReversalOfAnotherAmount(t *testing.T) {
	b := setup(t)
	b.bill("RL-1", "Wolkenspeicher AG", "49.00", "2026-11-01")
	b.pay(direct("RL-1", "-49.00", "2026-11-09", "DD-RL-1"))
	b.run(job("transaction", "t-RL-1", nil))
	back := direct("back-RL-1", "46.00", "2026-11-12", "DD-RL-1")
	back.IsReversal = true
	b.pay(back)
	ask, ok := b.run(job("transaction", back.ID, nil)).(enrich.Ask)
	if !ok || !strings.Contains(string(ask.Output), "46.00 came back of -49.00") {
		t.Errorf("%+v", ask)
	}
}
