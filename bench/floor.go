package main

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enrichd/enrichd/enrich"
)

// floor writes the very rows that enrichd leaves for a task, into the same tables
// with the same indexes, in plain batched SQL: no queue, no claim, no fence, no
// row-level security. What it takes is what the rows themselves cost. One
// connection inserts, one begins, one ends, as in the engine.
type floor struct {
	ours    // its schema and its checks
	pool    *pgxpool.Pool
	ws      int64
	begin   chan []int64
	end     chan []int64
	running sync.WaitGroup
	cancel  context.CancelFunc
	fault   error
	found   map[int64]job
	mu      sync.Mutex
}

func (f *floor) open(ctx context.Context, url string, c config) error {
	if err := f.ours.open(ctx, url, c); err != nil {
		return err
	}
	var err error
	// Each statement is planned anew, as in the engine.
	if f.pool, err = pool(ctx, url+"&default_query_exec_mode=cache_describe", c.Conns); err != nil {
		return err
	}
	return f.pool.QueryRow(ctx, `SELECT pk FROM workspaces WHERE workspace_id = $1`, workspace).Scan(&f.ws)
}

func (f *floor) start(ctx context.Context) error {
	ctx, f.cancel = context.WithCancel(ctx)
	f.begin, f.end, f.found = make(chan []int64, 1000), make(chan []int64, 1000), map[int64]job{}
	f.running.Go(func() {
		defer close(f.end)
		for keys := range f.begin {
			if _, err := f.pool.Exec(ctx, floorBeginSQL, f.ws, keys); err != nil {
				f.note(err)
			}
			for len(keys) > 0 {
				n := min(len(keys), 200)
				f.end <- keys[:n]
				keys = keys[n:]
			}
		}
	})
	f.running.Go(func() {
		for keys := range f.end {
			if err := f.finish(ctx, keys); err != nil {
				f.note(err)
			}
			f.finished.Add(int64(len(keys)))
		}
	})
	return nil
}

func (f *floor) note(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = err
}

func (f *floor) stop() error {
	close(f.begin)
	f.running.Wait()
	f.cancel()
	return f.fault
}

func (f *floor) enqueue(ctx context.Context, batch []job) error {
	entities, inputs := columns(batch)
	keys, err := collectKeys(f.pool.Query(ctx, floorInsertSQL, f.ws, entities, inputs, hashes(batch), randomBatch()))
	if err != nil {
		return err
	}
	f.mu.Lock()
	for i, key := range keys {
		f.found[key] = batch[i]
	}
	f.mu.Unlock()
	f.begin <- keys
	return nil
}

func (f *floor) finish(ctx context.Context, keys []int64) error {
	outputs, descriptions := make([]string, len(keys)), make([]string, len(keys))
	f.mu.Lock()
	for i, key := range keys {
		j := f.found[key]
		outputs[i], descriptions[i] = string(j.Output), j.Description
	}
	f.mu.Unlock()
	_, err := f.pool.Exec(ctx, floorFinishSQL, f.ws, keys, outputs, descriptions)
	return err
}

func (f *floor) check(ctx context.Context, n int) error {
	// The floor keeps no counters of batches: those faults are its own.
	if _, err := f.owner.Exec(ctx, `UPDATE enrichment_tasks SET batch_id = NULL`); err != nil {
		return err
	}
	return f.ours.check(ctx, n)
}

func (f *floor) close() {
	f.pool.Close()
	f.ours.close()
}

const (
	floorInsertSQL = `
	WITH task AS (
		INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, input, source_channel, input_hash, batch_id)
		SELECT $1, 'company', s.entity, '` + string(enrich.OCRExtract) + `', s.input::jsonb, 'document_upload', s.hash, $5
		FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS s (entity, input, hash, ord) ORDER BY s.ord
		RETURNING pk, enrichment_task_id, entity_id, batch_id
	), dispatch AS (
		INSERT INTO enrichment_dispatches (task_pk, workspace_pk, enrichment_type, priority) SELECT pk, $1, 'ocr_extract', 10 FROM task
	), told AS (
		INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data)
		SELECT $1, 'enrichment_task.created', 'enrichment_task', enrichment_task_id::text, jsonb_build_object('enrichment_type', 'ocr_extract',
			'entity_type', 'company', 'entity_id', entity_id, 'batch_id', batch_id, 'source_channel', 'document_upload', 'caused_by', NULL) FROM task
	)
	SELECT pk FROM task`
	floorBeginSQL = `
	WITH held AS (
		UPDATE enrichment_dispatches SET worker_pk = 1, token = task_pk, claimed_at = now(), attempt = 1 WHERE task_pk = ANY ($2)
	), moved AS (
		UPDATE enrichment_tasks t SET status = 'processing', updated_at = now() FROM unnest($2::bigint[]) AS s (pk)
		WHERE t.pk = s.pk AND s.pk + 0 = s.pk AND t.status = 'pending' RETURNING enrichment_task_id, entity_id, batch_id
	)` + floorToldSQL
	floorFinishSQL = `
	WITH gone AS (
		DELETE FROM enrichment_dispatches WHERE task_pk = ANY ($2)
	), moved AS (
		UPDATE enrichment_tasks t SET status = 'completed', output = s.output::jsonb, description = s.description, updated_at = now(), completed_at = now()
		FROM unnest($2::bigint[], $3::text[], $4::text[]) AS s (pk, output, description) WHERE t.pk = s.pk AND s.pk + 0 = s.pk AND t.status = 'processing'
		RETURNING t.pk, enrichment_task_id, entity_id, batch_id
	), tried AS (
		INSERT INTO enrichment_task_attempts (workspace_pk, task_pk, attempt, worker, started_at, outcome)
		SELECT $1, pk, 1, 'host/1', now(), 'completed' FROM moved
	)` + floorToldSQL
	floorToldSQL = `
	INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data)
	SELECT $1, 'enrichment_task.moved', 'enrichment_task', enrichment_task_id::text, jsonb_build_object('from', 'pending', 'enrichment_type', 'ocr_extract',
		'entity_type', 'company', 'entity_id', entity_id, 'batch_id', batch_id) FROM moved`
)

var _ contestant = (*floor)(nil)
