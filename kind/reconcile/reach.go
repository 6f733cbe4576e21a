package reconcile

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/record"
)

// window is how far from its rows a task looks, in days: payments late by a
// quarter and invoices written long before are inside.
const window = 130

// around reads what can have to do with the rows of a task: their candidates, the
// rivals of these, and what the rivals have instead (matching.Neighbourhood). The
// rows of the task come first, so that no bound leaves them out.
func (k *Kind) around(ctx context.Context, workspaceID string, own *subject, model *matching.Model) (record.Books, error) {
	books, err := k.Records.Books(ctx, workspaceID, own.invoices, own.transactions)
	if err != nil {
		return books, err
	}
	g := &gathering{model: model, spread: model.Spread(), from: own.from.AddDate(0, 0, -window), to: own.to.AddDate(0, 0, window), seen: map[string]bool{}}
	freshInvoices, freshTransactions := g.newInvoices(books.Invoices), g.newTransactions(books.Transactions)
	for range 3 {
		var invoices []record.OpenInvoice
		var transactions []record.OpenTransaction
		if len(freshTransactions) > 0 {
			if invoices, err = k.Records.InvoicesNear(ctx, workspaceID, g.ofTransactions(freshTransactions)); err != nil {
				return books, err
			}
		}
		if len(freshInvoices) > 0 {
			if transactions, err = k.Records.TransactionsNear(ctx, workspaceID, g.ofInvoices(freshInvoices)); err != nil {
				return books, err
			}
		}
		freshInvoices, freshTransactions = g.newInvoices(invoices), g.newTransactions(transactions)
		books.Invoices, books.Transactions = append(books.Invoices, freshInvoices...), append(books.Transactions, freshTransactions...)
	}
	books.Memory, err = k.Records.Remembered(ctx, workspaceID, books.Invoices)
	return books, err
}

// gathering collects rows in steps.
type gathering struct {
	model    *matching.Model
	spread   float64
	from, to time.Time
	seen     map[string]bool
}

func (g *gathering) newInvoices(list []record.OpenInvoice) []record.OpenInvoice {
	return slices.DeleteFunc(list, func(i record.OpenInvoice) bool { return !g.first("i" + i.ID) })
}

func (g *gathering) newTransactions(list []record.OpenTransaction) []record.OpenTransaction {
	return slices.DeleteFunc(list, func(t record.OpenTransaction) bool { return !g.first("t" + t.ID) })
}

func (g *gathering) first(id string) bool {
	if g.seen[id] {
		return false
	}
	g.seen[id] = true
	return true
}

func (g *gathering) ofInvoices(list []record.OpenInvoice) record.Reach {
	var amounts, words []string
	for _, i := range list {
		amounts = append(amounts, g.amount(i.Open))
		if v, ok := invoiceOf(i); ok {
			words = append(words, v.Forms()...)
		}
		words = append(words, matching.Words(i.Names...)...)
		for _, iban := range i.IBANs {
			words = append(words, strings.ToLower(iban))
		}
	}
	return g.reach(amounts, words)
}

func (g *gathering) ofTransactions(list []record.OpenTransaction) record.Reach {
	var amounts, words []string
	for _, t := range list {
		amounts = append(amounts, g.amount(t.Open), g.amount(t.InstructedAmount))
		texts := append([]string{t.CounterpartyName, t.StructuredReference, t.EndToEndID}, slices.Concat(t.Remittance, t.DocumentReferences)...)
		words = append(words, matching.Words(texts...)...)
		words = append(words, matching.Quotable(texts...)...)
	}
	return g.reach(amounts, words)
}

func (g *gathering) reach(amounts, words []string) record.Reach {
	slices.Sort(words)
	amounts = slices.DeleteFunc(amounts, func(s string) bool { return s == "" })
	slices.Sort(amounts)
	return record.Reach{
		From: g.from.Format(time.DateOnly), To: g.to.Format(time.DateOnly),
		Amounts: "{" + strings.Join(slices.Compact(amounts), ",") + "}", Words: append([]string{}, g.model.Telling(slices.Compact(words))...),
	}
}

// amount is the range of amounts around one, or "".
func (g *gathering) amount(text string) string {
	v, err := decimal.Parse(text)
	if err != nil || v.IsZero() {
		return ""
	}
	spread, err := decimal.NewFromFloat64(1 + g.spread)
	if err != nil {
		return ""
	}
	high, err := v.Abs().Mul(spread)
	if err != nil {
		return ""
	}
	low, err := v.Abs().Quo(spread)
	if err != nil {
		return ""
	}
	return "[" + low.String() + "," + high.String() + "]"
}
