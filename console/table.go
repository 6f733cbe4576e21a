package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/bankfile"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/statement"
)

// What a form for a table shows at most.
const (
	columnsShown = 60 // others keep what they are
	rowsRead     = 8  // of what would be read
)

// description is the one role that several columns may have.
const description = "description"

// columnRoles are what a column of a bank's table can be, by the members of a mapping,
// in the order of the form.
func columnRoles() []string {
	return []string{
		"date", "amount", "debit", "credit", description, "counterparty", "payer", "payee", "counterparty_account", "reference",
		"balance", "currency", "value_date", "mark", "fee", "gross", "account", "status",
	}
}

// roleWords name what a column is.
func roleWords(role string) phrase {
	return named(map[string]string{
		"date": "Date", "amount": "Amount", "debit": "Money out", "credit": "Money in", description: "Text", "counterparty": "Other party",
		"payer": "Payer", "payee": "Payee", "counterparty_account": "Other party's account", "reference": "Reference", "balance": "Balance",
		"currency": "Currency", "value_date": "Value date", "mark": "Debit or credit", "fee": "Fee", "gross": "Amount before fees", "account": "Own account", "status": "Status",
	}[role], role)
}

// tableForm lets a person say what the columns of a bank's table are.
type tableForm struct {
	*bankfile.Mapping // as it stands, or as the form says
	Columns           []tableColumn
	Rows              []tableRow // the first of the table
	Beyond            int        // columns that the form does not show
	Layouts           []dateLayout
	Barred            phrase // why the visitor may not say it; empty where they may
	Refused           refusedTable
	Preview           *tablePreview // nil until somebody asks for it
}

// tableColumn is a column with what it is: a member of a mapping, or nothing.
type tableColumn struct {
	Number  int // from 1
	Heading string
	Role    string
}

// tableRow is a row of the table; the headings, and what stands above them, hold no entry.
type tableRow struct {
	Cells []string
	Above bool
}

// dateLayout is a way to write a day, with an example of it.
type dateLayout struct{ Layout, Example string }

// English reports whether the example has the name of a month.
func (l dateLayout) English() bool { return strings.ContainsFunc(l.Example, unicode.IsLetter) }

// tablePreview is what would be read.
type tablePreview struct {
	record.BankStatement
	Entries     []record.Transaction // the first
	Count       int
	First, Last string // days
	Sums        []moneySum
}

// moneySum is what came in and went out in one currency.
type moneySum struct{ Currency, In, Out string }

// tableForm makes the form of an import, as said fills it in; nil for what is no table.
func (c *console) tableForm(r *http.Request, key postgres.Key, s record.BankStatement, said url.Values, refused refusedTable) (*tableForm, error) {
	m := statement.MappingOf(s)
	if m == nil {
		return nil, nil
	}
	form := &tableForm{Mapping: m, Barred: c.notReading(key), Refused: refused}
	for _, layout := range bankfile.DateLayouts() {
		form.Layouts = append(form.Layouts, dateLayout{layout, time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC).Format(layout)})
	}
	roles := rolesOf(m)
	if said.Has("delimiter") && form.Barred == nil {
		if err := form.try(c, r, key, s, said); err != nil {
			return nil, err
		}
		roles = func(column int) string { return said.Get("c" + strconv.Itoa(column)) }
		form.Mapping = filledIn(m, said)
	}
	rows := m.Rows
	if c.Statements != nil {
		var err error
		if rows, err = c.Statements.Head(r.Context(), s, form.Mapping); err != nil {
			return nil, err
		}
	}
	form.lay(rows, roles)
	return form, nil
}

// try reads the table as a form says, and shows what that would give.
func (f *tableForm) try(c *console, r *http.Request, key postgres.Key, s record.BankStatement, said url.Values) error {
	if f.Refused.Some() {
		return nil // it was tried already
	}
	raw, words := correction(f.Mapping, said)
	if words != nil {
		f.Refused.Words = words
		return nil
	}
	file, err := c.Statements.Preview(r.Context(), s, raw)
	if err != nil {
		f.Refused, err = refusedBy(err)
		return err
	}
	f.Preview = previewOf(statement.Stored(file, key.WorkspaceID))
	return nil
}

// lay puts rows into the columns of the form.
func (f *tableForm) lay(rows [][]string, role func(column int) string) {
	widest := len(f.Header)
	for _, row := range rows {
		widest = max(widest, len(row))
	}
	shown := min(widest, columnsShown)
	f.Beyond = widest - shown
	var headings []string
	if f.HeaderRow > 0 && f.HeaderRow <= len(rows) {
		headings = rows[f.HeaderRow-1]
	}
	for i := range shown {
		column := tableColumn{Number: i + 1, Role: role(i + 1)}
		if i < len(headings) {
			column.Heading = headings[i]
		}
		f.Columns = append(f.Columns, column)
	}
	for i, row := range rows {
		cells := make([]string, shown)
		copy(cells, row)
		f.Rows = append(f.Rows, tableRow{cells, i < f.HeaderRow})
	}
}

// members are those of a mapping as JSON has them.
func members(m *bankfile.Mapping) map[string]any {
	raw, _ := json.Marshal(m) // of texts and numbers
	var out map[string]any
	_ = json.Unmarshal(raw, &out)
	return out
}

// rolesOf says what each column is; the first role counts where it has several.
func rolesOf(m *bankfile.Mapping) func(column int) string {
	by, all := map[int]string{}, members(m)
	for _, role := range columnRoles() {
		columns, several := all[role].([]any)
		if !several {
			columns = []any{all[role]}
		}
		for _, column := range columns {
			if n, ok := column.(float64); ok && by[int(n)] == "" {
				by[int(n)] = role
			}
		}
	}
	return func(column int) string { return by[column] }
}

// correction is the form as members of a mapping, or why it makes none.
func correction(before *bankfile.Mapping, said url.Values) (json.RawMessage, phrase) {
	if before == nil {
		return nil, say("Only a table has columns.")
	}
	out, shown := map[string]any{"inverted": said.Has("inverted")}, rolesOf(before)
	texts := []int{}
	for column := 1; column <= columnsShown; column++ {
		role := said.Get("c" + strconv.Itoa(column))
		switch {
		case role == "":
		case role == description:
			texts = append(texts, column)
		case !slices.Contains(columnRoles(), role):
			return nil, say("It says of a column what none can be.")
		case out[role] != nil:
			return nil, say("Two columns are said to be this: %s.", roleWords(role))
		default:
			out[role] = column
		}
	}
	for _, column := range before.Description {
		if column > columnsShown {
			texts = append(texts, column)
		}
	}
	out[description] = texts
	// What the form does not show stays: columns beyond it, and a second role of one.
	for role, was := range members(before) {
		n, ok := was.(float64)
		column := int(n)
		if !ok || out[role] != nil || !slices.Contains(columnRoles(), role) {
			continue
		}
		if column > columnsShown || shown(column) != role && said.Get("c"+strconv.Itoa(column)) == shown(column) {
			out[role] = column
		}
	}
	for _, role := range columnRoles() {
		if out[role] == nil {
			out[role] = 0
		}
	}
	row, err := strconv.Atoi(or(strings.TrimSpace(said.Get("header_row")), "0"))
	if err != nil {
		return nil, say("The row of the headings is not a number.")
	}
	out["header_row"] = row
	out["delimiter"], out["currency_code"], out["encoding"] = delimiterOf(said), currencyOf(said), said.Get("encoding")
	for _, name := range []string{"date_layout", "decimal"} {
		if v := said.Get(name); v != "" { // else it is taken from the columns
			out[name] = v
		}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, say("It says of a column what none can be.")
	}
	return raw, nil
}

func delimiterOf(said url.Values) string {
	if d := said.Get("delimiter"); d != "tab" {
		return d
	}
	return "\t"
}

func currencyOf(said url.Values) string {
	return strings.ToUpper(strings.TrimSpace(said.Get("currency_code")))
}

// filledIn is the mapping with what a form says besides the columns, as far as it can
// be shown again.
func filledIn(m *bankfile.Mapping, said url.Values) *bankfile.Mapping {
	out := *m
	out.DateLayout, out.Decimal, out.CurrencyCode, out.Encoding, out.Inverted = said.Get("date_layout"), said.Get("decimal"), currencyOf(said), said.Get("encoding"), said.Has("inverted")
	if d := delimiterOf(said); slices.Contains(bankfile.Delimiters(), d) {
		out.Delimiter = d
	}
	if row, err := strconv.Atoi(strings.TrimSpace(said.Get("header_row"))); err == nil && row >= 0 && row <= 100 {
		out.HeaderRow = row
	}
	return &out
}

// previewOf is what an import would hold.
func previewOf(s record.BankStatement, entries []record.Transaction) *tablePreview {
	p := &tablePreview{BankStatement: s, Count: len(entries), Entries: entries[:min(len(entries), rowsRead)]}
	for _, e := range entries {
		if e.BookingDate != "" && (p.First == "" || e.BookingDate < p.First) {
			p.First = e.BookingDate
		}
		p.Last = max(p.Last, e.BookingDate)
	}
	p.Sums = sums(entries)
	return p
}

// sums adds up what comes in and goes out, by currency; none where a sum has too many digits.
func sums(entries []record.Transaction) (list []moneySum) {
	in, out := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	var order []string
	for _, e := range entries {
		amount, err := decimal.Parse(e.Amount)
		if err != nil {
			return nil
		}
		if !slices.Contains(order, e.Currency) {
			order = append(order, e.Currency)
		}
		side := in
		if amount.IsNeg() {
			side = out
		}
		if side[e.Currency], err = side[e.Currency].Add(amount); err != nil {
			return nil
		}
	}
	for _, currency := range order {
		list = append(list, moneySum{currency, fmt.Sprint(in[currency]), fmt.Sprint(out[currency])})
	}
	return list
}

// Tab reports whether a tab parts the columns.
func (f tableForm) Tab() bool { return f.Delimiter == "\t" }
