package bankfile

import (
	"bytes"
	"errors"
	"html"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// maxValue bounds the text of an element and a tag of OFX, in bytes.
const maxValue = 64 << 10

// ofxToken is a tag, or text between tags.
type ofxToken struct {
	name string // of a tag, in upper case
	end  bool   // whether it closes
	text string // decoded and trimmed
}

// ofxScanner takes OFX apart, in its SGML form (1.x), where the tags that close
// a value are left out, and in its XML form (2.x).
type ofxScanner struct {
	in      *input
	charmap *charmap.Charmap // for text that is not UTF-8
	line    int
	peeked  bool // whether the next '<' has been taken
	buf     []byte
}

// next gives a token; ok is false at the end of the file.
func (s *ofxScanner) next() (t ofxToken, ok bool, err error) {
	for {
		if !s.peeked {
			text, more, err := s.until('<')
			if err != nil {
				return t, false, err
			}
			s.peeked = more
			if text = strings.TrimSpace(html.UnescapeString(text)); text != "" {
				return ofxToken{text: text}, true, nil
			}
			if !more {
				return t, false, nil
			}
		}
		s.peeked = false
		tag, more, err := s.until('>')
		if err != nil {
			return t, false, err
		}
		if !more {
			return t, false, at(s.line, "", Malformed, "The file ends inside a tag.")
		}
		if t, ok, err = s.tag(tag); ok || err != nil {
			return t, ok, err
		}
	}
}

// tag reads what stands between < and >. It gives no token for comments and
// processing instructions.
func (s *ofxScanner) tag(tag string) (t ofxToken, ok bool, err error) {
	switch {
	case strings.HasPrefix(tag, "![CDATA["):
		whole := []byte(strings.TrimPrefix(tag, "![CDATA["))
		for !bytes.HasSuffix(whole, []byte("]]")) {
			more, found, err := s.until('>')
			if err != nil {
				return t, false, err
			}
			whole = append(append(whole, '>'), more...)
			if !found || len(whole) > maxValue {
				return t, false, at(s.line, "", Malformed, "A CDATA section does not end.")
			}
		}
		text := strings.TrimSpace(strings.TrimSuffix(string(whole), "]]"))
		return ofxToken{text: text}, text != "", nil
	case strings.HasPrefix(tag, "!--"):
		for !strings.HasSuffix(tag, "--") {
			more, found, err := s.until('>')
			if err != nil {
				return t, false, err
			}
			if tag = more; !found {
				return t, false, at(s.line, "", Malformed, "A comment does not end.")
			}
		}
		return t, false, nil
	case strings.HasPrefix(tag, "!"):
		return t, false, at(s.line, "", Forbidden, "The file has a document type declaration. Bank files have none, and it can be used for attacks.")
	case strings.HasPrefix(tag, "?"):
		return t, false, nil
	}
	name, end := strings.CutPrefix(strings.TrimSpace(tag), "/")
	if name, _, _ = strings.Cut(strings.TrimSuffix(name, "/"), " "); name == "" {
		return t, false, at(s.line, "", Malformed, "A tag has no name.")
	}
	return ofxToken{name: strings.ToUpper(name), end: end}, true, nil
}

// until reads up to a byte, which it takes and does not give.
func (s *ofxScanner) until(stop byte) (text string, found bool, err error) {
	s.buf = s.buf[:0]
	for {
		b, err := s.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return s.decode(), false, nil
		}
		if err != nil {
			return "", false, err
		}
		if b == stop {
			return s.decode(), true, nil
		}
		if b == 0 {
			return "", false, at(s.line, "", BadEncoding, "The file contains zero bytes, which no text may hold.")
		}
		if b == '\n' {
			s.line++
		}
		if s.buf = append(s.buf, b); len(s.buf) > maxValue {
			return "", false, at(s.line, "", TooLarge, "A value is longer than %d bytes.", maxValue)
		}
	}
}

// decode turns text into UTF-8. Banks write UTF-8 whatever the header says, so
// only what is not UTF-8 is read as the header says.
func (s *ofxScanner) decode() string {
	if utf8.Valid(s.buf) {
		return string(s.buf)
	}
	text, err := s.charmap.NewDecoder().Bytes(s.buf)
	if err != nil {
		return strings.ToValidUTF8(string(s.buf), "\uFFFD")
	}
	return string(text)
}
