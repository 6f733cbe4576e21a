package statement

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/bankfile"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

// afterImport says what entries that are new set going.
func (i *Importer) afterImport(statement record.BankStatement, fresh []record.Transaction, unserved []string) ([]enrich.Request, error) {
	occasions := matched(statement.ID, fresh)
	for _, id := range unserved {
		occasions = append(occasions, enrich.Occasion{
			Channel: enrich.BankSync, EntityType: record.EntityCompany, EntityID: id, Facts: map[string]string{trigger.FactMissing: "true"},
		})
	}
	var requests []enrich.Request
	for _, o := range occasions {
		more, err := i.Triggers.On(o, -1, "")
		if err != nil {
			return nil, err
		}
		requests = append(requests, more...)
	}
	return requests, nil
}

// Work of one import.
const (
	maxPerTask        = 200    // transactions of a task
	maxCounterparties = 1000   // beyond it the entries are matched by periods
	maxPerPeriod      = 15_000 // transactions of a period, to full days
	// How many days before and after the entries an invoice may be issued to meet them.
	issuedBefore = 130
	issuedAfter  = 31
)

// matched lets entries meet invoices: those of one counterparty in a task of their own,
// those of too many counterparties with all that stands in their days, as one problem.
// Tasks over entries of many counterparties would each need most of the books, and be
// wrong where they do not get them.
func matched(statementID string, fresh []record.Transaction) []enrich.Occasion {
	booked := slices.DeleteFunc(slices.Clone(fresh), func(t record.Transaction) bool { return t.Status != string(bankfile.Booked) })
	occasion := func(facts map[string]string, input map[string]any) enrich.Occasion {
		return enrich.Occasion{Channel: enrich.BankSync, EntityType: record.EntityStatement, EntityID: statementID, Facts: facts, Input: input}
	}
	var out []enrich.Occasion
	groups := byCounterparty(booked)
	if len(groups) > maxCounterparties {
		for _, days := range periods(booked) {
			out = append(out, occasion(map[string]string{trigger.FactMany: "true"}, map[string]any{"from": days[0], "to": days[1]}))
		}
		// A period is looked at from its invoices; what came back is an entry's affair.
		groups = byCounterparty(slices.DeleteFunc(booked, func(t record.Transaction) bool { return !t.IsReversal }))
	}
	for _, group := range groups {
		for ids := range slices.Chunk(group, maxPerTask) {
			out = append(out, occasion(nil, map[string]any{"kind": "invoice_transaction", "transaction_ids": ids}))
		}
	}
	return out
}

// byCounterparty groups entries by who is on the other side.
func byCounterparty(entries []record.Transaction) [][]string {
	at := map[string]int{}
	var groups [][]string
	for _, t := range entries {
		who := cmp.Or(t.CounterpartyIBAN, strings.ToLower(t.CounterpartyName))
		n, known := at[who]
		if !known {
			n = len(groups)
			at[who], groups = n, append(groups, nil)
		}
		groups[n] = append(groups[n], t.ID)
	}
	return groups
}

// periods parts the days of entries, first and last, so that each part has few enough
// of them. They reach as far as the invoices that entries may pay.
func periods(entries []record.Transaction) [][2]string {
	var days []string
	for _, t := range entries {
		if day := cmp.Or(t.BookingDate, t.ValueDate); day != "" {
			days = append(days, day)
		}
	}
	slices.Sort(days)
	var out [][2]string
	for len(days) > 0 {
		n := min(maxPerPeriod, len(days))
		last := days[n-1]
		for n < len(days) && days[n] == last {
			n++
		}
		from := shift(days[0], -issuedBefore)
		if len(out) > 0 {
			from = shift(out[len(out)-1][1], 1)
		}
		out, days = append(out, [2]string{from, last}), days[n:]
	}
	if last := len(out) - 1; last >= 0 {
		out[last][1] = shift(out[last][1], issuedAfter)
	}
	return out
}

// shift moves a day, YYYY-MM-DD; what is no day stays.
func shift(day string, by int) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return at.AddDate(0, 0, by).Format(time.DateOnly)
}
