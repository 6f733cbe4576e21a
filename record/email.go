package record

import "time"

// EntityEmail is a message that was brought.
const EntityEmail = "email"

// Email is a message that was brought, with the documents that it carried.
type Email struct {
	ID          string
	MessageID   string // of its head, without brackets; may be empty
	Checksum    string // of the whole message
	Sender      string // address, lower case; may be empty
	SenderName  string
	Subject     string
	SentAt      *time.Time // nil where the message has no date that can be read
	DocumentID  string     // the message itself, kept as a document
	Attachments []EmailAttachment
	Refused     []EmailRefused
	CreatedAt   time.Time
}

// EmailAttachment is a document that a message carried.
type EmailAttachment struct {
	DocumentID string `json:"document_id"`
	Filename   string `json:"filename"`
}

// EmailRefused is a part of a message that was not taken, and why.
type EmailRefused struct {
	Name    string `json:"name"`
	Code    string `json:"code"`
	Message string `json:"message"`
}
