package bankfile

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

// truthRow is one file of the evaluation data and what others read in it.
type truthRow struct {
	File  string `json:"file"`
	Truth truth  `json:"truth"`
}

type truth struct {
	Format     string           `json:"format"`
	Namespace  string           `json:"namespace"`
	Version    string           `json:"version"`
	Statements []truthStatement `json:"statements"`
	Own        []truthStatement `json:"own_statements"`
	Expected   upstream         `json:"expected"`
	Accounts   []truthAccount   `json:"accounts"`
	Table      []tableEntry     `json:"entries"`
}

type truthStatement struct {
	Account     *string        `json:"account"`
	Currency    *string        `json:"currency"`
	ID          *string        `json:"statement_id"`
	Sequence    *string        `json:"sequence"`
	BankID      *string        `json:"bank_id"`
	AccountType *string        `json:"account_type"`
	Opening     *string        `json:"opening"`
	OpeningDate *string        `json:"opening_date"`
	Closing     *string        `json:"closing"`
	ClosingDate *string        `json:"closing_date"`
	Balances    []truthBalance `json:"balances"`
	Entries     []truthEntry   `json:"entries"`
	EntryCount  int            `json:"entry_count"`
	CreditSum   string         `json:"credit_sum"`
	DebitSum    string         `json:"debit_sum"`
	Reconcile   *bool          `json:"balances_reconcile"`
}

type truthBalance struct{ Type, Amount, Currency, Date string }

type truthEntry struct {
	Amount       string             `json:"amount"`
	Currency     *string            `json:"currency"`
	BookingDate  *string            `json:"booking_date"`
	ValueDate    *string            `json:"value_date"`
	Status       string             `json:"status"`
	Reversal     bool               `json:"reversal"`
	Reference    *string            `json:"reference"`
	ServicerRef  *string            `json:"servicer_ref"`
	Additional   *string            `json:"additional"`
	BatchSize    int                `json:"batch_size"`
	Counterparty *string            `json:"counterparty"`
	Details      *string            `json:"details"`
	Type         string             `json:"type"`
	Memo         *string            `json:"memo"`
	CheckNumber  *string            `json:"check_number"`
	Transactions []truthTransaction `json:"transactions"`
}

type truthTransaction struct {
	Amount       *string  `json:"amount"`
	Currency     *string  `json:"currency"`
	EndToEndID   *string  `json:"end_to_end_id"`
	MandateID    *string  `json:"mandate_id"`
	Counterparty *string  `json:"counterparty"`
	Unstructured []string `json:"unstructured"`
	Structured   []string `json:"structured"`
}

// dataDir is the folder of the evaluation data, which is not part of the module.
func dataDir() string {
	if dir := os.Getenv("ENRICHD_DATA"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "shared", "data")
}

func truthRows(t *testing.T, formats ...string) []truthRow {
	t.Helper()
	dir := filepath.Join(dataDir(), "bank")
	data, err := os.ReadFile(filepath.Join(dir, "truth.jsonl"))
	if err != nil {
		t.Skipf("no evaluation data in %s: set ENRICHD_DATA to its folder", dir)
	}
	var rows []truthRow
	for line := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n") {
		var row truthRow
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(formats, row.Truth.Format) {
			row.File = filepath.Join(dir, row.File)
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("no files of %v in %s", formats, dir)
	}
	return rows
}

// diff collects what differs from the truth, and counts what was compared.
type diff struct {
	t        *testing.T
	compared int
}

func (d *diff) text(what, got string, want *string) {
	d.t.Helper()
	d.compared++
	if want == nil {
		want = new(string)
	}
	if got != *want {
		d.t.Errorf("%s: got %q, want %q", what, got, *want)
	}
}

// amount compares numbers: the truth writes 5 and 5.00 as it pleases.
func (d *diff) amount(what string, got decimal.Decimal, want string) {
	d.t.Helper()
	d.compared++
	w, err := decimal.Parse(want)
	if err != nil {
		d.t.Fatalf("%s: the truth %q is no number: %v", what, want, err)
	}
	if got.Cmp(w) != 0 {
		d.t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

func (d *diff) balance(what string, got *Balance, amount, date *string) {
	d.t.Helper()
	if got == nil || amount == nil {
		if (got == nil) != (amount == nil) {
			d.t.Errorf("%s: got %v, want %v", what, got, amount)
		}
		return
	}
	d.amount(what, got.Amount, *amount)
	d.text(what+" date", got.Date, date)
}

func (d *diff) sums(s *Statement, want truthStatement) {
	d.t.Helper()
	credit, debit := decimal.Zero, decimal.Zero
	for _, e := range s.Entries {
		into := &credit
		if e.Amount.IsNeg() {
			into = &debit
		}
		*into, _ = add(*into, e.Amount)
	}
	d.amount("credit sum", credit, want.CreditSum)
	d.amount("debit sum", debit, want.DebitSum)
	if len(s.Entries) != want.EntryCount {
		d.t.Fatalf("%d entries, want %d", len(s.Entries), want.EntryCount)
	}
}

// TestCamtTruth compares every field of the truth of every camt file.
func TestCamtTruth(t *testing.T) {
	compared := 0
	rows := truthRows(t, "camt.052", "camt.053", "camt.054")
	for _, row := range rows {
		t.Run(filepath.Base(row.File), func(t *testing.T) {
			d := &diff{t: t}
			f := parseFile(t, row.File, Options{})
			if want := row.Truth.Format; f.Format != want || !strings.HasSuffix(row.Truth.Namespace, want+"."+f.Version) {
				t.Errorf("%s version %s, want %s", f.Format, f.Version, row.Truth.Namespace)
			}
			if len(f.Statements) != len(row.Truth.Statements) {
				t.Fatalf("%d statements, want %d", len(f.Statements), len(row.Truth.Statements))
			}
			for i, s := range f.Statements {
				d.camtStatement(s, row.Truth.Statements[i])
				if want := row.Truth.Statements[i].Reconcile; want != nil && *want != !warned(f, i) {
					t.Errorf("balances reconcile: want %v, warnings %v", *want, f.Warnings)
				}
			}
			compared += d.compared
		})
	}
	t.Logf("%d files, %d values compared", len(rows), compared)
}

// warned says whether the balances of a statement raised a warning.
func warned(f *File, statement int) bool {
	return slices.ContainsFunc(f.Warnings, func(w Warning) bool {
		return w.Statement == statement && (w.Code == BalanceGap || w.Code == BalanceUnchecked)
	})
}

func (d *diff) camtStatement(s *Statement, want truthStatement) {
	d.t.Helper()
	d.text("account", s.Account, want.Account)
	d.text("currency", s.Currency, want.Currency)
	d.text("id", s.ID, want.ID)
	d.text("sequence", s.Number, want.Sequence)
	d.balance("opening", s.Opening, want.Opening, want.OpeningDate)
	d.balance("closing", s.Closing, want.Closing, want.ClosingDate)
	if len(s.Balances) != len(want.Balances) {
		d.t.Fatalf("%d balances, want %d", len(s.Balances), len(want.Balances))
	}
	for i, b := range s.Balances {
		w := want.Balances[i]
		d.amount("balance "+w.Type, b.Amount, w.Amount)
		d.text("balance", b.Type+b.Currency+b.Date, ptr(w.Type+w.Currency+w.Date))
	}
	d.sums(s, want)
	for i := range s.Entries {
		d.camtEntry(&s.Entries[i], want.Entries[i])
	}
}

func (d *diff) camtEntry(e *Entry, want truthEntry) {
	d.t.Helper()
	d.amount("amount", e.Amount, want.Amount)
	d.text("currency", e.Currency, want.Currency)
	d.text("booking date", e.BookingDate, want.BookingDate)
	d.text("value date", e.ValueDate, want.ValueDate)
	d.text("status", map[Status]string{Booked: "BOOK", Pending: "PDNG", Informed: "INFO"}[e.Status], &want.Status)
	d.text("reference", e.Reference, want.Reference)
	d.text("bank reference", e.BankReference, want.ServicerRef)
	d.text("additional", e.Information, want.Additional)
	if e.Reversal != want.Reversal || len(e.Details) != want.BatchSize {
		d.t.Fatalf("reversal %v, %d details, want %v, %d", e.Reversal, len(e.Details), want.Reversal, want.BatchSize)
	}
	for i, got := range e.Details {
		d.transaction(&got, want.Transactions[i])
	}
}

// transaction compares a detail. The truth has its amount without the sign.
func (d *diff) transaction(got *Detail, want truthTransaction) {
	d.t.Helper()
	switch {
	case (got.Amount == nil) != (want.Amount == nil):
		d.t.Errorf("detail amount: got %v, want %v", got.Amount, want.Amount)
	case got.Amount != nil:
		d.amount("detail amount", got.Amount.Amount.Abs(), *want.Amount)
		d.text("detail currency", got.Amount.Currency, want.Currency)
	}
	d.text("end to end id", got.EndToEndID, want.EndToEndID)
	d.text("mandate", got.MandateID, want.MandateID)
	d.text("counterparty", got.Counterparty.Name, want.Counterparty)
	d.text("remittance", strings.Join(got.Remittance, "\n"), ptr(strings.Join(want.Unstructured, "\n")))
	var structured []string
	for _, r := range got.Structured {
		structured = append(structured, r.Value)
	}
	d.text("structured", strings.Join(structured, "\n"), ptr(strings.Join(want.Structured, "\n")))
}

func ptr(s string) *string { return &s }

func parseFile(t *testing.T, path string, o Options) *File {
	t.Helper()
	f, err := openFile(t, path, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func openFile(t *testing.T, path string, o Options) (*File, error) {
	t.Helper()
	r, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return Parse(r, o)
}

// TestHostileXML wants a typed error, quickly, for every attack on XML parsers.
func TestHostileXML(t *testing.T) {
	dir := filepath.Join(dataDir(), "badinput", "xml")
	seen := 0
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		seen++
		_, err = openFile(t, path, Options{})
		var typed *Error
		if !errors.As(err, &typed) {
			t.Errorf("%s: got %v, want an *Error", filepath.Base(path), err)
		}
		return nil
	})
	if err != nil {
		t.Skipf("no evaluation data in %s: set ENRICHD_DATA to its folder", dir)
	}
	t.Logf("%d files refused", seen)
}
