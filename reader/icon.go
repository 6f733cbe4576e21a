package reader

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"

	"golang.org/x/image/draw"
)

// Limits of icons.
const (
	maxIcon    = 5 << 20 // bytes that come in
	iconPixels = 512     // width and height of what goes out
)

// Icon is a small picture, such as a site's icon, decoded and written anew.
type Icon struct {
	Kind          string // png, jpeg, gif, webp, ico
	Width, Height int    // pixels, as they were in the file
	PNG           []byte
	Transparent   bool
	Color         string // the most frequent color that is not white, black or gray, "#rrggbb"; else the most frequent one
	Hash          string // of how it looks: 16 hex digits; see looks
	Blank         bool   // it shows one color alone
	Globe         bool   // it looks like a browser's picture for a site that has none
}

// iconFile makes an Icon of a file.
func iconFile(content []byte) (*Icon, error) {
	if len(content) > maxIcon {
		return nil, faultf(CodeResourceLimit, "The picture has more than %d MiB.", maxIcon>>20)
	}
	img, kind, err := decodeIcon(content)
	if err != nil {
		return nil, err
	}
	size := img.Bounds()
	small := shrink(img, iconPixels)
	var out bytes.Buffer
	if err := png.Encode(&out, small); err != nil {
		return nil, faultf(CodeDamaged, "The picture cannot be written as PNG.")
	}
	icon := &Icon{Kind: kind, Width: size.Dx(), Height: size.Dy(), PNG: out.Bytes(), Hash: looks(small)}
	icon.Transparent = !small.Opaque()
	icon.Color, icon.Blank = colorOf(small)
	icon.Globe = isGlobe(small)
	return icon, nil
}

func decodeIcon(content []byte) (image.Image, string, error) {
	if bytes.HasPrefix(content, []byte(icoStart)) {
		img, err := decodeICO(content)
		return img, "ico", err
	}
	img, kind, err := decodeImage(content)
	var fault *Error
	if errors.As(err, &fault) && fault.Code == CodeUnsupported {
		return nil, "", faultf(CodeUnsupported, "It is none of the pictures that are read: PNG, JPEG, GIF, WebP and ICO.")
	}
	return img, kind, err
}

// shrink copies a picture so that its longer side is at most most pixels; a
// smaller one keeps its size.
func shrink(img image.Image, most int) *image.NRGBA {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if longer := max(w, h); longer > most {
		w, h = max(1, w*most/longer), max(1, h*most/longer)
	}
	return scaled(img, w, h)
}

func scaled(img image.Image, w, h int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if b := img.Bounds(); b.Dx() == w && b.Dy() == h {
		draw.Draw(out, out.Rect, img, b.Min, draw.Src)
		return out
	}
	draw.CatmullRom.Scale(out, out.Rect, img, img.Bounds(), draw.Src, nil)
	return out
}

// looks is a difference hash of 64 bits (N. Krawetz, "Kind of Like That", 2013): each
// says whether a dot of the gray picture, on white, at 9 × 8 dots, is lighter than
// the next one. Pictures that look alike differ in few of them.
func looks(img *image.NRGBA) string {
	dots := toGray(scaled(img, 9, 8))
	var hash uint64
	for y := range 8 {
		for x := range 8 {
			hash <<= 1
			if dots.GrayAt(x, y).Y > dots.GrayAt(x+1, y).Y {
				hash |= 1
			}
		}
	}
	return fmt.Sprintf("%016x", hash)
}

// colorOf finds the color that stands for the picture, and whether it is its only
// one. Colors are counted in steps of 32, each as the mean of what fell to it.
func colorOf(img *image.NRGBA) (color string, alone bool) {
	type sum struct{ n, r, g, b int }
	counts := map[int]*sum{}
	through := 0
	for i := 0; i+3 < len(img.Pix); i += 4 {
		p := img.Pix[i : i+4]
		if p[3] < 128 {
			through++
			continue
		}
		key := int(p[0]>>5)<<6 | int(p[1]>>5)<<3 | int(p[2]>>5)
		if counts[key] == nil {
			counts[key] = &sum{}
		}
		s := counts[key]
		s.n, s.r, s.g, s.b = s.n+1, s.r+int(p[0]), s.g+int(p[1]), s.b+int(p[2])
	}
	alone = len(counts) == 0 || len(counts) == 1 && through == 0
	best, bestColored, bestKey := 0, false, -1
	for key, s := range counts {
		r, g, b := s.r/s.n, s.g/s.n, s.b/s.n
		colored := max(r, g, b)-min(r, g, b) > 40 && s.n*50 > len(img.Pix)/4
		if colored != bestColored && bestColored || colored == bestColored && (s.n < best || s.n == best && key < bestKey) {
			continue
		}
		best, bestColored, bestKey = s.n, colored, key
		color = fmt.Sprintf("#%02x%02x%02x", r, g, b)
	}
	return color, alone
}
