package reader

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Limits of what is taken out of a PDF.
const (
	maxAttachments    = 20
	maxAttachmentSize = 10 << 20 // bytes
)

// engine is PDFium, compiled to WebAssembly: pure Go around it, and no pointer
// of a hostile file reaches this process's memory.
type engine struct {
	cacheDir string
	pool     pdfium.Pool
	lib      pdfium.Pdfium
}

// warm compiles the engine, or loads its compiled code from the cache.
func (e *engine) warm() error {
	if e.lib != nil {
		return nil
	}
	config := wazero.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling)
	if e.cacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(e.cacheDir)
		if err != nil {
			return err
		}
		config = config.WithCompilationCache(cache)
	}
	var err error
	e.pool, err = webassembly.Init(webassembly.Config{MinIdle: 1, MaxIdle: 1, MaxTotal: 1, RuntimeConfig: config, FSConfig: wazero.NewFSConfig()})
	if err != nil {
		return err
	}
	e.lib, err = e.pool.GetInstance(time.Minute)
	return err
}

// reset throws the engine's instance away after it broke.
func (e *engine) reset() {
	if e.pool != nil {
		_ = e.pool.Close()
	}
	e.pool, e.lib = nil, nil
}

// open opens a document; the caller closes it.
func (e *engine) open(content []byte) (references.FPDF_DOCUMENT, func(), error) {
	if err := e.warm(); err != nil {
		return "", nil, err
	}
	doc, err := e.lib.OpenDocument(&requests.OpenDocument{File: &content})
	if err != nil {
		if strings.Contains(strings.ToLower(err.Error()), "password") || strings.Contains(err.Error(), "security") {
			return "", nil, faultf(CodeEncrypted, "It is encrypted and asks for a password.")
		}
		return "", nil, faultf(CodeDamaged, "It is no whole PDF, or damaged beyond reading.")
	}
	return doc.Document, func() { _, _ = e.lib.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: doc.Document}) }, nil
}

func (e *engine) pdf(content []byte, maxPages int) (*File, error) {
	doc, done, err := e.open(content)
	if err != nil {
		return nil, err
	}
	defer done()
	count, err := e.lib.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc})
	if err != nil {
		return nil, err
	}
	switch {
	case count.PageCount == 0:
		return nil, faultf(CodeDamaged, "It has no pages.")
	case count.PageCount > maxPages:
		return nil, faultf(CodeTooManyPages, "It has %d pages; at most %d are read.", count.PageCount, maxPages)
	}
	f := &File{Kind: "pdf", Attachments: e.attachments(doc)}
	for i := range count.PageCount {
		page, err := e.page(doc, i)
		if err != nil {
			return nil, faultf(CodeDamaged, "Its page %d is damaged.", i+1)
		}
		f.Pages = append(f.Pages, page)
	}
	return f, nil
}

func (e *engine) attachments(doc references.FPDF_DOCUMENT) []Attachment {
	count, err := e.lib.FPDFDoc_GetAttachmentCount(&requests.FPDFDoc_GetAttachmentCount{Document: doc})
	if err != nil {
		return nil
	}
	var list []Attachment
	for i := range min(count.AttachmentCount, maxAttachments) {
		at, err := e.lib.FPDFDoc_GetAttachment(&requests.FPDFDoc_GetAttachment{Document: doc, Index: i})
		if err != nil {
			continue
		}
		name, err1 := e.lib.FPDFAttachment_GetName(&requests.FPDFAttachment_GetName{Attachment: at.Attachment})
		file, err2 := e.lib.FPDFAttachment_GetFile(&requests.FPDFAttachment_GetFile{Attachment: at.Attachment})
		if err1 == nil && err2 == nil && len(file.Contents) <= maxAttachmentSize {
			list = append(list, Attachment{Name: name.Name, Content: bytes.Clone(file.Contents)})
		}
	}
	return list
}

// page reads the text layer of one page, from 0.
func (e *engine) page(doc references.FPDF_DOCUMENT, index int) (Page, error) {
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: index}}
	size, err := e.lib.GetPageSize(&requests.GetPageSize{Page: at})
	if err != nil {
		return Page{}, err
	}
	p := Page{N: index + 1, Width: size.Width, Height: size.Height, Source: "none"}
	text, err := e.lib.GetPageTextStructured(&requests.GetPageTextStructured{Page: at, Mode: requests.GetPageTextStructuredModeChars})
	if err != nil {
		return Page{}, err
	}
	var chars []char
	for _, c := range text.Chars {
		b := c.PointPosition
		chars = append(chars, char{text: c.Text, x0: min(b.Left, b.Right), x1: max(b.Left, b.Right),
			y0: size.Height - max(b.Top, b.Bottom), y1: size.Height - min(b.Top, b.Bottom)})
	}
	p.Words = wordsOf(chars)
	if len(p.Words) > 0 {
		score := trust(p.Words)
		p.Source, p.Garbled, p.Confidence, p.Grade = "text_layer", score < .5, score, gradeOf(score)
	}
	return p, nil
}

// picture renders a page, from 1, in gray; the caller must use it before the
// next call.
func (e *engine) picture(content []byte, page, dpi int, use func(img image.Image, pointsPerPixel float64) error) error {
	doc, done, err := e.open(content)
	if err != nil {
		return err
	}
	defer done()
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: page - 1}}
	size, err := e.lib.GetPageSize(&requests.GetPageSize{Page: at})
	if err != nil {
		return faultf(CodeDamaged, "It has no page %d.", page)
	}
	for dpi > 36 && size.Width*size.Height*float64(dpi)*float64(dpi)/72/72 > maxPixels {
		dpi /= 2
	}
	shown, err := e.lib.RenderPageInDPI(&requests.RenderPageInDPI{Page: at, DPI: dpi, ImageFormat: requests.RenderImageFormatGrayscale})
	if err != nil {
		return faultf(CodeDamaged, "Its page %d cannot be shown.", page)
	}
	defer shown.Cleanup()
	return use(shown.Result.RenderedImage, 72/float64(dpi))
}

// render makes a PNG of a page.
func (e *engine) render(q request) ([]byte, error) {
	var out bytes.Buffer
	encode := func(img image.Image, _ float64) error {
		return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img)
	}
	if !isPDF(q.Content) {
		img, err := decodeImage(q.Content)
		if err != nil {
			return nil, err
		}
		return out.Bytes(), encode(img, 1)
	}
	if err := e.picture(q.Content, q.Page, 110, encode); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func isPDF(content []byte) bool {
	return bytes.Contains(content[:min(len(content), 1024)], []byte("%PDF-"))
}
