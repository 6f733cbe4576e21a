package einvoice

import "slices"

// Text is one value of an invoice and the place it was read from.
//
// Path names the elements from the root down with the usual prefixes of the
// standard, whatever prefixes the document itself uses, and numbers siblings of
// the same name from 1, as in
// /ubl:Invoice/cac:InvoiceLine[2]/cbc:LineExtensionAmount. An attribute ends
// the path as /@unitCode. The zero Text means that the document holds no such
// value.
type Text struct {
	Value string `json:"value"`
	Path  string `json:"path"`
}

// Absent reports whether the document holds no such value.
func (t Text) Absent() bool { return t.Value == "" }

// Invoice is an invoice or a credit note as the document states it; nothing is
// computed. Dates are YYYY-MM-DD. Amounts, quantities and rates are decimal
// numbers with a point and no exponent, with as many decimals as were written;
// a rate is a percentage, so 20 means 20 %. The amounts of a credit note have
// the sign they were written with, which is positive as a rule: see
// [Invoice.Credit]. Amounts are in Currency unless their comment says otherwise.
//
// FatturaPA alone states no totals but the gross one: there NetTotal, TaxTotal and
// Withheld, and GrossTotal where it is left out, are the sums of what it states, with
// the path of the first part.
type Invoice struct {
	// Format is the syntax of the document.
	Format Format `json:"format"`
	// Profile is the specification identifier (BT-24).
	Profile Text `json:"profile,omitzero"`
	// Number is the number the seller gave the invoice (BT-1).
	Number Text `json:"number,omitzero"`
	// TypeCode is the kind of document in the code list UNTDID 1001 (BT-3), or in
	// that of FatturaPA (TD01 ...): see [Invoice.DocumentCode].
	TypeCode Text `json:"type_code,omitzero"`
	// IssueDate is the date of the invoice (BT-2).
	IssueDate Text `json:"issue_date,omitzero"`
	// DueDate is the day payment is due, the first one if there are several (BT-9).
	DueDate Text `json:"due_date,omitzero"`
	// Currency is the ISO 4217 code of the amounts (BT-5).
	Currency Text `json:"currency,omitzero"`
	// TaxCurrency is the currency the VAT is accounted in, if another (BT-6).
	TaxCurrency Text `json:"tax_currency,omitzero"`
	// BuyerReference is the reference the buyer asked for (BT-10).
	BuyerReference Text `json:"buyer_reference,omitzero"`
	// OrderReference is the number of the buyer's purchase order (BT-13).
	OrderReference Text `json:"order_reference,omitzero"`
	// PaymentReference is the remittance information to pay with (BT-83).
	PaymentReference Text `json:"payment_reference,omitzero"`
	// PrecedingInvoice is the number of the first invoice referred to (BT-25).
	PrecedingInvoice Text `json:"preceding_invoice,omitzero"`
	// DeliveryDate is the day of delivery (BT-72).
	DeliveryDate Text `json:"delivery_date,omitzero"`
	// PeriodStart and PeriodEnd bound the period invoiced (BT-73, BT-74).
	PeriodStart Text `json:"period_start,omitzero"`
	PeriodEnd   Text `json:"period_end,omitzero"`
	// Notes are the free texts of the invoice (BT-22).
	Notes []Text `json:"notes,omitempty"`
	// PaymentTerms is the first free text about payment (BT-20).
	PaymentTerms Text `json:"payment_terms,omitzero"`

	// Seller issues the invoice (BG-4), Buyer receives it (BG-7); Payee is paid
	// instead of the seller, if the document names one (BG-10).
	Seller Party `json:"seller,omitzero"`
	Buyer  Party `json:"buyer,omitzero"`
	Payee  Party `json:"payee,omitzero"`

	// LineTotal is the sum of the line totals (BT-106).
	LineTotal Text `json:"line_total,omitzero"`
	// AllowanceTotal and ChargeTotal are the sums of the allowances and the
	// charges on the whole document (BT-107, BT-108).
	AllowanceTotal Text `json:"allowance_total,omitzero"`
	ChargeTotal    Text `json:"charge_total,omitzero"`
	// NetTotal is the total without VAT (BT-109).
	NetTotal Text `json:"net_total,omitzero"`
	// TaxTotal is the VAT in Currency (BT-110).
	TaxTotal Text `json:"tax_total,omitzero"`
	// TaxTotalAccounting is the VAT in TaxCurrency (BT-111).
	TaxTotalAccounting Text `json:"tax_total_accounting,omitzero"`
	// GrossTotal is the total with VAT (BT-112).
	GrossTotal Text `json:"gross_total,omitzero"`
	// Prepaid is what has been paid already (BT-113).
	Prepaid Text `json:"prepaid,omitzero"`
	// Rounding is added to reach a round amount to pay (BT-114).
	Rounding Text `json:"rounding,omitzero"`
	// ThirdPartyPayments are amounts the seller collects for others, on top of
	// GrossTotal; only the extension of XRechnung has them (BT-DEX-002).
	ThirdPartyPayments []Text `json:"third_party_payments,omitempty"`
	// Withheld is tax that the buyer holds back and pays to the state itself; only
	// FatturaPA has it (withholding tax and split payment).
	Withheld Text `json:"withheld,omitzero"`
	// Payable is the amount due for payment (BT-115).
	Payable Text `json:"payable,omitzero"`

	// Taxes is the VAT breakdown in Currency (BG-23).
	Taxes []Tax `json:"taxes,omitempty"`
	// PaymentMeans are the ways to pay (BG-16).
	PaymentMeans []PaymentMeans `json:"payment_means,omitempty"`
	// Lines are the invoice lines in the order written (BG-25).
	Lines []Line `json:"lines,omitempty"`
	// Rules are the verdicts of the standard's business rules, see [Rules].
	Rules []Rule `json:"rules,omitempty"`
	// Warnings name what could not be read or is missing, at most 100.
	Warnings []Warning `json:"warnings,omitempty"`
	// Others are the further invoices of the file, in its order: FatturaPA has several
	// of one seller to one buyer in one file.
	Others []Other `json:"others,omitempty"`
	// Fault says why this invoice could not be read, where another of its file could:
	// nothing else stands here then but the format and the others.
	Fault *Error `json:"fault,omitempty"`
}

// Other is a further invoice of a file, or why it could not be read.
type Other struct {
	Invoice *Invoice `json:"invoice,omitempty"`
	Fault   *Error   `json:"fault,omitempty"`
}

// Party is a company or person named in the invoice.
type Party struct {
	// Name is the registered name, or the trading name where only that is given.
	Name Text `json:"name,omitzero"`
	// TradingName is the name the party is known by.
	TradingName Text `json:"trading_name,omitzero"`
	// VATID is the VAT number with its country letters.
	VATID Text `json:"vat_id,omitzero"`
	// TaxNumber is any other tax registration, such as a local tax number.
	TaxNumber Text `json:"tax_number,omitzero"`
	// LegalID is the number in a register of companies.
	LegalID Text `json:"legal_id,omitzero"`
	// Street is the first line of the address.
	Street Text `json:"street,omitzero"`
	// City, PostalCode and Country complete it; Country is an ISO 3166 code.
	City       Text `json:"city,omitzero"`
	PostalCode Text `json:"postal_code,omitzero"`
	Country    Text `json:"country,omitzero"`
	// Email and Phone are those of the contact.
	Email Text `json:"email,omitzero"`
	Phone Text `json:"phone,omitzero"`
}

// Tax is one entry of the VAT breakdown.
type Tax struct {
	// Category is the VAT category code, such as S, Z, E, AE (BT-118).
	Category Text `json:"category,omitzero"`
	// Rate is the VAT rate as a percentage (BT-119).
	Rate Text `json:"rate,omitzero"`
	// Basis is the amount the VAT is computed on (BT-116).
	Basis Text `json:"basis,omitzero"`
	// Amount is the VAT (BT-117).
	Amount Text `json:"amount,omitzero"`
	// ExemptionReason says why no VAT is due (BT-120).
	ExemptionReason Text `json:"exemption_reason,omitzero"`
}

// PaymentMeans is one way to pay.
type PaymentMeans struct {
	// Code is the means in the code list UNTDID 4461 (BT-81).
	Code Text `json:"code,omitzero"`
	// IBAN is the account to pay to, without spaces (BT-84). Its check digits
	// have not been verified.
	IBAN Text `json:"iban,omitzero"`
	// Account is the account to pay to where it is not an IBAN (BT-84).
	Account Text `json:"account,omitzero"`
	// BIC is the bank of the account (BT-86).
	BIC Text `json:"bic,omitzero"`
	// AccountName is the name of the account (BT-85).
	AccountName Text `json:"account_name,omitzero"`
}

// Line is one invoice line.
type Line struct {
	// ID is the number of the line (BT-126).
	ID Text `json:"id,omitzero"`
	// ParentID is the ID of the line this one is a part of.
	ParentID Text `json:"parent_id,omitzero"`
	// Status is GROUP or INFORMATION where the line only gathers or explains
	// other lines and its total is not part of LineTotal of the invoice.
	Status Text `json:"status,omitzero"`
	// Name and Description say what is invoiced (BT-153, BT-154).
	Name        Text `json:"name,omitzero"`
	Description Text `json:"description,omitzero"`
	// Quantity is the quantity invoiced in Unit, a UN/ECE code (BT-129, BT-130).
	Quantity Text `json:"quantity,omitzero"`
	Unit     Text `json:"unit,omitzero"`
	// UnitPrice is the net price of BaseQuantity units, or of one if that is
	// absent (BT-146, BT-149).
	UnitPrice    Text `json:"unit_price,omitzero"`
	BaseQuantity Text `json:"base_quantity,omitzero"`
	// LineTotal is the net amount of the line (BT-131).
	LineTotal Text `json:"line_total,omitzero"`
	// TaxRate is a percentage; TaxCategory a VAT category code (BT-152, BT-151).
	TaxRate     Text `json:"tax_rate,omitzero"`
	TaxCategory Text `json:"tax_category,omitzero"`
	// PeriodStart and PeriodEnd bound the period of the line (BT-134, BT-135).
	PeriodStart Text `json:"period_start,omitzero"`
	PeriodEnd   Text `json:"period_end,omitzero"`
}

// Warning names something in the document that a person should look at.
type Warning struct {
	// Code is one of the Warn constants.
	Code string `json:"code"`
	// Message says in plain English what was found.
	Message string `json:"message"`
	// Path is the element in question; for a missing value, where it was sought.
	Path string `json:"path,omitempty"`
	// Line is the line of the document, from 1, or 0 for a missing value.
	Line int `json:"line,omitempty"`
}

const (
	// WarnMissing marks a value the standard requires and the document lacks.
	WarnMissing = "missing"
	// WarnUnreadable marks a value that was left out because it is not a
	// number, date or code as it should be.
	WarnUnreadable = "unreadable"
	// WarnRepeated marks an element that should occur once; the first was taken.
	WarnRepeated = "repeated"
	// WarnCurrency marks a total whose currency is not that of the document.
	WarnCurrency = "currency"
	// WarnDecimals marks a total with more decimals than its currency has.
	WarnDecimals = "decimals"
	// WarnTooLong marks a text that was left out because of its length.
	WarnTooLong = "too_long"
	// WarnSeveral marks a file of several invoices, of which this is one.
	WarnSeveral = "several"
)

// creditCodes are the kinds of document in UNTDID 1001 that EN 16931 treats as
// credit notes.
var creditCodes = []string{"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532", "TD04", "TD08"}

// Credit reports whether the document is a credit note, so that its positive
// amounts lower what the buyer owes.
func (inv *Invoice) Credit() bool {
	if inv.TypeCode.Absent() {
		return inv.Format == FormatUBLCreditNote || inv.Format == FormatUBLSelfBilledCredit
	}
	return slices.Contains(creditCodes, inv.TypeCode.Value)
}

// selfBilledCodes are the kinds of document in UNTDID 1001 that the buyer writes:
// invoice, credit note, debit note, and the corrected, the prepaid and the factored one.
var selfBilledCodes = []string{"261", "389", "471", "473", "500", "501", "502", "527"}

// SelfBilled reports whether the buyer wrote the document in the seller's name. Seller
// and Buyer are who sold and who bought all the same.
func (inv *Invoice) SelfBilled() bool {
	if inv.Format == FormatUBLSelfBilled || inv.Format == FormatUBLSelfBilledCredit {
		return true
	}
	return slices.Contains(selfBilledCodes, inv.DocumentCode().Value)
}
