package record

// EntityCompanyProvider is the pair of a company and a supplier portal, as it
// stands in a write's entity type.
const EntityCompanyProvider = "company_provider"

// The states of a pair of company and provider.
const (
	ProviderSuggested = "suggested" // a person must say
	ProviderMatched   = "matched"
	ProviderRefused   = "refused" // a person said no; it is not suggested again
)

// CompanyProviderID is the id of the pair of a company and a provider.
func CompanyProviderID(workspaceID, companyID, providerID string) string {
	return DerivedID(workspaceID, EntityCompanyProvider, companyID, providerID)
}

// Supplier is a company as the bank shows it: what it is called on entries by
// which it was paid, and how often no invoice stands beside them.
type Supplier struct {
	Company
	Domain string // empty when unknown
	Labels []BankLabel
	// Of the twelve months up to its latest payment:
	MonthsSeen     int
	WithoutInvoice int
	Amounts        []CurrencyAmount // of the payments without invoice, by currency
	Providers      []CompanyProvider
}

// BankLabel is a text of bank entries, and on how many it stands.
type BankLabel struct {
	Text  string
	Count int
}

// CurrencyAmount is a decimal amount in a currency, which is empty when unknown.
type CurrencyAmount struct {
	Currency string
	Amount   string
}

// CompanyProvider is what is known of a pair.
type CompanyProvider struct {
	ProviderID string
	Status     string // suggested, matched, refused
	// Waiting says that a task proposed it and a person has not decided yet;
	// ByPerson that a person did.
	Waiting, ByPerson bool
}
