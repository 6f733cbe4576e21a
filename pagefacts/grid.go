package pagefacts

import (
	"math"
	"slices"
)

// grid is a table by its columns: what their headers say, and where they stand.
type grid struct {
	p       *paper
	columns []gridColumn
	next    int // the line below the headers
}

// gridColumn is a column; one without a kind only takes what is not another's.
type gridColumn struct {
	kind   column
	x0, x1 float64
}

// gridItems reads the items of tables whose headers or rows take several lines, as
// where cells are centred: what stands in the column of the sums makes a row. They
// count only if they make the net or the gross total.
func (p *paper) gridItems(f *Facts) []Line {
	for at := 0; at < len(p.lines); at++ {
		g, ok := p.gridAt(at)
		if !ok {
			continue
		}
		if lines := g.rowsMaking(f.NetTotal.Value, f.GrossTotal.Value); len(lines) > 0 {
			return lines
		}
		at = g.next - 1
	}
	return nil
}

// maxHeaders is how many lines the headers of a table take at most.
const maxHeaders = 8

// gridAt reads the lines from one on, as far as they stand close and hold no
// amounts, as the headers of a table.
func (p *paper) gridAt(at int) (grid, bool) {
	g := grid{p: p, next: at}
	kinds := map[column]bool{}
	for ; g.next < min(len(p.lines), at+maxHeaders); g.next++ {
		l := &p.lines[g.next]
		if g.next > at && (l.page != p.lines[at].page || l.y0-p.lines[g.next-1].y1 > .9*l.words[0].height()) || p.hasCents(g.next) {
			break
		}
		for i := 0; i < len(l.words); {
			kind, n := columnAt(l, i)
			n = max(n, 1)
			g.add(gridColumn{kind, l.words[i].X0, l.words[i+n-1].X1})
			kinds[kind] = true
			i += n
		}
		if g.next == at && len(kinds) == 1 && kinds[""] {
			return g, false // the first line names no column
		}
	}
	delete(kinds, "")
	return g, kinds[lineSum] && (kinds[quantity] || kinds[describes]) && len(kinds) >= 3
}

// hasCents says whether an amount with cents stands in a line.
func (p *paper) hasCents(at int) bool {
	return slices.ContainsFunc(p.amountsIn(at, p.lines[at].all()), func(a figure) bool { return a.cents })
}

// add joins a header to the column that it stands below, or begins a new one.
func (g *grid) add(c gridColumn) {
	for i := range g.columns {
		o := &g.columns[i]
		if c.x0 >= o.x1 || o.x0 >= c.x1 {
			continue
		}
		if o.kind == "" {
			o.kind = c.kind
		}
		o.x0, o.x1 = min(o.x0, c.x0), max(o.x1, c.x1)
		return
	}
	g.columns = append(g.columns, c)
}

// kindAt is the kind of the column that words stand in or nearest to.
func (g *grid) kindAt(x0, x1 float64) column {
	var kind column
	best := math.Inf(1)
	for _, c := range g.columns {
		off := max(c.x0-x1, x0-c.x1, 0)
		off += math.Abs(c.x1-x1) / 1000 // of two that are as near, the one it is aligned with
		if off < best {
			best, kind = off, c.kind
		}
	}
	return kind
}

// rowsMaking reads rows downwards until their sum is one of two totals.
func (g *grid) rowsMaking(net, gross string) []Line {
	var lines []Line
	var amounts []string
	seen := g.next - 1
	for at := g.next; at < len(g.p.lines) && len(lines) < maxSums; at++ {
		if _, heads := g.p.headerAt(at); heads {
			continue
		}
		for _, a := range g.p.amountsIn(at, g.p.lines[at].all()) {
			if !a.cents || g.kindAt(a.BBox[0], a.BBox[2]) != lineSum {
				continue
			}
			amounts = append(amounts, a.value)
			if !g.p.adjusts(at) {
				lines = append(lines, g.row(at, seen, a))
			}
			seen = at
		}
		total := sum(amounts...)
		if len(lines) > 0 && (net != "" && near(total, parse(net), "0.00") || gross != "" && near(total, parse(gross), "0.00")) {
			return lines
		}
	}
	return nil
}

// row reads what belongs to a sum: the lines of its block, but for those of the row
// before.
func (g *grid) row(at, before int, total figure) Line {
	line := Line{LineTotal: sure(total.Fact)}
	from, to := g.block(at, before)
	var counts, prices []figure
	for i := from; i <= to; i++ {
		for _, a := range g.p.amountsIn(i, g.p.lines[i].all()) {
			switch g.kindAt(a.BBox[0], a.BBox[2]) {
			case quantity:
				counts = append(counts, a)
			case unitPrice:
				prices = append(prices, a)
			}
		}
		for _, r := range g.p.percents(&g.p.lines[i]) {
			if g.kindAt(r.BBox[0], r.BBox[2]) == taxRate && line.TaxRate.Value == "" {
				line.TaxRate = r.Fact
			}
		}
		if line.Description.Value == "" {
			line.Description = g.text(i)
		}
	}
	line.choose(counts, prices)
	return line
}

// choose takes the quantity and the price that make the sum, or else the only
// quantity there is.
func (line *Line) choose(counts, prices []figure) {
	for _, c := range counts {
		for _, u := range prices {
			if product, err := parse(c.value).Mul(parse(u.value)); err == nil && near(product, parse(line.LineTotal.Value), "0.011") {
				line.Quantity, line.UnitPrice = sure(c.Fact), sure(u.Fact)
				return
			}
		}
	}
	if len(counts) == 1 {
		line.Quantity = counts[0].Fact
	}
}

// block is the run of lines around a sum whose descriptions stand close, without the
// line of the row before; the sum's own line where there is none.
func (g *grid) block(at, before int) (from, to int) {
	from, to = at, at
	l := &g.p.lines[at]
	tall := l.words[0].height()
	for i := at - 1; i > before && g.near(i, from, tall); i-- {
		from = i
	}
	for i := at + 1; i < len(g.p.lines) && g.near(to, i, tall); i++ {
		if g.p.hasCents(i) && g.sums(i) {
			break
		}
		to = i
	}
	return from, to
}

// near says whether a line stands close above another on its page.
func (g *grid) near(upper, lower int, tall float64) bool {
	a, b := &g.p.lines[upper], &g.p.lines[lower]
	return a.page == b.page && b.y0-a.y1 < .6*tall && lower-upper < maxHeaders
}

// sums says whether an amount of a line stands in the column of the sums.
func (g *grid) sums(at int) bool {
	return slices.ContainsFunc(g.p.amountsIn(at, g.p.lines[at].all()), func(a figure) bool { return g.kindAt(a.BBox[0], a.BBox[2]) == lineSum })
}

// text is what stands in the column of the descriptions.
func (g *grid) text(at int) Fact {
	l := &g.p.lines[at]
	for _, c := range l.cells {
		if g.kindAt(l.words[c.from].X0, l.words[c.to-1].X1) == describes && len(trimmed(l.text(c))) > 2 {
			return factOf(trimmed(l.text(c)), .8, l.words[c.from:c.to])
		}
	}
	return Fact{}
}
