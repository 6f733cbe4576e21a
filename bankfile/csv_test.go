package bankfile

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

func mustNumber(t *testing.T, s string) decimal.Decimal {
	t.Helper()
	d, err := decimal.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// rowsOf writes entries for comparison: date, amount, currency, party, text.
func rowsOf(f *File) string {
	var rows []string
	for _, s := range f.Statements {
		for _, e := range s.Entries {
			rows = append(rows, strings.Join([]string{e.BookingDate, e.Amount.String(), e.Currency, e.Counterparty.Name, strings.Join(e.Remittance, "/")}, " "))
		}
	}
	return strings.Join(rows, "\n")
}

// The tables of banks, in the shapes they really have.
func TestTables(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{
			"rows before and after the table",
			"\"Girokonto\";\"DE89370400440532013000\"\n\"Kontostand vom 31.01.2031:\";\"5,50 €\"\n\n" +
				"Buchungstag;Wertstellung;Buchungstext;Auftraggeber / Begünstigter;Verwendungszweck;Betrag (EUR)\n" +
				"02.01.2031;02.01.2031;Lastschrift;Stadtwerke;Abschlag 1;-1.234,56\n03.01.2031;03.01.2031;Gutschrift;ACME;Rechnung 7;10,00\n" +
				"Summe;;;;;-\n",
			"2031-01-02 -1234.56 EUR Stadtwerke Lastschrift/Abschlag 1\n2031-01-03 10.00 EUR ACME Gutschrift/Rechnung 7",
		},
		{
			"debit and credit apart, in Latin-1",
			"Date;Libell\xe9;D\xe9bit euros;Cr\xe9dit euros\n31/01/2031;CARTE CAFE;3,20;\n30/01/2031;VIR ACME;;1 500,00\n",
			"2031-01-31 -3.20 EUR  CARTE CAFE\n2031-01-30 1500.00 EUR  VIR ACME",
		},
		{
			"debits with their sign",
			"Date,Details,Withdrawals,Deposits\n2031-01-02,a,-5.00,\n2031-01-03,b,0.00,7.00\n",
			"2031-01-02 -5.00   a\n2031-01-03 7.00   b",
		},
		{
			"a word for the sign",
			"\"Datum\",\"Naam / Omschrijving\",\"Rekening\",\"Tegenrekening\",\"Af Bij\",\"Bedrag (EUR)\",\"Mededelingen\"\n" +
				"\"20310102\",\"Albert Heijn\",\"NL91ABNA0417164300\",\"\",\"Af\",\"10,50\",\"pas\"\n\"20310103\",\"ACME\",\"NL91ABNA0417164300\",\"NL20INGB0001234567\",\"Bij\",\"1000,00\",\"\"\n",
			"2031-01-02 -10.50 EUR Albert Heijn Albert Heijn/pas\n2031-01-03 1000.00 EUR ACME ACME",
		},
		{
			"time, status and another currency",
			"Type\tCompleted Date\tDescription\tAmount\tCurrency\tState\nCARD\t2031-01-02 10:11:12\tCafe\t-3.20\tGBP\tCOMPLETED\nCARD\t2031-01-03 09:00:00\tBar\t-1500\tJPY\tPENDING\n",
			"2031-01-02 -3.20 GBP  Cafe\n2031-01-03 -1500 JPY  Bar",
		},
		{
			"parentheses, signs and apostrophes",
			"Date,Description,Amount\n2031-01-02,a,(12.50)\n2031-01-03,b,$1'234.50\n2031-01-04,c,7.10-\n2031-01-05,d,€ 3.00\n",
			"2031-01-02 -12.50   a\n2031-01-03 1234.50   b\n2031-01-04 -7.10   c\n2031-01-05 3.00 EUR  d",
		},
		{
			"lines inside quotes",
			"Date,Description,Amount\n2031-01-02,\"a\nb, c\",1.00\n2031-01-03,d,2.00\n",
			"2031-01-02 1.00   a\nb, c\n2031-01-03 2.00   d",
		},
		{
			"words for months",
			"Date|Memo|Amount\n2 Jan 2031|a|1.00\n13 Feb 2031|b|2.00\n",
			"2031-01-02 1.00   a\n2031-02-13 2.00   b",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := rowsOf(parseText(t, tt.data)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestTableDates(t *testing.T) {
	table := func(dates ...string) string {
		return "Date,Description,Amount\n" + strings.Join(dates, ",a,1.00\n") + ",a,1.00\n"
	}
	for _, tt := range []struct {
		name, data, first string
		doubt             bool
	}{
		{"a 13 in the first place", table("01/02/2031", "13/02/2031"), "2031-02-01", false},
		{"a 13 in the second place", table("01/02/2031", "02/13/2031"), "2031-01-02", false},
		{"in order as months only", table("01/05/2031", "01/07/2031", "02/01/2031"), "2031-01-05", false},
		{"in order as days only", table("05/01/2031", "07/01/2031", "01/02/2031"), "2031-01-05", false},
		{"no way to tell", table("01/02/2031", "03/04/2031"), "2031-02-01", true},
	} {
		f := parseText(t, tt.data)
		if got := f.Statements[0].Entries[0].BookingDate; got != tt.first {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.first)
		}
		if doubt := len(f.Warnings) > 0 && f.Warnings[0].Code == FormatGuessed; doubt != tt.doubt {
			t.Errorf("%s: warnings %+v", tt.name, f.Warnings)
		}
	}
}

func TestTableNumbers(t *testing.T) {
	for _, tt := range []struct{ point, text, want string }{
		{".", "1,234.50", "1234.50"},
		{".", "1234.5", "1234.5"},
		{".", "12,34,567.00", "1234567.00"},
		{".", "1.234", "1.234"},
		{",", "1.234,50", "1234.50"},
		{",", "1 234,50 €", "1234.50"},
		{",", "\u22121,00", "-1.00"},
		{",", "EUR -1,00", "-1.00"},
		{",", "+1,00", "1.00"},
		{".", "1,23.50", ""},
		{",", "1.23", ""},
		{".", "1e5", ""},
		{".", "--1", ""},
		{".", "", ""},
		{".", ".", ""},
		{".", "١", ""},
	} {
		d, _, ok := tableNumber(tt.text, tt.point)
		if ok != (tt.want != "") || ok && d.String() != tt.want {
			t.Errorf("%q with %q: got %s, %v, want %q", tt.text, tt.point, d, ok, tt.want)
		}
	}
}

func TestRunningBalance(t *testing.T) {
	table := func(rows ...string) string { return "Date,Amount,Balance\n" + strings.Join(rows, "\n") }
	for _, tt := range []struct{ name, data, opening, closing, gap string }{
		{"up", table("2031-01-01,10,110", "2031-01-02,-30,80"), "100", "80", ""},
		{"down", table("2031-01-02,-30,80", "2031-01-01,10,110"), "100", "80", ""},
		{"a row is missing, up", table("2031-01-01,10,110", "2031-01-02,-30,75"), "", "", "-5"},
		{"a row is missing, down", table("2031-01-02,-30,75", "2031-01-01,10,110"), "", "", "-5"},
	} {
		f := parseText(t, tt.data)
		s := f.Statements[0]
		switch {
		case tt.gap != "":
			if len(f.Warnings) != 1 || f.Warnings[0].Code != BalanceGap || f.Warnings[0].Amount.String() != tt.gap {
				t.Errorf("%s: got %+v, want a gap of %s", tt.name, f.Warnings, tt.gap)
			}
		case s.Opening == nil || s.Opening.Amount.String() != tt.opening || s.Closing.Amount.String() != tt.closing || len(f.Warnings) > 0:
			t.Errorf("%s: got %+v, %+v, %+v", tt.name, s.Opening, s.Closing, f.Warnings)
		}
	}
}

// Rows of several accounts become a statement each, whatever their order.
func TestTableAccounts(t *testing.T) {
	f := parseText(t, "Date,Account,Description,Amount\n2031-01-02,A,cafe,-3\n2031-01-02,B,cafe,-3\n2031-01-02,A,cafe,-3\n")
	if len(f.Statements) != 2 || len(f.Statements[0].Entries) != 2 || f.Statements[0].Account != "A" {
		t.Fatalf("got %+v", f.Statements)
	}
	if a := f.Statements[0].Entries; a[0].Identity == a[1].Identity {
		t.Error("two equal coffees of an account have one identity")
	}
}

func TestMappingOfAPerson(t *testing.T) {
	data := "x;y;z\n1-2-2031;cafe;3,20\n"
	wantError(t, data, NeedsMapping, "")
	m := &Mapping{Delimiter: ";", HeaderRow: 1, DateLayout: "2-1-2006", Decimal: ",", Date: 1, Description: []int{2}, Amount: 3}
	f, err := Parse(strings.NewReader(data), Options{Mapping: m, Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	if got := rowsOf(f); got != "2031-02-01 3.20 EUR  cafe" {
		t.Errorf("got %q", got)
	}
	for name, broken := range map[string]*Mapping{
		"delimiter": {Delimiter: "xx", DateLayout: "2", Decimal: ",", Date: 1, Amount: 2},
		"date":      {Delimiter: ";", Decimal: ",", Amount: 2},
		"amount":    {Delimiter: ";", DateLayout: "2", Decimal: ",", Date: 1},
		"decimal":   {Delimiter: ";", DateLayout: "2", Date: 1, Amount: 2},
	} {
		if _, err := Parse(strings.NewReader(data), Options{Mapping: broken}); err == nil {
			t.Errorf("a mapping without a %s was taken", name)
		}
	}
}

func TestTableRefuses(t *testing.T) {
	head := "Date,Description,Amount,Currency\n2031-01-02,a,1.00,EUR\n"
	for _, tt := range []struct {
		name, data string
		code       Code
		path       string
	}{
		{"amount", head + head[strings.Index(head, "\n")+1:] + "2031-01-03,b,much,EUR\n", BadAmount, "Amount"},
		{"date", head + strings.Repeat("2031-01-02,a,1.00,EUR\n", 5) + "soon,b,1.00,EUR\n", BadDate, "Date"},
		{"currency", head + strings.Repeat("2031-01-03,b,1.00,EUR\n", 4000) + "2031-01-03,b,1.00,euros\n", BadValue, "Currency"},
		{"no headings", "2031-01-02,a,1.00\n2031-01-03,b,2.00\n", NeedsMapping, ""},
		{"no dates", "Date,Description,Amount\nx,y,1.00\nx,y,2.00\n", NeedsMapping, ""},
		{"one column", "1\n2\n3\n", NotABankFile, ""},
	} {
		t.Run(tt.name, func(t *testing.T) { wantError(t, tt.data, tt.code, tt.path) })
	}
}
