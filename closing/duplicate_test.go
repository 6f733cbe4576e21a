package closing_test

import (
	"slices"
	"testing"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/record"
)

// Two equal bills of one day with numbers of their own are two; a copy of one of
// them that lost its number is one duplicate, wherever it stands among them.
func TestACopyWithoutANumberIsTheCopyOfOne(t *testing.T) {
	bill := func(id, number string) record.MonthInvoice {
		return record.MonthInvoice{
			ID: id, Number: number, CompanyID: "c", CompanyName: "Netz AG", Direction: "inbound", Status: "issued", TypeCode: "380", PaymentStatus: "unpaid",
			Day: "2025-08-11", Due: "2025-09-11", Currency: "EUR", Net: "50.00", Tax: "10.00", Gross: "60.00",
		}
	}
	duplicates := func(bills ...record.MonthInvoice) (n int) {
		m := record.Month{Label: "2025-08", Companies: []record.Company{{ID: "c", Name: "Netz AG"}}, Invoices: bills}
		for _, g := range closing.Part(m).Groups {
			for _, c := range g.Checks(m.Label, decimal.Zero) {
				for _, f := range c.Findings {
					if f.Code == "DUPLICATE_INVOICE" {
						n++
					}
				}
			}
		}
		return n
	}
	rows := []record.MonthInvoice{bill("a", "R-1"), bill("b", "R-2"), bill("c", "")}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {2, 0, 1}, {2, 1, 0}} {
		var bills []record.MonthInvoice
		for _, n := range order {
			bills = append(bills, rows[n])
		}
		if n := duplicates(bills...); n != 1 {
			t.Errorf("in the order %v: %d duplicates, want 1", order, n)
		}
	}
	if n := duplicates(rows[:2]...); n != 0 {
		t.Errorf("two bills with numbers of their own: %d duplicates", n)
	}
	if n := duplicates(slices.Repeat([]record.MonthInvoice{bill("a", "")}, 3)...); n != 2 {
		t.Errorf("three copies without a number: %d duplicates, want 2", n)
	}
}
