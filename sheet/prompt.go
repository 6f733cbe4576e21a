package sheet

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/formula"
)

// part is a piece of a prompt: words, or the name of a field.
type part struct{ words, field string }

// readPrompt parts a prompt at its {fields}. A model sees these and nothing else
// of a record.
func (f *Field) readPrompt(fields formula.Fields, prompt string) error {
	if prompt == "" || len(prompt) > maxPrompt {
		return invalid("rules_config/prompt", "A column that a model answers needs a prompt of at most %d bytes.", maxPrompt)
	}
	for rest := prompt; rest != ""; {
		words, after, found := strings.Cut(rest, "{")
		f.prompt = append(f.prompt, part{words: words})
		if !found {
			break
		}
		name, behind, closed := strings.Cut(after, "}")
		if _, known := fields[name]; !closed || !known {
			return invalid("rules_config/prompt", "The prompt names {%s}, which is no field of %s.", cut(name, 60), f.Root)
		}
		f.prompt = append(f.prompt, part{field: name})
		rest = behind
	}
	return nil
}

// ByModel reports whether a model answers the column.
func (f *Field) ByModel() bool { return f.Type == AI }

// IsMoney reports whether its values are amounts of money.
func (f *Field) IsMoney() bool { return f.Type == Amount || f.Type == AI && f.format.Type == Amount }

// Prompt is what the model is asked on a record.
func (f *Field) Prompt(r *Row) string {
	var b strings.Builder
	for _, p := range f.prompt {
		b.WriteString(p.words)
		if p.field != "" {
			text, _ := r.v.text(p.field)
			b.WriteString(text)
		}
	}
	return b.String()
}

// Schema is the JSON schema that the model's answer must fit.
func (f *Field) Schema() json.RawMessage {
	value := map[string]any{"type": []string{"string", "null"}}
	properties := map[string]any{"value": value}
	switch t := f.format.Type; t {
	case Select:
		options := []any{nil}
		for _, o := range f.format.Options {
			options = append(options, o)
		}
		value["enum"] = options
	case Number, Amount:
		value["pattern"] = `^-?[0-9]{1,15}(\.[0-9]{1,9})?$`
		if t == Amount {
			properties["currency"] = map[string]any{"type": []string{"string", "null"}, "pattern": "^[A-Z]{3}$"}
		}
	case Date:
		value["format"] = "date"
	case Boolean:
		value["type"] = []string{"boolean", "null"}
	}
	raw, err := json.Marshal(map[string]any{"type": "object", "properties": properties, "required": []string{"value"}, "additionalProperties": false})
	if err != nil {
		return nil
	}
	return raw
}

// Answer reads what a model answered. What does not fit the column is no value.
func (f *Field) Answer(raw json.RawMessage) (*Value, *enrich.Reason) {
	unfit := &enrich.Reason{Code: "answer_unfit", Message: "The model's answer does not fit the column."}
	var given struct {
		Value    any    `json:"value"`
		Currency string `json:"currency"`
	}
	if json.Unmarshal(raw, &given) != nil {
		return nil, unfit
	}
	if given.Value == nil {
		return nil, &enrich.Reason{Code: "model_abstained", Message: "The model gave no value."}
	}
	text, isText := given.Value.(string)
	if truth, ok := given.Value.(bool); ok && f.format.Type == Boolean {
		text, isText = "false", true
		if truth {
			text = "true"
		}
	}
	t, _ := valueType(f.Definition)
	v, err := formula.Parse(t, text)
	if !isText || err != nil {
		return nil, unfit
	}
	shaped := *f
	shaped.Type = f.format.Type
	value, reason := shaped.shape(context.Background(), nil, v)
	if reason == nil && f.format.Type == Amount {
		if len(given.Currency) != 3 {
			return nil, unfit
		}
		value.Currency = given.Currency
	}
	return value, reason
}
