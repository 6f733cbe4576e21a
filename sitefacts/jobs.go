package sitefacts

import (
	"regexp"
	"strings"
)

// jobs are words that only the name of a job has, in small letters without their marks;
// what stands in front of a German or Nordic one may be written together with it.
var jobs = words(``, `ceo cto cfo coo cmo cpo cio ciso vp founder co-?founder owner partner managing director president chair(?:man|woman|person)? manager head\s+of lead chief officer
	engineer developer designer architect scientist researcher analyst consultant assistant accountant bookkeeper coordinator specialist technician sales marketing operations secretary attorney lawyer solicitor paralegal
	professor teacher trainer editor writer photographer advisor adviser treasurer administrator controller recruiter principal associate intern apprentice student surveyor ecologist planner nurse physiotherapist
	dentist receptionist mechanic foreman brewer buyer strategist producer clerk underwriter actuary broker geologist chemist biologist economist translator
	inhaber(?:in)? prokurist(?:in)? vorstand(?:svorsitzende[rn]?|smitglied)? vertrieb azubi auszubildende[rn]? geselle gesellin sekretarin rechtsanwalt(?:in)? notar(?:in)? buchhalter(?:in)? buchhaltung gesellschafter(?:in)?
	gerante? presidente? directeur directrice responsable chef(?:fe)?\s+d\S* fondat(?:eur|rice) associee? ingenieure? developpeu(?:r|se) comptable chargee?\s+d\S* avocate? secretaire assistante? commerciale? conseill(?:er|ere) cadre
	responsabile amministrat(?:ore|rice) dirett(?:ore|rice) titolare soci[oa] fondatore impiegat[oa] avvocato commercialista ragioniere addett[oa]
	gerente directora? enolog[oa] ingenier[oa] jef[ea]\s+de fundadora? abogad[oa] contable diretora? responsavel gestora? engenheir[oa]
	eigenaar eigenaresse oprichter bestuurder hoofd boekhouder adviseur ontwikkelaar medewerk(?:er|ster)
	vd saljare ingenjor konsult grundare agare snickare indehaver ejer bogholder konsulent tomrer
	prezes dyrektor kierownik specjalist[ka]a? wlasciciel(?:ka)? ksiegow[ya] inzynier czlonek\s+zarzadu`)

var compoundJobs = words(`\p{L}*`, `leiter leitung meister fuhrer(?:in)? fuhrung berater entwickler techniker therapeut arzt verkaufer assistent assistenz angestellte[rn]? sachbearbeiter referent mechaniker elektriker informatiker gestalter
	kaufmann kauffrau betreuer koordinator beauftragte[rn]? direktor(?:in)? direktør grunder spezialist ingenieur redakteur pfleger architekt manager chef ledare leder handlaggare sekretar`)

func words(front, list string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\p{L}])` + front + `(?:` + strings.Join(strings.Fields(list), "|") + `)(?:in(?:nen)?)?(?:$|[^\p{L}])`)
}

// hasJob reports whether a text has a word that only jobs are called by.
func hasJob(text string) bool {
	text = fold(text)
	return jobs.MatchString(text) || compoundJobs.MatchString(text)
}

// surname ends in what a job ends in, and is a name as often: Ines Baumeister.
var surname = regexp.MustCompile(`\s\p{Lu}\p{L}+meister$`)

var masters = regexp.MustCompile(`(?i)(?:haus|werk|burger|brau|kuchen|platz|lager|industrie)meister(?:in)?$`)

// isJobNotName reports whether a text is a job rather than somebody's name.
func isJobNotName(text string) bool {
	if surname.MatchString(text) && !masters.MatchString(fold(text)) {
		return jobs.MatchString(fold(text))
	}
	return hasJob(text)
}

// fold takes the marks off letters.
func fold(text string) string { return marks.Replace(plainLetters(text)) }

var marks = strings.NewReplacer("ø", "o", "Ø", "O", "ł", "l", "Ł", "L", "ı", "i", "ß", "ss", "æ", "ae")

// notNames are words that stand where names of people stand and are none's.
var notNames = words(``, `team about contact impressum home services? products? news blog company unsere?n? our the privacy terms support login street strasse allee platz gmbh amtsgericht handelsregister deutschland germany france london berlin new\s+york
	open join read more learn get all data follow cookie linkedin facebook twitter instagram open\s+source machine deep public social inc ltd ihre?n? ansprechpartner ansprechpartnerin kontakt praxis kita schule verein studio atelier haus hotel gasthof restaurant
	cafe agentur verlag zentrale empfang abteilung department office group solutions customer clients? kunden cliente ufficio equipe notre nos votre nuestro nuestra equipo atencion ons onze vores capital investors program workshop
	stories digital project fotostudio hofladen werkstatt backerei apotheke galerie boutique shop salon fahrschule zentrum center centre institut kanzlei buro gallery clinic clinica academy akademie museum`)

func hasNotName(text string) bool { return notNames.MatchString(fold(text)) }
