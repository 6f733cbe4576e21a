package pagefacts

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// block is an address as it stands on a page: lines with one left or right edge and no
// wide gap, a name first, a town with its postcode further down.
type block struct {
	name     Fact
	at, last int // lines
	town     bool
	reach    bool // it says how to reach whom it names, or where they are registered
	text     string
}

// registers are the words beside numbers that a party tells of itself, but for those
// for taxes, which it tells of its customers, too.
var registers = regexp.MustCompile(`(?i)\b(?:hr[ab]|iban|bic|siret|siren|rcs|kvk|cvr|registergericht|amtsgericht|handelsregister|company (?:no|number)|abn|acn|c\.f\.)\b`)

// maxRows are the lines of an address at most.
const maxRows = 8

// blockAt follows the lines of an address down from its name.
func (p *paper) blockAt(at int, c span) block {
	b := block{name: p.partyName(at, c), at: at, last: at}
	y, rows := p.lines[at].y1, 0
	for i := at + 1; i < min(len(p.lines), at+3*maxRows) && p.lines[i].page == p.lines[at].page && rows < maxRows; i++ {
		below, ok := p.aligned(at, c, i)
		if !ok {
			continue
		}
		tall := p.lines[i].words[below.from].height()
		room := 2.0
		if b.town {
			room = .9
		}
		dated, _ := p.date(p.lines[i].words[below.from:below.to])
		if p.lines[i].y0-y > room*tall || p.opensBlock(i, below) || p.hasMoney(i, below) || dated != "" {
			break
		}
		text := p.lines[i].text(below)
		y, b.last = p.lines[i].y1, i
		b.town = b.town || isTown(text)
		b.reach = b.reach || contact.MatchString(text) || registers.MatchString(text)
		b.text += " " + text
		rows++
	}
	return b
}

// yearIn is a year behind a point or a month, which is no postcode.
var yearIn = regexp.MustCompile(`(?i)(?:\.\s*|\p{L}{3,} )(?:19|20)\d\d$`)

// isTown says whether a line of an address has a postcode and a name beside it.
func isTown(text string) bool {
	if first, _, _ := strings.Cut(text, " "); yearIn.MatchString(text) && (strings.Contains(text, ".") || monthOf(fold(first)) > 0) {
		return false
	}
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, text)
	return len(text) < 60 && len(letters) > 2 && postcode.MatchString(text) && !strings.Contains(text, ":") && !registers.MatchString(text) && !contact.MatchString(text)
}

// hasMoney says whether an amount with cents stands in words of a line.
func (p *paper) hasMoney(at int, s span) bool {
	return slices.ContainsFunc(p.amountsIn(at, s), func(a figure) bool { return a.cents })
}

// aligned is the cell of another line that begins where a cell does, or in the right
// half of a page ends where it does.
func (p *paper) aligned(at int, c span, other int) (span, bool) {
	first, last := p.lines[at].words[c.from], p.lines[at].words[c.to-1]
	right := last.X1 > .6*p.pageOf(p.lines[at].page).Width
	for _, o := range p.lines[other].cells {
		a, z := p.lines[other].words[o.from], p.lines[other].words[o.to-1]
		if math.Abs(a.X0-first.X0) < max(12, 1.3*first.height()) || right && math.Abs(z.X1-last.X1) < 2.5 {
			return o, true
		}
	}
	return span{}, false
}

// isHead says whether no other name stands close above a cell.
func (p *paper) isHead(at int, c span) bool {
	l := &p.lines[at]
	for i := at - 1; i >= 0 && i > at-maxBelow && p.lines[i].page == l.page; i-- {
		above, ok := p.aligned(at, c, i)
		if !ok {
			continue
		}
		if l.y0-p.lines[i].y1 > .9*l.words[c.from].height() {
			return true
		}
		return p.partyName(i, above).Value == "" || p.startsWithRole(i, above, seller) || p.startsWithRole(i, above, buyer) || p.inTitle(i, above)
	}
	return true
}

// addressBlocks are the addresses with a name in the upper half of the first page.
func (p *paper) addressBlocks() []block {
	var list []block
	for at := range p.lines {
		l := &p.lines[at]
		if l.page != p.lines[0].page || l.y0 > .5*p.pageOf(l.page).Height || len(list) == maxNames {
			break
		}
		for _, c := range l.cells {
			if p.inTitle(at, c) || p.hasCents(at) || columnLabels[squeeze(l.text(c))] != "" || !p.isHead(at, c) {
				continue
			}
			if b := p.blockAt(at, c); b.name.Value != "" && b.town && !streetNumber.MatchString(b.name.Value) && !houseFirst.MatchString(b.name.Value) {
				list = append(list, b)
			}
		}
	}
	return list
}

// otherBlock is the name above the only address at the head of the paper that is not the
// seller's: whom it is written to needs no label.
func (p *paper) otherBlock(seller Fact, id string) Fact {
	var found Fact
	for _, b := range p.addressBlocks() {
		if isPart(b.name.Value, seller.Value) || b.reach || strings.Contains(squeeze(b.text), squeeze(seller.Value)) || id != "" && strings.Contains(squeeze(b.text), squeeze(id)) || p.speaksFor(b.name.Value) >= 1.5 {
			continue
		}
		if found.Value != "" && squeeze(found.Value) != squeeze(b.name.Value) {
			return Fact{}
		}
		found = b.name
		found.Confidence = .7
	}
	if found.Value == "" { // recognised words may stand askew
		return p.otherAddress(seller)
	}
	return found
}

// senderBlocks are the reachable parties that head an address: who writes an invoice says how to
// be reached.
func (p *paper) senderBlocks(add adder) {
	for _, b := range p.addressBlocks() {
		if w := p.lines[b.at].words[0]; b.reach && !p.ofBuyer(b.at, Word{X0: b.name.BBox[0], Y0: w.Y0, Y1: w.Y1}) {
			add(b.name, 2.2)
		}
	}
}
