package pagefacts

import (
	"cmp"
	"slices"

	"github.com/govalues/decimal"
)

// sumOf is an amount that a label calls one of the sums of the paper.
type sumOf struct {
	figure
	role   role
	rank   int
	beside bool // it stands behind its label, not below it
}

// triple is net, tax and gross that add up.
type triple struct {
	net, tax, gross sumOf
	score           float64
}

// totals finds the sums of the paper. Labels propose amounts; those three are
// taken that add up and are labelled best.
func (p *paper) totals(f *Facts) {
	all := p.sums()
	rows := p.taxRows()
	if p.receipt {
		p.receiptTotal(f, all)
	} else if t, ok := p.bestTriple(all, taxesOf(rows)); ok {
		f.take(t)
	} else {
		p.loneTotals(f, all)
	}
	f.Taxes = p.breakdown(rows, f)
	p.payment(f, all)
}

func (f *Facts) take(t triple) {
	f.NetTotal, f.TaxTotal, f.GrossTotal = sure(t.net.Fact), sure(t.tax.Fact), sure(t.gross.Fact)
}

func sure(f Fact) Fact {
	if f.Value != "" {
		f.Confidence, f.Confirmed = .97, true
	}
	return f
}

// sums lists the labelled amounts of the paper.
func (p *paper) sums() []sumOf {
	var list []sumOf
	for at := range p.hits {
		for _, h := range p.hits[at] {
			if isSum(h.role) {
				list = append(list, p.sumsOf(h)...)
			}
		}
	}
	if len(list) > maxSums { // those of a part stand in the middle
		list = append(list[:maxSums/3:maxSums/3], list[len(list)-maxSums*2/3:]...)
	}
	return list
}

func isSum(r role) bool {
	switch r {
	case net, tax, gross, payable, prepaid, subtotal, rounding, cash, change:
		return true
	}
	return false
}

// sumsOf reads the amounts of a label: those behind it, the last one first, as
// a rate and a basis stand before a tax; else those below it.
func (p *paper) sumsOf(h hit) []sumOf {
	var list []sumOf
	for _, a := range p.amountsIn(h.line, span{h.to, p.until(h)}) {
		if p.isMoney(a) {
			list = append(list, sumOf{a, h.role, h.rank, true})
		}
	}
	slices.Reverse(list)
	if len(list) == 0 {
		list = p.sumsBelow(h)
	}
	return list
}

// isMoney tells an amount from a count: it has cents, or a currency stands on
// it.
func (p *paper) isMoney(a figure) bool { return a.cents || a.currency != "" }

func (p *paper) sumsBelow(h hit) []sumOf {
	read := func(words []Word) (string, int) {
		m, n := p.amount(words)
		if n == 0 || !m.cents && m.currency == "" {
			return "", 0
		}
		return m.value, n
	}
	f, at, ok := p.below(h, read)
	if !ok {
		return nil
	}
	return []sumOf{{figure{money{value: f.Value, cents: true}, at, span{}, f}, h.role, h.rank, false}}
}

// bestTriple looks for the net, tax and gross that add up and are labelled best.
func (p *paper) bestTriple(all []sumOf, taxes []Tax) (triple, bool) {
	nets, grosses := append(pick(all, net, subtotal), basisSum(taxes)...), pick(all, gross, payable)
	amounts := append(pick(all, tax), taxSum(taxes)...)
	var found []triple
	for _, g := range grosses {
		for _, n := range nets {
			for _, t := range amounts {
				if near(sum(n.value, t.value), parse(g.value), "0.02") && parse(t.value).Abs().Cmp(parse(n.value).Abs()) < 0 {
					found = append(found, triple{n, t, g, weigh(n, t, g, taxes)})
				}
			}
		}
	}
	found = append(found, p.totalRows()...)
	if len(found) == 0 {
		return triple{}, false
	}
	return slices.MaxFunc(found, func(a, b triple) int { return cmp.Compare(a.score, b.score) }), true
}

func pick(all []sumOf, roles ...role) []sumOf {
	var list []sumOf
	for _, s := range all {
		if slices.Contains(roles, s.role) {
			list = append(list, s)
		}
	}
	return list
}

// weigh is how well three sums are labelled: rank, place, and that the rows of
// the breakdown make the same tax. The sums of a whole paper are larger than
// those of a part, and stand further down.
func weigh(n, t, g sumOf, taxes []Tax) float64 {
	score := 0.0
	for _, s := range []sumOf{n, t, g} {
		score += float64(s.rank)
		if s.beside {
			score++
		}
	}
	if n.role == subtotal {
		score--
	}
	if len(taxes) > 0 && near(sum(amountsOf(taxes)...), parse(t.value), "0.02") {
		score += 3
	}
	if isZero(t.value) {
		score -= 2
	}
	size, _ := parse(g.value).Abs().Float64()
	return score + size/(size+1000) + float64(g.line)/10000
}

func amountsOf(taxes []Tax) []string {
	var list []string
	for _, t := range taxes {
		list = append(list, t.Amount.Value)
	}
	return list
}

// taxSum is the sum of the breakdown, which need not be printed.
func taxSum(taxes []Tax) []sumOf {
	return summed(taxes, tax, 2, func(t Tax) Fact { return t.Amount })
}

// basisSum is the sum of what is taxed, which is the net total where that is not
// printed.
func basisSum(taxes []Tax) []sumOf {
	return summed(taxes, net, 0, func(t Tax) Fact { return t.Basis })
}

// summed adds a column of the breakdown; its quote has all that was added.
func summed(taxes []Tax, r role, rank int, column func(Tax) Fact) []sumOf {
	if len(taxes) == 0 {
		return nil
	}
	f := column(taxes[0])
	for _, t := range taxes[1:] {
		c := column(t)
		f.Value = sum(f.Value, c.Value).String()
		f.Quote += " + " + c.Quote
	}
	return []sumOf{{figure{money: money{value: f.Value, cents: true}, Fact: f}, r, rank, true}}
}

// totalRows reads lines that begin with a total and have net, tax and gross in
// columns, one after another.
func (p *paper) totalRows() []triple {
	var found []triple
	for at := range p.hits {
		for _, h := range p.hits[at] {
			if h.role != gross && h.role != payable {
				continue
			}
			if t, ok := p.totalRow(h); ok {
				found = append(found, t)
			}
		}
	}
	return found
}

func (p *paper) totalRow(h hit) (triple, bool) {
	var list []sumOf
	for _, a := range p.amountsIn(h.line, span{h.to, min(len(p.lines[h.line].words), h.to+maxBeside)}) {
		if a.cents {
			list = append(list, sumOf{a, h.role, h.rank, true})
		}
	}
	n := len(list)
	if n < 3 || isZero(list[n-2].value) || !near(sum(list[n-3].value, list[n-2].value), parse(list[n-1].value), "0.02") {
		return triple{}, false
	}
	return triple{list[n-3], list[n-2], list[n-1], weigh(list[n-3], list[n-2], list[n-1], nil) - 1}, true
}

// loneTotals takes the sums by their labels alone when no three add up.
func (p *paper) loneTotals(f *Facts, all []sumOf) {
	f.GrossTotal = lone(pick(all, gross, payable))
	f.NetTotal = lone(pick(all, net))
	if g, n := parse(f.GrossTotal.Value).Abs(), parse(f.NetTotal.Value).Abs(); !g.IsZero() && !n.IsZero() && !plausibleNet(n, g) {
		f.NetTotal.Confidence -= .4
	}
	f.TaxTotal = lone(strong(pick(all, tax)))
	if f.GrossTotal.Value == "" {
		return
	}
	if f.NetTotal.Value != "" && f.TaxTotal.Value != "" || f.NetTotal.Value != "" && less(f.GrossTotal.Value, f.NetTotal.Value) && !less(f.GrossTotal.Value, "0") {
		f.GrossTotal.Confidence -= .25 // three labelled sums that do not add up: one of them is another's
		f.NetTotal.Confidence -= .35
		f.TaxTotal.Confidence -= .35
	}
}

// plausibleNet says whether a net amount can belong to a gross one: no tax on
// sales is above 27 percent, Hungary's.
func plausibleNet(n, g decimal.Decimal) bool {
	most, err := n.Mul(parse("1.28"))
	return err == nil && n.Cmp(g) <= 0 && g.Cmp(most) <= 0
}

func strong(list []sumOf) []sumOf {
	return slices.DeleteFunc(list, func(s sumOf) bool { return s.rank < 3 })
}

// lone is the labelled amount that most places agree on, then the best labelled
// one, then the last.
func lone(list []sumOf) Fact {
	if len(list) == 0 {
		return Fact{}
	}
	weight := func(s sumOf) float64 {
		w := float64(s.rank)
		if s.beside {
			w += 1.5
		}
		for _, o := range list {
			if equal(o.value, s.value) {
				w++
			}
		}
		return w + float64(s.line)/10000
	}
	top := slices.MaxFunc(list, func(a, b sumOf) int { return cmp.Compare(weight(a), weight(b)) })
	f := top.Fact
	f.Confidence = min(.4+.07*weight(top), .9)
	for _, s := range list {
		if !equal(s.value, top.value) && len(f.Alternatives) < maxAlternatives {
			f.Alternatives = append(f.Alternatives, Alternative{s.value, .3, "labelled less clearly"})
		}
	}
	return f
}

// payment finds what is left to pay: labelled so, or the gross less what is
// paid, or else the gross.
func (p *paper) payment(f *Facts, all []sumOf) {
	gross := f.GrossTotal
	f.Payable = gross
	if p.receipt || gross.Value == "" {
		return
	}
	rest := pick(all, payable)
	for _, s := range rest {
		for _, paid := range pick(all, prepaid, rounding) {
			if near(sum(s.value, parse(paid.value).Abs().String()), parse(gross.Value), "0.02") {
				f.Payable = sure(s.Fact)
				return
			}
		}
	}
	if labelled := lone(rest); labelled.Value != "" && !equal(labelled.Value, gross.Value) {
		f.Payable = labelled
		f.Payable.Confidence = min(labelled.Confidence, .7)
	}
}
