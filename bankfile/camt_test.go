package bankfile

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"
)

const camtOpen = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>`

// camtOf is a statement of an account with what is given inside it.
func camtOf(inside string) string {
	return camtOpen + `<Stmt><Id>S1</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>` + inside + `</Stmt></BkToCstmrStmt></Document>`
}

// bal is a balance of the statement.
func bal(kind, amount, mark string) string {
	return `<Bal><Tp><CdOrPrtry><Cd>` + kind + `</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>` + mark + `</CdtDbtInd><Dt><Dt>2031-01-02</Dt></Dt></Bal>`
}

// ntry is a booked entry with more inside it.
func ntry(amount, mark, more string) string {
	return `<Ntry><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>` + mark + `</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2031-01-02</Dt></BookgDt>` + more + `</Ntry>`
}

func parseText(t *testing.T, text string) *File {
	t.Helper()
	f, err := Parse(strings.NewReader(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// onlyEntry parses a file that must hold one entry.
func onlyEntry(t *testing.T, text string) Entry {
	t.Helper()
	f := parseText(t, text)
	if len(f.Statements) != 1 || len(f.Statements[0].Entries) != 1 {
		t.Fatalf("not one entry: %+v", f.Statements)
	}
	return f.Statements[0].Entries[0]
}

const bothParties = `<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>Payer</Nm></Pty></Dbtr><Cdtr><Pty><Nm>Payee</Nm></Pty></Cdtr></RltdPties></TxDtls></NtryDtls>`

func TestCamtSigns(t *testing.T) {
	for _, tt := range []struct{ mark, reversal, amount, party string }{
		{"CRDT", "", "10.50", "Payer"},
		{"DBIT", "", "-10.50", "Payee"},
		{"CRDT", "<RvslInd>true</RvslInd>", "10.50", "Payee"}, // A debit came back.
		{"DBIT", "<RvslInd>1</RvslInd>", "-10.50", "Payer"},   // A credit was taken back.
		{"DBIT", "<RvslInd>false</RvslInd>", "-10.50", "Payee"},
	} {
		e := onlyEntry(t, camtOf(ntry("10.50", tt.mark, tt.reversal+bothParties)))
		if e.Amount.String() != tt.amount || e.Counterparty.Name != tt.party {
			t.Errorf("%s %s: %s with %s, want %s with %s", tt.mark, tt.reversal, e.Amount, e.Counterparty.Name, tt.amount, tt.party)
		}
		if want := strings.Contains(tt.reversal, "true") || strings.Contains(tt.reversal, "1"); e.Reversal != want {
			t.Errorf("%s %s: reversal %v", tt.mark, tt.reversal, e.Reversal)
		}
	}
}

// The account number decides who the other side is, whatever the sign says.
func TestCamtCounterpartyByAccount(t *testing.T) {
	e := onlyEntry(t, camtOf(ntry("1", "DBIT", `<NtryDtls><TxDtls><RltdPties>
		<Dbtr><Nm>Other</Nm></Dbtr><DbtrAcct><Id><IBAN>NL91 ABNA 0417 1643 00</IBAN></Id></DbtrAcct>
		<Cdtr><Nm>We</Nm></Cdtr><CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct></RltdPties>
		<RltdAgts><DbtrAgt><FinInstnId><BICFI>ABNANL2A</BICFI></FinInstnId></DbtrAgt></RltdAgts></TxDtls></NtryDtls>`)))
	if want := (Party{Name: "Other", IBAN: "NL91ABNA0417164300", BIC: "ABNANL2A"}); e.Counterparty != want {
		t.Errorf("got %+v, want %+v", e.Counterparty, want)
	}
}

func TestCamtPayment(t *testing.T) {
	e := onlyEntry(t, camtOf(ntry("108.50", "CRDT", `<ValDt><DtTm>2031-01-03T23:30:00-05:00</DtTm></ValDt><AcctSvcrRef>B-1</AcctSvcrRef>
		<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>XBCT</SubFmlyCd></Fmly></Domn></BkTxCd>
		<NtryDtls><TxDtls><Refs><EndToEndId>E-1</EndToEndId><InstrId>I-1</InstrId><MndtId>M-1</MndtId></Refs><Amt Ccy="EUR">108.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>
		<AmtDtls><InstdAmt><Amt Ccy="USD">120.00</Amt></InstdAmt><CntrValAmt><Amt Ccy="EUR">110.00</Amt><CcyXchg><SrcCcy>USD</SrcCcy><TrgtCcy>EUR</TrgtCcy><XchgRate>0.916666667</XchgRate></CcyXchg></CntrValAmt></AmtDtls>
		<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">1.50</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy="EUR">1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>
		<RmtInf><Ustrd>Invoice 2031-7</Ustrd><Ustrd>second line</Ustrd>
		<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>2031-7</Nb></RfrdDocInf><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>
		<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls>`)))
	for _, v := range []struct{ what, got, want string }{
		{"value date", e.ValueDate, "2031-01-03"},
		{"bank reference", e.BankReference, "B-1"},
		{"code", e.BankTransactionCode, "PMNT-RCDT-XBCT"},
		{"end to end", e.EndToEndID + e.InstructionID + e.MandateID, "E-1I-1M-1"},
		{"instructed", e.InstructedAmount.Amount.String() + e.InstructedAmount.Currency, "120.00USD"},
		{"rate", e.Exchange.Rate.String() + e.Exchange.Source + e.Exchange.Target, "0.916666667USDEUR"},
		{"charge", e.Charges[0].Amount.String(), "1.50"},
		{"remittance", strings.Join(e.Remittance, "|"), "Invoice 2031-7|second line"},
		{"structured", e.Structured[0].Type + " " + e.Structured[0].Value, "SCOR RF18539007547034"},
		{"document", e.Documents[0].Type + " " + e.Documents[0].Value, "CINV 2031-7"},
		{"return", e.ReturnReason, "AC04"},
		{"path", e.Path, "/Document/BkToCstmrStmt/Stmt[1]/Ntry[1]"},
	} {
		if v.got != v.want {
			t.Errorf("%s: got %q, want %q", v.what, v.got, v.want)
		}
	}
}

func TestCamtBatch(t *testing.T) {
	details := `<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>
		<TxDtls><Refs><EndToEndId>A</EndToEndId></Refs><Amt Ccy="EUR">60.00</Amt></TxDtls>
		<TxDtls><Refs><EndToEndId>B</EndToEndId></Refs><Amt Ccy="EUR">40.00</Amt></TxDtls></NtryDtls>`
	e := onlyEntry(t, camtOf(ntry("100.00", "DBIT", details)))
	if e.Parts != 2 || len(e.Details) != 2 || e.Details[1].EndToEndID != "B" || e.Details[1].Amount.Amount.String() != "-40.00" {
		t.Errorf("got %+v", e)
	}
	if e.EndToEndID != "" {
		t.Errorf("a batch has the reference %q of one of its payments", e.EndToEndID)
	}
	f := parseText(t, camtOf(ntry("100.01", "DBIT", details)))
	if len(f.Warnings) != 1 || f.Warnings[0].Code != BatchGap || f.Warnings[0].Amount.String() != "-0.01" {
		t.Errorf("got %+v, want a gap of -0.01", f.Warnings)
	}
}

func TestBalances(t *testing.T) {
	entries := ntry("10.00", "CRDT", "") + ntry("4.50", "DBIT", "")
	pending := strings.Replace(ntry("99", "CRDT", ""), "BOOK", "PDNG", 1)
	for name, tt := range map[string]struct {
		inside string
		code   WarningCode
		amount string
	}{
		"they add up":            {bal("OPBD", "100.00", "CRDT") + bal("CLBD", "105.50", "CRDT") + entries, "", ""},
		"pending does not count": {bal("OPBD", "100", "CRDT") + bal("CLBD", "105.5", "CRDT") + entries + pending, "", ""},
		"from below zero":        {bal("OPBD", "100.00", "DBIT") + bal("CLBD", "94.50", "DBIT") + entries, "", ""},
		"closed the day before":  {bal("PRCD", "100.00", "CRDT") + bal("CLBD", "105.49", "CRDT") + entries, BalanceGap, "-0.01"},
		"an entry is missing":    {bal("OPBD", "100.00", "CRDT") + bal("CLBD", "112.75", "CRDT") + entries, BalanceGap, "7.25"},
		"nothing to compare":     {bal("OPBD", "100.00", "CRDT") + entries, "", ""},
		"another currency":       {bal("OPBD", "100.00", "CRDT") + strings.Replace(bal("CLBD", "1", "CRDT"), "EUR", "USD", 1) + entries, BalanceUnchecked, ""},
		"an entry is in another": {bal("OPBD", "1", "CRDT") + bal("CLBD", "11", "CRDT") + strings.Replace(ntry("10", "CRDT", ""), "EUR", "USD", 1), BalanceUnchecked, ""},
		"the bank counts three":  {`<TxsSummry><TtlNtries><NbOfNtries>3</NbOfNtries></TtlNtries></TxsSummry>` + entries, EntriesMissing, ""},
	} {
		f := parseText(t, camtOf(tt.inside))
		switch {
		case tt.code == "" && len(f.Warnings) > 0:
			t.Errorf("%s: warnings %+v", name, f.Warnings)
		case tt.code == "":
		case len(f.Warnings) != 1 || f.Warnings[0].Code != tt.code || f.Warnings[0].Statement != 0:
			t.Errorf("%s: got %+v, want %s", name, f.Warnings, tt.code)
		case tt.amount != "" && (f.Warnings[0].Amount.String() != tt.amount || f.Warnings[0].Currency != "EUR"):
			t.Errorf("%s: gap %s %s, want %s EUR", name, f.Warnings[0].Amount, f.Warnings[0].Currency, tt.amount)
		}
	}
}

func TestCamtCurrencies(t *testing.T) {
	for _, tt := range []struct{ currency, amount, want string }{
		{"JPY", "1500", "1500"},
		{"JPY", "1500.00", "1500.00"},
		{"KWD", "1.234", "1.234"},
		{"EUR", "0.1", "0.1"},
		{"EUR", "1234567890123456.789", "1234567890123456.789"},
	} {
		e := onlyEntry(t, strings.ReplaceAll(camtOf(ntry(tt.amount, "CRDT", "")), "EUR", tt.currency))
		if e.Amount.String() != tt.want || e.Currency != tt.currency {
			t.Errorf("%s %s: got %s %s", tt.currency, tt.amount, e.Currency, e.Amount)
		}
	}
}

// An envelope of a network stands around the document and is not looked at.
func TestCamtInEnvelope(t *testing.T) {
	text := `<?xml version="1.0"?><Envelope xmlns="urn:x"><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.01"><Fr/></AppHdr>` + camtOf(ntry("1", "CRDT", "")) + `</Envelope>`
	if e := onlyEntry(t, text); e.Amount.String() != "1" {
		t.Errorf("got %s", e.Amount)
	}
}

func TestEncodings(t *testing.T) {
	text := camtOf(ntry("1", "CRDT", `<AddtlNtryInf>Café Müller</AddtlNtryInf>`))
	latin := strings.NewReplacer("é", "\xe9", "ü", "\xfc").Replace(text)
	for name, data := range map[string]string{
		"UTF-8":             text,
		"UTF-8 with a mark": "\ufeff" + text,
		"ISO-8859-1":        `<?xml version="1.0" encoding="ISO-8859-1"?>` + latin,
		"Windows-1252":      `<?xml version="1.0" encoding="windows-1252"?>` + latin,
		"UTF-16 LE":         "\xff\xfe" + utf16Text(`<?xml version="1.0" encoding="UTF-16"?>`+text, 0, 1),
		"UTF-16 BE":         "\xfe\xff" + utf16Text(text, 1, 0),
	} {
		t.Run(name, func(t *testing.T) {
			if e := onlyEntry(t, data); e.Information != "Café Müller" {
				t.Errorf("got %q", e.Information)
			}
		})
	}
}

// utf16Text writes UTF-16 with the low and the high byte of a unit at the places given.
func utf16Text(s string, low, high int) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		unit := make([]byte, 2)
		unit[low], unit[high] = byte(u), byte(u>>8)
		out = append(out, unit...)
	}
	return string(out)
}

func TestCamtRefuses(t *testing.T) {
	one := ntry("1", "CRDT", "")
	sound := camtOf(one)
	for _, tt := range []struct {
		name, data string
		code       Code
		path       string
	}{
		{"not a number", camtOf(ntry("NaN", "CRDT", "")), BadAmount, "/Document/BkToCstmrStmt/Stmt[1]/Ntry[1]/Amt"},
		{"infinity", camtOf(ntry("INF", "CRDT", "")), BadAmount, "Amt"},
		{"exponent", camtOf(ntry("1e308", "CRDT", "")), BadAmount, "Amt"},
		{"comma", camtOf(ntry("1,50", "CRDT", "")), BadAmount, "Amt"},
		{"sign in the amount", camtOf(ntry("-1", "CRDT", "")), BadAmount, "Amt"},
		{"minus zero", camtOf(ntry("-0", "CRDT", "")), BadAmount, "Amt"},
		{"forty digits", camtOf(ntry(strings.Repeat("9", 40), "CRDT", "")), BadAmount, "Amt"},
		{"twenty digits", camtOf(ntry("123456789012345678.90", "CRDT", "")), BadAmount, "Amt"},
		{"Arabic digits", camtOf(ntry("١٠", "CRDT", "")), BadAmount, "Amt"},
		{"half a yen", strings.ReplaceAll(camtOf(ntry("1.5", "CRDT", "")), "EUR", "JPY"), BadAmount, "Amt"},
		{"no currency", strings.Replace(sound, `Amt Ccy="EUR"`, `Amt`, 1), BadAmount, "Amt"},
		{"no amount", strings.Replace(sound, `<Amt Ccy="EUR">1</Amt>`, "", 1), MissingElement, "Ntry[1]/Amt"},
		{"no sign", strings.Replace(sound, `<CdtDbtInd>CRDT</CdtDbtInd>`, "", 1), MissingElement, "Ntry[1]/CdtDbtInd"},
		{"unknown sign", camtOf(ntry("1", "PLUS", "")), BadValue, "CdtDbtInd"},
		{"no status", strings.Replace(sound, `<Sts><Cd>BOOK</Cd></Sts>`, "", 1), MissingElement, "Ntry[1]/Sts"},
		{"unknown status", strings.Replace(sound, "BOOK", "COOK", 1), BadValue, "Sts"},
		{"30 February", strings.Replace(sound, "2031-01-02", "2031-02-30", 1), BadDate, "Ntry[1]/BookgDt"},
		{"date of a balance", camtOf(strings.Replace(bal("OPBD", "1", "CRDT"), "2031-01-02", "soon", 1)), BadDate, "Bal/Dt"},
		{"second entry", camtOf(one + ntry("x", "DBIT", "")), BadAmount, "Ntry[2]/Amt"},
		{"detail", camtOf(one + ntry("1", "DBIT", `<NtryDtls><TxDtls/><TxDtls><Amt Ccy="EUR">x</Amt></TxDtls></NtryDtls>`)), BadAmount, "Ntry[2]/NtryDtls/TxDtls[2]/Amt"},
		{"cut off", sound[:len(sound)-40], Malformed, ""},
		{"doctype", `<!DOCTYPE Document [<!ENTITY a "b">]>` + sound, Forbidden, ""},
		{"external doctype", `<!DOCTYPE Document SYSTEM "http://127.0.0.1:1/x.dtd">` + sound, Forbidden, ""},
		{"unknown entity", camtOf(ntry("1", "CRDT", "<AddtlNtryInf>&x;</AddtlNtryInf>")), Malformed, ""},
		{"two documents", sound + sound, Malformed, ""},
		{"text behind", sound + "x", Malformed, ""},
		{"attribute twice", strings.Replace(sound, `Ccy="EUR"`, `Ccy="EUR" Ccy="USD"`, 1), Malformed, "Amt"},
		{"65 levels", camtOf(strings.Repeat("<a>", 64) + strings.Repeat("</a>", 64)), Forbidden, ""},
		{"undeclared Latin-1", camtOf(ntry("1", "CRDT", "<AddtlNtryInf>\xe9</AddtlNtryInf>")), BadEncoding, ""},
		{"unsupported encoding", `<?xml version="1.0" encoding="x-none"?>` + sound, BadEncoding, ""},
		{"zero bytes", "<\x00I\x00", BadEncoding, ""},
		{"version 99", strings.Replace(sound, "001.08", "001.99", 1), UnsupportedFormat, "/Document"},
		{"another variant", strings.Replace(sound, "001.08", "002.08", 1), UnsupportedFormat, "/Document"},
		{"payment order", `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"/>`, UnsupportedFormat, ""},
		{"an invoice", `<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>`, NotABankFile, "Invoice"},
		{"no statement", camtOpen + `</BkToCstmrStmt></Document>`, NotABankFile, ""},
		{"empty", "", NotABankFile, ""},
		{"PDF", "%PDF-1.7", NotABankFile, ""},
		{"JSON", `{"entries": []}`, NotABankFile, ""},
		{"a letter", "Dear customer,\nyour statement, as you wished, is ready.\n", NotABankFile, ""},
	} {
		t.Run(tt.name, func(t *testing.T) { wantError(t, tt.data, tt.code, tt.path) })
	}
}

// wantError wants a typed error with a code, whose path ends as given.
func wantError(t *testing.T, data string, code Code, path string) {
	t.Helper()
	f, err := Parse(strings.NewReader(data), Options{})
	var typed *Error
	if !errors.As(err, &typed) {
		t.Fatalf("got %v and %+v, want an *Error", err, f)
	}
	if typed.Code != code || !strings.HasSuffix(typed.Path, path) {
		t.Errorf("got %s at %q, want %s at %q: %v", typed.Code, typed.Path, code, path, err)
	}
	if path != "" && code != NotABankFile && typed.Line == 0 {
		t.Errorf("the error names no line: %v", err)
	}
}

func TestLimits(t *testing.T) {
	long := camtOf(strings.Repeat(ntry("1", "CRDT", ""), 11))
	for _, tt := range []struct {
		name, data string
		o          Options
		code       Code
	}{
		{"too large", long, Options{MaxBytes: 1000}, TooLarge},
		{"too many entries", long, Options{MaxEntries: 10}, TooManyEntries},
		{"too many details", camtOf(ntry("1", "CRDT", `<NtryDtls>`+strings.Repeat(`<TxDtls/>`, 11)+`</NtryDtls>`)), Options{MaxEntries: 10}, TooManyEntries},
		{"statements without entries", strings.Repeat(":20:A\n", 20), Options{MaxEntries: 10}, TooManyEntries},
		{"balances without end", ":20:A\n" + strings.Repeat(":64:C310101EUR1,\n", 20), Options{MaxEntries: 10}, TooManyEntries},
		{"camt statements", camtOpen + strings.Repeat("<Stmt/>", 20) + "</BkToCstmrStmt></Document>", Options{MaxEntries: 10}, TooManyEntries},
		{"OFX statements", "<OFX>" + strings.Repeat("<STMTRS><CURDEF>EUR</STMTRS>", 20) + "</OFX>", Options{MaxEntries: 10}, TooManyEntries},
		{"BAI2 accounts", bai2Of("EUR", strings.Repeat("03,1,,010,1,,/\n", 20), "1,1"), Options{MaxEntries: 10}, TooManyEntries},
		{"one text without end", camtOf(ntry("1", "CRDT", `<AddtlNtryInf>`+strings.Repeat("x", 5<<20)+`</AddtlNtryInf>`)), Options{}, TooLarge},
		{"an entry of many elements", camtOf(ntry("1", "CRDT", strings.Repeat(`<a/>`, 30_000))), Options{}, TooLarge},
	} {
		_, err := Parse(strings.NewReader(tt.data), tt.o)
		var typed *Error
		if !errors.As(err, &typed) || typed.Code != tt.code {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.code)
		}
	}
	if _, err := Parse(strings.NewReader(long), Options{MaxBytes: int64(len(long)), MaxEntries: 14}); err != nil {
		t.Errorf("a file at its limits: %v", err)
	}
}
