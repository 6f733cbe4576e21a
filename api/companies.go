package api

import "github.com/enrichd/enrichd/record"

const companiesPath = "/v1/companies"

// companies are suppliers, customers, and the workspace's own company.
func (s *server) companies() *resource {
	return table[record.Company]{
		Type: record.EntityCompany, Path: companiesPath, Noun: "a company", Read: ScopeCompaniesRead, Write: ScopeCompaniesWrite,
		ID: func(v record.Company) string { return v.ID },
		Fields: []field[record.Company]{
			{Name: "company_id", Form: words(), Value: func(v record.Company) any { return v.ID }},
			{Name: "name", Form: text(500), Write: editable, Value: func(v record.Company) any { return textOrNull(v.Name) }},
			{Name: "registered_name", Form: text(500), Write: editable, Value: func(v record.Company) any { return textOrNull(v.RegisteredName) }},
			{Name: "trade_name", Form: text(500), Write: editable, Value: func(v record.Company) any { return textOrNull(v.TradeName) }},
			{Name: "tax_id_value", Form: text(500), Write: editable, Value: func(v record.Company) any { return textOrNull(v.TaxIDValue) }},
			{Name: "tax_id_type", Form: text(500), Write: editable, Value: func(v record.Company) any { return textOrNull(v.TaxIDType) }},
			{Name: "country", Form: text(500), Write: editable, Value: func(v record.Company) any { return textOrNull(v.Country) }},
			{Name: "is_own_company", Form: flag(), Value: func(v record.Company) any { return v.IsOwn }},
		},
		Relations: []relation[record.Company]{
			{Name: "issued_invoices", To: record.EntityInvoice, By: "issuer"},
			{Name: "received_invoices", To: record.EntityInvoice, By: "receiver"},
		},
		Filters: []filter{byText("name"), byText("tax_id_value"), byText("country"), byFlag("is_own_company"), byTime("created_at")},
		Sorts:   []string{"created_at", "name"},
		List:    s.store.ListCompanies,
		Fault:   editFault,
		Update: func(c *call, id string, in *input) (record.Company, error) {
			if err := s.edit(c, record.EntityCompany, id, in); err != nil {
				return record.Company{}, err
			}
			return s.store.Company(c.r.Context(), c.workspace(), id)
		},
	}.resource()
}
