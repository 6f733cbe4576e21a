package jsonapi

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is one error object. Make it with Fault and its methods. Its status and
// title follow from the code; its id is made when it is written.
type Error struct {
	Code      string
	Detail    string
	Pointer   *string // JSON pointer into the request document; "" is the whole of it
	Parameter string  // query parameter
	Header    string
	Type      string // address of what kind of error it is, for a profile's errors
	Meta      map[string]any
}

const (
	maxDetail  = 500 // characters of a detail or of a text in meta
	maxPointer = 500 // bytes
)

// Fault makes an error. A code that is not on the list is a programmer's mistake.
func Fault(code, format string, args ...any) *Error {
	if _, ok := codes[code]; !ok {
		panic("jsonapi: no such error code: " + code)
	}
	return &Error{Code: code, Detail: shorten(fmt.Sprintf(format, args...), maxDetail)}
}

// At points to a place in the request document.
func (e *Error) At(pointer string) *Error { e.Pointer = &pointer; return e }

// In names the query parameter that is at fault.
func (e *Error) In(parameter string) *Error { e.Parameter = parameter; return e }

// InHeader names the header that is at fault.
func (e *Error) InHeader(name string) *Error { e.Header = name; return e }

// With adds to the error's meta.
func (e *Error) With(name string, value any) *Error {
	if e.Meta == nil {
		e.Meta = map[string]any{}
	}
	if s, ok := value.(string); ok {
		value = shorten(s, maxDetail)
	}
	e.Meta[name] = value
	return e
}

// OfKind says by an address what kind of error it is.
func (e *Error) OfKind(uri string) *Error { e.Type = uri; return e }

// valueFault is the fault of a value in a request document. Where the pointer
// leads into the attributes, meta names the attribute.
func valueFault(code, pointer, format string, args ...any) *Error {
	e := Fault(code, format, args...).At(pointer)
	e.With("message", e.Detail)
	if rest, ok := strings.CutPrefix(pointer, "/data/attributes/"); ok {
		name, _, _ := strings.Cut(rest, "/")
		e.With("attribute", unescapePointer(name))
	}
	return e
}

// Error makes it a Go error.
func (e *Error) Error() string { return e.Code + ": " + e.Detail }

// Status is the HTTP status of the code.
func (e *Error) Status() int { return codes[e.Code].status }

// Errors is a list of errors as one.
type Errors []*Error

// Error shows the first.
func (e Errors) Error() string { return e[0].Error() }

// Status is the one status of the list: the common one, or where they differ 400,
// and 500 if any of them is our fault.
func (e Errors) Status() int {
	status := e[0].Status()
	for _, one := range e[1:] {
		switch s := one.Status(); {
		case s == status:
		case max(s, status) >= http.StatusInternalServerError:
			status = http.StatusInternalServerError
		default:
			status = http.StatusBadRequest
		}
	}
	return status
}

// MarshalJSON writes the error object.
func (e *Error) MarshalJSON() ([]byte, error) {
	var o object
	o.add("id", rand.Text())
	if e.Type != "" {
		o.add("links", map[string]string{"type": e.Type})
	}
	o.add("status", strconv.Itoa(e.Status()))
	o.add("code", e.Code)
	o.add("title", codes[e.Code].title)
	o.add("detail", e.Detail)
	switch {
	case e.Pointer != nil:
		o.add("source", map[string]string{"pointer": ancestor(*e.Pointer)})
	case e.Parameter != "":
		o.add("source", map[string]string{"parameter": e.Parameter})
	case e.Header != "":
		o.add("source", map[string]string{"header": e.Header})
	}
	o.addMap("meta", e.Meta)
	return o.bytes()
}

// bounded is the error object with a trace id, or nil where it takes more than
// limit bytes. The error itself stays as it is: it may be shared.
func (e *Error) bounded(traceID string, limit int) json.RawMessage {
	shown := *e
	shown.Meta = maps.Clone(e.Meta)
	raw, err := marshal(shown.With("trace_id", traceID))
	if err != nil || len(raw) > limit {
		return nil
	}
	return raw
}

// short is the error object without what could make it long.
func (e *Error) short(traceID string) json.RawMessage {
	shown := &Error{
		Code: e.Code, Detail: shorten(e.Detail, 100), Pointer: e.Pointer, Parameter: shorten(e.Parameter, 100),
		Header: shorten(e.Header, 100), Type: shorten(e.Type, 100),
	}
	raw, _ := marshal(shown.With("trace_id", shorten(traceID, 100))) // texts always marshal
	return raw
}

// ancestor is the pointer, or where that is too long the nearest one above it
// that is not: what it leads to exists as well.
func ancestor(pointer string) string {
	for len(pointer) > maxPointer {
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
	}
	return pointer
}

// Pointer makes a JSON pointer of its parts: RFC 6901.
func Pointer(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteString("/" + escapePointer(part))
	}
	return b.String()
}

// escapePointer writes a member name as a part of a JSON pointer: RFC 6901.
func escapePointer(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

func unescapePointer(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
}

// shorten cuts a text to n characters.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	for at := range s {
		if n--; n < 0 {
			return s[:at] + "…"
		}
	}
	return s
}
