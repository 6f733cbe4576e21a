// Package matching finds which transaction pays which invoice.
//
// It is pure: it reads no clock, no store and no network, and the same rows in
// any order give the same answer. Solve takes rows through five stages, a file
// each: prepare puts them in canonical order as integers; candidates finds the
// pairs worth a look, by block; score weighs a pair by the theory of Fellegi and
// Sunter (1969); marginal turns the weights of all pairs into the probability of
// each under the rule that a row is used once; decide passes them through the
// gates and says why, after split has looked among what is left for sums. Why it
// is done so stands in docs/adr/0008-matching.md.
//
// The words: a pair is one invoice and one transaction; a candidate is a pair
// that a block let through; a weight is a log2 likelihood ratio, in bits, so that
// ten bits are odds of a thousand to one; a link is a pair that was chosen. What
// the weights are made of is learnt from the rows themselves, see Model.
package matching

import (
	"context"
	"time"

	"github.com/govalues/decimal"
)

// Direction says which way the money of an invoice goes.
type Direction string

// Directions. The zero value fits a transaction of either sign.
const (
	Payable    Direction = "payable"    // money goes out: transactions below zero
	Receivable Direction = "receivable" // money comes in: transactions above zero
)

// Invoice is what an invoice shows to the matcher.
type Invoice struct {
	ID         string   // required, unique among the invoices
	Number     string   // as printed
	References []string // others a payer may quote: order, contract, structured reference

	Currency string          // ISO 4217; empty when unknown, which is never confirmed
	Amount   decimal.Decimal // open amount, not negative, at most four decimals

	// BaseAmount is the same amount at a known rate, in BaseCurrency. Empty
	// currency means that no rate is known.
	BaseAmount   decimal.Decimal
	BaseCurrency string

	IssueDate time.Time // zero when unknown
	DueDate   time.Time // zero when unknown

	Direction    Direction
	Counterparty Counterparty
	Locked       bool // in a closed period: takes no part
}

// Counterparty is the other party of an invoice.
type Counterparty struct {
	Names []string // legal name, trade names, known aliases on bank lines
	IBANs []string
}

// Transaction is what a bank line shows to the matcher.
type Transaction struct {
	ID string // required, unique among the transactions

	Currency string          // ISO 4217 of the account; empty when unknown
	Amount   decimal.Decimal // signed, at most four decimals

	// InstructedAmount is what the payer ordered, where the bank tells it.
	InstructedAmount   decimal.Decimal
	InstructedCurrency string
	// BaseAmount is Amount at a known rate.
	BaseAmount   decimal.Decimal
	BaseCurrency string

	Date      time.Time // booking date
	ValueDate time.Time // used where Date is zero

	Name                string // other party, as the bank writes it
	IBAN                string // other party's account
	Remittance          []string
	EndToEndID          string
	StructuredReference string

	Locked bool // in a closed period: takes no part
}

// Pair names an invoice and a transaction.
type Pair struct{ InvoiceID, TransactionID string }

// Problem is a set of rows to match.
type Problem struct {
	Invoices     []Invoice
	Transactions []Transaction
	Fixed        []Pair // decided by a person: kept, and out of the search
	Declined     []Pair // refused by a person: never proposed again
	Options      Options
}

// Solve matches the rows of a problem. It answers a *RowError for a row that it
// cannot take, and the error of ctx when that ends first.
func Solve(ctx context.Context, p Problem) (*Solution, error) {
	rows, err := prepare(p)
	if err != nil {
		return nil, err
	}
	model := p.Options.Model
	if model == nil {
		if model, err = learn(ctx, rows); err != nil {
			return nil, err
		}
	}
	open := rows.openInvoices()
	s := newScorer(rows, model, open)
	graph, err := s.candidates(ctx, open)
	if err != nil {
		return nil, err
	}
	graph.marginals()
	return decide(s, graph, p.Options.withDefaults()), nil
}
