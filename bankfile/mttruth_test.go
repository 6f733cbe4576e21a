package bankfile

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// upstream is what another program read in an MT940 file, as one list of
// entries over all statements.
type upstream struct {
	Data    map[string]json.RawMessage `json:"data"`
	Entries []upstreamEntry            `json:"entries"`
}

type upstreamEntry struct {
	Amount       string  `json:"amount"`
	Currency     *string `json:"currency"`
	Date         string  `json:"date"`
	EntryDate    *string `json:"entry_date"`
	Status       string  `json:"status"`
	ID           string  `json:"id"`
	Customer     *string `json:"customer_reference"`
	Bank         *string `json:"bank_reference"`
	Posting      *string `json:"posting_text"`
	EndToEnd     *string `json:"end_to_end_reference"`
	Mandate      *string `json:"additional_position_reference"`
	CreditorID   *string `json:"applicant_creditor_id"`
	PartyIBAN    *string `json:"applicant_iban"`
	PartyName    *string `json:"applicant_name"`
	PartyBIC     *string `json:"applicant_bin"`
	GVC          *string `json:"transaction_code"`
	Purpose      *string `json:"purpose"`
	MoreDetails  *string `json:"transaction_details"`
	ExtraDetails *string `json:"extra_details"`
}

// TestMTTruth compares every MT940 and MT942 file with both readings of the
// truth. Files in which neither found a statement must give a typed error.
func TestMTTruth(t *testing.T) {
	compared := 0
	rows := truthRows(t, "mt940", "mt942")
	for _, row := range rows {
		t.Run(filepath.Base(row.File), func(t *testing.T) {
			f, err := openFile(t, row.File, Options{})
			if row.Truth.Own != nil && len(row.Truth.Own) == 0 {
				var typed *Error
				if !errors.As(err, &typed) || typed.Code != NotABankFile {
					t.Fatalf("got %v, want %s", err, NotABankFile)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			d := &diff{t: t}
			if row.Truth.Own != nil {
				d.mtStatements(f, row.Truth.Own)
			}
			d.upstream(f, row.Truth.Expected)
			compared += d.compared
		})
	}
	t.Logf("%d files, %d values compared", len(rows), compared)
}

func (d *diff) mtStatements(f *File, want []truthStatement) {
	d.t.Helper()
	if len(f.Statements) != len(want) {
		d.t.Fatalf("%d statements, want %d", len(f.Statements), len(want))
	}
	for i, s := range f.Statements {
		w := want[i]
		d.text("account", s.Account, w.Account)
		if w.Currency != nil {
			d.text("currency", s.Currency, w.Currency)
		}
		d.balance("opening", s.Opening, w.Opening, w.OpeningDate)
		d.balance("closing", s.Closing, w.Closing, w.ClosingDate)
		d.sums(s, w)
		for j, e := range s.Entries {
			d.amount("amount", e.Amount, w.Entries[j].Amount)
			d.text("reference", e.Reference, w.Entries[j].Reference)
			// The truth ends a text at a line that looks like a field of another message.
			if got, full := squeeze(e.Information), squeeze(deref(w.Entries[j].Details)); !strings.HasPrefix(got, full) || len(got) > len(full)+len(":12:11")+1 {
				d.t.Errorf("details: got %q, want %q", got, full)
			}
		}
		if w.Reconcile != nil && *w.Reconcile == warned(f, i) {
			d.t.Errorf("balances reconcile: want %v, warnings %v", *w.Reconcile, f.Warnings)
		}
	}
}

func (d *diff) upstream(f *File, want upstream) {
	d.t.Helper()
	var got []Entry
	for _, s := range f.Statements {
		got = append(got, s.Entries...)
	}
	if len(got) != len(want.Entries) {
		d.t.Fatalf("%d entries, upstream has %d", len(got), len(want.Entries))
	}
	for i := range got {
		d.upstreamEntry(&got[i], want.Entries[i])
	}
}

func (d *diff) upstreamEntry(e *Entry, w upstreamEntry) {
	d.t.Helper()
	d.amount("amount", e.Amount, w.Amount)
	d.text("value date", e.ValueDate, &w.Date)
	if w.EntryDate != nil {
		d.text("booking date", e.BookingDate, w.EntryDate)
	}
	sign := "D"
	if e.Amount.IsPos() {
		sign = "C"
	}
	d.text("sign", sign, &w.Status)
	d.text("type", e.BankTransactionCode[:4], &w.ID)
	// Where the line has an IBAN beside the number upstream took, we take the IBAN.
	if w.PartyIBAN != nil && !strings.HasSuffix(squeeze(e.Counterparty.IBAN), squeeze(*w.PartyIBAN)) {
		d.t.Errorf("party account: got %q, want %q", e.Counterparty.IBAN, *w.PartyIBAN)
	}
	for _, v := range []struct {
		what, got string
		want      *string
	}{
		{"bank reference", e.BankReference, w.Bank},
		{"posting text", e.TransactionText, w.Posting},
		{"end to end id", e.EndToEndID, w.EndToEnd},
		{"mandate", e.MandateID, w.Mandate},
		{"creditor id", e.CreditorID, w.CreditorID},
		{"party name", e.Counterparty.Name, w.PartyName},
		{"party bank", e.Counterparty.BIC, w.PartyBIC},
		{"supplement", strings.Join(e.Additional, "\n"), w.ExtraDetails},
	} {
		if v.want != nil {
			d.text(v.what, squeeze(v.got), ptr(squeeze(*v.want)))
		}
	}
}

// squeeze leaves the white space out, which each program treats its own way.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
