package api

import (
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
)

// filter is one way to narrow a list: a name that the store knows, and which
// values it takes. A value that no record can have is refused, so that a slip
// of the pen is not taken for an empty list.
type filter struct {
	Name    string
	Allowed []string          // the only values, several between commas
	Several bool              // several values between commas
	Null    bool              // the word null asks for the records that have none
	Ranges  bool              // [gt], [gte], [lt], [lte] instead of equality
	Fits    func(string) bool // what a value must be
	Words   string            // the same for people
}

// byEnum takes some of the allowed values.
func byEnum[T ~string](name string, allowed []T) filter {
	list := make([]string, len(allowed))
	for i, v := range allowed {
		list[i] = string(v)
	}
	return filter{Name: name, Allowed: list, Several: true, Words: "one or more of " + quoted(list)}
}

// byUUID takes some uuids.
func byUUID(name string) filter {
	return filter{Name: name, Several: true, Fits: postgres.IsUUID, Words: "a uuid, or several between commas"}
}

// byOwner takes the uuid of the one record that a record belongs to, or null.
func byOwner(name string) filter {
	return filter{Name: name, Null: true, Fits: postgres.IsUUID, Words: "a uuid, or null"}
}

// byID takes some ids that are texts.
func byID(name string) filter {
	return filter{Name: name, Several: true, Fits: func(s string) bool { return len(s) <= maxID }, Words: "an id, or several between commas"}
}

// byText takes exactly one text.
func byText(name string) filter { return filter{Name: name, Words: "a text"} }

// byTime takes the ends of a span of time.
func byTime(name string) filter {
	return filter{Name: name, Ranges: true, Fits: isTime, Words: "a time such as 2026-05-01T00:00:00Z"}
}

// byDay takes the ends of a span of days.
func byDay(name string) filter {
	return filter{Name: name, Ranges: true, Fits: isDay, Words: "a date such as 2026-05-31"}
}

// byDecimal takes the ends of a span of amounts.
func byDecimal(name string) filter {
	return filter{Name: name, Ranges: true, Fits: decimalPattern.MatchString, Words: "a decimal number such as 12.50"}
}

// byFlag takes true or false.
func byFlag(name string) filter {
	return filter{Name: name, Fits: func(s string) bool { return s == "true" || s == "false" }, Words: "true or false"}
}

// isTime says whether a value is a time that the database can hold.
func isTime(s string) bool {
	at, err := time.Parse(time.RFC3339, s)
	return err == nil && at.Year() >= 1 && at.Year() <= 9999
}

// ranges are the comparisons of spans, in the order in which they are told.
func ranges() []postgres.Op {
	return []postgres.Op{postgres.Greater, postgres.AtLeast, postgres.Less, postgres.AtMost}
}

// parameters are the names of a filter as jsonapi.Allowed takes them.
func (f filter) parameters() []string {
	if !f.Ranges {
		return []string{f.Name}
	}
	var names []string
	for _, op := range ranges() {
		names = append(names, f.Name+"["+string(op)+"]")
	}
	return names
}

// parameters are those of all filters, the one on the id first.
func parameters(filters []filter) []string {
	names := []string{"id"}
	for _, f := range filters {
		names = append(names, f.parameters()...)
	}
	return names
}

// readFilters makes the store's filters of those of a query, in the order of
// their names.
func readFilters(q *jsonapi.Query, filters []filter) ([]postgres.Filter, error) {
	var list []postgres.Filter
	for name, values := range q.Filters {
		base, op, _ := strings.Cut(strings.TrimSuffix(name, "]"), "[")
		known := byID("id")
		if i := slices.IndexFunc(filters, func(f filter) bool { return f.Name == base }); i >= 0 {
			known = filters[i]
		}
		one, err := known.read(name, values[0])
		if err != nil {
			return nil, err
		}
		one.Op = postgres.Op(op)
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b postgres.Filter) int {
		return strings.Compare(a.Name+string(a.Op), b.Name+string(b.Op))
	})
	return list, nil
}

// read takes the value of one parameter.
func (f filter) read(name, value string) (postgres.Filter, error) {
	if f.Null && value == "null" {
		return postgres.Filter{Name: f.Name, Null: true}, nil
	}
	values := []string{value}
	if f.Several {
		var fault *jsonapi.Error
		if values, fault = jsonapi.Alternatives(name, value); fault != nil {
			return postgres.Filter{}, fault
		}
	}
	for _, v := range values {
		if f.Fits != nil && !f.Fits(v) || f.Allowed != nil && !slices.Contains(f.Allowed, v) {
			return postgres.Filter{}, jsonapi.Fault("INVALID_QUERY_PARAMETER", "The value must be %s.", f.Words).In(jsonapi.FilterParameter(name))
		}
	}
	return postgres.Filter{Name: f.Name, Values: values}, nil
}
