package api_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// The plans of lists, read as the application role on 60,000 tasks of two
// workspaces: what is an index condition there, and how much is touched.
func TestPlans(t *testing.T) {
	b := setup(t)
	b.settled()
	pgtest.Exec(t, b.dbURL, `
		INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, status, source_channel, input, batch_id, created_at, updated_at, completed_at)
		SELECT w.pk, CASE WHEN n % 2 = 0 THEN 'company' ELSE 'invoice' END, 'e-' || n / 3, (ARRAY['logo', 'ai_company', 'ocr_extract'])[n % 3 + 1],
			CASE WHEN n % 50 = 0 THEN 'pending' WHEN n % 997 = 0 THEN 'failed' ELSE 'completed' END::enrichment_task_status_enum, 'manual',
			CASE WHEN n % 1000 = 0 THEN '{"record_id":"2026-05"}' WHEN n % 50 = 0 THEN '{"record_id":"2026-04"}' END::jsonb,
			md5('batch' || n / 500)::uuid, c.at, c.at, CASE WHEN n % 50 > 0 THEN c.at END
		FROM workspaces w, generate_series(1, 30000) AS n, LATERAL (SELECT timestamptz '2026-01-01' + make_interval(secs => n) AS at) AS c`)
	pgtest.Exec(t, b.dbURL, `VACUUM enrichment_tasks`)
	pgtest.Exec(t, b.dbURL, `ANALYZE enrichment_tasks`)
	batch := pgtest.Query[string](t, b.dbURL, `SELECT md5('batch7')::uuid::text`)

	first := b.plan("?page[size]=20")
	b.says("PAG-28", first.uses("enrichment_tasks_newest_idx") && first.blocks < 200 && b.deepPlan().blocks <= 2*first.blocks, first.text)
	p := b.plan("?filter[entity_type]=company&filter[entity_id]=e-1000")
	b.says("FLT-11", p.uses("enrichment_tasks_entity_idx") && strings.Contains(p.text, "Index Cond: (((entity_type)::text = ") && p.blocks < 100, p.text)
	p = b.plan("?filter[batch_id]=" + batch + "&filter[status]=pending")
	b.says("FLT-12", p.uses("idx_enrichment_tasks_batch_status") && p.blocks < 1000, p.text)
	p = b.plan("?filter[batch_id]=" + batch + "&filter[status]=completed")
	if !p.uses("enrichment_tasks_batch_newest_idx") || p.blocks > 300 {
		t.Error("what a batch has completed is not read by its entries", p.text)
	}
	p = b.plan("?filter[input.record_id]=2026-05&filter[status]=pending")
	without := b.plan("?filter[input.record_id]=2026-05")
	b.says("FLT-13", p.uses("idx_enrichment_tasks_input_record_id") && p.blocks < 2000 && without.uses("enrichment_tasks_with_record_idx") && without.blocks < 2000, p.text, without.text)
	for query, index := range map[string]string{
		"?filter[status]=failed": "enrichment_tasks_status_failed_idx", "?filter[status]=pending": "enrichment_tasks_status_pending_idx",
		"?filter[enrichment_type]=logo": "enrichment_tasks_type_idx", "?sort=-updated_at": "enrichment_tasks_updated_at_idx", "?sort=completed_at": "enrichment_tasks_completed_at_idx",
	} {
		if p := b.plan(query); !p.uses(index) || p.blocks > 200 {
			t.Errorf("%s: %d blocks\n%s", query, p.blocks, p.text)
		}
	}
}

// The progress of a batch is read from its counters, of whatever size it is: no
// statement of its page, or of the list of batches, names the tasks.
func TestProgressReadsCountersAlone(t *testing.T) {
	b := setup(t)
	made := b.send(http.MethodPost, "/v1/enrichment-batches", `{"data":{"type":"enrichment_batch","attributes":{"entity_type":"document","entity_ids":["d-1","d-2"],"enrichment_types":["ocr_extract"]}}}`)
	if made.status != http.StatusCreated {
		t.Fatal(made)
	}
	for _, path := range []string{"/v1/enrichment-batches/" + made.text("data", "id"), "/v1/enrichment-batches"} {
		b.asked.drain()
		if r := b.get(path); r.status != http.StatusOK || !strings.Contains(r.String(), `"open"`) {
			t.Fatalf("%s: %s", path, r)
		}
		sql, _ := b.asked.drain()
		tasks := slices.ContainsFunc(sql, func(s string) bool {
			return strings.Contains(s, "FROM enrichment_tasks") || strings.Contains(s, "JOIN enrichment_tasks")
		})
		counters := slices.ContainsFunc(sql, func(s string) bool { return strings.Contains(s, "FROM enrichment_batch_counts") })
		if tasks || !counters {
			t.Errorf("%s asked %q", path, sql)
		}
	}
}

// settled keeps chance out of plans. The sizes of indexes are told to the planner
// by ANALYZE alone, not as a part of VACUUM where that finds no dead rows: until
// then it guesses, unless the autovacuum came first. And ANALYZE looks at all of
// up to 90,000 rows instead of some.
func (b *bench) settled() {
	b.Helper()
	pgtest.Exec(b, b.dbURL, `ALTER TABLE enrichment_tasks SET (autovacuum_enabled = off)`)
	pgtest.Exec(b, b.dbURL, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_statistics_target = 300', current_database()); END $$`)
}

// plan is how a list is read.
type plan struct {
	text   string
	blocks int // shared blocks that were touched
}

func (p plan) uses(index string) bool {
	return regexp.MustCompile(`using ` + index + ` |on ` + index + ` `).MatchString(p.text)
}

// plan asks for a list over the API, and the database for the plan of the
// statement that it was sent.
func (b *bench) plan(query string) plan {
	b.Helper()
	return b.plans(query)[0]
}

// plans are those of the list and, after it, of the lists of tasks that it includes.
func (b *bench) plans(query string) (plans []plan) {
	b.Helper()
	b.asked.drain()
	if r := b.get(base + query); r.status != 200 {
		b.Fatalf("%s: %s", query, r)
	}
	sql, args := b.asked.drain()
	for i := range sql {
		if strings.Contains(sql[i], "FROM enrichment_tasks t WHERE t.workspace_pk = $1 AND t.deleted_at IS NULL") {
			plans = append(plans, readPlan(b, pgtest.Explain(b, b.dbURL, pgtest.Workspace, sql[i], args[i]...)))
		}
	}
	if len(plans) == 0 {
		b.Fatalf("%s: no list was read", query)
	}
	return plans
}

func (b *bench) deepPlan() plan {
	b.Helper()
	next := b.get(base+"?page[size]=500").text("links", "next")
	for range 20 {
		next = b.get(next).text("links", "next")
	}
	return b.plan("?page[size]=20&page[after]=" + cursorOf(next))
}

var buffers = regexp.MustCompile(`Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?`)

// readPlan takes what the topmost node touched.
func readPlan(b *bench, text string) plan {
	found := buffers.FindStringSubmatch(text)
	if found == nil {
		b.Fatal(text)
	}
	hit, _ := strconv.Atoi(fmt.Sprint("0", found[1]))
	read, _ := strconv.Atoi(fmt.Sprint("0", found[2]))
	return plan{text, hit + read}
}
