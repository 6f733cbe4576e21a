package main

import (
	"context"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Names of what is raced with and without finished rows. A pair comes twice: right
// after a checkpoint, when the first touch of every page goes to the log whole,
// and as it goes on for the half hour until the next one.
const (
	emptyName      = "enrichd, empty tables"
	behindName     = "enrichd, behind finished rows"
	emptyFloor     = "sql floor, empty tables"
	behindFloor    = "sql floor, behind finished rows"
	afterwards     = ", right after a checkpoint"
	warmUpFraction = 25 // so many times fewer tasks than finished rows run before the rounds
)

// behind runs enrichd and the floor with and without many finished tasks in their
// tables, in turn.
func behind(ctx context.Context, h *host, o options, r *report) error {
	empty, err := h.enter(ctx, emptyName, &ours{}, o.config)
	if err != nil {
		return err
	}
	defer empty.close()
	full, err := h.enter(ctx, behindName, &ours{}, o.config)
	if err != nil {
		return err
	}
	defer full.close()
	// The floor writes into the same tables: only one contestant runs at a time.
	floorEmpty, err := join(ctx, empty, emptyFloor, &floor{}, o.config)
	if err != nil {
		return err
	}
	defer floorEmpty.close()
	floorFull, err := join(ctx, full, behindFloor, &floor{}, o.config)
	if err != nil {
		return err
	}
	defer floorFull.close()
	if err := full.load(ctx, o.finished); err != nil {
		return err
	}
	r.Behind = o.finished
	turns := []*entry{empty, full, floorEmpty, floorFull}
	if err := rounds(ctx, turns, o, r, afterwards, 1000); err != nil {
		return err
	}
	log.Printf("%d tasks to warm up", o.finished/warmUpFraction)
	for seed := 0; seed < o.finished/warmUpFraction; seed += o.tasks {
		if _, err := full.lap(ctx, jobs(o.tasks, uint64(5000+seed)), o); err != nil {
			return err
		}
	}
	return rounds(ctx, turns, o, r, "", 2000)
}

// rounds has the entries take turns. The first round warms up: plans, pages,
// connections. Empty tables are empty in each round. No two laps
// have the same jobs: what was there before is not done again, and its pages are in
// memory and in the log.
func rounds(ctx context.Context, entries []*entry, o options, r *report, suffix string, seed int) error {
	for round := range o.rounds + 1 {
		for i, e := range entries {
			if e.name == emptyName || e.name == emptyFloor {
				if err := e.truncate(ctx); err != nil {
					return err
				}
			}
			if suffix == afterwards {
				if _, err := e.admin.Exec(ctx, "CHECKPOINT"); err != nil {
					return err
				}
			}
			lap, err := e.lap(ctx, jobs(o.tasks, uint64(seed+round*len(entries)+i)), o)
			if err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
			log.Printf("round %d  %-34s %v", round, e.name+suffix, lap)
			if round > 0 {
				r.add(e.name+suffix, lap)
			}
		}
	}
	return nil
}

// load fills the tables with n finished tasks, their events and attempts. Their
// inputs and outputs are short, so that ten million fit a small disk; keys,
// hashes and ids are as random as real ones. Indexes are made afterwards.
func (e *entry) load(ctx context.Context, n int) error {
	began := time.Now()
	indexes, err := e.dropIndexes(ctx, "enrichment_tasks", "enrichment_events", "enrichment_task_attempts")
	if err != nil {
		return err
	}
	for _, sql := range []string{"SET synchronous_commit = off", "SET session_replication_role = replica", "SET max_parallel_maintenance_workers = 2"} {
		if _, err := e.admin.Exec(ctx, sql); err != nil {
			return err
		}
	}
	for from := 1; from <= n; from += 250_000 {
		if _, err := e.admin.Exec(ctx, loadSQL, from, min(n, from+249_999), n); err != nil {
			return err
		}
	}
	indexes = append(indexes, `SELECT setval(pg_get_serial_sequence('enrichment_tasks', 'pk'), (SELECT max(pk) FROM enrichment_tasks))`,
		"VACUUM ANALYZE enrichment_tasks", "VACUUM ANALYZE enrichment_events", "VACUUM ANALYZE enrichment_task_attempts", "RESET synchronous_commit")
	for _, sql := range indexes {
		if _, err := e.admin.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	log.Printf("loaded %d finished tasks in %v", n, time.Since(began).Round(time.Second))
	return nil
}

// dropIndexes drops what is no constraint and returns the statements that make
// it again.
func (e *entry) dropIndexes(ctx context.Context, tables ...string) ([]string, error) {
	rows, err := e.admin.Query(ctx, `SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
		WHERE i.indrelid = ANY ($1::text[]::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)`, tables)
	if err != nil {
		return nil, err
	}
	var names, defs []string
	var name, def string
	if _, err := pgx.ForEachRow(rows, []any{&name, &def}, func() error {
		names, defs = append(names, name), append(defs, def)
		return nil
	}); err != nil || len(names) == 0 {
		return nil, err
	}
	_, err = e.admin.Exec(ctx, "DROP INDEX "+strings.Join(names, ", "))
	return defs, err
}

// loadSQL: first key, last key, how many in all. Times go back a year from now.
const loadSQL = `
	WITH ws AS (SELECT pk FROM workspaces LIMIT 1), task AS (
		INSERT INTO enrichment_tasks (pk, workspace_pk, status, enrichment_type, input, output, created_at, updated_at, completed_at,
			source_channel, input_hash, entity_type, entity_id, description, batch_id)
		OVERRIDING SYSTEM VALUE
		SELECT i, ws.pk, 'completed', 'ocr_extract', '{"document_id": "d", "pages": 2}', '{"_outcome": "found", "invoice_number": "F-1"}', t.at, t.at, t.at,
			'document_upload', 'sha256:' || encode(sha256(i::text::bytea), 'hex'), 'company', gen_random_uuid()::text, 'Invoice **F-1**.',
			md5((i / 1000)::text)::uuid
		FROM ws, generate_series($1::bigint, $2::bigint) AS i, LATERAL (SELECT now() - interval '1 day' - make_interval(secs => 3e7 * ($3::bigint - i) / $3::bigint) AS at) AS t
		RETURNING pk, workspace_pk, enrichment_task_id, created_at
	), told AS (
		INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data, created_at, sequence)
		SELECT workspace_pk, e.type, 'enrichment_task', enrichment_task_id::text, '{"from": "pending", "entity_type": "company"}', created_at, 3 * pk + e.ord
		FROM task, (VALUES (0, 'enrichment_task.created'), (1, 'enrichment_task.processing'), (2, 'enrichment_task.completed')) AS e (ord, type)
	)
	INSERT INTO enrichment_task_attempts (workspace_pk, task_pk, attempt, worker, started_at, ended_at, outcome)
	SELECT workspace_pk, pk, 1, 'host/1', created_at, created_at, 'completed' FROM task`
