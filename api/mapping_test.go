package api_test

import (
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
