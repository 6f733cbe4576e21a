package bankfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const (
	maxColumns    = 200
	maxSample     = 500
	maxHeaderRows = 40 // rows a bank may write before the headings
)

// GuessMapping reads the beginning of a table and says what its columns seem
// to be, for a person to look at. Where it cannot tell them all, the error is an
// *[Error] of the code [NeedsMapping], and the mapping says what is missing: it
// reads nothing before a person completes it with [Mapping.Correct].
func GuessMapping(r io.Reader, o Options) (*Mapping, error) {
	in, err := open(r, o)
	if err != nil {
		return nil, err
	}
	head, err := in.peek()
	if err != nil {
		return nil, err
	}
	m, err := guess(head)
	if refused := (*Error)(nil); errors.As(err, &refused) && refused.Code == NeedsMapping {
		return propose(head), err
	}
	return m, err
}

// isTable takes what no other format is; whether it is a table shows later.
func isTable([]byte) bool { return true }

var delimiters = []string{";", ",", "\t", "|"}

// guess tries the delimiters and encodings and takes those that make most of the
// headings known.
func guess(head []byte) (*Mapping, error) {
	head = wholeLines(head)
	var best *Mapping
	score, table := 0, false
	for _, encoding := range encodingsOf(head) {
		for _, delimiter := range delimiters {
			rows := tableRows(head, delimiter, encoding)
			table = table || isRegular(rows)
			if m, known := mapped(rows, delimiter); m != nil && known > score {
				m.Encoding = encoding
				best, score = m, known
			}
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

// wholeLines takes off the last line of a beginning: it may be cut.
func wholeLines(head []byte) []byte {
	if len(head) < sniffed {
		return head
	}
	return head[:bytes.LastIndexByte(head, '\n')+1]
}

// encodingsOf are those a beginning may be in. Where two make the same headings
// known the first is taken; "" is UTF-8, or Windows-1252.
func encodingsOf(head []byte) []string {
	switch {
	case utf8.Valid(head):
		return []string{""}
	case isCentralEuropean(head):
		return []string{"windows-1250", ""}
	}
	return []string{"", "windows-1250"}
}

// isCentralEuropean says whether bytes that Windows-1252 has for signs stand before
// letters more than once, as the letters of Windows-1250 do.
func isCentralEuropean(head []byte) bool {
	found := 0
	for i, b := range head {
		if b < 0x80 || i+1 == len(head) || unicode.IsLetter(charmap.Windows1252.DecodeByte(b)) || !unicode.IsLetter(charmap.Windows1250.DecodeByte(b)) {
			continue
		}
		letter := func(b byte) bool { return unicode.IsLetter(charmap.Windows1250.DecodeByte(b)) }
		if letter(head[i+1]) && (b != 0xbf || i > 0 && letter(head[i-1])) { // a question begins with that sign in Spanish
			found++
		}
	}
	return found > 1
}

// tableRows reads rows as far as they are sound.
func tableRows(head []byte, delimiter, encoding string) [][]string {
	in := newLines(memory(head))
	in.charmap = tableCharmap(encoding)
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

// isRegular says whether rows look like those of a table: two of the same length
// in succession, with a day or an amount in one of them.
func isRegular(rows [][]string) bool {
	for i := 1; i < len(rows); i++ {
		if n := len(rows[i]); n >= 3 && n == len(rows[i-1]) && slices.ContainsFunc(rows[i], func(c string) bool { return isSomeDate(c) || isSomeAmount(c) }) {
			return true
		}
	}
	return false
}

// mapped finds the row of headings and says what they mean, with the number of
// columns it knows; nil if there is no such row.
func mapped(rows [][]string, delimiter string) (*Mapping, int) {
	for i, row := range rows[:min(len(rows), maxHeaderRows)] {
		c := columnsOf(row, rows[i+1:])
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

// columnsOf names the columns below a row of headings. Rows that do not reach the
// last heading are none of the table.
func columnsOf(header []string, below [][]string) *columns {
	c := &columns{header: header, roles: make([]role, len(header)), exact: make([]bool, len(header))}
	last := 0
	for j, name := range header {
		if c.roles[j], c.exact[j] = roleOf(name); strings.TrimSpace(name) != "" {
			last = j + 1
		}
	}
	c.rows = slices.DeleteFunc(slices.Clone(below), func(r []string) bool { return len(r) < last || slices.ContainsFunc(r, isBalanceNote) })
	return c
}

// at1 is what stands in a column of a row, counted from 1.
func at1(row []string, column int) string {
	if column < 1 || column > len(row) {
		return ""
	}
	return strings.TrimSpace(row[column-1])
}

// cells are what stands in a column, counted from 1, without what is empty.
func (c *columns) cells(column int) []string {
	var cells []string
	for _, row := range c.rows {
		if v := at1(row, column); v != "" {
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

// unnamed gives the first column without a role whose content is right.
func (c *columns) unnamed(right func(cells []string) bool) int {
	for i, r := range c.roles {
		if r == noRole && right(c.cells(i+1)) {
			return i + 1
		}
	}
	return 0
}

// constant says whether a column says the same in all rows, of which there are two
// at least.
func (c *columns) constant(column int) bool {
	cells := c.cells(column)
	return len(c.rows) > 1 && len(cells) == len(c.rows) && len(slices.Compact(cells)) == 1
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
