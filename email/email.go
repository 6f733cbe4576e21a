// Package email takes a message apart into its files.
//
// It reads a message of RFC 5322 with the parts of MIME (RFC 2045 to 2047, 2183, 2231)
// and gives its head and what is attached: files, what other messages within it carry,
// and images that are no decoration of the text. It follows nothing and runs nothing;
// how deep, how many and how large is bounded, and what cannot be read is named.
package email

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"path"
	"strings"
	"time"

	"golang.org/x/text/encoding/htmlindex"
)

// Bounds of a message.
const (
	MaxMessage = 50 << 20 // bytes of a whole message
	maxDepth   = 8        // of parts and messages within each other
	maxParts   = 500
	maxDecoded = 100 << 20 // bytes of all attachments together
	maxText    = 1000      // characters of a field of the head
)

// Codes of an *Error and of a [Refused].
const (
	CodeNotEmail  = "not_an_email"     // there is no head of a message
	CodeTooDeep   = "too_deep"         // parts are nested too deeply
	CodeTooMany   = "too_many_parts"   // there are too many
	CodeTooLarge  = "too_large"        // the message or what it holds is
	CodeMalformed = "malformed"        // a part is cut off or wrongly encoded
	CodeWinmail   = "winmail"          // a winmail.dat (TNEF), which only its maker's programs read
	CodeEncrypted = "encrypted"        // S/MIME or PGP
	CodeExternal  = "external_body"    // the content lies elsewhere, and is not fetched
	CodeEncoding  = "unknown_encoding" // of the content, none of RFC 2045
)

// Error says why a message was refused as a whole.
type Error struct{ Code, Message string }

// Error gives the message.
func (e *Error) Error() string { return e.Message }

func refuse(code, format string, args ...any) *Error {
	return &Error{code, fmt.Sprintf(format, args...)}
}

// Message is a message and what it carries.
type Message struct {
	ID          string // Message-ID without its brackets; may be empty
	From        string // address, lower case; empty where there is none that can be read
	FromName    string
	Subject     string
	Sent        time.Time    // zero where there is no date that can be read
	Attachments []Attachment // files; or the text itself, as HTML, where that alone may be a bill
	Refused     []Refused
}

// Attachment is one file.
type Attachment struct {
	Name    string // without a path; "unnamed" where the message has none
	Type    string // media type as the message claims it
	Content []byte
}

// Refused is a part that was not taken.
type Refused struct {
	Name    string `json:"name"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Parse reads a message. Its error is an *Error. A part that cannot be read is among
// the refused; the others are taken all the same.
func Parse(content []byte) (*Message, error) {
	if len(content) > MaxMessage {
		return nil, refuse(CodeTooLarge, "The message has more than %d MiB.", MaxMessage>>20)
	}
	m := &Message{}
	w := &walk{message: m, left: maxDecoded}
	raw, err := mail.ReadMessage(bufio.NewReader(bytes.NewReader(content)))
	if err != nil || !looksLikeHead(raw.Header) {
		return nil, refuse(CodeNotEmail, "The file is no e-mail: it has no head with a sender, a date or a subject.")
	}
	m.head(raw.Header)
	if err := w.part(textproto.MIMEHeader(raw.Header), raw.Body, 0); err != nil {
		return nil, err
	}
	w.bill()
	return m, nil
}

// Begins reports whether a file begins as a message does: with the fields of a head,
// one of them a message's own. head are its first bytes.
func Begins(head []byte) bool {
	whole, _, ended := bytes.Cut(bytes.ReplaceAll(head, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	if !ended { // the last line may be cut off
		whole = whole[:bytes.LastIndexByte(whole, '\n')+1]
	}
	raw, err := mail.ReadMessage(bytes.NewReader(append(bytes.Clone(whole), "\n\n"...)))
	return err == nil && looksLikeHead(raw.Header) && (raw.Header.Get("From") != "" || raw.Header.Get("Received") != "")
}

func looksLikeHead(h mail.Header) bool {
	for _, name := range []string{"From", "Date", "Subject", "Message-Id", "Received"} {
		if h.Get(name) != "" {
			return true
		}
	}
	return false
}

func (m *Message) head(h mail.Header) {
	m.ID = bounded(strings.Trim(strings.TrimSpace(h.Get("Message-Id")), "<>"))
	m.Subject = bounded(words(h.Get("Subject")))
	parser := mail.AddressParser{WordDecoder: decoder()}
	if list, err := parser.ParseList(h.Get("From")); err == nil && len(list) > 0 {
		m.From, m.FromName = bounded(strings.ToLower(list[0].Address)), bounded(list[0].Name)
	}
	if sent, err := mail.ParseDate(h.Get("Date")); err == nil && sent.Year() > 1970 && sent.Year() < 2200 {
		m.Sent = sent.UTC()
	}
}

// walk goes through the parts of a message.
type walk struct {
	message *Message
	parts   int
	left    int64  // bytes that may still be decoded
	page    []byte // the message as an HTML page, in UTF-8, where it comes as one
}

// part reads one part: a container of others, a message, or a file.
func (w *walk) part(h textproto.MIMEHeader, body io.Reader, depth int) error {
	if w.parts++; w.parts > maxParts {
		return refuse(CodeTooMany, "The message has more than %d parts.", maxParts)
	}
	if depth > maxDepth {
		return refuse(CodeTooDeep, "The parts of the message are nested more than %d deep.", maxDepth)
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil && kind == "" {
		kind = "text/plain" // RFC 2045, 5.2
	}
	name := nameOf(h, params)
	switch {
	case strings.HasPrefix(kind, "multipart/encrypted"), kind == "application/pkcs7-mime" && params["smime-type"] != "signed-data", kind == "application/x-pkcs7-mime" && params["smime-type"] == "enveloped-data":
		w.refused(name, CodeEncrypted, "It is encrypted.")
		return nil
	case strings.HasPrefix(kind, "multipart/") && params["boundary"] != "":
		return w.container(body, params["boundary"], depth)
	case kind == "message/external-body":
		w.refused(name, CodeExternal, "Its content lies elsewhere and is not fetched.")
		return nil
	case kind == "application/ms-tnef" || strings.EqualFold(name, "winmail.dat"):
		w.refused(name, CodeWinmail, "It is a winmail.dat, which holds attachments in a form of its own.")
		return nil
	case kind == "message/rfc822":
		return w.inner(h, body, name, depth)
	case !attached(h, kind, name):
		if kind == "text/html" && w.page == nil {
			return w.keepPage(h, body, params["charset"])
		}
		return nil
	}
	return w.file(h, body, kind, name)
}

func (w *walk) container(body io.Reader, boundary string, depth int) error {
	parts := multipart.NewReader(body, boundary)
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			w.refused("", CodeMalformed, "The message breaks off, or its parts are not closed.")
			return nil
		}
		if err := w.part(p.Header, p, depth+1); err != nil {
			return err
		}
	}
}

// inner reads a message that is attached to this one: its attachments are taken as
// this one's.
func (w *walk) inner(h textproto.MIMEHeader, body io.Reader, name string, depth int) error {
	content, ok, err := w.decoded(h, body, name)
	if err != nil || !ok {
		return err
	}
	raw, err := mail.ReadMessage(bufio.NewReader(bytes.NewReader(content)))
	if err != nil {
		w.refused(name, CodeMalformed, "It is no message that can be read.")
		return nil
	}
	return w.part(textproto.MIMEHeader(raw.Header), raw.Body, depth+1)
}

func (w *walk) file(h textproto.MIMEHeader, body io.Reader, kind, name string) error {
	content, ok, err := w.decoded(h, body, name)
	if err != nil || !ok || len(content) == 0 {
		return err
	}
	if name == "" {
		name = "unnamed"
	}
	w.message.Attachments = append(w.message.Attachments, Attachment{Name: name, Type: kind, Content: content})
	return nil
}

// decoded undoes the encoding of a content; ok is false where it was refused.
func (w *walk) decoded(h textproto.MIMEHeader, body io.Reader, name string) (content []byte, ok bool, err error) {
	switch encoding := strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))); encoding {
	case "", "7bit", "8bit", "binary":
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, &lenient{r: bufio.NewReader(body)})
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	default:
		w.refused(name, CodeEncoding, "Its encoding is not known.")
		return nil, false, nil
	}
	content, err = io.ReadAll(io.LimitReader(body, w.left+1))
	if w.left -= int64(len(content)); w.left < 0 {
		return nil, false, refuse(CodeTooLarge, "What the message carries has more than %d MiB.", maxDecoded>>20)
	}
	if err != nil {
		w.refused(name, CodeMalformed, "It is cut off or wrongly encoded.")
		return nil, false, nil
	}
	return content, true, nil
}

func (w *walk) refused(name, code, message string) {
	if name == "" {
		name = "unnamed"
	}
	w.message.Refused = append(w.message.Refused, Refused{name, code, message})
}

// attached tells a file from the text of the message and what decorates it.
func attached(h textproto.MIMEHeader, kind, name string) bool {
	disposition, _, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	switch {
	case disposition == "attachment":
		return true
	case strings.HasPrefix(kind, "image/"):
		return h.Get("Content-Id") == "" // a picture that the text shows has an id
	case kind == "text/plain" || kind == "text/html" || kind == "text/calendar":
		return name != ""
	case strings.HasSuffix(kind, "-signature"):
		return false
	}
	return true
}

// nameOf is the name of a file, without a path and what no name should hold.
func nameOf(h textproto.MIMEHeader, params map[string]string) string {
	_, disposition, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	name := disposition["filename"]
	if name == "" {
		name = params["name"]
	}
	name = bounded(words(name))
	if name = path.Base(strings.ReplaceAll(name, `\`, "/")); name == "." || name == "/" {
		return ""
	}
	return name
}

// decoder decodes words of RFC 2047 in every charset that browsers know.
func decoder() *mime.WordDecoder {
	return &mime.WordDecoder{CharsetReader: func(charset string, in io.Reader) (io.Reader, error) {
		known, err := htmlindex.Get(charset)
		if err != nil {
			return nil, err
		}
		return known.NewDecoder().Reader(in), nil
	}}
}

func words(s string) string {
	if decoded, err := decoder().DecodeHeader(s); err == nil {
		return decoded
	}
	return s
}

// bounded makes one line of a text that may hold anything.
func bounded(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	runes := []rune(strings.TrimSpace(s))
	return string(runes[:min(len(runes), maxText)])
}

// lenient drops what stands between the signs of base64, as RFC 2045 asks.
type lenient struct{ r *bufio.Reader }

func (l *lenient) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c, err := l.r.ReadByte()
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=' {
			p[n] = c
			n++
		}
	}
	return n, nil
}
