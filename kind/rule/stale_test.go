package rule_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// stale lists the values that wait to be computed again: entity and field.
func (w *workspace) stale() string {
	w.Helper()
	page, err := w.db.ListValues(w.Context(), w.id, postgres.ListQuery{Size: 500})
	if err != nil {
		w.Fatal(err)
	}
	var list []string
	for _, v := range page.Records {
		if v.Stale {
			list = append(list, v.EntityID+"."+v.Field)
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// change gives a definition another expression, rule or mode.
func (w *workspace) change(d record.Definition, change func(*record.Definition)) record.Definition {
	w.Helper()
	d, err := w.db.UpdateDefinition(w.Context(), w.id, d.Kind, d.ID, func(all record.Definitions, d record.Definition) (record.Definition, error) {
		change(&d)
		return w.check(all, d)
	})
	if err != nil {
		w.Fatal(err)
	}
	return d
}

// recompute presses what is stale of a definition, and says how many tasks that made.
func (w *workspace) recompute(d record.Definition, press string) int {
	w.Helper()
	root, _ := record.RootNamed(d.Root)
	kind := map[record.DefinitionKind]enrich.Type{record.CustomColumn: enrich.CustomColumn, record.FieldRule: enrich.FieldRule}[d.Kind]
	n, err := w.db.StaleRecords(w.Context(), w.id, d, 1000)
	if err != nil {
		w.Fatal(err)
	}
	pressed, err := w.db.Press(w.Context(), w.id, postgres.Press{
		EntityType: root.EntityType, Stale: d.FieldKey, Content: json.RawMessage(`{}`), Fingerprint: press, By: "Ada",
		Requests: func(t postgres.Target) ([]enrich.Request, error) {
			return []enrich.Request{{EntityType: root.EntityType, EntityID: t.ID, Type: kind, TargetFields: []string{d.FieldKey}, Force: true}}, nil
		},
	})
	if n == 0 && enrich.CodeOf(err) != "" {
		return 0 // a press of nothing is refused
	}
	if err != nil {
		w.Fatal(err)
	}
	if pressed.Batch.Total != n {
		w.Errorf("%d tasks for %d stale records", pressed.Batch.Total, n)
	}
	w.quiet()
	return n
}

// A changed column marks what follows from it, over a column between and over a
// related record, and one press for the stale ones computes them again and no other.
func TestStaleOverOthers(t *testing.T) {
	w := newWorkspace(t, nil)
	for _, d := range []record.Definition{
		column("companies", "d", "text", "upper(country)"), column("companies", "dd", "text", `d + "!"`),
		column("invoices", "e", "text", "issuer.dd"), column("invoices", "f", "text", `e + "?"`), column("invoices", "free", "number", "tax_total"),
	} {
		w.compute(w.must(d))
	}
	w.quiet()
	if got := w.stale(); got != "" {
		t.Fatalf("stale from the start: %s", got)
	}
	all, err := w.db.Definitions(t.Context(), w.id)
	if err != nil {
		t.Fatal(err)
	}
	d := w.change(all.All[0], func(d *record.Definition) { d.Formula = json.RawMessage(`{"expression": "upper(country) + \"\""}`) })
	var want []string
	for k := range companies {
		want = append(want, fmt.Sprintf("c-%d.d", k+1), fmt.Sprintf("c-%d.dd", k+1))
	}
	for k := range invoices {
		want = append(want, fmt.Sprintf("i-%d.e", k+1), fmt.Sprintf("i-%d.f", k+1))
	}
	slices.Sort(want)
	if got := w.stale(); got != strings.Join(want, " ") {
		t.Errorf("stale: %s\nwant:  %s", got, strings.Join(want, " "))
	}
	w.cells = 0
	if n := w.recompute(d, "one"); n != companies || w.stale() != "" || w.cells != 2*companies {
		t.Errorf("%d records, %d cells; still stale: %s", n, w.cells, w.stale())
	}
	if n := w.recompute(d, "two"); n != 0 {
		t.Errorf("a second time: %d records", n)
	}
}

// What a rule set is stale when the rule has changed, is off or is gone, and no
// value that a person wrote or took up is.
func TestStaleRules(t *testing.T) {
	w := newWorkspace(t, nil)
	r := w.must(aRule("invoices", "due_date", "grand_total >= 0", "issue_date + 30"))
	w.compute(r)
	w.quiet()
	w.edit("invoice", "i-1", "due_date", `"2026-07-01"`)
	w.quiet()
	if got := w.stale(); got != "" {
		t.Fatalf("stale from the start: %s", got)
	}
	const others = "i-2.due_date i-3.due_date"
	r = w.change(r, func(d *record.Definition) {
		d.Rules = aRule("invoices", "due_date", "grand_total >= 0", "issue_date + 14").Rules
	})
	if got := w.stale(); got != others {
		t.Errorf("after a change: %s", got)
	}
	if n := w.recompute(r, "one"); n != 2 || w.stale() != "" {
		t.Errorf("%d records; still stale: %s", n, w.stale())
	}
	r = w.change(r, func(d *record.Definition) { d.Mode = record.Off })
	if got := w.stale(); got != others {
		t.Errorf("after it was switched off: %s", got)
	}
	w.change(r, func(d *record.Definition) { d.Mode = record.Active })
	if got := w.stale(); got != "" {
		t.Errorf("after it was switched on: %s", got)
	}
	if err := w.db.DeleteDefinition(t.Context(), w.id, record.FieldRule, r.ID); err != nil || w.stale() != others {
		t.Errorf("after it was deleted: %v, %s", err, w.stale())
	}
}
