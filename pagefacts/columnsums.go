package pagefacts

import (
	"math"
	"slices"
	"strings"
)

// Items without the headings of a table: what stands in a column of amounts and adds up.
const (
	maxColumn  = 120 // amounts of a column that are looked at
	maxColumns = 40
)

// bareItems reads the items of a list that has no headings, as in mails of shops and on
// papers of small firms: a run of amounts under each other, each beside its text, whose
// sum is the paper's net or gross total, or stands below them beside a label of a sum.
func (p *paper) bareItems(f *Facts) []Line {
	goals := p.goals(f)
	var best []figure
	for _, column := range p.amountColumns() {
		if run := p.runMaking(column, goals); len(run) > len(best) {
			best = run
		}
	}
	var lines []Line
	before := -1
	for _, a := range best {
		line := Line{LineTotal: sure(a.Fact), Description: p.textBeside(a, before)}
		if line.Description.Value == "" {
			return nil
		}
		lines, before = append(lines, line), a.line
	}
	return lines
}

// goals are the sums that items may make, in cents.
func (p *paper) goals(f *Facts) map[int64]bool {
	goals := map[int64]bool{}
	if f.NetTotal.Value != "" {
		goals[inCents(f.NetTotal.Value)] = true
	}
	if f.GrossTotal.Value != "" {
		goals[inCents(f.GrossTotal.Value)] = true
		if f.TaxTotal.Value != "" {
			goals[inCents(f.GrossTotal.Value)-inCents(f.TaxTotal.Value)] = true
		}
	}
	delete(goals, 0)
	return goals
}

func inCents(s string) int64 {
	d, err := parse(s).Mul(parse("100"))
	if err != nil {
		return 0
	}
	n, _, _ := d.Int64(0)
	return n
}

// amountColumns are the amounts that stand under each other with one right or left edge,
// and those that end a written product, "4 × 25.00 = 100.00".
func (p *paper) amountColumns() [][]figure {
	var columns [][]figure
	var products []figure
	edges := []func(Fact) float64{func(f Fact) float64 { return f.BBox[2] }, func(f Fact) float64 { return f.BBox[0] }}
	var all []figure
	for at := range p.lines {
		amounts := p.amountsIn(at, p.lines[at].all())
		for i, a := range amounts {
			if !a.cents {
				continue
			}
			all = append(all, a)
			line := Line{LineTotal: a.Fact}
			if i > 0 && a.from > 0 && strings.ContainsAny(p.lines[at].text(span{amounts[0].from, a.from}), "×x*") && line.multiply(amounts[:i], false) {
				products = append(products, a)
			}
		}
	}
	for _, edge := range edges {
		var list [][]figure
		for _, a := range all {
			at := slices.IndexFunc(list, func(c []figure) bool { return math.Abs(edge(c[len(c)-1].Fact)-edge(a.Fact)) < 2.5 })
			if at >= 0 {
				list[at] = append(list[at], a)
			} else if len(list) < maxColumns {
				list = append(list, []figure{a})
			}
		}
		columns = append(columns, list...)
	}
	return append(columns, products)
}

// runMaking is the longest run of a column that makes one of the goals, or what stands
// beside the label of a sum right below it.
func (p *paper) runMaking(column []figure, goals map[int64]bool) []figure {
	column = column[:min(len(column), maxColumn)]
	var best []figure
	for from := range column {
		total := int64(0)
		for i := from; i < len(column) && !p.isSumLine(column[i].line); i++ {
			total += inCents(column[i].value)
			below := i > from && p.summedBelow(column[i].line, total)
			if n := i - from + 1; n >= 2 && n > len(best) && (goals[total] || below) {
				best = column[from : i+1]
			}
		}
	}
	return best
}

// summedBelow says whether the next amounts below a line are beside the label of a sum,
// and the last of them is that sum.
func (p *paper) summedBelow(at int, total int64) bool {
	for i := at + 1; i < min(len(p.lines), at+6) && p.lines[i].page == p.lines[at].page; i++ {
		if !p.hasCents(i) {
			continue
		}
		amounts := p.amountsIn(i, p.lines[i].all())
		return p.isSumLine(i) && inCents(amounts[len(amounts)-1].value) == total
	}
	return false
}

// isSumLine says whether a line has the label of a sum of the paper, or is a row of the
// breakdown of the tax.
func (p *paper) isSumLine(at int) bool {
	return p.isSubtotal(at) || p.endsItems(at) || p.isTaxRow(at) || slices.ContainsFunc(p.hits[at], func(h hit) bool {
		return isSum(h.role) && (h.starts || h.role == tax) && !h.fuzzy && p.lastText(h)
	})
}

// textBeside is the text before an amount in its line, or that of the line above.
func (p *paper) textBeside(a figure, before int) Fact {
	for at := a.line; at > before && at >= a.line-2 && at >= 0; at-- {
		l := &p.lines[at]
		if l.page != a.Page {
			return Fact{}
		}
		end := len(l.words)
		if at == a.line {
			end = a.from
		}
		c := span{0, end}
		if end > 0 && at != a.line {
			c = l.cells[0]
		}
		text := trimmed(l.text(c))
		if c.to > 0 && len(strings.Trim(text, "0123456789.,-×x=/ €$£%")) > 2 {
			return factOf(text, .75, l.words[c.from:c.to])
		}
	}
	return Fact{}
}
