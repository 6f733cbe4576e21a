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
// rivals of these, and what the rivals have instead (matching.Neighbourhood), with
// all open rows that share a telling word with one of them, which may be parts of
// one payment. The rows of the task come first, so that no bound leaves them out.
func (k *Kind) around(ctx context.Context, workspaceID string, own *subject, model *matching.Model) (record.Books, error) {
	books, err := k.Records.Books(ctx, workspaceID, own.invoices, own.transactions)
	if err != nil {
		return books, err
	}
	g := &gathering{model: model, spread: model.Spread(), from: own.from.AddDate(0, 0, -window), to: own.to.AddDate(0, 0, window), seen: map[string]bool{}}
	fresh := g.unseen(books)
	for range 3 {
		var near record.Books
		if reach := g.reach(fresh.Transactions, nil); len(fresh.Transactions) > 0 {
			if near.Invoices, err = k.Records.InvoicesNear(ctx, workspaceID, reach); err != nil {
				return books, err
			}
		}
		if reach := g.reach(nil, fresh.Invoices); len(fresh.Invoices) > 0 {
			if near.Transactions, err = k.Records.TransactionsNear(ctx, workspaceID, reach); err != nil {
				return books, err
			}
		}
		if fresh, err = g.related(ctx, fresh, g.unseen(near)); err != nil {
			return books, err
		}
		books.Invoices, books.Transactions = append(books.Invoices, fresh.Invoices...), append(books.Transactions, fresh.Transactions...)
	}
	if books.Returned, err = k.Records.Returned(ctx, workspaceID, record.MayReturn(books.Transactions), record.ReversalDays); err != nil {
		return books, err
	}
	if books.Payouts, err = k.payouts(ctx, workspaceID, "", books.Transactions); err != nil {
		return books, err
	}
	books.Memory, err = k.Records.Remembered(ctx, workspaceID, "", books.Invoices)
	return books, err
}

// gathering collects rows in steps.
type gathering struct {
	model    *matching.Model
	spread   float64
	from, to time.Time
	seen     map[string]bool
}

func (g *gathering) unseen(b record.Books) record.Books {
	first := func(id string) bool {
		was := g.seen[id]
		g.seen[id] = true
		return !was
	}
	b.Invoices = slices.DeleteFunc(b.Invoices, func(i record.OpenInvoice) bool { return !first("i" + i.ID) })
	b.Transactions = slices.DeleteFunc(b.Transactions, func(t record.OpenTransaction) bool { return !first("t" + t.ID) })
	return b
}

// related keeps the rows nearby that have to do with the fresh ones.
func (g *gathering) related(ctx context.Context, fresh, near record.Books) (record.Books, error) {
	p, _ := problemOf(record.Books{Invoices: slices.Concat(fresh.Invoices, near.Invoices), Transactions: slices.Concat(fresh.Transactions, near.Transactions)})
	p.Options.Model = g.model
	pairs, err := matching.Candidates(ctx, p)
	if err != nil {
		return record.Books{}, err
	}
	kept := map[string]bool{}
	for _, pair := range pairs {
		kept["i"+pair.InvoiceID], kept["t"+pair.TransactionID] = true, true
	}
	said := map[string]bool{}
	for _, w := range g.telling(fresh.Transactions, fresh.Invoices) {
		said[w] = true
	}
	shares := func(words []string) bool { return slices.ContainsFunc(words, func(w string) bool { return said[w] }) }
	payouts := payoutsOf(fresh.Transactions)
	near.Invoices = slices.DeleteFunc(near.Invoices, func(i record.OpenInvoice) bool {
		return !kept["i"+i.ID] && !mayPayOut(payouts, i) && !shares(g.telling(nil, []record.OpenInvoice{i}))
	})
	near.Transactions = slices.DeleteFunc(near.Transactions, func(t record.OpenTransaction) bool {
		return !kept["t"+t.ID] && !shares(g.telling([]record.OpenTransaction{t}, nil))
	})
	return near, nil
}

// telling are the words by which rows can be found that few others have.
func (g *gathering) telling(transactions []record.OpenTransaction, invoices []record.OpenInvoice) []string {
	var words []string
	for _, i := range invoices {
		words = append(words, matching.Invoice{Number: i.Number, References: i.References}.Forms()...)
		words = append(words, matching.Words(i.Names...)...)
		for _, iban := range i.IBANs {
			words = append(words, strings.ToLower(iban))
		}
	}
	for _, t := range transactions {
		texts := append([]string{t.CounterpartyName, t.StructuredReference, t.EndToEndID}, slices.Concat(t.Remittance, t.DocumentReferences)...)
		words = append(words, matching.Words(texts...)...)
		words = append(words, matching.Quotable(texts...)...)
		if t.CounterpartyIBAN != "" {
			words = append(words, strings.ToLower(t.CounterpartyIBAN))
		}
	}
	slices.Sort(words)
	return append([]string{}, g.model.Telling(slices.Compact(words))...)
}

func (g *gathering) reach(transactions []record.OpenTransaction, invoices []record.OpenInvoice) record.Reach {
	var amounts []string
	for _, i := range invoices {
		amounts = append(amounts, g.amount(i.Open))
	}
	for _, t := range transactions {
		amounts = append(amounts, g.amount(t.Open), g.amount(t.InstructedAmount), partsOf(t))
	}
	amounts = slices.DeleteFunc(amounts, func(s string) bool { return s == "" })
	slices.Sort(amounts)
	return record.Reach{
		From: g.from.Format(time.DateOnly), To: g.to.Format(time.DateOnly),
		Amounts: "{" + strings.Join(slices.Compact(amounts), ",") + "}", Words: g.telling(transactions, invoices),
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
