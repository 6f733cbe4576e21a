package record

import (
	"encoding/json"
	"strings"
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
	Mapping      json.RawMessage // how the columns of a table were read; nil for other formats
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
	ReversalID    string // the entry that brings the payment back, or of which a person is asked whether it does
}

// LinkStatus says how far a link holds.
type LinkStatus string

// The states of a link.
const (
	LinkProvisional LinkStatus = "provisional" // proposed: a person must say
	LinkConfirmed   LinkStatus = "confirmed"
	LinkDeclined    LinkStatus = "declined" // a person said no; it is not proposed again
	LinkRevoked     LinkStatus = "revoked"  // it was right, and its payment came back or a person took it back; not proposed again
)

// Gone says that a link holds no more: its pair is not proposed again.
func (s LinkStatus) Gone() bool { return s == LinkDeclined || s == LinkRevoked }

// LinkID is the id of the edge between an invoice and a transaction.
func LinkID(workspaceID, invoiceID, transactionID string) string {
	return DerivedID(workspaceID, EntityLink, invoiceID, transactionID)
}

// Books are rows that are still open, invoices not yet paid in full and bank
// entries not yet used up, with what has been said of them.
type Books struct {
	Invoices     []OpenInvoice
	Transactions []OpenTransaction
	Locked       []string // months (YYYY-MM) that are signed off: their rows take no part
	Returned     []Returned
	Payouts      []Payout // earlier ones, newest first
	Memory
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
	PartyID    string // company of the other side, empty when unknown
	DocumentID string
}

// OpenTransaction is a bank entry with what is left of it.
type OpenTransaction struct {
	Transaction
	Open string // decimal, signed
}

// Returned is a payment with links that hold, and an entry that may bring it back.
type Returned struct {
	ReversalID string
	Payment    Transaction
	Links      []ReturnedLink
}

// ReversalDays is how long after a payment it may come back.
const ReversalDays = 60

// MayReturn lists the entries, by id, that may bring back payments which are linked:
// those of which the bank says so, and those with an end-to-end id, which a payment
// may have had before.
func MayReturn(list []OpenTransaction) []string {
	var ids []string
	for _, t := range list {
		if t.IsReversal || t.HasEndToEndID() {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// HasEndToEndID says whether the entry states an end-to-end id.
func (t Transaction) HasEndToEndID() bool {
	return t.EndToEndID != "" && !strings.EqualFold(t.EndToEndID, "NOTPROVIDED")
}

// ReturnedLink is what a payment that may have come back pays.
type ReturnedLink struct {
	Link
	InvoiceNumber string
	Counterparty  string   // the invoice's other party, as the books name it
	Asked         []string // entries of which a person said, or is being asked, whether they bring the payment back
	Locked        string   // the payment's month (YYYY-MM), where that is signed off
}

// Reach bounds which open rows can have to do with others: those within the days
// and one of the amounts, or that one of the words may name. Days are YYYY-MM-DD,
// both included.
type Reach struct {
	From, To string
	Amounts  string   // a multirange of amounts without their sign, as {[9.5,10.5],[99,101]}
	Words    []string // folded: lower case, without accents
}

// Kinship is what people and links that stand have said of the parties of invoices.
type Kinship struct {
	InvoiceID string
	Names     []string // as bank entries showed the party
	IBANs     []string // of its entries
}

// Payout is money that a payment provider passed on for several invoices, as links
// that hold say. Amounts are decimal, in one currency.
type Payout struct {
	Counterparty string
	Remittance   []string
	Amount       string // that came
	Sum          string // of the invoices
}

// Judgement is a person's word on a link.
type Judgement struct {
	Confidence   float64 // of the link when it was proposed
	Kept         bool
	At           time.Time
	PartyID      string // company of the invoice
	Counterparty string // of the bank entry, in lower case
}

// Memory is what has been said of links.
type Memory struct {
	Links  []Link // declined, or waiting for a person
	Kin    []Kinship
	Judged []Judgement // newest first
}
