package bankfile

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestOFXTruth compares every field of the truth of every OFX and QFX file.
func TestOFXTruth(t *testing.T) {
	compared := 0
	rows := truthRows(t, "ofx")
	for _, row := range rows {
		t.Run(filepath.Base(row.File), func(t *testing.T) {
			d := &diff{t: t}
			f := parseFile(t, row.File, Options{})
			d.text("version", f.Version, &row.Truth.Version)
			if len(f.Statements) != len(row.Truth.Statements) {
				t.Fatalf("%d statements, want %d", len(f.Statements), len(row.Truth.Statements))
			}
			for i, s := range f.Statements {
				d.ofxStatement(s, row.Truth.Statements[i])
			}
			compared += d.compared
		})
	}
	t.Logf("%d files, %d values compared", len(rows), compared)
}

func (d *diff) ofxStatement(s *Statement, want truthStatement) {
	d.t.Helper()
	d.text("account", s.Account, want.Account)
	d.text("account type", s.AccountType, want.AccountType)
	d.text("bank", s.BankID, want.BankID)
	d.text("currency", s.Currency, want.Currency)
	d.balance("opening", s.Opening, want.Opening, want.OpeningDate)
	d.balance("closing", s.Closing, want.Closing, want.ClosingDate)
	d.sums(s, want)
	for i := range s.Entries {
		e, w := &s.Entries[i], want.Entries[i]
		d.amount("amount", e.Amount, w.Amount)
		d.text("currency", e.Currency, w.Currency)
		d.text("booking date", e.BookingDate, w.BookingDate)
		d.text("value date", e.ValueDate, w.ValueDate)
		d.text("type", e.BankTransactionCode, &w.Type)
		d.text("reference", e.BankReference, w.Reference)
		d.text("check number", e.CheckNumber, w.CheckNumber)
		// The truth was read without CDATA sections; we read them.
		if w.Counterparty != nil {
			d.text("counterparty", e.Counterparty.Name, w.Counterparty)
		}
		if w.Memo != nil {
			d.text("memo", strings.Join(e.Remittance, "\n"), w.Memo)
		}
	}
}
