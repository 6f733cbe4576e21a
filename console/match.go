package console

import (
	"encoding/json"
	"fmt"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// proposal is what a task's output asks a person, and what it found besides.
type proposal struct {
	Items     []item
	Linked    []match // beyond doubt, nobody is asked
	Elsewhere []match // another task asks about them
	Unmatched []unmatched
}

// item is a part of a proposal that can be accepted by itself. What it is about
// stands in one of the four pointers, or in its title alone.
type item struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Match    *match
	Takeback *takeback
	Double   *double
	Dispute  *disputed
}

// match is a link as the matcher describes it.
type match struct {
	LinkID        string            `json:"invoice_transaction_id"`
	InvoiceID     string            `json:"invoice_id"`
	TransactionID string            `json:"transaction_id"`
	Amount        string            `json:"amount"` // that the transaction pays
	Currency      string            `json:"currency"`
	IsPartial     bool              `json:"is_partial"`
	Method        string            `json:"match_method"`
	Confidence    float64           `json:"confidence"` // 0 to 1
	Status        record.LinkStatus `json:"edge_status"`
	RunnerUp      *runnerUp         `json:"runner_up"`
	Evidence      []signal          `json:"evidence"`
	WouldChangeIf []string          `json:"would_change_if"`
	Reasons       []string          `json:"reasons"`
	Invoice       invoiceEnd        `json:"invoice"`
	Transaction   transactionEnd    `json:"transaction"`

	// The rows as they stand now; nil where they are gone or were not asked for.
	InvoiceNow     *record.Invoice     `json:"-"`
	TransactionNow *record.Transaction `json:"-"`
}

// runnerUp is the next likely pair that one of the two rows is in.
type runnerUp struct {
	InvoiceID     string  `json:"invoice_id"`
	TransactionID string  `json:"transaction_id"`
	Confidence    float64 `json:"confidence"`
}

// signal is one piece of evidence. A weight is in bits: each doubles the odds.
type signal struct {
	Signal  string  `json:"signal"`
	Verdict string  `json:"verdict"` // supports, against, neutral
	Weight  float64 `json:"weight"`
	Detail  string  `json:"detail"`
}

// Bits writes the weight with its sign.
func (s signal) Bits() money {
	if s.Weight == 0 {
		return money{Value: "0"}
	}
	return money{Value: fmt.Sprintf("%+.1f", s.Weight)}
}

// invoiceEnd and transactionEnd are the two rows as they stood when they were matched.
type invoiceEnd struct {
	Number       string `json:"number"`
	Counterparty string `json:"counterparty"`
	Open         string `json:"open"`
	Currency     string `json:"currency"`
	IssueDate    string `json:"issue_date"`
	DueDate      string `json:"due_date"`
}

type transactionEnd struct {
	BookingDate  string `json:"booking_date"`
	Amount       string `json:"amount"`
	Currency     string `json:"currency"`
	Counterparty string `json:"counterparty"`
	Remittance   string `json:"remittance"`
}

// unmatched is a row without a link, and why.
type unmatched struct {
	EntityType string `json:"entity_type"`
	EntityID   string `json:"entity_id"`
	Code       string `json:"code"`
	Message    string `json:"message"`
}

// disputed is a value that the XML of a document states and its page shows
// otherwise.
type disputed struct {
	Field     string
	XML, Page fieldRow
	Why       string // what follows from it
}

// readProposal reads an output. A part that has another shape than expected is
// left out; an item keeps its title.
func readProposal(t enrich.Task) proposal {
	var out struct {
		Proposal struct {
			Items []item `json:"items"`
		} `json:"_proposal"`
	}
	var p proposal
	if json.Unmarshal(t.Output, &out) == nil {
		p.Items = out.Proposal.Items
	}
	switch {
	case matchesRecords(t.Type, t.EntityType):
		p.addDoubles(t)
	case t.Type == enrich.Reconcile:
		p.addMatches(t)
		p.addTakebacks(t)
	}
	p.addDisputes(t)
	return p
}

func (p *proposal) addMatches(t enrich.Task) {
	var out struct {
		Links     []json.RawMessage `json:"links"`
		Unmatched []unmatched       `json:"unmatched"`
	}
	_ = json.Unmarshal(t.Output, &out) // what was read before a part of another shape stays
	p.Unmatched = out.Unmatched
	at := map[string]int{}
	for i := range p.Items {
		at[p.Items[i].ID] = i
	}
	for _, raw := range out.Links {
		var m match
		if json.Unmarshal(raw, &m) != nil {
			continue
		}
		switch i, asked := at[m.LinkID]; {
		case asked:
			p.Items[i].Match = &m
		case m.Status == record.LinkConfirmed:
			p.Linked = append(p.Linked, m)
		default:
			p.Elsewhere = append(p.Elsewhere, m)
		}
	}
}

func (p *proposal) addDisputes(t enrich.Task) {
	var out struct {
		Currency string `json:"local_currency"`
		Disputes []struct {
			Field string          `json:"field"`
			XML   json.RawMessage `json:"xml"`
			Page  json.RawMessage `json:"page"`
			Why   string          `json:"why"`
		} `json:"_contradictions"`
	}
	_ = json.Unmarshal(t.Output, &out)
	r := result{Currency: out.Currency}
	for _, d := range out.Disputes {
		for i := range p.Items {
			if p.Items[i].ID != d.Field {
				continue
			}
			xml, _ := r.row(d.Field, d.XML)
			page, _ := r.row(d.Field, d.Page)
			page.Disputed = true
			p.Items[i].Dispute = &disputed{Field: d.Field, XML: xml, Page: page, Why: d.Why}
		}
	}
}

// find is the link with an id, wherever it stands in the output; nil for none.
func (p proposal) find(linkID string) *match {
	for _, i := range p.Items {
		if i.Match != nil && i.Match.LinkID == linkID {
			return i.Match
		}
	}
	for _, m := range append(p.Linked, p.Elsewhere...) {
		if m.LinkID == linkID {
			return &m
		}
	}
	return nil
}

// matchReason says in words why a link waits for a person, or why there is none.
func matchReason(code string) phrase {
	return named(map[string]string{
		"NO_CANDIDATE": "Nothing near in amount and date, and nothing quotes it.", "AMBIGUOUS": "Another pair is nearly as likely.",
		"CURRENCY_UNKNOWN": "The currency is unknown, so equal figures prove nothing.", "FX_RATE_UNAVAILABLE": "The amounts have no currency in common, and no rate is known.",
		"AMOUNT_ONLY": "Nothing but amount and date speaks for it.", "SPLIT_INCOMPLETE": "A part of the amount is missing.",
		"DUPLICATE_TRANSACTION": "The bank line stands twice.", "FEE_VARIANCE": "The amounts differ, and that is unusual here.",
		"PREVIOUSLY_DECLINED": "A person declined the likeliest pair.", "PERIOD_LOCKED": "It is in a closed period.", "PERSON_DECIDED": "A person linked it.",
		"NOTHING_OPEN": "It is linked in full already, or has no amount.",
		"UNMATCHABLE":  "Its currency is unknown, or its amount is too fine or too large to be compared.",
	}[code], code)
}

func signalWords(name string) phrase {
	if found := map[string]string{"counterparty": "Other party", "text": "Other text"}[name]; found != "" {
		return say(found)
	}
	return words(name)
}

func verdictWords(verdict string) phrase {
	return named(map[string]string{"supports": "For", "against": "Against", "neutral": "Says nothing"}[verdict], verdict)
}

func methodWords(method string) phrase {
	return named(map[string]string{
		"reference_exact": "reference and amount", "reference": "reference", "account": "account", "name": "name", "amount": "amount and date", "person": "a person's word",
	}[method], method)
}

func linkWords(s record.LinkStatus) phrase {
	return named(map[record.LinkStatus]string{record.LinkConfirmed: "Linked", record.LinkProvisional: "Proposed", record.LinkDeclined: "Declined", record.LinkRevoked: "Taken back"}[s], string(s))
}

// paymentWords names the payment status of an invoice.
func paymentWords(status string) phrase {
	if status == "" {
		return say("Not known")
	}
	return named(map[string]string{"unpaid": "Not paid", "partially_paid": "Paid in part", "paid": "Paid"}[status], readable(status))
}
