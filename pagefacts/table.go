package pagefacts

import (
	"math"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// items reads the lines of the table of items and keeps them if arithmetic
// bears them out: their sum is one of the paper's sums, or most of them are a
// quantity times a price.
func (p *paper) items(f *Facts) {
	if p.receipt {
		if !p.doc.OCR {
			f.Lines = p.bareItems(f)
		}
		return
	}
	w := p.readItems()
	lines := w.lines
	total := sum(append(lineTotals(lines), w.adjusting...)...)
	adds := p.isSum(total, f.NetTotal)
	if !adds {
		if better := p.gridItems(f); len(better) > 0 {
			f.Lines = better
			return
		}
		if bare := p.bareItems(f); len(bare) > 0 {
			f.Lines = bare
			return
		}
	}
	if len(lines) == 0 || w.thin && !adds {
		return
	}
	if !adds && (w.proven*5 < len(lines)*3 || f.NetTotal.Confirmed && less(f.GrossTotal.Value, total.String())) {
		return
	}
	f.Lines = lines
	p.netOfLines(f, total.String())
}

// isSum says whether a number is one of the labelled sums, and not that of a part: a
// sum of all items is no less than the net total.
func (p *paper) isSum(total decimal.Decimal, net Fact) bool {
	if net.Confirmed && total.Abs().Cmp(parse(net.Value).Abs()) < 0 && !near(total, parse(net.Value), "0.02") {
		return false
	}
	return slices.ContainsFunc(p.sums(), func(s sumOf) bool {
		return s.role != tax && s.role != prepaid && near(total, parse(s.value), "0.02")
	})
}

// netOfLines takes the sum of the lines for the net total of a paper on which no
// tax stands: there it is the total, too.
func (p *paper) netOfLines(f *Facts, total string) {
	if f.NetTotal.Value != "" || f.TaxTotal.Value != "" || !equal(total, f.GrossTotal.Value) || len(f.Taxes) > 0 {
		return
	}
	for at := range p.lines {
		if len(p.percents(&p.lines[at])) > 0 {
			return
		}
	}
	if slices.ContainsFunc(withoutVAT, func(phrase string) bool { return p.findWords(phrase).Quote != "" }) {
		return // of what is not taxed no net is shown
	}
	for _, s := range p.sums() {
		if s.role == tax && s.beside {
			return
		}
	}
	f.NetTotal = f.GrossTotal
	f.NetTotal.Confidence = .85
}

// withoutVAT are the words of sellers that charge no tax at all.
var withoutVAT = []string{"TVA non applicable", "293 B", "§ 19", "Kleinunternehmer", "keine Umsatzsteuer", "not VAT registered", "not registered for VAT", "no GST", "franchise de TVA", "vrijgesteld van btw", "kleineondernemersregeling", "regime forfettario", "exento de IVA", "artigo 53", "zwolniony z VAT"}

// walk is the way down the tables of a paper.
type walk struct {
	p         *paper
	header    header
	reading   bool
	carried   bool // the header stands on a page before
	lines     []Line
	proven    int
	thin      bool     // the header names texts and sums only
	adjusting []string // discounts and charges that stand among the items
}

// readItems walks down from each header to the sums below it.
func (p *paper) readItems() walk {
	w := walk{p: p}
	page := 0
	for at := 0; at < len(p.lines); at++ {
		if p.lines[at].page != page {
			w.reading = w.reading && w.proven > 0
			w.carried = true // a table may go on without a header
			page = p.lines[at].page
		}
		at += w.step(at)
	}
	return w
}

// step reads a line and tells how many more belong to it.
func (w *walk) step(at int) int {
	if h, ok := w.p.headerAt(at); ok {
		_, texts := h.columns[describes]
		w.reading = len(w.lines) == 0 || texts // else it heads the breakdown of the tax
		w.header, w.carried = h, false
		w.thin = w.thin || w.reading && len(w.lines) == 0 && len(h.columns) < 3
		return 0
	}
	if !w.reading {
		return 0
	}
	if w.p.endsItems(at) || w.p.isTaxRow(at) || w.isOwnSum(at) {
		w.reading = false
		return 0
	}
	line, used, exact := w.item(at)
	switch {
	case used > 0 && !exact && w.proven > 0 && w.p.isAdjustment(at):
		w.adjusting = append(w.adjusting, line.LineTotal.Value)
	case used > 0:
		w.lines = append(w.lines, line)
		if exact {
			w.proven++
		}
	case len(w.lines) > 0 && !w.p.titles(at):
		w.p.carryOn(at, &w.lines[len(w.lines)-1])
	}
	return max(used-1, 0)
}

// isOwnSum says whether a subtotal is that of the items so far: what follows are
// discounts and taxes of the whole.
func (w *walk) isOwnSum(at int) bool {
	if len(w.lines) == 0 || !w.p.isSubtotal(at) {
		return false
	}
	amounts := w.p.amountsIn(at, w.p.lines[at].all())
	return len(amounts) > 0 && near(sum(append(lineTotals(w.lines), w.adjusting...)...), parse(amounts[len(amounts)-1].value), "0.00")
}

// adjustments are words that begin a discount or a charge among the items.
var adjustments = []string{"remise", "charge", "frais", "rabatt", "discount", "versand", "shipping", "zuschlag", "abschlag", "freight", "skonto", "korting", "sconto", "descuento", "postage", "delivery", "port"}

func (p *paper) isAdjustment(at int) bool { return startsWith(p.lines[at].keys[0], adjustments) }

// endsItems says whether a line begins the sums of the paper.
func (p *paper) endsItems(at int) bool {
	for _, h := range p.hits[at] {
		switch h.role {
		case net, gross, payable, tax, prepaid:
			if (h.starts || h.colon || h.role == tax && p.afterRate(h)) && (p.lastText(h) || h.colon) {
				return true
			}
		case subtotal:
			return h.starts && h.from == 0 && at+1 < len(p.hits) && p.endsItems(at+1)
		}
	}
	return false
}

// afterRate says whether nothing but a rate stands before a label, "25 % moms".
func (p *paper) afterRate(h hit) bool {
	l := &p.lines[h.line]
	c := l.cellOf(h.from)
	return h.from > c.from && h.from-c.from <= 2 && slices.ContainsFunc(p.percents(l), func(r figure) bool { return r.from == c.from && r.to == h.from })
}

// isTaxRow tells a line of the tax breakdown: a rate and its amounts, next to no
// text.
func (p *paper) isTaxRow(at int) bool {
	_, ok := p.taxRow(at)
	return ok && len(strings.Trim(strings.Join(p.lines[at].keys, ""), "0123456789")) <= 3
}

// lastText says whether nothing but amounts follows a label in its line.
func (p *paper) lastText(h hit) bool {
	l := &p.lines[h.line]
	amounts := p.amountsIn(h.line, span{h.to, min(len(l.words), h.to+maxBeside)})
	return len(amounts) > 0 && amounts[0].from-h.to <= 3
}

// item reads a line of the table. Its last amount with cents is its sum; of what
// stands before, the two that make the sum are quantity and price. It tells how
// many lines it took, none if it is no item, and whether the product is right.
func (w *walk) item(at int) (line Line, used int, exact bool) {
	p := w.p
	if p.isSubtotal(at) {
		return Line{}, 0, false
	}
	l := &p.lines[at]
	rates := p.percents(l)
	amounts := slices.DeleteFunc(p.amountsIn(at, l.all()), func(a figure) bool {
		return slices.ContainsFunc(rates, func(r figure) bool { return a.from >= r.from && a.from < r.to })
	})
	last, used := w.sumOf(at, amounts)
	if used == 0 {
		return Line{}, 0, false
	}
	line.LineTotal = last.Fact
	if len(rates) > 0 {
		line.TaxRate = rates[len(rates)-1].Fact
	}
	if used == 1 {
		amounts = amounts[:len(amounts)-1]
	}
	exact = line.multiply(amounts, w.header.priceFirst())
	line.Description = w.description(at, amounts, last, rates)
	switch {
	case exact:
	case isZero(last.value), p.tellsTax(at), line.Description.Value == "", used == 2 && len(amounts) < 2, w.carried:
		return Line{}, 0, false
	}
	return line, used, exact
}

// sumOf is the sum of an item: the last amount of its line; or, in tables whose
// cells are centred, the only amount of the next line, which stands to the right
// of all others and less than a line below.
func (w *walk) sumOf(at int, amounts []figure) (figure, int) {
	p := w.p
	if len(amounts) == 0 {
		return figure{}, 0
	}
	l := &p.lines[at]
	if at+1 < len(p.lines) && p.lines[at+1].page == l.page {
		n := &p.lines[at+1]
		below := p.amountsIn(at+1, n.cells[len(n.cells)-1])
		tall := l.words[0].height()
		if len(below) == 1 && below[0].cents && below[0].BBox[0] > l.words[len(l.words)-1].X1 && n.words[len(n.words)-1].middle()-l.words[len(l.words)-1].middle() < 1.4*tall {
			return below[0], 2
		}
	}
	last := amounts[len(amounts)-1]
	if !last.cents {
		return figure{}, 0
	}
	return last, 1
}

// tellsTax says whether a line is a row of the breakdown of the tax that is written out,
// "VAT analysis: rate 20 % goods 100.00 VAT 20.00".
func (p *paper) tellsTax(at int) bool {
	_, ok := p.taxRow(at)
	return ok && slices.ContainsFunc(p.hits[at], func(h hit) bool { return h.role == tax && h.from == 0 })
}

func (p *paper) isSubtotal(at int) bool {
	for _, h := range p.hits[at] {
		if (h.role == subtotal || h.role == net || h.role == gross) && p.lastText(h) && h.starts {
			return true
		}
	}
	return false
}

// priceFirst says whether the header has the price left of the quantity.
func (h header) priceFirst() bool {
	price, ok1 := h.columns[unitPrice]
	count, ok2 := h.columns[quantity]
	return ok1 && ok2 && price.from < count.from
}

// multiply finds quantity and price among amounts: their product is the line's
// sum. It says whether there are such.
func (line *Line) multiply(amounts []figure, priceFirst bool) bool {
	for i := len(amounts) - 1; i >= 0; i-- {
		for j := range i {
			product, err := parse(amounts[i].value).Mul(parse(amounts[j].value))
			if err != nil || !near(product, parse(line.LineTotal.Value), "0.011") {
				continue
			}
			count, price := amounts[j], amounts[i]
			if priceFirst || count.currency != "" && price.currency == "" {
				count, price = price, count
			}
			line.Quantity, line.UnitPrice = sure(count.Fact), sure(price.Fact)
			return true
		}
	}
	return false
}

// titles says whether a line of text stands so close above the next that both
// are one row whose cells are centred.
func (p *paper) titles(at int) bool {
	if at+1 >= len(p.lines) || p.lines[at+1].page != p.lines[at].page || len(p.amountsIn(at, p.lines[at].all())) > 0 {
		return false
	}
	a, b := p.lines[at].words[0], p.lines[at+1].words[0]
	return p.lines[at+1].y0-p.lines[at].y0 < .95*max(a.height(), b.height()) && len(p.amountsIn(at+1, p.lines[at+1].all())) > 1
}

// description is the text of a line up to its sum, without its numbers, units,
// position and what stands in the columns before it, such as a number of the article.
func (w *walk) description(at int, amounts []figure, last figure, rates []figure) Fact {
	p := w.p
	l := &p.lines[at]
	if at > 0 && p.titles(at-1) && p.hasLetters(at-1) {
		above := p.lines[at-1]
		return factOf(above.text(above.all()), .75, above.words)
	}
	end := len(l.words)
	if last.line == at {
		end = last.from
	}
	var words []Word
	for _, c := range w.fromDescription(l) {
		text := l.text(c)
		unit := len(words) > 0 && !strings.ContainsAny(text, "0123456789") && len(text) <= 5
		for i := c.from; i < min(c.to, end) && !unit; i++ {
			inside := func(f figure) bool { return i >= f.from && i < f.to }
			number := func(f figure) bool { return inside(f) || f.from == c.from && i >= f.to && c.to-f.to == 1 }
			if !slices.ContainsFunc(amounts, number) && !slices.ContainsFunc(rates, inside) {
				words = append(words, l.words[i])
			}
		}
	}
	text := trimmed(join(words))
	if letters := strings.Trim(text, "0123456789.,-/ €$£%"); len(letters) < 2 {
		return Fact{}
	}
	return factOf(text, .8, words)
}

// fromDescription are the cells of a line without those that end before the header
// of the descriptions begins, if another cell begins where that does.
func (w *walk) fromDescription(l *line) []span {
	at, ok := w.header.columns[describes]
	if !ok {
		return l.cells
	}
	x := w.p.lines[w.header.line].words[at.from].X0
	for i, c := range l.cells {
		first := l.words[c.from]
		if math.Abs(first.X0-x) < 2*first.height() && len(trimmed(l.text(c))) > 2 {
			return l.cells[i:]
		}
	}
	return l.cells
}

func (p *paper) hasLetters(at int) bool {
	return len(strings.Trim(strings.Join(p.lines[at].keys, ""), "0123456789")) > 5
}

// carryOn adds a line of text below an item to its description.
func (p *paper) carryOn(at int, item *Line) {
	l := &p.lines[at]
	if len(l.cells) > 1 || len(item.Description.Value) > 2*maxLetters || item.Description.Page != l.page || l.words[0].Y0-item.Description.BBox[3] > 1.2*l.words[0].height() {
		return
	}
	if x := l.words[0].X0; x < item.Description.BBox[0]-8 || x > item.Description.BBox[0]+60 {
		return
	}
	f := factOf(item.Description.Value+" "+l.text(l.all()), .8, l.words)
	f.Quote = item.Description.Quote + " " + f.Quote
	old := item.Description.BBox
	f.BBox = [4]float64{min(old[0], f.BBox[0]), min(old[1], f.BBox[1]), max(old[2], f.BBox[2]), max(old[3], f.BBox[3])}
	item.Description = f
}
