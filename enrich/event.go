package enrich

import (
	"encoding/json"
	"time"
)

// Event is one line of the outbox: something that happened, told in the
// transaction in which it happened.
type Event struct {
	Sequence    int64     // grows; the cursor of readers
	WorkspaceID string    //
	Type        string    // see the Event… constants
	SubjectType string    // enrichment_task, document, …
	SubjectID   string    //
	At          time.Time //
	Data        json.RawMessage
}

// Types of events. A move of a task is "enrichment_task." and the new status.
const (
	EventTaskCreated    = "enrichment_task.created"
	EventTaskDeleted    = "enrichment_task.deleted"
	EventTaskUpdated    = "enrichment_task.updated"
	EventTaskDescribed  = "enrichment_task.described"  // a person wrote the description: workers leave it alone
	EventBatchSettled   = "enrichment_batch.settled"   // nothing of it runs: what is open waits for a person
	EventBatchCompleted = "enrichment_batch.completed" // told once: all its tasks are terminal
	EventDocumentStored = "document.created"

	EventStatementImported = "bank_statement.imported"

	EventDecisionMade      = "enrichment_task.decision_made"      // a person decided; it takes effect after the grace
	EventDecisionWithdrawn = "enrichment_task.decision_withdrawn" // and undid it
)

// Events of sign-offs. A suspension is told by the database itself.
const (
	EventSignedOff        = "close_sign_off.signed"
	EventSignOffSuspended = "close_sign_off.suspended" // a fact of the month came or changed after it
)

// EventOf names the event of a move to s.
func EventOf(s Status) string { return "enrichment_task." + string(s) }

// WebhookEvents lists the events that webhooks can ask for: the life of tasks, the
// ends of batches, and what becomes of a month's sign-off.
func WebhookEvents() []string {
	events := []string{EventTaskCreated, EventTaskDeleted, EventBatchSettled, EventBatchCompleted, EventSignedOff, EventSignOffSuspended}
	for _, s := range Statuses() {
		events = append(events, EventOf(s))
	}
	return events
}
