package einvoice

import "strings"

// readUBL reads a UBL 2.x invoice or credit note. The two differ in a few
// names only.
func readUBL(r *reader, root *node) {
	inv := r.inv
	inv.Profile = r.label(r.one(root, "cbc:CustomizationID"))
	inv.Number = r.label(r.one(root, "cbc:ID"))
	inv.TypeCode = r.label(r.one(root, ublName(inv.Format, "cbc:InvoiceTypeCode")))
	inv.IssueDate = r.day(r.one(root, "cbc:IssueDate"), readISODate)
	inv.DueDate = r.ublDueDate(root)
	inv.Currency = r.currency(r.one(root, "cbc:DocumentCurrencyCode"))
	inv.TaxCurrency = r.currency(r.one(root, "cbc:TaxCurrencyCode"))
	inv.BuyerReference = r.label(r.one(root, "cbc:BuyerReference"))
	inv.OrderReference = r.label(r.one(root, "cac:OrderReference/cbc:ID"))
	inv.PaymentReference = r.label(first(root, "cac:PaymentMeans/cbc:PaymentID"))
	inv.PrecedingInvoice = r.label(first(root, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"))
	inv.DeliveryDate = r.day(first(root, "cac:Delivery/cbc:ActualDeliveryDate"), readISODate)
	inv.PeriodStart = r.day(first(root, "cac:InvoicePeriod/cbc:StartDate"), readISODate)
	inv.PeriodEnd = r.day(first(root, "cac:InvoicePeriod/cbc:EndDate"), readISODate)
	inv.Notes = r.notes(r.many(root, "cbc:Note", maxEntries))
	inv.PaymentTerms = r.prose(first(root, "cac:PaymentTerms/cbc:Note"))
	inv.Seller = r.ublParty(r.one(root, "cac:AccountingSupplierParty/cac:Party"))
	inv.Buyer = r.ublParty(r.one(root, "cac:AccountingCustomerParty/cac:Party"))
	inv.Payee = r.ublParty(r.one(root, "cac:PayeeParty"))
	r.ublTotals(root)
	r.ublTaxes(root)
	r.ublPaymentMeans(root)
	r.ublLines(root)
}

// ublName turns a name of the invoice into that of the credit note if need be:
// cbc:InvoiceTypeCode becomes cbc:CreditNoteTypeCode, and so on.
func ublName(f Format, name string) string {
	if f == FormatUBLCreditNote || f == FormatUBLSelfBilledCredit {
		name = strings.Replace(name, ":Invoice", ":CreditNote", 1)
		return strings.Replace(name, "Invoiced", "Credited", 1)
	}
	return name
}

// ublDueDate reads the due date, for which a credit note has only the place in
// the payment means.
func (r *reader) ublDueDate(root *node) Text {
	if t := r.day(r.one(root, "cbc:DueDate"), readISODate); !t.Absent() {
		return t
	}
	return r.day(first(root, "cac:PaymentMeans/cbc:PaymentDueDate"), readISODate)
}

func (r *reader) ublParty(n *node) Party {
	p := Party{
		Name:        r.label(r.one(n, "cac:PartyLegalEntity/cbc:RegistrationName")),
		TradingName: r.label(r.one(n, "cac:PartyName/cbc:Name")),
		LegalID:     r.label(r.one(n, "cac:PartyLegalEntity/cbc:CompanyID")),
		Street:      r.label(r.one(n, "cac:PostalAddress/cbc:StreetName")),
		City:        r.label(r.one(n, "cac:PostalAddress/cbc:CityName")),
		PostalCode:  r.label(r.one(n, "cac:PostalAddress/cbc:PostalZone")),
		Country:     r.label(r.one(n, "cac:PostalAddress/cac:Country/cbc:IdentificationCode")),
		Email:       r.label(r.one(n, "cac:Contact/cbc:ElectronicMail")),
		Phone:       r.label(r.one(n, "cac:Contact/cbc:Telephone")),
	}
	if p.Name.Absent() {
		p.Name = p.TradingName
	}
	if p.Email.Absent() {
		p.Email = r.mailbox(r.one(n, "cbc:EndpointID"))
	}
	p.VATID, p.TaxNumber = r.ublTaxIDs(n)
	return p
}

// ublTaxIDs tells the VAT number from other registrations by the scheme.
func (r *reader) ublTaxIDs(party *node) (vat, other Text) {
	for _, n := range party.all("cac:PartyTaxScheme") {
		scheme := r.label(r.one(n, "cac:TaxScheme/cbc:ID")).Value
		id := r.label(r.one(n, "cbc:CompanyID"))
		switch {
		case strings.EqualFold(scheme, "VAT") && vat.Absent():
			vat = id
		case !strings.EqualFold(scheme, "VAT") && other.Absent():
			other = id
		}
	}
	return vat, other
}

// mailbox reads an electronic address that is one of e-mail (scheme EM).
func (r *reader) mailbox(n *node) Text {
	if n.attr("schemeID") != "EM" {
		return Text{}
	}
	return r.label(n)
}

func (r *reader) ublTotals(root *node) {
	inv := r.inv
	sums := r.one(root, "cac:LegalMonetaryTotal")
	amount := func(name string) Text { return r.total(r.sameCurrency(sums.all(name))) }
	inv.LineTotal = amount("cbc:LineExtensionAmount")
	inv.AllowanceTotal = amount("cbc:AllowanceTotalAmount")
	inv.ChargeTotal = amount("cbc:ChargeTotalAmount")
	inv.NetTotal = amount("cbc:TaxExclusiveAmount")
	inv.GrossTotal = amount("cbc:TaxInclusiveAmount")
	inv.Prepaid = amount("cbc:PrepaidAmount")
	inv.Rounding = amount("cbc:PayableRoundingAmount")
	inv.Payable = amount("cbc:PayableAmount")
	inv.ThirdPartyPayments = r.thirdPartyPayments(root)
	taxes := root.all("cac:TaxTotal/cbc:TaxAmount")
	inv.TaxTotal = r.total(r.sameCurrency(taxes))
	inv.TaxTotalAccounting = r.total(r.accounting(taxes))
}

// thirdPartyPayments reads the amounts collected for others. In plain UBL the
// same elements list payments received, which the totals contain already.
func (r *reader) thirdPartyPayments(root *node) []Text {
	if !strings.Contains(r.inv.Profile.Value, ":extension:xrechnung") {
		return nil
	}
	var amounts []Text
	for _, n := range r.many(root, "cac:PrepaidPayment/cbc:PaidAmount", maxEntries) {
		if t := r.total(n); !t.Absent() {
			amounts = append(amounts, t)
		}
	}
	return amounts
}

// ublTaxes reads the VAT breakdown out of the tax totals that are not in the
// accounting currency.
func (r *reader) ublTaxes(root *node) {
	for _, total := range root.all("cac:TaxTotal") {
		if c := r.one(total, "cbc:TaxAmount"); c != nil && c == r.accounting([]*node{c}) {
			continue
		}
		for _, n := range r.many(total, "cac:TaxSubtotal", maxEntries) {
			r.inv.Taxes = append(r.inv.Taxes, Tax{
				Category:        r.label(r.one(n, "cac:TaxCategory/cbc:ID")),
				Rate:            r.number(r.ublRate(n)),
				Basis:           r.number(r.one(n, "cbc:TaxableAmount")),
				Amount:          r.number(r.one(n, "cbc:TaxAmount")),
				ExemptionReason: r.prose(first(n, "cac:TaxCategory/cbc:TaxExemptionReason")),
			})
		}
	}
}

// ublRate finds the rate in the category, or where UBL 2.0 had it.
func (r *reader) ublRate(subtotal *node) *node {
	if n := r.one(subtotal, "cac:TaxCategory/cbc:Percent"); n != nil {
		return n
	}
	return r.one(subtotal, "cbc:Percent")
}

func (r *reader) ublPaymentMeans(root *node) {
	for _, n := range r.many(root, "cac:PaymentMeans", maxEntries) {
		account := r.one(n, "cac:PayeeFinancialAccount")
		m := PaymentMeans{
			Code:        r.label(r.one(n, "cbc:PaymentMeansCode")),
			BIC:         r.label(r.ublBank(account)),
			AccountName: r.label(r.one(account, "cbc:Name")),
		}
		// UBL has one place for any account; its shape tells whether it is an IBAN.
		id := withoutSpaces(r.label(r.one(account, "cbc:ID")))
		if ibanShape.MatchString(id.Value) {
			m.IBAN = id
		} else {
			m.Account = id
		}
		r.inv.PaymentMeans = append(r.inv.PaymentMeans, m)
	}
}

// ublBank finds the bank where EN 16931 puts it, or one level deeper, where
// plain UBL does.
func (r *reader) ublBank(account *node) *node {
	if n := first(account, "cac:FinancialInstitutionBranch/cbc:ID"); n != nil {
		return n
	}
	return first(account, "cac:FinancialInstitutionBranch/cac:FinancialInstitution/cbc:ID")
}

func (r *reader) ublLines(root *node) {
	found := r.many(root, ublName(r.inv.Format, "cac:InvoiceLine"), maxLines)
	for _, n := range found {
		quantity := r.one(n, ublName(r.inv.Format, "cbc:InvoicedQuantity"))
		tax := "cac:Item/cac:ClassifiedTaxCategory/"
		r.inv.Lines = append(r.inv.Lines, Line{
			ID:           r.label(r.one(n, "cbc:ID")),
			Name:         r.label(r.one(n, "cac:Item/cbc:Name")),
			Description:  r.prose(first(n, "cac:Item/cbc:Description")),
			Quantity:     r.number(quantity),
			Unit:         r.attribute(quantity, "unitCode"),
			UnitPrice:    r.number(r.one(n, "cac:Price/cbc:PriceAmount")),
			BaseQuantity: r.number(r.one(n, "cac:Price/cbc:BaseQuantity")),
			LineTotal:    r.number(r.one(n, "cbc:LineExtensionAmount")),
			TaxRate:      r.number(r.one(n, tax+"cbc:Percent")),
			TaxCategory:  r.label(r.one(n, tax+"cbc:ID")),
			PeriodStart:  r.day(first(n, "cac:InvoicePeriod/cbc:StartDate"), readISODate),
			PeriodEnd:    r.day(first(n, "cac:InvoicePeriod/cbc:EndDate"), readISODate),
		})
	}
}
