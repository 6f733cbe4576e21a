package pagefacts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/record"
)

var (
	identifierForm = regexp.MustCompile(`^[#(]?[A-Za-z0-9][A-Za-z0-9/_.\-#]*$`)
	bicForm        = regexp.MustCompile(`^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$`)
)

// identifier reads a number of a paper: letters and signs with at least one
// digit, that is neither a date nor an amount of money. A part that stands close
// behind a dash or a slash belongs to it.
func (p *paper) identifier(words []Word) (string, int) {
	s, n := strings.Trim(words[0].Text, ":,;*'\"[]"), 1
	s = strings.Trim(s, "#")
	if s == "" && len(words) > 1 && strings.HasPrefix(words[0].Text, "#") {
		s, n = strings.Trim(words[1].Text, ":,;"), 2
	}
	for n < len(words) && p.continues(s, words[n-1], words[n]) {
		s += strings.Trim(words[n].Text, ":,;")
		n++
	}
	s = strings.TrimRight(s, ".-/")
	if len(s) > 40 || !identifierForm.MatchString(s) || !strings.ContainsAny(s, "0123456789") {
		return "", 0
	}
	if d, m := p.date(words); d != "" && m >= n || centsEnd.MatchString(s) {
		return "", 0
	}
	return strings.Trim(s, "()"), n
}

// continues says whether b is more of the identifier that ends in a.
func (p *paper) continues(s string, a, b Word) bool {
	close := b.X0-a.X1 < .45*a.height()
	joined := strings.HasSuffix(s, "-") || strings.HasSuffix(s, "/") || strings.HasPrefix(b.Text, "-") || strings.HasPrefix(b.Text, "/")
	return close && joined && s != "-" && identifierForm.MatchString(strings.Trim(b.Text, "-/:,;"))
}

// vatShape has the VAT ids by their prefix: the shapes in the VIES FAQ of the
// European Commission, those of GB, Switzerland and Norway, and the GSTIN of India.
var vatShape = regexp.MustCompile(`^(?:ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|(?:EL|GR)\d{9}|ES[A-Z0-9]\d{7}[A-Z0-9]|FI\d{8}|FR[0-9A-HJ-NP-Z]{2}\d{9}|HR\d{11}|HU\d{8}|IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}|IT\d{11}|LT(?:\d{9}|\d{12})|LU\d{8}|LV\d{11}|MT\d{8}|NL\d{9}B\d{2}|PL\d{10}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10}|(?:GB|XI)(?:\d{9}|\d{12})|CHE\d{9}(?:MWST|TVA|IVA)?|NO\d{9}MVA|\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z])$`)

// vat reads a VAT id at the beginning of words, with or without spaces.
func vat(words []Word) (string, bool, int) {
	text := ""
	best, valid, words2 := "", false, 0
	for n := 1; n <= min(6, len(words)); n++ {
		text += strings.Map(identifierRune, strings.ToUpper(words[n-1].Text))
		if len(text) > 16 {
			break
		}
		if vatShape.MatchString(text) {
			id := record.ParseVATID(text)
			best, valid, words2 = id.Value, id.Check == record.CheckValid, n
			if id.Value == "" || len(text) == 15 && text[0] <= '9' {
				best = text
			}
		}
	}
	return best, valid, words2
}

func identifierRune(r rune) rune {
	if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// vatFound is a VAT id on the paper.
type vatFound struct {
	Fact
	line, word int
	labelled   bool
}

// vatIDs lists the VAT ids of the paper. One whose check digits are wrong is
// taken only behind a label that announces it.
func (p *paper) vatIDs() []vatFound {
	var list []vatFound
	for at := range p.lines {
		l := &p.lines[at]
		for i := 0; i < len(l.words); i++ {
			id, valid, n := vat(l.words[i:])
			if n == 0 {
				continue
			}
			h, told := p.announcer(at, i)
			labelled := told && (h.role == vatID || h.role == tax)
			if !valid && !labelled || told && h.role == other {
				continue
			}
			f := vatFound{factOf(id, .95, l.words[i:i+n]), at, i, labelled}
			f.Confirmed = valid
			if !valid {
				f.Confidence = .8
			}
			list = append(list, f)
			i += n - 1
		}
	}
	return list
}

// ibans finds IBANs by their check digits (ISO 13616, mod 97).
func (p *paper) ibans() []Fact {
	var list []Fact
	for at := range p.lines {
		words := p.lines[at].words
		for i := 0; i < len(words); i++ {
			if f, n := ibanAt(words[i:]); n > 0 && !slices.ContainsFunc(list, func(g Fact) bool { return g.Value == f.Value }) {
				list = append(list, f)
				i += n - 1
			}
		}
		if f := p.brokenIBAN(at); f.Value != "" && !slices.ContainsFunc(list, func(g Fact) bool { return g.Value == f.Value }) {
			list = append(list, f)
		}
	}
	return list
}

var ibanStart = regexp.MustCompile(`^(?:IBAN:?)?[A-Z]{2}\d{2}`)

// brokenIBAN is an IBAN that begins at the end of a line and goes on in the next one.
func (p *paper) brokenIBAN(at int) Fact {
	if at+1 >= len(p.lines) || p.lines[at+1].page != p.lines[at].page {
		return Fact{}
	}
	words, next := p.lines[at].words, p.lines[at+1].words
	for i := max(0, len(words)-8); i < len(words); i++ {
		if ibanStart.MatchString(words[i].Text) {
			f, n := ibanAt(slices.Concat(words[i:], next[:min(len(next), 8)]))
			if n > len(words)-i {
				return f
			}
		}
	}
	return Fact{}
}

func ibanAt(words []Word) (Fact, int) {
	text := ""
	for n := 1; n <= min(10, len(words)); n++ {
		text += strings.Map(identifierRune, strings.ToUpper(words[n-1].Text))
		text = strings.TrimPrefix(text, "IBAN")
		if len(text) > 34 {
			break
		}
		if len(text) >= 15 && record.ValidIBAN(text) {
			f := factOf(text, .99, words[:n])
			f.Confirmed = true
			return f, n
		}
	}
	return Fact{}, 0
}

// findBIC reads the code behind a label; its form alone is that of many words.
func (p *paper) findBIC() Fact {
	return p.first(bic, func(words []Word) (string, int) {
		text := ""
		for n := 1; n <= min(3, len(words)); n++ {
			if text += strings.Trim(words[n-1].Text, ":,;()"); bicForm.MatchString(text) && len(text) >= 8 {
				return text, n
			}
		}
		return "", 0
	})
}
