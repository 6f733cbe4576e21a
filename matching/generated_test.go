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
