package enrich

// Type names the kind of work of a task.
type Type string

// The twelve enrichment types, in the contract's order.
const (
	Logo             Type = "logo"
	AICompany        Type = "ai_company"
	AIPeople         Type = "ai_people"
	AIInvoice        Type = "ai_invoice"
	OCRExtract       Type = "ocr_extract"
	Reconcile        Type = "reconcile"
	ProviderScore    Type = "provider_score"
	DocumentBackfill Type = "document_reconciliation_backfill"
	MonthlyClose     Type = "monthly_close"
	CloseBackfill    Type = "monthly_close_backfill"
	CustomColumn     Type = "custom_column"
	FieldRule        Type = "field_rule"
)

// Types lists the twelve types in the contract's order.
func Types() []Type {
	return []Type{
		Logo, AICompany, AIPeople, AIInvoice, OCRExtract, Reconcile, ProviderScore,
		DocumentBackfill, MonthlyClose, CloseBackfill, CustomColumn, FieldRule,
	}
}

// Known reports whether t is one of the twelve. Rows of a foreign database may
// hold other text: it is shown as it is and never dispatched.
func (t Type) Known() bool {
	for _, k := range Types() {
		if k == t {
			return true
		}
	}
	return false
}

// SourceChannel names the product surface that triggered a task.
type SourceChannel string

// The nine source channels, in the order of the database's enum.
const (
	CompanyCreate  SourceChannel = "company_create"
	PersonCreate   SourceChannel = "person_create"
	DocumentUpload SourceChannel = "document_upload"
	OCRCompletion  SourceChannel = "ocr_completion"
	BankSync       SourceChannel = "bank_sync"
	EmailImport    SourceChannel = "email_import"
	MCPHub         SourceChannel = "mcp_hub"
	CellEdit       SourceChannel = "cell_edit"
	Manual         SourceChannel = "manual"
)

// SourceChannels lists the nine channels.
func SourceChannels() []SourceChannel {
	return []SourceChannel{
		CompanyCreate, PersonCreate, DocumentUpload, OCRCompletion, BankSync,
		EmailImport, MCPHub, CellEdit, Manual,
	}
}
