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
	out.Missing, out.Rows, out.Doubts, out.Corrected = nil, nil, nil, true
	rows, err := out.readHeader(file)
	if err != nil {
		return nil, err
	}
	if err := out.fits(); err != nil {
		return nil, err
	}
	if err := out.notation(m, rows, named); err != nil {
		return nil, err
	}
	return &out, out.valid()
}

// notation takes how days and amounts are written from the rows, where a person
// names other columns and does not say it.
func (m *Mapping) notation(before *Mapping, rows [][]string, said map[string]json.RawMessage) error {
	c := columnsOf(m.Header, rows)
	if said["date_layout"] == nil && m.Date > 0 && (m.Date != before.Date || m.HeaderRow != before.HeaderRow || m.DateLayout == "") {
		layout, doubt, ok := guessLayout(mostly(c.cells(m.Date), isSomeDate))
		switch {
		case !ok:
			return refuse(NeedsMapping, "Column %d holds no days that are read here.", m.Date)
		case doubt != "":
			return refuse(NeedsMapping, "Say date_layout, too: 2/1/2006 is the second of January. %s", doubt)
		}
		m.DateLayout = layout
	}
	if said["decimal"] == nil && ([3]int{m.Amount, m.Debit, m.Credit} != [3]int{before.Amount, before.Debit, before.Credit} || m.Decimal == "") {
		var amounts []string
		for _, column := range []int{m.Amount, m.Debit, m.Credit} {
			amounts = append(amounts, mostly(c.cells(column), isSomeAmount)...)
		}
		point, doubt := guessPoint(amounts, m.Delimiter, c.scale(m))
		if doubt != "" {
			return refuse(NeedsMapping, "Say decimal, too: a point or a comma. %s", doubt)
		}
		m.Decimal = point
	}
	return nil
}

func wordsOf(err error) string {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		return typ.Field + " is no " + typ.Type.String()
	}
	return err.Error()
}

// readHeader takes the headings of the mapping's row from a file, and gives the
// first rows below.
func (m *Mapping) readHeader(file io.Reader) ([][]string, error) {
	rows, err := m.headOf(file)
	if err != nil {
		return nil, err
	}
	switch {
	case len(rows) == 0 || m.HeaderRow < 0 || m.HeaderRow > min(len(rows), maxHeaderRows):
		return nil, refuse(NeedsMapping, "The headings cannot be in row %d: 0 says that there are none, and they stand in the first %d rows.", m.HeaderRow, maxHeaderRows)
	case m.HeaderRow == 0:
		m.Header = make([]string, width(rows))
	default:
		m.Header = slices.Clone(rows[m.HeaderRow-1])
	}
	return rows[m.HeaderRow:], nil
}

// Head gives the first rows of a table as the mapping parts it: those above the
// headings, the headings, and some below, each cell short enough to show.
func (m *Mapping) Head(file io.Reader) ([][]string, error) {
	rows, err := m.headOf(file)
	if err != nil {
		return nil, err
	}
	rows = rows[:min(len(rows), max(m.HeaderRow, 0)+maxProposed)]
	for i, row := range rows {
		rows[i] = shortCells(row)
	}
	return rows, nil
}

// headOf parts the beginning of a table in rows and columns.
func (m *Mapping) headOf(file io.Reader) ([][]string, error) {
	if !slices.Contains(delimiters, m.Delimiter) {
		return nil, refuse(NeedsMapping, "The mapping has no delimiter that is known: %s.", quoted(m.Delimiter))
	}
	in, err := open(file, Options{})
	if err != nil {
		return nil, err
	}
	head, err := in.peek()
	if err != nil {
		return nil, err
	}
	return tableRows(wholeLines(head), m.Delimiter, m.Encoding), nil
}

// Delimiters are those that a mapping may name.
func Delimiters() []string { return slices.Clone(delimiters) }

// DateLayouts are those that a mapping may name: how each writes the second of January
// 2006.
func DateLayouts() []string { return slices.Clone(dateLayouts) }

// fits refuses columns that the table has not, and forms that nothing here reads.
func (m *Mapping) fits() error {
	columns := []int{m.Date, m.ValueDate, m.Amount, m.Debit, m.Credit, m.Mark, m.Currency, m.Account, m.Counterparty, m.CounterpartyAccount, m.Reference, m.Balance, m.Status, m.Payer, m.Payee, m.Fee, m.Gross}
	for _, column := range append(columns, m.Description...) {
		if column < 0 || column > len(m.Header) {
			return refuse(NeedsMapping, "The table has no column %d: it has %d.", column, len(m.Header))
		}
	}
	switch {
	case m.DateLayout != "" && !slices.Contains(dateLayouts, m.DateLayout):
		return refuse(NeedsMapping, "Dates written as %s are not read; 2/1/2006 is the second of January.", quoted(m.DateLayout))
	case m.Encoding != "" && charmapOf(m.Encoding) == nil:
		return refuse(NeedsMapping, "Text encoded as %s is not read.", quoted(m.Encoding))
	case m.CurrencyCode != "" && !isCurrency(m.CurrencyCode):
		return refuse(NeedsMapping, "The currency is not a code of three letters: %s.", quoted(m.CurrencyCode))
	}
	return nil
}
