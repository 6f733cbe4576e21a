package pagefacts

import "testing"

func words(texts ...string) []Word {
	var list []Word
	x := 0.0
	for _, text := range texts {
		width := 5 * float64(len(text))
		list = append(list, Word{Text: text, X0: x, X1: x + width, Y0: 0, Y1: 10})
		x += width + 3
	}
	return list
}

func TestReadMoney(t *testing.T) {
	for _, c := range []struct {
		text string
		sign byte
		want string // "" for no amount
	}{
		{"1.234,56", ',', "1234.56"},
		{"1,234.56", '.', "1234.56"},
		{"1 234,56", ',', "1234.56"},
		{"1'234.50", '.', "1234.50"},
		{"1,25,000.00", '.', "125000.00"},
		{"€ 12,00", ',', "12.00"},
		{"12,00 EUR", ',', "12.00"},
		{"$4.11", '.', "4.11"},
		{"-16.50", '.', "-16.50"},
		{"(16.50)", '.', "-16.50"},
		{"16.50-", '.', "-16.50"},
		{"-$200.00", '.', "-200.00"},
		{"0,025", ',', "0.025"},
		{"1,234", '.', "1234"},
		{"3,3333", ',', "3.3333"},
		{"12/05", '.', ""},
		{"1.2.3", '.', ""},
		{"4-", '.', ""},
		{"0,00", ',', "0.00"},
	} {
		got, ok := readMoney(c.text, c.sign)
		if ok != (c.want != "") || got.value != c.want {
			t.Errorf("readMoney(%q, %c) is %q, %v, want %q", c.text, c.sign, got.value, ok, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	dmy, mdy := &paper{order: "DMY"}, &paper{order: "MDY"}
	for _, c := range []struct {
		p    *paper
		text []string
		want string
	}{
		{dmy, []string{"03/04/2024"}, "2024-04-03"},
		{mdy, []string{"03/04/2024"}, "2024-03-04"},
		{mdy, []string{"28/02/2024"}, "2024-02-28"},
		{dmy, []string{"2024-02-29"}, "2024-02-29"},
		{dmy, []string{"2023-02-29"}, ""},
		{dmy, []string{"7.", "Mai", "2014"}, "2014-05-07"},
		{dmy, []string{"August", "3", ",", "2014"}, "2014-08-03"},
		{dmy, []string{"1er", "février", "2023"}, "2023-02-01"},
		{dmy, []string{"12", "de", "marzo", "de", "2020"}, "2020-03-12"},
		{dmy, []string{"18-11-18"}, "2018-11-18"},
		{dmy, []string{"15-Apr-2023"}, "2023-04-15"},
		{dmy, []string{"30.05.2017."}, "2017-05-30"},
		{dmy, []string{"12.345,67"}, ""},
		{dmy, []string{"Marktplatz", "3"}, ""},
		{dmy, []string{"27", "MAR", "2018"}, "2018-03-27"},
	} {
		if got, _ := c.p.date(words(c.text...)); got != c.want {
			t.Errorf("date of %v in %s is %q, want %q", c.text, c.p.order, got, c.want)
		}
	}
}

func TestVATShapes(t *testing.T) {
	for _, c := range []struct {
		text  []string
		want  string
		valid bool
	}{
		{[]string{"DE", "136", "695", "976"}, "DE136695976", true},
		{[]string{"FR40303265045"}, "FR40303265045", true},
		{[]string{"DE123456789"}, "DE123456789", false},
		{[]string{"GB", "123", "4567", "8"}, "", false},
		{[]string{"Deutschland"}, "", false},
		{[]string{"29AABCU9603R1ZJ"}, "29AABCU9603R1ZJ", false},
	} {
		if got, valid, _ := vat(words(c.text...)); got != c.want || valid != c.valid {
			t.Errorf("vat(%v) is %q, %v, want %q, %v", c.text, got, valid, c.want, c.valid)
		}
	}
}

func TestIBANNeedsItsCheckDigits(t *testing.T) {
	if f, _ := ibanAt(words("IBAN:", "DE89", "3704", "0044", "0532", "0130", "00")); f.Value != "DE89370400440532013000" {
		t.Errorf("IBAN is %q", f.Value)
	}
	if f, n := ibanAt(words("DE12", "1234", "5678", "9012", "3456", "78")); n != 0 {
		t.Errorf("an IBAN with wrong check digits was taken: %q", f.Value)
	}
}

// Labels are found though a letter is wrong, but only where words were
// recognised.
func TestLabelsBearMisreadLetters(t *testing.T) {
	rows := "50|lnvoice Numbcr: ~200|A-100\n50|Iotal ~200|12.00"
	read := sheet(rows)
	if got := Read(read).Number.Value; got != "" {
		t.Errorf("a text layer's %q was taken for a label", got)
	}
	read.OCR = true
	f := Read(read)
	if f.Number.Value != "A-100" || f.GrossTotal.Value != "12.00" {
		t.Errorf("number %q, total %q", f.Number.Value, f.GrossTotal.Value)
	}
}

// A line that was scanned aslant stays one line.
func TestLinesFollowTheTilt(t *testing.T) {
	page := Page{N: 1, Width: 595, Height: 842}
	for i, text := range []string{"Total", "of", "all", "items", "together", "12.00"} {
		y := 100 + 2.5*float64(i)
		page.Words = append(page.Words, Word{Text: text, X0: float64(60 * i), X1: float64(60*i + 40), Y0: y, Y1: y + 10})
	}
	if lines := linesOf(page); len(lines) != 1 {
		t.Errorf("%d lines, want 1", len(lines))
	}
}

func TestLooksLikeInvoice(t *testing.T) {
	for _, c := range []struct {
		name string
		doc  Document
		want bool
	}{
		{"invoice", papers[0].doc, true},
		{"French invoice", papers[1].doc, true},
		{"credit note", papers[3].doc, true},
		{"slip", slips[0].doc, true},
		{"nothing", Document{}, false},
		{"shopping list", sheet("Shopping list\nMilk ~200|1.20\nBread ~200|2.50\nTotal ~200|3.70"), false},
		{"statement of account", sheet(`
STATEMENT OF ACCOUNT
Customer no 4411
Balance brought forward ~400|120.00
Invoice 7781 dated 01/05/2024 ~400|90.00
Balance due ~400|210.00`), false},
		{"letter about an invoice", sheet(`
Dear Mr Feldmann,
thank you for your letter of 3 May 2024. We have looked at the invoice you mention
and will send you a corrected one next week. The amount of 120.00 EUR was right.
Kind regards
Anna Berg`), false},
		{"manual", sheet(`
Chapter 4: Invoices
To create an invoice, press the button New. The invoice number is given by the program.
The total is computed from the lines. VAT is added at the rate of the article.
4.1 Due date
The due date is the invoice date and the days of the terms.`), false},
	} {
		if got, why := LooksLikeInvoice(c.doc); got != c.want {
			t.Errorf("%s: %v, %s", c.name, got, why)
		}
	}
}

func TestShows(t *testing.T) {
	d := sheet("Rechnung Nr. RE-2024/17 vom 7. Mai 2024\nSumme ~200|1.234,50 €")
	for value, want := range map[string]bool{"RE-2024/17": true, "2024-05-07": true, "1234.50": true, "1234.51": false, "2024-05-08": false} {
		if got := d.Shows(value); got != want {
			t.Errorf("Shows(%q) is %v", value, got)
		}
	}
}

// A self-billed invoice is called a credit note in German, and is none.
func TestSelfBilledInvoiceIsNoCreditNote(t *testing.T) {
	if got := Read(sheet("Gutschrift (Selbst ausgestellte Rechnung) Nr. 11 vom 01.02.2024\nGesamtbetrag ~200|10,00 €")).Kind; got != Invoice {
		t.Errorf("kind is %q", got)
	}
	if got := Read(sheet("Gutschrift Nr. 11 vom 01.02.2024\nGesamtbetrag ~200|10,00 €")).Kind; got != CreditNote {
		t.Errorf("kind is %q", got)
	}
}

func TestChecks(t *testing.T) {
	statuses := map[string]string{}
	for _, c := range Read(papers[0].doc).Checks {
		statuses[c.Code] = c.Status
	}
	for _, code := range []string{"grand_total", "tax_sum", "lines_sum", "due_not_before_issue"} {
		if statuses[code] != "pass" {
			t.Errorf("%s is %q", code, statuses[code])
		}
	}
}

// A # is part of a number behind a label that says so by itself, and the label where
// it is one.
func TestNumberSign(t *testing.T) {
	for text, want := range map[string]string{
		"50|Invoice No : # AB_2015-7":  "#AB_2015-7",
		"50|Invoice No: #4711":         "#4711",
		"50|Invoice #4711":             "4711",
		"50|Invoice # 4711":            "4711",
		"50|INVOICE\n50|# AB_2015_000": "AB_2015_000",
	} {
		wants(t, Read(sheet(text)), map[string]string{"number": want})
	}
}

// A name with nothing but a mail address of others below it is not surely the
// seller's; an address, or a web address made of the name, make it so.
func TestALoneNameIsNoSeller(t *testing.T) {
	for text, want := range map[string]string{
		"50|Sammy Maytree~400|INVOICE\n50|sales@fake.com":      "",
		"50|Sammy Maytree~400|INVOICE\n50|sales@maytree.com":   "",
		"50|Sammy Maytree~400|INVOICE\n50|www.sammymaytree.it": "Sammy Maytree",
		"50|Sammy Maytree~400|INVOICE\n50|12 Main Street":      "Sammy Maytree",
	} {
		wants(t, Read(sheet(text+"\n\n50|Total~400|$12.00")), map[string]string{"seller": want})
	}
}
