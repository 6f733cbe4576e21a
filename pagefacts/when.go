package pagefacts

import (
	"regexp"
	"slices"
	"strings"
)

// dates finds the dates of the paper and drops a due date before the issue date,
// which is another date that was read as one.
func (p *paper) dates(f *Facts) {
	f.IssueDate = p.issueDate()
	f.DueDate = p.dueDate(f.IssueDate.Value)
	f.DeliveryDate = p.first(delivery, p.anyDate)
	if f.IssueDate.Value == "" {
		f.IssueDate = p.taxPoint()
	}
	if f.IssueDate.Value != "" && f.DueDate.Value != "" && f.DueDate.Value < f.IssueDate.Value {
		f.DueDate.Confidence -= .5
	}
}

// dueDate is the surest labelled date that is not before the issue date, or else the
// one on which the sentence about a direct debit says that the sum is taken.
func (p *paper) dueDate(issued string) Fact {
	list := p.candidates(due, p.anyDate)
	if later := slices.DeleteFunc(slices.Clone(list), func(c candidate) bool { return c.Value < issued }); len(later) > 0 {
		return best(later)
	}
	if f := p.debitDate(issued); f.Value != "" {
		return f
	}
	return best(list)
}

// debited are the words of sentences that say when a sum is taken from an account.
var debited = regexp.MustCompile(`\b(?:abgebucht|eingezogen|einziehen|buchen|abbuchen|afgeschreven|geincasseerd|preleve|prelevement|prelever|debited|collected by direct debit|addebitat[oi]|adeudad[oa]|cargaremos|debiteret|trukket)\b`)

func (p *paper) debitDate(issued string) Fact {
	for at := range p.lines {
		l := &p.lines[at]
		if !debited.MatchString(fold(l.text(l.all()))) {
			continue
		}
		for i := range l.words {
			if v, n := p.date(l.words[i:]); v != "" && v >= issued {
				return factOf(v, .75, l.words[i:i+n])
			}
		}
	}
	return Fact{}
}

// taxPoint is the date of a British invoice that has no other: the law asks for the tax
// point and lets it stand for the date of issue where both are the same.
func (p *paper) taxPoint() Fact {
	for _, c := range p.candidates(delivery, p.anyDate) {
		if strings.Join(p.lines[c.hit.line].keys[c.from:c.to], "") == "taxpoint" {
			c.Fact.Confidence = .8
			return c.Fact
		}
	}
	return Fact{}
}

// dateline is how letters begin a date: the town, and an article in some languages.
var dateline = regexp.MustCompile(`^\p{Lu}[\p{L}'. -]{2,40},(?: (?:le|den|li|the|am|den|el|a))?$`)

// letterDate is the date behind the town at the head of a letter, "Brest, le 5 mars 2025".
func (p *paper) letterDate() Fact {
	for at := range p.lines {
		l := &p.lines[at]
		if l.page != p.lines[0].page || l.y0 > .6*p.pageOf(l.page).Height {
			break
		}
		for _, c := range l.cells {
			for i := c.from + 1; i < min(c.to, c.from+6); i++ {
				if v, n := p.date(l.words[i:c.to]); v != "" && i+n == c.to && dateline.MatchString(l.text(span{c.from, i})) {
					return factOf(v, .9, l.words[i:i+n])
				}
			}
		}
	}
	return Fact{}
}

// anyDate reads a date, with eight digits in a row for one where a label
// announces it.
func (p *paper) anyDate(words []Word) (string, int) {
	if v, n := p.date(words); v != "" {
		return v, n
	}
	if m := compactDate.FindStringSubmatch(words[0].Text); m != nil {
		return dateOf(m[1], m[2], m[3]), 1
	}
	return "", 0
}

// issueDate is the labelled date; or the one behind the title; or the only date
// that no other label claims.
func (p *paper) issueDate() Fact {
	labelled := best(p.candidates(date, p.anyDate))
	if labelled.Confidence >= .85 {
		return labelled
	}
	if f := p.letterDate(); f.Value != "" {
		return f
	}
	if f := p.titleDate(); f.Value != "" {
		return f
	}
	if labelled.Value != "" {
		return labelled
	}
	return p.looseDate()
}

// titleDate reads "Rechnung Nr. 471 vom 05.06.2018".
func (p *paper) titleDate() Fact {
	for at := range p.lines {
		l := &p.lines[at]
		for i, key := range l.keys {
			if !isTitle(key) || l.cellOf(i).from != i {
				continue
			}
			for j := i + 1; j < p.titleEnd(at, i) && j < i+9; j++ {
				if v, n := p.date(l.words[j:]); v != "" {
					return factOf(v, .88, l.words[j:j+n])
				}
			}
		}
	}
	return Fact{}
}

// looseDate is a date without a label: sure when it is the only one, less so
// when it is the first of several. On a receipt the first is that of the sale.
func (p *paper) looseDate() Fact {
	var all []Fact
	seen := map[string]bool{}
	for at := range p.lines {
		l := &p.lines[at]
		for i := range l.words {
			v, n := p.date(l.words[i:])
			if v == "" || seen[v] || p.claimed(at, i) {
				continue
			}
			seen[v] = true
			all = append(all, factOf(v, .75, l.words[i:i+n]))
		}
	}
	if len(all) == 0 {
		return Fact{}
	}
	f := all[0]
	if len(all) > 1 && !p.receipt {
		f.Confidence = .45
	}
	for _, g := range all[1:min(len(all), maxAlternatives)] {
		f.Alternatives = append(f.Alternatives, Alternative{g.Value, .3, "it stands further down"})
	}
	return f
}

// claimed says whether a label of another meaning stands before a word.
func (p *paper) claimed(at, word int) bool {
	for _, h := range p.hits[at] {
		if h.to <= word && h.role != date && (h.role == due || h.role == delivery || h.role == other && h.rank == 3) {
			return true
		}
	}
	return false
}
