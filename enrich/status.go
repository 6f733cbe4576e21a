package enrich

import "fmt"

// Status is where a task stands, as its users see it.
type Status string

// The six states of a task. There is no cancelled state: a withdrawn task is
// soft-deleted and keeps the status it had.
const (
	Pending          Status = "pending"           // enqueued; no attempt has begun
	Processing       Status = "processing"        // claimed at least once, also between retries
	Completed        Status = "completed"         // terminal: done, even if nothing was found
	AwaitingApproval Status = "awaiting_approval" // a proposal stands in output and waits for a person
	Failed           Status = "failed"            // terminal: the work broke or its input cannot be read
	Rejected         Status = "rejected"          // terminal: refused, by a person or by rule
)

// Statuses lists the states in the order of the database's enum.
func Statuses() []Status {
	return []Status{Pending, Processing, Completed, AwaitingApproval, Failed, Rejected}
}

// moves is the only table of moves. The trigger in the database holds the same
// edges, and a test tries all 36 pairs against both.
var moves = map[Status][]Status{
	Pending:          {Processing},
	Processing:       {Completed, Failed, Rejected, AwaitingApproval},
	AwaitingApproval: {Processing, Rejected},
}

// CanMove reports whether a task may go from one state to another. A state
// cannot move to itself.
func CanMove(from, to Status) bool {
	for _, s := range moves[from] {
		if s == to {
			return true
		}
	}
	return false
}

// Moves lists the states that a task in s may go to.
func (s Status) Moves() []Status { return append([]Status(nil), moves[s]...) }

// Terminal reports whether s is final.
func (s Status) Terminal() bool { return s == Completed || s == Failed || s == Rejected }

// ParseStatus reads a status by its exact name.
func ParseStatus(s string) (Status, error) {
	for _, st := range Statuses() {
		if string(st) == s {
			return st, nil
		}
	}
	return "", fmt.Errorf("unknown status %q", s)
}
