package matching

import "math"

// Limits of the iteration. The messages contract (Vontobel 2013; Williams and
// Lau 2014), slowly only where rows are alike and the answer is a tie.
const (
	rounds   = 200
	settled  = 1e-7
	mostBits = 60 // a weight beyond is certain, and its power still a float64
)

// marginals gives every candidate the probability that it is a link, when each
// row may be in one link or none and a set of links is as likely as the product
// of its odds. The exact sum is a permanent; this is its Bethe approximation by
// belief propagation, known from tracking as marginal association probabilities
// (Williams and Lau, IEEE TAES 50(4), 2014). It is exact where candidates form
// no cycle, and sees the whole graph: a transaction that another invoice needs
// more counts less here. The probabilities of a row add up to one at most, so
// two links above one half never share a row.
func (g *graph) marginals() {
	odds := make([]float64, len(g.edges))
	toInvoice := make([]float64, len(g.edges)) // share left free by the transaction's other candidates
	for k := range g.edges {
		odds[k] = math.Exp2(min(g.edges[k].bits, mostBits))
		toInvoice[k] = 1
	}
	toTransaction := make([]float64, len(g.edges))
	for range rounds {
		for i := range g.spans {
			g.sendDown(g.spans[i], odds, toInvoice, toTransaction)
		}
		change := 0.0
		for _, edges := range g.into {
			sum := 0.0
			for _, k := range edges {
				sum += toTransaction[k]
			}
			for _, k := range edges {
				v := 1 / (1 + max(sum-toTransaction[k], 0))
				change = max(change, math.Abs(v-toInvoice[k]))
				toInvoice[k] = v
			}
		}
		if change < settled {
			break
		}
	}
	for _, span := range g.spans {
		total := 1.0
		for k := span.from; k < span.to; k++ {
			total += odds[k] * toInvoice[k]
		}
		for k := span.from; k < span.to; k++ {
			g.edges[k].p = odds[k] * toInvoice[k] / total
		}
	}
}

// sendDown tells the transactions of one invoice how much it wants each.
func (g *graph) sendDown(s span, odds, toInvoice, toTransaction []float64) {
	for k := s.from; k < s.to; k++ {
		others := 1.0
		for o := s.from; o < s.to; o++ {
			if o != k {
				others += odds[o] * toInvoice[o]
			}
		}
		toTransaction[k] = odds[k] / others
	}
}
