package pagefacts_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/pagefacts"
)

// sample is one document of the data folder with what it says.
type sample struct {
	File  string         `json:"file"`
	Group string         `json:"group"`
	Truth map[string]any `json:"truth"`
}

func samples(t testing.TB, set, suffix string) []sample {
	t.Helper()
	file, err := os.Open(filepath.Join(dataFolder(t), set, "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list []sample
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s sample
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(s.File, suffix) {
			s.File = filepath.Join(dataFolder(t), set, s.File)
			list = append(list, s)
		}
	}
	return list
}

// at reads a value of the truth by its path, "" where there is none.
func (s sample) at(path string) string {
	var v any = s.Truth
	for _, step := range strings.Split(path, ".") {
		m, _ := v.(map[string]any)
		v = m[step]
	}
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return fmt.Sprint(v)
	}
	return ""
}

// hidden says whether the truth knows that the page does not show a fact.
func (s sample) hidden(fact string) bool {
	visible, _ := s.Truth["visible"].(map[string]any)
	shown, known := visible[fact].(bool)
	return known && !shown
}

// score counts what the truth knows, what was answered and what was right.
type score struct{ asked, answered, right int }

func (s *score) add(got, want string) bool {
	if want == "" {
		return true
	}
	s.asked++
	if got != "" {
		s.answered++
	}
	if same(got, want) {
		s.right++
		return true
	}
	return false
}

func (s score) String() string {
	return fmt.Sprintf("%d of %d right, %d answered (precision %.1f %%, coverage %.1f %%)", s.right, s.asked, s.answered,
		100*float64(s.right)/float64(max(s.answered, 1)), 100*float64(s.answered)/float64(max(s.asked, 1)))
}

// same compares amounts by their number, other texts by their letters and digits.
func same(got, want string) bool {
	if a, err := decimal.Parse(got); err == nil {
		if b, err := decimal.Parse(want); err == nil {
			return a.Cmp(b) == 0
		}
	}
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer(" ", "", ".", "", ",", "", "-", "", "/", "", "'", "").Replace(s))
	}
	return plain(got) == plain(want)
}

// pair is a field's answer and truth.
type pair struct{ field, got, want string }

// tally is the score of a set by field, and of its two parts.
type tally struct {
	fields map[string]*score
	parts  map[string]*score
	all    score
}

func (y *tally) add(t *testing.T, s sample, issuer string, pairs []pair) {
	part := kindtest.Part(issuer)
	for _, p := range pairs {
		for _, one := range []*score{entry(y.fields, p.field), entry(y.parts, part), &y.all} {
			if !one.add(p.got, p.want) && one == &y.all {
				t.Logf("MISS %s %s: %s is %q, truth %q", part, filepath.Base(s.File), p.field, p.got, p.want)
			}
		}
	}
}

func entry(m map[string]*score, key string) *score {
	if m[key] == nil {
		m[key] = &score{}
	}
	return m[key]
}

func (y *tally) report(t *testing.T, set string) {
	for _, m := range []map[string]*score{y.fields, y.parts} {
		for _, key := range sorted(m) {
			t.Logf("FIGURE %s %s: %s", set, key, m[key])
		}
	}
	t.Logf("FIGURE %s, all fields: %s", set, y.all)
}

// atLeast fails below a share of right fields, or of right answers, in percent.
func (y *tally) atLeast(t *testing.T, right, precision int) {
	t.Helper()
	if 100*y.all.right < right*y.all.asked || 100*y.all.right < precision*y.all.answered {
		t.Errorf("%s, below %d %% right or a precision of %d %%", y.all, right, precision)
	}
}

func sorted(m map[string]*score) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func newTally() *tally { return &tally{fields: map[string]*score{}, parts: map[string]*score{}} }

// TestFiguresHybridPages reads the pages of PDFs that have an electronic invoice
// attached, which is the truth of what they show.
func TestFiguresHybridPages(t *testing.T) {
	l, y := newLibrary(t), newTally()
	for _, s := range samples(t, "einvoice", ".pdf") {
		doc, words := l.read(t, s.File)
		if doc.Invoice == nil {
			continue
		}
		y.add(t, s, s.at("seller.name"), hybridPairs(s, doc.Invoice, pagefacts.Read(words), textOf(words)))
	}
	y.report(t, "hybrid pages")
	y.atLeast(t, 95, 97)
}

// textOf is all that stands on the pages, in letters and digits.
func textOf(d pagefacts.Document) string {
	var b strings.Builder
	for _, p := range d.Pages {
		for _, w := range p.Words {
			b.WriteString(w.Text)
		}
	}
	return b.String()
}

func hybridPairs(s sample, inv *einvoice.Invoice, f *pagefacts.Facts, text string) []pair {
	var list []pair
	add := func(field, got, want, fact string) {
		if !s.hidden(fact) {
			list = append(list, pair{field, got, want})
		}
	}
	add("number", f.Number.Value, s.at("invoice_number"), "invoice_number")
	add("date", f.IssueDate.Value, s.at("issue_date"), "issue_date")
	add("due", f.DueDate.Value, s.at("due_date"), "due_date")
	add("currency", f.Currency.Value, s.at("currency"), "gross_total")
	add("net", f.NetTotal.Value, s.at("net_total"), "net_total")
	add("tax", f.TaxTotal.Value, s.at("tax_total"), "gross_total")
	add("gross", f.GrossTotal.Value, s.at("gross_total"), "gross_total")
	add("payable", f.Payable.Value, s.at("payable"), "gross_total")
	add("seller", f.SellerName.Value, s.at("seller.name"), "seller_name")
	add("seller vat", f.SellerVATID.Value, s.at("seller.vat_id"), "seller_vat")
	add("buyer", f.BuyerName.Value, s.at("buyer.name"), "buyer_name")
	if want := s.at("buyer.vat_id"); strings.Contains(text, strings.ReplaceAll(want, " ", "")) {
		add("buyer vat", f.BuyerVATID.Value, want, "")
	}
	if want := s.at("order_reference"); want != "" && strings.Contains(text, strings.ReplaceAll(want, " ", "")) {
		add("order", f.OrderReference.Value, want, "")
	}
	if !s.hidden("gross_total") {
		list = append(list, taxPairs(inv, f)...)
		list = append(list, linePairs(inv, f, text)...)
	}
	return list
}

// taxPairs asks for each rate of the breakdown its basis and amount.
func taxPairs(inv *einvoice.Invoice, f *pagefacts.Facts) []pair {
	var list []pair
	for _, want := range inv.Taxes {
		rate, err := decimal.Parse(want.Rate.Value)
		if err != nil || rate.IsZero() {
			continue
		}
		var got pagefacts.Tax
		for _, have := range f.Taxes {
			if same(have.Rate.Value, want.Rate.Value) {
				got = have
			}
		}
		list = append(list, pair{"tax basis of a rate", got.Basis.Value, want.Basis.Value}, pair{"tax amount of a rate", got.Amount.Value, want.Amount.Value})
	}
	return list
}

// linePairs asks for each line its sum, quantity and price, in their order. A sum
// that the page does not show, as that of an XML with gross sums, is not asked for;
// the text on the page may say more than the name.
func linePairs(inv *einvoice.Invoice, f *pagefacts.Facts, text string) []pair {
	if len(inv.Lines) == 0 {
		return nil // a profile without lines
	}
	list := []pair{{"line count", fmt.Sprint(len(f.Lines)), fmt.Sprint(len(inv.Lines))}}
	for i, want := range inv.Lines {
		var got pagefacts.Line
		if i < len(f.Lines) {
			got = f.Lines[i]
		}
		shown := want.LineTotal.Value
		if d, err := decimal.Parse(shown); err == nil && !strings.Contains(strings.ReplaceAll(text, ",", "."), d.Rescale(2).String()) {
			shown = ""
		}
		name := got.Description.Value
		if strings.Contains(name, want.Name.Value) {
			name = want.Name.Value
		}
		list = append(list, pair{"line sum", got.LineTotal.Value, shown}, pair{"line quantity", got.Quantity.Value, want.Quantity.Value},
			pair{"line price", got.UnitPrice.Value, want.UnitPrice.Value}, pair{"line text", name, want.Name.Value})
	}
	return list
}

// orderPairs asks of a shop's order its number, its day, and what was paid for it.
func orderPairs(s sample, f *pagefacts.Facts) []pair {
	number := f.Number.Value
	if number == "" {
		number = f.OrderReference.Value
	}
	list := []pair{{"order", number, s.at("order_id")}, {"date", f.IssueDate.Value, s.at("order_date")}}
	paid, _ := s.Truth["credit_card_transactions"].([]any)
	sum, currency := decimal.Zero, ""
	for _, p := range paid {
		amount, _ := p.(map[string]any)["amount"].(map[string]any)
		value, err := decimal.Parse(fmt.Sprint(amount["number"]))
		if err != nil {
			return list
		}
		sum, _ = sum.Add(value)
		currency = fmt.Sprint(amount["currency"])
	}
	if len(paid) > 0 {
		list = append(list, pair{"gross", f.GrossTotal.Value, sum.String()}, pair{"currency", f.Currency.Value, currency})
	}
	return list
}

// TestFiguresPages reads the sets of pages without an electronic invoice. Of the
// product's own samples two are photos with contradictions: they are shown alone.
func TestFiguresPages(t *testing.T) {
	for set, floor := range map[string][2]int{"html-invoice": {}, "plain-pdf": {92, 97}, "scans": {90, 97}, "receipts": {80, 93}, "well-samples": {}} {
		if set != "plain-pdf" && set != "html-invoice" && !recognition() {
			continue
		}
		t.Run(set, func(t *testing.T) {
			l, y := newLibrary(t), newTally()
			for _, s := range samples(t, set, "") {
				_, words := l.read(t, s.File)
				y.add(t, s, issuerOf(s), pagePairs(s, pagefacts.Read(words)))
			}
			y.report(t, set)
			y.atLeast(t, floor[0], floor[1])
		})
	}
}

func issuerOf(s sample) string {
	for _, name := range []string{s.at("seller.name"), s.at("company"), s.Group} {
		if name != "" {
			return name
		}
	}
	return s.File
}

func pagePairs(s sample, f *pagefacts.Facts) []pair {
	if s.at("order_id") != "" {
		return orderPairs(s, f)
	}
	var list []pair
	for _, ask := range []struct {
		field string
		fact  pagefacts.Fact
		paths string
		fact2 string
	}{
		{"number", f.Number, "invoice_number", "invoice_number"},
		{"date", f.IssueDate, "issue_date|date", "issue_date"},
		{"due", f.DueDate, "due_date", "due_date"},
		{"currency", f.Currency, "currency", ""},
		{"net", f.NetTotal, "net_total", "net_total"},
		{"tax", f.TaxTotal, "tax_total", "gross_total"},
		{"gross", f.GrossTotal, "gross_total|total", "gross_total"},
		{"seller", f.SellerName, "seller.name|company", "seller_name"},
		{"seller vat", f.SellerVATID, "seller.vat_id", "seller_vat"},
		{"buyer", f.BuyerName, "buyer.name", "buyer_name"},
	} {
		for _, path := range strings.Split(ask.paths, "|") {
			if want := s.at(path); want != "" && !s.hidden(ask.fact2) {
				list = append(list, pair{ask.field, ask.fact.Value, want})
			}
		}
	}
	return list
}
