package signed

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"testing"
)

// der writes one element with its length.
func der(tag byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	n := len(body)
	if n < 0x80 {
		return append([]byte{tag, byte(n)}, body...)
	}
	return append([]byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

// ber writes one element whose length is left open.
func ber(tag byte, parts ...[]byte) []byte {
	return append(append([]byte{tag, 0x80}, bytes.Join(parts, nil)...), 0, 0)
}

// envelope is a signed envelope, by either way to write an element.
func envelope(write func(byte, ...[]byte) []byte, content []byte) []byte {
	return write(tagSequence, der(tagObject, signedData), write(tagExplicit, write(tagSequence,
		der(0x02, []byte{1}), der(0x31, der(tagSequence)),
		write(tagSequence, der(tagObject, data), write(tagExplicit, content)),
		der(tagExplicit, []byte("certificates")), der(0x31))))
}

func TestOpen(t *testing.T) {
	text := bytes.Repeat([]byte("<Fattura/>"), 100)
	plain := envelope(der, der(tagOctets, text))
	pieces := envelope(ber, ber(tagOctetPieces, der(tagOctets, text[:400]), der(tagOctets, text[400:])))
	for name, content := range map[string][]byte{
		"DER":    plain,
		"BER":    pieces,
		"base64": []byte(base64.StdEncoding.EncodeToString(plain)),
		"PEM":    pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: plain}),
	} {
		if got, err := Open(content); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	deep := bytes.Repeat([]byte{tagSequence, 0x80}, 1<<20)
	for name, content := range map[string][]byte{
		"nothing":    nil,
		"XML":        []byte("<?xml version='1.0'?><a/>"),
		"a letter":   []byte("MI6 wrote"),
		"detached":   envelope(der, nil),
		"cut":        envelope(der, der(tagOctets, []byte("text")))[:30],
		"nested":     deep,
		"too long":   {tagSequence, 0x84, 0xff, 0xff, 0xff, 0xff, 1},
		"other data": der(tagSequence, der(tagObject, data), der(tagExplicit, der(tagOctets, []byte("x")))),
	} {
		if got, err := Open(content); !errors.Is(err, ErrNone) {
			t.Errorf("%s: opened, %q, %v", name, got, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(envelope(der, der(tagOctets, []byte("text"))))
	f.Add(envelope(ber, ber(tagOctetPieces, der(tagOctets, []byte("text")))))
	f.Fuzz(func(t *testing.T, content []byte) {
		if got, err := Open(content); err == nil && len(got) > len(content) {
			t.Fatalf("%d bytes out of %d", len(got), len(content))
		}
	})
}
