package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/template"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/record"
)

// party is a company on an invoice. Everything about it is invented.
type party struct{ Name, Street, PostalCode, City, VATID string }

// line is one line of an invoice; amounts are decimals with a point.
type line struct{ Name, Quantity, Price, Total string }

// invoice is what the XML states and the paper shows.
type invoice struct {
	Number, Issued, Due string // dates: YYYY-MM-DD
	Seller, Buyer       party
	Lines               []line
	Rate                string // percent
	Net, Tax, Gross     string
	IBAN, BIC           string
}

// invoices are one that the bakery wrote and one that it was sent.
func invoices() (sold, bought invoice) {
	martin := party{"Boulangerie Martin SAS", "14 rue Mercière", "69002", "Lyon", "FR81842173908"}
	sold = invoice{
		Number: "F-312", Issued: "2026-10-24", Due: "2026-11-23", Seller: martin,
		Buyer: party{"Hôtel du Vieux Four SARL", "3 quai de la Brioche", "69005", "Lyon", frenchVAT("80417352")},
		Lines: []line{{"Baguettes tradition", "640", "0.78", ""}, {"Croissants au beurre", "360", "0.92", ""}, {"Pain de campagne 1 kg", "45", "3.10", ""}},
		Rate:  "5.5", IBAN: "FR7630088001200009912034524", BIC: "MARTFRL1XXX",
	}
	bought = invoice{
		Number: "FM-4417", Issued: "2026-10-19", Due: "2026-11-18", Buyer: martin,
		Seller: party{"Fromagerie des Trois Monts SARL", "2 route des Alpages", "39300", "Champagnole", frenchVAT("51903864")},
		Lines:  []line{{"Comté 12 mois, meule", "14.5", "16.80", ""}, {"Beurre doux, motte", "48", "7.25", ""}, {"Crème épaisse, litre", "30", "4.90", ""}},
		Rate:   "5.5", IBAN: iban("FR", "30088001200004417190627"), BIC: "ALPGFRG1XXX",
	}
	sold.sum()
	bought.sum()
	return sold, bought
}

// sum fills the totals. The numbers are ours, so that a fault is a mistake here.
func (i *invoice) sum() {
	net := decimal.MustParse("0.00")
	for n, l := range i.Lines {
		total := must(decimal.MustParse(l.Quantity).Mul(decimal.MustParse(l.Price))).Round(2)
		i.Lines[n].Total = total.String()
		net = must(net.Add(total))
	}
	tax := must(must(net.Mul(decimal.MustParse(i.Rate))).Quo(decimal.MustParse("100"))).Round(2)
	i.Net, i.Tax, i.Gross = net.String(), tax.String(), must(net.Add(tax)).String()
}

func must(d decimal.Decimal, err error) decimal.Decimal {
	if err != nil {
		panic(err)
	}
	return d
}

// frenchVAT completes eight digits to a French VAT id that passes its checks.
func frenchVAT(digits string) string {
	for last := range 10 {
		for key := range 100 {
			id := fmt.Sprintf("FR%02d%s%d", key, digits, last)
			if t := record.ParseVATID(id); t.Check == record.CheckValid {
				return id
			}
		}
	}
	panic("no number completes " + digits)
}

// iban gives an account its check digits.
func iban(country, account string) string {
	for n := 2; n <= 98; n++ {
		if s := fmt.Sprintf("%s%02d%s", country, n, account); record.ValidIBAN(s) {
			return s
		}
	}
	panic("no check digits fit " + account)
}

// xml is the invoice in CII, as Factur-X attaches it.
func (i invoice) xml() ([]byte, error) {
	t, err := template.New("cii").Funcs(template.FuncMap{"compact": func(date string) string { return strings.ReplaceAll(date, "-", "") }, "next": func(n int) int { return n + 1 }}).Parse(cii)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, i)
	return out.Bytes(), err
}

const cii = `<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
  <rsm:ExchangedDocumentContext>
    <ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:cen.eu:en16931:2017</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter>
  </rsm:ExchangedDocumentContext>
  <rsm:ExchangedDocument>
    <ram:ID>{{.Number}}</ram:ID><ram:TypeCode>380</ram:TypeCode>
    <ram:IssueDateTime><udt:DateTimeString format="102">{{compact .Issued}}</udt:DateTimeString></ram:IssueDateTime>
  </rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>{{range $n, $l := .Lines}}
    <ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument><ram:LineID>{{next $n}}</ram:LineID></ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedTradeProduct><ram:Name>{{.Name}}</ram:Name></ram:SpecifiedTradeProduct>
      <ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>{{.Price}}</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
      <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">{{.Quantity}}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
      <ram:SpecifiedLineTradeSettlement>
        <ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>{{$.Rate}}</ram:RateApplicablePercent></ram:ApplicableTradeTax>
        <ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{{.Total}}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>
      </ram:SpecifiedLineTradeSettlement>
    </ram:IncludedSupplyChainTradeLineItem>{{end}}
    <ram:ApplicableHeaderTradeAgreement>
      <ram:SellerTradeParty>{{template "party" .Seller}}</ram:SellerTradeParty>
      <ram:BuyerTradeParty>{{template "party" .Buyer}}</ram:BuyerTradeParty>
    </ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeDelivery/>
    <ram:ApplicableHeaderTradeSettlement>
      <ram:PaymentReference>{{.Number}}</ram:PaymentReference>
      <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
      <ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode><ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{{.IBAN}}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
      <ram:ApplicableTradeTax><ram:CalculatedAmount>{{.Tax}}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>{{.Net}}</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>{{.Rate}}</ram:RateApplicablePercent></ram:ApplicableTradeTax>
      <ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime><udt:DateTimeString format="102">{{compact .Due}}</udt:DateTimeString></ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
      <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
        <ram:LineTotalAmount>{{.Net}}</ram:LineTotalAmount><ram:TaxBasisTotalAmount>{{.Net}}</ram:TaxBasisTotalAmount>
        <ram:TaxTotalAmount currencyID="EUR">{{.Tax}}</ram:TaxTotalAmount><ram:GrandTotalAmount>{{.Gross}}</ram:GrandTotalAmount><ram:DuePayableAmount>{{.Gross}}</ram:DuePayableAmount>
      </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    </ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
{{define "party"}}<ram:Name>{{.Name}}</ram:Name><ram:PostalTradeAddress><ram:PostcodeCode>{{.PostalCode}}</ram:PostcodeCode><ram:LineOne>{{.Street}}</ram:LineOne><ram:CityName>{{.City}}</ram:CityName><ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress><ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">{{.VATID}}</ram:ID></ram:SpecifiedTaxRegistration>{{end}}`
