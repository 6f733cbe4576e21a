package console

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// What workers write on tasks stands in English: it is data, the same for every face.
// Most of it is of a closed set of sentences with values in them. A line of a catalogue
// that begins with "~" says such a sentence in another language, and pages show that.
// In its words %d is a whole number, %f a number, %s a name or a value, and %v a text
// that is itself of the set.

// told is a text of a worker as a page shows it.
type told struct {
	Text    string
	Code    string // of an error, which stood before its text; empty for none
	English bool   // it, or a part of it, stands as it was written
}

// sentence is a line of a catalogue for what workers write.
type sentence struct {
	words   string // of the language; its places are those of the pattern, in order
	pattern *regexp.Regexp
	places  []byte // what each group of the pattern is: d, f, s or v
	literal string // the longest part of the pattern that stands as it is
}

var placesIn = regexp.MustCompile(`%[dfsv]`)

// readSentence makes a sentence of a line, without its "~".
func readSentence(english, words string) sentence {
	s := sentence{words: words}
	var pattern strings.Builder
	pattern.WriteString("^")
	at := 0
	literal := func(part string) {
		pattern.WriteString(regexp.QuoteMeta(part))
		if len(part) > len(s.literal) {
			s.literal = part
		}
	}
	for _, place := range placesIn.FindAllStringIndex(english, -1) {
		literal(english[at:place[0]])
		kind := english[place[0]+1]
		s.places = append(s.places, kind)
		pattern.WriteString(map[byte]string{'d': `(-?[0-9]+)`, 'f': `([-+]?[0-9]+(?:\.[0-9]+)?)`, 's': `(.+?)`, 'v': `(.+?)`}[kind])
		at = place[1]
	}
	literal(english[at:])
	s.pattern = regexp.MustCompile(pattern.String() + "$")
	return s
}

// readSentences takes the sentences out of a catalogue, those with most words of their
// own first.
func readSentences(words map[string]string) (list []sentence) {
	for english, here := range words {
		if english, ok := strings.CutPrefix(english, "~"); ok {
			list = append(list, readSentence(english, here))
		}
	}
	own := func(s sentence) int { return len(s.pattern.String()) }
	slices.SortFunc(list, func(a, b sentence) int {
		return cmp.Or(cmp.Compare(own(b), own(a)), strings.Compare(a.pattern.String(), b.pattern.String()))
	})
	return list
}

// Bounds of what is looked up.
const (
	toldLongest = 2000 // bytes of a line
	toldDeepest = 4    // sentences within sentences
)

// tell shows what a worker wrote: all of its lines, or none, in the language.
func (l *tongue) tell(text string) told {
	as := told{Text: text, English: strings.ContainsFunc(text, unicode.IsLower)} // a code, a number or a name of a currency is of no language
	if !as.English || l.sentences == nil {
		return as
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		item, isItem := cutBullet(line)
		if !isItem {
			item = line
		}
		here, ok := l.line(item, 0)
		if !ok && strings.TrimSpace(strings.Trim(item, "…")) != "" {
			return as
		}
		lines[i] = strings.TrimSuffix(line, item) + here
	}
	return told{Text: strings.Join(lines, "\n")}
}

// tellError shows an error: its code, where it begins with one, apart from its words.
func (l *tongue) tellError(text string) told {
	code, rest, ok := strings.Cut(text, ": ")
	if !ok || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
		return l.tell(text)
	}
	t := l.tell(rest)
	t.Code = code
	return t
}

// betweenSentences is where one sentence ends and the next begins.
var betweenSentences = regexp.MustCompile(`[.?!:](?:\*\*)? (?:[A-Z*])`)

// line finds a line: as one sentence, or as several, all of which are known.
func (l *tongue) line(s string, depth int) (string, bool) {
	if len(s) > toldLongest || depth > toldDeepest {
		return s, false
	}
	if here, ok := l.sentence(s, depth); ok {
		return here, true
	}
	for _, at := range betweenSentences.FindAllStringIndex(s, -1) {
		first, ok := l.sentence(s[:at[1]-2], depth)
		if !ok {
			continue
		}
		if rest, ok := l.line(s[at[1]-1:], depth+1); ok {
			return first + " " + rest, true
		}
	}
	return s, false
}

func (l *tongue) sentence(s string, depth int) (string, bool) {
	for _, one := range l.sentences {
		if here, ok := l.match(one, s, depth); ok {
			return here, true
		}
	}
	return s, false
}

func (l *tongue) match(one sentence, s string, depth int) (string, bool) {
	if !strings.Contains(s, one.literal) {
		return "", false
	}
	found := one.pattern.FindStringSubmatch(s)
	if found == nil {
		return "", false
	}
	with, counts := make([]string, len(one.places)), []any{}
	for i, kind := range one.places {
		value := found[i+1]
		switch kind {
		case 'd':
			n, err := strconv.Atoi(value)
			if err != nil {
				return "", false
			}
			counts = append(counts, n)
			with[i] = l.filling(n)
		case 'f':
			with[i] = l.decimals(value)
		case 'v':
			here, ok := l.line(value, depth+1)
			if !ok {
				return "", false
			}
			with[i] = here
		default:
			with[i] = l.value(value, depth)
		}
	}
	next := 0
	return placesIn.ReplaceAllStringFunc(l.number(one.words, counts), func(string) string {
		next++
		return with[min(next, len(with))-1]
	}), true
}

// decimals writes a number with the language's own mark.
func (l *tongue) decimals(s string) string {
	return strings.Replace(strings.Replace(s, "-", "−", 1), ".", l.decimal, 1)
}

// Forms of values in sentences.
var (
	amountWords  = regexp.MustCompile(`^(-?[0-9]+(?:\.[0-9]+)?) ([A-Z]{3})$`)
	monthNumber  = regexp.MustCompile(`^[0-9]{4}-(?:0[1-9]|1[0-2])$`)
	dayWords     = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	percentWords = regexp.MustCompile(`^(-?[0-9]+(?:\.[0-9]+)?) %$`)
)

// value writes what stands in a sentence: amounts, days and percentages as the
// language does, what is of the set in its words, all else as it is.
func (l *tongue) value(s string, depth int) string {
	if m := amountWords.FindStringSubmatch(s); m != nil {
		return l.amount(m[1], m[2])
	}
	if m := percentWords.FindStringSubmatch(s); m != nil {
		return l.decimals(m[1]) + "\u00a0%"
	}
	if monthNumber.MatchString(s) {
		return l.text(monthWords(s))
	}
	if dayWords.MatchString(s) {
		return l.date(s)
	}
	here, _ := l.line(s, depth+1)
	return here
}

// proseOf is a description as blocks.
type proseOf struct {
	Blocks  []block
	English bool
}

// prose reads the markdown of a description; nil where there is none.
func (l *tongue) prose(s *string) *proseOf {
	if s == nil {
		return nil
	}
	t := l.tell(*s)
	if blocks := markdown(&t.Text); len(blocks) > 0 {
		return &proseOf{blocks, t.English}
	}
	return nil
}

// gist is the first line of a description without its marks; nil where there is none.
func (l *tongue) gist(s *string) *told {
	if s == nil {
		return nil
	}
	first, _, _ := strings.Cut(strings.TrimSpace(*s), "\n\n")
	t := l.tell(first)
	if t.Text = summary(&t.Text); t.Text == "" {
		return nil
	}
	return &t
}
