package einvoice

// term says where each syntax has a business term or group of EN 16931. The path
// of a group starts at the document, that of a term at its group or, in the first
// part, at the document. A charge has the terms of an allowance.
type termPaths struct{ id, ubl, cii string }

const (
	ublVAT  = "[cac:TaxScheme/cbc:ID=VAT]"
	ciiLine = "ram:SpecifiedLineTradeSettlement"
)

// terms is the table of the terms that the rules speak of.
func terms() []termPaths {
	list := append(documentTerms(), partyTerms()...)
	return append(append(list, amountTerms()...), lineTerms()...)
}

func documentTerms() []termPaths {
	return []termPaths{
		{"BT-1", "cbc:ID", "rsm:ExchangedDocument/ram:ID"},
		{"BT-2", "cbc:IssueDate", "rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString"},
		{"BT-3", "cbc:InvoiceTypeCode|cbc:CreditNoteTypeCode", "rsm:ExchangedDocument/ram:TypeCode"},
		{"BT-5", "cbc:DocumentCurrencyCode", ciiSettlement + "/ram:InvoiceCurrencyCode"},
		{"BT-6", "cbc:TaxCurrencyCode", ciiSettlement + "/ram:TaxCurrencyCode"},
		{"BT-7", "cbc:TaxPointDate", ciiSettlement + "/ram:ApplicableTradeTax/ram:TaxPointDate"},
		{"BT-8", "cac:InvoicePeriod/cbc:DescriptionCode", ciiSettlement + "/ram:ApplicableTradeTax/ram:DueDateTypeCode"},
		{"BT-9", "cbc:DueDate|cac:PaymentMeans/cbc:PaymentDueDate", ciiSettlement + "/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime"},
		{"BT-18", "cac:AdditionalDocumentReference[cbc:DocumentTypeCode=130]/cbc:ID", ""},
		{"BT-20", "cac:PaymentTerms/cbc:Note", ciiSettlement + "/ram:SpecifiedTradePaymentTerms/ram:Description"},
		{"BT-21", "", "rsm:ExchangedDocument/ram:IncludedNote/ram:SubjectCode"},
		{"BT-22", "cbc:Note", ""},
		{"BT-24", "cbc:CustomizationID", "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"},
		{"BG-3", "cac:BillingReference", ciiSettlement + "/ram:InvoiceReferencedDocument"},
		{"BT-25", "cac:InvoiceDocumentReference/cbc:ID", "ram:IssuerAssignedID"},
		{"BT-72", "cac:Delivery/cbc:ActualDeliveryDate", ciiDelivery + "/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime"},
		{"BG-14", "cac:InvoicePeriod", ciiSettlement + "/ram:BillingSpecifiedPeriod"},
		{"BT-73", "cbc:StartDate", "ram:StartDateTime/udt:DateTimeString"}, // of a line too
		{"BT-74", "cbc:EndDate", "ram:EndDateTime/udt:DateTimeString"},
		{"BG-15", "cac:Delivery/cac:DeliveryLocation/cac:Address", ciiDelivery + "/ram:ShipToTradeParty/ram:PostalTradeAddress"},
		{"BT-71", "cac:Delivery/cac:DeliveryLocation/cbc:ID", ciiDelivery + "/ram:ShipToTradeParty/ram:GlobalID"},
		{"BG-16", "cac:PaymentMeans", ciiSettlement + "/ram:SpecifiedTradeSettlementPaymentMeans"},
		{"BT-81", "cbc:PaymentMeansCode", "ram:TypeCode"},
		{"BG-17", "cac:PayeeFinancialAccount", "ram:PayeePartyCreditorFinancialAccount"}, // of BG-16
		{"BT-84", "cbc:ID", "ram:IBANID|ram:ProprietaryID"},
		{"BT-87", "cac:CardAccount/cbc:PrimaryAccountNumberID", "ram:ApplicableTradeSettlementFinancialCard/ram:ID"},
		{"BG-24", "cac:AdditionalDocumentReference", ciiAgreement + "/ram:AdditionalReferencedDocument"},
		{"BT-122", "cbc:ID", "ram:IssuerAssignedID"},
		{"BT-125", "cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject", ciiAgreement + "/ram:AdditionalReferencedDocument/ram:AttachmentBinaryObject"},
	}
}

// partyTerms are alike for all parties: BT-27 stands for the names of all of them,
// and so do the others for what they name.
func partyTerms() []termPaths {
	return []termPaths{
		{"seller", "cac:AccountingSupplierParty", ciiAgreement + "/ram:SellerTradeParty"},
		{"BG-4", "cac:AccountingSupplierParty/cac:Party", ciiAgreement + "/ram:SellerTradeParty"},
		{"BG-7", "cac:AccountingCustomerParty/cac:Party", ciiAgreement + "/ram:BuyerTradeParty"},
		{"BG-10", "cac:PayeeParty", ciiSettlement + "/ram:PayeeTradeParty"},
		{"BG-11", "cac:TaxRepresentativeParty", ciiAgreement + "/ram:SellerTaxRepresentativeTradeParty"},
		{"BG-5", "cac:AccountingSupplierParty/cac:Party/cac:PostalAddress", ciiAgreement + "/ram:SellerTradeParty/ram:PostalTradeAddress"},
		{"BG-8", "cac:AccountingCustomerParty/cac:Party/cac:PostalAddress", ciiAgreement + "/ram:BuyerTradeParty/ram:PostalTradeAddress"},
		{"BG-12", "cac:TaxRepresentativeParty/cac:PostalAddress", ciiAgreement + "/ram:SellerTaxRepresentativeTradeParty/ram:PostalTradeAddress"},
		{"address", "cac:PostalAddress", "ram:PostalTradeAddress"},
		{"BT-27", "cac:PartyLegalEntity/cbc:RegistrationName", "ram:Name"},
		{"BT-59", "cac:PartyName/cbc:Name", "ram:Name"}, // of a payee and a representative
		{"BT-29", "cac:PartyIdentification/cbc:ID", "ram:ID|ram:GlobalID"},
		{"BT-30", "cac:PartyLegalEntity/cbc:CompanyID", "ram:SpecifiedLegalOrganization/ram:ID"},
		{"BT-31", "cac:PartyTaxScheme" + ublVAT + "/cbc:CompanyID", "ram:SpecifiedTaxRegistration/ram:ID[@schemeID=VA]"},
		{"BT-32", "cac:PartyTaxScheme[cac:TaxScheme/cbc:ID!=VAT]/cbc:CompanyID", "ram:SpecifiedTaxRegistration/ram:ID[@schemeID!=VA]"},
		{"BT-34", "cbc:EndpointID", "ram:URIUniversalCommunication/ram:URIID"},
		{"BT-40", "cac:Country/cbc:IdentificationCode", "ram:CountryID"}, // of any address
	}
}

func amountTerms() []termPaths {
	return []termPaths{
		{"BG-20", "cac:AllowanceCharge[cbc:ChargeIndicator=false,0]", ciiSettlement + "/ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator=false,0]"},
		{"BG-21", "cac:AllowanceCharge[cbc:ChargeIndicator=true,1]", ciiSettlement + "/ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator=true,1]"},
		{"BT-92", "cbc:Amount", "ram:ActualAmount"},
		{"BT-93", "cbc:BaseAmount", "ram:BasisAmount"},
		{"BT-95", "cac:TaxCategory" + ublVAT + "/cbc:ID", "ram:CategoryTradeTax/ram:CategoryCode"},
		{"BT-96", "cac:TaxCategory" + ublVAT + "/cbc:Percent", "ram:CategoryTradeTax/ram:RateApplicablePercent"},
		{"BT-97", "cbc:AllowanceChargeReason", "ram:Reason"},
		{"BT-98", "cbc:AllowanceChargeReasonCode", "ram:ReasonCode"},
		{"BG-22", "cac:LegalMonetaryTotal", ciiSettlement + "/ram:SpecifiedTradeSettlementHeaderMonetarySummation"},
		{"BT-106", "cbc:LineExtensionAmount", "ram:LineTotalAmount"},
		{"BT-107", "cbc:AllowanceTotalAmount", "ram:AllowanceTotalAmount"},
		{"BT-108", "cbc:ChargeTotalAmount", "ram:ChargeTotalAmount"},
		{"BT-109", "cbc:TaxExclusiveAmount", "ram:TaxBasisTotalAmount"},
		{"BT-112", "cbc:TaxInclusiveAmount", "ram:GrandTotalAmount"},
		{"BT-113", "cbc:PrepaidAmount", "ram:TotalPrepaidAmount"},
		{"BT-114", "cbc:PayableRoundingAmount", "ram:RoundingAmount"},
		{"BT-115", "cbc:PayableAmount", "ram:DuePayableAmount"},
		// The VAT totals in all currencies, from the document down.
		{"BT-110", "cac:TaxTotal/cbc:TaxAmount", ciiSettlement + "/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:TaxTotalAmount"},
		{"tax total", "cac:TaxTotal", ""},
		{"BG-23", "cac:TaxTotal/cac:TaxSubtotal", ciiSettlement + "/ram:ApplicableTradeTax"},
		{"BT-116", "cbc:TaxableAmount", "ram:BasisAmount"},
		{"BT-117", "cbc:TaxAmount", "ram:CalculatedAmount"},
		{"BT-118", "cac:TaxCategory" + ublVAT + "/cbc:ID", "ram:CategoryCode"},
		{"BT-119", "cac:TaxCategory" + ublVAT + "/cbc:Percent", "ram:RateApplicablePercent"},
		{"BT-120", "cac:TaxCategory/cbc:TaxExemptionReason", "ram:ExemptionReason"},
		{"BT-121", "cac:TaxCategory/cbc:TaxExemptionReasonCode", "ram:ExemptionReasonCode"},
	}
}

func lineTerms() []termPaths {
	const lines = "cac:InvoiceLine|cac:CreditNoteLine"
	// The extended profile has lines that gather or explain others: they invoice nothing.
	const ciiLines = ciiDeal + "/ram:IncludedSupplyChainTradeLineItem[ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode!=GROUP,INFORMATION]"
	return []termPaths{
		{"BG-25", lines, ciiLines},
		{"BT-126", "cbc:ID", "ram:AssociatedDocumentLineDocument/ram:LineID"},
		{"BT-128", "cac:DocumentReference/cbc:ID", ciiLine + "/ram:AdditionalReferencedDocument/ram:ReferenceTypeCode"},
		{"BT-129", "cbc:InvoicedQuantity|cbc:CreditedQuantity", "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"},
		{"BT-131", "cbc:LineExtensionAmount", ciiLine + "/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"},
		{"BG-26", "cac:InvoiceLine/cac:InvoicePeriod|cac:CreditNoteLine/cac:InvoicePeriod", ciiLines + "/" + ciiLine + "/ram:BillingSpecifiedPeriod"},
		{
			"BG-27", "cac:InvoiceLine/cac:AllowanceCharge[cbc:ChargeIndicator=false,0]|cac:CreditNoteLine/cac:AllowanceCharge[cbc:ChargeIndicator=false,0]",
			ciiLines + "/" + ciiLine + "/ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator=false,0]",
		},
		{
			"BG-28", "cac:InvoiceLine/cac:AllowanceCharge[cbc:ChargeIndicator=true,1]|cac:CreditNoteLine/cac:AllowanceCharge[cbc:ChargeIndicator=true,1]",
			ciiLines + "/" + ciiLine + "/ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator=true,1]",
		},
		{"BT-146", "cac:Price/cbc:PriceAmount", "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount"},
		{"BT-148", "cac:Price/cac:AllowanceCharge/cbc:BaseAmount", "ram:SpecifiedLineTradeAgreement/ram:GrossPriceProductTradePrice/ram:ChargeAmount"},
		{"BT-151", "cac:Item/cac:ClassifiedTaxCategory" + ublVAT + "/cbc:ID", ciiLine + "/ram:ApplicableTradeTax/ram:CategoryCode"},
		{"BT-152", "cac:Item/cac:ClassifiedTaxCategory" + ublVAT + "/cbc:Percent", ciiLine + "/ram:ApplicableTradeTax/ram:RateApplicablePercent"},
		{"BT-153", "cac:Item/cbc:Name", "ram:SpecifiedTradeProduct/ram:Name"},
		{"BT-157", "cac:Item/cac:StandardItemIdentification/cbc:ID", "ram:SpecifiedTradeProduct/ram:GlobalID"},
		{"BT-158", "cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode", "ram:SpecifiedTradeProduct/ram:DesignatedProductClassification/ram:ClassCode"},
		{"BT-159", "cac:Item/cac:OriginCountry/cbc:IdentificationCode", "ram:SpecifiedTradeProduct/ram:OriginTradeCountry/ram:ID"},
		{"BG-32", "cac:InvoiceLine/cac:Item/cac:AdditionalItemProperty|cac:CreditNoteLine/cac:Item/cac:AdditionalItemProperty", ciiLines + "/ram:SpecifiedTradeProduct/ram:ApplicableProductCharacteristic"},
		{"BT-160", "cbc:Name", "ram:Description"},
		{"BT-161", "cbc:Value", "ram:Value"},
	}
}
