package generate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/matching"
)

// payTogether adds two payments that together pay two or three more invoices of a
// party with the one given: up to ten days apart, cut anywhere, all numbers quoted in
// half of the cases. The first payment fills the invoices in the order of their ids.
func (s source) payTogether(p *party, in matching.Invoice, out *Rows) {
	list, total, numbers := []matching.Invoice{in}, centsOf(in), []string{in.Number}
	for range 1 + s.IntN(2) {
		other := in
		p.next += 1 + s.IntN(3)
		other.ID, other.Number, other.Amount = fmt.Sprintf("i%06dt%d", len(out.Invoices), len(list)), number(p, 0), cents(s.lognormal(320, 1.1))
		list, total, numbers = append(list, other), total+centsOf(other), append(numbers, other.Number)
		out.Invoices = append(out.Invoices, other)
	}
	first := total * int64(20+s.IntN(60)) / 100
	a, b := s.paymentOf(p, &in, len(out.Transactions)), s.paymentOf(p, &in, len(out.Transactions)+1)
	a.Amount, b.Amount, b.Date = signed(p, first), signed(p, total-first), a.Date.AddDate(0, 0, s.IntN(11))
	a.Remittance, b.Remittance = []string{"on account"}, []string{"balance"}
	if s.chance(.5) {
		all := strings.Join(numbers, ", ")
		a.Remittance, b.Remittance = []string{"part of " + all}, []string{"rest of " + all}
	}
	slices.SortFunc(list, func(x, y matching.Invoice) int { return cmp.Compare(x.ID, y.ID) })
	for _, one := range list {
		open := centsOf(one)
		if first > 0 {
			out.Truth = append(out.Truth, matching.Pair{InvoiceID: one.ID, TransactionID: a.ID})
		}
		if first < open {
			out.Truth = append(out.Truth, matching.Pair{InvoiceID: one.ID, TransactionID: b.ID})
		}
		first = max(first-open, 0)
	}
	out.Transactions = append(out.Transactions, a, b)
}

// payouts adds what a payment provider passes on each week: the sales of the week,
// three to nine to customers of their own around 60 each, two days later, less 1.5 %
// and 0.25 of each. No line quotes an invoice or tells the fee. One week in ten has a
// sale that is paid another way, or not at all.
func (s source) payouts(days int, out *Rows) {
	for day := 7; day+2 < days; day += 7 {
		net, ids := int64(0), []string{}
		for range 3 + s.IntN(7) {
			c, n := s.lognormal(60, .7), len(out.Invoices)
			in := matching.Invoice{
				ID: fmt.Sprintf("i%06ds", n), Number: fmt.Sprintf("S-%05d", n), Currency: "EUR", Amount: cents(c), IssueDate: onDay(day - s.IntN(7)), Direction: matching.Receivable,
				Counterparty: matching.Counterparty{Names: []string{s.name(2, 3) + " " + s.name(2, 3)}},
			}
			out.Invoices = append(out.Invoices, in)
			net, ids = net+c-int64(math.Round(float64(c)*.015))-25, append(ids, in.ID)
		}
		if s.chance(.1) {
			whole, frac, _ := out.Invoices[len(out.Invoices)-1].Amount.Int64(2)
			c := whole*100 + frac
			net, ids = net-c+int64(math.Round(float64(c)*.015))+25, ids[:len(ids)-1]
		}
		tx := matching.Transaction{ID: fmt.Sprintf("t%06d", len(out.Transactions)), Currency: "EUR", Amount: decimal.MustNew(net, 2), Date: onDay(day + 2), Name: "STRIPE PAYMENTS EUROPE", Remittance: []string{"STRIPE PAYOUT " + s.hex()}}
		out.Transactions = append(out.Transactions, tx)
		for _, id := range ids {
			out.Truth = append(out.Truth, matching.Pair{InvoiceID: id, TransactionID: tx.ID})
		}
	}
}
