package matching_test

import (
	"testing"

	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/matching/generate"
)

func labelledRows(r generate.Rows) labelled {
	l := labelled{Problem: matching.Problem{Invoices: r.Invoices, Transactions: r.Transactions}, truth: map[matching.Pair]bool{}}
	for _, p := range r.Truth {
		l.truth[p] = true
	}
	return l
}

func TestGeneratedPayments(t *testing.T) {
	for seed := range uint64(5) {
		l := labelledRows(generate.Payments{Pairs: 1500, Days: 130, Seed: seed}.Rows())
		q := measure(l, solve(t, l.Problem))
		t.Logf("seed %d: %s", seed, q)
		q.reach(t, 0.997, 0.80, 0.985)
	}
}

func TestGeneratedBank(t *testing.T) {
	for seed := range uint64(4) {
		l := labelledRows(generate.Bank{Invoices: 1200, Days: 200, Seed: seed}.Rows())
		q := measure(l, solve(t, l.Problem))
		t.Logf("seed %d: %s", seed, q)
		q.reach(t, 0.997, 0.80, 0.985)
	}
}

// A back office with everything at once: splits, lumps, fees, discounts, dollars
// and lines of no invoice, every wrong link named.
func TestGeneratedTrade(t *testing.T) {
	for seed := range uint64(4) {
		l := labelledRows(generate.Bank{Invoices: 1000, Days: 170, Seed: 100 + seed, Foreign: .08}.Rows())
		s := solve(t, l.Problem)
		q := measure(l, s)
		t.Logf("seed %d: %s", seed, q)
		for _, link := range s.Links {
			if link.Status == matching.Confirmed && !l.truth[matching.Pair{InvoiceID: link.InvoiceID, TransactionID: link.TransactionID}] {
				t.Logf("wrong: %s %s %s %v", link.InvoiceID, link.TransactionID, link.Method, link.Evidence)
			}
		}
		q.reach(t, 0.995, 0.75, 0.95)
	}
}
