package world

import (
	"fmt"
	"slices"
	"time"
)

// habit is how a supplier bills and is paid.
type habit int

const (
	subscription habit = iota // the same sum on the same day of every month
	utility                   // every month, another sum, for the month before
	goods                     // some months, some invoices
	occasional                // now and then
	foreign                   // every month, in dollars
)

type supplier struct {
	Company
	habit   habit
	number  string // how its invoice numbers begin
	count   int
	iban    string
	sum     int64 // net cents of a subscription
	rate    int   // VAT, percent
	day     int
	terms   int // days until payment
	lumps   bool
	planted bool // it has its defect already
	visible map[string]bool
	pending []string // invoices that wait for a lump
}

var (
	heads = []string{"Holz", "Metall", "Wolken", "Licht", "Wasser", "Papier", "Stadt", "Nord", "Ost", "Berg", "Tal", "Fluss", "Stern", "Anker", "Feder", "Kessel", "Linden", "Eichen", "Birken", "Rosen"}
	tails = []string{"werk", "handel", "bau", "technik", "logistik", "dienst", "haus", "hof", "kontor", "druck", "netz", "markt", "service", "vertrieb", "labor", "optik"}
	forms = []string{" GmbH", " AG", " KG", " OHG", " SE", " UG", ""}
)

// addSupplier invents a supplier: of twenty 7 are subscriptions, 2 utilities, 6
// sell goods, 4 are occasional, 1 is foreign.
func (w *World) addSupplier() {
	n := len(w.suppliers)
	name := fmt.Sprintf("%s%s %d%s", heads[w.random.IntN(len(heads))], tails[w.random.IntN(len(tails))], n+1, forms[w.random.IntN(len(forms))])
	habits := []habit{
		subscription, subscription, subscription, subscription, subscription, subscription, subscription, utility, utility, goods,
		goods, goods, goods, goods, goods, occasional, occasional, occasional, occasional, foreign,
	}
	s := &supplier{
		Company: Company{ID: w.id("c"), Name: name}, habit: habits[n%len(habits)], number: fmt.Sprintf("%c%c", 'A'+rune(n%26), 'A'+rune(n/26%26)),
		iban: w.iban(), sum: w.amount(60), rate: []int{19, 19, 19, 7, 0}[w.random.IntN(5)], day: 1 + w.random.IntN(24), terms: 1 + w.random.IntN(20),
		lumps: w.random.IntN(4) == 0, visible: map[string]bool{},
	}
	w.suppliers, w.Companies = append(w.suppliers, s), append(w.Companies, s.Company)
}

// trade is what one supplier does in one month.
func (w *World) trade(s *supplier, month time.Time, m int) {
	switch s.habit {
	case subscription, utility, foreign:
		w.bill(s, month, s.day, 0)
	case goods:
		for n := range []int{0, 1, 1, 1, 2, 2, 3, 4}[w.random.IntN(8)] {
			w.bill(s, month, 1+w.random.IntN(26), n)
		}
		w.lump(s, month)
	case occasional:
		if w.random.IntN(6) == 0 || m == 0 && w.random.IntN(3) == 0 {
			w.bill(s, month, 1+w.random.IntN(26), 0)
		}
	}
}

// invoice makes an invoice of a supplier, with no payment yet.
func (w *World) invoice(s *supplier, day time.Time) *Invoice {
	s.count++
	net := s.sum
	if s.habit != subscription {
		net = w.amount(180)
	}
	i := Invoice{
		ID: w.id("i"), Number: fmt.Sprintf("%s-%d-%04d", s.number, day.Year(), s.count), Company: s.ID, Day: day, Due: day.AddDate(0, 0, 14+s.terms),
		Currency: "EUR", IBAN: s.iban, Created: day.Add(time.Duration(1+w.random.IntN(48)) * time.Hour),
	}
	if s.habit == foreign {
		i.Currency = "USD"
	}
	i.Lines = w.lines(s, net, day)
	for _, l := range i.Lines {
		i.Net += l.Net
		i.Tax += (l.Net*int64(l.Rate) + 50) / 100
	}
	i.Gross = i.Net + i.Tax
	w.Invoices = append(w.Invoices, i)
	s.visible[day.Format("2006-01")] = true
	return &w.Invoices[len(w.Invoices)-1]
}

// lines parts a net sum into one to three lines. Subscriptions are for their own
// month, utilities for the one before.
func (w *World) lines(s *supplier, net int64, day time.Time) []Line {
	l := Line{Net: net, Rate: s.rate}
	start := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	switch s.habit {
	case utility:
		start = start.AddDate(0, -1, 0)
		fallthrough
	case subscription:
		l.From, l.To = start, start.AddDate(0, 1, -1)
		return []Line{l}
	}
	if net < 5000 || w.random.IntN(3) == 0 {
		return []Line{l}
	}
	part := net / int64(2+w.random.IntN(3))
	rest := Line{Net: net - part, Rate: s.rate}
	l.Net = part
	return []Line{l, rest}
}

// bill makes an invoice and what pays it: at once, in two instalments, with other
// invoices of the month, in another currency, or not yet.
func (w *World) bill(s *supplier, month time.Time, day, n int) {
	i := w.invoice(s, month.AddDate(0, 0, day-1))
	switch draw := w.random.IntN(100); {
	case s.habit == goods && s.lumps:
		s.pending = append(s.pending, i.ID)
	case s.habit == goods && draw < 8:
		// Open: it has a day on which it is due.
	case s.habit == goods && draw < 16:
		half := i.Gross / 2
		w.pay(s, i, i.Day.AddDate(0, 0, 3), half, true)
		w.pay(s, i, i.Day.AddDate(0, 0, 3+s.terms), i.Gross-half, true)
		i.Paid = true
	case i.Currency != "EUR":
		w.pay(s, i, i.Day.AddDate(0, 0, s.terms), i.Gross*int64(900+w.random.IntN(60))/1000, false)
		i.Paid = true
	default:
		w.pay(s, i, i.Day.AddDate(0, 0, s.terms), i.Gross, false)
		i.Paid = true
	}
}

// pay makes a bank entry for an invoice, and their link.
func (w *World) pay(s *supplier, i *Invoice, day time.Time, cents int64, partial bool) *Entry {
	w.Entries = append(w.Entries, Entry{
		ID: w.id("t"), Account: Account, Type: "PMNT/ICDT/ESCT", Name: w.label(s), IBAN: s.iban, Text: "Rechnung " + i.Number, Day: day, Amount: -cents, Currency: "EUR",
	})
	e := &w.Entries[len(w.Entries)-1]
	w.Links = append(w.Links, Link{Invoice: i.ID, Entry: e.ID, Amount: cents, Currency: "EUR", Partial: partial})
	s.visible[day.Format("2006-01")] = true
	return e
}

// label is a name as banks write it: one in three in upper case.
func (w *World) label(s *supplier) string {
	if w.random.IntN(3) == 0 {
		upper := []rune(s.Name)
		for n, r := range upper {
			if r >= 'a' && r <= 'z' {
				upper[n] = r - 32
			}
		}
		return string(upper)
	}
	return s.Name
}

// lump pays the waiting invoices of a supplier with one transfer.
func (w *World) lump(s *supplier, month time.Time) {
	if len(s.pending) == 0 {
		return
	}
	e := Entry{ID: w.id("t"), Account: Account, Type: "PMNT/ICDT/ESCT", Name: w.label(s), IBAN: s.iban, Text: "Sammelzahlung", Day: month.AddDate(0, 0, 26), Currency: "EUR"}
	for n := range w.Invoices {
		if i := &w.Invoices[n]; i.Company == s.ID && slices.Contains(s.pending, i.ID) {
			i.Paid = true
			e.Amount -= i.Gross
			w.Links = append(w.Links, Link{Invoice: i.ID, Entry: e.ID, Amount: i.Gross, Currency: "EUR"})
		}
	}
	s.pending = nil
	s.visible[e.Day.Format("2006-01")] = true
	w.Entries = append(w.Entries, e)
}

// disturb adds what is in every bank account and is nobody's invoice.
func (w *World) disturb(month time.Time) {
	entry := func(day int, cents int64, kind, name, iban, text string) *Entry {
		w.Entries = append(w.Entries, Entry{
			ID: w.id("t"), Account: Account, Type: kind, Name: name, IBAN: iban, Text: text, Day: month.AddDate(0, 0, day-1), Amount: cents, Currency: "EUR",
		})
		return &w.Entries[len(w.Entries)-1]
	}
	entry(28, -990, "PMNT/MDOP/CHRG", "", "", "Kontoführung")
	saved := w.amount(800)
	entry(15, -saved, "PMNT/ICDT/ESCT", "Tischlerei Abendroth GmbH", Savings, "Rücklage")
	entry(15, saved, "PMNT/RCDT/ESCT", "Tischlerei Abendroth GmbH", Account, "Rücklage").Account = Savings
	entry(27, -w.amount(2400), "PMNT/ICDT/SALA", "Maria Lindt", w.iban(), "Gehalt")
	entry(9, w.amount(1500), "PMNT/RCDT/ESCT", fmt.Sprintf("Kundin %d", w.random.IntN(1000)), w.iban(), "Auftrag")
	entry(20, -w.amount(50), "PMNT/CCRD/POSD", "Noch Nicht", "", "vorgemerkt").Pending = true
	// A payment that came back.
	name, iban, cents := fmt.Sprintf("Irrläufer %d", w.random.IntN(1e6)), w.iban(), w.amount(300)
	entry(11, -cents, "PMNT/ICDT/ESCT", name, iban, "falsches Konto")
	entry(13, cents, "PMNT/RCDT/RRTN", name, iban, "Rückgabe").Reversal = true
	// Two equal receipts of one day, both real, with numbers of their own.
	s := w.suppliers[w.random.IntN(len(w.suppliers))]
	if s.habit == goods && !s.lumps {
		day := month.AddDate(0, 0, 4)
		a := *w.invoice(s, day)
		b := w.invoice(s, day)
		b.Net, b.Tax, b.Gross, b.Lines = a.Net, a.Tax, a.Gross, a.Lines
		for _, id := range []string{a.ID, b.ID} {
			for n := range w.Invoices {
				if i := &w.Invoices[n]; i.ID == id {
					w.pay(s, i, day, i.Gross, false)
					i.Paid = true
				}
			}
		}
	}
}

// keepHabits gives those an invoice who were there in three of four months and not
// in the next: what is missing in the last month is what was planted.
func (w *World) keepHabits(first time.Time) {
	for m := 3; m < w.Months; m++ {
		month := first.AddDate(0, m, 0)
		for _, s := range w.suppliers {
			if s.visible[month.Format("2006-01")] {
				continue
			}
			seen := 0
			for back := 1; back <= 4; back++ {
				if s.visible[month.AddDate(0, -back, 0).Format("2006-01")] {
					seen++
				}
			}
			if seen >= 3 {
				i := w.invoice(s, month.AddDate(0, 0, 2))
				w.pay(s, i, i.Day, i.Gross, false)
				i.Paid = true
			}
		}
	}
}
