package api_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// scattered is the batch whose tasks lie as far apart as can be.
const scattered = 99_999_999

// mostBlocks is how many blocks the plan of a list may touch.
const mostBlocks = 2000

// Lists among many tasks, by make bench-list: every single filter and every pair
// of status, type, channel, entity, parent and batch, page 1 and the last page
// that ten steps reach, subtasks included: the plans as the application role
// reads them. It fails where one touches too much.
func TestBenchList(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("ENRICHD_BENCH_TASKS"))
	if err != nil {
		return // make bench-list says how many
	}
	b := setup(t)
	began := time.Now()
	b.manyTasks(n)
	t.Logf("%d tasks in %s", n, time.Since(began).Round(time.Second))
	var took []time.Duration
	worst, of, over := plan{}, "", 0
	for _, query := range listQueries() {
		for name, p := range map[string]measured{"page 1": b.measure(query), "page N": b.measure(b.further(query))} {
			took = append(took, p.took)
			if p.blocks > worst.blocks {
				worst, of = p.plan, name+" of "+query
			}
			if p.blocks > mostBlocks {
				over++
				t.Errorf("%s of %s touches %d blocks in %s", name, query, p.blocks, p.took.Round(time.Millisecond))
			}
		}
	}
	slices.Sort(took)
	t.Logf("%d plans: at most %d blocks, %d over %d; p50 %s, p95 %s, longest %s", len(took), worst.blocks, over, mostBlocks,
		took[len(took)/2].Round(time.Microsecond), took[len(took)*95/100].Round(time.Microsecond), took[len(took)-1].Round(time.Microsecond))
	t.Log(of, worst.text)
}

// measured is the plan that touches the most, of the list and of the subtasks that
// it includes, and how long the whole request took.
type measured struct {
	plan
	took time.Duration
}

func (b *bench) measure(query string) measured {
	b.Helper()
	plans := b.plans(query) // and the blocks are warm
	p := slices.MaxFunc(plans, func(a, b plan) int { return a.blocks - b.blocks })
	began := time.Now()
	b.get(base + query)
	return measured{p, time.Since(began)}
}

// further is a query ten pages on, or as far as the list goes.
func (b *bench) further(query string) string {
	b.Helper()
	for range 10 {
		next := b.get(base+query).text("links", "next")
		if next == "" {
			break
		}
		query = next[len(base):]
	}
	return query
}

// listQueries are the single filters and the pairs: of each a frequent and a rare
// value, of some another one that shares no task with a frequent value, and one
// that no task has.
func listQueries() []string {
	filters := [][]string{
		{"filter[status]=completed", "filter[status]=rejected", "filter[status]=failed"},
		{"filter[enrichment_type]=ocr_extract", "filter[enrichment_type]=monthly_close", "filter[enrichment_type]=logo"},
		{"filter[source_channel]=manual", "filter[source_channel]=mcp_hub", "filter[source_channel]=bank_sync", "filter[source_channel]=cell_edit"},
		{"filter[entity_type]=company&filter[entity_id]=e-1000", "filter[entity_type]=invoice", "filter[entity_type]=calendar_month", "filter[entity_type]=person"},
		{"filter[parent_task]=" + id(1_000), "filter[parent_task]=null"},
		{"filter[batch_id]=" + id(2), "filter[batch_id]=" + id(3), "filter[batch_id]=" + id(scattered)},
	}
	list := []string{""}
	for i, values := range filters {
		for _, one := range values {
			list = append(list, one)
			for _, others := range filters[i+1:] {
				for _, other := range others {
					list = append(list, one+"&"+other)
				}
			}
		}
	}
	for i, query := range list {
		list[i] = "?page[size]=20&include=subtasks&" + query
		if query == "" {
			list[i] = "?page[size]=20&include=subtasks"
		}
	}
	return list
}

// manyTasks fills W1 with n tasks over two years and W2 with a tenth of that:
// four of five completed, some types and channels of which the last ones are
// rare, batches of 5,000 tasks, of which one lies over the whole table, a parent
// with three subtasks among ten. What a row is of each is independent of the
// rest, but for this: the bank brings no logos
// and no failures, and a close is of a month.
func (b *bench) manyTasks(n int) {
	b.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, b.dbURL)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(ctx)
	run := func(sql string, args ...any) {
		b.Helper()
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
	rows, err := conn.Query(ctx, `SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
		WHERE indrelid = 'enrichment_tasks'::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)`)
	if err != nil {
		b.Fatal(err)
	}
	indexes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Name, SQL string }])
	if err != nil {
		b.Fatal(err)
	}
	run(`SET session_replication_role = replica`) // no trigger and no foreign key looks at what is right by construction
	run(`SET synchronous_commit = off`)
	run(`SET maintenance_work_mem = '1GB'`)
	for _, index := range indexes { // which are built sooner afterwards
		run(`DROP INDEX ` + index.Name)
	}
	for i, workspace := range []string{pgtest.Workspace, w2} {
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
	`('00000000-0000-4000-8000-' || lpad((n / 5000)::text, 12, '0'))::uuid`, "'"+id(scattered)+"'::uuid")
