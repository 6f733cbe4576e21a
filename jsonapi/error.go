package jsonapi

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
)

// Error is one error object. Make it with Fault and its methods.
type Error struct {
	Code      string
	Detail    string
	Pointer   *string // JSON pointer into the request document; "" is the whole of it
	Parameter string  // query parameter
	Header    string
	Type      string // address of what kind of error it is, for a profile's errors
	Meta      map[string]any
}

// codes is the closed list of codes with status and title.
func codes() map[string]codeInfo {
	return map[string]codeInfo{
		"INVALID_JSON":                    {400, "The body is not JSON"},
		"SCHEMA_VALIDATION_ERROR":         {400, "The body is no JSON:API document"},
		"INVALID_QUERY_PARAMETER":         {400, "A query parameter cannot be used"},
		"INVALID_CURSOR":                  {400, "The cursor cannot be used here"},
		"UNSUPPORTED_SORT":                {400, "The list cannot be sorted this way"},
		"MAX_PAGE_SIZE_EXCEEDED":          {400, "The page is too large"},
		"RANGE_PAGINATION_NOT_SUPPORTED":  {400, "Pages between two cursors are not supported"},
		"INVALID_UPLOAD":                  {400, "The upload cannot be read"},
		"UNAUTHORIZED":                    {401, "No valid API key"},
		"FORBIDDEN":                       {403, "Not allowed"},
		"INSUFFICIENT_SCOPE":              {403, "The API key lacks a scope"},
		"ATTRIBUTE_READ_ONLY":             {403, "The attribute is read-only"},
		"RELATIONSHIP_READ_ONLY":          {403, "The relationship is read-only"},
		"CLIENT_GENERATED_ID_UNSUPPORTED": {403, "Ids are given by the server"},
		"ENRICHMENT_TASK_NOT_FOUND":       {404, "No such enrichment task"},
		"RELATED_RESOURCE_NOT_FOUND":      {404, "A named resource does not exist"},
		"NOT_FOUND":                       {404, "No such resource"},
		"METHOD_NOT_ALLOWED":              {405, "The method is not allowed here"},
		"NOT_ACCEPTABLE":                  {406, "No acceptable media type"},
		"RESOURCE_TYPE_MISMATCH":          {409, "The resource type does not fit"},
		"RESOURCE_ID_MISMATCH":            {409, "The id does not fit the address"},
		"MONTHLY_CLOSE_ALREADY_ACTIVE":    {409, "The month is already being closed"},
		"TASK_NOT_PENDING":                {409, "The task is no longer pending"},
		"PAYLOAD_TOO_LARGE":               {413, "The body is too large"},
		"UNSUPPORTED_MEDIA_TYPE":          {415, "The media type is not supported"},
		"REQUIRED":                        {422, "A value is required"},
		"INVALID_TYPE":                    {422, "A value has the wrong type"},
		"INVALID_ENUM":                    {422, "A value is none of the allowed ones"},
		"TOO_LONG":                        {422, "A value is too long"},
		"INVALID_VALUE":                   {422, "A value cannot be taken"},
		"UNKNOWN_ATTRIBUTE":               {422, "The attribute does not exist"},
		"PARENT_CYCLE":                    {422, "The parent does not fit"},
		"INTERNAL_ERROR":                  {500, "Something went wrong on our side"},
		"SERVICE_UNAVAILABLE":             {503, "The service is away for a moment"},
	}
}

type codeInfo struct {
	status int
	title  string
}

// Fault makes an error. A code that is not on the list is a programmer's mistake.
func Fault(code, format string, args ...any) *Error {
	if _, ok := codes()[code]; !ok {
		panic("jsonapi: no such error code: " + code)
	}
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
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
	e.Meta[name] = value
	return e
}

// Error makes it a Go error.
func (e *Error) Error() string { return e.Code + ": " + e.Detail }

// Status is the HTTP status of the code.
func (e *Error) Status() int { return codes()[e.Code].status }

// Errors is a list of errors as one.
type Errors []*Error

// Error shows the first.
func (e Errors) Error() string { return e[0].Error() }

// Status is the one status of the list: the common one, or 400 where they differ.
func (e Errors) Status() int {
	status := e[0].Status()
	for _, one := range e {
		if one.Status() != status {
			return http.StatusBadRequest
		}
	}
	return status
}

// MarshalJSON writes the error object.
func (e *Error) MarshalJSON() ([]byte, error) {
	var o object
	o.add("id", occurrence())
	o.add("status", strconv.Itoa(e.Status()))
	o.add("code", e.Code)
	o.add("title", codes()[e.Code].title)
	o.add("detail", e.Detail)
	switch {
	case e.Pointer != nil:
		o.add("source", map[string]string{"pointer": *e.Pointer})
	case e.Parameter != "":
		o.add("source", map[string]string{"parameter": e.Parameter})
	case e.Header != "":
		o.add("source", map[string]string{"header": e.Header})
	}
	if e.Type != "" {
		o.add("links", map[string]string{"type": e.Type})
	}
	if len(e.Meta) > 0 {
		o.add("meta", e.Meta)
	}
	return o.bytes()
}

func occurrence() string {
	raw := make([]byte, 12)
	_, _ = rand.Read(raw) // never fails
	return hex.EncodeToString(raw)
}

// WriteErrors sends an error document; traceID goes into each error's meta.
func WriteErrors(w http.ResponseWriter, r *http.Request, traceID string, errs ...*Error) {
	for _, e := range errs {
		e.With("trace_id", traceID)
		e.Detail = shorten(e.Detail, 1000)
	}
	var o object
	o.add("jsonapi", about(nil))
	o.add("errors", errs)
	raw, err := o.bytes()
	if err != nil {
		raw = []byte(`{"jsonapi":{"version":"1.1"},"errors":[{"status":"500","code":"INTERNAL_ERROR"}]}`)
	}
	send(w, r, Errors(errs).Status(), nil, raw)
}

// shorten cuts a text to n characters.
func shorten(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return s
}
