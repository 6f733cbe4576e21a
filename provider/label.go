package provider

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// cleaned is a label without what processors and banks put around a name.
type cleaned struct {
	words []word
	hosts []string // names of hosts that it shows
	via   string   // processor that stood before the name, empty for none
}

// word is one word of a label, folded.
type word struct {
	text string
	// noise says nothing of who it is: places, numbers, what bank lines and bills are made of.
	noise bool
}

// Processors that show the name of another behind a star or a mark of their own.
var processor = regexp.MustCompile(`^(?:(?:cb|carte|achat|kartenzahlung|prlv)\s+)?(paypal|pp|sumup|sq|zettle_|izettle|stripe|klarna|fs|paddle\.net|dnh|do|tst|ls|2co\.com|digitalriver|crv|payu|mollie|adyen|worldline|nya|sp)\s*\*+\s*(.+)$`)

// hostName is a name with a dot and a known ending; banks cut it, or a path follows.
var hostName = regexp.MustCompile(`\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|net|org|io|co|eu|app|ai|us|so|de|fr|it|es|nl|be|at|ch|uk|ie|me|tt|in|ly|sh|dev|cloud|energy|info)\b`)

var numbered = regexp.MustCompile(`^([a-z]{3,})[0-9]{6,}$`)

// cutAddress matches what is left of an address on the web behind a name:
// SUPPORT.GOOGL, HTTPSWWW.NOTI.
var cutAddress = regexp.MustCompile(`[a-z]{2,}\.[a-z]`)

// clean takes a label apart. The parts of a host's name are words of the label, too.
func clean(label string) cleaned {
	s := fold(label)
	var c cleaned
	if m := processor.FindStringSubmatch(s); m != nil {
		c.via, s = m[1], m[2]
	}
	for _, h := range hostName.FindAllString(s, -1) {
		c.hosts = append(c.hosts, strings.TrimPrefix(h, "www."))
	}
	for k, part := range strings.Fields(s) {
		address := k > 0 && cutAddress.MatchString(part)
		for _, w := range strings.FieldsFunc(part, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '&' && r != '+' }) {
			if m := numbered.FindStringSubmatch(w); m != nil { // ADS1234567890: a number that a processor wrote on
				w = m[1]
			}
			c.words = append(c.words, word{text: w, noise: address || isNoise(w)})
		}
	}
	return c
}

// fold gives lower case without accents: compatibility decomposition (UAX 15) with
// the marks dropped.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case r == 'ß':
			b.WriteString("ss")
		case unicode.Is(unicode.Mn, r):
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// isNoise says whether a word tells nothing of a name: it holds digits in a form no
// name has, or is one of a label's everyday words.
func isNoise(w string) bool {
	digits := strings.IndexFunc(w, unicode.IsDigit) >= 0
	return digits && len(w) > 3 || digits && strings.Trim(w, "0123456789") == "" || len(w) == 1 || rails[w] || places[w] || forms[w]
}
