package hypertext

import (
	"cmp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The width of a space and of a typed letter, and the height of lines, in parts of the
// size of letters.
const (
	spaceWidth  = .28
	letterWidth = .52
	lineHeight  = 1.3
)

// box is what was laid out, its words measured from its top left.
type box struct {
	w, h  float64
	words []Word
}

// layout goes over a document once.
type layout struct {
	rules map[*html.Node][]declaration
	words int
}

// stack puts lines and boxes below each other.
type stack struct {
	l     *layout
	avail float64
	box   box
	frame []placedBox // out of the flow, by their own coordinates

	line  []Word
	x     float64
	open  bool // the next letters continue the last word
	space bool
	high  float64
}

// placedBox is a box with its place, counted from the right where it says so.
type placedBox struct {
	x, y      float64
	fromRight bool
	box       box
}

// block lays out what is in an element, at most avail wide where it can be broken.
func (l *layout) block(n *html.Node, s style, avail float64, depth int) box {
	st := &stack{l: l, avail: avail}
	if depth < maxDepth {
		st.fill(n, s, depth)
	}
	st.endLine()
	for _, p := range st.frame {
		if p.fromRight {
			p.x = max(0, cmp.Or(s.width, avail)-p.x-p.box.w)
		}
		st.box.add(p.x, p.y, p.box)
	}
	if st.frame != nil {
		st.box.h = max(st.box.h, s.height)
	}
	return st.box
}

// add puts another box into this one.
func (b *box) add(x, y float64, o box) {
	for _, w := range o.words {
		w.X0, w.X1, w.Y0, w.Y1 = w.X0+x, w.X1+x, w.Y0+y, w.Y1+y
		b.words = append(b.words, w)
	}
	b.w, b.h = max(b.w, x+o.w), max(b.h, y+o.h)
}

// fill lays out the children of a node.
func (st *stack) fill(n *html.Node, s style, depth int) {
	for c := n.FirstChild; c != nil && st.l.words < maxWords && depth < maxDepth; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			st.text(c.Data, s)
		case html.ElementNode:
			c = st.element(c, s, depth+1)
		}
	}
}

// element lays out an element, and with it those after it that stand beside it or go
// on with its columns. It returns the last one that it took.
func (st *stack) element(n *html.Node, outer style, depth int) *html.Node {
	s := st.l.styleOf(n, outer)
	switch {
	case s.hidden:
	case n.DataAtom == atom.Br:
		st.breakLine(s)
	case s.position == "absolute" || s.position == "fixed":
		x, fromRight := s.left, s.fromRight && !s.fromLeft
		if fromRight {
			x = s.offRight
		}
		st.frame = append(st.frame, placedBox{x, s.top, fromRight, st.l.block(n, s, sheetWidth-2*margin, depth)})
	case s.display == "table":
		st.push(st.l.table(n, s, st.avail, depth))
	default:
		if rows, last := st.l.rowsFrom(n, outer); rows != nil {
			st.push(st.l.grid(rows, st.avail, depth))
			return last
		}
		st.ordinary(n, s, depth)
	}
	return n
}

// ordinary lays out an element that stands in the text, or below what came before.
func (st *stack) ordinary(n *html.Node, s style, depth int) {
	if s.display == "inline" || s.display == "contents" || s.display == "inline-block" {
		if s.float == "left" || s.float == "right" { // it stands apart from the text around it
			st.x, st.open, st.space = st.x+3*s.size, false, st.x > 0
			defer func() { st.open, st.space = false, true }()
		}
		st.fill(n, s, depth)
		return
	}
	space := map[atom.Atom]float64{atom.P: 5, atom.H1: 6, atom.H2: 6, atom.H3: 5, atom.Ul: 4, atom.Ol: 4, atom.Dl: 4, atom.Hr: 6, atom.Blockquote: 5, atom.Pre: 5, atom.Section: 4, atom.Header: 4, atom.Footer: 8}[n.DataAtom]
	st.endLine()
	b := st.l.block(n, s, st.avail, depth)
	if len(b.words) == 0 && b.h == 0 && space == 0 {
		return
	}
	st.gap(space)
	st.push(b)
	st.gap(space)
}

func (st *stack) push(b box) {
	st.endLine()
	st.box.add(0, st.box.h, b)
}

// gap leaves some room, but none at the beginning.
func (st *stack) gap(points float64) {
	if len(st.box.words) > 0 {
		st.box.h += points
	}
}

// text puts the words of a text into the line.
func (st *stack) text(text string, s style) {
	if s.pre {
		st.typed(text, s)
		return
	}
	for text != "" {
		r, n := utf8.DecodeRuneInString(text)
		if unicode.IsSpace(r) {
			st.space, text = true, text[n:]
			continue
		}
		end := strings.IndexFunc(text, unicode.IsSpace)
		if end < 0 {
			end = len(text)
		}
		st.word(text[:end], s.size)
		text = text[end:]
	}
}

// typed puts a text down as a typewriter would.
func (st *stack) typed(text string, s style) {
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			st.breakLine(s)
		}
		column := 0
		for part := range strings.SplitAfterSeq(strings.TrimRight(line, "\r"), " ") {
			word := strings.TrimRight(part, " ")
			for strings.HasPrefix(word, "\t") {
				word, column = word[1:], column+8-column%8
			}
			if strings.TrimSpace(word) != "" {
				st.x, st.space, st.open = max(st.x, float64(column)*s.size*letterWidth), false, false
				st.put(word, s.size)
				if last := len(st.line) - 1; last >= 0 { // as wide as on the typewriter
					w := &st.line[last]
					w.X1 = w.X0 + float64(utf8.RuneCountInString(word))*s.size*letterWidth
					st.x = w.X1
				}
			}
			column += utf8.RuneCountInString(part)
		}
		st.space = true
	}
}

// word puts a word, or the rest of one, behind the last and breaks the line where it
// is full.
func (st *stack) word(text string, size float64) {
	text = strings.Map(func(r rune) rune {
		if r == '\u00ad' || r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\ufeff' {
			return -1
		}
		return r
	}, text)
	if text == "" {
		return
	}
	if st.space && st.x > 0 {
		st.x += size * spaceWidth
		st.open = false
		if st.x+width(text, size) > st.avail {
			st.endLine()
		}
	}
	st.space = false
	st.put(text, size)
}

func (st *stack) put(text string, size float64) {
	if st.l.words++; st.l.words > maxWords {
		return
	}
	end := st.x + width(text, size)
	if last := len(st.line) - 1; st.open && last >= 0 {
		w := &st.line[last]
		w.Text, w.X1, w.Y1, w.Size = w.Text+text, end, max(w.Y1, size), max(w.Size, size)
	} else {
		st.line = append(st.line, Word{X0: st.x, X1: end, Y1: size, Text: text, Size: size})
	}
	st.x, st.open, st.high = end, true, max(st.high, size*lineHeight)
}

// letters are those that widths are taken from, so that what is drawn with the same ones
// stands as it was laid out.
var letters = sync.OnceValue(func() font.Face {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic(err) // it is part of the program
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 64, DPI: 72})
	if err != nil {
		panic(err)
	}
	return face
})

// Shrunk is by how much letters are drawn smaller than they are said to be: those of Go
// are wider than those of most pages.
const Shrunk = .93

// width of a text in points. A face is no one's to share: see lettersLock.
func width(text string, size float64) float64 {
	lettersLock.Lock()
	defer lettersLock.Unlock()
	return float64(font.MeasureString(letters(), text)) / 64 / 64 * size * Shrunk
}

var lettersLock sync.Mutex

// breakLine ends the line; a break on an empty line leaves one.
func (st *stack) breakLine(s style) {
	if len(st.line) == 0 {
		st.gap(s.size * lineHeight)
	}
	st.endLine()
}

// endLine puts the line below what there is, its words on one ground.
func (st *stack) endLine() {
	for i := range st.line {
		w := &st.line[i]
		down := st.high/lineHeight - w.Size
		w.Y0, w.Y1 = w.Y0+down, w.Y1+down
	}
	if len(st.line) > 0 {
		st.box.add(0, st.box.h, box{st.x, st.high, st.line})
	}
	st.line, st.x, st.high, st.open, st.space = nil, 0, 0, false, false
}
