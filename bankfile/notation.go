package bankfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// dateLayouts are the ways dates are written, in the order of preference where
// a column can be read in several: days before months, as most of the world
// does.
var dateLayouts = []string{
	"2006-1-2", "2006/1/2", "2006.1.2", "20060102",
	"2.1.2006", "2/1/2006", "1/2/2006", "2-1-2006", "1-2-2006", "2.1.06", "2/1/06", "1/2/06", "2-1-06", "1-2-06",
	"2 Jan 2006", "2-Jan-2006", "2-Jan-06", "Jan 2, 2006", "2 January 2006", "January 2, 2006", "2. Jan 2006", "Jan 2 2006",
}

var timeOfDay = regexp.MustCompile(`[ T,]+[0-9]{1,2}:[0-9]{2}.*$`)

// tableDay reads a date with an optional time in a layout.
func tableDay(layout, s string) (string, bool) {
	t, err := time.Parse(layout, englishMonth(timeOfDay.ReplaceAllString(strings.TrimSpace(s), "")))
	if err != nil || t.Year() < 1900 {
		return "", false
	}
	return t.Format("2006-01-02"), true
}

// monthNames are the beginnings of names of months in languages of Europe that are
// not those of English, by number.
var monthNames = map[string]string{
	"fev": "Feb", "feb": "Feb", "mar": "Mar", "mrz": "Mar", "mrt": "Mar", "maa": "Mar", "avr": "Apr", "abr": "Apr", "kwi": "Apr", "mai": "May", "maj": "May", "mei": "May", "mag": "May",
	"juin": "Jun", "giu": "Jun", "cze": "Jun", "juil": "Jul", "lug": "Jul", "lip": "Jul", "aou": "Aug", "ago": "Aug", "sie": "Aug", "set": "Sep", "wrz": "Sep", "okt": "Oct", "ott": "Oct", "out": "Oct", "paz": "Oct",
	"lis": "Nov", "dez": "Dec", "dic": "Dec", "des": "Dec", "gru": "Dec", "ene": "Jan", "gen": "Jan", "sty": "Jan", "lut": "Feb",
}

const (
	englishMonths = " january february march april may june july august september october november december "
	shortMonths   = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
)

var monthWord = regexp.MustCompile(`\pL{3,}\.?`)

// englishMonth puts the short English name of a month in the place of another one.
// Full English names stay: a layout may ask for them.
func englishMonth(s string) string {
	return monthWord.ReplaceAllStringFunc(s, func(word string) string {
		name := normalHeading(word)
		if len(name) < 3 || strings.Contains(englishMonths, " "+name+" ") {
			return word
		}
		for n := min(len(name), 4); n >= 3; n-- {
			if english := monthNames[name[:n]]; english != "" {
				return english
			}
		}
		if short := strings.ToUpper(name[:1]) + name[1:3]; strings.Contains(shortMonths, short) {
			return short
		}
		return word
	})
}

// guessLayout finds the layout in which all cells are dates. Where days and
// months can change places, the reading in which the rows are in order wins;
// if neither or both are, the doubt is told.
func guessLayout(cells []string) (layout, doubt string, ok bool) {
	var fits []string
	for _, l := range dateLayouts {
		if !slices.ContainsFunc(cells, func(c string) bool { _, ok := tableDay(l, c); return !ok }) {
			fits = append(fits, l)
		}
	}
	if len(fits) == 0 || len(cells) == 0 {
		return "", "", false
	}
	if len(fits) == 1 || !strings.HasPrefix(fits[1], "1") {
		return fits[0], "", true
	}
	first, second := ordered(fits[0], cells), ordered(fits[1], cells)
	switch {
	case second && !first:
		return fits[1], "", true
	case first && !second:
		return fits[0], "", true
	}
	return fits[0], fmt.Sprintf("The dates can be read with the day or the month first, such as %s; they were read as %s.", quoted(cells[0]), dayFirst(fits[0])), true
}

func dayFirst(layout string) string {
	if strings.HasPrefix(layout, "2") {
		return "day first"
	}
	return "month first"
}

// ordered says whether dates go up or down, as those of a statement do.
func ordered(layout string, cells []string) bool {
	days := make([]string, len(cells))
	for i, c := range cells {
		days[i], _ = tableDay(layout, c)
	}
	up := slices.IsSorted(days)
	slices.Reverse(days)
	return up || slices.IsSorted(days)
}

// groupings are how a number may be grouped, by the mark before its fraction.
var groupings = map[string]*regexp.Regexp{
	".": regexp.MustCompile(`^(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3})?(?:\.[0-9]*)?$`),
	",": regexp.MustCompile(`^(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)?(?:,[0-9]*)?$`),
}

// currencySigns are those that stand for one currency only.
var currencySigns = map[string]string{"€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₺": "TRY", "zł": "PLN", "₪": "ILS", "₩": "KRW", "₫": "VND", "₴": "UAH"}

// bare takes everything off an amount that is no digit or mark of a number, and
// tells its sign and currency: -1.234,56 €, (12.00), 12,00-, CHF 1'234.50.
func bare(s string) (digits string, negative bool, currency string) {
	s = strings.TrimSpace(s)
	for sign, code := range currencySigns {
		if strings.Contains(s, sign) {
			s, currency = strings.ReplaceAll(s, sign, ""), code
		}
	}
	s = strings.NewReplacer("\u00a0", "", "\u202f", "", " ", "", "'", "", "’", "", "$", "", "\u2212", "-", "\u2013", "-").Replace(s)
	if len(s) > 3 && isCurrency(s[:3]) {
		s, currency = s[3:], s[:3]
	} else if n := len(s); n > 3 && isCurrency(s[n-3:]) {
		s, currency = s[:n-3], s[n-3:]
	}
	switch {
	case strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")"):
		return s[1 : len(s)-1], true, currency
	case strings.HasPrefix(s, "-"):
		return s[1:], true, currency
	case strings.HasSuffix(s, "-"):
		return s[:len(s)-1], true, currency
	}
	return strings.TrimSuffix(strings.TrimPrefix(s, "+"), "+"), false, currency
}

// tableNumber reads an amount whose fraction stands behind a point or a comma.
func tableNumber(s, point string) (d decimal.Decimal, currency string, ok bool) {
	digits, negative, currency := bare(s)
	if digits == "" || !groupings[point].MatchString(digits) {
		return d, "", false
	}
	if point == "," {
		digits = strings.NewReplacer(".", "", ",", ".").Replace(digits)
	} else {
		digits = strings.ReplaceAll(digits, ",", "")
	}
	if d, ok = number(digits); ok && negative {
		d = d.Neg()
	}
	return d, currency, ok
}

// guessPoint finds what stands before fractions in cells that hold amounts of a
// currency with so many digits behind the point, -1 for an unknown one.
func guessPoint(cells []string, delimiter string, scale int) (point, doubt string) {
	votes := map[string]int{}
	unsure := ""
	for _, c := range cells {
		digits, _, _ := bare(c)
		last := strings.LastIndexAny(digits, ".,")
		if last < 0 {
			continue
		}
		mark, other := digits[last:last+1], map[string]string{".": ",", ",": "."}[digits[last:last+1]]
		switch {
		case strings.Contains(digits, other):
			votes[mark]++
		case strings.Count(digits, mark) > 1:
			votes[other]++
		case len(digits)-last-1 != 3 || last > 3 || last == 0 || digits[0] == '0':
			votes[mark]++ // no group of thousands
		case scale == 0 || scale == 2:
			votes[other]++ // no fraction of this currency
		default:
			unsure = c
		}
	}
	switch {
	case votes["."] > votes[","]:
		return ".", ""
	case votes[","] > votes["."]:
		return ",", ""
	}
	if point = "."; delimiter == ";" {
		point = ","
	}
	if unsure != "" {
		doubt = fmt.Sprintf("The amounts can be read with a point or a comma before the fraction, such as %s; %s was taken.", quoted(unsure), quoted(point))
	}
	return point, doubt
}
