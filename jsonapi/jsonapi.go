// Package jsonapi is the media type: documents, errors, queries, cursors.
//
// It speaks JSON:API 1.1 with the cursor pagination profile and knows no
// resource of ours. A face describes its resources in these terms: it checks
// what a request accepts and sends, decodes a request document strictly, parses
// the query against what it declared, and writes documents or errors.
package jsonapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// MediaType is the media type of every request and response.
const MediaType = "application/vnd.api+json"

// CursorProfile is the profile that lists are paged by.
const CursorProfile = "https://jsonapi.org/profiles/ethanresnick/cursor-pagination"

// Document is a top-level document with data. Errors are written by WriteErrors.
type Document struct {
	Data     any // Resource, []Resource, Identifier, []Identifier or nil
	Included []Resource
	Include  bool // write included even when it is empty: an include was asked for
	Links    map[string]any
	Meta     map[string]any
	Profiles []string
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

// Attribute is one attribute of a resource. A json.RawMessage is written as it is.
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
}

// Identifier names a resource.
type Identifier struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// MarshalJSON writes the members in the order of the standard.
func (r Resource) MarshalJSON() ([]byte, error) {
	var o object
	o.add("type", r.Type)
	o.add("id", r.ID)
	if len(r.Attributes) > 0 {
		var attributes object
		for _, a := range r.Attributes {
			attributes.add(a.Name, a.Value)
		}
		o.addObject("attributes", attributes)
	}
	if len(r.Relationships) > 0 {
		var relationships object
		for _, rel := range r.Relationships {
			var body object
			if len(rel.Links) > 0 {
				body.add("links", rel.Links)
			}
			if rel.Linked {
				body.add("data", rel.Data)
			}
			relationships.addObject(rel.Name, body)
		}
		o.addObject("relationships", relationships)
	}
	if len(r.Links) > 0 {
		o.add("links", r.Links)
	}
	if len(r.Meta) > 0 {
		o.add("meta", r.Meta)
	}
	return o.bytes()
}

// MarshalJSON writes the document with its jsonapi member.
func (d Document) MarshalJSON() ([]byte, error) {
	var o object
	o.add("jsonapi", about(d.Profiles))
	if len(d.Links) > 0 {
		o.add("links", d.Links)
	}
	o.add("data", d.Data)
	if d.Include || len(d.Included) > 0 {
		included := d.Included
		if included == nil {
			included = []Resource{}
		}
		o.add("included", included)
	}
	if len(d.Meta) > 0 {
		o.add("meta", d.Meta)
	}
	return o.bytes()
}

func about(profiles []string) map[string]any {
	about := map[string]any{"version": "1.1"}
	if len(profiles) > 0 {
		about["profile"] = profiles
	}
	return about
}

// object writes a JSON object member by member.
type object struct {
	buf bytes.Buffer
	err error
}

func (o *object) add(name string, value any) {
	raw, err := marshal(value)
	if err != nil && o.err == nil {
		o.err = err
	}
	o.addRaw(name, raw)
}

func (o *object) addObject(name string, inner object) {
	raw, err := inner.bytes()
	if err != nil && o.err == nil {
		o.err = err
	}
	o.addRaw(name, raw)
}

func (o *object) addRaw(name string, raw []byte) {
	if o.buf.Len() > 0 {
		o.buf.WriteByte(',')
	}
	key, err := marshal(name)
	if err != nil && o.err == nil {
		o.err = err
	}
	o.buf.Write(key)
	o.buf.WriteByte(':')
	o.buf.Write(raw)
}

func (o *object) bytes() ([]byte, error) {
	return append(append([]byte{'{'}, o.buf.Bytes()...), '}'), o.err
}

// marshal is json.Marshal without the escapes that only HTML needs.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// Write sends a document. A status of 204 sends none. A HEAD request gets the
// headers alone.
func Write(w http.ResponseWriter, r *http.Request, status int, d *Document) error {
	if status == http.StatusNoContent {
		setVary(w)
		w.WriteHeader(status)
		return nil
	}
	raw, err := marshal(d)
	if err != nil {
		return err
	}
	send(w, r, status, d.Profiles, raw)
	return nil
}

func send(w http.ResponseWriter, r *http.Request, status int, profiles []string, raw []byte) {
	setVary(w)
	contentType := MediaType
	if len(profiles) > 0 {
		contentType += `;profile="` + strings.Join(profiles, " ") + `"`
	}
	w.Header().Set("Content-Type", contentType)
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "private, no-cache")
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(raw) // a caller that went away is no error of ours
	}
}

func setVary(w http.ResponseWriter) { w.Header().Add("Vary", "Accept") }
