// Package world invents workspaces with their books and their truth.
//
// A world is what a small firm's books look like over many months: suppliers with
// habits, invoices, bank entries, confirmed links between them, and what disturbs
// every reader of such books: lumps, instalments, fees, foreign currency, own
// transfers, salaries, reversals, two equal receipts of one day. Into one month it
// puts defects, each noted in Truth. The same options give the same world. It
// shares no code with what is tested on it; its distributions are written down in
// docs/world.md.
package world

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Options of New.
type Options struct {
	Seed      uint64
	First     string // first month, YYYY-MM
	Months    int    // how many
	Suppliers int
	// Defects says how many of each code to put into the last month; see Codes.
	Defects map[string]int
}

// World is the books of one workspace.
type World struct {
	Options
	Companies []Company
	Invoices  []Invoice
	Entries   []Entry
	Links     []Link
	Truth     []Defect
	// SignedAt is when the month before the last was signed off.
	SignedAt time.Time

	random    *rand.Rand
	suppliers []*supplier
}

// Company is a supplier, a customer, or the firm itself.
type Company struct {
	ID, Name string
	Own      bool
}

// Invoice is an invoice. Amounts are cents; a Tax of -1 is not stated.
type Invoice struct {
	ID, Number, Company string
	Outbound            bool
	Draft               bool
	Credit              bool
	Day                 time.Time
	Due                 time.Time // zero: none is stated
	Currency            string
	Net, Tax, Gross     int64
	IBAN                string
	Lines               []Line
	Paid                bool
	Created             time.Time
}

// Line is a line of an invoice.
type Line struct {
	Net      int64
	Rate     int       // percent
	From, To time.Time // zero where it does not say
}

// Entry is a bank entry. Amount is signed cents.
type Entry struct {
	ID, Account, Type, Name, IBAN, Text string
	Day                                 time.Time
	Amount                              int64
	Currency                            string
	Pending, Reversal                   bool
}

// Link is an edge between an invoice and an entry; Amount is cents of Currency.
type Link struct {
	Invoice, Entry string
	Amount         int64
	Currency       string
	Partial        bool
	Proposed       bool // not confirmed
}

// Defect is one planted gap.
type Defect struct {
	Code, Company, Entity string
}

// Codes lists the defects that can be planted: at least one for each of the
// eleven checks.
func Codes() []string {
	return []string{
		"MISSING_INVOICE", "NO_DUE_DATE", "RESIDUAL", "PERIOD_ELSEWHERE", "DUPLICATE_INVOICE", "VAT_MISSING", "VAT_ARITHMETIC",
		"USUAL_MISSING", "PROVISIONAL_EDGE", "INVOICE_DRAFT", "IBAN_CHANGED", "CURRENCY_CHANGED", "LATE_DOCUMENT",
	}
}

// Account is the firm's bank account, Savings its second one.
const (
	Account = "DE89370400440532013000"
	Savings = "DE02120300000000202051"
)

// New invents a world.
func New(o Options) *World {
	w := &World{Options: o, random: rand.New(rand.NewPCG(o.Seed, 0x5eed))}
	w.Companies = append(w.Companies, Company{ID: w.id("c"), Name: "Tischlerei Abendroth GmbH", Own: true})
	for range o.Suppliers {
		w.addSupplier()
	}
	first, err := time.Parse("2006-01", o.First)
	if err != nil {
		first = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	for m := range o.Months {
		month := first.AddDate(0, m, 0)
		for _, s := range w.suppliers {
			w.trade(s, month, m)
		}
		w.disturb(month)
	}
	w.keepHabits(first)
	w.SignedAt = first.AddDate(0, o.Months-1, 12)
	w.plant(first.AddDate(0, o.Months-1, 0))
	return w
}

// Last is the label of the last month, YYYY-MM.
func (w *World) Last() string {
	first, err := time.Parse("2006-01", w.First)
	if err != nil {
		return ""
	}
	return first.AddDate(0, w.Months-1, 0).Format("2006-01")
}

// id is a uuid that the seed decides.
func (w *World) id(string) string {
	a, b := w.random.Uint64(), w.random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(a), uint16(a>>32), uint16(a>>48)&0xfff, uint16(b)&0xfff, b>>16)
}

// iban is an account number that looks like one: two letters, digits.
func (w *World) iban() string {
	return fmt.Sprintf("DE%02d%018d", 10+w.random.IntN(89), w.random.Int64N(1e18))
}

// amount is in cents, log-normal about a median: most are small, few are large.
func (w *World) amount(median float64) int64 {
	x := median
	for range 4 {
		x *= 0.65 + 0.75*w.random.Float64()
	}
	return max(int64(x*100), 199)
}

// Decimal writes cents as a decimal.
func Decimal(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s%d.%02d", sign, cents/100, cents%100)
}
