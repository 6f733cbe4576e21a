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

// A table whose columns nothing tells is kept: the answer shows its head and what is
// missing, a mapping that a person gives reads it, and so it does the bank's next one.
func TestATableThatNothingTellsIsKept(t *testing.T) {
	b := setup(t)
	upload := func(rows string) reply {
		return b.send("POST", "/v1/bank-statements", rows, "Content-Type", "application/octet-stream", "Content-Disposition", `attachment; filename="s.csv"`)
	}
	entries := func() string {
		return pgtest.Query[string](t, b.dbURL, `SELECT coalesce(string_agg(booking_date || ' ' || amount || ' ' || coalesce(remittance[1], ''), ', ' ORDER BY booking_date, amount), '') FROM transactions WHERE deleted_at IS NULL`)
	}
	const first = "30.01.2031;BAKER;-45,20;EUR\n29.01.2031;ACME;1.100,00;EUR\n"
	r := upload(first)
	warnings, _ := json.Marshal(r.at("data", "attributes", "warnings"))
	mapping, _ := r.at("data", "attributes", "mapping").(map[string]any)
	if r.status != 201 || !strings.Contains(string(warnings), "needs_mapping") || len(mapping["missing"].([]any)) != 2 || len(mapping["rows"].([]any)) != 2 ||
		mapping["date"] != 1.0 || mapping["amount"] != 3.0 || mapping["date_layout"] != "2.1.2006" || entries() != "" {
		t.Fatal(r)
	}
	id := r.text("data", "id")
	if again := upload(first); again.status != 200 || again.text("data", "id") != id {
		t.Error(again)
	}
	correct := func(id, mapping string) reply {
		return b.send("PATCH", "/v1/bank-statements/"+id, `{"data":{"type":"bank_statement","id":"`+id+`","attributes":{"mapping":`+mapping+`}}}`)
	}
	for _, bad := range []string{`{"date": 2}`, `{"amount": 2}`, `{"date": 5}`, `{"date": 0}`} {
		if r := correct(id, bad); r.status != 422 || r.text("errors", 0, "source", "pointer") != "/data/attributes/mapping" || entries() != "" {
			t.Error(bad, r)
		}
	}
	r = correct(id, `{"description": [2], "currency": 4}`)
	mapping, _ = r.at("data", "attributes", "mapping").(map[string]any)
	if r.status != 200 || entries() != "2031-01-29 1100.00 ACME, 2031-01-30 -45.20 BAKER" || mapping["missing"] != nil || mapping["rows"] != nil || mapping["corrected"] != true {
		t.Fatal(r, entries())
	}
	if w, _ := json.Marshal(r.at("data", "attributes", "warnings")); strings.Contains(string(w), "needs_mapping") {
		t.Errorf("still warned: %s", w)
	}
	// The next one of the bank, and one of another bank that only has as many columns.
	if r := upload("31.01.2031;BUTCHER;-5,00;EUR\n" + "31.01.2031;GROCER;-6,00;EUR\n"); r.status != 201 || r.at("data", "attributes", "entries_new") != 2.0 {
		t.Error(r)
	}
	if r := upload("MILK;30/01/2031;1.00;EUR\nBREAD;30/01/2031;2.00;EUR\n"); r.status != 201 || r.at("data", "attributes", "entries_new") != 0.0 {
		t.Error(r)
	}
	// Headings that nobody knows: the file that came before its bank was known is read when it comes again.
	const other = "Quando;Quanto mais;Porque\n2031-02-01;1,50;café\n2031-02-02;-2,50;pão\n"
	early := upload(other)
	if early.status != 201 || early.at("data", "attributes", "entries_new") != 0.0 {
		t.Fatal(early)
	}
	later := upload("Quando;Quanto mais;Porque\n2031-02-03;3,50;chá\n2031-02-03;3,50;chá\n")
	if r := correct(later.text("data", "id"), `{"amount": 2, "description": [3]}`); r.status != 200 || r.at("data", "attributes", "entries_new") != 2.0 {
		t.Error(r)
	}
	if r := upload(other); r.status != 200 || r.text("data", "id") != early.text("data", "id") || r.at("data", "attributes", "entries_new") != 2.0 {
		t.Error(r)
	}
}
