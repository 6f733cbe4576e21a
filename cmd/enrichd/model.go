package main

import (
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/llm"
	"github.com/enrichd/enrichd/postgres"
)

// modelFlags name the model that is asked last, for what rules leave empty. None is
// asked where no address is set.
type modelFlags struct {
	URL             string `name:"llm-url" env:"ENRICHD_LLM_URL" help:"Base of an OpenAI-compatible API, such as https://api.example.com/v1. Its host and port are called wherever they lie. Default: no model."`
	Key             string `name:"llm-key" env:"ENRICHD_LLM_KEY" help:"Key of that API; better by its variable than on the command line."`
	Model           string `name:"llm-model" env:"ENRICHD_LLM_MODEL" help:"Name of the model."`
	InPrice         int64  `name:"llm-price-in" env:"ENRICHD_LLM_PRICE_IN" help:"What a million tokens that it reads cost, in millionths of a currency unit."`
	OutPrice        int64  `name:"llm-price-out" env:"ENRICHD_LLM_PRICE_OUT" help:"What a million tokens that it writes cost, in millionths of a currency unit."`
	TaskBudget      int64  `name:"llm-task-budget" env:"ENRICHD_LLM_TASK_BUDGET" help:"Most that one task may cost, in millionths of a currency unit; 0 is no bound."`
	WorkspaceBudget int64  `name:"llm-workspace-budget" env:"ENRICHD_LLM_WORKSPACE_BUDGET" help:"Most that one workspace may cost in 24 hours, likewise. A batch is bounded by the cap of its press."`
}

// model is what kinds ask of a model.
type model interface {
	llm.Asker
	llm.Judge
}

// asker is the model's client, nil for none.
func (f modelFlags) asker(ledger *postgres.DB) (model, error) {
	if f.URL == "" {
		return nil, nil
	}
	client, err := llm.New(llm.Options{
		URL: f.URL, Key: f.Key, Model: f.Model, InPrice: f.InPrice, OutPrice: f.OutPrice, Ledger: ledger,
		Budget: enrich.ModelBudget{Task: f.TaskBudget, WorkspaceDay: f.WorkspaceBudget},
	})
	if err != nil {
		return nil, err
	}
	return client, nil
}
