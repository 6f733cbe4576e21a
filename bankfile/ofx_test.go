package bankfile

import (
	"strings"
	"testing"
)

const ofxHeader = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n"

// ofxOf is an SGML statement with what is given inside its list.
func ofxOf(inside string) string {
	return ofxHeader + "<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>EUR" +
		"<BANKACCTFROM><BANKID>B<ACCTID>4711<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20310101<DTEND>20310131" + inside +
		"</BANKTRANLIST><LEDGERBAL><BALAMT>5,50<DTASOF>20310131</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
}

func trn(amount, fitid, more string) string {
	return "<STMTTRN>\n<TRNTYPE>OTHER\n<DTPOSTED>20310102120000.000[-5:EST]\n<TRNAMT>" + amount + "\n<FITID>" + fitid + "\n" + more + "</STMTTRN>\n"
}

func TestOFXValues(t *testing.T) {
	e := onlyEntry(t, ofxOf(trn("-1234,5", "F1", "<MEMO>\n<NAME>AT&amp;T &lt;x&gt;\n<BANKACCTTO><BANKID>BB<ACCTID>NL91 ABNA 0417 1643 00<ACCTTYPE>CHECKING</BANKACCTTO><DTAVAIL>20310105")))
	for _, v := range []struct{ what, got, want string }{
		{"amount", e.Amount.String(), "-1234.5"},
		{"booking date", e.BookingDate, "2031-01-02"},
		{"value date", e.ValueDate, "2031-01-05"},
		{"name", e.Counterparty.Name, "AT&T <x>"},
		{"party account", e.Counterparty.IBAN, "NL91ABNA0417164300"},
		{"memo", strings.Join(e.Remittance, "|"), ""},
		{"reference", e.BankReference, "F1"},
		{"path", e.Path, "STMTTRN[1]"},
	} {
		if v.got != v.want {
			t.Errorf("%s: got %q, want %q", v.what, v.got, v.want)
		}
	}
}

func TestOFXForms(t *testing.T) {
	sgml := ofxOf(trn("1", "A", "<NAME>M\xfcller"))
	xml := `<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="211"?><OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>EUR</CURDEF>` +
		`<CCACCTFROM><ACCTID>4711</ACCTID></CCACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>OTHER</TRNTYPE><DTPOSTED>20310102</DTPOSTED><TRNAMT>+1.00</TRNAMT><FITID>A</FITID><NAME>Müller</NAME><MEMO/></STMTTRN></BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>`
	for name, data := range map[string]string{
		"SGML":               sgml,
		"header in a line":   strings.Replace(sgml, ofxHeader, strings.ReplaceAll(ofxHeader, "\n", " "), 1),
		"no header":          strings.TrimPrefix(sgml, ofxHeader),
		"lower case":         strings.NewReplacer("STMTTRN", "stmttrn", "TRNAMT", "trnamt").Replace(sgml),
		"XML, credit card":   xml,
		"UTF-8 all the same": strings.Replace(sgml, "\xfc", "ü", 1),
	} {
		t.Run(name, func(t *testing.T) {
			f := parseText(t, data)
			s := f.Statements[0]
			if f.Format != "ofx" || s.Account != "4711" || len(s.Entries) != 1 {
				t.Fatalf("got %s, %+v", f.Format, s)
			}
			if e := s.Entries[0]; e.Counterparty.Name != "Müller" || e.Amount.Cmp(mustNumber(t, "1")) != 0 {
				t.Errorf("got %q, %s", e.Counterparty.Name, e.Amount)
			}
		})
	}
}

func TestOFXFITID(t *testing.T) {
	f := parseText(t, ofxOf(trn("1", "A", "")+trn("2", "A", "")+trn("2", "A", "")+trn("3", "", "")))
	seen := map[string]bool{}
	for _, id := range ids(f) {
		seen[id] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d identities for four entries: one was merged", len(seen))
	}
	var codes []string
	for _, w := range f.Warnings {
		codes = append(codes, string(w.Code))
	}
	if got := strings.Join(codes, " "); got != "reference_repeated reference_repeated reference_missing" {
		t.Errorf("got %q", got)
	}
}

func TestOFXCurrencies(t *testing.T) {
	e := onlyEntry(t, ofxOf(trn("1", "A", "<CURRENCY><CURRATE>1.1<CURSYM>USD</CURRENCY>")))
	if e.Currency != "USD" || e.Exchange.Rate.String() != "1.1" || e.Exchange.Target != "EUR" {
		t.Errorf("amount in another currency: got %s, %+v", e.Currency, e.Exchange)
	}
	e = onlyEntry(t, ofxOf(trn("1", "A", "<ORIGCURRENCY><CURRATE>1.1<CURSYM>USD</ORIGCURRENCY>")))
	if e.Currency != "EUR" || e.Exchange.Source != "USD" {
		t.Errorf("amount exchanged: got %s, %+v", e.Currency, e.Exchange)
	}
}

func TestOFXPending(t *testing.T) {
	pending := strings.NewReplacer("STMTTRN>", "STMTTRNP>", "DTPOSTED", "DTTRAN").Replace(trn("1", "A", ""))
	if e := onlyEntry(t, ofxOf(pending)); e.Status != Pending || e.BookingDate != "2031-01-02" {
		t.Errorf("got %s on %s", e.Status, e.BookingDate)
	}
}

func TestOFXRefuses(t *testing.T) {
	sound := ofxOf(trn("1", "A", ""))
	for _, tt := range []struct {
		name, data string
		code       Code
		path       string
	}{
		{"no number", ofxOf(trn("x", "A", "")), BadAmount, "STMTTRN[1]/TRNAMT"},
		{"grouped", ofxOf(trn("1,234.50", "A", "")), BadAmount, "TRNAMT"},
		{"exponent", ofxOf(trn("1e5", "A", "")), BadAmount, "TRNAMT"},
		{"twenty digits", ofxOf(trn("12345678901234567890", "A", "")), BadAmount, "TRNAMT"},
		{"no amount", ofxOf(strings.Replace(trn("1", "A", ""), "<TRNAMT>1", "", 1)), MissingElement, "TRNAMT"},
		{"no date", ofxOf(strings.Replace(trn("1", "A", ""), "<DTPOSTED>20310102120000.000[-5:EST]", "", 1)), MissingElement, "STMTTRN[1]/DTPOSTED"},
		{"bad date", strings.Replace(sound, "20310102", "20311302", 1), BadDate, "STMTTRN[1]/DTPOSTED"},
		{"balance", strings.Replace(sound, "5,50", "much", 1), BadAmount, "LEDGERBAL/BALAMT"},
		{"cut off", sound[:len(sound)-60], Malformed, ""},
		{"cut in a tag", sound[:len(sound)-3], Malformed, ""},
		{"something behind", sound + "<OFX>", Malformed, ""},
		{"doctype", strings.Replace(sound, "<OFX>", `<!DOCTYPE OFX [<!ENTITY a "b">]><OFX>`, 1), Forbidden, ""},
		{"levels", ofxOf(strings.Repeat("<X>", 80) + "<NAME>x"), Forbidden, ""},
		{"value without end", ofxOf(trn("1", "A", "<MEMO>"+strings.Repeat("x", maxValue+1))), TooLarge, ""},
		{"securities", ofxHeader + "<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><CURDEF>EUR<INVTRANLIST><INVBANKTRAN>" + trn("1", "A", "") + "</INVBANKTRAN></INVTRANLIST></INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1></OFX>", UnsupportedFormat, ""},
		{"no statement", ofxHeader + "<OFX><SIGNONMSGSRSV1></SIGNONMSGSRSV1></OFX>", NotABankFile, ""},
	} {
		t.Run(tt.name, func(t *testing.T) { wantError(t, tt.data, tt.code, tt.path) })
	}
}
