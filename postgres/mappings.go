package postgres

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"
)

// CSVMapping gives how a table with these headings was read before; nil for one
// that is new.
func (db *DB) CSVMapping(ctx context.Context, workspaceID, key string) (mapping json.RawMessage, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		return tx.QueryRow(ctx, `SELECT mapping FROM bank_csv_mappings WHERE workspace_pk = $1 AND mapping_key = $2`, ws, key).Scan(&mapping)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return mapping, err
}

// RememberCSVMapping keeps how a table with these headings was read. What was a
// guess never replaces what is sure, nor what a person corrected.
func (db *DB) RememberCSVMapping(ctx context.Context, workspaceID, key string, mapping json.RawMessage, sure bool) error {
	return db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		_, err := tx.Exec(ctx, `INSERT INTO bank_csv_mappings AS m (workspace_pk, mapping_key, mapping, is_sure) VALUES ($1, $2, $3::json, $4)
			ON CONFLICT (workspace_pk, mapping_key) DO UPDATE SET mapping = excluded.mapping, is_sure = excluded.is_sure, updated_at = now()
			WHERE (excluded.is_sure OR NOT m.is_sure) AND (m.mapping ->> 'corrected' IS NULL OR excluded.mapping ->> 'corrected' = 'true')`, ws, key, string(mapping), sure)
		return err
	})
}
