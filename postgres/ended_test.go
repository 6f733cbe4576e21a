package postgres_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// What ended lately is told with its time, the latest first, and no more of it than is
// asked for: not what is open, was deleted, ended before, or is another workspace's.
func TestFinished(t *testing.T) {
	ctx, url := context.Background(), pgtest.URL(t)
	db := pgtest.Open(t, url)
	if _, err := db.EnsureWorkspace(ctx, "ws-other", "Other"); err != nil {
		t.Fatal(err)
	}
	ended := func(entity, workspace, status, ago, took, deleted string) {
		pgtest.Exec(t, url, fmt.Sprintf(`DO $$ BEGIN PERFORM set_config('session_replication_role', 'replica', true);
			INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, status, created_at, completed_at, deleted_at)
			SELECT pk, 'document', '%s', 'ocr_extract', '%s', now() - interval '%s' - interval '%s', %s, %s FROM workspaces WHERE workspace_id = '%s'; END $$`,
			entity, status, ago, took, map[bool]string{true: "now() - interval '" + ago + "'", false: "NULL"}[status != "pending" && status != "processing"], deleted, workspace))
	}
	ended("latest", pgtest.Workspace, "completed", "1 min", "7 s", "NULL")
	ended("decided", pgtest.Workspace, "rejected", "10 min", "2 h", "NULL")
	ended("failed", pgtest.Workspace, "failed", "50 min", "3 s", "NULL")
	ended("before", pgtest.Workspace, "completed", "61 min", "3 s", "NULL")
	ended("deleted", pgtest.Workspace, "completed", "2 min", "3 s", "now()")
	ended("open", pgtest.Workspace, "pending", "2 min", "3 s", "NULL")
	ended("running", pgtest.Workspace, "processing", "2 min", "3 s", "NULL")
	ended("other", "ws-other", "completed", "2 min", "3 s", "NULL")
	pgtest.Exec(t, url, `INSERT INTO enrichment_decisions (workspace_pk, task_pk, verdict, reviewed_hash, decided_by, state, effective_at)
		SELECT workspace_pk, pk, 'reject', '', 'a person', 'applied', now() FROM enrichment_tasks WHERE entity_id = 'decided'`)
	want := []struct {
		took    time.Duration
		decided bool
		ago     time.Duration
	}{{7 * time.Second, false, time.Minute}, {2 * time.Hour, true, 10 * time.Minute}, {3 * time.Second, false, 50 * time.Minute}}
	now := pgtest.Query[time.Time](t, url, `SELECT now()`)
	for _, most := range []int{100, 3, 2, 1} {
		got, err := db.Finished(ctx, pgtest.Workspace, time.Hour, most)
		if err != nil || len(got) != min(most, 3) {
			t.Fatalf("at most %d: %+v, %v", most, got, err)
		}
		for i, f := range got {
			if ago := now.Sub(f.At); f.Took != want[i].took || f.Decided != want[i].decided || ago < want[i].ago-time.Minute/2 || ago > want[i].ago+time.Minute/2 {
				t.Errorf("at most %d, no. %d: %+v (%s ago), want %+v", most, i, f, ago, want[i])
			}
		}
	}
	if got, err := db.Finished(ctx, "ws-other", time.Hour, 100); err != nil || len(got) != 1 {
		t.Errorf("another workspace: %+v, %v", got, err)
	}
}

// tasksThatEnded fills the workspace with tasks, one a second until now, of which every
// hundredth is open still.
func tasksThatEnded(t *testing.T, url string, n int) {
	t.Helper()
	for from := 0; from < n; from += 100000 {
		pgtest.Exec(t, url, fmt.Sprintf(`DO $$ BEGIN PERFORM set_config('session_replication_role', 'replica', true);
			INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, status, created_at, completed_at)
			SELECT w.pk, 'document', g::text, 'ocr_extract', CASE WHEN g %% 100 = 0 THEN 'awaiting_approval' ELSE 'completed' END::enrichment_task_status_enum,
				now() - make_interval(secs => %d - g), CASE WHEN g %% 100 > 0 THEN now() - make_interval(secs => %d - g - 0.5) END
			FROM workspaces w, generate_series(%d, %d) AS g WHERE workspace_id = '%s'; END $$`, n, n, from, min(from+100000, n)-1, pgtest.Workspace))
	}
	pgtest.Exec(t, url, `VACUUM ANALYZE enrichment_tasks`)
}

// Under row-level security neither a step of retention nor what ended lately walks more
// tasks than it takes, wherever in a long history it goes on: also where nothing is old
// enough any more.
func TestWhatEndedEntersAnIndex(t *testing.T) {
	n := 20000
	if os.Getenv("ENRICHD_FIGURES") != "" {
		n = 1000000
	}
	url := pgtest.URL(t)
	pgtest.Open(t, url)
	tasksThatEnded(t, url, n)
	ws := pgtest.Query[int64](t, url, `SELECT pk FROM workspaces WHERE workspace_id = $1`, pgtest.Workspace)
	at := func(part int) time.Time { return time.Now().Add(-time.Duration(n-n*part/10) * time.Second) }
	const none = "00000000-0000-0000-0000-000000000000"
	for _, c := range []struct {
		name          string
		before, after time.Time
	}{
		{"the beginning", at(9), time.Time{}},
		{"the midst", at(9), at(5)},
		{"the end", at(5), at(5).Add(-10 * time.Second)},
	} {
		plan := pgtest.Explain(t, url, pgtest.Workspace, postgres.SettledBeforeSQL, ws, c.before, c.after, none, 200)
		t.Logf("retention, %s of %d tasks:\n%s", c.name, n, plan)
		if !strings.Contains(plan, "Index Cond: ((workspace_pk = ") || strings.Contains(plan, "Rows Removed") || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s walks more than it takes:\n%s", c.name, plan)
		}
	}
	plan := pgtest.Explain(t, url, pgtest.Workspace, postgres.FinishedSQL, ws, time.Minute, 500)
	t.Logf("what ended within a minute:\n%s", plan)
	if !strings.Contains(plan, "enrichment_tasks_completed_at_idx") || strings.Contains(plan, "Seq Scan on enrichment_tasks") {
		t.Errorf("what ended lately:\n%s", plan)
	}
}
