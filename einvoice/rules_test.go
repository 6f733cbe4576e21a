package einvoice

import (
	"encoding/json"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fragment is a piece of a document with the verdict of upstream's own test on it.
type fragment struct {
	ID    string `json:"id"`
	XML   string `json:"xml"`
	Truth struct {
		Rule    string   `json:"rule"`
		Success []string `json:"success"`
		Error   []string `json:"error"`
	} `json:"truth"`
}

// heldOut puts a third of the fragments aside, which were not looked at while the
// rules were written.
func (f fragment) heldOut() bool {
	h := fnv.New32a()
	h.Write([]byte(f.ID))
	return h.Sum32()%3 == 0
}

func fragments(t *testing.T) []fragment {
	t.Helper()
	path := filepath.Join(dataDir(), "einvoice-rules", "truth.jsonl")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("no rule fragments at %s: set ENRICHD_DATA to the data folder", path)
	}
	var list []fragment
	for line := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n") {
		var f fragment
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

// verdict is fail where the rule fails; a rule that finds nothing to look at does
// not fail, as in upstream's tests.
func verdict(t *testing.T, f fragment) string {
	t.Helper()
	rules, err := Rules([]byte(f.XML))
	if err != nil {
		t.Fatalf("%s: %v", f.ID, err)
	}
	for _, r := range rules {
		if r.ID == f.Truth.Rule {
			return r.Status
		}
	}
	return StatusPass
}

// TestFiguresRules compares the verdict on each fragment with upstream's.
func TestFiguresRules(t *testing.T) {
	equal, total := map[bool]int{}, map[bool]int{}
	for _, f := range fragments(t) {
		want := StatusPass
		if len(f.Truth.Error) > 0 {
			want = StatusFail
		}
		total[f.heldOut()]++
		if got := verdict(t, f); got == want {
			equal[f.heldOut()]++
		} else if !f.heldOut() {
			t.Logf("MISS %s %s: %s, upstream %s", f.Truth.Rule, f.ID, got, want)
		}
	}
	t.Logf("FIGURE EN 16931 rule fragments, verdict equal to upstream's: tuning %d of %d, held out %d of %d",
		equal[false], total[false], equal[true], total[true])
	for _, part := range []bool{false, true} {
		if 100*equal[part] < 95*total[part] {
			t.Errorf("held out %t: fewer than 95 in 100 verdicts are equal", part)
		}
	}
}

// TestRulesOnInvoices shows how real invoices fare. Upstream's examples keep the
// rules; what fails on many documents would rather be our reading of a rule.
func TestRulesOnInvoices(t *testing.T) {
	dir := filepath.Join(dataDir(), "einvoice")
	failed, documents := map[string]int{}, 0
	for _, row := range truthRows(t, dir) {
		if !strings.HasSuffix(row.File, ".xml") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, row.File))
		if err != nil {
			t.Fatal(err)
		}
		rules, err := Rules(data)
		if err != nil || len(rules) == 0 {
			continue
		}
		documents++
		for _, r := range rules {
			if r.Status == StatusFail {
				failed[r.ID]++
				if strings.Contains(row.File, "EN16931__") || strings.Contains(row.File, "xrechnung-testsuite") {
					t.Logf("upstream's %s: %s, %s at %s", filepath.Base(row.File), r.ID, r.Demand, r.Path)
				}
			}
		}
	}
	t.Logf("%d documents; fails by rule: %v", documents, failed)
	for id, n := range failed {
		if 10*n > documents {
			t.Errorf("%s fails on %d of %d real invoices", id, n, documents)
		}
	}
}

// TestRulesNamed: each rule has one name and says what it asks for, and every term
// that a rule asks for is in the table.
func TestRulesNamed(t *testing.T) {
	var ids []string
	for _, r := range allRules() {
		if r.demand == "" || r.holds == nil || !strings.HasPrefix(r.id, "BR-") {
			t.Errorf("%s: %q", r.id, r.demand)
		}
		ids = append(ids, r.id)
	}
	slices.Sort(ids)
	if n := len(slices.Compact(slices.Clone(ids))); n != len(ids) {
		t.Errorf("%d names for %d rules", n, len(ids))
	}
	t.Logf("%d rules", len(ids))
}
