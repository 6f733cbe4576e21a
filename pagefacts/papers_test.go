package pagefacts_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/enrichd/enrichd/pagefacts"
)

// paper is an invented business document that was written, with its truth, by somebody
// who did not know the rules.
type paperTruth struct {
	File, Kind                                                string
	Seller, Buyer, Number, Currency, Net, Tax, Gross, Payable string
	SellerVAT                                                 string `json:"seller_vat"`
	IssueDate                                                 string `json:"issue_date"`
	DueDate                                                   string `json:"due_date"`
	OrderReference                                            string `json:"order_reference"`
	IBANs                                                     []string
	LineCount                                                 int `json:"line_count"`
	Lines                                                     []struct {
		Description string
		LineTotal   string `json:"line_total"`
	}
}

// pairs asks for every field; one that the paper does not show must stay empty.
func (p paperTruth) pairs(f *pagefacts.Facts) []pair {
	list := []pair{
		{"number", f.Number.Value, p.Number},
		{"date", f.IssueDate.Value, p.IssueDate},
		{"due", f.DueDate.Value, p.DueDate},
		{"currency", f.Currency.Value, p.Currency},
		{"net", f.NetTotal.Value, p.Net},
		{"tax", f.TaxTotal.Value, p.Tax},
		{"gross", f.GrossTotal.Value, p.Gross},
		{"seller", f.SellerName.Value, p.Seller},
		{"seller vat", f.SellerVATID.Value, p.SellerVAT},
		{"buyer", f.BuyerName.Value, p.Buyer},
	}
	if len(p.IBANs) > 0 {
		got := ""
		if len(f.IBANs) > 0 {
			got = f.IBANs[0].Value
		}
		list = append(list, pair{"iban", got, p.IBANs[0]})
	}
	if p.LineCount > 0 {
		sums, want := []string{}, []string{}
		for _, l := range f.Lines {
			sums = append(sums, l.LineTotal.Value)
		}
		for _, l := range p.Lines {
			want = append(want, l.LineTotal)
		}
		list = append(list, pair{"lines", strings.Join(sums, " "), strings.Join(want, " ")})
	}
	return list
}

// TestFiguresPapers reads the papers as the HTML that they are, and as the PDFs that a
// browser prints of them.
func TestFiguresPapers(t *testing.T) {
	lots, err := filepath.Glob("testdata/papers/*/truth.json")
	if err != nil || len(lots) == 0 {
		t.Fatal("no papers", err)
	}
	for _, lot := range lots {
		raw, err := os.ReadFile(lot)
		if err != nil {
			t.Fatal(err)
		}
		var papers []paperTruth
		if err := json.Unmarshal(raw, &papers); err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(filepath.Dir(lot))
		if only := os.Getenv("ENRICHD_LOT"); only != "" && only != name {
			continue
		}
		t.Run(name+"/html", func(t *testing.T) {
			readPapers(t, name, papers, func(file string) string { return filepath.Join(filepath.Dir(lot), file) })
		})
		if os.Getenv("ENRICHD_FIGURES") != "" {
			print := newPrinter(t)
			t.Run(name+"/pdf", func(t *testing.T) {
				readPapers(t, name, papers, func(file string) string { return print(t, filepath.Join(filepath.Dir(lot), file)) })
			})
		}
	}
}

// bounds are the shares of right fields and of right answers that the lots do not fall
// below, in percent: the rules have seen the first three.
var bounds = map[string]struct{ right, precision int }{"lotA": {96, 98}, "lotB": {94, 98}, "lotC": {83, 90}, "lotD": {78, 95}}

func readPapers(t *testing.T, lot string, papers []paperTruth, at func(file string) string) {
	l, y := newLibrary(t), newTally()
	told := 0
	for _, p := range papers {
		_, words := l.read(t, at(p.File))
		is, why := pagefacts.LooksLikeInvoice(words)
		if is == (p.Kind != "none") {
			told++
		} else {
			t.Logf("MISS %s: an invoice is %t (%s)", p.File, is, why)
		}
		if p.Kind == "none" {
			continue
		}
		y.addPaper(t, p.File, p.pairs(pagefacts.Read(words)))
	}
	y.report(t, "papers")
	y.atLeast(t, bounds[lot].right, bounds[lot].precision)
	t.Logf("FIGURE papers: %d of %d told as invoices or as none", told, len(papers))
}

func (y *tally) addPaper(t *testing.T, file string, pairs []pair) {
	for _, p := range pairs {
		for _, one := range []*score{entry(y.fields, p.field), &y.all} {
			right := one.add(p.got, p.want)
			if p.want == "" && p.got != "" {
				one.answered++ // of what the paper does not show
				right = false
			}
			if !right && one == &y.all && os.Getenv("ENRICHD_BLIND") == "" {
				t.Logf("MISS %s: %s is %q, truth %q", file, p.field, p.got, p.want)
			}
		}
	}
}

// newPrinter prints pages to PDF as people do, in a browser that reaches nothing.
func newPrinter(t *testing.T) func(t *testing.T, file string) string {
	t.Helper()
	// A proxy that is not there answers for whatever a page would fetch.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ProxyServer("127.0.0.1:9"))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, leave := chromedp.NewContext(ctx)
	t.Cleanup(func() { leave(); stop() })
	return func(t *testing.T, file string) string {
		t.Helper()
		full, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := chromedp.Do(ctx, chromedp.Navigate("file://"+full)); err != nil {
			t.Fatal(err)
		}
		printed, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: 8.27, PaperHeight: 11.69})
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), filepath.Base(file)+".pdf")
		if err := os.WriteFile(out, printed.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		return out
	}
}
