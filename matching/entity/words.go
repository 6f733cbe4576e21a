package entity

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold makes texts comparable: lower case, no marks on letters, letters that are
// written in two ways written in one, words parted by single spaces. Dots and
// apostrophes join what they stand between: "J.P." is "jp".
func fold(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, r), strings.ContainsRune(".'’`´", r):
		case r == '&' || r == '+':
			b.WriteString(" and ")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteString(spelled(r))
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func spelled(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'ø':
		return "o"
	case 'œ':
		return "oe"
	case 'ł':
		return "l"
	case 'đ':
		return "d"
	case 'ı':
		return "i"
	}
	return string(r)
}

// forms are legal forms, each in the spelling that stands for all of its own.
// Phrases come before the words that they are made of.
var forms = [][2]string{
	{"gesellschaft mit beschraenkter haftung", "gmbh"},
	{"gesellschaft mit beschrankter haftung", "gmbh"},
	{"ug haftungsbeschrankt", "ug"},
	{"ug haftungsbeschraenkt", "ug"},
	{"public limited company", "plc"},
	{"limited liability company", "llc"},
	{"joint stock company", "jsc"},
	{"public joint stock company", "pjsc"},
	{"societe anonyme", "sa"},
	{"societe a responsabilite limitee", "sarl"},
	{"societa a responsabilita limitata", "srl"},
	{"societatea cu raspundere limitata", "srl"},
	{"societa per azioni", "spa"},
	{"sociedad limitada", "sl"},
	{"sociedad anonima", "sa"},
	{"besloten vennootschap", "bv"},
	{"naamloze vennootschap", "nv"},
	{"sp z o o", "spzoo"},
	{"s a r l", "sarl"},
	{"co ltd", "ltd"},
	{"pty ltd", "ltd"},
	{"pte ltd", "ltd"},
	{"pvt ltd", "ltd"},
	{"private limited", "ltd"},
	{"company limited", "ltd"},
	{"and co kg", "cokg"},
	{"and co", "co"},
	{"aktiengesellschaft", "ag"},
	{"aktiengeselschaft", "ag"},
	{"limited", "ltd"},
	{"ltd", "ltd"},
	{"incorporated", "inc"},
	{"inc", "inc"},
	{"corporation", "corp"},
	{"corp", "corp"},
	{"company", "co"},
	{"co", "co"},
	{"kommanditgesellschaft", "kg"},
	{"gmbh", "gmbh"},
	{"mbh", "gmbh"},
	{"ag", "ag"},
	{"kg", "kg"},
	{"ohg", "ohg"},
	{"ug", "ug"},
	{"ek", "ek"},
	{"ev", "ev"},
	{"se", "se"},
	{"sa", "sa"},
	{"sas", "sas"},
	{"sasu", "sas"},
	{"sarl", "sarl"},
	{"eurl", "eurl"},
	{"srl", "srl"},
	{"spa", "spa"},
	{"sl", "sl"},
	{"slu", "sl"},
	{"bv", "bv"},
	{"nv", "nv"},
	{"plc", "plc"},
	{"llc", "llc"},
	{"llp", "llp"},
	{"lp", "lp"},
	{"jsc", "jsc"},
	{"pjsc", "jsc"},
	{"oao", "jsc"},
	{"ooo", "llc"},
	{"zao", "jsc"},
	{"oy", "oy"},
	{"oyj", "oy"},
	{"ab", "ab"},
	{"as", "as"},
	{"aps", "aps"},
	{"kft", "kft"},
	{"lda", "lda"},
	{"sro", "sro"},
	{"spzoo", "spzoo"},
	{"doo", "doo"},
	{"pt", "pt"},
	{"tbk", "pt"},
	{"gbr", "gbr"},
}

// titles are words before or after the names of people that are no names.
var titles = words(`mr mrs ms miss dr prof herr frau sir lord lady dame hon president prasident praesident general colonel major captain sheikh shaikh shaykh sayyid senator minister king queen prince princess
	dipl ing mba phd msc bsc jr sr junior senior pope chancellor`)

// particles part the names of people and tell little.
var particles = words(`bin ibn al el von van der den de la le da di del bint abu ben e y zu`)

// common are words of the names of many companies and organisations.
var common = words(`group holding holdings international global services service systems solutions technologies technology industries industry enterprises partners consulting trading the of and de des du la le fur und for gruppe
	management capital bank trust government company corporation business association organization organisation`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

// name is a name in words, without what does not tell it from others.
type name struct {
	words []string
	whole string // the words together, without spaces
	form  string // legal form; empty for none
}

// companyName takes the legal forms from the end and the beginning of a name,
// unless nothing else would be left.
func companyName(text string) name {
	rest := " " + fold(text) + " "
	n := name{}
	for changed := true; changed; {
		changed = false
		for _, f := range forms {
			phrase := " " + f[0] + " "
			switch {
			case len(rest) > len(phrase) && strings.HasSuffix(rest, phrase):
				rest = strings.TrimSuffix(rest, phrase) + " "
			case len(rest) > len(phrase) && strings.HasPrefix(rest, phrase) && !strings.HasPrefix(rest, " co ") && !strings.HasPrefix(rest, " as "):
				rest = " " + strings.TrimPrefix(rest, phrase)
			default:
				continue
			}
			n.form, changed = f[1], true
			break
		}
	}
	n.words = strings.Fields(rest)
	n.words = slices.DeleteFunc(n.words, func(w string) bool { return len(n.words) > 1 && (w == "the" || w == "and") })
	n.whole = strings.Join(n.words, "")
	if n.form == "" {
		n = formAtTheEnd(n)
	}
	return n
}

// formAtTheEnd finds a legal form that was written to the name: "SiemensAG".
func formAtTheEnd(n name) name {
	if len(n.words) != 1 {
		return n
	}
	for _, f := range []string{"gmbh", "ltd", "inc", "ag"} {
		if rest, ok := strings.CutSuffix(n.whole, f); ok && len(rest) >= 5 {
			return name{[]string{rest}, rest, f}
		}
	}
	return n
}

func personName(text string) name {
	list := strings.Fields(fold(strings.ReplaceAll(text, "-", " ")))
	kept := slices.DeleteFunc(slices.Clone(list), func(w string) bool { return titles[w] })
	if len(kept) == 0 {
		kept = list
	}
	return name{words: kept, whole: strings.Join(kept, "")}
}

// nearness is one less the share of the longer word that must be changed to make
// one of the other: insertions, deletions, changes and swaps of neighbours
// (optimal string alignment).
func nearness(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	longer := max(len(x), len(y))
	if a == b || longer == 0 {
		return 1
	}
	if longer > 200 {
		return 0
	}
	before, last, now := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		now[0] = i
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return 1 - float64(last[len(y)])/float64(longer)
}
