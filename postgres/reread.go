package postgres

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// RereadStatement replaces what an import said of its file, in one transaction, by
// what the same file says as a person has it read. Entries that it brought and that
// are no more go; links that the rules made of them are taken back, by whom; a link
// that a person decided on refuses the whole with CodeInvalid. Entries of other
// imports are left alone. What follows is enqueued for all entries, as after an import.
func (db *DB) RereadStatement(ctx context.Context, workspaceID, id string, s record.BankStatement, entries []record.Transaction, by string,
	follow func(s record.BankStatement, fresh []record.Transaction, unserved []string) ([]enrich.Request, error),
) error {
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $1, true)`, importWait); err != nil {
			return err
		}
		var key int64
		err := tx.QueryRow(ctx, `SELECT pk FROM bank_statements WHERE workspace_pk = $1 AND bank_statement_id = $2 AND deleted_at IS NULL FOR UPDATE`, ws, id).Scan(&key)
		if err == pgx.ErrNoRows {
			return enrich.Errorf(enrich.CodeNotFound, "There is no bank statement with this id.")
		} else if err != nil {
			return err
		}
		if err := dropEntries(ctx, tx, ws, key, entries, by); err != nil {
			return err
		}
		written, err := insertTransactions(ctx, tx, ws, key, entries, writeAnew)
		if err != nil {
			return err
		}
		if err := restate(ctx, tx, ws, key, s, len(written), len(entries)); err != nil {
			return err
		}
		if err := appendEvent(ctx, tx, ws, enrich.EventStatementImported, record.EntityStatement, id,
			map[string]any{"filename": s.Filename, "entries_new": len(written), "mapping_corrected_by": by}); err != nil {
			return err
		}
		unserved, err := paidWithoutDocuments(ctx, tx, ws, written)
		if err != nil {
			return err
		}
		s.ID = id
		requests, err := follow(s, written, unserved)
		if err != nil {
			return err
		}
		_, err = enqueue(ctx, tx, ws, requests)
		return err
	})
	if err == nil {
		db.announce()
	}
	return err
}

// restate writes what an import says of its file.
func restate(ctx context.Context, tx pgx.Tx, ws, key int64, s record.BankStatement, written, all int) error {
	statements, err := json.Marshal(s.Statements)
	if err != nil {
		return err
	}
	warnings, err := json.Marshal(append([]record.ImportWarning{}, s.Warnings...))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE bank_statements SET statements = $3::json, warnings = $4::json, mapping = $5::json, entries_new = $6, entries_known = $7
		WHERE workspace_pk = $1 AND pk = $2`, ws, key, string(statements), string(warnings), nullJSON(s.Mapping), written, all-written)
	return err
}

// dropEntries takes out the entries of an import that are none of these any more.
func dropEntries(ctx context.Context, tx pgx.Tx, ws, statement int64, entries []record.Transaction, by string) error {
	stay := make([]string, len(entries))
	for k, e := range entries {
		stay[k] = e.ID
	}
	type held struct {
		Link, Transaction string
		ByPerson          bool
	}
	links, err := selectRows[held](ctx, tx, `
		SELECT l.invoice_transaction_id, t.transaction_id, EXISTS (SELECT FROM field_values v WHERE v.workspace_pk = $1 AND v.entity_type = 'invoice_transaction'
			AND v.entity_id = l.invoice_transaction_id AND v.field = 'edge_status' AND v.decision = 'applied' AND v.active_until IS NULL AND v.precedence <= $4)
		FROM transactions t JOIN invoice_transactions l ON l.workspace_pk = $1 AND l.transaction_id = t.transaction_id AND l.edge_status = 'confirmed' AND l.deleted_at IS NULL
		WHERE t.workspace_pk = $1 AND t.bank_statement_pk = $2 AND t.deleted_at IS NULL AND t.transaction_id <> ALL ($3)
		ORDER BY l.invoice_transaction_id`, ws, statement, stay, enrich.BySuggestion.Precedence())
	if err != nil {
		return err
	}
	var decided []string
	for _, l := range links {
		if l.ByPerson {
			decided = append(decided, l.Link)
		}
	}
	if len(decided) > 0 {
		return enrich.Errorf(enrich.CodeInvalid, "People decided on links of entries that would be no more: take these links back first: %s.", strings.Join(decided[:min(len(decided), 10)], ", "))
	}
	for _, l := range links {
		if _, err := writeRecord(ctx, tx, ws, personWrite(Edit{
			EntityType: record.EntityLink, EntityID: l.Link, By: by, Values: map[string]json.RawMessage{"edge_status": json.RawMessage(`"revoked"`)},
		})); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE transactions SET deleted_at = now(), updated_at = now() WHERE workspace_pk = $1 AND bank_statement_pk = $2
		AND deleted_at IS NULL AND transaction_id <> ALL ($3)`, ws, statement, stay)
	return err
}
