package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// FLT: filters.
func TestFilters(t *testing.T) {
	b := setup(t)
	b.fixture()
	every := func(query, attribute string, wanted ...string) bool {
		b.Helper()
		r := b.get(base + "?page[size]=500&" + query)
		for _, each := range r.list("data") {
			if !slices.Contains(wanted, fmt.Sprint(dig(each, "attributes", attribute))) {
				return false
			}
		}
		return r.status == 200 && len(r.ids()) > 0
	}
	b.says("FLT-01", every("filter[status]=pending", "status", "pending"))
	pending, failed := len(b.get(base+"?page[size]=500&filter[status]=pending").ids()), len(b.get(base+"?page[size]=500&filter[status]=failed").ids())
	both := b.get(base + "?page[size]=500&filter[status]=pending,failed")
	b.says("FLT-02", every("filter[status]=pending,failed", "status", "pending", "failed") && len(both.ids()) == pending+failed, pending, failed, len(both.ids()))
	b.says("FLT-03", every("filter[status]=pending&filter[enrichment_type]=logo", "status", "pending") && every("filter[status]=pending&filter[enrichment_type]=logo", "enrichment_type", "logo"))
	b.offeredFilters()
	for number, c := range map[string][2]string{
		"FLT-05": {"filter[status]=bogus", "filter[status]"},
		"FLT-07": {"filter[nope]=1", "filter[nope]"},
		"FLT-09": {"filter[status]=", "filter[status]"},
		"FLT-16": {"filter[entity_id]=" + strings.Repeat("x", 4<<10), "filter[entity_id]"},
		"FLT-17": {"filter[entity_id]=a%00b", "filter[entity_id]"},
		"FLT-18": {"filter[id]=" + strings.Repeat(unknown+",", 100) + unknown, "filter[id]"},
	} {
		r := b.get(base + "?" + c[0])
		b.says(number, r.refused(400, "INVALID_QUERY_PARAMETER", "parameter "+c[1]), r)
	}
	batch := b.get(base + "?filter[batch_id]=f7e6d5c4-3b2a-1908-7654-321098fedcba")
	b.says("FLT-06", b.get(base+"?filter[batch_id]=not-a-uuid").refused(400, "INVALID_QUERY_PARAMETER", "parameter filter[batch_id]") && len(batch.ids()) == 12, batch)
	b.says("FLT-08", b.get(base+"?filter[_]=1").status == 400 && b.get(base+"?filter[a%2Bb]=1").status == 400)
	children, roots := b.get(base+"?filter[parent_task]="+id(parent)), b.get(base+"?page[size]=500&filter[parent_task]=null")
	b.says("FLT-10", slices.Equal(children.ids(), []string{id(53), id(52), id(51)}) && len(roots.ids()) == 57, children, len(roots.ids()))
	since := b.get(base + "?page[size]=500&filter[created_at][gte]=2026-05-01T10:50:00Z")
	b.says("FLT-14", len(since.ids()) == 11 && b.get(base+"?filter[created_at][gte]=2026-13-01").refused(400, "INVALID_QUERY_PARAMETER", "parameter filter[created_at][gte]") &&
		b.get(base+"?filter[created_at]=2026-05-01T10:50:00Z").status == 400, since)
	evil := b.get(base + "?filter[entity_id]=" + url.QueryEscape(`'; drop table enrichment_tasks --`))
	b.says("FLT-15", evil.status == 200 && len(evil.ids()) == 0 && b.count("true") == deleted, evil)
	sub := b.get(base + "/" + id(parent) + "/subtasks?filter[entity_id]=e-1")
	b.says("FLT-19", slices.Equal(sub.ids(), []string{id(51)}) && b.get(base+"/"+id(parent)+"/subtasks?filter[nope]=1").status == 400, sub)
	b.foreignFilters()
}

// Every filter that is offered works, alone and together with every other one.
func (b *bench) offeredFilters() {
	stamp := "2026-05-01T10:00:30Z"
	values := map[string]string{
		"status": "pending", "enrichment_type": "logo", "entity_type": "company", "entity_id": "e-4", "batch_id": "f7e6d5c4-3b2a-1908-7654-321098fedcba",
		"source_channel": "manual", "input_hash": "sha256:4", "parent_task": "null", "id": id(4), "input.record_id": "2026-04",
	}
	for _, name := range []string{"created_at", "updated_at", "completed_at"} {
		for _, op := range []string{"gt", "gte", "lt", "lte"} {
			values[name+"]["+op] = stamp
		}
	}
	works := true
	for name, value := range values {
		for other, second := range values {
			query := "filter[" + name + "]=" + value
			if other != name {
				query += "&filter[" + other + "]=" + second
			}
			if r := b.get(base + "?" + query); r.status != 200 {
				works = false
				b.Logf("%s: %s", query, r)
			}
		}
	}
	counts := map[string]int{"input_hash": 1, "id": 1, "input.record_id": 12, "batch_id": 12, "entity_id": 6, "created_at][gt": 60, "created_at][lte": 0, "completed_at][gt": 14}
	for name, want := range counts {
		if r := b.get(base + "?page[size]=500&filter[" + name + "]=" + values[name]); len(r.ids()) != want {
			works = false
			b.Logf("%s: %d tasks, want %d", name, len(r.ids()), want)
		}
	}
	b.says("FLT-04", works)
}

func (b *bench) foreignFilters() {
	reached := false
	for _, query := range []string{
		"filter[id]=" + id(1), "filter[parent_task]=" + id(parent), "filter[batch_id]=f7e6d5c4-3b2a-1908-7654-321098fedcba", "filter[entity_type]=company",
		"filter[status]=pending", "filter[input.record_id]=2026-04", "filter[input_hash]=sha256:4", "filter[created_at][gt]=2000-01-01T00:00:00Z",
	} {
		r := b.get(base+"?"+query, "Authorization", "Bearer "+b.k2)
		reached = reached || r.status != 200 || len(r.ids()) > 0
	}
	b.says("FLT-20", !reached)
}

// FLD: sparse fieldsets.
func TestFieldsets(t *testing.T) {
	b := setup(t)
	b.fixture()
	has := func(v any, attributes, relationships string) bool {
		return memberNames(dig(v, "attributes")) == attributes && memberNames(dig(v, "relationships")) == relationships
	}
	r := b.get(base + "/" + id(51) + "?fields[enrichment_task]=status,entity_id")
	b.says("FLD-01", has(r.at("data"), "entity_id status", ""), r)
	r = b.get(base + "/" + id(51) + "?fields[enrichment_task]=status,parent_task")
	b.says("FLD-02", has(r.at("data"), "status", "parent_task"), r)
	r = b.get(base + "/" + id(51) + "?fields[enrichment_task]=")
	b.says("FLD-03", has(r.at("data"), "", "") && r.text("data", "id") == id(51) && r.text("data", "type") == "enrichment_task", r)
	r = b.get(base + "/" + id(51) + "?include=workspace&fields[workspace]=name")
	b.says("FLD-04", has(r.at("included", 0), "name", "") && len(r.at("data", "attributes").(map[string]any)) == 17, r)
	r = b.get(base + "?fields[enrichment_task]=nope")
	b.says("FLD-05", r.refused(400, "INVALID_QUERY_PARAMETER", "parameter fields[enrichment_task]"), r)
	b.says("FLD-06", b.get(base+"?fields[unknown]=x").refused(400, "INVALID_QUERY_PARAMETER", "parameter fields[unknown]"))
	everywhere := true
	query := "?fields[enrichment_task]=status"
	for _, data := range []any{
		b.get(base+query).at("data", 0), b.get(base + "/" + id(51) + "/parent_task" + query).at("data"), b.get(base+"/"+id(parent)+"/subtasks"+query).at("data", 0),
		b.send("POST", base+query, create(minimal)).at("data"), b.send("PATCH", base+"/"+id(51)+query, patch(id(51), `"attributes":{}`)).at("data"),
		b.get(base+"/"+id(51)+query+"&include=parent_task").at("included", 0),
	} {
		everywhere = everywhere && has(data, "status", "")
	}
	b.says("FLD-07", everywhere)
	r = b.get(base + "/" + id(51) + "?include=parent_task&fields[enrichment_task]=status")
	b.says("FLD-08", len(r.list("included")) == 1 && r.text("included", 0, "id") == id(parent) && has(r.at("data"), "status", ""), r)
	b.says("FLD-09", b.get(base+"?fields=status").refused(400, "INVALID_QUERY_PARAMETER", "parameter fields"))
	r, again := b.get(base+"/"+id(51)+"?fields[enrichment_task]=status,error,status"), b.get(base+"/"+id(51)+"?fields[enrichment_task]=error,status")
	b.says("FLD-10", cmp.Equal(r.at("data"), again.at("data")) && has(r.at("data"), "error status", ""), r)
	b.says("FLD-11", b.get(base+"?fields[enrichment_task]=id").refused(400, "INVALID_QUERY_PARAMETER", "parameter fields[enrichment_task]"))
}

// memberNames are those of an object, sorted.
func memberNames(v any) string {
	var names []string
	m, _ := v.(map[string]any)
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// INC: compound documents.
func TestInclusion(t *testing.T) {
	b := setup(t)
	b.fixture()
	of := func(r reply) []string {
		var list []string
		for _, each := range r.list("included") {
			list = append(list, fmt.Sprint(dig(each, "type"), " ", dig(each, "id")))
		}
		slices.Sort(list)
		return list
	}
	task := func(n int) string { return "enrichment_task " + id(n) }
	workspace := "workspace " + pgtest.Workspace
	one := base + "/" + id(parent)
	b.says("INC-01", slices.Equal(of(b.get(one+"?include=workspace")), []string{workspace}))
	for number, query := range map[string]string{"INC-02": "parent_task", "INC-03": ""} {
		r := b.get(base + "/" + id(1) + "?include=" + query)
		b.says(number, r.status == 200 && strings.Contains(r.body, `"included":[]`), r)
	}
	r := b.get(one + "?include=subtasks")
	linked := r.list("data", "relationships", "subtasks", "data")
	b.says("INC-04", slices.Equal(of(r), []string{task(51), task(52), task(53)}) && len(linked) == 3, r)
	r = b.get(one + "?include=subtasks.parent_task")
	b.says("INC-05", slices.Equal(of(r), []string{task(51), task(52), task(53)}), r) // the rules refuse whatever stands twice
	r = b.get(one + "?include=subtasks.workspace")
	b.says("INC-06", slices.Equal(of(r), []string{task(51), task(52), task(53), workspace}), r)
	for number, values := range map[string][]string{"INC-07": {"nope"}, "INC-08": {"workspace.nope"}, "INC-09": {"Workspace", "workspace,%20parent_task"}, "INC-12": {"subtasks.parent_task.workspace"}} {
		refused := true
		for _, value := range values {
			refused = refused && b.get(one+"?include="+value).refused(400, "INVALID_QUERY_PARAMETER", "parameter include")
		}
		b.says(number, refused)
	}
	b.says("INC-10", b.get(one).doc["included"] == nil && slices.Equal(of(b.get(base+"/"+id(51)+"?include=parent_task")), []string{task(parent)}))
	b.includedEverywhere(of, workspace)
	b.says("INC-13", !strings.Contains(b.get(one+"?include=subtasks").body, id(deleted)))
	links := true
	for _, each := range b.get(one + "?include=workspace,subtasks").list("included") {
		if self, ok := dig(each, "links", "self").(string); ok {
			got := b.get(self)
			links = links && got.status == 200 && dig(each, "id") == got.at("data", "id")
		}
	}
	b.says("INC-15", links)
	b.manySubtasks()
}

func (b *bench) includedEverywhere(of func(reply) []string, workspace string) {
	list := b.get(base + "?include=workspace")
	sub := b.get(base + "/" + id(parent) + "/subtasks?include=workspace")
	linkage := b.get(base + "/" + id(parent) + "/relationships/subtasks?include=subtasks.parent_task")
	through := b.get(base + "/" + id(51) + "/relationships/parent_task?include=parent_task.workspace")
	post := b.send("POST", base+"?include=workspace", create(minimal))
	changed := b.send("PATCH", base+"/"+id(51)+"?include=parent_task", patch(id(51), `"attributes":{}`))
	b.says("INC-11", slices.Equal(of(list), []string{workspace}) && slices.Equal(of(sub), []string{workspace}) && len(of(linkage)) == 4 && len(of(through)) == 2 &&
		slices.Equal(of(post), []string{workspace}) && slices.Equal(of(changed), []string{"enrichment_task " + id(parent)}), list, sub, linkage, through, post, changed)
}

// manySubtasks asks of a parent with more subtasks than a document holds.
func (b *bench) manySubtasks() {
	big := b.make(`"entity_type":"x","entity_id":"big","enrichment_type":"logo"`)
	pgtest.Exec(b, b.dbURL, `INSERT INTO enrichment_tasks (workspace_pk, parent_task_pk, entity_type, entity_id, enrichment_type)
		SELECT workspace_pk, pk, 'x', n::text, 'logo' FROM enrichment_tasks, generate_series(1, 120) AS n WHERE enrichment_task_id = $1`, big)
	r := b.get(base + "/" + big + "?include=subtasks")
	rel := r.at("data", "relationships", "subtasks")
	next, _ := dig(rel, "links", "next").(string)
	rest := b.get(next)
	b.says("INC-14", len(r.list("included")) == 100 && len(dig(rel, "data").([]any)) == 100 && rest.status == 200 && len(rest.ids()) == 20 && rest.at("links", "next") == nil, r.at("data"), rest)
	few, many := b.statements(base+"?page[size]=1&include=subtasks.workspace,parent_task"), b.statements(base+"?page[size]=100&include=subtasks.workspace,parent_task")
	b.says("INC-16", few > 0 && many <= few+1, few, many) // +1: on the first page nobody has a parent
}

// statements counts what the database is asked for one request.
func (b *bench) statements(path string) int {
	b.Helper()
	b.asked.drain()
	if r := b.get(path); r.status != 200 {
		b.Fatal(r)
	}
	sql, _ := b.asked.drain()
	return len(sql)
}
