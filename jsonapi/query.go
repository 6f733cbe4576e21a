package jsonapi

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Page sizes of lists.
const (
	DefaultPageSize = 20
	MaxPageSize     = 500
)

// Limits of a query.
const (
	maxValue        = 4000 // bytes, exclusive
	maxAlternatives = 100  // values between commas
	maxIncludeDepth = 2
)

// Allowed declares what a query may hold. Everything else is refused.
type Allowed struct {
	List     bool                // page parameters, sorting and filters are allowed
	Sorts    []string            // names; each may be preceded by -
	MaxSorts int                 // how many of them at once; 1 if it is 0
	Filters  []string            // names: status for filter[status], created_at[gte] for filter[created_at][gte]
	Fields   map[string][]string // type → its fields
	Include  []string            // relationship paths; nil where the parameter is not allowed at all
	Custom   []string            // names of our own, e.g. workspaceId
}

// Query is a query as it was understood.
type Query struct {
	Size    int
	After   string      // cursor
	Before  string      // cursor
	Sort    string      // the sort as it was given; empty for the default
	SortBy  []SortField // the same in parts
	Filters map[string][]string
	Fields  map[string][]string // only for the types that were named
	Include []string            // paths, each once
	// IncludeGiven is true for include= as well, which asks for an empty list.
	IncludeGiven bool
	Custom       map[string]string
}

// SortField is one field to sort by.
type SortField struct {
	Name       string
	Descending bool
}

// Includes says whether resources of a path were asked for, also as a step on
// the way to others.
func (q *Query) Includes(path string) bool {
	return slices.ContainsFunc(q.Include, func(p string) bool { return p == path || strings.HasPrefix(p, path+".") })
}

// ParseQuery reads a raw query. The fault is that of the first parameter, as
// they stand, that has one.
func ParseQuery(raw string, allowed Allowed) (*Query, *Error) {
	q := &Query{Size: DefaultPageSize, Filters: map[string][]string{}, Fields: map[string][]string{}, Custom: map[string]string{}}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, fault := decodePair(part)
		if fault != nil {
			return nil, fault
		}
		if seen[name] {
			return nil, bad(name, "The parameter is given more than once.")
		}
		seen[name] = true
		if fault := q.take(name, value, allowed); fault != nil {
			return nil, fault
		}
	}
	if q.After != "" && q.Before != "" {
		return nil, Fault("RANGE_PAGINATION_NOT_SUPPORTED", "Use page[after] or page[before], not both.").
			In("page[after]").OfKind(CursorProfile + "/range-pagination-not-supported")
	}
	return q, nil
}

// decodePair undoes the percent-encoding of one parameter.
func decodePair(part string) (name, value string, fault *Error) {
	rawName, rawValue, _ := strings.Cut(part, "=")
	name, err := url.QueryUnescape(rawName)
	if err != nil {
		return "", "", bad(rawName, "The name is not percent-encoded as it should be.")
	}
	value, err = url.QueryUnescape(rawValue)
	if err != nil {
		return "", "", bad(name, "The value is not percent-encoded as it should be.")
	}
	return name, value, nil
}

func (q *Query) take(name, value string, allowed Allowed) *Error {
	if len(value) >= maxValue || strings.ContainsRune(value, 0) || !utf8.ValidString(value) {
		return bad(name, "The value is too long, or holds characters that cannot be looked for.")
	}
	family, key := splitName(name)
	switch {
	case family == "page" && allowed.List:
		return q.takePage(name, key, value)
	case name == "sort" && allowed.List:
		return q.takeSort(value, allowed)
	case family == "filter" && allowed.List:
		return q.takeFilter(name, key, value, allowed)
	case family == "fields":
		return q.takeFields(name, key, value, allowed)
	case name == "include" && allowed.Include != nil:
		return q.takeInclude(value, allowed)
	case slices.Contains(allowed.Custom, name):
		q.Custom[name] = value
		return nil
	}
	return bad(name, "There is no such parameter here.")
}

// bad is the fault of a parameter.
func bad(name, format string, args ...any) *Error {
	return Fault("INVALID_QUERY_PARAMETER", format, args...).In(shorten(name, 200))
}

// splitName splits filter[created_at][gte] into its family, filter, and its key,
// created_at[gte]. Of any other shape than family[name] or family[name][op] there
// is no family.
func splitName(name string) (family, key string) {
	family, rest, _ := strings.Cut(name, "[")
	rest, closed := strings.CutSuffix(rest, "]")
	key, op, two := strings.Cut(rest, "][")
	if !closed || strings.ContainsAny(key+op, "[]") {
		return "", name
	}
	if two {
		key += "[" + op + "]"
	}
	return family, key
}

// FilterParameter is the query parameter of a declared filter.
func FilterParameter(filter string) string {
	name, op, ok := strings.Cut(filter, "[")
	if !ok {
		return "filter[" + name + "]"
	}
	return "filter[" + name + "][" + op
}

// Alternatives splits a filter's value at commas; for filters on enums and ids.
func Alternatives(filter, value string) ([]string, *Error) {
	return commaList(FilterParameter(filter), value)
}

// commaList splits a value at its commas.
func commaList(name, value string) ([]string, *Error) {
	list := strings.Split(value, ",")
	if len(list) > maxAlternatives || slices.Contains(list, "") {
		return nil, bad(name, "Give 1 to %d values, separated by commas.", maxAlternatives)
	}
	return list, nil
}
