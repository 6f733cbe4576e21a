package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/enrichd/enrichd/enrich"
)

// statement is an answer of the form asked for.
type statement map[string]*struct {
	Value *string `json:"value"`
	Quote *string `json:"quote"`
}

// form is what an answer must be: JSON that keeps the schema, without the mark.
type form struct {
	schema *jsonschema.Schema
	raw    []byte // the schema as it is sent
	mark   string
}

// formOf makes the schema of an answer: each field with its value and its quote, and
// nothing else.
func formOf(fields []Field, mark string) (form, error) {
	properties, required := map[string]any{}, []any{}
	for _, f := range fields {
		words := map[string]any{"type": []any{"string", "null"}, "maxLength": 500}
		properties[f.Name] = map[string]any{
			"type": "object", "properties": map[string]any{"value": words, "quote": words},
			"required": []any{"value", "quote"}, "additionalProperties": false,
		}
		required = append(required, f.Name)
	}
	doc := map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	raw, err := json.Marshal(doc)
	if err != nil {
		return form{}, err
	}
	return compiled(raw, mark)
}

// compiled is the form of a schema as it is sent.
func compiled(raw []byte, mark string) (form, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return form{}, err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("answer.json", parsed); err != nil {
		return form{}, err
	}
	schema, err := compiler.Compile("answer.json")
	return form{schema, raw, mark}, err
}

// check holds an answer against the form. Its error is short and says nothing of
// the answer's own words, as it is sent back to the model.
func (f form) check(content []byte) error {
	if bytes.Contains(content, []byte(f.mark)) {
		return errors.New("it repeats its instructions")
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		return errors.New("it is no whole JSON object")
	}
	if err := f.schema.Validate(parsed); err != nil {
		return errors.New("it does not keep the schema")
	}
	return nil
}

// read takes an answer apart.
func (f form) read(content []byte) (statement, error) {
	if err := f.check(content); err != nil {
		return nil, err
	}
	var s statement
	if err := json.Unmarshal(content, &s); err != nil {
		return nil, errors.New("it does not keep the schema")
	}
	return s, nil
}

// believe keeps the values that their quotes prove.
func (s statement) believe(q Question, calls []enrich.ModelCall) Answer {
	a := Answer{Values: map[string]Value{}, Calls: calls}
	for _, f := range q.Fields {
		field := s[f.Name]
		if field == nil || field.Value == nil || strings.TrimSpace(*field.Value) == "" {
			continue
		}
		value, quote := strings.TrimSpace(*field.Value), ""
		if field.Quote != nil {
			quote = *field.Quote
		}
		switch {
		case strings.TrimSpace(quote) == "" || !strings.Contains(q.Source, quote):
			a.Dropped = append(a.Dropped, Dropped{f.Name, "quote_not_in_source"})
		case !f.Kind.stands(value, quote):
			a.Dropped = append(a.Dropped, Dropped{f.Name, "value_not_in_quote"})
		default:
			a.Values[f.Name] = Value{Value: value, Quote: quote, Guarded: f.Guarded}
		}
	}
	return a
}

var (
	isoDay  = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})$`)
	decimal = regexp.MustCompile(`^-?\d{1,15}(\.\d{1,4})?$`)
)

// stands reports whether a quote holds a value: a text word for word, a date by its
// year and its day, an amount by its digits, a code by its letters and digits.
func (k Kind) stands(value, quote string) bool {
	switch k {
	case Date:
		parts := isoDay.FindStringSubmatch(value)
		if parts == nil {
			return false
		}
		numbers := strings.FieldsFunc(quote, func(r rune) bool { return !unicode.IsDigit(r) })
		return hasNumber(numbers, parts[1], parts[1][2:]) && hasNumber(numbers, parts[3], strings.TrimPrefix(parts[3], "0"))
	case Amount:
		return decimal.MatchString(value) && holdsAmount(value, quote)
	case Code:
		return strings.Contains(capitals(quote), capitals(value)) && capitals(value) != ""
	}
	return strings.Contains(strings.Join(strings.Fields(quote), " "), strings.Join(strings.Fields(value), " "))
}

func hasNumber(numbers []string, forms ...string) bool {
	for _, n := range numbers {
		for _, form := range forms {
			if n == form {
				return true
			}
		}
	}
	return false
}

// amountShape is an amount as people write it, with its separators.
var amountShape = regexp.MustCompile(`\d(?:[\d.,'’\x{00a0}\x{202f} ]*\d)?`)

// holdsAmount compares the digits of each number in the quote with those of the value,
// but for zeros at the end of a fraction.
func holdsAmount(value, quote string) bool {
	want := digits(strings.TrimPrefix(value, "-"))
	if whole, fraction, ok := strings.Cut(strings.TrimPrefix(value, "-"), "."); ok && strings.Trim(fraction, "0") == "" && strings.TrimLeft(whole, "0") != "" {
		if hasNumber(allDigits(quote), whole) {
			return true
		}
	}
	return hasNumber(allDigits(quote), want, strings.TrimLeft(want, "0"))
}

func allDigits(quote string) []string {
	var list []string
	for _, n := range amountShape.FindAllString(quote, -1) {
		list = append(list, digits(n))
	}
	return list
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func capitals(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return r
	}, s))
}

// readable takes out what people do not see and a model does: tags, zero widths,
// directions, control characters. What is too long is cut.
func readable(s string) string {
	count := 0
	return strings.Map(func(r rune) rune {
		hidden := r == unicode.ReplacementChar || r >= 0xe0000 && r <= 0xe0fff || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && r != '\n' && r != '\t'
		if hidden || count >= maxSource {
			return -1
		}
		count++
		return r
	}, s)
}
