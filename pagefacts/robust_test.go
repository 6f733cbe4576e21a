package pagefacts

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// odd are words that rules look at, and some that none expects.
var odd = []string{"", ":", "#", ".", "-", "|", "%", "Invoice", "No", "Nr.", "Total", "VAT", "19%", "1.234,56", "€", "12/13/2024", "3.", "Mai", "2024", "GmbH", "Rechnung", "Bill", "To:", "IBAN", "DE89", "RM", "Cash", "Change", "(123456-X)", "SDN", "\u00ad", "ﬁn", "😀", "1'000.00", "Sold", "By:", "a:b:c", "((((", "10", "Qty", "Price", "Amount", "Description", "Herrn", "www.a.de", "0,00", "7", "\xff\xfe", "99999999999999999999.99", "-0.01", "12,00", "Logo"}

// Words of any text in any place are read without a panic, twice alike, into facts
// that can be written down.
func TestReadBearsAnyWords(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		d := anyDocument(r, odd)
		a, b := written(t, Read(d)), written(t, Read(d))
		if a != b {
			t.Fatalf("one document gives two answers:\n%s\n%s", a, b)
		}
		LooksLikeInvoice(d)
	}
}

func written(t testing.TB, f *Facts) string {
	t.Helper()
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatalf("the facts cannot be written: %v", err)
	}
	return string(raw)
}

func anyDocument(r *rand.Rand, texts []string) Document {
	d := Document{OCR: r.IntN(2) == 0}
	for n := range 1 + r.IntN(2) {
		page := Page{N: n + 1, Width: 100 + 500*r.Float64(), Height: 842 * r.Float64()}
		for range r.IntN(60) {
			x, y := 500*r.Float64(), float64(r.IntN(40))*14
			page.Words = append(page.Words, Word{Text: texts[r.IntN(len(texts))], X0: x, Y0: y, X1: x + 60*r.Float64(), Y1: y + 10*r.Float64(), Confidence: r.Float64()})
		}
		page.Words = append(page.Words, Word{Text: "odd", X0: math.NaN(), X1: math.Inf(1), Y1: math.NaN()})
		d.Pages = append(d.Pages, page)
	}
	return d
}

// crowds are layouts of very many words, each hard on another rule.
var crowds = map[string]func(i int) (page int, x, y float64){
	"one page":    func(i int) (int, float64, float64) { return 1, float64(i%10) * 58, float64(i/10) * 14 },
	"many pages":  func(i int) (int, float64, float64) { return 1 + i/500, float64(i%10) * 58, float64(i%500/10) * 14 },
	"word a page": func(i int) (int, float64, float64) { return 1 + i, 50, 50 },
	"scattered": func(i int) (int, float64, float64) {
		return 1 + i/5000, float64(i * 7919 % 595), float64(i * 104729 % 842)
	},
	"one line":   func(i int) (int, float64, float64) { return 1, float64(i) * 30, 0 },
	"one column": func(i int) (int, float64, float64) { return 1, 0, float64(i) * 14 },
	"one place":  func(int) (int, float64, float64) { return 1, 50, 50 },
}

func crowd(n int, place func(i int) (int, float64, float64), ocr bool) Document {
	d := Document{OCR: ocr}
	for i := range n {
		page, x, y := place(i)
		for len(d.Pages) < page {
			d.Pages = append(d.Pages, Page{N: len(d.Pages) + 1, Width: 595, Height: 842})
		}
		text := odd[(i*7+i/13)%len(odd)]
		if i%9 == 0 {
			text = fmt.Sprintf("word%d", i)
		}
		last := &d.Pages[page-1]
		last.Words = append(last.Words, Word{Page: page, X0: x, X1: x + 30, Y0: y, Y1: y + 10, Text: text, Confidence: .9})
	}
	return d
}

// A hundred thousand words are read in part: what is kept has a bound, and so has all
// that follows.
func TestReadBearsVeryManyWords(t *testing.T) {
	for name, place := range crowds {
		d := crowd(100_000, place, len(name)%2 == 0)
		kept := 0
		for _, page := range bounded(d).Pages {
			kept += len(page.Words)
		}
		if kept == 0 || kept > maxWords {
			t.Errorf("%s: %d words are read", name, kept)
		}
		written(t, Read(d))
	}
}

// Of a long document the first pages are read and the last ones.
func TestLongDocumentsKeepTheirEnds(t *testing.T) {
	d := crowd(100_000, crowds["many pages"], false)
	pages := bounded(d).Pages
	if pages[0].N != 1 || pages[len(pages)-1].N != d.Pages[len(d.Pages)-1].N {
		t.Errorf("pages %d to %d of %d are read", pages[0].N, pages[len(pages)-1].N, len(d.Pages))
	}
}

// FuzzRead sets words from lines "x0 y0 x1 y1 text" of any content.
func FuzzRead(f *testing.F) {
	f.Add("50 40 90 50 Invoice\n95 40 120 50 4711\n50 60 80 70 Total\n200 60 240 70 12.00", true)
	f.Add("NaN 40 Inf 50 Rechnung\n-1e300 1 1e300 2 Summe\n0 0 0 0 x", false)
	f.Add("50 40 90 50 Qty\n100 40 140 50 Price\n150 40 190 50 Amount\n50 60 60 70 2\n100 60 140 70 3,00\n150 60 190 70 6,00", false)
	f.Fuzz(func(t *testing.T, text string, ocr bool) {
		page := Page{N: 1, Width: 595, Height: 842}
		for _, row := range strings.Split(text, "\n") {
			w := Word{Page: 1, Confidence: .5}
			if _, err := fmt.Sscan(row, &w.X0, &w.Y0, &w.X1, &w.Y1, &w.Text); err == nil {
				page.Words = append(page.Words, w)
			}
		}
		d := Document{Pages: []Page{page}, OCR: ocr}
		written(t, Read(d))
		LooksLikeInvoice(d)
	})
}

// BenchmarkRead reads an ordinary page, and the most that is read of any document.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{300, 100_000} {
		d := crowd(n, crowds["many pages"], true)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Read(d)
			}
		})
	}
}
