package bankfile

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// entry reads an entry. Its details are turned into [Detail] one by one, so
// that a batch of thousands is never a tree as a whole.
func (c *camt) entry(start xml.StartElement) error {
	c.ntrys++
	var e Entry
	n, err := c.tree(start, ranked(c.path, "Ntry", c.ntrys), func(n *node) (bool, error) {
		if n.name != "TxDtls" {
			return false, nil
		}
		if err := c.room(1, n.line, n.path()); err != nil {
			return false, err
		}
		ntry, path := n.root(), ranked(n.parent.path(), "TxDtls", len(e.Details)+1)
		n.parent, n.base = nil, path
		d, err := c.detail(n, ntry)
		e.Details = append(e.Details, d)
		return true, err
	})
	if err != nil {
		return err
	}
	if err := c.fill(&e, n); err != nil {
		return err
	}
	return c.add(&e)
}

// fill takes what the entry says of itself.
func (c *camt) fill(e *Entry, n *node) error {
	var err error
	e.Line, e.Path = n.line, n.path()
	// The sign is that of this entry: ISO 20022 marks a reversal of a debit as
	// CRDT with RvslInd true.
	if e.Amount, e.Currency, err = signedAmount(n); err != nil {
		return err
	}
	e.Reversal = isTrue(n.value("RvslInd"))
	if e.Status, err = statusOf(n); err != nil {
		return err
	}
	if e.BookingDate, err = dayOf(n, "BookgDt"); err != nil {
		return err
	}
	if e.ValueDate, err = dayOf(n, "ValDt"); err != nil {
		return err
	}
	e.Reference, e.BankReference = n.value("NtryRef"), n.value("AcctSvcrRef")
	e.Information = n.value("AddtlNtryInf")
	for _, batch := range append(n.all("Btch"), batches(n)...) {
		count, _ := strconv.Atoi(batch.value("NbOfTxs"))
		e.Parts += max(count, 0)
	}
	if len(e.Details) == 1 {
		e.Payment = e.Details[0].Payment
	}
	return c.shared(e, n)
}

func batches(n *node) []*node {
	var found []*node
	for _, details := range n.all("NtryDtls") {
		found = append(found, details.all("Btch")...)
	}
	return found
}

// shared adds what stands beside the details and holds for all of them.
func (c *camt) shared(e *Entry, n *node) error {
	if code := transactionCode(n.get("BkTxCd")); code != "" && e.BankTransactionCode == "" {
		e.BankTransactionCode = code
	}
	var p Payment
	if err := p.amounts(n); err != nil {
		return err
	}
	if e.InstructedAmount == nil {
		e.InstructedAmount = p.InstructedAmount
	}
	if e.Exchange == nil {
		e.Exchange = p.Exchange
	}
	if len(e.Charges) == 0 {
		e.Charges = p.Charges
	}
	return nil
}

// statusOf reads the status, which is text until version 07 and a code within
// from 08 on.
func statusOf(n *node) (Status, error) {
	switch s := n.value("Sts/Cd", "Sts/Prtry", "Sts"); s {
	case "BOOK":
		return Booked, nil
	case "PDNG":
		return Pending, nil
	case "INFO":
		return Informed, nil
	case "FUTR":
		return Expected, nil
	case "":
		return "", at(n.line, n.path()+"/Sts", MissingElement, "The entry does not say whether it is booked.")
	default:
		return "", at(n.line, n.path()+"/Sts", BadValue, "The status of the entry is not known: %s.", quoted(s))
	}
}

// dayOf reads a date that may be absent, in any of its forms.
func dayOf(n *node, name string) (string, error) {
	written := n.value(name+"/Dt", name+"/DtTm", name)
	if written == "" {
		return "", nil
	}
	d, ok := day(written)
	if !ok {
		return "", at(n.line, n.path()+"/"+name, BadDate, "The date is not one: %s.", quoted(written))
	}
	return d, nil
}

// detail reads one payment of an entry.
func (c *camt) detail(n, ntry *node) (Detail, error) {
	var d Detail
	refs := n.get("Refs")
	d.BankReference = refs.value("AcctSvcrRef")
	d.EndToEndID, d.InstructionID = refs.value("EndToEndId"), refs.value("InstrId")
	d.TransactionID, d.MandateID = refs.value("TxId", "UETR"), refs.value("MndtId")
	d.CheckNumber = refs.value("ChqNb")
	d.BankTransactionCode = transactionCode(n.get("BkTxCd"))
	d.Purpose = n.value("Purp/Cd", "Purp/Prtry")
	d.ReturnReason = n.value("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/RtrRsn/Cd")
	mark := n.value("CdtDbtInd")
	if mark == "" {
		mark = ntry.value("CdtDbtInd")
	}
	d.Counterparty = c.counterparty(n, mark, isTrue(ntry.value("RvslInd")))
	d.CreditorID = n.value("RltdPties/Cdtr/Id/PrvtId/Othr/Id", "RltdPties/Cdtr/Pty/Id/PrvtId/Othr/Id")
	d.remittance(n.get("RmtInf"))
	if err := d.amounts(n); err != nil {
		return d, err
	}
	stated := n.get("Amt")
	if stated == nil {
		stated = n.get("AmtDtls/TxAmt/Amt")
	}
	if stated == nil {
		return d, nil
	}
	amount, currency, err := amountIn(n, stated)
	if err != nil {
		return d, err
	}
	if mark == "DBIT" {
		amount = amount.Neg()
	}
	d.Amount = &Money{amount, currency}
	return d, nil
}

// counterparty finds the side that is not the account's. The account numbers
// tell, where they are given; else the sign does. A reversal names the parties
// of the payment it takes back, so its sign is turned.
func (c *camt) counterparty(n *node, mark string, reversal bool) Party {
	parties, agents := n.get("RltdPties"), n.get("RltdAgts")
	side := func(role string) Party {
		return Party{
			Name:     parties.value(role+"/Nm", role+"/Pty/Nm", role+"/Agt/FinInstnId/Nm"),
			Ultimate: parties.value("Ultmt"+role+"/Nm", "Ultmt"+role+"/Pty/Nm"),
			IBAN:     accountOf(parties.get(role + "Acct")),
			BIC:      bicOf(agents.get(role + "Agt/FinInstnId")),
		}
	}
	debtor, creditor := side("Dbtr"), side("Cdtr")
	own := c.cur.Account
	switch {
	case own != "" && debtor.IBAN == own && creditor.IBAN != own:
		return creditor
	case own != "" && creditor.IBAN == own && debtor.IBAN != own:
		return debtor
	case (mark == "CRDT") != reversal:
		return debtor
	}
	return creditor
}

// remittance reads what the payer wrote.
func (p *Payment) remittance(n *node) {
	for _, line := range n.all("Ustrd") {
		if line.text != "" {
			p.Remittance = append(p.Remittance, line.text)
		}
	}
	for _, s := range n.all("Strd") {
		if ref := s.value("CdtrRefInf/Ref", "CdtrRefInf/CdtrRef"); ref != "" {
			kind := s.value("CdtrRefInf/Tp/CdOrPrtry/Cd", "CdtrRefInf/Tp/CdOrPrtry/Prtry", "CdtrRefInf/CdtrRefTp/Cd")
			p.Structured = append(p.Structured, Reference{kind, ref})
		}
		for _, doc := range s.all("RfrdDocInf") {
			if number := doc.value("Nb", "RfrdDocNb"); number != "" {
				p.Documents = append(p.Documents, Reference{doc.value("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "RfrdDocTp/Cd"), number})
			}
		}
		for _, more := range s.all("AddtlRmtInf") {
			p.Additional = append(p.Additional, more.text)
		}
	}
}

// amounts reads instructed amount, exchange and charges.
func (p *Payment) amounts(n *node) error {
	details := n.get("AmtDtls")
	if instructed := details.get("InstdAmt/Amt"); instructed != nil {
		amount, currency, err := amountIn(n, instructed)
		if err != nil {
			return err
		}
		p.InstructedAmount = &Money{amount, currency}
	}
	for _, place := range []string{"CntrValAmt/CcyXchg", "TxAmt/CcyXchg", "InstdAmt/CcyXchg"} {
		if x := details.get(place); x != nil && p.Exchange == nil {
			rate, ok := number(x.value("XchgRate"))
			if !ok {
				return at(x.line, x.path()+"/XchgRate", BadAmount, "The exchange rate is not a plain number: %s.", quoted(x.value("XchgRate")))
			}
			p.Exchange = &Exchange{rate, x.value("SrcCcy"), x.value("TrgtCcy"), x.value("UnitCcy"), x.value("CtrctId")}
		}
	}
	return p.charges(n)
}

func (p *Payment) charges(n *node) error {
	for _, charge := range n.all("Chrgs") {
		for _, record := range append(charge.all("Rcrd"), charge) {
			amt := record.get("Amt")
			if amt == nil {
				continue
			}
			amount, currency, err := amountIn(record, amt)
			if err != nil {
				return err
			}
			if record.value("CdtDbtInd") == "CRDT" {
				amount = amount.Neg()
			}
			p.Charges = append(p.Charges, Money{amount, currency})
		}
	}
	return nil
}

// transactionCode writes a bank transaction code as PMNT-RCDT-ESCT, or the
// bank's own where it has no other.
func transactionCode(n *node) string {
	var parts []string
	for _, p := range []string{"Domn/Cd", "Domn/Fmly/Cd", "Domn/Fmly/SubFmlyCd"} {
		if v := n.value(p); v != "" {
			parts = append(parts, v)
		}
	}
	if len(parts) == 0 {
		return n.value("Prtry/Cd")
	}
	return strings.Join(parts, "-")
}

func isTrue(s string) bool { return s == "true" || s == "1" }
