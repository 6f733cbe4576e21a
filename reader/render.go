package reader

import (
	"bytes"
	"image"
	"image/png"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/requests"
	"golang.org/x/image/draw"
)

// Widths of a rendered page, in pixels.
const (
	usualWidth = 1000
	maxWidth   = 3000
)

// render makes a PNG of a page.
func (e *engine) render(q request, a *answer) error {
	width := q.Width
	if width <= 0 {
		width = usualWidth
	}
	width = min(width, maxWidth)
	if !isPDF(q.Content) {
		return renderImage(q.Content, width, a)
	}
	doc, done, err := e.open(q.Content)
	if err != nil {
		return err
	}
	defer done()
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: q.Page - 1}}
	size, err := e.lib.GetPageSize(&requests.GetPageSize{Page: at})
	if err != nil || size.Width <= 0 || size.Height <= 0 {
		return faultf(CodeDamaged, "Its page %d cannot be shown.", q.Page)
	}
	// The height bounds long receipts, and both the memory for hostile sizes.
	shown, err := e.lib.RenderPageInPixels(&requests.RenderPageInPixels{Page: at, Width: width, Height: min(4*width, 6000), RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT})
	if isOrdinary(err) {
		return faultf(CodeDamaged, "Its page %d cannot be shown.", q.Page)
	} else if err != nil {
		return err
	}
	defer shown.Cleanup()
	a.Width, a.Height = size.Width, size.Height
	a.PNG, err = encode(shown.Result.RenderedImage)
	return err
}

func renderImage(content []byte, width int, a *answer) error {
	img, _, err := decodeImage(content)
	if err != nil {
		return err
	}
	b := img.Bounds()
	a.Width, a.Height = float64(b.Dx()), float64(b.Dy())
	if by := min(float64(width)/a.Width, 6000/a.Height); by < 1 {
		small := image.NewRGBA(image.Rect(0, 0, max(1, int(a.Width*by)), max(1, int(a.Height*by))))
		draw.ApproxBiLinear.Scale(small, small.Rect, img, b, draw.Src, nil)
		img = small
	}
	a.PNG, err = encode(img)
	return err
}

// encode writes a PNG fast: a console waits for it, and nobody keeps it.
func encode(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img)
	return out.Bytes(), err
}
