package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// The frame of a page knows the place that the newest event will have before anybody
// gave it one, and gives none.
func TestFrameSeesWhatHasNoPlaceYet(t *testing.T) {
	b, ctx := setup(t), context.Background()
	seen := func() int64 {
		t.Helper()
		f, err := b.db.Frame(ctx, pgtest.Workspace, 5)
		if err != nil || f.Name != "Test" || f.Waiting != 0 {
			t.Fatalf("%+v, %v", f, err)
		}
		return f.Seen
	}
	last := func() int64 {
		t.Helper()
		place, err := b.db.LastEvent(ctx, pgtest.Workspace)
		if err != nil {
			t.Fatal(err)
		}
		return place
	}
	if got := seen(); got != 0 {
		t.Errorf("where nothing happened it has seen %d", got)
	}
	for round, n := range []int{3, 2500, 2600} { // the second are more than are placed at once
		b.press(pressOf(n))
		expected := seen()
		if unplaced := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_events WHERE sequence IS NULL`); unplaced == 0 {
			t.Error("reading the frame gave events their place")
		}
		if got := last(); got != expected || got == 0 {
			t.Errorf("it had seen %d, and the last event is the %dth", expected, got)
		}
		if got := seen(); got != expected {
			t.Errorf("seen %d, and once they have their places %d", expected, got)
		}
		enqueueOne(t, b.db, strings.Repeat("x", round+1))
		if got := last(); got <= expected {
			t.Errorf("after %d something happened, and the last event is the %dth", expected, got)
		}
	}
}

// The frame touches few blocks even where the planner was told that no event has a
// place, which was so until a moment ago: a scan of the table would look cheap.
func TestFrameReadsLittle(t *testing.T) {
	b, ctx := setup(t), context.Background()
	pgtest.Exec(t, b.url, `INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id)
		SELECT w.pk, 'x', 'x', g::text FROM workspaces w, generate_series(1, 40000) AS g WHERE workspace_id = $1`, pgtest.Workspace)
	pgtest.Exec(t, b.url, `ANALYZE enrichment_events`)
	if _, err := b.db.LastEvent(ctx, pgtest.Workspace); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, b.url, `VACUUM enrichment_events`)
	var sent []string
	var args [][]any
	db, err := postgres.Open(ctx, b.url, postgres.Options{Observe: func(sql string, with []any) { sent, args = append(sent, sql), append(args, with) }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Frame(ctx, pgtest.Workspace, 100); err != nil { // finds the workspace, too
		t.Fatal(err)
	}
	sent, args = nil, nil
	if _, err := db.Frame(ctx, pgtest.Workspace, 100); err != nil || len(sent) < 2 || !strings.HasPrefix(sent[0], "BEGIN") {
		t.Fatal(sent, err)
	}
	plan := explained(t, b.url, sent[0], sent[1], args[1])
	if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Rows Removed by Filter") || strings.Count(plan, "enrichment_events_unplaced_idx") != 1 {
		t.Error(plan)
	}
}

// explained is the plan of a statement, run as the application role in a transaction
// that begins so.
func explained(t *testing.T, url, begin, sql string, args []any) string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, pgtest.AsApp(url))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx)
	rows, err := tx.Query(ctx, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) "+sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
