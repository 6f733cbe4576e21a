package extract

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/llm"
	"github.com/enrichd/enrichd/pagefacts"
	"github.com/enrichd/enrichd/record"
)

// asked is what a model was asked for a reading, and what came of it. The zero value
// is a reading for which no model was asked.
type asked struct {
	answer   llm.Answer
	model    string
	trouble  *enrich.Reason // why there was no answer
	proposed []value        // guarded values: a person must accept them
}

// modelFields are the values that a model may be asked for. Those that move money are
// guarded. Who is paid, on which account and under which VAT id is not asked at all:
// what rules and checksums do not find of these, a person writes.
func modelFields() []llm.Field {
	return []llm.Field{
		{Name: "invoice_number", Meaning: "the number that the issuer gave the invoice", Kind: llm.Text},
		{Name: "issue_date", Meaning: "the date of the invoice", Kind: llm.Date},
		{Name: "due_date", Meaning: "the day on which payment is due", Kind: llm.Date},
		{Name: "order_reference", Meaning: "the number of the buyer's order", Kind: llm.Text},
		{Name: "buyer_reference", Meaning: "the reference that the buyer asked for", Kind: llm.Text},
		{Name: "payment_reference", Meaning: "the reference to pay with", Kind: llm.Text, Guarded: true},
		{Name: "local_currency", Meaning: "the ISO 4217 code of the amounts", Kind: llm.Code, Guarded: true},
		{Name: "items_total", Meaning: "the total without VAT", Kind: llm.Amount, Guarded: true},
		{Name: "tax_total", Meaning: "the total of VAT", Kind: llm.Amount, Guarded: true},
		{Name: "grand_total", Meaning: "the total with VAT", Kind: llm.Amount, Guarded: true},
		{Name: "balance_due", Meaning: "the amount due", Kind: llm.Amount, Guarded: true},
	}
}

// askModel asks a model for what the rules left empty on pages. Its values are the
// weakest there are: any other writer's stand before them. Without a model, or an
// answer, the reading stays as it is and says so.
func (r *reading) askModel(ctx context.Context, model llm.Asker, pages pagefacts.Document) {
	if model == nil || r.route == extraction.RouteXML || r.route == extraction.RouteEmbedded {
		return
	}
	empty := slices.DeleteFunc(modelFields(), func(f llm.Field) bool { return !r.wanted(f.Name) || !r.get(f.Name).absent() })
	answer, err := model.Ask(ctx, llm.Question{
		WorkspaceID: r.task.WorkspaceID, TaskID: r.task.ID, BatchID: r.task.BatchID,
		About: "an invoice, as recognised off its pages", Source: pageText(pages), Fields: empty,
	})
	r.asked.answer = answer
	if len(answer.Calls) > 0 {
		r.asked.model = answer.Calls[0].Model
	}
	if err != nil {
		r.asked.trouble = troubleOf(err)
		return
	}
	for i, v := range r.values {
		said, ok := answer.Values[v.name]
		if !ok || !v.fact.absent() {
			continue
		}
		f := fact{
			value: said.Value, quote: said.Quote, confidence: 0.5, grade: enrich.Guess, origin: enrich.ByModel, method: "model",
			ref: enrich.EvidenceRef{EntityType: record.EntityDocument, EntityID: r.doc.ID},
		}
		if said.Guarded {
			r.asked.proposed = append(r.asked.proposed, value{v.name, f})
		} else {
			r.values[i].fact = f
		}
	}
}

// troubleOf says in words for people why a model gave nothing.
func troubleOf(err error) *enrich.Reason {
	switch code := enrich.CodeOf(err); code {
	case enrich.CodeOverBudget, llm.CodeUnavailable, llm.CodeInvalid:
		return &enrich.Reason{Code: code, Message: err.Error()}
	}
	return &enrich.Reason{Code: llm.CodeUnavailable, Message: "The model could not be asked."}
}

// pageText is the text of pages, a line for each line of words.
func pageText(d pagefacts.Document) string {
	var b strings.Builder
	for _, p := range d.Pages {
		var last pagefacts.Word
		for i, w := range p.Words {
			switch {
			case i == 0:
			case w.Y0 > (last.Y0+last.Y1)/2 || w.X0 < last.X0:
				b.WriteByte('\n')
			default:
				b.WriteByte(' ')
			}
			b.WriteString(w.Text)
			last = w
		}
		b.WriteString("\n\n")
	}
	return b.String()
}

// run says what was asked of whom for this reading, and what it cost.
func (r *reading) run() map[string]any {
	calls := []map[string]any{}
	for _, c := range r.asked.answer.Calls {
		cache := "miss"
		if c.Status == enrich.ModelCached {
			cache = "hit"
		}
		calls = append(calls, map[string]any{"purpose": c.Purpose, "model": c.Model, "in": c.In, "out": c.Out, "cost_micros": c.CostMicros, "cache": cache, "status": c.Status})
	}
	run := map[string]any{"worker": "ai_invoice@1", "model": orNull(r.asked.model), "calls": calls, "cost_micros": r.asked.answer.CostMicros(), "egress": []any{}}
	if len(r.asked.answer.Dropped) > 0 {
		run["dropped"] = r.asked.answer.Dropped
	}
	return run
}

// proposes reports whether a person must decide on a value of this name.
func (r *reading) proposes(name string) (fact, bool) {
	for _, v := range r.asked.proposed {
		if v.name == name {
			return v.fact, true
		}
	}
	return fact{}, false
}

// suggest asks a person for the values that a model alone must not write. What the
// rules found is written at once.
func (r *reading) suggest() enrich.Answer {
	done, ok := r.answer().(enrich.Done)
	if !ok {
		return r.answer()
	}
	invoice := done.Records[len(done.Records)-1]
	var items []enrich.Item
	description := done.Description + "\n\nA model read more on the pages; you decide on what moves money:"
	for _, v := range r.asked.proposed {
		title := fmt.Sprintf("%s is %s, from the words %q", v.name, v.fact.value, v.fact.quote)
		items = append(items, enrich.Item{ID: v.name, Title: title, Records: []enrich.RecordWrite{
			{EntityType: invoice.EntityType, EntityID: invoice.EntityID, Fields: shown(v.name, r.write(v.name, v.fact))},
		}})
		description += "\n- " + title
	}
	var out map[string]any
	if err := json.Unmarshal(done.Output, &out); err != nil {
		return unreachable("The result could not be written down.", err)
	}
	out["_proposal"] = map[string]any{"items": enrich.ShownItems(items)}
	out["_reasons"] = []enrich.Reason{{Code: "model_alone", Message: "These values come from a model alone; a person must accept them."}}
	raw, err := json.Marshal(out)
	if err != nil {
		return unreachable("The result could not be written down.", err)
	}
	result := enrich.Result{Output: raw, Description: description, Occasions: done.Occasions, CostMicros: done.CostMicros}
	return enrich.Ask{Result: result, Items: items, Now: done.Records}
}
