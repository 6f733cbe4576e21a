package matching

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// Neighbourhood says which rows of the other side can be candidates of a row, for
// a store to fetch: those within the dates and one of the amounts, and those that
// share a reference whatever their date and amount.
//
// A single invoice is answered as in its whole history when the problem holds,
// with the Model that was learnt from the history,
//
//  1. the transactions of the invoice's neighbourhood,
//  2. the invoices of their neighbourhoods: the rivals, and
//  3. the transactions of the rivals' neighbourhoods: what they have instead.
//
// Exactly so when the steps are repeated until no row is added. Three steps give
// the same link in practice, since each further step must pass through a tie to
// matter. A single transaction goes the same way from the other side.
//
// A split that quotes nothing is found by its party's name and the sum alone, so
// it can lie outside: who wants those too adds the party's open rows.
type Neighbourhood struct {
	// From and To bound a transaction's date, inclusive. Of an invoice, the issue
	// date is not after To, and the later of issue and due date not before From.
	// Both are zero where the row has no date. A row without a date is within.
	From, To time.Time

	Amounts []AmountRange
	// Direction of the invoices, or what the transactions' sign must fit; empty
	// for either.
	Direction Direction

	// References are the forms, as References and Quotable give them, of which
	// one must be shared.
	References []string
}

// AmountRange bounds an amount without its sign, inclusive. An empty currency
// stands for every one; a row of unknown currency is within each.
type AmountRange struct {
	Currency  string
	Low, High decimal.Decimal
}

// Neighbourhood gives the transactions that can be candidates of an invoice.
func (in Invoice) Neighbourhood() (Neighbourhood, error) {
	r := &rows{vocabulary: newVocabulary()}
	row, problem := r.invoice(&in)
	if problem != "" {
		return Neighbourhood{}, &RowError{"invoices", 0, in.ID, problem}
	}
	n := Neighbourhood{Direction: in.Direction, References: in.Forms()}
	if from, to := window(&row); from != noDay {
		n.From, n.To = date(from), date(to)
	}
	for _, m := range row.money {
		low, high := amountWindow(m.units)
		n.Amounts = append(n.Amounts, AmountRange{m.currency, decimalOf(low), decimalOf(high)})
	}
	return n, nil
}

// Neighbourhood gives the invoices that can be candidates of a transaction.
func (tx Transaction) Neighbourhood() (Neighbourhood, error) {
	r := &rows{vocabulary: newVocabulary(), textOf: map[string]int32{}}
	row, problem := r.transaction(&tx)
	if problem != "" {
		return Neighbourhood{}, &RowError{"transactions", 0, tx.ID, problem}
	}
	n := Neighbourhood{References: Quotable(tx.texts()...)}
	switch row.sign {
	case -1:
		n.Direction = Payable
	case 1:
		n.Direction = Receivable
	}
	if row.day != noDay {
		n.From, n.To = date(row.day-latest), date(row.day+earliest)
	}
	for _, m := range row.money {
		low, high := float64(m.units)/(1+nearest), float64(m.units)/(1-nearest)
		n.Amounts = append(n.Amounts, AmountRange{m.currency, decimalOf(int64(low)), decimalOf(int64(math.Ceil(high)))})
	}
	return n, nil
}

// Forms are the ways in which a payer may quote an invoice: each of its numbers
// folded and without separators, and the digits at its end.
func (in Invoice) Forms() []string {
	v := newVocabulary()
	return v.strings(v.references(append([]string{in.Number}, in.References...)))
}

// Quotable are the forms of references that stand in texts: words with a digit,
// alone and joined with their neighbours. A store keeps them beside a
// transaction to find it by an invoice's Forms.
func Quotable(texts ...string) []string {
	v := newVocabulary()
	var out []string
	for _, s := range texts {
		words := v.field(s, maxWords).words
		for from := range words {
			joined := ""
			for to := from; to < min(from+maxJoined, len(words)); to++ {
				if joined += v.words[words[to].id]; hasDigit(joined) {
					out = append(out, joined)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (v *vocabulary) strings(words []word) []string {
	out := make([]string, len(words))
	for k, w := range words {
		out[k] = v.words[w.id]
	}
	return out
}

// texts are the fields of a transaction that people write.
func (tx Transaction) texts() []string {
	fields := append(append([]string{tx.Name}, tx.Remittance...), tx.StructuredReference)
	if !strings.EqualFold(tx.EndToEndID, "NOTPROVIDED") {
		fields = append(fields, tx.EndToEndID)
	}
	return fields
}

// HoldsTransaction says whether a transaction is in an invoice's neighbourhood.
func (n Neighbourhood) HoldsTransaction(tx Transaction) bool {
	if sign := tx.Amount.Sign(); n.Direction == Payable && sign >= 0 || n.Direction == Receivable && sign <= 0 {
		return false
	}
	if shareOne(n.References, Quotable(tx.texts()...)) {
		return true
	}
	at := tx.Date
	if at.IsZero() {
		at = tx.ValueDate
	}
	return n.spans(at, at) && (n.holds(tx.Currency, tx.Amount) || tx.InstructedCurrency != "" && n.holds(tx.InstructedCurrency, tx.InstructedAmount) ||
		tx.BaseCurrency != "" && n.holds(tx.BaseCurrency, tx.BaseAmount))
}

// HoldsInvoice says whether an invoice is in a transaction's neighbourhood.
func (n Neighbourhood) HoldsInvoice(in Invoice) bool {
	if n.Direction != "" && in.Direction != "" && n.Direction != in.Direction {
		return false
	}
	if shareOne(n.References, in.Forms()) {
		return true
	}
	issued, due := in.IssueDate, in.DueDate
	if issued.IsZero() {
		issued = due
	}
	if due.Before(issued) {
		due = issued
	}
	return n.spans(issued, due) && (n.holds(in.Currency, in.Amount) || in.BaseCurrency != "" && n.holds(in.BaseCurrency, in.BaseAmount))
}

// spans says whether something that begins and ends is within the dates.
func (n Neighbourhood) spans(begin, end time.Time) bool {
	if n.From.IsZero() || begin.IsZero() {
		return true
	}
	return day(begin) <= day(n.To) && day(end) >= day(n.From)
}

func (n Neighbourhood) holds(currency string, amount decimal.Decimal) bool {
	return slices.ContainsFunc(n.Amounts, func(r AmountRange) bool {
		known := r.Currency == "" || currency == "" || r.Currency == currency
		return known && r.Low.Cmp(amount.Abs()) <= 0 && amount.Abs().Cmp(r.High) <= 0
	})
}

func shareOne(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func date(day int32) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }
