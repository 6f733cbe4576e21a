package enrich

import (
	"errors"
	"fmt"
)

// Error is an error that crosses a border of the product: a code for programs,
// a message for people, and the field that is at fault, if one is. Every other
// error is internal and stays in the log.
type Error struct {
	Code    string // UPPER_SNAKE for requests, lower_snake for work
	Message string // one sentence that is safe to show
	Field   string // path in the request, e.g. "input/document_id"; may be empty
	Err     error  // what lies behind it; never shown
	// Existing is the public id of what stands in the way, for conflicts.
	Existing string
}

// Error returns the message, with the code in front of it.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Unwrap returns what lies behind the error.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error with a formatted message.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// CodeOf returns the code of the first *Error in err's chain, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// ErrDead says that a worker process was given up by the others: it has lost
// every claim and must stop what it runs.
var ErrDead = errors.New("this process was given up by the others")

// Codes that callers branch on.
const (
	CodeNotFound        = "NOT_FOUND"          // no such record in this workspace
	CodeRelatedNotFound = "RELATED_NOT_FOUND"  // a record that the request names is not there
	CodeInvalid         = "INVALID_VALUE"      // a value cannot be taken; Field says which
	CodeNotEmpty        = "DATABASE_NOT_EMPTY" // a backup is restored into a new database
	CodeHistoryBusy     = "HISTORY_BUSY"       // another process moves history
	CodeNotPending      = "TASK_NOT_PENDING"   // the change is for pending tasks only
	CodeParentCycle     = "PARENT_CYCLE"       // the parent would be its own descendant, or too deep
	CodeCloseActive     = "MONTHLY_CLOSE_ALREADY_ACTIVE"
	CodeCloseNotReady   = "CLOSE_NOT_READY"        // a month that cannot be signed off
	CodeOwnWork         = "OWN_WORK"               // who prepared something cannot sign it off
	CodeSignedAlready   = "ALREADY_SIGNED_OFF"     // the month stands signed off
	CodeReasonNeeded    = "REASON_NEEDED"          // a decision that has to say why does not
	CodeKeyReused       = "IDEMPOTENCY_KEY_REUSED" // the key was used for another request
	CodeTooMany         = "TOO_MANY"               // one request asks for more than it may
	CodeOverCost        = "OVER_COST_CAP"          // it is expected to cost more than its cap
	CodeStale           = "PRECONDITION_FAILED"    // the record changed since the caller read it

	CodeNotAwaiting   = "TASK_NOT_AWAITING_APPROVAL" // there is nothing to decide
	CodeDecisionMade  = "DECISION_ALREADY_MADE"      // somebody was first
	CodeDecisionEnded = "DECISION_ALREADY_APPLIED"   // too late to undo
	CodeOutputChanged = "OUTPUT_CHANGED"             // the proposal is not the one that was shown
	CodeNotSuggested  = "VALUE_NOT_SUGGESTED"        // only a suggestion can be accepted
	CodeUnknownItem   = "UNKNOWN_ITEM"               // the proposal has no such item
)
