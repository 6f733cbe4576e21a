package matching

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
	"golang.org/x/text/currency"
)

// scale is the number of decimals that amounts keep inside: ISO 4217 knows none
// with more than four.
const scale = 4

// noDay stands for an unknown date.
const noDay = math.MinInt32

// money is an amount under which a row can be met.
type money struct {
	currency string
	units    int64 // ten-thousandths, never negative
	kind     amountKind
}

// amountKind says how two amounts came to be in one currency.
type amountKind uint8

const (
	direct    amountKind = iota // both as booked, or as the payer ordered
	converted                   // by a known rate
	unrelated                   // no common currency is known
	amountKinds
)

// invoice and transaction are rows in canonical form.
type invoice struct {
	source     *Invoice
	money      []money
	sign       int8 // of the transactions that can pay it; 0: either
	issue, due int32
	names      []field
	references []word
	ibans      []int32
	closed     bool // locked or decided by a person
}

type transaction struct {
	source *Transaction
	money  []money
	sign   int8
	day    int32
	text   int32 // place in rows.texts
	closed bool
	within bool // between own accounts
}

// text is what a transaction says, account included. Bank lines repeat, so each
// text is kept, weighed and compared once.
type text struct {
	words  []word // of all fields; word.start parts them
	runes  []int  // length of the field that a word ends, else 0
	quotes []quote
	iban   int32 // -1 when unknown
	used   int   // by transactions
}

// rows are a problem in canonical order, by ID, so that the order of the input
// changes nothing, not even a rounding.
type rows struct {
	invoices     []invoice
	transactions []transaction
	texts        []text
	textOf       map[string]int32 // by fields
	vocabulary   *vocabulary
	isReference  []bool // by word
	sides        []side // by word
	declined     map[[2]int32]bool
	fixed        [][2]int32
}

// side says where a word stands.
type side uint8

const (
	invoiceSide side = 1 << iota
	transactionSide
	bothSides = invoiceSide | transactionSide
)

func prepare(p Problem) (*rows, error) {
	r := &rows{vocabulary: newVocabulary(), textOf: map[string]int32{}, declined: map[[2]int32]bool{}}
	if err := r.addInvoices(p.Invoices); err != nil {
		return nil, err
	}
	if err := r.addTransactions(p.Transactions); err != nil {
		return nil, err
	}
	r.closeOwn(p.Options.OwnIBANs)
	r.findSides()
	fixed, err := r.pairs("fixed", p.Fixed)
	if err != nil {
		return nil, err
	}
	for _, f := range fixed {
		r.invoices[f[0]].closed, r.transactions[f[1]].closed = true, true
	}
	r.fixed = fixed
	declined, err := r.pairs("declined", p.Declined)
	for _, d := range declined {
		r.declined[d] = true
	}
	return r, err
}

// closeOwn takes transfers between own accounts out.
func (r *rows) closeOwn(ibans []string) {
	own := map[int32]bool{}
	for _, s := range ibans {
		own[r.iban(s)] = true
	}
	delete(own, -1) // no account
	for j := range r.transactions {
		t := &r.transactions[j]
		if own[r.texts[t.text].iban] {
			t.closed, t.within = true, true
		}
	}
}

func (r *rows) findSides() {
	r.sides = make([]side, len(r.vocabulary.words))
	mark := func(words []word, s side) {
		for _, w := range words {
			r.sides[w.id] |= s
		}
	}
	for i := range r.invoices {
		for _, n := range r.invoices[i].names {
			mark(n.words, invoiceSide)
		}
	}
	for k := range r.texts {
		mark(r.texts[k].words, transactionSide)
	}
}

func (r *rows) addInvoices(list []Invoice) error {
	r.invoices = make([]invoice, len(list))
	for i := range list {
		row, err := r.invoice(&list[i])
		if err != "" {
			return &RowError{"invoices", i, list[i].ID, err}
		}
		r.invoices[i] = row
	}
	slices.SortStableFunc(r.invoices, func(a, b invoice) int { return cmp.Compare(a.source.ID, b.source.ID) })
	for i := 1; i < len(r.invoices); i++ {
		if id := r.invoices[i].source.ID; id == r.invoices[i-1].source.ID {
			return &RowError{"invoices", lastIndex(list, func(x Invoice) bool { return x.ID == id }), id, "the ID stands twice"}
		}
	}
	r.isReference = make([]bool, len(r.vocabulary.words))
	for i := range r.invoices {
		for _, w := range r.invoices[i].references {
			r.isReference[w.id] = true
		}
	}
	return nil
}

func (r *rows) addTransactions(list []Transaction) error {
	r.transactions = make([]transaction, len(list))
	for i := range list {
		row, err := r.transaction(&list[i])
		if err != "" {
			return &RowError{"transactions", i, list[i].ID, err}
		}
		r.transactions[i] = row
	}
	slices.SortStableFunc(r.transactions, func(a, b transaction) int { return cmp.Compare(a.source.ID, b.source.ID) })
	for i := 1; i < len(r.transactions); i++ {
		if id := r.transactions[i].source.ID; id == r.transactions[i-1].source.ID {
			return &RowError{"transactions", lastIndex(list, func(x Transaction) bool { return x.ID == id }), id, "the ID stands twice"}
		}
	}
	return nil
}

func lastIndex[T any](list []T, is func(T) bool) int {
	for i := len(list) - 1; i >= 0; i-- {
		if is(list[i]) {
			return i
		}
	}
	return -1
}

// invoice reads one invoice; the string says what is wrong with it.
func (r *rows) invoice(in *Invoice) (invoice, string) {
	out := invoice{source: in, issue: day(in.IssueDate), due: day(in.DueDate), closed: in.Locked}
	if in.ID == "" {
		return out, "the ID is missing"
	}
	switch in.Direction {
	case Payable:
		out.sign = -1
	case Receivable:
		out.sign = 1
	case "":
	default:
		return out, "the direction is neither payable nor receivable"
	}
	if in.Amount.IsNeg() {
		return out, "the open amount is negative"
	}
	var problem string
	out.money, problem = in.amounts()
	for _, n := range in.Counterparty.Names[:min(len(in.Counterparty.Names), maxNames)] {
		if f := r.vocabulary.field(n, maxWords); len(f.words) > 0 {
			out.names = append(out.names, f)
		}
	}
	out.references = r.vocabulary.references(append([]string{in.Number}, in.References...))
	for _, iban := range in.Counterparty.IBANs[:min(len(in.Counterparty.IBANs), maxNames)] {
		if id := r.iban(iban); id >= 0 {
			out.ibans = append(out.ibans, id)
		}
	}
	return out, problem
}

// transaction reads one transaction; the string says what is wrong with it.
func (r *rows) transaction(in *Transaction) (transaction, string) {
	out := transaction{source: in, day: day(in.Date), sign: int8(in.Amount.Sign()), closed: in.Locked}
	if in.ID == "" {
		return out, "the ID is missing"
	}
	if out.day == noDay {
		out.day = day(in.ValueDate)
	}
	var problem string
	out.money, problem = in.amounts()
	out.text = r.text(in)
	return out, problem
}

// text reads the texts of a transaction, or finds those that are the same.
func (r *rows) text(in *Transaction) int32 {
	fields := in.texts()
	key := strings.Join(append(fields, in.IBAN), "\x00")
	if at, ok := r.textOf[key]; ok {
		r.texts[at].used++
		return at
	}
	t := text{iban: r.iban(in.IBAN), used: 1}
	for _, s := range fields {
		f := r.vocabulary.field(s, maxWords-len(t.words))
		if len(f.words) == 0 {
			continue
		}
		t.words = append(t.words, f.words...)
		for range len(f.words) - 1 {
			t.runes = append(t.runes, 0)
		}
		t.runes = append(t.runes, f.runes)
	}
	t.quotes = r.vocabulary.quotes(t.words, r.isReference)
	at := int32(len(r.texts))
	r.textOf[key], r.texts = at, append(r.texts, t)
	return at
}

// iban interns an account under a form that no word can take.
func (r *rows) iban(s string) int32 {
	s = strings.ToUpper(strings.Join(strings.FieldsFunc(s, notWord), ""))
	if s == "" {
		return -1
	}
	return r.vocabulary.id("iban:" + s)
}

func appendMoney(list []money, code string, amount decimal.Decimal, kind amountKind, problem string) ([]money, string) {
	if problem != "" {
		return list, problem
	}
	if code != "" {
		unit, err := currency.ParseISO(code)
		if err != nil {
			return list, "the currency is no ISO 4217 code"
		}
		code = unit.String()
	}
	if code == "XXX" { // ISO 4217's own word for none
		code = ""
	}
	whole, frac, ok := amount.Abs().Int64(scale)
	if !ok || amount.Rescale(scale).Cmp(amount) != 0 || whole > math.MaxInt64/20000 {
		return list, "the amount has more than four decimals or is too large"
	}
	return append(list, money{currency: code, units: whole*10000 + frac, kind: kind}), ""
}

// pairs finds the rows that pairs name, in canonical order.
func (r *rows) pairs(list string, pairs []Pair) ([][2]int32, error) {
	out := make([][2]int32, 0, len(pairs))
	for k, p := range pairs {
		i, okI := slices.BinarySearchFunc(r.invoices, p.InvoiceID, func(a invoice, id string) int { return cmp.Compare(a.source.ID, id) })
		j, okJ := slices.BinarySearchFunc(r.transactions, p.TransactionID, func(a transaction, id string) int { return cmp.Compare(a.source.ID, id) })
		if okI && okJ {
			out = append(out, [2]int32{int32(i), int32(j)})
		} else if list == "fixed" {
			return nil, &RowError{list, k, p.InvoiceID + "/" + p.TransactionID, "the pair names a row that is not there"}
		}
	}
	slices.SortFunc(out, func(a, b [2]int32) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return slices.Compact(out), nil
}

// openInvoices lists the invoices that take part.
func (r *rows) openInvoices() []int32 {
	var open []int32
	for i := range r.invoices {
		if !r.invoices[i].closed {
			open = append(open, int32(i))
		}
	}
	return open
}

// day counts days since 1970 in the date's own zone.
func day(t time.Time) int32 {
	if t.IsZero() {
		return noDay
	}
	y, m, d := t.Date()
	return int32(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (r *rows) textOfEdge(e *edge) *text { return &r.texts[r.transactions[e.transaction].text] }
