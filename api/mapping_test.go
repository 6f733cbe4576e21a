package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// How a table is read is shown with the import and remembered for its bank: a
// file in which every day could be a month is read as the one before it was.
func TestATableIsReadAsItsBanksLast(t *testing.T) {
	b := setup(t)
	upload := func(rows string) map[string]any {
		r := b.send("POST", "/v1/bank-statements", "Date,Description,Amount\n"+rows, "Content-Type", "application/octet-stream",
			"Content-Disposition", `attachment; filename="s.csv"`)
		if r.status != 201 {
			t.Fatal(r)
		}
		return dig(r.doc, "data", "attributes", "mapping").(map[string]any)
	}
	if m := upload("02/25/2026,Rent,-800.50\n03/02/2026,Sale,12.25\n"); m["date_layout"] != "1/2/2006" || m["doubts"] != nil {
		t.Fatalf("a sure table: %v", m)
	}
	if m := upload("04/05/2026,Rent,-800.51\n"); m["date_layout"] != "1/2/2006" {
		t.Errorf("a table in doubt: %v", m)
	}
	day := pgtest.Query[string](t, b.dbURL, `SELECT booking_date::text FROM transactions WHERE amount = -800.51`)
	if day != "2026-04-05" {
		t.Errorf("booked on %s", day)
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM bank_csv_mappings WHERE is_sure`); n != 1 {
		t.Errorf("%d mappings are remembered", n)
	}
}

// A person who corrects the mapping has the file read anew: its entries are replaced,
// links that the rules made of those that go are taken back, those that a person
// decided on refuse it, and the next file of the bank is read so.
func TestAMappingIsCorrected(t *testing.T) {
	b := setup(t)
	upload := func(rows string) reply {
		return b.send("POST", "/v1/bank-statements", "Date,Description,Payee,Amount\n"+rows, "Content-Type", "application/octet-stream",
			"Content-Disposition", `attachment; filename="s.csv"`)
	}
	id := upload("03/04/2026,Rent,Haus AG,-800.50\n05/06/2026,Sale,Kunde,12.25\n").text("data", "id")
	correct := func(mapping string) reply {
		return b.send("PATCH", "/v1/bank-statements/"+id, `{"data":{"type":"bank_statement","id":"`+id+`","attributes":{"mapping":`+mapping+`}}}`)
	}
	days := func() string {
		return pgtest.Query[string](t, b.dbURL, `SELECT coalesce(string_agg(booking_date::text, ' ' ORDER BY booking_date), '') FROM transactions WHERE deleted_at IS NULL`)
	}
	if d := days(); d != "2026-04-03 2026-06-05" {
		t.Fatal(d)
	}
	const link = `INSERT INTO invoice_transactions (workspace_pk, invoice_transaction_id, invoice_id, transaction_id, amount, currency, edge_status)
		SELECT t.workspace_pk, 'l', 'i', t.transaction_id, 800.50, NULL, 'confirmed' FROM transactions t WHERE t.amount = -800.50 AND t.deleted_at IS NULL`
	pgtest.Exec(t, b.dbURL, `INSERT INTO invoices (workspace_pk, invoice_id, grand_total) SELECT pk, 'i', 800.50 FROM workspaces WHERE workspace_id = $1`, pgtest.Workspace)
	pgtest.Exec(t, b.dbURL, link)
	r := correct(`{"date_layout": "1/2/2006"}`)
	if m, _ := r.at("data", "attributes", "mapping").(map[string]any); r.status != 200 || m["corrected"] != true || m["doubts"] != nil || days() != "2026-03-04 2026-05-06" {
		t.Fatal(r, days())
	}
	if s := pgtest.Query[string](t, b.dbURL, `SELECT edge_status FROM invoice_transactions`); s != "revoked" {
		t.Errorf("the link of an entry that is no more is %s", s)
	}
	// A file that leaves the order in doubt is read as the person said.
	if r := upload("03/04/2026,Rent,Haus AG,-900.50\n"); r.status != 201 || days() != "2026-03-04 2026-03-04 2026-05-06" {
		t.Error(r, days())
	}
	// Back again: the same entries come back, and a column is left out.
	if r := correct(`{"date_layout": "2/1/2006", "counterparty": 0}`); r.status != 200 || days() != "2026-03-04 2026-04-03 2026-06-05" {
		t.Error(r, days())
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM transactions WHERE deleted_at IS NULL AND counterparty_name IS NOT NULL`); n != 1 {
		t.Errorf("%d entries have a counterparty, want that of the other file", n)
	}
	// A file that leaves nothing in doubt is read as the person said, too, and one that
	// cannot be as it is guessed, with a warning.
	sure := upload("25/12/2026,Gift,Kind,-1.50\n")
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM transactions WHERE counterparty_name = 'Kind'`); sure.status != 201 || n != 0 {
		t.Error(sure)
	}
	other := upload("2026-12-26,Gift,Kind,-2.50\n")
	if w, _ := json.Marshal(other.at("data", "attributes", "warnings")); other.status != 201 || !strings.Contains(string(w), "format_guessed") {
		t.Error(other)
	}
	pgtest.Exec(t, b.dbURL, `DELETE FROM transactions WHERE amount IN (-1.50, -2.50)`)
	for _, bad := range []string{`{"date": 9}`, `{"date_layout": "yyyy"}`, `{"amount": 2}`, `{"amount": 0}`, `{"colour": 1}`, `{"date": "one"}`, `{"header_row": 99}`, `{"amount": -1}`, `null`, `7`} {
		if r := correct(bad); r.status != 422 || days() != "2026-03-04 2026-04-03 2026-06-05" {
			t.Error(bad, r, days())
		}
	}
	pgtest.Exec(t, b.dbURL, `DELETE FROM invoice_transactions`)
	pgtest.Exec(t, b.dbURL, link)
	pgtest.Exec(t, b.dbURL, `DELETE FROM field_values`)
	pgtest.Exec(t, b.dbURL, `INSERT INTO field_values (workspace_pk, entity_type, entity_id, field, value, origin, precedence, grade, confidence, decision)
		SELECT pk, 'invoice_transaction', 'l', 'edge_status', '"confirmed"', 'person', 1, 'verified', 1, 'applied' FROM workspaces WHERE workspace_id = $1`, pgtest.Workspace)
	if r := correct(`{"date_layout": "1/2/2006"}`); r.status != 422 || days() != "2026-03-04 2026-04-03 2026-06-05" {
		t.Error(r, days())
	}
}
