package api_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// row is a task as the database holds it.
func (b *bench) row(id string) string {
	b.Helper()
	return pgtest.Query[string](b, b.dbURL, `SELECT t::text FROM enrichment_tasks t WHERE enrichment_task_id = $1`, id)
}

// UPD: changes.
func TestUpdate(t *testing.T) {
	b := setup(t)
	task := b.make(minimal + `,"input":{"a":1},"target_fields":["x"]`)
	at := base + "/" + task
	before := b.get(at)
	r := b.send("PATCH", at, patch(task, `"attributes":{"description":"mine"}`))
	b.says("UPD-01", r.status == 200 && r.at("data", "attributes", "description") == "mine" && r.text("data", "attributes", "updated_at") >= before.text("data", "attributes", "updated_at") &&
		len(r.at("data", "attributes").(map[string]any)) == 17, r)
	rest := cmp.Equal(r.at("data", "relationships"), before.at("data", "relationships"))
	for _, name := range contract() {
		rest = rest && (name == "description" || name == "updated_at" || cmp.Equal(r.at("data", "attributes", name), before.at("data", "attributes", name)))
	}
	b.says("UPD-02", rest, before, r)
	r = b.send("PATCH", at, patch(task, `"attributes":{"description":null}`))
	b.says("UPD-03", r.status == 200 && r.at("data", "attributes", "description") == nil, r)
	row := b.row(task)
	r = b.send("PATCH", at, patch(task, `"attributes":{}`))
	b.says("UPD-04", r.status == 200 && b.row(task) == row, r)
	for _, c := range []struct {
		number, body string
		status       int
		code, source string
	}{
		{"UPD-05", patch(unknown, `"attributes":{"description":"x"}`), 409, "RESOURCE_ID_MISMATCH", "pointer /data/id"},
		{"UPD-06", `{"data":{"type":"task","id":"` + task + `"}}`, 409, "RESOURCE_TYPE_MISMATCH", "pointer /data/type"},
		{"UPD-07", `{"data":{"type":"enrichment_task","attributes":{"description":"x"}}}`, 400, "SCHEMA_VALIDATION_ERROR", "pointer /data"},
		{"UPD-08", `{"data":[]}`, 400, "SCHEMA_VALIDATION_ERROR", "pointer /data"},
		{"UPD-26", patch(task, `"attributes":{"description":"good","status":"completed"}`), 403, "ATTRIBUTE_READ_ONLY", "pointer /data/attributes/status"},
		{"UPD-29", patch(task, `"relationships":{"workspace":{"data":{"type":"workspace","id":"`+pgtest.Workspace+`"}}}`), 403, "RELATIONSHIP_READ_ONLY", "pointer /data/relationships/workspace"},
		{"UPD-30", patch(task, `"relationships":{"subtasks":{"data":[]}}`), 403, "RELATIONSHIP_READ_ONLY", "pointer /data/relationships/subtasks"},
		{"UPD-31", patch(task, `"relationships":{"parent_task":{"meta":{}}}`), 400, "SCHEMA_VALIDATION_ERROR", "pointer /data/relationships/parent_task"},
	} {
		r := b.send("PATCH", at, c.body)
		b.says(c.number, r.refused(c.status, c.code, c.source) && b.row(task) == row, r)
	}
	b.missingTasks(task)
	b.lockedAttributes(task)
	b.whilePending(task)
	b.matches(task)
	put := b.send("PUT", at, patch(task, `"attributes":{}`))
	b.says("UPD-33", put.refused(405, "METHOD_NOT_ALLOWED", "") && put.header.Get("Allow") == "DELETE, GET, HEAD, PATCH", put)
	r = b.send("PATCH", at, patch(task, `"attributes":{"description":"x"}`), "Authorization", "Bearer "+b.reader)
	b.says("UPD-34", r.refused(403, "INSUFFICIENT_SCOPE", "") && b.send("PATCH", base+"/"+unknown, "{}", "Authorization", "Bearer "+b.reader).status == 403, r)
}

func (b *bench) missingTasks(task string) {
	gone := b.make(`"entity_type":"x","entity_id":"gone","enrichment_type":"logo"`)
	b.send("DELETE", base+"/"+gone, "")
	for number, c := range map[string][2]string{"UPD-09": {unknown, b.k1}, "UPD-10": {gone, b.k1}, "UPD-11": {task, b.k2}} {
		r := b.send("PATCH", base+"/"+c[0], patch(c[0], `"attributes":{"description":"x"}`), "Authorization", "Bearer "+c[1])
		b.says(number, r.refused(404, "ENRICHMENT_TASK_NOT_FOUND", ""), r)
	}
}

func (b *bench) lockedAttributes(task string) {
	row := b.row(task)
	for number, name := range map[string]string{
		"UPD-12": "status", "UPD-13": "enrichment_task_id", "UPD-14": "entity_type", "UPD-15": "entity_id", "UPD-16": "enrichment_type", "UPD-17": "source_channel",
		"UPD-18": "output", "UPD-19": "error", "UPD-20": "input_hash", "UPD-21": "batch_id", "UPD-22": "created_at", "UPD-23": "updated_at", "UPD-24": "deleted_at", "UPD-25": "completed_at",
	} {
		r := b.send("PATCH", base+"/"+task, patch(task, `"attributes":{"`+name+`":null}`))
		b.says(number, r.refused(403, "ATTRIBUTE_READ_ONLY", "pointer /data/attributes/"+name) && b.row(task) == row, r)
	}
}

func (b *bench) whilePending(task string) {
	hash := b.get(base+"/"+task).text("data", "attributes", "input_hash")
	ok := b.send("PATCH", base+"/"+task, patch(task, `"attributes":{"input":{"a":2},"target_fields":["y"]}`))
	running := b.make(`"entity_type":"x","entity_id":"running","enrichment_type":"logo"`)
	b.setStatus(running, enrich.Processing)
	late := b.send("PATCH", base+"/"+running, patch(running, `"attributes":{"input":{"a":3}}`))
	b.says("UPD-27", ok.status == 200 && ok.text("data", "attributes", "input_hash") != hash && late.refused(409, "TASK_NOT_PENDING", "pointer /data/attributes/input"), ok, late)
	one := true
	for i := range 20 {
		id := b.make(fmt.Sprintf(`"entity_type":"x","entity_id":"race-%d","enrichment_type":"logo"`, i))
		var r reply
		var wg sync.WaitGroup
		wg.Go(func() { r = b.send("PATCH", base+"/"+id, patch(id, `"attributes":{"input":{"late":1}}`)) })
		wg.Go(func() { b.setStatus(id, enrich.Processing) })
		wg.Wait()
		input := b.get(base+"/"+id).at("data", "attributes", "input")
		one = one && (r.status == 200 && cmp.Equal(input, map[string]any{"late": 1.0}) || r.status == 409 && input == nil)
	}
	b.says("UPD-28", one)
}

func (b *bench) matches(task string) {
	at := base + "/" + task
	change := func(description, tag string) reply {
		return b.send("PATCH", at, patch(task, `"attributes":{"description":"`+description+`"}`), "If-Match", tag)
	}
	tag := b.get(at).header.Get("ETag")
	stale := change("first", tag).header.Get("ETag")
	ok := change("second", stale)
	row := b.row(task)
	late, weak, other := change("third", stale), change("third", "W/"+ok.header.Get("ETag")), change("third", `"nonsense"`)
	b.says("UPD-32", ok.status == 200 && late.refused(412, "PRECONDITION_FAILED", "header If-Match") && weak.status == 412 && other.status == 412 && b.row(task) == row &&
		change("fourth", "*").status == 200, ok, late, weak, other)
}

// DEL: withdrawal.
func TestDelete(t *testing.T) {
	b := setup(t)
	b.fixture()
	gone := b.send("DELETE", base+"/"+id(1), "")
	b.says("DEL-01", gone.status == 204 && gone.body == "", gone)
	kept := pgtest.Query[string](t, b.dbURL, `SELECT status::text FROM enrichment_tasks WHERE enrichment_task_id = $1 AND deleted_at IS NOT NULL`, id(1))
	b.says("DEL-02", kept == "pending", kept)
	b.says("DEL-03", b.send("DELETE", base+"/"+id(1), "").refused(404, "ENRICHMENT_TASK_NOT_FOUND", ""))
	b.says("DEL-04", b.send("DELETE", base+"/"+unknown, "").refused(404, "ENRICHMENT_TASK_NOT_FOUND", ""))
	row := b.row(id(2))
	b.says("DEL-05", b.send("DELETE", base+"/"+id(2), "", "Authorization", "Bearer "+b.k2).status == 404 && b.row(id(2)) == row)
	b.says("DEL-06", b.send("DELETE", base+"/"+id(2), `{"data":{"type":"enrichment_task","id":"`+id(2)+`"}}`).status == 204)
	b.send("DELETE", base+"/"+id(51), "")
	absent := b.get(base+"/"+id(51)).status == 404
	for _, path := range []string{base + "?page[size]=500", base + "/" + id(parent) + "?include=subtasks", base + "/" + id(parent) + "/subtasks", base + "/" + id(parent) + "/relationships/subtasks", base + "?filter[id]=" + id(51)} {
		absent = absent && !strings.Contains(strings.ReplaceAll(b.get(path).body, base+"?filter%5Bid%5D="+id(51), ""), id(51))
	}
	b.says("DEL-07", absent)
	b.setStatus(id(52), enrich.Processing)
	b.send("DELETE", base+"/"+id(parent), "")
	orphan, pending := b.get(base+"/"+id(52)), b.get(base+"/"+id(53))
	b.says("DEL-08", orphan.status == 200 && orphan.at("data", "relationships", "parent_task", "data") == nil && pending.status == 404, orphan, pending) // decision 11
	month := create(`"entity_type":"calendar_month","entity_id":"m","enrichment_type":"monthly_close","input":{"record_id":"2026-05"}`)
	closing := b.send("POST", base, month)
	b.send("DELETE", closing.text("data", "links", "self"), "")
	b.says("DEL-09", b.send("POST", base, month).status == 201, closing)
	b.deletedWork()
	tag := b.get(base + "/" + id(10)).header.Get("ETag")
	b.send("PATCH", base+"/"+id(10), patch(id(10), `"attributes":{"description":"new"}`))
	stale := b.send("DELETE", base+"/"+id(10), "", "If-Match", tag)
	b.says("DEL-12", stale.refused(412, "PRECONDITION_FAILED", "header If-Match") && b.get(base+"/"+id(10)).status == 200, stale)
}

// deletedWork: what is deleted before or while it runs has no effect.
func (b *bench) deletedWork() {
	waiting := b.make(`"entity_type":"x","entity_id":"deleted","enrichment_type":"logo"`)
	b.send("DELETE", base+"/"+waiting, "")
	ctx := b.Context()
	worker, err := b.db.Register(ctx, "test", []enrich.Type{enrich.Logo})
	if err != nil {
		b.Fatal(err)
	}
	claims, err := b.db.Claim(ctx, worker, []enrich.Type{enrich.Logo}, 10)
	if err != nil {
		b.Fatal(err)
	}
	b.says("DEL-10", !slices.ContainsFunc(claims, func(c enrich.Claim) bool { return c.Task.ID == waiting }), claims)
	running := b.make(`"entity_type":"x","entity_id":"deleted while it runs","enrichment_type":"logo"`)
	if claims, err = b.db.Claim(ctx, worker, []enrich.Type{enrich.Logo}, 10); err != nil || len(claims) != 1 {
		b.Fatal(len(claims), err)
	}
	b.send("DELETE", base+"/"+running, "")
	row := b.row(running)
	_, err = b.db.Settle(ctx, "test", []enrich.Settlement{{Claim: claims[0], To: enrich.Completed, Outcome: enrich.OutcomeCompleted}})
	b.says("DEL-11", b.row(running) == row && b.get(base+"/"+running).status == 404, err, b.row(running))
}

// REL: relationships.
func TestRelationships(t *testing.T) {
	b := setup(t)
	b.fixture()
	child, root := base+"/"+id(51), base+"/"+id(1)
	identifier := func(typ, id string) map[string]any { return map[string]any{"type": typ, "id": id} }
	r, empty := b.get(child+"/relationships/parent_task"), b.get(root+"/relationships/parent_task")
	b.says("REL-01", r.status == 200 && cmp.Equal(r.at("data"), any(identifier("enrichment_task", id(parent)))) && empty.status == 200 && empty.at("data") == nil &&
		r.text("links", "self") == child+"/relationships/parent_task" && r.text("links", "related") == child+"/parent_task", r, empty)
	many := b.get(base + "/" + id(parent) + "/relationships/subtasks")
	b.says("REL-02", len(many.ids()) == 3 && len(many.at("data", 0).(map[string]any)) == 2, many)
	b.says("REL-03", cmp.Equal(b.get(root+"/relationships/workspace").at("data"), any(identifier("workspace", pgtest.Workspace))))
	b.says("REL-04", b.get(root+"/relationships/nope").status == 404 && b.get(base+"/"+unknown+"/relationships/parent_task").status == 404)
	none, one := b.get(root+"/parent_task"), b.get(child+"/parent_task")
	b.says("REL-05", none.status == 200 && none.doc["data"] == nil && one.text("data", "id") == id(parent), none, one)
	page := b.get(base + "/" + id(parent) + "/subtasks?page[size]=2")
	next := b.get(page.text("links", "next"))
	b.says("REL-06", len(page.ids()) == 2 && page.at("links", "prev") == nil && slices.Equal(next.ids(), []string{id(51)}) && next.at("links", "next") == nil &&
		strings.Contains(page.header.Get("Content-Type"), cpp), page, next)
	linkage := b.get(base + "/" + id(parent) + "/relationships/subtasks?page[size]=2")
	rest := b.get(linkage.text("links", "next"))
	b.says("REL-07", len(linkage.ids()) == 2 && len(rest.ids()) == 1 && len(b.get(rest.text("links", "prev")).ids()) == 2, linkage, rest)
	b.linkageWrites(root)
	b.cycles()
	b.createChildren()
}

func (b *bench) linkageWrites(root string) {
	at := root + "/relationships/parent_task"
	set := func(data string) reply { return b.send("PATCH", at, data) }
	to := func(typ, id string) string { return `{"data":{"type":"` + typ + `","id":"` + id + `"}}` }
	r := set(to("enrichment_task", id(parent)))
	b.says("REL-08", r.status == 200 && b.get(root).text("data", "relationships", "parent_task", "data", "id") == id(parent), r)
	r = set(`{"data":null}`)
	b.says("REL-09", r.status == 200 && r.doc["data"] == nil && b.get(root).at("data", "relationships", "parent_task", "data") == nil, r)
	missing := set(to("enrichment_task", unknown))
	b.says("REL-10", missing.refused(404, "RELATED_RESOURCE_NOT_FOUND", "pointer /data/id"), missing)
	foreign := b.send("POST", base, create(minimal), "Authorization", "Bearer "+b.k2).text("data", "id")
	b.says("REL-11", masked(set(to("enrichment_task", foreign))) == masked(missing) && masked(set(to("enrichment_task", id(deleted)))) == masked(missing))
	r = set(to("workspace", id(2)))
	b.says("REL-12", r.refused(409, "RESOURCE_TYPE_MISMATCH", "pointer /data/type"), r)
	b.says("REL-13", set(`{"data":[]}`).refused(400, "SCHEMA_VALIDATION_ERROR", "pointer /data"))
	b.says("REL-14", set(`{"meta":{}}`).refused(400, "SCHEMA_VALIDATION_ERROR", "pointer "))
	for number, c := range map[string][2]string{"REL-19": {"POST", "subtasks"}, "REL-20": {"PATCH", "subtasks"}, "REL-21": {"DELETE", "subtasks"}, "REL-22": {"PATCH", "workspace"}} {
		r := b.send(c[0], root+"/relationships/"+c[1], `{"data":[]}`)
		b.says(number, r.refused(403, "RELATIONSHIP_READ_ONLY", ""), r)
	}
	r = b.send("POST", at, to("enrichment_task", id(parent)))
	b.says("REL-23", r.refused(405, "METHOD_NOT_ALLOWED", "") && r.header.Get("Allow") == "GET, HEAD, PATCH", r)
}

func (b *bench) cycles() {
	set := func(child, parent string) reply {
		return b.send("PATCH", base+"/"+child+"/relationships/parent_task", `{"data":{"type":"enrichment_task","id":"`+parent+`"}}`)
	}
	r := set(id(7), id(7))
	b.says("REL-15", r.refused(422, "PARENT_CYCLE", "pointer /data/id"), r)
	top := b.make(`"entity_type":"x","entity_id":"top","enrichment_type":"logo"`)
	below := b.make(`"entity_type":"x","entity_id":"below","enrichment_type":"logo"`)
	if r = set(below, top); r.status != 200 {
		b.Fatal(r)
	}
	r = set(top, below)
	b.says("REL-16", r.refused(422, "PARENT_CYCLE", ""), r) // its own subtask
	atMostOne := true
	for i := range 10 {
		x, y := b.make(fmt.Sprintf(`"entity_type":"x","entity_id":"cycle-%d","enrichment_type":"logo"`, i)), b.make(fmt.Sprintf(`"entity_type":"y","entity_id":"cycle-%d","enrichment_type":"logo"`, i))
		var one, two reply
		var wg sync.WaitGroup
		wg.Go(func() { one = set(x, y) })
		wg.Go(func() { two = set(y, x) })
		wg.Wait()
		atMostOne = atMostOne && !(one.status == 200 && two.status == 200) && one.status < 500 && two.status < 500
	}
	b.says("REL-17", atMostOne)
	r = set(id(7), id(51))
	b.says("REL-18", r.refused(422, "PARENT_CYCLE", ""), r)
}

func (b *bench) createChildren() {
	post := func(n int, relationships string) reply {
		return b.send("POST", base, create(fmt.Sprintf(`"entity_type":"x","entity_id":"child-%d","enrichment_type":"logo"`, n), `"relationships":{`+relationships+`}`))
	}
	parentIs := func(id string) string { return `"parent_task":{"data":{"type":"enrichment_task","id":"` + id + `"}}` }
	workspaceIs := func(id string) string { return `"workspace":{"data":{"type":"workspace","id":"` + id + `"}}` }
	child, missing := post(1, parentIs(id(parent))), post(2, parentIs(unknown))
	own, foreign, none := post(3, workspaceIs(pgtest.Workspace)), post(4, workspaceIs(w2)), post(5, workspaceIs("nobody"))
	b.says("REL-24", child.status == 201 && child.text("data", "relationships", "parent_task", "data", "id") == id(parent) &&
		missing.refused(404, "RELATED_RESOURCE_NOT_FOUND", "pointer /data/relationships/parent_task/data/id") && own.status == 201 &&
		foreign.refused(404, "RELATED_RESOURCE_NOT_FOUND", "pointer /data/relationships/workspace/data/id") && masked(foreign) == masked(none), child, missing, own, foreign)
}
