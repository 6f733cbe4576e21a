package postgres

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// Batch is what one press enqueued together, and how far it is.
type Batch struct {
	ID          string
	Total       int // tasks made
	Running     int // of these pending and processing
	Open        int // and those that wait for a person
	Joined      int // wanted tasks that stood already, open
	Reused      int // and finished
	Counts      []BatchCount
	CostMicros  int64  // so far
	MaxCost     *int64 // millionths of a currency unit; nil is no cap
	PressedBy   string
	Request     json.RawMessage // press: as its caller wrote it; duplicates: a sample of them
	CreatedAt   time.Time
	SettledAt   *time.Time // since when nothing of it runs
	CompletedAt *time.Time // when its last task ended
	Now         time.Time  // by the database's clock
}

// BatchCount is how many tasks of one type stand in one status. Withdrawn tasks
// have the status deleted.
type BatchCount struct {
	Type   enrich.Type   `json:"enrichment_type"`
	Status enrich.Status `json:"status"`
	Tasks  int           `json:"tasks"`
}

// ETA is when the last of its tasks will have run, if the others take as long as
// those that have. It knows nothing before the first one.
func (b Batch) ETA() (time.Time, bool) {
	done := b.Total - b.Running
	if b.Running == 0 || done == 0 {
		return time.Time{}, false
	}
	return b.Now.Add(time.Duration(float64(b.Now.Sub(b.CreatedAt)) * float64(b.Running) / float64(done))), true
}

const (
	batchColumns = `b.batch_id::text, b.total, b.running, b.open, b.joined, b.reused,
		coalesce((SELECT jsonb_agg(jsonb_build_object('enrichment_type', c.enrichment_type, 'status', c.status, 'tasks', c.tasks) ORDER BY 1)
			FROM (SELECT enrichment_type, status, sum(tasks) AS tasks FROM enrichment_batch_counts
				WHERE workspace_pk = b.workspace_pk AND batch_id = b.batch_id GROUP BY 1, 2 HAVING sum(tasks) <> 0) AS c), '[]'),
		coalesce((SELECT sum(cost_micros) FROM enrichment_batch_counts WHERE workspace_pk = b.workspace_pk AND batch_id = b.batch_id), 0)::bigint,
		b.max_cost_micros, coalesce(b.pressed_by, ''), coalesce(b.request, '{}'), b.created_at, b.settled_at, b.completed_at, now()`
	batchFrom = ` FROM enrichment_batches b `
)

// batchList is the list of batches.
var batchList = source[Batch]{
	table: "enrichment_batches b", alias: "b", where: `b.workspace_pk = $1`, columns: batchColumns,
	id: column{expr: "b.batch_id", typ: "uuid"},
	filters: map[string]column{
		"created_at": {expr: "b.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{"created_at": {expr: "b.created_at", typ: "timestamptz"}},
	scan:  scanBatch,
}

func scanBatch(row pgx.Row, before ...any) (Batch, error) {
	var b Batch
	err := row.Scan(append(before, &b.ID, &b.Total, &b.Running, &b.Open, &b.Joined, &b.Reused, &b.Counts, &b.CostMicros, &b.MaxCost,
		&b.PressedBy, &b.Request, &b.CreatedAt, &b.SettledAt, &b.CompletedAt, &b.Now)...)
	return b, err
}

// ListBatches reads a page of batches. Progress is read off counters: no task is
// looked at.
func (db *DB) ListBatches(ctx context.Context, workspaceID string, q ListQuery) (page ListPage[Batch], err error) {
	return listIn(ctx, db, workspaceID, batchList, q)
}

// Batch reads one batch.
func (db *DB) Batch(ctx context.Context, workspaceID, id string) (Batch, error) {
	var b Batch
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		b, err = batchByID(ctx, tx, ws, id)
		return err
	})
	return b, err
}

func batchByID(ctx context.Context, tx pgx.Tx, ws int64, id string) (Batch, error) {
	missing := enrich.Errorf(enrich.CodeNotFound, "There is no enrichment batch with this id.")
	if !IsUUID(id) {
		return Batch{}, missing
	}
	b, err := scanBatch(tx.QueryRow(ctx, `SELECT `+batchColumns+batchFrom+`WHERE b.workspace_pk = $1 AND b.batch_id = $2::uuid`, ws, id))
	if err == pgx.ErrNoRows {
		return b, missing
	}
	return b, err
}

// withinCaps tells claims apart from the keys of those tasks, not begun yet,
// whose batch has cost its cap. A batch that reaches its cap ends with what it
// has: claims come upon the rest of it and end it bit by bit.
func withinCaps(ctx context.Context, tx pgx.Tx, ws int64, claims []enrich.Claim, capped map[string]bool) (within []enrich.Claim, over []int64, err error) {
	var batches []string
	for _, c := range claims {
		if c.Task.BatchID != nil && capped[*c.Task.BatchID] && c.Task.Status == enrich.Pending {
			batches = append(batches, *c.Task.BatchID)
		}
	}
	if len(batches) == 0 {
		return claims, nil, nil
	}
	rows, err := tx.Query(ctx, `SELECT batch_id::text FROM enrichment_batches b
		WHERE workspace_pk = $1 AND batch_id = ANY ($2::uuid[]) AND max_cost_micros <= (
			SELECT sum(cost_micros) FROM enrichment_batch_counts c WHERE c.workspace_pk = $1 AND c.batch_id = b.batch_id AND c.cost_micros > 0)`, ws, batches)
	if err != nil {
		return nil, nil, err
	}
	spent, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, nil, err
	}
	for _, c := range claims {
		if c.Task.BatchID != nil && c.Task.Status == enrich.Pending && slices.Contains(spent, *c.Task.BatchID) {
			over = append(over, c.Key)
		} else {
			within = append(within, c)
		}
	}
	return within, over, nil
}
