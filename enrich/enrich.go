// Package enrich holds the words the whole product speaks.
//
// A Task is the durable record of one unit of background work on one entity.
// A Kind is the worker of one enrichment type: a function from a Job to an
// Answer. The engine claims a task (it becomes a Claim under a lease), runs
// its kind (one attempt), and settles the Answer with all its effects in one
// transaction. Nothing in this package does input or output, and it imports
// the standard library alone, so that every other room may import it.
package enrich

import (
	"encoding/json"
	"time"
)

// Task is one row of enrichment_tasks: the contract's record, field for field.
// A nil pointer or a nil RawMessage is SQL NULL and JSON null. The internal
// primary key never leaves the store.
type Task struct {
	ID          string          // public id, a uuid made by the database
	WorkspaceID string          // public id of the workspace, text
	ParentID    *string         // public id of the parent task
	EntityType  string          // 1 to 100 characters: company, person, invoice, document, transaction, …
	EntityID    string          // 1 to 255 characters: the target's public id
	Status      Status          //
	Type        Type            // which kind handles the task
	Input       json.RawMessage // a JSON object
	Output      json.RawMessage // a JSON object, written by the settle
	// TargetFields names the fields to fill or re-evaluate; nil is null, empty is [].
	TargetFields  []string
	Error         *string        // message that is safe to show; the stack stays with the attempt
	SourceChannel *SourceChannel // the surface that triggered the task
	InputHash     *string        // "sha256:" and 64 hex digits; older rows may hold any text
	Description   *string        // markdown for people
	BatchID       *string        // uuid of the press of the Magic button
	CreatedAt     time.Time      // microseconds, UTC, as all times here
	UpdatedAt     *time.Time     //
	DeletedAt     *time.Time     // soft delete
	CompletedAt   *time.Time     // set at completed, failed and rejected
	Wait          *Wait          // why the task waits; nil when it does not. Not a column of the record
}

// Wait says why a task is not running: a code for programs, words for people.
type Wait struct {
	Code  string    // see the Wait… constants
	Words string    // one sentence
	Until time.Time // when it is due; zero when no time is known
}

// Codes of Wait.
const (
	WaitQueued   = "queued"     // due; waits for a free worker
	WaitRetry    = "retry"      // an attempt failed; due later
	WaitNoWorker = "no_worker"  // no running program handles this type
	WaitApproval = "approval"   // waits for a person
	WaitDue      = "scheduled"  // enqueued for later
	WaitChildren = "subtasks"   // waits for its subtasks
	WaitCrashed  = "recovering" // its worker died; waits to run again
	WaitDecided  = "decided"    // a decision was taken and takes effect soon

	WaitPaused         = "paused"          // an operator paused the type
	WaitProviderPaused = "provider_paused" // the provider asked for a pause, or an operator paused it
	WaitLimit          = "limit"           // as many run as may, or as many began lately as may
)

// Attempt is one finished run of a task: history that is never changed.
type Attempt struct {
	Number     int       // 1, 2, …
	Worker     string    // "host/pid" of the process that ran it
	StartedAt  time.Time // when it was claimed
	EndedAt    time.Time // when it was settled, released or swept
	Outcome    Outcome   //
	Error      string    // for operators: message and, after a panic, the stack
	CostMicros int64     // cost of model calls, millionths of a currency unit
}

// Outcome says how an attempt ended.
type Outcome string

// The outcomes of an attempt.
const (
	OutcomeCompleted Outcome = "completed"
	OutcomeAsked     Outcome = "asked"    // a person is needed
	OutcomeRefused   Outcome = "refused"  // the input is not for this kind
	OutcomeFailed    Outcome = "failed"   // ended the task
	OutcomeRetried   Outcome = "retried"  // runs again later
	OutcomeSplit     Outcome = "split"    // waits for its subtasks
	OutcomeReleased  Outcome = "released" // handed back by a drain; not charged
	OutcomeDeferred  Outcome = "deferred" // the provider asked for a pause; not charged
	OutcomeCrashed   Outcome = "crashed"  // its process died
	OutcomeDecided   Outcome = "decided"  // a person's decision was carried out
)

// Request asks for a new task.
type Request struct {
	EntityType    string
	EntityID      string
	Type          Type
	Input         json.RawMessage // nil or a JSON object
	TargetFields  []string
	SourceChannel *SourceChannel
	Description   *string
	ParentID      *string
	BatchID       *string
	Hash          string        // see Fingerprint.Hash; empty means null
	Delay         time.Duration // how long until it is due, by the database's clock
	Priority      int           // smaller runs first; PriorityPerson for what a person waits for
	Depth         int           // 0 for what a surface enqueues; one more for each follow-up
	By            string        // who asked for it, as people know them; empty for what nobody asked for
	CausedBy      string        // id of the task whose answer asked for this one
	Force         bool          // make a new task even where a duplicate stands
	ReuseAge      time.Duration // a finished duplicate younger than this is reused
	Trace         string        // W3C traceparent of what asked for it; empty takes the context's
	Expire        time.Duration // it is pointless if it has not begun this long from now; 0 is never
}

// Priorities of a Request.
const (
	PriorityPerson = 0  // a person waits for it
	PriorityNormal = 10 // everything else
	PriorityBulk   = 20 // backfills
)

// PriorityOf is the priority of what a channel brings: a person waits for what
// was done by hand, nobody for what arrives by itself. Follow-ups have the
// priority of their cause.
func PriorityOf(c SourceChannel) int {
	switch c {
	case BankSync, EmailImport:
		return PriorityNormal
	}
	return PriorityPerson
}

// MaxDepth is how deep follow-ups of follow-ups may go.
const MaxDepth = 4

// Enqueued is what an enqueue did: a new task, or the one that stood already.
type Enqueued struct {
	Task   Task
	Joined bool // an open task with the same hash stands: this is it
	Reused bool // a finished one with the same hash is young enough: this is it
}
