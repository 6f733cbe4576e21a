package postgres

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// change is what happened to one task, for those who count: its batch and its
// parent. to is deleted for a task that was withdrawn.
type change struct {
	batch    *string
	parent   *int64
	kind     string
	from, to enrich.Status
}

// deleted is where withdrawn tasks count in a batch. It is no status.
const deleted enrich.Status = "deleted"

func running(s enrich.Status) int {
	if s == enrich.Pending || s == enrich.Processing {
		return 1
	}
	return 0
}

func open(s enrich.Status) int {
	if s == deleted || s.Terminal() {
		return 0
	}
	return 1
}

// place is one count of a batch.
type place struct {
	batch, kind string
	status      enrich.Status
}

func comparePlaces(a, b place) int {
	return cmp.Or(cmp.Compare(a.batch, b.batch), cmp.Compare(a.kind, b.kind), cmp.Compare(a.status, b.status))
}

// tally counts changes down. Two last siblings that end at once each see the
// other as open; so nobody counts what is left: each takes its own off a row
// that the other must wait for, and whoever reaches zero goes on. That wakes a
// parent, and tells that a batch is settled or completed.
//
// Locks are taken after those of dispatch and task rows, parents before batches,
// each in the order of their keys, so that nobody waits in a circle.
func tally(ctx context.Context, tx pgx.Tx, ws int64, changes []change) error {
	queue := &pgx.Batch{}
	queueTally(queue, ws, changes)
	if queue.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, queue).Close()
}

// queueTally is tally as a part of a batch.
func queueTally(queue *pgx.Batch, ws int64, changes []change) {
	parents, places := map[int64]int{}, map[place]int{}
	for _, c := range changes {
		if c.parent != nil && open(c.from) > open(c.to) {
			parents[*c.parent]++
		}
		if c.batch != nil {
			places[place{*c.batch, c.kind, c.from}]--
			places[place{*c.batch, c.kind, c.to}]++
		}
	}
	if len(parents) > 0 {
		countChildren(queue, ws, parents)
	}
	if len(places) > 0 {
		countTasks(queue, ws, places)
		countBatches(queue, ws, places)
	}
}

// countChildren takes ended children off their parents. A parent that is not
// parked is locked all the same: it may be about to park, and must then count
// after this transaction.
func countChildren(queue *pgx.Batch, ws int64, ended map[int64]int) {
	keys := slices.Sorted(maps.Keys(ended))
	counts := make([]int, len(keys))
	for i, key := range keys {
		counts[i] = ended[key]
	}
	queue.Queue(`
		WITH locked AS MATERIALIZED (
			SELECT d.task_pk, c.n FROM enrichment_dispatches d JOIN unnest($2::bigint[], $3::int[]) AS c (task_pk, n) USING (task_pk)
			WHERE d.workspace_pk = $1 ORDER BY d.task_pk FOR NO KEY UPDATE OF d
		)
		UPDATE enrichment_dispatches d SET children = nullif(d.children - l.n, 0),
			due_at = CASE WHEN d.children = l.n THEN now() ELSE d.due_at END,
			wait_code = CASE WHEN d.children = l.n THEN 'queued' ELSE d.wait_code END,
			wait_words = CASE WHEN d.children = l.n THEN NULL ELSE d.wait_words END
		FROM locked l WHERE d.task_pk = l.task_pk`, ws, keys, counts)
}

// countTasks moves tasks between the places of their batches, in the slot of
// this connection.
func countTasks(queue *pgx.Batch, ws int64, places map[place]int) {
	var batches, kinds, statuses []string
	var counts []int
	for _, p := range slices.SortedFunc(maps.Keys(places), comparePlaces) {
		if places[p] != 0 {
			batches, kinds = append(batches, p.batch), append(kinds, p.kind)
			statuses, counts = append(statuses, string(p.status)), append(counts, places[p])
		}
	}
	queue.Queue(`INSERT INTO enrichment_batch_counts AS c (workspace_pk, batch_id, enrichment_type, status, slot, tasks)
		SELECT $1, p.batch_id, p.kind, p.status, pg_backend_pid() % 16, p.n
		FROM unnest($2::uuid[], $3::text[], $4::text[], $5::int[]) WITH ORDINALITY AS p (batch_id, kind, status, n, ord)
		JOIN enrichment_batches b ON b.workspace_pk = $1 AND b.batch_id = p.batch_id
		ORDER BY p.ord
		ON CONFLICT (workspace_pk, batch_id, enrichment_type, status, slot) DO UPDATE SET tasks = c.tasks + excluded.tasks`,
		ws, batches, kinds, statuses, counts)
}

// countBatches brings the two counters of each batch on. Beginnings change neither
// of them, so a claim touches no counter. Its times are those after the lock was
// had: a transaction that waited for it began before its siblings ended.
func countBatches(queue *pgx.Batch, ws int64, places map[place]int) {
	type counters struct{ running, open int }
	sums := map[string]counters{}
	for p, n := range places {
		s := sums[p.batch]
		sums[p.batch] = counters{s.running + n*running(p.status), s.open + n*open(p.status)}
	}
	var batches []string
	var runs, opens []int
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		if s := sums[id]; s != (counters{}) {
			batches, runs, opens = append(batches, id), append(runs, s.running), append(opens, s.open)
		}
	}
	if len(batches) == 0 {
		return
	}
	queue.Queue(`
		WITH locked AS MATERIALIZED (
			SELECT b.batch_id, c.running, c.open FROM enrichment_batches b
			JOIN unnest($2::uuid[], $3::int[], $4::int[]) AS c (batch_id, running, open) USING (batch_id)
			WHERE b.workspace_pk = $1 ORDER BY b.batch_id FOR NO KEY UPDATE OF b
		), counted AS (
			UPDATE enrichment_batches b SET running = b.running + l.running, open = b.open + l.open,
				settled_at = CASE WHEN b.running + l.running > 0 THEN NULL WHEN b.running > 0 THEN clock_timestamp() ELSE b.settled_at END,
				completed_at = CASE WHEN b.open + l.open = 0 THEN clock_timestamp() END
			FROM locked l WHERE b.workspace_pk = $1 AND b.batch_id = l.batch_id
			RETURNING b.batch_id, b.total, b.running, b.open, l.running AS more_running, l.open AS more_open
		)
		INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data, created_at)
		SELECT $1, e.type, 'enrichment_batch', c.batch_id::text, jsonb_build_object('total', c.total, 'open', c.open), clock_timestamp()
		FROM counted c CROSS JOIN LATERAL (VALUES
			(1, 'enrichment_batch.settled', c.running = 0 AND c.more_running < 0),
			(2, 'enrichment_batch.completed', c.open = 0 AND c.more_open < 0)) AS e (ord, type, holds)
		WHERE e.holds ORDER BY c.batch_id, e.ord`, ws, batches, runs, opens)
}

// countIn counts new tasks into the batches that they name, which need not
// stand yet. A batch that is completed takes none.
func countIn(ctx context.Context, tx pgx.Tx, ws int64, reqs []enrich.Request, positions []int) error {
	places, totals := map[place]int{}, map[string]int{}
	for _, i := range positions {
		if r := reqs[i]; r.BatchID != nil {
			places[place{*r.BatchID, string(r.Type), enrich.Pending}]++
			totals[*r.BatchID]++
		}
	}
	if len(totals) == 0 {
		return nil
	}
	queue := &pgx.Batch{}
	for _, id := range slices.Sorted(maps.Keys(totals)) {
		queue.Queue(`INSERT INTO enrichment_batches AS b (workspace_pk, batch_id, total, running, open) VALUES ($1, $2, $3, $3, $3)
			ON CONFLICT (workspace_pk, batch_id) DO UPDATE SET total = b.total + $3, running = b.running + $3, open = b.open + $3, settled_at = NULL`,
			ws, id, totals[id])
	}
	countTasks(queue, ws, places)
	return tx.SendBatch(ctx, queue).Close()
}

// countCosts adds what attempts cost to their batches.
func countCosts(ctx context.Context, tx pgx.Tx, ws int64, settled []enrich.Settlement) error {
	costs := map[place]int64{}
	for _, s := range settled {
		if t := s.Claim.Task; t.BatchID != nil && s.CostMicros > 0 {
			costs[place{*t.BatchID, string(t.Type), enrich.Processing}] += s.CostMicros
		}
	}
	queue := &pgx.Batch{}
	for _, p := range slices.SortedFunc(maps.Keys(costs), comparePlaces) {
		queue.Queue(`INSERT INTO enrichment_batch_counts AS c (workspace_pk, batch_id, enrichment_type, status, slot, cost_micros)
			SELECT $1, batch_id, $3, $4, pg_backend_pid() % 16, $5 FROM enrichment_batches WHERE workspace_pk = $1 AND batch_id = $2
			ON CONFLICT (workspace_pk, batch_id, enrichment_type, status, slot) DO UPDATE SET cost_micros = c.cost_micros + excluded.cost_micros`,
			ws, p.batch, p.kind, p.status, costs[p])
	}
	if queue.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, queue).Close()
}
