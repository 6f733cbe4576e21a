package enrich

import (
	"encoding/json"
	"time"
)

// Claim is a task in the hands of one worker process: the right to settle it,
// proved by the token. Whoever lost the claim changes nothing.
type Claim struct {
	Task     Task
	Attempt  int       // number of this attempt
	Crashes  int       // how many earlier attempts ended with the death of their process
	Token    int64     // the lease token; a new one for every claim
	Key      int64     // the store's own handle of the task; means nothing elsewhere
	Tenant   int64     // the store's own handle of the workspace
	Depth    int       // how many follow-ups deep the task is
	Priority int       // as it was asked for
	Trace    string    // W3C traceparent of what made the task; empty where traces are off
	At       time.Time // when it was claimed, by the database's clock
	// Decision is a person's word on Proposal that is to be carried out now; nil
	// for a claim whose kind is to run.
	Decision *Decision
	Proposal Proposal
	// Children are the subtasks of a task that was split, in the order of their
	// making; Splits is how many attempts ended with a split.
	Children []Child
	Splits   int
	// Uncharged is how many of the attempts before this one are no failed tries:
	// splits, and all up to the last question that a person has answered.
	Uncharged int
	// Delivery is the push of a queue that brought the task; nil where it was claimed
	// from the store.
	Delivery *Delivery
}

// Child is a subtask as its parent sees it when it runs again.
type Child struct {
	ID         string
	Type       Type
	EntityType string
	EntityID   string
	Status     Status // terminal, unless it was made after the parent woke
	Input      json.RawMessage
	Output     json.RawMessage // nil if it has none
	Error      string          // of a failed one
}

// Settlement is a claim and what to do with it. Exactly one of the actions
// holds: a final or waiting status, a retry, or a release.
type Settlement struct {
	Claim   Claim
	To      Status        // the next status; empty for Retry and Release
	Retry   time.Duration // due again after this long, when To is empty and Outcome is retried
	Outcome Outcome
	Output  []byte // JSON object or nil
	// Message is the task's error, safe to show; for failed alone.
	Message     string
	Detail      string // the attempt's error, for operators
	Description string
	Records     []RecordWrite
	Proposal    *Proposal // what a person is asked, for awaiting_approval
	FollowUps   []Request
	// Follow makes requests of what the settlement itself turns out to change; nil
	// makes none.
	Follow     func([]Occasion) ([]Request, error)
	Children   []Request
	CostMicros int64
	// Pause holds back every task of every kind that uses the provider; nil for none.
	Pause     *Pause
	WaitCode  string // why it waits, for retries
	WaitWords string
	// Stays says that the task stays with the queue that pushed it, which pushes it
	// again; otherwise it is free.
	Stays bool
}

// Pause says that nobody may call a provider for a while.
type Pause struct {
	Provider string
	For      time.Duration
	Words    string // why, one sentence
}
