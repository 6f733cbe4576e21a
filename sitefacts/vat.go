package sitefacts

import (
	"fmt"
	"regexp"
	"slices"
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

// vatNumber is a number on the page whose check digits are right.
type vatNumber struct {
	fact     Fact
	at       int
	country  string
	labelled bool // it stands alone, or words on its line or the one before call it a VAT id
}

// vatWords call a number a VAT id.
var vatWords = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:vat|v\.a\.t\.|u\.?st\.?[ -]?id\p{L}*|ust\.?|umsatzst\p{L}*|mwst\p{L}*|uid\p{L}*|uid-?nr|tva|t\.v\.a\.?|btw\p{L}*|b\.t\.w\.?|i\.?v\.?a|p\. ?iva|p\.i\.|partita|moms\p{L}*|cvr\p{L}*|nif|n\.i\.f\.?|cif|c\.i\.f\.?|nipc|contribuinte|nip|tax(?: id)?|steuer\p{L}*|mva|alv|org\p{L}*|intracom\p{L}*|dph|di[čc]|áfa|pvm|pdv|ddv)(?:$|[^\p{L}])`)

// vats lists the numbers outside of the blocks of others, each once; the one with a label
// counts where a number stands twice.
func (r *reader) vats() []vatNumber {
	var list []vatNumber
	for i, l := range r.lines {
		if l.block == other {
			continue
		}
		f, labelled := r.lettered(l), vatWords.MatchString(l.Text) || len(l.Text) < 20 || i > 0 && len(r.lines[i-1].Text) <= 40 && vatWords.MatchString(r.lines[i-1].Text)
		if f.Absent() {
			f, labelled = r.numbered(i, l), true
		}
		if f.Absent() {
			continue
		}
		n := vatNumber{f, i, vatCountry(f.Value), labelled}
		if at := slices.IndexFunc(list, func(o vatNumber) bool { return o.fact.Value == f.Value }); at < 0 {
			list = append(list, n)
		} else if labelled && !list[at].labelled {
			list[at] = n
		}
	}
	return list
}

// vatCountry is the country of a VAT id.
func vatCountry(number string) string {
	if country := record.ParseVATID(number).Country; country != "" {
		return country
	}
	return number[:2]
}

// vatID is the number on the page that is the company's: of the country of its address
// or of its domain, beside no other firm's name, and the only one of these that there is,
// or that stands by its address.
func (r *reader) vatID(f *Facts, list []candidate, n int) {
	var fits []vatNumber
	for _, v := range r.vats() {
		if why := r.doubtVAT(*f, v); why != "" {
			f.Doubts = append(f.Doubts, Doubt{"vat_id", v.fact, why})
			continue
		}
		fits = append(fits, v)
	}
	if len(fits) > 1 && n >= 0 && !f.PostalCode.Absent() {
		from, to := around(list, n, len(r.lines))
		if near := slices.DeleteFunc(slices.Clone(fits), func(v vatNumber) bool { return v.at < from || v.at > to }); len(near) == 1 {
			fits = near
		}
	}
	switch {
	case len(fits) == 1 && f.Name.Absent() && f.Street.Absent() && len(r.vats()) > 1:
		f.Doubts = append(f.Doubts, Doubt{"vat_id", fits[0].fact, "nothing ties it to the site"})
	case len(fits) == 1:
		f.VATID = fits[0].fact
	case len(fits) > 1:
		f.Doubts = append(f.Doubts, Doubt{"vat_id", fits[0].fact, "another one is as likely: " + fits[1].fact.Value})
	}
}

// doubtVAT is why a number is not believed to be the company's; empty where it is.
func (r *reader) doubtVAT(f Facts, v vatNumber) string {
	code, domain := f.PostalCode.Value, r.domainCountry()
	front, clause := frontOf(r.lines[v.at].Text, v.fact.Value)
	switch {
	case !f.Country.Absent() && f.Country.Value != v.country, code != "" && !fitsForm(code, v.country):
		return "of another country than the address"
	case code == "" && domain != "" && domain != v.country:
		return "of another country than the site"
	case !v.labelled && domain != v.country && (code == "" || f.Country.Absent()):
		return "nothing calls it a VAT id"
	case roles.MatchString(courtLike.ReplaceAllString(clause, "")):
		return fmt.Sprintf("%q stands in front of it", strings.TrimSpace(roles.FindString(clause)))
	case !r.given && f.Name.Absent() && f.Street.Absent() && !r.lines[v.at].Foot && !r.mailNear(v.at):
		return "nothing ties it to the site"
	}
	if brand, _, _ := strings.Cut(r.own, "."); len(letters(brand)) >= 6 && strings.Contains(letters(front), letters(brand)) {
		return ""
	}
	firms := firmsIn(front)
	if v.at > 0 && len(firms) == 0 && !r.lines[v.at].Begins {
		firms = firmsIn(r.lines[v.at-1].Text)
	}
	if len(firms) > 0 {
		if name := firms[len(firms)-1]; !r.matchesSite(name) && !isStreet(name) && !vatWords.MatchString(name) && (f.Name.Absent() || !sameFirm(name, f.Name.Value)) {
			return "it is of " + name
		}
	}
	return ""
}

// mailNear reports whether an address of the site's domain stands near a line.
func (r *reader) mailNear(at int) bool {
	return slices.ContainsFunc(r.addresses(), func(a address) bool { return a.at >= at-6 && a.at <= at+6 && r.ownMail(a.mail) })
}

// frontOf is what stands right in front of a number on its line, which may be written
// with spaces, dots and dashes: all of it, and the clause that it ends.
func frontOf(text, number string) (front, clause string) {
	like := strings.Join(strings.Split(strings.TrimLeft(number, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), ""), `[ .-]?`)
	if at := regexp.MustCompile(like).FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	return text, text[max(0, strings.LastIndexAny(text, ",;|·/")):]
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
