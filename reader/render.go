package reader

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"golang.org/x/image/draw"

	"github.com/enrichd/enrichd/hypertext"
)

// Widths of a rendered page, in pixels.
const (
	usualWidth = 1000
	maxWidth   = 3000
)

// Picture is a page as people see it: a PDF's own rotation and a photo's EXIF
// orientation are applied, nothing else is; of an HTML document the words alone are
// drawn. Boxes that Page.Shown gives are
// measured on it.
type Picture struct {
	Content       []byte
	MimeType      string  // image/png, or image/jpeg for what is more a photo than a print
	Width, Height float64 // of the page, in points
	Pages         int     // of the whole file
}

// render makes a picture of a page.
func (e *engine) render(q request) (*Picture, error) {
	width := q.Width
	if width <= 0 {
		width = usualWidth
	}
	width = min(width, maxWidth)
	if hypertext.Is(q.Content) {
		return renderHTML(q.Content, q.Page, width)
	}
	if !isPDF(q.Content) {
		return renderImage(q.Content, q.Page, width)
	}
	doc, done, err := e.open(q.Content)
	if err != nil {
		return nil, err
	}
	defer done()
	count, err := e.lib.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc})
	if err != nil {
		return nil, err
	}
	if q.Page < 1 || q.Page > count.PageCount {
		return nil, noSuchPage(q.Page, count.PageCount)
	}
	p, err := e.renderPage(doc, q.Page, width)
	if isOrdinary(err) {
		return nil, faultf(CodeDamaged, "Its page %d cannot be shown.", q.Page)
	} else if err != nil {
		return nil, err
	}
	p.Pages = count.PageCount
	return p, nil
}

func (e *engine) renderPage(doc references.FPDF_DOCUMENT, page, width int) (*Picture, error) {
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: page - 1}}
	size, err := e.lib.GetPageSize(&requests.GetPageSize{Page: at})
	if err != nil || size.Width <= 0 || size.Height <= 0 {
		return nil, faultf(CodeDamaged, "Its page %d cannot be shown.", page)
	}
	// The height bounds long receipts, and both the memory for hostile sizes.
	shown, err := e.lib.RenderPageInPixels(&requests.RenderPageInPixels{Page: at, Width: width, Height: min(4*width, 6000), RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT})
	if err != nil {
		return nil, err
	}
	defer shown.Cleanup()
	p := &Picture{Width: size.Width, Height: size.Height}
	return p, p.encode(shown.Result.RenderedImage)
}

func noSuchPage(page, count int) *Error {
	if count == 1 {
		return faultf(CodeNoSuchPage, "It has one page, and no page %d.", page)
	}
	return faultf(CodeNoSuchPage, "It has %d pages, and no page %d.", count, page)
}

func renderImage(content []byte, page, width int) (*Picture, error) {
	one, err := sheet(content, page)
	if err != nil {
		return nil, err
	}
	img, _, err := decodeImage(one)
	if err != nil {
		return nil, err
	}
	b := img.Bounds()
	p := &Picture{Width: float64(b.Dx()), Height: float64(b.Dy()), Pages: max(1, len(sheets(content)))}
	if by := min(float64(width)/p.Width, 6000/p.Height); by < 1 {
		small := image.NewRGBA(image.Rect(0, 0, max(1, int(p.Width*by)), max(1, int(p.Height*by))))
		draw.ApproxBiLinear.Scale(small, small.Rect, img, b, draw.Src, nil)
		img = small
	}
	return p, p.encode(img)
}

// heavy is the size, in bytes, from which a PNG is no good form for a page: a
// print stays far below it, a scan comes out ten times smaller as a JPEG.
const heavy = 400 << 10

// encode writes the picture fast: a person waits for it.
func (p *Picture) encode(img image.Image) error {
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img); err != nil {
		return err
	}
	p.Content, p.MimeType = out.Bytes(), "image/png"
	if out.Len() < heavy {
		return nil
	}
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, onWhite(img), &jpeg.Options{Quality: 80}); err != nil {
		return err
	}
	if photo.Len() < out.Len() {
		p.Content, p.MimeType = photo.Bytes(), "image/jpeg"
	}
	return nil
}

// onWhite gives an image a ground of paper where it may be transparent, which a
// JPEG cannot be.
func onWhite(img image.Image) image.Image {
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return img
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Over)
	return out
}
