package rule_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/kind/rule"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sheet"
)

func job(kind enrich.Type, entity, id string) enrich.Job {
	return enrich.Job{Attempt: 1, Task: enrich.Task{ID: "00000000-0000-4000-8000-000000000001", WorkspaceID: pgtest.Workspace, EntityType: entity, EntityID: id, Type: kind}}
}

func TestContract(t *testing.T) {
	w := newWorkspace(t, nil)
	w.must(column("invoices", "net", "number", "grand_total - tax_total"))
	w.must(column("invoices", "share", "number", "tax_total / (grand_total - 101)")) // of i-1 by zero
	w.must(aRule("invoices", "direction", "issuer.country == 'DE'", "'inbound'"))
	kindtest.Run(t, w.kinds[enrich.CustomColumn], []kindtest.Case{
		{Name: "an invoice", Job: job(enrich.CustomColumn, "invoice", "i-2"), Want: "Done"},
		{Name: "a division by zero", Job: job(enrich.CustomColumn, "invoice", "i-1"), Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
			if out := kindtest.Output(t, a); out["_outcome"] != "partial" || !strings.Contains(string(a.(enrich.Done).Output), "division_by_zero") {
				t.Errorf("%v", out)
			}
		}},
		{Name: "an unknown invoice", Job: job(enrich.CustomColumn, "invoice", "nope"), Want: "Refuse", Code: "record_not_found"},
		{Name: "a month", Job: job(enrich.CustomColumn, "calendar_month", "2026-05"), Want: "Refuse", Code: "no_root"},
		{Name: "a task is no root", Job: job(enrich.CustomColumn, "enrichment_task", "x"), Want: "Refuse", Code: "no_root"},
	})
	kindtest.Run(t, w.kinds[enrich.FieldRule], []kindtest.Case{{Name: "an invoice", Job: job(enrich.FieldRule, "invoice", "i-1"), Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
		out := string(a.(enrich.Done).Output)
		for _, part := range []string{`"matched":true`, `"clause":"issuer.country == 'DE'"`, `"read":{"issuer.country":"DE"}`, `"effect":"applied"`} {
			if !strings.Contains(out, part) {
				t.Errorf("%s lacks %s", out, part)
			}
		}
	}}})
}

// A circle is refused when it is defined, and named.
func TestCirclesAreRefused(t *testing.T) {
	w := newWorkspace(t, nil)
	a := w.must(column("invoices", "a", "number", "grand_total"))
	w.must(column("invoices", "b", "number", "a + 1"))
	_, err := w.db.UpdateDefinition(t.Context(), w.id, record.CustomColumn, a.ID, func(all record.Definitions, d record.Definition) (record.Definition, error) {
		d.Formula = json.RawMessage(`{"expression": "b + 1"}`)
		return w.check(all, d)
	})
	if err == nil || !strings.Contains(err.Error(), "invoices.a → invoices.b → invoices.a") {
		t.Errorf("a circle: %v", err)
	}
	if _, err := w.define(column("enrichment_tasks", "a", "number", "1")); enrich.CodeOf(err) != enrich.CodeInvalid {
		t.Errorf("tasks as a root: %v", err)
	}
	if err := w.db.DeleteDefinition(t.Context(), w.id, record.CustomColumn, a.ID); enrich.CodeOf(err) != enrich.CodeInvalid {
		t.Errorf("a column that another one reads was deleted: %v", err)
	}
}

// An edit recomputes the cells that depend on it, and no other.
func TestAnEditRecomputesWhatDependsOnIt(t *testing.T) {
	w := newWorkspace(t, nil)
	for _, d := range []record.Definition{
		column("invoices", "a", "number", "grand_total * 2"), column("invoices", "b", "number", "a + tax_total"),
		column("invoices", "c", "text", "issuer.country + text(due_date)"), column("companies", "d", "text", "upper(country)"), column("invoices", "e", "text", "issuer.d"),
	} {
		w.compute(w.must(d))
	}
	w.quiet()
	for _, c := range []struct {
		entity, id, field, value string
		cells                    int
	}{
		{"invoice", "i-1", "grand_total", `"7"`, 2},       // a, b
		{"invoice", "i-1", "tax_total", `"3"`, 1},         // b
		{"invoice", "i-1", "due_date", `"2026-07-01"`, 1}, // c
		{"invoice", "i-1", "direction", `"inbound"`, 0},
		{"company", "c-2", "country", `"FR"`, 1 + 2*2}, // d; c and e of its two invoices
		{"company", "c-2", "country", `"FR"`, 0},       // the same again
		{"invoice", "i-1", "issuer_id", `"c-1"`, 2},    // c, e
	} {
		w.cells = 0
		w.edit(c.entity, c.id, c.field, c.value)
		w.quiet()
		if w.cells != c.cells {
			t.Errorf("an edit of %s of %s recomputed %d cells, want %d", c.field, c.id, w.cells, c.cells)
		}
	}
}

// A changed definition marks the values of its column until they are computed
// again, also where they come out the same; a new name alone marks nothing.
func TestAChangedDefinitionMarksItsValues(t *testing.T) {
	w := newWorkspace(t, nil)
	net := w.must(column("invoices", "net", "number", "grand_total - tax_total"))
	other := w.must(column("invoices", "other", "number", "tax_total"))
	w.compute(net)
	w.compute(other)
	w.quiet()
	change := func(change func(*record.Definition)) {
		t.Helper()
		if _, err := w.db.UpdateDefinition(t.Context(), w.id, record.CustomColumn, net.ID, func(all record.Definitions, d record.Definition) (record.Definition, error) {
			change(&d)
			return w.check(all, d)
		}); err != nil {
			t.Fatal(err)
		}
	}
	stale := func(field string, want bool) {
		t.Helper()
		values, err := w.db.FieldValues(t.Context(), w.id, "invoice", "i-1")
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, v := range values {
			if v.Field != field || v.ActiveUntil != nil {
				continue
			}
			if found = true; v.Stale != want {
				t.Errorf("%s: stale is %t", field, v.Stale)
			}
		}
		if !found {
			t.Errorf("%s has no value", field)
		}
	}
	stale("net", false)
	change(func(d *record.Definition) { d.Name = "Without tax" })
	stale("net", false)
	change(func(d *record.Definition) {
		d.Formula = json.RawMessage(`{"expression": "grand_total - tax_total * 1"}`)
	})
	stale("net", true)
	stale("other", false)
	w.compute(net)
	w.quiet()
	stale("net", false)
}

// A person's value stands; what is computed is kept beside it, and others follow
// from the person's.
func TestBothValuesAreKept(t *testing.T) {
	w := newWorkspace(t, nil)
	w.compute(w.must(column("invoices", "a", "number", "grand_total * 2")))
	w.compute(w.must(column("invoices", "b", "number", "a + 1")))
	w.quiet()
	e := postgres.Edit{EntityType: "invoice", EntityID: "i-1", By: "person", Values: map[string]json.RawMessage{"a": json.RawMessage(`{"value": "5"}`)}}
	if err := w.db.EditCell(t.Context(), w.id, e, sheet.CheckValue, w.follow); err != nil {
		t.Fatal(err)
	}
	w.edit("invoice", "i-1", "grand_total", `"50"`)
	w.quiet()
	stands, own, byPerson := w.values("invoice", "i-1", "a")
	if stands != `{"value": "5"}` || own != `{"value": "100"}` || !byPerson {
		t.Errorf("%s stands, %s is computed", stands, own)
	}
	if stands, _, _ = w.values("invoice", "i-1", "b"); stands != `{"value": "6"}` {
		t.Errorf("what follows is %s", stands)
	}
	e.Values["a"] = json.RawMessage(`{"value": "five"}`)
	if err := w.db.EditCell(t.Context(), w.id, e, sheet.CheckValue, w.follow); enrich.CodeOf(err) != enrich.CodeInvalid {
		t.Errorf("a text in a column of numbers: %v", err)
	}
}

// recorded is a model with recorded answers, which counts its calls.
type recorded struct {
	answers map[string]string
	calls   int
}

func (r *recorded) Answer(_ context.Context, q rule.Question) (rule.Reply, error) {
	r.calls++
	answer, ok := r.answers[q.Prompt]
	if !ok {
		return rule.Reply{}, errors.New("no recorded answer to " + q.Prompt)
	}
	return rule.Reply{Answer: json.RawMessage(answer), Model: "recorded", CostMicros: 3}, nil
}

// A model is asked when what its column reads has changed, and only then; its
// answer must fit the column.
func TestAModelIsAskedOnlyForNews(t *testing.T) {
	model := &recorded{answers: map[string]string{
		"Risk of F-1?": `{"value": "high"}`, "Risk of F-2?": `{"value": "enormous"}`, "Risk of F-3?": `{"value": null}`, "Risk of G-1?": `{"value": "low"}`,
	}}
	w := newWorkspace(t, model)
	d := record.Definition{
		Kind: record.CustomColumn, Root: "invoices", FieldKey: "risk", Type: "ai", Mode: record.Active,
		Rules: json.RawMessage(`{"prompt": "Risk of {invoice_number}?"}`), Format: json.RawMessage(`{"type": "select", "options": ["high", "low"]}`),
	}
	d = w.must(d)
	for range 2 {
		w.compute(d)
		w.quiet()
	}
	if stands, _, _ := w.values("invoice", "i-1", "risk"); stands != `{"value": "high"}` || model.calls != invoices {
		t.Errorf("%s after %d calls", stands, model.calls)
	}
	if stands, _, _ := w.values("invoice", "i-2", "risk"); stands != "null" {
		t.Errorf("an answer that is no option became %s", stands)
	}
	w.edit("invoice", "i-1", "grand_total", `"1"`)
	w.edit("invoice", "i-1", "invoice_number", `"G-1"`)
	w.quiet()
	if stands, _, _ := w.values("invoice", "i-1", "risk"); stands != `{"value": "low"}` || model.calls != invoices+1 {
		t.Errorf("%s after %d calls", stands, model.calls)
	}
}

// A rule sets a field unless a person did, takes its value back when it does not
// hold any more, and in shadow only counts.
func TestRules(t *testing.T) {
	w := newWorkspace(t, nil)
	w.edit("invoice", "i-2", "direction", `"outbound"`)
	d := w.must(aRule("invoices", "direction", "issuer.country == 'DE'", "'inbound'"))
	w.compute(d)
	w.quiet()
	stands, _, _ := w.values("invoice", "i-1", "direction")
	person, suggestion, byPerson := w.values("invoice", "i-2", "direction")
	if stands != `"inbound"` || person != `"outbound"` || suggestion != `"inbound"` || !byPerson {
		t.Errorf("%s; %s with %s beside it", stands, person, suggestion)
	}
	w.edit("company", "c-2", "country", `"FR"`) // the issuer of i-1
	w.quiet()
	if stands, _, _ = w.values("invoice", "i-1", "direction"); stands != "null" {
		t.Errorf("the rule does not hold any more, and left %s", stands)
	}
	if _, err := w.define(aRule("invoices", "direction", "true", "'inbound'")); enrich.CodeOf(err) != enrich.CodeInvalid {
		t.Errorf("a second active rule of a field: %v", err)
	}
	shadow := aRule("invoices", "buyer_reference", "grand_total > 101", "'large'")
	shadow.Mode = record.Shadow
	w.must(shadow)
	answer := w.kinds[enrich.FieldRule].Run(t.Context(), job(enrich.FieldRule, "invoice", "i-2"))
	if out := string(answer.(enrich.Done).Output); !strings.Contains(out, `"would_change":1`) || len(answer.(enrich.Done).Records) != 1 {
		t.Errorf("in shadow: %s", out)
	}
}

// Rules that set each other off, which no check let in, end with a named reason.
func TestALoopEndsWithAReason(t *testing.T) {
	w := newWorkspace(t, nil)
	for _, d := range []record.Definition{
		aRule("invoices", "buyer_reference", "true", "ifBlank(order_reference, '') + 'x'"), aRule("invoices", "order_reference", "true", "ifBlank(buyer_reference, '') + 'y'"),
	} {
		_, err := w.db.AddDefinition(t.Context(), w.id, d, func(_ record.Definitions, d record.Definition) (record.Definition, error) {
			return w.check(record.Definitions{}, d) // as if nothing else stood
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.edit("invoice", "i-1", "buyer_reference", `null`)
	w.edit("invoice", "i-2", "order_reference", `"o"`)
	pgtest.Exec(t, w.url, `DELETE FROM field_values WHERE origin = 'person'`) // nobody's word stands in the way
	w.quiet()
	ended := pgtest.Query[int](t, w.url, `SELECT count(*) FROM enrichment_tasks WHERE output -> '_reasons' @> '[{"code": "loop_ended"}]'`)
	if ended == 0 {
		t.Error("no task says that a loop was ended")
	}
}
