// Package extraction reads a stored content once and keeps the parse.
//
// It takes the best road a content allows: the XML of an electronic invoice,
// alone or attached to a PDF; the text layer of a PDF where it can be trusted; the
// text of an HTML document, laid out;
// recognition of only the pages that need it. A parse is a function of the
// content, the parser and its version, so it is kept under these three and never
// made twice. Neither a content nor a cached parse is an effect of a task:
// losing one costs time, nothing else.
package extraction

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/filetype"
	"github.com/enrichd/enrichd/hypertext"
	"github.com/enrichd/enrichd/reader"
	"github.com/enrichd/enrichd/signed"
)

// Parser and Version name the parse. The version grows with every change of
// what is read out of a content.
const (
	Parser  = "document"
	Version = "7"
)

// MaxContent is the longest content that is read into memory, in bytes: what an
// upload may hold.
const MaxContent = 50 << 20

// Routes: how a content was read.
const (
	RouteXML      = "xml"          // it is an electronic invoice
	RouteEmbedded = "embedded_xml" // an electronic invoice is attached to it
	RouteText     = "text_layer"   // its own text was taken
	RouteOCR      = "ocr"          // its pages were recognised
	RouteMixed    = "mixed"        // some of both
)

// Blobs is where contents lie.
type Blobs interface {
	Get(ctx context.Context, checksum string, limit int64) ([]byte, error)
	Put(ctx context.Context, r io.Reader, limit int64) (checksum string, size int64, err error)
}

// Cache keeps parses by (checksum of the content, parser, version).
type Cache interface {
	Extraction(ctx context.Context, checksum, parser, version string) ([]byte, error)
	KeepExtraction(ctx context.Context, checksum, parser, version string, result []byte) error
}

// Pages reads PDFs, images and HTML documents, away from this process.
type Pages interface {
	PDF(ctx context.Context, content []byte) (*reader.File, error)
	Image(ctx context.Context, content []byte) (*reader.File, error)
	HTML(ctx context.Context, content []byte) (*reader.File, error)
	OCR(ctx context.Context, content []byte, pages []int) ([]reader.Page, error)
}

// Document is what was read out of a content.
type Document struct {
	Route string `json:"route"`
	// Invoice is the electronic invoice, nil where there is none.
	Invoice *einvoice.Invoice `json:"invoice,omitempty"`
	// Signed says that the content lay in a signed envelope; its signature is not
	// verified.
	Signed bool `json:"signed,omitempty"`
	// Attachment is the name of the attachment that Invoice was read from.
	Attachment string `json:"attachment,omitempty"`
	// Attachments names everything that is attached.
	Attachments []string `json:"attachments,omitempty"`
	// Pages describes each page; the words themselves lie under WordsRef.
	Pages []PageInfo `json:"pages,omitempty"`
	// WordsRef is the checksum of the words with their boxes, "" for none.
	WordsRef string `json:"words_ref,omitempty"`
	Language string `json:"language,omitempty"`
	// Notes say what was odd, for people.
	Notes []string `json:"notes,omitempty"`
}

// PageInfo describes how one page was read. Lengths are those of the page as it
// was read, turned by Rotation and straightened by Skew: see Document.Shown.
type PageInfo struct {
	N          int     `json:"n"`
	Width      float64 `json:"width"`  // points
	Height     float64 `json:"height"` // points
	Source     string  `json:"source"` // text_layer, ocr, none
	Words      int     `json:"words"`
	Confidence float64 `json:"confidence"` // 0 to 1
	Grade      string  `json:"grade"`
	Rotation   int     `json:"rotation"` // degrees clockwise
	Skew       float64 `json:"skew"`     // degrees clockwise
	Garbled    bool    `json:"garbled"`
}

// Reader reads contents through the cache.
type Reader struct {
	Blobs Blobs
	Cache Cache
	// Pages may be nil: then nothing but XML is supported.
	Pages Pages
}

// Read gives what a content holds, from the cache where it was read before. Its
// error is an *einvoice.Error, a *reader.Error or an *UnsupportedError when the content
// is at fault; contents at fault are not kept.
func (r *Reader) Read(ctx context.Context, checksum string) (doc *Document, cached bool, err error) {
	if doc, err := r.cached(ctx, checksum); doc != nil || err != nil {
		return doc, true, err
	}
	content, err := r.Blobs.Get(ctx, checksum, MaxContent)
	if err != nil {
		return nil, false, err
	}
	if doc, err = r.parse(ctx, content); err != nil {
		return nil, false, err
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, false, fmt.Errorf("keep the parse: %w", err)
	}
	return doc, false, r.Cache.KeepExtraction(ctx, checksum, Parser, Version, raw)
}

// cached returns a kept parse, or nil. One that cannot be read any more counts
// as none.
func (r *Reader) cached(ctx context.Context, checksum string) (*Document, error) {
	raw, err := r.Cache.Extraction(ctx, checksum, Parser, Version)
	if err != nil || raw == nil {
		return nil, err
	}
	var doc Document
	if json.Unmarshal(raw, &doc) != nil {
		return nil, nil
	}
	return &doc, nil
}

// parse reads a content, and what a signed envelope holds in its place.
func (r *Reader) parse(ctx context.Context, content []byte) (*Document, error) {
	inner, err := signed.Open(content)
	if err != nil {
		return r.parseBare(ctx, content)
	}
	doc, err := r.parseBare(ctx, inner)
	if err != nil {
		return nil, err
	}
	doc.Signed = true
	doc.Notes = append(doc.Notes, "It lies in a signed envelope (p7m); the signature was not verified.")
	return doc, nil
}

func (r *Reader) parseBare(ctx context.Context, content []byte) (*Document, error) {
	switch kind, name := recognise(content); {
	case kind == filetype.PDF && r.Pages != nil:
		return r.parsePDF(ctx, content)
	case kind == filetype.Image && r.Pages != nil:
		return r.parseImage(ctx, content)
	case kind == filetype.Unknown && r.Pages != nil && hypertext.Is(content):
		return r.parseHTML(ctx, content)
	case kind != filetype.Unknown:
		return nil, &UnsupportedError{Is: name}
	}
	inv, err := einvoice.Read(content)
	if err != nil {
		return nil, err
	}
	return &Document{Route: RouteXML, Invoice: inv}, nil
}

// UnsupportedError says that a content is whole but has no reader here.
type UnsupportedError struct{ Is string } // what it is, e.g. "a ZIP archive"

// Error says what the content is.
func (u *UnsupportedError) Error() string { return "it is " + u.Is + ", which cannot be read" }

// recognise tells a content by its first bytes. Beyond what these tell for sure it
// takes what only a document can be here.
func recognise(content []byte) (filetype.Kind, string) {
	if kind, name := filetype.Of(content); kind != filetype.Unknown {
		return kind, name
	}
	if bytes.HasPrefix(content, []byte("BM")) {
		return filetype.Other, "a BMP image"
	}
	// Some programs write a few bytes in front of the header.
	if bytes.Contains(content[:min(len(content), 1024)], []byte("%PDF-")) {
		return filetype.PDF, "a PDF"
	}
	if trimmed := bytes.TrimSpace(content); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid(trimmed) {
		return filetype.Other, "JSON"
	}
	return filetype.Unknown, ""
}
