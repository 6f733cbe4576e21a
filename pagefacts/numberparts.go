package pagefacts

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

var (
	series     = regexp.MustCompile(`^[A-Z]{1,4}$`)
	digitGroup = regexp.MustCompile(`^\d{3,4}$`)
)

// documentNumber reads the number of a paper as it is printed: with the letters of its
// series before it, "FR 2025/44", and in groups of digits, "7741 0032 9185".
func (p *paper) documentNumber(words []Word) (string, int) {
	if len(words) > 1 && series.MatchString(words[0].Text) && !numberWords[squeeze(words[0].Text)] && (len(words[0].Text) != 3 || currencyOf(words[0].Text) == "") && !apart(words[0], words[1]) {
		if v, n := p.identifier(words[1:]); v != "" {
			return words[0].Text + " " + v, n + 1
		}
	}
	v, n := p.identifier(words)
	if v == "" || !isDigits(v) || len(v) > 4 {
		return v, n
	}
	end := n
	for end < len(words) && digitGroup.MatchString(words[end].Text) && words[end].X0-words[end-1].X1 < .7*words[end].height() {
		end++
	}
	if end == n || end == n+1 && isYear(words[n].Text) {
		return v, n
	}
	return join(words[:end]), end
}

// mend puts a number together that its cell broke at a hyphen or a slash: the other
// part stands close above or below at the same left edge.
func (p *paper) mend(f Fact) Fact {
	if f.Value == "" {
		return f
	}
	for at := range p.lines {
		l := &p.lines[at]
		for _, w := range l.words {
			if w.Page != f.Page || math.Abs(w.X0-f.BBox[0]) > 3 {
				continue
			}
			tall := w.height()
			switch {
			case w.Y0 > f.BBox[1] && w.Y0-f.BBox[3] < .6*tall && breaks(f.Quote) && identifierForm.MatchString(w.Text):
				return joinedNumber(f, strings.TrimRight(f.Quote, " ")+w.Text, w)
			case w.Y0 < f.BBox[1] && f.BBox[1]-w.Y1 < .6*tall && breaks(w.Text) && identifierForm.MatchString(strings.TrimRight(w.Text, "-/")):
				return joinedNumber(f, w.Text+f.Value, w)
			}
		}
	}
	return f
}

func breaks(s string) bool {
	return len(s) > 2 && (strings.HasSuffix(s, "-") || strings.HasSuffix(s, "/"))
}

func joinedNumber(f Fact, value string, w Word) Fact {
	f.Value, f.Quote = value, value
	f.BBox = [4]float64{min(f.BBox[0], w.X0), min(f.BBox[1], w.Y0), max(f.BBox[2], w.X1), max(f.BBox[3], w.Y1)}
	return f
}

// orderAsNumber takes the number of the order for that of a receipt that has no other,
// as those of shops and of railways.
func (p *paper) orderAsNumber(f *Facts) {
	if f.Number.Value != "" || f.OrderReference.Confidence < .85 {
		return
	}
	is := f.Kind == Receipt || slices.ContainsFunc(p.hits, func(hits []hit) bool {
		return slices.ContainsFunc(hits, func(h hit) bool { return h.role == receiptIs && !h.fuzzy })
	})
	titled := slices.ContainsFunc(p.hits, func(hits []hit) bool {
		return slices.ContainsFunc(hits, func(h hit) bool { return (h.role == invoiceIs || h.role == number) && h.starts && !h.fuzzy })
	})
	if is && !titled {
		f.Number = f.OrderReference
		f.Number.Confidence = .7
	}
}
