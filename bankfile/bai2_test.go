package bankfile

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

// truthAccount is what the trailers of a BAI2 file say of an account.
type truthAccount struct {
	Account  string `json:"account"`
	Currency string `json:"currency"`
	Details  int    `json:"details"`
	Total    string `json:"control_total_minor"`
}

// TestBAI2Truth compares accounts and entries with the control totals of the file.
func TestBAI2Truth(t *testing.T) {
	for _, row := range truthRows(t, "bai2") {
		t.Run(filepath.Base(row.File), func(t *testing.T) {
			f := parseFile(t, row.File, Options{})
			if len(f.Warnings) > 0 {
				t.Errorf("warnings: %+v", f.Warnings)
			}
			if len(f.Statements) != len(row.Truth.Accounts) {
				t.Fatalf("%d accounts, want %d", len(f.Statements), len(row.Truth.Accounts))
			}
			for i, s := range f.Statements {
				w := row.Truth.Accounts[i]
				if s.Account != w.Account || s.Currency != w.Currency || len(s.Entries) != w.Details {
					t.Errorf("got %s %s with %d entries, want %+v", s.Account, s.Currency, len(s.Entries), w)
				}
			}
		})
	}
}

// bai2Of is a file of one account with what is given inside it.
func bai2Of(currency, inside, trailer string) string {
	return "01,A,B,310103,0800,1,,,2/\n02,C,A,1,310102,0800," + currency + ",2/\n" + inside + "49," + trailer + "/\n98,0,1,9/\n99,0,1,9/\n"
}

func TestBAI2Entries(t *testing.T) {
	f := parseText(t, bai2Of("USD", "03,4711,,010,10000,,,015,+9000,,/\n"+
		"16,165,2500,V,310103,,BANK1,CUST1,INVOICE 7, SECOND\n88, LINE/\n"+
		"16,475,1000,S,1,2,3,BANK2,,CHECK/\n16,475,2500,D,2,1,1000,2,1500,BANK3,,X/\n16,890,,,,,note/\n", "25000,7"))
	s := f.Statements[0]
	if len(f.Warnings) > 0 {
		t.Errorf("warnings %+v", f.Warnings)
	}
	if s.Opening.Amount.String() != "100.00" || s.Closing.Amount.String() != "90.00" || len(s.Entries) != 3 {
		t.Fatalf("got %+v", s)
	}
	first := s.Entries[0]
	if first.Amount.String() != "25.00" || first.ValueDate != "2031-01-03" || first.BookingDate != "2031-01-02" || first.BankReference != "BANK1" || first.Reference != "CUST1" {
		t.Errorf("got %+v", first)
	}
	if got := strings.Join(first.Remittance, "|"); got != "INVOICE 7, SECOND LINE" {
		t.Errorf("got %q", got)
	}
	for i, want := range []string{"BANK1", "BANK2", "BANK3"} {
		if got := s.Entries[i].BankReference; got != want {
			t.Errorf("entry %d: got %s, want %s", i, got, want)
		}
	}
}

func TestBAI2Currencies(t *testing.T) {
	for currency, want := range map[string]string{"USD": "12.34", "JPY": "1234", "KWD": "1.234"} {
		f := parseText(t, bai2Of(currency, "03,1,,,,,/\n16,165,1234,Z,,,x/\n", "1234,3"))
		if got := f.Statements[0].Entries[0].Amount.String(); got != want || len(f.Warnings) > 0 {
			t.Errorf("%s: got %s, want %s; %+v", currency, got, want, f.Warnings)
		}
	}
}

func TestBAI2Totals(t *testing.T) {
	for trailer, want := range map[string]string{"1234,3": "", "1200,3": "control_total -0.34", "1234,4": "entries_missing "} {
		f := parseText(t, bai2Of("USD", "03,1,,,,,/\n16,165,1234,Z,,,x/\n", trailer))
		got := ""
		for _, w := range f.Warnings {
			amount := ""
			if w.Amount != nil && *w.Amount != decimal.Zero {
				amount = w.Amount.String()
			}
			got += string(w.Code) + " " + amount
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", trailer, got, want)
		}
	}
}

func TestBAI2Refuses(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		code       Code
		path       string
	}{
		{"amount", bai2Of("USD", "03,1,,,,,/\n16,165,12.34,Z,,,x/\n", "0,3"), BadAmount, "16"},
		{"digits", bai2Of("USD", "03,1,,,,,/\n16,165,12345678901234567890,Z,,,x/\n", "0,3"), BadAmount, "16"},
		{"type", bai2Of("USD", "03,1,,,,,/\n16,990,1,Z,,,x/\n", "0,3"), BadValue, "16"},
		{"no account", bai2Of("USD", "16,165,1,Z,,,x/\n", "0,3"), Malformed, "16"},
		{"date", strings.Replace(bai2Of("USD", "", "0,3"), "310102", "311302", 1), BadDate, "02"},
		{"record", bai2Of("USD", "77,1/\n", "0,3"), Malformed, ""},
		{"no end", strings.Split(bai2Of("USD", "03,1,,,,,/\n", "0,2"), "99,")[0], Malformed, "99"},
		{"text without end", bai2Of("USD", "03,1,,,,,/\n16,165,1,Z,,,x\n"+strings.Repeat("88,"+strings.Repeat("y", 1000)+"\n", 100), "0,3"), TooLarge, "88"},
	} {
		t.Run(tt.name, func(t *testing.T) { wantError(t, tt.data, tt.code, tt.path) })
	}
}
