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
	forStructure = 3  // structured data state the same postcode
	forOne       = 1  // each: in the footer, own mail, VAT id beside it, the only address, a page made for it
	againstRole  = -4 // what is in front of it speaks of a host, a lender, an authority
	againstNamed = -3 // another firm on the page is named like the site
	againstForm  = -2 // not a postcode of the country that domain or VAT id tell
	againstAside = -2 // a branch, a warehouse, a box
	enoughTies   = 3
	enoughLead   = 2
)

// tied says how strongly an address is tied to who runs the site, and why.
type tied struct {
	strength     int
	ties, doubts []string
}

func (t *tied) add(points int, why string) {
	t.strength += points
	if points > 0 {
		t.ties = append(t.ties, why)
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
	if c.name != "" && r.matchesSite(c.name) {
		t.add(forSite, "named like the site")
	}
	if c.name != "" && r.namedElsewhere(c.name, c.nameAt) {
		t.add(forNamed, "the page names it elsewhere")
	}
	if l.block == own {
		t.add(forHeading, "below a heading of the company's")
	}
	if l.Foot {
		t.add(forOne, "in the footer")
	}
	from, to := around(list, n, len(r.lines))
	for _, a := range r.addresses() {
		if a.at >= from && a.at <= to && r.ownMail(a.mail) {
			t.add(forOne, "mail of the site beside it")
			break
		}
	}
	for _, v := range r.vats() {
		if v.at >= from && v.at <= to && fitsForm(c.place.code, v.country) {
			t.add(forOne, "a VAT id of its country beside it")
			break
		}
	}
	if !slices.ContainsFunc(list, func(o candidate) bool { return !o.sameAs(c) }) {
		t.add(forOne, "the only address")
	}
	if imprintLink.MatchString(r.page.URL.Path) {
		t.add(forOne, "on the page made for it")
	}
	for _, o := range r.page.Organizations {
		if o.PostalCode != "" && letters(o.PostalCode) == letters(c.place.code) {
			t.add(forStructure, "structured data agree")
			break
		}
	}
	r.against(&t, c)
	return t
}

// against adds what speaks against a candidate.
func (r *reader) against(t *tied, c candidate) {
	if word := r.roleBefore(c); word != "" {
		t.add(againstRole, fmt.Sprintf("%q stands in front of it", word))
	}
	if c.name != "" && r.foreign(c.name) {
		t.add(againstNamed, "another firm on the page is named like the site")
	}
	if code := r.domainCountry(); code != "" && c.country != code && !fitsForm(c.place.code, code) {
		t.add(againstForm, "no postcode of the site's country")
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
		if doubt == "" && !rival.sameAs(list[n]) && all[n].strength-all[m].strength < enoughLead {
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
	case t.strength >= enoughTies:
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
	case like:
		return ""
	case r.foreign(name):
		return "another firm on the page is named like the site"
	case roles.MatchString(before(f.Quote, name)) || roles.MatchString(name):
		return fmt.Sprintf("%q stands in front of it", roles.FindString(f.Quote))
	case ofAddress && address != "":
		return address
	}
	tied := ofAddress || at >= 0 && r.lines[at].block == own || r.namedElsewhere(name, at)
	for _, firm := range r.firms() {
		if !sameFirm(firm.name, name) && (!tied || r.lines[firm.at].block == own && !roles.MatchString(r.lines[firm.at].Text)) {
			return "another firm is named: " + firm.name
		}
	}
	if !tied && n >= 0 {
		return "nothing ties it to the site"
	}
	return ""
}

// firm is the name of a firm on a line.
type firm struct {
	name string
	at   int
}

// firms are the names with a legal form on the page, outside of the blocks of others.
func (r *reader) firms() []firm {
	var list []firm
	for i, l := range r.lines {
		if l.block == other {
			continue
		}
		for _, text := range r.texts(i) {
			if name := nameOf(text); name != "" && cleanName(name, text) {
				list = append(list, firm{name, i})
			}
		}
	}
	return list
}

// core are the letters of a name without its legal form.
func core(name string) string { return letters(legalForm.ReplaceAllString(" "+name+" ", " ")) }

// sameFirm reports whether two names are one, written longer or shorter.
func sameFirm(a, b string) bool {
	a, b = core(a), core(b)
	return strings.Contains(a, b) || strings.Contains(b, a)
}

// namedElsewhere reports whether title, site name, structured data or a sign of copyright
// have a name that stands on line at.
func (r *reader) namedElsewhere(name string, at int) bool {
	wanted := core(name)
	if len(wanted) < 4 {
		return false
	}
	texts := []string{r.page.Title, r.page.SiteName}
	for _, o := range r.page.Organizations {
		texts = append(texts, o.Name, o.LegalName)
	}
	for i, l := range r.lines {
		if i != at && strings.Contains(l.Text, "©") {
			texts = append(texts, l.Text)
		}
	}
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(letters(text), wanted) })
}

// small are words that names have in small letters.
var small = func() map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(`& + and und et e y i o of the for at on de du des la le les l' d' en aux au à sur pour del della dello dei delle degli di da do dos das von vom zu zum zur am an im in der die den dem für mit bei auf unter
		van het ten ter voor bij op och og av till för på ved z w na dla a ve el los las al`) {
		set[word] = true
	}
	return set
}()

// cleanName reports whether a name is one and nothing more: its words begin with capital
// letters, but for small ones, or it stands alone on its line.
func cleanName(name, quote string) bool {
	odd := 0
	for word := range strings.FieldsSeq(legalForm.ReplaceAllString(" "+name+" ", " ")) {
		first := []rune(strings.TrimLeft(word, `("'“„«`))
		if len(first) > 0 && unicode.IsLower(first[0]) && !small[strings.ToLower(word)] && !strings.HasPrefix(word, "d’") && !strings.HasPrefix(word, "d'") && !strings.HasPrefix(word, "l’") && !strings.HasPrefix(word, "l'") {
			odd++
		}
	}
	switch {
	case odd == 0, isPersonName(name):
		return true
	case strings.IndexFunc(name, unicode.IsUpper) < 0:
		return true // written in small letters altogether
	}
	return odd == 1 && strings.TrimSpace(quote) == name
}

// before is the text in front of a part of it; all of it where it lacks the part.
func before(text, part string) string {
	front, _, _ := strings.Cut(text, part)
	return front
}

// roles are the words for those whom pages name besides their company.
var roles = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:host(?:ed|ing|er)?|h[ée]berg\p{L}+|alojamiento|server|rechenzentrum|(?:online-?)?zahlung\p{L}*|bezahl\p{L}*|payments?|paiements?|pagos?|pagament\p{L}+|beta(?:al|ling)\p{L}*|betalning\p{L}*|pay(?:pal)|klarna|stripe|` +
	`kredit\p{L}*|credit (?:is|broker)|lenders?|financ(?:e|ing|iado|ement) (?:is|by|par|por)|leasing|insur\p{L}+|(?:berufshaftpflicht)?versicher\p{L}+|assur(?:eur|ance|é)\p{L}*|asegurador\p{L}*|assicura\p{L}+|verzeker\p{L}*|f[öo]rs[äa]kring\p{L}*|forsikring\p{L}*|` +
	`arbitra\p{L}+|mediat\p{L}+|m[ée]diat\p{L}+|\p{L}*schlicht\p{L}+|ombuds\p{L}+|disputes?|litiges?|consumer|verbraucher\p{L}*|consommat\p{L}+|consumidor\p{L}*|consumator\p{L}*|consument\p{L}*|klage\p{L}*|geschillen\p{L}*|reclama\p{L}+|` +
	`authority|\p{L}*beh[öo]rde|autorit[éàa]|autoridad|commissioner|agencia espa[ñn]ola|garante|cnil|datenschutz\p{L}*|data protection|donn[ée]es personnelles|protecci[óo]n de datos|dpo|processor|sous-traitant|auftragsverarbeit\p{L}+|` +
	`finanzamt|\p{L}*sparkasse|bank|banque|\p{L}*kammer|chamber|chambre|camera di|tribunal|court|amtsgericht|notar(?:y|iat)?|auditors?|wirtschaftspr[üu]f\p{L}+|steuerberat\p{L}+|retour\p{L}*|returns?|r[üu]ck(?:send|gabe)\p{L}*|versand\p{L}*|shipping|shipped|fulfil\p{L}*|logisti\p{L}+|warehouse|lager|` +
	`agentur|agency|agence|web ?design|design by|developed|created|entwickelt|realis\p{L}+|r[ée]alis\p{L}+|powered|theme|template|foto\p{L}*|photo\p{L}*|bilder|representative|vertreter in|ubb|partner|lieferant\p{L}*|supplier|fournisseur|proveedor|fornitore|google|facebook|meta|mailchimp|newsletter-?\p{L}*|cookies?|press|presse\p{L}*)(?:$|[^\p{L}])`)

// roleBefore is a word for somebody else in front of a candidate: in its sentence, or on
// a short line right above its name.
func (r *reader) roleBefore(c candidate) string {
	text := strings.ReplaceAll(before(c.text, c.street), c.name, " ")
	if c.nameAt != c.at {
		text = ""
	}
	if strings.HasSuffix(r.lines[c.at].Text, c.text) {
		text = strings.TrimSuffix(r.lines[c.at].Text, c.text) + " " + text
	}
	first := c.nameAt
	if c.name == "" {
		first = min(c.at, c.streetAt)
	}
	if first != c.at {
		text += " " + before(r.lines[first].Text, c.name)
	}
	for back := 1; back <= 2 && first-back >= 0; back++ {
		l := r.lines[first-back]
		if l.block != r.lines[first].block || len(strings.Fields(l.Text)) > 8 || strings.HasSuffix(l.Text, ".") || l.Heading && r.firstHeading() == first-back {
			break
		}
		if !r.matchesSite(l.Text) {
			text += " " + l.Text
		}
		if l.Heading {
			break
		}
	}
	return strings.TrimFunc(roles.FindString(text), func(c rune) bool { return !unicode.IsLetter(c) })
}

func (r *reader) firstHeading() int {
	return slices.IndexFunc(r.lines, func(l line) bool { return l.Heading })
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
		legalForm.MatchString(" "+part+" ") || r.matchesSite(part) || registerLike.MatchString(part) || bareNumber.MatchString(part) || ownHeading.MatchString(part)
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

// isPerson reports whether a text is the name of somebody whom the page names with what
// they do: estates and houses have names like people.
func (r *reader) isPerson(text string) bool {
	return isPersonName(text) && (bare(text) != strings.TrimSpace(text) || slices.ContainsFunc(r.people(), func(p Person) bool { return p.Name.Value == bare(text) }))
}
