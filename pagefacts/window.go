package pagefacts

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Where letters have their window and their foot, as shares of the height of a page
// (DIN 5008 and NF Z 11-001 put the window 27 to 95 mm from the top).
const (
	windowBegins = .09
	windowEnds   = .34
	footBegins   = .8
)

// showsWho has the words and numbers with which a company shows in its foot who it is.
var showsWho = regexp.MustCompile(`(?i)\b(?:hr[ab]|iban|bic|swift|ust|uid|vat|tva|btw|mwst|p\.?\s?iva|nif|cif|siret|siren|rcs|kvk|registergericht|amtsgericht|handelsregister|gesch[äa]ftsf[üu]hr\p{L}*|bankverbindung|company (?:no|number)|registered)\b`)

// standing looks again where the name that most speaks for is one in the window. A
// seller's name comes again in the foot, beside its register, VAT id and account;
// whoever is written to without a label stands in the window alone: name, street, town
// and nothing to reach them by. Where a buyer is known already, or several addresses
// stand there, the place says nothing.
func (p *paper) standing(list []party, buyer Fact) []party {
	foot, ids := p.foot()
	inFoot := func(f party) bool {
		name := squeeze(f.Value)
		return len(name) >= 4 && strings.Contains(foot, name)
	}
	addressees := p.addressees()
	if !ids || len(list) == 0 || buyer.Value != "" || len(addressees) != 1 {
		return list
	}
	best := slices.MaxFunc(list, func(a, b party) int { return cmp.Compare(a.score, b.score) })
	if inFoot(best) || squeeze(best.Value) != squeeze(addressees[0]) {
		return list
	}
	list = append(list, p.footNames(list)...)
	if !slices.ContainsFunc(list, inFoot) {
		return list
	}
	for i := range list {
		switch {
		case inFoot(list[i]):
			list[i].score += 1.5
		case squeeze(list[i].Value) == squeeze(best.Value):
			list[i].score -= 2
		}
	}
	return list
}

// footNames are the names above an address at the foot that are not among the others:
// a firm without a legal form is known by nothing else there.
func (p *paper) footNames(others []party) []party {
	var list []party
	for at := range p.lines {
		l := &p.lines[at]
		if l.y0 < p.footFrom(l.page) {
			continue
		}
		for _, c := range l.cells {
			name := p.partyName(at, c)
			if name.Value == "" || len(list) == maxNames || !p.headsAddress(at, c) && !p.aboveOneLine(at, c) ||
				slices.ContainsFunc(slices.Concat(others, list), func(o party) bool { return squeeze(o.Value) == squeeze(name.Value) }) {
				continue
			}
			list = append(list, party{name, 1.2})
		}
	}
	return list
}

// aboveOneLine says whether street and town are the next line below a cell.
func (p *paper) aboveOneLine(at int, c span) bool {
	first := p.lines[at].words[c.from]
	z := zone{page: p.lines[at].page, x0: first.X0 - 10, x1: first.X0 + 10}
	for i := at + 1; i < min(len(p.lines), at+maxBelow) && p.lines[i].page == z.page; i++ {
		if below, ok := p.cellIn(i, z); ok {
			text := p.lines[i].text(below)
			return p.lines[i].y0-p.lines[at].y1 < 1.5*first.height() && len(separators.Split(text, -1)) > 1 && postcode.MatchString(text) && !contact.MatchString(text)
		}
	}
	return false
}

// foot is what stands at the foot of the pages, as names are compared, and whether it
// says who the paper is from.
func (p *paper) foot() (text string, ids bool) {
	var b strings.Builder
	for i := range p.lines {
		l := &p.lines[i]
		if l.y0 < p.footFrom(l.page) {
			continue
		}
		for _, c := range l.cells {
			cell := l.text(c)
			ids = ids || showsWho.MatchString(cell)
			b.WriteString(squeeze(cell))
			b.WriteByte(' ')
		}
	}
	return b.String(), ids
}

// addressees are the names above an address in the window of the first page, with
// nothing below by which a sender is reached or known.
func (p *paper) addressees() []string {
	var names []string
	for at := range p.lines {
		l := &p.lines[at]
		height := p.pageOf(l.page).Height
		if l.page != p.lines[0].page || l.y0 > windowEnds*height {
			break
		}
		for _, c := range l.cells {
			if l.y0 < windowBegins*height || len(names) == maxNames {
				continue
			}
			if name := p.partyName(at, c); name.Value != "" && p.headsAddress(at, c) && !p.reachable(at, c) {
				names = append(names, name.Value)
			}
		}
	}
	return names
}

// reachable says whether the block that a cell heads has a telephone, an address of
// mail or a number of a register in it.
func (p *paper) reachable(at int, c span) bool {
	first := p.lines[at].words[c.from]
	z := zone{page: p.lines[at].page, x0: first.X0 - 10, x1: first.X0 + 10}
	y := p.lines[at].y1
	for i := at + 1; i < min(len(p.lines), at+maxBelow) && p.lines[i].page == z.page; i++ {
		below, ok := p.cellIn(i, z)
		if !ok {
			continue
		}
		if p.lines[i].y0-y > 1.5*first.height() {
			return false
		}
		y = p.lines[i].y1
		if text := p.lines[i].text(below); contact.MatchString(text) || showsWho.MatchString(text) {
			return true
		}
	}
	return false
}
