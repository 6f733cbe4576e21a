package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/kind/kindtest"
)

// score counts, for one field, what was asked for, answered and right.
type score struct{ asked, answered, right int }

func (s score) String() string {
	return fmt.Sprintf("%d of %d right, %d answered (precision %.1f %%, coverage %.1f %%)", s.right, s.asked, s.answered, share(s.right, s.answered), share(s.answered, s.asked))
}

// share is a part in percent.
func share(part, of int) float64 { return 100 * float64(part) / float64(max(of, 1)) }

// tally is the score of a set: all of it, field by field, and of the two parts that
// its issuers fall into.
type tally struct {
	all           score
	fields, parts map[string]score
}

// readPages sends a set of page documents on their way and scores the fields that
// ask wants: for each document it gives field → (got, truth). What asks for the
// lines of a table is scored by itself.
func readPages(t *testing.T, set string, ask func(truth, out map[string]any) map[string][2]string) tally {
	t.Helper()
	b, sum := setup(t), tally{fields: map[string]score{}, parts: map[string]score{}}
	list := samples(t, set, func(sample) bool { return true })
	ids := make([]string, len(list))
	for i, s := range list {
		content, err := os.ReadFile(filepath.Join(dataFolder(t), set, s.File))
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = b.upload(filepath.Base(s.File), content).ID
	}
	for i, s := range list {
		out, part := b.invoiceOf(ids[i]), kindtest.Part(issuerOf(s))
		if len(out) == 0 {
			t.Logf("NOTHING %s: not read as an invoice", s.File)
		}
		for name, pair := range ask(s.Truth, out) {
			sum.add(name, part, pair)
			if pair[1] != "" && !samePage(pair[0], pair[1]) {
				t.Logf("MISS %s (%s): %s is %q, truth %q", filepath.Base(s.File), part, name, pair[0], pair[1])
			}
		}
	}
	for _, scores := range []map[string]score{sum.fields, sum.parts} {
		for _, name := range slices.Sorted(maps.Keys(scores)) {
			t.Logf("FIGURE %s %s: %s", set, name, scores[name])
		}
	}
	t.Logf("FIGURE %s, all fields: %s", set, sum.all)
	return sum
}

func (y *tally) add(name, part string, pair [2]string) {
	y.fields[name] = y.fields[name].with(pair)
	if !strings.HasPrefix(name, "invoice_items") {
		y.all, y.parts[part] = y.all.with(pair), y.parts[part].with(pair)
	}
}

// issuerOf names who issued a document, or where it comes from.
func issuerOf(s sample) string {
	return cmp.Or(text(dig(s.Truth, "seller", "name")), text(s.Truth["company"]), s.Group, s.File)
}

// with counts a field where the truth knows it: what the truth lacks, the page may
// still show.
func (s score) with(pair [2]string) score {
	if pair[1] == "" {
		return s
	}
	s.asked++
	if pair[0] != "" {
		s.answered++
	}
	if samePage(pair[0], pair[1]) {
		s.right++
	}
	return s
}

// samePage compares an answer with the truth: amounts by their number, other
// texts without case, spaces and signs.
func samePage(got, want string) bool {
	if got == "" || want == "" {
		return got == want
	}
	plain := func(s string) string { return strings.ToLower(strip(strings.NewReplacer(",", "", "'", "").Replace(s))) }
	return sameAmount(got, want) || plain(got) == plain(want)
}

// invoiceOf waits for a document's reading; empty when it was not taken for an invoice.
func (b *bench) invoiceOf(document string) map[string]any {
	first := b.until("ocr_extract", document)
	var read map[string]any
	_ = json.Unmarshal(first.Attributes["output"], &read)
	if next, _ := read["_next"].([]any); len(next) == 0 {
		return nil
	}
	var out map[string]any
	_ = json.Unmarshal(b.until("ai_invoice", document).Attributes["output"], &out)
	return out
}

// onPage gives the fields that a page must show, where the truth has them.
func onPage(truth, out map[string]any, fields map[string]string) map[string][2]string {
	pairs := map[string][2]string{}
	for path, at := range fields {
		pairs[path] = [2]string{text(digPath(out, path)), text(digPath(truth, at))}
	}
	return pairs
}

func digPath(v map[string]any, path string) any {
	var at any = v
	for _, step := range strings.Split(path, ".") {
		at = dig(at, step)
	}
	return at
}

// TestFiguresPlainPDF reads PDFs that have no electronic invoice attached.
func TestFiguresPlainPDF(t *testing.T) {
	sum := readPages(t, "plain-pdf", func(truth, out map[string]any) map[string][2]string {
		pairs := onPage(truth, out, map[string]string{
			"invoice_number": "invoice_number", "issue_date": "issue_date", "due_date": "due_date", "local_currency": "currency",
			"issuer.name": "seller.name", "items_total": "net_total", "tax_total": "tax_total", "grand_total": "gross_total",
		})
		return withLines(pairs, truth, out)
	})
	atLeast(t, "fields right", sum.all.right, sum.all.asked, 92)
	atLeast(t, "precision", sum.all.right, sum.all.answered, 97)
	for _, name := range []string{"invoice_items.count", "invoice_items.line_total"} {
		atLeast(t, name, sum.fields[name].right, sum.fields[name].asked, 90)
	}
}

// withLines asks for the lines of the table: their sums in order where the truth has
// them, or else how many there are. A line without a sum is a heading among them.
func withLines(pairs map[string][2]string, truth, out map[string]any) map[string][2]string {
	wanted, _ := dig(truth, "upstream", "lines").([]any)
	var want, got []string
	for _, l := range wanted {
		if sum := cmp.Or(text(dig(l, "price_subtotal")), text(dig(l, "price"))); sum != "" {
			want = append(want, plainAmount(sum))
		}
	}
	items, _ := out["invoice_items"].([]any)
	for _, l := range items {
		if sum := plainAmount(text(dig(l, "line_total"))); sum != "0" {
			got = append(got, sum)
		}
	}
	switch count := text(truth["line_count"]); {
	case len(want) > 0:
		pairs["invoice_items.line_total"] = [2]string{strings.Join(got, " "), strings.Join(want, " ")}
	case len(wanted) == 0:
		pairs["invoice_items.count"] = [2]string{fmt.Sprint(len(items)), count}
	}
	return pairs
}

// plainAmount is an amount without zeros at its end.
func plainAmount(s string) string {
	d, err := decimal.Parse(s)
	if err != nil {
		return s
	}
	return d.Trim(0).String()
}

// TestFiguresScans reads pictures of invoices: tilted, turned, blurred. At most one
// of eight may be missed of a field.
func TestFiguresScans(t *testing.T) {
	sum := readPages(t, "scans", func(truth, out map[string]any) map[string][2]string {
		return onPage(truth, out, map[string]string{"invoice_number": "invoice_number", "issue_date": "issue_date", "issuer.name": "seller.name", "grand_total": "gross_total"})
	})
	for _, name := range slices.Sorted(maps.Keys(sum.fields)) {
		if s := sum.fields[name]; 8*(s.asked-s.right) > s.asked {
			t.Errorf("%s: %s; at most 1 in 8 may be missed", name, s)
		}
	}
}

// TestFiguresReceipts reads pictures of till slips.
func TestFiguresReceipts(t *testing.T) {
	sum := readPages(t, "receipts", func(truth, out map[string]any) map[string][2]string {
		return onPage(truth, out, map[string]string{"grand_total": "total", "issue_date": "date", "issuer.name": "company"})
	})
	// Of the 24: totals 21, dates 20, companies 14.
	for name, percent := range map[string]int{"grand_total": 87, "issue_date": 83, "issuer.name": 58} {
		atLeast(t, name, sum.fields[name].right, sum.fields[name].asked, percent)
	}
	atLeast(t, "precision", sum.all.right, sum.all.answered, 93)
}

// atLeast fails when a share is below what it must be, in percent.
func atLeast(t *testing.T, what string, right, of, percent int) {
	t.Helper()
	if 100*right < percent*of {
		t.Errorf("%s: %d of %d, below %d %%", what, right, of, percent)
	}
}
