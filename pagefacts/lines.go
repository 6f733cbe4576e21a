package pagefacts

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// line is what stands beside each other on a page, left to right.
type line struct {
	page   int
	words  []Word
	keys   []string // the words as labels are compared
	cells  []span   // runs of words without a wide gap
	y0, y1 float64
}

// span is a part of a line: words from, up to and without to.
type span struct{ from, to int }

func (l line) text(s span) string { return join(l.words[s.from:s.to]) }
func (l line) all() span          { return span{0, len(l.words)} }

// cellOf is the cell that a word stands in.
func (l line) cellOf(word int) span {
	for _, c := range l.cells {
		if word >= c.from && word < c.to {
			return c
		}
	}
	return l.all()
}

func join(words []Word) string {
	var parts []string
	for _, w := range words {
		parts = append(parts, w.Text)
	}
	return strings.Join(parts, " ")
}

// height is that of the letters' line, as boxes of a font have it.
func (w Word) height() float64 { return max(w.Y1-w.Y0, w.em) }

func (w Word) middle() float64 { return (w.Y0 + w.Y1) / 2 }

// linesOf puts the words of a page into lines. Words are taken from left to
// right and follow the line whose last word stands at their height, so that a
// page that was scanned aslant still has straight lines.
func linesOf(page Page) []line {
	words := tidy(page)
	slices.SortStableFunc(words, func(a, b Word) int { return order(a.X0, b.X0) })
	var lines []line
	for _, w := range words {
		if at := lineFor(lines, w); at >= 0 {
			lines[at].words = append(lines[at].words, w)
			continue
		}
		lines = append(lines, line{page: page.N, words: []Word{w}})
	}
	tight := areTight(lines)
	for i := range lines {
		if tight {
			lines[i].enlarge()
		}
		lines[i].finish()
	}
	slices.SortStableFunc(lines, func(a, b line) int { return order(a.y0+a.y1, b.y0+b.y1) })
	return lines
}

// areTight says whether boxes lie close around the ink: then those of a line are
// of many heights, and all lower than the font is.
func areTight(lines []line) bool {
	tight, all := 0, 0
	for _, l := range lines {
		if len(l.words) < 3 {
			continue
		}
		low, high := math.Inf(1), 0.0
		for _, w := range l.words {
			low, high = min(low, w.height()), max(high, w.height())
		}
		all++
		if low < .88*high {
			tight++
		}
	}
	return tight > 0 && 2*tight >= all
}

// enlarge sets the size of a line's letters to that of a font whose tallest
// letters are as high as the tallest word.
func (l *line) enlarge() {
	tallest := 0.0
	for _, w := range l.words {
		tallest = max(tallest, w.Y1-w.Y0)
	}
	for i := range l.words {
		l.words[i].em = 1.25 * tallest
	}
}

func order(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// lineFor finds the line that w continues: nearest in height, at most half a
// word's height off.
func lineFor(lines []line, w Word) int {
	best, at := math.Inf(1), -1
	for i := range lines {
		last := lines[i].words[len(lines[i].words)-1]
		off := math.Abs(last.middle() - w.middle())
		low := min(last.height(), w.height())
		if w.X0 < last.X0+1 || off > .55*low && !hangs(last, w) {
			continue
		}
		if off < best {
			best, at = off, i
		}
	}
	return at
}

// hangs tells signs such as dashes and commas, which are lower than letters,
// from words of another line.
func hangs(a, b Word) bool {
	low, high := a, b
	if a.height() > b.height() {
		low, high = b, a
	}
	return low.height() < .5*high.height() && low.middle() > high.Y0 && low.middle() < high.Y1+.2*high.height()
}

func (l *line) finish() {
	l.y0, l.y1 = l.words[0].Y0, l.words[0].Y1
	from := 0
	for i, w := range l.words {
		l.keys = append(l.keys, squeeze(w.Text))
		l.y0, l.y1 = min(l.y0, w.Y0), max(l.y1, w.Y1)
		if i > 0 && w.X0-l.words[i-1].X1 > gap(l.words[i-1], w) {
			l.cells = append(l.cells, span{from, i})
			from = i
		}
	}
	l.cells = append(l.cells, span{from, len(l.words)})
}

// gap is the space that parts two columns: wider than a letter is high.
// A name in large letters ends sooner before small ones.
func gap(a, b Word) float64 {
	low, high := min(a.height(), b.height()), max(a.height(), b.height())
	if high > 1.8*low {
		return max(1.5*low, 6)
	}
	return max(1.15*high, 6)
}

// apart says whether two words stand in different columns.
func apart(a, b Word) bool { return b.X0-a.X1 > gap(a, b) }

// tidy brings the letters of words to one form, drops leader dots, and parts
// "Date:2024-05-01" after its colon.
func tidy(page Page) []Word {
	var words []Word
	for i, w := range page.Words {
		w.Page = page.N
		w.Text = strings.Trim(strings.Map(printable, norm.NFKC.String(w.Text)), "_")
		if len(w.Text) > 1 {
			w.Text = strings.Trim(w.Text, "|")
		}
		if isLeader(page.Words, i) || w.X1 <= w.X0 || w.Y1 <= w.Y0 {
			continue
		}
		for _, part := range atColon(w) {
			words = append(words, atNumber(part)...)
		}
	}
	return words
}

// isLeader tells dots and lines that lead from a label to its value from a dash
// or a dot that stands alone, as between the parts of a date.
func isLeader(words []Word, i int) bool {
	dots := func(i int) bool {
		return i >= 0 && i < len(words) && strings.Trim(words[i].Text, ".…_ -=*~") == ""
	}
	text := words[i].Text
	return dots(i) && text != "-" && (text != "." || dots(i-1) || dots(i+1))
}

func printable(r rune) rune {
	switch {
	case r == '\u00ad' || unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
		return -1
	case r == '\u2212' || r == '\u2010' || r == '\u2011':
		return '-'
	case r == '’' || r == '‘' || r == '´':
		return '\''
	}
	return r
}

// atColon parts a word behind a colon that follows a letter: a label and its
// value without a space between them. Times and web addresses stay whole.
func atColon(w Word) []Word {
	at := strings.Index(w.Text, ":")
	if at < 2 || at+1 >= len(w.Text) || strings.HasPrefix(w.Text[at+1:], "/") {
		return []Word{w}
	}
	before := []rune(w.Text[:at])
	if !unicode.IsLetter(before[len(before)-1]) && !strings.ContainsAny(string(before[len(before)-1]), ".#°)") {
		return []Word{w}
	}
	left, right := w, w
	left.Text, right.Text = w.Text[:at+1], w.Text[at+1:]
	cut := w.X0 + (w.X1-w.X0)*float64(len(before)+1)/float64(len([]rune(w.Text)))
	left.X1, right.X0 = cut, cut
	return append([]Word{left}, atColon(right)...)
}

var gluedNumber = regexp.MustCompile(`(?i)^(nr\.|no\.|n°|nº)([a-z]{0,4}\d.*)$`)

// atNumber parts "Nr.4711" behind the word that announces a number.
func atNumber(w Word) []Word {
	m := gluedNumber.FindStringSubmatch(w.Text)
	if m == nil {
		return []Word{w}
	}
	left, right := w, w
	left.Text, right.Text = m[1], m[2]
	cut := w.X0 + (w.X1-w.X0)*float64(len([]rune(m[1])))/float64(len([]rune(w.Text)))
	left.X1, right.X0 = cut, cut
	return []Word{left, right}
}

// fold gives small letters without accents, so that texts compare.
func fold(s string) string {
	s = strings.ReplaceAll(strings.ToLower(s), "ß", "ss")
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'ł':
			return 'l'
		case r == 'ø':
			return 'o'
		}
		return r
	}, norm.NFD.String(s))
}

// squeeze keeps the letters and digits of a folded text, which is how labels
// are compared: "Invoice-No.:", "INVOICE NO" and "Invoice #" are one.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '°' || r == 'º':
			return 'o'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return r
		}
		return -1
	}, strings.ReplaceAll(fold(s), "#", "no"))
}
