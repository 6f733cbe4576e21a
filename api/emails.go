package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/enrichd/enrichd/email"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

const emailsPath = "/v1/emails"

// emails are messages that were brought: their heads, and the documents they carried.
func (s *server) emails() *resource {
	return table[record.Email]{
		Type: record.EntityEmail, Path: emailsPath, Noun: "an e-mail", Read: ScopeDocumentsRead, Write: ScopeDocumentsWrite,
		ID: func(v record.Email) string { return v.ID },
		Fields: []field[record.Email]{
			{Name: "email_id", Form: words(), Value: func(v record.Email) any { return v.ID }},
			{Name: "message_id", Form: words(), Value: func(v record.Email) any { return textOrNull(v.MessageID) }},
			{Name: "checksum", Form: words(), Value: func(v record.Email) any { return v.Checksum }},
			{Name: "sender", Form: words(), Value: func(v record.Email) any { return textOrNull(v.Sender) }},
			{Name: "sender_name", Form: words(), Value: func(v record.Email) any { return textOrNull(v.SenderName) }},
			{Name: "subject", Form: words(), Value: func(v record.Email) any { return textOrNull(v.Subject) }},
			{Name: "sent_at", Form: moment(), Value: func(v record.Email) any { return stamp(v.SentAt) }},
			{Name: "attachments", Form: anything(), Value: func(v record.Email) any { return append([]record.EmailAttachment{}, v.Attachments...) }},
			{Name: "refused", Form: anything(), Value: func(v record.Email) any { return append([]record.EmailRefused{}, v.Refused...) }},
			{Name: "created_at", Form: moment(), Value: func(v record.Email) any { return stamp(&v.CreatedAt) }},
		},
		Relations: []relation[record.Email]{{Name: "document", To: record.EntityDocument, ID: func(v record.Email) *string { return idOrNil(v.DocumentID) }}},
		Filters:   []filter{byText("message_id"), byText("checksum"), byTime("created_at")},
		Sorts:     []string{"created_at"},
		List:      s.store.ListEmails,
	}.resource()
}

// importEmail takes a message as the raw body (message/rfc822) or as a multipart
// form. It and its attachments become documents, and the attachments are read. The
// same message again, by its Message-ID or its content, answers 200 with the one that
// stands.
func (s *server) importEmail(c *call) error {
	r := s.types[record.EntityEmail]
	q, err := c.query(s.queryOne(r))
	if err != nil {
		return err
	}
	body, filename, err := openUpload(c)
	if err != nil {
		return err
	}
	checksum, size, err := s.blobs.Put(c.r.Context(), body, email.MaxMessage)
	if err != nil {
		return uploadFault(c.r.Context(), err)
	}
	stored, fresh, err := s.keepEmail(c, record.Document{Filename: filename, MimeType: messageType, Size: size, Checksum: checksum})
	if err != nil {
		return err
	}
	one, err := r.one(c.r.Context(), c.workspace(), stored.ID)
	if err != nil {
		return err
	}
	return s.writeMade(c, q, r, made[shown]{Record: one, Stood: !fresh})
}

// messageType is the media type of a message.
const messageType = "message/rfc822"

// keepEmail imports a message whose content is kept.
func (s *server) keepEmail(c *call, whole record.Document) (stored record.Email, fresh bool, err error) {
	message, err := s.readEmail(c.r.Context(), whole.Checksum)
	if err != nil {
		return stored, false, err
	}
	e := emailOf(message, whole.Checksum)
	attachments, err := s.keepAttachments(c.r.Context(), message)
	if err != nil {
		return stored, false, err
	}
	on, err := s.onEmail(c, e.Sender)
	if err != nil {
		return stored, false, err
	}
	return s.store.ImportEmail(c.r.Context(), c.workspace(), e, whole, attachments, on, s.follow)
}

// readEmail reads a kept message.
func (s *server) readEmail(ctx context.Context, checksum string) (*email.Message, error) {
	kept, err := s.blobs.Open(ctx, checksum)
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	content, err := io.ReadAll(io.LimitReader(kept, email.MaxMessage+1))
	if err != nil {
		return nil, err
	}
	message, err := email.Parse(content)
	var refused *email.Error
	if errors.As(err, &refused) {
		return nil, jsonapi.Fault("INVALID_EMAIL", "%s", refused.Message).At("").With("reason", refused.Code)
	}
	return message, err
}

func emailOf(m *email.Message, checksum string) record.Email {
	e := record.Email{MessageID: m.ID, Checksum: checksum, Sender: m.From, SenderName: m.FromName, Subject: m.Subject}
	if !m.Sent.IsZero() {
		e.SentAt = &m.Sent
	}
	for _, r := range m.Refused {
		e.Refused = append(e.Refused, record.EmailRefused{Name: r.Name, Code: r.Code, Message: r.Message})
	}
	return e
}

// keepAttachments puts the contents into the store; their media types are told by
// their first bytes, as those of uploads are.
func (s *server) keepAttachments(ctx context.Context, m *email.Message) ([]record.Document, error) {
	var documents []record.Document
	for _, a := range m.Attachments {
		checksum, size, err := s.blobs.Put(ctx, bytes.NewReader(a.Content), MaxUpload)
		if err != nil {
			return nil, uploadFault(ctx, err)
		}
		documents = append(documents, record.Document{Filename: cleanName(a.Name), MimeType: http.DetectContentType(a.Content), Size: size, Checksum: checksum})
	}
	return documents, nil
}

// onEmail says what a message and its attachments are occasions for: a document that
// arrived, who wrote it, and the company at whose address they write.
func (s *server) onEmail(c *call, sender string) (func(d record.Document, isMessage bool) []enrich.Occasion, error) {
	box := record.MailboxOf(sender)
	companies, err := s.store.CompaniesAt(c.r.Context(), c.workspace(), record.MailDomain(sender))
	if err != nil {
		return nil, err
	}
	return func(d record.Document, isMessage bool) []enrich.Occasion {
		arrived := enrich.Occasion{
			Channel: enrich.EmailImport, EntityType: record.EntityDocument, EntityID: d.ID,
			Facts: map[string]string{trigger.FactContent: d.Checksum},
		}
		if !isMessage {
			return []enrich.Occasion{arrived}
		}
		arrived.Facts[trigger.FactMessage] = "true"
		if sender == "" || box == record.MailboxRole {
			arrived.Facts[trigger.FactMailbox] = string(record.MailboxRole)
		}
		occasions := []enrich.Occasion{arrived}
		for _, company := range companies[:min(1, len(companies))] {
			occasions = append(occasions, enrich.Occasion{Channel: enrich.EmailImport, EntityType: record.EntityCompany, EntityID: company.ID})
		}
		return occasions
	}, nil
}
