package llm_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/llm"
)

// A judgement keeps its schema or is none; it is asked once, within the same budgets
// and in the same ledger.
func TestJudge(t *testing.T) {
	labels := json.RawMessage(`{"type":"object","properties":{"value":{"type":["string","null"],"enum":["high","low",null]}},"required":["value"],"additionalProperties":false}`)
	for name, c := range map[string]struct {
		replies []reply
		budget  enrich.ModelBudget
		ledger  string
		code    string
	}{
		"a label":              {replies: []reply{{content: `{"value": "high"}`}}, ledger: "judge:ok judge:cached"},
		"a label at last":      {replies: []reply{{content: `{"value": "enormous"}`}, {content: `{"value": "high"}`}}, ledger: "judge:invalid repair:ok judge:cached"},
		"never one":            {replies: []reply{{content: `{"value": "high", "pay": "now"}`}}, ledger: "judge:invalid repair:invalid judge:invalid repair:invalid", code: llm.CodeInvalid},
		"more than may be had": {replies: []reply{{content: `{"value": "high"}`}}, budget: enrich.ModelBudget{Task: 1}, code: enrich.CodeOverBudget},
	} {
		t.Run(name, func(t *testing.T) {
			m := serve(t, c.replies...)
			b := ask(t, m, c.budget)
			for range 2 {
				v, err := b.client.Judge(t.Context(), llm.Judgement{WorkspaceID: b.q.WorkspaceID, TaskID: b.q.TaskID, Prompt: "Is the risk of\u202e F-1 high?", Schema: labels})
				if enrich.CodeOf(err) != c.code || c.code == "" && (string(v.Answer) != `{"value": "high"}` || v.Model != "small") {
					t.Errorf("%s: %v", v.Answer, err)
				}
			}
			if got := b.ledger(t); got != c.ledger {
				t.Errorf("ledger %s", got)
			}
			if sent, _ := m.last.Load().(string); sent != "" && (strings.Contains(sent, `"tools"`) || strings.Contains(sent, "\u202e") || !strings.Contains(sent, `"enum"`)) {
				t.Errorf("sent %s", sent)
			}
		})
	}
}
