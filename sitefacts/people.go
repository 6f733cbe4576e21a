package sitefacts

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/webpage"
)

var (
	// speaks announces who speaks for the company, with the role that it means.
	speaks = regexp.MustCompile(`(?i)^(?:vertreten durch(?: (?:die|den|ihre|ihren)?)?|vertretungsberechtigte?[rn]?(?: \p{L}+)?|gesch[äa]e?ftsf[üu]e?hr(?:er(?::?in(?:nen)?)?|erin|ung|ender gesellschafter)(?:/-?in)?|inhaber(?::?in)?|vorstand(?:smitglied(?:er)?|svorsitzender?)?|` +
		`prokurist(?:in)?|gesellschafter|verantwortlich (?:f[üu]r den inhalt|i\. ?s\. ?d\. ?p\.?|gem[äa][ßs])[^:]*|directeur(?:trice)? de (?:la )?publication|responsable de (?:la )?publication|g[ée]rante?s?|pr[ée]sidente?|directeur g[ée]n[ée]ral|` +
		`managing directors?|directors?|owner|founders?|ceo|represented by|legale rappresentante|amministratore(?: unico| delegato)?|administrador(?:a)?|directeur|bestuurder)\b\s*(?:ist|sind|is|are|est)?\s*[:.]?\s*`)
	titles    = regexp.MustCompile(`^(?:(?:Dr|Prof|Dipl|Mag|Ing|Mr|Mrs|Ms|Herr|Herrn|Frau|Monsieur|Madame|M|Mme|Sig|Sig\.ra|Sr|Sra|Dr\.-Ing|Dipl\.-(?:Ing|Kfm|Inf|Wirt)|med|dent|vet|rer|nat|oec|publ|pol|jur|phil|h\.c|PD)\.?(?:-[\p{L}]+\.?)?\s+)+`)
	afterName = regexp.MustCompile(`,?\s*(?:M\.?B\.?A\.?|M\.?Sc\.?|B\.?Sc\.?|Ph\.?D\.?|M\.?A\.?|B\.?A\.?|LL\.?M\.?)\s*$`)
	nameWord  = regexp.MustCompile(`^(?:\p{Lu}[\p{Ll}'’]+(?:-\p{Lu}[\p{Ll}'’]+)*|\p{Lu}\.|(?:Mc|Mac|O'|O’|D'|D’|De|Di|La|Le|Van)\p{Lu}\p{Ll}+|von|van|de|der|den|di|da|del|della|le|la|zu|zur|ten|ter|du|dos|el|al|bin)$`)
	inText    = regexp.MustCompile(`(?:,| und | and | et | & |/|;)\s*`)
)

// isPersonName reports whether a text is the name of a person and nothing else:
// two to four words that begin with a capital letter, besides titles and particles.
func isPersonName(text string) bool {
	text = bare(text)
	words := strings.Fields(text)
	if len(words) < 2 || len(words) > 5 || len(text) > 50 || hasNotName(text) || isJobNotName(text) || legalForm.MatchString(" "+text+" ") {
		return false
	}
	capital := 0
	for _, w := range words {
		if !nameWord.MatchString(w) {
			return false
		}
		if r := []rune(w)[0]; unicode.IsUpper(r) && len(w) > 2 {
			capital++
		}
	}
	return capital >= 2
}

// IsPersonName reports whether a text is the name of a person and nothing else.
func IsPersonName(text string) bool { return isPersonName(text) }

// PlainName is the name of a person without titles and degrees.
func PlainName(text string) string { return bare(text) }

// IsJob reports whether a text names a job: short, and with a word that only jobs
// are called by.
func IsJob(text string) bool {
	return len(text) > 1 && len(text) <= 80 && hasJob(text) && !strings.ContainsAny(text, "@!?") && !isPersonName(text)
}

// PhoneIn is the number of a telephone behind its label in a line; empty for none,
// and for a fax alone.
func PhoneIn(text string) string {
	if fax := faxLabel.FindStringIndex(text); fax != nil {
		text = text[:fax[0]]
	}
	if m := phoneLabel.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	if text = strings.TrimSpace(text); bareNumber.MatchString(text) {
		return text
	}
	return ""
}

// bare takes titles from a name.
func bare(text string) string {
	text = strings.Trim(strings.TrimSpace(text), " ,;.:-–|")
	return strings.TrimSpace(afterName.ReplaceAllString(titles.ReplaceAllString(text, ""), ""))
}

// people are those whom the page names with a role: behind a word such as
// Geschäftsführer, or with a job on the next line or behind a dash. An address of
// mail below a name belongs to it only where it is written after it.
func (r *reader) people() []Person {
	var list []Person
	known, headed := map[int]bool{}, false // lines of people with a job, and whether names are headings
	for i, l := range r.lines {
		if l.block == other || len(l.Text) > 200 {
			continue
		}
		if at := speaks.FindStringIndex(l.Text); at != nil {
			role := strings.TrimRight(strings.TrimSpace(l.Text[at[0]:at[1]]), " :.")
			rest := l.Text[at[1]:]
			if strings.TrimSpace(rest) == "" {
				list = append(list, r.below(i, role)...)
			} else {
				list = append(list, r.named(rest, role, l)...)
			}
			continue
		}
		if p, ok := r.withJob(i); ok {
			list = append(list, p)
			known[i], headed = true, headed || l.Heading
		}
	}
	return append(list, r.alike(known, headed)...)
}

// alike are people whose job no word tells, on a page that names two or more others in
// the same way: a name, and what they do on the next line.
func (r *reader) alike(known map[int]bool, headed bool) []Person {
	if len(known) < 2 {
		return nil
	}
	var list []Person
	for i := 0; i+1 < len(r.lines); i++ {
		l, next := r.lines[i], r.lines[i+1]
		if l.block == other || known[i] || l.Heading != headed || next.Heading || next.block == other || !isPersonName(l.Text) || !shortRole(next.Text) {
			continue
		}
		list = append(list, r.reached(Person{Name: r.fact(l, bare(l.Text), .85), Role: r.fact(next, next.Text, .8)}, i+1))
	}
	return list
}

// shortRole reports whether a text can be what somebody does: a few words, no sentence.
func shortRole(text string) bool {
	words := strings.Fields(text)
	return len(words) > 0 && len(words) <= 4 && len(text) > 2 && len(text) <= 40 && unicode.IsUpper([]rune(text)[0]) && !strings.ContainsAny(text, "@!?.:0123456789") && !isPersonName(text)
}

// below reads names on the lines under a heading that announces them.
func (r *reader) below(i int, role string) []Person {
	var list []Person
	for next := i + 1; next < len(r.lines) && next <= i+4; next++ {
		l := r.lines[next]
		text, role := l.Text, role
		if at := speaks.FindStringIndex(text); at != nil {
			role, text = strings.TrimRight(strings.TrimSpace(text[:at[1]]), " :."), text[at[1]:]
		}
		found := r.named(text, role, l)
		if len(found) == 0 {
			break
		}
		list = append(list, found...)
	}
	return list
}

// named reads a list of names on one line.
func (r *reader) named(text, role string, l line) []Person {
	var list []Person
	text, _, _ = strings.Cut(text, "(")
	for _, part := range inText.Split(text, 12) {
		part = strings.TrimSpace(part)
		if at := speaks.FindStringIndex(part); at != nil {
			role, part = strings.TrimRight(strings.TrimSpace(part[:at[1]]), " :."), part[at[1]:]
		}
		if isPersonName(part) {
			list = append(list, Person{Name: r.fact(l, bare(part), .95), Role: r.fact(l, roleName(role), .95)})
		}
	}
	return list
}

// roleName is the role that words such as "Vertreten durch" mean.
func roleName(words string) string {
	lower := strings.ToLower(words)
	for _, empty := range []string{"vertreten", "represented", "vertretungsberechtigt", "verantwortlich"} {
		if strings.HasPrefix(lower, empty) {
			return ""
		}
	}
	return strings.NewReplacer("aeft", "äft", "fuehr", "führ").Replace(words)
}

var besides = regexp.MustCompile(`^(.{4,50}?)\s*(?:,| – | - | \| |: |\()\s*(.{2,80}?)\)?$`)

// withJob reads a person with their job: on one line, or the job on the next.
func (r *reader) withJob(i int) (Person, bool) {
	l := r.lines[i]
	if m := besides.FindStringSubmatch(l.Text); m != nil && isPersonName(m[1]) && hasJob(m[2]) && !strings.ContainsAny(m[2], "@.!?") {
		return r.reached(Person{Name: r.fact(l, bare(m[1]), .93), Role: r.fact(l, m[2], .93)}, i), true
	}
	if !isPersonName(l.Text) || i+1 >= len(r.lines) {
		return Person{}, false
	}
	next := r.lines[i+1]
	if len(next.Text) > 80 || !hasJob(next.Text) || strings.ContainsAny(next.Text, "@!?") || strings.HasSuffix(next.Text, ".") || isPersonName(next.Text) {
		return Person{}, false
	}
	return r.reached(Person{Name: r.fact(l, bare(l.Text), .92), Role: r.fact(next, next.Text, .92)}, i+1), true
}

// reached adds the address and number below a person, up to the next one.
func (r *reader) reached(p Person, at int) Person {
	for i := at; i < len(r.lines) && i <= at+4; i++ {
		l := r.lines[i]
		if i > at && (l.Heading || isPersonName(l.Text)) {
			break
		}
		mail := l.Mail
		if mail == "" {
			mail = mailLike.FindString(l.Text)
		}
		if mail != "" && p.Email.Absent() && record.MailboxOf(mail) != record.MailboxRole && fitsName(mail, p.Name.Value) {
			p.Email = r.fact(l, strings.ToLower(mail), .92)
		}
		if m := phoneLabel.FindStringSubmatch(l.Text); m != nil && p.Phone.Absent() {
			p.Phone = r.fact(l, m[1], .9)
		}
	}
	return p
}

// fitsName reports whether an address is made of a name: of a word of it, of how one
// begins, or of its initials.
func fitsName(mail, name string) bool {
	local, _, _ := strings.Cut(mail, "@")
	local = letters(local)
	initials := ""
	for word := range strings.FieldsSeq(strings.ReplaceAll(name, "-", " ")) {
		for _, written := range []string{letters(word), letters(fold(word))} { // björn is bjoern or bjorn
			if len(written) > 2 && strings.Contains(local, written[:min(len(written), 4)]) {
				return true
			}
		}
		if word = letters(word); word != "" {
			initials += word[:1]
		}
	}
	return len(local) <= 4 && (local == initials || len(local) == 1 && initials != "" && local == initials[:1])
}

// structuredPeople are those of structured data.
func (r *reader) structuredPeople() []Person {
	var list []Person
	for _, s := range r.page.People {
		if !isPersonName(s.Name) {
			continue
		}
		fact := func(value string) Fact { return r.stated(value, s.Path) }
		p := Person{Name: fact(bare(s.Name)), Role: fact(s.JobTitle), Phone: fact(s.Phone)}
		if record.MailboxOf(s.Email) == record.MailboxPerson {
			p.Email = fact(strings.ToLower(s.Email))
		}
		list = append(list, p)
	}
	return list
}

// stated is a fact of structured data.
func (r *reader) stated(value, path string) Fact {
	if value == "" {
		return Fact{}
	}
	return Fact{Value: value, Quote: value, URL: r.page.URL.String(), Path: path, Confidence: .95}
}

// structured fills what the text left open from structured data about the
// company of this site.
func (r *reader) structured(f *Facts) {
	for _, o := range r.page.Organizations {
		if !r.ownOrganization(o) {
			continue
		}
		name := o.LegalName
		if name == "" && nameOf(o.Name) == o.Name {
			name = o.Name
		}
		vat := ownVAT(o)
		for at, value := range map[*Fact]string{
			&f.Name: name, &f.Email: strings.ToLower(o.Email), &f.Phone: o.Phone,
		} {
			if at.Absent() {
				*at = r.stated(value, o.Path)
			}
		}
		if f.VATID.Absent() && vat.Check == record.CheckValid && vat.Type != record.TaxNumber {
			f.VATID = r.stated(vat.Value, o.Path)
			f.VATID.Verified = true
		}
		if f.Street.Absent() && o.Street != "" && o.City != "" {
			f.Street, f.PostalCode, f.City = r.stated(o.Street, o.Path), r.stated(o.PostalCode, o.Path), r.stated(o.City, o.Path)
			f.Country = r.stated(countryCode(o.Country), o.Path)
		}
	}
}

// ownVAT is an organisation's VAT id, which may lack the letters of its country or stand
// as its tax id.
func ownVAT(o webpage.Organization) record.TaxID {
	var id record.TaxID
	for _, number := range []string{o.VATID, countryCode(o.Country) + o.VATID, o.TaxID, countryCode(o.Country) + o.TaxID} {
		if id = record.ParseVATID(number); id.Check == record.CheckValid && id.Type != record.TaxNumber {
			return id
		}
	}
	return id
}

// ownOrganization reports whether an organisation is the one of the site: it names
// an address of the site, or none.
func (r *reader) ownOrganization(o webpage.Organization) bool {
	if o.URL == "" {
		return true
	}
	domain := record.Domain(webpage.Resolve(r.page.URL, o.URL))
	return r.own == "" || record.RegistrableDomain(domain) == r.own
}

func countryCode(text string) string {
	if code := strings.ToUpper(text); countryCodes[code] {
		return code
	}
	return countries[strings.ToLower(text)]
}
