package sheet

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/formula"
	"github.com/enrichd/enrichd/record"
)

// Field is a compiled definition.
type Field struct {
	record.Definition
	cases    []branch // the first that holds gives the value; a plain formula is one without clauses
	currency *formula.Program
	prompt   []part
	format   formatConfig
	fault    *enrich.Error
}

// branch is one case.
type branch struct {
	when  []*formula.Program
	any   bool
	value *formula.Program
}

// Value is what a definition gives: {value} or {value, currency}. Numbers are
// decimal strings, dates YYYY-MM-DD.
type Value struct {
	Value    json.RawMessage `json:"value"`
	Currency string          `json:"currency,omitempty"`
}

// Traced is one clause with what became of it.
type Traced struct {
	Case   int    `json:"case"`
	Clause string `json:"clause"`
	// Value is true, false, or null where a field that decides has no value.
	Value *bool             `json:"value"`
	Read  map[string]string `json:"read,omitempty"`
	Why   string            `json:"why,omitempty"`
}

// Result is what a definition gives on a record.
type Result struct {
	Value   *Value // nil where there is none
	Matched bool   // a case held
	Trace   []Traced
	Reason  *enrich.Reason // why there is no value
}

// Given are the recorded inputs of a task.
type Given struct {
	Today  string // YYYY-MM-DD
	User   string
	Random string // a decimal from 0 to 1
}

// values reads the cells of a row as expressions do.
type values struct {
	row   record.Row
	given Given
	types formula.Fields
	// parsed are the values that were asked for before.
	parsed []parsed
}

// parsed is a value that was read from its text.
type parsed struct {
	field string
	value formula.Value
}

// Value gives a field's value; one that cannot be read counts as none.
func (v *values) Value(field string) (formula.Value, bool) {
	for i := range v.parsed { // few: a list is faster than a map
		if v.parsed[i].field == field {
			return v.parsed[i].value, true
		}
	}
	text, has := v.text(field)
	if !has {
		return formula.Value{}, false
	}
	value, err := formula.Parse(v.types[field], text)
	if err == nil {
		v.parsed = append(v.parsed, parsed{field, value})
	}
	return value, err == nil
}

func (v *values) text(field string) (string, bool) {
	switch field {
	case Today:
		return v.given.Today, v.given.Today != ""
	case User:
		return v.given.User, v.given.User != ""
	case Random:
		return v.given.Random, v.given.Random != ""
	}
	return CellText(v.row.Cells[field])
}

// CellText is the value of a cell as expressions read it.
func CellText(cell record.Cell) (string, bool) {
	if !cell.Has || !cell.Own {
		return cell.Value, cell.Has
	}
	var v Value
	if json.Unmarshal([]byte(cell.Value), &v) != nil || len(v.Value) == 0 || string(v.Value) == "null" {
		return "", false
	}
	var text string
	if json.Unmarshal(v.Value, &text) == nil {
		return text, true
	}
	return string(v.Value), true // true, false
}

// Row is a record that definitions of a root are evaluated on.
func (s *Sheet) Row(root string, row record.Row, given Given) *Row {
	return &Row{values{row, given, s.Fields(root), make([]parsed, 0, 4)}}
}

// Row is a record with its recorded inputs. Set replaces a cell while columns
// that follow from each other are evaluated.
type Row struct{ v values }

// Set puts a value where the next definitions read it.
func (r *Row) Set(field string, cell record.Cell) {
	r.v.row.Cells[field] = cell
	r.v.parsed = slices.DeleteFunc(r.v.parsed, func(p parsed) bool { return p.field == field })
}

// Cell is the cell of a field.
func (r *Row) Cell(field string) record.Cell { return r.v.row.Cells[field] }

// Text is what an expression reads of a field, inputs included.
func (r *Row) Text(field string) (string, bool) { return r.v.text(field) }

// Evaluate gives a definition's value on a record. A model's column is answered
// elsewhere; see Prompt.
func (f *Field) Evaluate(ctx context.Context, r *Row) Result {
	if f.fault != nil {
		return Result{Reason: &enrich.Reason{Code: "definition_broken", Message: f.fault.Message}}
	}
	var result Result
	for i := range f.cases {
		held := f.holds(ctx, r, i, &result)
		if !held {
			continue
		}
		result.Matched = true
		v, err := f.cases[i].value.Eval(ctx, &r.v)
		if err != nil {
			result.Reason = reasonOf(err)
			return result
		}
		result.Value, result.Reason = f.shape(ctx, r, v)
		return result
	}
	result.Reason = &enrich.Reason{Code: "no_case_held", Message: "None of the cases holds for this record."}
	return result
}

// holds evaluates the clauses of a case. All of them are evaluated, for the trace.
func (f *Field) holds(ctx context.Context, r *Row, i int, result *Result) bool {
	b := f.cases[i]
	if len(b.when) == 0 {
		return true
	}
	held := 0
	for _, clause := range b.when {
		traced := Traced{Case: i, Clause: clause.Source, Read: map[string]string{}}
		for _, field := range clause.Reads {
			if text, has := r.v.text(field); has {
				traced.Read[field] = cut(text, 200)
			}
		}
		v, err := clause.Eval(ctx, &r.v)
		if err != nil {
			traced.Why = reasonOf(err).Message
		} else {
			truth := v.Bool()
			traced.Value = &truth
			if truth {
				held++
			}
		}
		result.Trace = append(result.Trace, traced)
	}
	return held == len(b.when) || b.any && held > 0
}

// shape brings a value into the form of the column's type.
func (f *Field) shape(ctx context.Context, r *Row, v formula.Value) (*Value, *enrich.Reason) {
	text := v.Text()
	if v.Type == formula.Number && f.format.Decimals != nil {
		text = formula.Rounded(v, *f.format.Decimals).Text()
	}
	if f.Type == Select && !slices.Contains(f.format.Options, text) {
		return nil, &enrich.Reason{Code: "not_an_option", Message: "The value " + quote(text) + " is none of the options."}
	}
	value := &Value{Value: rawOf(v.Type, text)}
	if f.currency != nil {
		c, err := f.currency.Eval(ctx, &r.v)
		if err != nil {
			return nil, reasonOf(err)
		}
		value.Currency = c.Text()
		if len(value.Currency) != 3 {
			return nil, &enrich.Reason{Code: "currency_unknown", Message: quote(value.Currency) + " is no currency."}
		}
	}
	return value, nil
}

// rawOf writes a value as JSON.
func rawOf(t formula.Type, text string) json.RawMessage {
	switch t {
	case formula.Truth:
		return json.RawMessage(text)
	case formula.Number, formula.Date: // nothing in them needs an escape
		return json.RawMessage(`"` + text + `"`)
	}
	raw, err := json.Marshal(strings.ReplaceAll(text, "\x00", "\uFFFD")) // which the store cannot keep
	if err != nil {
		return json.RawMessage("null")
	}
	return raw
}

func (f *Field) collectReads() []string {
	var reads []string
	for _, b := range f.cases {
		for _, clause := range b.when {
			reads = append(reads, clause.Reads...)
		}
		reads = append(reads, b.value.Reads...)
	}
	if f.currency != nil {
		reads = append(reads, f.currency.Reads...)
	}
	for _, p := range f.prompt {
		if p.field != "" {
			reads = append(reads, p.field)
		}
	}
	slices.Sort(reads)
	return slices.Compact(append([]string{}, reads...))
}

// reasonOf says why an evaluation gave no value.
func reasonOf(err error) *enrich.Reason {
	var blank *formula.Blank
	var fault *formula.Fault
	switch {
	case errors.As(err, &blank):
		return &enrich.Reason{Code: "field_blank", Message: blank.Field + " has no value."}
	case errors.As(err, &fault):
		return &enrich.Reason{Code: fault.Code, Message: fault.Message}
	}
	return &enrich.Reason{Code: formula.Failed, Message: "The expression could not be evaluated."}
}

func quote(s string) string { return "“" + cut(s, 80) + "”" }

// cut shortens a text to at most n characters.
func cut(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return s
}

// Expression is the logic of the definition in short, as evidence quotes it.
func (f *Field) Expression() string {
	switch {
	case f.ByModel():
		return "ai"
	case len(f.cases) == 1 && len(f.cases[0].when) == 0:
		return f.cases[0].value.Source
	}
	var b strings.Builder
	for _, c := range f.cases {
		for i, clause := range c.when {
			if i > 0 && c.any {
				b.WriteString(" || ")
			} else if i > 0 {
				b.WriteString(" && ")
			}
			b.WriteString(clause.Source)
		}
		b.WriteString(" ? " + c.value.Source + " : ")
	}
	return cut(b.String()+"…", 1000)
}
