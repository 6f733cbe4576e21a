package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
)

const (
	searchPath = "/v1/search-results"
	resultType = "search_result"
	textFilter = "filter[text]"
	foundMost  = 50 // results of one search
)

// results are what a search finds: each names a record, and its address.
func (s *server) results() table[postgres.Found] {
	return table[postgres.Found]{
		Type: resultType, Path: searchPath, Noun: "a search result",
		ID: func(f postgres.Found) string { return f.EntityType + ":" + f.ID },
		Fields: []field[postgres.Found]{
			{Name: "entity_type", Form: words(), Value: func(f postgres.Found) any { return f.EntityType }},
			{Name: "entity_id", Form: words(), Value: func(f postgres.Found) any { return f.ID }},
			{Name: "name", Form: words(), Value: func(f postgres.Found) any { return textOrNull(f.Name) }},
			{Name: "detail", Form: words(), Value: func(f postgres.Found) any { return textOrNull(f.Detail) }},
			{Name: "address", Form: words(), Value: func(f postgres.Found) any { return s.types[f.EntityType].Path + "/" + pathEscape(f.ID) }},
		},
	}
}

// search finds records as the console does, of the types that the key may read;
// without a text, none. meta.more says that there are more than stand in the answer.
func (s *server) search(c *call) error {
	q, err := c.query(jsonapi.Allowed{Custom: []string{"workspaceId", textFilter}})
	if err != nil {
		return err
	}
	text, given := strings.TrimSpace(q.Custom[textFilter]), c.r.URL.Query().Has(textFilter)
	if given && text == "" || len(text) > postgres.SoughtMost || !storable(text) {
		return jsonapi.Fault("INVALID_QUERY_PARAMETER", "Say what to look for, in 1 to %d bytes.", postgres.SoughtMost).In(textFilter)
	}
	var found []postgres.Found
	if given {
		of := slices.DeleteFunc(postgres.SoughtTypes(), func(of string) bool { return !c.has(s.types[of].Read) })
		if found, err = s.store.Search(c.r.Context(), c.workspace(), postgres.Seek(text, of), foundMost+1); err != nil {
			return err
		}
	}
	more := len(found) > foundMost
	data := []jsonapi.Resource{}
	for _, f := range found[:min(len(found), foundMost)] {
		one := s.results().show(f, true).Resource
		one.Links = nil // it has no address of its own
		data = append(data, one)
	}
	self := url.URL{Path: c.r.URL.Path, RawQuery: c.r.URL.Query().Encode()}
	s.write(c, http.StatusOK, &jsonapi.Document{Data: data, Links: map[string]any{"self": self.String()}, Meta: map[string]any{"more": more}})
	return nil
}
