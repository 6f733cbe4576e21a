package extract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/einvoice"
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

// ruleChecks makes a check of each business rule of EN 16931 that fails, and one of
// all that were tried: a long invoice passes more of them than a person reads.
func ruleChecks(rules []einvoice.Rule) []check {
	if len(rules) == 0 {
		return nil
	}
	var failed []check
	for _, r := range rules {
		if r.Status == einvoice.StatusFail {
			failed = append(failed, check{Code: r.ID, Status: r.Status, Expected: r.Demand, Fields: []string{r.Path}})
		}
	}
	all := check{Code: "en16931_rules", Status: einvoice.StatusPass}
	if len(failed) > 0 {
		all.Status = einvoice.StatusFail
		all.Expected, all.Actual = fmt.Sprintf("%d rules of EN 16931 kept", len(rules)), fmt.Sprintf("%d are", len(rules)-len(failed))
	}
	return append([]check{all}, failed...)
}

// rulesKept names the business rules that were tried and hold; those that fail are
// among the checks.
func rulesKept(rules []einvoice.Rule) []string {
	kept := []string{}
	for _, r := range rules {
		if r.Status == einvoice.StatusPass {
			kept = append(kept, r.ID)
		}
	}
	return kept
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
