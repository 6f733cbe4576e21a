package jsonapi

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// CheckAccept refuses a request that accepts no form in which this server
// answers. No header, */* and application/json accept everything. An instance of
// our media type counts unless it has a parameter other than profile, or names
// an extension; where our media type is named, one instance of it must count.
func CheckAccept(h http.Header) *Error {
	header := strings.Join(h.Values("Accept"), ",")
	if strings.Trim(header, ", \t") == "" {
		return nil
	}
	named, ours, other := false, false, false
	for _, part := range splitList(header) {
		r := parseRange(part)
		switch r.mediaType {
		case MediaType:
			named, ours = true, ours || r.wanted && r.plain
		case "*/*", "application/*", "application/json":
			other = other || r.wanted
		}
	}
	if ours || other && !named {
		return nil
	}
	return Fault("NOT_ACCEPTABLE", "This server answers in %s without extensions.", MediaType).InHeader("Accept")
}

// mediaRange is one element of an Accept header.
type mediaRange struct {
	mediaType string
	wanted    bool // its weight is a number above 0
	plain     bool // it asks for nothing but profiles
}

func parseRange(part string) mediaRange {
	mediaType, params, err := mime.ParseMediaType(part)
	r := mediaRange{mediaType: mediaType, wanted: err == nil}
	if q, ok := params["q"]; ok {
		weight, err := strconv.ParseFloat(q, 64)
		r.wanted = err == nil && weight > 0 && weight <= 1
		delete(params, "q")
	}
	r.plain = err == nil && plain(params)
	return r
}

// plain says whether the parameters of our media type are ones that we know: any
// profile, and an ext that names no extension.
func plain(params map[string]string) bool {
	for name, value := range params {
		if name != "profile" && (name != "ext" || strings.TrimSpace(value) != "") {
			return false
		}
	}
	return true
}

// splitList splits a header at commas that are not inside quotes.
func splitList(s string) []string {
	var parts []string
	quoted, from := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			parts, from = append(parts, strings.TrimSpace(s[from:i])), i+1
		}
	}
	return append(parts, strings.TrimSpace(s[from:]))
}

// CheckContentType refuses a body that is not sent as JSON:API without
// extensions, or that is compressed. Ask it only where there is a body to read.
func CheckContentType(h http.Header) *Error {
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return Fault("UNSUPPORTED_MEDIA_TYPE", "Send the body without a Content-Encoding.").InHeader("Content-Encoding")
	}
	if values := h.Values("Content-Type"); len(values) == 1 {
		mediaType, params, err := mime.ParseMediaType(values[0])
		if err == nil && mediaType == MediaType && plain(params) {
			return nil
		}
	}
	return Fault("UNSUPPORTED_MEDIA_TYPE", "Send the header Content-Type: %s, without parameters other than profile.", MediaType).InHeader("Content-Type")
}
