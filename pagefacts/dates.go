package pagefacts

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

const monthNames = `jan(?:uary|uar|vier|v)?|janner|janvr?|feb(?:ruary|ruar|bra?io|rero)?|fevr?(?:ier)?|mar(?:ch|s|zo|zec)?|marz|mrz|mrt|maart|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|kwi\w*|may|mai|mag(?:gio)?|mayo|mei|maj\w*|june?|juni|juin|giu(?:gno)?|junio|cze\w*|july?|juli|juil(?:let)?|lug(?:lio)?|julio|lip\w*|aug(?:ust|ustus)?|aout|ago(?:sto)?|sie\w*|sept?(?:ember|embre|tember)?|set(?:tembre)?|septiembre|wrz\w*|oct(?:ober|obre)?|okt(?:ober)?|ott(?:obre)?|octubre|paz\w*|nov(?:ember|embre|iembre)?|lis\w*|dec(?:ember|embre)?|dez(?:ember)?|dic(?:embre|iembre)?|gru\w*|gen(?:naio)?|ene(?:ro)?|sty\w*|lut\w*`

var (
	isoDate     = regexp.MustCompile(`^((?:19|20)\d{2}) ?[-./] ?(\d{1,2}) ?[-./] ?(\d{1,2})(?:$|[^\d])`)
	numericDate = regexp.MustCompile(`^(\d{1,2}) ?[-./] ?(\d{1,2}) ?[-./] ?((?:19|20)\d{2}|\d{2})(?:$|[^\d.,/])`)
	dayMonth    = regexp.MustCompile(`^(\d{1,2}) ?(?:\.|er|st|nd|rd|th)?[ \-./,]*(?:de |of )?(` + monthNames + `)\.?[ \-./,']*(?:de |del )?((?:19|20)\d{2}|\d{2})(?:$|[^\d])`)
	monthDay    = regexp.MustCompile(`^(` + monthNames + `)\.? ?(\d{1,2}) ?(?:st|nd|rd|th)? ?,? ?((?:19|20)\d{2})(?:$|[^\d])`)
	compactDate = regexp.MustCompile(`^(20[0-4]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$`)
)

// monthStarts tells a month by the first letters of its name in any of the
// languages; longer ones come first.
var monthStarts = []struct {
	start string
	month int
}{
	{"juin", 6},
	{"juil", 7},
	{"juni", 6},
	{"juli", 7},
	{"june", 6},
	{"july", 7},
	{"jan", 1},
	{"gen", 1},
	{"ene", 1},
	{"sty", 1},
	{"feb", 2},
	{"fev", 2},
	{"lut", 2},
	{"mag", 5},
	{"mai", 5},
	{"may", 5},
	{"maj", 5},
	{"mei", 5},
	{"mar", 3},
	{"mrz", 3},
	{"mrt", 3},
	{"maa", 3},
	{"apr", 4},
	{"avr", 4},
	{"abr", 4},
	{"kwi", 4},
	{"jun", 6},
	{"giu", 6},
	{"cze", 6},
	{"jul", 7},
	{"lug", 7},
	{"lip", 7},
	{"aug", 8},
	{"aou", 8},
	{"ago", 8},
	{"sie", 8},
	{"sep", 9},
	{"set", 9},
	{"wrz", 9},
	{"oct", 10},
	{"okt", 10},
	{"ott", 10},
	{"paz", 10},
	{"nov", 11},
	{"lis", 11},
	{"dec", 12},
	{"dez", 12},
	{"dic", 12},
	{"gru", 12},
}

func monthOf(name string) int {
	for _, m := range monthStarts {
		if strings.HasPrefix(name, m.start) {
			return m.month
		}
	}
	return 0
}

// date reads a date at the beginning of words, in the page's convention, and
// tells how many words it took.
func (p *paper) date(words []Word) (string, int) {
	if len(words) == 0 || !mayBeginDate(words[0].Text) {
		return "", 0
	}
	for n := 1; n <= min(6, len(words)); n++ {
		if n > 1 && words[n-1].X0-words[n-2].X1 > 1.5*words[0].height() {
			return "", 0
		}
		text := fold(strings.TrimRight(strings.Trim(join(words[:n]), "(,;:)"), "."))
		if d := p.dateIn(text); d != "" {
			return d, n
		}
	}
	return "", 0
}

// mayBeginDate spares most words the expressions.
func mayBeginDate(s string) bool {
	s = strings.Trim(fold(s), "(,;:")
	return s != "" && (s[0] >= '0' && s[0] <= '9' || len(s) >= 3 && monthOf(s) > 0)
}

func (p *paper) dateIn(s string) string {
	if p.doc.OCR && !strings.ContainsAny(s, "abcdefghijkmnpqrtuvwxyz") {
		s = strings.NewReplacer("o", "0", "l", "1").Replace(s)
	}
	if m := isoDate.FindStringSubmatch(s); m != nil {
		return dateOf(m[1], m[2], m[3])
	}
	if m := numericDate.FindStringSubmatch(s); m != nil {
		return p.numeric(m[1], m[2], m[3])
	}
	if m := dayMonth.FindStringSubmatch(s); m != nil {
		return dateOf(m[3], strconv.Itoa(monthOf(m[2])), m[1])
	}
	if m := monthDay.FindStringSubmatch(s); m != nil {
		return dateOf(m[3], strconv.Itoa(monthOf(m[1])), m[2])
	}
	return ""
}

// numeric reads day and month in the page's order; a number over twelve is a
// day whatever the order.
func (p *paper) numeric(a, b, year string) string {
	x, _ := strconv.Atoi(a)
	y, _ := strconv.Atoi(b)
	if y > 12 || x <= 12 && p.order == "MDY" {
		return dateOf(year, a, b)
	}
	return dateOf(year, b, a)
}

// dateOf checks a date against the calendar. Years from 1990 on are dates of
// business papers; two digits are of this century.
func dateOf(year, month, day string) string {
	if len(year) == 2 {
		year = "20" + year
	}
	t, err := time.Parse("2006-1-2", year+"-"+strings.TrimLeft(month, "0")+"-"+strings.TrimLeft(day, "0"))
	if err != nil || t.Year() < 1990 || t.Year() > 2049 {
		return ""
	}
	return t.Format(time.DateOnly)
}

// dateOrder decides between day-month and month-day: a date that can be read in
// one order only decides for all; else it is day first, but for American
// papers, which are in English and in dollars with slashes.
func (p *paper) dateOrder() (order string, sure bool) {
	american := false
	days, months := 0, 0
	for _, l := range p.lines {
		for _, w := range l.words {
			american = american || w.Text == "USD" || strings.HasPrefix(w.Text, "$") || strings.HasPrefix(w.Text, "US$")
			m := numericDate.FindStringSubmatch(strings.Trim(w.Text, "(,;:)"))
			if m == nil {
				continue
			}
			x, _ := strconv.Atoi(m[1])
			y, _ := strconv.Atoi(m[2])
			switch {
			case x > 12 && x <= 31 && y <= 12:
				days++
			case y > 12 && y <= 31 && x <= 12:
				months++
			case strings.Contains(m[0], "."):
				days++ // dots are not American
			}
		}
	}
	switch {
	case days > 0 && months == 0:
		return "DMY", true
	case months > 0 && days == 0:
		return "MDY", true
	case american && p.language == "en":
		return "MDY", false
	}
	return "DMY", !american
}
