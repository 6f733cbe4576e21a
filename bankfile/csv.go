package bankfile

import (
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/govalues/decimal"
	"golang.org/x/text/encoding/charmap"
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
	code     string // currency of amounts that name none
}

func readCSV(in *input, l *ledger) error {
	head, err := in.peek()
	if err != nil {
		return err
	}
	m := in.opts.Mapping
	if m == nil {
		if m, err = guess(head); err != nil {
			return err
		}
	}
	if err := m.valid(); err != nil {
		return err
	}
	l.file.Format, l.file.Mapping = "csv", m
	text := newLines(in)
	text.charmap = tableCharmap(m.Encoding)
	q := &ration{r: text}
	t := &table{ledger: l, Mapping: m, csv: csv.NewReader(q), accounts: map[string]*Statement{}, chains: map[*Statement]*chain{}, code: m.CurrencyCode}
	if rows := tableRows(wholeLines(head), m.Delimiter, m.Encoding); t.code == "" && m.HeaderRow > 0 {
		t.code = preambleCurrency(rows[:min(len(rows), m.HeaderRow-1)])
	}
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

// tableCharmap is that of the lines of a table that are no UTF-8.
func tableCharmap(encoding string) *charmap.Charmap {
	if m := charmapOf(encoding); m != nil {
		return m
	}
	return charmap.Windows1252
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
func (t *table) cell(column int) string { return at1(t.row, column) }

// heading names a column in an error.
func (t *table) heading(column int) string {
	if column >= 1 && column <= len(t.Header) {
		return t.Header[column-1]
	}
	return "column"
}

// entry reads a row. One that holds no entry is a note, and told.
func (t *table) entry() error {
	status := cmp.Or(stateOf(t.cell(t.Status)), Booked)
	booked, dated := t.day(status)
	amount, currency, err := t.amount()
	if why := t.note(status, dated, err); why != "" {
		if strings.TrimSpace(strings.Join(t.row, "")) != "" {
			t.warn(Warning{Code: RowSkipped, Line: t.line, Message: why})
		}
		return nil
	}
	if !dated {
		return at(t.line, t.heading(t.Date), BadDate, "The date is not one: %s.", quoted(t.cell(t.Date)))
	}
	if err != nil {
		return err
	}
	e := Entry{Line: t.line, Status: status, Amount: amount, Currency: currency, BookingDate: booked}
	e.ValueDate, _ = tableDay(t.DateLayout, t.cell(t.ValueDate))
	e.Reference = t.cell(t.Reference)
	e.Counterparty = Party{Name: t.party(amount), IBAN: account(strings.Trim(t.cell(t.CounterpartyAccount), "'"))}
	for _, column := range t.Description {
		if text := t.cell(column); text != "" {
			e.Remittance = append(e.Remittance, text)
		}
	}
	t.fees(&e)
	s := t.statement()
	t.turn(s)
	t.chains[s].add(t, &e)
	return t.add(&e)
}

// note says why a row holds no entry; "" for one that does.
func (t *table) note(status Status, dated bool, err error) string {
	switch {
	case !dated && err != nil:
		return "The row holds neither a date nor an amount; it was left out."
	case status == dead:
		return "The bank says that nothing came of it (" + t.cell(t.Status) + "): no money moved. The row was left out."
	case slices.ContainsFunc(t.row, isBalanceNote):
		return "The row tells a balance and no entry; it was left out."
	case err != nil && t.cell(t.Amount)+t.cell(t.Debit)+t.cell(t.Credit) == "":
		return "The row holds no amount; it was left out."
	}
	return ""
}

// day reads the day of a row. What is not booked may lack that of its booking.
func (t *table) day(status Status) (string, bool) {
	if day, ok := tableDay(t.DateLayout, t.cell(t.Date)); ok || status == Booked || t.cell(t.Date) != "" {
		return day, ok
	}
	for _, cell := range t.row {
		if day, ok := tableDay(t.DateLayout, cell); ok {
			return day, true
		}
	}
	return "", false
}

// party names the other side of a payment.
func (t *table) party(amount decimal.Decimal) string {
	side := t.Payer
	if amount.IsNeg() {
		side = t.Payee
	}
	return cmp.Or(t.cell(t.Counterparty), t.cell(side))
}

// fees keeps what was paid before fees, and the fees.
func (t *table) fees(e *Entry) {
	if fee, _, ok := tableNumber(t.cell(t.Fee), t.Decimal); ok && !fee.IsZero() {
		e.Charges = []Money{{fee.Abs(), e.Currency}}
	}
	gross, _, ok := tableNumber(t.cell(t.Gross), t.Decimal)
	if !ok || gross.Equal(e.Amount) {
		return
	}
	e.InstructedAmount = &Money{gross.Abs(), e.Currency}
	if fee, ok := add(gross, e.Amount.Neg()); ok {
		e.Charges = []Money{{fee, e.Currency}}
	}
}

// statement gives that of the row's account.
func (t *table) statement() *Statement {
	name := account(strings.Trim(t.cell(t.Account), "'"))
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
	if t.Inverted {
		d = d.Neg()
	}
	if fee, _, ok := tableNumber(t.cell(t.Fee), t.Decimal); ok {
		if d, ok = add(d, fee.Abs().Neg()); !ok {
			return d, "", at(t.line, t.heading(t.Fee), BadAmount, "The amount and its fee have too many digits.")
		}
	}
	if code := strings.ToUpper(t.cell(t.Currency)); code != "" {
		if !isCurrency(code) {
			return d, "", at(t.line, t.heading(t.Currency), BadValue, "The currency is not a code of three letters: %s.", quoted(code))
		}
		return d, code, nil
	}
	if currency == "" {
		currency = t.code
	}
	return d, currency, nil
}
