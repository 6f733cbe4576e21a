package rule

import (
	"context"
	"encoding/json"

	"github.com/enrichd/enrichd/llm"
	"github.com/enrichd/enrichd/record"
)

// Judging is the Model behind a configured one; nil for none.
func Judging(j llm.Judge) Model {
	if j == nil {
		return nil
	}
	return judging{j}
}

type judging struct{ llm.Judge }

// Answer asks for a value of the column's type.
func (m judging) Answer(ctx context.Context, q Question) (Reply, error) {
	v, err := m.Judge.Judge(ctx, llm.Judgement{WorkspaceID: q.WorkspaceID, TaskID: q.TaskID, BatchID: q.BatchID, Prompt: q.Prompt, Schema: q.Schema})
	reply := Reply{Answer: v.Answer, Model: v.Model}
	for _, call := range v.Calls {
		reply.CostMicros += call.CostMicros
	}
	return reply, err
}

// guarded reports whether an answer is what a model never fills in: an account, or the
// number of a tax payer.
func guarded(answer json.RawMessage) bool {
	var said struct {
		Value any `json:"value"`
	}
	if json.Unmarshal(answer, &said) != nil {
		return false
	}
	text, isText := said.Value.(string)
	return isText && (record.ValidIBAN(text) || record.ParseVATID(text).Check == record.CheckValid)
}
