package jsonapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// Request is a request document that holds one resource.
type Request struct {
	ID            string // the one of the rules
	LID           string // the client's own name for a resource that has no id yet
	Attributes    map[string]json.RawMessage
	Relationships map[string]Linkage
	Meta          map[string]json.RawMessage

	names  []string // attributes in their order
	given  bool     // there is a member attributes
	faults Errors
}

// Rules say what a request document must look like.
type Rules struct {
	Type string
	// ID is the id that an update must name; empty for a create, which may name none.
	ID    string
	Limit int64 // bytes of the body
}

// Decode reads and checks a request document. Its error is an *Error or Errors.
// Members that the standard tells to ignore are ignored. The names of attributes
// and relationships are taken to the letter: nothing folds case.
func Decode(w http.ResponseWriter, r *http.Request, rules Rules) (*Request, error) {
	top, fault := readBody(w, r, rules.Limit)
	if fault != nil {
		return nil, fault
	}
	req, fault := rules.read(top)
	if fault != nil {
		return nil, fault
	}
	return req, nil
}

// overrun is how much of a body that is too long is still read, so that its
// sender gets to see the answer.
const overrun = 64 << 10

// readBody reads the body of a request as the members of a document.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) (map[string]json.RawMessage, *Error) {
	if fault := CheckContentType(r.Header); fault != nil {
		return nil, fault
	}
	body := http.MaxBytesReader(w, r.Body, limit+overrun)
	raw, err := io.ReadAll(io.LimitReader(body, limit+1))
	if int64(len(raw)) > limit {
		_, _ = io.Copy(io.Discard, body) // the answer is the same whether this works
		return nil, Fault("PAYLOAD_TOO_LARGE", "The body is longer than %d bytes.", limit)
	}
	if err != nil {
		return nil, Fault("INVALID_JSON", "The body could not be read to its end.").At("")
	}
	if fault := scan(raw); fault != nil {
		return nil, fault
	}
	top, ok := objectOf(bytes.TrimSpace(raw))
	if !ok {
		return nil, misshapen("", "The body must be an object with a member data.")
	}
	if _, ok := top["data"]; !ok {
		return nil, misshapen("", "The body must have a member data.")
	}
	return top, nil
}

// misshapen is the fault of a body that is no JSON:API document.
func misshapen(pointer, format string, args ...any) *Error {
	return Fault("SCHEMA_VALIDATION_ERROR", format, args...).At(pointer)
}

func (rules Rules) read(top map[string]json.RawMessage) (*Request, *Error) {
	data, ok := objectOf(top["data"])
	if !ok {
		return nil, misshapen("/data", "data must be one resource object.")
	}
	if fault := rules.identity(data); fault != nil {
		return nil, fault
	}
	req := &Request{ID: rules.ID}
	if fault := cmp.Or(req.readLID(data), req.readAttributes(data), req.readRelationships(data), req.readMeta(top)); fault != nil {
		return nil, fault
	}
	return req, nil
}

// identity checks type and id.
func (rules Rules) identity(data map[string]json.RawMessage) *Error {
	raw, given := data["type"]
	if !given {
		return misshapen("/data", "data must have a type.")
	}
	typ, ok := textOf(raw)
	if !ok {
		return misshapen("/data/type", "The type must be a string.")
	}
	if typ != rules.Type {
		return Fault("RESOURCE_TYPE_MISMATCH", "The type here is %q, not %q.", rules.Type, shorten(typ, 80)).At("/data/type")
	}
	raw, given = data["id"]
	id, ok := textOf(raw)
	switch {
	case rules.ID == "" && given:
		return Fault("CLIENT_GENERATED_ID_UNSUPPORTED", "The server gives the id; leave it out.").At("/data/id")
	case rules.ID == "":
		return nil
	case !given:
		return misshapen("/data", "data must have the id of the resource.")
	case !ok:
		return misshapen("/data/id", "The id must be a string.")
	case !strings.EqualFold(id, rules.ID):
		return Fault("RESOURCE_ID_MISMATCH", "The id is not the one in the address.").At("/data/id")
	}
	return nil
}

func (req *Request) readLID(data map[string]json.RawMessage) *Error {
	raw, given := data["lid"]
	lid, ok := textOf(raw)
	if given && !ok {
		return misshapen("/data/lid", "The lid must be a string.")
	}
	req.LID = lid
	return nil
}

func (req *Request) readAttributes(data map[string]json.RawMessage) *Error {
	req.Attributes = map[string]json.RawMessage{}
	raw, given := data["attributes"]
	if !given {
		return nil
	}
	list, ok := members(raw)
	if !ok {
		return misshapen("/data/attributes", "attributes must be an object.")
	}
	req.given = true
	for _, m := range list {
		if strings.HasPrefix(m.name, "@") {
			continue // to be ignored
		}
		req.names = append(req.names, m.name)
		req.Attributes[m.name] = m.value
	}
	return nil
}

func (req *Request) readRelationships(data map[string]json.RawMessage) *Error {
	req.Relationships = map[string]Linkage{}
	raw, given := data["relationships"]
	if !given {
		return nil
	}
	list, ok := members(raw)
	if !ok {
		return misshapen("/data/relationships", "relationships must be an object.")
	}
	for _, m := range list {
		if strings.HasPrefix(m.name, "@") {
			continue
		}
		linkage, fault := readRelationship(m.value, "/data/relationships/"+escapePointer(m.name))
		if fault != nil {
			return fault
		}
		req.Relationships[m.name] = linkage
	}
	return nil
}

func (req *Request) readMeta(top map[string]json.RawMessage) *Error {
	raw, given := top["meta"]
	meta, ok := objectOf(raw)
	if given && !ok {
		return misshapen("/meta", "meta must be an object.")
	}
	req.Meta = meta
	return nil
}

// Names are the names of the attributes in their order.
func (req *Request) Names() []string { return req.names }
