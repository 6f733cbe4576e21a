package sitefacts

import (
	"regexp"
	"slices"
	"strings"
)

// place is a town's line: a postcode with the town after it, or before it.
type place struct {
	before, code, city, after, country string
	british                            bool     // the postcode stands behind the town, which is not read yet
	between                            []string // further places between a British town and its postcode
}

// within is a floor, a door or a box behind the number of a house.
const within = `(?i:,?\s+(?:(?:bus|bte|bo[îi]te|lok\.?|m\.|apt\.?|loja|suite|unit|stiege|top|piso)\s?\w{1,4}|\d{1,2}\.?\s?(?:sal|tr|og|stock|[ée]tage|floor|piso)\b\.?\s?(?:tv|th|mf)?))?`

var (
	codeCity  = regexp.MustCompile(`^(.*?)(?:^|[\s,·|•–-])(?:(D|A|CH|F|L|B|I|E|NL|FL|DE|AT|FR)[ –-]{1,3})?(\d{4}-\d{3}|\d{4} ?[A-Z]{2}|\d{5}|\d{4}|\d{3} \d{2}|\d{2}-\d{3})\s+(\p{Lu}[\p{L}.'’/() -]{1,50}?)\s*(?:$|[,;·|•(–]\s*(.*)$|\s-\s(.*)$|\s(?:CVR|VAT|TVA|UID|USt\S*|Tel|Tlf|Telefon|Phone|E-?[Mm]ail|BTW|KvK|KVK|NIF|CIF|P\.?\s?IVA|SIRET|RCS|Org\.?nr)\b.*$)`)
	ukPlace   = regexp.MustCompile(`^(.*?)(?:^|[\s,])([A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2}|[AC-FHKNPRTV-Y]\d[\dW] ?[0-9AC-FHKNPRTV-Y]{4})\b[\s,.]*(.*)$`)
	usPlace   = regexp.MustCompile(`^(.*?)(?:^|,\s*)(\p{Lu}[\p{L}. ]{1,30}),\s+([A-Z]{2}),?\s+(\d{5}(?:-\d{4})?)\b[\s,.]*(.*)$`)
	streetEnd = regexp.MustCompile(`(?i)(?:straße|strasse|str\.?|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|hof|markt|berg|graben|park|pfad|kai|twiete|promenade|utca|\sút|tér|körút|laan|straat|plein|kade|gracht|dijk|lei|vej|gade|gatan|gata|v[äa]gen|all[ée]|torv|tie|katu)\s*\d{1,4}(?:\s?-?[a-zA-Z])?(?:\s?[-–/]\s?\d{1,4}\s?[a-zA-Z]?)?\.?(?:$|[\s,;(])`)
	streetOne = regexp.MustCompile(`(?i)^(?:am|an der|an den|auf der?|auf dem|im|in der|in den|zum|zur|unter den?|alte[rs]?|neue[rs]?|hinter|vor dem)\s+[\p{L} .-]+\s\d{1,4}\s?[a-z]?\b`)
	streetFr  = regexp.MustCompile(`(?i)^(?:lieu[- ]dit|lieudit|hameau|ch[âa]teau|domaine|localit[àa]|loc\.|fraz(?:ione|\.)|contrada|c\.da|quinta|lugar|pol[íi]gono)\s\S|^(?:c/o [^,]+, ?)?\d{1,4}(?:[-–/]\d{1,4})?\s?(?:bis|ter|[a-d])?,?\s+(?:\p{L}+\.?\s)?(?:rue|venelle|ruelle|sentier|mont[ée]e|galerie|parvis|clos|avenue|av\.?|boulevard|bd\.?|place|pl\.?|quai|chemin|impasse|allée|allee|cours|route|passage|square|villa|cité|faubourg|esplanade|rond-point)\b`)
	streetEn  = regexp.MustCompile(`(?i)^(?:rr|hc) \d+,? box \S+$|^p\.? ?o\.? box \d+$|^(?:(?:unit|suite|floor|flat|level|\d+(?:st|nd|rd|th) floor)[^,]*,\s*)?(?:[\p{L}' ]+ (?:house|building|court|centre|center|works|studios)\s*,\s*)?\d{1,5}[a-z]?(?:[-–]\d{1,5})?\s+[\p{L}\d' .-]+\s(?:street|st\.?|road|rd\.?|avenue|ave\.?|lane|ln\.?|drive|dr\.?|way|close|square|sq\.?|place|court|terrace|row|hill|gardens|boulevard|blvd\.?|broadway|parkway|pkwy|highway|crescent|grove|quay|park)\b`)
	streetSo  = regexp.MustCompile(`(?i)^(?:via|viale|piazza|piazzale|corso|largo|vicolo|strada|calle|c/|avenida|avda\.?|paseo|passeig|plaza|pza\.?|carrer|carretera|ronda|rua|praça|avenida|travessa|estrada|largo|ul\.|ulica|al\.)\s+[\p{L}'’. ]+,?\s*(?:n\.?[°º]?\s*)?\d{1,4}`)
	number    = regexp.MustCompile(`^[\p{Lu}][\p{L}.'’ -]{2,40}\s\d{1,4}\s?[a-zA-Z]?(?:\s?[-–/]\s?(?:\d{1,4}\s?[a-zA-Z]?|\p{L}+ \d+))?` + within + `$`)
	label     = regexp.MustCompile(`(?i)^(?:post)?(?:anschrift|adresse|address|registered office|head office|siège(?: social)?|sede(?: legale)?|domicilio(?: social)?|domicilio fiscal|morada|adres|adress|sitz|firmensitz|székhely|sídlo|siedziba|by post|per post|par courrier|postadres|beide|both|maatschappelijke zetel|zetel|vestigingsadres|bezoekadres|postal address)\s*(?:is|:|de la société)?[:\s]*`)
)

// isStreet reports whether a text is a street with the number of a house.
func isStreet(text string) bool {
	text = strings.TrimSuffix(text, " snc") // Italian for a house without a number
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
	"norge": "NO", "norway": "NO", "suomi": "FI", "finland": "FI", "liechtenstein": "LI", "czech republic": "CZ", "česká republika": "CZ", "czechia": "CZ", "slovakia": "SK", "slovensko": "SK", "hungary": "HU", "magyarország": "HU", "romania": "RO", "românia": "RO", "bulgaria": "BG",
	"croatia": "HR", "hrvatska": "HR", "slovenia": "SI", "slovenija": "SI", "greece": "GR", "estonia": "EE", "eesti": "EE", "latvia": "LV", "latvija": "LV", "lithuania": "LT", "lietuva": "LT", "malta": "MT", "cyprus": "CY", "iceland": "IS",
	"irland": "IE", "irlande": "IE", "italie": "IT", "espagne": "ES", "spanien": "ES", "belgien": "BE", "niederlande": "NL", "pays-bas": "NL", "autriche": "AT", "suisse romande": "CH", "luxembourg (grand-duché)": "LU", "royaume-uni": "GB", "wales": "GB", "northern ireland": "GB", "polen": "PL", "pologne": "PL", "schweden": "SE", "dänemark": "DK", "de": "DE", "fr": "FR", "at": "AT", "ch": "CH", "nl": "NL", "it": "IT", "es": "ES", "gb": "GB",
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
		p := place{before: strings.Trim(m[1], " ,·|•–-"), code: m[3], city: cityOf(m[4]), after: m[5] + m[6], country: letterCountries[m[2]]}
		if words := strings.Fields(p.city); len(words) > 1 && countries[strings.ToLower(words[len(words)-1])] != "" {
			p.country = countries[strings.ToLower(words[len(words)-1])]
			p.city = strings.Join(words[:len(words)-1], " ")
		}
		return p, true
	}
	if m := usPlace.FindStringSubmatch(text); m != nil {
		return place{before: strings.Trim(m[1], " ,"), code: m[4], city: m[2], after: m[5], country: "US"}, true
	}
	if m := ukPlace.FindStringSubmatch(text); m != nil && len(text) < 200 {
		p := place{before: strings.Trim(m[1], " ,."), code: m[2], after: m[3], country: "GB", british: true}
		if eircode.MatchString(p.code) {
			p.country = "IE"
		}
		return p, true
	}
	return place{}, false
}

// notPlace are words after digits that are no town.
var notPlace = regexp.MustCompile(`(?i)\b(?:uhr|januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|january|february|march|may|june|july|october|december|euro|eur|all rights|gmbh|siret|tmg|ddg|bgb|abs|satz|rights|cookies|inc|employees|mitarbeiter|customers|projects|projekte|kunden|follow|seit|since|by|tel|fax|phone)\b`)

// streetOf is the street of a town's line: before the postcode on the same line or
// on one of the two above it. nameLine is where the name may stand: the line above.
func (r *reader) streetOf(i int, p place) (street string, nameLine int) {
	parts := strings.FieldsFunc(strings.NewReplacer(" - ", "|", " – ", "|").Replace(p.before), func(c rune) bool { return strings.ContainsRune(",·|•", c) })
	for n := range slices.Backward(parts) {
		text := behindName(afterLabel(strings.TrimSpace(strings.Join(parts[n:], ","))))
		if isStreet(text) || houseOf(text) && nameOf(text) == "" {
			if n > 0 && zone.MatchString(strings.TrimSpace(parts[n-1])) {
				text = strings.TrimSpace(parts[n-1]) + ", " + text
			}
			return text, i
		}
	}
	for back := 1; back <= 2 && i-back >= 0; back++ {
		text := strings.Trim(r.text(i-back), " ,")
		if isStreet(text) || back == 1 && p.before == "" && houseOf(text) {
			return cutName(text), i - back
		}
	}
	// The town may come first: "3345 Göstling, Hochkar 1".
	if first, _, _ := strings.Cut(p.after, ","); isStreet(strings.TrimSpace(first)) || houseOf(strings.TrimSpace(first)) {
		return strings.TrimSpace(first), i
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

// behindName takes the name of a company off the front of a street with nothing between:
// "Acme ApS Havnegade 1".
func behindName(text string) string {
	at := legalForm.FindStringIndex(text)
	if at == nil || at[0] == 0 || at[1] >= len(text) {
		return text
	}
	if rest := strings.TrimSpace(text[at[1]:]); rest != "" && strings.ToLower(rest[:1]) != rest[:1] && (isStreet(rest) || houseOf(rest)) {
		return rest
	}
	return text
}

// houseOf reports whether a text has the form of a street and a number, in no language
// in particular.
func houseOf(text string) bool { return number.MatchString(text) && !notStreet.MatchString(text) }

var notStreet = regexp.MustCompile(`(?i)^(?:suite|unit|floor|level|apt|box|p\.?o\.? box|postfach|postbus|postboks|bp|cp|cs|fe|halle|stand|zimmer|raum|etage|stock|tel\.?|telefon|phone|fax|mobil|hrb|hra|fn|rea|rcs|siren|siret|nif|nip|kvk|regon|krs|capital|lot)\b`)

// zone is an estate in front of a street.
var zone = regexp.MustCompile(`^(?:Z\.?A\.?C?|Z\.?I\.?|Zone|Parc|B[âa]t(?:iment)?|R[ée]sidence|Pol[íi]gono|Pol\.)\s`)

// afterLabel takes a label off: "Sede legale: Via Roma 1".
func afterLabel(text string) string {
	if m := anyLabel.FindString(text); m != "" && len(m) < len(text) {
		return text[len(m):]
	}
	return text
}

var anyLabel = regexp.MustCompile(`^\p{L}[\p{L} ./'’-]{1,40}:\s+`)

// cityOf is a town without what trails behind it.
func cityOf(text string) string {
	if strings.Count(text, ".") > 1 { // Langnau i.E.
		return strings.TrimRight(text, " ,-(")
	}
	return strings.TrimRight(text, " .,-(")
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
