package api

import (
	"slices"
	"strings"

	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
)

// maxLinked is how many resources of one to-many relationship a document
// includes and links; a link leads to the rest.
const maxLinked = 100

// compound includes what a query asks for: a statement for each step of a path,
// however many resources there are.
type compound struct {
	jsonapi.Compound
	s *server
	c *call
}

// include gathers what the paths lead to from the primary data, whose
// relationships it completes.
func (s *server) include(c *call, _ *jsonapi.Query, r *resource, primary []jsonapi.Resource, paths []string) ([]jsonapi.Resource, error) {
	doc := &compound{s: s, c: c}
	if err := doc.walk(r, doc.Primary(primary), paths); err != nil {
		return nil, err
	}
	return doc.Included(), nil
}

// includeThrough includes what a relationship document asks for: all its paths
// begin with the relationship itself, and linked is its page.
func (s *server) includeThrough(c *call, q *jsonapi.Query, r *resource, rel relationInfo, one shown, linked []jsonapi.Resource) ([]jsonapi.Resource, error) {
	if len(q.Include) == 0 {
		return nil, nil
	}
	doc := &compound{s: s, c: c}
	steps := []*jsonapi.Resource{}
	if rel.many() {
		for _, each := range linked {
			steps = append(steps, doc.Include(each))
		}
	} else {
		var err error
		if steps, err = doc.toOne(rel, []*jsonapi.Resource{&one.Resource}); err != nil {
			return nil, err
		}
	}
	_, further := split(q.Include)
	if err := doc.walk(s.types[rel.To], steps, further[rel.Name]); err != nil {
		return nil, err
	}
	return doc.Included(), nil
}

// walk goes one step along each path, and on from there.
func (d *compound) walk(r *resource, from []*jsonapi.Resource, paths []string) error {
	first, further := split(paths)
	for _, name := range first {
		rel, ok := r.relation(name)
		if !ok {
			continue // the query was checked against the tables
		}
		target := d.s.types[rel.To]
		if err := d.c.mayRead(target); err != nil {
			return err
		}
		step := d.toOne
		if rel.many() {
			step = d.toMany
		}
		found, err := step(rel, from)
		if err != nil {
			return err
		}
		if err := d.walk(target, found, further[name]); err != nil {
			return err
		}
	}
	return nil
}

// split takes the first steps off paths, each once, with what follows on each.
func split(paths []string) (first []string, further map[string][]string) {
	further = map[string][]string{}
	for _, path := range paths {
		name, rest, more := strings.Cut(path, ".")
		if !slices.Contains(first, name) {
			first = append(first, name)
		}
		if more {
			further[name] = append(further[name], rest)
		}
	}
	return first, further
}

// toOne includes what a to-one relationship of each resource leads to.
func (d *compound) toOne(rel relationInfo, from []*jsonapi.Resource) ([]*jsonapi.Resource, error) {
	var ids []string
	for _, r := range from {
		if id, ok := r.Relationship(rel.Name).Data.(*jsonapi.Identifier); ok && id != nil && !slices.Contains(ids, id.ID) {
			ids = append(ids, id.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := d.s.types[rel.To].list(d.c.r.Context(), d.c.workspace(),
		postgres.ListQuery{Filters: []postgres.Filter{{Name: "id", Values: ids}}, Size: len(ids)})
	if err != nil {
		return nil, err
	}
	return d.add(found.data), nil
}

// toMany includes what a to-many relationship of each resource leads to, and
// links it there.
func (d *compound) toMany(rel relationInfo, from []*jsonapi.Resource) ([]*jsonapi.Resource, error) {
	ids := make([]string, len(from))
	for i, r := range from {
		ids[i] = r.ID
	}
	if len(ids) == 0 {
		return nil, nil
	}
	pages, err := d.s.types[rel.To].each(d.c.r.Context(), d.c.workspace(), rel.By, ids, postgres.ListQuery{Size: maxLinked})
	if err != nil {
		return nil, err
	}
	var all []*jsonapi.Resource
	for i, r := range from {
		link := r.Relationship(rel.Name)
		link.Data, link.Linked = identifiers(pages[i].data), true
		if pages[i].next {
			link.Links["next"] = d.s.nextLinkage(d.c, link.Links["self"].(string), pages[i].last)
		}
		all = append(all, d.add(pages[i].data)...)
	}
	return all, nil
}

func (d *compound) add(list []jsonapi.Resource) []*jsonapi.Resource {
	added := make([]*jsonapi.Resource, len(list))
	for i, r := range list {
		added[i] = d.Include(r)
	}
	return added
}

// nextLinkage is the address at which a linkage that was cut goes on.
func (s *server) nextLinkage(c *call, self string, last postgres.Place) string {
	scope := (&jsonapi.Query{Filters: map[string][]string{}}).Scope(c.workspace(), self)
	return self + "?page%5Bafter%5D=" + s.cursors.Encode(scope, last.Key, last.ID) + "&page%5Bsize%5D=100"
}
