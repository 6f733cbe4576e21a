package api

import (
	"context"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
)

// table describes a resource whose records are of the type T: everything that
// its routes, its queries, its documents and its part of the OpenAPI document
// are made of. A resource is added by one such value (see companies.go for the
// smallest one) and one line in resources.
type table[T any] struct {
	Type     string // JSON:API type, singular: "invoice"
	Path     string // of the list: "/v1/invoices"
	Noun     string // with its article, for people: "an invoice"
	NotFound string // code of its 404; NOT_FOUND if it is empty
	Read     string // scope that reading needs; empty: any key
	Write    string // scope that writing needs

	ID        func(T) string
	Fields    []field[T]
	Relations []relation[T]
	Filters   []filter
	Sorts     []string               // each with - for the opposite order; default is -created_at
	Meta      func(T) map[string]any // what is no attribute; may be nil
	Version   func(T) string         // changes with every write; nil where nobody writes over the API

	List func(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[T], error)
	// Each lists for several values of a filter at once; needed where a
	// to-many relationship leads here.
	Each func(ctx context.Context, workspaceID, filter string, values []string, q postgres.ListQuery) ([]postgres.ListPage[T], error)
	// Get reads one record with its details; nil: what List reads is all there is.
	Get func(ctx context.Context, workspaceID, id string) (T, error)

	// The writes. A nil one is a method that does not exist.
	Create func(c *call, in *input) (made[T], error)
	Update func(c *call, id string, in *input) (T, error)
	Delete func(c *call, id string) error

	Fault func(err error, at string) error // the store's errors in the caller's terms; at is where a relationship stands
}

// made is what a creation did.
type made[T any] struct {
	Record T
	Stood  bool           // it stood already: 200 instead of 201
	Meta   map[string]any // why
}

// field is one attribute.
type field[T any] struct {
	Name  string
	Form  form
	Write writing
	Value func(T) any // as JSON; nil pointers are null
	Lone  bool        // shown where the resource stands alone, not in lists
}

// writing says what a caller may do with a field.
type writing int

// The ways of writing.
const (
	closed   writing = iota // never: its presence is refused
	needed                  // must be given at creation, and never changes
	offered                 // may be given at creation, and never changes
	early                   // may be given, and changes while the record is young
	editable                // may be given, and changes at any time
)

func (w writing) atCreation() bool { return w != closed }
func (w writing) later() bool      { return w == early || w == editable }

// relation is one relationship.
type relation[T any] struct {
	Name  string
	To    string          // type of the related resource
	ID    func(T) *string // to-one: the related id; nil is none
	By    string          // to-many: the filter of the related resource that lists them
	Write writing
}

// resource is a table without its record type: what the handlers work with.
type resource struct {
	Type, Path, Noun, NotFound string
	Read, Write                string
	fields                     []fieldInfo
	relations                  []relationInfo
	filters                    []filter
	sorts                      []string
	canCreate, canUpdate       bool
	canDelete                  bool

	list   func(ctx context.Context, workspaceID string, q postgres.ListQuery) (page, error)
	each   func(ctx context.Context, workspaceID, filter string, values []string, q postgres.ListQuery) ([]page, error)
	one    func(ctx context.Context, workspaceID, id string) (shown, error)
	create func(c *call, in *input) (made[shown], error)
	update func(c *call, id string, in *input) (shown, error)
	delete func(c *call, id string) error
}

type fieldInfo struct {
	Name  string
	Form  form
	Write writing
	Lone  bool
}

type relationInfo struct {
	Name, To, By string
	Write        writing
}

func (r relationInfo) many() bool { return r.By != "" }

// shown is a record as a resource object, with its version.
type shown struct {
	jsonapi.Resource
	version string
}

// page is a page of resource objects.
type page struct {
	data        []jsonapi.Resource
	first, last postgres.Place
	prev, next  bool
}

// resource makes the erased form of a table.
func (t table[T]) resource() *resource {
	if t.NotFound == "" {
		t.NotFound = "NOT_FOUND"
	}
	r := &resource{
		Type: t.Type, Path: t.Path, Noun: t.Noun, NotFound: t.NotFound, Read: t.Read, Write: t.Write, filters: t.Filters, sorts: t.Sorts,
		canCreate: t.Create != nil, canUpdate: t.Update != nil, canDelete: t.Delete != nil, one: t.one,
		list: func(ctx context.Context, workspaceID string, q postgres.ListQuery) (page, error) {
			found, err := t.List(ctx, workspaceID, q)
			return t.page(found), err
		},
		each: func(ctx context.Context, workspaceID, filter string, values []string, q postgres.ListQuery) ([]page, error) {
			found, err := t.Each(ctx, workspaceID, filter, values, q)
			pages := make([]page, len(found))
			for i := range found {
				pages[i] = t.page(found[i])
			}
			return pages, err
		},
		create: func(c *call, in *input) (made[shown], error) {
			m, err := t.Create(c, in)
			if err != nil {
				return made[shown]{}, t.fault(err, in.relationAt)
			}
			return made[shown]{Record: t.show(m.Record, true), Stood: m.Stood, Meta: m.Meta}, nil
		},
		update: func(c *call, id string, in *input) (shown, error) {
			record, err := t.Update(c, id, in)
			if err != nil {
				return shown{}, t.fault(err, in.relationAt)
			}
			return t.show(record, true), nil
		},
		delete: func(c *call, id string) error { return t.fault(t.Delete(c, id), "") },
	}
	for _, f := range t.Fields {
		r.fields = append(r.fields, fieldInfo{f.Name, f.Form, f.Write, f.Lone})
	}
	for _, rel := range t.Relations {
		r.relations = append(r.relations, relationInfo{rel.Name, rel.To, rel.By, rel.Write})
	}
	return r
}

func (t table[T]) fault(err error, at string) error {
	if err == nil || t.Fault == nil {
		return err
	}
	return t.Fault(err, at)
}

// maxID is the longest id that is looked for, in bytes.
const maxID = 255

// one reads one record, or refuses as for every id that is not there.
func (t table[T]) one(ctx context.Context, workspaceID, id string) (shown, error) {
	missing := notFound(t.NotFound, t.Noun)
	if len(id) > maxID || !storable(id) {
		return shown{}, missing
	}
	if t.Get != nil {
		record, err := t.Get(ctx, workspaceID, id)
		if isNotFound(err) {
			return shown{}, missing
		}
		if err != nil {
			return shown{}, err
		}
		return t.show(record, true), nil
	}
	found, err := t.List(ctx, workspaceID, postgres.ListQuery{Filters: []postgres.Filter{{Name: "id", Values: []string{id}}}, Size: 1})
	if err != nil {
		return shown{}, err
	}
	if len(found.Records) == 0 {
		return shown{}, missing
	}
	return t.show(found.Records[0], true), nil
}

func (t table[T]) page(found postgres.ListPage[T]) page {
	p := page{data: make([]jsonapi.Resource, len(found.Records)), first: found.First, last: found.Last, prev: found.HasPrev, next: found.HasNext}
	for i, record := range found.Records {
		p.data[i] = t.show(record, false).Resource
	}
	return p
}

// show makes a resource object of a record.
func (t table[T]) show(record T, alone bool) shown {
	id := t.ID(record)
	self := t.Path + "/" + pathEscape(id)
	r := jsonapi.Resource{Type: t.Type, ID: id, Links: map[string]any{"self": self}}
	for _, f := range t.Fields {
		if !f.Lone || alone {
			r.Attributes = append(r.Attributes, jsonapi.Attribute{Name: f.Name, Value: f.Value(record)})
		}
	}
	for _, rel := range t.Relations {
		shown := jsonapi.Relationship{
			Name: rel.Name, Linked: rel.By == "",
			Links: map[string]any{"self": self + "/relationships/" + rel.Name, "related": self + "/" + rel.Name},
		}
		if rel.By == "" {
			shown.Data = linkTo(rel.To, rel.ID(record))
		}
		r.Relationships = append(r.Relationships, shown)
	}
	if t.Meta != nil {
		r.Meta = t.Meta(record)
	}
	version := ""
	if t.Version != nil {
		version = t.Version(record)
	}
	return shown{r, version}
}

// linkTo is the linkage of a to-one relationship.
func linkTo(typ string, id *string) *jsonapi.Identifier {
	if id == nil || *id == "" {
		return nil
	}
	return &jsonapi.Identifier{Type: typ, ID: *id}
}

// plural is the resource's list in words: its type, spaced, with an s.
func (r *resource) plural() string {
	words := strings.ReplaceAll(r.Type, "_", " ")
	if stem, ok := strings.CutSuffix(words, "y"); ok {
		return stem + "ies"
	}
	return words + "s"
}

// names are those of all fields: attributes and relationships.
func (r *resource) names() []string {
	var list []string
	for _, f := range r.fields {
		list = append(list, f.Name)
	}
	for _, rel := range r.relations {
		list = append(list, rel.Name)
	}
	return list
}

func (r *resource) relation(name string) (relationInfo, bool) {
	i := slices.IndexFunc(r.relations, func(rel relationInfo) bool { return rel.Name == name })
	if i < 0 {
		return relationInfo{}, false
	}
	return r.relations[i], true
}

// resourcesByType finds the resource of a type. A type that is named and does
// not exist is a mistake in a table.
type resourcesByType map[string]*resource

func byType(list []*resource) resourcesByType {
	m := resourcesByType{}
	for _, r := range list {
		m[r.Type] = r
	}
	for _, r := range list {
		r.check(m)
	}
	return m
}

// check refuses a table that no document could follow: a programmer's mistake.
func (r *resource) check(m resourcesByType) {
	names := r.names()
	for i, name := range names {
		if name == "id" || name == "type" || slices.Contains(names[:i], name) {
			panic("api: " + r.Type + " has the field " + name + " twice, or it is reserved")
		}
	}
	for _, rel := range r.relations {
		to := m[rel.To]
		if to == nil {
			panic("api: " + r.Type + "." + rel.Name + " leads to the type " + rel.To + ", which no table describes")
		}
		if rel.many() && !slices.ContainsFunc(to.filters, func(f filter) bool { return f.Name == rel.By }) {
			panic("api: " + r.Type + "." + rel.Name + " is listed by " + rel.By + ", which is no filter of " + rel.To)
		}
	}
}

// fields are those of every type, as queries may name them.
func (m resourcesByType) fields() map[string][]string {
	fields := map[string][]string{}
	for typ, r := range m {
		fields[typ] = r.names()
	}
	return fields
}

// includes lists the paths that can be included with a resource.
func (m resourcesByType) includes(r *resource) []string {
	paths := []string{}
	for _, rel := range r.relations {
		paths = append(paths, rel.Name)
		for _, further := range m[rel.To].relations {
			paths = append(paths, rel.Name+"."+further.Name)
		}
	}
	return paths
}

// storable says whether the database can hold a text.
func storable(s string) bool { return !strings.ContainsRune(s, 0) && strings.ToValidUTF8(s, "") == s }
