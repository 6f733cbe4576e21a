package sitefacts

import (
	"regexp"
	"strings"

	"github.com/enrichd/enrichd/webpage"
)

// reader reads one page.
type reader struct {
	page  *webpage.Page
	own   string // registrable domain of the site
	lines []line
	given bool // it is known to be the company's
	fits  int  // whether a firm on the page fits the domain: 1 or -1, 0 where nobody looked
}

// line is a line of the page with the block that it stands in.
type line struct {
	webpage.Line
	block block
	// fresh says that a heading of the company's own block is right above.
	fresh bool
}

// fact makes a fact of what a line says.
func (r *reader) fact(l line, value string, confidence float64) Fact {
	return Fact{Value: value, Quote: l.Text, URL: r.page.URL.String(), Confidence: confidence}
}

// facts reads everything.
func (r *reader) facts() Facts {
	var f Facts
	list, n := r.nameAndAddress(&f)
	at, from, to := -1, 1, 0
	if n >= 0 && !f.PostalCode.Absent() {
		at = list[n].at
		from, to = around(list, n, len(r.lines))
	}
	r.vatID(&f, list, n)
	f.Registration, f.Court = r.registration()
	r.email(&f, from, to)
	f.Phone = r.phone(at)
	f.People = append(r.structuredPeople(), r.people()...)
	r.structured(&f)
	return f
}

var (
	registerLike = regexp.MustCompile(`(?i)\b(HR[AB]|GnR|PR|VR)[ .:-]*(?:Nr\.?|Nummer|no\.?)?[ .:-]*(\d{1,6})(?: ?([A-Z])\b)?`)
	rcsLike      = regexp.MustCompile(`\b(?:RCS|R\.C\.S\.?)(?:\s+(?:de |d')?([\p{L}' -]{2,30}?))?\s*(?:B\s*)?(?:n°|numéro|sous le numéro|:)?\s*([A-Z]?\s?\d{3}\s?\d{3}\s?\d{3})\b`)
	fnLike       = regexp.MustCompile(`\b(?:FN|Firmenbuchnummer:?(?: FN)?)\s*(\d{4,6})\s?([a-z])\b`)
	companyNo    = regexp.MustCompile(`(?i)\b(?:company|registration|registered) (?:registration )?(?:no\.?|number|nr\.?)(?: is)?[:# ]*([A-Z]{0,2}\d{6,8})\b`)
	kvkLike      = regexp.MustCompile(`(?i)\b(?:kvk|k\.v\.k\.?|handelsregister)[ -]*(?:nummer|nr\.?|number)?[: ]*(\d{8})\b`)
	courtLike    = regexp.MustCompile(`(?i)\b(?:(?:register|handels)?gericht:?\s*)?(amtsgericht(?:\s+(?:in\s+)?)|landesgericht\s+|handelsgericht\s+|lg\s+|ag\s+)(\p{Lu}[\p{L}.-]+(?: (?:am|an der|im|\(?\p{Lu}[\p{L}.]+\)?))*(?: \p{Lu}[\p{L}.]+)?)`)
)

// registration is the number in a trade register, and the court that keeps it.
func (r *reader) registration() (number, court Fact) {
	for _, l := range r.lines {
		if l.block == other {
			continue
		}
		text := l.Text
		if m := courtLike.FindStringSubmatch(text); m != nil && court.Absent() {
			kind := strings.Fields(strings.ToLower(m[1]))[0]
			name := map[string]string{"ag": "Amtsgericht", "lg": "Landesgericht", "amtsgericht": "Amtsgericht", "landesgericht": "Landesgericht", "handelsgericht": "Handelsgericht"}[kind]
			if kind != "ag" || strings.Contains(strings.ToUpper(text), "HR") {
				court = r.fact(l, name+" "+strings.TrimSpace(strings.TrimRight(m[2], ".,")), .95)
			}
		}
		if number.Absent() {
			number = r.registerNumber(l)
		}
	}
	return number, court
}

func (r *reader) registerNumber(l line) Fact {
	if m := registerLike.FindStringSubmatch(l.Text); m != nil {
		return r.fact(l, strings.TrimSpace(canonicalRegister(m[1])+" "+m[2]+" "+strings.ToUpper(m[3])), .97)
	}
	if m := rcsLike.FindStringSubmatch(l.Text); m != nil {
		digits := strings.Join(strings.Fields(m[2]), " ")
		return r.fact(l, strings.Join(strings.Fields("RCS "+m[1]+" "+digits), " "), .95)
	}
	if m := fnLike.FindStringSubmatch(l.Text); m != nil {
		return r.fact(l, "FN "+m[1]+m[2], .97)
	}
	if m := kvkLike.FindStringSubmatch(l.Text); m != nil {
		return r.fact(l, "KVK "+m[1], .95)
	}
	if m := companyNo.FindStringSubmatch(l.Text); m != nil {
		return r.fact(l, strings.ToUpper(m[1]), .95)
	}
	return Fact{}
}

func canonicalRegister(s string) string {
	if strings.EqualFold(s, "gnr") {
		return "GnR"
	}
	return strings.ToUpper(s)
}
