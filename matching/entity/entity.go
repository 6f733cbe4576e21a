// Package entity tells whether two records are one company or one person.
//
// Names are compared word by word, whatever their order, spelling and legal form;
// the features of a pair are weighed by a logistic model that was learned from
// pairs that people had judged. Beside names there are numbers, domains, telephones
// and addresses: each adds evidence, in the manner of Fellegi and Sunter ("A Theory
// for Record Linkage", 1969), and what is missing says nothing.
package entity

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/enrichd/enrichd/record"
)

// features of a pair of names.
const (
	wholeNear  = iota // nearness of the names without spaces
	worstWord         // nearness of the worst matched word of the shorter name
	worstEdits        // letters to change in the worst matched word, of four
	allEdits          // letters to change in all matched words, of six
	otherStart        // the worst matched words begin with different letters
	meanWord          // mean nearness of the words of the shorter name, by their length
	spare             // share of the longer name's words that have no partner
	turned            // the words match in another order
	rareDiffer        // a word that tells names apart has no near partner
	weakDiffer        // a common word of the shorter name has no near partner
	numbersDiffer
	initials // one name is the initials of the other
	equal
	featureCount
)

// pair are the features of two names.
type pair [featureCount]float64

// partner is the word of the other name that a word was matched with.
type partner struct {
	at   int
	near float64
}

// edits is how many letters are to be changed to make the partner of a word.
func (m partner) edits(word string, others []string) float64 {
	if m.at < 0 {
		return float64(len(word))
	}
	return math.Round((1 - m.near) * float64(max(utf8.RuneCountInString(word), utf8.RuneCountInString(others[m.at]))))
}

func compare(a, b name, weak map[string]bool) (p pair) {
	if len(a.words) > len(b.words) {
		a, b = b, a
	}
	if len(a.words) == 0 || len(b.words) == 0 {
		return p
	}
	p[wholeNear] = nearness(a.whole, b.whole)
	if a.whole == b.whole {
		p[equal] = 1
	}
	partners := match(a.words, b.words)
	p[worstWord] = 1
	length, turns, edits, worst := 0.0, 0, 0.0, 0.0
	for i, m := range partners {
		weight := float64(len(a.words[i]))
		if weak[a.words[i]] {
			weight /= 3
		}
		p[meanWord] += m.near * weight
		length += weight
		if !weak[a.words[i]] || len(a.words) == 1 {
			p[worstWord] = min(p[worstWord], m.near)
		}
		if !weak[a.words[i]] && len(a.words[i]) > 1 && m.near < .6 {
			p[rareDiffer]++
		}
		if weak[a.words[i]] && m.near < .6 {
			p[weakDiffer] = 1
		}
		if far := m.edits(a.words[i], b.words); !weak[a.words[i]] {
			if edits += far; far > worst {
				worst, p[otherStart] = far, 0
				if m.at < 0 || a.words[i][0] != b.words[m.at][0] {
					p[otherStart] = 1
				}
			}
		}
		if i > 0 && m.at < partners[i-1].at {
			turns++
		}
	}
	p[meanWord] /= max(1, length)
	p[worstEdits], p[allEdits] = min(worst, 4)/4, min(edits, 6)/6
	if turns > 0 {
		p[turned] = 1
	}
	left, all := 0.0, 0.0
	for j, w := range b.words {
		weight := 1.0
		if weak[w] {
			weight = .3
		}
		all += weight
		if !slices.ContainsFunc(partners, func(m partner) bool { return m.at == j && m.near >= .5 }) {
			left += weight
		}
	}
	p[spare] = left / all
	if p[wholeNear] > .99 { // the same letters, parted in another way
		p[worstWord], p[meanWord], p[spare], p[rareDiffer], p[weakDiffer] = 1, 1, 0, 0, 0
		p[worstEdits], p[allEdits], p[otherStart] = 0, 0, 0
	}
	if digits(a.words) != digits(b.words) {
		p[numbersDiffer] = 1
	}
	if len(a.words) == 1 && len(b.words) > 1 && initialsOf(b.words) == a.whole {
		p[initials] = 1
	}
	return p
}

// match gives each word of the shorter name its nearest free partner, the nearest
// pairs first. An initial is near a word that begins with it.
func match(short, long []string) []partner {
	type option struct {
		i, j int
		near float64
	}
	var options []option
	for i, a := range short {
		for j, b := range long {
			near := nearness(a, b)
			if (len(a) == 1 || len(b) == 1) && a[0] == b[0] {
				near = max(near, .85)
			}
			options = append(options, option{i, j, near - .001*math.Abs(float64(i-j))})
		}
	}
	slices.SortStableFunc(options, func(a, b option) int {
		switch {
		case a.near > b.near:
			return -1
		case a.near < b.near:
			return 1
		}
		return 0
	})
	partners := make([]partner, len(short))
	for i := range partners {
		partners[i] = partner{-1, 0}
	}
	taken := make([]bool, len(long))
	for _, o := range options {
		if partners[o.i].at < 0 && !taken[o.j] {
			partners[o.i], taken[o.j] = partner{o.j, max(0, min(1, o.near+.001*math.Abs(float64(o.i-o.j))))}, true
		}
	}
	return partners
}

func digits(list []string) string {
	var found []string
	for _, w := range list {
		if strings.ContainsAny(w, "0123456789") {
			found = append(found, w)
		}
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}

func initialsOf(list []string) string {
	s := ""
	for _, w := range list {
		if !common[w] || w == "government" {
			s += w[:1]
		}
	}
	return s
}

// weights of a logistic model: one for each feature, and one that stands alone.
type weights [featureCount + 1]float64

func (w *weights) logit(p pair) float64 {
	sum := w[featureCount]
	for i, x := range p {
		sum += w[i] * x
	}
	return sum
}

func probability(logit float64) float64 { return 1 / (1 + math.Exp(-logit)) }

// CompanyNames is how likely two names are one company's, from 0 to 1, if nothing
// else is known.
func CompanyNames(a, b string) float64 {
	return probability(companyWeights.logit(compare(companyName(a), companyName(b), common)))
}

// PersonNames is the same for people.
func PersonNames(a, b string) float64 {
	return probability(personWeights.logit(compare(personName(a), personName(b), particles)))
}

// Company is what is compared of a company. Empty is not known.
type Company struct {
	Names                                           []string
	TaxID, RegistrationNumber, Domain               string
	Email, Phone, Street, PostalCode, City, Country string
}

// Evidence is one signal for or against, in bits: the logarithm of how much more
// often it is seen of one company than of two.
type Evidence struct {
	Signal string
	Bits   float64
	Detail string
}

// Companies is how likely two records are one company, with what speaks for and
// against it.
func Companies(a, b Company) (likely float64, evidence []Evidence) {
	add := func(signal string, bits float64, detail string) {
		evidence = append(evidence, Evidence{signal, bits, detail})
	}
	best := math.Inf(-1)
	for _, x := range a.Names {
		for _, y := range b.Names {
			best = max(best, companyWeights.logit(compare(companyName(x), companyName(y), common)))
		}
	}
	if !math.IsInf(best, -1) {
		add("name", max(-8, min(6, best/math.Ln2)), first(a.Names)+" and "+first(b.Names))
	}
	if a.TaxID != "" && b.TaxID != "" {
		if record.SameTaxID(a.TaxID, b.TaxID) {
			add("tax_id", 14, a.TaxID)
		} else {
			add("tax_id", -10, a.TaxID+" and "+b.TaxID)
		}
	}
	same := func(signal, x, y string, yes, no float64) {
		switch {
		case x == "" || y == "":
		case x == y:
			add(signal, yes, x)
		default:
			add(signal, no, x+" and "+y)
		}
	}
	same("registration_number", fold(a.RegistrationNumber), fold(b.RegistrationNumber), 8, -3)
	same("domain", record.RegistrableDomain(a.Domain), record.RegistrableDomain(b.Domain), 6, -1.5)
	same("email", strings.ToLower(a.Email), strings.ToLower(b.Email), 5, -.3)
	same("phone", telephone(a.Phone), telephone(b.Phone), 7, -3)
	same("city", fold(a.City), fold(b.City), .5, -1)
	same("postal_code", fold(a.PostalCode), fold(b.PostalCode), 2, -1.5)
	same("country", a.Country, b.Country, .5, -3)
	if x, y := street(a.Street), street(b.Street); x != "" && y != "" {
		switch near := nearness(x, y); {
		case near > .85 && digits(strings.Fields(x)) == digits(strings.Fields(y)):
			add("street", 4, a.Street)
		case near < .6:
			add("street", -1.5, a.Street+" and "+b.Street)
		}
	}
	return total(evidence), evidence
}

// prior is how often two records that were put beside each other for some likeness
// are one company's: one time in five, in bits.
const prior = -2

func total(evidence []Evidence) float64 {
	bits := float64(prior)
	for _, e := range evidence {
		bits += e.Bits
	}
	return probability(bits * math.Ln2)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// telephone are the digits that tell a number, its last nine.
func telephone(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	d := b.String()
	return d[max(0, len(d)-9):]
}

var streetWords = strings.NewReplacer(" strasse", " str", "strasse ", "str ", " street", " st", " avenue", " ave", " road", " rd", " boulevard", " blvd", " drive", " dr", " highway", " hwy")

func street(s string) string { return strings.TrimSpace(streetWords.Replace(fold(s) + " ")) }
