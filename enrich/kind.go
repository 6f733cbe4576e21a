package enrich

import (
	"context"
	"encoding/json"
	"time"
)

// Kind is the worker of one enrichment type. It reads through ports that it
// was made with and never writes: what it wants done stands in its Answer.
type Kind interface {
	// Spec says what the engine must know before it runs the kind.
	Spec() Spec
	// Check refuses an input that the kind could never work on. It is called at
	// enqueue, before anything is written; its error is an *Error whose Field
	// names the faulty member of the input.
	Check(input json.RawMessage) error
	// Run does the work of one attempt. It obeys ctx, which ends at the kind's
	// deadline, when the lease is lost and when the program drains. A panic is
	// caught and counts as a failed attempt.
	Run(ctx context.Context, job Job) Answer
}

// Spec describes a kind to the engine.
type Spec struct {
	Type        Type
	Version     int           // part of the input hash: a new version makes old results no duplicates
	Deadline    time.Duration // longest run of one attempt
	MaxAttempts int           // failed attempts until the task fails
	BaseDelay   time.Duration // first back-off; it doubles up to MaxDelay, with full jitter
	MaxDelay    time.Duration
	ReuseAge    time.Duration // a finished duplicate younger than this is reused
	Expire      time.Duration // a task that has not begun this long after it was made is pointless; 0 is never
	Limit       Limit         // of this kind, over all processes
	Provider    Provider      // the service outside that the kind calls; the zero value is none
}

// Limit bounds work over all processes. The zero value is no bound.
type Limit struct {
	Running   int     // attempts at the same time
	PerMinute float64 // attempts that begin in a minute
	Burst     int     // how many may begin at once after a rest; default 1
}

// Provider is a service outside that kinds call. Kinds that name the same
// provider share its limit, and its pauses hold back all of them.
type Provider struct {
	Name  string // short and lower-case, as people know it: "logo.dev"
	Limit Limit
}

// WithDefaults fills what a kind left out: a minute's deadline, five attempts,
// back-off from 2 s to 5 min, reuse for 24 h.
func (s Spec) WithDefaults() Spec {
	s.Version = orDefault(s.Version, 1)
	s.Deadline = orDefault(s.Deadline, time.Minute)
	s.MaxAttempts = orDefault(s.MaxAttempts, 5)
	s.BaseDelay = orDefault(s.BaseDelay, 2*time.Second)
	s.MaxDelay = orDefault(s.MaxDelay, 5*time.Minute)
	s.ReuseAge = orDefault(s.ReuseAge, 24*time.Hour)
	return s
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Job is what a kind is given: the task as it stands, which attempt this is, and
// after a Split what became of the children.
type Job struct {
	Task     Task
	Attempt  int     // 1, 2, …
	Children []Child // in the order of their making; nil before the first split
}
