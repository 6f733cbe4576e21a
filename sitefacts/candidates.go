package sitefacts

import "strings"

// candidate is an address on the page, with the name that it stands below.
type candidate struct {
	at       int // line of the town
	streetAt int // line of the street; of the name where an address has several lines
	text     string
	street   string
	place    place
	country  string // as the page states it
	name     string
	nameAt   int
	rank     int // how much speaks for it among the others, as weigh says
}

// candidates are the addresses outside of the blocks of others, in the order of the
// lines, but for those that are surely somebody else's.
func (r *reader) candidates() []candidate {
	var list []candidate
	for i, l := range r.lines {
		if l.block == other {
			continue
		}
		for _, text := range r.texts(i) {
			p, ok := placeOf(text)
			if !ok {
				continue
			}
			c := candidate{at: i, text: text, place: p, nameAt: i}
			c.street, c.streetAt = r.streetOf(i, p)
			if p.british {
				c.street, c.streetAt = r.british(i, &c.place)
			}
			if c.street == "" {
				continue
			}
			if c.streetAt == i { // the sentence with the street says whose it is
				before := before(text, c.street)
				if c.name = nameOf(before); c.name == "" {
					c.name = r.inProse(before)
				}
				if c.name == "" {
					c.name = r.inProse(sentenceBefore(l.Text, c.street))
				}
			}
			if c.name == "" {
				c.name, c.nameAt = r.nameAbove(c.streetAt)
			}
			c.country = r.countryOf(i, c.place)
			c.rank = r.weigh(i, c.name)
			list = append(list, c)
		}
	}
	return list
}

// sentenceBefore is what stands in front of a part of a text, in the same sentence.
func sentenceBefore(text, part string) string {
	text = before(text, part)
	for at := sentenceEnds.FindStringSubmatchIndex(text); at != nil; at = sentenceEnds.FindStringSubmatchIndex(text) {
		text = text[at[3]:]
	}
	return text
}

// sameAs reports whether two candidates are one address that stands twice, longer
// or shorter.
func (c candidate) sameAs(o candidate) bool {
	a, b := letters(c.street), letters(o.street)
	return letters(c.place.code) == letters(o.place.code) && (strings.Contains(a, b) || strings.Contains(b, a))
}

// around are the lines about a candidate, up to those of the one before and behind it.
func around(list []candidate, n, lines int) (from, to int) {
	from, to = max(0, list[n].at-6), min(lines-1, list[n].at+8)
	for _, c := range list {
		if c.at < list[n].at {
			from = max(from, c.at+1)
		}
		if c.at > list[n].at {
			to = min(to, c.at-1)
		}
	}
	return from, to
}

// take fills the address with what a candidate says. why is what ties it to the site.
func (r *reader) take(f *Facts, c candidate, why string) {
	l, first := r.lines[c.at], r.lines[c.at]
	if strings.Contains(r.lines[c.streetAt].Text, c.street) {
		first = r.lines[c.streetAt]
	}
	f.Street, f.PostalCode, f.City = r.fact(first, c.street, .97), r.fact(l, c.place.code, .97), r.fact(l, c.place.city, .97)
	if c.country != "" {
		f.Country = r.fact(l, c.country, .97)
	}
	for _, at := range []*Fact{&f.Street, &f.PostalCode, &f.City, &f.Country} {
		if !at.Absent() {
			at.Why = why
		}
	}
}
