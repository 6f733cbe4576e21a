package record

import (
	"time"

	"github.com/google/uuid"

	"github.com/enrichd/enrichd/enrich"
)

// EntityCounterpartyMonth is what a subtask of a close is about: one counterparty
// in one month.
const EntityCounterpartyMonth = "counterparty_month"

// EntityWaiver is a gap of a month that a person decided to live with.
const EntityWaiver = "close_waiver"

// MonthID is the entity id of a month: the UUIDv5 of "YYYY-MM" in the namespace
// of the workspace's id, or of one derived from it where that is no uuid.
func MonthID(workspaceID, month string) string { return inWorkspace(workspaceID, month) }

// CounterpartyMonthID is the entity id of a counterparty in a month. key is its
// company id, or what the close calls a counterparty without one.
func CounterpartyMonthID(workspaceID, key, month string) string {
	return inWorkspace(workspaceID, key+month)
}

// WaiverID is the id of the waiver of one finding.
func WaiverID(workspaceID, month, finding string) string {
	return inWorkspace(workspaceID, EntityWaiver+" "+month+" "+finding)
}

func inWorkspace(workspaceID, name string) string {
	namespace, err := uuid.Parse(workspaceID)
	if err != nil {
		namespace = uuid.MustParse(DerivedID(workspaceID))
	}
	return uuid.NewSHA1(namespace, []byte(name)).String()
}

// Month is what the close of a month looks at. Rows come in no particular order.
type Month struct {
	Label        string    // YYYY-MM
	AsOf         time.Time // by the database's clock
	OwnAccounts  []string  // IBANs and account numbers of the workspace itself
	Companies    []Company
	Accounts     []SupplierAccount    // where inbound invoices want their money
	Transactions []MonthTransaction   // whose day is in the month
	Invoices     []MonthInvoice       // issued in the month, or made in it without a date
	Linked       []MonthInvoice       // others, which the month's transactions are linked to
	Late         []MonthInvoice       // of months that were signed off before the invoice was known
	Links        []Link               // of the month's transactions and invoices; never declined ones
	Earlier      []EarlierRow         // of the four months before
	Waivers      []Waiver             // of the month
	Ways         map[string]string    // company → how its documents can be had: agent, connect, upload
	Signed       map[string]time.Time // months signed off → when, the last time
}

// MonthPart names the rows of a month that are one counterparty's.
type MonthPart struct {
	Transactions, Invoices, Late         []string
	EarlierTransactions, EarlierInvoices []string
	Companies                            []string // at most one
}

// Close is how far the last close of a month is.
type Close struct {
	TaskID  string
	Status  enrich.Status
	Verdict string // ready, blocked, partial; empty before it has ended
	Hash    string // of its snapshot
	Signed  bool   // the month stands signed off
	Parts   int    // counterparties, once it has ended
	Cause   string // id of the task that asked for it; empty where a person did
}

// SupplierAccount is an IBAN on invoices of a company, with the first day of one.
type SupplierAccount struct {
	CompanyID, IBAN, Since string // Since is YYYY-MM-DD, empty when unknown
}

// MonthTransaction is a bank entry as a close looks at it. Amounts are decimals,
// negative where money went out; empty when unknown.
type MonthTransaction struct {
	ID, Account, Type, Status, Amount, Currency, Day string
	Name, IBAN                                       string // of the counterparty
	Remittance                                       string
	IsReversal                                       bool
}

// MonthInvoice is an invoice as a close looks at it.
type MonthInvoice struct {
	ID, Number, CompanyID, CompanyName, Direction, Status, TypeCode string
	Day, Due, Currency, Net, Tax, Gross, Payable                    string // days YYYY-MM-DD, amounts decimals
	PaymentStatus                                                   string
	IBANs                                                           []string
	Lines                                                           []MonthLine
	CreatedAt                                                       time.Time
}

// MonthLine is a line of an invoice as a close looks at it.
type MonthLine struct {
	Total string `json:"total"`
	Rate  string `json:"rate"`  // percent
	From  string `json:"start"` // of its period, YYYY-MM-DD
	To    string `json:"end"`
}

// EarlierRow is one row of the months before, for what is usual.
type EarlierRow struct {
	Kind      string // transaction (money that went out) or invoice (inbound)
	ID        string
	CompanyID string // of an invoice, or of the invoice that the transaction is linked to
	Month     string // YYYY-MM
	Type      string // of a transaction, as the bank calls it
	Name      string // of a transaction's counterparty
	IBAN      string // of a transaction's counterparty
	Currency  string
	Number    string // of an invoice
	Amount    string
	Day       string
	PeriodEnd string // last day that an invoice is for; empty when it does not say
}

// Waiver is a person's decision that a gap may stay.
type Waiver struct {
	ID          string
	Month       string
	Fingerprint string // of what was waived: another amount must be asked about anew
	State       string // waived
	By, Reason  string
	At          time.Time
}

// SignOff is a person's word that a month is closed as it was shown.
type SignOff struct {
	ID           string
	Month        string
	TaskID       string // the monthly_close that was signed
	SnapshotHash string
	PreparedBy   string // who started the close; empty when unknown
	SignedBy     string
	Note         string
	State        SignOffState
	SuspendedAt  *time.Time
	SuspendedBy  string // what came late: "invoice …"
	CreatedAt    time.Time
}

// SignOffState says whether a sign-off still holds.
type SignOffState string

// The states of a sign-off.
const (
	SignOffStanding  SignOffState = "standing"
	SignOffSuspended SignOffState = "suspended" // a fact of the month came or changed after it
	SignOffReplaced  SignOffState = "replaced"  // a later close of the month was signed off
)
