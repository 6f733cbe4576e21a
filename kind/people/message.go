package people

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html/charset"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/matching/entity"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sitefacts"
	"github.com/enrichd/enrichd/webpage"
)

// Limits of a message.
const (
	maxText  = 256 << 10 // bytes of text that are looked at
	maxParts = 50
	maxDepth = 5
)

// sender is a From line: a name, which may be missing, and an address.
type sender struct{ name, address, line string }

// message is what is read of one.
type message struct {
	document string // id
	from     sender
	lines    []string // of its text
}

// messagesOf reads messages that a person wrote, newest first, until a signature
// is found.
func (s *search) messagesOf(ctx context.Context, f *finding, only string) enrich.Answer {
	docs, err := s.kind.Records.Messages(ctx, s.task.WorkspaceID)
	if only != "" {
		var doc record.Document
		doc, err = s.kind.Records.Document(ctx, s.task.WorkspaceID, only)
		docs = []record.Document{doc}
	}
	if answer := missing(err, "message"); answer != nil {
		return answer
	}
	for _, doc := range docs {
		m, answer := s.read(ctx, doc)
		if answer != nil {
			return answer
		}
		if m == nil || !sameAddress(m.from.address, f.known.Email) {
			continue
		}
		f.takeMessage(*m)
		if f.values["job_title"].value != "" && f.values["phone"].value != "" {
			break
		}
	}
	return nil
}

func sameAddress(a, b string) bool {
	return a != "" && strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// samePerson reports whether two names are one person's beyond doubt.
func samePerson(a, b string) bool { return a != "" && b != "" && entity.PersonNames(a, b) > .9 }

// read reads a document as a message; nil for what is none.
func (s *search) read(ctx context.Context, doc record.Document) (*message, enrich.Answer) {
	content, err := s.kind.Blobs.Get(ctx, doc.Checksum, maxMessage)
	if err != nil {
		if ctx.Err() != nil {
			return nil, unreachable("The message could not be read from the store.", err)
		}
		return nil, nil
	}
	return parseMessage(doc.ID, content), nil
}

func parseMessage(id string, content []byte) *message {
	m, err := mail.ReadMessage(bytes.NewReader(content))
	if err != nil {
		return nil
	}
	line := m.Header.Get("From")
	parser := mail.AddressParser{WordDecoder: &mime.WordDecoder{CharsetReader: charset.NewReaderLabel}}
	from, err := parser.Parse(line)
	if err != nil {
		return nil
	}
	read := &message{document: id, from: sender{strings.TrimSpace(from.Name), strings.ToLower(from.Address), line}}
	parts := 0
	read.lines = textOf(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, 0, &parts)
	return read
}

// textOf finds the text of a message: its plain part, or the lines of its page.
func textOf(contentType, encoding string, body io.Reader, depth int, parts *int) []string {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if *parts++; *parts > maxParts || depth > maxDepth {
		return nil
	}
	if strings.HasPrefix(kind, "multipart/") {
		return textOfParts(multipart.NewReader(body, params["boundary"]), depth, parts)
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	raw, _ := io.ReadAll(io.LimitReader(body, maxText)) // a message that breaks off says what it said
	switch kind {
	case "text/plain":
		if decoded, err := charset.NewReaderLabel(or(params["charset"], "utf-8"), bytes.NewReader(raw)); err == nil {
			if text, err := io.ReadAll(decoded); err == nil {
				raw = text
			}
		}
		return strings.Split(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n")
	case "text/html":
		var lines []string
		for _, l := range webpage.Parse(raw, contentType, &url.URL{}).Lines {
			lines = append(lines, l.Text)
		}
		return lines
	}
	return nil
}

func textOfParts(r *multipart.Reader, depth int, parts *int) []string {
	var best []string
	for {
		part, err := r.NextRawPart()
		if err != nil {
			return best
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		lines := textOf(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part, depth+1, parts)
		if len(lines) > 0 && (best == nil || kind == "text/plain") {
			best = lines
			if kind == "text/plain" {
				return best
			}
		}
		if *parts > maxParts {
			return best
		}
	}
}

var (
	// quoted begins what somebody else wrote before.
	quoted = regexp.MustCompile(`(?i)^(?:>|-{2,}\s*(?:original|urspr|weitergeleitete|forwarded|message d'origine)|on .{5,120} wrote:$|am .{5,120} schrieb\b.*:$|le .{5,120} a écrit ?:$|(?:from|von|de): .+@|_{10,}$)`)
	// closing ends what is written, before the name.
	closing = regexp.MustCompile(`(?i)^(?:best|kind|warm|many|with best|with kind)?\s*(?:regards|wishes|greetings|thanks|cheers|sincerely|yours (?:sincerely|truly|faithfully))[ ,.!]*$|^(?:mit )?(?:freundlichen?|besten?|herzlichen?|lieben?|vielen|viele|schöne|beste|liebe|freundliche) (?:grüßen?|gruessen?|grüssen?|dank)[ ,.!]*$|^(?:bien )?cordialement[ ,.!]*$|^(?:salutations|amicalement|bien à vous|saludos|un saludo|cordiali saluti|saluti|met vriendelijke groet(?:en)?)[ ,.!]*$|^(?:mfg|vg|lg)[ ,.!]*$`)
)

// signature is the block below the text: behind "-- " (RFC 3676), or behind the
// closing words; of the author's own text alone.
func signature(lines []string) []string {
	for i, l := range lines {
		if quoted.MatchString(strings.TrimSpace(l)) {
			lines = lines[:i]
			break
		}
	}
	from := -1
	for i, l := range lines {
		if l == "-- " || l == "--" || closing.MatchString(strings.TrimSpace(l)) {
			from = i + 1
		}
	}
	if from < 0 || len(lines)-from > 20 {
		return nil
	}
	var block []string
	for _, l := range lines[from:] {
		if l = strings.TrimSpace(l); l != "" {
			block = append(block, l)
		}
	}
	return block
}

// fields reads a signature: the name that the From line gives, the job next to it,
// the telephone.
func (m *message) fields() (name, job, phone string, quotes map[string]string) {
	quotes = map[string]string{}
	if sitefacts.IsPersonName(turned(m.from.name)) {
		name, quotes["full_name"] = sitefacts.PlainName(turned(m.from.name)), m.from.line
	}
	block := signature(m.lines)
	for i, l := range block {
		own, rest, _ := strings.Cut(strings.NewReplacer(" | ", "\x00", " – ", "\x00", " - ", "\x00").Replace(l), "\x00")
		own = strings.TrimSpace(own)
		if !sitefacts.IsPersonName(own) || name != "" && !samePerson(own, name) || name == "" && !localFits(own, m.from.address) {
			continue
		}
		if name == "" {
			name, quotes["full_name"] = sitefacts.PlainName(own), l
		}
		switch {
		case sitefacts.IsJob(rest):
			job, quotes["job_title"] = strings.TrimSpace(strings.ReplaceAll(rest, "\x00", " | ")), l
		case i+1 < len(block) && sitefacts.IsJob(block[i+1]):
			job, quotes["job_title"] = block[i+1], block[i+1]
		}
		break
	}
	for _, l := range block {
		if number := sitefacts.PhoneIn(l); number != "" && phone == "" {
			phone, quotes["phone"] = number, l
		}
	}
	return name, job, phone, quotes
}

// turned writes "Doe, Jane" as "Jane Doe".
func turned(name string) string {
	name = strings.Trim(name, `"' `)
	if last, rest, ok := strings.Cut(name, ","); ok && !strings.Contains(rest, ",") {
		return strings.TrimSpace(rest) + " " + strings.TrimSpace(last)
	}
	return name
}

// localFits reports whether a name can be that of a mailbox: a word of it stands
// in the local part.
func localFits(name, address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	for _, w := range strings.Fields(strings.ToLower(name)) {
		if len(w) > 2 && strings.Contains(local, w) {
			return true
		}
	}
	return false
}
