package world

import (
	"slices"
	"time"
)

// plant puts the wanted defects into a month, each with a supplier of its own.
func (w *World) plant(month time.Time) {
	for _, code := range Codes() {
		for range w.Defects[code] {
			s := w.victim(code)
			if s == nil {
				return // more defects than suppliers
			}
			s.planted = true
			entity := w.defect(code, s, month)
			w.Truth = append(w.Truth, Defect{Code: code, Company: s.ID, Entity: entity})
		}
	}
}

// victim is a supplier for a defect: a subscription, which is in every month, as
// long as there is one that has none yet.
func (w *World) victim(code string) *supplier {
	for _, s := range w.suppliers {
		if !s.planted && s.habit == subscription {
			return s
		}
	}
	if code == "USUAL_MISSING" || code == "PERIOD_ELSEWHERE" || code == "IBAN_CHANGED" || code == "CURRENCY_CHANGED" {
		return nil // these need a history
	}
	for _, s := range w.suppliers {
		if !s.planted && s.habit != foreign {
			return s
		}
	}
	return nil
}

// defect makes one defect and says which row it is about.
func (w *World) defect(code string, s *supplier, month time.Time) string {
	day := month.AddDate(0, 0, 6+w.random.IntN(10))
	switch code {
	case "USUAL_MISSING":
		w.remove(s, month)
		return s.ID
	case "MISSING_INVOICE":
		w.Entries = append(w.Entries, Entry{
			ID: w.id("t"), Account: Account, Type: "PMNT/CCRD/POSD", Name: w.label(s), Text: "Karte", Day: day, Amount: -w.amount(90), Currency: "EUR",
		})
		return w.Entries[len(w.Entries)-1].ID
	case "LATE_DOCUMENT":
		i := w.invoice(s, month.AddDate(0, 0, -5))
		i.Created = w.SignedAt.Add(50 * time.Hour)
		i.Lines[0].From, i.Lines[0].To = time.Time{}, time.Time{}
		return i.ID
	case "DUPLICATE_INVOICE":
		return w.duplicate(s, day)
	}
	i := w.invoice(s, day)
	i.Lines[0].From, i.Lines[0].To = time.Time{}, time.Time{}
	switch code {
	case "NO_DUE_DATE":
		i.Due = time.Time{}
	case "RESIDUAL":
		e := w.pay(s, i, day, i.Gross, false)
		e.Amount -= 250 + w.random.Int64N(900) // the bank took a fee of it
		i.Paid = true
		return e.ID
	case "PERIOD_ELSEWHERE":
		i.Lines[0].From, i.Lines[0].To = month.AddDate(0, -5, 0), month.AddDate(0, -4, -1)
	case "VAT_MISSING":
		i.Tax, i.Net = -1, i.Gross
	case "VAT_ARITHMETIC":
		i.Gross += 100 + w.random.Int64N(900)
	case "PROVISIONAL_EDGE":
		w.pay(s, i, day, i.Gross, false)
		w.Links[len(w.Links)-1].Proposed = true
	case "INVOICE_DRAFT":
		i.Draft = true
	case "IBAN_CHANGED":
		i.IBAN = w.iban()
	case "CURRENCY_CHANGED":
		i.Currency = "GBP"
	}
	return i.ID
}

// duplicate enters an invoice twice: the second copy under the same number, or
// without one.
func (w *World) duplicate(s *supplier, day time.Time) string {
	first := *w.invoice(s, day)
	second := w.invoice(s, day)
	id, created := second.ID, second.Created
	*second = first
	second.ID, second.Created = id, created
	if w.random.IntN(2) == 0 {
		second.Number = ""
	}
	for _, n := range []int{len(w.Invoices) - 1, len(w.Invoices) - 2} {
		w.Invoices[n].Lines = []Line{{Net: first.Net, Rate: s.rate}}
	}
	return id
}

// remove takes all rows of a supplier out of a month, and what hangs on them.
func (w *World) remove(s *supplier, month time.Time) {
	in := func(day time.Time) bool { return day.Year() == month.Year() && day.Month() == month.Month() }
	gone := map[string]bool{}
	for _, i := range w.Invoices {
		gone[i.ID] = i.Company == s.ID && in(i.Day)
	}
	for _, e := range w.Entries {
		gone[e.ID] = e.IBAN == s.iban && in(e.Day)
	}
	open := map[string]bool{}
	for _, l := range w.Links {
		gone[l.Entry] = gone[l.Entry] || gone[l.Invoice]
		open[l.Invoice] = open[l.Invoice] || gone[l.Entry]
	}
	for n := range w.Invoices { // what was paid in the month is open again
		w.Invoices[n].Paid = w.Invoices[n].Paid && !open[w.Invoices[n].ID]
	}
	w.Invoices = slices.DeleteFunc(w.Invoices, func(i Invoice) bool { return gone[i.ID] })
	w.Entries = slices.DeleteFunc(w.Entries, func(e Entry) bool { return gone[e.ID] })
	w.Links = slices.DeleteFunc(w.Links, func(l Link) bool { return gone[l.Invoice] || gone[l.Entry] })
}
