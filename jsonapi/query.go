package jsonapi

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Page sizes of lists.
const (
	DefaultPageSize = 20
	MaxPageSize     = 500
)

// Allowed declares what a query may hold. Everything else is refused.
type Allowed struct {
	List    bool                // page parameters, sorting and filters are allowed
	Sorts   []string            // names; each may be preceded by -
	Filters []string            // names, without brackets
	Fields  map[string][]string // type → its fields
	Include []string            // relationship paths
	Custom  []string            // names of our own, e.g. workspaceId
}

// Query is a query as it was understood.
type Query struct {
	Size    int
	After   string // cursor
	Before  string // cursor
	Sort    string // name of the sort, with its -; empty for the default
	Filters map[string][]string
	Fields  map[string][]string // only for the types that were named
	Include []string
	// IncludeGiven is true for include= as well, which asks for an empty list.
	IncludeGiven bool
	Custom       map[string]string
}

var memberName = regexp.MustCompile(`^[a-zA-Z0-9\x{80}-\x{10FFFF}]([a-zA-Z0-9_. \x{80}-\x{10FFFF}-]*[a-zA-Z0-9\x{80}-\x{10FFFF}])?$`)

// ParseQuery reads a raw query.
func ParseQuery(raw string, allowed Allowed) (*Query, *Error) {
	q := &Query{Size: DefaultPageSize, Filters: map[string][]string{}, Fields: map[string][]string{}, Custom: map[string]string{}}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, Fault("INVALID_QUERY_PARAMETER", "The query is not encoded as it should be.").In("query")
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // so that the same query always gives the same error
	for _, name := range names {
		if fault := q.take(name, values[name], allowed); fault != nil {
			return nil, fault
		}
	}
	if q.After != "" && q.Before != "" {
		e := Fault("RANGE_PAGINATION_NOT_SUPPORTED", "Use page[after] or page[before], not both.").In("page[after]")
		e.Type = CursorProfile + "/range-pagination-not-supported"
		return nil, e
	}
	return q, nil
}

func (q *Query) take(name string, values []string, allowed Allowed) *Error {
	if len(values) > 1 {
		return bad(name, "The parameter is given more than once.")
	}
	value := values[0]
	if len(value) > 4000 || strings.ContainsRune(value, 0) || !utf8.ValidString(value) {
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

func bad(name, format string, args ...any) *Error {
	return Fault("INVALID_QUERY_PARAMETER", format, args...).In(shorten(name, 200))
}

// splitName splits filter[status] into its family and its key; "" and the
// whole name where there is no bracket.
func splitName(name string) (family, key string) {
	family, rest, ok := strings.Cut(name, "[")
	if !ok || !strings.HasSuffix(rest, "]") {
		return "", name
	}
	return family, strings.TrimSuffix(rest, "]")
}

var digits = regexp.MustCompile(`^[0-9]+$`)

func (q *Query) takePage(name, key, value string) *Error {
	switch key {
	case "size":
		n, err := strconv.Atoi(value)
		if !digits.MatchString(value) || err == nil && n < 1 {
			return bad(name, "The page size must be a whole number from 1 to %d.", MaxPageSize)
		}
		if err != nil || n > MaxPageSize {
			e := Fault("MAX_PAGE_SIZE_EXCEEDED", "A page holds at most %d resources.", MaxPageSize).In(name).With("page", map[string]int{"maxSize": MaxPageSize})
			e.Type = CursorProfile + "/max-size-exceeded"
			return e
		}
		q.Size = n
	case "after", "before":
		if value == "" {
			return Fault("INVALID_CURSOR", "The cursor is empty.").In(name)
		}
		if key == "after" {
			q.After = value
		} else {
			q.Before = value
		}
	default:
		return bad(name, "Pages are asked for with page[size], page[after] and page[before].")
	}
	return nil
}

func (q *Query) takeSort(value string, allowed Allowed) *Error {
	if !slices.Contains(allowed.Sorts, strings.TrimPrefix(value, "-")) {
		e := Fault("UNSUPPORTED_SORT", "The list can be sorted by %s, each with - in front for the opposite order.", strings.Join(allowed.Sorts, ", ")).In("sort")
		e.Type = CursorProfile + "/unsupported-sort"
		return e
	}
	q.Sort = value
	return nil
}

func (q *Query) takeFilter(name, key, value string, allowed Allowed) *Error {
	if !memberName.MatchString(key) || !slices.Contains(allowed.Filters, key) {
		return bad(name, "The list can be filtered by %s.", strings.Join(allowed.Filters, ", "))
	}
	if value == "" {
		return bad(name, "The filter has no value.")
	}
	q.Filters[key] = []string{value}
	return nil
}

// maxAlternatives is how many comma-separated values one filter takes.
const maxAlternatives = 100

// Alternatives splits a filter's value at commas; for filters on enums and ids.
func Alternatives(name, value string) ([]string, *Error) {
	list := strings.Split(value, ",")
	if len(list) > maxAlternatives || slices.Contains(list, "") {
		return nil, bad("filter["+name+"]", "Give 1 to %d values, separated by commas.", maxAlternatives)
	}
	return list, nil
}

func (q *Query) takeFields(name, key, value string, allowed Allowed) *Error {
	known, ok := allowed.Fields[key]
	if !ok {
		return bad(name, "There is no resource type %q here.", shorten(key, 80))
	}
	q.Fields[key] = []string{}
	if value == "" {
		return nil
	}
	for _, field := range strings.Split(value, ",") {
		if !slices.Contains(known, field) {
			return bad(name, "%s has no field %q.", key, shorten(field, 80))
		}
		q.Fields[key] = append(q.Fields[key], field)
	}
	return nil
}

func (q *Query) takeInclude(value string, allowed Allowed) *Error {
	q.IncludeGiven = true
	if value == "" {
		return nil
	}
	for _, path := range strings.Split(value, ",") {
		if !slices.Contains(allowed.Include, path) {
			return bad("include", "%q cannot be included; these can: %s.", shorten(path, 80), strings.Join(allowed.Include, ", "))
		}
		q.Include = append(q.Include, path)
	}
	return nil
}

// Trim leaves only the fields of the query on a resource.
func (q *Query) Trim(r Resource) Resource {
	fields, given := q.Fields[r.Type]
	if !given {
		return r
	}
	r.Attributes = slices.DeleteFunc(slices.Clone(r.Attributes), func(a Attribute) bool { return !slices.Contains(fields, a.Name) })
	r.Relationships = slices.DeleteFunc(slices.Clone(r.Relationships), func(rel Relationship) bool { return !slices.Contains(fields, rel.Name) })
	return r
}
