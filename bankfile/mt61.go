package bankfile

import (
	"regexp"
	"strings"
	"time"
)

// statementLine is field 61 as SWIFT defines it: 6!n[4!n]2a[1!a]15d1!a3!c16x[//16x],
// with room for banks that write longer references or leave the type out.
var statementLine = regexp.MustCompile(`^([0-9]{6})([0-9]{4})?(E[CD]|R[CD]|[CD])([A-Z])?\s*([0-9]+[,.]?[0-9]*|[,.][0-9]+)([A-Z][A-Z0-9 ]{3})?(.*)$`)

// entryLine begins an entry. Its first line may be wrapped anywhere by programs
// that cut at a width.
func (m *mt) entryLine(f *field) error {
	if err := m.endEntry(); err != nil {
		return err
	}
	s := m.statement(f)
	text, rest := f.lines[0], f.lines[1:]
	parts := statementLine.FindStringSubmatch(text)
	for tries := 0; parts == nil && len(rest) > 0 && tries < 3; tries++ {
		text, rest = text+rest[0], rest[1:]
		parts = statementLine.FindStringSubmatch(text)
	}
	if parts == nil {
		return at(f.line, ":61:", Malformed, "The entry is not date, sign and amount: %s.", quoted(f.lines[0]))
	}
	e := &Entry{Line: f.line, Status: Booked, Currency: s.Currency}
	if err := m.sign(e, f, parts[3], parts[5]); err != nil {
		return err
	}
	var err error
	if e.ValueDate, err = m.shortDate(f, parts[1]); err != nil {
		return err
	}
	// An entry without its own date was booked on its value date.
	if e.BookingDate = nearest(e.ValueDate, parts[2]); e.BookingDate == "" {
		e.BookingDate = e.ValueDate
	}
	e.BankTransactionCode = strings.TrimSpace(parts[6])
	e.Reference, e.BankReference, _ = strings.Cut(parts[7], "//")
	e.Reference, e.BankReference = strings.TrimSpace(e.Reference), strings.TrimSpace(e.BankReference)
	e.supplement(rest)
	m.entry, m.closed = e, false
	return nil
}

// sign reads amount and mark. RC takes back a credit, so it is a debit; RD is a
// credit. EC and ED of MT942 are expected.
func (m *mt) sign(e *Entry, f *field, mark, amount string) error {
	var ok bool
	if e.Amount, ok = number(strings.Replace(amount, ",", ".", 1)); !ok {
		return at(f.line, ":61:", BadAmount, "The amount is not a number: %s.", quoted(amount))
	}
	switch mark {
	case "D", "RC", "ED":
		e.Amount = e.Amount.Neg()
	}
	e.Reversal = mark[0] == 'R'
	if mark[0] == 'E' {
		e.Status = Expected
	}
	return nil
}

var (
	originalAmount = regexp.MustCompile(`/OCMT/([A-Z]{3})([0-9]+,?[0-9]*)`)
	chargesAmount  = regexp.MustCompile(`/CHGS/([A-Z]{3})([0-9]+,?[0-9]*)`)
)

// supplement takes the lines below the first one: original amount and charges
// in SWIFT's codes, or text.
func (e *Entry) supplement(rest []string) {
	text := strings.TrimSpace(strings.Join(rest, "\n"))
	if text == "" {
		return
	}
	if m := codedMoney(originalAmount, text); m != nil {
		e.InstructedAmount = m
	}
	if m := codedMoney(chargesAmount, text); m != nil {
		e.Charges = append(e.Charges, *m)
	}
	e.Additional = append(e.Additional, text)
}

func codedMoney(code *regexp.Regexp, text string) *Money {
	parts := code.FindStringSubmatch(text)
	if parts == nil {
		return nil
	}
	amount, ok := number(strings.Replace(parts[2], ",", ".", 1))
	if !ok {
		return nil
	}
	return &Money{amount, parts[1]}
}

// shortDate reads YYMMDD; years from 80 on are of the last century. A day beyond
// the end of its month, as 30 February in interest calculation by months of 30
// days, is read as the last one, with a warning.
func (m *mt) shortDate(f *field, s string) (string, error) {
	century := "20"
	if s[0] >= '8' {
		century = "19"
	}
	month, err := time.Parse("200601", century+s[:4])
	if err != nil || s[4:] < "01" || s[4:] > "31" {
		return "", at(f.line, ":"+f.tag+":", BadDate, "The date is not one: %s.", quoted(s))
	}
	if d, ok := realDay("20060102", century+s); ok {
		return d, nil
	}
	last := month.AddDate(0, 1, -1).Format("2006-01-02")
	m.warn(Warning{Code: DateAdjusted, Line: f.line, Message: "The day " + s + " does not exist; it was read as " + last + "."})
	return last, nil
}

// nearest completes a MMDD with the year that brings it closest to a day, as
// entries are booked shortly before or after their value date. It gives "" for
// what is no day.
func nearest(day, monthDay string) string {
	anchor, err := time.Parse("2006-01-02", day)
	if err != nil || monthDay == "" {
		return ""
	}
	best := ""
	for year := anchor.Year() - 1; year <= anchor.Year()+1; year++ {
		t, err := time.Parse("20060102", time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006")+monthDay)
		if err != nil {
			continue
		}
		if b, _ := time.Parse("2006-01-02", best); best == "" || t.Sub(anchor).Abs() < b.Sub(anchor).Abs() {
			best = t.Format("2006-01-02")
		}
	}
	return best
}
