package closing

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/record"
)

// 4: what a document is for covers the month. A supplier that always bills so
// long before or after is no finding.
func (g Group) documentPeriod(month string) (found []Finding, applies bool) {
	usual := map[int]bool{}
	for _, r := range g.Earlier {
		if end := monthOf(r.PeriodEnd); r.Kind == record.EntityInvoice && end != "" {
			usual[between(r.Month, end)] = true
		}
	}
	for _, i := range g.Invoices {
		from, to := period(i)
		if to == "" || i.Direction == "outbound" {
			continue
		}
		applies = true
		if from <= month && month <= to || usual[between(month, to)] {
			continue
		}
		found = append(found, Finding{
			Code: "PERIOD_ELSEWHERE", EntityType: record.EntityInvoice, EntityID: i.ID, Amount: i.Gross, Currency: i.Currency,
			Words: fmt.Sprintf("is for %s to %s, not for this month: %s", from, to, g.invoiceWords(i)),
		})
	}
	return found, applies
}

// period is the first and the last month that the lines of an invoice are for;
// empty where they do not say.
func period(i record.MonthInvoice) (from, to string) {
	for _, l := range i.Lines {
		start, end := monthOf(cmp.Or(l.From, l.To)), monthOf(cmp.Or(l.To, l.From))
		if start != "" && (from == "" || start < from) {
			from = start
		}
		to = max(to, end)
	}
	return from, to
}

// between is how many months lie from one month to another.
func between(from, to string) int {
	a, errA := ParseMonth(from)
	b, errB := ParseMonth(to)
	if errA != nil || errB != nil {
		return 0
	}
	return 12*(b.Year()-a.Year()) + int(b.Month()) - int(a.Month())
}

// 5: no document stands twice: the same number of the same supplier, or the same
// amount on the same day where a number is missing. Two numbers make two documents.
func (g Group) noDuplicate(string) (found []Finding, applies bool) {
	type row struct {
		id, number, amount, day string
		copied                  bool // it has no number and is the copy of another already
	}
	var rows []row
	for _, r := range g.Earlier {
		if r.Kind == record.EntityInvoice {
			rows = append(rows, row{id: r.ID, number: plainNumber(r.Number), amount: absolute(r.Amount) + r.Currency, day: r.Day})
		}
	}
	invoices := slices.Clone(g.Invoices)
	slices.SortStableFunc(invoices, func(a, b record.MonthInvoice) int { return cmp.Compare(a.Day, b.Day) })
	for _, i := range invoices {
		if i.CompanyID == "" {
			continue // nobody's documents have no supplier in common
		}
		applies = true
		me := row{id: i.ID, number: plainNumber(i.Number), amount: absolute(i.Gross) + i.Currency, day: i.Day}
		for n, other := range rows {
			sameNumber := me.number != "" && me.number == other.number
			sameSum := (me.number == "" || other.number == "") && !other.copied && i.Gross != "" && me.amount == other.amount && me.day != "" && me.day == other.day
			if sameNumber || sameSum {
				// Of two equal bills with numbers a copy without one is the copy of one only.
				me.copied, rows[n].copied = me.number == "", other.number == "" && me.number != ""
				found = append(found, Finding{
					Code: "DUPLICATE_INVOICE", EntityType: record.EntityInvoice, EntityID: i.ID, Also: other.id, Amount: i.Gross, Currency: i.Currency,
					Words: "stands twice, one of the two must go: " + g.invoiceWords(i),
				})
				break
			}
		}
		rows = append(rows, me)
	}
	return found, applies
}

// 6: VAT is stated, if only as zero, and net and VAT make the total.
func (g Group) vat(string) (found []Finding, applies bool) {
	for _, i := range g.Invoices {
		if i.Status == "draft" || i.Direction == "outbound" {
			continue
		}
		applies = true
		if code, words := vatFault(i); code != "" {
			found = append(found, Finding{
				Code: code, EntityType: record.EntityInvoice, EntityID: i.ID, Amount: i.Gross, Currency: i.Currency,
				Words: words + ": " + g.invoiceWords(i),
			})
		}
	}
	return found, applies
}

// vatFault says what is wrong with the VAT of an invoice; empty for nothing.
func vatFault(i record.MonthInvoice) (code, words string) {
	tax, err := decimal.Parse(i.Tax)
	if err != nil {
		return "VAT_MISSING", "states no VAT"
	}
	net, errNet := decimal.Parse(i.Net)
	gross, errGross := decimal.Parse(i.Gross)
	if errNet != nil || errGross != nil {
		return "", "" // nothing to add up
	}
	sum, err := net.Add(tax)
	if err != nil {
		return "", ""
	}
	if sum.Cmp(gross) != 0 {
		return "VAT_ARITHMETIC", fmt.Sprintf("net %s and VAT %s do not make %s", net, tax, gross)
	}
	if want, ok := vatOfLines(i, net); ok {
		off, err := want.Sub(tax)
		// Each line may be rounded by half a cent, the total once more.
		slack, _ := decimal.New(int64(2+len(i.Lines)), 2)
		if err == nil && off.CmpAbs(slack) > 0 {
			return "VAT_ARITHMETIC", fmt.Sprintf("the rates of its lines make %s of VAT, it states %s", want.Round(2), tax)
		}
	}
	return "", ""
}

// vatOfLines is the VAT that the rates of the lines make. It cannot be told where
// a line lacks a rate or the lines are not all of the net amount.
func vatOfLines(i record.MonthInvoice, net decimal.Decimal) (vat decimal.Decimal, ok bool) {
	var sum decimal.Decimal
	for _, l := range i.Lines {
		total, err := decimal.Parse(l.Total)
		rate, errRate := decimal.Parse(l.Rate)
		if err != nil || errRate != nil {
			return vat, false
		}
		if sum, err = sum.Add(total); err != nil {
			return vat, false
		}
		part, err := total.Mul(rate)
		if err != nil {
			return vat, false
		}
		if part, err = part.Quo(decimal.Hundred); err != nil {
			return vat, false
		}
		if vat, err = vat.Add(part); err != nil {
			return vat, false
		}
	}
	return vat, len(i.Lines) > 0 && sum.Cmp(net) == 0
}

// 7: who was seen in three of the four months before is seen in this one too.
func (g Group) usualSupplier(month string) (found []Finding, applies bool) {
	months := monthsOf(g.Earlier)
	if g.Key == Unnamed || len(months) < usualMonths {
		return nil, false
	}
	if slices.ContainsFunc(g.Transactions, isExpense) || slices.ContainsFunc(g.Invoices, func(i record.MonthInvoice) bool { return i.Direction != "outbound" }) {
		return nil, true
	}
	return []Finding{{
		Code: "USUAL_MISSING", EntityType: record.EntityCompany, EntityID: g.CompanyID,
		Words: fmt.Sprintf("%s was seen in %d of the 4 months before and not in this one", g.title(), len(months)),
	}}, true
}

// 10: neither the account nor the currency of a counterparty is a new one.
func (g Group) unchangedBank(string) (found []Finding, applies bool) {
	known, currencies := map[string]bool{}, map[string]bool{}
	for _, iban := range g.Accounts {
		known[iban] = true
	}
	for _, r := range g.Earlier {
		if r.IBAN != "" {
			known[r.IBAN] = true
		}
		if r.Kind == record.EntityInvoice && r.Currency != "" {
			currencies[r.Currency] = true
		}
	}
	told := map[string]bool{}
	iban := func(entityType, id, iban string) {
		if iban == "" || len(known) == 0 {
			return
		}
		applies = true
		if !known[iban] && !told[iban] {
			told[iban] = true
			found = append(found, Finding{
				Code: "IBAN_CHANGED", EntityType: entityType, EntityID: id, Also: iban,
				Words: fmt.Sprintf("%s wants its money on %s, an account that it never had before", g.title(), iban),
			})
		}
	}
	for _, i := range g.Invoices {
		if i.Direction == "outbound" {
			continue
		}
		for _, a := range i.IBANs {
			iban(record.EntityInvoice, i.ID, a)
		}
		if i.Currency == "" || len(currencies) == 0 {
			continue
		}
		applies = true
		if !currencies[i.Currency] && !told[i.Currency] {
			told[i.Currency] = true
			found = append(found, Finding{
				Code: "CURRENCY_CHANGED", EntityType: record.EntityInvoice, EntityID: i.ID, Also: i.Currency, Amount: i.Gross, Currency: i.Currency,
				Words: fmt.Sprintf("%s never billed in %s before: %s", g.title(), i.Currency, g.invoiceWords(i)),
			})
		}
	}
	for _, t := range g.Transactions {
		if isExpense(t) {
			iban(record.EntityTransaction, t.ID, t.IBAN)
		}
	}
	return found, applies
}

// DayIn reports whether a day, YYYY-MM-DD, is in a month, YYYY-MM.
func DayIn(day, month string) bool {
	_, err := time.Parse(time.DateOnly, day)
	return err == nil && day[:7] == month
}
