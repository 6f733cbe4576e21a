package pagefacts_test

import (
	"fmt"

	"github.com/enrichd/enrichd/pagefacts"
)

func ExampleRead() {
	word := func(text string, x, y float64) pagefacts.Word {
		return pagefacts.Word{Page: 1, X0: x, Y0: y, X1: x + 6*float64(len(text)), Y1: y + 10, Text: text, Confidence: 1}
	}
	f := pagefacts.Read(pagefacts.Document{Pages: []pagefacts.Page{{N: 1, Width: 595, Height: 842, Words: []pagefacts.Word{
		word("Invoice", 50, 40), word("No:", 95, 40), word("A-17", 120, 40),
		word("Subtotal", 50, 80), word("100.00", 300, 80),
		word("VAT", 50, 95), word("20%", 72, 95), word("20.00", 300, 95),
		word("Total", 50, 110), word("£120.00", 300, 110),
	}}}})
	fmt.Println(f.Number.Value, f.NetTotal.Value, f.TaxTotal.Value, f.GrossTotal.Value, f.Currency.Value)
	fmt.Println(f.GrossTotal.Confirmed, f.DueDate.Value == "")
	// Output:
	// A-17 100.00 20.00 120.00 GBP
	// true true
}
