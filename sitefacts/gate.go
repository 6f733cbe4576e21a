package sitefacts

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Doubt is a value that a page states and that is left open, with the reason.
type Doubt struct {
	Field  string // as the output calls it: "name", "street", …
	Fact   Fact
	Reason string // "another firm on the page is named like the site"
}

// What speaks for an address, and against it. A page that names its company says so more
// than once: one sign alone is not enough, and a rival must be well behind. The numbers
// were set on pages of earlier lots as the rules of their time misread them.
const (
	forSite      = 3  // its name is like the site's domain
	forNamed     = 2  // title, sign of copyright or structured data have its name
	forHeading   = 2  // a heading announces who runs the site
	forSaid      = 2  // its sentence says who sells, runs the site or answers for it
	forStructure = 3  // structured data state the same postcode
	forOne       = 1  // each: in the footer, own mail, VAT id beside it, the only address, a page made for it
	againstRole  = -4 // what is in front of it speaks of a host, a lender, an authority
	againstNamed = -3 // another firm on the page is named like the site
	againstForm  = -2 // not a postcode of the country that domain or VAT id tell
	againstAside = -2 // a branch, a warehouse, a box
	againstLabel = -3 // a label in front of it that does not speak of the company
	enoughTies   = 3
	enoughLead   = 2
)

// tied says how strongly an address is tied to who runs the site, and why.
type tied struct {
	strength     int
	beside       int // of it, what stands beside it: of the last of several addresses more does
	strong       bool
	ties, doubts []string
}

func (t *tied) add(points int, why string) {
	t.strength += points
	if points > 0 {
		t.ties = append(t.ties, why)
		t.strong = t.strong || points > forOne
	} else {
		t.doubts = append(t.doubts, why)
	}
}

// ties weighs candidate n of a list.
func (r *reader) ties(list []candidate, n int) tied {
	var t tied
	c, l := list[n], r.lines[list[n].at]
	if slices.ContainsFunc(list, func(o candidate) bool { return o.nameAt == c.nameAt && o.at < c.at && !o.sameAs(c) }) {
		c.name = "" // the name is that of the address before it
	}
	if r.given {
		t.add(enoughTies, "in words of the company's own")
	}
	if c.name != "" && r.matchesSite(c.name) {
		t.add(forSite, "named like the site")
	}
	if c.name != "" && r.namedElsewhere(c.name, c.nameAt) {
		t.add(forNamed, "the page names it elsewhere")
	}
	switch {
	case l.block == own && r.headed(c):
		t.add(forHeading, "below a heading of the company's")
	case l.block == own:
		t.add(forOne, "in the company's block")
	}
	if said := before(c.text, c.street); sellers.MatchString(said) || runBy.MatchString(said) {
		t.add(forSaid, "its sentence says who runs the site")
	}
	if c.name == "" && r.likeAbove(c) {
		t.add(forNamed, "below a line named like the site")
	}
	if l.Foot {
		t.add(forOne, "in the footer")
		t.strong = true
	}
	from, to := around(list, n, len(r.lines))
	for _, a := range r.addresses() {
		if a.at >= from && a.at <= to && r.ownMail(a.mail) {
			t.add(forOne, "mail of the site beside it")
			t.beside++
			break
		}
	}
	for _, v := range r.vats() {
		if v.at >= from && v.at <= to && fitsForm(c.place.code, v.country) {
			t.add(forOne, "a VAT id of its country beside it")
			t.beside++
			break
		}
	}
	if !slices.ContainsFunc(list, func(o candidate) bool { return !o.sameAs(c) }) {
		t.add(forOne, "the only address")
		t.strong = true
	}
	if imprintLink.MatchString(r.page.URL.Path) {
		t.add(forOne, "on the page made for it")
	}
	for _, o := range r.page.Organizations {
		if o.PostalCode != "" && r.ownOrganization(o) && letters(o.PostalCode) == letters(c.place.code) {
			t.add(forStructure, "structured data agree")
			break
		}
	}
	r.against(&t, c)
	return t
}

// likeAbove reports whether a short line right above an address is named like the site.
func (r *reader) likeAbove(c candidate) bool {
	for i := min(c.at, c.streetAt); i >= 0 && i >= c.streetAt-3; i-- {
		if l := r.lines[i]; l.block == r.lines[c.at].block && len(l.Text) < 60 && !strings.Contains(l.Text, "@") && r.matchesSite(l.Text) {
			return true
		}
	}
	return false
}

// headed reports whether the last heading above a candidate announces the company, or is
// its name.
func (r *reader) headed(c candidate) bool {
	for i := c.at; i >= 0; i-- {
		if l := r.lines[i]; l.Heading || ownHeading.MatchString(l.Text) && len(l.Text) < 60 {
			text := numbered.ReplaceAllString(l.Text, "")
			return ownHeading.MatchString(text) || nameOf(text) != "" || r.matchesSite(text)
		}
	}
	return false
}

// against adds what speaks against a candidate.
func (r *reader) against(t *tied, c candidate) {
	if word := r.roleBefore(c); word != "" {
		t.add(againstRole, fmt.Sprintf("%q stands in front of it", word))
	}
	if c.name != "" && r.foreign(c.name) {
		t.add(againstNamed, "another firm on the page is named like the site")
	}
	if r.strangeLabel(c) {
		t.add(againstLabel, "behind a label of something else")
	}
	if code := r.domainCountry(); code != "" && c.country != code && (!fitsForm(c.place.code, code) || c.country != "") {
		points := againstForm
		if slices.ContainsFunc(r.vats(), func(v vatNumber) bool { return v.country == code }) {
			points *= 2 // a VAT id of the site's country stands on the page
		}
		t.add(points, "not of the site's country")
	}
	for back := 0; back <= 4 && c.at-back >= 0; back++ {
		if aside.MatchString(r.lines[c.at-back].Text) {
			t.add(againstAside, "a further place")
			break
		}
	}
}

// choose is the candidate that is tied most strongly, -1 for none, with why, and why it is
// not believed all the same: empty where it is.
func (r *reader) choose(list []candidate) (n int, why, doubt string) {
	n = -1
	all := make([]tied, len(list))
	for m, c := range list {
		all[m] = r.ties(list, m)
		if n < 0 || all[m].strength > all[n].strength || all[m].strength == all[n].strength && c.rank > list[n].rank {
			n = m
		}
	}
	if n < 0 {
		return n, "", ""
	}
	doubt = all[n].doubtful()
	for m, rival := range list {
		if doubt == "" && !rival.sameAs(list[n]) && all[n].strength-all[n].beside-all[m].strength+all[m].beside < enoughLead {
			doubt = "another address is as likely: " + rival.street + ", " + rival.place.code
		}
	}
	return n, strings.Join(all[n].ties, ", "), doubt
}

// nameAndAddress fills name and address with those that are tied to who runs the site, and
// leaves open what is not, or contradicted. The address is candidate n of the list, -1 for
// none.
func (r *reader) nameAndAddress(f *Facts) (list []candidate, n int) {
	list = r.candidates()
	n, why, doubt := r.choose(list)
	if n >= 0 {
		r.take(f, list[n], why)
		if doubt != "" {
			f.leave(doubt, "street", "postal_code", "city", "country")
		} else {
			r.gateParts(f, list[n])
		}
	}
	for _, name := range r.names(list, n) {
		if f.Name.Absent() {
			name.Value = r.asWritten(name.Value)
			f.Name = name
			if reason := r.doubtName(name, list, n, doubt); reason != "" {
				f.leave(reason, "name")
			}
		}
	}
	return list, n
}

// doubtful is why the ties are not enough; empty where they are.
func (t tied) doubtful() string {
	switch {
	case t.strength >= enoughTies && t.strong:
		return ""
	case len(t.doubts) > 0:
		return strings.Join(t.doubts, ", ")
	case len(t.ties) > 0:
		return "only this ties it to the site: " + strings.Join(t.ties, ", ")
	}
	return "nothing ties it to the site"
}

// gateParts leaves a street open between which and the name something stands that the
// rules do not know, and a British town of several that could be it.
func (r *reader) gateParts(f *Facts, c candidate) {
	if rest := r.unread(c); rest != "" {
		f.leave(fmt.Sprintf("%q stands in front of it", rest), "street")
	}
	if strings.ContainsAny(c.street, ":@") {
		f.leave("more than a street", "street")
	}
	if c.place.british && len(c.place.between) > 0 {
		f.leave("several places are named: "+strings.Join(c.place.between, ", "), "city")
	}
}

// leave takes values out and keeps them as doubts.
func (f *Facts) leave(reason string, fields ...string) {
	for _, name := range fields {
		if at := f.field(name); !at.Absent() {
			at.Why = ""
			f.Doubts = append(f.Doubts, Doubt{Field: name, Fact: *at, Reason: reason})
			*at = Fact{}
		}
	}
}

// doubtName is why the name is not believed; empty where it is. address is why its
// address is not.
func (r *reader) doubtName(f Fact, list []candidate, n int, address string) string {
	name := f.Value
	like := r.matchesSite(name)
	at := slices.IndexFunc(r.lines, func(l line) bool { return l.Text == f.Quote })
	ofAddress := n >= 0 && list[n].name == name
	switch {
	case !cleanName(name, f.Quote):
		return "more than a name"
	case like && ofAddress && address == "" || like && !r.twoLike(name):
		return ""
	case like:
		return "two firms are named like the site"
	case r.foreign(name):
		return "another firm on the page is named like the site"
	case roles.MatchString(before(f.Quote, name)) || roles.MatchString(name):
		return fmt.Sprintf("%q stands in front of it", roles.FindString(f.Quote))
	case ofAddress && address != "":
		return address
	}
	tied := ofAddress || runBy.MatchString(before(f.Quote, name)) || at >= 0 && r.lines[at].block == own || r.namedElsewhere(name, at)
	for _, firm := range r.firms() {
		if !sameFirm(firm.name, name) && (!tied || r.lines[firm.at].block == own && !r.beside(firm)) {
			return "another firm is named: " + firm.name
		}
	}
	if !tied && n >= 0 {
		return "nothing ties it to the site"
	}
	return ""
}

// asWritten is a name in capital letters as the page writes it elsewhere in small ones.
func (r *reader) asWritten(name string) string {
	if strings.ToUpper(before(name, ",")) != before(name, ",") {
		return name
	}
	for _, firm := range r.firms() {
		if strings.EqualFold(firm.name, name) && strings.ToUpper(firm.name) != firm.name && firm.name != name {
			return firm.name
		}
	}
	return name
}

// twoLike reports whether another firm than one of this name is named like the site.
func (r *reader) twoLike(name string) bool {
	return slices.ContainsFunc(r.firms(), func(f firm) bool { return r.matchesSite(f.name) && !sameFirm(f.name, name) })
}

// unread is a part between the name and the street of a candidate that is neither.
func (r *reader) unread(c candidate) string {
	for i := c.streetAt + 1; i < c.at && !c.place.british; i++ {
		if text := r.lines[i].Text; !r.accounted(text) && !strings.Contains(letters(c.street), letters(text)) {
			return text
		}
	}
	if c.name == "" || c.nameAt > c.at {
		parts := splitParts(before(c.text, c.street))
		if c.streetAt != c.at || len(parts) == 0 || r.accounted(parts[len(parts)-1]) {
			return ""
		}
		return parts[len(parts)-1]
	}
	var parts []string
	for i := c.nameAt; i <= c.at; i++ {
		text := r.lines[i].Text
		if i == c.at && c.nameAt == c.at {
			text = c.text
		}
		if i == c.nameAt {
			_, text, _ = strings.Cut(text, c.name)
		}
		parts = append(parts, splitParts(strings.NewReplacer(" - ", ",", " – ", ",", " — ", ",").Replace(text))...)
	}
	for _, part := range parts {
		inside := letters(part)
		switch {
		case inside == "":
			continue
		case strings.Contains(letters(c.street), inside), strings.Contains(inside, letters(c.street)):
			return ""
		case r.accounted(part):
			continue
		}
		return part
	}
	return ""
}

// accounted reports whether a part between name and street is none of the address.
func (r *reader) accounted(part string) bool {
	_, town := placeOf(part)
	return town || letters(part) == "" || !capitals(part) || len(strings.Fields(part)) > 4 || strings.ContainsAny(part, ":@") || owned.MatchString(part) || r.isPerson(part) || hasJob(part) || nameOf(part+" ") != "" ||
		legalForm.MatchString(" "+part+" ") || r.matchesSite(part) || registerLike.MatchString(part) || digits.MatchString(part) || bareNumber.MatchString(part) || ownHeading.MatchString(part)
}

// capitals reports whether all words of a text begin with capital letters or digits, but
// for the small ones.
func capitals(text string) bool {
	for word := range strings.FieldsSeq(text) {
		if first := []rune(word)[0]; unicode.IsLower(first) && !small[word] {
			return false
		}
	}
	return true
}

// digits are more of them than addresses have in a row.
var digits = regexp.MustCompile(`\d{6}`)

// isPerson reports whether a text is the name of somebody whom the page names with what
// they do: estates and houses have names like people.
func (r *reader) isPerson(text string) bool {
	return isPersonName(text) && (bare(text) != strings.TrimSpace(text) || slices.ContainsFunc(r.people(), func(p Person) bool { return p.Name.Value == bare(text) }))
}
