package bankfile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/govalues/decimal"
	"golang.org/x/text/encoding/charmap"
)

var (
	ofxDetect  = regexp.MustCompile(`(?i)OFXHEADER|<OFX>`)
	ofxVersion = regexp.MustCompile(`VERSION\s*[:=]\s*"?([0-9]{3})`)
	ofxCharset = regexp.MustCompile(`(?:CHARSET\s*:\s*|encoding=["'])([A-Za-z0-9-]+)`)
)

func isOFX(head []byte) bool { return ofxDetect.Match(head) }

// ofxValues are the elements of an entry that hold a value. In SGML an element
// without a value looks like the beginning of a group; these are none.
const ofxValues = " TRNTYPE DTPOSTED DTUSER DTAVAIL DTTRAN TRNAMT FITID CORRECTFITID CORRECTACTION SRVRTID CHECKNUM REFNUM SIC PAYEEID NAME EXTDNAME MEMO INV401KSOURCE" +
	" CURDEF BANKID BRANCHID ACCTID ACCTTYPE ACCTKEY DTSTART DTEND BALAMT DTASOF CURRATE CURSYM ADDR1 ADDR2 ADDR3 CITY STATE POSTALCODE COUNTRY PHONE MKTGINFO" +
	" CODE SEVERITY MESSAGE DTSERVER LANGUAGE ORG FID TRNUID CLTCOOKIE USERKEY DTPROFUP DTACCTUP INTU.BID INTU.USERID INTU.ORG "

// ofx reads bank and credit card statements as the OFX specification 2.2,
// chapter 11, has them, also in the form Quicken gives them (QFX).
type ofx struct {
	*ledger
	scan    *ofxScanner
	groups  []string // groups open
	name    string   // element whose value is awaited
	seen    bool     // whether the root has begun
	values  map[string]string
	lines   map[string]int
	start   int // line where the entry began
	count   int // entries of the statement
	fitids  map[string]bool
	pending bool // whether the entry is not booked

	invested bool // whether there was an account of securities, which is not read
}

func readOFX(in *input, l *ledger) error {
	head, err := in.peek()
	if err != nil {
		return err
	}
	o := &ofx{ledger: l, scan: &ofxScanner{in: in, line: 1, charmap: charmap.Windows1252}}
	if m := ofxVersion.FindSubmatch(head); m != nil {
		l.file.Version = string(m[1])
	}
	if m := ofxCharset.FindSubmatch(head); m != nil && charmapOf(string(m[1])) != nil {
		o.scan.charmap = charmapOf(string(m[1]))
	}
	l.file.Format = "ofx"
	for {
		t, ok, err := o.scan.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := o.token(t); err != nil {
			return err
		}
		if l.full != nil {
			return l.full
		}
	}
	if o.seen && len(o.groups) > 0 {
		return at(o.scan.line, o.groups[len(o.groups)-1], Malformed, "The file ends before the document is complete.")
	}
	if o.invested && len(l.file.Statements) == 0 {
		return refuse(UnsupportedFormat, "The file holds an account of securities, which is not read, and no bank account.")
	}
	return nil
}

func (o *ofx) token(t ofxToken) error {
	line := o.scan.line
	switch {
	case !o.seen:
		if o.seen = t.name == "OFX" && !t.end; o.seen {
			o.groups = []string{"OFX"}
		}
		return nil // The header.
	case len(o.groups) == 0:
		return at(line, "", Malformed, "Something is written after the document.")
	case t.name == "" && o.name != "":
		return o.value(t.text)
	case t.name == "":
		return nil // Text between groups means nothing.
	case t.end:
		return o.endOf(t.name)
	}
	if o.name != "" && !strings.Contains(ofxValues, " "+o.name+" ") {
		if len(o.groups) >= maxDepth {
			return at(line, o.name, Forbidden, "The elements are nested more than %d levels deep.", maxDepth)
		}
		o.groups = append(o.groups, o.name)
		o.begins(o.name)
	}
	o.name = t.name
	return nil
}

// begins takes the start of a group.
func (o *ofx) begins(name string) {
	switch name {
	case "STMTRS", "CCSTMTRS":
		o.begin(&Statement{Line: o.scan.line})
		o.count, o.fitids = 0, map[string]bool{}
	case "INVSTMTRS":
		o.invested = true
	case "STMTTRN", "STMTTRNP", "LEDGERBAL", "AVAILBAL":
		o.values, o.lines = map[string]string{}, map[string]int{}
		o.start, o.pending = o.scan.line, name == "STMTTRNP"
	}
}

// within tells the group a value stands in.
func (o *ofx) within() string { return o.groups[len(o.groups)-1] }

func (o *ofx) value(text string) error {
	name := o.name
	o.name = ""
	s := o.cur
	if s == nil {
		return nil
	}
	switch group := o.within(); group {
	case "BANKACCTFROM", "CCACCTFROM":
		switch name {
		case "ACCTID":
			s.Account = account(text)
		case "BANKID":
			s.BankID = text
		case "ACCTTYPE":
			s.AccountType = text
		}
	case "STMTRS", "CCSTMTRS":
		if name == "CURDEF" {
			s.Currency = strings.ToUpper(text)
		}
	case "BANKTRANLIST":
		switch name {
		case "DTSTART":
			s.From, _ = ofxDay(text)
		case "DTEND":
			s.To, _ = ofxDay(text)
		}
	case "STMTTRN", "STMTTRNP", "LEDGERBAL", "AVAILBAL":
		o.set(name, text)
	default:
		if i := slices.Index(o.groups, "STMTTRN"); i >= 0 {
			o.set(group+"/"+name, text)
		}
	}
	return nil
}

// maxValues bounds the values of a group; OFX knows some forty.
const maxValues = 200

func (o *ofx) set(name, text string) {
	if _, given := o.values[name]; !given && o.lines != nil && len(o.values) < maxValues {
		o.values[name], o.lines[name] = text, o.scan.line
	}
}

// endOf takes a closing tag: of a value, or of a group with what is open in it.
func (o *ofx) endOf(name string) error {
	waiting := o.name
	o.name = ""
	if waiting == name {
		return nil // An element without a value.
	}
	i := len(o.groups) - 1
	for i >= 0 && o.groups[i] != name {
		i--
	}
	if i < 0 {
		return nil // The end of a value in the XML form.
	}
	o.groups = o.groups[:i]
	switch name {
	case "STMTTRN", "STMTTRNP":
		return o.entry()
	case "LEDGERBAL", "AVAILBAL":
		return o.balance(name)
	case "STMTRS", "CCSTMTRS":
		o.end()
	}
	return nil
}

// balance takes the balance of the account, or what of it may be spent.
func (o *ofx) balance(group string) error {
	if o.cur == nil {
		return nil
	}
	amount, err := o.amount(group, "BALAMT")
	if err != nil {
		return err
	}
	b := Balance{Type: "CLBD", Amount: amount, Currency: o.cur.Currency}
	if b.Date, err = o.day(group, "DTASOF"); err != nil {
		return err
	}
	if group == "AVAILBAL" {
		b.Type = "CLAV"
	} else {
		o.cur.Closing = &b
	}
	o.cur.Balances = append(o.cur.Balances, b)
	o.grow(o.start)
	return nil
}

// entry takes an entry whose group has ended.
func (o *ofx) entry() error {
	if o.cur == nil {
		return nil // Of an investment account, which is no bank statement.
	}
	o.count++
	v := o.values
	e := Entry{Line: o.start, Path: ranked("", "STMTTRN", o.count)[1:], Status: Booked, Currency: o.cur.Currency}
	posted := "DTPOSTED"
	if o.pending {
		e.Status, posted = Pending, "DTTRAN"
	}
	var err error
	if e.Amount, err = o.amount(e.Path, "TRNAMT"); err != nil {
		return err
	}
	if e.BookingDate, err = o.day(e.Path, posted); err != nil {
		return err
	}
	if e.BookingDate == "" {
		return at(o.start, e.Path+"/"+posted, MissingElement, "The date of the entry is missing.")
	}
	for _, name := range []string{"DTAVAIL", "DTUSER"} {
		if e.ValueDate != "" {
			break
		}
		if e.ValueDate, err = o.day(e.Path, name); err != nil {
			return err
		}
	}
	e.BankReference, e.Reference, e.CheckNumber = v["FITID"], v["REFNUM"], v["CHECKNUM"]
	e.BankTransactionCode = v["TRNTYPE"]
	e.Counterparty = Party{Name: v["NAME"], IBAN: account(v["BANKACCTTO/ACCTID"]), BIC: v["BANKACCTTO/BANKID"]}
	if e.Counterparty.Name == "" {
		e.Counterparty.Name = v["PAYEE/NAME"]
	}
	if memo := v["MEMO"]; memo != "" {
		e.Remittance = []string{memo}
	}
	if id := v["CORRECTFITID"]; id != "" {
		e.Additional = append(e.Additional, "corrects "+id+" "+v["CORRECTACTION"])
	}
	o.exchange(&e)
	o.unique(&e)
	return o.add(&e)
}

// exchange reads CURRENCY, which is that of the amount, and ORIGCURRENCY, from
// which the amount was exchanged.
func (o *ofx) exchange(e *Entry) {
	for _, group := range []string{"CURRENCY", "ORIGCURRENCY"} {
		code := o.values[group+"/CURSYM"]
		rate, ok := number(strings.Replace(o.values[group+"/CURRATE"], ",", ".", 1))
		if !isCurrency(code) || !ok {
			continue
		}
		e.Exchange = &Exchange{Rate: rate, Source: code, Target: o.cur.Currency}
		if group == "CURRENCY" {
			e.Currency = code
		}
	}
}

// unique warns of what the specification forbids: an entry without a FITID, or
// with one that another entry has.
func (o *ofx) unique(e *Entry) {
	switch {
	case e.BankReference == "":
		o.warn(Warning{Code: ReferenceMissing, Line: e.Line, Message: "The entry has no FITID, which should tell it from all others."})
	case o.fitids[e.BankReference]:
		o.warn(Warning{Code: ReferenceRepeated, Line: e.Line, Message: "Another entry has the same FITID " + quoted(e.BankReference) + "."})
	}
	o.fitids[e.BankReference] = true
}

// amount reads a signed amount, with a point or a comma.
func (o *ofx) amount(path, name string) (decimal.Decimal, error) {
	text, given := o.values[name]
	if !given {
		return decimal.Zero, at(o.start, path+"/"+name, MissingElement, "The amount is missing.")
	}
	digits, negative := strings.CutPrefix(strings.TrimPrefix(text, "+"), "-")
	d, ok := number(strings.Replace(digits, ",", ".", 1))
	if !ok {
		return d, at(o.lines[name], path+"/"+name, BadAmount, "The amount is not a plain number of at most %d digits: %s.", decimal.MaxPrec, quoted(text))
	}
	if negative {
		d = d.Neg()
	}
	return d, nil
}

// day reads a date that may be absent.
func (o *ofx) day(path, name string) (string, error) {
	text := o.values[name]
	if text == "" {
		return "", nil
	}
	d, ok := ofxDay(text)
	if !ok {
		return "", at(o.lines[name], path+"/"+name, BadDate, "The date is not one: %s.", quoted(text))
	}
	return d, nil
}

var ofxDate = regexp.MustCompile(`^([0-9]{8})([0-9]{2,6}(\.[0-9]+)?)?\s*(\[[^\]]*\])?$`)

// ofxDay reads YYYYMMDD with an optional time and zone; the day is the one the
// bank wrote.
func ofxDay(s string) (string, bool) {
	m := ofxDate.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	return realDay("20060102", m[1])
}
