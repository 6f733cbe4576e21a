package pagefacts

import (
	"strings"

	"github.com/govalues/decimal"
)

// Shows reports whether a value stands anywhere on the pages, in whatever
// notation: an amount by its number, a date in any form, other texts without
// their case and separators. It is how XML is given the benefit of the doubt.
func (d Document) Shows(value string) bool {
	p := newPaper(d)
	want := squeeze(value)
	for _, r := range p.rows {
		if len(want) >= 3 && strings.Contains(squeeze(r.text()), want) {
			return true
		}
		for i := range r.words {
			if date, _ := p.date(r.words[i:]); date != "" && date == value {
				return true
			}
			for n := 1; n <= 3 && i+n <= len(r.words); n++ {
				if sameAmount(plainAmount(join(r.words[i:i+n])), value) {
					return true
				}
			}
		}
	}
	return false
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -/.,#°:'", r) {
			return -1
		}
		return r
	}, fold(s))
}

func sameAmount(a, b string) bool {
	x, err1 := decimal.Parse(a)
	y, err2 := decimal.Parse(b)
	return err1 == nil && err2 == nil && x.Cmp(y) == 0
}
