package reader

import (
	"strings"
	"unicode"
)

// pairs are the 260 commonest pairs of letters in the word lists of tesseract's
// models of English, French and German, by their first letter. They make up .94
// of all pairs there, and .38 of those that chance makes.
var pairs = map[rune]string{
	'a': "bcdfghiklmnprstuvy", 'b': "aeilorsu", 'c': "acehiklortu",
	'd': "aeiorsu", 'e': "abcdefghiklmnoprstuvwxyz", 'f': "aefilortu",
	'g': "aehilnorsu", 'h': "aeilnortu", 'i': "abcdefgklmnopqrstvz",
	'j': "ao", 'k': "aeiostu", 'l': "adeilostuy",
	'm': "abeimopsu", 'n': "acdefgiknostuz", 'o': "abcdfgiklmnoprstuvw",
	'p': "aehiloprstu", 'q': "u", 'r': "abcdefgiklmnorstuvy",
	's': "acehiklmopstuy", 't': "aehilorstuyz", 'u': "abcdefgilmnprst",
	'v': "aeio", 'w': "aeio", 'y': "s",
	'z': "eiu",
}

// garbleScore tells from 0 to 1 how little words look like text: characters that
// are none, and words that no language with Latin letters would form. bad counts
// the characters that have no Unicode value.
func garbleScore(words []Word, bad int) float64 {
	total, strange := 0, 0
	var plain plausibility
	for _, w := range words {
		for _, r := range w.Text {
			total++
			if isStrange(r) {
				strange++
			}
		}
		plain.look(w.Text)
	}
	if total == 0 {
		return 0
	}
	// One unreadable character in five is enough to lose amounts and names.
	unreadable := min(1, 2.5*float64(max(bad, strange))/float64(total))
	return max(unreadable, plain.score(), shareOfSigns(words, total))
}

// isStrange reports whether a character cannot stand in a readable text.
func isStrange(r rune) bool {
	return r == unicode.ReplacementChar || unicode.Is(unicode.Co, r) || unicode.IsControl(r) || r >= 0xfff0 && r <= 0xffff ||
		!unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r)
}

// shareOfSigns scores a layer in which signs outnumber letters and digits, which
// is what a font with an encoding of its own looks like. Rows of dots and dashes
// are none: a run of one sign counts once.
func shareOfSigns(words []Word, total int) float64 {
	signs, others := 0, 0
	for _, w := range words {
		var last rune
		for _, r := range w.Text {
			if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
				others++
			} else if r != last {
				signs++
			}
			last = r
		}
	}
	if total < 30 || signs <= others {
		return 0
	}
	return min(1, float64(signs)/float64(signs+others))
}

// plausibility judges the words of four Latin letters or more.
type plausibility struct {
	words, withoutVowel int
	pairs, usual        int
}

const vowels = "aeiouyäöüéèêëàâîïôûùœæåøáíóúãõąęýÿ"

func (p *plausibility) look(word string) {
	letters := []rune(strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) })))
	if len(letters) < 4 {
		return
	}
	vowel := false
	for _, r := range letters {
		if !unicode.IsLetter(r) || r > unicode.MaxLatin1 && !unicode.Is(unicode.Latin, r) {
			return // a code, or another script
		}
		vowel = vowel || strings.ContainsRune(vowels, r)
	}
	p.words++
	if !vowel {
		p.withoutVowel++
	}
	for i := 1; i < len(letters); i++ {
		if a, b := letters[i-1], letters[i]; a < 128 && b < 128 {
			p.pairs++
			if strings.ContainsRune(pairs[a], b) {
				p.usual++
			}
		}
	}
}

// score needs ten words to judge. Text of the three languages has 85 usual pairs
// of a hundred or more, shuffled letters about 40: the score is .5 in the middle.
func (p *plausibility) score() float64 {
	if p.words < 10 || p.pairs == 0 {
		return 0
	}
	usual := float64(p.usual) / float64(p.pairs)
	odd := float64(p.withoutVowel) / float64(p.words)
	return min(1, max(0, (.86-usual)/.44, (odd-.1)/.6))
}
