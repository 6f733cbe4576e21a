package logo

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

const tileSize = 128 // pixels

// tileColors are dark enough for a white letter (WCAG 2.2, a contrast of 4.5).
var tileColors = []color.NRGBA{
	{0x0b, 0x6e, 0x4f, 255},
	{0x1d, 0x4e, 0x89, 255},
	{0x7b, 0x2d, 0x8b, 255},
	{0xa4, 0x26, 0x2c, 255},
	{0x8a, 0x4b, 0x08, 255},
	{0x2f, 0x5d, 0x62, 255},
	{0x4a, 0x4e, 0x8f, 255},
	{0x5c, 0x5c, 0x1f, 255},
	{0x9b, 0x2c, 0x5e, 255},
	{0x37, 0x47, 0x4f, 255},
}

// Tile draws the first letter of a name on a color that is always the same for it.
func Tile(name string) ([]byte, error) {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(name)) // a hash takes everything
	img := image.NewNRGBA(image.Rect(0, 0, tileSize, tileSize))
	draw.Draw(img, img.Rect, image.NewUniform(tileColors[int(hash.Sum32())%len(tileColors)]), image.Point{}, draw.Src)
	parsed, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: tileSize * .62, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, err
	}
	defer face.Close()
	letter := initial(name, face)
	box, _ := font.BoundString(face, letter)
	at := fixed.Point26_6{
		X: (fixed.I(tileSize) - box.Max.X - box.Min.X) / 2,
		Y: (fixed.I(tileSize) - box.Max.Y - box.Min.Y) / 2,
	}
	d := font.Drawer{Dst: img, Src: image.White, Face: face, Dot: at}
	d.DrawString(letter)
	var out bytes.Buffer
	err = png.Encode(&out, img)
	return out.Bytes(), err
}

// initial is the first letter or digit of a name that the font has; "?" else.
func initial(name string, face font.Face) string {
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		r = unicode.ToUpper(r)
		if _, has := face.GlyphAdvance(r); has {
			return string(r)
		}
	}
	return "?"
}
