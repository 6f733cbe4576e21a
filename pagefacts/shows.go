package pagefacts

import "strings"

// Shows reports whether a value stands anywhere on the pages, in whatever
// notation: an amount by its number, a date in any form, other texts without
// their case and separators. It is how XML is given the benefit of the doubt.
func (d Document) Shows(value string) bool {
	p := newPaper(d)
	want := squeeze(value)
	for i := range p.lines {
		if p.shownIn(&p.lines[i], value, want) {
			return true
		}
	}
	return false
}

func (p *paper) shownIn(l *line, value, want string) bool {
	if len(want) >= 3 && strings.Contains(strings.Join(l.keys, ""), want) {
		return true
	}
	for i := range l.words {
		if date, _ := p.date(l.words[i:]); date != "" && date == value {
			return true
		}
		for n := 1; n <= 3 && i+n <= len(l.words); n++ {
			if sameInAnyNotation(join(l.words[i:i+n]), value) {
				return true
			}
		}
	}
	return false
}

// sameInAnyNotation reads a text with either decimal sign.
func sameInAnyNotation(text, value string) bool {
	for _, sign := range []byte{'.', ','} {
		if m, ok := readMoney(text, sign); ok && equal(m.value, value) {
			return true
		}
	}
	return false
}
