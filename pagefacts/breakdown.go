package pagefacts

import "slices"

// breakdown settles which rows are those of the tax. A discount or a charge "2 % of
// 100.00" has the form of one; so the rows are taken that make the tax total: all of
// them, or else those of one block, or else those without the words of discounts.
// Where no row has a basis, the lines that give a rate and its tax stand in.
func (p *paper) breakdown(rows []taxRow, f *Facts) []Tax {
	makes := func(rows []taxRow) bool { return len(rows) > 0 && makesTax(taxesOf(rows), f.TaxTotal.Value) }
	plain := slices.DeleteFunc(slices.Clone(rows), func(r taxRow) bool { return p.adjusts(r.line) })
	switch block := lastBlock(rows, makes); {
	case makes(rows):
	case makes(plain):
		rows = plain
	case block != nil:
		rows = block
	default:
		if list := p.rateLines(f); len(list) > 0 {
			return list
		}
		rows = plain
	}
	return taxesOf(p.withZeroRates(rows, f))
}

func makesTax(taxes []Tax, total string) bool {
	return total != "" && near(sum(amountsOf(taxes)...), parse(total), "0.02")
}

// adjusts says whether a line has a word of discounts and charges in it.
func (p *paper) adjusts(at int) bool {
	return slices.ContainsFunc(p.lines[at].keys, func(key string) bool { return startsWith(key, adjustments) })
}

// lastBlock is the last run of rows, close below one another, that a test holds for.
func lastBlock(rows []taxRow, holds func([]taxRow) bool) []taxRow {
	for to := len(rows); to > 0; {
		from := to - 1
		for from > 0 && rows[from].follows(rows[from-1]) {
			from--
		}
		if holds(rows[from:to]) {
			return rows[from:to]
		}
		to = from
	}
	return nil
}

// follows says whether a row stands at most two lines below another.
func (r taxRow) follows(o taxRow) bool {
	a, b := o.Amount.BBox, r.Amount.BBox
	return r.line-o.line <= 3 && r.Amount.Page == o.Amount.Page && b[1]-a[3] < 4*(a[3]-a[1])
}

// withZeroRates adds the rows of a rate of zero that stand between or beside the
// others, where the bases then make the net total.
func (p *paper) withZeroRates(rows []taxRow, f *Facts) []taxRow {
	if len(rows) == 0 || f.NetTotal.Value == "" {
		return rows
	}
	all := slices.Clone(rows)
	for at := max(rows[0].line-3, 0); at < min(rows[len(rows)-1].line+4, len(p.lines)); at++ {
		if t, ok := p.zeroRow(at); ok {
			all = append(all, taxRow{t, at})
		}
	}
	slices.SortStableFunc(all, func(a, b taxRow) int { return a.line - b.line })
	var bases []string
	for _, r := range all {
		bases = append(bases, r.Basis.Value)
	}
	if !near(sum(bases...), parse(f.NetTotal.Value), "0.02") {
		return rows
	}
	return all
}

// zeroRow reads a row with a rate of zero: a basis and a tax of nothing.
func (p *paper) zeroRow(at int) (Tax, bool) {
	rates := p.rates(at)
	amounts := slices.DeleteFunc(p.amountsIn(at, p.lines[at].all()), func(a figure) bool { return !a.cents })
	n := len(amounts)
	if len(rates) == 0 || !isZero(rates[0].value) || n < 2 || !isZero(amounts[n-1].value) || isZero(amounts[n-2].value) {
		return Tax{}, false
	}
	return Tax{sure(rates[0].Fact), sure(amounts[n-2].Fact), sure(amounts[n-1].Fact)}, true
}

// rateLines reads lines such as "plus 19 % VAT 19.00", whose basis is not printed: a
// label of the tax, a rate and an amount. Together they must make the tax total. The
// net total is the basis of the only one, if the rate says so.
func (p *paper) rateLines(f *Facts) []Tax {
	var list []Tax
	for at := range p.hits {
		rates := p.percents(&p.lines[at])
		if len(rates) != 1 || isZero(rates[0].value) {
			continue
		}
		for _, h := range p.hits[at] {
			amounts := p.sumsOf(h)
			if h.role != tax || len(amounts) != 1 || !amounts[0].beside {
				continue
			}
			t := Tax{Rate: rates[0].Fact, Amount: amounts[0].Fact}
			if !slices.ContainsFunc(list, func(o Tax) bool { return equal(o.Rate.Value, t.Rate.Value) }) && len(list) < maxSums {
				list = append(list, t)
			}
			break
		}
	}
	switch {
	case !makesTax(list, f.TaxTotal.Value):
		return nil
	case len(list) == 1 && isShare(list[0].Amount.Value, f.NetTotal.Value, list[0].Rate.Value):
		list[0] = Tax{sure(list[0].Rate), f.NetTotal, sure(list[0].Amount)}
	}
	return list
}
