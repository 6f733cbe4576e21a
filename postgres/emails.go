package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

const emailColumns = `email_id, coalesce(message_id, ''), checksum, coalesce(sender, ''), coalesce(sender_name, ''), coalesce(subject, ''), sent_at,
	document_id, attachments, refused, created_at`

// emailList is the list of live e-mails.
var emailList = source[record.Email]{
	table: "emails e", alias: "e", where: `e.workspace_pk = $1 AND e.deleted_at IS NULL`, columns: emailColumns,
	id: column{expr: "e.email_id", typ: "text"},
	filters: map[string]column{
		"message_id": {expr: "e.message_id", typ: "text"},
		"checksum":   {expr: "e.checksum", typ: "text"},
		"created_at": {expr: "e.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{"created_at": {expr: "e.created_at", typ: "timestamptz"}},
	scan: func(row pgx.Row, before ...any) (record.Email, error) {
		var e record.Email
		err := row.Scan(append(before, &e.ID, &e.MessageID, &e.Checksum, &e.Sender, &e.SenderName, &e.Subject, &e.SentAt,
			&e.DocumentID, &e.Attachments, &e.Refused, &e.CreatedAt)...)
		return e, err
	},
}

// ListEmails reads a page of live e-mails.
func (db *DB) ListEmails(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.Email], error) {
	return listIn(ctx, db, workspaceID, emailList, q)
}

// ImportEmail stores a message whose contents the blob store already holds: the
// message as a document, each attachment as a document, and what follows from those,
// in one transaction. A message that stands, by its Message-ID or its content, is
// returned as it is, made false.
func (db *DB) ImportEmail(ctx context.Context, workspaceID string, e record.Email, message record.Document, attachments []record.Document,
	follow func(record.Document) ([]enrich.Request, error),
) (stored record.Email, made bool, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		// Two deliveries at once of one message are one import.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('enrichd.emails', $1))`, ws); err != nil {
			return err
		}
		if stored, err = emailOf(ctx, tx, ws, e); err != pgx.ErrNoRows {
			return err
		}
		made = true
		whole, _, err := storeDocument(ctx, tx, ws, message)
		if err != nil {
			return err
		}
		e.DocumentID = whole.ID
		if e.Attachments, err = storeAttachments(ctx, tx, ws, attachments, follow); err != nil {
			return err
		}
		stored, err = insertEmail(ctx, tx, ws, e)
		return err
	})
	if err == nil && made {
		db.announce()
	}
	return stored, made, err
}

// emailOf finds the message that stands in place of another; pgx.ErrNoRows for none.
func emailOf(ctx context.Context, tx pgx.Tx, ws int64, e record.Email) (record.Email, error) {
	return emailList.scan(tx.QueryRow(ctx, `SELECT `+emailColumns+` FROM emails
		WHERE workspace_pk = $1 AND deleted_at IS NULL AND (checksum = $2 OR message_id = nullif($3, '')) ORDER BY pk LIMIT 1`, ws, e.Checksum, e.MessageID))
}

func insertEmail(ctx context.Context, tx pgx.Tx, ws int64, e record.Email) (record.Email, error) {
	if e.Attachments == nil {
		e.Attachments = []record.EmailAttachment{}
	}
	if e.Refused == nil {
		e.Refused = []record.EmailRefused{}
	}
	return emailList.scan(tx.QueryRow(ctx, `INSERT INTO emails (workspace_pk, message_id, checksum, sender, sender_name, subject, sent_at, document_id, attachments, refused)
		VALUES ($1, nullif($2, ''), $3, nullif($4, ''), nullif($5, ''), nullif($6, ''), $7, $8, $9, $10) RETURNING `+emailColumns,
		ws, e.MessageID, e.Checksum, e.Sender, e.SenderName, e.Subject, e.SentAt, e.DocumentID, e.Attachments, e.Refused))
}

// storeDocument stores one document, and says that it stands where it is new.
func storeDocument(ctx context.Context, tx pgx.Tx, ws int64, d record.Document) (record.Document, bool, error) {
	doc, made, err := insertDocument(ctx, tx, ws, d)
	if err != nil || !made {
		return doc, made, err
	}
	return doc, true, appendEvent(ctx, tx, ws, enrich.EventDocumentStored, record.EntityDocument, doc.ID, map[string]any{"filename": doc.Filename})
}

// storeAttachments stores the attachments; those that are new are read next, where
// the workspace wants that.
func storeAttachments(ctx context.Context, tx pgx.Tx, ws int64, list []record.Document, follow func(record.Document) ([]enrich.Request, error)) ([]record.EmailAttachment, error) {
	auto := false
	if err := tx.QueryRow(ctx, `SELECT auto_extract_enabled FROM workspaces WHERE pk = $1`, ws).Scan(&auto); err != nil {
		return nil, err
	}
	var stored []record.EmailAttachment
	var requests []enrich.Request
	for _, d := range list {
		doc, made, err := storeDocument(ctx, tx, ws, d)
		if err != nil {
			return nil, err
		}
		stored = append(stored, record.EmailAttachment{DocumentID: doc.ID, Filename: d.Filename})
		if !made || !auto {
			continue
		}
		more, err := follow(doc)
		if err != nil {
			return nil, err
		}
		requests = append(requests, more...)
	}
	_, err := enqueue(ctx, tx, ws, requests)
	return stored, err
}
