package api_test

import (
	"testing"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A person takes back a link that holds, which opens its invoice, and puts it back;
// what was never linked is decided on its task, and nobody else writes links.
func TestLinksAreTakenBack(t *testing.T) {
	b := setup(t)
	own := func(sql string) { pgtest.Exec(b, b.dbURL, "INSERT INTO "+sql, pgtest.Workspace) }
	const ws = `(SELECT pk FROM workspaces WHERE workspace_id = $1)`
	own(`invoices (workspace_pk, invoice_id, grand_total, local_currency, payment_status, paid_total) VALUES (` + ws + `, 'i', 49, 'EUR', 'paid', 49), (` + ws + `, 'j', 49, 'EUR', 'unpaid', 0)`)
	own(`transactions (workspace_pk, transaction_id, status, amount, currency) VALUES (` + ws + `, 't', 'booked', -49, 'EUR')`)
	own(`invoice_transactions (workspace_pk, invoice_transaction_id, invoice_id, transaction_id, amount, currency, edge_status)
		VALUES (` + ws + `, 'l', 'i', 't', 49, 'EUR', 'confirmed'), (` + ws + `, 'm', 'j', 't', 49, 'EUR', 'provisional')`)
	set := func(id, status string) reply {
		return b.send("PATCH", "/v1/invoice-transactions/"+id, `{"data":{"type":"invoice_transaction","id":"`+id+`","attributes":{"edge_status":"`+status+`"}}}`)
	}
	paid := func() string { return b.get("/v1/invoices/i").text("data", "attributes", "payment_status") }
	if r := set("l", "revoked"); r.status != 200 || r.text("data", "attributes", "edge_status") != "revoked" || paid() != "unpaid" {
		t.Errorf("%v, %s", r, paid())
	}
	if r := set("l", "confirmed"); r.status != 200 || paid() != "paid" {
		t.Errorf("%v, %s", r, paid())
	}
	for _, c := range [][2]string{{"m", "confirmed"}, {"m", "revoked"}, {"l", "declined"}} {
		if r := set(c[0], c[1]); r.status != 422 {
			t.Errorf("%v: %v", c, r)
		}
	}
	// Where the payment was used otherwise meanwhile, the link is not put back.
	set("l", "revoked")
	pgtest.Exec(b, b.dbURL, `UPDATE invoice_transactions SET edge_status = 'confirmed' WHERE invoice_transaction_id = 'm'`)
	if r := set("l", "confirmed"); r.status != 422 || paid() != "unpaid" {
		t.Errorf("%v, %s", r, paid())
	}
}
