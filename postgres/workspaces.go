package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// EnsureWorkspace makes a workspace with this public id, if it does not stand
// yet, and returns it.
func (db *DB) EnsureWorkspace(ctx context.Context, id, name string) (record.Workspace, error) {
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('enrichd.workspace_id', $1, true)`, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO workspaces (workspace_id, name) SELECT $1, $2
			WHERE NOT EXISTS (SELECT FROM workspaces WHERE workspace_id = $1)`, id, name)
		return err
	})
	if err != nil && !violates(err, "workspaces_workspace_id_key") { // somebody else was faster: it stands
		return record.Workspace{}, err
	}
	return db.Workspace(ctx, id)
}

// Workspace reads a workspace by its public id.
func (db *DB) Workspace(ctx context.Context, id string) (record.Workspace, error) {
	var w record.Workspace
	err := db.inTenant(ctx, id, func(tx pgx.Tx, ws int64) error {
		return tx.QueryRow(ctx, `SELECT workspace_id, name, auto_extract_enabled, created_at FROM workspaces WHERE pk = $1`, ws).
			Scan(&w.ID, &w.Name, &w.AutoExtract, &w.CreatedAt)
	})
	return w, err
}

// DeleteWorkspace removes a workspace with everything in it, for good. It needs
// the owner's address: the application's role deletes nothing. Workers that settle
// tasks of it lock rows in an order of their own; it begins again where it had to make
// way for one.
func DeleteWorkspace(ctx context.Context, ownerURL, id string) error {
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for range 10 {
		if err = deleteWorkspace(ctx, conn, id); !deadlocked(err) {
			break
		}
	}
	return err
}

func deleteWorkspace(ctx context.Context, conn *pgx.Conn, id string) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('enrichd.workspace_id', $1, true)`, id); err != nil {
			return err
		}
		var ws int64
		err := tx.QueryRow(ctx, `SELECT pk FROM workspaces WHERE workspace_id = $1`, id).Scan(&ws)
		if err == pgx.ErrNoRows {
			return enrich.Errorf(enrich.CodeNotFound, "There is no workspace %s.", id)
		}
		if err != nil {
			return err
		}
		if err := setTenant(ctx, tx, ws); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM workspaces WHERE pk = $1`, ws)
		return err
	})
}

// workspaceList is the list of a caller's workspaces: the one that it works in.
var workspaceList = source[record.Workspace]{
	table: "workspaces w", alias: "w", where: `w.pk = $1`, columns: `workspace_id, name, auto_extract_enabled, created_at`,
	id:    column{expr: "w.workspace_id", typ: "text"},
	sorts: map[string]column{"created_at": {expr: "w.created_at", typ: "timestamptz"}},
	scan: func(row pgx.Row, before ...any) (record.Workspace, error) {
		var w record.Workspace
		err := row.Scan(append(before, &w.ID, &w.Name, &w.AutoExtract, &w.CreatedAt)...)
		return w, err
	},
}

// ListWorkspaces reads the workspace that the caller works in, as a list.
func (db *DB) ListWorkspaces(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.Workspace], error) {
	return listIn(ctx, db, workspaceID, workspaceList, q)
}

// Counts counts the live tasks of a workspace by status, of one type where it is
// not empty, each at most so many: it reads no further.
func (db *DB) Counts(ctx context.Context, workspaceID string, t enrich.Type, most int) (map[string]int64, error) {
	counts, typed, args := map[string]int64{}, "", []any{most}
	if t != "" {
		typed, args = ` AND enrichment_type = $3`, append(args, string(t))
	}
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		var parts []string
		for _, s := range enrich.Statuses() {
			// The status stands in the statement, for the index on just these.
			parts = append(parts, `SELECT '`+string(s)+`', count(*) FROM (SELECT FROM enrichment_tasks
				WHERE workspace_pk = $1 AND deleted_at IS NULL AND status = '`+string(s)+`'`+typed+` LIMIT $2) t`)
		}
		rows, err := tx.Query(ctx, strings.Join(parts, " UNION ALL "), append([]any{ws}, args...)...)
		if err != nil {
			return err
		}
		var status string
		var n int64
		_, err = pgx.ForEachRow(rows, []any{&status, &n}, func() error { counts[status] = n; return nil })
		return err
	})
	return counts, err
}

// Frame is what every page about a workspace says around its own content.
type Frame struct {
	Name    string // of the workspace
	Waiting int    // tasks that await approval, counted so far as was asked
	Seen    int64  // the place of the newest event that was committed when this was read
}

// seenAhead is how many events without a place a page counts. Behind more of them its
// place is too low, and the page reads itself once more than it need.
const seenAhead = 20_000

// Frame reads what a page says around its content, in one round trip. Events that have
// no place yet are counted and not given one: places have no gaps, so the newest will
// have the last one and their number more. A page that gave places itself would do for
// a press of ten thousand records what whoever follows the workspace does behind it.
func (db *DB) Frame(ctx context.Context, workspaceID string, most int) (Frame, error) {
	ws, err := db.tenant(ctx, workspaceID)
	if err != nil {
		return Frame{}, err
	}
	var f Frame
	// What was enqueued or placed a moment ago the planner knows nothing of: it would
	// read whole tables for the few rows that indexes on just these hold.
	settings := fmt.Sprintf("; SET LOCAL enrichd.workspace_pk = '%d'; SET LOCAL enable_seqscan = off", ws)
	err = pgx.BeginTxFunc(ctx, db.pool, db.beginning(settings), func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT name,
			(SELECT count(*) FROM (SELECT FROM enrichment_tasks
				WHERE workspace_pk = $1 AND deleted_at IS NULL AND status = 'awaiting_approval' LIMIT $2) AS t),
			(SELECT coalesce(max(sequence), 0) FROM enrichment_events WHERE workspace_pk = $1 AND sequence IS NOT NULL)
				+ (SELECT count(*) FROM (SELECT FROM enrichment_events WHERE workspace_pk = $1 AND sequence IS NULL LIMIT $3) AS e)
			FROM workspaces WHERE pk = $1`, ws, most, seenAhead).Scan(&f.Name, &f.Waiting, &f.Seen)
	})
	return f, err
}

// Backlog tells, for each type that has waiting work, how many tasks are due
// and how long the oldest of them has been due. What was handed to a queue outside
// waits like any other until a push brings it to a worker: whoever stands in the way,
// a relay, the queue or the workers, it shows here.
func (db *DB) Backlog(ctx context.Context) (map[string]Queue, error) {
	rows, err := db.pool.Query(ctx, `SELECT enrichment_type, count(*), count(*) FILTER (WHERE worker_pk IS NOT NULL), extract(epoch FROM now() - min(due_at))::float8
		FROM (SELECT enrichment_type, worker_pk, due_at FROM enrichment_dispatches WHERE worker_pk IS NULL AND due_at <= now()
			UNION ALL SELECT enrichment_type, worker_pk, due_at FROM enrichment_dispatches WHERE worker_pk = $1 AND due_at <= now()) AS d GROUP BY 1`, withQueue)
	if err != nil {
		return nil, err
	}
	backlog := map[string]Queue{}
	var name string
	var q Queue
	var age float64
	_, err = pgx.ForEachRow(rows, []any{&name, &q.Due, &q.HandedOver, &age}, func() error {
		q.OldestAge = time.Duration(age * float64(time.Second))
		backlog[name] = q
		return nil
	})
	return backlog, err
}

// Queue is the waiting work of one type.
type Queue struct {
	Due        int64
	HandedOver int64 // of them, to a queue outside
	OldestAge  time.Duration
}

// CursorKey is the secret with which list cursors are authenticated, the same
// for all processes of an installation.
func (db *DB) CursorKey(ctx context.Context) ([]byte, error) {
	var key []byte
	err := db.pool.QueryRow(ctx, `SELECT value FROM enrichd_settings WHERE name = 'cursor_key'`).Scan(&key)
	return key, err
}
