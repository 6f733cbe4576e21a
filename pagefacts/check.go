package pagefacts

// check states what could be tried of the facts.
func (f *Facts) check() {
	if f.NetTotal.Value != "" && f.TaxTotal.Value != "" && f.GrossTotal.Value != "" {
		total := sum(f.NetTotal.Value, f.TaxTotal.Value)
		f.note("grand_total", near(total, parse(f.GrossTotal.Value), "0.02"), f.GrossTotal.Value, total.String())
	}
	if len(f.Taxes) > 0 && f.TaxTotal.Value != "" {
		total := sum(amountsOf(f.Taxes)...)
		f.note("tax_sum", near(total, parse(f.TaxTotal.Value), "0.02"), f.TaxTotal.Value, total.String())
	}
	if len(f.Lines) > 0 && f.NetTotal.Value != "" {
		total := sum(lineTotals(f.Lines)...)
		f.note("lines_sum", near(total, parse(f.NetTotal.Value), "0.02"), f.NetTotal.Value, total.String())
	}
	if f.IssueDate.Value != "" && f.DueDate.Value != "" {
		f.note("due_not_before_issue", f.DueDate.Value >= f.IssueDate.Value, f.IssueDate.Value, f.DueDate.Value)
	}
}

func (f *Facts) note(code string, holds bool, expected, actual string) {
	status := "pass"
	if !holds {
		status = "fail"
	}
	f.Checks = append(f.Checks, Check{code, status, expected, actual})
}

func lineTotals(lines []Line) []string {
	var list []string
	for _, l := range lines {
		list = append(list, l.LineTotal.Value)
	}
	return list
}
