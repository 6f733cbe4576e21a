package console

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// double is a pair of records that may be one company, as reconcile describes it.
type double struct {
	ID         string   `json:"reconciliation_link_id"`
	SourceID   string   `json:"source_id"` // would give way
	TargetID   string   `json:"target_id"` // would stay
	Confidence float64  `json:"confidence"`
	Evidence   []signal `json:"evidence"`
	Source     partyEnd `json:"source"`
	Target     partyEnd `json:"target"`

	// The records as they stand now; nil where they are gone.
	SourceNow, TargetNow *record.Company `json:"-"`
}

// partyEnd is a company as it stood when it was compared.
type partyEnd struct {
	Name    string `json:"name"`
	TaxID   string `json:"tax_id_value"`
	Domain  string `json:"domain"`
	City    string `json:"city"`
	Country string `json:"country"`
}

func (e partyEnd) company() record.Company {
	return record.Company{Name: e.Name, TaxIDValue: e.TaxID, Domain: e.Domain, City: e.City, Country: e.Country}
}

// likeness is one field of both records.
type likeness struct {
	Field          string
	Source, Target string // empty where nothing is known
}

// Same reports whether both say the same.
func (l likeness) Same() bool { return l.Source != "" && strings.EqualFold(l.Source, l.Target) }

// Rows are the fields of which one of the two records knows something.
func (d double) Rows() (list []likeness) {
	source, target := d.Source.company(), d.Target.company()
	if d.SourceNow != nil {
		source = *d.SourceNow
	}
	if d.TargetNow != nil {
		target = *d.TargetNow
	}
	for _, f := range []struct {
		name string
		of   func(record.Company) string
	}{
		{"name", func(c record.Company) string { return strings.Join(c.Names(), " · ") }},
		{"tax_id_value", func(c record.Company) string { return c.TaxIDValue }},
		{"registration_number", func(c record.Company) string { return c.RegistrationNumber }},
		{"domain", func(c record.Company) string { return c.Domain }},
		{"email", func(c record.Company) string { return c.Email }},
		{"phone", func(c record.Company) string { return c.Phone }},
		{"street", func(c record.Company) string { return c.Street }},
		{"city", func(c record.Company) string { return strings.TrimSpace(c.PostalCode + " " + c.City) }},
		{"country", func(c record.Company) string { return c.Country }},
	} {
		if l := (likeness{f.name, f.of(source), f.of(target)}); l.Source != "" || l.Target != "" {
			list = append(list, l)
		}
	}
	return list
}

// SourceName and TargetName are what the two records are called.
func (d double) SourceName() string { return nameNow(d.SourceNow, d.Source) }

// TargetName is the other one's.
func (d double) TargetName() string { return nameNow(d.TargetNow, d.Target) }

func nameNow(now *record.Company, then partyEnd) string {
	if now != nil {
		return cmp.Or(append(now.Names(), then.Name)...)
	}
	return then.Name
}

// takeback is a link that would be taken back, because its payment came back.
type takeback struct {
	LinkID        string   `json:"invoice_transaction_id"`
	InvoiceID     string   `json:"invoice_id"`
	TransactionID string   `json:"transaction_id"` // the payment
	ReversalID    string   `json:"reversal_id"`    // the entry that brought it back
	Amount        string   `json:"amount"`         // of the link
	Currency      string   `json:"currency"`
	Evidence      []signal `json:"evidence"`
	Rivals        []string `json:"rivals"` // payments that may have come back instead
	Reasons       []string `json:"reasons"`
	WouldChangeIf []string `json:"would_change_if"`

	// The rows as they stand now; nil where they are gone.
	Invoice         *record.Invoice     `json:"-"`
	Payment, Return *record.Transaction `json:"-"`
}

// OtherParty is who the invoice is with; empty when unknown.
func (t takeback) OtherParty() string { return payment{Invoice: t.Invoice}.OtherParty() }

// entryRow is one thing that the payment and its return say.
type entryRow struct {
	Name, Payment, Return phrase // nil where there is none
}

// Rows are the two entries side by side.
func (t takeback) Rows() (list []entryRow) {
	add := func(name phrase, of func(record.Transaction) phrase) {
		row := entryRow{Name: name}
		if t.Payment != nil {
			row.Payment = of(*t.Payment)
		}
		if t.Return != nil {
			row.Return = of(*t.Return)
		}
		if row.Payment != nil || row.Return != nil {
			list = append(list, row)
		}
	}
	add(say("Other party"), func(e record.Transaction) phrase { return verbatim(e.CounterpartyName) })
	add(say("Amount"), func(e record.Transaction) phrase { return shownAmount(e.Amount, e.Currency) })
	add(say("Date"), func(e record.Transaction) phrase { return shownDay(e.BookingDate) })
	add(say("Account"), func(e record.Transaction) phrase { return verbatim(iban(e.CounterpartyIBAN)) })
	add(say("End-to-end id"), func(e record.Transaction) phrase { return verbatim(e.EndToEndID) })
	add(say("Text"), func(e record.Transaction) phrase { return verbatim(strings.Join(e.Remittance, " ")) })
	return list
}

// addDoubles finds the items that are about two records of one company.
func (p *proposal) addDoubles(t enrich.Task) {
	var out struct {
		Links []json.RawMessage `json:"links"`
	}
	_ = json.Unmarshal(t.Output, &out)
	for _, raw := range out.Links {
		var d double
		if json.Unmarshal(raw, &d) != nil || d.ID == "" {
			continue
		}
		for i := range p.Items {
			if p.Items[i].ID == d.ID {
				p.Items[i].Double = &d
			}
		}
	}
}

// addTakebacks finds the items that take links back.
func (p *proposal) addTakebacks(t enrich.Task) {
	var out struct {
		Revocations []json.RawMessage `json:"revocations"`
	}
	_ = json.Unmarshal(t.Output, &out)
	for _, raw := range out.Revocations {
		var back takeback
		if json.Unmarshal(raw, &back) != nil {
			continue
		}
		for i := range p.Items {
			if p.Items[i].ID == back.LinkID {
				p.Items[i].Takeback = &back
			}
		}
	}
}

// bringTakebacks reads the invoices and entries of links that would be taken back.
func (c *console) bringTakebacks(ctx context.Context, workspaceID string, items []item) error {
	var ofInvoices, ofTransactions []string
	for _, i := range items {
		if t := i.Takeback; t != nil && printable(t.InvoiceID+t.TransactionID+t.ReversalID) {
			ofInvoices, ofTransactions = append(ofInvoices, t.InvoiceID), append(ofTransactions, t.TransactionID, t.ReversalID)
		}
	}
	if len(ofInvoices) == 0 {
		return nil
	}
	invoices, transactions, err := c.ends(ctx, workspaceID, ofInvoices, ofTransactions)
	for _, i := range items {
		if t := i.Takeback; t != nil {
			t.Invoice, t.Payment, t.Return = invoices[t.InvoiceID], transactions[t.TransactionID], transactions[t.ReversalID]
		}
	}
	return err
}

// bringDoubles reads the companies that may be one, as they stand now.
func (c *console) bringDoubles(ctx context.Context, workspaceID string, items []item) error {
	var ids []string
	for _, i := range items {
		if i.Double != nil && printable(i.Double.SourceID) && printable(i.Double.TargetID) {
			ids = append(ids, i.Double.SourceID, i.Double.TargetID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := c.Store.ListCompanies(ctx, workspaceID, byID(ids))
	if err != nil {
		return err
	}
	now := map[string]*record.Company{}
	for k := range found.Records {
		now[found.Records[k].ID] = &found.Records[k]
	}
	for _, i := range items {
		if i.Double != nil {
			i.Double.SourceNow, i.Double.TargetNow = now[i.Double.SourceID], now[i.Double.TargetID]
		}
	}
	return nil
}

// takebackReason says what to look at before a link is taken back.
func takebackReason(code string) phrase {
	return named(map[string]string{
		"AMBIGUOUS": "Another payment may have come back as well.", "PERIOD_LOCKED": "Its month is signed off; taking it back suspends that.",
	}[code], code)
}
