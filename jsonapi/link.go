package jsonapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Self is the address of a request, relative to the root, with its query as it
// came; brackets and what else does not belong into an address are encoded.
func Self(r *http.Request) string { return address(r, "", "") }

// PageLink is the address of another page of the same list; null for no cursor.
func PageLink(r *http.Request, parameter, cursor string) any {
	if cursor == "" {
		return nil
	}
	return address(r, parameter, cursor)
}

// PageLinks are the links of a list that is paged by cursors: self, first, prev
// and next. prev and next are the cursors to go on from; empty where the list
// ends.
func PageLinks(r *http.Request, prev, next string) map[string]any {
	return map[string]any{
		"self":  Link{Href: Self(r), Type: contentType([]string{CursorProfile})},
		"first": address(r, "page[after]", ""),
		"prev":  PageLink(r, "page[before]", prev),
		"next":  PageLink(r, "page[after]", next),
	}
}

// address is that of the request. Where a page parameter is named, the cursors
// in it give way to this one.
func address(r *http.Request, parameter, cursor string) string {
	var query []string
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		name, _ = url.QueryUnescape(name)
		if part == "" || parameter != "" && (name == "page[after]" || name == "page[before]") {
			continue
		}
		query = append(query, encodeRest(part))
	}
	if cursor != "" {
		query = append(query, url.QueryEscape(parameter)+"="+url.QueryEscape(cursor))
	}
	// One slash: two would begin with the name of another host.
	path := "/" + strings.TrimLeft(r.URL.EscapedPath(), "/")
	if len(query) == 0 {
		return path
	}
	return path + "?" + strings.Join(query, "&")
}

// encodeRest encodes what may not stand in a query (RFC 3986) and leaves what is
// encoded already.
func encodeRest(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~!$&'()*+,;=:@/?%", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
