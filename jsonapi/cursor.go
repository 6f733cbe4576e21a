package jsonapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// Cursors makes and reads cursors: opaque, authenticated, and good only for the
// list they were made on. The position of a cursor can be read by whoever holds
// it: put nothing into it that the resource does not show. Key is a secret of 32
// random bytes.
type Cursors struct{ Key []byte }

const macSize = 16 // bytes of the HMAC that are kept

// cursorText is strict: each cursor has one spelling.
var cursorText = base64.RawURLEncoding.Strict()

// Encode makes the cursor of a position in a list. scope is everything that the
// list depends on: workspace, filters, sort. Query.Scope makes one.
func (c Cursors) Encode(scope string, position ...string) string {
	raw, _ := json.Marshal(position) // strings always marshal
	return cursorText.EncodeToString(append(c.mac(scope, raw), raw...))
}

// Decode reads the position out of a cursor of n values.
func (c Cursors) Decode(parameter, scope, cursor string, n int) ([]string, *Error) {
	invalid := Fault("INVALID_CURSOR", "The cursor is damaged, or belongs to another list.").In(parameter)
	raw, err := cursorText.DecodeString(cursor)
	if err != nil || strings.ContainsAny(cursor, "\r\n") || len(raw) < macSize {
		return nil, invalid
	}
	var position []string
	mac, raw := raw[:macSize], raw[macSize:]
	if !hmac.Equal(mac, c.mac(scope, raw)) || json.Unmarshal(raw, &position) != nil || len(position) != n {
		return nil, invalid
	}
	return position, nil
}

// mac authenticates a position within a scope, whose hash has a fixed length.
func (c Cursors) mac(scope string, raw []byte) []byte {
	if len(c.Key) == 0 {
		panic("jsonapi: the cursors have no key")
	}
	sum := sha256.Sum256([]byte(scope))
	h := hmac.New(sha256.New, c.Key)
	h.Write(sum[:])
	h.Write(raw)
	return h.Sum(nil)[:macSize]
}

// Scope tells this list from every other: its sort, its filters, and what else
// the caller names, such as workspace and path. The page size is no part of it.
func (q *Query) Scope(parts ...string) string {
	raw, _ := json.Marshal([]any{parts, q.Sort, q.Filters}) // a map is written in the order of its keys
	return string(raw)
}
