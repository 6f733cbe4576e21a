package reader

import (
	"image"
	"math"
)

// globeDots is the size at which a picture is asked whether it is a globe.
const globeDots = 32

// isGlobe tells the picture that browsers and icon services show for a site
// without one: a round net of meridians and parallels, in one color or in gray. It
// asks for all of what makes one: a round outline that fills its box, one hue, the
// same picture when mirrored left to right and top to bottom, a line down the
// middle and one across it, and meridians that cross the equator between the
// middle and the edge.
func isGlobe(img *image.NRGBA) bool {
	b := inked(img)
	if b.Empty() || b.Dx()*10 < b.Dy()*9 || b.Dy()*10 < b.Dx()*9 || !oneHue(img) {
		return false
	}
	dots := inkOf(scaled(img.SubImage(b), globeDots, globeDots), background(img))
	return dots.round() && dots.symmetric() && dots.crossed()
}

// ink is how much each dot of a square picture stands out, from 0 to 1.
type ink [globeDots][globeDots]float64

// background is the color of a picture's first corner; a clear one is white.
func background(img *image.NRGBA) [3]float64 {
	p := img.Pix[:4]
	if p[3] < 128 {
		return [3]float64{255, 255, 255}
	}
	return [3]float64{float64(p[0]), float64(p[1]), float64(p[2])}
}

// standsOut is how far a pixel is from the background, from 0 to 1.
func standsOut(p []byte, back [3]float64) float64 {
	opacity := float64(p[3]) / 255
	far := 0.0
	for i := range 3 {
		far = max(far, math.Abs(float64(p[i])-back[i])/255)
	}
	return far * opacity
}

// inked is the box around what stands out.
func inked(img *image.NRGBA) image.Rectangle {
	back, box := background(img), image.Rectangle{}
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			i := y*img.Stride + x*4
			if standsOut(img.Pix[i:i+4], back) > .25 {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

func inkOf(img *image.NRGBA, back [3]float64) (d ink) {
	most := 0.0
	for y := range globeDots {
		for x := range globeDots {
			i := y*img.Stride + x*4
			d[y][x] = standsOut(img.Pix[i:i+4], back)
			most = max(most, d[y][x])
		}
	}
	if most > 0 {
		for y := range d {
			for x := range d[y] {
				d[y][x] /= most
			}
		}
	}
	return d
}

// oneHue reports whether the colors of a picture are shades of one.
func oneHue(img *image.NRGBA) bool {
	var hues [12]int
	colored, all := 0, 0
	for i := 0; i+3 < len(img.Pix); i += 4 {
		p := img.Pix[i : i+4]
		if p[3] < 64 {
			continue
		}
		all++
		r, g, b := float64(p[0]), float64(p[1]), float64(p[2])
		if high, low := max(r, g, b), min(r, g, b); high-low > 40 {
			colored++
			hue := math.Mod(math.Atan2(math.Sqrt(3)*(g-b), 2*r-g-b)/(2*math.Pi)+1, 1)
			hues[int(hue*12)%12]++
		}
	}
	if colored*10 < all {
		return true
	}
	most := 0
	for i := range hues {
		most = max(most, hues[i]+hues[(i+1)%12])
	}
	return most*100 >= colored*90
}

// round reports whether the corners are empty and the rim is drawn.
func (d *ink) round() bool {
	corners, rim := 0.0, 0.0
	for _, at := range [][2]int{{0, 0}, {0, globeDots - 1}, {globeDots - 1, 0}, {globeDots - 1, globeDots - 1}} {
		for _, step := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}, {2, 0}, {0, 2}} {
			corners = max(corners, d[inward(at[0], step[0])][inward(at[1], step[1])])
		}
	}
	const turns = 48
	for i := range turns {
		rim += min(1, d.near(float64(i)/turns*2*math.Pi, .94)/.5) / turns
	}
	return corners < .3 && rim > .85
}

// inward goes steps from an edge to the middle.
func inward(edge, steps int) int {
	if edge == 0 {
		return steps
	}
	return edge - steps
}

// near is the most ink around a place on a circle of a share of the radius.
func (d *ink) near(angle, share float64) float64 {
	const half = (globeDots - 1) / 2.0
	cx, cy := half+half*share*math.Cos(angle), half+half*share*math.Sin(angle)
	most := 0.0
	for y := max(0, int(cy)-1); y <= min(globeDots-1, int(cy)+2); y++ {
		for x := max(0, int(cx)-1); x <= min(globeDots-1, int(cx)+2); x++ {
			most = max(most, d[y][x])
		}
	}
	return most
}

// symmetric reports whether both mirrors show nearly the same picture.
func (d *ink) symmetric() bool {
	across, down, all := 0.0, 0.0, 0.0
	for y := range globeDots {
		for x := range globeDots {
			across += math.Abs(d[y][x] - d[y][globeDots-1-x])
			down += math.Abs(d[y][x] - d[globeDots-1-y][x])
			all += d[y][x]
		}
	}
	return all > 0 && across/all < .35 && down/all < .35
}

// crossed reports whether a line runs down the middle and one across it, with
// others that meet the equator on both sides: the equator's parallels and the
// meridians leave fields between them in each quarter.
func (d *ink) crossed() bool {
	return d.line(func(i, off int) float64 { return d[i][globeDots/2-1+off] }) &&
		d.line(func(i, off int) float64 { return d[globeDots/2-1+off][i] }) &&
		d.fields() >= 6
}

// line reports whether a middle line is drawn, or left out of a filled disc: it
// differs from what lies beside it, all along.
func (d *ink) line(at func(i, off int) float64) bool {
	differs, n := 0, 0
	for i := 5; i < globeDots-5; i++ {
		middle := (at(i, 0) + at(i, 1)) / 2
		beside := (at(i, -3) + at(i, 4)) / 2
		n++
		if math.Abs(middle-beside) > .2 {
			differs++
		}
	}
	return differs*100 >= n*60
}

// fields counts the areas inside the rim, of one shade each, that lines part.
func (d *ink) fields() int {
	const half = (globeDots - 1) / 2.0
	mean, n := 0.0, 0
	inside := func(x, y int) bool { return math.Hypot(float64(x)-half, float64(y)-half) < half*.88 }
	for y := range globeDots {
		for x := range globeDots {
			if inside(x, y) {
				mean, n = mean+d[y][x], n+1
			}
		}
	}
	mean /= float64(max(1, n))
	dark, light := 0, 0
	var seen [globeDots][globeDots]bool
	for y := range globeDots {
		for x := range globeDots {
			if !inside(x, y) || seen[y][x] {
				continue
			}
			above := d[y][x] > mean
			if size := d.flood(x, y, above, mean, inside, &seen); size >= 6 {
				if above {
					dark++
				} else {
					light++
				}
			}
		}
	}
	return max(dark, light)
}

func (d *ink) flood(x, y int, above bool, mean float64, inside func(x, y int) bool, seen *[globeDots][globeDots]bool) int {
	stack, size := [][2]int{{x, y}}, 0
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		x, y := at[0], at[1]
		if x < 0 || y < 0 || x >= globeDots || y >= globeDots || seen[y][x] || !inside(x, y) || (d[y][x] > mean) != above {
			continue
		}
		seen[y][x] = true
		size++
		stack = append(stack, [2]int{x + 1, y}, [2]int{x - 1, y}, [2]int{x, y + 1}, [2]int{x, y - 1})
	}
	return size
}
