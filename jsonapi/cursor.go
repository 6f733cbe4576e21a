package jsonapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// Cursors makes and reads cursors: opaque, authenticated, and good only for the
// list they were made on.
type Cursors struct{ Key []byte }

const macSize = 16 // bytes of the HMAC that are kept

// Encode makes the cursor of a position in a list. scope is everything that the
// list depends on: workspace, filters, sort.
func (c Cursors) Encode(scope string, position ...string) string {
	raw, err := json.Marshal(position)
	if err != nil {
		panic(err) // strings always marshal
	}
	return base64.RawURLEncoding.EncodeToString(append(c.mac(scope, raw), raw...))
}

// Decode reads the position out of a cursor of n values.
func (c Cursors) Decode(parameter, scope, cursor string, n int) ([]string, *Error) {
	invalid := Fault("INVALID_CURSOR", "The cursor is damaged, or belongs to another list.").In(parameter)
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < macSize || !hmac.Equal(raw[:macSize], c.mac(scope, raw[macSize:])) {
		return nil, invalid
	}
	var position []string
	if json.Unmarshal(raw[macSize:], &position) != nil || len(position) != n {
		return nil, invalid
	}
	return position, nil
}

func (c Cursors) mac(scope string, raw []byte) []byte {
	h := hmac.New(sha256.New, c.Key)
	h.Write([]byte(scope))
	h.Write([]byte{0})
	h.Write(raw)
	return h.Sum(nil)[:macSize]
}
