package pagefacts

import (
	"slices"
	"strings"
)

// zone is a part of a page.
type zone struct {
	page           int
	x0, y0, x1, y1 float64
	name           Fact // what stands first in it
	ship           bool // where goods go, not who pays
	weak           bool // who uses what is sold, and may not pay
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
			if (h.role == buyer || h.role == shipTo) && (h.starts || h.colon) && !h.fuzzy && (p.headsBlock(h) || p.isAttention(at, span{h.from, h.to})) {
				z, beside := p.zoneBeside(h)
				if above, ok := p.aboveAttention(h); ok {
					z, beside = above, true
				}
				if !beside && !p.headsBlock(h) {
					continue
				}
				if !beside {
					z = p.zoneUnder(at, p.labelStart(h), h.to, 12)
				}
				z.ship, z.weak = h.role == shipTo, h.rank < 2
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
		if p.lines[i].y0-z.y1 > 2.2*height && rows > 0 || p.lines[i].y0-z.y1 > 4*height || p.opensBlock(i, c) || rows > 0 && imprintName(p.lines[i].text(c)) != "" {
			break
		}
		z.y1 = p.lines[i].y1
		rows++
		name, named := p.named(i, c)
		switch {
		case z.name.Value == "" && !p.isAttention(i, c) || named && name.Value != "":
			z.name = name
		case z.name.Value != "" && rows == 2 && p.goesOn(z.name, i, c):
			z.name = factOf(z.name.Value+" "+strings.TrimSpace(p.lines[i].text(c)), .8, p.lines[i].words[c.from:c.to])
		}
	}
	return z
}

// labelStart is where the labels of one role begin that stand side by side, "Buyer (Bill to)".
func (p *paper) labelStart(h hit) int {
	from := h.from
	for i := len(p.hits[h.line]) - 1; i >= 0; i-- {
		if o := p.hits[h.line][i]; o.role == h.role && o.to == from {
			from = o.from
		}
	}
	return from
}

// attentions are the labels before a person at a firm.
var attentions = map[string]bool{"attn": true, "attention": true, "att": true, "tav": true, "zhd": true, "zhdn": true, "alattentionde": true, "terattentievan": true}

// isAttention says whether a cell begins with the label of a person at a firm.
func (p *paper) isAttention(at int, c span) bool {
	return slices.ContainsFunc(p.hits[at], func(h hit) bool {
		return h.from == c.from && attentions[strings.Join(p.lines[at].keys[h.from:h.to], "")]
	})
}

// aboveAttention is the block whose second line is "Attn: …": the firm stands above the
// person.
func (p *paper) aboveAttention(h hit) (zone, bool) {
	l := &p.lines[h.line]
	c := l.cellOf(h.from)
	if h.from != c.from || !p.isAttention(h.line, c) {
		return zone{}, false
	}
	for i := h.line - 1; i >= 0 && i > h.line-maxBelow && p.lines[i].page == l.page && l.y0-p.lines[i].y1 < .9*l.words[c.from].height(); i-- {
		above, ok := p.aligned(h.line, c, i)
		if !ok {
			continue
		}
		z := p.zoneUnder(i, above.from, above.to, 12)
		z.name = p.partyName(i, above)
		return z, z.name.Value != ""
	}
	return zone{}, false
}

// goesOn says whether the line below a name is its end, which its column had no room for:
// a legal form alone, or with a word that many firms have before it.
func (p *paper) goesOn(name Fact, at int, c span) bool {
	text := " " + p.lines[at].text(c)
	rest := strings.TrimSpace(legalForm.ReplaceAllString(text, " "))
	return !legalForm.MatchString(name.Value) && legalForm.MatchString(text) && (len(squeeze(rest)) < 2 || firmWords[squeeze(rest)])
}

var firmWords = map[string]bool{"company": true, "group": true, "holding": true, "holdings": true, "services": true, "solutions": true, "international": true, "co": true, "supply": true, "consulting": true, "agricola": true, "societa": true}

// zoneBeside is the block to the right of a label, as in lists of terms: nothing of its
// own stands below the label.
func (p *paper) zoneBeside(h hit) (zone, bool) {
	l := &p.lines[h.line]
	cell := l.cellOf(h.from)
	if h.from != cell.from || h.to < cell.to || cell.to >= len(l.words) {
		return zone{}, false
	}
	next := l.cellOf(cell.to)
	if p.partyName(h.line, next).Value == "" || slices.ContainsFunc(p.hits[h.line], func(o hit) bool { return o.from == next.from && o.rank > 1 }) || p.fills(h) {
		return zone{}, false
	}
	z := p.zoneUnder(h.line, next.from, next.to, 12)
	z.name = p.partyName(h.line, next)
	if h.line+1 < len(p.lines) && p.lines[h.line+1].page == l.page {
		if below, ok := p.cellIn(h.line+1, z); ok && p.goesOn(z.name, h.line+1, below) {
			z.name.Value += " " + p.lines[h.line+1].text(below)
		}
	}
	for i := h.line + 1; i < len(p.lines) && p.lines[i].page == l.page && p.lines[i].y0 < z.y1; i++ {
		left, ok := p.aligned(h.line, cell, i) // the next term of the list ends the block
		if ok && slices.ContainsFunc(p.hits[i], func(o hit) bool { return o.from == left.from && o.rank > 1 && o.to >= left.to }) {
			z.y1 = p.lines[i].y0 - 1
		}
	}
	return z, true
}

// fills says whether something that is no label stands close below a label.
func (p *paper) fills(h hit) bool {
	l := &p.lines[h.line]
	for i := h.line + 1; i < min(len(p.lines), h.line+maxBelow) && p.lines[i].page == l.page && p.lines[i].y0-l.y1 < 1.1*l.words[h.from].height(); i++ {
		if below, ok := p.aligned(h.line, l.cellOf(h.from), i); ok {
			return !slices.ContainsFunc(p.hits[i], func(o hit) bool { return o.from == below.from && o.rank > 1 })
		}
	}
	return false
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
