package bankfile

import "github.com/govalues/decimal"

// File is what one file holds.
type File struct {
	Format     string // "camt.053", "mt940", "mt942", "ofx", "csv" ...
	Version    string // as the file states it, such as "001.08"; may be empty
	Statements []*Statement
	Warnings   []Warning
	Mapping    *Mapping // how the columns of a CSV file were read
}

// Statement is what the bank says of one account and a period.
type Statement struct {
	ID          string // the bank's, may be empty
	Number      string // sequence number of the bank, as written
	Page        string // page of a statement in several parts, as written
	Account     string // IBAN without spaces, or the bank's own number
	AccountName string // name of its owner
	BIC         string // of the bank that keeps the account
	BankID      string // national or private number of the bank, where no BIC stands
	AccountType string // as OFX names it: CHECKING, SAVINGS ...
	Currency    string // ISO 4217, empty when the file does not say
	From, To    string // days of the period, may be empty
	Opening     *Balance
	Closing     *Balance
	Balances    []Balance // all balances, in the order of the file
	Information string    // free text of the bank about the statement
	Entries     []Entry
	Line        int // line of the file where it begins

	partial bool // whether other parts may hold the rest
}

// Balance is what stood on the account at the end or the start of a day.
type Balance struct {
	Type     string // OPBD, CLBD ... as ISO 20022 has them
	Amount   decimal.Decimal
	Currency string
	Date     string
}

// Money is a signed amount with its ISO 4217 currency.
type Money struct {
	Amount   decimal.Decimal
	Currency string
}

// Status says how far an entry has come.
type Status string

// The states of an entry. Only booked entries move a balance.
const (
	Booked   Status = "booked"
	Pending  Status = "pending"
	Expected Status = "expected"    // to be booked on a later day
	Informed Status = "information" // told for information, never to be booked
)

// Entry is one line of a statement.
type Entry struct {
	// Identity is the same for the same line in another file: see [Entry.Occurrence].
	Identity string
	// Occurrence numbers equal lines of a statement from 1, as both are real.
	Occurrence int

	Amount      decimal.Decimal // signed: positive is money in
	Currency    string          // empty when neither file nor options say
	BookingDate string
	ValueDate   string
	Status      Status
	Reversal    bool // takes back another entry; the sign is already that of this one

	Reference     string // of the entry: NtryRef of camt, the customer reference of MT940
	BankReference string // the bank's own: AcctSvcrRef, what follows // in MT940, FITID

	// Payment is what the line says of its only payment. Those of a batch stand
	// in Details, and here only what they share.
	Payment
	Details     []Detail // payments the line states one by one
	Parts       int      // payments in the batch as the bank counts them, 0 if it does not
	Information string   // text of the bank about the line, as written

	Line int    // line of the file, from 1
	Path string // element, in formats that have elements
}

// Detail is one payment inside an entry.
type Detail struct {
	Amount        *Money // signed, nil where the bank states none
	BankReference string
	Payment
}

// Payment is what is known of a payment besides its amount.
type Payment struct {
	EndToEndID    string
	InstructionID string
	TransactionID string
	MandateID     string
	CreditorID    string // of a direct debit
	CheckNumber   string
	Structured    []Reference // references a program can read
	Documents     []Reference // documents the payment names, such as invoices
	Remittance    []string    // lines a person wrote
	Additional    []string    // what accompanies structured references
	Purpose       string      // ISO 20022 purpose code
	Counterparty  Party
	// InstructedAmount is what was ordered, before exchange and charges. It has
	// no sign.
	InstructedAmount    *Money
	Exchange            *Exchange
	Charges             []Money // positive is taken by the bank
	BankTransactionCode string  // such as PMNT-RCDT-ESCT, or the bank's own
	TransactionText     string  // the bank's words for that code
	ReturnReason        string  // ISO 20022 code such as AC04
}

// Party is the other side of a payment.
type Party struct {
	Name     string
	Ultimate string // the one on whose behalf it acts
	IBAN     string // or another account number, without spaces
	BIC      string // or another number of its bank
}

// Reference is a reference with what kind it is: SCOR and QRR of a structured
// reference, CINV of a document.
type Reference struct {
	Type  string
	Value string
}

// Exchange is the rate between two currencies as the bank states it.
type Exchange struct {
	Rate       decimal.Decimal
	Source     string // currency the rate turns
	Target     string // into this one; may be empty
	Unit       string // currency the rate is expressed in; may be empty
	ContractID string
}

// WarningCode says what kind of doubt a [Warning] is about.
type WarningCode string

// The warnings.
const (
	// BalanceGap marks opening plus booked entries that are not closing; Amount
	// is what is missing to the closing balance.
	BalanceGap WarningCode = "balance_gap"
	// BalanceUnchecked marks balances that cannot be added up, as their
	// currencies differ or their digits are too many.
	BalanceUnchecked WarningCode = "balance_unchecked"
	// BatchGap marks a batch whose details add up to something else; Amount is
	// what is missing to the entry.
	BatchGap WarningCode = "batch_gap"
	// ControlTotal marks amounts that do not add up to the total a bank states
	// of them; Amount is what is missing.
	ControlTotal WarningCode = "control_total"
	// EntriesMissing marks a count of entries, stated by the bank, that is not
	// what the statement holds.
	EntriesMissing WarningCode = "entries_missing"
	// DateAdjusted marks a day no calendar has, such as 30 February of interest
	// calculation, read as the last of its month.
	DateAdjusted WarningCode = "date_adjusted"
	// ReferenceRepeated marks a reference that should be the only one of its
	// kind and is not.
	ReferenceRepeated WarningCode = "reference_repeated"
	// ReferenceMissing marks an entry without the reference its format demands.
	ReferenceMissing WarningCode = "reference_missing"
	// RowSkipped marks a row of a table that holds neither a day nor an amount.
	RowSkipped WarningCode = "row_skipped"
	// ColumnsUnknown marks a table of which nothing is read before a person says what
	// its columns are.
	ColumnsUnknown WarningCode = "needs_mapping"
	// FormatGuessed marks dates or numbers of a table that can be read in two ways.
	FormatGuessed WarningCode = "format_guessed"
	// EncodingGuessed marks text that is not in the encoding it should be in.
	EncodingGuessed WarningCode = "encoding_guessed"
)

// Warning is something in a file that was read and that a person should look at.
type Warning struct {
	Code      WarningCode
	Message   string
	Statement int // position in [File].Statements, from 0; -1 for the file
	Line      int // 0 where no line is meant
	Amount    *decimal.Decimal
	Currency  string
}
