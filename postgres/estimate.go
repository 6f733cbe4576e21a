package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// Estimate is what a press would do. Costs and times are those of the latest
// attempts of the same types in the workspace; nothing is known of a type that
// never ran there.
type Estimate struct {
	Kinds     []KindEstimate
	Tasks     int   // that would be made
	Expected  int64 // cost, millionths of a currency unit
	AtMost    int64 // if each task cost as much as the dearest one lately
	WorkTotal time.Duration
}

// KindEstimate is the part of one type.
type KindEstimate struct {
	Type             enrich.Type
	Made             int
	Joined, Reused   int
	Expected, AtMost int64
	Known            bool // attempts of the type were looked at
}

// estimateSQL counts what stands already and looks at what attempts cost lately.
const estimateSQL = wantedSQL + `, lately AS MATERIALIZED (
		SELECT pk, enrichment_type FROM enrichment_tasks WHERE workspace_pk = $1 AND deleted_at IS NULL
		ORDER BY created_at DESC, enrichment_task_id DESC LIMIT 2000
	), paid AS (
		SELECT l.enrichment_type AS type, avg(a.cost_micros)::float8 AS mean, max(a.cost_micros)::float8 AS highest,
			avg(extract(epoch FROM a.ended_at - a.started_at))::float8 AS time
		FROM lately l JOIN enrichment_task_attempts a ON a.task_pk = l.pk AND a.workspace_pk = $1 GROUP BY 1
	)
	SELECT k.type, (SELECT count(*) FROM want w WHERE w.type = k.type) - count(s.ord),
		count(s.ord) FILTER (WHERE s.status <> 'completed'), count(s.ord) FILTER (WHERE s.status = 'completed'),
		p.mean, p.highest, p.time
	FROM kind k LEFT JOIN standing s USING (type) LEFT JOIN paid p USING (type) GROUP BY k.type, p.mean, p.highest, p.time ORDER BY k.type`

func estimate(ctx context.Context, tx pgx.Tx, ws int64, w *wanted) (Estimate, error) {
	rows, err := tx.Query(ctx, estimateSQL, w.args(ws)...)
	if err != nil {
		return Estimate{}, err
	}
	var e Estimate
	e.Kinds, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (KindEstimate, error) {
		var k KindEstimate
		var mean, highest, took *float64
		if err := row.Scan(&k.Type, &k.Made, &k.Joined, &k.Reused, &mean, &highest, &took); err != nil || mean == nil {
			return k, err
		}
		k.Known = true
		k.Expected, k.AtMost = int64(*mean*float64(k.Made)), int64(*highest*float64(k.Made))
		e.WorkTotal += time.Duration(*took * float64(k.Made) * float64(time.Second))
		return k, nil
	})
	for _, k := range e.Kinds {
		e.Tasks, e.Expected, e.AtMost = e.Tasks+k.Made, e.Expected+k.Expected, e.AtMost+k.AtMost
	}
	return e, err
}

// withinCap refuses a press that is expected to cost more than its cap.
func withinCap(ctx context.Context, tx pgx.Tx, ws int64, w *wanted, limit int64) error {
	e, err := estimate(ctx, tx, ws, w)
	if err != nil || e.Expected <= limit {
		return err
	}
	return enrich.Errorf(enrich.CodeOverCost, "This press is expected to cost %d millionths, more than its cap of %d.", e.Expected, limit)
}
