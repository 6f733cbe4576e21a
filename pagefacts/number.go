package pagefacts

import "strings"

// findNumber finds the number of the invoice: behind a label that says so, or
// behind the title of the paper.
func (p *paper) findNumber() Fact { return p.mend(p.labelledNumber()) }

func (p *paper) labelledNumber() Fact {
	list := p.candidates(number, p.documentNumber)
	for i := range list {
		list[i].Value = p.asPrinted(list[i])
	}
	if f := best(list); f.Confidence >= .85 {
		return f
	}
	if f := p.titleNumber(); f.Value != "" {
		return f
	}
	return best(list)
}

// asPrinted keeps a # that stands before a number behind a label that says by itself
// that it is one, "Invoice No: #4711": there it is part of what the issuer calls the
// invoice. In "Invoice #4711" it is the label.
func (p *paper) asPrinted(c candidate) string {
	last := p.lines[c.hit.line].words[c.to-1].Text
	if strings.HasPrefix(c.Quote, "#") && !strings.Contains(last, "#") && numberWords[p.lines[c.hit.line].keys[c.to-1]] {
		return "#" + c.Value
	}
	return c.Value
}

// titleNumber reads "Invoice INV/2024/7", "Handelsrechnung (380) Nr. 471" or a
// number that stands below a title with a # before it.
func (p *paper) titleNumber() Fact {
	for at := range p.lines {
		l := &p.lines[at]
		for i, key := range l.keys {
			if !isTitle(key) || l.cellOf(i).from != i && !numberFollows(l, i) {
				continue
			}
			if f := p.numberAfter(at, i); f.Value != "" {
				return f
			}
			if f := p.numberUnder(at, i); f.Value != "" {
				return f
			}
		}
	}
	return Fact{}
}

func isTitle(key string) bool {
	for _, t := range titleWords {
		if key == t || len(key) > len(t) && strings.HasSuffix(key, t) {
			return true
		}
	}
	return false
}

func numberFollows(l *line, i int) bool {
	return i+1 < len(l.words) && (numberWords[l.keys[i+1]] || strings.HasPrefix(l.words[i+1].Text, "#"))
}

// numberAfter reads the identifier behind a title in its cell. Directly behind
// the title it needs a digit and no more; further on a word such as "Nr." must
// announce it.
func (p *paper) numberAfter(at, i int) Fact {
	l := &p.lines[at]
	end := min(p.titleEnd(at, i), i+9)
	announced := false
	for j := i + 1; j < end; j++ {
		if numberWords[l.keys[j]] && len(l.words[j].Text) < 8 {
			announced = true
			continue
		}
		if j > i+1 && !announced {
			continue
		}
		if v, n := p.documentNumber(l.words[j:l.cellOf(j).to]); v != "" && (announced || j+n >= l.cellOf(i).to || len(v) > 3 && !isYear(v)) && !strings.HasPrefix(l.words[j].Text, "(") {
			return factOf(v, .88, l.words[j:j+n])
		}
	}
	return Fact{}
}

func isYear(s string) bool {
	return len(s) == 4 && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20"))
}

// titleEnd is where the words of a title end: with its cell, or before a label of
// something else, such as an order that the invoice refers to.
func (p *paper) titleEnd(at, i int) int {
	end := p.lines[at].cellOf(i).to
	for _, h := range p.hits[at] {
		if h.from > i && h.from < end && (h.role == orderRef || h.role == customer || h.role == other || h.role == due || h.role == delivery) {
			return h.from
		}
	}
	return end
}

// numberUnder reads a number with a # or "Nr." before it in the line below a
// title.
func (p *paper) numberUnder(at, i int) Fact {
	if at+1 >= len(p.lines) || p.lines[at+1].page != p.lines[at].page {
		return Fact{}
	}
	l, title := &p.lines[at+1], p.lines[at].words[i]
	for _, c := range l.cells {
		from := c.from
		if numberWords[l.keys[from]] && from+1 < c.to {
			from++
		} else if !strings.HasPrefix(l.words[from].Text, "#") {
			continue
		}
		if v, n := p.identifier(l.words[from:c.to]); v != "" && l.words[c.to-1].X1 >= title.X0-20 {
			return factOf(v, .85, l.words[from:from+n])
		}
	}
	return Fact{}
}
