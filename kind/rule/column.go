package rule

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/llm"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sheet"
)

// Column is the worker of custom_column.
type Column struct {
	Sheets *Sheets
	Model  Model // nil: columns of the type ai abstain
}

// Spec describes the kind. A finished run never stands for a new one: records
// and definitions have moved on since.
func (k *Column) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.CustomColumn, Version: 1, Deadline: 5 * time.Minute, MaxAttempts: 3, ReuseAge: time.Nanosecond}
}

// Check refuses an input of another form.
func (k *Column) Check(raw json.RawMessage) error { return checkInput(raw) }

// Run computes the columns that the task asks for, and those that follow from
// them, on its records.
func (k *Column) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	w, answer := gather(ctx, k.Sheets, job.Task, func(s *sheet.Sheet, root string, names []string) []*sheet.Field { return s.Columns(root, names) })
	if answer != nil {
		return answer
	}
	out := newOutput(w)
	for _, row := range w.rows {
		one := w.sheet.Row(w.root, row, w.given)
		write := enrich.RecordWrite{EntityType: w.task.EntityType, EntityID: row.ID}
		for _, f := range w.fields {
			field, err := k.compute(ctx, w, f, one, out)
			if err != nil {
				return modelAway(err)
			}
			write.Fields = append(write.Fields, field)
		}
		if len(write.Fields) > 0 {
			out.records = append(out.records, write)
		}
	}
	return out.done()
}

// compute gives one cell's next value, and puts it where the columns that follow
// from it read it.
func (k *Column) compute(ctx context.Context, w *work, f *sheet.Field, row *sheet.Row, out *output) (enrich.FieldWrite, error) {
	before := row.Cell(f.FieldKey)
	basis := basisOf(f, row)
	origin, grade := enrich.ByFormula, enrich.Single
	result := sheet.Result{}
	if f.ByModel() {
		origin, grade = enrich.ByModel, enrich.Guess
		if before.Basis == basis && before.Basis != "" { // nothing that it was asked has changed
			result.Value = standing(before)
			out.kept++
		} else if err := k.ask(ctx, w, f, row, &result, out); err != nil {
			return enrich.FieldWrite{}, err
		}
	} else {
		result = f.Evaluate(ctx, row)
	}
	write := enrich.FieldWrite{
		Name: f.FieldKey, Value: json.RawMessage("null"), Origin: origin, Grade: grade, Own: true, Definition: f.Hash, Shown: f.FieldKey,
		Reads: readsOf(f, row), Evidence: evidenceOf(f, row, result, basis),
	}
	if result.Value != nil {
		raw, err := json.Marshal(result.Value)
		if err != nil {
			return write, err
		}
		write.Value = raw
	}
	out.show(w, f, row, result, write, before)
	settle(row, f.FieldKey, before, string(write.Value), string(origin))
	return write, nil
}

// settle puts a computed value into the row as the store will have it: a person's
// stands, the same value keeps its version.
func settle(row *sheet.Row, field string, before record.Cell, value, origin string) {
	if before.Origin == string(enrich.ByPerson) || before.Origin == string(enrich.BySuggestion) {
		return
	}
	next := before
	next.Own, next.Value, next.Has, next.Origin = true, value, value != "null", origin
	if before.Version == 0 || !sameValue(before.Value, value) {
		next.Version++
	}
	row.Set(field, next)
}

// sameValue compares two values of a column, however their JSON is written.
func sameValue(a, b string) bool {
	if a == b || a == "" {
		return a == b
	}
	x, errX := enrich.CanonicalJSON([]byte(a))
	y, errY := enrich.CanonicalJSON([]byte(b))
	return errX == nil && errY == nil && string(x) == string(y)
}

func standing(cell record.Cell) *sheet.Value {
	var v sheet.Value
	if !cell.Has || json.Unmarshal([]byte(cell.Value), &v) != nil {
		return nil
	}
	return &v
}

// basisOf is the hash of a definition and of what it reads.
func basisOf(f *sheet.Field, row *sheet.Row) string {
	made := []byte(f.Hash)
	for _, path := range f.Reads {
		text, has := row.Text(path)
		made = append(append(made, 0), path...)
		made = append(strconv.AppendBool(append(made, 0), has), 0)
		made = append(made, text...)
	}
	sum := sha256.Sum256(made)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// ask has the model answer a column on a record.
func (k *Column) ask(ctx context.Context, w *work, f *sheet.Field, row *sheet.Row, result *sheet.Result, out *output) error {
	if k.Model == nil {
		result.Reason = &enrich.Reason{Code: "no_model", Message: "No model is configured, so this column has no value."}
		return nil
	}
	if f.IsMoney() {
		result.Reason = &enrich.Reason{Code: "money_by_model", Message: "A model fills in no amounts of money: compute them, or have a person write them."}
		return nil
	}
	reply, err := k.Model.Answer(ctx, Question{WorkspaceID: w.task.WorkspaceID, TaskID: w.task.ID, BatchID: w.task.BatchID, Prompt: f.Prompt(row), Schema: f.Schema()})
	out.cost += reply.CostMicros
	out.model = reply.Model
	out.calls++
	switch code := enrich.CodeOf(err); {
	case code == enrich.CodeOverBudget || code == llm.CodeInvalid: // another attempt would end the same
		result.Reason = &enrich.Reason{Code: code, Message: err.Error()}
		return nil
	case err != nil:
		return err
	}
	if guarded(reply.Answer) {
		result.Reason = &enrich.Reason{Code: "guarded_value", Message: "The model gave an account or a tax number; a model fills in none."}
		return nil
	}
	result.Value, result.Reason = f.Answer(reply.Answer)
	return nil
}

func modelAway(err error) enrich.Answer {
	const message = "The model did not answer."
	return enrich.Retry{Err: enrich.Errorf("model_unavailable", message), Detail: err.Error(), Description: "**Not computed.** " + message}
}
