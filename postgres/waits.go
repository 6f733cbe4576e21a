package postgres

import (
	"fmt"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// hold is a row of enrichment_holds: what keeps due tasks of a type from
// starting. It is looked up when a task is read, so that a pause of 100,000
// tasks writes one row.
type hold struct {
	Scope       string     `json:"scope"`
	Name        string     `json:"name"`
	PausedUntil *time.Time `json:"paused_until"`
	PauseWords  string     `json:"pause_words"`
	MaxRunning  *int       `json:"max_running"`
	PerMinute   *float64   `json:"per_minute"`
	NextStart   *time.Time `json:"next_start"`
	Now         time.Time  `json:"now"` // by the database's clock
}

// waitOf says why a task waits, in words.
func waitOf(t enrich.Task, code *string, words string, due *time.Time, nobody bool, held *hold) *enrich.Wait {
	if t.Status == enrich.AwaitingApproval && code == nil {
		return &enrich.Wait{Code: enrich.WaitApproval, Words: "A person must decide on the proposal."}
	}
	if code == nil {
		return nil
	}
	if due == nil { // a parked parent is due when its last subtask ends
		return &enrich.Wait{Code: *code, Words: words}
	}
	wait := enrich.Wait{Code: *code, Words: words, Until: *due}
	switch {
	case nobody:
		wait.Code, wait.Words = enrich.WaitNoWorker, fmt.Sprintf("No running program handles %s.", t.Type)
	case held != nil && (held.binds(*due) || held.paused() && *code == enrich.WaitProviderPaused):
		return held.wait()
	case *code == enrich.WaitProviderPaused: // the pause is over
		wait.Code, wait.Words = enrich.WaitQueued, "Its provider may be called again; it waits for a free worker."
	case words != "":
	case wait.Code == enrich.WaitDue:
		wait.Words = "It is scheduled for later."
	default:
		wait.Words = "It is due and waits for a free worker."
	}
	return &wait
}

func (h hold) paused() bool { return h.PausedUntil != nil && h.PausedUntil.After(h.Now) }

// binds reports whether it is the hold that a task due at this time waits for.
func (h hold) binds(due time.Time) bool {
	return !due.After(h.Now) || h.paused() && due.Before(*h.PausedUntil)
}

func (h hold) wait() *enrich.Wait {
	switch {
	case h.paused() && h.Scope == ScopeProvider:
		return &enrich.Wait{
			Code: enrich.WaitProviderPaused, Until: *h.PausedUntil,
			Words: fmt.Sprintf("Nobody calls %s until %s.%s", h.Name, clock(*h.PausedUntil), because(h.PauseWords)),
		}
	case h.paused():
		return &enrich.Wait{
			Code: enrich.WaitPaused, Until: *h.PausedUntil,
			Words: fmt.Sprintf("Tasks of the type %s are paused until %s.%s", h.Name, clock(*h.PausedUntil), because(h.PauseWords)),
		}
	case h.NextStart != nil && h.NextStart.After(h.Now):
		return &enrich.Wait{
			Code: enrich.WaitLimit, Until: *h.NextStart,
			Words: fmt.Sprintf("At most %g tasks a minute may begin with %s; the next one may at %s.", *h.PerMinute, h.Name, clock(*h.NextStart)),
		}
	case h.MaxRunning != nil:
		return &enrich.Wait{
			Code:  enrich.WaitLimit,
			Words: fmt.Sprintf("At most %d tasks may run with %s at the same time, and as many do.", *h.MaxRunning, h.Name),
		}
	}
	return &enrich.Wait{Code: enrich.WaitLimit, Words: fmt.Sprintf("The limit of %s is reached.", h.Name)}
}

func because(words string) string {
	if words == "" {
		return ""
	}
	return " " + words
}

// clock shows a moment to people, to the second.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
