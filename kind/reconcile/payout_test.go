package reconcile_test

import (
	"fmt"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// sell makes open sales on a day and returns their ids.
func (b bench) sell(date string, amounts ...string) (ids []string) {
	b.Helper()
	for k, amount := range amounts {
		id := b.bill(fmt.Sprintf("S%s-%d", date[5:], k), fmt.Sprintf("Kundin %c %s", 'A'+k, date[8:]), amount, date)
		pgtest.Exec(b.T, b.url, fmt.Sprintf(`UPDATE invoices SET direction = 'outbound', receiver_id = issuer_id, issuer_id = NULL WHERE invoice_id = '%s'`, id))
		ids = append(ids, id)
	}
	return ids
}

// A provider's payout that quotes nothing proposes the sales before it; what two
// accepted payouts lacked is then the workspace's own fee, which no tariff prints.
func TestPayoutsOfAProvider(t *testing.T) {
	b := setup(t)
	payout := func(id, amount, date string) record.Transaction {
		return entry(id, amount, date, "STRIPE PAYMENTS EUROPE", "PAYOUT "+id)
	}
	b.sell("2026-09-02", "61.20", "118.35", "44.90")
	b.pay(payout("p1", "220.33", "2026-09-04"))
	ask, ok := b.run(job("transaction", "t-p1", nil)).(enrich.Ask)
	if !ok || len(ask.Items) != 3 {
		t.Fatalf("%+v", ask)
	}
	b.sell("2026-10-21", "100.00", "200.00")
	b.pay(payout("p2", "293.70", "2026-10-23")) // 2.1 %, which no tariff prints
	if _, out := resultOf(b.run(job("transaction", "t-p2", nil))); len(out["links"].([]any)) != 0 {
		t.Errorf("found without a tariff: %v", out["links"])
	}
	for k, amounts := range [][2]string{{"300.00", "293.70"}, {"500.00", "489.50"}} { // accepted before: both lacked 2.1 %
		half := map[string]string{"300.00": "150.00", "500.00": "250.00"}[amounts[0]]
		date := fmt.Sprintf("2026-07-%02d", 1+7*k)
		ids := b.sell(date, half, half)
		b.pay(payout(fmt.Sprint("old", k), amounts[1], date))
		for n, id := range ids {
			part := map[bool]string{true: half, false: map[string]string{"150.00": "143.70", "250.00": "239.50"}[half]}[n == 0]
			pgtest.Exec(t, b.url, fmt.Sprintf(`INSERT INTO invoice_transactions (workspace_pk, invoice_transaction_id, invoice_id, transaction_id, amount, currency, edge_status)
				SELECT pk, 'l-%[1]s', '%[1]s', 't-old%[2]d', %[3]s, 'EUR', 'confirmed' FROM workspaces`, id, k, part))
			pgtest.Exec(t, b.url, fmt.Sprintf(`UPDATE invoices SET paid_total = %s, payment_status = 'paid' WHERE invoice_id = '%s'`, part, id))
		}
	}
	again, ok := b.run(job("transaction", "t-p2", nil)).(enrich.Ask)
	if !ok || len(again.Items) != 2 {
		t.Errorf("%+v", again)
	}
}

// Two payments that together pay three bills of one company are found from either of
// them, and what each gives to each adds up.
func TestSeveralForSeveral(t *testing.T) {
	b := setup(t)
	for k, amount := range []string{"310.10", "87.45", "1200.17"} {
		b.bill(fmt.Sprint("WS-70", k), "Wolkenspeicher AG", amount, fmt.Sprintf("2026-11-0%d", 1+k))
	}
	all := "WS-700 WS-701 WS-702"
	b.pay(entry("w1", "-701.33", "2026-11-10", "WOLKENSPEICHER AG", "Teil "+all), entry("w2", "-896.39", "2026-11-14", "WOLKENSPEICHER AG", "Rest "+all))
	r, out := resultOf(b.run(job("transaction", "t-w1", nil)))
	links, _ := out["links"].([]any)
	if len(links) == 0 {
		t.Fatalf("%s", r.Output)
	}
	b.run(job("transaction", "t-w2", nil))
	for id, want := range map[string]string{"t-w1": "701.33", "t-w2": "896.39"} {
		if sum := pgtest.Query[string](t, b.url, `SELECT coalesce(sum(amount), 0)::text FROM invoice_transactions WHERE transaction_id = '`+id+`'`); sum != want {
			t.Errorf("%s gives %s, want %s", id, sum, want)
		}
	}
}
