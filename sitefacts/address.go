package sitefacts

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// legalForm has the legal forms of companies as names of companies end in.
var legalForm = regexp.MustCompile(`(?:^|[\s,(])(?:(?i:gmbh(?: ?(?:&|und|\+) ?co\.? ?(?:kgaa|kg|ohg))?|ggmbh|mbh|kgaa|ohg|e\.? ?k\.?(?:fr\.?|fm\.?)?|e\.v\.|eg\b|gbr|partg(?: ?mbb)?|partnerschaft mbb|stiftung|sàrl|s\.?à\.?r\.?l\.?|s\.a\.r\.l\.?|sarl|sasu?|s\.a\.s\.?u?|eurl|e\.u\.r\.l\.|scop|sci|s\.a\.|ltd\.?|limited|llc|l\.l\.c\.|llp|inc\.?|corp\.?|corporation|plc|b\.v\.?|bv|n\.v\.?|nv|bvba|srl|s\.r\.l\.?s?|s\.p\.a\.?|spa|s\.l\.u?\.?|sp\. ?z ?o\. ?o\.?|s\.r\.o\.?|oyj?|a/s|aps|kft\.?|lda\.?|d\.o\.o\.?|o[uü]|sia|uab|pty\.? ltd\.?|pte\.? ltd\.?)|UG(?: ?\(haftungsbeschr(?:ä|ae)nkt\))?(?: ?(?:&|und) ?Co\.? ?KG)?|AG(?: ?& ?Co\.? ?KG(?:aA)?)?|KG|SE(?: ?& ?Co\.? ?KG(?:aA)?)?|SA|SL|SLU|AB|AS|EG|SNC)(?:$|[\s,.;:)(|–-])`)

// nameOf is the name of a company in a line: up to the end of its legal form, from
// behind a label. Empty where the line has none.
func nameOf(text string) string {
	at := legalForm.FindStringIndex(text)
	if at == nil {
		return ""
	}
	end := at[1]
	for next := legalForm.FindStringIndex(text[end-1:]); next != nil && next[0] == 0; next = legalForm.FindStringIndex(text[end-1:]) {
		end += next[1] - 1
	}
	name := text[:end]
	if i := strings.LastIndexAny(name[:at[0]], ":|©•"); i >= 0 {
		name = name[i:]
		name = strings.TrimLeft(name, ":|•© \t")
	}
	name = strings.TrimSpace(copyrightYears.ReplaceAllString(name, ""))
	name = strings.Trim(name, " ,;:-–|*\"'“”„»«(")
	if !strings.HasSuffix(name, ".") || !strings.HasSuffix(strings.ToLower(name), "inc.") {
		name = strings.TrimRight(name, " ,;:")
	}
	words := strings.Fields(name)
	if len(words) == 0 || len(words) > 10 || len(name) > 100 || sentence.MatchString(" "+name+" ") || len(words) == 1 && legalForm.MatchString(" "+name+" ") && len(name) < 6 {
		return ""
	}
	if first := []rune(name)[0]; !unicode.IsUpper(first) && !unicode.IsDigit(first) && len(words) > 4 {
		return ""
	}
	return canonicalName(name)
}

var (
	copyrightYears = regexp.MustCompile(`(?i)^(?:©|\(c\)|copyright|\s|[-–,]|(?:19|20)\d\d)+`)
	// sentence tells running text from a name.
	sentence = regexp.MustCompile(`(?i)\s(?:is|are|was|has|we|our|you|ist|sind|wird|wir|unsere?|sie|ihre|est|sont|nous|notre|vous|votre|une|der inhalt|werden|durch|edited by|édité par|è|siamo|es una|cuya|von der|bei der|hosted|powered)\s`)
	// withoutUmlaut is a legal form that was written for machines.
	withoutUmlaut = regexp.MustCompile(`(?i)haftungsbeschraenkt`)
)

// canonicalName writes a legal form as the law does.
func canonicalName(name string) string {
	return withoutUmlaut.ReplaceAllString(strings.Join(strings.Fields(name), " "), "haftungsbeschränkt")
}

// place is a town's line: a postcode with the town after it, or before it.
type place struct{ before, code, city, after, country string }

var (
	codeCity  = regexp.MustCompile(`^(.*?)(?:^|[\s,·|•–-])(?:(D|A|CH|F|L|B|I|E|NL|FL|DE|AT|FR)[ –-]{1,3})?(\d{4} ?[A-Z]{2}|\d{5}|\d{4}|\d{3} \d{2}|\d{2}-\d{3})\s+(\p{Lu}[\p{L}.'’/() -]{1,50}?)\s*(?:$|[,;·|•(–]\s*(.*)$|\s-\s(.*)$)`)
	ukPlace   = regexp.MustCompile(`^(.*?)(?:^|[\s,])([A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2})\b[\s,.]*(.*)$`)
	usPlace   = regexp.MustCompile(`^(.*?)(?:^|,\s*)(\p{Lu}[\p{L}. ]{1,30}),\s+([A-Z]{2})\s+(\d{5}(?:-\d{4})?)\b[\s,.]*(.*)$`)
	streetEnd = regexp.MustCompile(`(?i)(?:straße|strasse|str\.?|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|hof|markt|berg|graben|park|pfad|kai|twiete|promenade|laan|straat|plein|kade|gracht|dijk|vej|gatan|gata|tie|katu)\s*\d{1,4}\s?[a-zA-Z]?(?:\s?[-–/]\s?\d{1,4}\s?[a-zA-Z]?)?(?:$|[\s,;(])`)
	streetOne = regexp.MustCompile(`(?i)^(?:am|an der|an den|auf der?|auf dem|im|in der|in den|zum|zur|unter den?|alte[rs]?|neue[rs]?|hinter|vor dem)\s+[\p{L} .-]+\s\d{1,4}\s?[a-z]?\b`)
	streetFr  = regexp.MustCompile(`(?i)^(?:c/o [^,]+, ?)?\d{1,4}(?:[-–/]\d{1,4})?\s?(?:bis|ter|[a-d])?,?\s+(?:\p{L}+\.?\s)?(?:rue|avenue|av\.?|boulevard|bd\.?|place|pl\.?|quai|chemin|impasse|allée|allee|cours|route|passage|square|villa|cité|faubourg|esplanade|rond-point)\b`)
	streetEn  = regexp.MustCompile(`(?i)^(?:(?:unit|suite|floor|flat|level|\d+(?:st|nd|rd|th) floor)[^,]*,\s*)?(?:[\p{L}' ]+ (?:house|building|court|centre|center|works|studios)\s*,\s*)?\d{1,5}[a-z]?(?:[-–]\d{1,5})?\s+[\p{L}' .-]+\s(?:street|st\.?|road|rd\.?|avenue|ave\.?|lane|ln\.?|drive|dr\.?|way|close|square|sq\.?|place|court|terrace|row|hill|gardens|boulevard|blvd\.?|broadway|parkway|pkwy|highway|crescent|grove|quay|park)\b`)
	streetSo  = regexp.MustCompile(`(?i)^(?:via|viale|piazza|piazzale|corso|largo|vicolo|strada|calle|c/|avenida|avda\.?|paseo|plaza|pza\.?|carrer|carretera|ronda|rua|praça|ul\.|ulica|al\.)\s+[\p{L}'’. ]+,?\s*(?:n\.?°?\s*)?\d{1,4}`)
	number    = regexp.MustCompile(`^[\p{Lu}][\p{L}.'’ -]{2,40}\s\d{1,4}\s?[a-zA-Z]?(?:\s?[-–/]\s?\d{1,4}\s?[a-zA-Z]?)?$`)
	label     = regexp.MustCompile(`(?i)^(?:post)?(?:anschrift|adresse|address|registered office|head office|siège(?: social)?|sede(?: legale)?|domicilio(?: social)?|sitz|firmensitz|vestigingsadres|bezoekadres)\s*(?:is|:|de la société)?[:\s]*`)
)

// isStreet reports whether a text is a street with the number of a house.
func isStreet(text string) bool {
	if len(text) > 90 || strings.ContainsAny(text, "@") || nameOf(text) != "" {
		return false
	}
	return streetEnd.MatchString(text) || streetOne.MatchString(text) || streetFr.MatchString(text) || streetEn.MatchString(text) || streetSo.MatchString(text)
}

// countries are names of countries as addresses end in, in lower case.
var countries = map[string]string{
	"deutschland": "DE", "germany": "DE", "allemagne": "DE", "österreich": "AT", "austria": "AT", "schweiz": "CH", "switzerland": "CH", "suisse": "CH", "svizzera": "CH",
	"france": "FR", "frankreich": "FR", "italia": "IT", "italy": "IT", "italien": "IT", "españa": "ES", "spain": "ES", "nederland": "NL", "netherlands": "NL", "the netherlands": "NL",
	"belgium": "BE", "belgique": "BE", "belgië": "BE", "luxembourg": "LU", "luxemburg": "LU", "united kingdom": "GB", "uk": "GB", "england": "GB", "great britain": "GB", "scotland": "GB", "england & wales": "GB",
	"ireland": "IE", "usa": "US", "united states": "US", "u.s.a.": "US", "united states of america": "US", "portugal": "PT", "polska": "PL", "poland": "PL", "sverige": "SE", "sweden": "SE", "danmark": "DK", "denmark": "DK",
	"norge": "NO", "norway": "NO", "suomi": "FI", "finland": "FI", "liechtenstein": "LI", "czech republic": "CZ", "česká republika": "CZ", "de": "DE", "fr": "FR", "at": "AT", "ch": "CH", "nl": "NL", "it": "IT", "es": "ES", "gb": "GB",
}

// countryCodes are the codes among them.
var countryCodes = func() map[string]bool {
	codes := map[string]bool{}
	for _, code := range countries {
		codes[code] = true
	}
	return codes
}()

var letterCountries = map[string]string{"D": "DE", "A": "AT", "CH": "CH", "F": "FR", "L": "LU", "B": "BE", "I": "IT", "E": "ES", "NL": "NL", "FL": "LI", "DE": "DE", "AT": "AT", "FR": "FR"}

// placeOf reads the line of a town.
func placeOf(text string) (place, bool) {
	if m := codeCity.FindStringSubmatch(text); m != nil && !notPlace.MatchString(m[4]) && len(strings.Fields(m[4])) <= 5 {
		p := place{strings.Trim(m[1], " ,·|•–-"), m[3], strings.TrimRight(m[4], " .,-("), m[5] + m[6], letterCountries[m[2]]}
		if words := strings.Fields(p.city); len(words) > 1 && countries[strings.ToLower(words[len(words)-1])] != "" {
			p.country = countries[strings.ToLower(words[len(words)-1])]
			p.city = strings.Join(words[:len(words)-1], " ")
		}
		return p, true
	}
	if m := usPlace.FindStringSubmatch(text); m != nil {
		return place{strings.Trim(m[1], " ,"), m[4], m[2], m[5], "US"}, true
	}
	if m := ukPlace.FindStringSubmatch(text); m != nil && len(text) < 140 {
		before := strings.Split(strings.Trim(m[1], " ,."), ",")
		city := strings.TrimSpace(before[len(before)-1])
		return place{strings.TrimSpace(strings.Join(before[:len(before)-1], ",")), m[2], city, m[3], "GB"}, true
	}
	return place{}, false
}

// notPlace are words after digits that are no town.
var notPlace = regexp.MustCompile(`(?i)\b(?:uhr|januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|january|february|march|may|june|july|october|december|euro|eur|all rights|gmbh|siret|tmg|ddg|bgb|abs|satz|rights|cookies|inc|employees|mitarbeiter|customers|projects|projekte|kunden|follow|seit|since|by|tel|fax|phone)\b`)

// nameAndAddress reads the best block of name, street and town; its place in the
// lines is returned, -1 for none. Of several the one in the company's own block
// counts, then the one in the footer, then the first.
func (r *reader) nameAndAddress(f *Facts) int {
	best, at := -1, -1
	for i, l := range r.lines {
		if l.block == other {
			continue
		}
		p, ok := placeOf(r.text(i))
		if !ok {
			continue
		}
		street, nameLine := r.streetOf(i, p)
		if street == "" {
			continue
		}
		score := map[block]int{own: 4, plain: 0}[l.block]
		if l.Foot {
			score += 2
		}
		name, from := r.nameAbove(nameLine)
		if name != "" {
			score += 3
		}
		if score > best {
			best, at = score, i
			f.Street, f.PostalCode, f.City = r.fact(l, street, .97), r.fact(l, p.code, .97), r.fact(l, p.city, .97)
			f.Country = Fact{}
			if code := r.countryOf(i, p); code != "" {
				f.Country = r.fact(l, code, .97)
			}
			f.Name = Fact{}
			if name != "" {
				f.Name = r.fact(r.lines[from], name, .96)
			}
		}
	}
	if f.Name.Absent() {
		f.Name = r.loneName()
	}
	return at
}

func (r *reader) text(i int) string { return label.ReplaceAllString(r.lines[i].Text, "") }

// streetOf is the street of a town's line: before the postcode on the same line or
// on one of the two above it. nameLine is where the name may stand: the line above.
func (r *reader) streetOf(i int, p place) (street string, nameLine int) {
	parts := strings.FieldsFunc(strings.NewReplacer(" - ", "|", " – ", "|").Replace(p.before), func(c rune) bool { return strings.ContainsRune(",·|•", c) })
	for n := range slices.Backward(parts) {
		text := strings.TrimSpace(strings.Join(parts[n:], ","))
		if isStreet(text) || number.MatchString(text) && nameOf(text) == "" {
			return text, i
		}
	}
	for back := 1; back <= 2 && i-back >= 0; back++ {
		text := strings.Trim(r.text(i-back), " ,")
		if isStreet(text) || back == 1 && p.before == "" && number.MatchString(text) {
			return cutName(text), i - back
		}
	}
	return "", i
}

// cutName takes a name in front of a street away: "Acme, Hauptstraße 1".
func cutName(text string) string {
	parts := strings.Split(text, ",")
	for i := range parts {
		if rest := strings.TrimSpace(strings.Join(parts[i:], ",")); i > 0 && isStreet(rest) {
			return rest
		}
	}
	return text
}

// nameAbove finds the name of the company on the line, in front of its street, or
// on one of the three lines above.
func (r *reader) nameAbove(at int) (string, int) {
	for back := 0; back <= 3 && at-back >= 0; back++ {
		l := r.lines[at-back]
		if l.block == other {
			return "", 0
		}
		if name := nameOf(r.text(at - back)); name != "" {
			return name, at - back
		}
	}
	// A trader by their own name, right below the heading and right above the street.
	if at > 0 && r.lines[at-1].fresh && isPersonName(r.lines[at-1].Text) {
		return strings.TrimSpace(r.lines[at-1].Text), at - 1
	}
	return "", 0
}

// loneName is a name with its legal form that stands alone on a line of the
// company's block, or behind the sign of copyright.
func (r *reader) loneName() Fact {
	for _, wanted := range []block{own, plain} {
		for _, l := range r.lines {
			name := nameOf(l.Text)
			if name == "" || l.block != wanted {
				continue
			}
			if l.fresh || wanted == own && len(l.Text) < len(name)+20 || strings.Contains(l.Text, "©") {
				return r.fact(l, name, .93)
			}
		}
	}
	return Fact{}
}

// countryOf is the country after a town, on its line or the next one.
func (r *reader) countryOf(i int, p place) string {
	if p.country != "" {
		return p.country
	}
	for _, text := range []string{p.after, r.after(i)} {
		if code := countries[strings.ToLower(strings.Trim(text, " ,.()"))]; code != "" {
			return code
		}
	}
	return ""
}

func (r *reader) after(i int) string {
	if i+1 < len(r.lines) {
		return r.lines[i+1].Text
	}
	return ""
}
