package einvoice

import (
	"strconv"

	"github.com/govalues/decimal"
)

// Statuses of a [Check].
const (
	// StatusPass marks a check that holds.
	StatusPass = "pass"
	// StatusFail marks a check that does not hold.
	StatusFail = "fail"
	// StatusNotApplicable marks a check that lacks a value it needs, or whose
	// numbers are too large to compute with exactly.
	StatusNotApplicable = "not_applicable"
)

// Codes of a [Check].
const (
	// CheckLinesSum: the line totals add up to the line total of the invoice.
	CheckLinesSum = "lines_sum"
	// CheckTaxSum: the VAT amounts add up to the VAT total.
	CheckTaxSum = "tax_sum"
	// CheckTaxRate: each VAT amount is its basis times its rate, within a cent.
	CheckTaxRate = "tax_rate"
	// CheckNetTotal: line total less allowances plus charges is the net total.
	CheckNetTotal = "net_total"
	// CheckGrandTotal: net total plus VAT is the gross total.
	CheckGrandTotal = "grand_total"
	// CheckPayable: gross total less prepaid plus rounding, plus what is
	// collected for third parties, less what the buyer holds back, is the amount due.
	CheckPayable = "payable"
	// CheckDueNotBeforeIssue: the due date is not before the issue date.
	CheckDueNotBeforeIssue = "due_not_before_issue"
)

// Check is the result of comparing values of one invoice with each other.
type Check struct {
	// Code is one of the Check constants.
	Code string `json:"code"`
	// Status is one of the Status constants.
	Status string `json:"status"`
	// Expected is the computed number, or the earliest date; Actual is what the
	// invoice states. Both are empty where the check is not applicable.
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
	// Fields are the JSON names of the values compared, such as taxes[0].amount.
	Fields []string `json:"fields"`
}

// Checks compares the totals, lines, taxes and dates of the invoice with each
// other. It always returns one check of each code, in the order of the
// constants, and needs no clock.
func (inv *Invoice) Checks() []Check {
	return []Check{
		inv.checkLinesSum(),
		inv.checkTaxSum(),
		inv.checkTaxRate(),
		inv.checkNetTotal(),
		inv.checkGrandTotal(),
		inv.checkPayable(),
		inv.checkDueDate(),
	}
}

// inapplicable is a check that cannot be made.
func inapplicable(code string, fields []string) Check {
	return Check{Code: code, Status: StatusNotApplicable, Fields: fields}
}

// compare makes the check that a computed number is the one stated. They are
// compared at the decimals of the number stated, but never at fewer than two,
// because some programs state a rounded sum of amounts that are not rounded.
func compare(code string, fields []string, computed decimal.Decimal, ok bool, stated Text) Check {
	actual, readable := parseNumber(stated)
	if !ok || !readable {
		return inapplicable(code, fields)
	}
	expected, err := roundHalfUp(computed, max(2, actual.Scale()))
	if err != nil {
		return inapplicable(code, fields)
	}
	c := Check{Code: code, Status: StatusFail, Expected: expected.String(), Actual: stated.Value, Fields: fields}
	if expected.Cmp(actual) == 0 {
		c.Status = StatusPass
	}
	return c
}

func (inv *Invoice) checkLinesSum() Check {
	fields := []string{"line_total"}
	var terms []term
	for i, l := range inv.Lines {
		if l.counts() {
			fields = append(fields, "lines["+strconv.Itoa(i)+"].line_total")
			terms = append(terms, required(l.LineTotal))
		}
	}
	sum, ok := add(terms)
	return compare(CheckLinesSum, fields, sum, ok && len(terms) > 0, inv.LineTotal)
}

// counts reports whether the line is part of the line total of the invoice. A
// line that groups others repeats their sum; one for information has no price.
func (l Line) counts() bool {
	return l.Status.Value != "GROUP" && l.Status.Value != "INFORMATION"
}

func (inv *Invoice) checkTaxSum() Check {
	fields := []string{"tax_total"}
	var terms []term
	for i, t := range inv.Taxes {
		fields = append(fields, "taxes["+strconv.Itoa(i)+"].amount")
		terms = append(terms, required(t.Amount))
	}
	sum, ok := add(terms)
	return compare(CheckTaxSum, fields, sum, ok && len(terms) > 0, inv.TaxTotal)
}

func (inv *Invoice) checkNetTotal() Check {
	fields := []string{"line_total", "allowance_total", "charge_total", "net_total"}
	sum, ok := add([]term{required(inv.LineTotal), less(inv.AllowanceTotal), plus(inv.ChargeTotal)})
	return compare(CheckNetTotal, fields, sum, ok, inv.NetTotal)
}

func (inv *Invoice) checkGrandTotal() Check {
	fields := []string{"net_total", "tax_total", "gross_total"}
	sum, ok := add([]term{required(inv.NetTotal), required(inv.TaxTotal)})
	return compare(CheckGrandTotal, fields, sum, ok, inv.GrossTotal)
}

// checkPayable cannot fail an invoice of the MINIMUM profile, which has no
// place for an amount paid already and still subtracts it.
func (inv *Invoice) checkPayable() Check {
	fields := []string{"gross_total", "prepaid", "rounding", "payable"}
	terms := []term{required(inv.GrossTotal), less(inv.Prepaid), plus(inv.Rounding), less(inv.Withheld)}
	if !inv.Withheld.Absent() {
		fields = append(fields, "withheld")
	}
	for i, t := range inv.ThirdPartyPayments {
		fields = append(fields, "third_party_payments["+strconv.Itoa(i)+"]")
		terms = append(terms, plus(t))
	}
	sum, ok := add(terms)
	c := compare(CheckPayable, fields, sum, ok, inv.Payable)
	if c.Status == StatusFail && inv.minimum() {
		return inapplicable(CheckPayable, fields)
	}
	return c
}

func (inv *Invoice) checkDueDate() Check {
	fields := []string{"issue_date", "due_date"}
	if inv.IssueDate.Absent() || inv.DueDate.Absent() {
		return inapplicable(CheckDueNotBeforeIssue, fields)
	}
	c := Check{
		Code: CheckDueNotBeforeIssue, Status: StatusPass, Fields: fields,
		Expected: inv.IssueDate.Value, Actual: inv.DueDate.Value,
	}
	// Dates of four, two and two digits sort as text.
	if inv.DueDate.Value < inv.IssueDate.Value {
		c.Status = StatusFail
	}
	return c
}
