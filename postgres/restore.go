package postgres

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// restoreAtOnce is how many rows are sent together.
const restoreAtOnce = 500

// Archived says up to how many bytes a file of the archive is true, 0 where the
// database does not know it.
func (h *History) Archived(ctx context.Context, workspace int64, file string) (bytes int64, err error) {
	err = pgx.BeginFunc(ctx, h.conn, func(tx pgx.Tx) error {
		if err := setTenant(ctx, tx, workspace); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `SELECT bytes FROM enrichment_archives WHERE workspace_pk = $1 AND file = $2`, workspace, file).Scan(&bytes)
		if err == pgx.ErrNoRows {
			return nil
		}
		return err
	})
	return bytes, err
}

// Restore puts the rows of a file back into the tables, all of them or none, and
// forgets the file. It returns how many tasks there were.
func (h *History) Restore(ctx context.Context, workspace int64, file string, lines iter.Seq2[HistoryLine, error]) (tasks int, err error) {
	err = pgx.BeginFunc(ctx, h.conn, func(tx pgx.Tx) error {
		if err := setTenant(ctx, tx, workspace); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `DELETE FROM enrichment_archives WHERE workspace_pk = $1 AND file = $2`, workspace, file)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return enrich.Errorf(enrich.CodeNotFound, "The database knows no archive %s: it was restored already, or is of another database.", file)
		}
		queue := &pgx.Batch{}
		for line, err := range lines {
			if err != nil {
				return err
			}
			if !slices.Contains(historyTables(), line.Table) {
				return fmt.Errorf("%s: there is no history of a table %q", file, line.Table)
			}
			if line.Table == "enrichment_tasks" {
				tasks++
			}
			queueRestore(queue, workspace, line)
			if queue.Len() >= restoreAtOnce {
				if err := tx.SendBatch(ctx, queue).Close(); err != nil {
					return err
				}
				queue = &pgx.Batch{}
			}
		}
		return tx.SendBatch(ctx, queue).Close()
	})
	return tasks, err
}

// queueRestore puts one row back as it was, keys and all, and takes a task of a
// batch off what is counted as moved.
func queueRestore(queue *pgx.Batch, workspace int64, line HistoryLine) {
	queue.Queue(`INSERT INTO `+line.Table+` OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_record(NULL::`+line.Table+`, $1)`, string(line.Row))
	if line.Table != "enrichment_tasks" {
		return
	}
	queue.Queue(`UPDATE enrichment_archived_counts a SET tasks = a.tasks - 1
		FROM json_populate_record(NULL::enrichment_tasks, $2) AS t
		WHERE a.workspace_pk = $1 AND a.batch_id = t.batch_id AND a.enrichment_type = t.enrichment_type
			AND a.status = CASE WHEN t.deleted_at IS NULL THEN t.status::text ELSE 'deleted' END`, workspace, string(line.Row))
}
