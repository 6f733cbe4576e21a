package einvoice

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/enrichd/enrichd/filetype"
)

// maxBytes bounds the size of a document. The largest invoices seen carry their
// attachments with them and still stay well below.
const maxBytes = 10 << 20

// declaredEncoding finds the encoding in an XML declaration.
var declaredEncoding = regexp.MustCompile(`^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]*)["']`)

// decode turns a document into UTF-8 text without a byte order mark and refuses
// what is not XML text at first sight.
func decode(data []byte) ([]byte, error) {
	if len(data) > maxBytes {
		return nil, refuse(CodeTooLarge, "The file has more than 10 MiB, which is too large for an electronic invoice.")
	}
	if _, name := filetype.Of(data); name != "" {
		return nil, refuse(CodeNotXML, "The file is %s, not XML.", name)
	}
	text, err := toUTF8(data)
	if err != nil {
		return nil, err
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, refuse(CodeBadEncoding, "The file contains zero bytes, which no XML text may hold.")
	}
	return text, opening(text)
}

// toUTF8 decodes by byte order mark, else by declaration, else as UTF-8.
func toUTF8(data []byte) ([]byte, error) {
	switch {
	case filetype.HasAnyPrefix(data, "\xff\xfe\x00\x00", "\x00\x00\xfe\xff"):
		return nil, refuse(CodeBadEncoding, "The text is encoded as UTF-32, which is not supported.")
	case filetype.HasAnyPrefix(data, "\xff\xfe"):
		return fromUTF16(data[2:], binary.LittleEndian)
	case filetype.HasAnyPrefix(data, "\xfe\xff"):
		return fromUTF16(data[2:], binary.BigEndian)
	case filetype.HasAnyPrefix(data, "<\x00", "\x00<"):
		return nil, refuse(CodeBadEncoding, "The text looks like UTF-16 but lacks the byte order mark that would say so.")
	case filetype.HasAnyPrefix(data, "\xef\xbb\xbf"):
		return validUTF8(data[3:])
	}
	return byDeclaration(data)
}

// byDeclaration decodes a document without a byte order mark.
func byDeclaration(data []byte) ([]byte, error) {
	m := declaredEncoding.FindSubmatch(data[:min(len(data), 1024)])
	if m == nil {
		return validUTF8(data)
	}
	single := map[string]*charmap.Charmap{
		"iso-8859-1": charmap.ISO8859_1, "latin1": charmap.ISO8859_1,
		"iso-8859-15": charmap.ISO8859_15, "latin-9": charmap.ISO8859_15,
		"windows-1252": charmap.Windows1252, "cp1252": charmap.Windows1252,
	}
	name := strings.ToLower(string(m[1]))
	switch cm := single[name]; {
	case cm != nil:
		return fromCharmap(data, cm)
	case name == "utf-8" || name == "utf8" || name == "us-ascii" || name == "ascii":
		return validUTF8(data)
	case strings.HasPrefix(name, "utf-16"):
		return nil, refuse(CodeBadEncoding, "The file says it is UTF-16 but is not.")
	}
	return nil, refuse(CodeBadEncoding, "The file says it is encoded as %s, which is not supported.", quoted(name))
}

func fromCharmap(data []byte, cm *charmap.Charmap) ([]byte, error) {
	text, err := cm.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, refuse(CodeBadEncoding, "The text is not in the encoding the file declares.")
	}
	return text, nil
}

func validUTF8(data []byte) ([]byte, error) {
	if !utf8.Valid(data) {
		return nil, refuse(CodeBadEncoding, "The text is not valid UTF-8 and the file declares no other encoding.")
	}
	return data, nil
}

// fromUTF16 is strict where the usual decoders are not: half a character is
// refused instead of being replaced, so that no name changes silently.
func fromUTF16(data []byte, order binary.ByteOrder) ([]byte, error) {
	broken := refuse(CodeBadEncoding, "The text is not valid UTF-16.")
	if len(data)%2 != 0 {
		return nil, broken
	}
	text := make([]byte, 0, len(data))
	for i := 0; i < len(data); i += 2 {
		r := rune(order.Uint16(data[i:]))
		if utf16.IsSurrogate(r) {
			if i+4 > len(data) {
				return nil, broken
			}
			i += 2
			if r = utf16.DecodeRune(r, rune(order.Uint16(data[i:]))); r == utf8.RuneError {
				return nil, broken
			}
		}
		text = utf8.AppendRune(text, r)
	}
	return text, nil
}

// opening refuses text that does not open as XML does. It tells a file that is
// no XML at all from XML with something written before it.
func opening(text []byte) error {
	body := bytes.TrimLeft(text, " \t\r\n")
	switch {
	case len(body) == 0:
		return refuse(CodeNotXML, "The file is empty.")
	case body[0] == '<':
		return nil
	case body[0] == '{' || body[0] == '[':
		return refuse(CodeNotXML, "The file looks like JSON, not XML.")
	case bytes.Contains(body, []byte("<?xml")) || bytes.Contains(body, []byte("</")):
		return refuse(CodeTrailingContent, "Something is written before the XML document begins.")
	}
	return refuse(CodeNotXML, "The file holds no XML.")
}
