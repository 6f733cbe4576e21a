package jsonapi

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var digits = regexp.MustCompile(`^[0-9]+$`)

func (q *Query) takePage(name, key, value string) *Error {
	switch key {
	case "size":
		return q.takeSize(name, value)
	case "after":
		q.After = value
	case "before":
		q.Before = value
	default:
		return bad(name, "Pages are asked for with page[size], page[after] and page[before].")
	}
	if value == "" {
		return Fault("INVALID_CURSOR", "The cursor is empty.").In(name)
	}
	return nil
}

func (q *Query) takeSize(name, value string) *Error {
	n, err := strconv.Atoi(value)
	if !digits.MatchString(value) || err == nil && n < 1 {
		return bad(name, "The page size must be a whole number from 1 to %d.", MaxPageSize)
	}
	if err != nil || n > MaxPageSize {
		return Fault("MAX_PAGE_SIZE_EXCEEDED", "A page holds at most %d resources.", MaxPageSize).
			In(name).With("page", map[string]int{"maxSize": MaxPageSize}).OfKind(CursorProfile + "/max-size-exceeded")
	}
	q.Size = n
	return nil
}

func (q *Query) takeSort(value string, allowed Allowed) *Error {
	for field := range strings.SplitSeq(value, ",") {
		name, descending := strings.CutPrefix(field, "-")
		twice := slices.ContainsFunc(q.SortBy, func(f SortField) bool { return f.Name == name })
		if twice || len(q.SortBy) >= max(allowed.MaxSorts, 1) || !slices.Contains(allowed.Sorts, name) {
			return Fault("UNSUPPORTED_SORT", "The list can be sorted by %d of: %s; each with - in front for the opposite order.",
				max(allowed.MaxSorts, 1), strings.Join(allowed.Sorts, ", ")).In("sort").OfKind(CursorProfile + "/unsupported-sort")
		}
		q.SortBy = append(q.SortBy, SortField{name, descending})
	}
	q.Sort = value
	return nil
}

func (q *Query) takeFilter(name, key, value string, allowed Allowed) *Error {
	if !slices.Contains(allowed.Filters, key) {
		return bad(name, "The list can be filtered by: %s.", strings.Join(allowed.Filters, ", "))
	}
	if value == "" {
		return bad(name, "The filter has no value.")
	}
	q.Filters[key] = []string{value}
	return nil
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
	list, fault := commaList(name, value)
	if fault != nil {
		return fault
	}
	for _, field := range list {
		if !slices.Contains(known, field) {
			return bad(name, "%s has no field %q.", key, shorten(field, 80))
		}
	}
	q.Fields[key] = list
	return nil
}

func (q *Query) takeInclude(value string, allowed Allowed) *Error {
	q.IncludeGiven = true
	if value == "" {
		return nil
	}
	list, fault := commaList("include", value)
	if fault != nil {
		return fault
	}
	for _, path := range list {
		if strings.Count(path, ".") >= maxIncludeDepth || !slices.Contains(allowed.Include, path) {
			return bad("include", "%q cannot be included; these can: %s.", shorten(path, 80), strings.Join(allowed.Include, ", "))
		}
		if !slices.Contains(q.Include, path) {
			q.Include = append(q.Include, path)
		}
	}
	return nil
}
