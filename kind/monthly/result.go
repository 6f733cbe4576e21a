package monthly

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// result is what the close of a month comes to.
type result struct {
	task     enrich.Task
	in       input
	facts    record.Month
	books    closing.Books
	proof    closing.Partition
	parts    []*part
	subtasks map[string]string // key of a group → its subtask
	refused  []string          // names of counterparties whose part a person refused
	changes  map[string]any
	earlier  []enrich.Child // subtasks of the close that this one tries anew
}

func newResult(task enrich.Task, in input, facts record.Month) *result {
	c := &result{task: task, in: in, facts: facts, books: closing.Part(facts), subtasks: map[string]string{}}
	c.proof = c.books.Prove(facts)
	for _, g := range c.books.Groups {
		if len(in.CounterpartyIDs) == 0 || slices.Contains(in.CounterpartyIDs, g.CompanyID) {
			c.parts = append(c.parts, newPart(task.WorkspaceID, in, g, facts))
		}
	}
	return c
}

// await splits the close for the counterparties that no subtask has seen as they
// stand now; nil where every one was seen. A subtask that failed counts as long as
// none was made of its counterparty after it; those of an earlier close that failed
// are done anew.
func (c *result) await(job enrich.Job) enrich.Answer {
	seen := map[string]enrich.Child{} // facts → who has seen them, the latest
	for _, child := range append(c.earlier, job.Children...) {
		var out struct{ Facts string }
		if child.Status != enrich.Failed && len(child.Output) > 0 && json.Unmarshal(child.Output, &out) == nil && out.Facts != "" {
			seen[out.Facts] = child
		}
	}
	if broken := failedOf(job.Children); len(broken) > 0 {
		return enrich.Fail{
			Err: enrich.Errorf("subtask_failed", "%s of this close could not be done; the first: %s", count(len(broken), "subtask"), broken[0].ID+": "+broken[0].Error),
			Description: fmt.Sprintf("**Not closed.** %s could not be done. They can be tried anew alone: `enrichd close retry %s`.%s",
				count(len(broken), "subtask"), c.in.RecordID, listed(broken)),
		}
	}
	var children []enrich.Request
	for _, p := range c.parts {
		child, ok := seen[p.group.Facts()]
		switch {
		case !ok:
			children = append(children, c.subtask(p))
		case child.Status == enrich.Rejected:
			c.refused = append(c.refused, p.group.Name)
		}
		c.subtasks[p.group.Key] = child.ID
	}
	if len(children) == 0 {
		return nil
	}
	if len(children) > enrich.MaxChildren {
		return enrich.Fail{
			Err:         enrich.Errorf("too_many_counterparties", "The month has %d counterparties; at most %d can be closed at once.", len(children), enrich.MaxChildren),
			Description: "**Not closed.** The month has too many counterparties for one close.",
		}
	}
	return enrich.Split{Children: children, Description: fmt.Sprintf("**Closing %s.** %s to look at.", c.in.RecordID, counted(len(c.parts)))}
}

// failedOf are the subtasks that failed, of each counterparty the latest alone.
func failedOf(children []enrich.Child) (broken []enrich.Child) {
	latest := map[string]int{}
	for k, child := range children {
		latest[child.EntityID] = k
	}
	for k, child := range children {
		if child.Status == enrich.Failed && latest[child.EntityID] == k {
			broken = append(broken, child)
		}
	}
	return broken
}

// listed names the counterparties of subtasks that failed, the first of them.
func listed(broken []enrich.Child) (s string) {
	for n, child := range broken {
		if n == 10 {
			return s + "\n- …"
		}
		var in input
		_ = json.Unmarshal(child.Input, &in) // a part without a name is told by its id
		name := child.ID
		if in.Share != nil && in.Share.Name != "" {
			name = in.Share.Name
		}
		s += fmt.Sprintf("\n- %s: %s", name, child.Error)
	}
	return s
}

// subtask is the task of one counterparty.
func (c *result) subtask(p *part) enrich.Request {
	g := p.group
	s := &share{Key: g.Key, CompanyID: g.CompanyID, Name: g.Name}
	for _, t := range g.Transactions {
		s.Part.Transactions = append(s.Part.Transactions, t.ID)
	}
	for _, i := range g.Invoices {
		s.Part.Invoices = append(s.Part.Invoices, i.ID)
	}
	for _, i := range g.Late {
		s.Part.Late = append(s.Part.Late, i.ID)
	}
	for _, r := range g.Earlier {
		if r.Kind == record.EntityInvoice {
			s.Part.EarlierInvoices = append(s.Part.EarlierInvoices, r.ID)
		} else {
			s.Part.EarlierTransactions = append(s.Part.EarlierTransactions, r.ID)
		}
	}
	if g.CompanyID != "" {
		s.Part.Companies = []string{g.CompanyID}
	}
	raw, _ := json.Marshal(input{RecordID: c.in.RecordID, Materiality: c.in.Materiality, Ask: c.in.Ask, Share: s}) // texts always marshal
	return enrich.Request{
		Type: enrich.MonthlyClose, EntityType: record.EntityCounterpartyMonth,
		EntityID: record.CounterpartyMonthID(c.task.WorkspaceID, g.Key, c.in.RecordID), Input: raw,
	}
}

// delta says what moved since the last close of the month that came to an end.
func (c *result) delta(last map[string]string, found bool) {
	if !found {
		c.changes = map[string]any{"added": 0, "removed": 0, "changed": 0}
		return
	}
	added, changed := 0, 0
	for _, p := range c.parts {
		for _, row := range p.group.Rows() {
			switch was, stood := last[row.ID]; {
			case !stood:
				added++
			case was != row.Hash:
				changed++
			}
			delete(last, row.ID)
		}
	}
	c.changes = map[string]any{"added": added, "removed": len(last), "changed": changed}
}

// answer ends the close.
func (c *result) answer() enrich.Answer {
	raw, err := json.Marshal(c.output())
	if err != nil {
		return enrich.Retry{Err: enrich.Errorf("internal_error", "The result could not be written down."), Detail: err.Error(), Description: "**Not closed.** The result could not be written down."}
	}
	if len(c.refused) > 0 {
		message := fmt.Sprintf("A person refused the close of %s.", counted(len(c.refused)))
		return enrich.Refuse{
			Reasons: []enrich.Reason{{Code: "rejected_by_person", Message: message}}, Output: raw,
			Description: fmt.Sprintf("**%s is not closed.** %s", c.in.RecordID, message),
		}
	}
	return enrich.Done{Result: enrich.Result{Output: raw, Description: c.describe()}}
}

func (c *result) verdict() string {
	if slices.ContainsFunc(c.parts, func(p *part) bool { return len(p.open) > 0 }) {
		return blocked
	}
	if len(c.in.CounterpartyIDs) > 0 {
		return "partial" // the other counterparties were not looked at
	}
	return ready
}

func (c *result) output() map[string]any {
	blockers, waivers, counts, figures := []any{}, []any{}, map[string]int{ready: 0, "waived": 0, blocked: 0}, closing.NewFigures()
	documents, decisions := 0, 0
	for _, p := range c.parts {
		counts[p.state()]++
		figures.Add(p.figures)
		for _, f := range p.open {
			b := p.blocker(f)
			b["subtask"] = orNull(c.subtasks[p.group.Key])
			blockers = append(blockers, b)
			if wantsDocument(f) {
				documents++
			} else {
				decisions++
			}
		}
		for _, w := range p.waivers() {
			waivers = append(waivers, w)
		}
	}
	counts["counterparties"], counts["transactions"], counts["with_invoice"] = len(c.parts), figures.Transactions, figures.WithInvoice
	outcome := "ok"
	if len(blockers) > 0 {
		outcome = "partial"
	}
	return map[string]any{
		"record_id": c.in.RecordID, "verdict": c.verdict(), "blockers": blockers, "counts": counts, "coverage": coverage(figures), "totals": totals(figures),
		"dropped_groups": c.dropped(), "waivers": waivers, "partition": c.proof, "delta_since_last": c.changes, "dry_run": c.in.DryRun,
		"materiality": c.in.materiality().String(), "counterparty_ids": c.in.CounterpartyIDs, "retry_of": orNull(c.in.RetryOf),
		"from_ready": map[string]any{"documents": documents, "decisions": decisions, "words": distance(documents, decisions)},
		"snapshot":   map[string]any{"hash": c.books.Snapshot(c.facts.Waivers), "as_of": c.facts.AsOf.UTC().Format("2006-01-02T15:04:05.000Z"), "dropped": c.books.DroppedHashes()},
		"_outcome":   outcome, "_reasons": []any{},
		"_run": map[string]any{"worker": "monthly_close@1", "model": nil, "calls": []any{}, "cost_micros": 0, "egress": []any{}},
	}
}

// dropped counts the movements that no supplier owes a document for, and those
// that name nobody, which stand in a subtask of their own.
func (c *result) dropped() map[string]int {
	out := map[string]int{closing.BankInternal: 0, closing.Unknown: 0, "unnamed_company": 0}
	for key, rows := range c.books.Dropped {
		out[key] = len(rows)
	}
	for _, g := range c.books.Groups {
		if g.Key == closing.Unnamed {
			out["unnamed_company"] = len(g.Transactions)
		}
	}
	return out
}

// coverage says how much of the spend has a document, by count and by amount.
func coverage(f closing.Figures) map[string]any {
	amounts := map[string]string{}
	for currency, spend := range f.Spend {
		amounts[currency] = share3(f.Documented[currency], spend)
	}
	all, _ := decimal.New(int64(f.Transactions), 0)
	with, _ := decimal.New(int64(f.WithInvoice), 0)
	return map[string]any{"by_count": share3(with, all), "by_amount": amounts, "amount_unavailable": f.Unavailable}
}

// share3 is a part of a whole with three decimals, cut off: what is not all is
// never shown as 1.000. Nothing of nothing is all of it.
func share3(part, whole decimal.Decimal) string {
	if whole.IsZero() {
		return "1.000"
	}
	q, err := part.Quo(whole)
	if err != nil {
		return "0.000"
	}
	return q.Trunc(3).Pad(3).String()
}

// distance says what the month lacks.
func distance(documents, decisions int) string {
	switch {
	case documents+decisions == 0:
		return "Nothing stands in the way."
	case decisions == 0:
		return fmt.Sprintf("Bring %s and the month closes.", count(documents, "document"))
	case documents == 0:
		return fmt.Sprintf("Settle %s and the month closes.", count(decisions, "question"))
	}
	return fmt.Sprintf("Bring %s and settle %s, and the month closes.", count(documents, "document"), count(decisions, "question"))
}

// describe says in a few lines how the month stands. The first stands in lists.
func (c *result) describe() string {
	open := 0
	for _, p := range c.parts {
		open += len(p.open)
	}
	word := "is"
	if c.in.DryRun {
		word = "would be"
	}
	if open == 0 {
		return fmt.Sprintf("**%s %s %s.** %s, nothing stands in the way.", c.in.RecordID, word, c.verdict(), counted(len(c.parts)))
	}
	s := fmt.Sprintf("**%s %s blocked** by %s.", c.in.RecordID, word, count(open, "gap"))
	n := 0
	for _, p := range c.parts {
		for _, f := range p.open {
			if n++; n > 10 {
				return s + "\n- …"
			}
			s += "\n- " + f.Words + "."
		}
	}
	return s
}

func counted(n int) string { return count(n, "counterparty") }
