package bankfile

import (
	"reflect"
	"strings"
)

// Mapping says how a table is to be read. It is made to be shown to a person,
// corrected by them, and kept: tables of the same bank have the same [Mapping.Key].
// Columns are counted from 1; 0 means that there is none.
type Mapping struct {
	Delimiter  string   `json:"delimiter"`   // one of ; , | and tab
	HeaderRow  int      `json:"header_row"`  // row of the names from 1; 0 if there are none
	Header     []string `json:"header"`      // the names
	DateLayout string   `json:"date_layout"` // as Go writes layouts: 2.1.2006
	Decimal    string   `json:"decimal"`     // . or , before the fraction

	Date                int `json:"date"`
	ValueDate           int `json:"value_date,omitempty"`
	Amount              int `json:"amount,omitempty"` // signed, unless Mark says the sign
	Debit               int `json:"debit,omitempty"`  // money out, with or without a sign
	Credit              int `json:"credit,omitempty"` // money in
	Mark                int `json:"mark,omitempty"`   // a word for debit or credit
	Currency            int `json:"currency,omitempty"`
	Account             int `json:"account,omitempty"` // the statement's own
	Counterparty        int `json:"counterparty,omitempty"`
	CounterpartyAccount int `json:"counterparty_account,omitempty"`
	Reference           int `json:"reference,omitempty"`
	Balance             int `json:"balance,omitempty"` // after the entry
	Status              int `json:"status,omitempty"`
	// Payer and Payee name both sides; that of an entry is the payee of money that
	// goes out. A cell of Counterparty goes before them.
	Payer int `json:"payer,omitempty"`
	Payee int `json:"payee,omitempty"`
	// Fee was taken besides Amount. Gross is what was paid where Amount is what
	// fees left of it.
	Fee         int   `json:"fee,omitempty"`
	Gross       int   `json:"gross,omitempty"`
	Description []int `json:"description,omitempty"`

	// CurrencyCode is that of all amounts, where a heading or a sign names it.
	CurrencyCode string `json:"currency_code,omitempty"`
	// Inverted says that what was spent stands without a minus, as on lists of cards.
	Inverted bool `json:"inverted,omitempty"`
	// Encoding of what is no UTF-8: windows-1252 where it is empty, or windows-1250.
	Encoding string `json:"encoding,omitempty"`

	// Missing names the members that nothing in the table tells for sure: nothing is
	// read before a person gives them. Rows are the first of the table, to decide by.
	Missing []string   `json:"missing,omitempty"`
	Rows    [][]string `json:"rows,omitempty"`
	// Doubts says what about dates or numbers was a guess.
	Doubts []string `json:"doubts,omitempty"`
	// Corrected says that a person said so: no guess takes its place.
	Corrected bool `json:"corrected,omitempty"`
}

// Key is the same for all tables with the same headings, whatever their case
// and order of rows: under it a mapping can be remembered.
func (m *Mapping) Key() string {
	names := make([]string, len(m.Header))
	for i, h := range m.Header {
		names[i] = normalHeading(h)
	}
	return strings.Join(names, "|")
}

// Settled gives the mapping to read a table by, given how tables with the same
// headings were read before (nil for none): as a person corrected it, or else the
// columns as they were taken for the last one, so that an entry in two files of a
// bank is the same entry; what this table leaves in doubt of days and amounts is
// taken from there, too. remembered says whether anything was.
func (m *Mapping) Settled(before *Mapping) (settled *Mapping, remembered bool) {
	if before == nil || before.Key() != m.Key() || before.valid() != nil || !before.Corrected && len(before.Doubts) > 0 {
		return m, false
	}
	out := *before
	if out.Delimiter, out.HeaderRow, out.Header, out.Encoding = m.Delimiter, m.HeaderRow, m.Header, m.Encoding; out.fits() != nil {
		return m, false
	}
	if !before.Corrected && len(m.Doubts) == 0 {
		out.DateLayout, out.Decimal, out.CurrencyCode, out.Inverted = m.DateLayout, m.Decimal, m.CurrencyCode, m.Inverted
	}
	if m.HeaderRow == 0 {
		out.doubt("The table has no headings: it was read as the last one with so many columns.")
	}
	return &out, !out.equal(m)
}

// equal says whether two mappings read a table in the same way.
func (m *Mapping) equal(o *Mapping) bool {
	a, b := *m, *o
	a.Corrected, b.Corrected = false, false
	return reflect.DeepEqual(a, b)
}

// valid refuses a mapping that cannot be used.
func (m *Mapping) valid() error {
	switch {
	case len(m.Missing) > 0:
		return refuse(NeedsMapping, "The mapping does not say yet: %s.", strings.Join(m.Missing, ", "))
	case len(m.Delimiter) != 1 || !strings.Contains(";,|\t", m.Delimiter):
		return refuse(NeedsMapping, "The mapping has no delimiter that is known: %s.", quoted(m.Delimiter))
	case m.Date < 1 || m.DateLayout == "":
		return refuse(NeedsMapping, "The mapping does not say where the date is and how it is written.")
	case m.Amount < 1 && m.Debit < 1 && m.Credit < 1:
		return refuse(NeedsMapping, "The mapping does not say where the amount is.")
	case m.Decimal != "." && m.Decimal != ",":
		return refuse(NeedsMapping, "The mapping does not say whether a point or a comma stands before the fraction.")
	}
	return nil
}
