package sheet

import (
	"encoding/json"
	"regexp"
	"slices"

	"github.com/enrichd/enrichd/formula"
	"github.com/enrichd/enrichd/record"
)

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

// CheckValue refuses a person's value that a column cannot hold: {value}, with a
// currency for an amount; null empties the cell.
func CheckValue(d record.Definition, raw json.RawMessage) error {
	if string(raw) == "null" {
		return nil
	}
	var v Value
	if err := readConfig(raw, &v, "value"); err != nil {
		return err
	}
	var format formatConfig
	_ = json.Unmarshal(d.Format, &format) // checked when it was defined
	form := d.Type
	if form == AI {
		form = format.Type
	}
	t, _ := valueType(d)
	text, has := CellText(record.Cell{Own: true, Has: true, Value: string(raw)})
	isText := len(v.Value) > 0 && v.Value[0] == '"'
	if _, err := formula.Parse(t, text); !has || err != nil || isText == (t == formula.Truth) {
		return invalid("value", "%s holds a %s, as in {\"value\": %s}.", d.FieldKey, t, example(t))
	}
	if form == Select && !slices.Contains(format.Options, text) {
		return invalid("value", "%s is none of the options.", quote(text))
	}
	if (form == Amount) != currencyPattern.MatchString(v.Currency) {
		return invalid("value", "An amount, and nothing else, has a currency of three letters.")
	}
	return nil
}

func example(t formula.Type) string {
	switch t {
	case formula.Number:
		return `"12.50"`
	case formula.Date:
		return `"2026-05-31"`
	case formula.Truth:
		return "true"
	}
	return `"abc"`
}
