package pagefacts

import "strings"

// otherAddress is the name above the only address in the upper half of the first
// page that is not the seller's: on a paper that names the seller, whom it is
// written to needs no label.
func (p *paper) otherAddress(seller Fact) Fact {
	var found Fact
	for at := range p.lines {
		l := &p.lines[at]
		if l.page != p.lines[0].page || l.y0 > .45*p.pageOf(l.page).Height {
			break
		}
		for _, c := range l.cells {
			name := p.partyName(at, c)
			if name.Value == "" || p.inTitle(at, c) || isPart(name.Value, seller.Value) || !p.headsAddress(at, c) || !p.isHead(at, c) {
				continue
			}
			if found.Value != "" && squeeze(found.Value) != squeeze(name.Value) {
				return Fact{} // several, and nothing tells them apart
			}
			found = name
			found.Confidence = .7
		}
	}
	return found
}

// isPart says whether one name has the other in it.
func isPart(a, b string) bool {
	a, b = squeeze(a), squeeze(b)
	return strings.Contains(a, b) || strings.Contains(b, a)
}

// headsAddress says whether a street and a town with its postcode are the next two
// lines in the column of a cell, close below.
func (p *paper) headsAddress(at int, c span) bool {
	l := &p.lines[at]
	first := l.words[c.from]
	z := zone{page: l.page, x0: first.X0 - 10, x1: first.X0 + 10}
	lines, y := 0, l.y1
	for i := at + 1; i < min(len(p.lines), at+maxBelow) && p.lines[i].page == l.page && lines < 2; i++ {
		below, ok := p.cellIn(i, z)
		if !ok {
			continue
		}
		if p.lines[i].y0-y > 2.5*first.height() {
			return false
		}
		y = p.lines[i].y1
		text := p.lines[i].text(below)
		if lines++; lines == 2 {
			return postcode.MatchString(text) && !contact.MatchString(text)
		}
		if !isAddress(text) && !houseFirst.MatchString(text) && !streetNumber.MatchString(text) {
			return false
		}
	}
	return false
}
