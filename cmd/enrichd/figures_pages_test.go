package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// score counts, for one field, what was asked for, answered and right.
type score struct{ asked, answered, right int }

func (s score) String() string {
	return fmt.Sprintf("%d of %d right, %d answered (precision %.1f %%)", s.right, s.asked, s.answered, 100*float64(s.right)/float64(max(s.answered, 1)))
}

// readPages sends a set of page documents on their way and scores the fields that
// ask wants: for each document it gives field → (got, truth).
func readPages(t *testing.T, set string, ask func(truth, out map[string]any) map[string][2]string) (map[string]score, score) {
	t.Helper()
	b, scores, all := setup(t), map[string]score{}, score{}
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
		out := b.invoiceOf(ids[i])
		if len(out) == 0 {
			t.Logf("NOTHING %s: not read as an invoice", s.File)
		}
		for name, pair := range ask(s.Truth, out) {
			one := scores[name]
			one.add(pair)
			scores[name] = one
			all.add(pair)
			if pair[1] != "" && !samePage(pair[0], pair[1]) {
				t.Logf("MISS %s: %s is %q, truth %q", filepath.Base(s.File), name, pair[0], pair[1])
			}
		}
	}
	for name, s := range scores {
		t.Logf("FIGURE %s %s: %s", set, name, s)
	}
	t.Logf("FIGURE %s, all fields: %s", set, all)
	return scores, all
}

// add counts a field where the truth knows it: what the truth lacks, the page may
// still show.
func (s *score) add(pair [2]string) {
	if pair[1] == "" {
		return
	}
	s.asked++
	if pair[0] != "" {
		s.answered++
	}
	if samePage(pair[0], pair[1]) {
		s.right++
	}
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
	_, all := readPages(t, "plain-pdf", func(truth, out map[string]any) map[string][2]string {
		return onPage(truth, out, map[string]string{"invoice_number": "invoice_number", "issue_date": "issue_date", "due_date": "due_date", "local_currency": "currency",
			"issuer.name": "seller.name", "items_total": "net_total", "tax_total": "tax_total", "grand_total": "gross_total"})
	})
	atLeast(t, "fields right", all.right, all.asked, 92)
}

// TestFiguresScans reads pictures of invoices: tilted, turned, blurred.
func TestFiguresScans(t *testing.T) {
	_, all := readPages(t, "scans", func(truth, out map[string]any) map[string][2]string {
		return onPage(truth, out, map[string]string{"invoice_number": "invoice_number", "issue_date": "issue_date", "issuer.name": "seller.name", "grand_total": "gross_total"})
	})
	atLeast(t, "fields right", all.right, all.asked, 70)
}

// TestFiguresReceipts reads pictures of till slips.
func TestFiguresReceipts(t *testing.T) {
	_, all := readPages(t, "receipts", func(truth, out map[string]any) map[string][2]string {
		return onPage(truth, out, map[string]string{"grand_total": "total", "issue_date": "date", "issuer.name": "company"})
	})
	atLeast(t, "fields right", all.right, all.asked, 55)
}

// atLeast fails when a share falls below what was reached before, in percent.
func atLeast(t *testing.T, what string, right, of, percent int) {
	t.Helper()
	if 100*right < percent*of {
		t.Errorf("%s: %d of %d, below the %d %% that were reached before", what, right, of, percent)
	}
}
