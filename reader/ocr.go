package reader

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"os/exec"
	"strconv"
	"strings"
)

// ocrDPI is the resolution at which pages are recognised.
const ocrDPI = 300

// ocr recognises one page of a PDF, or an image.
func (e *engine) ocr(ctx context.Context, q request) (*File, error) {
	var page Page
	layout := "4" // one column of text of various sizes
	if !isPDF(q.Content) {
		layout = "6" // a photographed slip is one block
	}
	read := func(img image.Image, pointsPerPixel float64) (err error) {
		page, err = recognise(ctx, img, pointsPerPixel, q.Languages, layout)
		return err
	}
	if isPDF(q.Content) {
		if err := e.picture(q.Content, q.Page, ocrDPI, read); err != nil {
			return nil, err
		}
	} else {
		img, err := decodeImage(q.Content)
		if err != nil {
			return nil, err
		}
		if err := read(img, 1); err != nil {
			return nil, err
		}
	}
	page.N = max(q.Page, 1)
	return &File{Pages: []Page{page}}, nil
}

// good is the mean confidence from which a first reading is taken as it is.
const good = .75

// recognise reads a picture. A tilt is taken out first, which costs little; only
// where the result is poor the page is turned to where its letters stand upright.
func recognise(ctx context.Context, img image.Image, pointsPerPixel float64, languages []string, layout string) (Page, error) {
	gray := toGray(img)
	if tilt := tiltOf(gray); tilt > leastTilt || tilt < -leastTilt {
		gray = turn(gray, -tilt)
	}
	page, err := tesseract(ctx, gray, pointsPerPixel, languages, layout)
	if err != nil || page.Confidence >= good && len(page.Words) > 20 {
		return page, err
	}
	quarter := orientation(ctx, gray)
	if quarter == 0 {
		return page, nil
	}
	gray = turn(gray, float64(quarter))
	if tilt := tiltOf(gray); tilt > leastTilt || tilt < -leastTilt {
		gray = turn(gray, -tilt)
	}
	turned, err := tesseract(ctx, gray, pointsPerPixel, languages, layout)
	if err != nil || turned.Confidence*float64(len(turned.Words)) <= page.Confidence*float64(len(page.Words)) {
		return page, nil // the first reading was the better one
	}
	turned.Rotation = quarter
	return turned, nil
}

// orientation asks tesseract by how many degrees, clockwise, a page must be
// turned; 0 when it cannot tell.
func orientation(ctx context.Context, gray *image.Gray) int {
	out, err := run(ctx, gray, "-l", "osd", "--psm", "0")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(out)) {
		if degrees, ok := strings.CutPrefix(line, "Rotate: "); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(degrees)) // tesseract writes 0, 90, 180 or 270
			return n
		}
	}
	return 0
}

// tesseract recognises one picture.
func tesseract(ctx context.Context, gray *image.Gray, pointsPerPixel float64, languages []string, layout string) (Page, error) {
	out, err := run(ctx, gray, "-l", strings.Join(languages, "+"), "--psm", layout, "tsv")
	if err != nil {
		return Page{}, err
	}
	p := Page{Source: "ocr", Width: float64(gray.Rect.Dx()) * pointsPerPixel, Height: float64(gray.Rect.Dy()) * pointsPerPixel}
	p.Words = tsvWords(out, pointsPerPixel)
	if len(p.Words) == 0 {
		p.Source = "none"
		return p, nil
	}
	for _, w := range p.Words {
		p.Confidence += w.Confidence / float64(len(p.Words))
	}
	p.Grade = gradeOf(p.Confidence)
	return p, nil
}

// run gives tesseract a picture. PNM is what it reads fastest; more than one
// thread makes it many times slower (the child's environment sees to that).
func run(ctx context.Context, gray *image.Gray, args ...string) ([]byte, error) {
	var pnm bytes.Buffer
	fmt.Fprintf(&pnm, "P5\n%d %d\n255\n", gray.Rect.Dx(), gray.Rect.Dy())
	for y := range gray.Rect.Dy() {
		pnm.Write(gray.Pix[y*gray.Stride : y*gray.Stride+gray.Rect.Dx()])
	}
	cmd := exec.CommandContext(ctx, "tesseract", append([]string{"stdin", "stdout"}, args...)...)
	cmd.Stdin = &pnm
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); errors.Is(err, exec.ErrNotFound) {
		return nil, faultf(CodeOCRUnavailable, "Pages cannot be recognised here: tesseract is not installed (apt-get install tesseract-ocr).")
	} else if err != nil {
		return nil, faultf(CodeDamaged, "The page could not be recognised.")
	}
	return out.Bytes(), nil
}

func toGray(img image.Image) *image.Gray {
	if g, ok := img.(*image.Gray); ok && g.Rect.Min == (image.Point{}) {
		return g
	}
	g := image.NewGray(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(g, g.Rect, image.White, image.Point{}, draw.Src) // what is transparent is paper
	draw.Draw(g, g.Rect, img, img.Bounds().Min, draw.Over)
	return g
}

// tsvWords reads tesseract's table: level 5 is a word; columns 7 to 10 its box,
// 11 its confidence in percent, 12 its text.
func tsvWords(tsv []byte, pointsPerPixel float64) []Word {
	var words []Word
	lines := bufio.NewScanner(bytes.NewReader(tsv))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) < 12 || cells[0] != "5" || strings.TrimSpace(cells[11]) == "" {
			continue
		}
		n := make([]float64, 5)
		for i := range n {
			n[i], _ = strconv.ParseFloat(cells[6+i], 64) // tesseract writes numbers there
		}
		words = append(words, Word{X0: n[0] * pointsPerPixel, Y0: n[1] * pointsPerPixel, X1: (n[0] + n[2]) * pointsPerPixel,
			Y1: (n[1] + n[3]) * pointsPerPixel, Text: strings.TrimSpace(cells[11]), Confidence: n[4] / 100})
	}
	return words
}
