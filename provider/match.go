package provider

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
)

// Weights in bits. The prior is that of one provider among a hundred for a label
// that may be of none; a name that stands alone in its language is worth ten, an
// everyday word four: it needs a second sign.
const (
	prior       = -6.0
	rareWord    = 10.0
	plainWord   = 4.0
	formWord    = 3.0
	mostOfTerm  = 13.0
	atHost      = 12.0
	atDomain    = 13.0
	atPlace     = 1.5 // the country is one in which it bills
	elsewhere   = -5.0
	alone       = 3.0 // nothing else stands in the label
	strangeWord = -3.0
	spareWord   = -0.7 // beside a name that nobody else has
	mostStrange = 3
	notFirst    = -3.5
	shownAlways = 1.0 // all labels of a counterparty show it
)

// Matcher finds the provider of a counterparty.
type Matcher struct {
	providers []Provider
	terms     []term
	first     map[string][]int // terms by their first word
	joined    map[string][]int // terms by the first eight letters, without spaces
	hosts     map[string][]int // providers by host
}

// term is a way in which labels call a provider.
type term struct {
	provider int
	words    []string
	whole    string // without spaces
	bits     float64
}

// NewMatcher makes a matcher of a catalogue.
func NewMatcher(catalogue []Provider) *Matcher {
	m := &Matcher{providers: catalogue, first: map[string][]int{}, joined: map[string][]int{}, hosts: map[string][]int{}}
	for n, p := range catalogue {
		for _, t := range p.Terms {
			words := clean(t).texts()
			if len(words) == 0 {
				continue
			}
			at := len(m.terms)
			m.terms = append(m.terms, term{n, words, strings.Join(words, ""), termBits(words)})
			m.first[words[0]] = append(m.first[words[0]], at)
			if whole := m.terms[at].whole; len(whole) >= cutAt {
				m.joined[whole[:cutAt]] = append(m.joined[whole[:cutAt]], at)
			}
		}
		for _, h := range p.Hosts {
			m.hosts[h] = append(m.hosts[h], n)
		}
	}
	return m
}

// cutAt is how much of a name that was cut must be left: processors cut at ten or
// more letters.
const cutAt = 8

func (c cleaned) texts() []string {
	var out []string
	for _, w := range c.words {
		out = append(out, w.text)
	}
	return out
}

// termBits is what it says that a label holds these words in a row.
func termBits(words []string) float64 {
	bits := 0.0
	for _, w := range words {
		switch {
		case articles[w]:
		case forms[w] || len(w) == 1:
			bits += formWord
		case everyday[w] || places[w] || len(w) <= 3:
			bits += plainWord
		default:
			bits += rareWord
		}
	}
	return min(bits, mostOfTerm)
}

var articles = set(`la le les l de des du d der die das the of et and und y e`)

// Rank weighs every provider that anything speaks for, the likeliest first.
func (m *Matcher) Rank(c Counterparty) []Candidate {
	found := map[int]*Candidate{}
	at := func(n int) *Candidate {
		if found[n] == nil {
			found[n] = &Candidate{Provider: m.providers[n], bits: prior, Refused: slices.Contains(c.Refused, m.providers[n].ID)}
		}
		return found[n]
	}
	m.byLabels(c.Labels, "searchable_term", at)
	if len(found) == 0 {
		m.byLabels(labelsOf(c.Names), "name", at)
	}
	for _, n := range m.hostOf(strings.ToLower(c.Domain)) {
		at(n).add("domain", atDomain, fmt.Sprintf("%s is a host of %s", c.Domain, m.providers[n].Name))
	}
	var out []Candidate
	for _, f := range found {
		f.weighCountry(c.Country)
		f.Match = 1 / (1 + math.Exp2(-f.bits))
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.bits, a.bits), cmp.Compare(a.Provider.ID, b.Provider.ID))
	})
	return out
}

func labelsOf(names []string) []Label {
	var out []Label
	for _, n := range names {
		if n != "" {
			out = append(out, Label{Text: n, Count: 1})
		}
	}
	return out
}

func (c *Candidate) add(signal string, bits float64, detail string) {
	c.bits += bits
	c.Evidence = append(c.Evidence, Evidence{signal, math.Round(bits*10) / 10, detail})
}

func (c *Candidate) weighCountry(country string) {
	switch p := c.Provider; {
	case country == "" || len(p.Countries) == 0:
	case slices.Contains(p.Countries, country):
		c.add("country", atPlace, country+" is among its countries")
	default:
		c.add("country", elsewhere, fmt.Sprintf("%s is not among its countries (%s)", country, strings.Join(p.Countries, ", ")))
	}
}

// byLabels weighs what the labels say. What a provider gains is the mean over the
// lines: one odd label of many does not make a match.
func (m *Matcher) byLabels(labels []Label, signal string, at func(int) *Candidate) {
	type tally struct {
		bits float64
		seen int
		best hit
	}
	total, tallies := 0, map[int]*tally{}
	for _, l := range labels {
		count := max(l.Count, 1)
		total += count
		for n, h := range m.hits(l.Text) {
			t := tallies[n]
			if t == nil {
				t = &tally{best: h}
				tallies[n] = t
			}
			if h.bits > t.best.bits {
				t.best = h
			}
			t.bits, t.seen = t.bits+h.bits*float64(count), t.seen+count
		}
	}
	for n, t := range tallies {
		bits := t.bits / float64(total)
		if t.seen == total && total > 1 {
			bits += shownAlways
		}
		if t.best.host != "" {
			at(n).add("host", bits, fmt.Sprintf("%s stands in %d of %d bank labels", t.best.host, t.seen, total))
			continue
		}
		at(n).add(signal, bits, fmt.Sprintf("%s in %d of %d bank labels", strings.ToUpper(t.best.term), t.seen, total))
	}
}

// hit is what one label says of one provider.
type hit struct {
	bits       float64
	term, host string
}

// hits finds the providers that a label may mean.
func (m *Matcher) hits(label string) map[int]hit {
	c := clean(label)
	out := map[int]hit{}
	keep := func(n int, h hit) {
		if old, ok := out[n]; !ok || h.bits > old.bits {
			out[n] = h
		}
	}
	for _, host := range c.hosts {
		for _, n := range m.hostOf(host) {
			keep(n, hit{bits: atHost, host: host})
		}
	}
	for from := range c.words {
		for _, k := range m.first[c.words[from].text] {
			if t := &m.terms[k]; c.holds(t.words, from) {
				keep(t.provider, hit{bits: t.bits + c.around(from, from+len(t.words), t.bits >= rareWord), term: strings.Join(t.words, " ")})
			}
		}
		if w := c.words[from].text; len(w) >= cutAt {
			for _, k := range m.joined[w[:cutAt]] {
				if t := &m.terms[k]; t.bits >= rareWord && t.cutTo(w) {
					keep(t.provider, hit{bits: t.bits - 1 + c.around(from, from+1, true), term: w})
				}
			}
		}
	}
	return out
}

// cutTo says whether a word is what a processor left of the term, written without
// spaces: more than its first word, unless it has but one.
func (t *term) cutTo(w string) bool {
	return strings.HasPrefix(t.whole, w) && t.whole != w && (len(t.words) == 1 || len(w) > len(t.words[0]))
}

func (c cleaned) holds(words []string, from int) bool {
	if from+len(words) > len(c.words) {
		return false
	}
	for k, w := range words {
		if c.words[from+k].text != w {
			return false
		}
	}
	return true
}

// around weighs what else a label says beside the words [from, to).
func (c cleaned) around(from, to int, rare bool) float64 {
	bits, strange := 0.0, 0
	for k, w := range c.words {
		if k < from || k >= to {
			if !w.noise && strange < mostStrange {
				strange++
			}
		}
	}
	first := true
	for _, w := range c.words[:from] {
		first = first && w.noise
	}
	each, late := strangeWord, notFirst
	if rare {
		each, late = spareWord, notFirst/3
	}
	bits += each * float64(strange)
	if !first {
		bits += late
	}
	if strange == 0 {
		bits += alone
	}
	return bits
}

// hostOf finds the providers of a host: its own, or that of a domain above it.
func (m *Matcher) hostOf(host string) []int {
	host = strings.TrimFunc(host, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	for host != "" {
		if list := m.hosts[host]; len(list) > 0 {
			return list
		}
		_, rest, ok := strings.Cut(host, ".")
		if !ok || !strings.Contains(rest, ".") {
			return nil
		}
		host = rest
	}
	return nil
}
