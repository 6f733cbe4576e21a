package jsonapi

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Limits of a number: more than the store and common readers agree on is of no
// use to anybody.
const (
	maxDigits = 1_000
	maxPower  = 308
)

// textProblem says why the store could not keep a string, given as it stands in
// the text: NUL, or half of a surrogate pair. Empty if it can.
func textProblem(literal []byte) string {
	for i := bytes.IndexByte(literal, '\\'); i >= 0 && i < len(literal); i++ {
		if literal[i] != '\\' {
			continue
		}
		if i++; literal[i] != 'u' {
			continue
		}
		code := hex4(literal[i+1:])
		i += 4
		switch {
		case code == 0:
			return `A text may not hold the NUL character (\u0000).`
		case code >= 0xD800 && code < 0xDC00 && lowFollows(literal[i+1:]):
			i += 6
		case code >= 0xD800 && code < 0xE000:
			return "A text holds half of a surrogate pair."
		}
	}
	return ""
}

// lowFollows says whether a text begins with the second half of a pair.
func lowFollows(rest []byte) bool {
	if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
		return false
	}
	code := hex4(rest[2:])
	return code >= 0xDC00 && code < 0xE000
}

func hex4(b []byte) uint64 {
	n, _ := strconv.ParseUint(string(b[:4]), 16, 32) // known to be four digits
	return n
}

// numberProblem says why a number is not taken. Empty if it is.
func numberProblem(literal []byte) string {
	mantissa, power := literal, []byte("0")
	if i := bytes.IndexAny(literal, "eE"); i >= 0 {
		mantissa, power = literal[:i], literal[i+1:]
	}
	p, err := strconv.Atoi(string(power))
	if err != nil || p > maxPower || p < -maxPower || len(mantissa) > maxDigits {
		return "A number is out of the range that can be kept."
	}
	return ""
}

// unquote is the string that a literal stands for.
func unquote(literal []byte) string {
	if bytes.IndexByte(literal, '\\') < 0 {
		return string(literal[1 : len(literal)-1])
	}
	var s string
	_ = json.Unmarshal(literal, &s) // known to be a string
	return s
}

// member is one member of an object.
type member struct {
	name  string
	value json.RawMessage
}

// members are those of an object, in their order and with their names to the
// letter; false if it is no object.
func members(raw json.RawMessage) ([]member, bool) {
	if len(raw) == 0 || raw[0] != '{' {
		return nil, false
	}
	list := []member{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	_, err := dec.Token()
	for err == nil && dec.More() {
		var m member
		var name json.Token
		if name, err = dec.Token(); err == nil {
			m.name, _ = name.(string)
			err = dec.Decode(&m.value)
		}
		list = append(list, m)
	}
	return list, err == nil
}

// objectOf is members by name.
func objectOf(raw json.RawMessage) (map[string]json.RawMessage, bool) {
	list, ok := members(raw)
	m := make(map[string]json.RawMessage, len(list))
	for _, each := range list {
		m[each.name] = each.value
	}
	return m, ok
}

// elements are those of an array; false if it is none.
func elements(raw json.RawMessage) ([]json.RawMessage, bool) {
	list := []json.RawMessage{}
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &list) != nil {
		return nil, false
	}
	return list, true
}

// textOf is the string that a value is; false if it is none.
func textOf(raw json.RawMessage) (string, bool) {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }
