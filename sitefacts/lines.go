package sitefacts

import (
	"regexp"
	"strings"

	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/webpage"
)

// reader reads one page.
type reader struct {
	page  *webpage.Page
	own   string // registrable domain of the site
	lines []line
}

// line is a line of the page with the block that it stands in.
type line struct {
	webpage.Line
	block block
	// fresh says that a heading of the company's own block is right above.
	fresh bool
}

// block says whose data a part of a page holds.
type block int

// The blocks.
const (
	plain block = iota // nobody's in particular
	own                // the company's: below a heading that says so
	other              // somebody else's: an agency, a host, an authority
)

// ownHeading announces who runs the site.
var ownHeading = regexp.MustCompile(`(?i)^(?:impressum+\b|imprint\b|legal (?:notice|information|disclosure|details)|mentions? l[ée]gales?|aviso legal|note legali|informazioni legali|colofon|site notice|` +
	`angaben (?:gem[äa][ßs]s?|nach|zum|laut)|informationen? (?:gem[äa]|nach)|informationspflicht|anbieter|diensteanbieter|anbieterkennzeichnung|betreiber|medieninhaber|herausgeber|verantwortlich(?:e stelle)? (?:f[üu]r|i\.|im|nach|gem)|` +
	`(?:l')?[ée]diteur|[ée]diteur du site|propri[ée]taire|editore|titolare|titular|responsable del|company (?:details|information|data|info)|about the company|(?:our |registered |head )?office|who we are|` +
	`anschrift|postanschrift|adresse|address|sitz|si[èe]ge(?: social)?|sede(?: legale)?|domicilio|vestigingsadres|bedrijfsgegevens|contact|kontakt|contatti|contacto)(?:[^\p{L}]|$)`)

// otherHeading announces somebody else, or what is not about the company.
var otherHeading = regexp.MustCompile(`(?i)^(?:web ?hosting|hosting|hosted by|h[ée]bergeur|h[ée]bergement|hosteado|alojamiento|provider|web ?design|design(?: (?:und|&|and) )?|konzept|gestaltung|umsetzung|realisi?[ae]tion|r[ée]alisation|conception|` +
	`programmierung|technische (?:umsetzung|realisierung|betreuung)|agentur|credits|bildnachweise?|bildquellen?|fotos?|photos?|fotografie|cr[ée]dits?|` +
	`aufsichtsbeh[öo]rde|zust[äa]ndige|kammer|berufsbezeichnung|berufsrechtliche|streit(?:schlichtung|beilegung)|verbraucherstreit|online-streit|eu-streit|haftung|disclaimer|urheberrecht|copyright|datenschutz|` +
	`berufshaftpflicht|versicherung|privacy|cookies?|google|analytics|liability|delegu[ée] [àa] la protection|cnil|m[ée]diateur|m[ée]diation|dpo|data protection|abbildungen|quellen|partner|sponsors?|references|referenzen|clients|customers|testimonials|news|blog|presse)(?:[^\p{L}]|$)`)

// blocks marks the lines with whose they are. Only headings and short lines that
// end a label open a block, and a block lasts until the next.
func (r *reader) blocks() {
	now := plain
	fresh := false
	for _, l := range r.page.Lines {
		text := strings.TrimSpace(l.Text)
		heading := l.Heading || len(text) < 60 && strings.HasSuffix(text, ":") || len(strings.Fields(text)) <= 5 && !strings.ContainsAny(text, "@0123456789")
		switch {
		case heading && otherHeading.MatchString(text):
			now, fresh = other, false
		case (heading || len(text) < 90) && ownHeading.MatchString(text):
			now, fresh = own, true
			r.lines = append(r.lines, line{l, now, false})
			continue
		case l.Heading && now == other:
			now = plain
		}
		r.lines = append(r.lines, line{l, now, fresh})
		fresh = false
	}
}

// fact makes a fact of what a line says.
func (r *reader) fact(l line, value string, confidence float64) Fact {
	return Fact{Value: value, Quote: l.Text, URL: r.page.URL.String(), Confidence: confidence}
}

// facts reads everything.
func (r *reader) facts() Facts {
	var f Facts
	at := r.nameAndAddress(&f)
	f.VATID = r.vatID()
	f.Registration, f.Court = r.registration()
	f.Email = r.email(at)
	f.Phone = r.phone(at)
	f.People = append(r.structuredPeople(), r.people()...)
	r.structured(&f)
	return f
}

var vatLike = regexp.MustCompile(`\b(?:AT ?U|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|GB|XI|CHE|NO)[ .-]?[0-9A-Z](?:[ .-]?[0-9A-Z]){6,14}(?: ?(?:MWST|TVA|IVA|MVA))?`)

// vatID is the first number on the page, outside of other blocks, whose check
// digits are right.
func (r *reader) vatID() Fact {
	for _, l := range r.lines {
		if l.block == other {
			continue
		}
		for _, found := range vatLike.FindAllString(strings.ToUpper(l.Text), 8) {
			// A word may follow the number: it is cut off until the digits fit.
			for words := strings.Fields(found); len(words) > 0; words = words[:len(words)-1] {
				id := record.ParseVATID(strings.Join(words, ""))
				if id.Check == record.CheckValid && id.Type != record.TaxNumber && strings.ContainsAny(id.Value, "0123456789") {
					f := r.fact(l, id.Value, .98)
					f.Verified = true
					return f
				}
			}
		}
	}
	return Fact{}
}

var (
	registerLike = regexp.MustCompile(`(?i)\b(HR[AB]|GnR|PR|VR)[ .:-]*(?:Nr\.?|Nummer|no\.?)?[ .:-]*(\d{1,6})(?: ?([A-Z])\b)?`)
	rcsLike      = regexp.MustCompile(`\b(?:RCS|R\.C\.S\.?)(?:\s+(?:de |d')?([\p{L}' -]{2,30}?))?\s*(?:B\s*)?(?:n°|numéro|sous le numéro|:)?\s*([A-Z]?\s?\d{3}\s?\d{3}\s?\d{3})\b`)
	fnLike       = regexp.MustCompile(`\b(?:FN|Firmenbuchnummer:?(?: FN)?)\s*(\d{4,6})\s?([a-z])\b`)
	companyNo    = regexp.MustCompile(`(?i)\b(?:company|registration|registered) (?:registration )?(?:no\.?|number|nr\.?)(?: is)?[:# ]*([A-Z]{0,2}\d{6,8})\b`)
	kvkLike      = regexp.MustCompile(`(?i)\b(?:kvk|k\.v\.k\.?|handelsregister)[ -]*(?:nummer|nr\.?|number)?[: ]*(\d{8})\b`)
	courtLike    = regexp.MustCompile(`(?i)\b(?:(?:register|handels)?gericht:?\s*)?(amtsgericht(?:\s+(?:in\s+)?)|landesgericht\s+|handelsgericht\s+|lg\s+|ag\s+)(\p{Lu}[\p{L}.-]+(?: (?:am|an der|im|\(?\p{Lu}[\p{L}.]+\)?))*(?: \p{Lu}[\p{L}.]+)?)`)
)

// registration is the number in a trade register, and the court that keeps it.
func (r *reader) registration() (number, court Fact) {
	for _, l := range r.lines {
		if l.block == other {
			continue
		}
		text := l.Text
		if m := courtLike.FindStringSubmatch(text); m != nil && court.Absent() {
			kind := strings.Fields(strings.ToLower(m[1]))[0]
			name := map[string]string{"ag": "Amtsgericht", "lg": "Landesgericht", "amtsgericht": "Amtsgericht", "landesgericht": "Landesgericht", "handelsgericht": "Handelsgericht"}[kind]
			if kind != "ag" || strings.Contains(strings.ToUpper(text), "HR") {
				court = r.fact(l, name+" "+strings.TrimSpace(strings.TrimRight(m[2], ".,")), .95)
			}
		}
		if number.Absent() {
			number = r.registerNumber(l)
		}
	}
	return number, court
}

func (r *reader) registerNumber(l line) Fact {
	if m := registerLike.FindStringSubmatch(l.Text); m != nil {
		return r.fact(l, strings.TrimSpace(canonicalRegister(m[1])+" "+m[2]+" "+strings.ToUpper(m[3])), .97)
	}
	if m := rcsLike.FindStringSubmatch(l.Text); m != nil {
		digits := strings.Join(strings.Fields(m[2]), " ")
		return r.fact(l, strings.Join(strings.Fields("RCS "+m[1]+" "+digits), " "), .95)
	}
	if m := fnLike.FindStringSubmatch(l.Text); m != nil {
		return r.fact(l, "FN "+m[1]+m[2], .97)
	}
	if m := kvkLike.FindStringSubmatch(l.Text); m != nil {
		return r.fact(l, "KVK "+m[1], .95)
	}
	if m := companyNo.FindStringSubmatch(l.Text); m != nil {
		return r.fact(l, strings.ToUpper(m[1]), .95)
	}
	return Fact{}
}

func canonicalRegister(s string) string {
	if strings.EqualFold(s, "gnr") {
		return "GnR"
	}
	return strings.ToUpper(s)
}
