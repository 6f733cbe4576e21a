package jsonapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The readers below take a value out of a request and note what is wrong with
// it, so that a caller learns of all faults at once. Faults returns them.

// Faults lists what was noted.
func (req *Request) Faults() Errors { return req.faults }

// Note adds a fault of the caller's own.
func (req *Request) Note(e *Error) { req.faults = append(req.faults, e) }

// pointerTo is the place of an attribute, which the document must hold: of the
// object it is missing from otherwise.
func (req *Request) pointerTo(name string) string {
	if _, ok := req.Attributes[name]; ok || len(req.Attributes) == 0 {
		return "/data/attributes/" + escapePointer(name)
	}
	return "/data/attributes"
}

func (req *Request) fault(code, name, format string, args ...any) *Error {
	e := Fault(code, format, args...).At(req.pointerTo(name)).With("attribute", name)
	e.With("message", e.Detail)
	req.Note(e)
	return e
}

// Required reads a string of 1 to limit characters that must be there.
func (req *Request) Required(name string, limit int) string {
	raw, ok := req.Attributes[name]
	if !ok {
		e := req.fault("REQUIRED", name, "%s is required.", name)
		at := "/data/attributes"
		if len(req.Attributes) == 0 {
			at = "/data"
		}
		e.Pointer = &at
		return ""
	}
	s, ok := req.text(name, raw)
	if !ok {
		return ""
	}
	if s == "" {
		req.fault("INVALID_VALUE", name, "%s may not be empty.", name)
	}
	if n := utf8.RuneCountInString(s); n > limit {
		req.fault("TOO_LONG", name, "%s has %d characters; at most %d are allowed.", name, n, limit)
	}
	return s
}

// Optional reads a string of at most limit characters, or null. given says
// whether the attribute is there at all.
func (req *Request) Optional(name string, limit int) (value *string, given bool) {
	raw, given := req.Attributes[name]
	if !given || isNull(raw) {
		return nil, given
	}
	s, ok := req.text(name, raw)
	if !ok {
		return nil, given
	}
	if n := utf8.RuneCountInString(s); n > limit {
		req.fault("TOO_LONG", name, "%s has %d characters; at most %d are allowed.", name, n, limit)
	}
	return &s, given
}

func (req *Request) text(name string, raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) != nil || isNull(raw) {
		req.fault("INVALID_TYPE", name, "%s must be a string.", name)
		return "", false
	}
	return s, true
}

// OneOf notes a fault unless value is allowed.
func (req *Request) OneOf(name, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		req.fault("INVALID_ENUM", name, "%q is not allowed; use one of %s.", shorten(value, 80), strings.Join(allowed, ", ")).With("allowed", allowed)
	}
}

// OptionalObject reads an object or null.
func (req *Request) OptionalObject(name string) (value json.RawMessage, given bool) {
	raw, given := req.Attributes[name]
	if !given || isNull(raw) {
		return nil, given
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		req.fault("INVALID_TYPE", name, "%s must be an object or null.", name)
		return nil, given
	}
	return raw, given
}

// OptionalStrings reads an array of non-empty strings, or null.
func (req *Request) OptionalStrings(name string) (value []string, given bool) {
	raw, given := req.Attributes[name]
	if !given || isNull(raw) {
		return nil, given
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		req.fault("INVALID_TYPE", name, "%s must be an array of strings or null.", name)
		return nil, given
	}
	value = []string{}
	for i, element := range list {
		var s string
		if json.Unmarshal(element, &s) != nil || isNull(element) || s == "" {
			at := fmt.Sprintf("/data/attributes/%s/%s", escapePointer(name), strconv.Itoa(i))
			req.fault("INVALID_TYPE", name, "Each element of %s must be a string that is not empty.", name).At(at)
			continue
		}
		value = append(value, s)
	}
	return value, given
}
