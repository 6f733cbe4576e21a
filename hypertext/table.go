package hypertext

import (
	"slices"
	"strconv"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Distances of columns, and how wide a column gets before its text is broken where it
// is not alone, in points.
const (
	columnGap = 24.0
	rowGap    = 2.0
	widest    = 280.0
	maxSpan   = 100
)

// cell is one place of a table.
type cell struct {
	node       *html.Node // an element, or what stands loose in a row
	style      style
	span, rows int
	column     int
	box        box
}

// table lays a table out. Its caption stands above it.
func (l *layout) table(n *html.Node, s style, avail float64, depth int) box {
	var rows [][]cell
	var above box
	var walk func(*html.Node, style, int)
	walk = func(n *html.Node, s style, depth int) {
		for c := n.FirstChild; c != nil && depth < maxDepth; c = c.NextSibling {
			cs := l.styleOf(c, s)
			switch {
			case c.Type != html.ElementNode || cs.hidden:
			case cs.display == "table-row":
				if row := l.cells(c, cs); len(row) > 0 {
					rows = append(rows, row)
				}
			case c.DataAtom == atom.Caption:
				above.add(0, above.h, l.block(c, cs, avail, depth+1))
			default:
				walk(c, cs, depth+1)
			}
		}
	}
	walk(n, s, depth)
	above.add(0, above.h, l.grid(rows, avail, depth+1))
	return above
}

// cells are the visible children of a row. Text that stands loose in it is a cell, too.
func (l *layout) cells(n *html.Node, s style) []cell {
	var out []cell
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			if !blank(c.Data) {
				out = append(out, cell{node: c, style: s, span: 1, rows: 1})
			}
		case html.ElementNode:
			if cs := l.styleOf(c, s); !cs.hidden && c.DataAtom != atom.Br {
				out = append(out, cell{node: c, style: cs, span: number(attr(c, "colspan")), rows: number(attr(c, "rowspan"))})
			}
		}
	}
	return out
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 1
	}
	return min(max(n, 1), maxSpan)
}

// rowsFrom are the rows that begin with an element: itself, where its children stand
// side by side, with the elements after it that do so in as many columns; or what floats
// beside it. last is the last element that they take in.
func (l *layout) rowsFrom(n *html.Node, outer style) (rows [][]cell, last *html.Node) {
	s := l.styleOf(n, outer)
	if s.float == "left" || s.float == "right" || s.display == "table-cell" || n.DataAtom == atom.Dt {
		return l.beside(n, outer)
	}
	rows, last = l.rowsOf(n, s), n
	if len(rows) != 1 {
		return rows, last
	}
	for next := following(n); next != nil; next = following(next) {
		more := l.rowsOf(next, l.styleOf(next, outer))
		if len(more) != 1 || len(more[0]) != len(rows[0]) {
			break
		}
		rows, last = append(rows, more...), next
	}
	return rows, last
}

// rowsOf parts the children of an element that are shown in columns into rows; nil for
// an element whose children are not.
func (l *layout) rowsOf(n *html.Node, s style) [][]cell {
	wide := 0
	switch {
	case s.hidden || n.Type != html.ElementNode:
		return nil
	case s.display == "table-row", s.display == "flex" && !s.column:
	case s.display == "grid" && s.columns > 1:
		wide = s.columns
	default:
		return nil
	}
	cells := l.cells(n, s)
	if len(cells) < 2 {
		return nil
	}
	if wide == 0 {
		wide = len(cells)
	}
	return slices.Collect(slices.Chunk(cells, wide))
}

// beside gathers an element that floats, the ones after it that do, and the one that
// flows around them; or a term and what describes it; or cells without a row.
func (l *layout) beside(n *html.Node, outer style) ([][]cell, *html.Node) {
	var left, right []cell
	last := n
	first := l.styleOf(n, outer)
	for c := n; c != nil; c = following(c) {
		s := l.styleOf(c, outer)
		one := cell{node: c, style: s, span: 1, rows: 1}
		around := c != n && first.float != "" && s.display == "block" && !s.clear
		switch {
		case s.hidden:
			continue
		case c != n && s.clear:
		case s.float == "right":
			right, last = append([]cell{one}, right...), c
			continue
		case s.float == "left", first.display == "table-cell" && s.display == "table-cell", n.DataAtom == atom.Dt && c == n:
			left, last = append(left, one), c
			continue
		case around, n.DataAtom == atom.Dt && c.DataAtom == atom.Dd:
			left, last = append(left, one), c
		}
		break
	}
	if n.DataAtom == atom.Dt {
		return l.terms(left, last, outer)
	}
	if row := append(left, right...); len(row) > 1 {
		return [][]cell{row}, last
	}
	return nil, nil
}

// terms goes on with the terms that follow the first one.
func (l *layout) terms(row []cell, last *html.Node, outer style) ([][]cell, *html.Node) {
	if len(row) != 2 {
		return nil, nil
	}
	rows := [][]cell{row}
	for dt := following(last); dt != nil && dt.DataAtom == atom.Dt; dt = following(last) {
		dd := following(dt)
		if dd == nil || dd.DataAtom != atom.Dd {
			break
		}
		rows = append(rows, []cell{{node: dt, style: l.styleOf(dt, outer), span: 1, rows: 1}, {node: dd, style: l.styleOf(dd, outer), span: 1, rows: 1}})
		last = dd
	}
	return rows, last
}

// following is the next element, nil where text stands before it.
func following(n *html.Node) *html.Node {
	for n = n.NextSibling; n != nil; n = n.NextSibling {
		if n.Type == html.ElementNode {
			return n
		}
		if n.Type == html.TextNode && !blank(n.Data) {
			return nil
		}
	}
	return nil
}

// grid lays rows out in columns, each as wide as its widest cell.
func (l *layout) grid(rows [][]cell, avail float64, depth int) box {
	widths := columnsIn(rows)
	room := avail
	if len(widths) > 1 {
		room = min(avail, widest)
	}
	for _, row := range rows {
		for i := range row {
			c := &row[i]
			if c.span >= len(widths) {
				c.box = l.cell(c, avail, depth)
			} else {
				c.box = l.cell(c, room, depth)
			}
			if c.span == 1 {
				widths[c.column] = max(widths[c.column], c.box.w)
			}
		}
	}
	starts := startsOf(rows, widths)
	var out box
	for _, row := range rows {
		y, high := out.h, 0.0
		for _, c := range row {
			x := starts[c.column]
			if end := starts[min(c.column+c.span, len(widths))] - columnGap; c.style.right && end-c.box.w > x {
				x = end - c.box.w
			}
			out.add(x, y, c.box)
			if c.rows == 1 {
				high = max(high, c.box.h)
			}
		}
		if high > 0 {
			out.h = max(out.h, y+high+rowGap)
		}
	}
	return out
}

func (l *layout) cell(c *cell, avail float64, depth int) box {
	n := c.node
	if n.Type == html.TextNode {
		st := &stack{l: l, avail: avail}
		st.text(n.Data, c.style)
		st.endLine()
		return st.box
	}
	if c.style.display == "table" {
		return l.table(n, c.style, avail, depth+1)
	}
	if rows := l.rowsOf(n, c.style); rows != nil && c.style.display != "table-row" {
		return l.grid(rows, avail, depth+1)
	}
	return l.block(n, c.style, avail, depth+1)
}

// columnsIn gives each cell its column, past those that a cell of a row above holds,
// and makes room for the widths of all columns.
func columnsIn(rows [][]cell) []float64 {
	columns := 0
	held := map[int]int{} // column → rows that it is held for
	for _, row := range rows {
		at, next := 0, map[int]int{}
		for column, left := range held {
			if left > 1 {
				next[column] = left - 1
			}
		}
		for i := range row {
			for held[at] > 0 {
				at++
			}
			row[i].column = at
			for range row[i].span {
				if row[i].rows > 1 {
					next[at] = row[i].rows - 1
				}
				at++
			}
		}
		held, columns = next, max(columns, at)
	}
	return make([]float64, columns)
}

// startsOf are where columns begin, and where the last one ends with the gap after it.
// A cell over several columns that is wider than they are widens the last one.
func startsOf(rows [][]cell, widths []float64) []float64 {
	starts := func() []float64 {
		out := make([]float64, len(widths)+1)
		for i, w := range widths {
			out[i+1] = out[i]
			if w > 0 {
				out[i+1] += w + columnGap
			}
		}
		return out
	}
	at := starts()
	for _, row := range rows {
		for _, c := range row {
			end := c.column + c.span
			if lacks := c.box.w - (at[end] - columnGap - at[c.column]); c.span > 1 && c.span < len(widths) && lacks > 0 {
				widths[end-1] += lacks
				at = starts()
			}
		}
	}
	return at
}

func blank(s string) bool {
	for _, r := range s {
		if r != ' ' && r != '\n' && r != '\t' && r != '\r' && r != '\f' && r != '\u00a0' {
			return false
		}
	}
	return true
}
