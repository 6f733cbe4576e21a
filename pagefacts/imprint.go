package pagefacts

import (
	"regexp"
	"strings"
)

var (
	capital  = regexp.MustCompile(`(?i)\s+(?:au capital|société au capital|with (?:its )?registered|registered (?:in|office)|mit sitz|sitz:?)\s.*$`)
	imprints = regexp.MustCompile(`\s+[-–—•●·|∙▪*/]+\s+|\s*[•●·|]\s*|,\s+`)
)

// imprint reads what a company has to tell of itself in a line at the foot or the head:
// its name with the legal form, then its seat, register and tax number.
func (p *paper) imprint(add adder) {
	for at := range p.lines {
		for _, c := range p.lines[at].cells {
			s := p.senderSpan(at, c)
			name := imprintName(p.lines[at].text(s))
			if name == "" || p.ofBuyer(at, p.lines[at].words[c.from]) || p.startsLabelled(at, c) || bankName.MatchString(name) {
				continue
			}
			rest := strings.TrimPrefix(p.lines[at].text(s), name)
			if at+1 < len(p.lines) && p.lines[at+1].page == p.lines[at].page && p.lines[at+1].y0-p.lines[at].y1 < 1.2*p.lines[at].words[0].height() {
				rest += " " + p.lines[at+1].text(p.lines[at+1].all())
			}
			if !showsWho.MatchString(rest) || !imprints.MatchString(rest) && !postcode.MatchString(rest) {
				continue
			}
			add(factOf(name, .8, p.lines[at].words[s.from:s.to]), p.against(name, 3))
		}
	}
}

// imprintName is the name with a legal form that a line begins with, when more follows.
func imprintName(text string) string {
	if len(text) > 300 {
		return ""
	}
	head := capital.ReplaceAllString(text, "")
	name := head
	parts := imprints.Split(head, -1)
	if len(parts) > 1 {
		name = parts[0]
		if rest := legalForm.FindStringIndex(strings.TrimPrefix(head, name)); rest != nil && rest[0] < 4 && !legalForm.MatchString(name) {
			name = head[:len(name)+rest[1]] // "Alcor, S.A." and "Metrics, Inc."
		}
	}
	name = companyName(name)
	if name == "" || len(name) >= len(text)-5 || strings.Contains(name, ":") || !legalForm.MatchString(name) || !isName(name) || !beginsLikeName(name) {
		return ""
	}
	return name
}

// footBlocks are the names above an address in one of several columns at the foot, when
// another column tells a register, tax number or account.
func (p *paper) footBlocks(add adder) {
	for at := range p.lines {
		l := &p.lines[at]
		if l.y0 < p.footFrom(l.page) || len(l.cells) < 2 {
			continue
		}
		for _, c := range l.cells {
			if p.ofBuyer(at, l.words[c.from]) || !p.isHead(at, c) {
				continue
			}
			b := p.blockAt(at, c)
			if b.name.Value == "" || !b.town || bankName.MatchString(b.name.Value) {
				continue
			}
			for i := b.at; i <= b.last; i++ {
				if showsWho.MatchString(p.lines[i].text(p.lines[i].all())) {
					add(b.name, p.against(b.name.Value, 2.6))
					break
				}
			}
		}
	}
}

// against is what speaks for a name in an imprint or at the foot: little where the head of
// the paper names another firm and no address below it, as one to write to has, for then the foot may be that of whoever prints or sends.
func (p *paper) against(name string, score float64) float64 {
	for at := range p.lines {
		l := &p.lines[at]
		if l.page != p.lines[0].page || l.y0 > headEnds*p.pageOf(l.page).Height {
			break
		}
		for _, c := range l.cells {
			head := companyName(l.text(c))
			if !legalForm.MatchString(head) || !isName(head) || p.ofBuyer(at, l.words[c.from]) || p.aboveAddress(at, c) > 0 {
				continue
			}
			if a, b := squeeze(head), squeeze(name); !strings.HasPrefix(a, b) && !strings.HasPrefix(b, a) {
				return min(score, .6)
			}
			return score
		}
	}
	return score
}

// headEnds is the part of a page that its letterhead takes, above the window of the
// recipient (DIN 5008: from 45 mm of 297).
const headEnds = .12

// footFrom is where the foot of a page begins: at its own foot, or on one that is not
// full, with the last fifth of what stands on it.
func (p *paper) footFrom(page int) float64 {
	bottom := 0.0
	for i := range p.lines {
		if p.lines[i].page == page {
			bottom = max(bottom, p.lines[i].y1)
		}
	}
	return footBegins * min(bottom, p.pageOf(page).Height)
}
