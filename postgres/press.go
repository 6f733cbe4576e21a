package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/tracing"
)

// Limits of one press.
const (
	MaxPressIDs   = 10_000  // entities by id
	MaxPressTasks = 100_000 // entities times kinds
)

// How long the same press is the same batch.
const (
	samePressFor = time.Minute    // by its content
	sameKeyFor   = 24 * time.Hour // by its key
)

// Press is one press of the Magic button: kinds for entities.
type Press struct {
	EntityType string
	EntityIDs  []string // nil takes those that Missing selects
	Missing    []string // fields that have no value yet; none selects every record
	Stale      string   // a column or field whose value waits to be computed again; empty is no condition
	// Requests makes the tasks of one entity. All entities get the same types.
	Requests func(Target) ([]enrich.Request, error)
	// Content is the press as its caller wrote it; Fingerprint is its hash.
	Content     json.RawMessage
	Fingerprint string
	Key         string // Idempotency-Key of the caller; may be empty
	By          string // who pressed
	MaxCost     *int64 // millionths of a currency unit; nil is no cap
}

// Target is an entity that is to be enriched.
type Target struct {
	ID       string
	Checksum string // of a document's content; empty where there is none
}

// Pressed is what a press did.
type Pressed struct {
	Batch    Batch
	Replayed bool // it is the batch of an earlier press
}

// Press makes the tasks of a press and its batch in one transaction. Wanted
// tasks that stand already are counted, not made. The same press again is the
// batch that stands. A key that was used for another press answers
// CodeKeyReused; an estimate above the cap CodeOverCost.
func (db *DB) Press(ctx context.Context, workspaceID string, p Press) (Pressed, error) {
	var out Pressed
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		if err := lockPresses(ctx, tx, ws); err != nil {
			return err
		}
		// A press of a hundred thousand is one statement, and longer than others.
		if _, err := tx.Exec(ctx, `SELECT set_config('statement_timeout', '55s', true)`); err != nil {
			return err
		}
		id, err := samePress(ctx, tx, ws, p)
		if err == nil && id == "" {
			id, err = press(ctx, tx, ws, p)
		} else {
			out.Replayed = true
		}
		if err != nil {
			return err
		}
		out.Batch, err = batchByID(ctx, tx, ws, id)
		return err
	})
	if err == nil && !out.Replayed {
		db.announce()
	}
	return out, err
}

// Estimate tells what a press would do, and writes nothing.
func (db *DB) Estimate(ctx context.Context, workspaceID string, p Press) (Estimate, error) {
	var e Estimate
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		w, err := wants(ctx, tx, ws, p)
		if err != nil {
			return err
		}
		e, err = estimate(ctx, tx, ws, w)
		return err
	})
	return e, err
}

// lockPresses keeps every other enqueue of the workspace out until the
// transaction ends: ten thousand locks, one for each hash, would fill the
// server's table of locks.
func lockPresses(ctx context.Context, tx pgx.Tx, ws int64) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('press', $1))`, ws)
	return err
}

// samePress finds the batch of an earlier press that was the same: by its key,
// where it has one, or else by its content. Empty means there is none.
func samePress(ctx context.Context, tx pgx.Tx, ws int64, p Press) (string, error) {
	query, args := `fingerprint = $2 AND created_at > now() - make_interval(secs => $3)`, []any{ws, p.Fingerprint, seconds(samePressFor)}
	if p.Key != "" {
		query, args = `idempotency_key = $2 AND created_at > now() - make_interval(secs => $3)`, []any{ws, p.Key, seconds(sameKeyFor)}
	}
	var id, fingerprint string
	err := tx.QueryRow(ctx, `SELECT batch_id::text, coalesce(fingerprint, '') FROM enrichment_batches
		WHERE workspace_pk = $1 AND `+query+` ORDER BY created_at DESC LIMIT 1`, args...).Scan(&id, &fingerprint)
	switch {
	case err == pgx.ErrNoRows:
		return "", nil
	case err == nil && fingerprint != p.Fingerprint:
		return "", enrich.Errorf(enrich.CodeKeyReused, "This key was used for another press, which made the batch %s.", id)
	}
	return id, err
}

// wanted is what a press asks for, column by column: a statement with ten
// thousand rows in arrays is one round trip and no JSON to parse.
type wanted struct {
	entityType         string
	ids, types, hashes []string
	inputs, fields     []*string
	kinds              []enrich.Request // one of each type
	forced             bool
	channel            *enrich.SourceChannel
	kindNames          []string
	ages, expiries     []float64
	kindPriorities     []int
}

// wants resolves the entities of a press and makes its requests.
func wants(ctx context.Context, tx pgx.Tx, ws int64, p Press) (*wanted, error) {
	targets, err := targetsOf(ctx, tx, ws, p)
	if err != nil {
		return nil, err
	}
	w := &wanted{entityType: p.EntityType}
	for _, target := range targets {
		requests, err := p.Requests(target)
		if err != nil {
			return nil, err
		}
		if w.kinds == nil {
			w.describe(requests)
		}
		if len(w.ids)+len(requests) > MaxPressTasks {
			return nil, enrich.Errorf(enrich.CodeTooMany, "One press makes at most %d tasks.", MaxPressTasks)
		}
		for _, r := range requests {
			if r.Type == enrich.MonthlyClose {
				if err := oneActiveClose(ctx, tx, ws, r); err != nil {
					return nil, err
				}
			}
			w.ids, w.types, w.hashes = append(w.ids, r.EntityID), append(w.types, string(r.Type)), append(w.hashes, r.Hash)
			w.inputs, w.fields = append(w.inputs, nullJSON(r.Input)), append(w.fields, jsonStrings(r.TargetFields))
		}
	}
	return w, nil
}

// describe takes from the first entity's requests what holds for all.
func (w *wanted) describe(requests []enrich.Request) {
	w.kinds = requests
	for _, r := range requests {
		w.kindNames = append(w.kindNames, string(r.Type))
		w.ages, w.expiries = append(w.ages, r.ReuseAge.Seconds()), append(w.expiries, r.Expire.Seconds())
		w.kindPriorities = append(w.kindPriorities, r.Priority)
		w.forced, w.channel = r.Force, r.SourceChannel
	}
}

// targetsOf finds the entities of a press. Those named by id need not stand; of
// documents the checksums are read, because they are part of the hash.
func targetsOf(ctx context.Context, tx pgx.Tx, ws int64, p Press) ([]Target, error) {
	table, ok := recordTables()[p.EntityType]
	if p.EntityIDs != nil {
		return namedTargets(ctx, tx, ws, p)
	}
	if !ok {
		return nil, &enrich.Error{Code: enrich.CodeInvalid, Field: "entity_type", Message: fmt.Sprintf("Records of the type %q cannot be selected; name their ids.", p.EntityType)}
	}
	where := ""
	for i, field := range p.Missing {
		if _, ok := table.columns[field]; !ok {
			return nil, &enrich.Error{
				Code: enrich.CodeInvalid, Field: fmt.Sprintf("missing/%d", i),
				Message: fmt.Sprintf("%s has no field %q; it has %v.", p.EntityType, field, slices.Sorted(maps.Keys(table.columns))),
			}
		}
		where += " AND " + field + " IS NULL"
	}
	args := []any{ws}
	if p.Stale != "" {
		where, args = where+" AND "+staleTargetSQL(p.EntityType, table), append(args, p.Stale)
	}
	checksum := "''"
	if table.table == "documents" {
		checksum = "coalesce(checksum, '')"
	}
	rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT %s, %s FROM %s WHERE workspace_pk = $1 AND deleted_at IS NULL%s ORDER BY pk LIMIT %d`,
		table.id, checksum, table.table, where, MaxPressTasks+1), args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Target])
}

func namedTargets(ctx context.Context, tx pgx.Tx, ws int64, p Press) ([]Target, error) {
	checksums := map[string]string{}
	if p.EntityType == "document" {
		var err error
		if checksums, err = documentChecksums(ctx, tx, ws, p.EntityIDs); err != nil {
			return nil, err
		}
	}
	seen := make(map[string]bool, len(p.EntityIDs))
	targets := make([]Target, 0, len(p.EntityIDs))
	for _, id := range p.EntityIDs {
		if !seen[id] {
			seen[id] = true
			targets = append(targets, Target{ID: id, Checksum: checksums[id]})
		}
	}
	return targets, nil
}

// documentChecksums reads the checksums of documents, by their ids.
func documentChecksums(ctx context.Context, tx pgx.Tx, ws int64, ids []string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT document_id, checksum FROM documents
		WHERE workspace_pk = $1 AND document_id = ANY ($2) AND deleted_at IS NULL AND checksum IS NOT NULL`, ws, ids)
	if err != nil {
		return nil, err
	}
	checksums := map[string]string{}
	var id, sum string
	_, err = pgx.ForEachRow(rows, []any{&id, &sum}, func() error { checksums[id] = sum; return nil })
	return checksums, err
}

// press makes what is wanted and does not stand, and the batch of it.
func press(ctx context.Context, tx pgx.Tx, ws int64, p Press) (string, error) {
	w, err := wants(ctx, tx, ws, p)
	if err != nil {
		return "", err
	}
	if p.MaxCost != nil {
		if err := withinCap(ctx, tx, ws, w, *p.MaxCost); err != nil {
			return "", err
		}
	}
	var id string
	if err := tx.QueryRow(ctx, `SELECT gen_random_uuid()::text`).Scan(&id); err != nil {
		return "", err
	}
	counts, err := w.insert(ctx, tx, ws, id)
	if err != nil {
		return "", err
	}
	return id, insertBatch(ctx, tx, ws, id, p, counts)
}

// wantedSQL is what a press wants, one row for each task, and what of it stands
// already: open, or finished and young enough.
const wantedSQL = `
	WITH kind AS (
		SELECT * FROM unnest($3::text[], $4::float8[], $5::float8[], $6::smallint[]) AS k (type, age, expiry, priority)
	), want AS MATERIALIZED (
		SELECT * FROM unnest($7::text[], $8::text[], $9::text[], $10::text[], $11::text[]) WITH ORDINALITY AS s (id, type, hash, input, fields, ord)
	), standing AS MATERIALIZED (
		SELECT DISTINCT ON (s.ord) s.ord, s.id, s.type, t.enrichment_task_id, t.status FROM want s JOIN kind k USING (type)
		JOIN enrichment_tasks t ON t.workspace_pk = $1 AND t.input_hash = s.hash AND t.entity_type = $2 AND t.entity_id = s.id
			AND t.enrichment_type = s.type AND ` + keyedLive + `
			AND (t.status IN ('pending', 'processing', 'awaiting_approval') OR t.status = 'completed' AND t.completed_at > now() - make_interval(secs => k.age))
		WHERE NOT $12::bool AND s.ord + 0 = s.ord
		ORDER BY s.ord, t.status, t.created_at DESC
	)`

// pressSQL makes the tasks of a press with their dispatch rows and events, and
// counts them by type, with a sample of the tasks that stood already.
const pressSQL = wantedSQL + `, task AS (
		INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, input, target_fields, source_channel, input_hash, batch_id, created_at, updated_at)
		SELECT $1, $2, s.id, s.type, s.input::jsonb, s.fields::jsonb, $13::text::source_channel_enum, s.hash, $14::uuid, now(), now()
		FROM want s WHERE NOT EXISTS (SELECT FROM standing d WHERE d.ord = s.ord) ORDER BY s.ord
		RETURNING pk, enrichment_task_id, enrichment_type, entity_id
	), dispatch AS (
		INSERT INTO enrichment_dispatches (task_pk, workspace_pk, enrichment_type, priority, expires_at, traceparent)
		SELECT task.pk, $1, k.type, k.priority, CASE WHEN k.expiry > 0 THEN now() + make_interval(secs => k.expiry) END, nullif($15::text, '')
		FROM task JOIN kind k ON k.type = task.enrichment_type
	), told AS (
		INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data)
		SELECT $1, 'enrichment_task.created', 'enrichment_task', enrichment_task_id::text, jsonb_build_object('enrichment_type', enrichment_type,
			'entity_type', $2::text, 'entity_id', entity_id, 'batch_id', $14::uuid, 'source_channel', $13::text, 'caused_by', NULL)
		FROM task
	), made AS (
		SELECT enrichment_type AS type, count(*) AS n FROM task GROUP BY 1
	)
	SELECT k.type, coalesce(m.n, 0), count(s.ord) FILTER (WHERE s.status <> 'completed'), count(s.ord) FILTER (WHERE s.status = 'completed'),
		(SELECT coalesce(jsonb_agg(jsonb_build_object('entity_id', d.id, 'enrichment_type', d.type, 'task', d.enrichment_task_id)), '[]')
			FROM (SELECT * FROM standing x WHERE x.type = k.type ORDER BY x.ord LIMIT 20) AS d)
	FROM kind k LEFT JOIN made m USING (type) LEFT JOIN standing s USING (type) GROUP BY k.type, m.n`

func (w *wanted) args(ws int64) []any {
	return []any{
		ws, w.entityType, w.kindNames, w.ages, w.expiries, w.kindPriorities, w.ids, w.types, w.hashes, w.inputs, w.fields, w.forced,
	}
}

// kindCount is what a press wanted of one type.
type kindCount struct {
	kind                 string
	made, joined, reused int
	duplicates           json.RawMessage // a sample: entity_id, enrichment_type, task
}

func (w *wanted) insert(ctx context.Context, tx pgx.Tx, ws int64, batch string) ([]kindCount, error) {
	rows, err := tx.Query(ctx, pressSQL, planFor(len(w.ids), append(w.args(ws), w.channel, batch, tracing.String(ctx))...)...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (kindCount, error) {
		var k kindCount
		err := row.Scan(&k.kind, &k.made, &k.joined, &k.reused, &k.duplicates)
		return k, err
	})
}

// insertBatch makes the row of a press. One that made nothing has ended.
func insertBatch(ctx context.Context, tx pgx.Tx, ws int64, id string, p Press, counts []kindCount) error {
	var made, joined, reused int
	places := map[place]int{}
	duplicates := []json.RawMessage{}
	for _, k := range counts {
		made, joined, reused = made+k.made, joined+k.joined, reused+k.reused
		places[place{id, k.kind, enrich.Pending}] = k.made
		var some []json.RawMessage
		if err := json.Unmarshal(k.duplicates, &some); err != nil {
			return err
		}
		duplicates = append(duplicates, some...)
	}
	request, err := json.Marshal(map[string]any{"press": p.Content, "duplicates": duplicates})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO enrichment_batches (workspace_pk, batch_id, total, running, open, joined, reused, request, fingerprint,
			idempotency_key, pressed_by, max_cost_micros, settled_at, completed_at)
		VALUES ($1, $2, $3, $3, $3, $4, $5, $6::jsonb, $7, nullif($8, ''), nullif($9, ''), $10, CASE WHEN $3 = 0 THEN now() END, CASE WHEN $3 = 0 THEN now() END)`,
		ws, id, made, joined, reused, string(request), p.Fingerprint, p.Key, p.By, p.MaxCost); err != nil {
		return err
	}
	if made == 0 {
		ended := map[string]any{"total": 0, "open": 0}
		if err := appendEvent(ctx, tx, ws, enrich.EventBatchSettled, "enrichment_batch", id, ended); err != nil {
			return err
		}
		return appendEvent(ctx, tx, ws, enrich.EventBatchCompleted, "enrichment_batch", id, ended)
	}
	queue := &pgx.Batch{}
	countTasks(queue, ws, places)
	return tx.SendBatch(ctx, queue).Close()
}
