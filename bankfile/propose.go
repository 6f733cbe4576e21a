package bankfile

import (
	"slices"
	"strings"
)

// maxProposed are the rows that a proposal shows of its table.
const maxProposed = 8

// propose says what can be told of a table whose columns cannot all be told: nil
// for none. Columns that alone hold days, or amounts, are proposed and named as
// missing nevertheless, as nothing proves them.
func propose(head []byte) *Mapping {
	head = wholeLines(head)
	var rows [][]string
	m := &Mapping{}
	for _, delimiter := range delimiters {
		if r := tableRows(head, delimiter, ""); isRegular(r) && (rows == nil || width(r) > width(rows)) {
			rows, m.Delimiter = r, delimiter
		}
	}
	if rows == nil {
		return nil
	}
	first := slices.IndexFunc(rows, func(r []string) bool { return len(r) == width(rows) })
	m.HeaderRow = first + 1
	m.Header = slices.Clone(rows[first])
	if slices.ContainsFunc(m.Header, func(s string) bool { return isSomeDate(s) || isSomeAmount(s) && s != "" }) {
		m.HeaderRow, m.Header = 0, make([]string, width(rows))
	}
	c := columnsOf(m.Header, rows[m.HeaderRow:])
	m.Date = c.only(func(cells []string) bool { return len(mostly(cells, isSomeDate)) > 0 })
	m.Amount = c.only(func(cells []string) bool { return len(mostly(cells, isMoneyLike)) > 0 })
	if m.Date > 0 {
		m.DateLayout, _, _ = guessLayout(mostly(c.cells(m.Date), isSomeDate))
	}
	if m.Amount > 0 {
		m.Decimal, _ = guessPoint(mostly(c.cells(m.Amount), isSomeAmount), m.Delimiter, -1)
	}
	m.Missing = []string{"date", "amount"}
	if m.HeaderRow > 0 && m.Date > 0 && c.roles[m.Date-1] != noRole {
		m.Missing = m.Missing[1:]
	}
	for _, row := range rows[:min(len(rows), m.HeaderRow+maxProposed)] {
		m.Rows = append(m.Rows, shortCells(row))
	}
	return m
}

// width is the number of columns that most rows have.
func width(rows [][]string) int {
	counts, best := map[int]int{}, 0
	for _, r := range rows {
		if counts[len(r)]++; counts[len(r)] > counts[best] || counts[len(r)] == counts[best] && len(r) > best {
			best = len(r)
		}
	}
	return best
}

// only gives the one column whose content is right, 0 for none or several.
func (c *columns) only(right func(cells []string) bool) int {
	found := 0
	for i := range c.header {
		if !right(c.cells(i + 1)) {
			continue
		}
		if found > 0 {
			return 0
		}
		found = i + 1
	}
	return found
}

// isMoneyLike takes numbers with a sign, a fraction or a currency: others may count
// something.
func isMoneyLike(s string) bool {
	digits, negative, currency := bare(s)
	return isSomeAmount(s) && !isSomeDate(s) && (negative || currency != "" || strings.ContainsAny(digits, ".,"))
}

// shortCells keeps a row small enough to show.
func shortCells(row []string) []string {
	const most = 60
	out := slices.Clone(row)
	for i, cell := range out {
		if runes := []rune(cell); len(runes) > most {
			out[i] = string(runes[:most]) + "…"
		}
	}
	return out
}
