package sitefacts

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// firm is the name of a firm on a line.
type firm struct {
	name string
	at   int
}

// firms are the names with a legal form on the page, outside of the blocks of others.
func (r *reader) firms() []firm {
	var list []firm
	for i, l := range r.lines {
		if l.block == other {
			continue
		}
		for _, text := range r.texts(i) {
			if name := nameOf(text); name != "" && cleanName(name, text) {
				list = append(list, firm{name, i})
			}
		}
	}
	return list
}

// core are the letters of a name without its legal form.
func core(name string) string { return letters(legalForm.ReplaceAllString(" "+name+" ", " ")) }

// sameFirm reports whether two names are one, written longer or shorter.
func sameFirm(a, b string) bool {
	a, b = core(a), core(b)
	return strings.Contains(a, b) || strings.Contains(b, a)
}

// namedElsewhere reports whether title, site name, structured data or a sign of copyright
// have a name that stands on line at.
func (r *reader) namedElsewhere(name string, at int) bool {
	wanted := core(name)
	if len(wanted) < 4 {
		return false
	}
	texts := []string{r.page.Title, r.page.SiteName}
	for _, o := range r.page.Organizations {
		if r.ownOrganization(o) {
			texts = append(texts, o.Name, o.LegalName)
		}
	}
	for i, l := range r.lines {
		if i != at && strings.Contains(l.Text, "©") {
			texts = append(texts, l.Text)
		}
	}
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(letters(text), wanted) })
}

// small are words that names have in small letters.
var small = func() map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(`& + and und et e y i o of the for at on de du des la le les l' d' en aux au à sur pour del della dello dei delle degli di da do dos das von vom zu zum zur am an im in der die den dem für mit bei auf unter
		van het ten ter voor bij op och og av till för på ved z w na dla a ve el los las al`) {
		set[word] = true
	}
	return set
}()

// cleanName reports whether a name is one and nothing more: its words begin with capital
// letters, but for small ones, or it stands alone on its line.
func cleanName(name, quote string) bool {
	odd := 0
	for word := range strings.FieldsSeq(legalForm.ReplaceAllString(" "+name+" ", " ")) {
		first := []rune(strings.TrimLeft(word, `("'“„«`))
		if len(first) > 0 && unicode.IsLower(first[0]) && !small[strings.ToLower(word)] && !strings.HasPrefix(word, "d’") && !strings.HasPrefix(word, "d'") && !strings.HasPrefix(word, "l’") && !strings.HasPrefix(word, "l'") {
			odd++
		}
	}
	if _, rest, found := strings.Cut(quote, name); found && more.MatchString(rest) {
		return false
	}
	switch {
	case odd == 0, isPersonName(name):
		return true
	case strings.IndexFunc(name, unicode.IsUpper) < 0:
		return true // written in small letters altogether
	}
	return odd == 1 && strings.TrimSpace(quote) == name
}

// more goes on where a name was taken to end.
var more = regexp.MustCompile(`^(?:[\p{L}\d]|-\p{L})`)

// before is the text in front of a part of it; all of it where it lacks the part.
func before(text, part string) string {
	front, _, _ := strings.Cut(text, part)
	return front
}
