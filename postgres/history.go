package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// HistoryAge is the youngest age at which settled tasks may be moved out: longer
// than idempotency keys, reuse and the schedule of webhooks look back.
const HistoryAge = 7 * 24 * time.Hour

// History moves settled tasks out of the tables and back in. It has a connection
// of its own with the owner's rights: the application's role deletes nothing.
type History struct{ conn *pgx.Conn }

// OpenHistory connects as the owner. Only one history may be open on a database:
// another answers CodeHistoryBusy.
func OpenHistory(ctx context.Context, ownerURL string) (*History, error) {
	cfg, err := pgx.ParseConfig(ownerURL)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	// Nobody waits for long behind a move, and a move waits for nobody for long.
	for name, value := range map[string]string{"application_name": "enrichd retention", "statement_timeout": "60s", "lock_timeout": "2s"} {
		cfg.RuntimeParams[name] = value
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	var mine bool
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtextextended('history', 0))`).Scan(&mine)
	if err == nil && !mine {
		err = enrich.Errorf(enrich.CodeHistoryBusy, "Another process moves history on this database.")
	}
	if err != nil {
		conn.Close(ctx)
		return nil, err
	}
	return &History{conn}, nil
}

// Close ends the connection.
func (h *History) Close() { _ = h.conn.Close(context.Background()) }

// Workspace finds the workspace after the one with the key given, 0 for the first;
// a key of 0 says that there is none.
func (h *History) Workspace(ctx context.Context, after int64) (key int64, id string, err error) {
	err = pgx.BeginFunc(ctx, h.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('enrichd.each_workspace', 'on', true)`); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `SELECT pk, workspace_id FROM workspaces WHERE pk > $1 ORDER BY pk LIMIT 1`, after).Scan(&key, &id)
		if err == pgx.ErrNoRows {
			return nil
		}
		return err
	})
	return key, id, err
}

// PlaceEvents gives the events of a workspace their place in its order: where nobody
// reads them nobody has done so yet.
func (h *History) PlaceEvents(ctx context.Context, workspace int64) error {
	for more := true; more; {
		err := pgx.BeginFunc(ctx, h.conn, func(tx pgx.Tx) (err error) {
			if err := setTenant(ctx, tx, workspace); err != nil {
				return err
			}
			more, err = placeSome(ctx, tx, workspace)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// HistoryPlace is where a move goes on: after the task that was made then.
type HistoryPlace struct {
	At time.Time
	ID string
}

// Move is one small step of moving history out of a workspace.
type Move struct {
	Workspace int64
	File      string // name in the archive that the rows go to
	Before    time.Time
	After     HistoryPlace
	Most      int // tasks that are looked at
	DryRun    bool
	Unplaced  bool // events without a place keep no task back: for who only looks, as a move gives them one first
}

// Moved is what a step did.
type Moved struct {
	Tasks int
	Next  HistoryPlace
	Last  bool // nothing is left to look at
}

// Sink writes rows behind the first so many bytes of a file, drops what stood
// there, and returns only when the whole file is on the disk, with its size.
type Sink func(file string, from int64, rows io.WriterTo) (size int64, err error)

// Step moves one small group of families: a settled task with its subtasks, when
// all of them settled before the time given and nothing that stays looks at
// them. The rows are on the disk before the transaction that takes them out of
// the tables commits, and the same transaction notes how far the file is true: a
// step that is cut off anywhere has happened whole or not at all.
func (h *History) Step(ctx context.Context, m Move, sink Sink) (Moved, error) {
	var out Moved
	err := pgx.BeginFunc(ctx, h.conn, func(tx pgx.Tx) error {
		if err := setTenant(ctx, tx, m.Workspace); err != nil {
			return err
		}
		roots, err := settledBefore(ctx, tx, m, &out)
		if err != nil || len(roots) == 0 {
			return err
		}
		tasks, err := movable(ctx, tx, m, roots)
		if err != nil || len(tasks) == 0 || m.DryRun {
			out.Tasks = len(tasks)
			return err
		}
		if _, err := tx.Exec(ctx, `SELECT FROM enrichment_tasks WHERE workspace_pk = $1 AND pk = ANY ($2) ORDER BY pk FOR UPDATE`, m.Workspace, tasks); err != nil {
			return err
		}
		// Again, now that nobody can change them: a family that grew stays for now.
		if tasks, err = movable(ctx, tx, m, roots); err != nil || len(tasks) == 0 {
			return err
		}
		out.Tasks = len(tasks)
		return moveOut(ctx, tx, m, tasks, sink)
	})
	return out, err
}

// settledBefore are the next settled tasks that have no parent, in the order in which
// they were made. They are bounded by what is looked at, not by what can be moved.
//
// The index of what was made is gone along, and no further than what was made early
// enough: an index of when tasks settled, which holds what COALESCE gives, is entered
// by no condition under row-level security, and each step would walk all tasks.
func settledBefore(ctx context.Context, tx pgx.Tx, m Move, out *Moved) ([]int64, error) {
	after := m.After
	if after.ID == "" {
		after.ID = "00000000-0000-0000-0000-000000000000"
	}
	rows, err := tx.Query(ctx, settledBeforeSQL, m.Workspace, m.Before, after.At, after.ID, m.Most)
	if err != nil {
		return nil, err
	}
	var roots []int64
	var pk int64
	var root bool
	seen := 0
	_, err = pgx.ForEachRow(rows, []any{&pk, &out.Next.At, &out.Next.ID, &root}, func() error {
		if seen++; root {
			roots = append(roots, pk)
		}
		return nil
	})
	out.Last = seen < m.Most
	return roots, err
}

// settledBeforeSQL looks at so many tasks behind a place: workspace, time, the place,
// how many.
const settledBeforeSQL = `SELECT pk, created_at, enrichment_task_id::text, parent_task_pk IS NULL AND coalesce(completed_at < $2, false) FROM enrichment_tasks
	WHERE workspace_pk = $1 AND deleted_at IS NULL AND created_at < $2 AND (created_at, enrichment_task_id) > ($3, $4::uuid)
	ORDER BY created_at, enrichment_task_id LIMIT $5`

// movable are the tasks of the families under these roots that may go. It stays
// whole what a person decided on or signed off, what was not told to everybody
// yet, the event with the last place (the next one counts on from it), and the
// newest matching and score of each record, which others read.
func movable(ctx context.Context, tx pgx.Tx, m Move, roots []int64) ([]int64, error) {
	rows, err := tx.Query(ctx, `
		WITH RECURSIVE family AS (
			SELECT pk AS root, pk, 0 AS depth FROM enrichment_tasks WHERE workspace_pk = $1 AND pk = ANY ($2)
			UNION ALL
			SELECT f.root, c.pk, f.depth + 1 FROM family f JOIN enrichment_tasks c ON c.workspace_pk = $1 AND c.parent_task_pk = f.pk
		), told AS (
			SELECT least((SELECT max(sequence) - 1 FROM enrichment_events WHERE workspace_pk = $1 AND sequence IS NOT NULL),
				(SELECT min(cursor) FROM webhook_endpoints WHERE workspace_pk = $1 AND enabled)) AS place
		), staying AS (
			SELECT f.root FROM family f JOIN enrichment_tasks t ON t.workspace_pk = $1 AND t.pk = f.pk
			WHERE NOT (coalesce(t.deleted_at < $3, false) OR t.deleted_at IS NULL AND coalesce(t.completed_at < $3, false))
				OR t.enrichment_type IN ('monthly_close', 'monthly_close_backfill')
				OR EXISTS (SELECT FROM enrichment_dispatches d WHERE d.task_pk = t.pk)
				OR EXISTS (SELECT FROM enrichment_decisions d WHERE d.workspace_pk = $1 AND d.task_pk = t.pk)
				OR t.enrichment_type IN ('reconcile', 'provider_score') AND t.deleted_at IS NULL AND NOT EXISTS (SELECT FROM enrichment_tasks n
					WHERE n.workspace_pk = $1 AND n.entity_type = t.entity_type AND n.entity_id = t.entity_id AND n.enrichment_type = t.enrichment_type
						AND n.deleted_at IS NULL AND n.completed_at IS NOT NULL AND n.pk > t.pk)
				OR EXISTS (SELECT FROM enrichment_events e, told WHERE e.workspace_pk = $1 AND e.subject_type = 'enrichment_task'
					AND e.subject_id = t.enrichment_task_id::text AND (e.sequence IS NULL AND NOT $4 OR e.sequence > told.place OR e.created_at >= $3))
		)
		SELECT pk FROM family WHERE root NOT IN (SELECT root FROM staying) ORDER BY depth, pk`, m.Workspace, roots, m.Before, m.Unplaced)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

func moveOut(ctx context.Context, tx pgx.Tx, m Move, tasks []int64, sink Sink) error {
	var from int64
	err := tx.QueryRow(ctx, `SELECT bytes FROM enrichment_archives WHERE workspace_pk = $1 AND file = $2`, m.Workspace, m.File).Scan(&from)
	if err != nil && err != pgx.ErrNoRows {
		return err
	}
	lines, err := historyLines(ctx, tx, m.Workspace, tasks)
	if err != nil {
		return err
	}
	size, err := sink(m.File, from, lines)
	if err != nil {
		return err
	}
	for _, sql := range []string{
		`INSERT INTO enrichment_archived_counts AS a (workspace_pk, batch_id, enrichment_type, status, tasks)
			SELECT $1, batch_id, enrichment_type, CASE WHEN deleted_at IS NULL THEN status::text ELSE 'deleted' END, count(*)
			FROM enrichment_tasks WHERE workspace_pk = $1 AND pk = ANY ($2) AND batch_id IS NOT NULL GROUP BY 2, 3, 4
			ON CONFLICT (workspace_pk, batch_id, enrichment_type, status) DO UPDATE SET tasks = a.tasks + excluded.tasks`,
		`DELETE FROM enrichment_events WHERE workspace_pk = $1 AND subject_type = 'enrichment_task' AND subject_id = ANY (
			SELECT enrichment_task_id::text FROM enrichment_tasks WHERE workspace_pk = $1 AND pk = ANY ($2))`,
		`DELETE FROM enrichment_task_attempts WHERE workspace_pk = $1 AND task_pk = ANY ($2)`,
		`DELETE FROM enrichment_tasks WHERE workspace_pk = $1 AND pk = ANY ($2)`,
	} {
		if _, err := tx.Exec(ctx, sql, m.Workspace, tasks); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO enrichment_archives AS a (workspace_pk, file, bytes, tasks) VALUES ($1, $2, $3, $4)
		ON CONFLICT (workspace_pk, file) DO UPDATE SET bytes = excluded.bytes, tasks = a.tasks + excluded.tasks, updated_at = now()`,
		m.Workspace, m.File, size, len(tasks))
	return err
}

// historyTables are the tables whose rows move, in the order in which they can be
// put back.
func historyTables() []string {
	return []string{"enrichment_tasks", "enrichment_task_attempts", "enrichment_events"}
}

// historyLines are the rows of tasks, their attempts and their events, a JSON
// object on a line each: {"table": …, "row": {…}}.
func historyLines(ctx context.Context, tx pgx.Tx, ws int64, tasks []int64) (*bytes.Buffer, error) {
	rows, err := tx.Query(ctx, `SELECT tbl, line FROM (
		SELECT 1 AS ord, k.n, t.pk, 'enrichment_tasks' AS tbl, row_to_json(t) AS line
			FROM unnest($2::bigint[]) WITH ORDINALITY AS k (pk, n) JOIN enrichment_tasks t ON t.workspace_pk = $1 AND t.pk = k.pk
		UNION ALL SELECT 2, 0, a.pk, 'enrichment_task_attempts', row_to_json(a) FROM enrichment_task_attempts a WHERE a.workspace_pk = $1 AND a.task_pk = ANY ($2)
		UNION ALL SELECT 3, 0, e.pk, 'enrichment_events', row_to_json(e) FROM enrichment_events e
			WHERE e.workspace_pk = $1 AND e.subject_type = 'enrichment_task' AND e.subject_id = ANY (
				SELECT enrichment_task_id::text FROM enrichment_tasks WHERE workspace_pk = $1 AND pk = ANY ($2))
		) AS l ORDER BY ord, n, pk`, ws, tasks)
	if err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	enc.SetEscapeHTML(false)
	var line HistoryLine
	_, err = pgx.ForEachRow(rows, []any{&line.Table, &line.Row}, func() error { return enc.Encode(line) })
	return &lines, err
}

// HistoryLine is one line of an archive: a row as it stood in a table.
type HistoryLine struct {
	Table string          `json:"table"`
	Row   json.RawMessage `json:"row"`
}
