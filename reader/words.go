package reader

import "strings"

// wordsOf groups glyphs into words, in the order of the file: a space, a new
// line, another direction or a gap ends one. A glyph printed over the same glyph
// (which some programs do for bold) counts once.
func wordsOf(glyphs []glyph) []placed {
	var words []placed
	open := false
	for _, g := range glyphs {
		if g.text == " " {
			open = false
			continue
		}
		g = g.straight()
		last := len(words) - 1
		if last >= 0 && words[last].repeats(g) {
			continue
		}
		if !open || words[last].apart(g) {
			words = append(words, placed{run: g.run, Word: Word{X0: g.x0, Y0: g.y0, X1: g.x1, Y1: g.y1, Confidence: 1, FontSize: g.size}})
			last, open = last+1, true
		}
		words[last].add(g)
	}
	return words
}

// placed is a word in a frame in which its line runs from left to right.
type placed struct {
	Word
	run  int
	last glyph
}

// straight turns a glyph's box into the frame in which its line runs from left
// to right. Only distances matter there: its origin lies anywhere.
func (g glyph) straight() glyph {
	g.x0, g.y0, g.x1, g.y1 = turnBox(-g.run, g.x0, g.y0, g.x1, g.y1)
	return g
}

// turnBox turns a box by quarter turns clockwise around the origin.
func turnBox(turns int, x0, y0, x1, y1 float64) (float64, float64, float64, float64) {
	for range turns & 3 {
		x0, y0, x1, y1 = -y1, x0, -y0, x1
	}
	return x0, y0, x1, y1
}

func (w *placed) add(g glyph) {
	w.Text += g.text
	w.X0, w.Y0 = min(w.X0, g.x0), min(w.Y0, g.y0)
	w.X1, w.Y1 = max(w.X1, g.x1), max(w.Y1, g.y1)
	w.FontSize, w.last = max(w.FontSize, g.size), g
}

// repeats reports whether a glyph stands where the last one of the word does.
func (w *placed) repeats(g glyph) bool {
	near := max(g.size, g.y1-g.y0) * .12
	return g.text == w.last.text && g.run == w.run && abs(g.x0-w.last.x0) < near && abs(g.y0-w.last.y0) < near && g.x1 > g.x0
}

// apart reports whether a glyph stands too far from a word to belong to it: on
// another line, before its start, or further on than a space is wide. The gap of
// .3 of the font's size lies above the widest kerning; boxes are those of the
// ink, so that narrow glyphs stand apart more than their advances say.
func (w *placed) apart(g glyph) bool {
	size := max(w.FontSize, g.size)
	if size <= 0 {
		size = max(w.Y1-w.Y0, g.y1-g.y0, 1)
	}
	middle := (g.y0 + g.y1) / 2
	if g.run != w.run || middle > w.Y1+size*.4 || middle < w.Y0-size*.6 {
		return true
	}
	return g.x0-w.X1 > size*.3 || g.x1 < w.last.x0-size*.3
}

func abs(x float64) float64 { return max(x, -x) }

// textOf writes words down, a line for each of theirs and an empty one between
// blocks.
func textOf(words []Word) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case w.Block != words[i-1].Block:
			b.WriteString("\n\n")
		case w.Line != words[i-1].Line:
			b.WriteByte('\n')
		default:
			b.WriteByte(' ')
		}
		b.WriteString(w.Text)
	}
	return b.String()
}
