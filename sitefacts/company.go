package sitefacts

import (
	"regexp"
	"slices"
	"strings"
)

// weigh says how much speaks for a line with an address, below a name, being the company's.
func (r *reader) weigh(i int, name string) int {
	l := r.lines[i]
	score := 4
	if l.block == own {
		score += 4
	}
	if l.Foot {
		score += 2
	}
	if name != "" {
		score += 3
	}
	if name != "" && r.matchesSite(name) {
		score += 4
	}
	for back := 0; back <= 4 && i-back >= 0; back++ {
		if aside.MatchString(r.lines[i-back].Text) {
			return score - 4
		}
	}
	return score
}

// names are what the name may be, best first: behind a label, above the address, which is
// candidate n of the list, what running text says, what stands alone.
func (r *reader) names(list []candidate, n int) []Fact {
	found := []Fact{r.labelledName()}
	if n >= 0 && list[n].name != "" {
		found = append(found, r.fact(r.lines[list[n].nameAt], list[n].name, .96))
	}
	found = append(found, r.statedName(), r.loneName())
	return slices.DeleteFunc(found, Fact.Absent)
}

// seatIn announces an address in running text.
var seatIn = regexp.MustCompile(`(?i)(?:si[èe]ge social (?:est )?(?:situ[ée]|sis|fix[ée])?(?: au| [àa])?|\bsise?(?: au| [àa])?|situ[ée]e?(?: au| [àa])?|registered (?:office|address)(?: address)?(?: is)?(?: at)?|located at|based at|address (?:is|at)|mit sitz in(?: der)?|con sede(?: legale)?(?: in)?|com sede (?:em|na)|con domicilio(?: social)?(?: en)?|domicilio (?:social|fiscal) en|met zetel te|contact us at|write to us at|by (?:post|mail)(?: to| at)?:|domiciliada en|gevestigd (?:te|aan)(?: de)?|z siedzib[ąa](?: w| przy)?)\s*:?\s+`)

// sentenceEnds is where a sentence ends, and no abbreviation.
var sentenceEnds = regexp.MustCompile(`[\p{L}\d]{3}(\.)\s+\p{Lu}`)

// texts are the texts of a line in which an address is looked for: the line without its
// label, or its sentences, and what follows words such as "registered office is at".
func (r *reader) texts(i int) []string {
	text := r.text(i)
	if len(text) < 60 {
		return []string{text}
	}
	var list []string
	if !sentenceEnds.MatchString(text) {
		list = append(list, text)
	}
	for text != "" && len(list) < 40 {
		one := text
		if m := sentenceEnds.FindStringSubmatchIndex(text); m != nil {
			one, text = text[:m[2]], text[m[3]:]
		} else {
			text = ""
		}
		one = strings.TrimSpace(strings.TrimRight(one, ". "))
		if at := seatIn.FindStringIndex(one); at != nil {
			list = append(list, one[at[1]:])
		}
		list = append(list, one)
	}
	return list
}

func (r *reader) text(i int) string {
	return afterLabel(label.ReplaceAllString(r.lines[i].Text, ""))
}

var (
	eircode = regexp.MustCompile(`^[A-Z]\d[\dW] ?[0-9A-Z]{4}$`)
	// thoroughfare ends the part of an address that is a street without a number.
	thoroughfare = regexp.MustCompile(`(?i)\s(?:street|st\.?|road|rd\.?|avenue|ave\.?|lane|drive|way|close|square|place|court|terrace|row|hill|gardens|crescent|grove|quay|park|parade|yard|wharf|walk|mews|green|pier|wynd|approach|rise)$|^\d{1,4}[a-z]?(?:[-–]\d{1,4})? \p{L}[\p{L}'’]+(?: \p{L}[\p{L}'’]+)?$`)
	// premises are in front of a street.
	premises = regexp.MustCompile(`(?i)^(?:(?:unit|suite|flat|floor|level|office|block|studio|room|the|first|second|third|ground|\d+(?:st|nd|rd|th))\b.*|\d.*|.*\b(?:house|mill|court|park|centre|center|works|building|buildings|estate|yard|wharf|farm|barn|campus|exchange|tower|hub|dairy|chapel|church|cottage|lodge|hall|manor|stables|grange|gate|school))$`)
)

// british reads an address whose parts stand in front of its postcode, on its line or
// on those above, and sets the town: the part behind the street. nameLine is as of streetOf.
func (r *reader) british(i int, p *place) (street string, nameLine int) {
	parts, nameLine := splitParts(p.before), i
	alone := len(parts) < 2
	for back := 1; alone && back <= 6 && i-back >= 0; back++ {
		l := r.lines[i-back]
		if nameLine = i - back; l.Heading || l.block != r.lines[i].block || nameOf(l.Text) != "" || len(l.Text) > 60 && back > 1 {
			break
		}
		parts = slices.Concat(splitParts(r.text(i-back)), parts)
	}
	for k := len(parts) - 2; k >= 0; k-- {
		if !isStreet(parts[k]) && !thoroughfare.MatchString(parts[k]) || nameOf(parts[k]) != "" {
			continue
		}
		from := k
		for from > 0 && k-from < 3 && premises.MatchString(parts[from-1]) && nameOf(parts[from-1]) == "" && !r.matchesSite(parts[from-1]) {
			from--
		}
		p.city = parts[k+1]
		p.between = slices.DeleteFunc(parts[k+2:], county.MatchString)
		return strings.Join(parts[from:k+1], ", "), nameLine
	}
	return "", i
}

// county is what the British and the Irish write behind a town.
var county = regexp.MustCompile(`(?i)^(?:(?:co\.?|county) [\p{L} ]+|(?:north|south|east|west|greater|royal county of)[ -](?:yorkshire|sussex|midlands|glamorgan|lothian|ayrshire|lanarkshire|dunbartonshire|renfrewshire|manchester|london|berkshire)|[\p{L} ]*shire|east riding of yorkshire|kent|surrey|essex|norfolk|suffolk|cornwall|devon|dorset|somerset|cumbria|merseyside|tyne (?:and|&) wear|middlesex|rutland|northumberland|isle of wight|isle of man|avon|cleveland|gwent|gwynedd|powys|dyfed|clwyd|fife|highland|midlothian|moray|caithness|sutherland|orkney|shetland|gower|anglesey|borders|angus|argyll(?: and bute)?|antrim|armagh|down|fermanagh|tyrone|england|wales|scotland|northern ireland|ireland|united kingdom|uk)$`)

func splitParts(text string) []string {
	var parts []string
	for _, part := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(",·|•", c) }) {
		if part = strings.Trim(part, " ."); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// nameAbove finds the name of the company on the line, in front of its street, or
// on one of the three lines above.
func (r *reader) nameAbove(at int) (string, int) {
	for back := 0; back <= 3 && at-back >= 0; back++ {
		l := r.lines[at-back]
		if l.block == other {
			return "", 0
		}
		if name := nameOf(r.text(at - back)); name != "" && (back == 0 || len(l.Text) <= 120) {
			return name, at - back
		}
	}
	// A trader by their own name, right below the heading and right above the street.
	for back := 1; back <= 2 && at-back >= 0; back++ {
		if l := r.lines[at-back]; l.fresh && isPersonName(l.Text) {
			return strings.TrimSpace(l.Text), at - back
		}
	}
	for back := 0; back <= 3 && at-back >= 0; back++ {
		if m := spelled.FindStringSubmatch(r.text(at - back)); m != nil && plainName(m[1]) == m[1] {
			return m[1], at - back
		}
	}
	// Or by the name of the shop, with the owner's on the next line.
	for back := 2; back <= 3 && at-back >= 0; back++ {
		if l := r.lines[at-back]; owned.MatchString(r.lines[at-back+1].Text) && plainName(l.Text) == l.Text {
			return l.Text, at - back
		}
	}
	return "", 0
}

// spelled is a name with its legal form in words behind it: "ACME, société anonyme".
var spelled = regexp.MustCompile(`(?i)^(.{3,60}?),\s+(?:une\s+)?(?:soci[ée]t[ée]\s+(?:par|à|anonyme|civile|en|coop)|entrepreneu(?:re?|se)\s+individuel|micro-?entrep|auto-?entrep|entreprise\s+individuelle|eenmanszaak|einzelunternehm|empresari[oa]\s+individual)`)

// owned begins a line with the owner, or the legal form, of a shop whose name is above.
var owned = regexp.MustCompile(`(?i)^(?:(?:sarl|sasu?|eurl|sa|s\.a\.r\.l\.|sci|scop) (?:au|à) capital|soci[ée]t[ée] (?:à|par|anonyme|en)|entreprise individuelle|(?:auto|micro)-?\s?entrep|einzelunternehm|einzelfirma|eenmanszaak|ditta individuale|enkeltmands|enskild firma|sole trader|inh\.|inhaber(?:in)?\b|propri[ée]taire\b|titolare\b|eigenaar\b|propietari[oa]\b|owner\b)`)

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
