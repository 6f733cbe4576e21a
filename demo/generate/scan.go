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

// tilted turns a picture around its middle. Each point is mixed of the four
// pixels around the place that it came from; what lay outside is white.
func tilted(flat *image.Gray) *image.Gray {
	sin, cos := math.Sincos(scanTilt * math.Pi / 180)
	w, h := flat.Rect.Dx(), flat.Rect.Dy()
	out := image.NewGray(flat.Rect)
	for y := range h {
		for x := range w {
			dx, dy := float64(x)-float64(w)/2, float64(y)-float64(h)/2
			fromX, fromY := dx*cos+dy*sin+float64(w)/2, dy*cos-dx*sin+float64(h)/2
			out.Pix[y*out.Stride+x] = between(flat, fromX, fromY)
		}
	}
	return out
}

func between(g *image.Gray, x, y float64) uint8 {
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	if x0 < 0 || y0 < 0 || x0+1 >= g.Rect.Dx() || y0+1 >= g.Rect.Dy() {
		return 255
	}
	fx, fy := x-float64(x0), y-float64(y0)
	row, next := g.Pix[y0*g.Stride+x0:], g.Pix[(y0+1)*g.Stride+x0:]
	top := float64(row[0])*(1-fx) + float64(row[1])*fx
	bottom := float64(next[0])*(1-fx) + float64(next[1])*fx
	return uint8(top*(1-fy) + bottom*fy + .5)
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
			v := float64(clean.Pix[y*clean.Stride+x]) * .94
			if random.IntN(400) == 0 {
				v -= 60
			}
			out.Pix[y*out.Stride+x] = uint8(max(0, min(15, math.Round(v/17))))
		}
	}
	return out
}
