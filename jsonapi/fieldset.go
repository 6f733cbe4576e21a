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

// Compound gathers what a compound document includes. No resource stands twice
// in its data and included together. The zero value is ready to use.
type Compound struct {
	seen     map[Identifier]bool
	included []Resource
}

// Primary tells what stands in data. Tell it before anything is included.
func (c *Compound) Primary(resources ...Resource) {
	for _, r := range resources {
		c.add(r.Identifier())
	}
}

// Include adds the resources that are not there yet.
func (c *Compound) Include(resources ...Resource) {
	for _, r := range resources {
		if c.add(r.Identifier()) {
			c.included = append(c.included, r)
		}
	}
}

// Included is what was gathered, in the order in which it came.
func (c *Compound) Included() []Resource { return c.included }

// add says whether the identifier is new.
func (c *Compound) add(id Identifier) bool {
	if c.seen == nil {
		c.seen = map[Identifier]bool{}
	}
	known := c.seen[id]
	c.seen[id] = true
	return !known
}
