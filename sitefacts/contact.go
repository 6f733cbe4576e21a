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
	hiddenMail = regexp.MustCompile(`(?i)([a-z0-9][a-z0-9._+-]*)\s*(?:\(at\)|\[at\]|\{at\}|\(@\)|\[@\]|<at>|\s+at\s+|&#64;|\(ät\)|\(a\)|[\[(]arroba[\])]|[\[(]chiocciola[\])]|[\[(]apenstaartje[\])]|[\[(]æt[\])])\s*([a-z0-9-]+(?:\s*(?:\.|\(dot\)|\[dot\]|\{dot\}|\(punkt\)|\[punkt\]|[\[(]punto[\])]|[\[(]point[\])]|[\[(]punt[\])]|[\[(]ponto[\])]|\s+dot\s+|\s+punkt\s+)\s*[a-z0-9-]+)*\s*(?:\.|\(dot\)|\[dot\]|\{dot\}|\(punkt\)|\[punkt\]|[\[(]punto[\])]|[\[(]point[\])]|[\[(]punt[\])]|[\[(]ponto[\])]|\s+dot\s+|\s+punkt\s+)\s*[a-z]{2,10})`)
	dots       = regexp.MustCompile(`(?i)\s*(?:\(dot\)|\[dot\]|\{dot\}|\(punkt\)|\[punkt\]|[\[(]punto[\])]|[\[(]point[\])]|[\[(]punt[\])]|[\[(]ponto[\])]|\s+dot\s+|\s+punkt\s+|\.)\s*`)
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
// heading or near its address, at its own domain, of a function before a person, and of
// all functions rather than one. Of two that are as good none is given.
func (r *reader) email(f *Facts, from, to int) {
	best, second := -1, -1
	list := r.addresses()
	scores := make([]int, len(list))
	for i, a := range list {
		if scores[i] = r.weighMail(a, f.Name.Value, from, to); best < 0 || scores[i] > scores[best] {
			best, second = i, best
		} else if second < 0 || scores[i] > scores[second] {
			second = i
		}
	}
	if best < 0 || scores[best] < 3 {
		return
	}
	found := r.fact(r.lines[list[best].at], list[best].mail, .97)
	_, domain, _ := record.SplitMail(found.Value)
	free := record.MailDomain(found.Value) == "" || len(list) == 1 // of a person, or the only one
	switch tied := second >= 0 && scores[second] == scores[best]; {
	case tied:
		f.Doubts = append(f.Doubts, Doubt{"email", found, "another address is as likely: " + list[second].mail})
	case !r.given && !r.ownMail(found.Value) && f.Name.Absent() && f.Street.Absent():
		f.Doubts = append(f.Doubts, Doubt{"email", found, "nothing ties it to the site"})
	case !r.ownMail(found.Value) && !free && !r.fitsFirm(domain, f.Name.Value):
		f.Doubts = append(f.Doubts, Doubt{"email", found, "at the domain of somebody else"})
	default:
		f.Email = found
	}
}

// weighMail says how much speaks for an address, of which those on lines from to to are
// beside the company's own; 0 for one of somebody else.
func (r *reader) weighMail(a address, name string, from, to int) int {
	l := r.lines[a.at]
	if l.block == other {
		return 0
	}
	s := 1
	_, domain, _ := record.SplitMail(a.mail)
	switch {
	case r.ownMail(a.mail):
		s += 5
	case r.fitsFirm(domain, name):
		s += 3
	}
	if l.block == own {
		s += 3
	}
	if a.at >= from && a.at <= to {
		s += 2
	}
	local, _, _ := record.SplitMail(a.mail)
	switch {
	case special.MatchString(a.mail):
		s--
	case record.MailboxOf(a.mail) == record.MailboxRole:
		s += 2
	}
	if general[strings.TrimRight(local, "0123456789")] {
		s++
	}
	if front := before(strings.ToLower(l.Text), a.mail); purposes.MatchString(front[max(0, len(front)-60):]) {
		s -= 3
	}
	return s
}

// ownMail reports whether an address is at the site's domain.
func (r *reader) ownMail(mail string) bool {
	_, domain, _ := record.SplitMail(mail)
	return r.own != "" && record.RegistrableDomain(domain) == r.own
}

// fitsFirm reports whether a domain is named like a firm or like the site.
func (r *reader) fitsFirm(domain, name string) bool {
	brand, _, _ := strings.Cut(record.RegistrableDomain(domain), ".")
	site, _, _ := strings.Cut(r.own, ".")
	brand, site = letters(brand), letters(site)
	return len(brand) >= 4 && (strings.Contains(letters(name), brand) || strings.Contains(brand, core(name)) && len(core(name)) >= 4 || brand == site)
}

// special are functions that one writes to for one purpose alone.
var special = regexp.MustCompile(`^(?:datenschutz|privacy|dpo|gdpr|abuse|jobs?|career|karriere|bewerbung|hr|presse?|press|legal|security|webmaster|no-?reply|newsletter|rgpd|cnil|shop-?support)`)

// general are mailboxes for everything.
var general = map[string]bool{"info": true, "contact": true, "kontakt": true, "hello": true, "hallo": true, "mail": true, "post": true, "office": true, "contacto": true, "contatti": true, "hej": true, "hei": true, "bonjour": true, "geral": true, "biuro": true, "enquiries": true}

// purposes are words in front of an address that is for one purpose alone.
var purposes = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:presse?|press|media|jobs?|karriere|careers?|bewerb\p{L}*|recrut\p{L}*|vacatures?|datenschutz\p{L}*|privacy|data protection|rgpd|gdpr|dpo|abuse|security|newsletter|retour\p{L}*|returns?|rechnung\p{L}*|invoices?|billing|accounts?|facturen|facturation|fattur\p{L}*|webmaster|support technique|complaints?|beschwerde\p{L}*|klacht\p{L}*|r[ée]clamations?)(?:$|[^\p{L}])`)

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
