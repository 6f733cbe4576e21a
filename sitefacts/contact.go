package sitefacts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/record"
)

var (
	mailLike = regexp.MustCompile(`(?i)[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}`)
	// hiddenMail is an address that was written so that programs miss it.
	hiddenMail = regexp.MustCompile(`(?i)([a-z0-9][a-z0-9._+-]*)\s*(?:\(at\)|\[at\]|\{at\}|\(@\)|\[@\]|<at>|\s+at\s+|&#64;|\(ät\))\s*([a-z0-9-]+(?:\s*(?:\.|\(dot\)|\[dot\]|\{dot\}|\(punkt\)|\[punkt\]|\s+dot\s+|\s+punkt\s+)\s*[a-z0-9-]+)*\s*(?:\.|\(dot\)|\[dot\]|\{dot\}|\(punkt\)|\[punkt\]|\s+dot\s+|\s+punkt\s+)\s*[a-z]{2,10})`)
	dots       = regexp.MustCompile(`(?i)\s*(?:\(dot\)|\[dot\]|\{dot\}|\(punkt\)|\[punkt\]|\s+dot\s+|\s+punkt\s+|\.)\s*`)
	// A domain that is given once for all addresses: "…@acme.com", and then "info@…".
	sharedDomain = regexp.MustCompile(`(?i)(?:\.\.\.|…)\s*@([a-z0-9-]+(?:\.[a-z0-9-]+)+)`)
	localAlone   = regexp.MustCompile(`(?i)\b([a-z0-9._+-]+)@(?:\.\.\.|…)`)
	phoneLabel   = regexp.MustCompile(`(?i)(?:^|[\s|,;•])(?:tel(?:efon|éfono|efono|ephone)?|fon|phone|t[ée]l(?:[ée]phone)?|mobil(?:e|telefon)?|t|call(?: us)?|ruf)\s*(?:\.|nr\.?|no\.?)?\s*[.:]?\s*(\+?[\d(][\d\s()/.–-]{6,24}\d)`)
	faxLabel     = regexp.MustCompile(`(?i)(?:^|[\s|,;•])(?:tele)?fax\b`)
	bareNumber   = regexp.MustCompile(`^\+\d[\d\s()/.–-]{7,22}\d$`)
)

// address is an address of mail on a line.
type address struct {
	mail string
	at   int
}

// addresses lists the addresses on the page, in the order of the lines.
func (r *reader) addresses() []address {
	var list []address
	shared := ""
	add := func(mail string, at int) {
		mail = strings.ToLower(strings.Trim(mail, ".-_"))
		known := slices.ContainsFunc(list, func(a address) bool { return a.mail == mail })
		if _, _, ok := record.SplitMail(mail); ok && !known {
			list = append(list, address{mail, at})
		}
	}
	for i, l := range r.lines {
		if m := sharedDomain.FindStringSubmatch(l.Text); m != nil {
			shared = m[1]
		}
		if l.Mail != "" {
			add(l.Mail, i)
		}
		for _, mail := range mailLike.FindAllString(l.Text, 10) {
			add(mail, i)
		}
		for _, m := range hiddenMail.FindAllStringSubmatch(l.Text, 10) {
			add(m[1]+"@"+dots.ReplaceAllString(m[2], "."), i)
		}
		if shared != "" {
			for _, m := range localAlone.FindAllStringSubmatch(l.Text, 10) {
				add(m[1]+"@"+shared, i)
			}
		}
	}
	return list
}

// email is the address at which the company wants to be reached: below its own
// heading or near its address, at its own domain, of a function before a person.
func (r *reader) email(near int) Fact {
	best, score := -1, 0
	list := r.addresses()
	for i, a := range list {
		l := r.lines[a.at]
		if l.block == other {
			continue
		}
		s := 1
		_, domain, _ := record.SplitMail(a.mail)
		if r.own != "" && record.RegistrableDomain(domain) == r.own {
			s += 4
		}
		if l.block == own {
			s += 3
		}
		if near >= 0 && a.at >= near-6 && a.at <= near+8 {
			s += 2
		}
		switch box := record.MailboxOf(a.mail); {
		case box == record.MailboxRole && !special.MatchString(a.mail):
			s += 2
		case special.MatchString(a.mail):
			s--
		}
		if s > score {
			best, score = i, s
		}
	}
	if best < 0 || score < 4 {
		return Fact{}
	}
	return r.fact(r.lines[list[best].at], list[best].mail, .97)
}

// special are functions that one writes to for one purpose alone.
var special = regexp.MustCompile(`^(?:datenschutz|privacy|dpo|gdpr|abuse|jobs?|career|karriere|bewerbung|hr|presse?|press|legal|security|webmaster|no-?reply|newsletter|rgpd|cnil|shop-?support)`)

// phone is the number behind a label near the address or in the company's block.
func (r *reader) phone(near int) Fact {
	var first Fact
	for i, l := range r.lines {
		if l.block == other {
			continue
		}
		text := l.Text
		if fax := faxLabel.FindStringIndex(text); fax != nil {
			text = text[:fax[0]]
		}
		number := ""
		if m := phoneLabel.FindStringSubmatch(text); m != nil {
			number = m[1]
		} else if l.Phone != "" && faxLabel.FindString(l.Text) == "" {
			number = l.Phone
		} else if bareNumber.MatchString(strings.TrimSpace(text)) {
			number = strings.TrimSpace(text)
		}
		if number == "" {
			continue
		}
		found := r.fact(l, number, .95)
		if l.block == own || near >= 0 && i >= near-6 && i <= near+8 {
			return found
		}
		if first.Absent() {
			first = found
		}
	}
	return first
}
