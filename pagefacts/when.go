package pagefacts

// dates finds the dates of the paper and drops a due date before the issue date,
// which is another date that was read as one.
func (p *paper) dates(f *Facts) {
	f.IssueDate = p.issueDate()
	f.DueDate = p.first(due, p.anyDate)
	f.DeliveryDate = p.first(delivery, p.anyDate)
	if f.IssueDate.Value != "" && f.DueDate.Value != "" && f.DueDate.Value < f.IssueDate.Value {
		f.DueDate.Confidence -= .5
	}
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
