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
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/record"
)

const documentsPath = "/v1/documents"

// maxFilename is the longest file name that is kept, in characters.
const maxFilename = 255

// upload takes a file: the raw body, or the first file of a multipart form. The
// content is in the blob store before the document stands in the database; the
// same content again answers 200 with the document that stands.
func (s *server) upload(c *call) error {
	if _, err := c.query(jsonapi.Allowed{Custom: []string{"workspaceId"}}); err != nil {
		return err
	}
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(5 * time.Minute)) // 50 MiB over a slow line
	content, filename, err := openUpload(c)
	if err != nil {
		return err
	}
	head := &headReader{r: content}
	checksum, size, err := s.blobs.Put(c.r.Context(), head, MaxUpload)
	if err != nil {
		return uploadFault(c.r.Context(), err)
	}
	doc, made, err := s.store.AddDocument(c.r.Context(), c.workspace(),
		record.Document{Filename: filename, MimeType: http.DetectContentType(head.head), Size: size, Checksum: checksum}, s.afterUpload)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if made {
		status = http.StatusCreated
		c.w.Header().Set("Location", documentsPath+"/"+doc.ID)
	}
	s.write(c, status, &jsonapi.Document{Data: documentResource(doc), Links: map[string]any{"self": documentsPath + "/" + doc.ID}})
	return nil
}

func (s *server) afterUpload(d record.Document) ([]enrich.Request, error) {
	return s.triggers.On(enrich.Occasion{
		Channel: enrich.DocumentUpload, EntityType: record.EntityDocument, EntityID: d.ID,
		Facts: map[string]string{"checksum": d.Checksum},
	}, -1, "")
}

// openUpload finds the content and its name in a request.
func openUpload(c *call) (io.Reader, string, error) {
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

func documentResource(d record.Document) jsonapi.Resource {
	var documentType any
	if d.DocumentType != "" {
		documentType = d.DocumentType
	}
	return jsonapi.Resource{Type: record.EntityDocument, ID: d.ID, Links: map[string]any{"self": documentsPath + "/" + d.ID}, Attributes: []jsonapi.Attribute{
		{Name: "document_id", Value: d.ID},
		{Name: "filename", Value: d.Filename},
		{Name: "mime_type", Value: d.MimeType},
		{Name: "size", Value: d.Size},
		{Name: "checksum", Value: d.Checksum},
		{Name: "document_type", Value: documentType},
		{Name: "uploaded_at", Value: stamp(&d.UploadedAt)},
		{Name: "created_at", Value: stamp(&d.CreatedAt)},
		{Name: "updated_at", Value: stamp(&d.UpdatedAt)},
	}}
}

func (s *server) getDocument(c *call) error {
	if _, err := c.query(jsonapi.Allowed{Custom: []string{"workspaceId"}}); err != nil {
		return err
	}
	doc, err := s.store.Document(c.r.Context(), c.workspace(), c.r.PathValue("id"))
	if enrich.CodeOf(err) == enrich.CodeNotFound {
		return jsonapi.Fault("NOT_FOUND", "There is no document with this id.")
	}
	if err != nil {
		return err
	}
	s.write(c, http.StatusOK, &jsonapi.Document{Data: documentResource(doc), Links: map[string]any{"self": documentsPath + "/" + doc.ID}})
	return nil
}
