package jsonapi

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// Linkage is the data of a relationship in a request: null, one identifier, or
// a list of them.
type Linkage struct {
	Null       bool
	Identifier              // empty unless it is one
	List       []Identifier // nil unless it is a list

	pointer string // where it stands
}

// DecodeLinkage reads the document of a relationship endpoint, whose data is
// linkage. Its error is an *Error.
func DecodeLinkage(w http.ResponseWriter, r *http.Request, limit int64) (Linkage, error) {
	top, fault := readBody(w, r, limit)
	if fault != nil {
		return Linkage{}, fault
	}
	linkage, fault := readLinkage(top["data"], "/data")
	if fault != nil {
		return Linkage{}, fault
	}
	return linkage, nil
}

// ToOne takes the linkage for a to-one relationship with resources of a type. A
// nil id means an empty one.
func (l Linkage) ToOne(typ string) (id *string, fault *Error) {
	switch {
	case l.Null:
		return nil, nil
	case l.List != nil:
		return nil, misshapen(l.pointer, "The linkage must be one resource or null, not a list.")
	case l.Type != typ:
		return nil, Fault("RESOURCE_TYPE_MISMATCH", "The type here is %q, not %q.", typ, shorten(l.Type, 80)).At(l.pointer + "/type")
	}
	return &l.ID, nil
}

// ToMany takes the linkage for a to-many relationship with resources of a type.
func (l Linkage) ToMany(typ string) (ids []string, fault *Error) {
	if l.List == nil {
		return nil, misshapen(l.pointer, "The linkage must be a list.")
	}
	for i, one := range l.List {
		if one.Type != typ {
			at := l.pointer + "/" + strconv.Itoa(i) + "/type"
			return nil, Fault("RESOURCE_TYPE_MISMATCH", "The type here is %q, not %q.", typ, shorten(one.Type, 80)).At(at)
		}
		ids = append(ids, one.ID)
	}
	return ids, nil
}

// readRelationship reads a relationship object.
func readRelationship(raw json.RawMessage, pointer string) (Linkage, *Error) {
	body, ok := objectOf(raw)
	if !ok {
		return Linkage{}, misshapen(pointer, "A relationship must be an object.")
	}
	data, ok := body["data"]
	if !ok {
		return Linkage{}, misshapen(pointer, "A relationship must have a member data.")
	}
	return readLinkage(data, pointer+"/data")
}

func readLinkage(raw json.RawMessage, pointer string) (Linkage, *Error) {
	l := Linkage{Null: isNull(raw), pointer: pointer}
	if l.Null {
		return l, nil
	}
	list, many := elements(raw)
	if !many {
		var fault *Error
		l.Identifier, fault = readIdentifier(raw, pointer)
		return l, fault
	}
	l.List = make([]Identifier, len(list))
	for i, each := range list {
		var fault *Error
		if l.List[i], fault = readIdentifier(each, pointer+"/"+strconv.Itoa(i)); fault != nil {
			return l, fault
		}
	}
	return l, nil
}

func readIdentifier(raw json.RawMessage, pointer string) (Identifier, *Error) {
	body, ok := objectOf(raw)
	if !ok {
		return Identifier{}, misshapen(pointer, "The linkage must be null, or have a type and an id.")
	}
	var found [2]string
	for i, name := range []string{"type", "id"} {
		value, given := body[name]
		if !given {
			return Identifier{}, misshapen(pointer, "The linkage must have a type and an id.")
		}
		if found[i], ok = textOf(value); !ok || found[i] == "" {
			return Identifier{}, misshapen(pointer+"/"+name, "The %s must be a string that is not empty.", name)
		}
	}
	return Identifier{Type: found[0], ID: found[1]}, nil
}
