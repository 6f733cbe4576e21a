package einvoice

// Paths that several functions below share.
const (
	zf1Deal       = "rsm:SpecifiedSupplyChainTradeTransaction"
	zf1Agreement  = zf1Deal + "/ram:ApplicableSupplyChainTradeAgreement"
	zf1Delivery   = zf1Deal + "/ram:ApplicableSupplyChainTradeDelivery"
	zf1Settlement = zf1Deal + "/ram:ApplicableSupplyChainTradeSettlement"
	zf1Totals     = "ram:SpecifiedTradeSettlementMonetarySummation"
)

// readZUGFeRD1 reads a CrossIndustryDocument of ZUGFeRD 1.0, and the release
// candidate before it, which wrote the same elements without a namespace. The
// parts that the later Cross Industry Invoice took over are read as there.
func readZUGFeRD1(r *reader, root *node) {
	inv := r.inv
	inv.Profile = r.label(r.one(root, "rsm:SpecifiedExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"))
	document := r.one(root, "rsm:HeaderExchangedDocument")
	inv.Number = r.label(r.one(document, "ram:ID"))
	inv.TypeCode = r.label(r.one(document, "ram:TypeCode"))
	inv.IssueDate = r.zf1Date(r.one(document, "ram:IssueDateTime"))
	inv.Notes = r.notes(r.many(document, "ram:IncludedNote/ram:Content", maxEntries))

	agreement := r.one(root, zf1Agreement)
	inv.BuyerReference = r.label(r.one(agreement, "ram:BuyerReference"))
	inv.OrderReference = r.label(r.one(agreement, "ram:BuyerOrderReferencedDocument/ram:ID"))
	inv.Seller = r.ciiParty(r.one(agreement, "ram:SellerTradeParty"))
	inv.Buyer = r.ciiParty(r.one(agreement, "ram:BuyerTradeParty"))
	inv.DeliveryDate = r.zf1Date(r.one(root, zf1Delivery+"/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime"))

	settlement := r.one(root, zf1Settlement)
	r.zf1Settlement(settlement)
	r.ciiTotals(r.one(settlement, zf1Totals))
	r.zf1Taxes(settlement)
	r.ciiPaymentMeans(settlement)
	r.zf1Lines(root)
}

func (r *reader) zf1Settlement(settlement *node) {
	inv := r.inv
	inv.Currency = r.currency(r.one(settlement, "ram:InvoiceCurrencyCode"))
	inv.PaymentReference = r.label(r.one(settlement, "ram:PaymentReference"))
	inv.PeriodStart = r.zf1Date(r.one(settlement, "ram:BillingSpecifiedPeriod/ram:StartDateTime"))
	inv.PeriodEnd = r.zf1Date(r.one(settlement, "ram:BillingSpecifiedPeriod/ram:EndDateTime"))
	inv.PaymentTerms = r.prose(first(settlement, "ram:SpecifiedTradePaymentTerms/ram:Description"))
	inv.Payee = r.ciiParty(r.one(settlement, "ram:PayeeTradeParty"))
	for _, n := range settlement.all("ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime") {
		if inv.DueDate = r.zf1Date(n); !inv.DueDate.Absent() {
			break
		}
	}
}

// zf1Date reads a date that stands in an element of its own inside n, or, in
// the release candidate, in n itself.
func (r *reader) zf1Date(n *node) Text {
	if n != nil && n.first == nil {
		return r.day(n, readCIIDate)
	}
	return r.ciiDate(n)
}

func (r *reader) zf1Taxes(settlement *node) {
	for _, n := range r.many(settlement, "ram:ApplicableTradeTax", maxEntries) {
		r.inv.Taxes = append(r.inv.Taxes, Tax{
			Category:        r.label(r.one(n, "ram:CategoryCode")),
			Rate:            r.number(r.one(n, "ram:ApplicablePercent")),
			Basis:           r.number(r.sameCurrency(n.all("ram:BasisAmount"))),
			Amount:          r.number(r.sameCurrency(n.all("ram:CalculatedAmount"))),
			ExemptionReason: r.prose(first(n, "ram:ExemptionReason")),
		})
	}
}

// zf1Lines reads the lines that invoice something; a line without a product
// and without a total only carries a note.
func (r *reader) zf1Lines(root *node) {
	for _, n := range r.many(root, zf1Deal+"/ram:IncludedSupplyChainTradeLineItem", maxLines) {
		price := r.one(n, "ram:SpecifiedSupplyChainTradeAgreement/ram:NetPriceProductTradePrice")
		quantity := r.one(n, "ram:SpecifiedSupplyChainTradeDelivery/ram:BilledQuantity")
		settlement := r.one(n, "ram:SpecifiedSupplyChainTradeSettlement")
		r.inv.Lines = append(r.inv.Lines, Line{
			ID:           r.label(r.one(n, "ram:AssociatedDocumentLineDocument/ram:LineID")),
			Name:         r.label(r.one(n, "ram:SpecifiedTradeProduct/ram:Name")),
			Description:  r.prose(first(n, "ram:SpecifiedTradeProduct/ram:Description")),
			Quantity:     r.number(quantity),
			Unit:         r.attribute(quantity, "unitCode"),
			UnitPrice:    r.number(r.one(price, "ram:ChargeAmount")),
			BaseQuantity: r.number(r.one(price, "ram:BasisQuantity")),
			LineTotal:    r.number(r.one(settlement, zf1Totals+"/ram:LineTotalAmount")),
			TaxRate:      r.number(first(settlement, "ram:ApplicableTradeTax/ram:ApplicablePercent")),
			TaxCategory:  r.label(first(settlement, "ram:ApplicableTradeTax/ram:CategoryCode")),
		})
	}
}
