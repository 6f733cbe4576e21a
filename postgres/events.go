package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// placeAtOnce is how many events one transaction gives their place.
const placeAtOnce = 2000

// Events reads up to n events of a workspace after a place in its order, oldest
// first. The order is complete and never changes behind a reader: events get
// their place when they are committed, each subject's in the order in which they
// happened.
func (db *DB) Events(ctx context.Context, workspaceID string, after int64, n int) ([]enrich.Event, error) {
	var events []enrich.Event
	if _, err := db.placeEvents(ctx, workspaceID); err != nil {
		return nil, err
	}
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT sequence, event_type, subject_type, subject_id, created_at, data FROM enrichment_events
			WHERE workspace_pk = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`, ws, after, n)
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

// EventRange is the first and the last place that the events of a workspace
// have; both are 0 where there are none.
func (db *DB) EventRange(ctx context.Context, workspaceID string) (first, last int64, err error) {
	for more := true; more; {
		if more, err = db.placeEvents(ctx, workspaceID); err != nil {
			return 0, 0, err
		}
	}
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		return tx.QueryRow(ctx, `SELECT coalesce(min(sequence), 0), coalesce(max(sequence), 0) FROM enrichment_events
			WHERE workspace_pk = $1 AND sequence IS NOT NULL`, ws).Scan(&first, &last)
	})
	return first, last, err
}

// LastEvent is the place of the newest event of a workspace, 0 if there is none.
func (db *DB) LastEvent(ctx context.Context, workspaceID string) (int64, error) {
	_, last, err := db.EventRange(ctx, workspaceID)
	return last, err
}

// placeEvents gives committed events their place, and reports whether there may
// be more. One at a time does it for a workspace; who comes second reads what the
// first one placed. Of two events of one subject the earlier was committed before
// the later could be written, so it is placed first.
func (db *DB) placeEvents(ctx context.Context, workspaceID string) (more bool, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		more, err = placeSome(ctx, tx, ws)
		return err
	})
	return more, err
}

// placeSome is placeEvents within a transaction.
func placeSome(ctx context.Context, tx pgx.Tx, ws int64) (more bool, err error) {
	var waiting bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM enrichment_events WHERE workspace_pk = $1 AND sequence IS NULL)`, ws).Scan(&waiting); err != nil || !waiting {
		return false, err
	}
	var mine bool
	if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtextextended('events', $1))`, ws).Scan(&mine); err != nil || !mine {
		return false, err
	}
	tag, err := tx.Exec(ctx, `
		WITH unplaced AS (
			SELECT pk, row_number() OVER (ORDER BY pk) AS n FROM (SELECT pk FROM enrichment_events
				WHERE workspace_pk = $1 AND sequence IS NULL ORDER BY pk LIMIT $2) AS u
		)
		UPDATE enrichment_events e SET sequence = n + coalesce((SELECT max(sequence) FROM enrichment_events
			WHERE workspace_pk = $1 AND sequence IS NOT NULL), 0)
		FROM unplaced WHERE e.workspace_pk = $1 AND e.pk = unplaced.pk`, ws, placeAtOnce)
	return tag.RowsAffected() == placeAtOnce, err
}
