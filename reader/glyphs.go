package reader

import (
	"math"
	"strings"
	"unicode"

	"github.com/klippa-app/go-pdfium/requests"
	"golang.org/x/text/unicode/norm"
)

// glyph is one character of a text layer with its box on the page as shown.
type glyph struct {
	text           string
	x0, y0, x1, y1 float64 // points from the top left
	size           float64 // of its font, in points
	run            int     // which way its line runs: quarter turns clockwise from left-to-right
}

// view is how a page is shown: the box of its own coordinates that is visible,
// and how it is turned.
type view struct {
	left, bottom, right, top float64
	turns                    int     // quarter turns clockwise
	width, height            float64 // as shown
}

func (e *engine) viewOf(at requests.Page) (view, error) {
	size, err := e.lib.GetPageSize(&requests.GetPageSize{Page: at})
	if err != nil {
		return view{}, err
	}
	box, err := e.lib.FPDF_GetPageBoundingBox(&requests.FPDF_GetPageBoundingBox{Page: at})
	if err != nil {
		return view{}, err
	}
	turn, err := e.lib.FPDFPage_GetRotation(&requests.FPDFPage_GetRotation{Page: at})
	if err != nil {
		return view{}, err
	}
	b := box.Rect
	return view{
		left: float64(b.Left), bottom: float64(b.Bottom), right: float64(b.Right), top: float64(b.Top),
		turns: int(turn.PageRotation) & 3, width: size.Width, height: size.Height,
	}, nil
}

// point brings a point of the page's own coordinates (up is positive) to where
// it is shown, from the top left.
func (v view) point(x, y float64) (float64, float64) {
	switch v.turns {
	case 1:
		return y - v.bottom, x - v.left
	case 2:
		return v.right - x, y - v.bottom
	case 3:
		return v.top - y, v.right - x
	}
	return x - v.left, v.top - y
}

// glyphs reads the characters of a page that have a box on it, spaces as a
// glyph with the text " ", and counts those without a Unicode value.
func (e *engine) glyphs(at requests.Page, v view) (list []glyph, bad int, err error) {
	text, err := e.lib.GetPageTextStructured(&requests.GetPageTextStructured{Page: at, Mode: requests.GetPageTextStructuredModeChars, CollectFontInformation: true})
	if err != nil {
		return nil, 0, err
	}
	for _, c := range text.Chars {
		b := c.PointPosition
		t := cleanGlyph(c.Text)
		if t == "" {
			bad++
			t = "\ufffd"
		}
		g := glyph{text: t, run: (int(math.Round(c.Angle/(math.Pi/2))) + v.turns) & 3}
		if c.FontInformation != nil {
			g.size = c.FontInformation.RenderedSize
		}
		g.x0, g.y0 = v.point(b.Left, b.Top)
		g.x1, g.y1 = v.point(b.Right, b.Bottom)
		g.x0, g.x1 = min(g.x0, g.x1), max(g.x0, g.x1)
		g.y0, g.y1 = min(g.y0, g.y1), max(g.y0, g.y1)
		if t != " " && (g.x1 < 0 || g.y1 < 0 || g.x0 > v.width || g.y0 > v.height) {
			continue // beside the page: nobody sees it
		}
		list = append(list, g)
	}
	return list, bad, nil
}

// cleanGlyph gives the text of a glyph: ligatures as their letters, the hyphen
// at the end of a line (PDFium says U+0002 or U+FFFE) as one, every kind of
// space as " ", and nothing for what has no Unicode value.
func cleanGlyph(text string) string {
	switch {
	case text == "\x02", text == "\ufffe", text == "\u00ad":
		return "-"
	case text == "":
		return ""
	case strings.TrimSpace(text) == "", text == "\u200b":
		return " "
	}
	for _, r := range text {
		if r >= 0xfb00 && r <= 0xfb06 {
			return norm.NFKC.String(text)
		}
		if r == unicode.ReplacementChar || unicode.IsControl(r) {
			return ""
		}
	}
	return text
}
