package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// What a search finds at most, and how long what is sought may be, in bytes.
const (
	foundShown = 50
	soughtMax  = 200
)

// searchPage is what was found for what somebody wrote.
type searchPage struct {
	Sought string
	Found  []postgres.Found
	More   bool
}

// leadsTo is the page that a search leads to by itself: a month's close, or a list of
// tasks for words such as status:failed type:logo. Empty is none.
func leadsTo(sought string) string {
	if _, err := closing.ParseMonth(sought); err == nil {
		return to("close", sought)
	}
	filter := url.Values{}
	for word := range strings.FieldsSeq(sought) {
		name, value, ok := strings.Cut(word, ":")
		if !ok || value == "" || (name != "status" && name != "type" && name != "channel" && name != "entity" && name != "batch") {
			return ""
		}
		filter.Set(name, value)
	}
	if len(filter) == 0 {
		return ""
	}
	return "/tasks?" + filter.Encode()
}

// moneyWords is an amount as people write one, with its currency behind it or none.
var moneyWords = regexp.MustCompile(`^-?([0-9]{1,15})(?:[.,]([0-9]{1,6}))?(?:\s*([A-Za-z]{3}))?$`)

// seek reads what somebody wrote.
func seek(words string) postgres.Sought {
	s := postgres.Sought{Words: words, In: []string{"EUR", "USD", "GBP", "CHF"}}
	if m := moneyWords.FindStringSubmatch(words); m != nil {
		s.Amount = m[1]
		if m[2] != "" {
			s.Amount += "." + m[2]
		}
		if m[3] != "" {
			s.In = []string{strings.ToUpper(m[3])}
		}
	}
	return s
}

func (c *console) search(w http.ResponseWriter, r *http.Request) {
	sought := strings.TrimSpace(r.URL.Query().Get("q"))
	key, err := c.visitor(r)
	switch {
	case err != nil:
		c.fail(w, r, err)
		return
	case len(sought) > soughtMax || !printable(sought):
		c.fail(w, r, badLink(say("What it looks for cannot be read, or is too long.")))
		return
	}
	body := searchPage{Sought: sought}
	if sought != "" {
		if page := leadsTo(sought); page != "" {
			http.Redirect(w, r, page, http.StatusSeeOther)
			return
		}
		what := seek(sought)
		what.People = may(key, scopePeople)
		if body.Found, err = c.Store.Search(r.Context(), key.WorkspaceID, what, foundShown+1); err != nil {
			c.fail(w, r, err)
			return
		}
		if len(body.Found) == 1 && body.Found[0].ID == sought {
			http.Redirect(w, r, foundPath(body.Found[0]), http.StatusSeeOther)
			return
		}
		if body.More = len(body.Found) > foundShown; body.More {
			body.Found = body.Found[:foundShown]
		}
	}
	c.show(w, r, key, func(*http.Request, postgres.Key) (page, error) {
		return page{View: "search", Title: say("Search"), Section: "/search", Body: body}, nil
	})
}

// foundPath is the page of a record that was found.
func foundPath(f postgres.Found) string {
	switch f.EntityType {
	case "enrichment_task":
		return to("tasks", f.ID)
	case "enrichment_batch":
		return to("batches", f.ID)
	}
	return entityPath(f.EntityType, f.ID)
}

// Detail writes what tells a record from others of its name.
func (searchPage) Detail(f postgres.Found) phrase {
	switch f.EntityType {
	case "enrichment_task":
		return typeWords(enrich.Type(f.Detail))
	case record.EntityInvoice, record.EntityTransaction:
		parts := strings.Fields(f.Detail)
		var list phrase
		for i := 0; i < len(parts); i++ {
			switch {
			case len(parts[i]) == len("2026-01-01") && strings.Count(parts[i], "-") == 2:
				list = listed(list, shownDay(parts[i]))
			case i+1 < len(parts):
				list = listed(list, shownAmount(parts[i], parts[i+1]))
				i++
			default:
				list = listed(list, verbatim(parts[i]))
			}
		}
		return list
	}
	return verbatim(f.Detail)
}
