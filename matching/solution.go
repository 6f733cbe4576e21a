package matching

import "github.com/govalues/decimal"

// Status is how far a link may go by itself.
type Status string

// Statuses of a link.
const (
	Confirmed Status = "confirmed"
	Proposed  Status = "proposed" // waits for a person
)

// Reason says why a row has no link, or why a link is only proposed.
type Reason string

// Reasons.
const (
	NoCandidate          Reason = "NO_CANDIDATE"          // no row within the blocks is likelier than none
	Ambiguous            Reason = "AMBIGUOUS"             // the runner-up is too near
	CurrencyUnknown      Reason = "CURRENCY_UNKNOWN"      // equal figures of unknown currency prove nothing
	FXRateUnavailable    Reason = "FX_RATE_UNAVAILABLE"   // the amounts have no currency in common
	AmountOnly           Reason = "AMOUNT_ONLY"           // nothing but amount and date speaks for it
	SplitIncomplete      Reason = "SPLIT_INCOMPLETE"      // a part of the amount is missing
	DuplicateTransaction Reason = "DUPLICATE_TRANSACTION" // the bank line stands twice
	FeeVariance          Reason = "FEE_VARIANCE"          // the amounts differ, and that is unusual here
	PreviouslyDeclined   Reason = "PREVIOUSLY_DECLINED"   // a person refused the likeliest pair
	PeriodLocked         Reason = "PERIOD_LOCKED"         // the row is in a closed period
	PersonDecided        Reason = "PERSON_DECIDED"        // a person linked it
)

// Method says in one word what a link rests on.
type Method string

// Methods.
const (
	ReferenceExact Method = "reference_exact" // reference quoted, amounts equal
	ByReference    Method = "reference"
	ByAccount      Method = "account"
	ByName         Method = "name"
	ByAmount       Method = "amount"
	ByPerson       Method = "person"
)

// Link is a pair that belongs together.
type Link struct {
	InvoiceID, TransactionID string

	Amount    decimal.Decimal // of the invoice that the transaction pays, in Currency
	Currency  string          // the invoice's
	IsPartial bool            // the transaction pays less than the open amount

	Status     Status
	Method     Method
	Confidence float64   // probability that the pair belongs together, 0 to 1
	Margin     float64   // Confidence less the runner-up's
	RunnerUp   *RunnerUp // nil when neither row has another candidate

	Evidence      []Evidence
	WouldChangeIf []string // what would take the status away, in words
	Reasons       []Reason // why it is not confirmed; PERSON_DECIDED of a fixed pair
}

// RunnerUp is the likeliest other pair of either row of a link.
type RunnerUp struct {
	InvoiceID, TransactionID string
	Confidence               float64
}

// Verdict says which way a signal points.
type Verdict string

// Verdicts.
const (
	Supports Verdict = "supports"
	Against  Verdict = "against"
	Neutral  Verdict = "neutral"
)

// Signal names what is compared.
type Signal string

// Signals.
const (
	SignalReference    Signal = "reference"
	SignalAmount       Signal = "amount"
	SignalCurrency     Signal = "currency"
	SignalDate         Signal = "date"
	SignalCounterparty Signal = "counterparty"
	SignalAccount      Signal = "account"
	SignalText         Signal = "text" // what the transaction says beyond the invoice
)

// Evidence is one signal of a pair.
type Evidence struct {
	Signal  Signal
	Verdict Verdict
	Weight  float64 // bits, to a tenth: each doubles or halves the odds
	Detail  string
}

// Unmatched is a row without a link.
type Unmatched struct {
	ID     string
	Reason Reason
	Detail string // in words
}

// Solution is what Solve found. Every row of the problem is in a link or
// unmatched.
type Solution struct {
	Links        []Link      // by invoice ID, then transaction ID
	Invoices     []Unmatched // by ID
	Transactions []Unmatched // by ID
	Candidates   int         // pairs that were weighed and worth a look
}
