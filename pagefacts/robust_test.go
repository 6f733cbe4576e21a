package pagefacts

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Words of any text in any place are read without a panic, and twice alike.
func TestReadBearsAnyWords(t *testing.T) {
	texts := []string{"", ":", "#", ".", "-", "|", "%", "Invoice", "No", "Nr.", "Total", "VAT", "19%", "1.234,56", "€", "12/13/2024", "3.", "Mai", "2024", "GmbH", "Rechnung", "Bill", "To:", "IBAN", "DE89", "RM", "Cash", "Change", "(123456-X)", "SDN", "\u00ad", "ﬁn", "😀", "1'000.00", "Sold", "By:", "a:b:c", "((((", "10", "Qty", "Price", "Amount", "Description"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		d := anyDocument(r, texts)
		a, b := Read(d), Read(d)
		for _, field := range []string{"number", "issue", "gross", "seller", "buyer", "currency", "lines", "language"} {
			if a.value(field) != b.value(field) {
				t.Fatalf("%s is %q and then %q", field, a.value(field), b.value(field))
			}
		}
		LooksLikeInvoice(d)
	}
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
