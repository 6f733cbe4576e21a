package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// mend makes dispatch rows and counters of a workspace anew from its tasks.
//
// Counters are locked before what they count is looked at: a transaction that
// has moved a task and waits for the lock is not seen yet, and counts itself
// afterwards. Dispatch rows come before counters, as in every settlement.
func mend(ctx context.Context, tx pgx.Tx, ws int64) error {
	for _, sql := range []string{
		dropDispatches, claimDispatches, restoreDispatches,
		`SELECT FROM enrichment_dispatches WHERE workspace_pk = $1 AND children IS NOT NULL ORDER BY task_pk FOR UPDATE`,
		recountChildren,
	} {
		if _, err := tx.Exec(ctx, sql, ws); err != nil {
			return err
		}
	}
	// No claim and no settlement stands between its two counters now.
	if _, err := tx.Exec(ctx, `LOCK TABLE enrichment_batch_counts IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return err
	}
	for _, sql := range []string{recountBatches, clearCounts, recountTasks} {
		if _, err := tx.Exec(ctx, sql, ws); err != nil {
			return err
		}
	}
	return nil
}

// dropDispatches takes away the rows of tasks that have nothing to do. A worker
// that holds one is fenced off.
const dropDispatches = `
	DELETE FROM enrichment_dispatches d USING enrichment_tasks t
	WHERE t.workspace_pk = $1 AND d.task_pk = t.pk AND (t.deleted_at IS NOT NULL OR t.status IN ('completed', 'failed', 'rejected')
		OR t.status = 'awaiting_approval' AND NOT EXISTS (
			SELECT FROM enrichment_decisions v WHERE v.workspace_pk = $1 AND v.task_pk = t.pk AND v.state = 'waiting'))`

// claimDispatches gives rows that name another workspace or type to their task.
const claimDispatches = `
	UPDATE enrichment_dispatches d SET workspace_pk = t.workspace_pk, enrichment_type = t.enrichment_type FROM enrichment_tasks t
	WHERE t.workspace_pk = $1 AND d.task_pk = t.pk AND (d.workspace_pk, d.enrichment_type) <> (t.workspace_pk, t.enrichment_type)`

// restoreDispatches gives tasks that have something to do their row. Attempts
// and crashes are those of the history; a task whose last attempt was a split
// waits for the children that are open.
const restoreDispatches = `
	WITH bare AS MATERIALIZED (
		SELECT t.pk, t.enrichment_type, t.status FROM enrichment_tasks t
		WHERE t.workspace_pk = $1 AND t.deleted_at IS NULL AND (t.status IN ('pending', 'processing') OR t.status = 'awaiting_approval' AND EXISTS (
				SELECT FROM enrichment_decisions v WHERE v.workspace_pk = $1 AND v.task_pk = t.pk AND v.state = 'waiting'))
			AND NOT EXISTS (SELECT FROM enrichment_dispatches d WHERE d.task_pk = t.pk)
		FOR UPDATE OF t
	), known AS (
		SELECT b.*, coalesce(a.attempt, 0) AS attempt, coalesce(a.crashes, 0) AS crashes, v.effective_at,
			CASE WHEN a.last = 'split' THEN nullif(c.open, 0) END AS children
		FROM bare b
		LEFT JOIN LATERAL (SELECT max(attempt) AS attempt, count(*) FILTER (WHERE outcome = 'crashed') AS crashes, (array_agg(outcome ORDER BY pk DESC))[1] AS last
			FROM enrichment_task_attempts x WHERE x.workspace_pk = $1 AND x.task_pk = b.pk) AS a ON true
		LEFT JOIN LATERAL (SELECT count(*)::int AS open FROM enrichment_tasks x WHERE x.workspace_pk = $1 AND x.parent_task_pk = b.pk
			AND x.deleted_at IS NULL AND x.status IN ('pending', 'processing', 'awaiting_approval')) AS c ON true
		LEFT JOIN enrichment_decisions v ON v.workspace_pk = $1 AND v.task_pk = b.pk AND v.state = 'waiting'
	)
	INSERT INTO enrichment_dispatches (task_pk, workspace_pk, enrichment_type, attempt, crashes, children, due_at, wait_code, wait_words)
	SELECT pk, $1, enrichment_type, attempt, crashes, children,
		CASE WHEN children > 0 THEN 'infinity' ELSE coalesce(effective_at, now()) END,
		CASE WHEN children > 0 THEN 'subtasks' WHEN effective_at IS NOT NULL THEN 'decided' ELSE 'recovering' END,
		'Its place in the queue was lost and has been restored.'
	FROM known ON CONFLICT (task_pk) DO NOTHING`

// recountChildren counts for parked parents, and wakes those that wait for nobody.
const recountChildren = `
	WITH parked AS (
		SELECT d.task_pk, (SELECT count(*)::int FROM enrichment_tasks x WHERE x.workspace_pk = $1 AND x.parent_task_pk = d.task_pk
			AND x.deleted_at IS NULL AND x.status IN ('pending', 'processing', 'awaiting_approval')) AS open
		FROM enrichment_dispatches d WHERE d.workspace_pk = $1 AND d.children IS NOT NULL
	)
	UPDATE enrichment_dispatches d SET children = nullif(p.open, 0), due_at = CASE WHEN p.open > 0 THEN 'infinity' ELSE now() END,
		wait_code = CASE WHEN p.open > 0 THEN d.wait_code ELSE 'queued' END, wait_words = CASE WHEN p.open > 0 THEN d.wait_words END
	FROM parked p WHERE d.task_pk = p.task_pk AND d.children <> p.open`

// recountBatches brings both counters of each batch to what the tasks say, and
// tells of an end that a wrong counter hid.
const recountBatches = `
	WITH counted AS (
		SELECT batch_id, coalesce(t.total, 0) + coalesce(moved.total, 0) AS total, coalesce(t.created_at, now()) AS created_at,
			coalesce(t.running, 0) AS running, coalesce(t.open, 0) AS open
		FROM (SELECT batch_id, count(*) AS total, min(created_at) AS created_at,
				count(*) FILTER (WHERE deleted_at IS NULL AND status IN ('pending', 'processing')) AS running,
				count(*) FILTER (WHERE deleted_at IS NULL AND status IN ('pending', 'processing', 'awaiting_approval')) AS open
			FROM enrichment_tasks WHERE workspace_pk = $1 AND batch_id IS NOT NULL GROUP BY batch_id) AS t
		FULL JOIN (SELECT batch_id, sum(tasks) AS total FROM enrichment_archived_counts WHERE workspace_pk = $1 GROUP BY batch_id) AS moved USING (batch_id)
	), truth AS (
		SELECT * FROM counted UNION ALL
		SELECT batch_id, 0, created_at, 0, 0 FROM enrichment_batches b WHERE workspace_pk = $1 AND NOT EXISTS (SELECT FROM counted c WHERE c.batch_id = b.batch_id)
	), before AS (
		SELECT batch_id, running, completed_at FROM enrichment_batches WHERE workspace_pk = $1
	), mended AS (
		INSERT INTO enrichment_batches AS b (workspace_pk, batch_id, total, running, open, created_at, settled_at, completed_at)
		SELECT $1, batch_id, total, running, open, created_at, CASE WHEN running = 0 THEN now() END, CASE WHEN open = 0 THEN now() END
		FROM truth ORDER BY batch_id
		ON CONFLICT (workspace_pk, batch_id) DO UPDATE SET total = excluded.total, running = excluded.running, open = excluded.open,
			settled_at = CASE WHEN excluded.running = 0 THEN coalesce(b.settled_at, now()) END,
			completed_at = CASE WHEN excluded.open = 0 THEN coalesce(b.completed_at, now()) END
		WHERE (b.total, b.running, b.open) <> (excluded.total, excluded.running, excluded.open)
		RETURNING b.batch_id, b.total, b.running, b.open
	)
	INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data)
	SELECT $1, e.type, 'enrichment_batch', m.batch_id::text, jsonb_build_object('total', m.total, 'open', m.open)
	FROM mended m LEFT JOIN before b USING (batch_id) CROSS JOIN LATERAL (VALUES
		(1, 'enrichment_batch.settled', m.running = 0 AND b.running > 0),
		(2, 'enrichment_batch.completed', m.open = 0 AND b.completed_at IS NULL)) AS e (ord, type, holds)
	WHERE e.holds ORDER BY m.batch_id, e.ord`

const clearCounts = `UPDATE enrichment_batch_counts SET tasks = 0 WHERE workspace_pk = $1 AND tasks <> 0`

const recountTasks = `
	INSERT INTO enrichment_batch_counts (workspace_pk, batch_id, enrichment_type, status, slot, tasks)
	SELECT $1, batch_id, enrichment_type, status, 0, sum(tasks) FROM (
		SELECT batch_id, enrichment_type, CASE WHEN deleted_at IS NULL THEN status::text ELSE 'deleted' END AS status, count(*) AS tasks
		FROM enrichment_tasks WHERE workspace_pk = $1 AND batch_id IS NOT NULL GROUP BY 1, 2, 3
		UNION ALL SELECT batch_id, enrichment_type, status, tasks FROM enrichment_archived_counts WHERE workspace_pk = $1
	) AS c GROUP BY 2, 3, 4
	ON CONFLICT (workspace_pk, batch_id, enrichment_type, status, slot) DO UPDATE SET tasks = excluded.tasks`
