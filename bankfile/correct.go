package bankfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
)

// Correct gives the mapping as a person corrects it: the members that raw, a JSON
// object, names take the place of its own, 0 says that there is no such column. The
// headings are read from the file again. Nothing of it is in doubt after that. The
// error is an *[Error] of the code NeedsMapping that says what cannot be.
func (m *Mapping) Correct(file io.Reader, raw []byte) (*Mapping, error) {
	out := *m
	out.Description = nil // or the elements of a shorter list would be mixed with those that stood
	in := json.NewDecoder(bytes.NewReader(raw))
	in.DisallowUnknownFields()
	if err := in.Decode(&out); err != nil {
		return nil, refuse(NeedsMapping, "The mapping cannot be read: %s.", wordsOf(err))
	}
	var named map[string]json.RawMessage
	if json.Unmarshal(raw, &named); named["description"] == nil {
		out.Description = slices.Clone(m.Description)
	}
	if err := out.valid(); err != nil {
		return nil, err
	}
	if err := out.readHeader(file); err != nil {
		return nil, err
	}
	out.Doubts, out.Corrected = nil, true
	return &out, out.fits()
}

func wordsOf(err error) string {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		return typ.Field + " is no " + typ.Type.String()
	}
	return err.Error()
}

// readHeader takes the headings of the mapping's row from a file.
func (m *Mapping) readHeader(file io.Reader) error {
	in, err := open(file, Options{})
	if err != nil {
		return err
	}
	head, err := in.peek()
	if err != nil {
		return err
	}
	rows := tableRows(head, m.Delimiter)
	switch {
	case len(rows) == 0 || m.HeaderRow < 0 || m.HeaderRow > min(len(rows), maxHeaderRows):
		return refuse(NeedsMapping, "The headings cannot be in row %d: 0 says that there are none, and they stand in the first %d rows.", m.HeaderRow, maxHeaderRows)
	case m.HeaderRow == 0:
		m.Header = make([]string, len(rows[len(rows)-1]))
	default:
		m.Header = slices.Clone(rows[m.HeaderRow-1])
	}
	return nil
}

// fits refuses columns that the table has not, and forms that nothing here reads.
func (m *Mapping) fits() error {
	columns := []int{m.Date, m.ValueDate, m.Amount, m.Debit, m.Credit, m.Mark, m.Currency, m.Account, m.Counterparty, m.CounterpartyAccount, m.Reference, m.Balance, m.Status}
	for _, column := range append(columns, m.Description...) {
		if column < 0 || column > len(m.Header) {
			return refuse(NeedsMapping, "The table has no column %d: it has %d.", column, len(m.Header))
		}
	}
	switch {
	case !slices.Contains(dateLayouts, m.DateLayout):
		return refuse(NeedsMapping, "Dates written as %s are not read; 2/1/2006 is the second of January.", quoted(m.DateLayout))
	case m.CurrencyCode != "" && !isCurrency(m.CurrencyCode):
		return refuse(NeedsMapping, "The currency is not a code of three letters: %s.", quoted(m.CurrencyCode))
	}
	return nil
}
