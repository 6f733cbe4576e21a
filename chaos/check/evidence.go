// Package check judges what a campaign of faults has left behind.
//
// It imports nothing of the product and asks it nothing. What it reads are four
// records that the product did not write for it: the history of the clients, the
// effects that the upstream received, the log that triggers of the campaign keep
// beside the tables, and the rows of the tables themselves.
package check

import "time"

// How an operation went, as its client saw it: the four values of a history.
// Source: Jepsen and Elle (K. Kingsbury, P. Alvaro, "Elle", VLDB 2020).
const (
	Invoke = "invoke"
	OK     = "ok"
	Fail   = "fail" // refused: nothing was done
	Info   = "info" // nobody knows: a timeout, a broken connection, a 5xx
)

// What clients do.
const (
	Create = "create" // make a task
	Press  = "press"  // make a batch
	Read   = "read"   // look at a task
	Decide = "decide" // approve or reject
	Delete = "delete" // of a task
	Drop   = "drop"   // of a workspace
	Probe  = "probe"  // a used key with another request
	Import = "import" // a bank statement
	List   = "list"   // read all pages of a workspace's tasks
)

// Op is one line of the history.
type Op struct {
	At        time.Time `json:"at"`
	Client    int       `json:"client"`
	Op        string    `json:"op"`
	Type      string    `json:"type"`
	Key       string    `json:"key,omitempty"` // Idempotency-Key
	Workspace string    `json:"workspace,omitempty"`
	ID        string    `json:"id,omitempty"`     // of the task or batch
	Entity    string    `json:"entity,omitempty"` // that it was asked for
	Code      int       `json:"code,omitempty"`   // of HTTP
	Status    string    `json:"status,omitempty"` // of the task that was read, or the verdict
	Digest    string    `json:"digest,omitempty"` // of what a reader saw of a terminal task
	Leak      string    `json:"leak,omitempty"`   // a canary of another workspace in the answer
	Took      float64   `json:"took,omitempty"`   // seconds
	Seen      []string  `json:"seen,omitempty"`   // ids on the pages, in their order
}

// Effect is one call that the upstream received.
type Effect struct {
	At      time.Time `json:"at"`
	Key     string    `json:"key"` // Idempotency-Key: task and attempt
	Task    string    `json:"task"`
	Attempt int       `json:"attempt"`
	PID     int       `json:"pid"`  // of the worker that called
	Body    string    `json:"body"` // its hash
}

// Task is a row of enrichment_tasks.
type Task struct {
	PK          int64      `json:"pk"`
	ID          string     `json:"enrichment_task_id"`
	Workspace   string     `json:"workspace_id"`
	Status      string     `json:"status"`
	Type        string     `json:"enrichment_type"`
	Entity      string     `json:"entity_id"`
	Parent      *int64     `json:"parent_task_pk"`
	Batch       *string    `json:"batch_id"`
	Canary      *string    `json:"canary"` // that stands in the output
	Digest      string     `json:"digest"`
	CreatedAt   time.Time  `json:"created_at"`
	DeletedAt   *time.Time `json:"deleted_at"`
	CompletedAt *time.Time `json:"completed_at"`
}

// Event is a row of enrichment_events.
type Event struct {
	PK      int64     `json:"pk"`
	Type    string    `json:"event_type"`
	Subject string    `json:"subject_id"`
	At      time.Time `json:"created_at"`
}

// Attempt is a row of enrichment_task_attempts.
type Attempt struct {
	Task    int64     `json:"task_pk"`
	Number  int       `json:"attempt"`
	Worker  string    `json:"worker"`
	Started time.Time `json:"started_at"`
	Ended   time.Time `json:"ended_at"`
	Outcome string    `json:"outcome"`
}

// Move is a change of a task's status, as the campaign's own trigger saw it.
type Move struct {
	Seq  int64     `json:"seq"`
	Task int64     `json:"task_pk"`
	From string    `json:"was"` // empty where the task was made
	To   string    `json:"is"`
	Tx   string    `json:"tx"`
	At   time.Time `json:"at"` // of the transaction
}

// Hold is a change of who holds a task, as the campaign's own trigger saw it: of
// the token in its dispatch row.
type Hold struct {
	Seq     int64      `json:"seq"`
	Task    int64      `json:"task_pk"`
	Was     *int64     `json:"was"` // nil where nobody held it
	Is      *int64     `json:"is"`  // nil where it was let go
	Attempt int        `json:"attempt"`
	Worker  *int64     `json:"worker_pk"` // that holds it now
	Crashes int        `json:"crashes"`
	Tx      string     `json:"tx"`
	At      time.Time  `json:"at"` // of the transaction
	Beat    *time.Time `json:"beat_at"`
}

// Batch is a row of enrichment_batches.
type Batch struct {
	ID        string `json:"batch_id"`
	Workspace string `json:"workspace_id"`
	Key       string `json:"key"`
	Total     int    `json:"total"`
	Running   int    `json:"running"`
	Open      int    `json:"open"`
}

// Value is a row of field_values: what a task wrote to a record.
type Value struct {
	Task   string `json:"task_id"`
	Entity string `json:"entity_id"`
	Field  string `json:"field"`
}

// Dispatch is a row of enrichment_dispatches.
type Dispatch struct {
	Task     int64 `json:"task_pk"`
	Attempt  int   `json:"attempt"`
	Crashes  int   `json:"crashes"`
	Held     bool  `json:"held"`
	Children *int  `json:"children"`
}

// Account is a bank statement that the load imported, with what its lines sum up to.
type Account struct {
	Workspace string `json:"workspace_id"`
	Rows      int    `json:"rows"`
	Cents     int64  `json:"cents"` // of the rows in the table
	WantRows  int    `json:"want_rows"`
	WantCents int64  `json:"want_cents"` // closing less opening balance
	Doubles   int    `json:"doubles"`    // of one external id
}

// Tables is what stood in the database at the end.
type Tables struct {
	Tasks      []Task     `json:"tasks"`
	Events     []Event    `json:"events"`
	Attempts   []Attempt  `json:"attempts"`
	Moves      []Move     `json:"moves"`
	Holds      []Hold     `json:"holds"`
	Batches    []Batch    `json:"batches"`
	Values     []Value    `json:"values"`
	Dispatches []Dispatch `json:"dispatches"`
	Accounts   []Account  `json:"accounts"`
}

// Window is a time in which the nemesis did something that may cost a process its
// claims: only then may an attempt end as crashed.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Why  string    `json:"why"`
}

// Use is what the processes have in use, before the load and after the end.
type Use struct {
	What   string  `json:"what"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// Evidence is all that a verdict rests on.
type Evidence struct {
	History []Op              `json:"-"`
	Effects []Effect          `json:"-"`
	Tables  Tables            `json:"-"`
	Canary  map[string]string `json:"canaries"` // by workspace
	Dropped []string          `json:"dropped"`  // workspaces that were deleted
	Deadly  []Window          `json:"deadly"`
	// Slow are the times in which processes may be kept from writing what they have
	// done, though not cost their claims.
	Slow []Window `json:"slow"`
	Use  []Use    `json:"use"`
	// Quiet is how long it took, after everything was healed, until nothing was
	// open; negative where it never came.
	Quiet time.Duration `json:"quiet"`
	// ParentWithin is how soon a parent is to end behind its last child; 0 is 10 s.
	ParentWithin time.Duration `json:"parent_within"`
}

// Violation is a promise that was not kept.
type Violation struct {
	Invariant string `json:"invariant"`
	Subject   string `json:"subject"`
	Words     string `json:"words"`
}

// String is a violation on one line.
func (v Violation) String() string { return v.Invariant + " " + v.Subject + ": " + v.Words }

// terminal reports whether a status is the end of a task.
func terminal(status string) bool {
	switch status {
	case "completed", "failed", "rejected":
		return true
	}
	return false
}
