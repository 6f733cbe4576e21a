package reader

import (
	"context"
	"image"
	"slices"
	"strings"
	"time"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/requests"
)

// ocrDPI is the resolution at which pages are recognised, which tesseract's
// models are made for.
const ocrDPI = 300

// Layouts that tesseract may expect, values of its --psm.
const (
	oneColumn = "4" // text of various sizes
	oneBlock  = "6" // what a photographed slip is
	scattered = "11"
)

// picture is a page to recognise.
type picture struct {
	gray           *image.Gray
	pointsPerPixel float64
	dpi            int    // 0: unknown, so tesseract guesses
	layout         string // tesseract's --psm
}

// ocr recognises one page of a PDF, or an image.
func (e *engine) ocr(q request) (*File, error) {
	languages, err := e.languagesOf(q.Languages)
	if err != nil {
		return nil, err
	}
	pic, err := e.pictureOf(q)
	if err != nil {
		return nil, err
	}
	page, err := recognise(pic, languages, q.Budget)
	if err != nil {
		return nil, err
	}
	page.N, page.Images = max(q.Page, 1), 1
	return &File{Pages: []Page{page}}, nil
}

func (e *engine) pictureOf(q request) (picture, error) {
	if isPDF(q.Content) {
		return e.pageInGray(q.Content, q.Page)
	}
	content, err := sheet(q.Content, max(q.Page, 1))
	if err != nil {
		return picture{}, err
	}
	img, _, err := decodeImage(content)
	if err != nil {
		return picture{}, err
	}
	return picture{gray: toGray(img), pointsPerPixel: 1, layout: oneBlock}, nil
}

// pageInGray renders a page, from 1, at the resolution of recognition or, where
// it is a poster, at one that keeps it below the limit of pixels.
func (e *engine) pageInGray(content []byte, page int) (picture, error) {
	doc, done, err := e.open(content)
	if err != nil {
		return picture{}, err
	}
	defer done()
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: page - 1}}
	size, err := e.lib.GetPageSize(&requests.GetPageSize{Page: at})
	if err != nil || size.Width <= 0 || size.Height <= 0 {
		return picture{}, faultf(CodeDamaged, "Its page %d cannot be shown.", page)
	}
	dpi := ocrDPI
	for dpi > 1 && size.Width*size.Height*float64(dpi*dpi)/72/72 > maxPixels {
		dpi = dpi * 9 / 10
	}
	shown, err := e.lib.RenderPageInDPI(&requests.RenderPageInDPI{Page: at, DPI: dpi, ImageFormat: requests.RenderImageFormatGrayscale, RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT})
	if isOrdinary(err) {
		return picture{}, faultf(CodeDamaged, "Its page %d cannot be shown.", page)
	} else if err != nil {
		return picture{}, err
	}
	defer shown.Cleanup()
	return picture{gray: toGray(shown.Result.RenderedImage), pointsPerPixel: 72 / float64(dpi), dpi: dpi, layout: oneColumn}, nil
}

// recognise reads a picture: once, the way round that its lines tell, with a skew
// set right, in the first of the languages. If that tells of another language or
// went badly, it reads again: turned where it stands on its head, in the language
// that was told or in all, and at last evened out and enlarged. The reading that
// found most is the page's.
func recognise(pic picture, languages []string, budget time.Duration) (Page, error) {
	started := time.Now()
	first, all, turns := languages[0], strings.Join(languages, "+"), 0
	if onItsSide(pic.gray) {
		if turns = 1; onItsHead(context.Background(), turnGray(pic.gray, 1), languages) {
			turns = 3
		}
	}
	best, err := attempt(context.Background(), pic, first, turns)
	if err != nil {
		return Page{}, asFault(err)
	}
	// Another look may take what is left of the time, but for a reserve.
	ctx, cancel := context.WithDeadline(context.Background(), started.Add(budget*9/10))
	defer cancel()
	if turns == 0 && best.Confidence < poor && spareTime(started, budget) && onItsHead(ctx, pic.gray, languages) {
		best = best.better(attempt(ctx, pic, first, 2))
	}
	pic = pic.ofUsualSize()
	if others := otherLanguages(best, languages); others != "" && spareTime(started, budget) {
		best = best.better(attempt(ctx, pic, others, best.Rotation/90))
	}
	if best.Confidence < poor && spareTime(started, budget) {
		again := pic
		again.gray = evenOut(pic.gray)
		best = best.better(attempt(ctx, again.enlarge(best.Words), all, best.Rotation/90))
	}
	return best, nil
}

// otherLanguages are those in which a page that was read in the first one should
// be read again, joined by +: the one that its words tell, or all of them when the
// reading is unsure. One language takes half the time of three, and finds as much
// when it is the right one; where letters are hard to tell, three find more.
func otherLanguages(p Page, languages []string) string {
	told := packOf(p.Language)
	switch {
	case len(languages) == 1:
		return ""
	case told != languages[0] && slices.Contains(languages, told):
		return told
	case p.Confidence < sure, told == "" && p.Confidence < certain:
		return strings.Join(languages, "+")
	}
	return ""
}

// onItsHead reports whether the busiest strip of a picture whose lines run level
// reads better the other way round: in the first language or, where that tells
// little, in all. It errs less than tesseract's own detection (--psm 0), which took
// a tilted, blurred page for upright that stood on its head.
func onItsHead(ctx context.Context, g *image.Gray, languages []string) bool {
	strip := stripOf(g)
	gain := headGain(ctx, strip, languages[0])
	if abs(gain) < .15 && len(languages) > 1 {
		gain = headGain(ctx, strip, strings.Join(languages, "+"))
	}
	return gain > 0
}

// headGain is by how much the confidence rises when a strip is turned by half; 0
// where it could not be read.
func headGain(ctx context.Context, strip *image.Gray, languages string) float64 {
	var found [2]float64
	for i := range found {
		out, err := tesseract(ctx, turnGray(strip, 2*i), "-l", languages, "--psm", scattered, "tsv")
		if err != nil {
			return 0
		}
		found[i] = confidenceOf(tsvWords(out, 1))
	}
	return found[1] - found[0]
}

func asFault(err error) error {
	if fault, ok := err.(*Error); ok {
		return fault
	}
	return faultf(CodeDamaged, "The page could not be recognised.")
}

// enlarge brings small letters to the height that the models know, about 30
// pixels from the top of a capital to the base line.
func (p picture) enlarge(words []Word) picture {
	height := 0.0
	for _, w := range words {
		height += (w.Y1 - w.Y0) / p.pointsPerPixel / float64(len(words))
	}
	by := 2.0
	if height > 8 {
		by = min(3, 30/height)
	}
	pixels := float64(p.gray.Rect.Dx()) * float64(p.gray.Rect.Dy())
	for by > 1 && pixels*by*by > maxPixels/2 {
		by *= .9
	}
	if by < 1.2 {
		return p
	}
	return p.scale(by)
}

// usualSide is how many pixels the shorter side of an image should have. What is
// smaller, a photo that a chat made small, is enlarged if it was not read well at
// once: no more words are found, but their figures are right more often.
const usualSide = 1000

func (p picture) ofUsualSize() picture {
	narrow := min(p.gray.Rect.Dx(), p.gray.Rect.Dy())
	if p.dpi > 0 || narrow >= usualSide || narrow <= usualSide/5 {
		return p
	}
	return p.scale(usualSide / float64(narrow))
}

func (p picture) scale(by float64) picture {
	p.gray, p.pointsPerPixel = scaleGray(p.gray, by), p.pointsPerPixel/by
	return p
}

// Confidences below which another attempt is worth its time: in more languages
// below sure, or below certain where the words tell of no language; with another
// picture below poor.
const (
	certain = .93
	sure    = .88
	poor    = .7
)

// minSkew is the angle from which it pays to set a page right, in degrees: less
// is not worth the blur.
const minSkew = .25

// attempt recognises a picture after quarter turns clockwise.
func attempt(ctx context.Context, pic picture, languages string, turns int) (Page, error) {
	pic.gray = turnGray(pic.gray, turns)
	p := Page{Source: "ocr", Width: float64(pic.gray.Rect.Dx()) * pic.pointsPerPixel, Height: float64(pic.gray.Rect.Dy()) * pic.pointsPerPixel, Rotation: turns * 90}
	gray := pic.gray
	if skew := skewOf(gray); abs(skew) >= minSkew {
		gray, p.Skew = deskew(gray, skew), skew
	}
	args := []string{"-l", languages, "--psm", pic.layout}
	if pic.dpi > 0 {
		args = append(args, "--dpi", "300")
	}
	out, err := tesseract(ctx, gray, append(args, "tsv")...)
	if err != nil {
		return Page{}, err
	}
	p.Words = tsvWords(out, pic.pointsPerPixel)
	p.conclude()
	return p, nil
}

// conclude fills what follows from the words of a recognised page.
func (p *Page) conclude() {
	if len(p.Words) == 0 {
		p.Source, p.Grade = "none", ""
		return
	}
	p.Confidence = confidenceOf(p.Words)
	p.Grade = gradeOf(p.Confidence)
	p.Text, p.Language = textOf(p.Words), languageOf(p.Words)
}

// confidenceOf is the mean confidence of the letters of words.
func confidenceOf(words []Word) float64 {
	sum, letters := 0.0, 0.0
	for _, w := range words {
		n := float64(len([]rune(w.Text)))
		sum, letters = sum+w.Confidence*n, letters+n
	}
	return sum / max(letters, 1)
}

// weight is how many letters were read, weighed by how surely.
func weight(words []Word) float64 {
	sum := 0.0
	for _, w := range words {
		sum += w.Confidence * w.Confidence * float64(len([]rune(w.Text)))
	}
	return sum
}

// better is the reading that found more; one that failed found nothing.
func (p Page) better(other Page, err error) Page {
	if err != nil || weight(other.Words) <= weight(p.Words) {
		return p
	}
	return other
}

// spareTime reports whether enough is left of a budget to begin once more; what
// does not end in time is given up.
func spareTime(started time.Time, budget time.Duration) bool {
	return time.Since(started) < budget/2
}
