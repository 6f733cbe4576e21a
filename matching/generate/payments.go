package generate

import (
	"fmt"
	"math"
	"strings"

	"github.com/enrichd/enrichd/matching"
)

// Payments describes a world of payments seen at their origin and at their
// destination, one to one and complete. Its distributions:
//
//   - people: one for eight pairs, the n-th paying in proportion to 1/(n+10);
//     two to four names each. A text shows the name in full, with initials before
//     the last name, all initials, or the first name and initials (3:3:3:1).
//   - text: the name, then nothing, a word or eight hex digits (57:31:12), then
//     nothing or a method (48:52, of which BGC 60 %). Either side loses the middle
//     in one of six, and the method in two of five; 70 % of origins and 45 % of
//     destinations are cut at 15 characters.
//   - amounts: log-normal around 170 (75 %) or 15,000 (25 %); equal at the
//     destination in 25 %, else off by a normal with 3.2 %.
//   - delay: one or two days (78 %), three to six (15 %), seven to 21 (7 %).
type Payments struct {
	Pairs int
	Days  int // over which they spread evenly
	Seed  uint64
}

type payment struct {
	name, middle, method string
	day                  int
	cents                int64
}

// Rows makes the world.
func (p Payments) Rows() Rows {
	s := newSource(p.Seed)
	people := make([][]string, max(p.Pairs/8, 5))
	for k := range people {
		for range 2 + s.IntN(3) {
			people[k] = append(people[k], strings.ToUpper(s.name(2, 3)))
		}
	}
	weights := make([]float64, len(people))
	for k := range weights {
		weights[k] = 1 / float64(k+10)
	}
	draw := newDrawer(weights)
	var out Rows
	for n := range p.Pairs {
		pay := s.payment(people[draw.from(s)], p.Days)
		origin, destination := fmt.Sprintf("o%06d", n), fmt.Sprintf("d%06d", n)
		out.Invoices = append(out.Invoices, matching.Invoice{
			ID: origin, IssueDate: onDay(pay.day), Currency: "GBP", Amount: cents(pay.cents), Direction: matching.Receivable,
			Counterparty: matching.Counterparty{Names: []string{s.text(pay, .7)}},
		})
		out.Transactions = append(out.Transactions, matching.Transaction{
			ID: destination, Date: onDay(pay.day + s.paymentDelay()), Currency: "GBP", Amount: cents(s.drifted(pay.cents)),
			Remittance: []string{s.text(pay, .45)},
		})
		out.Truth = append(out.Truth, matching.Pair{InvoiceID: origin, TransactionID: destination})
	}
	return s.shuffled(&out)
}

func (s source) payment(names []string, days int) payment {
	p := payment{name: s.shown(names), day: s.IntN(days)}
	p.cents = s.lognormal(170, .9)
	if s.chance(.25) {
		p.cents = s.lognormal(15000, 1)
	}
	switch s.weighted(57, 31, 12) {
	case 1:
		p.middle = pick(s, []string{"payment", "money", "donation"})
	case 2:
		p.middle = s.hex()
	}
	if s.chance(.52) {
		p.method = []string{"BGC", "CSH", "CHQ", "WRE"}[s.weighted(60, 15, 15, 10)]
	}
	return p
}

// shown gives a person's names as a text shows them.
func (s source) shown(names []string) string {
	form := s.weighted(3, 3, 3, 1)
	out := make([]string, len(names))
	for k, n := range names {
		initial := form == 2 || form == 1 && k < len(names)-1 || form == 3 && k > 0
		if out[k] = n; initial {
			out[k] = n[:1]
		}
	}
	return strings.Join(out, " ")
}

func (s source) text(p payment, cut float64) string {
	parts := []string{p.name}
	if p.middle != "" && !s.chance(1.0/6) {
		parts = append(parts, p.middle)
	} else if p.middle == "" {
		parts = append(parts, "")
	}
	if p.method != "" && !s.chance(.4) {
		parts = append(parts, p.method)
	}
	text := strings.Join(parts, " ")
	if len(text) > 15 && s.chance(cut) {
		text = text[:15]
	}
	return text
}

func (s source) paymentDelay() int {
	switch s.weighted(78, 15, 7) {
	case 0:
		return 1 + s.IntN(2)
	case 1:
		return 3 + s.IntN(4)
	}
	return 7 + s.IntN(15)
}

func (s source) drifted(c int64) int64 {
	if s.chance(.25) {
		return c
	}
	return int64(math.Round(float64(c) * (1 + .032*s.NormFloat64())))
}

// drawer draws from many weights by binary search in their running sum.
type drawer struct{ sums []float64 }

func newDrawer(weights []float64) drawer {
	d := drawer{make([]float64, len(weights))}
	total := 0.0
	for k, w := range weights {
		total += w
		d.sums[k] = total
	}
	return d
}

func (d drawer) from(s source) int {
	x := s.Float64() * d.sums[len(d.sums)-1]
	low, high := 0, len(d.sums)-1
	for low < high {
		if mid := (low + high) / 2; d.sums[mid] <= x {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
