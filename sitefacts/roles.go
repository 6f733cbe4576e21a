package sitefacts

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// roles are the words for those whom pages name besides their company.
var roles = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:ministeri\p{L}*|p[łl]atno[śs]ci\p{L}*|magazyn\p{L}*|zwrot\p{L}*|inspektorat|rzecznik|urz[ąa]d|\p{L}*nämnd\p{L}*|frakt|tvist\p{L}*|\p{L}*nævn\p{L}*|garantifond\p{L}*|fragt|tárhely\p{L}*|felügyel\p{L}*|békéltet\p{L}*|fizet\p{L}+|platb\p{L}*|sklad|kuluttaja\p{L}*|varasto|maksu\p{L}*|armaz[ée]m|reembols\p{L}*|banca|banco|\p{L}*ombuds\p{L}*|member of|mitglied (?:bei|im|der)|\p{L}*verband|federation|dealer|distribut\p{L}+|certified|zertifiz\p{L}*|gecertificeerd|supervis\p{L}*|\p{L}*aufsicht\p{L}*|surveillance|toezicht\p{L}*|ministry|minist[èe]re|bezirkshauptmannschaft|kormányhivatal|inspektor\p{L}*|inspecc\p{L}*|regulator|gefördert|förderung|funded|sponsor\p{L}*|iban|konto|spendenkonto|labor|host(?:ed|ing|er)?|h[ée]berg\p{L}+|alojamiento|server|rechenzentrum|(?:online-?)?zahlung\p{L}*|bezahl\p{L}*|payments?|paiements?|pagos?|pagament\p{L}+|beta(?:al|ling)\p{L}*|betalning\p{L}*|pay(?:pal)|klarna|stripe|` +
	`kredit\p{L}*|credit (?:is|broker)|lenders?|financ(?:e|ing|iado|ement) (?:is|by|par|por)|leasing|insur\p{L}+|(?:berufshaftpflicht)?versicher\p{L}+|assur(?:eur|ance|é)\p{L}*|asegurador\p{L}*|assicura\p{L}+|verzeker\p{L}*|f[öo]rs[äa]kring\p{L}*|forsikring\p{L}*|` +
	`arbitra\p{L}+|mediat\p{L}+|m[ée]diat\p{L}+|\p{L}*schlicht\p{L}+|ombuds\p{L}+|disputes?|litiges?|consumer|verbraucher\p{L}*|consommat\p{L}+|consumidor\p{L}*|consumator\p{L}*|consument\p{L}*|klage\p{L}*|geschillen\p{L}*|reclama\p{L}+|` +
	`authority|\p{L}*beh[öo]rde|autorit[éàa]|autoridad|commissioner|agencia espa[ñn]ola|garante|cnil|datenschutz\p{L}*|data protection|donn[ée]es personnelles|protecci[óo]n de datos|dpo|processor|sous-traitant|auftragsverarbeit\p{L}+|` +
	`finanzamt|\p{L}*sparkasse|bank|banque|\p{L}*kammer|chamber|chambre|camera di|tribunal|court|amtsgericht|notar(?:y|iat)?|auditors?|wirtschaftspr[üu]f\p{L}+|steuerberat\p{L}+|retour\p{L}*|returns?|r[üu]ck(?:send|gabe)\p{L}*|versand\p{L}*|shipping|shipped|fulfil\p{L}*|logisti\p{L}+|warehouse|lager|` +
	`agentur|agency|agence|web ?design|design by|developed|created|entwickelt|realis\p{L}+|r[ée]alis\p{L}+|powered|theme|template|foto\p{L}*|photo\p{L}*|bilder|representative|vertreter in|ubb|partner|lieferant\p{L}*|supplier|fournisseur|proveedor|fornitore|google|facebook|meta|mailchimp|newsletter-?\p{L}*|cookies?|press|presse\p{L}*)(?:$|[^\p{L}])`)

// strangeLabel reports whether a label in front of a candidate is not one of companies:
// "Server: Acme Inc., …".
func (r *reader) strangeLabel(c candidate) bool {
	front := anyLabel.FindString(c.text)
	if front == "" && strings.HasSuffix(r.lines[c.at].Text, c.text) {
		front = anyLabel.FindString(r.lines[c.at].Text)
	}
	return front != "" && !r.matchesSite(front) && !r.matchesSite(c.name) && !ownHeading.MatchString(front) && !nameLabel.MatchString(front) && !label.MatchString(front)
}

// roleBefore is a word for somebody else in front of a candidate: in its sentence, or on
// a short line right above its name.
func (r *reader) roleBefore(c candidate) string {
	text := before(c.text, c.street)
	if r.matchesSite(c.name) {
		text = strings.ReplaceAll(text, c.name, " ")
	} else {
		text += " " + c.name
	}
	if !strings.Contains(c.text, c.street) {
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

// beside reports whether words in front of a firm, or on a short line above it, say that it
// is somebody besides the company: a partner who is liable, a host.
func (r *reader) beside(f firm) bool {
	front := before(r.lines[f.at].Text, f.name)
	if f.at > 0 && len(r.lines[f.at-1].Text) < 60 {
		front = r.lines[f.at-1].Text + " " + front
	}
	return roles.MatchString(front) || liable.MatchString(front)
}

// liable are words for the partner who is liable, and for who is named as an organ.
var liable = regexp.MustCompile(`(?i)komplement|haftende|general partner|commandit|beherend|socio accomandatario|vertreten durch|represented by|repr[ée]sent[ée]e? par|vertegenwoordigd`)

// sellers are words for who sells, or answers for the site.
var sellers = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:sprzedawca|seller|vendor|contractor|(?:data )?controller|verk[äa]ufer|verkoper|vendeur|venditore|vendedor|s[äa]ljare|s[æa]lger|eladó|prodávající|anbieter|betreiber|veranstalter|vertragspartner|responsable del tratamiento|titolare del trattamento)(?:$|[^\p{L}])`)
