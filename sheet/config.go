package sheet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/formula"
	"github.com/enrichd/enrichd/record"
)

// Types of a column's values.
const (
	Text    = "text"
	Number  = "number"
	Amount  = "amount" // a number with a currency
	Date    = "date"
	Boolean = "boolean"
	Select  = "select" // one of format_config.options
	AI      = "ai"     // answered by a model, as format_config.type
)

// Types lists the types of columns.
func Types() []string { return []string{Text, Number, Amount, Date, Boolean, Select, AI} }

// Limits of one definition.
const (
	maxCases   = 50
	maxClauses = 20
	maxOptions = 200
	maxPrompt  = 8000
)

var keyPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)

// formulaConfig is a definition's formula_config.
type formulaConfig struct {
	Expression string `json:"expression"`
	Currency   string `json:"currency,omitempty"` // an expression too: of an amount
}

// rulesConfig is a definition's rules_config: cases of which the first that holds
// gives the value, or the prompt of a model.
type rulesConfig struct {
	Cases  []caseConfig `json:"cases,omitempty"`
	Prompt string       `json:"prompt,omitempty"`
}

type caseConfig struct {
	When  []string `json:"when"`
	Match string   `json:"match,omitempty"` // all (also when absent) or any
	Value string   `json:"value"`
}

// formatConfig is a definition's format_config.
type formatConfig struct {
	Decimals *int     `json:"decimals,omitempty"` // numbers are rounded to these
	Options  []string `json:"options,omitempty"`  // of a select
	Type     string   `json:"type,omitempty"`     // of what a model answers
}

// valueType is the type that other expressions read a column as.
func valueType(d record.Definition) (formula.Type, bool) {
	t := d.Type
	if t == AI {
		var format formatConfig
		_ = json.Unmarshal(d.Format, &format) // checked when it was defined
		if t = format.Type; t == "" {
			t = Text
		}
	}
	switch t {
	case Text, Select:
		return formula.Text, true
	case Number, Amount:
		return formula.Number, true
	case Date:
		return formula.Date, true
	case Boolean:
		return formula.Truth, true
	}
	return "", false
}

// Check compiles a definition beside those that stand, and returns it with its
// reads and its hash. What is wrong with it is an *enrich.Error whose Field is
// the attribute, or the place in a config.
func (s *Sheet) Check(d record.Definition) (record.Definition, *Field, error) {
	if fault := s.checkPlace(d); fault != nil {
		return d, nil, fault
	}
	if d.Kind == record.FieldRule {
		root, _ := record.RootNamed(d.Root)
		d.Type = root.Fields[d.FieldKey]
	}
	f := s.compile(d)
	if f.fault != nil {
		return d, nil, f.fault
	}
	if way := cycle(s.all, f.Definition); way != nil && (d.Mode == record.Active || len(way) == 2) {
		return d, nil, invalid(f.place(), "This would go in a circle: %s.", strings.Join(way, " → "))
	}
	return f.Definition, f, nil
}

// compile reads a definition's configs. What is wrong stands in the field.
func (s *Sheet) compile(d record.Definition) *Field {
	f := &Field{Definition: d}
	if err := s.fill(f); err != nil {
		var fault *enrich.Error
		if !errors.As(err, &fault) {
			fault = invalid(f.place(), "%s", err.Error())
		}
		f.fault = fault
		return f
	}
	f.Definition.Reads = f.collectReads()
	f.Definition.Hash = hashOf(d)
	return f
}

// place is the attribute in which the logic of the definition stands.
func (f *Field) place() string {
	if len(f.Formula) > 0 && string(f.Formula) != "null" {
		return "formula_config"
	}
	return "rules_config"
}

func (s *Sheet) fill(f *Field) error {
	if !slices.Contains(Types(), f.Type) {
		return invalid("type", "There is no type %q; these are: %s.", f.Type, strings.Join(Types(), ", "))
	}
	if err := f.readFormat(); err != nil {
		return err
	}
	scope := s.scopes[f.Root]
	if scope == nil {
		return invalid("root", "There is no root %q.", f.Root)
	}
	var expression formulaConfig
	var rules rulesConfig
	if err := readConfig(f.Formula, &expression, "formula_config"); err != nil {
		return err
	}
	if err := readConfig(f.Rules, &rules, "rules_config"); err != nil {
		return err
	}
	if f.Type == AI {
		return f.readPrompt(s.Fields(f.Root), rules.Prompt)
	}
	want, _ := valueType(f.Definition)
	switch {
	case (expression.Expression == "") == (len(rules.Cases) == 0):
		return invalid("formula_config", "Give formula_config.expression or rules_config.cases, one of them.")
	case expression.Expression != "":
		program, err := compileAt(scope, "formula_config/expression", expression.Expression, want)
		if err != nil {
			return err
		}
		f.cases = []branch{{value: program}}
	default:
		if err := f.readCases(scope, rules.Cases, want); err != nil {
			return err
		}
	}
	return f.readCurrency(scope, expression.Currency)
}

// readConfig reads an object that has no other members than those known.
func readConfig(raw json.RawMessage, into any, name string) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return invalid(name, "%s cannot be read: %s.", name, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// compileAt compiles an expression that stands at a place of a config.
func compileAt(scope *formula.Scope, at, source string, want formula.Type) (*formula.Program, error) {
	program, err := scope.Compile(source, want)
	if err != nil {
		return nil, &enrich.Error{Code: enrich.CodeInvalid, Field: at, Message: err.Error(), Err: err}
	}
	return program, nil
}

func (f *Field) readCases(scope *formula.Scope, cases []caseConfig, want formula.Type) error {
	if len(cases) > maxCases {
		return invalid("rules_config", "A definition has at most %d cases.", maxCases)
	}
	for i, c := range cases {
		at := fmt.Sprintf("rules_config/cases/%d", i)
		if len(c.When) == 0 || len(c.When) > maxClauses {
			return invalid(at+"/when", "A case has 1 to %d clauses; a case that always holds has the clause true.", maxClauses)
		}
		if c.Match != "" && c.Match != "all" && c.Match != "any" {
			return invalid(at+"/match", "match is all or any.")
		}
		b := branch{any: c.Match == "any"}
		for j, clause := range c.When {
			program, err := compileAt(scope, fmt.Sprintf("%s/when/%d", at, j), clause, formula.Truth)
			if err != nil {
				return err
			}
			b.when = append(b.when, program)
		}
		program, err := compileAt(scope, at+"/value", c.Value, want)
		if err != nil {
			return err
		}
		b.value = program
		f.cases = append(f.cases, b)
	}
	return nil
}

func (f *Field) readCurrency(scope *formula.Scope, source string) error {
	if (f.Type == Amount) != (source != "") {
		return invalid("formula_config/currency", "An amount, and nothing else, has a currency: an expression such as local_currency or 'EUR'.")
	}
	if source == "" {
		return nil
	}
	program, err := compileAt(scope, "formula_config/currency", source, formula.Text)
	f.currency = program
	return err
}

func (f *Field) readFormat() error {
	if err := readConfig(f.Format, &f.format, "format_config"); err != nil {
		return err
	}
	if d := f.format.Decimals; d != nil && (*d < 0 || *d > 19) {
		return invalid("format_config/decimals", "decimals is 0 to 19.")
	}
	needs := f.Type == Select || f.Type == AI && f.format.Type == Select
	if needs != (len(f.format.Options) > 0) || len(f.format.Options) > maxOptions {
		return invalid("format_config/options", "A select, and nothing else, has 1 to %d options.", maxOptions)
	}
	if f.Type == AI && f.format.Type == AI || f.Type != AI && f.format.Type != "" {
		return invalid("format_config/type", "type says what a model answers: %s.", strings.Join(Types()[:len(Types())-1], ", "))
	}
	if f.Type == AI {
		if _, ok := valueType(f.Definition); !ok {
			return invalid("format_config/type", "There is no type %q.", f.format.Type)
		}
	}
	return nil
}

// hashOf names what a definition's values follow from.
func hashOf(d record.Definition) string {
	raw, err := json.Marshal([]any{d.Root, d.FieldKey, d.Type, d.Rules, d.Formula, d.Format})
	if err != nil {
		return ""
	}
	if canonical, err := enrich.CanonicalJSON(raw); err == nil {
		raw = canonical
	}
	sum := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(sum[:])
}
