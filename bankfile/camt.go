package bankfile

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// camtSpace is the namespace of ISO 20022 cash management messages.
var camtSpace = regexp.MustCompile(`^urn:iso:std:iso:20022:tech:xsd:(camt\.0(?:52|53|54))\.([0-9]{3})\.([0-9]{2})$`)

// maxCamtVersion is the last version of the messages whose elements are known;
// what changed between 01 and it is read in all its forms.
const maxCamtVersion = 13

// camt reads the messages BankToCustomerAccountReport (052), Statement (053) and
// DebitCreditNotification (054): the message definition reports of ISO 20022.
type camt struct {
	*xmlReader
	*ledger
	path  string // of the record being read
	stmts int
	ntrys int
}

// readCamt reads the Document, alone or inside the envelope of a network.
func readCamt(in *input, l *ledger) error {
	c := &camt{xmlReader: newXMLReader(in), ledger: l}
	found := false
	var first xml.Name
	for {
		tok, err := c.next()
		if err != nil {
			return err
		}
		if tok == nil {
			break
		}
		t, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if first.Local == "" {
			first = t.Name
		}
		if t.Name.Local == "Document" && strings.Contains(t.Name.Space, ":camt.") {
			found = true
			if err := c.document(t); err != nil {
				return err
			}
		}
	}
	if !found {
		return notCamt(first)
	}
	return nil
}

func notCamt(root xml.Name) error {
	if root.Local == "" {
		return refuse(NotABankFile, "The file holds no XML element.")
	}
	if strings.Contains(root.Space, "iso:20022") {
		return at(0, root.Local, UnsupportedFormat, "The file is an ISO 20022 message %s, not a bank statement.", quoted(root.Space))
	}
	return at(0, root.Local, NotABankFile, "The XML is no bank statement: its first element is %s of the namespace %s.", quoted(root.Local), quoted(root.Space))
}

// document reads a Document: one message with its records.
func (c *camt) document(t xml.StartElement) error {
	m := camtSpace.FindStringSubmatch(t.Name.Space)
	if m == nil {
		return at(c.line(), "/Document", UnsupportedFormat, "The message %s is not one that is read: camt.052, camt.053, camt.054.", quoted(t.Name.Space))
	}
	if v, _ := strconv.Atoi(m[3]); m[2] != "001" || v < 1 || v > maxCamtVersion {
		return at(c.line(), "/Document", UnsupportedFormat, "Version %s.%s of %s is not known.", m[2], m[3], m[1])
	}
	c.file.Format, c.file.Version = m[1], m[2]+"."+m[3]
	return c.children(func(msg xml.StartElement) error {
		if !strings.HasPrefix(msg.Name.Local, "BkToCstmr") && !strings.HasPrefix(msg.Name.Local, "camt.") {
			return c.skip()
		}
		c.path = "/Document/" + msg.Name.Local
		return c.children(func(rec xml.StartElement) error {
			switch rec.Name.Local {
			case "Stmt", "Rpt", "Ntfctn":
				return c.record(rec)
			}
			return c.skip()
		})
	})
}

// children calls f for every child of the element that has just begun. f reads
// it to its end.
func (c *camt) children(f func(xml.StartElement) error) error {
	for depth := c.depth; c.depth >= depth; {
		tok, err := c.next()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case nil:
			return at(c.line(), c.path, Malformed, "The file ends before the document is complete.")
		case xml.StartElement:
			if err := f(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// record reads a statement, report or notification.
func (c *camt) record(rec xml.StartElement) error {
	c.stmts++
	c.ntrys = 0
	message := c.path
	c.path = ranked(message, rec.Name.Local, c.stmts)
	s := &Statement{Line: c.line()}
	c.begin(s)
	if c.full != nil {
		return c.full
	}
	claimed := -1
	err := c.children(func(t xml.StartElement) error {
		switch t.Name.Local {
		case "Ntry":
			return c.entry(t)
		case "Id", "ElctrncSeqNb", "LglSeqNb", "FrToDt", "Acct", "Bal", "TxsSummry",
			"StmtPgntn", "RptPgntn", "NtfctnPgntn", "AddtlStmtInf", "AddtlRptInf", "AddtlNtfctnInf":
			n, err := c.tree(t, c.path+"/"+t.Name.Local, nil)
			if err != nil {
				return err
			}
			if v := n.value("TtlNtries/NbOfNtries"); v != "" {
				claimed, _ = strconv.Atoi(v)
			}
			c.grow(n.line)
			if c.full != nil {
				return c.full
			}
			return s.header(n)
		}
		return c.skip()
	})
	if err != nil {
		return err
	}
	if claimed >= 0 && claimed != c.ntrys {
		c.warn(Warning{Code: EntriesMissing, Line: s.Line, Message: "The bank counts " + strconv.Itoa(claimed) +
			" entries, the statement holds " + strconv.Itoa(c.ntrys) + "."})
	}
	c.path = message
	c.end()
	return nil
}

// header takes one of the elements that stand before the entries.
func (s *Statement) header(n *node) error {
	switch n.name {
	case "Id":
		s.ID = n.text
	case "ElctrncSeqNb":
		s.Number = n.text
	case "LglSeqNb":
		if s.Number == "" {
			s.Number = n.text
		}
	case "FrToDt":
		s.From, _ = day(n.value("FrDtTm", "FrDt"))
		s.To, _ = day(n.value("ToDtTm", "ToDt"))
	case "StmtPgntn", "RptPgntn", "NtfctnPgntn":
		if page := n.value("PgNb"); page != "1" || n.value("LastPgInd") == "false" {
			s.Page, s.partial = page, true
		}
	case "AddtlStmtInf", "AddtlRptInf", "AddtlNtfctnInf":
		s.Information = n.text
	case "Acct":
		s.account(n)
	case "Bal":
		return s.balance(n)
	}
	return nil
}

func (s *Statement) account(n *node) {
	s.Account = accountOf(n)
	s.AccountName = n.value("Ownr/Nm", "Ownr/Pty/Nm", "Nm")
	s.BIC = bicOf(n.get("Svcr/FinInstnId"))
	if code := n.value("Ccy"); isCurrency(code) {
		s.Currency = code
	}
}

// accountOf reads an account identification of any version.
func accountOf(n *node) string {
	return account(n.value("Id/IBAN", "Id/Othr/Id", "Id/PrtryAcct/Id", "Id/BBAN", "Id/UPIC", "Prxy/Id"))
}

// bicOf reads a financial institution identification: its BIC, or else its
// number in a national clearing system.
func bicOf(n *node) string {
	return n.value("BICFI", "BIC", "CmbndId/BIC", "ClrSysMmbId/MmbId", "ClrSysMmbId/Id", "Othr/Id")
}

// balance reads a balance. The closed balance of the day before (PRCD) is the
// opening one, for banks that send it instead.
func (s *Statement) balance(n *node) error {
	amount, currency, err := signedAmount(n)
	if err != nil {
		return err
	}
	b := Balance{Type: n.value("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd"), Amount: amount, Currency: currency}
	written := n.value("Dt/Dt", "Dt/DtTm", "Dt")
	if b.Date, _ = day(written); b.Date == "" && written != "" {
		return at(n.line, n.path()+"/Dt", BadDate, "The date of the balance is not one: %s.", quoted(written))
	}
	s.Balances = append(s.Balances, b)
	kept := &b
	switch {
	case b.Type == "OPBD", b.Type == "PRCD" && s.Opening == nil:
		s.Opening = kept
	case b.Type == "CLBD":
		s.Closing = kept
	default:
		return nil
	}
	if s.Currency == "" {
		s.Currency = currency
	}
	return nil
}

// signedAmount reads Amt and CdtDbtInd of a balance or an entry.
func signedAmount(n *node) (decimal.Decimal, string, error) {
	amount, currency, err := amountIn(n, n.get("Amt"))
	if err != nil {
		return amount, currency, err
	}
	switch mark := n.value("CdtDbtInd"); mark {
	case "CRDT":
		return amount, currency, nil
	case "DBIT":
		return amount.Neg(), currency, nil
	case "":
		return amount, "", at(n.line, n.path()+"/CdtDbtInd", MissingElement, "The sign is missing: an amount has to say whether it is credit or debit.")
	default:
		return amount, "", at(n.line, n.path()+"/CdtDbtInd", BadValue, "The sign is neither CRDT nor DBIT but %s.", quoted(mark))
	}
}

// amountIn reads an unsigned amount with its currency.
func amountIn(parent, n *node) (decimal.Decimal, string, error) {
	if n == nil || n.text == "" {
		return decimal.Zero, "", at(parent.line, parent.path()+"/Amt", MissingElement, "The amount is missing.")
	}
	d, ok := number(n.text)
	if !ok {
		return d, "", at(n.line, n.path(), BadAmount, "The amount is not a plain number of at most %d digits: %s.", decimal.MaxPrec, quoted(n.text))
	}
	if !isCurrency(n.currency) {
		return d, "", at(n.line, n.path(), BadAmount, "The currency of the amount is not a code of three letters: %s.", quoted(n.currency))
	}
	if hasFraction(d, n.currency) {
		return d, "", at(n.line, n.path(), BadAmount, "%s has no fractions, but the amount has: %s.", n.currency, quoted(n.text))
	}
	return d, n.currency, nil
}
