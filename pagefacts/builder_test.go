package pagefacts

import (
	"strings"
	"testing"
)

// sheet sets words on a page of A4 as a typist would: each line a row of cells,
// "x|text" beginning at x points from the left, 14 points a row. An empty line
// leaves a gap.
func sheet(rows string) Document {
	page := Page{N: 1, Width: 595, Height: 842}
	y := 40.0
	for _, row := range strings.Split(strings.Trim(rows, "\n"), "\n") {
		for _, cell := range strings.Split(row, "~") {
			page.Words = append(page.Words, typed(cell, y)...)
		}
		y += 14
	}
	return Document{Pages: []Page{page}}
}

// typed sets the words of a cell, 5 points a letter.
func typed(cell string, y float64) []Word {
	at, text, ok := strings.Cut(cell, "|")
	if !ok {
		at, text = "50", cell
	}
	x := 0.0
	for _, r := range strings.TrimSpace(at) {
		x = x*10 + float64(r-'0')
	}
	var words []Word
	for _, w := range strings.Fields(text) {
		width := 5 * float64(len([]rune(w)))
		words = append(words, Word{Page: 1, X0: x, X1: x + width, Y0: y, Y1: y + 10, Text: w, Confidence: 1})
		x += width + 3
	}
	return words
}

// slip is a sheet as narrow as a till's paper, with recognised words.
func slip(rows string) Document {
	d := sheet(rows)
	d.OCR = true
	d.Pages[0].Width = 300
	return d
}

// wants compares facts by name with what they must be; "" is abstained.
func wants(t *testing.T, f *Facts, want map[string]string) {
	t.Helper()
	for field, value := range want {
		if got := f.value(field); got != value {
			t.Errorf("%s is %q, want %q", field, got, value)
		}
	}
}
