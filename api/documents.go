package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/email"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

const documentsPath = "/v1/documents"

// maxFilename is the longest file name that is kept, in characters.
const maxFilename = 255

// documents are stored files: their description, not their content.
func (s *server) documents() *resource {
	return table[record.Document]{
		Type: record.EntityDocument, Path: documentsPath, Noun: "a document", Read: ScopeDocumentsRead, Write: ScopeDocumentsWrite,
		ID: func(d record.Document) string { return d.ID },
		Fields: []field[record.Document]{
			{Name: "document_id", Form: words(), Value: func(d record.Document) any { return d.ID }},
			{Name: "filename", Form: words(), Value: func(d record.Document) any { return d.Filename }},
			{Name: "mime_type", Form: words(), Value: func(d record.Document) any { return d.MimeType }},
			{Name: "size", Form: count(), Value: func(d record.Document) any { return d.Size }},
			{Name: "checksum", Form: words(), Value: func(d record.Document) any { return d.Checksum }},
			{Name: "document_type", Form: words(), Value: func(d record.Document) any { return textOrNull(d.DocumentType) }},
			{Name: "uploaded_at", Form: moment(), Value: func(d record.Document) any { return stamp(&d.UploadedAt) }},
			{Name: "created_at", Form: moment(), Value: func(d record.Document) any { return stamp(&d.CreatedAt) }},
			{Name: "updated_at", Form: moment(), Value: func(d record.Document) any { return stamp(&d.UpdatedAt) }},
		},
		Relations: []relation[record.Document]{{Name: "invoices", To: record.EntityInvoice, By: "document"}},
		Filters:   []filter{byText("checksum"), byText("mime_type"), byText("document_type"), byText("filename"), byTime("created_at")},
		Sorts:     []string{"created_at", "uploaded_at"},
		List:      s.store.ListDocuments,
	}.resource()
}

// upload takes a file: the raw body, or the first file of a multipart form. The
// content is in the blob store before the document stands in the database; the
// same content again answers 200 with the document that stands. A message is
// imported as one: its attachments become documents, too.
func (s *server) upload(c *call) error {
	r := s.types[record.EntityDocument]
	q, err := c.query(s.queryOne(r))
	if err != nil {
		return err
	}
	content, filename, err := openUpload(c)
	if err != nil {
		return err
	}
	head := &headReader{r: content}
	checksum, size, err := s.blobs.Put(c.r.Context(), head, MaxUpload)
	if err != nil {
		return uploadFault(c.r.Context(), err)
	}
	doc, fresh, err := s.keepDocument(c, record.Document{Filename: filename, MimeType: http.DetectContentType(head.head), Size: size, Checksum: checksum}, head.head)
	if err != nil {
		return err
	}
	one, err := r.one(c.r.Context(), c.workspace(), doc.ID)
	if err != nil {
		return err
	}
	return s.writeMade(c, q, r, made[shown]{Record: one, Stood: !fresh})
}

// keepDocument stores an upload whose content is kept, by the road that its first
// bytes ask for.
func (s *server) keepDocument(c *call, d record.Document, head []byte) (record.Document, bool, error) {
	if email.Begins(head) {
		d.MimeType = messageType
		stored, fresh, err := s.keepEmail(c, d)
		return record.Document{ID: stored.DocumentID}, fresh, err
	}
	return s.store.AddDocument(c.r.Context(), c.workspace(), d, onUpload, s.follow)
}

func onUpload(d record.Document) enrich.Occasion {
	return enrich.Occasion{
		Channel: enrich.DocumentUpload, EntityType: record.EntityDocument, EntityID: d.ID,
		Facts: map[string]string{trigger.FactContent: d.Checksum},
	}
}

// openUpload finds the content and its name in a request.
func openUpload(c *call) (io.Reader, string, error) {
	patient(c.w)
	mediaType, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if !strings.HasPrefix(mediaType, "multipart/") {
		return c.r.Body, uploadName(c.r), nil
	}
	if params["boundary"] == "" {
		return nil, "", jsonapi.Fault("INVALID_UPLOAD", "The multipart body names no boundary.").InHeader("Content-Type")
	}
	form, err := c.r.MultipartReader()
	if err != nil {
		return nil, "", jsonapi.Fault("INVALID_UPLOAD", "The multipart body cannot be read.").InHeader("Content-Type")
	}
	for range 20 { // a few fields may stand before the file
		part, err := form.NextPart()
		if err != nil {
			break
		}
		if name := part.FileName(); name != "" {
			return part, cleanName(name), nil
		}
	}
	return nil, "", jsonapi.Fault("INVALID_UPLOAD", "The multipart body holds no file.").At("")
}

// uploadName is the name that a raw upload gives: Content-Disposition, or
// ?filename is not offered, since queries are strict.
func uploadName(r *http.Request) string {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
	if err != nil || params["filename"] == "" {
		return "unnamed"
	}
	return cleanName(params["filename"])
}

// patient gives an upload time: 50 MiB over a slow line, and what is done with them
// before the answer.
func patient(w http.ResponseWriter) {
	control, now := http.NewResponseController(w), time.Now()
	_ = control.SetReadDeadline(now.Add(5 * time.Minute)) // not every connection has deadlines
	_ = control.SetWriteDeadline(now.Add(10 * time.Minute))
}

// cleanName keeps the last part of a path, without what no name should hold.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "\uFFFD"), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, name)
	if utf8.RuneCountInString(name) > maxFilename {
		name = string([]rune(name)[:maxFilename])
	}
	if name == "" || name == "." || name == "/" {
		return "unnamed"
	}
	return name
}

// uploadFault says why an upload was not kept. Nothing of it is.
func uploadFault(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, blob.ErrTooLarge):
		return jsonapi.Fault("PAYLOAD_TOO_LARGE", "A document may have at most %d MiB.", MaxUpload>>20)
	case ctx.Err() != nil, errors.Is(err, io.ErrUnexpectedEOF):
		return jsonapi.Fault("INVALID_UPLOAD", "The upload broke off; nothing of it was kept.").At("")
	}
	return err
}

// headReader remembers the first bytes of what it reads, to tell its media type.
type headReader struct {
	r    io.Reader
	head []byte
}

func (h *headReader) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if room := 512 - len(h.head); room > 0 {
		h.head = append(h.head, p[:min(n, room)]...)
	}
	return n, err
}
