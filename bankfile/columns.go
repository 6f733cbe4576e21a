package bankfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// mapping gives nil where date or amount are missing.
func (c *columns) mapping(delimiter string) *Mapping {
	m := &Mapping{Delimiter: delimiter, Header: c.header}
	m.Date = cmp.Or(c.find(bookedRole, areDates), c.find(dateRole, areDates), c.find(valueRole, areDates))
	if m.Date == 0 {
		return nil
	}
	c.amounts(m)
	if m.Amount == 0 && (m.Debit == 0 || m.Credit == 0) {
		return nil
	}
	c.complete(m)
	return m
}

// amounts fills the columns of amounts: what moved on the account goes before what
// was paid, and one signed column before two.
func (c *columns) amounts(m *Mapping) {
	if m.Amount = cmp.Or(c.find(netRole, areAmounts), c.find(amountRole, areAmounts)); m.Amount == 0 {
		if m.Debit, m.Credit = c.find(debitRole, areAmountsOrNone), c.find(creditRole, areAmountsOrNone); m.Debit*m.Credit > 0 {
			return
		}
		m.Debit, m.Credit = 0, 0
		m.Amount = cmp.Or(c.currencyNamed(), c.find(grossRole, areAmounts))
	}
}

// currencyNamed gives a column whose heading is a currency: CAD$.
func (c *columns) currencyNamed() int {
	for i, name := range c.header {
		if code := strings.TrimSuffix(strings.TrimSpace(name), "$"); isMoney(code) && areAmounts(c.cells(i+1)) {
			return i + 1
		}
	}
	return 0
}

// complete fills what a table can do without, where date and amount are known.
func (c *columns) complete(m *Mapping) {
	var doubt string
	m.DateLayout, doubt, _ = guessLayout(mostly(c.cells(m.Date), isSomeDate))
	m.doubt(doubt)
	m.ValueDate = cmp.Or(c.find(valueRole, areDates), c.find(currencyRole, areDates)) // Valuta is either
	m.Balance = c.find(balanceRole, areAmounts)
	c.currency(m)
	var amounts []string
	for _, column := range []int{m.Amount, m.Debit, m.Credit, m.Balance} {
		if column > 0 {
			amounts = append(amounts, mostly(c.cells(column), isSomeAmount)...)
		}
	}
	m.Decimal, doubt = guessPoint(amounts, m.Delimiter, c.scale(m))
	m.doubt(doubt)
	if m.Amount > 0 {
		c.sign(m)
	}
	c.fees(m)
	c.invert(m)
	c.rest(m)
}

func (m *Mapping) doubt(doubt string) {
	if doubt != "" && !slices.Contains(m.Doubts, doubt) {
		m.Doubts = append(m.Doubts, doubt)
	}
}

// currency finds that of the amounts. Where several columns hold currencies it is
// the one beside the amount.
func (c *columns) currency(m *Mapping) {
	var named []int
	for i, r := range c.roles {
		if r == currencyRole && areCurrencies(c.cells(i+1)) {
			named = append(named, i+1)
		}
	}
	for _, column := range []int{m.Amount, m.Credit, m.Debit} {
		for _, beside := range []int{column + 1, column - 1} {
			if column > 0 && len(named) > 1 && slices.Contains(named, beside) {
				m.Currency = beside
				return
			}
		}
	}
	if m.Currency = c.find(currencyRole, areCurrencies); m.Currency > 0 {
		return
	}
	if m.CurrencyCode = headingCurrency(c.header, m.Amount, m.Debit, m.Credit); m.CurrencyCode == "" {
		m.Currency = c.unnamed(areMoney)
	}
}

// scale gives the digits behind the point that the currency of a table has, -1
// where it is unknown or there are several.
func (c *columns) scale(m *Mapping) int {
	codes := []string{m.CurrencyCode}
	if m.Currency > 0 {
		codes = slices.Compact(slices.Sorted(slices.Values(c.cells(m.Currency))))
	}
	if len(codes) != 1 {
		return -1
	}
	return scaleOf(strings.ToUpper(codes[0]))
}

// sign finds what says the sign of unsigned amounts: a column of words for debit
// and credit, named or not. A list of what a card paid has the signs the other way
// round, which nothing proves.
func (c *columns) sign(m *Mapping) {
	if m.Mark = c.find(markRole, areMarks); m.Mark > 0 || c.signed(m) {
		return
	}
	for i, r := range c.roles {
		if r != partyRole && r != amountRole && areMarks(c.cells(i+1)) {
			m.Mark = i + 1
			return
		}
	}
}

// signed says whether an amount of a table has a minus.
func (c *columns) signed(m *Mapping) bool {
	return slices.ContainsFunc(c.cells(m.Amount), func(s string) bool { _, negative, _ := bare(s); return negative })
}

// fees finds whether fees were taken of an amount or besides it, which the running
// balance tells.
func (c *columns) fees(m *Mapping) {
	fee := c.find(feeRole, areAmounts)
	if m.Amount == 0 || fee == 0 {
		return
	}
	if c.roles[m.Amount-1] == netRole {
		m.Gross = cmp.Or(c.find(grossRole, areAmounts), c.find(amountRole, areAmounts))
		return
	}
	if without, with := c.moves(m, 0), c.moves(m, fee); with > without {
		m.Fee = fee
	}
}

// moves counts the rows with a fee whose amount less that of the fee column is the
// difference of two balances.
func (c *columns) moves(m *Mapping, less int) int {
	fee := c.find(feeRole, areAmounts)
	read := func(row []string, column int) decimal.Decimal {
		d, _, _ := tableNumber(at1(row, column), m.Decimal)
		return d
	}
	fits := 0
	for i, row := range c.rows {
		if read(row, fee).IsZero() {
			continue
		}
		moved, _ := add(read(row, m.Amount), read(row, less).Abs().Neg())
		for _, j := range []int{i - 1, i + 1} {
			if j < 0 || j >= len(c.rows) || at1(c.rows[j], m.Balance) == "" || at1(row, m.Balance) == "" {
				continue
			}
			if after, ok := add(read(c.rows[j], m.Balance), moved); ok && after.Equal(read(row, m.Balance)) {
				fits++
				break
			}
		}
	}
	return fits
}

// rest fills who is on the other side and what the payment is for.
func (c *columns) rest(m *Mapping) {
	m.Account = c.find(accountRole, nil)
	c.parties(m)
	m.CounterpartyAccount = c.find(partyAccountRole, nil)
	m.Reference = c.find(referenceRole, nil)
	if m.Status = c.find(statusRole, areStates); m.Status == 0 {
		if m.Status = c.find(statusRole, nil); m.Status == 0 {
			m.Status = c.unnamed(areStates)
		}
	}
	for i, r := range c.roles {
		switch {
		case r == descriptionRole && i+1 != m.Mark, r == partyTextRole, c.continues(m.Description, i+1):
			m.Description = append(m.Description, i+1)
		case r != ibanRole:
		case m.Account == 0 && c.constant(i+1): // A number that is the same in all rows is the statement's own.
			m.Account = i + 1
		case m.CounterpartyAccount == 0:
			m.CounterpartyAccount = i + 1
		}
	}
	if len(m.Description) == 0 {
		m.Description = c.longest()
	}
	for i, r := range c.roles { // What people wrote is more than a number.
		if r == referenceRole && slices.ContainsFunc(c.cells(i+1), func(s string) bool { return strings.Contains(s, " ") && isName(s) }) {
			m.Description = append(m.Description, i+1)
		}
	}
}

// continues says whether a column without a heading goes on with the text of the
// one before it.
func (c *columns) continues(texts []int, column int) bool {
	return slices.Contains(texts, column-1) && strings.TrimSpace(c.header[column-1]) == "" && slices.ContainsFunc(c.cells(column), isName)
}

// parties finds the other side: a column of its own, or two for who pays and who is
// paid, of which the sign tells. A column with one name in all rows beside another
// holds the owner's.
func (c *columns) parties(m *Mapping) {
	var sides []int
	for i, r := range c.roles {
		if r == partyRole && areNames(c.cells(i+1)) {
			sides = append(sides, i+1)
		}
	}
	if len(sides) > 1 {
		sides = slices.DeleteFunc(sides, c.constant)
	}
	for _, exact := range []bool{true, false} {
		for _, column := range sides {
			if m.Counterparty == 0 && c.exact[column-1] == exact {
				m.Counterparty = column
			}
		}
	}
	if m.Counterparty == 0 {
		m.Counterparty = c.find(partyTextRole, areNames)
	}
	payer, payee := c.find(payerRole, areNames), c.find(payeeRole, areNames)
	switch {
	case payer > 0 && payee > 0:
		m.Payer, m.Payee = payer, payee
	case m.Counterparty > 0:
	case payee > 0:
		m.Counterparty = payee
	default: // Of money that goes out the payer is the owner, or one of theirs.
		m.Counterparty, m.Payer = c.find(partyRole, areNamesOrNone), payer
	}
}

// longest gives the unnamed column with the longest words, as a text.
func (c *columns) longest() []int {
	var best []int
	most := 0
	for i, r := range c.roles {
		cells := c.cells(i + 1)
		if n := len(strings.Join(cells, "")); r == noRole && n > most && areAll(cells, isName) {
			best, most = []int{i + 1}, n
		}
	}
	return best
}
