// Package sitefacts reads the facts of a company off its own pages.
//
// Imprints, legal notices and footers say who runs a site: name, address, numbers
// of registers and taxes, how to reach it, who speaks for it. Rules read them, line
// by line; a value needs its own form, a checksum or a place that fits, or it is
// left out. Pages also name agencies, hosts and authorities: their blocks are known
// by their headings.
package sitefacts

import (
	"regexp"
	"strings"

	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/webpage"
)

// Fact is one value with where it stands. The zero Fact is a value not found.
type Fact struct {
	Value      string
	Quote      string // the line, verbatim
	URL        string
	Path       string // in structured data: "script[1]"; empty for visible text
	Confidence float64
	Verified   bool   // a checksum is right
	Why        string // what ties it to who runs the site, where that was weighed
}

// Absent reports whether the value was not found.
func (f Fact) Absent() bool { return f.Value == "" }

// Person is somebody whom a page names with what they do.
type Person struct {
	Name, Role, Email, Phone Fact
}

// Facts is what the pages say of their company.
type Facts struct {
	Name         Fact // with its legal form, where it has one
	VATID        Fact // normalised as record.ParseVATID does
	Street       Fact
	PostalCode   Fact
	City         Fact
	Country      Fact // ISO 3166, two letters
	Email        Fact
	Phone        Fact // E.164
	Registration Fact // "HRB 746284"
	Court        Fact
	LEI          Fact
	People       []Person
	Doubts       []Doubt // values that stand there and are left open
}

// Read reads pages of one site; the ones that say most of the company, its
// imprint, come first: of two pages that state a value the first counts.
func Read(pages ...*webpage.Page) Facts { return read(false, pages) }

// ReadOwn reads texts that are known to be the company's, such as the head and the foot
// of its letters: nothing needs to tie them to a site. Two that contradict each other
// leave a value open all the same.
func ReadOwn(pages ...*webpage.Page) Facts { return read(true, pages) }

func read(given bool, pages []*webpage.Page) Facts {
	var f Facts
	for _, p := range pages {
		r := &reader{page: p, own: record.RegistrableDomain(hostOf(p)), given: given}
		r.blocks()
		if r.template() {
			continue
		}
		one := r.facts()
		for _, at := range f.fields() {
			if at.fact.Absent() {
				*at.fact = *one.field(at.name)
			}
		}
		f.People = append(f.People, one.People...)
		f.Doubts = append(f.Doubts, one.Doubts...)
	}
	f.People = distinct(f.People)
	f.Country = f.country(pages)
	if !f.Phone.Absent() {
		f.Phone.Value = record.E164(f.Phone.Value, f.Country.Value)
	}
	return f
}

// template reports whether a page is nobody's: a form that was not filled in
// ("[Firmenname]"), or a domain that is for sale.
func (r *reader) template() bool {
	n := 0
	for _, l := range r.lines {
		if n += len(blank.FindAllString(l.Text, -1)); forSale.MatchString(l.Text) {
			return true
		}
	}
	return n >= 3
}

// forSale says that a domain has no owner who uses it.
var forSale = regexp.MustCompile(`(?i)domain (?:may be|is) for sale|domain parking|buy this domain|domain steht zum verkauf|ce domaine est à vendre`)

// blank is a place for a value that was not filled in.
var blank = regexp.MustCompile(`\[\p{Lu}[\p{L} ./-]{2,40}\]|\{\{[^}]{2,40}\}\}|<[\p{Lu}][\p{L} -]{2,30}>`)

type named struct {
	name string
	fact *Fact
}

func (f *Facts) fields() []named {
	return []named{
		{"name", &f.Name},
		{"vat_id", &f.VATID},
		{"street", &f.Street},
		{"postal_code", &f.PostalCode},
		{"city", &f.City},
		{"country", &f.Country},
		{"email", &f.Email},
		{"phone", &f.Phone},
		{"registration", &f.Registration},
		{"court", &f.Court},
		{"lei", &f.LEI},
	}
}

func (f *Facts) field(name string) *Fact {
	for _, one := range f.fields() {
		if one.name == name {
			return one.fact
		}
	}
	return &Fact{}
}

// country is the one that is stated, or that of the VAT id, or of the register.
func (f *Facts) country(pages []*webpage.Page) Fact {
	if !f.Country.Absent() {
		return f.Country
	}
	from := func(source Fact, code string) Fact {
		source.Value, source.Confidence = code, .97
		return source
	}
	if !f.VATID.Absent() {
		if id := record.ParseVATID(f.VATID.Value); id.Country != "" {
			return from(f.VATID, id.Country)
		}
	}
	for prefix, code := range map[string]string{"HRB": "DE", "HRA": "DE", "RCS": "FR", "FN": "AT", "KVK": "NL"} {
		if strings.HasPrefix(strings.ToUpper(f.Registration.Value), prefix+" ") {
			return from(f.Registration, code)
		}
	}
	for _, p := range pages {
		host := hostOf(p)
		if code := countryOfHost(host); code != "" && !f.PostalCode.Absent() && fitsForm(f.PostalCode.Value, code) {
			return Fact{Value: code, Quote: host, URL: p.URL.String(), Confidence: .9}
		}
	}
	return Fact{}
}

func hostOf(p *webpage.Page) string {
	if p.URL == nil {
		return ""
	}
	return strings.ToLower(p.URL.Hostname())
}

// distinct keeps the first of people with the same name, with what later ones add.
func distinct(people []Person) []Person {
	var list []Person
	at := map[string]int{}
	for _, p := range people {
		key := strings.ToLower(p.Name.Value)
		i, known := at[key]
		if !known {
			at[key] = len(list)
			list = append(list, p)
			continue
		}
		for have, more := range map[*Fact]Fact{&list[i].Role: p.Role, &list[i].Email: p.Email, &list[i].Phone: p.Phone} {
			if have.Absent() {
				*have = more
			}
		}
	}
	return list
}
