package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/enrichd/enrichd/jsonapi"
)

// input is a request to make or to change a record: what its table allows, read
// and checked, with room for more faults.
type input struct {
	*jsonapi.Request
	values map[string]any     // by attribute, as the form reads them; nil is null
	linked map[string]*string // by to-one relationship; nil is null
	// relationAt is where the linkage stands; empty: in the relationships of the resource.
	relationAt string
}

// text is an attribute that is a text; given says whether the request has it.
func (in *input) text(name string) (value *string, given bool) { return valueOf[*string](in, name) }

// flag is an attribute that is true or false.
func (in *input) flag(name string) (value *bool, given bool) { return valueOf[*bool](in, name) }

// object is an attribute that is an object.
func (in *input) object(name string) (value json.RawMessage, given bool) {
	return valueOf[json.RawMessage](in, name)
}

// texts is an attribute that is a list of texts.
func (in *input) texts(name string) (value []string, given bool) { return valueOf[[]string](in, name) }

// holds says whether a request gives an attribute another value than null.
func (in *input) holds(name string) bool {
	raw, given := in.Attributes[name]
	return given && string(raw) != "null"
}

// link is the id in a to-one relationship.
func (in *input) link(name string) (id *string, given bool) {
	id, given = in.linked[name]
	return id, given
}

func valueOf[T any](in *input, name string) (value T, given bool) {
	raw, given := in.values[name]
	value, _ = raw.(T) // nothing at all stands for null
	return value, given
}

// need is a text that the table says must be given.
func (in *input) need(name string) string {
	if value, _ := in.text(name); value != nil {
		return *value
	}
	return ""
}

// linkagePointer is where the linkage of a relationship stands in a request.
func linkagePointer(at, name string) string {
	if at != "" {
		return at
	}
	return "/data/relationships/" + name + "/data"
}

// readInput checks a request against a table. allowed says which fields may be
// written now. The faults are noted, not returned: the resource may have more.
func (r *resource) readInput(req *jsonapi.Request, creation bool) (*input, error) {
	in := &input{Request: req, values: map[string]any{}, linked: map[string]*string{}}
	r.refuseFields(req, creation)
	for _, f := range r.fields {
		must := creation && f.Write == needed
		if _, given := req.Attributes[f.Name]; (given || must) && f.allowed(creation) {
			in.values[f.Name] = f.Form.read(req, f.Name, must)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(req.Relationships)) {
		rel, ok := r.relation(name)
		if !ok {
			req.Note(jsonapi.Fault("UNKNOWN_ATTRIBUTE", "%s has no relationship %q.", r.Noun, name).At(jsonapi.Pointer("data", "relationships", name)))
			continue
		}
		if !rel.allowed(creation) {
			req.Note(readOnlyRelation(name).At("/data/relationships/" + name))
			continue
		}
		id, fault := req.Relationships[name].ToOne(rel.To)
		if fault != nil {
			return nil, fault
		}
		in.linked[name] = id
	}
	return in, nil
}

func (f fieldInfo) allowed(creation bool) bool {
	return creation && f.Write.atCreation() || !creation && f.Write.later()
}

func (r relationInfo) allowed(creation bool) bool {
	return creation && r.Write.atCreation() || !creation && r.Write.later()
}

// refuseFields notes the attributes that this request may not hold.
func (r *resource) refuseFields(req *jsonapi.Request, creation bool) {
	known := map[string]fieldInfo{}
	for _, f := range r.fields {
		known[f.Name] = f
	}
	for _, name := range req.Names() {
		switch f, ok := known[name]; {
		case !ok:
			req.Refuse("UNKNOWN_ATTRIBUTE", name, "There is no attribute %q here.", name)
		case !f.allowed(creation) && f.Write == closed:
			req.Refuse("ATTRIBUTE_READ_ONLY", name, "%s is not written by callers.", name)
		case !f.allowed(creation):
			req.Refuse("ATTRIBUTE_READ_ONLY", name, "%s is given at creation and does not change.", name)
		}
	}
}

func readOnlyRelation(name string) *jsonapi.Error {
	return jsonapi.Fault("RELATIONSHIP_READ_ONLY", "%s cannot be written here.", name)
}

// createResource answers POST on the path of a resource.
func (s *server) createResource(r *resource) func(*call) error {
	return func(c *call) error {
		q, err := c.query(s.queryOne(r))
		if err != nil {
			return err
		}
		req, err := jsonapi.Decode(c.w, c.r, jsonapi.Rules{Type: r.Type, Limit: MaxBody})
		if err != nil {
			return err
		}
		in, err := r.readInput(req, true)
		if err != nil {
			return err
		}
		m, err := r.create(c, in)
		if err != nil {
			return err
		}
		return s.writeMade(c, q, r, m)
	}
}

// writeMade answers a creation: 201 with its address, or 200 for what stood.
func (s *server) writeMade(c *call, q *jsonapi.Query, r *resource, m made[shown]) error {
	status := http.StatusOK
	if !m.Stood {
		status = http.StatusCreated
		c.w.Header().Set("Location", m.Record.Links["self"].(string))
	}
	return s.writeOne(c, q, r, status, m.Record, m.Meta)
}

// updateResource answers PATCH on one resource.
func (s *server) updateResource(r *resource) func(*call) error {
	return func(c *call) error {
		q, err := c.query(s.queryOne(r))
		if err != nil {
			return err
		}
		// Whether it exists comes before what is wrong with the body.
		id := c.r.PathValue("id")
		one, err := r.one(c.r.Context(), c.workspace(), id)
		if err != nil {
			return err
		}
		req, err := jsonapi.Decode(c.w, c.r, jsonapi.Rules{Type: r.Type, ID: one.ID, Limit: MaxBody})
		if err != nil {
			return err
		}
		in, err := r.readInput(req, false)
		if err != nil {
			return err
		}
		if one, err = r.update(c, one.ID, in); err != nil {
			return err
		}
		return s.writeOne(c, q, r, http.StatusOK, one, nil)
	}
}

// setLinkage answers PATCH on a to-one relationship.
func (s *server) setLinkage(r *resource, rel relationInfo) func(*call) error {
	return func(c *call) error {
		q, err := c.query(plainQuery())
		if err != nil {
			return err
		}
		one, err := r.one(c.r.Context(), c.workspace(), c.r.PathValue("id"))
		if err != nil {
			return err
		}
		linkage, err := jsonapi.DecodeLinkage(c.w, c.r, MaxBody)
		if err != nil {
			return err
		}
		id, fault := linkage.ToOne(rel.To)
		if fault != nil {
			return fault
		}
		in := &input{Request: &jsonapi.Request{ID: one.ID}, linked: map[string]*string{rel.Name: id}, relationAt: "/data"}
		if one, err = r.update(c, one.ID, in); err != nil {
			return err
		}
		return s.writeLinkage(c, q, r, rel, one)
	}
}

// refuseLinkage answers every write to a relationship that callers do not write.
func (s *server) refuseLinkage(r *resource, rel relationInfo) func(*call) error {
	return func(c *call) error {
		if _, err := c.query(plainQuery()); err != nil {
			return err
		}
		if _, err := r.one(c.r.Context(), c.workspace(), c.r.PathValue("id")); err != nil {
			return err
		}
		return readOnlyRelation(rel.Name)
	}
}

// deleteResource answers DELETE on one resource. A body is not looked at.
func (s *server) deleteResource(r *resource) func(*call) error {
	return func(c *call) error {
		if _, err := c.query(plainQuery()); err != nil {
			return err
		}
		if err := r.delete(c, c.r.PathValue("id")); err != nil {
			return err
		}
		return jsonapi.Write(c.w, c.r, http.StatusNoContent, nil)
	}
}
