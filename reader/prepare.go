package reader

import (
	"image"
	"math"
)

// turnGray turns a picture by quarter turns clockwise.
func turnGray(g *image.Gray, turns int) *image.Gray {
	if turns&3 == 0 {
		return g
	}
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	if turns%2 == 1 {
		out = image.NewGray(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := turned(turns, x, y, w, h)
			out.Pix[ty*out.Stride+tx] = g.Pix[y*g.Stride+x]
		}
	}
	return out
}

// scaleGray makes a picture larger. Between pixels it draws straight lines, by
// hand: the general scalers ask for one pixel at a time.
func scaleGray(g *image.Gray, by float64) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, int(float64(g.Rect.Dx())*by), int(float64(g.Rect.Dy())*by)))
	right, bottom := float64(g.Rect.Dx())-1.001, float64(g.Rect.Dy())-1.001
	for y := range out.Rect.Dy() {
		fromY := min(max((float64(y)+.5)/by-.5, 0), bottom)
		for x := range out.Rect.Dx() {
			out.Pix[y*out.Stride+x] = between(g, min(max((float64(x)+.5)/by-.5, 0), right), fromY)
		}
	}
	return out
}

// maxSkew bounds the search for a skew, in degrees either way.
const maxSkew = 5.0

// skewOf estimates by how many degrees clockwise the lines of a page fall; 0
// where no angle is clearly better than none.
func skewOf(g *image.Gray) float64 {
	angle, _ := linesIn(g, false)
	return angle
}

// linesIn looks for lines of text. It turns points back by each angle and takes
// the one at which they fall into the sharpest rows: the method of projection
// profiles (W. Postl, "Detection of linear oblique structures and skew scan in
// digitized documents", 1986). Points are dark pixels with paper below them, the
// lower edges of letters, so that pictures and shades weigh little. sharpness
// tells how many times sharper the rows are than points strewn evenly would make them.
// With onSide it looks at the page as if it were turned by a quarter clockwise.
func linesIn(g *image.Gray, onSide bool) (skew, sharpness float64) {
	points := edges(g, onSide)
	if len(points) < 200 {
		return 0, 0
	}
	highest := 0
	for _, p := range points {
		highest = max(highest, int(p[0]), int(p[1]))
	}
	counts := make([]int, 3*highest+3) // a slope moves a point by less than a ninth of its x
	best, at := rowsOf(points, counts, highest, 0), 0.0
	flat := best
	try := func(angle float64) {
		if s := rowsOf(points, counts, highest, angle); s > best {
			best, at = s, angle
		}
	}
	for angle := -maxSkew; angle <= maxSkew; angle += .5 {
		try(angle)
	}
	for around, step := at, .1; step < .5; step += .1 {
		try(around - step)
		try(around + step)
	}
	n := float64(len(points))
	rows := g.Rect.Dy()
	if onSide {
		rows = g.Rect.Dx()
	}
	sharpness = best * float64(rows/stepOf(g)) / n / n
	if best < 1.05*flat || abs(at) > maxSkew-.1 {
		at = 0
	}
	return at, sharpness
}

// onItsSide reports whether lines run up and down rather than across.
func onItsSide(g *image.Gray) bool {
	_, across := linesIn(g, false)
	_, upward := linesIn(g, true)
	return upward > 1.15*across
}

// edges samples the lower edges of what is dark, in a picture of about 1,000
// pixels in width; with onSide those of the picture turned by a quarter.
func edges(g *image.Gray, onSide bool) [][2]float64 {
	step := stepOf(g)
	below := step * g.Stride
	if onSide {
		below = step
	}
	dark := darkIn(g)
	var points [][2]float64
	for y := 0; y+step < g.Rect.Dy(); y += step {
		row := g.Pix[y*g.Stride:]
		for x := 0; x+step < g.Rect.Dx(); x += step {
			if row[x] >= dark || row[x+below] < dark {
				continue
			}
			at := [2]float64{float64(x / step), float64(y / step)}
			if onSide {
				at[0], at[1] = float64((g.Rect.Dy()-1-y)/step), at[0]
			}
			points = append(points, at)
		}
	}
	for len(points) > maxEdges { // every other one says as much
		for i := range len(points) / 2 {
			points[i] = points[2*i]
		}
		points = points[:len(points)/2]
	}
	return points
}

// maxEdges is how many points tell the lines of a page.
const maxEdges = 30_000

// stepOf is how far apart the points lie that are looked at, in pixels. It is the
// same for a page and for the page on its side.
func stepOf(g *image.Gray) int { return max(1, (g.Rect.Dx()+g.Rect.Dy())/2400) }

// stripOf cuts the busiest strip out of a picture, straightened: an eighth of its
// height, but several lines at least. It counts upright strokes, of which letters
// have many and the rules of a table few.
func stripOf(g *image.Gray) *image.Gray {
	g = deskew(g, skewOf(g))
	step, height := stepOf(g), min(g.Rect.Dy(), max(g.Rect.Dy()/8, 300))
	dark := darkIn(g)
	strokes := make([]int, g.Rect.Dy()+1) // above each row
	for y := 0; y < g.Rect.Dy(); y += step {
		for x := 0; x+step < g.Rect.Dx(); x += step {
			if g.Pix[y*g.Stride+x] < dark && g.Pix[y*g.Stride+x+step] >= dark {
				strokes[y+1]++
			}
		}
	}
	best, at := -1, 0
	for y := 1; y <= g.Rect.Dy(); y++ {
		strokes[y] += strokes[y-1]
		if y >= height && strokes[y]-strokes[y-height] > best {
			best, at = strokes[y]-strokes[y-height], y-height
		}
	}
	strip := image.NewGray(image.Rect(0, 0, g.Rect.Dx(), height))
	copy(strip.Pix, g.Pix[at*g.Stride:(at+height)*g.Stride])
	return strip
}

// darkIn is the gray below which a pixel is ink.
func darkIn(g *image.Gray) uint8 { return uint8(max(30, int(meanOf(g))*6/10)) }

// meanOf is the mean gray of every 49th pixel.
func meanOf(g *image.Gray) float64 {
	sum, n := 0, 0
	for y := 0; y < g.Rect.Dy(); y += 7 {
		for x := 0; x < g.Rect.Dx(); x += 7 {
			sum += int(g.Pix[y*g.Stride+x])
			n++
		}
	}
	return float64(sum) / float64(max(n, 1))
}

// rowsOf is the sum of the squared counts of points in each row, after they were
// turned back by an angle. counts has room for rows from -highest on.
func rowsOf(points [][2]float64, counts []int, highest int, degrees float64) float64 {
	slope := math.Tan(degrees * math.Pi / 180)
	clear(counts)
	for _, p := range points {
		counts[int(p[1]-p[0]*slope+.5)+highest]++
	}
	sum := 0
	for _, n := range counts {
		sum += n * n
	}
	return float64(sum)
}

// deskew turns a picture back by degrees around its middle; what comes in from
// outside is paper.
func deskew(g *image.Gray, degrees float64) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(g.Rect)
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	cx, cy := float64(w)/2, float64(h)/2
	fromX, fromY := make([]float64, w), make([]float64, w) // of each column, in the middle row
	for x := range w {
		fromX[x], fromY[x] = cx+(float64(x)-cx)*cos, cy+(float64(x)-cx)*sin
	}
	for y := range h {
		dx, dy := (float64(y)-cy)*sin, (float64(y)-cy)*cos
		row := out.Pix[y*out.Stride : y*out.Stride+w]
		for x := range row {
			row[x] = between(g, fromX[x]-dx, fromY[x]+dy)
		}
	}
	return out
}

// between is the gray of a point between four pixels.
func between(g *image.Gray, x, y float64) uint8 {
	x0, y0 := int(x), int(y)
	if x < 0 || y < 0 || x0+1 >= g.Rect.Dx() || y0+1 >= g.Rect.Dy() {
		return 255
	}
	fx, fy := x-float64(x0), y-float64(y0)
	at := y0*g.Stride + x0
	top := float64(g.Pix[at])*(1-fx) + float64(g.Pix[at+1])*fx
	bottom := float64(g.Pix[at+g.Stride])*(1-fx) + float64(g.Pix[at+g.Stride+1])*fx
	return uint8(top*(1-fy) + bottom*fy + .5)
}

// evenOut removes shades and stretches the contrast: each pixel is set in
// relation to the paper around it, the brightest of its tile and of the tiles
// around. A photo's shadow and a thermal print's gray go.
func evenOut(g *image.Gray) *image.Gray {
	const tile = 32
	w, h := g.Rect.Dx(), g.Rect.Dy()
	across, down := (w+tile-1)/tile, (h+tile-1)/tile
	paper := make([]int, across*down)
	for y := range h {
		for x := range w {
			at := y/tile*across + x/tile
			paper[at] = max(paper[at], int(g.Pix[y*g.Stride+x]))
		}
	}
	out := image.NewGray(g.Rect)
	for y := range h {
		for x := range w {
			light := 0
			for ty := max(0, y/tile-1); ty <= min(down-1, y/tile+1); ty++ {
				for tx := max(0, x/tile-1); tx <= min(across-1, x/tile+1); tx++ {
					light += paper[ty*across+tx]
				}
			}
			n := (min(down-1, y/tile+1) - max(0, y/tile-1) + 1) * (min(across-1, x/tile+1) - max(0, x/tile-1) + 1)
			v := int(g.Pix[y*g.Stride+x]) * 255 * n / max(light, 1)
			out.Pix[y*out.Stride+x] = uint8(min(255, max(0, (v-64)*255/160)))
		}
	}
	return out
}
