package pagefacts

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// currencySigns are what may stand beside an amount.
const currencySigns = `€|EURO?S?|US\$|USD|C\$|CA\$|CAD|A\$|AU\$|AUD|S\$|SGD|HK\$|HKD|NZ\$|NZD|\$|£|GBP|CHF|SFr\.?|Fr\.|¥|JPY|CNY|RMB|₹|INR|Rs\.?|RM|MYR|DKK|SEK|NOK|kr\.?|PLN|zł|CZK|Kč|HUF|Ft|RON|lei|BGN|TRY|₺|ZAR|BRL|R\$|MXN|THB|฿|IDR|Rp\.?|PHP|₱|VND|₫|KRW|₩|AED|SAR|ILS|₪|XPF|XOF`

// currencyCodes gives the ISO 4217 code of a sign; signs of several currencies
// have the one that is most often meant, and codes stand for themselves.
var currencyCodes = map[string]string{
	"€": "EUR", "EURO": "EUR", "EUROS": "EUR", "EURS": "EUR", "US$": "USD", "$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "S$": "SGD", "HK$": "HKD", "NZ$": "NZD",
	"£": "GBP", "SFR": "CHF", "SFR.": "CHF", "FR.": "CHF", "¥": "JPY", "RMB": "CNY", "₹": "INR", "RS": "INR", "RS.": "INR", "RM": "MYR", "KR": "SEK", "KR.": "SEK", "ZŁ": "PLN", "KČ": "CZK",
	"FT": "HUF", "LEI": "RON", "₺": "TRY", "R$": "BRL", "฿": "THB", "RP": "IDR", "RP.": "IDR", "₱": "PHP", "₫": "VND", "₩": "KRW", "₪": "ILS",
}

var currencyWord = regexp.MustCompile(`^(?:` + currencySigns + `)$`)

func currencyOf(sign string) string {
	if sign == "" {
		return ""
	}
	sign = strings.ToUpper(sign)
	if code, ok := currencyCodes[sign]; ok {
		return code
	}
	return sign
}

// currencyHints are words that tell a country, and so a currency, where no sign
// stands on the page. They are weaker than any sign.
var currencyHints = []struct{ code, words string }{
	{"MYR", "sdn bhd|malaysia|kuala lumpur|selangor|johor|ringgit|penang"},
	{"INR", "gstin|pvt ltd|india|karnataka|mumbai|rupees|cst"},
	{"SGD", "singapore|pte ltd"},
	{"AUD", "australia|abn|pty ltd"},
	{"GBP", "united kingdom|england|pounds sterling"},
	{"CHF", "schweiz|suisse|svizzera"},
	{"USD", "us dollars|united states|usa"},
	{"EUR", "deutschland|germany|france|italia|españa|österreich|nederland|belgique|gmbh|sarl|sas|umsatzsteuer|siret"},
}

// findCurrency takes the currency that stands on most amounts, else the one
// named in words, else the one of the country that the page speaks of.
func (p *paper) findCurrency() Fact {
	votes, first := p.currencyVotes()
	best := ""
	for _, code := range slices.Sorted(maps.Keys(votes)) {
		if best == "" || votes[code] > votes[best] {
			best = code
		}
	}
	if best == "" {
		return p.currencyByCountry()
	}
	if f := p.currencyOfSlip(best, votes[best]); f.Value != "" {
		return f
	}
	f := first[best]
	for _, code := range slices.Sorted(maps.Keys(votes)) {
		if code != best && votes[code] > .5*votes[best] {
			f.Confidence = .6
			f.Alternatives = append(f.Alternatives, Alternative{code, .4, "fewer amounts have it"})
		}
	}
	return f
}

// currencyVotes counts the signs on the paper, and keeps the first of each.
func (p *paper) currencyVotes() (votes map[string]float64, first map[string]Fact) {
	votes, first = map[string]float64{}, map[string]Fact{}
	vote := func(code string, weight float64, words []Word) {
		if votes[code] == 0 {
			first[code] = factOf(code, .93, words)
		}
		votes[code] += weight
	}
	for i := range p.lines {
		p.currencySignsIn(i, vote)
	}
	return votes, first
}

// currencyOfSlip corrects the signs on a till slip by the country it is from: a $
// is also the sign of a country's own money, and one sign may be misread.
func (p *paper) currencyOfSlip(best string, votes float64) Fact {
	if !p.receipt {
		return Fact{}
	}
	f := p.currencyByCountry()
	if f.Value == "EUR" || f.Value == best {
		return Fact{}
	}
	if best == "USD" && p.findWords("usd").Quote == "" || p.doc.OCR && votes < 2 {
		return f
	}
	return Fact{}
}

func (p *paper) currencySignsIn(at int, vote func(code string, weight float64, words []Word)) {
	l := &p.lines[at]
	for i, w := range l.words {
		text := strings.Trim(w.Text, "()[]:,;")
		switch {
		case currencyWord.MatchString(text) && !isPlainWord(text):
			weight := 1.0
			if len(text) == 3 && text == strings.ToUpper(text) {
				weight = 3
			}
			vote(currencyOf(text), weight, l.words[i:i+1])
		case strings.ContainsAny(text, "0123456789"):
			if m, ok := readMoney(text, p.sign); ok && m.currency != "" {
				vote(m.currency, 1, l.words[i:i+1])
			}
		}
	}
}

// isPlainWord tells signs that are also words from currencies: they count only
// on an amount.
func isPlainWord(s string) bool {
	return s == "TRY" || s == "Ft" || s == "lei" || s == "Fr." || s == "kr"
}

func (p *paper) currencyByCountry() Fact {
	for _, h := range currencyHints {
		for _, words := range strings.Split(h.words, "|") {
			if f := p.findWords(words); f.Quote != "" {
				return factOf(h.code, .75, f.words)
			}
		}
	}
	return Fact{}
}

// found is a run of words somewhere on the paper.
type found struct {
	Quote string
	words []Word
}

// findWords looks for a phrase in the lines.
func (p *paper) findWords(phrase string) found {
	want := strings.Fields(phrase)
	for i := range p.lines {
		l := &p.lines[i]
		for j := 0; j+len(want) <= len(l.words); j++ {
			all := true
			for k, w := range want {
				all = all && l.keys[j+k] == squeeze(w)
			}
			if all {
				return found{phrase, l.words[j : j+len(want)]}
			}
		}
	}
	return found{}
}
