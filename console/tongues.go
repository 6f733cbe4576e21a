package console

import (
	"net/http"
	"strings"
	"sync"
	"time"

	xlanguage "golang.org/x/text/language"
)

// A language is a file in languages/: a line for each text, English, a tab, and what
// it says there. "view|text" is a text in one template, "say|text" one in Go, "=text" one that other rooms say,
// "~text" a sentence that workers write. What is missing fails the
// start where a template says it, and a test where Go does.

var english = &tongue{Code: "en", Name: "English", tag: xlanguage.English, decimal: ".", day: time.DateOnly}

// tongues are the languages, the one for who reads none of them first.
func tongues() []*tongue { return allTongues() }

// allTongues reads the catalogues once.
var allTongues = sync.OnceValue(func() []*tongue {
	french := readWords("fr")
	return []*tongue{english, {
		Code: "fr", Name: "Français", tag: xlanguage.French, find: finder(french), sentences: readSentences(french), decimal: ",", day: "02/01/2006",
		units: map[string]string{"days": "jours", "bytes": "octets", "kB": "ko", "MB": "Mo"},
	}}
})

func finder(words map[string]string) func(string) (string, bool) {
	return func(said string) (string, bool) {
		here, ok := words[said]
		return here, ok
	}
}

// readWords reads the catalogue of a language.
func readWords(code string) map[string]string {
	content, err := embedded.ReadFile("languages/" + code + ".tsv")
	if err != nil {
		panic(err) // the files are ours
	}
	words := map[string]string{}
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		said, here, ok := strings.Cut(line, "\t")
		if _, twice := words[said]; !ok || twice {
			panic("languages/" + code + ".tsv: the line of " + said)
		}
		words[said] = spaced.Replace(here)
	}
	return words
}

// spaced sets the spaces that must not break, as French puts them before marks.
var spaced = strings.NewReplacer(" :", "\u00a0:", " ;", "\u202f;", " ?", "\u202f?", " !", "\u202f!", "« ", "«\u00a0", " »", "\u00a0»")

const tongueCookie = "enrichd_language"

// tongue is the language that a request asks for: by the choice that its browser
// keeps, else as the browser says its person reads.
func (c *console) tongue(r *http.Request) *tongue {
	if cookie, err := r.Cookie(tongueCookie); err == nil {
		for _, l := range c.tongues {
			if l.Code == cookie.Value {
				return l
			}
		}
	}
	_, at := xlanguage.MatchStrings(c.matcher, r.Header.Get("Accept-Language"))
	return c.tongues[at]
}

// chooseTongue keeps a choice of language in the browser; one that is not there is
// forgotten, and the browser's own holds.
func (c *console) chooseTongue(w http.ResponseWriter, r *http.Request) {
	cookie := &http.Cookie{
		Name: tongueCookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: keyCookie(r, "").Secure, MaxAge: -1,
	}
	for _, l := range c.tongues {
		if l.Code == r.PostFormValue("language") {
			cookie.Value, cookie.MaxAge = l.Code, int((365 * 24 * time.Hour).Seconds())
		}
	}
	http.SetCookie(w, cookie)
	http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
}
