package rule

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	"golang.org/x/sys/unix"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sheet"
)

// inMemory is a workspace of one record that is never read from anywhere.
type inMemory struct{ definition record.Definition }

func (m inMemory) Definitions(context.Context, string) (record.Definitions, error) {
	return record.Definitions{Revision: 1, All: []record.Definition{m.definition}}, nil
}

func (m inMemory) Rows(context.Context, string, string, []string, []string, int) (record.Rows, error) {
	cell := func(value string) record.Cell {
		return record.Cell{Value: value, Has: true, Version: 1, EntityType: record.EntityInvoice, EntityID: "i-1"}
	}
	return record.Rows{Revision: 1, Rows: []record.Row{{ID: "i-1", Cells: map[string]record.Cell{
		"grand_total": cell("120.50"), "tax_total": cell("20.05"), "local_currency": cell("EUR"), "x": {Own: true, EntityType: record.EntityInvoice, EntityID: "i-1"},
	}}}}, nil
}

// BenchmarkTenOperators evaluates a formula of ten operators on a record in memory,
// from the library alone to the kind's whole answer: where the time goes.
func BenchmarkTenOperators(b *testing.B) {
	b.Run("library", benchmarkLibrary)
	k := &Column{Sheets: &Sheets{Records: inMemory{record.Definition{
		Kind: record.CustomColumn, Root: "invoices", FieldKey: "x", Type: "number", Mode: record.Active,
		Formula: json.RawMessage(`{"expression": "(grand_total + tax_total) * 2 - grand_total / tax_total > 100 && local_currency == 'EUR' ? (grand_total * 3 - tax_total) * 0.5 : grand_total"}`),
	}}}}
	job := enrich.Job{Attempt: 1, Task: enrich.Task{ID: "t", WorkspaceID: "w", EntityType: record.EntityInvoice, EntityID: "i-1", Type: enrich.CustomColumn, CreatedAt: time.Unix(0, 0)}}
	w, answer := gather(b.Context(), k.Sheets, job.Task, (*sheet.Sheet).Columns)
	if answer != nil {
		b.Fatalf("%+v", answer)
	}
	b.Run("evaluated", func(b *testing.B) { // fields read from text, value written as JSON
		defer processorTime(b)()
		for b.Loop() {
			row := w.sheet.Row(w.root, w.rows[0], w.given)
			if r := w.fields[0].Evaluate(b.Context(), row); r.Value == nil {
				b.Fatal(r.Reason)
			}
		}
	})
	b.Run("with evidence", func(b *testing.B) { // reads, versions, basis
		defer processorTime(b)()
		for b.Loop() {
			one := w.sheet.Row(w.root, w.rows[0], w.given)
			if _, err := k.compute(b.Context(), w, w.fields[0], one, newOutput(w)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("answer", func(b *testing.B) { // with the task's output and description
		defer processorTime(b)()
		for b.Loop() {
			if _, ok := k.Run(b.Context(), job).(enrich.Done); !ok {
				b.Fatal("no answer")
			}
		}
	})
}

// processorTime reports what an operation takes of the processor, which other work
// on the machine changes less than its time by the clock.
func processorTime(b *testing.B) func() {
	used := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	began := used()
	return func() { b.ReportMetric(float64(used()-began)/float64(b.N), "cpu-ns/op") }
}

func benchmarkLibrary(b *testing.B) {
	env, err := cel.NewEnv(cel.Variable("a", cel.DoubleType), cel.Variable("b", cel.DoubleType), cel.Variable("c", cel.StringType))
	if err != nil {
		b.Fatal(err)
	}
	tree, issues := env.Compile(`(a + b) * 2.0 - a / b > 100.0 && c == 'EUR' ? (a * 3.0 - b) * 0.5 : a`)
	if issues.Err() != nil {
		b.Fatal(issues.Err())
	}
	plan, err := env.Program(tree, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		b.Fatal(err)
	}
	values := map[string]any{"a": 120.5, "b": 20.05, "c": "EUR"}
	defer processorTime(b)()
	for b.Loop() {
		if _, _, err := plan.Eval(values); err != nil {
			b.Fatal(err)
		}
	}
}
