package jsonapi

import (
	"mime"
	"net/http"
	"strings"
)

// CheckAccept refuses a request that accepts no form in which this server
// answers. No header, */* and application/json accept everything; an instance of
// our media type counts unless it has a parameter other than profile.
func CheckAccept(h http.Header) *Error {
	values := h.Values("Accept")
	if len(values) == 0 {
		return nil
	}
	for _, part := range splitList(strings.Join(values, ",")) {
		if acceptable(part) {
			return nil
		}
	}
	return Fault("NOT_ACCEPTABLE", "This server answers in %s without extensions.", MediaType).InHeader("Accept")
}

func acceptable(part string) bool {
	mediaType, params, err := mime.ParseMediaType(part)
	if err != nil {
		return false
	}
	if q := strings.TrimRight(params["q"], "0"); q == "." || q == "0." || params["q"] == "0" || q == "" && params["q"] != "" {
		return false // weight 0: not acceptable
	}
	switch mediaType {
	case "*/*", "application/*", "application/json":
		return true
	case MediaType:
		for name := range params {
			if name != "q" && name != "profile" {
				return false
			}
		}
		return true
	}
	return false
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

// CheckContentType refuses a body that is not sent as JSON:API without extensions.
func CheckContentType(h http.Header) *Error {
	mediaType, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	refused := Fault("UNSUPPORTED_MEDIA_TYPE", "Send the header Content-Type: %s, without parameters other than profile.", MediaType).InHeader("Content-Type")
	if err != nil || mediaType != MediaType {
		return refused
	}
	for name := range params {
		if name != "profile" {
			return refused
		}
	}
	return nil
}
