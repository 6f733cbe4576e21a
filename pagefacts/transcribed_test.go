package pagefacts_test

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/pagefacts"
)

// TestFiguresTranscribed reads receipts as people transcribed them, line by line:
// what the rules miss there is not recognition's fault.
func TestFiguresTranscribed(t *testing.T) {
	y := newTally()
	for _, s := range samples(t, "receipts", "") {
		d := transcribed(t, strings.TrimSuffix(s.File, ".jpg")+".box.csv")
		y.add(t, s, issuerOf(s), pagePairs(s, pagefacts.Read(d)))
	}
	y.report(t, "transcribed receipts")
	y.atLeast(t, 95, 97)
}

// transcribed reads lines "x1,y1,…,x4,y4,text" in pixels; a line's words share its
// width by their letters.
func transcribed(t *testing.T, path string) pagefacts.Document {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	page := pagefacts.Page{N: 1}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		cells := strings.SplitN(lines.Text(), ",", 9)
		if len(cells) < 9 {
			continue
		}
		var x [8]float64
		for i := range x {
			x[i], _ = strconv.ParseFloat(cells[i], 64)
			x[i] /= 2 // as if it had been scanned at 144 dots to the inch
		}
		page.Words = append(page.Words, spread(cells[8], x[0], x[1], x[4], x[5])...)
		page.Width, page.Height = max(page.Width, x[4]+20), max(page.Height, x[5]+20)
	}
	return pagefacts.Document{Pages: []pagefacts.Page{page}, OCR: true}
}

func spread(text string, x0, y0, x1, y1 float64) []pagefacts.Word {
	letter := (x1 - x0) / float64(max(len(text), 1))
	var words []pagefacts.Word
	at := 0
	for _, w := range strings.Fields(text) {
		at += strings.Index(text[at:], w)
		words = append(words, pagefacts.Word{Page: 1, X0: x0 + float64(at)*letter, X1: x0 + float64(at+len(w))*letter, Y0: y0, Y1: y1, Text: w, Confidence: 1})
		at += len(w)
	}
	return words
}
