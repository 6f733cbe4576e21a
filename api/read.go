package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
)

// describedBy is where every document says how it is to be understood.
const describedBy = "/openapi.json"

// queryOne is what a query on a single resource may hold.
func (s *server) queryOne(r *resource) jsonapi.Allowed {
	return jsonapi.Allowed{Fields: s.types.fields(), Include: s.types.includes(r), Custom: []string{"workspaceId"}}
}

// queryList is what a query on a list may hold.
func (s *server) queryList(r *resource) jsonapi.Allowed {
	a := s.queryOne(r)
	a.List, a.Sorts, a.Filters = true, r.sorts, parameters(r.filters)
	return a
}

// queryLinkage is what a query on a relationship may hold.
func (s *server) queryLinkage(rel relationInfo) jsonapi.Allowed {
	target := s.types[rel.To]
	a := s.queryOne(target)
	if rel.many() {
		a = s.queryList(target)
	}
	further := a.Include
	a.Include = []string{rel.Name}
	for _, path := range further {
		if !strings.Contains(path, ".") { // two steps are the most
			a.Include = append(a.Include, rel.Name+"."+path)
		}
	}
	return a
}

// query parses the request's query and checks the workspace that it may name.
func (c *call) query(allowed jsonapi.Allowed) (*jsonapi.Query, error) {
	q, fault := jsonapi.ParseQuery(c.r.URL.RawQuery, allowed)
	if fault != nil {
		return nil, fault
	}
	if named, ok := q.Custom["workspaceId"]; ok && named != c.workspace() {
		return nil, jsonapi.Fault("FORBIDDEN", "This API key does not reach that workspace.").In("workspaceId")
	}
	return q, nil
}

// plainQuery refuses everything that a query could ask of a document.
func plainQuery() jsonapi.Allowed { return jsonapi.Allowed{Custom: []string{"workspaceId"}} }

// listResource answers GET on the path of a resource.
func (s *server) listResource(r *resource) func(*call) error {
	return func(c *call) error {
		q, err := c.query(s.queryList(r))
		if err != nil {
			return err
		}
		return s.writeList(c, q, r)
	}
}

// writeList answers with a page of a list; more are filters that the address says.
func (s *server) writeList(c *call, q *jsonapi.Query, r *resource, more ...postgres.Filter) error {
	found, links, err := s.pageOf(c, q, r, more...)
	if err != nil {
		return err
	}
	included, err := s.include(c, q, r, found.data, q.Include)
	if err != nil {
		return err
	}
	s.write(c, http.StatusOK, &jsonapi.Document{
		Data: q.TrimAll(found.data), Included: q.TrimAll(included), Include: q.IncludeGiven, Links: links, Profiles: []string{jsonapi.CursorProfile},
	})
	return nil
}

// pageOf reads the page that a query asks for, with the links to its neighbours.
func (s *server) pageOf(c *call, q *jsonapi.Query, r *resource, more ...postgres.Filter) (page, map[string]any, error) {
	list, scope, err := s.readList(c, q, r)
	if err != nil {
		return page{}, nil, err
	}
	list.Filters = append(list.Filters, more...)
	found, err := r.list(c.r.Context(), c.workspace(), list)
	if err != nil {
		return page{}, nil, err
	}
	var prev, next string
	if len(found.data) > 0 && found.prev {
		prev = s.cursors.Encode(scope, found.first.Key, found.first.ID)
	}
	if len(found.data) > 0 && found.next {
		next = s.cursors.Encode(scope, found.last.Key, found.last.ID)
	}
	return found, jsonapi.PageLinks(c.r, prev, next), nil
}

// readList reads filters, order and page. The scope binds a cursor to this list
// of this workspace.
func (s *server) readList(c *call, q *jsonapi.Query, r *resource) (postgres.ListQuery, string, error) {
	list := postgres.ListQuery{Size: q.Size}
	scope := q.Scope(c.workspace(), c.r.URL.Path)
	var err error
	if list.Filters, err = readFilters(q, r.filters); err != nil {
		return list, scope, err
	}
	if len(q.SortBy) > 0 {
		list.Sort, list.Descending = q.SortBy[0].Name, q.SortBy[0].Descending
	}
	if q.After != "" {
		list.After, err = s.place(scope, "page[after]", q.After)
	}
	if q.Before != "" && err == nil {
		list.Before, err = s.place(scope, "page[before]", q.Before)
	}
	return list, scope, err
}

func (s *server) place(scope, parameter, cursor string) (*postgres.Place, error) {
	values, fault := s.cursors.Decode(parameter, scope, cursor, 2)
	if fault != nil {
		return nil, fault
	}
	return &postgres.Place{Key: values[0], ID: values[1]}, nil
}

// getResource answers GET on one resource.
func (s *server) getResource(r *resource) func(*call) error {
	return func(c *call) error {
		q, err := c.query(s.queryOne(r))
		if err != nil {
			return err
		}
		one, err := r.one(c.r.Context(), c.workspace(), c.r.PathValue("id"))
		if err != nil {
			return err
		}
		return s.writeOne(c, q, r, http.StatusOK, one, nil)
	}
}

// writeOne answers with one resource.
func (s *server) writeOne(c *call, q *jsonapi.Query, r *resource, status int, one shown, meta map[string]any) error {
	data := []jsonapi.Resource{one.Resource}
	included, err := s.include(c, q, r, data, q.Include)
	if err != nil {
		return err
	}
	self := any(jsonapi.Self(c.r))
	if c.r.Method == http.MethodPost {
		self = one.Links["self"]
	}
	s.write(c, status, &jsonapi.Document{
		Data: q.Trim(data[0]), Included: q.TrimAll(included), Include: q.IncludeGiven, Links: map[string]any{"self": self}, Meta: meta, Version: one.version,
	})
	return nil
}

// getRelated answers GET on what a relationship leads to.
func (s *server) getRelated(r *resource, rel relationInfo) func(*call) error {
	target := s.types[rel.To]
	return func(c *call) error {
		allowed := s.queryOne(target)
		if rel.many() {
			allowed = s.queryList(target)
		}
		q, err := c.query(allowed)
		if err != nil {
			return err
		}
		one, err := s.relatedFrom(c, r, rel)
		if err != nil {
			return err
		}
		if rel.many() {
			return s.writeList(c, q, target, postgres.Filter{Name: rel.By, Values: []string{one.ID}})
		}
		id, ok := one.Relationship(rel.Name).Data.(*jsonapi.Identifier)
		if !ok || id == nil {
			return s.writeNothing(c, q)
		}
		related, err := target.one(c.r.Context(), c.workspace(), id.ID)
		if isFault(err, target.NotFound) { // it was deleted; the link is still told
			return s.writeNothing(c, q)
		}
		if err != nil {
			return err
		}
		return s.writeOne(c, q, target, http.StatusOK, related, nil)
	}
}

// relatedFrom reads the resource whose relationship is asked for, by one who may
// read what it leads to.
func (s *server) relatedFrom(c *call, r *resource, rel relationInfo) (shown, error) {
	if err := c.mayRead(s.types[rel.To]); err != nil {
		return shown{}, err
	}
	return r.one(c.r.Context(), c.workspace(), c.r.PathValue("id"))
}

// writeNothing answers for a relationship that is empty.
func (s *server) writeNothing(c *call, q *jsonapi.Query) error {
	s.write(c, http.StatusOK, &jsonapi.Document{Include: q.IncludeGiven, Links: map[string]any{"self": jsonapi.Self(c.r)}})
	return nil
}

// getLinkage answers GET on a relationship itself.
func (s *server) getLinkage(r *resource, rel relationInfo) func(*call) error {
	return func(c *call) error {
		q, err := c.query(s.queryLinkage(rel))
		if err != nil {
			return err
		}
		one, err := s.relatedFrom(c, r, rel)
		if err != nil {
			return err
		}
		return s.writeLinkage(c, q, r, rel, one)
	}
}

// writeLinkage answers with the linkage of a relationship. What is included is
// included through the relationship itself.
func (s *server) writeLinkage(c *call, q *jsonapi.Query, r *resource, rel relationInfo, one shown) error {
	doc := &jsonapi.Document{Include: q.IncludeGiven, Links: map[string]any{"self": jsonapi.Self(c.r)}, Version: one.version}
	found := page{}
	if rel.many() {
		var err error
		if found, doc.Links, err = s.pageOf(c, q, s.types[rel.To], postgres.Filter{Name: rel.By, Values: []string{one.ID}}); err != nil {
			return err
		}
		doc.Data, doc.Profiles = identifiers(found.data), []string{jsonapi.CursorProfile}
	} else {
		doc.Data = one.Relationship(rel.Name).Data
	}
	doc.Links["related"] = one.Links["self"].(string) + "/" + rel.Name
	included, err := s.includeThrough(c, q, r, rel, one, found.data)
	if err != nil {
		return err
	}
	doc.Included = q.TrimAll(included)
	s.write(c, http.StatusOK, doc)
	return nil
}

func identifiers(list []jsonapi.Resource) []jsonapi.Identifier {
	ids := make([]jsonapi.Identifier, len(list))
	for i, r := range list {
		ids[i] = r.Identifier()
	}
	return ids
}

// mayRead refuses a caller whose key may not read a resource.
func (c *call) mayRead(r *resource) error {
	if r.Read == "" || c.has(r.Read) {
		return nil
	}
	return jsonapi.Fault("INSUFFICIENT_SCOPE", "This API key lacks the scope %s.", r.Read)
}

func pathEscape(id string) string { return url.PathEscape(id) }

func isNotFound(err error) bool { return enrich.CodeOf(err) == enrich.CodeNotFound }

func notFound(code, noun string) *jsonapi.Error {
	return jsonapi.Fault(code, "There is no such thing as %s with this id.", noun)
}
