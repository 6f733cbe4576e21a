package reader

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/enrichd/enrichd/hypertext"
)

// htmlFile lays an HTML document out on pages.
func htmlFile(content []byte, maxPages int) (*File, error) {
	sheets, err := htmlSheets(content)
	if err != nil {
		return nil, err
	}
	if len(sheets) > maxPages {
		return nil, faultf(CodeTooManyPages, "It has %d pages; at most %d are read.", len(sheets), maxPages)
	}
	f := &File{Kind: "html"}
	for i, s := range sheets {
		p := Page{N: i + 1, Width: s.Width, Height: s.Height, Source: "none", Blank: len(s.Words) == 0}
		var words []placed
		for _, w := range s.Words {
			words = append(words, placed{Word: Word{X0: w.X0, Y0: w.Y0, X1: w.X1, Y1: w.Y1, Text: w.Text, Confidence: 1, FontSize: w.Size}})
		}
		if p.Words = layOut(words); len(p.Words) > 0 {
			p.Source, p.Confidence, p.Grade = "text_layer", 1, gradeOf(1)
			p.Text, p.Language = textOf(p.Words), languageOf(p.Words)
		}
		f.Pages = append(f.Pages, p)
	}
	return f, nil
}

func htmlSheets(content []byte) ([]hypertext.Sheet, error) {
	sheets, err := hypertext.Read(content)
	if err != nil {
		return nil, faultf(CodeResourceLimit, "It has more elements than a page that people read.")
	}
	return sheets, nil
}

// renderHTML draws the words of a page where they were laid out: what was read, not
// how it looked.
func renderHTML(content []byte, page, width int) (*Picture, error) {
	sheets, err := htmlSheets(content)
	if err != nil {
		return nil, err
	}
	if page < 1 || page > len(sheets) {
		return nil, noSuchPage(page, len(sheets))
	}
	s := sheets[page-1]
	scale := min(float64(width)/s.Width, 6000/s.Height)
	img := image.NewRGBA(image.Rect(0, 0, max(1, int(s.Width*scale)), max(1, int(s.Height*scale))))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	letters, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	faces := map[float64]font.Face{}
	for _, w := range s.Words {
		face := faces[w.Size]
		if face == nil {
			if face, err = opentype.NewFace(letters, &opentype.FaceOptions{Size: w.Size * scale * hypertext.Shrunk, DPI: 72}); err != nil {
				return nil, err
			}
			faces[w.Size] = face
		}
		pen := font.Drawer{Dst: img, Src: image.NewUniform(color.Gray{0x22}), Face: face, Dot: fixed.P(int(w.X0*scale), int((w.Y1-w.Size*.2)*scale))}
		pen.DrawString(w.Text)
	}
	p := &Picture{Width: s.Width, Height: s.Height, Pages: len(sheets)}
	return p, p.encode(img)
}
