// Package record holds the things that tasks work on.
//
// Companies, documents and invoices as the store keeps them, with the rules
// that hold for their values wherever they came from: decimal amounts,
// validated account and tax numbers, ids that a second run meets again.
package record

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/enrichd/enrichd/enrich"
)

// Entity types, as they stand in a task's entity_type.
const (
	EntityCompany     = "company"
	EntityPerson      = "person"
	EntityDocument    = "document"
	EntityInvoice     = "invoice"
	EntityTransaction = "transaction"
	EntityStatement   = "bank_statement"
	EntityLink        = "invoice_transaction"
	EntityMonth       = "calendar_month"
	EntityEmployment  = "company_person"
	EntityMerge       = "reconciliation_link"
)

// space is the namespace of the ids that this program derives.
var space = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://enrichd.dev/ids"))

// DerivedID makes a UUIDv5 out of parts, so that a second run of the same work
// meets the record that the first one made.
func DerivedID(parts ...string) string {
	id := space
	for _, part := range parts {
		id = uuid.NewSHA1(id, []byte(part))
	}
	return id.String()
}

// NewID makes an id for a record that a person makes.
func NewID() string { return uuid.NewString() }

// LogoURL is where the API serves a stored picture, given its checksum.
func LogoURL(checksum string) string { return "/v1/media/" + strings.TrimPrefix(checksum, "sha256:") }

// Workspace is a tenant.
type Workspace struct {
	ID          string // public id, text
	Name        string
	AutoExtract bool // whether an upload starts ocr_extract by itself
	CreatedAt   time.Time
}

// Company is a supplier, a customer, or the workspace's own company.
type Company struct {
	ID             string
	Name           string
	RegisteredName string
	TradeName      string
	TaxIDValue     string // normalised, without separators
	TaxIDType      string // eu_vat, …
	Country        string // ISO 3166, two letters
	IsOwn          bool

	Domain, Website, Description, Email, Phone string
	Street, PostalCode, City                   string

	RegistrationNumber string // in a trade register: "HRB 746284"
	RegistrationCourt  string
	LEI                string // ISO 17442
	EmployeeCount      *int
	FoundedYear        *int
	LogoURL            string
	CreatedAt          time.Time
}

// Site is the domain at which the company's site is looked for: its own, its
// website's, or that of its mail; empty where none is known.
func (c Company) Site() string {
	for _, domain := range []string{Domain(c.Domain), Domain(c.Website), MailDomain(c.Email)} {
		if domain != "" {
			return domain
		}
	}
	return ""
}

// Names are the names of the company that are known, each once.
func (c Company) Names() []string {
	var names []string
	for _, name := range []string{c.Name, c.RegisteredName, c.TradeName} {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Person is somebody at a company or by themselves.
type Person struct {
	ID        string
	FullName  string
	FirstName string
	LastName  string
	Email     string
	Phone     string // E.164 where that could be told
	CreatedAt time.Time
}

// CompanyPerson says what a person does at a company.
type CompanyPerson struct {
	ID           string
	CompanyID    string
	PersonID     string
	Relationship string // owner, employee, contact, other
	JobTitle     string
	CreatedAt    time.Time
}

// Merge is a reconciliation link: two records of one thing, of which the source
// gives way to the target.
type Merge struct {
	ID                   string
	EntityType           string
	SourceID, TargetID   string
	Action               string // merge
	Status               MergeStatus
	Confidence           float64
	Reasoning            string
	CreatedAt, UpdatedAt time.Time
}

// MergeStatus says where a merge stands.
type MergeStatus string

// The states of a merge.
const (
	MergeProposed  MergeStatus = "proposed"
	MergeConfirmed MergeStatus = "confirmed"
	MergeDeclined  MergeStatus = "declined"
	MergeUndone    MergeStatus = "undone"
)

// MergeID is the id of the link between two records, whichever is named first.
func MergeID(workspaceID, a, b string) string {
	return DerivedID(workspaceID, EntityMerge, min(a, b), max(a, b))
}

// LogoMiss says that no logo was found at a domain.
type LogoMiss struct {
	Reason     string // code
	RetryAfter time.Time
}

// Document is a stored file: its description, not its content.
type Document struct {
	ID           string
	Filename     string
	MimeType     string // as recognised from the content
	Size         int64  // bytes
	Checksum     string // "sha256:" and 64 hex digits of the content
	DocumentType string // UN/EDIFACT 1001 code such as "380", once read
	UploadedAt   time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Invoice is what the store knows of an invoice. Amounts are decimal strings
// in LocalCurrency, empty when unknown; dates are YYYY-MM-DD.
type Invoice struct {
	ID               string
	DocumentID       string
	Number           string
	DocumentTypeCode string
	IssueDate        string
	DueDate          string
	LocalCurrency    string
	ItemsTotal       string
	TaxTotal         string
	GrandTotal       string
	BalanceDue       string
	Direction        string // inbound, outbound, or empty when unknown
	IssuerID         string
	IssuerName       string
	ReceiverID       string
	ReceiverName     string
	Status           string
	PaymentStatus    string // unpaid, partially_paid, paid: from the confirmed links
	PaidTotal        string
	CreatedAt        time.Time
	Items            []InvoiceItem
}

// InvoiceItem is one line of an invoice. Amounts are decimal strings.
type InvoiceItem struct {
	LineID      string `json:"line_id"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
	Quantity    string `json:"quantity,omitempty"`
	UnitPrice   string `json:"unit_price,omitempty"`
	LineTotal   string `json:"line_total,omitempty"`
	TaxRate     string `json:"tax_rate,omitempty"` // percent
	PeriodStart string `json:"period_start,omitempty"`
	PeriodEnd   string `json:"period_end,omitempty"`
}

// PaymentMeans says where an invoice wants its money.
type PaymentMeans struct {
	Scheme string `json:"scheme,omitempty"` // UNTDID 4461 code, e.g. "58" for a SEPA transfer
	IBAN   string `json:"iban,omitempty"`
	BIC    string `json:"bic,omitempty"`
}

// FieldValue is one value of a record as it was written or proposed.
type FieldValue struct {
	ID          string // uuid
	EntityType  string
	EntityID    string
	Field       string
	Value       string // JSON
	Origin      enrich.Origin
	Grade       enrich.Grade
	Confidence  float64
	Decision    Decision
	TaskID      string
	Evidence    []enrich.Evidence
	ActiveFrom  time.Time
	ActiveUntil *time.Time
	Stale       bool // it stands, and a field that it was computed from has another version by now
}

// Decision says what became of a value that a kind wanted to write.
type Decision string

// The decisions of the one write path.
const (
	Applied      Decision = "applied"       // it stands on the record
	Suggested    Decision = "suggested"     // a value of higher precedence stands: a person may take this one
	KeptExisting Decision = "kept_existing" // the same value stood already, with better precedence
)
