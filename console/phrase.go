package console

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	xlanguage "golang.org/x/text/language"
)

// phrase is text for people, whatever language they read: English words with
// places as in fmt (%d, %s), which are the key of the catalogue, and what stands in
// the places. {one|more} in the words chooses by the first whole number. No phrase
// is no text. What comes from outside is a filling, never the words.
type phrase []any

func say(words string, with ...any) phrase { return append(phrase{words}, with...) }

// asIs are the words of a phrase that is its one filling and nothing else.
const asIs = "%s"

// verbatim is a text that is not ours to translate: a name, or what a program wrote.
func verbatim(s string) phrase {
	if s == "" {
		return nil
	}
	return phrase{asIs, s}
}

// named are the words that a table has for a name of the contract; what has none
// shows as it is.
func named(words, name string) phrase {
	if words == "" {
		return verbatim(name)
	}
	return say(words)
}

// derived are words that were made out of a name of the contract, such as "Issuer
// VAT id": a language that does not know them shows them in English.
type derived string

// foreign are words that another room made, for languages that do not know them
// with others that say about the same.
type foreign struct {
	Words string
	Else  phrase
}

// Fillings of phrases that languages write differently.
type (
	money      struct{ Value, Currency string } // a decimal
	millionths int64                            // of a currency unit
	fraction   float64                          // 0 to 1, written as a percentage
	day        string                           // YYYY-MM-DD
)

// listed adds one more to a list of phrases.
func listed(list, one phrase) phrase {
	if list == nil {
		return one
	}
	return say("%s, %s", list, one)
}

// String is the phrase in English.
func (p phrase) String() string { return english.text(p) }

// tongue is a language of the console.
type tongue struct {
	Code      string // as in an address and in HTML
	Name      string // in that language
	tag       xlanguage.Tag
	find      func(words string) (string, bool) // what is said for English words; nil for English
	sentences []sentence                        // that workers write; nil for English
	decimal   string                            // the mark before decimals
	day       string                            // how a day is written, as in package time
	units     map[string]string                 // of English units; those that are missing are the same
}

// look finds words, for a view if there are some of its own. English finds everything.
func (l *tongue) look(view, words string) (string, bool) {
	if l.find == nil {
		return words, true
	}
	if found, ok := l.find(view + "|" + words); ok {
		return found, true
	}
	if found, ok := l.find(words); ok {
		return found, true
	}
	return words, false
}

// known finds words that no template and no code of this room says: their lines
// in the catalogue begin with "=".
func (l *tongue) known(words string) (string, bool) {
	if l.find == nil {
		return words, true
	}
	if found, ok := l.find("=" + words); ok {
		return found, true
	}
	return words, false
}

// text writes a phrase. Words that the catalogue lacks stay English; a test finds them.
func (l *tongue) text(p phrase) string {
	if len(p) == 0 {
		return ""
	}
	words, _ := p[0].(string)
	if words != asIs {
		words, _ = l.look("say", words)
	}
	with := make([]any, len(p)-1)
	for i, v := range p[1:] {
		with[i] = l.filling(v)
	}
	words = l.number(words, p[1:])
	if len(with) == 0 {
		return words
	}
	return fmt.Sprintf(strings.ReplaceAll(words, "%d", "%s"), with...)
}

// filling writes what stands in a place of a phrase.
func (l *tongue) filling(v any) string {
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && !p.IsNil() {
		v = p.Elem().Interface()
	}
	switch v := v.(type) {
	case phrase:
		return l.text(v)
	case derived:
		words, _ := l.known(string(v))
		return words
	case foreign:
		if words, ok := l.known(v.Words); ok {
			return words
		}
		return l.text(v.Else)
	case int:
		return grouped(fmt.Sprint(v))
	case int64:
		return grouped(fmt.Sprint(v))
	case time.Duration:
		return l.span(v)
	case time.Time:
		return iso(v)
	case money:
		return l.amount(v.Value, v.Currency)
	case millionths:
		return l.micros(int64(v))
	case fraction:
		return l.percent(float64(v))
	case day:
		return l.date(string(v))
	}
	return fmt.Sprint(v)
}

// number chooses among the {one|more} of words by the first whole number.
func (l *tongue) number(words string, with []any) string {
	if !strings.Contains(words, "{") {
		return words
	}
	count := 0
	for _, v := range with {
		switch n := v.(type) {
		case int:
			count = n
		case int64:
			count = int(min(n, 1<<30))
		default:
			continue
		}
		break
	}
	form := plural.Cardinal.MatchPlural(l.tag, count, 0, 0, 0, 0)
	var b strings.Builder
	for {
		before, rest, some := strings.Cut(words, "{")
		b.WriteString(before)
		if !some {
			return b.String()
		}
		choice, after, _ := strings.Cut(rest, "}")
		one, more, _ := strings.Cut(choice, "|")
		if form == plural.One {
			b.WriteString(one)
		} else {
			b.WriteString(more)
		}
		words = after
	}
}

// shown writes what a template shows: phrases and whole numbers in the language,
// all else as it is.
func (l *tongue) shown(v any) any {
	switch v.(type) {
	case phrase, derived, foreign, int, *int, int64, *int64, money, millionths:
		return l.filling(v)
	}
	return v
}
