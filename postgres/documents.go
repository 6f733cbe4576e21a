package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

const documentColumns = `document_id, filename, mime_type, size, coalesce(checksum, ''), coalesce(document_type, ''), uploaded_at,
	created_at, coalesce(updated_at, created_at)`

// AddDocument stores the description of a file whose content the blob store
// already holds, and enqueues what follows from it, in one transaction. The
// same content again (checksum) gives the document that stands, made false.
func (db *DB) AddDocument(ctx context.Context, workspaceID string, d record.Document, on func(record.Document) enrich.Occasion, follow Follow) (doc record.Document, made bool, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		occasions, err := []enrich.Occasion(nil), error(nil)
		if doc, made, occasions, err = storeDocument(ctx, tx, ws, enrich.DocumentUpload, d); err != nil || !made {
			return err
		}
		auto, err := readsByItself(ctx, tx, ws)
		if err != nil {
			return err
		}
		if auto {
			occasions = append(occasions, on(doc))
		}
		return enqueueFollowUps(ctx, tx, ws, occasions, follow)
	})
	if err == nil && made {
		db.announce()
	}
	return doc, made, err
}

// Follow makes the requests that follow from an occasion; nil makes none.
type Follow func(enrich.Occasion) ([]enrich.Request, error)

// storeDocument stores a document. Where it is new it says that it stands, and which
// columns and rules read it.
func storeDocument(ctx context.Context, tx pgx.Tx, ws int64, channel enrich.SourceChannel, d record.Document) (record.Document, bool, []enrich.Occasion, error) {
	doc, made, err := insertDocument(ctx, tx, ws, d)
	if err != nil || !made {
		return doc, made, nil, err
	}
	if err := appendEvent(ctx, tx, ws, enrich.EventDocumentStored, record.EntityDocument, doc.ID, map[string]any{"filename": doc.Filename}); err != nil {
		return doc, true, nil, err
	}
	var changes []newValue
	for _, field := range []string{"filename", "mime_type", "size"} {
		changes = append(changes, newValue{entityType: record.EntityDocument, entityID: doc.ID, field: field})
	}
	occasions, err := dependents(ctx, tx, ws, channel, changes)
	return doc, true, occasions, err
}

// readsByItself reports whether the workspace wants what arrives to be read.
func readsByItself(ctx context.Context, tx pgx.Tx, ws int64) (auto bool, err error) {
	err = tx.QueryRow(ctx, `SELECT auto_extract_enabled FROM workspaces WHERE pk = $1`, ws).Scan(&auto)
	return auto, err
}

func insertDocument(ctx context.Context, tx pgx.Tx, ws int64, d record.Document) (record.Document, bool, error) {
	tag, err := tx.Exec(ctx, `INSERT INTO documents (workspace_pk, filename, mime_type, size, checksum)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_pk, checksum) WHERE deleted_at IS NULL DO NOTHING`,
		ws, d.Filename, d.MimeType, d.Size, d.Checksum)
	if err != nil {
		return record.Document{}, false, err
	}
	rows, err := tx.Query(ctx, `SELECT `+documentColumns+` FROM documents
		WHERE workspace_pk = $1 AND checksum = $2 AND deleted_at IS NULL`, ws, d.Checksum)
	if err != nil {
		return record.Document{}, false, err
	}
	doc, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[record.Document])
	return doc, tag.RowsAffected() == 1, err
}

// documentList is the list of live documents.
var documentList = source[record.Document]{
	table: "documents d", alias: "d", where: `d.workspace_pk = $1 AND d.deleted_at IS NULL`, columns: documentColumns,
	id: column{expr: "d.document_id", typ: "text"},
	filters: map[string]column{
		"checksum":      {expr: "d.checksum", typ: "text"},
		"mime_type":     {expr: "d.mime_type", typ: "text"},
		"document_type": {expr: "d.document_type", typ: "text"},
		"filename":      {expr: "d.filename", typ: "text"},
		"created_at":    {expr: "d.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{
		"created_at":  {expr: "d.created_at", typ: "timestamptz"},
		"uploaded_at": {expr: "d.uploaded_at", typ: "timestamptz"},
	},
	scan: scanDocument,
}

func scanDocument(row pgx.Row, before ...any) (record.Document, error) {
	var d record.Document
	err := row.Scan(append(before, &d.ID, &d.Filename, &d.MimeType, &d.Size, &d.Checksum, &d.DocumentType, &d.UploadedAt, &d.CreatedAt, &d.UpdatedAt)...)
	return d, err
}

// ListDocuments reads a page of live documents.
func (db *DB) ListDocuments(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.Document], error) {
	return listIn(ctx, db, workspaceID, documentList, q)
}

// Document reads one live document.
func (db *DB) Document(ctx context.Context, workspaceID, id string) (record.Document, error) {
	var doc record.Document
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT `+documentColumns+` FROM documents
			WHERE workspace_pk = $1 AND document_id = $2 AND deleted_at IS NULL`, ws, id)
		if err != nil {
			return err
		}
		doc, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[record.Document])
		if err == pgx.ErrNoRows {
			return enrich.Errorf(enrich.CodeNotFound, "There is no document with this id.")
		}
		return err
	})
	return doc, err
}

// Extraction reads the cached parse of a content, or nil. The key is the hash
// of the content: only who has the bytes can ask for their parse.
func (db *DB) Extraction(ctx context.Context, checksum, parser, version string) ([]byte, error) {
	var result []byte
	err := db.pool.QueryRow(ctx, `SELECT result FROM document_extractions
		WHERE source_checksum = $1 AND parser_name = $2 AND parser_version = $3`, checksum, parser, version).Scan(&result)
	if err == pgx.ErrNoRows {
		return nil, nil
	}
	return result, err
}

// KeepExtraction caches a parse. The first one stays: it is a function of its key.
func (db *DB) KeepExtraction(ctx context.Context, checksum, parser, version string, result []byte) error {
	_, err := db.pool.Exec(ctx, `INSERT INTO document_extractions (source_checksum, parser_name, parser_version, result)
		VALUES ($1, $2, $3, $4::jsonb) ON CONFLICT DO NOTHING`, checksum, parser, version, string(result))
	return err
}
