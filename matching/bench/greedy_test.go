package bench_test

import (
	"context"
	"testing"

	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/matching/bench"
	"github.com/enrichd/enrichd/matching/generate"
)

// world is 45,000 pairs in the density of the published set.
func world(pairs, days int) (matching.Problem, map[matching.Pair]bool) {
	r := generate.Payments{Pairs: pairs, Days: days, Seed: 1}.Rows()
	truth := map[matching.Pair]bool{}
	for _, p := range r.Truth {
		truth[p] = true
	}
	return matching.Problem{Invoices: r.Invoices, Transactions: r.Transactions}, truth
}

func BenchmarkGreedy45000(b *testing.B) {
	p, truth := world(45000, 130)
	for b.Loop() {
		report(b, bench.Greedy(p), truth)
	}
}

func BenchmarkSolve45000(b *testing.B) {
	p, truth := world(45000, 130)
	b.ReportAllocs()
	for b.Loop() {
		report(b, solved(b, p), truth)
	}
}

// Ten times the rows over ten times the days against BenchmarkSolve4500.
func BenchmarkSolve45000Spread(b *testing.B) { benchmarkSolve(b, 45000, 1300) }

func BenchmarkSolve4500(b *testing.B) { benchmarkSolve(b, 4500, 130) }

func benchmarkSolve(b *testing.B, pairs, days int) {
	p, truth := world(pairs, days)
	for b.Loop() {
		report(b, solved(b, p), truth)
	}
}

func solved(b *testing.B, p matching.Problem) []matching.Pair {
	s, err := matching.Solve(context.Background(), p)
	if err != nil {
		b.Fatal(err)
	}
	var links []matching.Pair
	for _, l := range s.Links {
		links = append(links, matching.Pair{InvoiceID: l.InvoiceID, TransactionID: l.TransactionID})
	}
	return links
}

func report(b *testing.B, links []matching.Pair, truth map[matching.Pair]bool) {
	right := 0.0
	for _, l := range links {
		if truth[l] {
			right++
		}
	}
	b.ReportMetric(right/float64(len(links)), "precision")
	b.ReportMetric(right/float64(len(truth)), "recall")
}
