package rule

import (
	"context"
	"encoding/json"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sheet"
)

// FieldRule is the worker of field_rule.
type FieldRule struct{ Sheets *Sheets }

// Spec describes the kind; see Column.Spec.
func (k *FieldRule) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.FieldRule, Version: 1, Deadline: 5 * time.Minute, MaxAttempts: 3, ReuseAge: time.Nanosecond}
}

// Check refuses an input of another form.
func (k *FieldRule) Check(raw json.RawMessage) error { return checkInput(raw) }

// Run evaluates the rules of the fields that the task asks for on its records. A
// rule that does not fire takes back what it had set, so that the outcome does
// not depend on which came first. Rules in shadow are evaluated and counted.
func (k *FieldRule) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	w, answer := gather(ctx, k.Sheets, job.Task, func(s *sheet.Sheet, root string, names []string) []*sheet.Field { return s.Rules(root, names) })
	if answer != nil {
		return answer
	}
	out := newOutput(w)
	shadows := map[string]*shadow{}
	for _, row := range w.rows {
		one := w.sheet.Row(w.root, row, w.given)
		write := enrich.RecordWrite{EntityType: w.task.EntityType, EntityID: row.ID}
		for _, f := range w.fields {
			result := f.Evaluate(ctx, one)
			field := ruleWrite(f, one, result)
			before := one.Cell(f.FieldKey)
			if f.Mode == record.Shadow {
				count(shadows, f, before, field)
				continue
			}
			write.Fields = append(write.Fields, field)
			out.show(w, f, one, result, field, before)
			out.effect(f, result, field, before)
		}
		if len(write.Fields) > 0 {
			out.records = append(out.records, write)
		}
	}
	if len(shadows) > 0 {
		out.flat["_shadow"] = shadows
		out.valued += len(shadows)
	}
	return out.done()
}

// ruleWrite is what a rule wants of its field.
func ruleWrite(f *sheet.Field, row *sheet.Row, r sheet.Result) enrich.FieldWrite {
	write := enrich.FieldWrite{
		Name: f.FieldKey, Value: json.RawMessage("null"), Origin: enrich.ByFieldRule, Grade: enrich.Single, Confidence: 1, Definition: f.Hash, Shown: f.FieldKey,
		Reads: readsOf(f, row), Evidence: evidenceOf(f, row, r, basisOf(f, row)), Withdraw: r.Value == nil,
	}
	if r.Value != nil {
		write.Value = r.Value.Value
	}
	return write
}

// shadow counts what a rule in shadow would have done.
type shadow struct {
	RuleID      string   `json:"rule_id"`
	Evaluated   int      `json:"evaluated"`
	Fired       int      `json:"fired"`
	WouldChange int      `json:"would_change"`
	WouldYield  int      `json:"would_yield_to_a_person"`
	Examples    []string `json:"examples,omitempty"` // records that would have changed, a few
}

// maxExamples is how many records a shadow names.
const maxExamples = 5

func count(shadows map[string]*shadow, f *sheet.Field, before record.Cell, write enrich.FieldWrite) {
	s := shadows[f.ID]
	if s == nil {
		s = &shadow{RuleID: f.ID}
		shadows[f.ID] = s
	}
	s.Evaluated++
	if write.Withdraw {
		return
	}
	s.Fired++
	var text string
	_ = json.Unmarshal(write.Value, &text)
	switch {
	case before.Has && before.Value == text:
	case enrich.Origin(before.Origin).Precedence() < enrich.ByFieldRule.Precedence():
		s.WouldYield++
	default:
		s.WouldChange++
		if len(s.Examples) < maxExamples {
			s.Examples = append(s.Examples, before.EntityID)
		}
	}
}

// effect says of a rule on one record whether it fired and what follows.
func (o *output) effect(f *sheet.Field, r sheet.Result, write enrich.FieldWrite, before record.Cell) {
	shown, ok := o.fields[f.FieldKey].(map[string]any)
	if !ok {
		return
	}
	shown["rule_id"], shown["matched"] = f.ID, r.Matched
	switch {
	case write.Withdraw && before.Origin == string(enrich.ByFieldRule):
		shown["effect"] = "withdrawn"
	case write.Withdraw:
		shown["effect"] = "none"
	case enrich.Origin(before.Origin).Precedence() < enrich.ByFieldRule.Precedence():
		shown["effect"] = "suggested"
	default:
		shown["effect"] = "applied"
	}
}
