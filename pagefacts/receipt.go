package pagefacts

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// receiptWeight is how surely a label on a till slip stands before the total.
// "Net total" is one there as well; what was paid may be more than the total.
var receiptWeight = map[role]float64{gross: 3, payable: 3.6, net: 2, subtotal: 1.4, prepaid: 1, cash: .8}

// receiptTotal finds the total of a till slip. Each labelled amount is weighed by
// its label and by the arithmetic of the slip: cash less change, net and tax,
// rounding, and the same amount in other places.
func (p *paper) receiptTotal(f *Facts, all []sumOf) {
	all = append(all, p.split(all)...)
	list := slices.DeleteFunc(slices.Clone(all), func(s sumOf) bool { return receiptWeight[s.role] == 0 || isZero(s.value) || less(s.value, "0") })
	list = append(list, p.paidLessChange(all)...)
	if len(list) == 0 {
		return
	}
	weight := func(s sumOf) float64 { return p.receiptScore(s, all) }
	top := slices.MaxFunc(list, func(a, b sumOf) int { return cmp.Compare(weight(a), weight(b)) })
	fact := top.Fact
	fact.Confidence = min(.2+.11*weight(top), .97)
	fact.Confirmed = weight(top) >= 6
	for _, s := range list {
		if !equal(s.value, top.value) && len(fact.Alternatives) < maxAlternatives {
			fact.Alternatives = append(fact.Alternatives, Alternative{s.value, min(.2+.11*weight(s), .9) / 2, "less speaks for it"})
		}
	}
	f.GrossTotal = fact
	p.receiptTax(f, all)
}

func (p *paper) receiptScore(s sumOf, all []sumOf) float64 {
	score := receiptWeight[s.role] + .1*float64(s.rank)
	seen := map[role]bool{}
	for _, o := range all {
		if equal(o.value, s.value) && !seen[o.role] && o.line != s.line {
			seen[o.role] = true
			score++
		}
	}
	switch {
	case leaves(s.value, all):
		score += 3
	case seen[cash] && s.role != cash:
		score += 1.5
	case s.role == cash && len(pick(all, gross, payable, net)) == 0 && p.standsAlone(s):
		score += 1.8
	case exceeds(s.value, pick(all, cash)):
		score--
	}
	if addsUp(s.value, all) {
		score += 1.5
		if s.role == cash {
			score++ // the exact amount was given
		}
	}
	if sumsUp(s.value, all) {
		score += 2
	}
	if !s.beside {
		score -= .8
	}
	return score + rounded(s.value, all)
}

// standsAlone says whether an amount stands in another line, too, without a label:
// cash that is the price of the only item.
func (p *paper) standsAlone(s sumOf) bool {
	for at := range p.lines {
		for _, a := range p.amountsIn(at, p.lines[at].all()) {
			if at != s.line && a.cents && equal(a.value, s.value) {
				return true
			}
		}
	}
	return false
}

// exceeds says whether a total is more than the cash that was given for it.
func exceeds(total string, given []sumOf) bool {
	for _, g := range given {
		if !less(g.value, total) {
			return false
		}
	}
	return len(given) > 0
}

// leaves says whether a total is the cash that was given less the change.
func leaves(total string, all []sumOf) bool {
	for _, given := range pick(all, cash, prepaid) {
		for _, back := range pick(all, change) {
			if near(sum(total, parse(back.value).Abs().String()), parse(given.value), "0.00") {
				return true
			}
		}
	}
	return false
}

// addsUp says whether a total is a net amount and its tax, to a cent or to the
// rounding that is printed.
func addsUp(total string, all []sumOf) bool {
	within := "0.01"
	for _, r := range pick(all, rounding) {
		if by := parse(r.value).Abs(); by.Cmp(parse(within)) > 0 && by.Cmp(parse("0.05")) <= 0 {
			within = by.String()
		}
	}
	for _, n := range pick(all, net, subtotal) {
		for _, t := range pick(all, tax) {
			if !isZero(t.value) && near(sum(n.value, t.value), parse(total), within) {
				return true
			}
		}
	}
	return false
}

// sumsUp says whether a total is made of two others, as of goods under two rates.
func sumsUp(total string, all []sumOf) bool {
	list := pick(all, gross, subtotal)
	for i, a := range list {
		for _, b := range list[i+1:] {
			if a.line != b.line && !isZero(a.value) && !isZero(b.value) && near(sum(a.value, b.value), parse(total), "0.00") {
				return true
			}
		}
	}
	return false
}

// rounded speaks for an amount that another one makes with the rounding, and
// against one that is yet to be rounded.
func rounded(total string, all []sumOf) float64 {
	for _, r := range pick(all, rounding) {
		by := parse(r.value).Abs()
		if by.IsZero() || by.Cmp(parse("0.05")) > 0 {
			continue
		}
		for _, o := range all {
			apart, err := parse(o.value).Sub(parse(total))
			if err != nil || receiptWeight[o.role] == 0 || apart.Abs().Cmp(by) != 0 {
				continue
			}
			if inFives(total) && !inFives(o.value) {
				return 2
			}
			return -2
		}
	}
	return 0
}

// inFives says whether the cents are a multiple of five, the smallest coin where
// totals are rounded.
func inFives(s string) bool { return strings.HasSuffix(s, "0") || strings.HasSuffix(s, "5") }

// paidLessChange is the total that cash and change make, where it stands among
// the amounts of the slip.
func (p *paper) paidLessChange(all []sumOf) []sumOf {
	var list []sumOf
	for _, given := range pick(all, cash) {
		for _, back := range pick(all, change) {
			rest, err := parse(given.value).Sub(parse(back.value).Abs())
			if err != nil || rest.Sign() <= 0 {
				continue
			}
			for at := range p.lines {
				for _, a := range p.amountsIn(at, p.lines[at].all()) {
					if a.cents && equal(a.value, rest.String()) {
						list = append(list, sumOf{a, cash, 0, true})
					}
				}
			}
		}
	}
	return list
}

var spaced = regexp.MustCompile(`^(?:RM|[€$£])?(\d{1,5})[ ,]?(\d{2})$`)

// split reads amounts behind the labels of sums whose point was not recognised:
// "TOTAL 6 00". They count only for labels that have no amount otherwise, and
// only when they stand close together.
func (p *paper) split(all []sumOf) []sumOf {
	var list []sumOf
	for at := range p.hits {
		for _, h := range p.hits[at] {
			if !p.doc.OCR || !isSum(h.role) || slices.ContainsFunc(all, func(s sumOf) bool { return s.line == at }) {
				continue
			}
			l := &p.lines[at]
			for i := h.to; i+1 < len(l.words); i++ {
				m := spaced.FindStringSubmatch(join(l.words[i : i+2]))
				if m != nil && l.words[i+1].X0-l.words[i].X1 < 2*l.words[i].height() {
					v := m[1] + "." + m[2]
					list = append(list, sumOf{figure{money{value: v, cents: true}, at, span{i, i + 2}, factOf(v, .6, l.words[i:i+2])}, h.role, h.rank - 1, true})
				}
			}
		}
	}
	return list
}

// receiptTax gives net and tax where they make the total.
func (p *paper) receiptTax(f *Facts, all []sumOf) {
	for _, n := range pick(all, net, subtotal) {
		for _, t := range pick(all, tax) {
			if !isZero(t.value) && near(sum(n.value, t.value), parse(f.GrossTotal.Value), "0.01") {
				f.NetTotal, f.TaxTotal = sure(n.Fact), sure(t.Fact)
				return
			}
		}
	}
}
