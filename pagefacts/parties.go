package pagefacts

import (
	"cmp"
	"slices"
	"strings"
)

// party is a name that may be the seller's, and what speaks for it.
type party struct {
	Fact
	score float64
}

// parties finds who sells and who buys.
func (p *paper) parties(f *Facts) {
	ids := p.vatIDs()
	if len(ids) == 0 || !slices.ContainsFunc(ids, func(id vatFound) bool { return !p.isBuyers(id) }) {
		ids = append(ids, p.homeNumbers()...)
	}
	p.shareIDs(f, ids)
	f.BuyerName = p.buyerName()
	f.SellerName = p.sellerName(f.BuyerName)
	if p.receipt && (p.doc.OCR || f.SellerName.Confidence < .8) {
		f.SellerName = p.shopName()
		return
	}
	if f.BuyerName.Value == "" && f.SellerName.Confidence >= enough {
		f.BuyerName = p.otherBlock(f.SellerName, f.SellerVATID.Value)
	}
}

// shareIDs gives the VAT ids to the parties: those in the buyer's block are the
// buyer's, the first other one is the seller's.
func (p *paper) shareIDs(f *Facts, ids []vatFound) {
	var others []vatFound
	for _, id := range ids {
		if p.isBuyers(id) {
			if f.BuyerVATID.Value == "" {
				f.BuyerVATID = id.Fact
			}
			continue
		}
		others = append(others, id)
	}
	for i, id := range others {
		if i > 0 && f.BuyerVATID.Value == "" && id.Value != f.SellerVATID.Value && p.inBuyerColumn(id) && !p.inBuyerColumn(others[0]) {
			f.BuyerVATID = id.Fact
			continue
		}
		switch {
		case f.SellerVATID.Value == "":
			f.SellerVATID = id.Fact
		case id.Value != f.SellerVATID.Value:
			f.SellerVATID.Alternatives = append(f.SellerVATID.Alternatives, Alternative{id.Value, .4, "it stands further down"})
		}
	}
	if f.SellerVATID.Value == f.BuyerVATID.Value && f.SellerVATID.Value != "" {
		f.BuyerVATID = Fact{}
	}
}

// isBuyers says whether an id stands in the buyer's block, or under its heading.
func (p *paper) isBuyers(id vatFound) bool {
	return p.ofBuyer(id.line, p.lines[id.line].words[id.word]) || p.underBuyer(id.line)
}

// inBuyerColumn says whether an id stands below the buyer's block in its column, as
// in papers that give each party a column.
func (p *paper) inBuyerColumn(id vatFound) bool {
	w := p.lines[id.line].words[p.lines[id.line].cellOf(id.word).from]
	return slices.ContainsFunc(p.buyers, func(z zone) bool {
		return !z.ship && w.Page == z.page && w.X0 >= z.x0-5 && w.X0 < z.x1 && w.Y0 >= z.y0 && w.Y0 < z.y1+.2*p.pageOf(z.page).Height
	})
}

// underBuyer says whether the last party that was named above a line, as a
// header over the whole width, is the buyer.
func (p *paper) underBuyer(at int) bool {
	near := p.lines[at].y0 - .25*p.pageOf(p.lines[at].page).Height
	for i := at - 1; i >= 0 && i > at-12 && p.lines[i].page == p.lines[at].page && p.lines[i].y0 > near; i-- {
		for _, h := range p.hits[i] {
			if len(p.lines[i].cells) > 1 || h.from > 0 || h.to < len(p.lines[i].words) {
				continue
			}
			switch h.role {
			case buyer:
				return true
			case seller:
				return false
			}
		}
	}
	return false
}

func (p *paper) buyerName() Fact {
	var weak Fact
	for _, z := range p.buyers {
		switch {
		case z.name.Value == "" || z.ship:
		case !z.weak:
			return z.name
		case weak.Value == "":
			weak = z.name
		}
	}
	return weak
}

// sellerName weighs the names on the paper. One thing alone that speaks for a
// name is too little, unless it is a label.
func (p *paper) sellerName(buyer Fact) Fact {
	var list []party
	add := func(f Fact, score float64) {
		if f.Value == "" || squeeze(f.Value) == squeeze(buyer.Value) {
			return
		}
		for i := range list {
			if squeeze(list[i].Value) == squeeze(f.Value) {
				list[i].score += max(score/2, .5)
				return
			}
		}
		if len(list) < maxNames {
			list = append(list, party{f, score})
		}
	}
	p.labelledSellers(add)
	p.senders(add)
	p.imprint(func(f Fact, score float64) {
		for i := range list { // the name that a label or the sender's line has, with its legal form
			if o := &list[i]; o.score >= 2.2 && strings.HasPrefix(squeeze(f.Value), squeeze(o.Value)) {
				o.score += .5
				return
			}
		}
		add(f, score)
	})
	p.footBlocks(add)
	p.senderBlocks(add)
	p.letterhead(add)
	p.firms(add)
	for i := range list {
		list[i].score += p.speaksFor(list[i].Value)
	}
	list = p.standing(list, buyer)
	slices.SortStableFunc(list, func(a, b party) int { return cmp.Compare(b.score, a.score) })
	return winner(list)
}

// winner takes the name that most speaks for.
func winner(list []party) Fact {
	if len(list) == 0 {
		return Fact{}
	}
	list = inFull(list)
	f := list[0].Fact
	f.Confidence = min(.3+.13*list[0].score, .95)
	for _, o := range list[1:min(len(list), 4)] {
		f.Alternatives = append(f.Alternatives, Alternative{o.Value, min(.3+.13*o.score, .9) / 2, "less speaks for it"})
	}
	if len(list) > 1 && list[0].score-list[1].score < .3 && list[0].score < 3 && !holds(list[0], list[1]) && !holds(list[1], list[0]) {
		f.Confidence -= .15
	}
	return f
}

// holds says whether one name is part of another.
func holds(a, b party) bool { return strings.Contains(squeeze(a.Value), squeeze(b.Value)) }

// inFull brings the name with its legal form before the same one without it,
// unless a label says that it is the name.
func inFull(list []party) []party {
	for i := 1; i < len(list); i++ {
		if list[0].score < 3 && strings.HasPrefix(squeeze(list[i].Value), squeeze(list[0].Value)) && legalForm.MatchString(list[i].Value) && !legalForm.MatchString(list[0].Value) {
			list[i].score = max(list[i].score, list[0].score)
			list[0], list[i] = list[i], list[0]
		}
	}
	return list
}

type adder func(f Fact, score float64)

// labelledSellers reads the names behind or below labels such as "Sold by".
func (p *paper) labelledSellers(add adder) {
	if p.manySellers() {
		return
	}
	for at := range p.hits {
		for _, h := range p.hits[at] {
			if h.role != seller || !h.starts && !h.colon {
				continue
			}
			score := 3.5
			if h.rank < 3 {
				score = 1.8 // whoever is paid need not be the one who sells
			}
			if f, ok := p.labelledParty(h); ok && (h.rank == 3 || !bankName.MatchString(f.Value)) {
				add(f, score)
			}
		}
	}
}

// manySellers says whether labels name three sellers and more, as the order at a
// marketplace does: then none of them is the seller of the whole.
func (p *paper) manySellers() bool {
	var names []string
	for at := range p.hits {
		for _, h := range p.hits[at] {
			if h.role != seller || h.rank < 3 || !h.colon {
				continue
			}
			f, ok := p.labelledParty(h)
			name := squeeze(f.Value)
			if ok && name != "" && !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(n, name) || strings.Contains(name, n) }) {
				names = append(names, name)
			}
		}
	}
	return len(names) > 2
}

// labelledParty is the name that a label points at.
func (p *paper) labelledParty(h hit) (Fact, bool) {
	l := &p.lines[h.line]
	end := l.cellOf(h.from).to
	if f := p.partyName(h.line, span{h.to, end}); f.Value != "" && (h.colon || legalForm.MatchString(f.Value)) {
		return f, true
	}
	if f := p.partyName(h.line, span{h.to, p.until(h)}); f.Value != "" && h.colon {
		return f, true
	}
	if z, ok := p.zoneBeside(h); ok {
		return z.name, true
	}
	if h.to >= end {
		return p.zoneUnder(h.line, h.from, h.to, 12).name, true
	}
	return Fact{}, false
}

// senders reads the lines of the sender above a recipient's address, and those
// of footers, which have the same form.
func (p *paper) senders(add adder) {
	for at := range p.lines {
		l := &p.lines[at]
		for _, c := range l.cells {
			s := p.senderSpan(at, c)
			if name, ok := senderParts(l.text(s)); ok && !bankName.MatchString(name) && !p.ofBuyer(at, l.words[c.from]) && !p.startsLabelled(at, c) {
				add(factOf(companyName(name), .8, l.words[s.from:s.to]), 2.2)
			}
		}
	}
}

func (p *paper) startsLabelled(at int, c span) bool {
	for _, h := range p.hits[at] {
		if h.from == c.from && (h.colon || h.rank == 3) {
			return true
		}
	}
	return false
}

// letterhead reads the names in the top third of the first page. A line above
// an address is a name more surely; larger letters speak for it.
func (p *paper) letterhead(add adder) {
	order := 0
	for at := range p.lines {
		l := &p.lines[at]
		page := p.pageOf(l.page)
		if l.page != p.lines[0].page || l.y0 > .33*page.Height {
			return
		}
		for _, c := range l.cells {
			name := p.partyName(at, c)
			if name.Value == "" || p.ofBuyer(at, l.words[c.from]) || p.inTitle(at, c) || isPageWord(l.keys[c.from]) || columnLabels[squeeze(name.Value)] != "" || person.MatchString(name.Value) || c.from > 0 && strings.HasSuffix(l.words[c.from-1].Text, ":") {
				continue
			}
			if strings.HasSuffix(l.text(c), ".") && c.to-c.from > 3 && !legalForm.MatchString(name.Value) {
				continue // a sentence
			}
			score := 1 - .15*float64(order)
			score += p.aboveAddress(at, c)
			if order < 3 && l.words[c.from].height() > 1.35*p.usualHeight() {
				score += .5
			}
			if !p.isHead(at, c) && !legalForm.MatchString(name.Value) {
				score-- // what stands below the name says what it does, or who answers
			}
			if p.startsWithRole(at, c, seller) {
				score -= .6 // rather a placeholder or a heading than a name
			}
			order++
			add(name, max(score, .1))
		}
	}
}

func (p *paper) startsWithRole(at int, c span, r role) bool {
	for _, h := range p.hits[at] {
		if h.from == c.from && h.role == r {
			return true
		}
	}
	return false
}

func isPageWord(key string) bool { return key == "page" || key == "seite" }

// inTitle says whether a cell has a title of an invoice or a label in it.
func (p *paper) inTitle(at int, c span) bool {
	for _, h := range p.hits[at] {
		if h.from >= c.from && h.from < c.to && (h.role == invoiceIs || h.role == creditIs || h.role == number || h.role == receiptIs || h.colon || h.from == c.from && h.to == c.to) {
			return true
		}
	}
	for i := c.from; i < c.to; i++ {
		if isTitle(p.lines[at].keys[i]) {
			return true
		}
	}
	return false
}

// aboveAddress weighs what stands below a cell in its column: an address in the
// next line, or the one after it, or else a way to reach the party.
func (p *paper) aboveAddress(at int, c span) float64 {
	l := &p.lines[at]
	first := l.words[c.from]
	z := zone{page: l.page, x0: first.X0 - 15, x1: l.words[c.to-1].X1 + 5}
	score := 0.0
	passed := 0
	for i := at + 1; i < min(len(p.lines), at+maxBelow) && p.lines[i].page == l.page && p.lines[i].y0 < l.y1+2.5*first.height() && passed < 2; i++ {
		below, ok := p.cellIn(i, z)
		if !ok {
			continue
		}
		switch text := p.lines[i].text(below); {
		case isAddress(text) || houseFirst.MatchString(text):
			return 1.2 - .3*float64(passed)
		case contact.MatchString(text):
			score = .5
		}
		passed++
	}
	return score
}

// usualHeight is the median height of the words.
func (p *paper) usualHeight() float64 {
	var heights []float64
	for _, l := range p.lines {
		for _, w := range l.words {
			heights = append(heights, w.height())
		}
	}
	if len(heights) == 0 {
		return 0
	}
	slices.Sort(heights)
	return heights[len(heights)/2]
}

// firms reads the names with a legal form wherever they stand.
func (p *paper) firms(add adder) {
	for at := range p.lines {
		l := &p.lines[at]
		for _, c := range l.cells {
			c = p.beforeLabel(at, c)
			if p.ofBuyer(at, l.words[c.from]) || p.inTitle(at, c) || !legalForm.MatchString(l.text(c)) {
				continue
			}
			if f := p.partyName(at, c); f.Value != "" && legalForm.MatchString(f.Value) && beginsLikeName(f.Value) && !bankName.MatchString(f.Value) {
				add(f, 1.2)
			}
		}
	}
}

// beforeLabel is what stands before the label of another column that came too close.
func (p *paper) beforeLabel(at int, c span) span {
	for _, h := range p.hits[at] {
		if h.from > c.from && h.from < c.to && h.rank == 3 && (h.role == number || h.role == date) && legalForm.MatchString(p.lines[at].text(span{c.from, h.from})) {
			return span{c.from, h.from}
		}
	}
	return c
}

// beginsLikeName tells a name from a piece of a sentence.
func beginsLikeName(s string) bool {
	first := strings.Fields(s)[0]
	return strings.ToLower(first) != first && len(strings.Fields(s)) <= 7
}
