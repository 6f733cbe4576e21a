package record

import (
	"encoding/json"
	"time"
)

// BankStatement is one imported file of a bank.
type BankStatement struct {
	ID           string
	Filename     string
	Format       string // camt.053.001.08, mt940, …
	Checksum     string // "sha256:" and 64 hex digits of the file
	Statements   []AccountStatement
	Warnings     []ImportWarning
	EntriesNew   int // entries that this import brought
	EntriesKnown int // entries that stood already
	CreatedAt    time.Time
}

// AccountStatement is the statement of one account within a file.
type AccountStatement struct {
	Account    string `json:"account"`  // IBAN or the bank's own number
	Currency   string `json:"currency"` // ISO 4217; empty when the file does not say
	Opening    string `json:"opening"`  // decimal, signed; empty when the file has no balance
	Closing    string `json:"closing"`
	EntryCount int    `json:"entry_count"`
}

// ImportWarning is something about a file that a person should know. Nothing was
// left out for it.
type ImportWarning struct {
	Code     string `json:"code"` // balance_gap, …
	Message  string `json:"message"`
	Account  string `json:"account,omitempty"`
	Amount   string `json:"amount,omitempty"` // decimal, of a gap
	Currency string `json:"currency,omitempty"`
}

// Transaction is one entry of a bank account. Amounts are decimal strings,
// positive where money came in; dates are YYYY-MM-DD. Empty means not stated.
type Transaction struct {
	ID                  string
	StatementID         string // the import that brought it
	ExternalID          string // the bank's own reference
	Account             string
	Type                string // the bank's transaction code
	Status              string // booked, pending
	Amount              string
	Currency            string
	InstructedAmount    string // what was ordered, where another currency was
	InstructedCurrency  string
	BookingDate         string
	ValueDate           string
	CounterpartyName    string
	CounterpartyIBAN    string
	CounterpartyBIC     string
	Remittance          []string // unstructured lines
	StructuredReference string
	ReferenceType       string
	EndToEndID          string
	DocumentReferences  []string // numbers of documents that the payment names
	IsReversal          bool
	Details             json.RawMessage // the parts of a batch booking, nil for none
	SourceRef           string          // where it stands in the file
	CreatedAt           time.Time
}

// Link is an edge between an invoice and a transaction.
type Link struct {
	ID            string
	InvoiceID     string
	TransactionID string
	Amount        string // decimal, positive: the part of the transaction that pays the invoice
	Currency      string
	IsPartial     bool
	MatchMethod   string
	Confidence    float64 // 0 to 1
	Status        LinkStatus
	Reasoning     string
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// LinkStatus says how far a link holds.
type LinkStatus string

// The states of a link.
const (
	LinkProvisional LinkStatus = "provisional" // proposed: a person must say
	LinkConfirmed   LinkStatus = "confirmed"
	LinkDeclined    LinkStatus = "declined" // a person said no; it is not proposed again
)

// LinkID is the id of the edge between an invoice and a transaction.
func LinkID(workspaceID, invoiceID, transactionID string) string {
	return DerivedID(workspaceID, EntityLink, invoiceID, transactionID)
}

// Books are the rows of a period that are still open: invoices not yet paid in
// full, bank entries not yet used up, and the edges among them that were
// declined or are waiting for a person.
type Books struct {
	Invoices     []OpenInvoice
	Transactions []OpenTransaction
	Links        []Link
}

// OpenInvoice is an invoice as it is matched with payments.
type OpenInvoice struct {
	ID         string
	Number     string
	References []string // others that a payer may quote
	Currency   string   // empty when unknown
	Open       string   // decimal, what is still to pay, not negative
	IssueDate  string   // YYYY-MM-DD, empty when unknown
	DueDate    string
	Direction  string // inbound, outbound or empty, as of an invoice
	IsCredit   bool   // a credit note: the money flows the other way
	Names      []string
	IBANs      []string
}

// OpenTransaction is a bank entry with what is left of it.
type OpenTransaction struct {
	Transaction
	Open string // decimal, signed
}
