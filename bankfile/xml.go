package bankfile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

const (
	maxDepth = 64
	maxToken = 4 << 20 // bytes of one tag or text
)

// xmlReader takes the tokens of a document one by one and refuses what no
// honest bank file has.
type xmlReader struct {
	dec    *xml.Decoder
	ration *ration
	tokens int
	depth  int  // elements open
	root   bool // whether the root element was met
}

// ration bounds what one token may take from a file, as the decoder keeps a
// token whole.
type ration struct {
	r    io.Reader
	left int
}

func (q *ration) Read(p []byte) (int, error) {
	if q.left <= 0 {
		return 0, refuse(TooLarge, "One element of the file is larger than 4 MiB.")
	}
	n, err := q.r.Read(p)
	q.left -= n
	return n, err
}

func newXMLReader(in *input) *xmlReader {
	q := &ration{r: in.Reader}
	x := &xmlReader{dec: xml.NewDecoder(q), ration: q}
	x.dec.CharsetReader = func(name string, r io.Reader) (io.Reader, error) {
		if in.utf16 {
			return r, nil // Decoded already, by its byte order mark.
		}
		if cm := charmapOf(name); cm != nil {
			return cm.NewDecoder().Reader(r), nil
		}
		switch strings.ToLower(name) {
		case "utf8", "us-ascii", "ascii":
			return r, nil
		}
		return nil, refuse(BadEncoding, "The file says it is encoded as %s, which is not supported.", quoted(name))
	}
	return x
}

// charmapOf finds a one-byte encoding by the names that XML and OFX give it.
func charmapOf(name string) *charmap.Charmap {
	return map[string]*charmap.Charmap{
		"iso-8859-1": charmap.ISO8859_1, "latin1": charmap.ISO8859_1, "8859-1": charmap.ISO8859_1,
		"iso-8859-2": charmap.ISO8859_2, "iso-8859-15": charmap.ISO8859_15, "latin-9": charmap.ISO8859_15,
		"windows-1250": charmap.Windows1250, "1250": charmap.Windows1250,
		"windows-1251": charmap.Windows1251, "1251": charmap.Windows1251,
		"windows-1252": charmap.Windows1252, "cp1252": charmap.Windows1252, "1252": charmap.Windows1252,
	}[strings.ToLower(name)]
}

// line is that of the last token.
func (x *xmlReader) line() int {
	line, _ := x.dec.InputPos()
	return line
}

// next takes a start, an end or a text. It gives nil at the end of a whole document.
func (x *xmlReader) next() (xml.Token, error) {
	for {
		x.ration.left = maxToken
		tok, err := x.dec.Token()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, x.malformed(err)
		}
		x.tokens++
		switch t := tok.(type) {
		case xml.StartElement:
			return t, x.start(t)
		case xml.EndElement:
			x.depth--
			return t, nil
		case xml.CharData:
			if x.depth > 0 {
				return t, nil
			}
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, at(x.line(), "", Malformed, "Something is written outside the XML document.")
			}
		case xml.Directive:
			return nil, at(x.line(), "", Forbidden, "The document has a document type declaration (DOCTYPE). Bank files have none, and it can be used for attacks.")
		case xml.ProcInst:
			if t.Target == "xml" && x.tokens > 2 {
				return nil, at(x.line(), "", Malformed, "An XML declaration stands in the middle: two documents were joined.")
			}
		}
	}
}

// start counts an element and refuses what the decoder lets pass: a second
// document, and an attribute given twice, of which two readers could see two
// values.
func (x *xmlReader) start(t xml.StartElement) error {
	if x.depth++; x.depth > maxDepth {
		return at(x.line(), "", Forbidden, "The elements are nested more than %d levels deep.", maxDepth)
	}
	if x.depth == 1 && x.root {
		return at(x.line(), "", Malformed, "A second document follows the first.")
	}
	x.root = true
	if len(t.Attr) < 2 {
		return nil
	}
	seen := make(map[xml.Name]bool, len(t.Attr))
	for _, a := range t.Attr {
		if seen[a.Name] {
			return at(x.line(), t.Name.Local, Malformed, "An element has the attribute %s twice.", quoted(a.Name.Local))
		}
		seen[a.Name] = true
	}
	return nil
}

// skip reads to the end of the element that has just begun.
func (x *xmlReader) skip() error {
	for depth := x.depth - 1; x.depth > depth; {
		if tok, err := x.next(); err != nil {
			return err
		} else if tok == nil {
			return at(x.line(), "", Malformed, "The file ends before the document is complete.")
		}
	}
	return nil
}

// malformed words the error of the decoder for a person.
func (x *xmlReader) malformed(err error) error {
	var own *Error
	if errors.As(err, &own) {
		if own.Line == 0 {
			own.Line = x.line()
		}
		return own
	}
	var syn *xml.SyntaxError
	if !errors.As(err, &syn) {
		if strings.HasPrefix(err.Error(), "xml: ") {
			return at(x.line(), "", Malformed, "The document is not valid XML 1.0.")
		}
		return err // The reader's own.
	}
	code, message := Malformed, "The document is not valid XML."
	switch {
	case strings.Contains(syn.Msg, "UTF-8"):
		code, message = BadEncoding, "The text is not valid UTF-8 and the file declares no other encoding."
	case strings.Contains(syn.Msg, "unexpected EOF"):
		message = "The file ends before the document is complete."
	case strings.Contains(syn.Msg, "entity"):
		message = "The document uses an entity that XML does not define."
	case strings.Contains(syn.Msg, "closed by"):
		message = "The document closes an element that is not the one open."
	case strings.Contains(syn.Msg, "illegal character code"):
		message = "The document holds a control character that XML does not allow."
	case x.root && x.depth == 0:
		message = "Something that is not XML follows the document."
	}
	return at(syn.Line, "", code, "%s", message)
}
