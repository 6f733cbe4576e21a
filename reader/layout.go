package reader

import (
	"cmp"
	"slices"
)

// row is a piece of a line: words that stand close to each other.
type row struct {
	words          []placed
	x0, y0, x1, y1 float64
}

// layOut puts words into reading order and numbers their lines and blocks. Words
// that run in other directions follow after those that run as most do; boxes
// come back as they are shown.
func layOut(words []placed) []Word {
	var out []Word
	line, block := 0, 0
	for _, run := range runsOf(words) {
		var rows []row
		for _, line := range linesOf(slices.DeleteFunc(slices.Clone(words), func(w placed) bool { return w.run != run })) {
			rows = append(rows, piecesOf(line)...)
		}
		for _, group := range blocksOf(rows) {
			block++
			for i, r := range group {
				if i == 0 || !r.beside(group[i-1]) {
					line++
				}
				for _, w := range r.words {
					w.X0, w.Y0, w.X1, w.Y1 = turnBox(run, w.X0, w.Y0, w.X1, w.Y1)
					w.Line, w.Block = line, block
					out = append(out, w.Word)
				}
			}
		}
	}
	return out
}

// runsOf lists the directions that there are, the commonest first.
func runsOf(words []placed) []int {
	var count [4]int
	for _, w := range words {
		count[w.run] += len(w.Text)
	}
	runs := slices.DeleteFunc([]int{0, 1, 2, 3}, func(run int) bool { return count[run] == 0 })
	slices.SortStableFunc(runs, func(a, b int) int { return cmp.Compare(count[b], count[a]) })
	return runs
}

// linesOf gathers words whose middles lie within each other's height, from the
// top down, each line from left to right.
func linesOf(words []placed) [][]placed {
	slices.SortStableFunc(words, func(a, b placed) int { return cmp.Compare(a.Y0+a.Y1, b.Y0+b.Y1) })
	var lines [][]placed
	var y0, y1 float64
	for _, w := range words {
		middle := (w.Y0 + w.Y1) / 2
		if n := len(lines); n > 0 && (middle < y1 && middle > y0) && min(y1, w.Y1)-max(y0, w.Y0) > .4*min(y1-y0, w.Y1-w.Y0) {
			lines[n-1] = append(lines[n-1], w)
			// The line keeps the band of its words' mean: a tall one must not swallow the next.
			k := float64(len(lines[n-1]))
			y0, y1 = y0+(w.Y0-y0)/k, y1+(w.Y1-y1)/k
			continue
		}
		lines = append(lines, []placed{w})
		y0, y1 = w.Y0, w.Y1
	}
	for _, l := range lines {
		slices.SortStableFunc(l, func(a, b placed) int { return cmp.Compare(a.X0, b.X0) })
	}
	return lines
}

// piecesOf joins what a file that places single glyphs tore apart, and cuts a
// line where a gap is wider than two and a half times the letters.
func piecesOf(line []placed) []row {
	var rows []row
	for _, w := range line {
		n := len(rows)
		size := max(w.FontSize, w.Y1-w.Y0)
		if n == 0 || w.X0-rows[n-1].x1 > 2.5*size {
			rows = append(rows, row{x0: w.X0, y0: w.Y0, x1: w.X1, y1: w.Y1})
			n++
		}
		rows[n-1].add(w, size)
	}
	return rows
}

func (r *row) add(w placed, size float64) {
	last := len(r.words) - 1
	// Less than a tenth of the size is no space, not even between two boxes.
	if last >= 0 && abs(w.X0-r.words[last].X1) < .1*size && w.FontSize == r.words[last].FontSize && len(w.Text) == 1 && len(r.words[last].last.text) > 0 {
		p := &r.words[last]
		p.Text += w.Text
		p.X1, p.Y0, p.Y1 = max(p.X1, w.X1), min(p.Y0, w.Y0), max(p.Y1, w.Y1)
	} else {
		r.words = append(r.words, w)
	}
	r.x0, r.y0, r.x1, r.y1 = min(r.x0, w.X0), min(r.y0, w.Y0), max(r.x1, w.X1), max(r.y1, w.Y1)
}

// beside reports whether two pieces are of one line.
func (r row) beside(other row) bool {
	return min(r.y1, other.y1)-max(r.y0, other.y0) > .4*min(r.y1-r.y0, other.y1-other.y0)
}

// blocksOf orders the pieces of a page: columns of prose one after the other,
// everything else, tables above all, line by line; wide gaps begin a block.
func blocksOf(rows []row) [][]row {
	if cut, ok := gutter(rows); ok {
		left, right := split(rows, cut)
		return append(blocksOf(left), blocksOf(right)...)
	}
	var blocks [][]row
	bottom := 0.0
	for _, r := range rows {
		n := len(blocks)
		if n == 0 || r.y0-bottom > 1.2*(r.y1-r.y0) {
			blocks, bottom = append(blocks, nil), r.y1
			n++
		}
		blocks[n-1] = append(blocks[n-1], r)
		bottom = max(bottom, r.y1)
	}
	return blocks
}

// gutter finds the x between two columns of prose: no piece crosses it, each
// side has at least four pieces, and most of them are of four words or more,
// which the cells of a table are not.
func gutter(rows []row) (float64, bool) {
	if len(rows) < 8 {
		return 0, false
	}
	byLeft := slices.Clone(rows)
	slices.SortFunc(byLeft, func(a, b row) int { return cmp.Compare(a.x0, b.x0) })
	reach := byLeft[0].x1
	for _, r := range byLeft[1:] {
		if r.x0 > reach {
			cut := (reach + r.x0) / 2
			if left, right := split(rows, cut); prose(left) && prose(right) {
				return cut, true
			}
		}
		reach = max(reach, r.x1)
	}
	return 0, false
}

func split(rows []row, cut float64) (left, right []row) {
	for _, r := range rows {
		if r.x0 < cut {
			left = append(left, r)
		} else {
			right = append(right, r)
		}
	}
	return left, right
}

func prose(rows []row) bool {
	long := 0
	for _, r := range rows {
		if len(r.words) >= 4 {
			long++
		}
	}
	return len(rows) >= 4 && long*10 >= len(rows)*6
}
