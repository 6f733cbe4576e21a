package jsonapi

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The readers below take a value out of a request and note what is wrong with
// it, so that a caller learns of all faults at once. Faults returns them. An
// optional value is nil where it is null or missing; given says whether the
// attribute is there at all. Lengths are counted in characters.

// Faults lists what was noted.
func (req *Request) Faults() Errors { return req.faults }

// Note adds a fault of the caller's own.
func (req *Request) Note(e *Error) { req.faults = append(req.faults, e) }

// Refuse notes a fault of an attribute, with its pointer and its name in meta.
// The fault of an attribute that is missing points at what it is missing from.
func (req *Request) Refuse(code, name, format string, args ...any) *Error {
	e := valueFault(code, req.pointerTo(name), format, args...).With("attribute", name)
	req.Note(e)
	return e
}

// pointerTo is the nearest place to an attribute that the document holds.
func (req *Request) pointerTo(name string) string {
	if _, ok := req.Attributes[name]; ok {
		return "/data/attributes/" + escapePointer(name)
	}
	if req.given {
		return "/data/attributes"
	}
	return "/data"
}

// Existing is the pointer, or the nearest one above it that leads to something
// in the attributes of the request.
func (req *Request) Existing(pointer string) string {
	rest, ok := strings.CutPrefix(pointer, "/data/attributes/")
	if !ok {
		return pointer
	}
	parts := strings.Split(rest, "/")
	at := req.pointerTo(unescapePointer(parts[0]))
	value := req.Attributes[unescapePointer(parts[0])]
	for _, part := range parts[1:] {
		if object, ok := objectOf(value); ok {
			value = object[unescapePointer(part)]
		} else if list, ok := elements(value); ok {
			i, err := strconv.Atoi(part)
			value = nil
			if err == nil && i >= 0 && i < len(list) {
				value = list[i]
			}
		} else {
			break
		}
		if value == nil {
			break
		}
		at += "/" + part
	}
	return at
}

// Required reads a string of 1 to limit characters that must be there.
func (req *Request) Required(name string, limit int) string {
	raw, ok := req.required(name)
	if !ok {
		return ""
	}
	s, ok := req.text(name, raw, limit)
	if ok && s == "" {
		req.Refuse("INVALID_VALUE", name, "%s may not be empty.", name)
	}
	return s
}

// Optional reads a string of at most limit characters, or null.
func (req *Request) Optional(name string, limit int) (value *string, given bool) {
	raw, given := req.Attributes[name]
	if !given || isNull(raw) {
		return nil, given
	}
	if s, ok := req.text(name, raw, limit); ok {
		value = &s
	}
	return value, given
}

// Enum reads one of the allowed strings, which must be there. What is none of
// them, whatever its type, is the same fault.
func (req *Request) Enum(name string, allowed []string) string {
	raw, ok := req.required(name)
	if !ok {
		return ""
	}
	return req.enum(name, raw, allowed)
}

// OptionalEnum reads one of the allowed strings, or null.
func (req *Request) OptionalEnum(name string, allowed []string) (value *string, given bool) {
	raw, given := req.Attributes[name]
	if !given || isNull(raw) {
		return nil, given
	}
	if s := req.enum(name, raw, allowed); s != "" {
		value = &s
	}
	return value, given
}

// OneOf notes a fault unless value is allowed.
func (req *Request) OneOf(name, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		req.notAllowed(name, strconv.Quote(shorten(value, 80)), allowed)
	}
}

// OptionalBool reads true, false or null.
func (req *Request) OptionalBool(name string) (value *bool, given bool) {
	raw, given := req.Attributes[name]
	if !given || isNull(raw) {
		return nil, given
	}
	if json.Unmarshal(raw, &value) != nil {
		req.Refuse("INVALID_TYPE", name, "%s must be true, false or null.", name)
		return nil, given
	}
	return value, given
}

// OptionalObject reads an object or null. The object is as it came: its numbers
// keep their digits.
func (req *Request) OptionalObject(name string) (value json.RawMessage, given bool) {
	raw, given := req.Attributes[name]
	if !given || isNull(raw) {
		return nil, given
	}
	if raw[0] != '{' {
		req.Refuse("INVALID_TYPE", name, "%s must be an object or null.", name)
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
	list, ok := elements(raw)
	if !ok {
		req.Refuse("INVALID_TYPE", name, "%s must be an array of strings or null.", name)
		return nil, given
	}
	value = []string{}
	for i, element := range list {
		at := req.pointerTo(name) + "/" + strconv.Itoa(i)
		switch s, ok := textOf(element); {
		case !ok:
			req.Note(valueFault("INVALID_TYPE", at, "Each element of %s must be a string.", name))
		case s == "":
			req.Note(valueFault("INVALID_VALUE", at, "No element of %s may be empty.", name))
		default:
			value = append(value, s)
		}
	}
	return value, given
}

func (req *Request) required(name string) (json.RawMessage, bool) {
	raw, ok := req.Attributes[name]
	if !ok {
		req.Refuse("REQUIRED", name, "%s is required.", name)
	}
	return raw, ok
}

func (req *Request) text(name string, raw json.RawMessage, limit int) (string, bool) {
	s, ok := textOf(raw)
	if !ok {
		req.Refuse("INVALID_TYPE", name, "%s must be a string.", name)
		return "", false
	}
	if n := utf8.RuneCountInString(s); n > limit {
		req.Refuse("TOO_LONG", name, "%s has %d characters; at most %d are allowed.", name, n, limit)
	}
	return s, true
}

func (req *Request) enum(name string, raw json.RawMessage, allowed []string) string {
	s, ok := textOf(raw)
	if !ok || !slices.Contains(allowed, s) {
		req.notAllowed(name, shorten(string(raw), 80), allowed)
		return ""
	}
	return s
}

func (req *Request) notAllowed(name, shown string, allowed []string) {
	req.Refuse("INVALID_ENUM", name, "%s is not allowed; use one of %s.", shown, strings.Join(allowed, ", ")).With("allowed", allowed)
}
