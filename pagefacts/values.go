package pagefacts

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/record"
)

var numberForm = regexp.MustCompile(`^#?[A-Za-z]{0,8}[-/_. ]?[A-Za-z0-9/_.\-]*\d[A-Za-z0-9/_.\-]*$`)

// number reads an identifier: letters and signs with at least one digit, and
// neither a date nor an amount.
func (p *paper) number(words []Word) (string, int) {
	s := strings.Trim(words[0].Text, ":,;°.")
	if len(s) < 2 || s[0] != '#' {
		s = strings.Trim(s, "#")
	}
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
	gluedDate   = regexp.MustCompile(`^(\d{1,2})[-/. ]?([a-z]{3,9})[-/. ]?(\d{2,4})$`)
	months      = []string{"jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	otherMonths = map[string]int{"fev": 2, "avr": 4, "may": 5, "juin": 6, "juil": 7, "aou": 8, "okt": 10, "dez": 12, "mrz": 3, "mae": 3, "gen": 1, "mag": 5, "giu": 6, "lug": 7, "ago": 8, "set": 9, "ott": 10, "dic": 12, "ene": 1, "abr": 4, "maa": 3, "mei": 5}
)

// date reads a date in the page's convention.
func (p *paper) date(words []Word) (string, int) {
	s := strings.Trim(words[0].Text, ":,;().")
	if m := numericDate.FindStringSubmatch(s); m != nil {
		return p.numeric(m[1], m[2], m[3]), 1
	}
	if m := gluedDate.FindStringSubmatch(fold(s)); m != nil && month(m[2]) > 0 {
		return dateOf(m[3], month(m[2]), m[1]), 1
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
	if p.cashDecides(f, gross) {
		return
	}
	if len(gross) > 0 {
		f.GrossTotal, f.Payable = gross[0], gross[0]
	}
	if len(net) > 0 && (f.GrossTotal.Value == "" || !less(f.GrossTotal.Value, net[0].Value)) {
		f.NetTotal = net[0]
	}
}

// cashDecides takes the total that the money given and the change confirm: what
// till slips print.
func (p *paper) cashDecides(f *Facts, gross []Fact) bool {
	for _, cash := range p.candidates(cashLabels) {
		for _, change := range p.candidates(changeLabels) {
			for _, g := range gross {
				if adds(g.Value, change.Value, cash.Value) {
					f.GrossTotal = sure(g)
					f.Payable = f.GrossTotal
					return true
				}
			}
		}
	}
	return false
}

func sure(f Fact) Fact {
	f.Confidence, f.Confirmed = .97, true
	return f
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

// candidates lists the amounts that stand in the rows of labels, the most
// telling label first and, of one label, the last row first: sums stand below
// what they sum.
func (p *paper) candidates(labels []string) []Fact {
	var list []Fact
	taken := map[int]bool{}
	for _, label := range labels {
		for i := len(p.rows) - 1; i >= 0; i-- {
			r := p.rows[i]
			_, to, found := r.find([]string{label})
			if found == "" || taken[i] || spoiled(r, label) {
				continue
			}
			amounts := (row{words: r.words[to:]}).amounts()
			if len(amounts) == 0 && i+1 < len(p.rows) && p.rows[i+1].page == r.page {
				if _, _, other := p.rows[i+1].find(grossLabels); other == "" {
					amounts = p.rows[i+1].amounts() // the label stands above its amount
				}
			}
			for _, a := range amounts {
				if hasCents(a.Value) {
					list, taken[i] = append(list, a), true
					break
				}
			}
		}
	}
	return list
}

// spoiled reports whether a row holds a word that makes a plain label mean
// something else, as in "total discount" or "total items".
func spoiled(r row, label string) bool {
	text := " " + fold(r.text()) + " "
	for _, w := range []string{" discount", " qty", " quantity", " items", " saving", " rabatt", " remise", " point", " rounding", " sub total", " subtotal", " sub-total", " weight", " tax summary", " excl"} {
		if strings.Contains(text, w) && !strings.Contains(" "+label, strings.TrimSpace(w)) {
			return true
		}
	}
	return false
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

var companyForm = regexp.MustCompile(`(?i)\b(gmbh|ag|kg|ug|e\.k\.|sarl|s\.a\.r\.l|sas|s\.a\.s|sa|s\.a\.|ltd|limited|llc|inc|plc|b\.v|bv|n\.v|srl|s\.r\.l|spa|s\.p\.a|sdn\.? bhd|bhd|pty\.? ltd|pvt\.? ltd|s/b|pty|oy|ab|aps|as)\b\.?`)

// parties takes the first company name from the top for the seller, or the first
// line of a slip. What stands behind the company's form is its address.
func (p *paper) parties(f *Facts) {
	for i, r := range p.rows {
		if i > 25 {
			break
		}
		text := sellerPrefix.ReplaceAllString(r.text(), "")
		at := companyForm.FindStringIndex(text)
		if at == nil || len(text) > 140 || buyerWords.MatchString(fold(r.text())) {
			continue
		}
		if name := strings.Trim(text[:at[1]], " ,;:-|●•"); len(name) > 4 && len(name) < 70 {
			f.SellerName = factOf(name, .7, r.words)
			return
		}
	}
	p.firstLine(f)
}

// firstLine takes the first line of letters: what a shop prints on top.
func (p *paper) firstLine(f *Facts) {
	for i, r := range p.rows {
		text := strings.Trim(r.text(), " .,:;-*=_|'")
		letters := 0
		for _, c := range text {
			if unicode.IsLetter(c) {
				letters++
			}
		}
		if i > 3 || len(p.doc.Pages) > 1 || len(p.rows) > 90 {
			return
		}
		if letters >= 6 && letters*10 >= 7*len([]rune(strings.ReplaceAll(text, " ", ""))) && invoiceWord(text) == "" {
			f.SellerName = factOf(text, .5, r.words)
			return
		}
	}
}

var (
	sellerPrefix = regexp.MustCompile(`(?i)^(name|firma|sold by|verkaufer|vendeur|from|von|de)\s*:\s*`)
	buyerWords   = regexp.MustCompile(`attn|bill to|ship to|invoice to|customer|kunde|client|buyer|an:`)
)

func invoiceWord(text string) string {
	for _, w := range invoiceWords {
		if strings.Contains(fold(text), w) {
			return w
		}
	}
	return ""
}

// anyDate is the first date on the paper, for documents that do not label it.
func (p *paper) anyDate() Fact {
	for _, r := range p.rows {
		if f := scan(r.words, p.date, len(r.words), .75); f.Value != "" {
			return f
		}
	}
	return Fact{}
}
