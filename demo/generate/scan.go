package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"
)

const (
	scanDPI  = 150
	scanTilt = 1.3 // degrees clockwise: it lay crooked on the glass
)

// scanned is a paper as a desk scanner gives it: gray, tilted, soft, not clean.
func scanned(p paper) ([]byte, error) {
	const scale = scanDPI / 72.0
	flat := image.NewGray(image.Rect(0, 0, paperWidth*scanDPI/72, paperHeight*scanDPI/72))
	draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src)
	for _, r := range p.rules {
		line := image.Rect(int(r.x0*scale), int(r.y*scale), int(r.x1*scale), int(r.y*scale)+2)
		draw.Draw(flat, line, image.NewUniform(color.Gray{70}), image.Point{}, draw.Src)
	}
	for _, t := range p.texts {
		if err := write(flat, t, scale); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, aged(tilted(flat)))
	return out.Bytes(), err
}

func write(on *image.Gray, t text, scale float64) error {
	raw := goregular.TTF
	if t.bold {
		raw = gobold.TTF
	}
	parsed, err := opentype.Parse(raw)
	if err != nil {
		return err
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: t.size, DPI: scanDPI})
	if err != nil {
		return err
	}
	defer face.Close()
	d := font.Drawer{Dst: on, Src: image.NewUniform(color.Gray{35}), Face: face, Dot: fixed.P(int(t.x*scale), int(t.y*scale))}
	if t.right {
		d.Dot.X -= d.MeasureString(t.words)
	}
	d.DrawString(t.words)
	return nil
}

// tilted turns a picture around its middle.
func tilted(flat *image.Gray) *image.Gray {
	sin, cos := math.Sincos(scanTilt * math.Pi / 180)
	cx, cy := float64(flat.Rect.Dx())/2, float64(flat.Rect.Dy())/2
	out := image.NewGray(flat.Rect)
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.BiLinear.Transform(out, f64.Aff3{cos, -sin, cx - cos*cx + sin*cy, sin, cos, cy - sin*cx - cos*cy}, flat, flat.Rect, draw.Src, nil)
	return out
}

// aged grays the paper and adds specks, in sixteen grays so
// that the file stays small.
func aged(clean *image.Gray) image.Image {
	grays := make(color.Palette, 16)
	for i := range grays {
		grays[i] = color.Gray{uint8(i * 17)}
	}
	out := image.NewPaletted(clean.Rect, grays)
	random := rand.New(rand.NewPCG(4417, 1))
	w, h := clean.Rect.Dx(), clean.Rect.Dy()
	for y := range h {
		for x := range w {
			v := float64(clean.GrayAt(x, y).Y) * .94
			if random.IntN(400) == 0 {
				v -= 60
			}
			out.SetColorIndex(x, y, uint8(max(0, min(15, math.Round(v/17)))))
		}
	}
	return out
}
