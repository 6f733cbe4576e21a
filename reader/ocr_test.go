package reader

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
)

// photo makes an image of our own page: width pixels wide, in gray.
func photo(t *testing.T, r *Reader, width int) *image.Gray {
	t.Helper()
	p, err := r.Render(t.Context(), pagesPDF("", letter()), 1, width)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(p.Content))
	if err != nil || img.Bounds().Dx() != width || p.Width != 612 || p.Height != 792 || p.Pages != 1 {
		t.Fatalf("rendered %v of %g × %g: %v", img.Bounds(), p.Width, p.Height, err)
	}
	return toGray(img)
}

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// wantedWords is the share of the letter's words that were read.
func wantedWords(p Page) float64 {
	wanted := strings.Fields("invoice number delivery bread customer thank order delivered forty loaves twelve cakes transfer amount 128.40 euro thirty days total includes transport kind regards bakery market place")
	found := 0
	text := strings.ToLower(p.Text)
	for _, w := range wanted {
		if strings.Contains(text, w) {
			found++
		}
	}
	return float64(found) / float64(len(wanted))
}

func TestRecognitionFindsTheWordsOfAPage(t *testing.T) {
	needTesseract(t)
	r := newReader(t, Options{})
	pages, err := r.OCR(t.Context(), pagesPDF("", "", letter()), []int{2})
	if err != nil || len(pages) != 1 {
		t.Fatal(pages, err)
	}
	p := pages[0]
	if p.N != 2 || p.Source != "ocr" || p.Grade != "excellent" || p.Language != "en" || p.NeedsOCR() || wantedWords(p) < 1 {
		t.Errorf("%+v", p)
	}
	// The text layer and the recognition must agree where a word stands.
	layer := mustPDF(t, r, pagesPDF("", letter())).Pages[0]
	for _, w := range layer.Words {
		at := slices.IndexFunc(p.Words, func(o Word) bool { return o.Text == w.Text && within(o, w.X0, w.Y0, w.X1, w.Y1, 3) })
		if at < 0 && len(w.Text) > 3 {
			t.Errorf("%q is not where its text layer has it: %+v", w.Text, w)
		}
	}
}

func TestPagesThatStandOtherwise(t *testing.T) {
	needTesseract(t)
	r := newReader(t, Options{})
	level := photo(t, r, 1100)
	layer := mustPDF(t, r, pagesPDF("", letter())).Pages[0].Words[0] // "Invoice"
	scale := 1100.0 / 612
	for name, c := range map[string]struct {
		img      *image.Gray
		rotation int
		skew     float64
	}{
		"on its head":   {turnGray(level, 2), 180, 0},
		"on its right":  {turnGray(level, 1), 270, 0},
		"on its left":   {turnGray(level, 3), 90, 0},
		"leaning":       {deskew(level, -2), 0, 2},
		"leaning, left": {turnGray(deskew(level, 1.5), 3), 90, -1.5},
	} {
		pages, err := r.OCR(t.Context(), asPNG(t, c.img), []int{1})
		if err != nil {
			t.Fatal(err)
		}
		p := pages[0]
		if p.Rotation != c.rotation || abs(p.Skew-c.skew) > .3 || wantedWords(p) < .9 {
			t.Errorf("%s: turned by %d, skew %g, words %.2f: %s", name, p.Rotation, p.Skew, wantedWords(p), p.Text)
			continue
		}
		first := p.Words[slices.IndexFunc(p.Words, func(w Word) bool { return w.Text == "Invoice" })]
		if !within(first, layer.X0*scale, layer.Y0*scale, layer.X1*scale, layer.Y1*scale, 8) {
			t.Errorf("%s: %+v is not at %+v times %.2f", name, first, layer, scale)
		}
		// Where the picture shows it there is ink.
		if shown := p.Shown([4]float64{first.X0, first.Y0, first.X1, first.Y1}); darkness(c.img, shown) < .1 {
			t.Errorf("%s: nothing is shown at %v", name, shown)
		}
	}
}

// darkness is the share of dark pixels in a box.
func darkness(g *image.Gray, box [4]float64) float64 {
	dark, all := 0, 0
	for y := int(box[1]); y < int(box[3]); y++ {
		for x := int(box[0]); x < int(box[2]); x++ {
			all++
			if image.Pt(x, y).In(g.Rect) && g.GrayAt(x, y).Y < 128 {
				dark++
			}
		}
	}
	return float64(dark) / float64(max(all, 1))
}

func TestLanguagesThatAreMissing(t *testing.T) {
	needTesseract(t)
	some := newReader(t, Options{Languages: []string{"eng", "xxx"}})
	if pages, err := some.OCR(t.Context(), pagesPDF("", letter()), []int{1}); err != nil || wantedWords(pages[0]) < 1 {
		t.Errorf("one of two: %v, %v", pages, err)
	}
	none := newReader(t, Options{Languages: []string{"xxx"}})
	if _, err := none.OCR(t.Context(), pagesPDF("", letter()), []int{1}); codeOf(err) != CodeOCRUnavailable {
		t.Errorf("none: %v", err)
	}
}

func TestWithoutTesseract(t *testing.T) {
	t.Setenv("PATH", "/nonexistent")
	r := newReader(t, Options{})
	if _, err := r.OCR(t.Context(), pagesPDF("", letter()), []int{1}); codeOf(err) != CodeOCRUnavailable {
		t.Errorf("%v", err)
	}
}

func TestPagesThatCannotBeRecognised(t *testing.T) {
	needTesseract(t)
	r := newReader(t, Options{})
	if _, err := r.OCR(t.Context(), pagesPDF("", letter()), []int{7}); codeOf(err) != CodeDamaged {
		t.Errorf("a page that is not there: %v", err)
	}
	pages, err := r.OCR(t.Context(), asPNG(t, image.NewGray(image.Rect(0, 0, 50, 50))), []int{1})
	if err != nil || pages[0].Source != "none" || len(pages[0].Words) != 0 {
		t.Errorf("a black square: %+v, %v", pages, err)
	}
}

func TestImages(t *testing.T) {
	r := newReader(t, Options{})
	img := image.NewRGBA(image.Rect(0, 0, 40, 20))
	img.Set(0, 0, color.Black)
	var asGIF, asJPEG bytes.Buffer
	if err := gif.Encode(&asGIF, img, nil); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&asJPEG, img, nil); err != nil {
		t.Fatal(err)
	}
	whole := asPNG(t, img)
	turned := append([]byte("\xff\xd8\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"), asJPEG.Bytes()[2:]...)
	huge := slices.Clone(whole) // its header claims more, and has the sum of that
	copy(huge[16:24], "\x00\x01\x00\x00\x00\x01\x00\x00")
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for name, c := range map[string]struct {
		content       []byte
		kind, code    string
		width, height float64
	}{
		"png":              {whole, "png", "", 40, 20},
		"gif":              {asGIF.Bytes(), "gif", "", 40, 20},
		"jpeg":             {asJPEG.Bytes(), "jpeg", "", 40, 20},
		"a turned camera":  {turned, "jpeg", "", 20, 40},
		"a cut-off png":    {whole[:len(whole)-20], "", CodeDamaged, 0, 0},
		"a damaged header": {whole[:20], "", CodeDamaged, 0, 0},
		"another kind":     {[]byte("BMabcdefgh"), "", CodeUnsupported, 0, 0},
		"a cut-off tiff":   {[]byte("II*\x00abcdefgh"), "", CodeDamaged, 0, 0},
		"2^32 pixels":      {huge, "", CodeTooManyPixels, 0, 0},
		"21 MiB":           {append(slices.Clone(whole), make([]byte, maxImage)...), "", CodeResourceLimit, 0, 0},
	} {
		f, err := r.Image(t.Context(), c.content)
		if codeOf(err) != c.code || (err == nil) != (c.code == "") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err == nil && (f.Kind != c.kind || f.Pages[0].Width != c.width || f.Pages[0].Height != c.height || !f.Pages[0].NeedsOCR()) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestOrientationOfCameras(t *testing.T) {
	// A pixel at the top left of the sensor, and where it is shown.
	for orientation, want := range map[int]image.Point{1: {0, 0}, 2: {2, 0}, 3: {2, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 2}, 8: {0, 2}} {
		img := image.NewRGBA(image.Rect(0, 0, 3, 2))
		img.Set(0, 0, color.White)
		out := upright(img, orientation)
		if got := out.At(want.X, want.Y); got != (color.RGBA{255, 255, 255, 255}) {
			t.Errorf("orientation %d: nothing at %v of %v", orientation, want, out)
		}
	}
}

// The second attempts stop in time: a page that reads badly costs no more than
// its budget.
func TestSecondAttemptsKeepTheBudget(t *testing.T) {
	needTesseract(t)
	noise := image.NewGray(image.Rect(0, 0, 200, 200))
	state := uint32(1)
	for i := range noise.Pix {
		state = state*1664525 + 1013904223
		noise.Pix[i] = uint8(state >> 24)
	}
	p, err := recognise(picture{gray: noise, pointsPerPixel: 1, layout: oneBlock}, []string{"eng"}, 1)
	if err != nil || p.Rotation != 0 {
		t.Errorf("another attempt was made: %+v, %v", p, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if onItsHead(ctx, noise, []string{"eng"}) {
		t.Error("something was read after the end of the context")
	}
}
