package bankfile

import (
	"strings"
	"testing"
)

// mtOf is an MT940 with what is given between its balances.
func mtOf(inside string) string {
	return ":20:REF\n:25:DE89370400440532013000\n:28C:1/1\n:60F:C310101EUR100,00\n" + inside + "\n:62F:C310103EUR100,00\n-\n"
}

func TestMTSigns(t *testing.T) {
	for line, want := range map[string]struct {
		amount   string
		reversal bool
		status   Status
	}{
		"3101020102C10,NTRFX":   {"10", false, Booked},
		"3101020102D10,5NTRFX":  {"-10.5", false, Booked},
		"3101020102RC10,00NTRF": {"-10.00", true, Booked},
		"3101020102RD10,00NTRF": {"10.00", true, Booked},
		"3101020102CR10,00NTRF": {"10.00", false, Booked}, // R is the currency's third letter.
		"3101020102DR10,00NTRF": {"-10.00", false, Booked},
		"3101020102RCR1,00NTRF": {"-1.00", true, Booked},
		"310102EC10,00NTRF":     {"10.00", false, Expected},
		"310102ED10,00NTRF":     {"-10.00", false, Expected},
		"310102C,50NTRF":        {"0.50", false, Booked},
		"310102C1234.56NTRF":    {"1234.56", false, Booked},
	} {
		e := onlyEntry(t, mtOf(":61:"+line))
		if e.Amount.String() != want.amount || e.Reversal != want.reversal || e.Status != want.status {
			t.Errorf("%s: got %s, reversal %v, %s", line, e.Amount, e.Reversal, e.Status)
		}
	}
}

// A type may be padded with a space, or be missing.
func TestMTTypes(t *testing.T) {
	for line, want := range map[string]string{
		"310102D10,NET NONREF":            "NET NONREF ",
		"310102D10,N544NONREF//B":         "N544 NONREF B",
		"310102D10,S103CUSTOMER REF 1//B": "S103 CUSTOMER REF 1 B",
		"310102D10,NTRF":                  "NTRF  ",
		"310102D10,":                      "  ",
	} {
		e := onlyEntry(t, mtOf(":61:"+line))
		if got := e.BankTransactionCode + " " + e.Reference + " " + e.BankReference; got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func TestMTDates(t *testing.T) {
	for line, want := range map[string][2]string{
		"3101020103C1,NTRF": {"2031-01-02", "2031-01-03"},
		"3012311231C1,NTRF": {"2030-12-31", "2030-12-31"},
		"3012310102C1,NTRF": {"2030-12-31", "2031-01-02"}, // Booked in the new year.
		"3101011231C1,NTRF": {"2031-01-01", "2030-12-31"},
		"310102C1,NTRF":     {"2031-01-02", "2031-01-02"},
		"991231C1,NTRF":     {"1999-12-31", "1999-12-31"},
	} {
		if e := onlyEntry(t, mtOf(":61:"+line)); e.ValueDate != want[0] || e.BookingDate != want[1] {
			t.Errorf("%s: value %s, booking %s, want %v", line, e.ValueDate, e.BookingDate, want)
		}
	}
	f := parseText(t, mtOf(":61:3102300302C1,NTRF"))
	if e := f.Statements[0].Entries[0]; e.ValueDate != "2031-02-28" || f.Warnings[0].Code != DateAdjusted || f.Warnings[0].Line != 5 {
		t.Errorf("30 February: got %s, warnings %+v", e.ValueDate, f.Warnings)
	}
}

func TestMTFrames(t *testing.T) {
	body := mtOf(":61:310102C1,NTRFX//B\n:86:text\nmore")
	for name, data := range map[string]string{
		"bare":              body,
		"no end":            strings.TrimSuffix(body, "-\n"),
		"windows lines":     strings.ReplaceAll(body, "\n", "\r\n"),
		"old lines":         strings.ReplaceAll(body, "\n", "\r"),
		"at signs":          "@@" + strings.ReplaceAll(body, "\n", "@@"),
		"network envelope":  "{1:F01BANKDEFFAXXX0000000000}{2:I940BANKDEFFXXXXN}{3:{108:X}}{4:\n" + strings.TrimSuffix(body, "-\n") + "-}{5:{CHK:1}}\n",
		"envelope, one end": "{1:F01}{2:O9400000}{4:\r\n" + strings.TrimSuffix(strings.ReplaceAll(body, "\n", "\r\n"), "-\r\n") + "-}",
		"lines of a header": "BANKNL2A\n940\nBANKNL2A\n" + body,
		"byte order mark":   "\ufeff" + body,
		"control letters":   "\x01\n" + strings.TrimSuffix(body, "\n") + "\x03",
	} {
		t.Run(name, func(t *testing.T) {
			f := parseText(t, data)
			if len(f.Statements) != 1 || len(f.Statements[0].Entries) != 1 || f.Statements[0].Closing == nil {
				t.Fatalf("got %+v", f.Statements)
			}
			e := f.Statements[0].Entries[0]
			if got := strings.Join(e.Remittance, "|"); got != "text|more" || e.BankReference != "B" || f.Format != "mt940" {
				t.Errorf("got %q, %q, %s", got, e.BankReference, f.Format)
			}
		})
	}
}

func TestMT942(t *testing.T) {
	f := parseText(t, ":20:R\n:25:1\n:28C:1/1\n:34F:EURD0,\n:13D:3101021200+0000\n:61:310102C1,NTRF\n:61:310102D2,NTRF\n:90D:1EUR2,00\n:90C:2EUR1,00\n-\n")
	s := f.Statements[0]
	if f.Format != "mt942" || s.Currency != "EUR" || len(s.Entries) != 2 {
		t.Errorf("got %s, %q, %d entries", f.Format, s.Currency, len(s.Entries))
	}
	if len(f.Warnings) != 1 || f.Warnings[0].Code != EntriesMissing {
		t.Errorf("got %+v, want %s", f.Warnings, EntriesMissing)
	}
}

// Lines are counted as an editor counts them, whatever ends them.
func TestMTLineNumbers(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r"} {
		if e := onlyEntry(t, strings.ReplaceAll(mtOf(":61:310102C1,NTRF"), "\n", end)); e.Line != 5 {
			t.Errorf("lines ending in %q: got line %d, want 5", end, e.Line)
		}
	}
}

// The pages of a statement are one: equal lines on two of them are two.
func TestMTPages(t *testing.T) {
	page := func(n, opening, closing string) string {
		return ":20:REF\n:25:1\n:28C:7/" + n + "\n:60M:C310101EUR" + opening + "\n:61:310102D1,NTRF\n:86:CAFE\n:62M:C310102EUR" + closing + "\n-\n"
	}
	if got := ids(parseText(t, page("1", "3,", "2,")+page("2", "2,", "1,"))); got[0] == got[1] {
		t.Error("the coffee of the second page is taken for that of the first")
	}
	if got := ids(parseText(t, page("1", "3,", "2,")+page("1", "3,", "2,"))); got[0] != got[1] {
		t.Error("a repeated page has other identities")
	}
}

// A second account without a reference of its own begins a statement.
func TestMTStatements(t *testing.T) {
	f := parseText(t, ":20:A\n:25:1\n:60F:C310101EUR1,\n:61:310102C1,NTRF\n:62F:C310102EUR2,\n:25:2\n:60F:C310101EUR5,\n:62F:C310102EUR5,\n:60F:C310102EUR5,\n:62F:C310103EUR6,\n")
	if len(f.Statements) != 3 || f.Statements[1].Account != "2" || f.Statements[2].Opening.Date != "2031-01-02" {
		t.Fatalf("got %d statements", len(f.Statements))
	}
	if len(f.Warnings) != 1 || f.Warnings[0].Code != BalanceGap || f.Warnings[0].Statement != 2 || f.Warnings[0].Amount.String() != "1" {
		t.Errorf("got %+v, want a gap of 1 in the third", f.Warnings)
	}
}

func TestMTDetails(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		got        func(Entry) string
		want       string
	}{
		{"remittance in full parts", "166?00GUTSCHRIFT?20RECHNUNG 2031-7 VOM 02.01.3?211 KUNDE 4711", func(e Entry) string { return strings.Join(e.Remittance, "|") }, "RECHNUNG 2031-7 VOM 02.01.31 KUNDE 4711"},
		{"remittance in lines", "166?00GUTSCHRIFT?20RECHNUNG 7?21DANKE", func(e Entry) string { return strings.Join(e.Remittance, "|") }, "RECHNUNG 7|DANKE"},
		{"SEPA words", "166?20EREF+E1?21MREF+M1?22SVWZ+Rechnung 7?30BANKDEFF?31DE89370400440532013000?32Muster?33mann", func(e Entry) string {
			return strings.Join([]string{e.EndToEndID, e.MandateID, e.Remittance[0], e.Counterparty.IBAN, e.Counterparty.BIC, e.Counterparty.Name}, "|")
		}, "E1|M1|Rechnung 7|DE89370400440532013000|BANKDEFF|Muster mann"},
		{"another mark", "020~00PRZELEW~20FAKTURA 7~32ACME~3899114010810000267002001002", func(e Entry) string {
			return e.TransactionText + "|" + e.Remittance[0] + "|" + e.Counterparty.Name
		}, "PRZELEW|FAKTURA 7|ACME"},
		{"code behind the type", "166?00X", func(e Entry) string { return e.BankTransactionCode }, "NTRF+166"},
		{"slashes of one bank", "/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/J. Jansen/REMI/Factuur 7/EREF/E7", func(e Entry) string {
			return strings.Join([]string{e.TransactionText, e.Counterparty.IBAN, e.Counterparty.BIC, e.Counterparty.Name, e.Remittance[0], e.EndToEndID}, "|")
		}, "SEPA OVERBOEKING|NL91ABNA0417164300|ABNANL2A|J. Jansen|Factuur 7|E7"},
		{"slashes of another", "/EREF/E7//MARF/M7//CSID/C7//CNTP/NL91ABNA0417164300/ABNANL2A/J. Jansen///REMI/USTD//Factuur 7/", func(e Entry) string {
			return strings.Join([]string{e.EndToEndID, e.MandateID, e.CreditorID, e.Counterparty.IBAN, e.Counterparty.Name, e.Remittance[0]}, "|")
		}, "E7|M7|C7|NL91ABNA0417164300|J. Jansen|Factuur 7"},
		{"structured behind a slash", "/REMI/STRD/CUR/9070003010640018/", func(e Entry) string { return e.Structured[0].Type + " " + e.Structured[0].Value }, "CUR 9070003010640018"},
		{"a dash at the start of a line", "one\n- two", func(e Entry) string { return strings.Join(e.Remittance, "|") }, "one|- two"},
		{"another message's field", "at 13\n:12:11 h", func(e Entry) string { return strings.Join(e.Remittance, "|") }, "at 13|:12:11 h"},
	} {
		if got := tt.got(onlyEntry(t, mtOf(":61:310102C1,NTRF\n:86:"+tt.text))); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestMTSupplement(t *testing.T) {
	e := onlyEntry(t, mtOf(":61:310102D5,NTRFREF//B\n/OCMT/USD4,5//CHGS/EUR0,5/"))
	if e.InstructedAmount == nil || e.InstructedAmount.Amount.String() != "4.5" || len(e.Charges) != 1 || e.Charges[0].Currency != "EUR" {
		t.Errorf("got %+v, %+v", e.InstructedAmount, e.Charges)
	}
}

func TestMTLatin1(t *testing.T) {
	f := parseText(t, mtOf(":61:310102C1,NTRF\n:86:M\xfcller"))
	if got := f.Statements[0].Entries[0].Remittance[0]; got != "Müller" {
		t.Errorf("got %q", got)
	}
	if len(f.Warnings) == 0 || f.Warnings[len(f.Warnings)-1].Code != EncodingGuessed {
		t.Errorf("got %+v, want %s", f.Warnings, EncodingGuessed)
	}
}

func TestMTRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		code       Code
		path       string
	}{
		{"no amount", mtOf(":61:310102CNTRF"), Malformed, ":61:"},
		{"twenty digits", mtOf(":61:310102C12345678901234567,890NTRF"), BadAmount, ":61:"},
		{"month 13", mtOf(":61:311302C1,NTRF"), BadDate, ":61:"},
		{"day 32", mtOf(":61:310132C1,NTRF"), BadDate, ":61:"},
		{"balance without a currency", ":20:A\n:60F:C310101100,00\n", Malformed, ":60F:"},
		{"balance with two commas", ":20:A\n:60F:C310101EUR1,0,0\n", BadAmount, ":60F:"},
		{"date of a balance", ":20:A\n:62F:C311301EUR1,00\n", BadDate, ":62F:"},
		{"a line without end", ":20:" + strings.Repeat("x", maxLine), TooLarge, ""},
		{"a field without end", ":20:A\n:86:" + strings.Repeat("x\n", maxFieldLines+1), TooLarge, ":86:"},
		{"no statement", ":NS:\n", NotABankFile, ""},
		{"zero bytes", ":20:A\n" + strings.Repeat(":86:x\n", sniffed/6) + "\x00", BadEncoding, ""},
	} {
		t.Run(tt.name, func(t *testing.T) { wantError(t, tt.data, tt.code, tt.path) })
	}
}
