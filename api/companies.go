package api

import (
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

const companiesPath = "/v1/companies"

// companies are suppliers, customers, and the workspace's own company.
func (s *server) companies() *resource {
	return table[record.Company]{
		Type: record.EntityCompany, Path: companiesPath, Noun: "a company", Read: ScopeCompaniesRead, Write: ScopeCompaniesWrite,
		ID:     func(v record.Company) string { return v.ID },
		Fields: companyFields(),
		Relations: []relation[record.Company]{
			{Name: "issued_invoices", To: record.EntityInvoice, By: "issuer"},
			{Name: "received_invoices", To: record.EntityInvoice, By: "receiver"},
			{Name: "company_people", To: record.EntityEmployment, By: "company"},
		},
		Filters: []filter{byText("name"), byText("tax_id_value"), byText("country"), byText("domain"), byFlag("is_own_company"), byTime("created_at")},
		Sorts:   []string{"created_at", "name"},
		List:    s.store.ListCompanies,
		Fault:   editFault,
		Create: func(c *call, in *input) (made[record.Company], error) {
			in.plain("domain", "a host name, such as acme.com", record.Domain)
			in.mailbox("email")
			id, err := s.create(c, record.EntityCompany, in, func(id string) enrich.Occasion {
				company := record.Company{Domain: in.need("domain"), Website: in.need("website"), Email: in.need("email")}
				return enrich.Occasion{Channel: enrich.CompanyCreate, EntityType: record.EntityCompany, EntityID: id, Facts: map[string]string{trigger.FactDomain: company.Site()}}
			})
			if err != nil {
				return made[record.Company]{}, err
			}
			company, err := s.store.Company(c.r.Context(), c.workspace(), id)
			return made[record.Company]{Record: company}, err
		},
		Update: func(c *call, id string, in *input) (record.Company, error) {
			in.plain("domain", "a host name, such as acme.com", record.Domain)
			in.mailbox("email")
			if err := s.edit(c, record.EntityCompany, id, in); err != nil {
				return record.Company{}, err
			}
			return s.store.Company(c.r.Context(), c.workspace(), id)
		},
		Delete: func(c *call, id string) error { return s.remove(c, record.EntityCompany, id) },
	}.resource()
}

func companyFields() []field[record.Company] {
	fields := []field[record.Company]{{Name: "company_id", Form: words(), Value: func(v record.Company) any { return v.ID }}}
	for _, f := range []struct {
		name  string
		limit int
		value func(record.Company) string
	}{
		{"name", 500, func(v record.Company) string { return v.Name }},
		{"registered_name", 500, func(v record.Company) string { return v.RegisteredName }},
		{"trade_name", 500, func(v record.Company) string { return v.TradeName }},
		{"description", 250, func(v record.Company) string { return v.Description }},
		{"tax_id_value", 500, func(v record.Company) string { return v.TaxIDValue }},
		{"tax_id_type", 500, func(v record.Company) string { return v.TaxIDType }},
		{"registration_number", 100, func(v record.Company) string { return v.RegistrationNumber }},
		{"registration_court", 200, func(v record.Company) string { return v.RegistrationCourt }},
		{"lei", 20, func(v record.Company) string { return v.LEI }},
		{"domain", 500, func(v record.Company) string { return v.Domain }},
		{"website", 2000, func(v record.Company) string { return v.Website }},
		{"email", 254, func(v record.Company) string { return v.Email }},
		{"phone", 50, func(v record.Company) string { return v.Phone }},
		{"street", 500, func(v record.Company) string { return v.Street }},
		{"postal_code", 20, func(v record.Company) string { return v.PostalCode }},
		{"city", 200, func(v record.Company) string { return v.City }},
		{"country", 500, func(v record.Company) string { return v.Country }},
		{"logo_url", 2000, func(v record.Company) string { return v.LogoURL }},
	} {
		value := f.value
		fields = append(fields, field[record.Company]{Name: f.name, Form: text(f.limit), Write: editable, Value: func(v record.Company) any { return textOrNull(value(v)) }})
	}
	return append(fields, []field[record.Company]{
		{Name: "has_logo", Form: flag(), Value: func(v record.Company) any { return v.LogoURL != "" }},
		{Name: "employee_count", Form: count(), Value: func(v record.Company) any { return orNil(v.EmployeeCount) }},
		{Name: "founded_year", Form: count(), Value: func(v record.Company) any { return orNil(v.FoundedYear) }},
		{Name: "is_own_company", Form: flag(), Value: func(v record.Company) any { return v.IsOwn }},
		{Name: "created_at", Form: moment(), Value: func(v record.Company) any { return stamp(&v.CreatedAt) }},
	}...)
}
