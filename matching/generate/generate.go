// Package generate makes rows to match, with their truth.
//
// It knows the shapes of the matcher's rows and nothing of how they are weighed.
// The same seed gives the same rows. Two worlds are made: Payments, where one
// free text and a drifting amount stand on both sides, and Bank, a back office's
// invoices with its bank lines. Each writes its distributions beside its code.
package generate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/matching"
)

// Rows are a problem's rows with the pairs that belong together.
type Rows struct {
	Invoices     []matching.Invoice
	Transactions []matching.Transaction
	Truth        []matching.Pair
}

// source draws from one stream of chance.
type source struct{ *rand.Rand }

func newSource(seed uint64) source { return source{rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))} }

func (s source) chance(p float64) bool { return s.Float64() < p }

func pick[T any](s source, list []T) T { return list[s.IntN(len(list))] }

// weighted draws an index with these weights.
func (s source) weighted(weights ...float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	x := s.Float64() * total
	for k, w := range weights {
		if x -= w; x < 0 {
			return k
		}
	}
	return len(weights) - 1
}

// lognormal draws cents around a median amount.
func (s source) lognormal(median, sigma float64) int64 {
	return int64(math.Max(100, median*100*math.Exp(sigma*s.NormFloat64())))
}

func cents(n int64) decimal.Decimal { return decimal.MustNew(n, 2) }

// start is the first day of every world.
var start = time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)

func onDay(n int) time.Time { return start.AddDate(0, 0, n) }

// syllables make pronounceable names without a list of real ones.
var syllables = []string{
	"ba", "ber", "bo", "cal", "chi", "da", "del", "dor", "el", "fa", "fer", "ga", "gri", "hal", "hen", "ja", "ka", "kor", "la", "len",
	"lu", "ma", "mer", "mo", "na", "nel", "ni", "o", "pa", "per", "qui", "ra", "ri", "ro", "sa", "sch", "sel", "ta", "ter", "u", "va", "ver", "wal", "za",
}

func (s source) name(least, most int) string {
	var b strings.Builder
	for range least + s.IntN(most-least+1) {
		b.WriteString(pick(s, syllables))
	}
	return strings.ToUpper(b.String()[:1]) + b.String()[1:]
}

func (s source) hex() string { return fmt.Sprintf("%08x", s.Uint32()) }

// shuffled puts both sides in an order that says nothing of the truth.
func (s source) shuffled(r *Rows) Rows {
	s.Shuffle(len(r.Invoices), func(a, b int) { r.Invoices[a], r.Invoices[b] = r.Invoices[b], r.Invoices[a] })
	s.Shuffle(len(r.Transactions), func(a, b int) {
		r.Transactions[a], r.Transactions[b] = r.Transactions[b], r.Transactions[a]
	})
	return *r
}
