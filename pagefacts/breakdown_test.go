package pagefacts

import (
	"fmt"
	"strings"
	"testing"
)

// taxesRead writes a breakdown as "rate:basis:amount", row by row.
func taxesRead(f *Facts) string {
	var rows []string
	for _, t := range f.Taxes {
		rows = append(rows, fmt.Sprintf("%s:%s:%s", t.Rate.Value, t.Basis.Value, t.Amount.Value))
	}
	return strings.Join(rows, " ")
}

const sums = `
300|Net total~500|100.00
300|Total VAT~500|14.00
300|Grand total~500|114.00`

func TestBreakdown(t *testing.T) {
	for name, c := range map[string]struct{ rows, want string }{
		"two rates":                 {"50|20%~200|50.00~300|10.00\n50|8%~200|50.00~300|4.00", "20:50.00:10.00 8:50.00:4.00"},
		"a charge is none":          {"50|Freight charge~200|2%~300|100.00~400|2.00\n50|20%~200|50.00~300|10.00\n50|8%~200|50.00~300|4.00", "20:50.00:10.00 8:50.00:4.00"},
		"a row far above is none":   {"50|Agio~200|2%~300|100.00~400|2.00\n\n\n\n\n50|20%~200|50.00~300|10.00\n50|8%~200|50.00~300|4.00", "20:50.00:10.00 8:50.00:4.00"},
		"a rate of zero":            {"50|20%~200|70.00~300|14.00\n50|0%~200|30.00~300|0.00", "20:70.00:14.00 0:30.00:0.00"},
		"rates without their bases": {"50|VAT 20%~500|10.00\n50|VAT 8%~500|4.00", "20::10.00 8::4.00"},
		"the only rate":             {"50|plus VAT 14%~500|14.00", "14:100.00:14.00"},
		"rates that do not add up":  {"50|VAT 20%~500|10.00\n50|VAT 8%~500|3.00", ""},
	} {
		if got := taxesRead(Read(sheet("50|Invoice 4711\n" + c.rows + "\n\n" + sums))); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Where each party has a column, an id below the buyer's block is the buyer's.
func TestVATIDsInColumns(t *testing.T) {
	wants(t, Read(sheet(`
50|Invoice 4711
50|Seller Ltd~350|Client :
50|12 Main Street~350|Polar Foods AG
50|10115 Berlin~350|Bahnhofstr. 3
50|Phone 123~350|10119 Berlin
50|VAT no DE136695976~350|VAT no FR40303265045
50|www.seller.com`)), map[string]string{"vat": "DE136695976", "buyervat": "FR40303265045", "buyer": "Polar Foods AG"})
}

// The only address that is not the seller's is whom the paper is written to; two of
// them are not told apart.
func TestAddressWithoutALabel(t *testing.T) {
	letter := `
350|Seller GmbH
350|Ecke 12
350|12345 Stadthausen
350|VAT no DE136695976

50|Theodor Est
50|Bahnstr. 42
50|88802 Spielkreis
`
	more := `
200|Wilma Ost
200|Bahnstr. 43
200|88802 Spielkreis
`
	wants(t, Read(sheet(letter+"\n50|Rechnung 4711")), map[string]string{"seller": "Seller GmbH", "buyer": "Theodor Est"})
	wants(t, Read(sheet(letter+more+"\n50|Rechnung 4711")), map[string]string{"seller": "Seller GmbH", "buyer": ""})
}

// The exact cash is the total where net, tax and rounding make it.
func TestExactCash(t *testing.T) {
	wants(t, Read(slip(`
50|B & B RESTAURANT
50|SUB TOTAL~240|21.00
50|GST 6%~240|1.26
50|ROUNDING ADJ~240|-0.01
50|NET TOTAL~240|2.5n
50|CASH~240|22.25`)), map[string]string{"gross": "22.25"})
}
