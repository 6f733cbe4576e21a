package jsonapi

import (
	"bytes"
	"encoding/json"
)

// object writes a JSON object member by member, in the order of the calls.
type object struct {
	buf bytes.Buffer
	err error
}

func (o *object) add(name string, value any) {
	raw, err := marshal(value)
	o.addRaw(name, raw, err)
}

// addMap adds a map that is not empty.
func (o *object) addMap(name string, m map[string]any) {
	if len(m) > 0 {
		o.add(name, m)
	}
}

func (o *object) addObject(name string, inner object) {
	raw, err := inner.bytes()
	o.addRaw(name, raw, err)
}

func (o *object) addRaw(name string, raw []byte, err error) {
	if err != nil && o.err == nil {
		o.err = err
	}
	if o.buf.Len() > 0 {
		o.buf.WriteByte(',')
	}
	key, _ := marshal(name) // a string always marshals
	o.buf.Write(key)
	o.buf.WriteByte(':')
	o.buf.Write(raw)
}

func (o *object) bytes() ([]byte, error) {
	return append(append([]byte{'{'}, o.buf.Bytes()...), '}'), o.err
}

// marshal is json.Marshal without the escapes that only HTML needs.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}
