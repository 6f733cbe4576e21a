package enrich

import (
	"encoding/json"
	"time"
)

// Proposal is what an Ask wants done once a person agrees. It is stored beside
// the task as it was shown, so that what a person agrees to is what is done.
type Proposal struct {
	Records   []RecordWrite `json:"records,omitempty"` // with any approval
	Items     []Item        `json:"items,omitempty"`   // each can be accepted or refused by itself
	Occasions []Occasion    `json:"occasions,omitempty"`
}

// Item is a part of a proposal that can be accepted by itself. The task's output
// shows it under the same id in _proposal.items.
type Item struct {
	ID       string        `json:"id"`
	Title    string        `json:"title"` // one line for people
	Records  []RecordWrite `json:"records,omitempty"`
	Refused  []RecordWrite `json:"refused,omitempty"` // written if the item is refused, so that it is not proposed again
	Occasion *Occasion     `json:"occasion,omitempty"`
	// NeedsReason says that who accepts it must say why.
	NeedsReason bool `json:"needs_reason,omitempty"`
}

// ShownItems is how items stand in a task's output, under _proposal.items.
func ShownItems(items []Item) []map[string]string {
	shown := []map[string]string{}
	for _, item := range items {
		shown = append(shown, map[string]string{"id": item.ID, "title": item.Title})
	}
	return shown
}

// Verdict is a person's word on a proposal.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Reject  Verdict = "reject"
)

// DecisionState says what became of a decision.
type DecisionState string

// The states of a decision. One proposal has at most one that waits or was applied.
const (
	DecisionWaiting    DecisionState = "waiting"    // in its grace, or until a worker is free
	DecisionApplied    DecisionState = "applied"    // carried out
	DecisionWithdrawn  DecisionState = "withdrawn"  // undone in its grace
	DecisionSuperseded DecisionState = "superseded" // could not be carried out any more: the records had moved on
)

// DecisionGrace is how long a decision can be undone before it takes effect.
const DecisionGrace = 10 * time.Second

// Decision is a person's word on what a task proposes, bound to the output that
// the person was shown.
type Decision struct {
	ID           string // uuid
	TaskID       string
	Verdict      Verdict
	Accepted     []string // ids of the items; nil is all of them. Of no meaning for a rejection
	Reason       string
	ReviewedHash string // OutputHash of the output that was shown
	By           string // who decided: the name of the key
	State        DecisionState
	CreatedAt    time.Time
	EffectiveAt  time.Time  // when the grace ends
	EndedAt      *time.Time // when it was applied, withdrawn or superseded
}

// Accepts reports whether the decision takes an item of the proposal.
func (d Decision) Accepts(item string) bool {
	if d.Verdict != Approve {
		return false
	}
	if d.Accepted == nil {
		return true
	}
	for _, id := range d.Accepted {
		if id == item {
			return true
		}
	}
	return false
}

// OutputHash names a task's output: "sha256:" and 64 hex digits over its
// canonical JSON. A decision carries the hash of what its author was shown.
func OutputHash(output json.RawMessage) (string, error) {
	if len(output) == 0 {
		output = json.RawMessage("null")
	}
	canonical, err := CanonicalJSON(output)
	if err != nil {
		return "", err
	}
	return sum(canonical), nil
}
