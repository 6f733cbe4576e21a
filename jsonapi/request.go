package jsonapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Request is a request document that holds one resource.
type Request struct {
	ID            string
	Attributes    map[string]json.RawMessage
	Relationships map[string]Linkage
	Meta          map[string]json.RawMessage
	faults        Errors
}

// Linkage is a to-one linkage of a request.
type Linkage struct {
	Null bool
	Identifier
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
	if fault := CheckContentType(r.Header); fault != nil {
		return nil, fault
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, rules.Limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, Fault("PAYLOAD_TOO_LARGE", "The body is longer than %d bytes.", rules.Limit)
	}
	if err != nil {
		return nil, Fault("INVALID_JSON", "The body could not be read to its end.").At("")
	}
	if fault := scan(raw); fault != nil {
		return nil, fault
	}
	return rules.read(raw)
}

func (rules Rules) read(raw []byte) (*Request, error) {
	var top map[string]json.RawMessage
	if json.Unmarshal(raw, &top) != nil || top == nil {
		return nil, Fault("SCHEMA_VALIDATION_ERROR", "The body must be an object with a member data.").At("")
	}
	data, ok := top["data"]
	if !ok {
		return nil, Fault("SCHEMA_VALIDATION_ERROR", "The body must have a member data.").At("")
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil || members == nil {
		return nil, Fault("SCHEMA_VALIDATION_ERROR", "data must be one resource object.").At("/data")
	}
	if err := rules.identity(members); err != nil {
		return nil, err
	}
	req := &Request{ID: rules.ID}
	_ = json.Unmarshal(top["meta"], &req.Meta) // what is no object is no meta
	if err := req.attributes(members["attributes"]); err != nil {
		return nil, err
	}
	return req, req.relationships(members["relationships"])
}

// identity checks type and id.
func (rules Rules) identity(members map[string]json.RawMessage) error {
	var typ, id string
	if _, ok := members["type"]; !ok {
		return Fault("SCHEMA_VALIDATION_ERROR", "data must have a type.").At("/data")
	}
	if json.Unmarshal(members["type"], &typ) != nil || isNull(members["type"]) {
		return Fault("SCHEMA_VALIDATION_ERROR", "The type must be a string.").At("/data/type")
	}
	if typ != rules.Type {
		return Fault("RESOURCE_TYPE_MISMATCH", "The type here is %q, not %q.", rules.Type, shorten(typ, 80)).At("/data/type")
	}
	raw, given := members["id"]
	switch {
	case rules.ID == "" && given:
		return Fault("CLIENT_GENERATED_ID_UNSUPPORTED", "The server gives the id; leave it out.").At("/data/id")
	case rules.ID == "":
		return nil
	case !given:
		return Fault("SCHEMA_VALIDATION_ERROR", "data must have the id of the resource.").At("/data")
	case json.Unmarshal(raw, &id) != nil || isNull(raw):
		return Fault("SCHEMA_VALIDATION_ERROR", "The id must be a string.").At("/data/id")
	case !strings.EqualFold(id, rules.ID):
		return Fault("RESOURCE_ID_MISMATCH", "The id is not the one in the address.").At("/data/id")
	}
	return nil
}

func (req *Request) attributes(raw json.RawMessage) error {
	req.Attributes = map[string]json.RawMessage{}
	if raw == nil {
		return nil
	}
	if json.Unmarshal(raw, &req.Attributes) != nil || req.Attributes == nil {
		return Fault("SCHEMA_VALIDATION_ERROR", "attributes must be an object.").At("/data/attributes")
	}
	for name := range req.Attributes {
		if strings.HasPrefix(name, "@") {
			delete(req.Attributes, name) // @-members are to be ignored
		}
	}
	return nil
}

func (req *Request) relationships(raw json.RawMessage) error {
	req.Relationships = map[string]Linkage{}
	if raw == nil {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil {
		return Fault("SCHEMA_VALIDATION_ERROR", "relationships must be an object.").At("/data/relationships")
	}
	for name, body := range members {
		if strings.HasPrefix(name, "@") {
			continue
		}
		linkage, err := toOne(body, "/data/relationships/"+escapePointer(name))
		if err != nil {
			return err
		}
		req.Relationships[name] = linkage
	}
	return nil
}

// toOne reads a relationship object. A to-many linkage is kept as an
// identifier without a type: only read-only relationships have one.
func toOne(raw json.RawMessage, pointer string) (Linkage, error) {
	var body map[string]json.RawMessage
	if json.Unmarshal(raw, &body) != nil || body == nil {
		return Linkage{}, Fault("SCHEMA_VALIDATION_ERROR", "A relationship must be an object.").At(pointer)
	}
	data, ok := body["data"]
	if !ok {
		return Linkage{}, Fault("SCHEMA_VALIDATION_ERROR", "A relationship must have a member data.").At(pointer)
	}
	if isNull(data) {
		return Linkage{Null: true}, nil
	}
	var many []json.RawMessage
	if json.Unmarshal(data, &many) == nil {
		return Linkage{}, nil
	}
	var id map[string]json.RawMessage
	var linkage Linkage
	if json.Unmarshal(data, &id) != nil || json.Unmarshal(id["type"], &linkage.Type) != nil || json.Unmarshal(id["id"], &linkage.ID) != nil {
		return linkage, Fault("SCHEMA_VALIDATION_ERROR", "The linkage must be null or have a type and an id.").At(pointer + "/data")
	}
	return linkage, nil
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }
