// Package bench holds the method that the matcher is measured against.
//
// Greedy is the weighted score in use elsewhere: name, amount, date and currency
// weighted 10, 30, 15 and 5, candidates of the same currency within a quarter of
// the amount and thirty days, the best pairs taken first. Only benchmarks import
// it.
package bench

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/matching"
)

// Bounds of the method.
const (
	days      = 30
	nearest   = .25
	threshold = .6
)

type row struct {
	id       string
	currency string
	amount   float64
	day      int
	trigrams []uint32 // sorted
}

type scored struct {
	invoice, transaction int32
	score                float32
}

// Greedy links invoices and transactions; the answer is in order of score.
func Greedy(p matching.Problem) []matching.Pair {
	invoices, transactions := make([]row, len(p.Invoices)), make([]row, len(p.Transactions))
	for i, in := range p.Invoices {
		amount, _ := in.Amount.Float64()
		invoices[i] = row{in.ID, in.Currency, amount, day(in.IssueDate), trigrams(strings.Join(in.Counterparty.Names, " "))}
	}
	for j, tx := range p.Transactions {
		amount, _ := tx.Amount.Abs().Float64()
		transactions[j] = row{tx.ID, tx.Currency, amount, day(tx.Date), trigrams(tx.Name + " " + strings.Join(tx.Remittance, " "))}
	}
	slices.SortFunc(transactions, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.currency, b.currency), cmp.Compare(a.amount, b.amount))
	})
	var pairs []scored
	for i := range invoices {
		pairs = candidates(int32(i), &invoices[i], transactions, pairs)
	}
	slices.SortFunc(pairs, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	takenInvoice, takenTransaction := make([]bool, len(invoices)), make([]bool, len(transactions))
	var links []matching.Pair
	for _, s := range pairs {
		if !takenInvoice[s.invoice] && !takenTransaction[s.transaction] {
			takenInvoice[s.invoice], takenTransaction[s.transaction] = true, true
			links = append(links, matching.Pair{InvoiceID: invoices[s.invoice].id, TransactionID: transactions[s.transaction].id})
		}
	}
	return links
}

func candidates(i int32, in *row, transactions []row, pairs []scored) []scored {
	at, _ := slices.BinarySearchFunc(transactions, in, func(t row, in *row) int {
		return cmp.Or(cmp.Compare(t.currency, in.currency), cmp.Compare(t.amount, in.amount*(1-nearest)))
	})
	for ; at < len(transactions) && transactions[at].currency == in.currency && transactions[at].amount <= in.amount*(1+nearest); at++ {
		t := &transactions[at]
		if d := t.day - in.day; d < -days || d > days {
			continue
		}
		if s := score(in, t); s >= threshold {
			pairs = append(pairs, scored{i, int32(at), float32(s)})
		}
	}
	return pairs
}

// score weighs a pair; the currency is equal by block.
func score(a, b *row) float64 {
	return (10*similarity(a.trigrams, b.trigrams) + 30*amountScore(a.amount, b.amount) + 15*dateScore(b.day-a.day) + 5) / 60
}

func amountScore(a, b float64) float64 {
	steps := [...]struct{ within, score float64 }{{0, 1}, {.01, .98}, {.02, .95}, {.05, .85}, {.10, .6}, {.20, .3}}
	difference := math.Abs(a-b) / math.Max(a, b)
	for _, s := range steps {
		if difference <= s.within {
			return s.score
		}
	}
	return 0
}

func dateScore(d int) float64 { return math.Max(0, 1-math.Abs(float64(d))/days) }

// similarity is the Jaccard index of two sorted sets.
func similarity(a, b []uint32) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	shared := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			shared, i, j = shared+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return float64(shared) / float64(len(a)+len(b)-shared)
}

func trigrams(s string) []uint32 {
	runes := []rune("  " + strings.ToLower(s) + " ")
	var out []uint32
	for k := 0; k+3 <= len(runes); k++ {
		h := uint32(2166136261)
		for _, r := range runes[k : k+3] {
			h = (h ^ uint32(r)) * 16777619
		}
		out = append(out, h)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func day(t time.Time) int { return int(t.Unix() / 86400) }
