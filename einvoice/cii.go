package einvoice

// Paths of the header that several functions below share.
const (
	ciiDeal       = "rsm:SupplyChainTradeTransaction"
	ciiAgreement  = ciiDeal + "/ram:ApplicableHeaderTradeAgreement"
	ciiDelivery   = ciiDeal + "/ram:ApplicableHeaderTradeDelivery"
	ciiSettlement = ciiDeal + "/ram:ApplicableHeaderTradeSettlement"
)

// readCII reads a UN/CEFACT Cross Industry Invoice.
func readCII(r *reader, root *node) {
	inv := r.inv
	inv.Profile = r.label(r.one(root, "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"))
	document := r.one(root, "rsm:ExchangedDocument")
	inv.Number = r.label(r.one(document, "ram:ID"))
	inv.TypeCode = r.label(r.one(document, "ram:TypeCode"))
	inv.IssueDate = r.ciiDate(r.one(document, "ram:IssueDateTime"))
	inv.Notes = r.notes(r.many(document, "ram:IncludedNote/ram:Content", maxEntries))

	agreement := r.one(root, ciiAgreement)
	inv.BuyerReference = r.label(r.one(agreement, "ram:BuyerReference"))
	inv.OrderReference = r.label(r.one(agreement, "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"))
	inv.Seller = r.ciiParty(r.one(agreement, "ram:SellerTradeParty"))
	inv.Buyer = r.ciiParty(r.one(agreement, "ram:BuyerTradeParty"))

	delivery := r.one(root, ciiDelivery)
	inv.DeliveryDate = r.ciiDate(r.one(delivery, "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime"))

	settlement := r.one(root, ciiSettlement)
	r.ciiSettlement(settlement)
	r.ciiTotals(r.one(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation"))
	r.ciiTaxes(settlement)
	r.ciiPaymentMeans(settlement)
	r.ciiLines(root)
}

func (r *reader) ciiSettlement(settlement *node) {
	inv := r.inv
	inv.Currency = r.currency(r.one(settlement, "ram:InvoiceCurrencyCode"))
	inv.TaxCurrency = r.currency(r.one(settlement, "ram:TaxCurrencyCode"))
	inv.PaymentReference = r.label(r.one(settlement, "ram:PaymentReference"))
	inv.PrecedingInvoice = r.label(first(settlement, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID"))
	inv.PeriodStart = r.ciiDate(r.one(settlement, "ram:BillingSpecifiedPeriod/ram:StartDateTime"))
	inv.PeriodEnd = r.ciiDate(r.one(settlement, "ram:BillingSpecifiedPeriod/ram:EndDateTime"))
	inv.PaymentTerms = r.prose(first(settlement, "ram:SpecifiedTradePaymentTerms/ram:Description"))
	inv.Payee = r.ciiParty(r.one(settlement, "ram:PayeeTradeParty"))
	for _, n := range settlement.all("ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime") {
		if inv.DueDate = r.ciiDate(n); !inv.DueDate.Absent() {
			break
		}
	}
}

// ciiDate reads the date inside an element; its form says more than the format
// attribute, which some senders leave out.
func (r *reader) ciiDate(n *node) Text {
	for _, name := range []string{"udt:DateTimeString", "qdt:DateTimeString", "udt:DateString", "udt:DateTime", "udt:Date"} {
		if inner := r.one(n, name); inner != nil {
			return r.day(inner, readCIIDate)
		}
	}
	return Text{}
}

func (r *reader) ciiParty(n *node) Party {
	contact := "ram:DefinedTradeContact/"
	p := Party{
		Name:        r.label(r.one(n, "ram:Name")),
		TradingName: r.label(r.one(n, "ram:SpecifiedLegalOrganization/ram:TradingBusinessName")),
		LegalID:     r.label(r.one(n, "ram:SpecifiedLegalOrganization/ram:ID")),
		Street:      r.label(r.one(n, "ram:PostalTradeAddress/ram:LineOne")),
		City:        r.label(r.one(n, "ram:PostalTradeAddress/ram:CityName")),
		PostalCode:  r.label(r.one(n, "ram:PostalTradeAddress/ram:PostcodeCode")),
		Country:     r.label(r.one(n, "ram:PostalTradeAddress/ram:CountryID")),
		Email:       r.label(first(n, contact+"ram:EmailURIUniversalCommunication/ram:URIID")),
		Phone:       r.label(first(n, contact+"ram:TelephoneUniversalCommunication/ram:CompleteNumber")),
	}
	if p.Name.Absent() {
		p.Name = p.TradingName
	}
	if p.Email.Absent() {
		p.Email = r.mailbox(first(n, "ram:URIUniversalCommunication/ram:URIID"))
	}
	p.VATID, p.TaxNumber = r.ciiTaxIDs(n)
	return p
}

// ciiTaxIDs tells the VAT number (scheme VA) from other registrations.
func (r *reader) ciiTaxIDs(party *node) (vat, other Text) {
	for _, n := range party.all("ram:SpecifiedTaxRegistration/ram:ID") {
		switch id := r.label(n); {
		case n.attr("schemeID") == "VA" && vat.Absent():
			vat = id
		case n.attr("schemeID") != "VA" && other.Absent():
			other = id
		}
	}
	return vat, other
}

func (r *reader) ciiTotals(sums *node) {
	inv := r.inv
	amount := func(name string) Text { return r.total(r.sameCurrency(sums.all(name))) }
	inv.LineTotal = amount("ram:LineTotalAmount")
	inv.AllowanceTotal = amount("ram:AllowanceTotalAmount")
	inv.ChargeTotal = amount("ram:ChargeTotalAmount")
	inv.NetTotal = amount("ram:TaxBasisTotalAmount")
	inv.TaxTotal = amount("ram:TaxTotalAmount")
	inv.TaxTotalAccounting = r.total(r.accounting(sums.all("ram:TaxTotalAmount")))
	inv.GrossTotal = amount("ram:GrandTotalAmount")
	inv.Prepaid = amount("ram:TotalPrepaidAmount")
	inv.Rounding = amount("ram:RoundingAmount")
	inv.Payable = amount("ram:DuePayableAmount")
}

func (r *reader) ciiTaxes(settlement *node) {
	for _, n := range r.many(settlement, "ram:ApplicableTradeTax", maxEntries) {
		r.inv.Taxes = append(r.inv.Taxes, Tax{
			Category:        r.label(r.one(n, "ram:CategoryCode")),
			Rate:            r.number(r.one(n, "ram:RateApplicablePercent")),
			Basis:           r.number(r.sameCurrency(n.all("ram:BasisAmount"))),
			Amount:          r.number(r.sameCurrency(n.all("ram:CalculatedAmount"))),
			ExemptionReason: r.prose(first(n, "ram:ExemptionReason")),
		})
	}
}

func (r *reader) ciiPaymentMeans(settlement *node) {
	for _, n := range r.many(settlement, "ram:SpecifiedTradeSettlementPaymentMeans", maxEntries) {
		account := r.one(n, "ram:PayeePartyCreditorFinancialAccount")
		r.inv.PaymentMeans = append(r.inv.PaymentMeans, PaymentMeans{
			Code:        r.label(r.one(n, "ram:TypeCode")),
			IBAN:        withoutSpaces(r.label(r.one(account, "ram:IBANID"))),
			Account:     r.label(r.one(account, "ram:ProprietaryID")),
			BIC:         r.label(r.one(n, "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID")),
			AccountName: r.label(r.one(account, "ram:AccountName")),
		})
	}
}

func (r *reader) ciiLines(root *node) {
	for _, n := range r.many(root, ciiDeal+"/ram:IncludedSupplyChainTradeLineItem", maxLines) {
		line := r.ciiLine(n)
		r.ciiLineSettlement(&line, r.one(n, "ram:SpecifiedLineTradeSettlement"))
		r.inv.Lines = append(r.inv.Lines, line)
	}
}

func (r *reader) ciiLine(n *node) Line {
	document := r.one(n, "ram:AssociatedDocumentLineDocument")
	price := r.one(n, "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice")
	quantity := r.one(n, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity")
	return Line{
		ID:           r.label(r.one(document, "ram:LineID")),
		ParentID:     r.label(r.one(document, "ram:ParentLineID")),
		Status:       r.label(r.one(document, "ram:LineStatusReasonCode")),
		Name:         r.label(r.one(n, "ram:SpecifiedTradeProduct/ram:Name")),
		Description:  r.prose(first(n, "ram:SpecifiedTradeProduct/ram:Description")),
		Quantity:     r.number(quantity),
		Unit:         r.attribute(quantity, "unitCode"),
		UnitPrice:    r.number(r.one(price, "ram:ChargeAmount")),
		BaseQuantity: r.number(r.one(price, "ram:BasisQuantity")),
	}
}

func (r *reader) ciiLineSettlement(line *Line, n *node) {
	tax := r.one(n, "ram:ApplicableTradeTax")
	line.LineTotal = r.number(r.one(n, "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"))
	line.TaxRate = r.number(r.one(tax, "ram:RateApplicablePercent"))
	line.TaxCategory = r.label(r.one(tax, "ram:CategoryCode"))
	line.PeriodStart = r.ciiDate(r.one(n, "ram:BillingSpecifiedPeriod/ram:StartDateTime"))
	line.PeriodEnd = r.ciiDate(r.one(n, "ram:BillingSpecifiedPeriod/ram:EndDateTime"))
}
