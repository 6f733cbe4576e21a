package pagefacts

import (
	"regexp"
	"slices"
	"strings"
)

var domain = regexp.MustCompile(`(?i)(?:@|www\.|//)([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.[a-z]{2,}`)

// speaksFor adds what speaks for a name as such: its legal form, and a web or
// mail address that is made of it.
func (p *paper) speaksFor(name string) float64 {
	score := 0.0
	if legalForm.MatchString(name) {
		score++
	}
	bare := squeeze(legalForm.ReplaceAllString(name, " "))
	for _, d := range p.domains {
		if strings.HasPrefix(bare, d) || len(bare) >= 4 && strings.HasPrefix(d, bare) {
			return score + 1.5
		}
	}
	return score
}

// findDomains lists the names of web and mail addresses, without what stands before
// and behind them, as names are compared.
func (p *paper) findDomains() []string {
	var list []string
	for _, l := range p.lines {
		for _, w := range l.words {
			m := domain.FindStringSubmatch(w.Text)
			if m == nil || len(list) == maxNames {
				continue
			}
			if d := squeeze(m[1][strings.LastIndex(m[1], ".")+1:]); len(d) >= 4 && !slices.Contains(list, d) {
				list = append(list, d)
			}
		}
	}
	return list
}
