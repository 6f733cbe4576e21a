package pagefacts

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/record"
)

var numberForm = regexp.MustCompile(`^[A-Za-z]{0,8}[-/_. ]?[A-Za-z0-9/_.\-]*\d[A-Za-z0-9/_.\-]*$`)

// number reads an identifier: letters and signs with at least one digit, and
// neither a date nor an amount.
func (p *paper) number(words []Word) (string, int) {
	s := strings.Trim(words[0].Text, ":#,;°")
	if s == "" || len(s) > 40 || !numberForm.MatchString(s) {
		return "", 0
	}
	if d, _ := p.date(words); d != "" && !strings.ContainsAny(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return "", 0
	}
	return s, 1
}

var (
	numericDate = regexp.MustCompile(`^(\d{1,4})[./\-](\d{1,2})[./\-](\d{2,4})$`)
	months      = []string{"jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	otherMonths = map[string]int{"fev": 2, "avr": 4, "may": 5, "juin": 6, "juil": 7, "aou": 8, "okt": 10, "dez": 12, "mrz": 3, "mae": 3, "gen": 1, "mag": 5, "giu": 6, "lug": 7, "ago": 8, "set": 9, "ott": 10, "dic": 12, "ene": 1, "abr": 4, "maa": 3, "mei": 5}
)

// date reads a date in the page's convention.
func (p *paper) date(words []Word) (string, int) {
	s := strings.Trim(words[0].Text, ":,;()")
	if m := numericDate.FindStringSubmatch(s); m != nil {
		return p.numeric(m[1], m[2], m[3]), 1
	}
	if len(words) < 3 {
		return "", 0
	}
	a, b, c := strings.Trim(s, "."), fold(strings.Trim(words[1].Text, ".,")), strings.Trim(words[2].Text, ".,;")
	if month(b) > 0 {
		return dateOf(c, month(b), a), 3
	}
	if month(fold(a)) > 0 {
		return dateOf(c, month(fold(a)), strings.TrimRight(b, "stndrh")), 3
	}
	return "", 0
}

func month(s string) int {
	if len(s) < 3 {
		return 0
	}
	for name, n := range otherMonths {
		if strings.HasPrefix(s, name) {
			return n
		}
	}
	for i, name := range months {
		if strings.HasPrefix(s, name) {
			return i + 1
		}
	}
	return 0
}

func (p *paper) numeric(a, b, c string) string {
	x, _ := strconv.Atoi(b)
	switch y, _ := strconv.Atoi(a); {
	case len(a) == 4:
		return dateOf(a, x, c)
	case !p.dayFirst && x <= 31 && y <= 12 || x > 12:
		return dateOf(c, y, b)
	}
	return dateOf(c, x, a)
}

func dateOf(year string, month int, day string) string {
	if len(year) == 2 {
		year = "20" + year
	}
	s := fmt.Sprintf("%s-%02d-%02s", year, month, fmt.Sprintf("%02s", day))
	if len(day) == 1 {
		s = fmt.Sprintf("%s-%02d-0%s", year, month, day)
	}
	if t, err := time.Parse("2006-01-02", s); err != nil || t.Year() < 1990 || t.Year() > 2099 {
		return ""
	}
	return s
}

// writesDayFirst decides the convention of numeric dates: one that can only be
// read one way decides; else dots and all languages but American English.
func (p *paper) writesDayFirst() bool {
	american := false
	for _, r := range p.rows {
		for _, w := range r.words {
			if m := numericDate.FindStringSubmatch(strings.Trim(w.Text, ":,;()")); m != nil && len(m[1]) <= 2 {
				a, _ := strconv.Atoi(m[1])
				b, _ := strconv.Atoi(m[2])
				if a > 12 {
					return true
				}
				if b > 12 {
					return false
				}
			}
			american = american || w.Text == "USD" || strings.HasPrefix(w.Text, "$")
		}
	}
	return !american
}

var amountForm = regexp.MustCompile(`^[(\-−]?(?:[€$£]|EUR|USD|GBP|CHF|Rs\.?|RM)?\s?-?(\d{1,3}(?:[.,'’\x{202f}\x{a0} ]\d{3})*|\d+)([.,]\d{1,3})?\s?(?:€|EUR|\$|£|USD|GBP|CHF|%)?[)*]?-?$`)

// amount reads a decimal number in either notation. The last separator with one
// or two digits behind it is the decimal sign.
func amount(words []Word) (string, int) {
	for n := min(3, len(words)); n >= 1; n-- {
		s := strings.Trim(join(words[:n]), " :;")
		if strings.HasSuffix(s, "%") || !amountForm.MatchString(s) {
			continue
		}
		if v := plainAmount(s); v != "" {
			return v, n
		}
	}
	return "", 0
}

func plainAmount(s string) string {
	negative := strings.ContainsAny(s, "-−(")
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' || r == ',' {
			return r
		}
		return -1
	}, s)
	digits = strings.Trim(digits, ".,")
	at := strings.LastIndexAny(digits, ".,")
	whole, cents := digits, ""
	if at >= 0 && len(digits)-at-1 <= 2 {
		whole, cents = digits[:at], digits[at+1:]
	}
	whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
	if whole == "" || len(whole) > 12 {
		return ""
	}
	v := strings.TrimLeft(whole, "0")
	if v == "" {
		v = "0"
	}
	if cents != "" {
		v += "." + (cents + "0")[:2]
	}
	if negative && v != "0" {
		v = "-" + v
	}
	return v
}

// hasCents tells an amount from a count or a number.
func hasCents(v string) bool { return strings.Contains(v, ".") }

// amounts lists the amounts of a row, right to left.
func (r row) amounts() []Fact {
	var list []Fact
	for i := len(r.words) - 1; i >= 0; i-- {
		if v, n := amount(r.words[i:]); v != "" && n >= 1 {
			list = append(list, factOf(v, .8, r.words[i:i+n]))
		}
	}
	return list
}

// totals finds net, tax and gross, and takes the three that add up.
func (p *paper) totals(f *Facts) {
	net, taxes, gross := p.candidates(netLabels), p.candidates(taxLabels), p.candidates(grossLabels)
	for _, g := range gross {
		for _, n := range net {
			for _, t := range taxes {
				if adds(n.Value, t.Value, g.Value) {
					f.NetTotal, f.TaxTotal, f.GrossTotal = sure(n), sure(t), sure(g)
					f.Payable = f.GrossTotal
					f.Checks = append(f.Checks, Check{Code: "grand_total", Status: "pass", Expected: g.Value, Actual: g.Value})
					return
				}
			}
		}
	}
	if best := largest(gross); best.Value != "" {
		f.GrossTotal, f.Payable = best, best
	}
	if len(net) > 0 {
		f.NetTotal = net[0]
	}
}

func sure(f Fact) Fact {
	f.Confidence, f.Confirmed = .97, true
	return f
}

func largest(list []Fact) Fact {
	var best Fact
	for _, f := range list {
		if best.Value == "" || less(best.Value, f.Value) {
			best = f
		}
	}
	return best
}

func less(a, b string) bool {
	x, err1 := decimal.Parse(a)
	y, err2 := decimal.Parse(b)
	return err1 == nil && err2 == nil && x.Less(y)
}

func adds(net, tax, gross string) bool {
	n, err1 := decimal.Parse(net)
	t, err2 := decimal.Parse(tax)
	g, err3 := decimal.Parse(gross)
	if err1 != nil || err2 != nil || err3 != nil || n.IsZero() {
		return false
	}
	sum, err := n.Add(t)
	return err == nil && sum.Cmp(g) == 0
}

// candidates lists the amounts that stand in the rows of labels.
func (p *paper) candidates(labels []string) []Fact {
	var list []Fact
	for _, r := range p.rows {
		if _, to, found := r.find(labels); found != "" {
			for _, a := range (row{words: r.words[to:]}).amounts() {
				if hasCents(a.Value) {
					list = append(list, a)
					break
				}
			}
		}
	}
	return list
}

// currency takes the currency that the page names most often.
func (p *paper) currency() Fact {
	signs := map[string]string{"€": "EUR", "EUR": "EUR", "$": "USD", "USD": "USD", "£": "GBP", "GBP": "GBP", "CHF": "CHF", "RM": "MYR", "INR": "INR", "₹": "INR", "DKK": "DKK", "SEK": "SEK", "NOK": "NOK", "PLN": "PLN"}
	counts, first := map[string]int{}, map[string]Word{}
	for _, r := range p.rows {
		for _, w := range r.words {
			for sign, code := range signs {
				if w.Text == sign || strings.HasPrefix(w.Text, sign) && strings.ContainsAny(w.Text, "0123456789") || strings.HasSuffix(w.Text, sign) && strings.ContainsAny(w.Text, "0123456789") {
					if counts[code]++; counts[code] == 1 {
						first[code] = w
					}
				}
			}
		}
	}
	best := ""
	for code, n := range counts {
		if best == "" || n > counts[best] || n == counts[best] && code < best {
			best = code
		}
	}
	if best == "" {
		return Fact{}
	}
	return factOf(best, .9, []Word{first[best]})
}

// accounts finds IBANs by their check digits and VAT ids by their form.
func (p *paper) accounts(f *Facts) {
	seen := map[string]bool{}
	for _, r := range p.rows {
		for i := range r.words {
			for n := 1; n <= 9 && i+n <= len(r.words); n++ {
				iban := record.NormalizeIBAN(join(r.words[i : i+n]))
				if len(iban) >= 15 && record.ValidIBAN(iban) && !seen[iban] {
					seen[iban] = true
					f.IBANs = append(f.IBANs, sure(factOf(iban, .99, r.words[i:i+n])))
				}
			}
			if id := record.ParseVATID(strings.Trim(r.words[i].Text, ":,;.")); id.Type == "eu_vat" && id.Check == record.CheckValid && !seen[id.Value] {
				seen[id.Value] = true
				switch fact := sure(factOf(id.Value, .95, r.words[i:i+1])); {
				case f.SellerVATID.Value == "":
					f.SellerVATID = fact
				case f.BuyerVATID.Value == "":
					f.BuyerVATID = fact
				}
			}
		}
	}
}

var companyForm = regexp.MustCompile(`(?i)\b(gmbh|ag|kg|ug|e\.k\.|sarl|s\.a\.r\.l|sas|s\.a\.s|sa|s\.a\.|ltd|limited|llc|inc|plc|b\.v|bv|n\.v|srl|s\.r\.l|spa|s\.p\.a|sdn|bhd|pty|oy|ab|aps|as)\b\.?`)

// parties takes the first company name from the top for the seller.
func (p *paper) parties(f *Facts) {
	for i, r := range p.rows {
		if i > 25 {
			return
		}
		if text := r.text(); companyForm.MatchString(text) && len(text) < 60 {
			f.SellerName = factOf(strings.Trim(text, " ,;:"), .6, r.words)
			return
		}
	}
}
