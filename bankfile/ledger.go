package bankfile

import (
	"fmt"
	"slices"

	"github.com/govalues/decimal"
)

// maxWarnings bounds what a hostile file can make us say about it.
const maxWarnings = 1000

// ledger takes statements and entries from the readers, gives entries their
// identity and checks the balances.
type ledger struct {
	file       *File
	each       func(*Statement, *Entry) error
	currency   string
	maxEntries int

	cur   *Statement
	taken int   // entries, details, balances and statements so far
	full  error // set when they are too many, for the readers to stop
	book
	left    map[*Statement]book // of statements that were left and are still open
	tallies map[string]*tally
}

// book is what is kept of the current statement while it is open.
type book struct {
	entries int
	sum     decimal.Decimal
	why     string         // why the balances cannot be checked, "" if they can
	counts  map[digest]int // equal lines, nil before the first entry
}

func newLedger(o Options, each func(*Statement, *Entry) error) *ledger {
	l := &ledger{file: &File{}, each: each, currency: o.Currency, maxEntries: o.MaxEntries, tallies: map[string]*tally{}, left: map[*Statement]book{}}
	if l.maxEntries <= 0 {
		l.maxEntries = defaultMaxEntries
	}
	return l
}

// begin opens a statement. The reader may go on filling it.
func (l *ledger) begin(s *Statement) {
	l.end()
	l.cur, l.book = s, book{}
	l.grow(s.Line)
	l.file.Statements = append(l.file.Statements, s)
}

// turn leaves the current statement open and goes on with another one, or with
// a new one, for files whose lines of several accounts are mixed.
func (l *ledger) turn(s *Statement) {
	if l.cur == s {
		return
	}
	if l.cur != nil {
		l.left[l.cur] = l.book
	}
	b, known := l.left[s]
	if !known {
		l.grow(s.Line)
		l.file.Statements = append(l.file.Statements, s)
	}
	delete(l.left, s)
	l.cur, l.book = s, b
}

// grow counts a statement or one of its balances, of which a hostile file may
// have millions without an entry.
func (l *ledger) grow(line int) {
	if err := l.room(1, line, ""); err != nil && l.full == nil {
		l.full = err
	}
}

// room takes n places of those that entries and details share.
func (l *ledger) room(n, line int, path string) error {
	if l.taken += n; l.taken > l.maxEntries {
		return at(line, path, TooManyEntries, "The file has more than %d entries.", l.maxEntries)
	}
	return nil
}

// add takes an entry of the current statement.
func (l *ledger) add(e *Entry) error {
	if err := l.room(1, e.Line, e.Path); err != nil {
		return err
	}
	if l.cur.Currency == "" {
		l.cur.Currency = l.currency
	}
	if e.Currency == "" {
		e.Currency = l.cur.Currency
	}
	if l.cur.Currency == "" {
		l.cur.Currency = e.Currency
	}
	l.identify(e)
	l.entries++
	if e.Status == Booked {
		l.count(e)
	}
	l.checkBatch(e)
	return l.each(l.cur, e)
}

func (l *ledger) count(e *Entry) {
	sum, ok := add(l.sum, e.Amount)
	switch {
	case !ok:
		l.why = "the amounts have too many digits to be added exactly"
	case e.Currency != l.cur.Currency:
		l.why = fmt.Sprintf("an entry is in %s, the account in %s", e.Currency, l.cur.Currency)
	}
	l.sum = sum
}

// checkBatch compares an entry with the details that state an amount in its
// currency, if all do.
func (l *ledger) checkBatch(e *Entry) {
	sum := decimal.Zero
	for _, d := range e.Details {
		if d.Amount == nil || d.Amount.Currency != e.Currency {
			return
		}
		var ok bool
		if sum, ok = add(sum, d.Amount.Amount); !ok {
			return
		}
	}
	if gap, ok := add(e.Amount, sum.Neg()); ok && len(e.Details) > 0 && !gap.IsZero() {
		l.warn(Warning{
			Code: BatchGap, Line: e.Line, Amount: &gap, Currency: e.Currency,
			Message: fmt.Sprintf("The details add up to %s %s, the entry is %s.", sum, e.Currency, e.Amount),
		})
	}
}

// end closes the current statement: opening plus what was booked is closing.
func (l *ledger) end() {
	s := l.cur
	if s == nil {
		return
	}
	l.remember()
	defer func() { l.cur = nil }()
	if s.Opening == nil || s.Closing == nil {
		return
	}
	if l.why == "" && (s.Opening.Currency != s.Closing.Currency || s.Opening.Currency != s.Currency) {
		l.why = fmt.Sprintf("opening is in %s, closing in %s, the account in %s", s.Opening.Currency, s.Closing.Currency, s.Currency)
	}
	expected, ok := add(s.Opening.Amount, l.sum)
	gap, ok2 := add(s.Closing.Amount, expected.Neg())
	if l.why == "" && !(ok && ok2) {
		l.why = "the amounts have too many digits to be added exactly"
	}
	switch {
	case l.why != "":
		l.warn(Warning{Code: BalanceUnchecked, Line: s.Line, Message: "The balances cannot be checked: " + l.why + "."})
	case !gap.IsZero():
		l.warn(Warning{
			Code: BalanceGap, Line: s.Line, Amount: &gap, Currency: s.Currency,
			Message: fmt.Sprintf("Opening %s and %d entries make %s %s, closing is %s: %s is missing.%s",
				s.Opening.Amount, l.entries, expected, s.Currency, s.Closing.Amount, gap, pageHint(s)),
		})
	}
}

func pageHint(s *Statement) string {
	if !s.partial {
		return ""
	}
	return " This is page " + s.Page + " of a statement: others may hold the rest."
}

// warn notes a warning about the current or the last statement.
func (l *ledger) warn(w Warning) {
	w.Statement = len(l.file.Statements) - 1
	if l.cur != nil {
		w.Statement = slices.Index(l.file.Statements, l.cur)
	}
	if len(l.file.Warnings) < maxWarnings {
		l.file.Warnings = append(l.file.Warnings, w)
	}
}

// close ends the last statement and gives the file.
func (l *ledger) close() (*File, error) {
	l.end()
	for _, s := range l.file.Statements {
		if _, open := l.left[s]; open {
			l.turn(s)
			l.end()
		}
	}
	if len(l.file.Statements) == 0 {
		return nil, refuse(NotABankFile, "The file holds no statement.")
	}
	return l.file, nil
}
