package reconcile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// revocation proposes to take a link back, because its payment came back.
type revocation struct {
	comeback
	link record.ReturnedLink
}

// revocations are the links to take back for the entries that a task is about. What
// a person said of an entry and a link, or is being asked, is not asked again.
func revocations(own *subject, books record.Books) (asked []revocation) {
	for _, c := range comebacks(books) {
		if !contains(own.transactions, c.back.ID) {
			continue
		}
		for _, l := range c.links {
			if !slices.Contains(l.Asked, c.back.ID) {
				asked = append(asked, revocation{c, l})
			}
		}
	}
	return asked
}

// item is the part of a proposal that takes the link back. Refused or not, it is
// kept beside the link that a person was asked about this entry. Taken back, the
// invoice is open again and meets the other payments.
func (v revocation) item() enrich.Item {
	return enrich.Item{
		ID: v.link.ID, Title: v.title(),
		Records:  []enrich.RecordWrite{v.write("edge_status", record.LinkRevoked, "reversal_id", v.back.ID)},
		Refused:  []enrich.RecordWrite{v.write("edge_status", record.LinkConfirmed, "reversal_id", v.back.ID)},
		Occasion: &enrich.Occasion{Channel: enrich.BankSync, EntityType: record.EntityInvoice, EntityID: v.link.InvoiceID, Facts: map[string]string{"reversal": v.back.ID}},
	}
}

// asking notes beside the link, at once, which entry a person is asked about.
func (v revocation) asking() enrich.RecordWrite { return v.write("reversal_id", v.back.ID) }

// write gives fields of the link values, named in pairs.
func (v revocation) write(pairs ...any) enrich.RecordWrite {
	w := enrich.RecordWrite{EntityType: record.EntityLink, EntityID: v.link.ID}
	for k := 0; k < len(pairs); k += 2 {
		raw, err := json.Marshal(pairs[k+1])
		if err != nil {
			continue // texts always marshal
		}
		w.Fields = append(w.Fields, enrich.FieldWrite{
			Name: pairs[k].(string), Value: raw, Origin: enrich.ByRule, Grade: enrich.Corroborated,
			Evidence: []enrich.Evidence{{Origin: enrich.ByRule, Method: "deterministic", Ref: enrich.EvidenceRef{EntityType: record.EntityTransaction, EntityID: v.back.ID}, Quote: v.details()}},
		})
	}
	return w
}

// details are the signs in one line.
func (v revocation) details() string {
	var list []string
	for _, s := range v.signs {
		list = append(list, s.Detail)
	}
	return strings.Join(list, "; ")
}

// title is one line about the revocation, for a list of proposals.
func (v revocation) title() string {
	s := fmt.Sprintf("take back: invoice %s of %s was paid %s %s on %s, and that came back on %s (%s)", or(v.link.InvoiceNumber, "without a number"), or(v.link.Counterparty, "an unnamed company"),
		v.link.Amount, v.link.Currency, or(v.payment.BookingDate, "an unknown day"), or(v.back.BookingDate, "an unknown day"), v.details())
	if v.link.Locked != "" {
		s += "; " + v.link.Locked + " is signed off, and taking it back suspends that"
	}
	return s
}

// shown is the revocation with all its evidence.
func (v revocation) shown() map[string]any {
	reasons := []string{}
	if len(v.rivals) > 0 {
		reasons = append(reasons, "AMBIGUOUS")
	}
	if v.link.Locked != "" {
		reasons = append(reasons, "PERIOD_LOCKED")
	}
	return map[string]any{
		"invoice_transaction_id": v.link.ID, "invoice_id": v.link.InvoiceID, "transaction_id": v.payment.ID, "reversal_id": v.back.ID,
		"amount": v.link.Amount, "currency": orNull(v.link.Currency), "edge_status": record.LinkConfirmed, "proposed_status": record.LinkRevoked,
		"evidence": v.signs, "rivals": append([]string{}, v.rivals...), "reasons": reasons,
		"would_change_if": []string{"the entry of " + or(v.back.BookingDate, "an unknown day") + " brought another payment back"},
	}
}
