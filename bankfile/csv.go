package bankfile

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/govalues/decimal"
)

// table reads rows by a mapping.
type table struct {
	*ledger
	*Mapping
	csv      *csv.Reader
	row      []string
	line     int
	accounts map[string]*Statement
	chains   map[*Statement]*chain
}

func readCSV(in *input, l *ledger) error {
	m := in.opts.Mapping
	if m == nil {
		head, err := in.peek()
		if err != nil {
			return err
		}
		if m, err = guess(head); err != nil {
			return err
		}
	}
	if err := m.valid(); err != nil {
		return err
	}
	l.file.Format, l.file.Mapping = "csv", m
	text := newLines(in)
	q := &ration{r: text}
	t := &table{ledger: l, Mapping: m, csv: csv.NewReader(q), accounts: map[string]*Statement{}, chains: map[*Statement]*chain{}}
	t.csv.Comma, t.csv.LazyQuotes, t.csv.FieldsPerRecord, t.csv.ReuseRecord = rune(m.Delimiter[0]), true, -1, true
	for n := 1; ; n++ {
		q.left = maxToken
		row, err := t.csv.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return t.malformed(err)
		}
		t.row = row
		if t.line, _ = t.csv.FieldPos(0); n > m.HeaderRow {
			if err := t.entry(); err != nil {
				return err
			}
		}
	}
	t.finish()
	text.warn(l)
	for _, doubt := range m.Doubts {
		l.warn(Warning{Code: FormatGuessed, Message: doubt})
	}
	return nil
}

func (t *table) malformed(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return at(bad.Line, "", Malformed, "The row is not sound: %s.", bad.Err.Error())
	}
	return err
}

// cell gives what stands in a column, "" if there is none.
func (t *table) cell(column int) string {
	if column < 1 || column > len(t.row) {
		return ""
	}
	return strings.TrimSpace(t.row[column-1])
}

// heading names a column in an error.
func (t *table) heading(column int) string {
	if column >= 1 && column <= len(t.Header) {
		return t.Header[column-1]
	}
	return "column"
}

// entry reads a row. One that holds neither a date nor an amount is a note.
func (t *table) entry() error {
	booked, dated := tableDay(t.DateLayout, t.cell(t.Date))
	amount, currency, err := t.amount()
	if !dated && err != nil {
		if strings.TrimSpace(strings.Join(t.row, "")) != "" {
			t.warn(Warning{Code: RowSkipped, Line: t.line, Message: "The row holds neither a date nor an amount; it was left out."})
		}
		return nil
	}
	if !dated {
		return at(t.line, t.heading(t.Date), BadDate, "The date is not one: %s.", quoted(t.cell(t.Date)))
	}
	if err != nil {
		return err
	}
	e := Entry{Line: t.line, Status: Booked, Amount: amount, Currency: currency, BookingDate: booked}
	e.ValueDate, _ = tableDay(t.DateLayout, t.cell(t.ValueDate))
	e.Reference = t.cell(t.Reference)
	e.Counterparty = Party{Name: t.cell(t.Counterparty), IBAN: account(t.cell(t.CounterpartyAccount))}
	for _, column := range t.Description {
		if text := t.cell(column); text != "" {
			e.Remittance = append(e.Remittance, text)
		}
	}
	if isPending(t.cell(t.Status)) {
		e.Status = Pending
	}
	s := t.statement()
	t.turn(s)
	t.chains[s].add(t, &e)
	return t.add(&e)
}

// isPending recognises the words of banks for entries that are not booked.
func isPending(s string) bool {
	switch normalHeading(s) {
	case "pending", "vorgemerkt", "umsatz vorgemerkt", "en attente", "pendiente", "in attesa", "in behandeling":
		return true
	}
	return false
}

// statement gives that of the row's account.
func (t *table) statement() *Statement {
	name := account(t.cell(t.Account))
	s := t.accounts[name]
	if s == nil {
		s = &Statement{Account: name, Line: t.line}
		t.accounts[name] = s
		t.chains[s] = &chain{up: true, down: true}
	}
	return s
}

// amount reads the signed amount of the row and its currency.
func (t *table) amount() (decimal.Decimal, string, error) {
	column, turn := t.Amount, false
	if column == 0 {
		if column = t.Credit; t.cell(column) == "" {
			column, turn = t.Debit, true
		} else if d, _, ok := tableNumber(t.cell(t.Credit), t.Decimal); ok && d.IsZero() && t.cell(t.Debit) != "" {
			column, turn = t.Debit, true
		}
	}
	d, currency, ok := tableNumber(t.cell(column), t.Decimal)
	if !ok {
		return d, "", at(t.line, t.heading(column), BadAmount, "The amount is not a number: %s.", quoted(t.cell(column)))
	}
	if turn {
		d = d.Abs().Neg()
	}
	if t.Mark > 0 {
		sign := markOf(t.cell(t.Mark))
		if sign == 0 {
			return d, "", at(t.line, t.heading(t.Mark), BadValue, "The word is neither debit nor credit: %s.", quoted(t.cell(t.Mark)))
		}
		if d = d.Abs(); sign < 0 {
			d = d.Neg()
		}
	}
	if code := strings.ToUpper(t.cell(t.Currency)); code != "" {
		if !isCurrency(code) {
			return d, "", at(t.line, t.heading(t.Currency), BadValue, "The currency is not a code of three letters: %s.", quoted(code))
		}
		return d, code, nil
	}
	if currency == "" {
		currency = t.CurrencyCode
	}
	return d, currency, nil
}
