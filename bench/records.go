package main

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// makeRecords makes the table that a hand would write beside River: the
// contract's columns, without row-level security, triggers and foreign keys. Its
// indexes are those of enrichd's own record, or the contract's alone.
func makeRecords(ctx context.Context, url string, p *pgxpool.Pool, lean bool) error {
	if _, err := postgres.Migrate(ctx, url); err != nil {
		return err
	}
	if _, err := p.Exec(ctx, `CREATE TABLE records (LIKE enrichment_tasks INCLUDING ALL)`); err != nil || !lean {
		return err
	}
	rows, err := p.Query(ctx, `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'records'`)
	if err != nil {
		return err
	}
	var name, def, drop string
	for rows.Next() {
		if err := rows.Scan(&name, &def); err != nil {
			return err
		}
		if !ofContract(def) {
			drop += "DROP INDEX " + name + ";"
		}
	}
	if rows.Err() != nil {
		return rows.Err()
	}
	_, err = p.Exec(ctx, drop)
	return err
}

// ofContract reports whether the contract names an index of the task's table.
func ofContract(def string) bool {
	for _, columns := range []string{
		"(pk)", "(enrichment_task_id)", "(entity_type, entity_id)", "(input_hash)", "(batch_id)", "(batch_id, status)",
		"(workspace_pk, ((input ->> 'record_id'::text)), status)", "(workspace_pk, entity_type, entity_id, enrichment_type)",
	} {
		if strings.Contains(def, "btree "+columns) {
			return true
		}
	}
	return false
}

const insertRecordsSQL = `
	INSERT INTO records (workspace_pk, entity_type, entity_id, enrichment_type, input, source_channel, input_hash, batch_id)
	SELECT 1, 'company', s.entity, 'ocr_extract', s.input::jsonb, 'document_upload', s.hash, $4
	FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS s (entity, input, hash, ord) ORDER BY s.ord RETURNING pk`

// hashes are those by which enrichd knows duplicates: every record has one.
func hashes(batch []job) []string {
	out := make([]string, len(batch))
	for i, j := range batch {
		hash, err := enrich.Fingerprint{Type: enrich.OCRExtract, Input: j.Input, KindVersion: 1}.Hash()
		if err != nil {
			panic(err) // the inputs are our own
		}
		out[i] = hash
	}
	return out
}

func randomBatch() string { return uuid.NewString() }
