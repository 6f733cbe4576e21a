package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/failpoint"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/tracing"
)

// Enqueue makes tasks with their dispatch rows and events in one transaction,
// and wakes the workers after it. A request whose like is still open joins it;
// one whose like was finished lately reuses it.
func (db *DB) Enqueue(ctx context.Context, workspaceID string, reqs []enrich.Request) ([]enrich.Enqueued, error) {
	var out []enrich.Enqueued
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		if out, err = enqueue(ctx, tx, ws, reqs); err != nil {
			return err
		}
		return failpoint.Hit(failpoint.EnqueueBeforeCommit)
	})
	if err == nil {
		db.announce()
		err = failpoint.Hit(failpoint.EnqueueAfterCommit)
	}
	return out, err
}

// enqueue is Enqueue inside a transaction of the workspace.
func enqueue(ctx context.Context, tx pgx.Tx, ws int64, reqs []enrich.Request) ([]enrich.Enqueued, error) {
	if len(reqs) == 0 {
		return nil, nil
	}
	standing, err := duplicates(ctx, tx, ws, reqs)
	if err != nil {
		return nil, err
	}
	out := make([]enrich.Enqueued, len(reqs))
	var fresh []int          // positions of the requests that make a task
	first := map[int]int{}   // position of a duplicate → position of the request it joins
	seen := map[string]int{} // request key → position
	for i, r := range reqs {
		if found, ok := standing[i]; ok {
			out[i] = found
		} else if j, ok := seen[duplicateKey(r)]; ok && r.Hash != "" && !r.Force {
			first[i] = j
		} else {
			seen[duplicateKey(r)] = i
			fresh = append(fresh, i)
		}
	}
	tasks, err := insertTasks(ctx, tx, ws, reqs, fresh)
	if err != nil {
		return nil, err
	}
	for n, i := range fresh {
		out[i] = enrich.Enqueued{Task: tasks[n]}
	}
	for i, j := range first {
		out[i] = enrich.Enqueued{Task: out[j].Task, Joined: true}
	}
	return out, nil
}

func duplicateKey(r enrich.Request) string {
	return r.EntityType + "\x00" + r.EntityID + "\x00" + string(r.Type) + "\x00" + r.Hash
}

// duplicates finds, for each request, the task that stands for it already. It
// holds a lock for each hash until the transaction ends: two callers with the
// same request meet here, and the second sees the first one's task.
func duplicates(ctx context.Context, tx pgx.Tx, ws int64, reqs []enrich.Request) (map[int]enrich.Enqueued, error) {
	var ords []int
	var entityTypes, entityIDs, types, hashes []string
	var ages []float64
	for i, r := range reqs {
		if r.Hash == "" || r.Force {
			continue
		}
		ords = append(ords, i)
		entityTypes, entityIDs = append(entityTypes, r.EntityType), append(entityIDs, r.EntityID)
		types, hashes = append(types, string(r.Type)), append(hashes, r.Hash)
		ages = append(ages, r.ReuseAge.Seconds())
	}
	if len(ords) == 0 {
		return nil, nil
	}
	if err := lockHashes(ctx, tx, ws, hashes); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT DISTINCT ON (q.ord) q.ord, `+taskColumns+` FROM
		unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[]) AS q (ord, entity_type, entity_id, type, hash, age)
		JOIN enrichment_tasks t ON t.workspace_pk = $1 AND t.input_hash = q.hash AND t.entity_type = q.entity_type
			AND t.entity_id = q.entity_id AND t.enrichment_type = q.type AND `+keyedLive+`
			AND (t.status IN ('pending', 'processing', 'awaiting_approval')
				OR t.status = 'completed' AND t.completed_at > now() - make_interval(secs => q.age))
		JOIN workspaces w ON w.pk = t.workspace_pk
		LEFT JOIN enrichment_tasks p ON p.pk = t.parent_task_pk AND p.workspace_pk = t.workspace_pk
		LEFT JOIN enrichment_dispatches d ON d.task_pk = t.pk AND `+waiting+`
		WHERE `+fewRows("q.ord")+`
		ORDER BY q.ord, t.status, t.created_at DESC`, planFor(len(ords), ws, ords, entityTypes, entityIDs, types, hashes, ages)...)
	if err != nil {
		return nil, err
	}
	found := map[int]enrich.Enqueued{}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var ord int
		task, err := scanTask(row, &ord)
		found[ord] = enrich.Enqueued{Task: task, Joined: !task.Status.Terminal(), Reused: task.Status.Terminal()}
		return struct{}{}, err
	})
	return found, err
}

// lockHashes keeps others with the same hashes out, and presses, which keep out
// everybody. Many hashes lock as a press does.
func lockHashes(ctx context.Context, tx pgx.Tx, ws int64, hashes []string) error {
	if len(hashes) > 500 {
		return lockPresses(ctx, tx, ws)
	}
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock_shared(hashtextextended('press', $1))`, ws); err != nil {
		return err
	}
	// In the order of the locks' keys, so that two callers never wait in a circle.
	_, err := tx.Exec(ctx, `SELECT count(pg_advisory_xact_lock(k)) FROM (
		SELECT DISTINCT hashtextextended(h, $1) AS k FROM unnest($2::text[]) AS h ORDER BY k) AS keys`, ws, hashes)
	return err
}

// insertTasks makes the tasks of reqs at the given positions and returns them
// in that order.
func insertTasks(ctx context.Context, tx pgx.Tx, ws int64, reqs []enrich.Request, positions []int) ([]enrich.Task, error) {
	if len(positions) == 0 {
		return nil, nil
	}
	var src []map[string]any
	parents, children := map[string]*int64{}, map[int64]int{}
	for n, i := range positions {
		r := reqs[i]
		if r.Type == enrich.MonthlyClose && r.EntityType == record.EntityMonth {
			if err := oneActiveClose(ctx, tx, ws, r); err != nil {
				return nil, err
			}
		}
		var parent *int64
		if r.ParentID != nil {
			if _, ok := parents[*r.ParentID]; !ok {
				pk, err := parentKey(ctx, tx, ws, r.ParentID, "")
				if err != nil {
					return nil, err
				}
				parents[*r.ParentID] = pk
			}
			parent = parents[*r.ParentID]
			children[*parent]++
		}
		src = append(src, taskSource(ctx, n, r, parent))
	}
	raw, err := json.Marshal(src)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, insertTasksSQL, ws, raw)
	if err != nil {
		return nil, err
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		if violates(err, "enrichment_tasks_monthly_close_pending_key") {
			return nil, enrich.Errorf(enrich.CodeCloseActive, "This month is already being closed.")
		}
		return nil, err
	}
	for _, parent := range slices.Sorted(maps.Keys(children)) {
		if err := countChild(ctx, tx, ws, parent, children[parent]); err != nil {
			return nil, err
		}
	}
	if err := countIn(ctx, tx, ws, reqs, positions); err != nil {
		return nil, err
	}
	return tasksByKey(ctx, tx, ws, keys)
}

// insertTasksSQL writes the task, its dispatch row and its event. The key is
// drawn beforehand, so that rows come back in the order of the requests.
const insertTasksSQL = `
	WITH src AS (
		SELECT s.*, nextval(pg_get_serial_sequence('enrichment_tasks', 'pk')) AS pk
		FROM jsonb_to_recordset($2::jsonb) AS s (ord int, entity_type text, entity_id text, type text, input jsonb,
			target_fields jsonb, channel text, hash text, description text, batch_id uuid, parent bigint,
			delay float8, priority smallint, depth smallint, caused_by text, asked_by text, expire float8, trace text)
	), task AS (
		INSERT INTO enrichment_tasks (pk, workspace_pk, entity_type, entity_id, enrichment_type, input, target_fields,
			source_channel, input_hash, description, batch_id, parent_task_pk, created_at, updated_at)
		OVERRIDING SYSTEM VALUE
		SELECT pk, $1, entity_type, entity_id, type, input, target_fields, channel::source_channel_enum, hash,
			description, batch_id, parent, now(), now() FROM src ORDER BY ord
		RETURNING pk, enrichment_task_id
	), dispatch AS (
		INSERT INTO enrichment_dispatches (task_pk, workspace_pk, enrichment_type, priority, depth, due_at, wait_code, expires_at, traceparent)
		SELECT pk, $1, type, priority, depth, now() + make_interval(secs => delay),
			CASE WHEN delay > 0 THEN 'scheduled' ELSE 'queued' END, now() + make_interval(secs => expire), trace FROM src
	), told AS (
		INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data)
		SELECT $1, e.type, 'enrichment_task', task.enrichment_task_id::text, CASE e.type WHEN 'enrichment_task.created' THEN
			jsonb_build_object('enrichment_type', src.type, 'entity_type', entity_type, 'entity_id', entity_id,
				'batch_id', batch_id, 'source_channel', channel, 'caused_by', caused_by)
			|| CASE WHEN asked_by IS NULL THEN '{}' ELSE jsonb_build_object('by', asked_by) END END
		FROM src JOIN task USING (pk)
		CROSS JOIN LATERAL (VALUES ('enrichment_task.created'), ('enrichment_task.described')) AS e (type)
		WHERE e.type = 'enrichment_task.created' OR description IS NOT NULL
	)
	SELECT task.pk FROM src JOIN task USING (pk) ORDER BY ord`

func taskSource(ctx context.Context, ord int, r enrich.Request, parent *int64) map[string]any {
	row := map[string]any{
		"ord": ord, "entity_type": r.EntityType, "entity_id": r.EntityID, "type": r.Type,
		"channel": r.SourceChannel, "description": r.Description, "batch_id": r.BatchID, "parent": parent,
		"delay": r.Delay.Seconds(), "priority": r.Priority, "depth": r.Depth,
	}
	if len(r.Input) > 0 {
		row["input"] = r.Input
	}
	if r.TargetFields != nil {
		row["target_fields"] = r.TargetFields
	}
	if r.Hash != "" {
		row["hash"] = r.Hash
	}
	if r.Expire > 0 {
		row["expire"] = r.Expire.Seconds()
	}
	if trace := cmp.Or(r.Trace, tracing.String(ctx)); trace != "" {
		row["trace"] = trace
	}
	if r.By != "" {
		row["asked_by"] = r.By
	}
	if r.CausedBy != "" {
		row["caused_by"] = r.CausedBy
	}
	return row
}

// oneActiveClose holds the workspace's month until the transaction ends and
// refuses a second close while one is pending, processing or awaiting.
func oneActiveClose(ctx context.Context, tx pgx.Tx, ws int64, r enrich.Request) error {
	if err := lockMonth(ctx, tx, ws, r.EntityID); err != nil {
		return err
	}
	var id string
	err := tx.QueryRow(ctx, `SELECT enrichment_task_id::text FROM enrichment_tasks
		WHERE workspace_pk = $1 AND entity_type = $2 AND entity_id = $3 AND enrichment_type = 'monthly_close'
			AND status IN ('pending', 'processing', 'awaiting_approval') AND deleted_at IS NULL LIMIT 1`, ws, r.EntityType, r.EntityID).Scan(&id)
	if err == pgx.ErrNoRows {
		return nil
	}
	if err != nil {
		return err
	}
	return &enrich.Error{Code: enrich.CodeCloseActive, Message: "This month is already being closed by the task " + id + ".", Existing: id}
}

// lockMonth keeps others from closing a month until the transaction ends.
func lockMonth(ctx context.Context, tx pgx.Tx, ws int64, id string) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('close ' || $2, $1))`, ws, id)
	return err
}

// tasksByKey reads tasks in the order of their keys.
func tasksByKey(ctx context.Context, tx pgx.Tx, ws int64, keys []int64) ([]enrich.Task, error) {
	rows, err := tx.Query(ctx, `SELECT `+taskColumns+taskFrom+`JOIN unnest($2::bigint[]) WITH ORDINALITY AS k (pk, ord) ON k.pk = t.pk
		WHERE t.workspace_pk = $1 ORDER BY k.ord`, ws, keys)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (enrich.Task, error) { return scanTask(row) })
}

func nullJSON(raw json.RawMessage) *string {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	s := string(raw)
	return &s
}

func jsonStrings(values []string) *string {
	if values == nil {
		return nil
	}
	raw, _ := json.Marshal(values) // strings always marshal
	s := string(raw)
	return &s
}

// seconds is a duration as the database's intervals take it.
func seconds(d time.Duration) float64 { return d.Seconds() }
