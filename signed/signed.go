// Package signed opens signed envelopes (PKCS #7, CAdES; .p7m files).
//
// It takes out what was signed and leaves the signature alone: that a document was
// signed says who sent it, not what it states, and which certificates to trust is
// the workspace's question. Envelopes come in DER, in BER with lengths left open and
// contents in pieces, in base64 and as PEM. See RFC 5652, section 5, and X.690.
//
// It is not left to a library because those at hand turn BER into DER first, by a
// recursion that a hostile file drives as deep as it is long.
package signed

import (
	"bytes"
	"encoding/base64"
	"errors"
)

// ErrNone says that a content is no signed envelope, or that nothing readable lies in it.
var ErrNone = errors.New("not a signed envelope")

// Tags of ASN.1 that an envelope is made of.
const (
	tagOctets      = 0x04
	tagObject      = 0x06
	tagSequence    = 0x30
	tagOctetPieces = 0x24
	tagExplicit    = 0xa0
)

// maxDepth bounds open lengths within each other; certificates need about ten.
const maxDepth = 32

// signedData and data are the object identifiers of RFC 5652, without their tag.
var (
	signedData = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}
	data       = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01}
)

// Open returns what lies in a signed envelope: the content itself, in one piece.
func Open(content []byte) ([]byte, error) {
	if len(content) == 0 {
		return nil, ErrNone
	}
	if content[0] != tagSequence {
		var ok bool
		if content, ok = fromBase64(content); !ok {
			return nil, ErrNone
		}
	}
	inner, ok := signedContent(content)
	if !ok || len(inner) == 0 {
		return nil, ErrNone
	}
	return inner, nil
}

// fromBase64 decodes an envelope in base64, with or without the lines of PEM.
func fromBase64(content []byte) ([]byte, bool) {
	text := bytes.TrimSpace(content)
	if bytes.HasPrefix(text, []byte("-----BEGIN ")) {
		_, rest, _ := bytes.Cut(text, []byte("\n"))
		text, _, _ = bytes.Cut(rest, []byte("-----END "))
	} else if !bytes.HasPrefix(text, []byte("MI")) {
		return nil, false // a sequence of some length begins so
	}
	text = bytes.Join(bytes.Fields(text), nil)
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, text)
	return out[:n], err == nil && n > 0 && out[0] == tagSequence
}

// signedContent walks ContentInfo, SignedData and EncapsulatedContentInfo down to
// the octets.
func signedContent(der []byte) ([]byte, bool) {
	outer, _, ok := take(der, tagSequence)
	if !ok {
		return nil, false
	}
	object, rest, ok := take(outer, tagObject)
	if !ok || !bytes.Equal(object, signedData) {
		return nil, false
	}
	explicit, _, ok := take(rest, tagExplicit)
	if !ok {
		return nil, false
	}
	body, _, ok := take(explicit, tagSequence)
	if !ok {
		return nil, false
	}
	for range 2 { // the version and the digest algorithms
		e, ok := next(body, 0)
		if !ok {
			return nil, false
		}
		body = e.rest
	}
	inside, _, ok := take(body, tagSequence)
	if !ok {
		return nil, false
	}
	object, rest, ok = take(inside, tagObject)
	if !ok || !bytes.Equal(object, data) {
		return nil, false
	}
	if explicit, _, ok = take(rest, tagExplicit); !ok {
		return nil, false // the content lies elsewhere: a detached signature
	}
	return octets(explicit)
}

// octets joins a string of octets that may come in pieces.
func octets(b []byte) ([]byte, bool) {
	e, ok := next(b, 0)
	if !ok {
		return nil, false
	}
	if e.tag == tagOctets {
		return e.body, true
	}
	if e.tag != tagOctetPieces {
		return nil, false
	}
	var whole []byte
	for body := e.body; len(body) > 0; {
		piece, ok := next(body, 0)
		if !ok || piece.tag != tagOctets {
			return nil, false
		}
		whole, body = append(whole, piece.body...), piece.rest
	}
	return whole, true
}

// take returns the body of the element at the start of b, which must have the tag,
// and what follows it.
func take(b []byte, tag byte) (body, rest []byte, ok bool) {
	e, ok := next(b, 0)
	return e.body, e.rest, ok && e.tag == tag
}

// element is one element of BER and what follows it.
type element struct {
	tag        byte
	body, rest []byte
}

// next reads the element at the start of b. Tags of several bytes occur in no envelope.
func next(b []byte, depth int) (element, bool) {
	if len(b) < 2 || b[0]&0x1f == 0x1f || depth > maxDepth {
		return element{}, false
	}
	tag, size, head := b[0], int(b[1]), 2
	switch {
	case size == 0x80:
		return open(tag, b[2:], depth)
	case size > 0x84:
		return element{}, false
	case size > 0x80:
		count := size & 0x7f
		if len(b) < head+count {
			return element{}, false
		}
		size = 0
		for _, c := range b[head : head+count] {
			size = size<<8 | int(c)
		}
		head += count
	}
	if size > len(b)-head {
		return element{}, false
	}
	return element{tag, b[head : head+size], b[head+size:]}, true
}

// open reads an element whose length is left open: it ends with two zero bytes.
func open(tag byte, b []byte, depth int) (element, bool) {
	if tag&0x20 == 0 {
		return element{}, false
	}
	rest := b
	for {
		if len(rest) >= 2 && rest[0] == 0 && rest[1] == 0 {
			return element{tag, b[:len(b)-len(rest)], rest[2:]}, true
		}
		e, ok := next(rest, depth+1)
		if !ok {
			return element{}, false
		}
		rest = e.rest
	}
}
