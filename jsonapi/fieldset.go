package jsonapi

import "slices"

// Trim leaves only the fields of the query on a resource.
func (q *Query) Trim(r Resource) Resource {
	fields, given := q.Fields[r.Type]
	if !given {
		return r
	}
	r.Attributes = slices.DeleteFunc(slices.Clone(r.Attributes), func(a Attribute) bool { return !slices.Contains(fields, a.Name) })
	r.Relationships = slices.DeleteFunc(slices.Clone(r.Relationships), func(rel Relationship) bool { return !slices.Contains(fields, rel.Name) })
	return r
}

// TrimAll trims each of a list, which is never nil afterwards.
func (q *Query) TrimAll(list []Resource) []Resource {
	trimmed := make([]Resource, len(list))
	for i, r := range list {
		trimmed[i] = q.Trim(r)
	}
	return trimmed
}

// Wants says whether a field of a type is to be shown, so that what is not need
// not be fetched.
func (q *Query) Wants(typ, field string) bool {
	fields, given := q.Fields[typ]
	return !given || slices.Contains(fields, field)
}

// Compound is a compound document on its way: it holds each resource once, in
// data or among what is included. The zero value is ready to use.
type Compound struct {
	known    map[Identifier]*Resource
	included []*Resource
}

// Primary tells what stands in data. Tell it before anything is included. The
// pointers lead into the slice.
func (c *Compound) Primary(resources []Resource) []*Resource {
	list := make([]*Resource, len(resources))
	for i := range resources {
		list[i], _ = c.take(&resources[i])
	}
	return list
}

// Include adds a resource, unless the document holds it, and returns the one
// that the document holds.
func (c *Compound) Include(r Resource) *Resource {
	one, fresh := c.take(&r)
	if fresh {
		c.included = append(c.included, one)
	}
	return one
}

// Included is what was included, in the order in which it came.
func (c *Compound) Included() []Resource {
	list := make([]Resource, len(c.included))
	for i, r := range c.included {
		list[i] = *r
	}
	return list
}

func (c *Compound) take(r *Resource) (one *Resource, fresh bool) {
	if known, ok := c.known[r.Identifier()]; ok {
		return known, false
	}
	if c.known == nil {
		c.known = map[Identifier]*Resource{}
	}
	c.known[r.Identifier()] = r
	return r, true
}

// Relationship finds a relationship of the resource; nil if it has none of that
// name.
func (r *Resource) Relationship(name string) *Relationship {
	for i := range r.Relationships {
		if r.Relationships[i].Name == name {
			return &r.Relationships[i]
		}
	}
	return nil
}
