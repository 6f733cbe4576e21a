package reconcile

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/record"
)

// result is what the matcher found for the rows of one task.
type result struct {
	task         enrich.Task
	invoices     map[string]record.OpenInvoice
	transactions map[string]record.OpenTransaction
	waiting      map[matching.Pair]bool   // proposed by another task that waits for a person
	unfit        map[string]enrich.Reason // rows that cannot be matched, by id
	gate         matching.Gate

	confirmed, proposed, elsewhere []matching.Link
	refused                        []matching.Link // likely but for what people refused before
	unmatched                      []unmatched
	revoked                        []revocation // links whose payments came back
	candidates                     int
}

// unmatched is a row without a link, and why.
type unmatched struct {
	EntityType string `json:"entity_type"`
	EntityID   string `json:"entity_id"`
	Code       string `json:"code"`
	Message    string `json:"message"`
}

func newResult(task enrich.Task, own *subject, books record.Books, s *matching.Solution, unfit map[string]enrich.Reason, gate matching.Gate) *result {
	r := &result{
		task: task, candidates: s.Candidates, unfit: unfit, gate: gate, invoices: map[string]record.OpenInvoice{},
		transactions: map[string]record.OpenTransaction{}, waiting: map[matching.Pair]bool{},
	}
	for _, i := range books.Invoices {
		r.invoices[i.ID] = i
	}
	for _, t := range books.Transactions {
		r.transactions[t.ID] = t
	}
	for _, l := range books.Links {
		if l.Status == record.LinkProvisional {
			r.waiting[matching.Pair{InvoiceID: l.InvoiceID, TransactionID: l.TransactionID}] = true
		}
	}
	now := time.Now().UTC().Truncate(24 * time.Hour)
	for _, l := range s.Links {
		if !own.has(l) {
			continue
		}
		likely := r.averse(&l, aversion(books.Judged, r.invoices[l.InvoiceID].PartyID, r.transactions[l.TransactionID].CounterpartyName, now))
		switch {
		case !likely:
			r.refused = append(r.refused, l)
		case l.Status == matching.Confirmed:
			r.confirmed = append(r.confirmed, l)
		case r.waiting[matching.Pair{InvoiceID: l.InvoiceID, TransactionID: l.TransactionID}]:
			r.elsewhere = append(r.elsewhere, l)
		default:
			r.proposed = append(r.proposed, l)
		}
	}
	r.explain(record.EntityInvoice, own.invoices, s.Invoices, func(id string) bool { _, ok := r.invoices[id]; return ok })
	r.explain(record.EntityTransaction, own.transactions, s.Transactions, func(id string) bool { _, ok := r.transactions[id]; return ok })
	return r
}

// averse takes from a link's confidence what people's refusals of its parties
// weigh, and says whether it is still likely. A number that is quoted with its
// amount stands above that.
func (r *result) averse(l *matching.Link, weight float64) bool {
	if weight < .01 || l.Method == matching.ReferenceExact {
		return true
	}
	l.Confidence, l.Margin, l.Status = l.Confidence-weight, l.Margin-weight, matching.Proposed
	l.Reasons = append(l.Reasons, matching.PreviouslyDeclined)
	return l.Confidence > .5
}

// explain says why rows of the task have no link.
func (r *result) explain(entityType string, own []string, without []matching.Unmatched, open func(string) bool) {
	reasons := map[string]matching.Unmatched{}
	for _, u := range without {
		reasons[u.ID] = u
	}
	for _, l := range r.refused {
		for _, id := range []string{l.InvoiceID, l.TransactionID} {
			reasons[id] = matching.Unmatched{ID: id, Reason: matching.PreviouslyDeclined, Detail: "people refused links of these parties lately"}
		}
	}
	for _, id := range own {
		if u, ok := reasons[id]; ok {
			r.unmatched = append(r.unmatched, unmatched{entityType, id, string(u.Reason), u.Detail})
		} else if why, ok := r.unfit[id]; ok {
			r.unmatched = append(r.unmatched, unmatched{entityType, id, why.Code, why.Message})
		} else if !open(id) {
			r.unmatched = append(r.unmatched, unmatched{entityType, id, "NOTHING_OPEN", "It is linked in full already, or has no amount."})
		}
	}
}

func (r *result) answer() enrich.Answer {
	items := []enrich.Item{}
	var now []enrich.RecordWrite
	for _, l := range r.confirmed {
		now = append(now, r.link(l, record.LinkConfirmed))
	}
	for _, l := range r.proposed {
		now = append(now, r.link(l, record.LinkProvisional))
		items = append(items, enrich.Item{
			ID: record.LinkID(r.task.WorkspaceID, l.InvoiceID, l.TransactionID), Title: r.title(l),
			Records: []enrich.RecordWrite{r.link(l, record.LinkConfirmed)},
			Refused: []enrich.RecordWrite{r.link(l, record.LinkDeclined)},
		})
	}
	for _, v := range r.revoked {
		now, items = append(now, v.asking()), append(items, v.item())
	}
	raw, err := json.Marshal(r.output(items))
	if err != nil {
		return enrich.Retry{Err: enrich.Errorf("internal_error", "The result could not be written down."), Detail: err.Error()}
	}
	out := enrich.Result{Output: raw, Description: r.describe()}
	if len(items) > 0 {
		return enrich.Ask{Result: out, Items: items, Now: now}
	}
	out.Records = now
	return enrich.Done{Result: out}
}

func (r *result) output(items []enrich.Item) map[string]any {
	links := []map[string]any{}
	for _, group := range [][]matching.Link{r.confirmed, r.proposed, r.elsewhere} {
		for _, l := range group {
			links = append(links, r.shown(l))
		}
	}
	reasons := []enrich.Reason{}
	for _, u := range r.unmatched {
		reasons = append(reasons, enrich.Reason{Code: u.Code, Message: u.Message})
	}
	revocations := []map[string]any{}
	for _, v := range r.revoked {
		revocations = append(revocations, v.shown())
	}
	outcome, decision := "no_result", "none"
	switch {
	case len(r.proposed)+len(r.elsewhere)+len(r.revoked) > 0:
		outcome, decision = "ambiguous", "proposed"
	case len(r.confirmed) > 0 && len(r.unmatched) > 0:
		outcome, decision = "partial", "linked"
	case len(r.confirmed) > 0:
		outcome, decision = "ok", "linked"
	}
	out := map[string]any{
		"kind": kindInvoices, "decision": decision, "links": links, "revocations": revocations, "unmatched": append([]unmatched{}, r.unmatched...),
		"candidates_considered": r.candidates, "gate": shownGate(r.gate), "_outcome": outcome, "_reasons": reasons,
		"_run": map[string]any{"worker": "reconcile@3", "model": nil, "calls": []any{}, "cost_micros": 0, "egress": []any{}},
	}
	if len(items) > 0 {
		out["_proposal"] = map[string]any{"items": enrich.ShownItems(items)}
	}
	return out
}

// shown is a link with all its evidence, as workers.md gives the form.
func (r *result) shown(l matching.Link) map[string]any {
	status, proposedBy := record.LinkConfirmed, any(nil)
	if l.Status != matching.Confirmed {
		status = record.LinkProvisional
	}
	if r.waiting[matching.Pair{InvoiceID: l.InvoiceID, TransactionID: l.TransactionID}] {
		proposedBy = "another task"
	}
	evidence := []map[string]any{}
	for _, e := range l.Evidence {
		evidence = append(evidence, map[string]any{"signal": e.Signal, "verdict": e.Verdict, "weight": e.Weight, "detail": e.Detail})
	}
	var runnerUp any
	if l.RunnerUp != nil {
		runnerUp = map[string]any{"invoice_id": l.RunnerUp.InvoiceID, "transaction_id": l.RunnerUp.TransactionID, "confidence": l.RunnerUp.Confidence}
	}
	return map[string]any{
		"invoice_transaction_id": record.LinkID(r.task.WorkspaceID, l.InvoiceID, l.TransactionID),
		"invoice_id":             l.InvoiceID, "transaction_id": l.TransactionID, "amount": l.Amount.String(), "currency": orNull(l.Currency),
		"is_partial": l.IsPartial, "match_method": l.Method, "confidence": l.Confidence, "edge_status": status, "margin": l.Margin,
		"runner_up": runnerUp, "evidence": evidence, "would_change_if": append([]string{}, l.WouldChangeIf...),
		"reasons": append([]matching.Reason{}, l.Reasons...), "proposed_by": proposedBy,
		"invoice": r.invoiceBrief(l), "transaction": r.transactionBrief(l), "foreign_exchange": r.exchange(l),
	}
}

func (r *result) invoiceBrief(l matching.Link) map[string]any {
	i := r.invoices[l.InvoiceID]
	return map[string]any{"number": orNull(i.Number), "counterparty": orNull(first(i.Names)), "open": i.Open, "currency": orNull(i.Currency), "issue_date": orNull(i.IssueDate), "due_date": orNull(i.DueDate)}
}

func (r *result) transactionBrief(l matching.Link) map[string]any {
	t := r.transactions[l.TransactionID]
	return map[string]any{"booking_date": orNull(t.BookingDate), "amount": t.Open, "currency": orNull(t.Currency), "counterparty": orNull(t.CounterpartyName), "remittance": strings.Join(t.Remittance, " ")}
}

// exchange is the rate at which the bank exchanged the payment of an invoice in
// another currency: null in one currency, and a null rate where the bank told none.
func (r *result) exchange(l matching.Link) any {
	i, t := r.invoices[l.InvoiceID], r.transactions[l.TransactionID]
	if i.Currency == "" || t.Currency == "" || i.Currency == t.Currency {
		return nil
	}
	out := map[string]any{"pair": i.Currency + "/" + t.Currency, "rate": nil, "source": nil}
	booked, err := decimal.Parse(t.Amount)
	if err != nil || t.InstructedCurrency != i.Currency {
		return out
	}
	ordered, err := decimal.Parse(t.InstructedAmount)
	if err != nil || ordered.IsZero() {
		return out
	}
	if rate, err := booked.Abs().Quo(ordered.Abs()); err == nil {
		out["rate"], out["source"] = rate.Round(6).String(), "bank"
	}
	return out
}

// title is one line about a link, for a list of proposals.
func (r *result) title(l matching.Link) string {
	i, t := r.invoices[l.InvoiceID], r.transactions[l.TransactionID]
	return fmt.Sprintf("invoice %s of %s, %s %s, with the bank line of %s, %s %s, %s", or(i.Number, "without a number"), or(first(i.Names), "an unnamed company"),
		i.Open, i.Currency, or(t.BookingDate, "an unknown day"), t.Open, t.Currency, or(t.CounterpartyName, or(first(t.Remittance), "unnamed")))
}

// describe says in a few lines what was found. The first stands in lists.
func (r *result) describe() string {
	linked, asked := len(r.confirmed), len(r.proposed)+len(r.elsewhere)
	s := fmt.Sprintf("%s linked, %s waiting for a person, %s without a link.", count(linked, "payment"), count(asked, "match"), count(len(r.unmatched), "row"))
	switch {
	case len(r.revoked) == 1 && linked+asked == 0:
		return "**Its payment came back:** " + r.revoked[0].title() + "."
	case len(r.revoked) > 0:
		return fmt.Sprintf("%s to take back. ", count(len(r.revoked), "link")) + s + r.details()
	case linked == 1 && asked == 0 && len(r.unmatched) == 0:
		return "**Paid:** " + r.title(r.confirmed[0]) + "."
	case linked == 0 && len(r.proposed) == 1 && asked == 1 && len(r.unmatched) == 0:
		return "**Is this its payment?** " + r.title(r.proposed[0]) + " (" + sureness(r.proposed[0]) + ")."
	case linked == 0 && asked == 0 && len(r.unmatched) == 1:
		return fmt.Sprintf("**No link** for this %s: %s.", r.unmatched[0].EntityType, strings.TrimSuffix(r.unmatched[0].Message, "."))
	}
	return s + r.details()
}

// details lists the links and the rows without one, the first of them.
func (r *result) details() string {
	s := ""
	for n, l := range append(append([]matching.Link{}, r.confirmed...), r.proposed...) {
		if n == 10 {
			s += "\n- …"
			break
		}
		word := "**Linked**"
		if l.Status != matching.Confirmed {
			word = "**Proposed**"
		}
		s += fmt.Sprintf("\n- %s: %s (%s).", word, r.title(l), sureness(l))
	}
	for n, v := range r.revoked {
		if n == 10 {
			s += "\n- …"
			break
		}
		s += "\n- **To take back**: " + strings.TrimPrefix(v.title(), "take back: ") + "."
	}
	for n, u := range r.unmatched {
		if n == 5 {
			return s + "\n- …"
		}
		s += fmt.Sprintf("\n- No link for a %s: %s.", u.EntityType, strings.TrimSuffix(u.Message, "."))
	}
	return s
}

// sureness says how likely a link is, and what holds it back.
func sureness(l matching.Link) string {
	s := fmt.Sprintf("%.0f %%", 100*l.Confidence)
	for _, reason := range l.Reasons {
		s += ", " + strings.ToLower(strings.ReplaceAll(string(reason), "_", " "))
	}
	return s
}

func count(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "ch"):
		return fmt.Sprintf("%d %ses", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// link is the write of an edge. Its amount is what the transaction gives, in
// the transaction's currency where the two differ.
func (r *result) link(l matching.Link, status record.LinkStatus) enrich.RecordWrite {
	amount, currency := r.given(l)
	w := enrich.RecordWrite{EntityType: record.EntityLink, EntityID: record.LinkID(r.task.WorkspaceID, l.InvoiceID, l.TransactionID)}
	grade := enrich.Single
	if l.Status == matching.Confirmed {
		grade = enrich.Corroborated
	}
	for _, v := range []struct {
		name  string
		value any
	}{
		{"invoice_id", l.InvoiceID},
		{"transaction_id", l.TransactionID},
		{"amount", amount},
		{"currency", orNull(currency)},
		{"is_partial", l.IsPartial},
		{"allocation_type", allocation(l)},
		{"match_method", string(l.Method)},
		{"confidence", l.Confidence},
		{"reasoning", reasoning(l)},
		{"edge_status", string(status)},
	} {
		raw, err := json.Marshal(v.value)
		if err != nil {
			continue // texts and numbers always marshal
		}
		w.Fields = append(w.Fields, enrich.FieldWrite{
			Name: v.name, Value: raw, Origin: enrich.ByRule, Confidence: l.Confidence, Grade: grade,
			Evidence: []enrich.Evidence{{Origin: enrich.ByRule, Method: "deterministic", Ref: enrich.EvidenceRef{EntityType: record.EntityTransaction, EntityID: l.TransactionID}}},
		})
	}
	return w
}

// given is the part of the transaction that the link takes. Where invoice and
// account share a currency that is the link's amount; otherwise all that is left.
func (r *result) given(l matching.Link) (amount, currency string) {
	t := r.transactions[l.TransactionID]
	open, err := decimal.Parse(t.Open)
	if err != nil || l.Currency == t.Currency && l.Amount.CmpAbs(open) <= 0 {
		return l.Amount.Abs().String(), l.Currency
	}
	return open.Abs().String(), t.Currency
}

func allocation(l matching.Link) string {
	if l.IsPartial {
		return "partial"
	}
	return "full"
}

// reasoning is the evidence in one line.
func reasoning(l matching.Link) string {
	var parts []string
	for _, e := range l.Evidence {
		if e.Verdict != matching.Neutral {
			parts = append(parts, fmt.Sprintf("%s %s: %s", e.Signal, e.Verdict, e.Detail))
		}
	}
	return strings.Join(parts, "; ")
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
