package api

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/enrichd/enrichd/jsonapi"
)

// form is what values an attribute takes: how it is read from a request, and
// how OpenAPI tells of it.
type form struct {
	// schema is the JSON schema of a value that is not null.
	schema map[string]any
	// read takes the value out of a request and notes what is wrong with it.
	// must says that it has to be there. It gives nil for null.
	read func(req *jsonapi.Request, name string, must bool) any
}

// text is a string of at most limit characters; read as *string.
func text(limit int) form {
	return form{map[string]any{"type": "string", "maxLength": limit}, func(req *jsonapi.Request, name string, must bool) any {
		if must {
			value := req.Required(name, limit)
			return &value
		}
		value, _ := req.Optional(name, limit)
		return orNil(value)
	}}
}

// oneOf is one of the allowed strings; read as *string.
func oneOf[T ~string](allowed []T) form {
	list := make([]string, len(allowed))
	for i, v := range allowed {
		list[i] = string(v)
	}
	return form{map[string]any{"type": "string", "enum": list}, func(req *jsonapi.Request, name string, must bool) any {
		if must {
			value := req.Enum(name, list)
			return &value
		}
		value, _ := req.OptionalEnum(name, list)
		return orNil(value)
	}}
}

// object is a JSON object, kept as it came; read as json.RawMessage.
func object() form {
	return form{map[string]any{"type": "object"}, func(req *jsonapi.Request, name string, _ bool) any {
		if value, _ := req.OptionalObject(name); value != nil {
			return value
		}
		return nil
	}}
}

// texts is a list of strings; read as []string.
func texts() form {
	schema := map[string]any{"type": "array", "items": map[string]any{"type": "string", "minLength": 1}}
	return form{schema, func(req *jsonapi.Request, name string, _ bool) any {
		if value, _ := req.OptionalStrings(name); value != nil {
			return value
		}
		return nil
	}}
}

// counted bounds how many elements a list of texts has; another number is a fault
// of this code.
func (f form) counted(least, most int, code string) form {
	schema := maps.Clone(f.schema)
	schema["minItems"], schema["maxItems"] = least, most
	return form{schema, func(req *jsonapi.Request, name string, must bool) any {
		before := len(req.Faults())
		value := f.read(req, name, must)
		if list, ok := value.([]string); ok && len(req.Faults()) == before && (len(list) < least || len(list) > most) {
			req.Refuse(code, name, "%s has %d to %d elements, not %d.", name, least, most, len(list))
		}
		return value
	}}
}

// someOf is a list of one or more of the allowed strings; read as []string.
func someOf[T ~string](allowed []T) form {
	one := oneOf(allowed)
	schema := map[string]any{"type": "array", "items": one.schema, "minItems": 1}
	return form{schema, func(req *jsonapi.Request, name string, must bool) any {
		before := len(req.Faults())
		list, _ := req.OptionalStrings(name)
		if must && len(list) == 0 && len(req.Faults()) == before {
			req.Refuse("REQUIRED", name, "%s names at least one of %s.", name, strings.Join(one.schema["enum"].([]string), ", "))
		}
		for i, value := range list {
			if !slices.Contains(allowed, T(value)) {
				req.Note(jsonapi.Fault("INVALID_ENUM", "There is no %q in %s.", value, name).At(jsonapi.Pointer("data", "attributes", name, strconv.Itoa(i))))
			}
		}
		if list == nil {
			return nil
		}
		return list
	}}
}

// amount is a whole number that is not negative; read as *int64.
func amount() form {
	return form{count().schema, func(req *jsonapi.Request, name string, _ bool) any {
		raw, given := req.Attributes[name]
		if !given || string(raw) == "null" {
			return nil
		}
		value, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || value < 0 {
			req.Refuse("INVALID_TYPE", name, "%s is a whole number, 0 or more.", name)
		}
		return &value
	}}
}

// flag is true or false; read as *bool.
func flag() form {
	return form{map[string]any{"type": "boolean"}, func(req *jsonapi.Request, name string, _ bool) any {
		value, _ := req.OptionalBool(name)
		return orNil(value)
	}}
}

// Forms of text with a pattern.
var (
	dayPattern     = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	decimalPattern = regexp.MustCompile(`^-?\d{1,15}(\.\d{1,9})?$`)
	stampPattern   = `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`
)

// day is a date, YYYY-MM-DD; read as *string.
func day() form {
	return pattern(map[string]any{"type": "string", "format": "date"}, "a date such as 2026-05-31", isDay)
}

// decimal is an exact number as a string, such as "12.50"; read as *string.
func decimal() form {
	return pattern(map[string]any{"type": "string", "pattern": decimalPattern.String()}, `a decimal number as a string, such as "12.50"`, decimalPattern.MatchString)
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && dayPattern.MatchString(s)
}

func pattern(schema map[string]any, words string, fits func(string) bool) form {
	return form{schema, func(req *jsonapi.Request, name string, must bool) any {
		var value *string
		if must {
			s := req.Required(name, maxFilename)
			value = &s
		} else {
			value, _ = req.Optional(name, maxFilename)
		}
		if value != nil && *value != "" && !fits(*value) {
			req.Refuse("INVALID_VALUE", name, "%s must be %s.", name, words)
		}
		return orNil(value)
	}}
}

// The forms of attributes that nobody writes.

func words() form { return form{schema: map[string]any{"type": "string"}} }

func anything() form { return form{schema: map[string]any{}} }

func uuidText() form { return form{schema: map[string]any{"type": "string", "format": "uuid"}} }

func moment() form {
	return form{schema: map[string]any{"type": "string", "format": "date-time", "pattern": stampPattern}}
}

func count() form { return form{schema: map[string]any{"type": "integer", "minimum": 0}} }

func records(properties ...string) form {
	members := map[string]any{}
	for _, name := range properties {
		members[name] = map[string]any{"type": "string"}
	}
	return form{schema: map[string]any{"type": "array", "items": map[string]any{"type": "object", "properties": members}}}
}

// tallies are how many tasks there are of each combination of texts.
func tallies(properties ...string) form {
	members := map[string]any{"tasks": count().schema}
	for _, name := range properties {
		members[name] = map[string]any{"type": "string"}
	}
	return form{schema: map[string]any{"type": "array", "items": map[string]any{"type": "object", "properties": members}}}
}

// orNil is the pointer, or nothing at all where it is nil.
func orNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}

// The values of attributes.

// stamp shows a time with exactly three decimals and Z.
func stamp(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func rawOrNull(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	return raw
}

// textOrNull shows a text that is empty when it is not known.
func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// quoted is a list in words.
func quoted(list []string) string { return strings.Join(list, ", ") }
