package reconcile

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/record"
)

// problemOf puts the books as the matcher takes them. Rows that it does not take
// are left out, so that no row of others stops the one that the task is about;
// unfit tells why, by id.
func problemOf(books record.Books) (p matching.Problem, unfit map[string]enrich.Reason) {
	known := map[string]bool{}
	unfit = reversals(books)
	kin := map[string]record.Kinship{}
	for _, k := range books.Kin {
		kin[k.InvoiceID] = k
	}
	for _, i := range books.Invoices {
		i.Names, i.IBANs = append(slices.Clone(i.Names), kin[i.ID].Names...), append(slices.Clone(i.IBANs), kin[i.ID].IBANs...)
		v, ok := invoiceOf(i)
		v.Locked = locked(books.Locked, i.IssueDate)
		if ok && fits(v.Check(), v.ID, unfit) {
			p.Invoices, known[v.ID] = append(p.Invoices, v), true
		}
	}
	own := map[string]bool{}
	for _, t := range books.Transactions {
		if t.Account != "" && !own[t.Account] {
			own[t.Account] = true
			p.Options.OwnIBANs = append(p.Options.OwnIBANs, t.Account)
		}
		if _, back := unfit[t.ID]; back {
			continue
		}
		v, ok := transactionOf(t)
		v.Locked = locked(books.Locked, or(t.BookingDate, t.ValueDate))
		if ok && fits(v.Check(), v.ID, unfit) {
			p.Transactions, known[v.ID] = append(p.Transactions, v), true
		}
	}
	p.Options.Tariffs = tariffs(books.Payouts)
	for _, l := range books.Links {
		if l.Status.Gone() && known[l.InvoiceID] && known[l.TransactionID] {
			p.Declined = append(p.Declined, matching.Pair{InvoiceID: l.InvoiceID, TransactionID: l.TransactionID})
		}
	}
	return p, unfit
}

// locked says whether a day (YYYY-MM-DD) is in a month that is signed off.
func locked(months []string, day string) bool {
	return len(day) >= len("2006-01") && slices.Contains(months, day[:len("2006-01")])
}

// fits notes why a row cannot be matched.
func fits(err error, id string, unfit map[string]enrich.Reason) bool {
	var row *matching.RowError
	if errors.As(err, &row) {
		unfit[id] = enrich.Reason{Code: "UNMATCHABLE", Message: "It cannot be matched: " + row.Reason + "."}
	}
	return err == nil
}

func invoiceOf(i record.OpenInvoice) (matching.Invoice, bool) {
	amount, err := decimal.Parse(i.Open)
	if err != nil || !amount.IsPos() {
		return matching.Invoice{}, false
	}
	return matching.Invoice{
		ID: i.ID, Number: i.Number, References: i.References, Currency: i.Currency, Amount: amount,
		IssueDate: day(i.IssueDate), DueDate: day(i.DueDate), Direction: directionOf(i),
		Counterparty: matching.Counterparty{Names: i.Names, IBANs: i.IBANs},
	}, true
}

// directionOf says which way the money of an invoice flows; a credit note turns
// it round.
func directionOf(i record.OpenInvoice) matching.Direction {
	switch {
	case i.Direction == "inbound" && !i.IsCredit, i.Direction == "outbound" && i.IsCredit:
		return matching.Payable
	case i.Direction == "outbound", i.Direction == "inbound":
		return matching.Receivable
	}
	return ""
}

func transactionOf(t record.OpenTransaction) (matching.Transaction, bool) {
	amount, err := decimal.Parse(t.Open)
	if err != nil || amount.IsZero() {
		return matching.Transaction{}, false
	}
	out := matching.Transaction{
		ID: t.ID, Currency: t.Currency, Amount: amount, Date: day(t.BookingDate), ValueDate: day(t.ValueDate),
		Name: t.CounterpartyName, IBAN: t.CounterpartyIBAN, Remittance: slices.Concat(t.Remittance, t.DocumentReferences),
		EndToEndID: t.EndToEndID, StructuredReference: t.StructuredReference,
	}
	if instructed, err := decimal.Parse(t.InstructedAmount); err == nil && t.InstructedCurrency != "" {
		out.InstructedAmount, out.InstructedCurrency = instructed, t.InstructedCurrency
	}
	return out, true
}

// day reads YYYY-MM-DD; zero where there is none.
func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	if err != nil {
		return time.Time{}
	}
	return t
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }
