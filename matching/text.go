package matching

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of what is read of one row; the rest carries no more evidence.
const (
	maxWords      = 32 // of a transaction, or of one name
	maxNames      = 8
	maxReferences = 16
	maxJoined     = 6 // words that together may be one reference
	minTail       = 4 // digits that a number's tail needs to stand for it
)

// word is a run of letters and digits, folded and interned. Words are compared
// whole, so "14" never meets "1814"; the one exception is a word that a field's
// width has cut, see Model.widths.
type word struct {
	id    int32
	digit bool // holds a digit: more of a reference than of a name
	start bool // first of its field
}

func (w word) class() class {
	if w.digit {
		return digitWord
	}
	return nameWord
}

// field is one text of a row as words.
type field struct {
	words []word
	runes int // length before folding
}

// vocabulary numbers the words of a problem.
type vocabulary struct {
	ids   map[string]int32
	words []string
}

func newVocabulary() *vocabulary { return &vocabulary{ids: map[string]int32{}} }

func (v *vocabulary) id(w string) int32 {
	id, ok := v.ids[w]
	if !ok {
		id = int32(len(v.words))
		w = strings.Clone(w)
		v.ids[w], v.words = id, append(v.words, w)
	}
	return id
}

// field folds a text and cuts it into words.
func (v *vocabulary) field(s string, limit int) field {
	f := field{runes: utf8.RuneCountInString(s)}
	for w := range strings.FieldsFuncSeq(fold(s), notWord) {
		if len(f.words) == limit {
			break
		}
		if legalForms[w] {
			continue
		}
		f.words = append(f.words, word{id: v.id(w), digit: hasDigit(w), start: len(f.words) == 0})
	}
	return f
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func hasDigit(s string) bool { return strings.IndexFunc(s, unicode.IsDigit) >= 0 }

// fold gives lower case without accents: compatibility decomposition (UAX 15)
// with the marks dropped, and the letters of European languages that do not
// decompose.
func fold(s string) string {
	if isPlain(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		if plain, ok := undecomposed[r]; ok {
			b.WriteString(plain)
		} else if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

var undecomposed = map[rune]string{
	'ß': "ss", 'ł': "l", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ı': "i", 'ħ': "h",
}

// legalForms say nothing about who a party is.
var legalForms = map[string]bool{
	"ab": true, "ag": true, "aps": true, "as": true, "bv": true, "co": true, "corp": true, "eurl": true, "gmbh": true,
	"inc": true, "kg": true, "llc": true, "llp": true, "ltd": true, "limited": true, "nv": true, "ohg": true, "oy": true,
	"oyj": true, "plc": true, "pty": true, "sa": true, "sarl": true, "sas": true, "sasu": true, "se": true, "sl": true,
	"spa": true, "srl": true, "ug": true,
}

// references interns the forms under which a payer may quote an invoice: each
// reference without its separators, and the digits at its end where they are
// enough to stand alone.
func (v *vocabulary) references(texts []string) []word {
	var out []word
	seen := map[string]bool{}
	add := func(s string) {
		if s == "" || seen[s] || len(out) == maxReferences {
			return
		}
		seen[s] = true
		out = append(out, word{id: v.id(s), digit: true})
	}
	for _, t := range texts {
		whole := strings.Join(strings.FieldsFunc(fold(t), notWord), "")
		if hasDigit(whole) {
			add(whole)
			add(tail(t, len(whole)))
		}
	}
	return out
}

// tail gives the last group of digits of a reference, where it is not the whole.
func tail(reference string, whole int) string {
	end := strings.TrimRightFunc(reference, unicode.IsSpace)
	digits := end[strings.LastIndexFunc(end, func(r rune) bool { return !unicode.IsDigit(r) })+1:]
	if r, size := utf8.DecodeLastRuneInString(end); size > 0 && unicode.IsDigit(r) && len(digits) >= minTail && len(digits) < whole {
		return digits
	}
	return ""
}

// quote is a reference that stands in a transaction's words [from, to).
type quote struct {
	id       int32
	from, to int
}

// quotes finds the references known to isReference among words that stand in a
// row: a payer writes "F 2026/0113" for F-2026-0113.
func (v *vocabulary) quotes(words []word, isReference []bool) []quote {
	var found []quote
	var joined []byte
	for from := range words {
		joined = joined[:0]
		for to := from; to < min(from+maxJoined, len(words)); to++ {
			if to > from && words[to].start {
				break
			}
			joined = append(joined, v.words[words[to].id]...)
			if id, ok := v.ids[string(joined)]; ok && int(id) < len(isReference) && isReference[id] {
				found = append(found, quote{id, from, to + 1})
			}
		}
	}
	return found
}
