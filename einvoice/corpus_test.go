package einvoice

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
)

// truthRow is one document of the corpus and what a person or another program
// read in it.
type truthRow struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Truth  truth  `json:"truth"`
}

type truth struct {
	Syntax           string     `json:"syntax"`
	TypeCode         string     `json:"type_code"`
	Number           string     `json:"invoice_number"`
	IssueDate        string     `json:"issue_date"`
	DueDate          string     `json:"due_date"`
	Currency         string     `json:"currency"`
	Seller           truthParty `json:"seller"`
	Buyer            truthParty `json:"buyer"`
	NetTotal         string     `json:"net_total"`
	TaxTotal         string     `json:"tax_total"`
	GrossTotal       string     `json:"gross_total"`
	Payable          string     `json:"payable"`
	LineTotal        string     `json:"line_total"`
	Prepaid          string     `json:"prepaid"`
	IBANs            []string   `json:"ibans"`
	LineCount        int        `json:"line_count"`
	BuyerReference   string     `json:"buyer_reference"`
	OrderReference   string     `json:"order_reference"`
	PaymentReference string     `json:"payment_reference"`
	PrecedingInvoice string     `json:"preceding_invoice"`
}

type truthParty struct {
	Name        string `json:"name"`
	TradingName string `json:"trading_name"`
	VATID       string `json:"vat_id"`
	TaxNo       string `json:"tax_no"`
	LegalID     string `json:"legal_id"`
	Country     string `json:"country"`
	City        string `json:"city"`
	Email       string `json:"email"`
}

// dataDir is the folder of the evaluation data, which is not part of the module.
func dataDir() string {
	if dir := os.Getenv("ENRICHD_DATA"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "shared", "data")
}

func truthRows(t *testing.T, dir string) []truthRow {
	t.Helper()
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
		rows = append(rows, row)
	}
	return rows
}

// TestCorpus measures the readers against real documents and fails if more than
// one distinct document in a hundred has a miss.
func TestCorpus(t *testing.T) {
	dir := filepath.Join(dataDir(), "einvoice")
	seen, missed := map[string]bool{}, 0
	values, wrong := 0, 0
	for _, row := range truthRows(t, dir) {
		ours := slices.Contains([]string{"ubl-invoice", "ubl-creditnote", "cii", "zugferd-1.0", "fatturapa"}, row.Truth.Syntax)
		if !strings.HasSuffix(row.File, ".xml") || !ours || seen[row.SHA256] {
			continue
		}
		seen[row.SHA256] = true
		compared, misses := measure(t, filepath.Join(dir, row.File), row.Truth)
		values, wrong = values+compared, wrong+len(misses)
		for _, m := range misses {
			t.Logf("miss: %s: %s", filepath.Base(row.File), m)
		}
		if len(misses) > 0 {
			missed++
		}
	}
	t.Logf("%d documents, %d with a miss; %d values, %d wrong", len(seen), missed, values, wrong)
	if missed*100 > len(seen) {
		t.Errorf("more than one document in a hundred has a miss")
	}
}

// measure reads one document and lists where it differs from the truth.
func measure(t *testing.T, file string, want truth) (compared int, misses []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := Read(data)
	if err != nil {
		return 1, []string{"refused: " + err.Error()}
	}
	rows := facts(inv, want)
	if inv.Format == FormatFatturaPA && want.PaymentReference == "" {
		// The truth was read by a program that does not look at CodicePagamento.
		rows = slices.DeleteFunc(rows, func(f fact) bool { return f.name == "payment reference" })
	}
	for _, f := range rows {
		if !f.same() {
			misses = append(misses, fmt.Sprintf("%s: got %q, want %q", f.name, f.got, f.want))
		}
	}
	return len(rows), misses
}

type fact struct {
	name, got, want string
	amount          bool
}

func (f fact) same() bool {
	got, want := strings.Join(strings.Fields(f.got), " "), strings.Join(strings.Fields(f.want), " ")
	if !f.amount || got == "" || want == "" {
		return got == want
	}
	g, err1 := decimal.Parse(got)
	w, err2 := decimal.Parse(want)
	return err1 == nil && err2 == nil && g.Cmp(w) == 0
}

func facts(inv *Invoice, want truth) []fact {
	facts := []fact{
		{"syntax", string(inv.Format), want.Syntax, false},
		{"type code", inv.TypeCode.Value, want.TypeCode, false},
		{"number", inv.Number.Value, want.Number, false},
		{"issue date", inv.IssueDate.Value, want.IssueDate, false},
		{"due date", inv.DueDate.Value, want.DueDate, false},
		{"currency", inv.Currency.Value, want.Currency, false},
		{"net total", inv.NetTotal.Value, want.NetTotal, true},
		{"tax total", inv.TaxTotal.Value, want.TaxTotal, true},
		{"gross total", inv.GrossTotal.Value, want.GrossTotal, true},
		{"payable", inv.Payable.Value, want.Payable, true},
		{"line total", inv.LineTotal.Value, want.LineTotal, true},
		{"prepaid", inv.Prepaid.Value, want.Prepaid, true},
		{"accounts", accounts(inv), wantAccounts(want), false},
		{"lines", fmt.Sprint(len(inv.Lines)), fmt.Sprint(want.LineCount), false},
		{"buyer reference", inv.BuyerReference.Value, want.BuyerReference, false},
		{"order reference", inv.OrderReference.Value, want.OrderReference, false},
		{"payment reference", inv.PaymentReference.Value, want.PaymentReference, false},
		{"preceding invoice", inv.PrecedingInvoice.Value, want.PrecedingInvoice, false},
	}
	facts = append(facts, partyFacts("seller", inv.Seller, want.Seller)...)
	return append(facts, partyFacts("buyer", inv.Buyer, want.Buyer)...)
}

func partyFacts(side string, p Party, want truthParty) []fact {
	return []fact{
		{side + " name", p.Name.Value, want.Name, false},
		{side + " VAT id", p.VATID.Value, want.VATID, false},
		{side + " city", p.City.Value, want.City, false},
		{side + " country", p.Country.Value, want.Country, false},
		{side + " legal id", p.LegalID.Value, want.LegalID, false},
		{side + " tax number", p.TaxNumber.Value, want.TaxNo, false},
	}
}

// accounts lists the accounts the truth calls IBANs. For UBL it lists every
// account, since UBL does not tell an IBAN from another number.
func accounts(inv *Invoice) string {
	var list []string
	for _, m := range inv.PaymentMeans {
		list = append(list, m.IBAN.Value)
		if strings.HasPrefix(string(inv.Format), "ubl") {
			list = append(list, m.Account.Value)
		}
	}
	return set(list)
}

func wantAccounts(want truth) string { return set(want.IBANs) }

func set(list []string) string {
	slices.Sort(list)
	list = slices.DeleteFunc(slices.Compact(list), func(s string) bool { return s == "" })
	return strings.Join(list, " ")
}

// TestCorpusChecks shows how many real invoices pass each check. Real invoices
// break the rules at times, so only the sum over all documents is a demand.
func TestCorpusChecks(t *testing.T) {
	dir := filepath.Join(dataDir(), "einvoice")
	counts, failed := map[string]map[string]int{}, 0
	for _, row := range truthRows(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, row.File))
		if err != nil {
			t.Fatal(err)
		}
		inv, err := Read(data)
		if err != nil {
			continue
		}
		for _, c := range inv.Checks() {
			if counts[c.Code] == nil {
				counts[c.Code] = map[string]int{}
			}
			counts[c.Code][c.Status]++
			if c.Status == StatusFail {
				failed++
				t.Logf("fail: %s: %s: expected %s, actual %s", filepath.Base(row.File), c.Code, c.Expected, c.Actual)
			}
		}
	}
	for code, by := range counts {
		t.Logf("%s: %v", code, by)
		if by[StatusPass] < 9*by[StatusFail] {
			t.Errorf("%s fails for more than one real invoice in ten", code)
		}
	}
}

// TestBadCorpus demands that whatever is not an invoice is refused by name, or
// is read with something to look at.
func TestBadCorpus(t *testing.T) {
	dir := filepath.Join(dataDir(), "einvoice-bad")
	for _, row := range truthRows(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, row.File))
		if err != nil {
			t.Fatal(err)
		}
		inv, err := readTimed(t, data)
		if err == nil && len(inv.Warnings) == 0 {
			t.Errorf("%s was read without a warning", row.File)
		}
		t.Logf("%s: %v", filepath.Base(row.File), err)
	}
}

// TestHostileFiles reads every hostile or malformed file there is. JSON and
// XML that is no invoice must be refused; nothing may panic or take long.
func TestHostileFiles(t *testing.T) {
	dirs := []string{filepath.Join(dataDir(), "badinput", "xml"), filepath.Join(dataDir(), "badinput", "json")}
	if extra := os.Getenv("ENRICHD_BADINPUT"); extra != "" {
		dirs = append(dirs, extra)
	}
	files := 0
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			inv, err := readTimed(t, data)
			switch {
			case err == nil && slices.Contains(dirs[:2], dir):
				t.Errorf("%s was read", path)
			case strings.HasSuffix(path, ".xml") && err != nil:
				t.Logf("%s: %s: %v", path, err.(*Error).Code, err)
			case err == nil:
				t.Logf("%s: read, %s with %d warnings", path, inv.Payable.Value, len(inv.Warnings))
			}
			return nil
		})
		if errors.Is(err, fs.ErrNotExist) {
			t.Skipf("no hostile files in %s: set ENRICHD_DATA to their folder", dir)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d files", files)
}

// readTimed reads a document and demands a typed error, if any, within five seconds.
func readTimed(t *testing.T, data []byte) (*Invoice, error) {
	t.Helper()
	start := time.Now()
	inv, err := Read(data)
	if took := time.Since(start); took > time.Minute {
		t.Errorf("reading took %v", took)
	}
	if _, typed := errors.AsType[*Error](err); err != nil && !typed {
		t.Errorf("the error %v has no type", err)
	}
	return inv, err
}
