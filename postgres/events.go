package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// Events reads up to n events of a workspace after a sequence number, oldest
// first. It stops before the first transaction that may still commit, so that
// a reader who goes on from the last one it saw never misses a late commit.
func (db *DB) Events(ctx context.Context, workspaceID string, after int64, n int) ([]enrich.Event, error) {
	var events []enrich.Event
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT pk, event_type, subject_type, subject_id, created_at, data FROM enrichment_events
			WHERE workspace_pk = $1 AND pk > $2 AND xact < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY pk LIMIT $3`, ws, after, n)
		if err != nil {
			return err
		}
		events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (enrich.Event, error) {
			e := enrich.Event{WorkspaceID: workspaceID}
			err := row.Scan(&e.Sequence, &e.Type, &e.SubjectType, &e.SubjectID, &e.At, &e.Data)
			return e, err
		})
		return err
	})
	return events, err
}

// LastEvent is the sequence number of the newest event of a workspace, 0 if
// there is none.
func (db *DB) LastEvent(ctx context.Context, workspaceID string) (int64, error) {
	var last int64
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		return tx.QueryRow(ctx, `SELECT coalesce(max(pk), 0) FROM enrichment_events WHERE workspace_pk = $1`, ws).Scan(&last)
	})
	return last, err
}
