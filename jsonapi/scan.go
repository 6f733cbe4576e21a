package jsonapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a request document.
const (
	maxDepth  = 32
	maxTokens = 20_000
	maxDigits = 1_000 // of a number: more than PostgreSQL and readers agree on is of no use
	maxPower  = 308
)

// scan checks a JSON text before anything is made of it: valid UTF-8, one
// value, bounded depth and size, no member twice, and no string or number that
// the store could not give back.
func scan(raw []byte) *Error {
	if !utf8.Valid(raw) {
		return Fault("INVALID_JSON", "The body is not valid UTF-8.").At("")
	}
	s := scanner{dec: json.NewDecoder(bytes.NewReader(raw)), raw: raw}
	s.dec.UseNumber()
	if err := s.value("", 0); err != nil {
		return err
	}
	if _, err := s.dec.Token(); !errors.Is(err, io.EOF) {
		return Fault("INVALID_JSON", "There is something after the JSON document.").At("")
	}
	return nil
}

type scanner struct {
	dec    *json.Decoder
	raw    []byte
	tokens int
}

// value reads one value at a pointer.
func (s *scanner) value(pointer string, depth int) *Error {
	token, fault := s.next()
	if fault != nil {
		return fault
	}
	switch t := token.(type) {
	case json.Delim:
		if depth >= maxDepth {
			return Fault("SCHEMA_VALIDATION_ERROR", "The body is nested more than %d levels deep.", maxDepth).At("")
		}
		if t == '{' {
			return s.object(pointer, depth)
		}
		return s.array(pointer, depth)
	case string:
		return checkText(t, s.lastLiteral(), pointer)
	case json.Number:
		return checkNumber(t, pointer)
	}
	return nil
}

func (s *scanner) object(pointer string, depth int) *Error {
	seen := map[string]bool{}
	for s.dec.More() {
		token, fault := s.next()
		if fault != nil {
			return fault
		}
		name, _ := token.(string)
		at := pointer + "/" + escapePointer(name)
		if fault := checkText(name, s.lastLiteral(), pointer); fault != nil {
			return fault
		}
		if seen[name] {
			return Fault("INVALID_JSON", "The member %q stands twice in one object.", shorten(name, 80)).At(at)
		}
		seen[name] = true
		if fault := s.value(at, depth+1); fault != nil {
			return fault
		}
	}
	_, fault := s.next() // the closing brace
	return fault
}

func (s *scanner) array(pointer string, depth int) *Error {
	for i := 0; s.dec.More(); i++ {
		if fault := s.value(pointer+"/"+strconv.Itoa(i), depth+1); fault != nil {
			return fault
		}
	}
	_, fault := s.next()
	return fault
}

func (s *scanner) next() (json.Token, *Error) {
	token, err := s.dec.Token()
	if err != nil {
		return nil, Fault("INVALID_JSON", "The body is not a whole JSON document.").At("")
	}
	if s.tokens++; s.tokens > maxTokens {
		return nil, Fault("SCHEMA_VALIDATION_ERROR", "The body has more than %d values.", maxTokens).At("")
	}
	return token, nil
}

// lastLiteral is the text up to the end of the string that was read last: the
// decoder has replaced what it cannot hold, so the escapes are looked at here.
func (s *scanner) lastLiteral() []byte {
	end := int(s.dec.InputOffset())
	start := end - 2
	for start > 0 && !(s.raw[start] == '"' && evenBackslashes(s.raw[:start])) {
		start--
	}
	return s.raw[max(start, 0):end]
}

func evenBackslashes(before []byte) bool {
	n := 0
	for i := len(before) - 1; i >= 0 && before[i] == '\\'; i-- {
		n++
	}
	return n%2 == 0
}

// checkText refuses what jsonb and text refuse: NUL and lone surrogates.
func checkText(value string, literal []byte, pointer string) *Error {
	if strings.ContainsRune(value, 0) {
		return Fault("INVALID_VALUE", "A text may not hold the NUL character (\\u0000).").At(pointer)
	}
	if strings.ContainsRune(value, utf8.RuneError) && loneSurrogate(literal) {
		return Fault("INVALID_VALUE", "A text holds half of a surrogate pair.").At(pointer)
	}
	return nil
}

// loneSurrogate looks for \ud800 to \udfff that are not a high one followed by
// a low one.
func loneSurrogate(literal []byte) bool {
	for i := 0; i+5 < len(literal); i++ {
		if literal[i] != '\\' {
			continue
		}
		if literal[i+1] != 'u' {
			i++
			continue
		}
		code := hex4(literal[i+2:])
		switch {
		case code >= 0xD800 && code < 0xDC00:
			if i+11 < len(literal) && literal[i+6] == '\\' && literal[i+7] == 'u' {
				if low := hex4(literal[i+8:]); low >= 0xDC00 && low < 0xE000 {
					i += 11
					continue
				}
			}
			return true
		case code >= 0xDC00 && code < 0xE000:
			return true
		}
		i += 5
	}
	return false
}

func hex4(b []byte) int64 {
	n, err := strconv.ParseInt(string(b[:4]), 16, 32)
	if err != nil {
		return -1
	}
	return n
}

func checkNumber(n json.Number, pointer string) *Error {
	mantissa, power, _ := strings.Cut(strings.ToLower(n.String()), "e")
	if p, err := strconv.Atoi(strings.TrimPrefix(power, "+")); power != "" && (err != nil || p > maxPower || p < -maxPower) || len(mantissa) > maxDigits {
		return Fault("INVALID_VALUE", "A number is out of the range that can be kept.").At(pointer)
	}
	return nil
}

// escapePointer writes a member name as a part of a JSON pointer: RFC 6901.
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
