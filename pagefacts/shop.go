package pagefacts

import (
	"regexp"
	"strings"
)

// misread are legal forms as recognition spoils them.
var misread = regexp.MustCompile(`(?i)\bS[DOQ0][NH]\.? ?[B8][HNML][DO0]\b|\bSDN(?:\.?\s+[^\s(]{1,3})?\s*$`)

// mixed are digits beside capital letters in a word of a name, which most often
// are letters.
var mixed = regexp.MustCompile(`\d\p{Lu}|\p{Lu}\d`)

var initials = regexp.MustCompile(`\b(\p{Lu}\.)[1l|](\.)`)

// mended puts right what recognition does to names: an I among initials, a Y, and
// the legal forms.
func mended(s string) string {
	s = initials.ReplaceAllString(s, "${1}I$2")
	s = strings.NewReplacer("¥", "Y", " 5/B", " S/B").Replace(s)
	return misread.ReplaceAllString(s, "SDN BHD")
}

// specks are single small letters and signs at the edges of a line, which are
// dirt that was read.
var specks = regexp.MustCompile(`^(?:[^\p{Lu}\d]\s+)+|(?:\s+[^\p{Lu}\d])+$`)

// registered tells the number of a company's register behind its name or below
// it.
var registered = regexp.MustCompile(`(?i)^\W*(?:\(?(?:co\.?|company) ?(?:reg\.? ?)?no|reg\.? ?no|roc\b)|^\(?[A-Z]{0,3}\d{5,}[\w ]*-? ?[A-Z]\)?$|[({\[]\s*[A-Z]{0,3}\d{4,}[\w /-]*[)\]}]`)

// shopName is the name at the head of a till slip: the first line with a legal
// form or a register's number; else the first with a trade; else the first that
// can be a name. Letters that were recognised badly make no name.
func (p *paper) shopName() Fact {
	var first Fact
	for at := 0; at < min(len(p.lines), 10); at++ {
		f := p.shopLine(at)
		if f.Value == "" || p.isDirt(at) && (!legalForm.MatchString(f.Value) || leastSure(p.lines[at].words) < .4) {
			continue
		}
		f, end := p.joined(at, f)
		switch {
		case legalForm.MatchString(f.Value) || p.isRegistered(end):
			return f
		case first.Value == "" || trades.MatchString(f.Value) && !trades.MatchString(first.Value):
			first = f
			if !trades.MatchString(first.Value) {
				first.Confidence -= .2
			}
			if p.doc.OCR && !trades.MatchString(first.Value) && leastSure(p.lines[at].words) < .7 {
				first.Confidence -= .2 // nothing but its letters speaks for it
			}
		}
		at = end
	}
	return first
}

// leastSure is the confidence of the word that was recognised worst.
func leastSure(words []Word) float64 {
	least := 1.0
	for _, w := range words {
		least = min(least, w.Confidence)
	}
	return least
}

// isDirt tells lines that are no writing at all: most words are of a letter or
// two, or were hardly recognised.
func (p *paper) isDirt(at int) bool {
	bad := 0
	for i, w := range p.lines[at].words {
		if len(p.lines[at].keys[i]) < 3 || p.doc.OCR && w.Confidence < .4 {
			bad++
		}
	}
	return 2*bad > len(p.lines[at].words)
}

// isRegistered says whether a register's number stands in a line or is what
// stands in the next.
func (p *paper) isRegistered(at int) bool {
	if registered.MatchString(p.lines[at].text(p.lines[at].all())) {
		return true
	}
	if at+1 >= len(p.lines) {
		return false
	}
	next := p.lines[at+1].text(p.lines[at+1].all())
	return registered.MatchString(next) && p.shopLine(at+1).Value == ""
}

// joined adds the end of a name that goes on in the next line, a legal form or a
// trade alone, and tells in which line the name ends.
func (p *paper) joined(at int, f Fact) (Fact, int) {
	if at+1 >= len(p.lines) || legalForm.MatchString(f.Value) {
		return f, at
	}
	l := &p.lines[at+1]
	text := companyName(mended(l.text(l.all())))
	alone := strings.TrimSpace(trades.ReplaceAllString(legalForm.ReplaceAllString(" "+text, " "), "")) == ""
	if text == "" || !alone {
		return f, at
	}
	return factOf(f.Value+" "+text, f.Confidence, append(append([]Word(nil), p.lines[at].words...), l.words...)), at + 1
}

// shopLine reads a line at the head of a slip as a name.
func (p *paper) shopLine(at int) Fact {
	l := &p.lines[at]
	text := l.text(l.all())
	if p.doc.OCR {
		text = mended(text)
	}
	name := companyName(text)
	if p.doc.OCR {
		name = specks.ReplaceAllString(name, "")
	}
	if !isName(name) || isAddress(name) && !legalForm.MatchString(name) || p.headsSlip(at) {
		return Fact{}
	}
	f := factOf(name, .8, l.words)
	if p.doc.OCR && mixed.MatchString(name) {
		f.Confidence = .4
	}
	for _, w := range l.words {
		if p.doc.OCR && w.Confidence < .5 && strings.Contains(name, w.Text) {
			f.Confidence = .3
		}
	}
	return f
}

// headsSlip says whether a line has a title or a label of the slip in it.
func (p *paper) headsSlip(at int) bool {
	for _, h := range p.hits[at] {
		switch h.role {
		case invoiceIs, creditIs, receiptIs, number, date, vatID:
			if h.starts && !h.fuzzy {
				return true
			}
		case other:
			if h.from == 0 {
				return true
			}
		}
	}
	return false
}
