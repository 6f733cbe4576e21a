package company

import (
	"slices"
	"strconv"
	"strings"

	"github.com/enrichd/enrichd/matching/entity"
	"github.com/enrichd/enrichd/record"
)

// verdict says whether a source speaks of the company.
type verdict int

// The verdicts.
const (
	unsure verdict = iota
	same
	different
)

// claim is who a source says that it speaks of. Empty is not stated.
type claim struct {
	taxID, domain string
	names         []string
}

// identity is what agreed and what did not, over all sources.
type identity struct {
	agreeing, conflicting []string
	registered            string // register that has the number
}

// likely is how alike two names must be to be one company's, and unlike how alike
// those of two companies may be, on the scale of entity.Names.
const (
	likely = .75
	unlike = .4
)

// judge is the gate before any field. Numbers decide first: the same tax id is the
// same company, and another one is another, whatever the names say. Then the name,
// where there is one to compare. A source that shares nothing with what is known is
// unsure.
func (s *study) judge(c claim) verdict {
	if c.taxID != "" && s.known.TaxIDValue != "" {
		if record.SameTaxID(c.taxID, s.known.TaxIDValue) {
			s.note(&s.identity.agreeing, "tax_id")
			return same
		}
		s.note(&s.identity.conflicting, "tax_id")
		return different
	}
	best, compared := 0.0, false
	for _, mine := range s.known.Names() {
		for _, theirs := range c.names {
			if strings.TrimSpace(theirs) != "" {
				best, compared = max(best, entity.CompanyNames(mine, theirs)), true
			}
		}
	}
	switch {
	case compared && best >= likely:
		s.note(&s.identity.agreeing, "name")
		return same
	case s.ownDomain(c.domain):
		s.note(&s.identity.agreeing, "domain")
		return same
	case compared && best < unlike:
		s.note(&s.identity.conflicting, "name")
		return different
	}
	return unsure
}

// ownDomain reports whether a person or a document said that the domain is the
// company's: then its site may call it by another name.
func (s *study) ownDomain(domain string) bool {
	known := record.Domain(s.known.Domain)
	if known == "" {
		known = record.Domain(s.known.Website)
	}
	return domain != "" && known != "" && record.RegistrableDomain(domain) == record.RegistrableDomain(known)
}

func (s *study) note(list *[]string, what string) {
	if !slices.Contains(*list, what) {
		*list = append(*list, what)
	}
}

// number is a text that is a whole number between two bounds; empty else.
func number(text string, least, most int) string {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < least || n > most {
		return ""
	}
	return strconv.Itoa(n)
}

// maxDescription is how long a description may be, in characters.
const maxDescription = 250

// short cuts a description at the end of a sentence or a word.
func short(text string) string {
	r := []rune(text)
	if len(r) <= maxDescription {
		return text
	}
	cut := string(r[:maxDescription-1])
	if i := strings.LastIndex(cut, ". "); i > maxDescription/2 {
		return cut[:i+1]
	}
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return cut + "…"
}
