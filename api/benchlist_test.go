package api_test

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

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
	pgtest.ManyTasks(t, b.dbURL, n, pgtest.Workspace, w2)
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
		{"filter[batch_id]=" + id(2), "filter[batch_id]=" + id(3), "filter[batch_id]=" + id(pgtest.Scattered)},
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
