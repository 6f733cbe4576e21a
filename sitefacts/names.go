package sitefacts

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// legalForm has the legal forms of companies as names of companies end in.
var legalForm = regexp.MustCompile(`(?:^|[\s,(])(?:(?i:` + strings.Join([]string{
	// German, Austrian, Swiss.
	`gmbh(?: ?(?:&|und|\+) ?co\.? ?(?:kgaa|kg|ohg))?|ggmbh|gug|mbh|kgaa|ohg|e\.? ?k\.?(?:fr\.?|fm\.?)?|e\.u\.|e\. ?v\.|eg\b|gbr|partg(?: ?mbb)?|partnerschaft mbb|stiftung|genossenschaft`,
	// French, Belgian, of Luxembourg.
	`sàrl|s\.? ?à\.? ?r\.? ?l\.?(?:-s)?|s\.a\.r\.l\.?|sarl(?:-s)?|sasu?|s\.a\.s\.?u?|eurl|e\.u\.r\.l\.|scop|sci|s\.a\.|selarl|selas|scea|earl|gaec|s\.?n\.?c\.?|s\.c\.r\.l\.|comm\.? ?v\.?|cvba`,
	// English.
	`p\.c\.|p\.a\.|pllc|ltd\.?|limited|llc|l\.l\.c\.|llp|inc\.?|corp\.?|corporation|plc|co\.(?:,? (?:ltd|inc|llc)\.?)?|dac|pty\.? ltd\.?|pte\.? ltd\.?`,
	// Dutch, Italian, Spanish, Portuguese.
	`societ[àa] agricola a r\. ?l\.|b\.v\.?|bv|n\.v\.?|nv|bvba|v\.?o\.?f\.?|srl|s\.r\.l\.?s?|s\.p\.a\.?|s\.s\.|s\. ?coop\.(?: ?and\.)?|s\.l\.(?:u|p|n\.e)?\.?|unipessoal,? lda\.?|lda\.?|ltda\.?`,
	// Nordic, of the Baltic, Eastern.
	`a/s|aps|ivs|i/s|k/s|oyj?|spółka z o\. ?o\.|spółka akcyjna|sp\. ?z ?o\. ?o\.?|sp\. ?[kj]\.|handelsbolag|aktiebolag|kommanditbolag|s\.r\.o\.?|a\.s\.|kft\.?|zrt\.?|d\.o\.o\.?`,
}, "|") + `)|UG(?: ?\(haftungsbeschr(?:ä|ae)nkt\))?(?: ?(?:&|und) ?Co\.? ?KG)?|AG(?: ?& ?Co\.? ?KG(?:aA)?)?|KG|SE(?: ?& ?Co\.? ?KG(?:aA)?)?|SA|SL[UP]?|AB|AS|EG|OG|HB|CLG|OÜ|SIA|UAB|SpA|SPA)(?:$|[\s,;.:)(|–-])`)

// formFirst is a legal form that stands in front of the name.
var formFirst = regexp.MustCompile(`^(?:SARL|SASU?|EURL|SELARL|SELAS|SCI|SCP|EARL|GAEC|SCEA|SNC|SA|Société (?:civile )?|Associazione|Società Agricola|Azienda Agricola|Stichting|Fundación|Fondation)\s+(?:\p{L}[\p{L}’\'.&-]*\s?){1,6}`)

// kindFirst is a line with the name of an association, a foundation or a farm, which
// begins with what it is.
var kindFirst = regexp.MustCompile(`^(?:Association|Asociaci[óo]n|Associazione|Associa[çc][ãa]o|Stichting|Verein|Fundaci[óo]n|Fondation|Fondazione|Azienda Agricola)(?: (?:\p{Lu}[\p{L}’'.-]*|de[lsn]?|du|des|di|da|do|dos|la|les?|los|las|van|het|und|et|e|y|für|zur)){1,7}$`)

// nameOf is the name of a company in a line: up to the end of its legal form, from
// behind a label. Empty where the line has none.
func nameOf(text string) string {
	at := legalForm.FindStringIndex(text)
	if at == nil {
		return strings.TrimSpace(kindFirst.FindString(strings.TrimSpace(text)))
	}
	if m := formFirst.FindString(text); m != "" && at[0] == 0 {
		if name, _, _ := strings.Cut(m, " au capital"); len(strings.Fields(name)) > 1 {
			return strings.Trim(name, " ,.-–")
		}
		return ""
	}
	end := at[1]
	for next := legalForm.FindStringIndex(text[end-1:]); next != nil && next[0] == 0; next = legalForm.FindStringIndex(text[end-1:]) {
		end += next[1] - 1
	}
	if m := runBy.FindStringIndex(text[:at[0]]); m != nil {
		text = text[m[1]:]
		cut := len(article.FindString(text))
		return nameOf(text[min(cut, at[0]-m[1]):])
	}
	if m := ofPartners.FindString(text[end:]); m != "" {
		end += len(m)
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
	if strings.HasPrefix(text[at[1]-1:], " au capital") { // the form stands with the capital, not with the name
		name, _, _ = strings.Cut(name, ", ")
		words = strings.Fields(name)
	}
	if strings.HasSuffix(name, ", Co.") { // of an Irish county
		return ""
	}
	if len(words) == 0 || len(words) > 10 || len(name) > 100 || sentence.MatchString(" "+name+" ") || len(words) == 1 && legalForm.MatchString(" "+name+" ") && len(name) < 6 {
		return ""
	}
	if first := []rune(name)[0]; !unicode.IsUpper(first) && !unicode.IsDigit(first) && len(words) > 4 {
		return ""
	}
	return canonicalName(withoutStop(name))
}

// ofPartners are the partners whom Italian partnerships name behind their form.
var ofPartners = regexp.MustCompile(`^ ?di (?:\p{Lu}[\p{L}.'’]*\s?(?:(?:&|e) )?){1,6}`)

// withoutStop takes the full stop of a sentence off a name whose legal form has none.
func withoutStop(name string) string {
	words := strings.Fields(name)
	last := words[len(words)-1]
	bare, stopped := strings.CutSuffix(last, ".")
	if !stopped || len(bare) == 1 || strings.Contains(bare, ".") || abbreviated[strings.ToLower(bare)] {
		return name
	}
	return strings.TrimSuffix(name, ".")
}

// abbreviated are legal forms that are written with a full stop behind them.
var abbreviated = map[string]bool{"ltd": true, "inc": true, "corp": true, "co": true, "lda": true, "ltda": true, "kft": true, "zrt": true, "and": true, "v": true, "k": true, "j": true}

var (
	copyrightYears = regexp.MustCompile(`(?i)^(?:©|\(c\)|copyright|\s|[-–,]|(?:19|20)\d\d)+`)
	// sentence tells running text from a name.
	sentence = regexp.MustCompile(`(?i)\s(?:is|are|was|has|we|our|you|ist|sind|wird|wir|unsere?|sie|ihre|est|sont|nous|notre|vous|votre|une|der inhalt|werden|durch|edited by|édité par|è|siamo|es una|é|são|son|är|jest|zijn|wordt|wird|cuya|von der|bei der|hosted|powered)\s`)
	// withoutUmlaut is a legal form that was written for machines.
	withoutUmlaut = regexp.MustCompile(`(?i)haftungsbeschraenkt`)
)

// canonicalName writes a legal form as the law does.
func canonicalName(name string) string {
	return withoutUmlaut.ReplaceAllString(strings.Join(strings.Fields(name), " "), "haftungsbeschränkt")
}

var (
	// nameLabel announces the name of a company: what follows needs no legal form.
	nameLabel = regexp.MustCompile(`(?i)^(?:firma|titular|sprzedawca|c[ée]gn[ée]v|szolg[áa]ltat[óo] neve|obchodn[íi] (?:firma|jm[ée]no)|(?:eingetragener )?firmenname|firmenbezeichnung|firmenwortlaut|name (?:der firma|des unternehmens)|company(?: name)?|unternehmensbezeichnung|betreibergesellschaft|betreiber|identidad|(?:registered|legal) (?:company )?name|(?:full )?name of (?:the )?(?:legal entity|company|business)|` +
		`d[ée]nomination(?: sociale)?|raison sociale|soci[ée]t[ée]|denominaci[óo]n(?: social)?|raz[óo]n social|ragione sociale|denominazione(?: sociale)?|naam(?: ondernemer| bedrijf)?|bedrijfsnaam|handelsnaam|(?:maatschappelijke|statutaire) (?:naam|benaming)|` +
		`denomina[çc][ãa]o(?: social)?|nazwa(?: firmy)?|pe[łl]na nazwa|firmanavn|virksomhed(?:snavn)?|f[öo]retag(?:snamn)?|foretaksnavn)(?:\s*:\s*|$)`)
	// runBy announces in running text who runs the site.
	runBy = regexp.MustCompile(`(?i)(?:titular|responsable|propietario|propri[ée]taire|[ée]diteur|titolare|proprietario|verantwortlich\p{L}*|betreiber|anbieter|owner|operator|controller|eigenaar)\b[^.:,]{0,40}\s(?:es|est|è|ist|is)\s|(?:marque|brand|trading name|marke|marchio|marca|merk|handelsnaam|handelsname) (?:of|de|der|von|di|van)\b|(?:edited|operated|owned|published|run|provided|maintained) by|property of|(?:[ée]dit[ée]e?|exploit[ée]e?|publi[ée]e?) par|propri[ée]t[ée] (?:exclusive )?de|conclue?s? entre|eigendom van|uitgegeven door|beheerd door|betrieben (?:von|durch)|angeboten von|` +
		`(?:propiedad|titularidad) de|propriedade d[ae]|(?:di propriet[àa]|gestit[oa]) d(?:i|a|alla)|nale[żz]y do|wydawc[ąa] jest|selger er|seller is|verkäufer ist|administrat de|(?:drivs|ägs|ejes|drives|udgives) a[vf]|administratorem \p{L}+ jest`)
	article = regexp.MustCompile(`^[\s:,]*(?:(?:(?i:der|die|das|dem|the|la|le|il|de|l'|l’)\s*)?(?i:firma|company|soci[ée]t[ée]|sociedad|societ[àa]|empresa|spó[łl]ka|association)\s+|(?:der|die|das|dem|the|la|le|il)\s+)?`)
	// saysWeAre is what a page says of its company behind its name.
	saysWeAre = regexp.MustCompile(`(?i)^[\s,]*(?:[("„“].{0,3}(?:we|us|wir|nous)\b|\(company (?:number|no)|is (?:the (?:data )?controller|a (?:limited |private )?company|registered)|operates|registered in|trading as)`)
)

// labelledName is the name behind a label, on its line or on the next one.
func (r *reader) labelledName() Fact {
	for i, l := range r.lines {
		at := nameLabel.FindStringIndex(l.Text)
		if at == nil || l.block == other {
			continue
		}
		text := strings.TrimSpace(l.Text[at[1]:])
		if text == "" && i+1 < len(r.lines) && r.lines[i+1].block != other {
			l = r.lines[i+1]
			text = l.Text
		}
		if name := nameOf(text); name != "" {
			return r.fact(l, name, .97)
		}
		if name := plainName(text); name != "" {
			return r.fact(l, name, .94)
		}
	}
	return Fact{}
}

// plainName is a text that may be a name without a legal form, up to what follows it.
func plainName(text string) string {
	if i := strings.IndexAny(text, ",;|(–:"); i >= 0 {
		text = text[:i]
	}
	text, _, _ = strings.Cut(text, " - ")
	text = strings.TrimSpace(text)
	words := strings.Fields(text)
	if len(words) == 0 || len(words) > 6 || len(text) < 3 || len(text) > 60 || strings.ContainsAny(text, "@?!") || sentence.MatchString(" "+text+" ") || isStreet(text) {
		return ""
	}
	if first := []rune(text)[0]; !unicode.IsUpper(first) && !unicode.IsDigit(first) {
		return ""
	}
	return text
}

// statedName is the name of whom running text says that they run the site, or of whom
// it speaks as of itself.
func (r *reader) statedName() Fact {
	for _, l := range r.lines {
		if l.block == other {
			continue
		}
		if at := runBy.FindStringIndex(l.Text); at != nil {
			rest := l.Text[at[1]:]
			rest = rest[len(article.FindString(rest)):]
			if name := nameOf(rest); name != "" && !r.foreign(name) {
				return r.fact(l, name, .95)
			}
		}
		if name := r.inProse(l.Text); name != "" && nameOf(l.Text) == "" {
			return r.fact(l, name, .93)
		}
		if name := nameOf(l.Text); name != "" {
			if _, rest, found := strings.Cut(l.Text, name); found && (saysWeAre.MatchString(rest) || r.matchesSite(name) && (l.Foot || len(l.Text) < 160)) {
				return r.fact(l, name, .94)
			}
		}
	}
	return Fact{}
}

// foreign reports whether a name does not fit the site's domain while another one on
// the page does: a payment service, an insurer, whom terms speak of.
func (r *reader) foreign(name string) bool { return r.siteNamed() && !r.matchesSite(name) }

// matchesSite reports whether a name and the domain of the site have a word in common
// that says something.
func (r *reader) matchesSite(name string) bool {
	brand, _, _ := strings.Cut(r.own, ".")
	brand = letters(brand)
	if len(brand) < 4 {
		return false
	}
	core := letters(legalForm.ReplaceAllString(" "+name+" ", " "))
	if len(core) >= 4 && (strings.Contains(core, brand) || strings.Contains(brand, core)) {
		return true
	}
	for word := range strings.FieldsSeq(name) {
		if word = letters(word); len(word) >= 5 && strings.Contains(brand, word) && !common[word] {
			return true
		}
	}
	return false
}

// inProse is a firm in running text whose name fits the site's domain.
func (r *reader) inProse(text string) string {
	for _, name := range firmsIn(text) {
		if !r.matchesSite(name) {
			continue
		}
		for lead := range leads { // an article that the domain has is of the name
			if long := lead + " " + name; strings.Contains(text, long) && strings.HasPrefix(letters(r.own), core(long)) {
				return long
			}
		}
		return name
	}
	return ""
}

// firmsIn are the firms in running text, in its order: the words with capital letters in
// front of a legal form, and what joins them.
func firmsIn(text string) []string {
	var list []string
	for _, at := range legalForm.FindAllStringIndex(text, 6) {
		words := strings.Fields(text[:at[0]])
		from := len(words)
		for from > 0 && len(words)-from < 7 && (unicode.IsUpper([]rune(words[from-1])[0]) && !strings.HasSuffix(words[from-1], ".") || joins[words[from-1]]) {
			from--
		}
		for from < len(words) && (joins[words[from]] || leads[words[from]]) {
			from++
		}
		if from == len(words) {
			continue
		}
		name := nameOf(strings.Join(words[from:], " ") + text[at[0]:])
		if len(core(name)) > 2 {
			list = append(list, name)
		}
	}
	return list
}

var (
	joins = map[string]bool{"&": true, "+": true, "and": true, "und": true, "et": true, "e": true, "y": true, "of": true, "de": true, "du": true, "des": true, "del": true, "di": true, "la": true, "van": true, "i": true}
	leads = map[string]bool{"The": true, "Die": true, "Der": true, "Das": true, "La": true, "Le": true}
)

// siteNamed reports whether a firm that is named on the page fits the site's domain.
func (r *reader) siteNamed() bool {
	if r.fits == 0 {
		r.fits = -1
		for i, l := range r.lines {
			if l.block == other {
				continue
			}
			for _, text := range r.texts(i) {
				if name := nameOf(text); name != "" && r.matchesSite(name) || r.inProse(text) != "" {
					r.fits = 1
				}
			}
		}
	}
	return r.fits > 0
}

// common are words that names of many companies have.
var common = map[string]bool{
	"gmbh": true, "limited": true, "company": true, "group": true, "gruppe": true, "digital": true, "media": true, "medien": true, "design": true, "studio": true, "service": true, "services": true,
	"consulting": true, "software": true, "systems": true, "solutions": true, "agency": true, "agentur": true, "agence": true, "online": true, "hosting": true, "immobilien": true, "international": true, "partner": true, "partners": true,
}

// letters leaves small letters without their marks, and digits. Umlauts are as in
// domains: ä is ae.
func letters(s string) string {
	s = umlauts.Replace(strings.ToLower(s))
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, plainLetters(s))
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "æ", "ae", "ø", "o", "å", "a", "ł", "l", "ı", "i")

// plainLetters takes the marks off letters: é is e.
func plainLetters(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Mn, c) {
			return -1
		}
		return c
	}, norm.NFD.String(s))
}
