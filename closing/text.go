package closing

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/enrichd/enrichd/record"
)

// legalForms are left off names: banks and invoices write them or do not.
var legalForms = map[string]bool{
	"GMBH": true, "MBH": true, "AG": true, "KG": true, "OHG": true, "GBR": true, "UG": true, "SE": true, "EK": true,
	"SAS": true, "SASU": true, "SARL": true, "EURL": true, "SA": true, "SCI": true, "SRL": true, "SPA": true, "SNC": true,
	"LTD": true, "LIMITED": true, "PLC": true, "LLP": true, "LLC": true, "INC": true, "CORP": true, "BV": true, "NV": true,
	"AB": true, "OY": true, "AS": true, "APS": true, "SL": true, "SLU": true, "LDA": true,
}

// plainName is a name as names are compared: upper case, letters and digits, the
// words of its legal form at the end left off.
func plainName(name string) string {
	name = strings.ReplaceAll(name, ".", "")
	words := strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for len(words) > 1 && legalForms[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// plainNumber is an invoice number as numbers are compared.
func plainNumber(number string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, number)
}

// monthOf is the month of a day, YYYY-MM; empty for what is no day.
func monthOf(day string) string {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return ""
	}
	return day[:7]
}

// ParseMonth reads a month written YYYY-MM.
func ParseMonth(label string) (time.Time, error) { return time.Parse("2006-01", label) }

func addMonths(month string, n int) string {
	t, err := ParseMonth(month)
	if err != nil {
		return ""
	}
	return t.AddDate(0, n, 0).Format("2006-01")
}

// monthsOf are the distinct months of rows, in order.
func monthsOf(rows []record.EarlierRow) []string {
	var months []string
	for _, r := range rows {
		if !slices.Contains(months, r.Month) {
			months = append(months, r.Month)
		}
	}
	slices.Sort(months)
	return months
}
