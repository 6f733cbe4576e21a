package pagefacts

import (
	"cmp"
	"slices"
	"strings"
)

// paper is a document in lines, with what holds for all of it.
type paper struct {
	doc      Document
	lines    []line
	hits     [][]hit          // labels, line by line
	near     map[string]term  // labels that misread words stand for
	figures  map[int][]figure // amounts of whole lines, once they were sought
	domains  []string         // of web and mail addresses
	language string
	sign     byte   // decimal sign
	order    string // of numeric dates: DMY or MDY
	receipt  bool
	buyers   []zone // where the other party stands
}

func newPaper(d Document) *paper {
	d = bounded(d)
	p := &paper{doc: d, near: map[string]term{}, figures: map[int][]figure{}}
	for _, page := range d.Pages {
		p.lines = append(p.lines, linesOf(page)...)
	}
	p.sign = p.decimalSign()
	for i := range p.lines {
		p.hits = append(p.hits, p.labels(i))
	}
	p.language = p.findLanguage()
	p.order, _ = p.dateOrder()
	p.receipt = p.looksLikeReceipt()
	p.domains = p.findDomains()
	p.buyers = p.buyerZones()
	return p
}

// factOf is a fact with the box around its words.
func factOf(value string, confidence float64, words []Word) Fact {
	if value == "" || len(words) == 0 {
		return Fact{}
	}
	f := Fact{Value: value, Confidence: confidence, Page: words[0].Page, Quote: join(words), BBox: box(words)}
	return f
}

func box(words []Word) [4]float64 {
	b := [4]float64{words[0].X0, words[0].Y0, words[0].X1, words[0].Y1}
	for _, w := range words[1:] {
		b[0], b[1] = min(b[0], w.X0), min(b[1], w.Y0)
		b[2], b[3] = max(b[2], w.X1), max(b[3], w.Y1)
	}
	return b
}

// take reads a value at the beginning of words and tells how many it took.
type take func(words []Word) (string, int)

// candidate is a value that a label points at.
type candidate struct {
	Fact
	hit
	below bool
	line  int // of the value
}

// candidates lists the values of a role, the surest first.
func (p *paper) candidates(r role, read take) []candidate {
	var list []candidate
	for at := range p.hits {
		for _, h := range p.hits[at] {
			if h.role != r {
				continue
			}
			if c, ok := p.valueOf(h, read); ok {
				list = append(list, c)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return list
}

// first is the surest value of a role, with the others as alternatives.
func (p *paper) first(r role, read take) Fact {
	return best(p.candidates(r, read))
}

// best takes the first candidate. Another that is as sure and says otherwise
// lowers its confidence; one that says the same raises it.
func best(list []candidate) Fact {
	if len(list) == 0 {
		return Fact{}
	}
	f := list[0].Fact
	for _, c := range list[1:] {
		switch {
		case c.Value == f.Value:
			f.Confidence = min(f.Confidence+.02, .97)
		case len(f.Alternatives) < maxAlternatives && !slices.ContainsFunc(f.Alternatives, func(a Alternative) bool { return a.Value == c.Value }):
			f.Alternatives = append(f.Alternatives, Alternative{c.Value, c.Confidence, "another place is surer"})
		}
	}
	return f
}

// valueOf reads the value of a label: behind it in its line, or else below it.
func (p *paper) valueOf(h hit, read take) (candidate, bool) {
	confidence := map[int]float64{3: .92, 2: .82, 1: .6}[h.rank]
	if h.fuzzy {
		confidence -= .04
	}
	if !h.starts && !h.colon {
		confidence -= .05
	}
	if f, ok := p.beside(h, read); ok {
		f.Confidence = confidence
		return candidate{f, h, false, h.line}, true
	}
	if f, at, ok := p.below(h, read); ok {
		f.Confidence = confidence - .05
		return candidate{f, h, true, at}, true
	}
	return candidate{}, false
}

// skipped says how many words between a label and its value do not matter.
const skipped = 3

// beside reads the value in the words behind a label, up to the next label.
func (p *paper) beside(h hit, read take) (Fact, bool) {
	l := &p.lines[h.line]
	end := p.until(h)
	for i, passed := h.to, 0; i < end && passed <= skipped; i++ {
		if v, n := read(l.words[i:end]); v != "" {
			return factOf(v, 0, l.words[i:i+n]), true
		}
		if l.keys[i] != "" && !numberWords[l.keys[i]] {
			passed++
		}
	}
	return Fact{}, false
}

// until is where the words of a label end: at the next label, but for one that
// is only a word in the value's way.
func (p *paper) until(h hit) int {
	l := &p.lines[h.line]
	for _, next := range p.hits[h.line] {
		if next.from >= h.to && (next.starts || next.colon) && next.from > h.to {
			return next.from
		}
	}
	return min(len(l.words), h.to+maxBeside)
}

// below reads the value in the lines under a label, in its column.
func (p *paper) below(h hit, read take) (Fact, int, bool) {
	label := p.lines[h.line].words[h.from:h.to]
	x0, x1 := label[0].X0, label[len(label)-1].X1
	height := label[0].height()
	for at := h.line + 1; at < min(len(p.lines), h.line+1+maxBelow) && p.lines[at].page == p.lines[h.line].page; at++ {
		l := &p.lines[at]
		if l.y0 > p.lines[h.line].y1+2.6*height {
			break
		}
		for _, c := range l.cells {
			w := l.words[c.from]
			if w.X0 > x1+height || l.words[c.to-1].X1 < x0-height {
				continue
			}
			if p.labelled(at, c) {
				return Fact{}, 0, false
			}
			if v, n := read(l.words[c.from:c.to]); v != "" {
				return factOf(v, 0, l.words[c.from:c.from+n]), at, true
			}
		}
	}
	return Fact{}, 0, false
}

// labelled says whether a cell begins with a label of its own.
func (p *paper) labelled(at int, c span) bool {
	for _, h := range p.hits[at] {
		if h.from == c.from && (h.colon || h.rank == 3) {
			return true
		}
	}
	return false
}

// pageOf is the page of a number; one of unknown size counts as A4.
func (p *paper) pageOf(n int) Page {
	for _, page := range p.doc.Pages {
		if page.N == n && page.Width > 0 && page.Height > 0 {
			return page
		}
	}
	return Page{N: n, Width: 595, Height: 842}
}

func trimmed(s string) string { return strings.Trim(s, " ,;:.-*#|") }
