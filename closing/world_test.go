package closing_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/demo/world"
	"github.com/enrichd/enrichd/record"
)

// monthOf are the rows of a world's month as the store would read them.
func monthOf(w *world.World, label string) record.Month {
	start, _ := time.Parse("2006-01", label)
	end := start.AddDate(0, 1, 0)
	in := func(day time.Time) bool { return !day.Before(start) && day.Before(end) }
	earlier := func(day time.Time) bool { return !day.Before(start.AddDate(0, -4, 0)) && day.Before(start) }
	m := record.Month{Label: label, OwnAccounts: []string{world.Account, world.Savings}, Signed: map[string]time.Time{start.AddDate(0, -1, 0).Format("2006-01"): w.SignedAt}}
	names, company, mine := map[string]string{}, map[string]string{}, map[string]bool{}
	for _, c := range w.Companies {
		m.Companies, names[c.ID] = append(m.Companies, record.Company{ID: c.ID, Name: c.Name, IsOwn: c.Own}), c.Name
	}
	entries, since := map[string]world.Entry{}, map[[2]string]string{}
	for _, e := range w.Entries {
		entries[e.ID] = e
		if in(e.Day) {
			m.Transactions = append(m.Transactions, transaction(e))
			mine[e.ID] = true
		}
	}
	for _, i := range w.Invoices {
		company[i.ID] = i.Company
		key := [2]string{i.Company, i.IBAN}
		if since[key] == "" || i.Day.Format(time.DateOnly) < since[key] {
			since[key] = i.Day.Format(time.DateOnly)
		}
		switch late := i.Day.Before(start) && i.Created.After(w.SignedAt) && !i.Day.Before(start.AddDate(0, -1, 0)); {
		case in(i.Day):
			m.Invoices, mine[i.ID] = append(m.Invoices, invoice(i, names)), true
		case late:
			m.Late = append(m.Late, invoice(i, names))
		}
		if earlier(i.Day) {
			m.Earlier = append(m.Earlier, record.EarlierRow{
				Kind: "invoice", ID: i.ID, CompanyID: i.Company, Month: i.Day.Format("2006-01"), Currency: i.Currency, Number: i.Number,
				Amount: world.Decimal(i.Gross), Day: i.Day.Format(time.DateOnly), PeriodEnd: periodEnd(i),
			})
		}
	}
	for key, day := range since {
		m.Accounts = append(m.Accounts, record.SupplierAccount{CompanyID: key[0], IBAN: key[1], Since: day})
	}
	linked, payer := map[string]bool{}, map[string]string{}
	for _, l := range w.Links {
		payer[l.Entry] = company[l.Invoice]
		linked[l.Invoice] = linked[l.Invoice] || mine[l.Entry] || mine[l.Invoice]
	}
	for n, l := range w.Links {
		if linked[l.Invoice] {
			m.Links = append(m.Links, link(n, l))
		}
	}
	for _, i := range w.Invoices {
		if linked[i.ID] && !mine[i.ID] {
			m.Linked = append(m.Linked, invoice(i, names))
		}
	}
	for _, e := range w.Entries {
		if earlier(e.Day) && e.Amount < 0 && !e.Pending {
			m.Earlier = append(m.Earlier, record.EarlierRow{
				Kind: "transaction", ID: e.ID, CompanyID: payer[e.ID], Month: e.Day.Format("2006-01"), Type: e.Type, Name: e.Name, IBAN: e.IBAN, Currency: e.Currency,
				Amount: world.Decimal(e.Amount), Day: e.Day.Format(time.DateOnly),
			})
		}
	}
	return m
}

func transaction(e world.Entry) record.MonthTransaction {
	status := "booked"
	if e.Pending {
		status = "pending"
	}
	return record.MonthTransaction{
		ID: e.ID, Account: e.Account, Type: e.Type, Status: status, Amount: world.Decimal(e.Amount), Currency: e.Currency,
		Day: e.Day.Format(time.DateOnly), Name: e.Name, IBAN: e.IBAN, Remittance: e.Text, IsReversal: e.Reversal,
	}
}

func invoice(i world.Invoice, names map[string]string) record.MonthInvoice {
	v := record.MonthInvoice{
		ID: i.ID, Number: i.Number, CompanyID: i.Company, CompanyName: names[i.Company], Direction: "inbound", Status: "issued", TypeCode: "380",
		Day: i.Day.Format(time.DateOnly), Currency: i.Currency, Net: world.Decimal(i.Net), Gross: world.Decimal(i.Gross), PaymentStatus: "unpaid",
		IBANs: []string{i.IBAN}, CreatedAt: i.Created,
	}
	if i.Tax >= 0 {
		v.Tax = world.Decimal(i.Tax)
	}
	if i.Draft {
		v.Status = "draft"
	}
	if i.Paid {
		v.PaymentStatus = "paid"
	}
	if !i.Due.IsZero() {
		v.Due = i.Due.Format(time.DateOnly)
	}
	for _, l := range i.Lines {
		line := record.MonthLine{Total: world.Decimal(l.Net), Rate: fmt.Sprint(l.Rate)}
		if !l.To.IsZero() {
			line.From, line.To = l.From.Format(time.DateOnly), l.To.Format(time.DateOnly)
		}
		v.Lines = append(v.Lines, line)
	}
	return v
}

func periodEnd(i world.Invoice) string {
	end := ""
	for _, l := range i.Lines {
		if !l.To.IsZero() {
			end = max(end, l.To.Format(time.DateOnly))
		}
	}
	return end
}

func link(n int, l world.Link) record.Link {
	status := record.LinkConfirmed
	if l.Proposed {
		status = record.LinkProvisional
	}
	return record.Link{
		ID: fmt.Sprintf("l-%06d", n), InvoiceID: l.Invoice, TransactionID: l.Entry, Amount: world.Decimal(l.Amount), Currency: l.Currency, IsPartial: l.Partial, Status: status,
	}
}

// defects puts n of each code into a world.
func defects(n int) map[string]int {
	out := map[string]int{}
	for _, code := range world.Codes() {
		out[code] = n
	}
	return out
}

// Defects of all eleven checks are found, every one, and nothing else is: on
// worlds that no one has looked at.
func TestDefectsAreFoundAndNothingElse(t *testing.T) {
	seeds, each, first := 3, 20, 1000
	if os.Getenv("ENRICHD_FIGURES") != "" {
		seeds, first = 200, 50_000 // others than those that it was mended on
	}
	found, planted, wrong, rows := map[string]int{}, map[string]int{}, 0, 0
	for n := range seeds {
		w := world.New(world.Options{Seed: uint64(first + n), First: "2025-01", Months: 8, Suppliers: 800, Defects: defects(each)})
		m := monthOf(w, w.Last())
		books := closing.Part(m)
		if p := books.Prove(m); !p.Complete() {
			t.Fatalf("seed %d: %d rows stand twice, %d nowhere", w.Seed, len(p.Twice), len(p.LeftOut))
		}
		rows += len(m.Transactions) + len(m.Invoices)
		missing := map[string]world.Defect{}
		for _, d := range w.Truth {
			missing[d.Code+" "+d.Company], planted[d.Code] = d, planted[d.Code]+1
		}
		for _, g := range books.Groups {
			for _, c := range g.Checks(m.Label, decimal.Zero) {
				for _, f := range c.Findings {
					key := f.Code + " " + g.CompanyID
					d, ok := missing[key]
					if !ok || d.Entity != f.EntityID && f.Code != "DUPLICATE_INVOICE" && f.Code != "PROVISIONAL_EDGE" {
						wrong++
						t.Errorf("seed %d: not planted: %s %s at %s: %s", w.Seed, f.Code, f.EntityID, g.Name, f.Words)
						continue
					}
					delete(missing, key)
					found[f.Code]++
				}
			}
		}
		for key, d := range missing {
			t.Errorf("seed %d: not found: %s %s", w.Seed, key, d.Entity)
		}
	}
	for _, code := range world.Codes() {
		if planted[code] < 20 {
			t.Errorf("%s was planted %d times: that proves nothing", code, planted[code])
		}
		t.Logf("%-18s %5d planted, %5d found", code, planted[code], found[code])
	}
	t.Logf("%d worlds, %d rows of their last months, %d false", seeds, rows, wrong)
}

// The order in which rows come changes nothing.
func TestTheOrderOfRowsChangesNothing(t *testing.T) {
	w := world.New(world.Options{Seed: 7, First: "2025-01", Months: 6, Suppliers: 120, Defects: defects(2)})
	m := monthOf(w, w.Last())
	want := closing.Part(m)
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 1))
		for _, swap := range []func(){
			shuffle(r, m.Transactions), shuffle(r, m.Invoices), shuffle(r, m.Links), shuffle(r, m.Linked), shuffle(r, m.Earlier), shuffle(r, m.Accounts), shuffle(r, m.Companies), shuffle(r, m.Late),
		} {
			swap()
		}
		got := closing.Part(m)
		if got.Snapshot(nil) != want.Snapshot(nil) {
			t.Fatal("another order gave another snapshot")
		}
		for n, g := range got.Groups {
			if g.Facts() != want.Groups[n].Facts() {
				t.Fatalf("another order gave other facts of %s", g.Name)
			}
		}
	}
}

func shuffle[T any](r *rand.Rand, rows []T) func() {
	return func() { r.Shuffle(len(rows), func(a, b int) { rows[a], rows[b] = rows[b], rows[a] }) }
}

// What one counterparty's subtask reads is what the whole month says of it.
func TestAPartIsTheGroupOfTheWhole(t *testing.T) {
	w := world.New(world.Options{Seed: 9, First: "2025-01", Months: 6, Suppliers: 120, Defects: defects(2)})
	m := monthOf(w, w.Last())
	for _, g := range closing.Part(m).Groups {
		part := m
		mine := map[string]bool{}
		for _, t := range g.Transactions {
			mine[t.ID] = true
		}
		for _, i := range slices.Concat(g.Invoices, g.Late) {
			mine[i.ID] = true
		}
		for _, r := range g.Earlier {
			mine[r.ID] = true
		}
		part.Transactions = slices.DeleteFunc(slices.Clone(m.Transactions), func(t record.MonthTransaction) bool { return !mine[t.ID] })
		part.Invoices = slices.DeleteFunc(slices.Clone(m.Invoices), func(i record.MonthInvoice) bool { return !mine[i.ID] })
		part.Late = slices.DeleteFunc(slices.Clone(m.Late), func(i record.MonthInvoice) bool { return !mine[i.ID] })
		part.Earlier = slices.DeleteFunc(slices.Clone(m.Earlier), func(r record.EarlierRow) bool { return !mine[r.ID] })
		part.Companies, part.OwnAccounts = nil, nil
		if got := closing.Whole(part, closing.Group{Key: g.Key, CompanyID: g.CompanyID, Name: g.Name}); got.Facts() != g.Facts() {
			t.Errorf("%s: its part has other facts", cmp.Or(g.Name, g.Key))
		}
	}
}
