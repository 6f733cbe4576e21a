package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// foundShown is what a search finds at most.
const foundShown = 50

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

func (c *console) search(w http.ResponseWriter, r *http.Request) {
	sought := strings.TrimSpace(r.URL.Query().Get("q"))
	key, err := c.visitor(r)
	switch {
	case err != nil:
		c.fail(w, r, err)
		return
	case len(sought) > postgres.SoughtMost || !printable(sought):
		c.fail(w, r, badLink(say("What it looks for cannot be read, or is too long.")))
		return
	}
	body := searchPage{Sought: sought}
	if sought != "" {
		if page := leadsTo(sought); page != "" {
			http.Redirect(w, r, page, http.StatusSeeOther)
			return
		}
		of := postgres.SoughtTypes()
		if !may(key, scopePeople) {
			of = slices.DeleteFunc(of, func(of string) bool { return of == record.EntityPerson })
		}
		if body.Found, err = c.Store.Search(r.Context(), key.WorkspaceID, postgres.Seek(sought, of), foundShown+1); err != nil {
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
	case postgres.FoundTask:
		return to("tasks", f.ID)
	case postgres.FoundBatch:
		return to("batches", f.ID)
	}
	return entityPath(f.EntityType, f.ID)
}

// Detail writes what tells a record from others of its name.
func (searchPage) Detail(f postgres.Found) phrase {
	switch f.EntityType {
	case postgres.FoundTask:
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
