package sitefacts

import (
	"regexp"
	"strings"

	"github.com/enrichd/enrichd/record"
)

// vatLike is a number with letters in front, and not the end of a word.
var vatLike = regexp.MustCompile(`(?:^|[^\p{L}\d])((?:AT ?U|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|GB|XI|CHE|NO)[ .-]?[0-9A-Z](?:[ .-]?[0-9A-Z]){6,14}(?: ?(?:MWST|TVA|IVA|MVA))?)`)

// national are the labels under which a country's own numbers are VAT ids without
// its letters, which are put in front.
var national = []struct {
	prefix string
	like   *regexp.Regexp
	near   *regexp.Regexp // must stand on the page too, where other countries use the label
}{
	{"IT", regexp.MustCompile(`(?i)(?:p(?:artita|art\.|\.)?\s?i(?:va|\.)|c\.?f\.? e p\.? ?iva)[^0-9]{0,24}(\d{11})\b`), nil},
	{"ES", regexp.MustCompile(`(?i)\b(?:n\.?i\.?f\.?|c\.?i\.?f\.?)(?:\s*[/-]\s*(?:cif|nif|iva))?\s*(?:n[º°.]+)?[\s:.]*([A-HJNP-SU-W][ .-]?\d{2}\.?\d{3}\.?\d{2}[ .-]?[0-9A-J]|\d{8}[ -]?[A-Z])\b`), nil},
	{"PT", regexp.MustCompile(`(?i)\b(?:nipc|n\.?i\.?f\.?|contribuinte|pessoa coletiva)[^0-9]{0,14}(\d{3}[ .]?\d{3}[ .]?\d{3})\b`), nil},
	{"PL", regexp.MustCompile(`(?i)\bnip[\s:.]*((?:\d-?){9}\d)\b`), nil},
	{"DK", regexp.MustCompile(`(?i)\bcvr[\s.:-]*(?:nr|nummer|no)?[\s.:]*(\d{2} ?\d{2} ?\d{2} ?\d{2})\b`), nil},
	{"BE", regexp.MustCompile(`(?i)\b(?:tva|btw|vat|bce|kbo|ondernemingsnummer|num[ée]ro d['’]entreprise|rpr|rpm)[^0-9]{0,14}([01]\d{3}[. ]?\d{3}[. ]?\d{3})\b`), nil},
	{"AT", regexp.MustCompile(`(?i)\b(?:uid|ust)[^0-9]{0,14}[^A-Z](U\d{8})\b`), nil},
	{"IE", regexp.MustCompile(`(?i)\bvat(?: reg(?:istration)?\.?)?(?: no\.?| number| nr\.?)?(?: is)?[\s:.]*(\d{7}[A-W][A-I]?)\b`), nil},
	{"GB", regexp.MustCompile(`(?i)\bvat(?: reg(?:istration)?\.?)?(?: no\.?| number| nr\.?)?(?: is)?[\s:.]*(\d{3} ?\d{4} ?\d{2})\b`), regexp.MustCompile(`(?i)\b(?:england|wales|scotland|northern ireland|united kingdom|uk|companies house)\b`)},
}

// vatID is the first number on the page, outside of other blocks, whose check digits
// are right, with its country's letters before one without.
func (r *reader) vatID() Fact {
	for i, l := range r.lines {
		if l.block == other {
			continue
		}
		if f := r.lettered(l); !f.Absent() {
			return f
		}
		if f := r.numbered(i, l); !f.Absent() {
			return f
		}
	}
	return Fact{}
}

// lettered is a number with the letters of its country.
func (r *reader) lettered(l line) Fact {
	for _, m := range vatLike.FindAllStringSubmatch(strings.ToUpper(l.Text), 8) {
		found := m[1]
		// A word may follow the number: it is cut off until the digits fit.
		for words := strings.Fields(found); len(words) > 0; words = words[:len(words)-1] {
			if f := r.checkedVAT(l, strings.Join(words, "")); !f.Absent() {
				return f
			}
		}
	}
	return Fact{}
}

// numbered is a number behind the label that its country gives it, which may stand in
// the cell before.
func (r *reader) numbered(i int, l line) Fact {
	text := l.Text
	if i > 0 && len(r.lines[i-1].Text) <= 40 && r.lines[i-1].block != other {
		text = r.lines[i-1].Text + ": " + text
	}
	for _, n := range national {
		m := n.like.FindStringSubmatch(text)
		if m == nil || !strings.Contains(l.Text, m[1]) || n.near != nil && !r.mentions(n.near) {
			continue
		}
		if f := r.checkedVAT(l, n.prefix+strings.NewReplacer(" ", "", ".", "", "-", "").Replace(m[1])); !f.Absent() {
			return f
		}
	}
	return Fact{}
}

// mentions reports whether something stands anywhere on the page, or in its address.
func (r *reader) mentions(what *regexp.Regexp) bool {
	if what.MatchString(r.own[strings.LastIndexByte(r.own, '.')+1:]) {
		return true
	}
	for _, l := range r.lines {
		if what.MatchString(l.Text) {
			return true
		}
	}
	return false
}

// checkedVAT is a number whose check digits are right.
func (r *reader) checkedVAT(l line, number string) Fact {
	id := record.ParseVATID(strings.ToUpper(number))
	if id.Check != record.CheckValid || id.Type == record.TaxNumber || !strings.ContainsAny(id.Value, "0123456789") {
		return Fact{}
	}
	f := r.fact(l, id.Value, .98)
	f.Verified = true
	return f
}
