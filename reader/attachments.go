package reader

import (
	"bytes"
	"net/http"
	"path"
	"strings"
	"unicode"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// Limits of the attachments of a PDF.
const (
	maxAttachments    = 20
	maxAttachmentSize = 10 << 20 // bytes
	maxAttached       = 20 << 20 // bytes of all together
)

// attachments takes the embedded files out, and counts those that it left for
// their size or number.
func (e *engine) attachments(doc references.FPDF_DOCUMENT) (list []Attachment, left int) {
	count, err := e.lib.FPDFDoc_GetAttachmentCount(&requests.FPDFDoc_GetAttachmentCount{Document: doc})
	if err != nil {
		return nil, 0
	}
	taken := min(count.AttachmentCount, maxAttachments)
	left = count.AttachmentCount - taken
	size := 0
	for i := range taken {
		a, ok := e.attachment(doc, i)
		if size += len(a.Content); !ok || size > maxAttached {
			size -= len(a.Content)
			left++
			continue
		}
		list = append(list, a)
	}
	return list, left
}

func (e *engine) attachment(doc references.FPDF_DOCUMENT, index int) (Attachment, bool) {
	at, err := e.lib.FPDFDoc_GetAttachment(&requests.FPDFDoc_GetAttachment{Document: doc, Index: index})
	if err != nil {
		return Attachment{}, false
	}
	name, err := e.lib.FPDFAttachment_GetName(&requests.FPDFAttachment_GetName{Attachment: at.Attachment})
	if err != nil {
		return Attachment{}, false
	}
	file, err := e.lib.FPDFAttachment_GetFile(&requests.FPDFAttachment_GetFile{Attachment: at.Attachment})
	if err != nil || len(file.Contents) > maxAttachmentSize {
		return Attachment{}, false
	}
	a := Attachment{Name: nameOf(name.Name), Content: bytes.Clone(file.Contents)}
	if kind, err := e.lib.FPDFAttachment_GetSubtype(&requests.FPDFAttachment_GetSubtype{Attachment: at.Attachment}); err == nil && kind.Subtype != nil {
		a.MimeType = *kind.Subtype
	}
	if a.MimeType == "" {
		a.MimeType = http.DetectContentType(a.Content)
	}
	return a, true
}

// nameOf leaves of a name what may be shown: no folders, no control characters,
// at most 255 characters.
func nameOf(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, path.Base(strings.ReplaceAll(name, `\`, "/")))
	if runes := []rune(name); len(runes) > 255 {
		name = string(runes[:255])
	}
	return name
}
