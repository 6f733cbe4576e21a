package company

import (
	"context"

	"github.com/enrichd/enrichd/llm"
)

// Asking is the Model behind a configured one; nil for none.
func Asking(a llm.Asker) Model {
	if a == nil {
		return nil
	}
	return asking{a}
}

type asking struct{ llm.Asker }

// meanings tell a model what a field is. What is not here it is not asked for: bank
// accounts and tax numbers never.
var meanings = map[string]string{
	"registered_name": "the registered name of the company that runs the site, with its legal form",
	"trade_name":      "the name that the company trades under",
	"description":     "one sentence of the page that says what the company does",
	"street":          "street and number of its seat",
	"postal_code":     "the postal code of its seat",
	"city":            "the city of its seat",
	"employee_count":  "how many people work there, as a number",
	"founded_year":    "the year it was founded, four digits",
	"country":         "the two letters of the country of its seat",
	"email":           "the company's own general e-mail address",
	"phone":           "the company's own telephone number",
}

// Company asks about one page.
func (m asking) Company(ctx context.Context, workspaceID, taskID, text string, fields []string) ([]Proposal, int64, error) {
	q := llm.Question{WorkspaceID: workspaceID, TaskID: taskID, About: "a page of a company's site", Source: text}
	for _, name := range fields {
		if meaning, ok := meanings[name]; ok {
			q.Fields = append(q.Fields, llm.Field{Name: name, Meaning: meaning})
		}
	}
	if len(q.Fields) == 0 {
		return nil, 0, nil
	}
	answer, err := m.Ask(ctx, q)
	var cost int64
	for _, call := range answer.Calls {
		cost += call.CostMicros
	}
	var proposals []Proposal
	for _, f := range q.Fields {
		if v, ok := answer.Values[f.Name]; ok {
			proposals = append(proposals, Proposal{Field: f.Name, Value: v.Value, Quote: v.Quote})
		}
	}
	return proposals, cost, err
}
