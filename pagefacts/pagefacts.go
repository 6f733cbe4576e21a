// Package pagefacts reads invoices off the words of pages.
//
// No model and no templates: labels in several languages point at candidates,
// validators refuse what cannot be (a date, an amount, an IBAN), arithmetic
// chooses between what is left, and what cannot be known is left out.
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
}

// Page is one page of words.
type Page struct {
	N             int
	Width, Height float64
	Words         []Word
}

// Document is what facts are looked for in. OCR says that its words were
// recognised, so that letters may be wrong.
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
	BBox         [4]float64
	Quote        string
	Alternatives []Alternative
}

// Alternative is a value that was considered and not taken.
type Alternative struct {
	Value      string
	Confidence float64
	WhyNot     string
}

// Tax is one line of a VAT breakdown.
type Tax struct{ Rate, Basis, Amount Fact }

// Line is one invoice line.
type Line struct{ Description, Quantity, UnitPrice, LineTotal, TaxRate Fact }

// Check is a statement about the facts that was tried.
type Check struct{ Code, Status, Expected, Actual string }

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
	Language                                           string
}

// Read looks for the facts of an invoice.
func Read(d Document) *Facts {
	p := newPaper(d)
	f := &Facts{Kind: p.kind()}
	f.Number = p.labelled(numberLabels, p.number)
	f.IssueDate = p.labelled(dateLabels, p.date)
	if f.IssueDate.Value == "" {
		f.IssueDate = p.anyDate()
	}
	f.DueDate = p.labelled(dueLabels, p.date)
	f.OrderReference = p.labelled(orderLabels, p.number)
	f.CustomerNumber = p.labelled(customerLabels, p.number)
	f.Currency = p.currency()
	p.totals(f)
	p.accounts(f)
	p.parties(f)
	return f
}
