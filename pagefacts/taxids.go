package pagefacts

import (
	"regexp"
	"strings"
)

// national are tax numbers as sellers print them at home, without the prefix of their
// country, by what the label before them begins with: the forms that the tax offices
// give out. Labels that may stand before numbers of another tax (EIN, tax id) are none.
var national = []struct {
	label string
	form  *regexp.Regexp
}{
	{"abn", regexp.MustCompile(`^\d{11}$`)},
	{"gstin", regexp.MustCompile(`^\d{2}[A-Z]{5}\d{4}[A-Z0-9]{3,4}$`)},
	{"gst", regexp.MustCompile(`^(?:[A-Z]\d{8,9}|\d{9}[A-Z]|\d{12}|\d{9}|\d{9}RT\d{4})$`)},
	{"piva", regexp.MustCompile(`^\d{11}$`)},
	{"partitaiva", regexp.MustCompile(`^\d{11}$`)},
	{"nif", regexp.MustCompile(`^(?:[A-Z]\d{7}[A-Z0-9]|\d{8}[A-Z]|[125689]\d{8})$`)},
	{"cif", regexp.MustCompile(`^[A-Z]\d{7}[A-Z0-9]$`)},
	{"contribuinte", regexp.MustCompile(`^[125689]\d{8}$`)},
	{"nip", regexp.MustCompile(`^\d{10}$`)},
	{"cvr", regexp.MustCompile(`^\d{8}$`)},
	{"moms", regexp.MustCompile(`^\d{8}$`)},
	{"mva", regexp.MustCompile(`^\d{9}(?:MVA)?$`)},
	{"org", regexp.MustCompile(`^\d{9}MVA$`)},
	{"trn", regexp.MustCompile(`^\d{15}$`)},
	{"vat", regexp.MustCompile(`^(?:\d{9}|\d{12}|4\d{9}|[0-9]\d{14})$`)},
	{"btw", regexp.MustCompile(`^\d{9}B\d{2}$`)},
}

// moreDigits are words with which a number goes on, among them the account of a
// Canadian one.
var moreDigits = regexp.MustCompile(`^(?:RT)?[\d.]+[,;]?$`)

// homeNumber reads a tax number without its country's prefix behind the label of a
// key.
func homeNumber(key string, words []Word) (string, int) {
	for _, n := range national {
		if !strings.HasPrefix(key, n.label) {
			continue
		}
		text := ""
		for i := range min(5, len(words)) {
			if i > 0 && apart(words[i-1], words[i]) {
				break
			}
			text += strings.Map(identifierRune, strings.ToUpper(words[i].Text))
			more := i+1 < len(words) && !apart(words[i], words[i+1]) && moreDigits.MatchString(words[i+1].Text)
			if n.form.MatchString(text) && !more {
				return text, i + 1
			}
		}
		return "", 0
	}
	return "", 0
}

// homeNumbers are the tax numbers without a prefix, for papers that have none with one.
func (p *paper) homeNumbers() []vatFound {
	var list []vatFound
	for at := range p.lines {
		l := &p.lines[at]
		for i := range l.words {
			h, ok := p.announcer(at, i)
			if !ok || h.role != vatID && h.role != tax {
				continue
			}
			key := strings.Join(p.lines[h.line].keys[h.from:h.to], "")
			id, n := homeNumber(key, l.words[i:])
			if n == 0 || h.line == at && i-h.to > 2 || h.line != at && i > l.cellOf(i).from {
				continue
			}
			f := vatFound{factOf(id, .75, l.words[i:i+n]), at, i, true}
			if key == "abn" {
				if !validABN(id) {
					continue
				}
				f.Confirmed = true
			}
			list = append(list, f)
		}
	}
	return list
}

// validABN checks an Australian Business Number: weights over its digits, the first
// less one, make a multiple of 89.
func validABN(s string) bool {
	total := 0
	for i, weight := range []int{10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19} {
		digit := int(s[i] - '0')
		if i == 0 {
			digit--
		}
		total += weight * digit
	}
	return total%89 == 0
}

// announcer is the label nearest before a word in its line, or above it.
func (p *paper) announcer(at, word int) (hit, bool) {
	var best hit
	found := false
	for _, h := range p.hits[at] {
		if h.to <= word && word-h.to <= 4 {
			best, found = h, true
		}
	}
	if found || at == 0 || p.lines[at-1].page != p.lines[at].page || p.lines[at].cellOf(word).from != word {
		return best, found
	}
	w := p.lines[at].words[word]
	for _, h := range p.hits[at-1] {
		if label := p.lines[at-1].words[h.from]; label.X0 < w.X1 && w.X0 < label.X1+40 {
			return h, true
		}
	}
	return best, false
}
