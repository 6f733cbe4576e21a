package rule

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sheet"
)

// output gathers what a task answers.
type output struct {
	w       *work
	records []enrich.RecordWrite
	fields  map[string]any
	reads   []any
	reasons []enrich.Reason
	flat    map[string]any

	valued, blank, kept, calls int
	cost                       int64
	model                      string
}

func newOutput(w *work) *output {
	return &output{w: w, fields: map[string]any{}, flat: map[string]any{}}
}

// show puts a value into the output: of a task on one record each with its
// evidence, of one on many only their counts.
func (o *output) show(w *work, f *sheet.Field, row *sheet.Row, r sheet.Result, write enrich.FieldWrite, before record.Cell) {
	if r.Value != nil {
		o.valued++
	} else {
		o.blank++
	}
	if len(w.rows) > 1 {
		return
	}
	var value any
	if r.Value != nil {
		value = r.Value.Value
	}
	shown := map[string]any{
		"value": value, "confidence": nil, "grade": write.Grade, "decision": record.Applied,
		"previous": map[string]any{"value": previous(before), "origin": orEmpty(before.Origin)}, "provenance": write.Evidence,
	}
	if r.Value != nil && r.Value.Currency != "" {
		shown["currency"] = r.Value.Currency
	}
	if r.Reason != nil {
		shown["reason"] = r.Reason
		o.reasons = append(o.reasons, *r.Reason)
	}
	if len(r.Trace) > 0 {
		shown["trace"] = r.Trace
	}
	o.fields[f.FieldKey], o.flat[f.FieldKey] = shown, value
	for _, path := range f.Reads {
		o.reads = append(o.reads, map[string]any{"path": w.root + "." + path, "version": row.Cell(path).Version})
	}
	if f.Kind == record.CustomColumn && len(w.fields) == 1 {
		o.flat["field_key"], o.flat["value"], o.flat["stale"] = f.FieldKey, r.Value, false
	}
}

func previous(cell record.Cell) any {
	if text, has := sheet.CellText(cell); has {
		return text
	}
	return nil
}

func orEmpty(origin string) string {
	if origin == "" {
		return "empty"
	}
	return origin
}

// done is the answer.
func (o *output) done() enrich.Answer {
	out := o.flat
	out["_outcome"] = o.outcome()
	out["_fields"] = o.fields
	out["_coverage"] = map[string]int{"requested": o.valued + o.blank, "records": len(o.w.rows), "valued": o.valued, "blank": o.blank}
	out["_run"] = map[string]any{
		"worker": string(o.w.task.Type) + "@1", "reads": o.reads, "inputs": o.w.given, "calls": o.calls, "reused": o.kept, "cost_micros": o.cost, "model": o.model,
	}
	if len(o.reasons) > 0 {
		out["_reasons"] = o.reasons
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return enrich.Fail{Err: enrich.Errorf("internal_error", "The result cannot be written down."), Detail: err.Error(), Description: "**Not computed.** The result cannot be written down."}
	}
	return enrich.Done{Result: enrich.Result{Output: raw, Description: o.describe(), Records: o.records, CostMicros: o.cost}}
}

func (o *output) outcome() string {
	switch {
	case o.valued+o.blank == 0:
		return "skipped"
	case o.valued == 0 && o.model == "" && o.abstains():
		return "abstained"
	case o.valued == 0:
		return "no_result"
	case o.blank > 0:
		return "partial"
	}
	return "ok"
}

func (o *output) abstains() bool {
	for _, r := range o.reasons {
		if r.Code == "no_model" || r.Code == "model_abstained" {
			return true
		}
	}
	return false
}

func (o *output) describe() string {
	if o.valued+o.blank == 0 {
		return "**Nothing to compute.** There is no such column or rule any more."
	}
	s := fmt.Sprintf("**Computed %d of %d values** on %d records.", o.valued, o.valued+o.blank, len(o.w.rows))
	var why []string
	for i, r := range o.reasons {
		if i == 5 {
			why = append(why, "…")
			break
		}
		why = append(why, r.Message)
	}
	if len(why) > 0 {
		s += " " + strings.Join(why, " ")
	}
	return s
}
