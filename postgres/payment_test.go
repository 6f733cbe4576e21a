package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// What an invoice asks for is its balance: roundings make it more than the total,
// deposits less.
func TestPaidByItsBalance(t *testing.T) {
	for _, c := range []struct{ name, total, balance, paid, want string }{
		{"rounded up", "99.98", "100.00", "100.00", "paid 100.00"},
		{"after a deposit", "100.00", "60.00", "60.00", "paid 60.00"},
		{"in part", "100.00", "60.00", "20.00", "partially_paid 20.00"},
		{"no balance stated", "100.00", "0", "100.00", "paid 100.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := setup(t)
			b.pay(c.total, c.balance, c.paid)
			if got := b.payment(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// An invoice that a person corrects is paid by what it asks for now.
func TestACorrectedInvoiceIsPaidAnew(t *testing.T) {
	b := setup(t)
	b.pay("100.00", "100.00", "100.00")
	none := func(enrich.Occasion) ([]enrich.Request, error) { return nil, nil }
	values := map[string]json.RawMessage{"grand_total": []byte(`"250.00"`), "balance_due": []byte(`"250.00"`)}
	if err := b.db.EditRecord(context.Background(), pgtest.Workspace, postgres.Edit{EntityType: record.EntityInvoice, EntityID: "i-1", Values: values, By: "Ada"}, none); err != nil {
		t.Fatal(err)
	}
	if got := b.payment(); got != "partially_paid 100.00" {
		t.Error(got)
	}
}

// pay has a task link an invoice of 1 with a bank line that pays it.
func (b bench) pay(total, balance, paid string) {
	b.Helper()
	pgtest.Exec(b.T, b.url, fmt.Sprintf(`INSERT INTO transactions (workspace_pk, transaction_id, amount, currency) SELECT pk, 't-1', -%s, 'EUR' FROM workspaces`, paid))
	pgtest.Exec(b.T, b.url, fmt.Sprintf(`INSERT INTO invoices (workspace_pk, invoice_id, grand_total, balance_due, local_currency) SELECT pk, 'i-1', %s, %s, 'EUR' FROM workspaces`, total, balance))
	if _, err := b.db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{{EntityType: "invoice", EntityID: "i-1", Type: enrich.OCRExtract}}); err != nil {
		b.Fatal(err)
	}
	c := b.claim(b.worker, 1)[0]
	b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Records: []enrich.RecordWrite{linkOf("i-1", "t-1", paid)}})
}

func (b bench) payment() string {
	b.Helper()
	return pgtest.Query[string](b.T, b.url, `SELECT payment_status || ' ' || paid_total FROM invoices`)
}
