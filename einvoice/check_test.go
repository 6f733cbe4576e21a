package einvoice

import (
	"slices"
	"testing"
)

// sound is a small invoice that passes every check.
func sound() *Invoice {
	text := func(s string) Text { return Text{Value: s} }
	return &Invoice{
		IssueDate: text("2031-01-01"), DueDate: text("2031-01-01"),
		LineTotal: text("30.00"), AllowanceTotal: text("5.00"), ChargeTotal: text("2.00"),
		NetTotal: text("27.00"), TaxTotal: text("5.40"), GrossTotal: text("32.40"),
		Prepaid: text("10.00"), Rounding: text("0.10"), Payable: text("22.50"),
		Taxes: []Tax{{Rate: text("20"), Basis: text("27.00"), Amount: text("5.40")}},
		Lines: []Line{{LineTotal: text("10.00")}, {LineTotal: text("20.00")}},
	}
}

func TestChecks(t *testing.T) {
	set := func(field func(*Invoice) *Text, value string) func(*Invoice) {
		return func(inv *Invoice) { field(inv).Value = value }
	}
	tests := []struct {
		name   string
		change func(*Invoice)
		code   string
		want   string
	}{
		{"lines off", set(func(i *Invoice) *Text { return &i.Lines[1].LineTotal }, "20.01"), CheckLinesSum, StatusFail},
		{"lines not rounded", set(func(i *Invoice) *Text { return &i.Lines[1].LineTotal }, "20.0049"), CheckLinesSum, StatusPass},
		{"line without a total", set(func(i *Invoice) *Text { return &i.Lines[1].LineTotal }, ""), CheckLinesSum, StatusNotApplicable},
		{"no lines", func(i *Invoice) { i.Lines = nil }, CheckLinesSum, StatusNotApplicable},
		{"group lines do not count", func(i *Invoice) {
			i.Lines = append(i.Lines, Line{Status: Text{Value: "GROUP"}, LineTotal: Text{Value: "30.00"}})
		}, CheckLinesSum, StatusPass},
		{"taxes off", set(func(i *Invoice) *Text { return &i.TaxTotal }, "5.41"), CheckTaxSum, StatusFail},
		{"no taxes", func(i *Invoice) { i.Taxes = nil }, CheckTaxSum, StatusNotApplicable},
		{"no taxes to rate", func(i *Invoice) { i.Taxes = nil }, CheckTaxRate, StatusNotApplicable},
		{"tax a cent off", set(func(i *Invoice) *Text { return &i.Taxes[0].Amount }, "5.41"), CheckTaxRate, StatusPass},
		{"tax two cents off", set(func(i *Invoice) *Text { return &i.Taxes[0].Amount }, "5.42"), CheckTaxRate, StatusFail},
		{"tax without a rate", set(func(i *Invoice) *Text { return &i.Taxes[0].Rate }, ""), CheckTaxRate, StatusNotApplicable},
		{"tax too large to compute", set(func(i *Invoice) *Text { return &i.Taxes[0].Basis }, "1234567890123456789.00"), CheckTaxRate, StatusNotApplicable},
		{"net off", set(func(i *Invoice) *Text { return &i.NetTotal }, "30.00"), CheckNetTotal, StatusFail},
		{"no line total", set(func(i *Invoice) *Text { return &i.LineTotal }, ""), CheckNetTotal, StatusNotApplicable},
		{"gross off", set(func(i *Invoice) *Text { return &i.GrossTotal }, "32.41"), CheckGrandTotal, StatusFail},
		{"gross of twenty digits", set(func(i *Invoice) *Text { return &i.GrossTotal }, "12345678901234567890"), CheckGrandTotal, StatusNotApplicable},
		{"no tax total", set(func(i *Invoice) *Text { return &i.TaxTotal }, ""), CheckGrandTotal, StatusNotApplicable},
		{"payable off", set(func(i *Invoice) *Text { return &i.Payable }, "32.40"), CheckPayable, StatusFail},
		{"payable with fewer decimals", set(func(i *Invoice) *Text { return &i.Payable }, "22.5"), CheckPayable, StatusPass},
		{"due before issue", set(func(i *Invoice) *Text { return &i.DueDate }, "2030-12-31"), CheckDueNotBeforeIssue, StatusFail},
		{"no due date", set(func(i *Invoice) *Text { return &i.DueDate }, ""), CheckDueNotBeforeIssue, StatusNotApplicable},
	}
	for _, tt := range tests {
		inv := sound()
		tt.change(inv)
		got := pick(t, inv.Checks(), tt.code)
		if got.Status != tt.want {
			t.Errorf("%s: got %+v, want %s", tt.name, got, tt.want)
		}
	}
}

func pick(t *testing.T, checks []Check, code string) Check {
	t.Helper()
	i := slices.IndexFunc(checks, func(c Check) bool { return c.Code == code })
	if i < 0 {
		t.Fatalf("no check %s", code)
	}
	return checks[i]
}

func TestSoundInvoicePasses(t *testing.T) {
	for _, c := range sound().Checks() {
		if c.Status != StatusPass || len(c.Fields) == 0 {
			t.Errorf("%+v", c)
		}
	}
}

// TestTaxRateNamesTheWrongEntry matters to the person who must look it up.
func TestTaxRateNamesTheWrongEntry(t *testing.T) {
	inv := sound()
	wrong := Tax{Rate: Text{Value: "10"}, Basis: Text{Value: "1.00"}, Amount: Text{Value: "0.20"}}
	inv.Taxes = append(inv.Taxes, wrong)
	got := pick(t, inv.Checks(), CheckTaxRate)
	if got.Status != StatusFail || got.Expected != "0.10" || got.Fields[0] != "taxes[1].basis" {
		t.Errorf("got %+v", got)
	}
}
