package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// partiesShown is how many companies or people a page lists.
const partiesShown = 60

// partiesPage is the list of companies, or of people, the newest first.
type partiesPage struct {
	People       bool
	MayPeople    bool
	Companies    []record.Company
	Persons      []record.Person
	Newer, Older string
	First        bool
}

// NameOf is what a company is called; empty where it has no name.
func (partiesPage) NameOf(c record.Company) string { return firstName(c) }

// LogoOf is the path of a company's picture.
func (partiesPage) LogoOf(c record.Company) string { return logoPath(c.LogoURL) }

func (c *console) companies(r *http.Request, key postgres.Key) (page, error) {
	query, err := readBatchPlace(r.URL.Query())
	if err != nil {
		return page{}, err
	}
	query.Size = partiesShown
	list, err := c.Store.ListCompanies(r.Context(), key.WorkspaceID, query)
	if err != nil {
		return page{}, err
	}
	body := partiesPage{MayPeople: may(key, scopePeople), Companies: list.Records, First: !list.HasPrev}
	body.Newer, body.Older = neighbouring("/companies", list)
	return page{View: "companies", Title: say("Companies"), Section: "/companies", Body: body}, nil
}

func (c *console) people(r *http.Request, key postgres.Key) (page, error) {
	if !may(key, scopePeople) {
		return page{}, lacks(scopePeople)
	}
	query, err := readBatchPlace(r.URL.Query())
	if err != nil {
		return page{}, err
	}
	query.Size = partiesShown
	list, err := c.Store.ListPeople(r.Context(), key.WorkspaceID, query)
	if err != nil {
		return page{}, err
	}
	body := partiesPage{People: true, MayPeople: true, Persons: list.Records, First: !list.HasPrev}
	body.Newer, body.Older = neighbouring("/people", list)
	return page{View: "companies", Title: say("People"), Section: "/companies", Body: body}, nil
}

// neighbouring are the addresses of the pages beside one.
func neighbouring[T any](path string, list postgres.ListPage[T]) (newer, older string) {
	at := func(direction string, p postgres.Place) string {
		return path + "?" + url.Values{direction: {p.Key + "|" + p.ID}}.Encode()
	}
	if list.HasPrev && len(list.Records) > 0 {
		newer = at("newer", list.First)
	}
	if list.HasNext && len(list.Records) > 0 {
		older = at("older", list.Last)
	}
	return newer, older
}

// names finds what companies or people are called, by their ids; those that are
// gone are left out.
func (c *console) names(ctx context.Context, workspaceID, entityType string, ids []string) (map[string]string, error) {
	names := map[string]string{}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 {
		return names, nil
	}
	query := postgres.ListQuery{Filters: []postgres.Filter{{Name: "id", Values: ids}}, Size: len(ids)}
	if entityType == record.EntityPerson {
		list, err := c.Store.ListPeople(ctx, workspaceID, query)
		for _, one := range list.Records {
			names[one.ID] = or(personName(one), one.ID)
		}
		return names, err
	}
	list, err := c.Store.ListCompanies(ctx, workspaceID, query)
	for _, one := range list.Records {
		names[one.ID] = or(firstName(one), one.ID)
	}
	return names, err
}

func firstName(c record.Company) string {
	for _, name := range c.Names() {
		return name
	}
	return ""
}
