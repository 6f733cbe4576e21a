package pagefacts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// money is an amount as it was read.
type money struct {
	value    string // decimal with a point
	cents    bool   // it has two decimals
	decimals int
	currency string // ISO code that stands on it, if any
}

var (
	moneyForm = regexp.MustCompile(`^([-(+]*)\s?(` + currencySigns + `)?\s?([-(+]*)\s?(\d[\d.,' ]*)\s?(-|\))?\s?(` + currencySigns + `)?\s?([-)*]|CR|[A-Z]{1,2})?$`)
	grouped   = regexp.MustCompile(`^\d{1,3}(?:[.,' ]\d{2,3})*[.,' ]\d{3}$`)
)

// readMoney reads an amount with a given decimal sign. Groups may be parted by
// points, commas, spaces or apostrophes, and in twos as in India.
func readMoney(s string, sign byte) (money, bool) {
	m := moneyForm.FindStringSubmatch(strings.TrimSpace(strings.Trim(s, ":;")))
	if m == nil {
		return money{}, false
	}
	whole, cents, ok := split(strings.Trim(m[4], " '"), sign)
	if !ok || len(whole) > 12 {
		return money{}, false
	}
	v := strings.TrimLeft(whole, "0")
	if v == "" {
		v = "0"
	}
	if cents != "" {
		v += "." + cents
	}
	if m[5] == "-" && cents == "" {
		return money{}, false
	}
	if strings.ContainsAny(m[1]+m[3]+m[5]+m[7], "-(") && strings.Trim(v, "0.") != "" {
		v = "-" + v
	}
	return money{value: v, cents: len(cents) == 2, decimals: len(cents), currency: currencyOf(m[2] + m[6])}, true
}

// split parts the digits of an amount into whole and decimals.
func split(s string, sign byte) (whole, cents string, ok bool) {
	s = strings.TrimRight(s, ".,")
	at := strings.LastIndexAny(s, ".,")
	digits := strings.NewReplacer(".", "", ",", "", "'", "", " ", "").Replace
	switch {
	case at < 0:
		return digits(s), "", !strings.Contains(s, " ") || grouped.MatchString(s)
	case s[at] == sign && strings.Count(s, string(sign)) == 1:
		head := s[:at]
		return digits(head), s[at+1:], isDigits(s[at+1:]) && len(s)-at-1 <= 4 && (isDigits(head) || grouped.MatchString(head))
	case len(s)-at-1 == 2 && (isDigits(s[:at]) || grouped.MatchString(s[:at])):
		return digits(s[:at]), s[at+1:], true // the other sign with two digits behind it is one for cents, too
	}
	return digits(s), "", grouped.MatchString(s)
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// decimalSign is the one that the page's amounts with cents have.
func (p *paper) decimalSign() byte {
	points, commas := 0, 0
	for _, l := range p.lines {
		for _, w := range l.words {
			switch m := centsEnd.FindStringSubmatch(w.Text); {
			case m == nil:
			case m[1] == ".":
				points++
			default:
				commas++
			}
		}
	}
	if commas > points {
		return ','
	}
	return '.'
}

var centsEnd = regexp.MustCompile(`^[^\d]{0,4}\d[\d.,']*([.,])\d{2}(?:$|[^\d.,/-])`)

// amount reads an amount at the beginning of words, which may be parted from
// its sign, its currency or between its groups.
func (p *paper) amount(words []Word) (money, int) {
	for n := min(4, len(words)); n >= 1; n-- {
		if n > 1 && !p.oneAmount(words[:n]) || n < len(words) && words[n].Text == "%" {
			continue
		}
		text := asAmount(words[:n])
		if p.doc.OCR {
			text = repaired(text)
		}
		if m, ok := readMoney(text, p.sign); ok {
			return m, n
		}
	}
	return money{}, 0
}

// oneAmount says whether words may be the parts of one amount: a currency
// anywhere, digits only when they stand close together.
func (p *paper) oneAmount(words []Word) bool {
	for i := 1; i < len(words); i++ {
		a, b := words[i-1], words[i]
		space := b.X0 - a.X1
		digits := strings.ContainsAny(a.Text, "0123456789") && strings.ContainsAny(b.Text, "0123456789")
		if digits && space > .45*a.height() && !parted(a, b) || space > 8*a.height() {
			return false
		}
	}
	return true
}

// parted says whether b holds the decimals of a: some PDFs have a gap behind a
// comma.
func parted(a, b Word) bool {
	return (strings.HasSuffix(a.Text, ",") || strings.HasSuffix(a.Text, ".")) && (len(b.Text) == 2 || len(b.Text) == 4) && isDigits(b.Text) && b.X0-a.X1 < .6*a.height()
}

// asAmount joins words, without the gap before decimals.
func asAmount(words []Word) string {
	text := words[0].Text
	for i := 1; i < len(words); i++ {
		if !parted(words[i-1], words[i]) {
			text += " "
		}
		text += words[i].Text
	}
	return text
}

var (
	broken     = regexp.MustCompile(`^(\D{0,3}[\dOolISBs]+) ?([.,]) ?([\dOolISBs]{2})$`)
	stray      = regexp.MustCompile(`^[A-Z]{1,2}$`) // what is left of "RM" and the like
	likeDigits = strings.NewReplacer("O", "0", "o", "0", "l", "1", "I", "1", "S", "5", "s", "5", "B", "8")
)

// repaired mends an amount that was recognised with letters for digits or a
// space beside its point. It is mended only if it then is an amount.
func repaired(s string) string {
	m := broken.FindStringSubmatch(s)
	if m == nil || !strings.ContainsAny(s, "0123456789") {
		return s
	}
	head := strings.TrimRight(m[1], "0123456789OolISBs")
	if stray.MatchString(head) {
		head = ""
	}
	return head + likeDigits.Replace(m[1][len(head):]) + m[2] + likeDigits.Replace(m[3])
}

// figure is an amount with its place.
type figure struct {
	money
	line int
	span
	Fact
}

// amountsIn lists the amounts of words of a line, left to right. Percentages,
// dates and bare counts are none.
func (p *paper) amountsIn(at int, s span) []figure {
	l := &p.lines[at]
	if s != l.all() {
		return p.readAmounts(at, s)
	}
	list, known := p.figures[at]
	if !known {
		list = p.readAmounts(at, s)
		p.figures[at] = list
	}
	return slices.Clone(list)
}

func (p *paper) readAmounts(at int, s span) []figure {
	l := &p.lines[at]
	var list []figure
	for i := s.from; i < s.to; {
		if _, n := p.date(l.words[i:s.to]); n > 0 {
			i += n
			continue
		}
		m, n := p.amount(l.words[i:s.to])
		if n == 0 {
			i++
			continue
		}
		list = append(list, figure{m, at, span{i, i + n}, factOf(m.value, .8, l.words[i:i+n])})
		i += n
	}
	return list
}

func parse(s string) decimal.Decimal {
	d, err := decimal.Parse(s)
	if err != nil {
		return decimal.Decimal{}
	}
	return d
}

func sum(list ...string) decimal.Decimal {
	var total decimal.Decimal
	for _, s := range list {
		if d, err := total.Add(parse(s)); err == nil {
			total = d
		}
	}
	return total
}

// near says whether two numbers differ by at most a tolerance.
func near(a, b decimal.Decimal, tolerance string) bool {
	d, err := a.Sub(b)
	return err == nil && d.Abs().Cmp(parse(tolerance)) <= 0
}

func equal(a, b string) bool {
	x, err1 := decimal.Parse(a)
	y, err2 := decimal.Parse(b)
	return err1 == nil && err2 == nil && x.Cmp(y) == 0
}

func less(a, b string) bool { return parse(a).Cmp(parse(b)) < 0 }
func isZero(s string) bool  { return s != "" && parse(s).IsZero() }
