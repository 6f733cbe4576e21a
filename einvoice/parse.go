package einvoice

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth  = 64
	maxTokens = 2_000_000
)

// keptAttrs are the attributes that the readers ask for.
var keptAttrs = []string{"currencyID", "unitCode", "schemeID", "format", "listID", "mimeCode"}

// scanner walks the tokens of a document once. It counts before it keeps, so
// that a hostile document costs no more than the part read until its refusal.
type scanner struct {
	dec      *xml.Decoder
	prefixes map[string]string
	tokens   int
	depth    int
	root     *xml.StartElement // nil until it was met

	syntax *syntax // nil for a format that cannot be read
	top    *node   // the tree, of known formats only
	cur    *node   // the element being filled
	last   []*node // last child so far of each open element kept
	counts []map[string]*int32
	skip   int      // number of open elements that are not kept
	around int      // elements of an envelope around the document: 0 or 1
	text   [][]byte // character data of each open element kept
	names  map[xml.Name]string

	// replaced is set when the text itself holds the replacement character.
	// Otherwise the decoder made it out of half a character (&#xD800;).
	replaced bool
}

func newScanner(text []byte) *scanner {
	dec := xml.NewDecoder(bytes.NewReader(text))
	// The text has been decoded already, whatever its declaration says.
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return &scanner{
		dec: dec, prefixes: prefixes(), names: map[xml.Name]string{},
		replaced: bytes.ContainsRune(text, utf8.RuneError),
	}
}

// detect reads up to the root element.
func detect(text []byte) (*syntax, error) {
	s := newScanner(text)
	for s.root == nil {
		if done, err := s.step(); err != nil {
			return nil, err
		} else if done {
			return nil, s.nothing()
		}
	}
	if s.syntax == nil {
		return nil, unknown(s.root.Name)
	}
	return s.syntax, nil
}

// parse reads the whole document into a tree. An unknown format is read to its
// end too, to tell a sound document of another kind from a damaged one.
func parse(text []byte) (*syntax, *node, error) {
	s := newScanner(text)
	for {
		done, err := s.step()
		if err != nil {
			return nil, nil, err
		}
		if done {
			break
		}
	}
	switch {
	case s.root == nil:
		return nil, nil, s.nothing()
	case s.syntax == nil:
		return nil, nil, unknown(s.root.Name)
	}
	return s.syntax, s.top, nil
}

// nothing says that there is no document.
func (s *scanner) nothing() *Error {
	if s.around > 0 {
		return refuse(CodeUnknownFormat, "The file is an envelope (SBD) with no document in it.")
	}
	return refuse(CodeNotXML, "The file holds no XML element.")
}

// step takes one token and reports whether the document has ended.
func (s *scanner) step() (bool, error) {
	tok, err := s.dec.Token()
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	if err != nil {
		return false, s.malformed(err)
	}
	if s.tokens++; s.tokens > maxTokens {
		return false, s.refuse(CodeTooManyTokens, "The document has more than two million parts.")
	}
	switch t := tok.(type) {
	case xml.StartElement:
		return false, s.start(t)
	case xml.EndElement:
		s.end()
	case xml.CharData:
		return false, s.chars(t)
	case xml.Directive:
		return false, s.refuse(CodeDoctype, "The document has a document type declaration (DOCTYPE). Electronic invoices have none, and it can be used for attacks.")
	case xml.ProcInst:
		return false, s.instruction(t)
	}
	return false, nil
}

func (s *scanner) start(t xml.StartElement) error {
	if s.depth++; s.depth > maxDepth {
		return s.refuse(CodeTooDeep, "The elements are nested more than %d levels deep.", maxDepth)
	}
	if err := s.attributes(t.Attr); err != nil {
		return err
	}
	if s.enveloped(t.Name) {
		return nil
	}
	if s.depth == 1+s.around && s.skip == 0 {
		if s.root != nil {
			return s.refuse(CodeTrailingContent, "A second document follows the first.")
		}
		s.root = &xml.StartElement{Name: t.Name}
		if s.syntax = find(t.Name); s.syntax != nil && s.syntax.unqualified {
			s.prefixes[""] = s.syntax.bare
		}
	}
	if s.syntax == nil || s.skip > 0 {
		s.skip++
		return nil
	}
	name := s.name(t.Name)
	if name == "" {
		s.skip++
		return nil
	}
	s.open(name, t.Attr)
	return nil
}

// enveloped passes over the envelope of Peppol (SBD) and its header: the document is
// the element beside the header, and reads as it would alone.
func (s *scanner) enveloped(name xml.Name) bool {
	switch {
	case name.Space != spaceSBD || s.skip > 0:
		return false
	case s.depth == 1 && s.root == nil && name.Local == "StandardBusinessDocument":
		s.around = 1
		return true
	case s.around == 1 && s.depth == 2 && name.Local == "StandardBusinessDocumentHeader":
		s.skip++
		return true
	}
	return false
}

// attributes refuses an attribute that is given twice: XML forbids it, but the
// decoder lets it pass, and two readers could then see two values.
func (s *scanner) attributes(attrs []xml.Attr) error {
	var seen map[xml.Name]bool
	if len(attrs) > 1 {
		seen = make(map[xml.Name]bool, len(attrs))
	}
	for _, a := range attrs {
		if err := s.halfCharacter([]byte(a.Value)); err != nil {
			return err
		}
		if seen[a.Name] {
			return s.refuse(CodeMalformed, "An element has the attribute %s twice.", quoted(a.Name.Local))
		}
		if seen != nil {
			seen[a.Name] = true
		}
	}
	return nil
}

// name gives the usual name of an element, or "" for one of another namespace.
func (s *scanner) name(n xml.Name) string {
	name, ok := s.names[n]
	if !ok {
		if prefix, ours := s.prefixes[n.Space]; ours {
			name = prefix + n.Local
		}
		s.names[n] = name
	}
	return name
}

// open adds an element to the tree and makes it the current one.
func (s *scanner) open(name string, attrs []xml.Attr) {
	line, _ := s.dec.InputPos()
	n := &node{name: name, parent: s.cur, line: int32(line), rank: 1}
	for _, a := range attrs {
		if a.Name.Space == "" && slices.Contains(keptAttrs, a.Name.Local) {
			n.attrs = append(n.attrs, attr{a.Name.Local, a.Value})
		}
	}
	if s.cur == nil {
		s.top = n
	} else {
		s.append(n)
	}
	s.cur = n
	s.last = append(s.last, nil)
	s.counts = append(s.counts, nil)
	s.text = append(s.text, nil)
}

// append links n behind the last child of the current element and numbers it.
func (s *scanner) append(n *node) {
	i := len(s.last) - 1
	if s.last[i] == nil {
		s.cur.first = n
	} else {
		s.last[i].next = n
	}
	s.last[i] = n
	if s.counts[i] == nil {
		s.counts[i] = map[string]*int32{}
	}
	count := s.counts[i][n.name]
	if count == nil {
		count = new(int32)
		s.counts[i][n.name] = count
	}
	*count++
	n.rank, n.of = *count, count
}

func (s *scanner) end() {
	s.depth--
	if s.skip > 0 {
		s.skip--
		return
	}
	if s.depth < s.around { // the envelope itself
		return
	}
	i := len(s.last) - 1
	s.cur.text = string(s.text[i])
	s.cur = s.cur.parent
	s.last, s.counts, s.text = s.last[:i], s.counts[:i], s.text[:i]
}

func (s *scanner) chars(t xml.CharData) error {
	if s.depth == 0 || s.depth == s.around {
		if len(bytes.TrimSpace(t)) > 0 {
			return s.refuse(CodeTrailingContent, "Something is written outside the XML document.")
		}
		return nil
	}
	if s.skip == 0 {
		i := len(s.text) - 1
		s.text[i] = append(s.text[i], t...)
	}
	return s.halfCharacter(t)
}

// halfCharacter refuses a character reference that stands for no character.
// The decoder would replace it, and so change a name silently.
func (s *scanner) halfCharacter(t []byte) error {
	if s.replaced || !bytes.ContainsRune(t, utf8.RuneError) {
		return nil
	}
	return s.refuse(CodeMalformed, "The document refers to a character that does not exist.")
}

// instruction refuses an XML declaration that is not at the start: it means
// that two documents were joined.
func (s *scanner) instruction(t xml.ProcInst) error {
	switch {
	case t.Target != "xml" || s.tokens == 1:
		return nil
	case s.root == nil && s.depth == 0 && s.tokens == 2:
		return nil // White space before the declaration is a common slip.
	case s.root != nil && s.depth == 0:
		return s.refuse(CodeTrailingContent, "A second document follows the first.")
	}
	return s.refuse(CodeMalformed, "An XML declaration stands in the middle of the document.")
}

// refuse builds an Error for the current line.
func (s *scanner) refuse(code, format string, args ...any) *Error {
	e := refuse(code, format, args...)
	e.Line, _ = s.dec.InputPos()
	return e
}

// malformed words the error of the decoder for a person.
func (s *scanner) malformed(err error) *Error {
	var syn *xml.SyntaxError
	if !errors.As(err, &syn) {
		return s.refuse(CodeMalformed, "The document is not valid XML 1.0.")
	}
	e := refuse(CodeMalformed, "The document is not valid XML.")
	e.Line = syn.Line
	switch {
	case s.root != nil && s.depth == 0:
		e.Code, e.Message = CodeTrailingContent, "Something that is not XML follows the document."
	case strings.Contains(syn.Msg, "unexpected EOF"):
		e.Message = "The file ends before the document is complete."
	case strings.Contains(syn.Msg, "entity"):
		e.Message = "The document uses an entity that XML does not define."
	case strings.Contains(syn.Msg, "closed by"):
		e.Message = "The document closes an element that is not the one open."
	case strings.Contains(syn.Msg, "illegal character code"):
		e.Message = "The document holds a control character that XML does not allow."
	}
	return e
}

// find returns the syntax of a root element, or nil.
func find(root xml.Name) *syntax {
	for _, s := range syntaxes() {
		if s.space == root.Space && s.root == root.Local {
			return &s
		}
	}
	return nil
}
