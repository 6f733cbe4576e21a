package bankfile

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

var (
	bai2Detect = regexp.MustCompile(`^\s*01,[^\r\n]*[\r\n]+\s*(88,[^\r\n]*[\r\n]+\s*)*02,`)
	bai2Amount = regexp.MustCompile(`^[+-]?[0-9]{1,40}$`)
)

func isBAI2(head []byte) bool { return bai2Detect.Match(head) }

// bai2 reads the cash management balance reports of American and Canadian banks:
// Cash Management Balance Reporting Specifications, version 2, of the Bank
// Administration Institute. Amounts are whole minor units of the currency.
type bai2 struct {
	*ledger
	lines    *lines
	record   string // code of the record that is complete when another begins
	text     []byte // its fields, as far as they are known
	line     int    // where it began
	open     bool   // whether its last line ended inside a text, without a slash
	date     string
	currency string
	records  int             // of the account
	total    decimal.Decimal // of the account, without regard to credit and debit
	ended    bool
}

func readBAI2(in *input, l *ledger) error {
	b := &bai2{ledger: l, lines: newLines(in)}
	l.file.Format, l.file.Version = "bai2", "2"
	for {
		line, ok, err := b.lines.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := b.take(line); err != nil {
			return err
		}
		if l.full != nil {
			return l.full
		}
	}
	if err := b.complete(); err != nil {
		return err
	}
	if !b.ended {
		return at(b.lines.n, "99", Malformed, "The file ends before its trailer.")
	}
	b.lines.warn(l)
	return nil
}

// take begins a record, or goes on with one (88).
func (b *bai2) take(line string) error {
	code, rest, _ := strings.Cut(line, ",")
	code = strings.TrimSuffix(code, "/")
	body, slash := strings.CutSuffix(rest, "/")
	if code == "88" {
		b.records++
		if len(b.text)+len(body) > maxLine {
			return at(b.lines.n, "88", TooLarge, "The record is longer than %d bytes.", maxLine)
		}
		if !b.open {
			b.text = append(b.text, ',')
		}
		b.text = append(b.text, body...)
		b.open = !slash
		return nil
	}
	if err := b.complete(); err != nil {
		return err
	}
	if !strings.Contains(" 01 02 03 16 49 98 99 ", " "+code+" ") {
		return at(b.lines.n, "", Malformed, "The record is none of BAI2: %s.", quoted(code))
	}
	b.record, b.text, b.open, b.line = code, append(b.text[:0], body...), !slash, b.lines.n
	if code == "03" {
		b.records = 0
	}
	b.records++
	return nil
}

// complete takes the record that has ended.
func (b *bai2) complete() error {
	code, text := b.record, string(b.text)
	b.record, b.text = "", b.text[:0]
	fields := strings.Split(text, ",")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	switch code {
	case "02":
		return b.group(append(fields, "", "", "", "", "", "", ""))
	case "03":
		return b.account(append(fields, "", ""))
	case "16":
		return b.detail(text)
	case "49":
		return b.trailer(append(fields, ""))
	case "99":
		b.ended = true
	}
	return nil
}

// group takes date and currency of the accounts that follow.
func (b *bai2) group(f []string) error {
	var ok bool
	if b.date, ok = realDay("060102", f[3]); !ok {
		return at(b.line, "02", BadDate, "The date of the group is not one: %s.", quoted(f[3]))
	}
	b.currency = f[5]
	return nil
}

// account begins a statement, with its summary: type, amount, count and funds.
func (b *bai2) account(f []string) error {
	s := &Statement{Account: account(f[0]), Currency: f[1], From: b.date, To: b.date, Line: b.line}
	if s.Currency == "" {
		s.Currency = b.currency
	}
	b.begin(s)
	b.total = decimal.Zero
	for f = f[2:]; len(f) >= 2; {
		if err := b.summary(s, f[0], f[1]); err != nil {
			return err
		}
		if len(f) < 4 {
			break
		}
		f = afterFunds(f[3:])
	}
	return nil
}

func (b *bai2) summary(s *Statement, code, text string) error {
	if code == "" || text == "" {
		return nil
	}
	amount, err := b.amount(text, "03")
	if err != nil {
		return err
	}
	kind := map[string]string{"010": "OPBD", "015": "CLBD", "040": "OPAV", "045": "CLAV"}[code]
	if kind == "" {
		return nil
	}
	balance := &Balance{kind, amount, s.Currency, b.date}
	s.Balances = append(s.Balances, *balance)
	b.grow(b.line)
	switch kind {
	case "OPBD":
		s.Opening = balance
	case "CLBD":
		s.Closing = balance
	}
	return nil
}

// amount reads minor units and adds them to the control total.
func (b *bai2) amount(text, record string) (decimal.Decimal, error) {
	if !bai2Amount.MatchString(text) {
		return decimal.Zero, at(b.line, record, BadAmount, "The amount is not a whole number: %s.", quoted(text))
	}
	units, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return decimal.Zero, at(b.line, record, BadAmount, "The amount has too many digits: %s.", quoted(text))
	}
	d, err := decimal.New(units, minorDigits(b.cur.Currency))
	if err != nil {
		return d, at(b.line, record, BadAmount, "The amount has too many digits: %s.", quoted(text))
	}
	b.total, _ = add(b.total, d)
	return d, nil
}

// detail reads an entry: type, amount, funds, references and text, which may
// hold commas.
func (b *bai2) detail(text string) error {
	if b.cur == nil {
		return at(b.line, "16", Malformed, "The entry belongs to no account.")
	}
	f := append(strings.Split(text, ","), "", "", "")
	code := strings.TrimSpace(f[0])
	if strings.TrimSpace(f[1]) == "" {
		return nil // Told for information, without an amount.
	}
	amount, err := b.amount(strings.TrimSpace(f[1]), "16")
	if err != nil {
		return err
	}
	e := Entry{Line: b.line, Path: "16", Status: Booked, Currency: b.cur.Currency, BookingDate: b.date, Amount: amount}
	e.BankTransactionCode = code
	switch {
	case code >= "100" && code <= "399":
	case code >= "400" && code <= "699":
		e.Amount = amount.Neg()
	default:
		return at(b.line, "16", BadValue, "The type of the entry is neither credit nor debit: %s.", quoted(code))
	}
	if f[2] == "V" {
		e.ValueDate, _ = realDay("060102", f[3])
	}
	rest := append(afterFunds(f[2:]), "", "", "")
	e.BankReference, e.Reference = strings.TrimSpace(rest[0]), strings.TrimSpace(rest[1])
	words := strings.TrimRight(strings.Join(rest[2:], ","), ",")
	if words = strings.Join(strings.Fields(words), " "); words != "" {
		e.Remittance = []string{words}
	}
	return b.add(&e)
}

// afterFunds passes over the funds type and what belongs to it: V has a date
// and a time, S three amounts, D pairs of days and amounts.
func afterFunds(f []string) []string {
	skip := 1
	switch f[0] {
	case "V":
		skip = 3
	case "S":
		skip = 4
	case "D":
		if len(f) > 1 {
			pairs, _ := strconv.Atoi(f[1])
			skip = 2 + 2*min(max(pairs, 0), len(f))
		}
	}
	return f[min(skip, len(f)):]
}

// trailer compares the control total and the number of records of an account.
func (b *bai2) trailer(f []string) error {
	if b.cur == nil {
		return at(b.line, "49", Malformed, "The trailer belongs to no account.")
	}
	found, records := b.total, b.records
	stated, err := b.amount(f[0], "49")
	if err != nil {
		return err
	}
	if gap, ok := add(stated, found.Neg()); ok && !gap.IsZero() {
		b.warn(Warning{
			Code: ControlTotal, Line: b.line, Amount: &gap, Currency: b.cur.Currency,
			Message: "The amounts of the account add up to " + found.String() + ", its trailer says " + stated.String() + ".",
		})
	}
	if count, err := strconv.Atoi(f[1]); err == nil && count != records {
		b.warn(Warning{Code: EntriesMissing, Line: b.line, Message: "The bank counts " + f[1] + " records, the account has " + strconv.Itoa(records) + "."})
	}
	b.end()
	return nil
}

// minorDigits is the number of digits behind the point in amounts that are
// written without one.
func minorDigits(currency string) int {
	switch {
	case len(currency) != 3:
		return 2
	case strings.Contains(wholeCurrencies, currency):
		return 0
	case strings.Contains("BHD IQD JOD KWD LYD OMR TND", currency):
		return 3
	}
	return 2
}
