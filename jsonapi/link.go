package jsonapi

import (
	"net/http"
	"net/url"
)

// Self is the address of a request, relative to the root, with its query.
func Self(r *http.Request) string {
	u := url.URL{Path: r.URL.Path, RawQuery: encode(r.URL.Query())}
	return u.String()
}

// PageLink is the address of another page of the same list; null for no cursor.
func PageLink(r *http.Request, parameter, cursor string) any {
	if cursor == "" {
		return nil
	}
	values := r.URL.Query()
	values.Del("page[after]")
	values.Del("page[before]")
	values.Set(parameter, cursor)
	u := url.URL{Path: r.URL.Path, RawQuery: encode(values)}
	return u.String()
}

// encode writes a query in a fixed order, brackets percent-encoded.
func encode(values url.Values) string { return values.Encode() }
