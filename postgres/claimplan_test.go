package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// backlog fills a database with waiting tasks: big in one workspace, and small
// in each of others.
func backlog(t testing.TB, url string, big, others, small int) {
	t.Helper()
	pgtest.Exec(t, url, `INSERT INTO workspaces (workspace_id, name) SELECT 'ws-' || g, '' FROM generate_series(0, $1::int) AS g`, others)
	pile(t, url, `workspace_id = 'ws-0'`, big)
	pile(t, url, `workspace_id LIKE 'ws-%' AND workspace_id NOT IN ('ws-0', 'ws-test-0001')`, small)
}

// pile adds n waiting tasks to each workspace that fits, at most 10,000 in a statement.
func pile(t testing.TB, url, where string, n int) {
	t.Helper()
	for ; n > 0; n -= 10000 {
		pgtest.Exec(t, url, `
			WITH made AS (
				INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type)
				SELECT w.pk, 'document', g::text, 'ocr_extract' FROM workspaces w, generate_series(1, $1::int) AS g WHERE `+where+`
				RETURNING pk, workspace_pk
			)
			INSERT INTO enrichment_dispatches (task_pk, workspace_pk, enrichment_type) SELECT pk, workspace_pk, 'ocr_extract' FROM made`, min(n, 10000))
	}
}

// explain runs a claim as the application role and returns how many blocks it
// touched and whether it scanned a whole table.
func explain(t testing.TB, url string, n int) (blocks float64, seq []string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, pgtest.AsApp(url))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: postgres.BeginClaimSQL})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, `PREPARE claim (bigint, text[], int, bool, bigint, int) AS `+postgres.ClaimSQL); err != nil {
		t.Fatal(err)
	}
	var raw []byte
	err = tx.QueryRow(ctx, fmt.Sprintf(`EXPLAIN (ANALYZE, BUFFERS, FORMAT json) EXECUTE claim (1, ARRAY['ocr_extract'], %d, false, 0, 2000)`, n)).Scan(&raw)
	if err != nil {
		t.Fatal(err)
	}
	var plans []struct{ Plan map[string]any }
	if err := json.Unmarshal(raw, &plans); err != nil {
		t.Fatal(err)
	}
	number := func(key string) float64 { f, _ := plans[0].Plan[key].(float64); return f }
	return number("Shared Hit Blocks") + number("Shared Read Blocks"), seqScans(plans[0].Plan)
}

func seqScans(plan map[string]any) []string {
	var found []string
	if plan["Node Type"] == "Seq Scan" {
		found = append(found, fmt.Sprint(plan["Relation Name"]))
	}
	children, _ := plan["Plans"].([]any)
	for _, c := range children {
		found = append(found, seqScans(c.(map[string]any))...)
	}
	return found
}

// A claim costs the same whatever waits: it is planned by the index even while
// the table is empty, and touches the heads of the lanes alone.
func TestClaimCostDoesNotGrow(t *testing.T) {
	url := pgtest.URL(t)
	if _, err := pgtest.Open(t, url).Register(context.Background(), "w", ocrOnly); err != nil { // its key is 1
		t.Fatal(err)
	}
	_, seq := explain(t, url, 8)
	if len(seq) > 0 {
		t.Errorf("on an empty queue the claim scans %v", seq)
	}
	backlog(t, url, 100, 20, 3)
	few, seq := explain(t, url, 8)
	if len(seq) > 0 {
		t.Errorf("the claim scans %v", seq)
	}
	pile(t, url, `workspace_id = 'ws-0'`, 20000)
	many, seq := explain(t, url, 8)
	if len(seq) > 0 {
		t.Errorf("on a backlog the claim scans %v", seq)
	}
	if many > 2*few {
		t.Errorf("a claim touched %.0f blocks of a backlog of 160, and %.0f of one of 20,160", few, many)
	}
	t.Logf("%.0f blocks with 160 tasks waiting, %.0f with 20,160", few, many)
}

// BenchmarkClaim claims eight tasks from backlogs of several shapes, and hands
// them back.
func BenchmarkClaim(b *testing.B) {
	for _, shape := range []struct{ big, others, small int }{{10, 1, 1}, {100000, 50, 3}, {10, 1000, 10}} {
		b.Run(fmt.Sprintf("%d+%dx%d", shape.big, shape.others, shape.small), func(b *testing.B) {
			url := pgtest.URL(b)
			db := pgtest.Open(b, url)
			ctx := context.Background()
			backlog(b, url, shape.big, shape.others, shape.small)
			worker, err := db.Register(ctx, "bench", ocrOnly)
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for range b.N {
				claims, err := db.Claim(ctx, worker, ocrOnly, 8)
				if err != nil || len(claims) != min(8, shape.big) {
					b.Fatalf("%d claims, %v", len(claims), err)
				}
				b.StopTimer()
				var back []enrich.Settlement
				for _, c := range claims {
					back = append(back, enrich.Settlement{Claim: c, Outcome: enrich.OutcomeReleased, WaitCode: enrich.WaitQueued})
				}
				if _, err := db.Settle(ctx, "bench", back); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
