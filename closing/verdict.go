package closing

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/record"
)

// Money is a sum in each currency: amounts of different currencies never meet.
type Money map[string]decimal.Decimal

// Add adds an amount. One that is out of range is left out and reported.
func (m Money) Add(currency string, amount decimal.Decimal) error {
	sum, err := m[currency].Add(amount)
	if err == nil {
		m[currency] = sum
	}
	return err
}

// Figures are what a group, or a month, comes to.
type Figures struct {
	Transactions int   // settled expenses
	WithInvoice  int   // of these with a confirmed edge
	Spend        Money // of the settled expenses
	Documented   Money // of these what confirmed edges explain
	Unavailable  int   // amounts that no sum could take
}

// NewFigures makes figures of nothing.
func NewFigures() Figures { return Figures{Spend: Money{}, Documented: Money{}} }

// Add adds the figures of another group.
func (f *Figures) Add(o Figures) {
	f.Transactions += o.Transactions
	f.WithInvoice += o.WithInvoice
	f.Unavailable += o.Unavailable
	for currency, amount := range o.Spend {
		f.note(f.Spend.Add(currency, amount))
	}
	for currency, amount := range o.Documented {
		f.note(f.Documented.Add(currency, amount))
	}
}

func (f *Figures) note(err error) {
	if err != nil {
		f.Unavailable++
	}
}

// Figures adds a group up.
func (g Group) Figures() Figures {
	f := NewFigures()
	for _, t := range g.expenses() {
		f.Transactions++
		amount, err := decimal.Parse(absolute(t.Amount))
		if err != nil {
			f.Unavailable++
			continue
		}
		f.note(f.Spend.Add(t.Currency, amount))
		links := g.linksOf(t.ID, record.LinkConfirmed)
		if len(links) == 0 {
			continue
		}
		f.WithInvoice++
		documented, err := decimal.Zero, error(nil)
		for _, l := range links {
			part, parseErr := decimal.Parse(l.Amount)
			if parseErr != nil || l.Currency != t.Currency {
				documented = amount // an edge in another currency takes all of it
				break
			}
			if documented, err = documented.Add(part); err != nil {
				break
			}
		}
		f.note(err)
		f.note(f.Documented.Add(t.Currency, documented.Min(amount)))
	}
	return f
}

// Row is a row of a group with the hash of what the close saw of it.
type Row struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Hash string `json:"hash"` // 16 hex digits
}

// Rows lists the rows of the month in a group, links with their transactions.
func (g Group) Rows() []Row {
	rows := []Row{}
	for _, t := range g.Transactions {
		rows = append(rows, Row{record.EntityTransaction, t.ID, hash(t, confirmed(g.Links, t.ID))[:16]})
	}
	for _, i := range g.Invoices {
		rows = append(rows, Row{record.EntityInvoice, i.ID, hash(frozen(i))[:16]})
	}
	return rows
}

// frozen is an invoice without what may change after its month: its payment.
func frozen(i record.MonthInvoice) record.MonthInvoice {
	i.PaymentStatus, i.CompanyName = "", ""
	i.CreatedAt = i.CreatedAt.UTC()
	return i
}

// edge is what the close sees of a link.
type edge struct{ Invoice, Amount, Currency, Status string }

func confirmed(links []record.Link, transaction string) []edge {
	var edges []edge
	for _, l := range links {
		if l.TransactionID == transaction {
			edges = append(edges, edge{l.InvoiceID, l.Amount, l.Currency, string(l.Status)})
		}
	}
	return edges
}

// Facts is the hash of everything that the checks of a group look at: who has
// seen the same facts has found the same.
func (g Group) Facts() string {
	for _, list := range [][]record.MonthInvoice{g.Invoices, g.Linked, g.Late} {
		for n := range list {
			list[n].CreatedAt = list[n].CreatedAt.UTC()
		}
	}
	edges := []any{}
	for _, l := range g.Links {
		edges = append(edges, []any{l.ID, l.InvoiceID, l.TransactionID, l.Amount, l.Currency, l.Status, l.IsPartial})
	}
	return hash(g.Key, g.Name, g.Transactions, g.Invoices, g.Linked, g.Late, edges, g.Earlier, g.Accounts)
}

// Snapshot is the hash of a month: of its rows, group by group, and of what was
// waived. Rows of other months are no part of it, nor is the payment of an invoice.
func (b Books) Snapshot(waivers []record.Waiver) string {
	groups := map[string][]Row{}
	for _, g := range b.Groups {
		if rows := g.Rows(); len(rows) > 0 {
			groups[g.Key] = rows
		}
	}
	waived := []string{}
	for _, w := range waivers {
		waived = append(waived, w.ID+" "+w.Fingerprint+" "+w.State)
	}
	slices.Sort(waived)
	return "sha256:" + hash(b.Month, groups, b.Dropped, waived)
}

// DroppedHashes are the hashes of the groups that no supplier owes a document for.
func (b Books) DroppedHashes() map[string]string {
	out := map[string]string{}
	for key, rows := range b.Dropped {
		out[key] = hash(rows)[:16]
	}
	return out
}

// Partition proves that every row of the month stands in exactly one group.
type Partition struct {
	Transactions int            `json:"transactions"` // of the month
	Documents    int            `json:"documents"`
	InSubtasks   int            `json:"in_subtasks"` // transactions with a counterparty
	Dropped      map[string]int `json:"dropped"`
	Twice        []string       `json:"twice"`    // ids in more than one group
	LeftOut      []string       `json:"left_out"` // ids in none
}

// Complete reports whether the partition is one.
func (p Partition) Complete() bool { return len(p.Twice)+len(p.LeftOut) == 0 }

// Prove counts the rows of the month by the groups that they stand in.
func (b Books) Prove(m record.Month) Partition {
	p := Partition{Transactions: len(m.Transactions), Documents: len(m.Invoices), Dropped: map[string]int{}, Twice: []string{}, LeftOut: []string{}}
	seen := map[string]int{}
	for _, g := range b.Groups {
		p.InSubtasks += len(g.Transactions)
		for _, row := range g.Rows() {
			seen[row.Type+" "+row.ID]++
		}
	}
	for key, rows := range b.Dropped {
		p.Dropped[key] = len(rows)
		for _, t := range rows {
			seen[record.EntityTransaction+" "+t.ID]++
		}
	}
	for _, t := range m.Transactions {
		p.place(record.EntityTransaction+" "+t.ID, seen)
	}
	for _, i := range m.Invoices {
		p.place(record.EntityInvoice+" "+i.ID, seen)
	}
	p.Twice = append(p.Twice, slices.Sorted(maps.Keys(seen))...) // of no row of the month
	return p
}

// place counts a row off what was seen.
func (p *Partition) place(row string, seen map[string]int) {
	switch n := seen[row]; {
	case n == 0:
		p.LeftOut = append(p.LeftOut, row)
	case n > 1:
		p.Twice = append(p.Twice, row)
	}
	delete(seen, row)
}

// hash is the SHA-256 of values as JSON, in hex. The values are rows with their
// fields in a fixed order and lists that are sorted.
func hash(values ...any) string {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(values); err != nil {
		panic(fmt.Sprintf("closing: a row that is no JSON: %v", err)) // texts and numbers always are
	}
	return hex.EncodeToString(h.Sum(nil))
}
