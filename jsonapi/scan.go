package jsonapi

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a request document.
const (
	maxDepth  = 32     // arrays and objects inside one another
	maxTokens = 20_000 // values, names and closing brackets
)

// scan checks a JSON text before anything is made of it: valid UTF-8, one whole
// value, bounded depth and size, no member twice, and no string or number that
// the store could not give back.
func scan(raw []byte) *Error {
	if !utf8.Valid(raw) {
		return Fault("INVALID_JSON", "The body is not valid UTF-8.").At("")
	}
	if nesting(raw) > maxDepth {
		return Fault("SCHEMA_VALIDATION_ERROR", "The body is nested more than %d levels deep.", maxDepth).At("")
	}
	if !json.Valid(raw) {
		return Fault("INVALID_JSON", "The body is not one whole JSON document.").At("")
	}
	s := scanner{raw: raw}
	return s.value()
}

// nesting is how many arrays and objects stand inside one another, at most. The
// text need not be valid.
func nesting(raw []byte) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case quoted:
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

// scanner walks over a text that is known to be valid JSON. The path is kept in
// parts: a pointer is made of it only where something is wrong.
type scanner struct {
	raw    []byte
	at     int
	tokens int
	path   []string
}

// value checks one value and stands behind it afterwards.
func (s *scanner) value() *Error {
	if fault := s.count(); fault != nil {
		return fault
	}
	s.space()
	switch s.raw[s.at] {
	case '{':
		return s.object()
	case '[':
		return s.array()
	case '"':
		return s.refused(textProblem(s.text()))
	case 't', 'n':
		s.at += len("true")
	case 'f':
		s.at += len("false")
	default:
		return s.refused(numberProblem(s.number()))
	}
	return nil
}

func (s *scanner) object() *Error {
	s.at++
	seen := map[string]bool{}
	for s.more('}') {
		name, fault := s.name(seen)
		if fault != nil {
			return fault
		}
		if fault := s.under(escapePointer(name)); fault != nil {
			return fault
		}
	}
	return s.count()
}

func (s *scanner) array() *Error {
	s.at++
	for i := 0; s.more(']'); i++ {
		if fault := s.under(strconv.Itoa(i)); fault != nil {
			return fault
		}
	}
	return s.count()
}

// more says whether an element follows, and stands before it or behind the
// closing bracket.
func (s *scanner) more(closing byte) bool {
	s.space()
	switch s.raw[s.at] {
	case closing:
		s.at++
		return false
	case ',':
		s.at++
		s.space()
	}
	return true
}

// name steps over the name of a member and its colon. It refuses one that stood
// in the object before.
func (s *scanner) name(seen map[string]bool) (string, *Error) {
	literal := s.text()
	if fault := s.refused(textProblem(literal)); fault != nil {
		return "", fault
	}
	name := unquote(literal)
	if seen[name] {
		at := s.pointer() + "/" + escapePointer(name)
		return "", Fault("INVALID_JSON", "The member %q stands twice in one object.", shorten(name, 80)).At(at)
	}
	seen[name] = true
	s.space()
	s.at++ // the colon
	return name, s.count()
}

// under checks a value one step further down.
func (s *scanner) under(part string) *Error {
	s.path = append(s.path, part)
	fault := s.value()
	s.path = s.path[:len(s.path)-1]
	return fault
}

func (s *scanner) count() *Error {
	if s.tokens++; s.tokens > maxTokens {
		return Fault("SCHEMA_VALIDATION_ERROR", "The body has more than %d parts.", maxTokens).At("")
	}
	return nil
}

func (s *scanner) space() {
	for s.at < len(s.raw) && bytes.IndexByte([]byte(" \t\r\n"), s.raw[s.at]) >= 0 {
		s.at++
	}
}

// text steps over a string and gives its literal, quotes included.
func (s *scanner) text() []byte {
	start := s.at
	for s.at++; s.raw[s.at] != '"'; s.at++ {
		if s.raw[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
	return s.raw[start:s.at]
}

func (s *scanner) number() []byte {
	start := s.at
	for s.at < len(s.raw) && bytes.IndexByte([]byte("+-.0123456789eE"), s.raw[s.at]) >= 0 {
		s.at++
	}
	return s.raw[start:s.at]
}

// refused makes a fault of a problem with the value at hand.
func (s *scanner) refused(problem string) *Error {
	if problem == "" {
		return nil
	}
	return valueFault("INVALID_VALUE", s.pointer(), "%s", problem)
}

func (s *scanner) pointer() string {
	if len(s.path) == 0 {
		return ""
	}
	return "/" + strings.Join(s.path, "/")
}
