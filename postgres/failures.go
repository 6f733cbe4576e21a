package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// Failure is a task that could not finish, as far as its cause needs it.
type Failure struct {
	TaskID string
	Type   enrich.Type
	Error  string
	At     time.Time // when it ended; when it was made, where that is unknown
}

// Failures lists the latest failed tasks, of one batch where batchID is not
// empty, at most so many: it reads no further.
func (db *DB) Failures(ctx context.Context, workspaceID, batchID string, most int) ([]Failure, error) {
	if batchID != "" && !IsUUID(batchID) {
		return nil, nil
	}
	query, args := `SELECT enrichment_task_id::text, enrichment_type, left(coalesce(error, ''), 500), coalesce(completed_at, created_at)
		FROM enrichment_tasks WHERE workspace_pk = $1 AND deleted_at IS NULL AND status = 'failed'`, []any{most}
	if batchID != "" {
		query, args = query+` AND batch_id = $3::uuid`, append(args, batchID)
	} else {
		query += ` ORDER BY created_at DESC, enrichment_task_id DESC`
	}
	var list []Failure
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, query+` LIMIT $2`, append([]any{ws}, args...)...)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Failure])
		return err
	})
	return list, err
}
