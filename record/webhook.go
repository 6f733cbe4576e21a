package record

import (
	"crypto/rand"
	"encoding/base64"
	"time"
)

// WebhookEndpoint is an address that is told what happens in a workspace.
type WebhookEndpoint struct {
	ID             string
	URL            string
	Description    string
	EventTypes     []string // those that it is told of
	Enabled        bool
	DisabledReason string // why we disabled it; empty if a person did, or nobody
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// WebhookDelivery is one event on its way to one endpoint. It carries the id
// that the receiver knows it by, over all attempts and redeliveries.
type WebhookDelivery struct {
	ID          string
	EndpointID  string
	EventType   string
	SubjectType string
	SubjectID   string
	EventAt     time.Time
	State       DeliveryState
	Attempts    int        // since it was created or last sent again
	DueAt       *time.Time // of the next attempt; nil when it is over
	LastStatus  *int       // HTTP status of the last attempt that got one
	LastError   string     // why the last attempt failed
	CreatedAt   time.Time
	FinishedAt  *time.Time
}

// DeliveryState says where a delivery stands.
type DeliveryState string

// The states of deliveries.
const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed" // the schedule is over
)

// DeliveryStates lists them.
func DeliveryStates() []DeliveryState {
	return []DeliveryState{DeliveryPending, DeliveryDelivered, DeliveryFailed}
}

// NewWebhookSecret makes the secret of an endpoint: 32 random bytes, written as
// the Standard Webhooks specification does, "whsec_" and base64.
func NewWebhookSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}
