package reader

import (
	"bytes"
	"errors"
	"image"
	"image/draw"
	_ "image/gif" // registers the decoder
	_ "image/jpeg"
	_ "image/png"

	_ "golang.org/x/image/webp"
)

// Limits of images.
const (
	maxPixels = 25_000_000
	maxImage  = 20 << 20 // bytes
)

// imageFile checks an image: by its header before anything is decoded, and then
// by decoding it whole. Of the further pages of a TIFF the headers are looked at; each
// is decoded when it is recognised or drawn.
func imageFile(content []byte) (*File, error) {
	img, kind, err := decodeImage(content)
	if err != nil {
		return nil, err
	}
	size := img.Bounds()
	file := &File{Kind: kind, Pages: []Page{sheetPage(1, size.Dx(), size.Dy())}}
	for n := 2; n <= len(sheets(content)); n++ {
		turned, err := sheet(content, n)
		if err != nil {
			return nil, err
		}
		config, _, err := image.DecodeConfig(bytes.NewReader(turned))
		if err != nil {
			return nil, faultf(CodeDamaged, "Page %d of the image is damaged.", n)
		}
		file.Pages = append(file.Pages, sheetPage(n, config.Width, config.Height))
	}
	return file, nil
}

func sheetPage(n, width, height int) Page {
	return Page{N: n, Width: float64(width), Height: float64(height), Source: "none", Images: 1, Covered: 1}
}

// decodeImage decodes an image and turns it as its camera says.
func decodeImage(content []byte) (image.Image, string, error) {
	if len(content) > maxImage {
		return nil, "", faultf(CodeResourceLimit, "The image has more than %d MiB.", maxImage>>20)
	}
	content = still(content)
	config, kind, err := image.DecodeConfig(bytes.NewReader(content))
	switch {
	case errors.Is(err, image.ErrFormat):
		return nil, "", faultf(CodeUnsupported, "It is none of the images that are read: PNG, JPEG, GIF, WebP and TIFF.")
	case err != nil:
		return nil, "", faultf(CodeDamaged, "It is no whole image.")
	case config.Width <= 0 || config.Height <= 0:
		return nil, "", faultf(CodeDamaged, "The image has no pixels.")
	case config.Width > maxPixels/config.Height:
		return nil, "", faultf(CodeTooManyPixels, "The image has %d × %d pixels; at most %d million are read.", config.Width, config.Height, maxPixels/1_000_000)
	}
	img, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, "", faultf(CodeDamaged, "The image is damaged.")
	}
	if b := img.Bounds(); b.Empty() || b.Dx() > maxPixels/b.Dy() {
		return nil, "", faultf(CodeDamaged, "The image is not of the size that it says.")
	}
	if kind == "jpeg" {
		img = upright(img, orientation(content))
	}
	return img, kind, nil
}

// toGray makes gray of an image; what is transparent is paper. The planes of the
// common kinds are read directly: one call for each pixel takes seconds.
func toGray(img image.Image) *image.Gray {
	b := img.Bounds()
	g := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	switch src := img.(type) {
	case *image.Gray:
		for y := range b.Dy() {
			copy(g.Pix[y*g.Stride:y*g.Stride+b.Dx()], src.Pix[y*src.Stride:])
		}
	case *image.YCbCr: // luminance is what gray is
		for y := range b.Dy() {
			copy(g.Pix[y*g.Stride:y*g.Stride+b.Dx()], src.Y[y*src.YStride:])
		}
	case *image.Paletted:
		fromPalette(g, src)
	case *image.RGBA:
		fromColor(g, src.Pix, src.Stride, false)
	case *image.NRGBA:
		fromColor(g, src.Pix, src.Stride, true)
	default:
		draw.Draw(g, g.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(g, g.Rect, img, b.Min, draw.Over)
	}
	return g
}

// fromColor weighs red, green and blue as ITU-R BT.601 does, on white paper.
// Colors are multiplied with their opacity already, or are straight.
func fromColor(g *image.Gray, pix []byte, stride int, straight bool) {
	for y := range g.Rect.Dy() {
		row := pix[y*stride:]
		for x := range g.Rect.Dx() {
			p := row[x*4 : x*4+4]
			v := (299*int(p[0]) + 587*int(p[1]) + 114*int(p[2])) / 1000
			if straight {
				v = v * int(p[3]) / 255
			}
			g.Pix[y*g.Stride+x] = uint8(min(255, v+255-int(p[3])))
		}
	}
}

// fromPalette makes gray of each color once.
func fromPalette(g *image.Gray, src *image.Paletted) {
	var grays [256]uint8
	for i, c := range src.Palette {
		one := image.NewNRGBA(image.Rect(0, 0, 1, 1))
		one.Set(0, 0, c)
		dot := image.NewGray(one.Rect)
		fromColor(dot, one.Pix, one.Stride, true)
		grays[i] = dot.Pix[0]
	}
	for y := range g.Rect.Dy() {
		for x, i := range src.Pix[y*src.Stride : y*src.Stride+g.Rect.Dx()] {
			g.Pix[y*g.Stride+x] = grays[i]
		}
	}
}
