package sitefacts

import (
	"regexp"
	"strings"
)

// block says whose data a part of a page holds.
type block int

// The blocks.
const (
	plain block = iota // nobody's in particular
	own                // the company's: below a heading that says so
	other              // somebody else's: an agency, a host, an authority
)

// ownHeading announces who runs the site.
var ownHeading = regexp.MustCompile(`(?i)^(?:impressum+\b|imprint\b|legal (?:notice|information|disclosure|details)|mentions? l[ée]gales?|aviso legal|note legali|informazioni legali|informations l[ée]gales|wettelijke vermeldingen|colofon|site notice|` +
	`angaben (?:gem[äa][ßs]s?|nach|zum|laut)|informationen? (?:gem[äa]|nach)|informationspflicht|offenlegung|anbieter|diensteanbieter|anbieterkennzeichnung|betreiber|website(?:n)?betreiber|medieninhaber|herausgeber|verantwortlich(?:e stelle|er)? (?:f[üu]r|i\.|im|nach|gem)|verantwortlicher$|f[üu]r den inhalt verantwortlich|` +
	`(?:l')?[ée]dit(?:eur|rice)|exploitante?|opdrachtgever|üzemeltető|az üzemeltető|propri[ée]taire|identification|editore|titolare|titular|responsable del|responsable du site|datos identificativos|(?:1\.? )?datos|identificaci[óo]n|identifica[çc][ãa]o|` +
	`find us|get in touch|where to find us|fakturační údaje|yhteystiedot|hauptsitz|hoofdzetel|headquarters|company (?:details|information|data|info)|about (?:the company|us)$|(?:our |registered |head )?office|who we are|contact details|uitgever|` +
	`anschrift|postanschrift|hauptsitz|adresse|address|sitz|si[èe]ge(?: social)?|sede(?: legale)?|domicilio|vestigingsadres|bedrijfsgegevens|contactgegevens|contact|kontakt(?:daten|adresse)?|contatti|contacto|contactos|kontakta oss|dane (?:firmy|kontaktowe)|virksomhedsoplysninger|f[öo]retagsuppgifter)(?:[^\p{L}]|$)`)

// others are the words of ownHeading's counterpart.
const others = `web ?hosting|hosting(?: provider)?|hosted by|h[ée]bergeur|h[ée]bergement|hosteado|alojamiento|provider|web ?design(?:er)?|web ?master|design(?: (?:und|&|and) )?|transparenz|propri[ée]taire des murs|supervisory|pr[üu]fungsverband|konzernzentrale|ontwerp|techniek|technik|technique|paiements?|zahlungs\p{L}+|payments?|betaling\p{L}*|felügyelet\p{L}*|tárhely\p{L}*|soci[ée]t[ée]s du groupe|entit[ée]s du groupe|sociedades del grupo|societ[àa] del gruppo|konzept(?:ion)?|gestaltung|umsetzung|realisi?[ae]tie|realisation|r[ée]alisation|conception|fotograf(?:ie|i|ia)?|` +
	`programmierung|technische (?:umsetzung|realisierung|betreuung)|agentur|credits|bildnachweise?|bildquellen?|bildernachweis|fotos?|photos?|cr[ée]dits?|vertrieb durch|` +
	`aufsichtsbeh[öo]rde|(?:zust[äa]ndige|gewerbe)(?: ?(?:aufsichts)?beh[öo]rde| kammer)?|kammer|berufsbezeichnung|berufsrechtliche|[öo]ko-kontrollstelle|streit(?:schlichtung|beilegung)|schlichtungsstelle|verbraucher\p{L}*|online-streit|eu-streit|angaben zur berufshaftpflicht\p{L}*|haftung|disclaimer|urheberrecht|copyright|datenschutz\p{L}*|` +
	`berufshaftpflicht\p{L}*|versicherung|privacy|cookies?|google|analytics|liability|delegu[ée] [àa] la protection|cnil|m[ée]diateur|m[ée]diation|autorit[ée] de contr[ôo]le|dpo|data protection|responsabile della protezione|protecci[óo]n de datos|` +
	`complaints?|disputes?|alternative dispute|klachten|geschillen|reclam(?:i|aciones)|klagemuligheder|resolu[çc][ãa]o de lit[íi]gios|livro de reclama|(?:our )?(?:eu )?representative|website (?:by|door|von|par)|site (?:by|door)|made by|built by|powered by|realizzat[oa] da|sito (?:web )?(?:di|by)|dise[ñn]o|desarrollo|` +
	`internetauftritt|webauftritt|website-erstellung|webentwicklung|cr[ée]at(?:eur|ion)(?: du)? site|cr[ée]ation|sito web|strona wykonana|wykonanie|webbureau|webbyr[åa]|gesellschaften der gruppe|unsere gesellschaften|group companies|tochtergesellschaften|filiales|abbildungen|quellen|partner|sponsors?|references|referenzen|clients|customers|testimonials|news|blog|presse|investors`

var (
	// otherHeading announces somebody else, or what is not about the company.
	otherHeading = regexp.MustCompile(`(?i)^(?:\d{1,2}\.?\s+)?(?:` + others + `)(?:[^\p{L}]|$)`)
	// otherLabel is the same in front of what it announces, on one line.
	otherLabel = regexp.MustCompile(`(?i)^(?:` + others + `)(?:[ ,&.][\p{L} ,&.]{0,40})?\s*:|^(?:website|site|made|built|powered|hosted|realizzat[oa]|vertrieb)[\p{L} ]{0,12} (?:by|door|von|par|da|durch|bei)\s`)
	// otherInText says in running text that a line is about somebody else.
	otherInText = regexp.MustCompile(`(?i)\b(?:eu representative|datenschutzbeauftragte|data protection officer|complaint|supervisory authority|gehostet|hosted (?:by|on|at)|h[ée]berg[ée] par|aufsichtsbeh[öo]rde|schlichtungsstelle|beschwerde|impressum-vorlage|c/o)`)
	// aside announces a further place of the company, or one for letters alone.
	aside    = regexp.MustCompile(`(?i)^(?:(?:zweig)?niederlassung|filiale|zweigstelle|branch|warehouse|lager|returns?|rechnungsadresse|faktur\p{L}*|invoice address|postadres|postfach|p\.?o\.? box|showroom|toonzaal|unit[àa] (?:produttiva|locale|operativa)|sede operativa|telephely|vestiging|deliver(?:y|ies)|almac[ée]n|armaz[ée]m|magazzino|entrep[ôo]t|taller|atelier|permanence|verkaufsstelle|betriebsstätte|werk \d)(?:[^\p{L}]|$)`)
	numbered = regexp.MustCompile(`^(?:artikel|article|§)?\s*\d{1,2}[.)]?\s+(?:[-–]\s+)?`)
)

// blocks marks the lines with whose they are. Headings and short lines that end a label
// open a block, which lasts until the next; a label in front of what it announces opens
// one that lasts as long as its paragraph. What the whole page is headed with opens none
// for others: a page about privacy names its company too.
func (r *reader) blocks() {
	now, before, inline, fresh, headings := plain, plain, false, false, 0
	for _, l := range r.page.Lines {
		text := strings.TrimSpace(l.Text)
		heading := l.Heading || len(text) < 60 && strings.HasSuffix(text, ":") || len(strings.Fields(text)) <= 5 && !strings.ContainsAny(text, "@0123456789")
		if l.Heading {
			headings++
			text = numbered.ReplaceAllString(text, "")
		}
		if inline && l.Begins {
			now, inline = before, false
		}
		switch {
		case heading && otherHeading.MatchString(text):
			if now, fresh = other, false; l.Heading && headings == 1 {
				now = plain
			}
			inline = false
		case (heading || len(text) < 90) && ownHeading.MatchString(text):
			now, fresh, inline = own, true, false
			r.lines = append(r.lines, line{l, now, false})
			continue
		case l.Heading && now == other:
			now = plain
		case otherLabel.MatchString(text):
			if !inline {
				before = now
			}
			now, fresh, inline = other, false, true
		}
		whose := now
		if otherInText.MatchString(text) {
			whose = other
		}
		r.lines = append(r.lines, line{l, whose, fresh})
		fresh = false
	}
}
