package bankfile

import (
	"fmt"

	"github.com/govalues/decimal"
)

// chain follows the running balance of a table, of which nobody says whether
// its rows go up or down in time: each balance is the one before it plus the
// amount, in one of the two directions.
type chain struct {
	up, down    bool
	rows        int
	broken      bool // a row without a balance
	first, last link
	upGap       *Warning // the first break, read upwards
	downGap     *Warning
}

// link is a row with a balance.
type link struct {
	balance, amount decimal.Decimal
	day             string
}

func (c *chain) add(t *table, e *Entry) {
	if t.Balance == 0 || e.Status != Booked {
		return
	}
	balance, _, ok := tableNumber(t.cell(t.Balance), t.Decimal)
	if !ok {
		c.broken = true
		return
	}
	l := link{balance, e.Amount, e.BookingDate}
	if c.rows == 0 {
		c.first = l
	} else {
		c.up, c.upGap = c.step(c.last.balance, e.Amount, balance, e, c.up, c.upGap)
		c.down, c.downGap = c.step(balance, c.last.amount, c.last.balance, e, c.down, c.downGap)
	}
	c.last = l
	c.rows++
}

// step checks that before plus amount is after.
func (c *chain) step(before, amount, after decimal.Decimal, e *Entry, fits bool, gap *Warning) (bool, *Warning) {
	sum, ok := add(before, amount)
	missing, ok2 := add(after, sum.Neg())
	if !fits || ok && ok2 && missing.IsZero() {
		return fits, gap
	}
	return false, &Warning{
		Code: BalanceGap, Line: e.Line, Amount: &missing, Currency: e.Currency,
		Message: fmt.Sprintf("Balance %s and amount %s do not make the next balance %s.", before, amount, after),
	}
}

// finish tells opening and closing balances, or where they break.
func (t *table) finish() {
	for _, s := range t.file.Statements {
		c := t.chains[s]
		if c.rows == 0 || c.broken {
			continue
		}
		t.turn(s)
		oldest, newest := c.first, c.last
		switch {
		case c.up:
		case c.down:
			oldest, newest = c.last, c.first
		case c.first.day > c.last.day:
			t.warn(*c.downGap)
			continue
		default:
			t.warn(*c.upGap)
			continue
		}
		if opening, ok := add(oldest.balance, oldest.amount.Neg()); ok {
			s.Opening = &Balance{Type: "OPBD", Amount: opening, Currency: s.Currency, Date: oldest.day}
			s.Closing = &Balance{Type: "CLBD", Amount: newest.balance, Currency: s.Currency, Date: newest.day}
			s.Balances = []Balance{*s.Opening, *s.Closing}
		}
	}
}
