package pagefacts

import "fmt"

// value reads a fact by the short name that the tests use.
func (f *Facts) value(field string) string {
	facts := map[string]Fact{
		"number": f.Number, "issue": f.IssueDate, "due": f.DueDate, "currency": f.Currency, "net": f.NetTotal, "tax": f.TaxTotal,
		"gross": f.GrossTotal, "payable": f.Payable, "seller": f.SellerName, "vat": f.SellerVATID, "buyer": f.BuyerName, "order": f.OrderReference, "customer": f.CustomerNumber, "reference": f.PaymentReference,
		"bic": f.BIC, "delivery": f.DeliveryDate, "buyervat": f.BuyerVATID,
	}
	if field == "kind" {
		return f.Kind
	}
	if field == "language" {
		return f.Language
	}
	if field == "iban" && len(f.IBANs) > 0 {
		return f.IBANs[0].Value
	}
	if field == "lines" && len(f.Lines) > 0 {
		return fmt.Sprint(len(f.Lines))
	}
	return facts[field].Value
}
