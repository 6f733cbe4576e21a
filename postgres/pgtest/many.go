package pgtest

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Scattered numbers the batch of ManyTasks whose tasks lie as far apart as can be.
const Scattered = 99_999_999

// ManyTasks fills the first workspace with n tasks over two years and each other one
// with a tenth of that: four of five completed, some types and channels of which the
// last ones are rare, batches of 5,000 tasks, of which one lies over the whole table,
// a parent with three subtasks among ten. What a row is of each is independent of the
// rest, but for this: the bank brings no logos and no failures, and a close is of a
// month.
func ManyTasks(t testing.TB, url string, n int, workspaces ...string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	rows, err := conn.Query(ctx, `SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
		WHERE indrelid = 'enrichment_tasks'::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)`)
	if err != nil {
		t.Fatal(err)
	}
	indexes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Name, SQL string }])
	if err != nil {
		t.Fatal(err)
	}
	run(`SET session_replication_role = replica`) // no trigger and no foreign key looks at what is right by construction
	run(`SET synchronous_commit = off`)
	run(`SET maintenance_work_mem = '1GB'`)
	for _, index := range indexes { // which are built sooner afterwards
		run(`DROP INDEX ` + index.Name)
	}
	for i, workspace := range workspaces {
		count := n
		if i > 0 {
			count = n / 10
		}
		for from := 1; from <= count; from += 500_000 {
			run(fillTasks, workspace, from, min(count, from+499_999), i*100_000_000, max(count/5000, 2))
		}
	}
	for _, index := range indexes {
		run(index.SQL)
	}
	run(`VACUUM ANALYZE enrichment_tasks`)
}

var fillTasks = fmt.Sprintf(`
	INSERT INTO enrichment_tasks (pk, enrichment_task_id, workspace_pk, entity_type, entity_id, enrichment_type, status, source_channel, input, batch_id,
		parent_task_pk, created_at, updated_at, completed_at)
	SELECT 1000000 + $4::int + n, %[1]s, w.pk, CASE WHEN h.type = 0 THEN 'calendar_month' ELSE (ARRAY['company', 'document', 'transaction', 'invoice'])[h.entity %% 4 + 1] END, 'e-' || CASE WHEN h.type = 0 THEN n ELSE n / 7 END,
		(ARRAY['ocr_extract', 'ai_invoice', 'reconcile', 'ai_company', 'logo', 'document_upload', 'monthly_close'])[CASE WHEN h.type = 0 THEN 7 ELSE h.type %% 6 + 1 END],
		s.status, (CASE WHEN h.channel < 60 THEN 'manual' WHEN h.channel < 61 THEN 'mcp_hub' WHEN h.channel < 80 AND h.type %% 6 <> 4 AND s.status <> 'failed' THEN 'bank_sync' END)::source_channel_enum,
		jsonb_build_object('n', n), CASE WHEN n %% $5::int = 0 THEN %[3]s WHEN n / 5000 %% 2 = 0 THEN %[2]s END,
		CASE WHEN n %% 10 IN (1, 2, 3) AND n > 10 THEN 1000000 + $4::int + n - n %% 10 END, c.at, c.at, CASE WHEN s.status IN ('completed', 'failed', 'rejected') THEN c.at END
	FROM workspaces w, generate_series($2::int, $3::int) AS n,
		LATERAL (SELECT abs(hashint4(n)::bigint) %% 100 AS status, abs(hashint4(n + 7)::bigint) %% 100 AS type, abs(hashint4(n + 13)::bigint) %% 100 AS channel,
			abs(hashint4(n + 29)::bigint) AS entity) AS h,
		LATERAL (SELECT (CASE WHEN h.status < 80 THEN 'completed' WHEN h.status < 90 THEN 'pending' WHEN h.status < 95 THEN 'failed' WHEN h.status < 97 THEN 'processing'
			WHEN h.status < 99 THEN 'awaiting_approval' ELSE 'rejected' END)::enrichment_task_status_enum AS status) AS s,
		LATERAL (SELECT timestamptz '2024-01-01' + make_interval(secs => n * 6) AS at) AS c
	WHERE w.workspace_id = $1`,
	`('00000000-0000-4000-8' || lpad(($4::int / 100000000)::text, 3, '0') || '-' || lpad(n::text, 12, '0'))::uuid`,
	`('00000000-0000-4000-8000-' || lpad((n / 5000)::text, 12, '0'))::uuid`, fmt.Sprintf("'00000000-0000-4000-8000-%012d'::uuid", Scattered))
