package pagefacts

import "strings"

// zone is a part of a page.
type zone struct {
	page           int
	x0, y0, x1, y1 float64
	name           Fact // what stands first in it
	ship           bool // where goods go, not who pays
}

func (z zone) holds(page int, w Word) bool {
	return page == z.page && w.X0 >= z.x0 && w.X0 < z.x1 && w.middle() >= z.y0 && w.middle() <= z.y1
}

func (p *paper) ofBuyer(at int, w Word) bool {
	for _, z := range p.buyers {
		if z.holds(p.lines[at].page, w) {
			return true
		}
	}
	return false
}

// buyerZones are the blocks under labels such as "Bill to", and under the line
// of the sender above an address.
func (p *paper) buyerZones() []zone {
	var zones []zone
	for at := range p.lines {
		if len(zones) >= maxZones {
			break
		}
		for _, h := range p.hits[at] {
			if z, ok := p.customerLine(h); ok {
				zones = append(zones, z)
			}
			if (h.role == buyer || h.role == shipTo) && (h.starts || h.colon) && !h.fuzzy && p.headsBlock(h) {
				z := p.zoneUnder(at, h.from, h.to, 12)
				z.ship = h.role == shipTo
				zones = append(zones, z)
			}
		}
		if z, ok := p.zoneUnderSender(at); ok {
			zones = append(zones, z)
		}
		if z, ok := p.zoneOfLetter(at); ok {
			zones = append(zones, z)
		}
	}
	return zones
}

// customerLine is the line "Customer: Polar Foods"; with a number behind it the
// label means another thing.
func (p *paper) customerLine(h hit) (zone, bool) {
	l := &p.lines[h.line]
	if h.role != customer || !h.colon || h.to-h.from != 1 {
		return zone{}, false
	}
	name := p.partyName(h.line, span{h.to, l.cellOf(h.from).to})
	first, last := l.words[h.from], l.words[l.cellOf(h.from).to-1]
	return zone{page: l.page, x0: first.X0 - 1, x1: last.X1 + 1, y0: l.y0, y1: l.y1, name: name}, name.Value != ""
}

// zoneOfLetter is the address under a salutation that stands alone, as "Herrn"
// above a name, in the upper half of a page.
func (p *paper) zoneOfLetter(at int) (zone, bool) {
	l := &p.lines[at]
	if l.y0 > .45*p.pageOf(l.page).Height {
		return zone{}, false
	}
	for _, c := range l.cells {
		if c.to-c.from == 1 && addressed[l.keys[c.from]] {
			z := p.zoneUnder(at, c.from, c.to, 12)
			return z, z.name.Value != ""
		}
	}
	return zone{}, false
}

// addressed are the salutations and words above a recipient's name.
var addressed = map[string]bool{"herrn": true, "frau": true, "familie": true, "firma": true, "an": true, "monsieur": true, "madame": true}

// headsBlock tells "Bill to" over an address from "to" in a sentence: it ends
// its cell, or a colon follows.
func (p *paper) headsBlock(h hit) bool {
	l := &p.lines[h.line]
	cell := l.cellOf(h.from)
	return h.colon || h.to >= cell.to || cell.from == h.from && cell.to-h.to <= 4 && h.to-h.from > 1
}

// zoneUnder follows a block down from a label: lines in its column without a
// wide gap, until another block's label. The column begins a margin, in points,
// left of the label.
func (p *paper) zoneUnder(at, from, to int, margin float64) zone {
	l := &p.lines[at]
	first := l.words[from]
	z := zone{page: l.page, x0: first.X0 - margin, y0: l.y0, y1: l.y1, x1: p.columnEnd(at, first)}
	if name := p.partyName(at, span{to, l.cellOf(from).to}); name.Value != "" {
		z.name = name
	}
	rows := 0
	for i := at + 1; i < len(p.lines) && p.lines[i].page == l.page && rows < 9; i++ {
		c, ok := p.cellIn(i, z)
		if !ok {
			continue
		}
		height := p.lines[i].words[c.from].height()
		if p.lines[i].y0-z.y1 > 2.2*height && rows > 0 || p.lines[i].y0-z.y1 > 4*height || p.opensBlock(i, c) {
			break
		}
		z.y1 = p.lines[i].y1
		rows++
		if name, named := p.named(i, c); z.name.Value == "" || named {
			z.name = name
		}
	}
	return z
}

// columnEnd is where the column of a word ends: at the next cell to its right
// in its line, or else at the right edge of half the page.
func (p *paper) columnEnd(at int, first Word) float64 {
	l := &p.lines[at]
	for _, c := range l.cells {
		if l.words[c.from].X0 > first.X1+20 {
			return l.words[c.from].X0 - 5
		}
	}
	width := p.pageOf(l.page).Width
	if first.X0 > .4*width {
		return width
	}
	return max(.52*width, first.X1+20)
}

// cellIn is the cell of a line that begins within a zone's columns.
func (p *paper) cellIn(at int, z zone) (span, bool) {
	l := &p.lines[at]
	for _, c := range l.cells {
		if x := l.words[c.from].X0; x >= z.x0 && x < z.x1 {
			return c, true
		}
	}
	return span{}, false
}

// opensBlock says whether a cell begins with a label of something that is no
// part of an address.
func (p *paper) opensBlock(at int, c span) bool {
	for _, h := range p.hits[at] {
		if h.from == c.from && h.rank >= 2 {
			switch h.role {
			case vatID, other, customer, number, buyer:
				return h.role == number && !h.fuzzy
			case seller, shipTo, date, due, orderRef, delivery, invoiceIs, creditIs, gross, net:
				return h.colon || h.to == c.to
			}
		}
	}
	return false
}

// nameLabels stand before the name within a party's block.
var nameLabels = map[string]bool{"name": true, "nom": true, "firma": true, "company": true, "companyname": true, "nome": true, "nombre": true, "naam": true, "denominazione": true, "ragionesociale": true, "raisonsociale": true}

// named reads the name in a cell; sure when it is labelled "Name:".
func (p *paper) named(at int, c span) (Fact, bool) {
	l := &p.lines[at]
	if nameLabels[l.keys[c.from]] {
		from := c.from + 1
		for from < len(l.words) && l.keys[from] == "" {
			from++
		}
		if from >= len(l.words) {
			return Fact{}, false
		}
		return p.partyName(at, span{from, l.cellOf(from).to}), true
	}
	return p.partyName(at, c), false
}

// partyName reads a party's name in words of a line. Words that begin with a
// label are none.
func (p *paper) partyName(at int, s span) Fact {
	l := &p.lines[at]
	for s.from < s.to && (l.keys[s.from] == "" || l.keys[s.from] == "logo") {
		s.from++
	}
	if s.from >= s.to {
		return Fact{}
	}
	for _, h := range p.hits[at] {
		switch {
		case h.from == s.from && h.role == buyer && h.to < s.to:
			return p.partyName(at, span{h.to, s.to})
		case h.from == s.from && (h.colon || h.to == s.to) && h.role != seller:
			return Fact{}
		}
	}
	if p.hasKey(l, s) {
		return Fact{}
	}
	if _, n := p.date(l.words[s.from:s.to]); n > 0 {
		return Fact{}
	}
	name := companyName(l.text(s))
	if !isName(name) || isAddress(name) && !legalForm.MatchString(name) {
		return Fact{}
	}
	return factOf(name, .8, l.words[s.from:s.to])
}

// hasKey says whether words are a key and its value, such as "Number : 12": a
// colon among the first of them.
func (p *paper) hasKey(l *line, s span) bool {
	if s.to < len(l.words) && strings.HasPrefix(l.words[s.to].Text, ":") {
		return true
	}
	for i := s.from; i < min(s.from+4, s.to); i++ {
		if strings.HasSuffix(l.words[i].Text, ":") && (i+1 < s.to || i == s.from) {
			return true
		}
	}
	return false
}

// zoneUnderSender is the recipient's address under the sender's line.
func (p *paper) zoneUnderSender(at int) (zone, bool) {
	l := &p.lines[at]
	page := p.pageOf(l.page)
	if l.y0 > .45*page.Height {
		return zone{}, false
	}
	for _, c := range l.cells {
		s := p.senderSpan(at, c)
		if _, ok := senderParts(l.text(s)); ok {
			z := p.zoneUnder(at, s.from, s.to, 35)
			z.y0 = l.y1
			return z, z.name.Value != ""
		}
	}
	return zone{}, false
}

// senderSpan joins cells that dots with wide gaps part.
func (p *paper) senderSpan(at int, c span) span {
	l := &p.lines[at]
	for i := c.to; i < len(l.words); i++ {
		dot := l.keys[i] == "" || l.keys[i-1] == ""
		if !dot && l.words[i].X0-l.words[i-1].X1 > gap(l.words[i-1], l.words[i]) {
			return span{c.from, i}
		}
	}
	return span{c.from, len(l.words)}
}
