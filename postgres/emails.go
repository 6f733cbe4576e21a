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
// in one transaction: on says what an arrival is an occasion for. A message that
// stands, by its Message-ID or its content, is returned as it is, made false.
func (db *DB) ImportEmail(ctx context.Context, workspaceID string, e record.Email, message record.Document, attachments []record.Document,
	on func(d record.Document, isMessage bool) []enrich.Occasion, follow Follow,
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
		arrived := arrivals{on: on}
		if arrived.auto, err = readsByItself(ctx, tx, ws); err != nil {
			return err
		}
		if e.DocumentID, err = arrived.store(ctx, tx, ws, message, true); err != nil {
			return err
		}
		for _, d := range attachments {
			id, err := arrived.store(ctx, tx, ws, d, false)
			if err != nil {
				return err
			}
			e.Attachments = append(e.Attachments, record.EmailAttachment{DocumentID: id, Filename: d.Filename})
		}
		if stored, err = insertEmail(ctx, tx, ws, e); err != nil {
			return err
		}
		return enqueueFollowUps(ctx, tx, ws, arrived.occasions, follow)
	})
	if err == nil && made {
		db.announce()
	}
	return stored, made, err
}

// arrivals are the documents of a message, and what they are occasions for.
type arrivals struct {
	on        func(d record.Document, isMessage bool) []enrich.Occasion
	auto      bool // what arrives is read
	occasions []enrich.Occasion
}

// store stores one. An attachment that stands already is not read again.
func (a *arrivals) store(ctx context.Context, tx pgx.Tx, ws int64, d record.Document, isMessage bool) (id string, err error) {
	doc, made, occasions, err := storeDocument(ctx, tx, ws, enrich.EmailImport, d)
	if err != nil {
		return "", err
	}
	a.occasions = append(a.occasions, occasions...)
	if a.auto && (made || isMessage) {
		a.occasions = append(a.occasions, a.on(doc, isMessage)...)
	}
	return doc.ID, nil
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
