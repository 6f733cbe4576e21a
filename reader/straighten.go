package reader

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// Limits of the search for a tilt, in degrees.
const (
	maxTilt   = 4.0
	leastTilt = 0.25 // less is not worth the blur of turning
)

// tiltOf estimates by how many degrees the lines of a page lean. Of several
// angles it takes the one whose horizontal profile is sharpest: rows of letters
// and gaps between them. Source: W. Postl, "Detection of linear oblique
// structures and skew scan in digitized documents", 1986.
func tiltOf(img *image.Gray) float64 {
	small, dark := shrink(img), 0
	var xs, ys []float64
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			if small.Pix[y*small.Stride+x] < 128 {
				xs, ys = append(xs, float64(x)), append(ys, float64(y))
				dark++
			}
		}
	}
	if dark < 200 {
		return 0
	}
	best, sharpest := 0.0, 0.0
	try := func(angle float64) {
		if s := sharpness(xs, ys, angle, small.Rect.Dy()); s > sharpest {
			best, sharpest = angle, s
		}
	}
	for angle := -maxTilt; angle <= maxTilt; angle += .5 {
		try(angle)
	}
	for around, step := best, .1; step <= .4; step += .1 {
		try(around - step)
		try(around + step)
	}
	return best
}

// sharpness is the sum of the squared differences of neighbouring rows after
// the points were turned.
func sharpness(xs, ys []float64, angle float64, height int) float64 {
	slope := math.Tan(angle * math.Pi / 180)
	profile := make([]float64, 2*height+2)
	for i := range xs {
		if row := int(ys[i]-xs[i]*slope) + height/2; row >= 0 && row < len(profile) {
			profile[row]++
		}
	}
	sum := 0.0
	for i := 1; i < len(profile); i++ {
		d := profile[i] - profile[i-1]
		sum += d * d
	}
	return sum
}

// shrink makes a picture small enough to look at a tilt.
func shrink(img *image.Gray) *image.Gray {
	const width = 800
	if img.Rect.Dx() <= width {
		return img
	}
	small := image.NewGray(image.Rect(0, 0, width, img.Rect.Dy()*width/img.Rect.Dx()))
	draw.ApproxBiLinear.Scale(small, small.Rect, img, img.Rect, draw.Src, nil)
	return small
}

// turn turns a picture by degrees, clockwise on the page, on white paper. Quarter
// turns change its size.
func turn(img *image.Gray, degrees float64) *image.Gray {
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	width, height := w, h
	if math.Abs(sin) > .9 {
		width, height = h, w
	}
	out := image.NewGray(image.Rect(0, 0, int(width), int(height)))
	draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	// Source to destination: to the middle, turned, and back.
	m := f64.Aff3{cos, -sin, width/2 - cos*w/2 + sin*h/2, sin, cos, height/2 - sin*w/2 - cos*h/2}
	draw.BiLinear.Transform(out, m, img, img.Rect, draw.Src, nil)
	return out
}
