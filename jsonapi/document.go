package jsonapi

import (
	"fmt"
	"strings"
)

// Document is a top-level document with data. Errors are written by WriteErrors.
type Document struct {
	Data     any // Resource, []Resource, *Identifier, []Identifier or nil
	Included []Resource
	Include  bool // write included even when it is empty: an include was asked for
	Links    map[string]any
	Meta     map[string]any
	Profiles []string // what was applied; also stands in the Content-Type
	Version  string   // of the one resource in data, where it can change: becomes a part of the entity tag
}

// Resource is a resource object.
type Resource struct {
	Type          string
	ID            string
	Attributes    []Attribute // in the order in which they are written
	Relationships []Relationship
	Links         map[string]any
	Meta          map[string]any
}

// Attribute is one attribute of a resource. A json.RawMessage is written as it
// is: its numbers keep the digits that came.
type Attribute struct {
	Name  string
	Value any
}

// Relationship is one relationship of a resource. Linkage is left out unless
// Linked says that Data holds it.
type Relationship struct {
	Name   string
	Data   any // *Identifier (nil is an empty to-one) or []Identifier
	Linked bool
	Links  map[string]any
	Meta   map[string]any
}

// Identifier names a resource.
type Identifier struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// Link is a link with more to say than its address. A link may also be a string,
// or nil where there is nothing to go to.
type Link struct {
	Href        string         `json:"href"`
	Rel         string         `json:"rel,omitempty"`
	DescribedBy string         `json:"describedby,omitempty"`
	Title       string         `json:"title,omitempty"`
	Type        string         `json:"type,omitempty"` // media type of what it leads to
	Meta        map[string]any `json:"meta,omitempty"`
}

// Identifier is the identifier of the resource.
func (r Resource) Identifier() Identifier { return Identifier{Type: r.Type, ID: r.ID} }

// MarshalJSON writes the members in the order of the standard.
func (r Resource) MarshalJSON() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	var o, attributes, relationships object
	o.add("type", r.Type)
	o.add("id", r.ID)
	for _, a := range r.Attributes {
		attributes.add(a.Name, a.Value)
	}
	for _, rel := range r.Relationships {
		relationships.addObject(rel.Name, rel.object())
	}
	if len(r.Attributes) > 0 {
		o.addObject("attributes", attributes)
	}
	if len(r.Relationships) > 0 {
		o.addObject("relationships", relationships)
	}
	o.addMap("links", r.Links)
	o.addMap("meta", r.Meta)
	return o.bytes()
}

// check refuses a resource that no document may hold: a mistake of ours.
func (r Resource) check() error {
	if r.Type == "" || r.ID == "" {
		return fmt.Errorf("jsonapi: a resource lacks its type or id: %q %q", r.Type, r.ID)
	}
	fields := map[string]bool{"id": true, "type": true}
	for _, a := range r.Attributes {
		if fields[a.Name] {
			return fmt.Errorf("jsonapi: %s has the field %s twice, or it is reserved", r.Type, a.Name)
		}
		fields[a.Name] = true
	}
	for _, rel := range r.Relationships {
		if fields[rel.Name] {
			return fmt.Errorf("jsonapi: %s has the field %s twice, or it is reserved", r.Type, rel.Name)
		}
		if !rel.Linked && len(rel.Links) == 0 && len(rel.Meta) == 0 {
			return fmt.Errorf("jsonapi: the relationship %s of %s says nothing", rel.Name, r.Type)
		}
		fields[rel.Name] = true
	}
	return nil
}

func (rel Relationship) object() object {
	var o object
	o.addMap("links", rel.Links)
	if rel.Linked {
		o.add("data", listNotNull(rel.Data))
	}
	o.addMap("meta", rel.Meta)
	return o
}

// MarshalJSON writes the document with its jsonapi member.
func (d Document) MarshalJSON() ([]byte, error) {
	var o object
	o.add("jsonapi", about(d.Profiles))
	o.addMap("links", d.Links)
	o.add("data", listNotNull(d.Data))
	if d.Include || len(d.Included) > 0 {
		o.add("included", listNotNull(d.Included))
	}
	o.addMap("meta", d.Meta)
	return o.bytes()
}

// listNotNull makes an empty list of a list that is nil: a list is never null.
func listNotNull(data any) any {
	switch list := data.(type) {
	case []Resource:
		if list == nil {
			return []Resource{}
		}
	case []Identifier:
		if list == nil {
			return []Identifier{}
		}
	}
	return data
}

// about is the jsonapi member.
func about(profiles []string) map[string]any {
	about := map[string]any{"version": "1.1"}
	if len(profiles) > 0 {
		about["profile"] = profiles
	}
	return about
}

// contentType is the media type with the profiles that were applied.
func contentType(profiles []string) string {
	if len(profiles) == 0 {
		return MediaType
	}
	return MediaType + `;profile="` + strings.Join(profiles, " ") + `"`
}
