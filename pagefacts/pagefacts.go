// Package pagefacts reads invoices off the words of pages.
//
// No model and no templates: labels in several languages point at candidates,
// validators refuse what cannot be (a date, an amount, an IBAN), arithmetic
// chooses between what is left, and what cannot be known is left out.
//
// A paper is read as lines, a line as cells, which are runs of words without a
// wide gap. A label is a word or more of the vocabulary; its value stands
// behind it in the line, or below it in the column.
package pagefacts

// Kinds of documents.
const (
	Invoice    = "invoice"
	CreditNote = "credit_note"
	Receipt    = "receipt"
	Unknown    = "unknown"
)

// Word is one word and its box, in points from the page's top left.
type Word struct {
	Page           int
	X0, Y0, X1, Y1 float64
	Text           string
	Confidence     float64

	em float64 // size of the letters where boxes are close around the ink
}

// Page is one page of words, its size in points.
type Page struct {
	N             int
	Width, Height float64
	Words         []Word
}

// Document is what facts are looked for in. OCR says that its words were
// recognised, so that letters may be wrong; then the confidence of words counts.
type Document struct {
	Pages []Page
	OCR   bool
}

// Fact is one value with its place. The zero Fact is a value that was not found,
// or not surely enough.
type Fact struct {
	Value        string
	Confidence   float64 // 0 to 1
	Confirmed    bool    // a checksum or arithmetic confirms it
	Page         int
	BBox         [4]float64 // left, top, right, bottom, in points
	Quote        string     // the words as they stand on the page
	Alternatives []Alternative
}

// Alternative is a value that was considered and not taken.
type Alternative struct {
	Value      string
	Confidence float64
	WhyNot     string
}

// Tax is one line of a VAT breakdown. The rate is in percent.
type Tax struct{ Rate, Basis, Amount Fact }

// Line is one invoice line.
type Line struct{ Description, Quantity, UnitPrice, LineTotal, TaxRate Fact }

// Check is a statement about the facts that was tried. Status is pass or fail.
type Check struct{ Code, Status, Expected, Actual string }

// Convention is how the paper writes dates and amounts.
type Convention struct {
	DateOrder   string // DMY or MDY, for dates that leave it open
	DecimalSign string // point or comma
	Sure        bool   // a date on the paper decides the order
}

// Facts is what the pages say. Dates are YYYY-MM-DD, amounts decimals with a
// point, identifiers without separators.
type Facts struct {
	Kind                                               string
	Number, IssueDate, DueDate, DeliveryDate, Currency Fact
	NetTotal, TaxTotal, GrossTotal, Payable            Fact
	SellerName, SellerVATID, BuyerName, BuyerVATID     Fact
	IBANs                                              []Fact
	BIC                                                Fact
	OrderReference, CustomerNumber, PaymentReference   Fact
	Taxes                                              []Tax
	Lines                                              []Line
	Checks                                             []Check
	Language                                           string // ISO 639-1
	Convention                                         Convention
}

// enough is the confidence below which a value is left out.
const enough = .5

// Read looks for the facts of an invoice or a receipt. Of a document of more than
// 12,000 words it reads the first pages and the last ones, of a page 3,000 words.
func Read(d Document) *Facts { return newPaper(d).read() }

func (p *paper) read() *Facts {
	f := &Facts{Kind: p.kind(), Language: p.language}
	_, sure := p.dateOrder()
	f.Convention = Convention{p.order, string(p.sign), sure}
	f.Number = p.findNumber()
	p.dates(f)
	f.OrderReference = p.first(orderRef, p.identifier)
	p.orderAsNumber(f)
	f.CustomerNumber = p.first(customer, p.identifier)
	f.PaymentReference = p.first(payRef, p.identifier)
	f.Currency = p.findCurrency()
	p.totals(f)
	p.items(f)
	f.IBANs, f.BIC = p.ibans(), p.findBIC()
	p.parties(f)
	f.check()
	f.abstain()
	return f
}

// abstain empties the facts that are not sure enough. What was considered stays
// as an alternative.
func (f *Facts) abstain() {
	for _, fact := range []*Fact{
		&f.Number, &f.IssueDate, &f.DueDate, &f.DeliveryDate, &f.Currency, &f.NetTotal, &f.TaxTotal, &f.GrossTotal, &f.Payable,
		&f.SellerName, &f.SellerVATID, &f.BuyerName, &f.BuyerVATID, &f.BIC, &f.OrderReference, &f.CustomerNumber, &f.PaymentReference,
	} {
		if fact.Value != "" && fact.Confidence < enough {
			*fact = Fact{Alternatives: append(fact.Alternatives, Alternative{fact.Value, fact.Confidence, "not sure enough"})}
		}
	}
}
