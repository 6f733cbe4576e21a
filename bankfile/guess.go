package bankfile

import (
	"bytes"
	"encoding/csv"
	"io"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/currency"
)

const (
	maxColumns    = 200
	maxSample     = 500
	maxHeaderRows = 40 // rows a bank may write before the headings
)

// GuessMapping reads the beginning of a table and says what its columns seem
// to be, for a person to look at. The error is an *[Error] when it cannot tell.
func GuessMapping(r io.Reader, o Options) (*Mapping, error) {
	in, err := open(r, o)
	if err != nil {
		return nil, err
	}
	head, err := in.peek()
	if err != nil {
		return nil, err
	}
	return guess(head)
}

// isTable takes what no other format is; whether it is a table shows later.
func isTable([]byte) bool { return true }

// guess tries the delimiters and takes the one that makes most of the headings
// known.
func guess(head []byte) (*Mapping, error) {
	if len(head) >= sniffed { // The last line may be cut.
		head = head[:bytes.LastIndexByte(head, '\n')+1]
	}
	var best *Mapping
	score, table := 0, false
	for _, delimiter := range []string{";", ",", "\t", "|"} {
		rows := tableRows(head, delimiter)
		table = table || isRegular(rows)
		if m, known := mapped(rows, delimiter); m != nil && known > score {
			best, score = m, known
		}
	}
	switch {
	case best != nil:
		return best, nil
	case table:
		return nil, refuse(NeedsMapping, "The file is a table, but its columns cannot be told: none is surely a date and an amount.")
	}
	return nil, refuse(NotABankFile, "The file is no bank file of a format that is known here.")
}

// tableRows reads rows as far as they are sound.
func tableRows(head []byte, delimiter string) [][]string {
	in := &lines{in: memory(head), charmap: charmapOf("1252")}
	r := csv.NewReader(in)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = rune(delimiter[0]), true, -1
	var rows [][]string
	for {
		row, err := r.Read()
		if err != nil || len(row) > maxColumns || len(rows) == maxSample {
			return rows
		}
		rows = append(rows, row)
	}
}

// isRegular says whether rows look like those of a table.
func isRegular(rows [][]string) bool {
	n := len(rows)
	return n >= 2 && len(rows[n-1]) >= 3 && len(rows[n-1]) == len(rows[n-2])
}

// mapped finds the row of headings and says what they mean, with the number of
// columns it knows; nil if there is no such row.
func mapped(rows [][]string, delimiter string) (*Mapping, int) {
	for i, row := range rows[:min(len(rows), maxHeaderRows)] {
		c := &columns{header: row, roles: make([]role, len(row)), exact: make([]bool, len(row))}
		for j, name := range row {
			c.roles[j], c.exact[j] = roleOf(name)
		}
		c.rows = slices.DeleteFunc(slices.Clone(rows[i+1:]), func(r []string) bool { return len(r) < len(row) })
		if m := c.mapping(delimiter); m != nil {
			m.HeaderRow = i + 1
			known := 0
			for _, r := range c.roles {
				if r != noRole {
					known++
				}
			}
			return m, known
		}
	}
	return nil, 0
}

// columns are the columns of a table on the way to a mapping.
type columns struct {
	header []string
	rows   [][]string
	roles  []role
	exact  []bool
}

// cells are what stands in a column, counted from 1, without what is empty.
func (c *columns) cells(column int) []string {
	var cells []string
	for _, row := range c.rows {
		if v := strings.TrimSpace(row[column-1]); v != "" {
			cells = append(cells, v)
		}
	}
	return cells
}

// find gives the first column of a role whose content is right, one whose whole
// heading is the role's name before others; 0 if there is none.
func (c *columns) find(r role, right func(cells []string) bool) int {
	for _, exact := range []bool{true, false} {
		for i := range c.roles {
			if c.roles[i] == r && c.exact[i] == exact && (right == nil || right(c.cells(i+1))) {
				return i + 1
			}
		}
	}
	return 0
}

// mapping gives nil where date or amount are missing.
func (c *columns) mapping(delimiter string) *Mapping {
	m := &Mapping{Delimiter: delimiter, Header: c.header}
	if m.Date = c.find(dateRole, areDates); m.Date == 0 {
		if m.Date = c.find(valueRole, areDates); m.Date == 0 {
			return nil
		}
	}
	var doubt string
	m.DateLayout, doubt, _ = guessLayout(mostly(c.cells(m.Date), isSomeDate))
	m.doubt(doubt)
	if m.Amount = c.find(amountRole, areAmounts); m.Amount == 0 {
		m.Debit, m.Credit = c.find(debitRole, areAmountsOrNone), c.find(creditRole, areAmountsOrNone)
	}
	if m.Amount == 0 && (m.Debit == 0 || m.Credit == 0) {
		return nil
	}
	m.ValueDate = c.find(valueRole, areDates)
	m.Balance = c.find(balanceRole, areAmounts)
	var amounts []string
	for _, column := range []int{m.Amount, m.Debit, m.Credit, m.Balance} {
		if column > 0 {
			amounts = append(amounts, mostly(c.cells(column), isSomeAmount)...)
		}
	}
	m.Decimal, doubt = guessPoint(amounts, delimiter)
	m.doubt(doubt)
	if m.Amount > 0 {
		m.Mark = c.find(markRole, areMarks)
	}
	c.rest(m)
	return m
}

func (m *Mapping) doubt(doubt string) {
	if doubt != "" {
		m.Doubts = append(m.Doubts, doubt)
	}
}

// rest fills the columns a table can do without.
func (c *columns) rest(m *Mapping) {
	m.Currency = c.find(currencyRole, areCurrencies)
	if m.Currency == 0 {
		m.CurrencyCode = headingCurrency(c.header, m.Amount, m.Debit, m.Credit)
	}
	m.Account = c.find(accountRole, nil)
	m.Counterparty = c.find(partyRole, nil)
	m.CounterpartyAccount = c.find(partyAccountRole, nil)
	m.Reference = c.find(referenceRole, nil)
	m.Status = c.find(statusRole, nil)
	// A number that is the same in all rows is the statement's own.
	for i, r := range c.roles {
		switch cells := c.cells(i + 1); {
		case r == descriptionRole:
			m.Description = append(m.Description, i+1)
		case r != ibanRole:
		case m.Account == 0 && len(cells) == len(c.rows) && len(slices.Compact(cells)) == 1:
			m.Account = i + 1
		case m.CounterpartyAccount == 0:
			m.CounterpartyAccount = i + 1
		}
	}
}

// mostly gives the cells that are right, if most are: the rows below a table may
// hold sums and notes.
func mostly(cells []string, right func(string) bool) []string {
	found := slices.DeleteFunc(slices.Clone(cells), func(c string) bool { return !right(c) })
	if len(found)*2 <= len(cells) {
		return nil
	}
	return found
}

func isSomeDate(s string) bool {
	return slices.ContainsFunc(dateLayouts, func(l string) bool { _, ok := tableDay(l, s); return ok })
}

func isSomeAmount(s string) bool {
	_, _, point := tableNumber(s, ".")
	_, _, comma := tableNumber(s, ",")
	return point || comma
}

func areDates(cells []string) bool {
	_, _, ok := guessLayout(mostly(cells, isSomeDate))
	return ok
}

func areAmounts(cells []string) bool { return len(mostly(cells, isSomeAmount)) > 0 }

func areAmountsOrNone(cells []string) bool { return len(cells) == 0 || areAmounts(cells) }

func areMarks(cells []string) bool {
	return len(cells) > 0 && !slices.ContainsFunc(cells, func(s string) bool { return markOf(s) == 0 })
}

func areCurrencies(cells []string) bool {
	return len(cells) > 0 && !slices.ContainsFunc(cells, func(s string) bool { return !isCurrency(strings.ToUpper(s)) })
}

// markOf gives 1 for a word for credit, -1 for one for debit, 0 for another.
func markOf(s string) int {
	switch normalHeading(s) {
	case "credit", "c", "cr", "crdt", "h", "haben", "bij", "in", "avoir", "abono", "credito", "incoming":
		return 1
	case "debit", "d", "dr", "dbit", "s", "soll", "af", "out", "cargo", "debito", "outgoing":
		return -1
	}
	return 0
}

var codeInHeading = regexp.MustCompile(`\b[A-Z]{3}\b`)

// headingCurrency finds a currency in the heading of an amount, as in Betrag (EUR).
func headingCurrency(header []string, amounts ...int) string {
	for _, column := range amounts {
		if column == 0 {
			continue
		}
		for _, code := range codeInHeading.FindAllString(header[column-1], -1) {
			if unit, err := currency.ParseISO(code); err == nil {
				return unit.String()
			}
		}
	}
	return ""
}
