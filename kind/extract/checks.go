package extract

import (
	"slices"
	"strings"

	"github.com/enrichd/enrichd/record"
)

// check is one statement about the invoice that was tried.
type check struct {
	Code     string   `json:"code"`
	Status   string   `json:"status"` // pass, fail, not_applicable
	Expected string   `json:"expected,omitempty"`
	Actual   string   `json:"actual,omitempty"`
	Fields   []string `json:"fields,omitempty"`
}

// allChecks lists what the source itself must satisfy, then what needs the
// workspace: identifiers, the own company, and the supplier's history.
func (r *reading) allChecks() []check {
	return append(slices.Clone(r.checks),
		taxIDCheck("issuer_vat_id_checksum", "issuer.tax_id_value", r.issuer),
		taxIDCheck("receiver_vat_id_checksum", "receiver.tax_id_value", r.receiver),
		r.ibanCheck(), r.ownCompanyCheck(), r.accountChangeCheck(), r.duplicateCheck())
}

func taxIDCheck(code, field string, p party) check {
	c := check{Code: code, Status: "pass", Fields: []string{field}}
	switch {
	case p.taxID.Value == "":
		c.Status = "not_applicable"
	case p.taxID.Check == record.CheckInvalid:
		c.Status, c.Actual, c.Expected = "fail", p.side.vatID.value, "a VAT id with a right form and check digit"
	}
	return c
}

func (r *reading) ibanCheck() check {
	c := check{Code: "iban_checksum", Status: "not_applicable", Fields: []string{"payment_means"}}
	for _, m := range r.accounts {
		if m.iban.absent() {
			continue
		}
		if !record.ValidIBAN(m.iban.value) {
			return check{Code: c.Code, Status: "fail", Expected: "an IBAN with right check digits", Actual: m.iban.value, Fields: c.Fields}
		}
		c.Status = "pass"
	}
	return c
}

// ownCompanyCheck asks that exactly one party is the workspace's own company.
func (r *reading) ownCompanyCheck() check {
	c := check{Code: "own_company_is_one_party", Status: "pass", Fields: []string{"issuer", "receiver"}}
	switch {
	case !r.ownKnown:
		c.Status = "not_applicable"
	case r.issuer.own && r.receiver.own:
		c.Status, c.Expected, c.Actual = "fail", "one party is your own company", "both are"
	case !r.issuer.own && !r.receiver.own:
		c.Status, c.Expected, c.Actual = "fail", "one party is your own company", "none is"
	}
	return c
}

// accountChangeCheck raises the alarm when a supplier that was paid on known
// accounts asks for the money on another one.
func (r *reading) accountChangeCheck() check {
	c := check{Code: "iban_changed_for_known_supplier", Status: "not_applicable", Fields: []string{"payment_means"}}
	if len(r.knownAccounts) == 0 {
		return c
	}
	for _, m := range r.accounts {
		if m.iban.absent() {
			continue
		}
		if !slices.Contains(r.knownAccounts, record.NormalizeIBAN(m.iban.value)) {
			return check{Code: c.Code, Status: "fail", Expected: strings.Join(r.knownAccounts, " or "), Actual: record.NormalizeIBAN(m.iban.value), Fields: c.Fields}
		}
		c.Status = "pass"
	}
	return c
}

func (r *reading) duplicateCheck() check {
	c := check{Code: "not_a_duplicate", Status: "pass", Fields: []string{"invoice_number"}}
	if r.get("invoice_number").absent() {
		c.Status = "not_applicable"
	}
	if len(r.duplicates) > 0 {
		c.Status, c.Actual, c.Expected = "fail", r.duplicates[0].ID, "no other invoice with this number from this issuer"
	}
	return c
}
