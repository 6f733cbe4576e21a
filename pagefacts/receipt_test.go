package pagefacts

import "testing"

var slips = []struct {
	name string
	doc  Document
	want map[string]string
}{
	{"cash and change choose the total", slip(`
20|tan 4711
60|GOLDEN LEAF TRADING SDN BHD
60|(123456-X)
40|12, Jalan Bunga 3
60|43300 Selangor
80|TAX INVOICE
20|Invoice No : 00-4471 ~150|Date : 21/06/2018
20|Rice 5kg ~220|28.90
20|Salt ~220|1.10
20|Sub Total ~220|30.00
20|GST 6% ~220|1.80
20|Total Sales Inclusive of GST ~220|31.80
20|Cash ~220|50.00
20|Change ~220|18.20
`), map[string]string{"kind": Receipt, "gross": "31.80", "issue": "2018-06-21", "seller": "GOLDEN LEAF TRADING SDN BHD", "currency": "MYR", "number": "00-4471"}},

	{"rounded to the smallest coin", slip(`
60|KEDAI BUKU PELANGI ENTERPRISE
20|Date: 02-03-2018
20|Item ~220|RM 9.98
20|Total ~220|RM 9.98
20|Rounding Adj ~220|0.02
20|Rounded Total ~220|RM 10.00
20|Cash ~220|RM 10.00
20|Change ~220|RM 0.00
`), map[string]string{"gross": "10.00", "issue": "2018-03-02", "currency": "MYR"}},

	{"letters for digits, spaces at points", slip(`
60|SUNRISE HARDWARE
20|Date: 1O/O2/2018
20|Total: ~200|RM12 .5O
20|Cash: ~200|RM2O.00
20|Change: ~200|RM7.5O
`), map[string]string{"gross": "12.50", "issue": "2018-02-10"}},

	{"a name over two lines, a legal form misread", slip(`
60|NORDIC COFFEE
90|SON BHD
60|(998877-K)
20|27 MAR 2018 18:46
20|Total ~200|RM6.90
20|Cash ~200|RM6.90
20|Change ~200|RM0.00
`), map[string]string{"seller": "NORDIC COFFEE SDN BHD", "issue": "2018-03-27", "gross": "6.90"}},

	{"two tax classes make one total", slip(`
60|BÄCKEREI KORN GMBH
20|12.04.2022 08:13
20|Total 7% ~200|4,20
20|Total 19% ~200|2,60
20|Zu zahlen ~200|6,80 EUR
20|Bar ~200|10,00
20|Rückgeld ~200|3,20
`), map[string]string{"gross": "6.80", "issue": "2022-04-12", "currency": "EUR", "seller": "BÄCKEREI KORN GMBH"}},
}

func TestReadReceipts(t *testing.T) {
	for _, s := range slips {
		t.Run(s.name, func(t *testing.T) {
			wants(t, Read(s.doc), s.want)
		})
	}
}

// A name whose letters were hardly recognised is left out.
func TestDoubtfulShopNameIsLeftOut(t *testing.T) {
	d := slips[0].doc
	words := append([]Word(nil), d.Pages[0].Words...)
	for i := range words {
		if words[i].Text == "GOLDEN" {
			words[i].Confidence = .3
		}
	}
	d.Pages = []Page{{N: 1, Width: 300, Height: 842, Words: words}}
	if f := Read(d); f.SellerName.Value != "" || len(f.SellerName.Alternatives) == 0 {
		t.Errorf("seller is %q with %d alternatives", f.SellerName.Value, len(f.SellerName.Alternatives))
	}
}
