package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// GET: one task.
func TestRetrieve(t *testing.T) {
	b := setup(t)
	b.fixture()
	one := b.get(base + "/" + id(1))
	b.says("GET-01", one.status == 200 && one.text("data", "id") == id(1), one)
	missing := b.get(base + "/" + unknown)
	b.says("GET-02", missing.refused(404, "ENRICHMENT_TASK_NOT_FOUND", "") && missing.at("errors", 0, "source") == nil, missing)
	never := true
	for _, odd := range []string{"not-a-uuid", strings.Repeat("x", 300), "%00", "%ff", "00000000-0000-4000-8000-00000000000g", "%2e%2e", "a%2Fb"} {
		r := b.get(base + "/" + odd)
		never = never && r.status == 404
		if r.status != 404 {
			b.Logf("%s: %s", odd, r)
		}
	}
	b.says("GET-03", never)
	b.says("GET-04", b.get(base+"/"+id(deleted)).refused(404, "ENRICHMENT_TASK_NOT_FOUND", ""))
	foreign, none := b.get(base+"/"+id(1), "Authorization", "Bearer "+b.k2), b.get(base+"/"+unknown, "Authorization", "Bearer "+b.k2)
	b.says("GET-05", foreign.status == 404 && masked(foreign) == masked(none), foreign)
	upper := "ABCDEF00-0000-4000-8000-0000000000AB"
	pgtest.Exec(t, b.dbURL, `UPDATE enrichment_tasks SET enrichment_task_id = $1 WHERE enrichment_task_id = $2`, upper, id(2))
	b.says("GET-06", b.get(base+"/"+upper).text("data", "id") == strings.ToLower(upper))
	tag := one.header.Get("ETag")
	same := b.get(base+"/"+id(1), "If-None-Match", tag)
	changed := b.send("PATCH", base+"/"+id(1), patch(id(1), `"attributes":{"description":"x"}`))
	after := b.get(base+"/"+id(1), "If-None-Match", tag)
	b.says("GET-07", strings.HasPrefix(tag, `"`) && same.status == 304 && same.body == "" && changed.status == 200 && after.status == 200 && after.header.Get("ETag") != tag, same, after)
	b.says("GET-08", one.header.Get("Cache-Control") == "private, no-cache", one.header)
	b.says("GET-09", b.get(base+"/").status == 404 && b.get(base+"/"+id(1)+"/").status == 404)
}

// CRE: creation. What is refused makes nothing.
func TestCreate(t *testing.T) {
	b := setup(t)
	made := b.send("POST", base, create(minimal))
	b.says("CRE-01", made.status == 201 && made.text("data", "type") == "enrichment_task", made)
	b.says("CRE-02", made.header.Get("Location") == made.text("data", "links", "self") && b.get(made.header.Get("Location")).status == 200, made)
	at := made.at("data", "attributes")
	empty := dig(at, "status") == "pending" && dig(at, "created_at") != nil
	for _, name := range []string{"output", "error", "completed_at", "deleted_at", "batch_id"} {
		empty = empty && dig(at, name) == nil
	}
	b.says("CRE-03", empty, made)
	b.says("CRE-04", made.status == 201)
	b.misshapenCreations()
	b.badValues()
	b.enums()
	for i, name := range []string{"status", "output", "error", "input_hash", "batch_id", "created_at", "updated_at", "deleted_at", "completed_at", "enrichment_task_id"} {
		refused := true
		for _, value := range []string{`"pending"`, "null"} {
			r := b.send("POST", base, create(minimal+`,"`+name+`":`+value))
			refused = refused && r.refused(403, "ATTRIBUTE_READ_ONLY", "pointer /data/attributes/"+name)
		}
		b.says([]string{"CRE-27", "CRE-28", "CRE-29", "CRE-30", "CRE-31", "CRE-32", "CRE-33", "CRE-34", "CRE-35", "CRE-36"}[i], refused, name)
	}
	internal := true
	for _, name := range []string{"pk", "workspace_pk", "parent_task_pk"} {
		internal = internal && b.send("POST", base, create(minimal+`,"`+name+`":1`)).refused(422, "UNKNOWN_ATTRIBUTE", "pointer /data/attributes/"+name)
	}
	b.says("CRE-37", internal && b.count("true") == b.count("entity_id <> ''"))
	b.acceptedCreations()
}

// misshapenCreations are no JSON:API documents.
func (b *bench) misshapenCreations() {
	before := b.count("true")
	for _, c := range []struct {
		number       string
		status       int
		code, source string
		bodies       []string
	}{
		{"CRE-05", 403, "CLIENT_GENERATED_ID_UNSUPPORTED", "pointer /data/id", []string{create(minimal, `"id":"`+unknown+`"`)}},
		{"CRE-06", 409, "RESOURCE_TYPE_MISMATCH", "pointer /data/type", []string{`{"data":{"type":"enrichment_tasks","attributes":{` + minimal + `}}}`}},
		{"CRE-07", 400, "SCHEMA_VALIDATION_ERROR", "pointer /data", []string{`{"data":{"attributes":{` + minimal + `}}}`}},
		{"CRE-08", 400, "SCHEMA_VALIDATION_ERROR", "pointer /data/type", []string{`{"data":{"type":5}}`}},
		{"CRE-09", 400, "SCHEMA_VALIDATION_ERROR", "pointer /data", []string{`{"data":null}`, `{"data":[]}`}},
		{"CRE-10", 400, "SCHEMA_VALIDATION_ERROR", "pointer ", []string{`[]`, `"x"`, `null`, `{}`}},
		{"CRE-11", 400, "INVALID_JSON", "pointer ", []string{`{"data":{"type":"enrichment_task"`, ` `}},
		{"CRE-12", 400, "INVALID_JSON", "pointer /data/attributes/entity_id", []string{create(minimal + `,"entity_id":"c-2"`)}},
		{"CRE-13", 400, "INVALID_JSON", "pointer ", []string{create(minimal + ",\"description\":\"\xff\"")}},
		{"CRE-14", 413, "PAYLOAD_TOO_LARGE", "", []string{create(minimal + `,"input":{"a":"` + strings.Repeat("x", 1<<20) + `"}`)}},
		{"CRE-15", 400, "SCHEMA_VALIDATION_ERROR", "pointer ", []string{create(minimal + `,"input":` + strings.Repeat(`{"a":`, 101) + "1" + strings.Repeat("}", 101)), strings.Repeat("[", 100_000)}},
		{"CRE-16", 422, "REQUIRED", "pointer /data/attributes", []string{create(`"entity_id":"c","enrichment_type":"logo"`)}},
		{"CRE-17", 422, "REQUIRED", "pointer /data/attributes", []string{create(`"entity_type":"c","enrichment_type":"logo"`)}},
		{"CRE-18", 422, "REQUIRED", "pointer /data/attributes", []string{create(`"entity_id":"c","entity_type":"logo"`)}},
		{"CRE-19", 422, "REQUIRED", "pointer /data", []string{`{"data":{"type":"enrichment_task"}}`}},
		{"CRE-20", 400, "SCHEMA_VALIDATION_ERROR", "pointer /data/attributes", []string{`{"data":{"type":"enrichment_task","attributes":"x"}}`, `{"data":{"type":"enrichment_task","attributes":[]}}`}},
		{"CRE-23", 422, "INVALID_TYPE", "pointer /data/attributes/entity_id", []string{create(`"entity_type":"x","entity_id":5,"enrichment_type":"logo"`)}},
		{"CRE-38", 422, "UNKNOWN_ATTRIBUTE", "pointer /data/attributes/entityType", []string{create(minimal + `,"entityType":"x"`)}},
	} {
		holds := true
		for _, body := range c.bodies {
			r := b.send("POST", base, body)
			ok := r.refused(c.status, c.code, c.source)
			if c.code == "REQUIRED" {
				name, _ := r.at("errors", 0, "meta", "attribute").(string)
				ok = ok && name != "" && !strings.Contains(body, `"`+name+`"`)
			}
			if !ok {
				b.Logf("%s: %s", shorten(body), r)
			}
			holds = holds && ok
		}
		b.says(c.number, holds && b.count("true") == before)
	}
}

func (b *bench) badValues() {
	is := func(number string, c ...[2]string) {
		b.Helper()
		holds := true
		for i, one := range c {
			r := b.send("POST", base, create(one[0]))
			ok := one[1] == "" && (r.status == 201 || r.status == 200) || one[1] != "" && r.status == 422 && r.text("errors", 0, "source", "pointer") == one[1]
			if !ok {
				b.Logf("case %d: %s", i, r)
			}
			holds = holds && ok
		}
		b.says(number, holds)
	}
	entity := func(typ, id string) string {
		return `"enrichment_type":"logo","entity_type":"` + typ + `","entity_id":"` + id + `"`
	}
	is("CRE-21", [2]string{entity("", "1"), "/data/attributes/entity_type"}, [2]string{entity(strings.Repeat("x", 100), "1"), ""},
		[2]string{entity(strings.Repeat("😀", 100), "1"), ""}, [2]string{entity(strings.Repeat("x", 101), "1"), "/data/attributes/entity_type"})
	is("CRE-22", [2]string{entity("x", ""), "/data/attributes/entity_id"}, [2]string{entity("x", strings.Repeat("y", 255)), ""},
		[2]string{entity("x", strings.Repeat("y", 256)), "/data/attributes/entity_id"}, [2]string{entity("x", "2026-05"), ""})
	is("CRE-42", [2]string{minimal + `,"target_fields":["a","b"]`, ""}, [2]string{minimal + `,"target_fields":"a"`, "/data/attributes/target_fields"},
		[2]string{minimal + `,"target_fields":[1]`, "/data/attributes/target_fields/0"}, [2]string{minimal + `,"target_fields":[null]`, "/data/attributes/target_fields/0"},
		[2]string{minimal + `,"target_fields":[""]`, "/data/attributes/target_fields/0"})
	is("CRE-43", [2]string{minimal + `,"input":{"a":"\u0000"}`, "/data/attributes/input/a"}, [2]string{minimal + `,"description":"a\u0000"`, "/data/attributes/description"},
		[2]string{entity("x", `\u0000`), "/data/attributes/entity_id"}, [2]string{minimal + `,"input":{"\ud800":1}`, "/data/attributes/input"})
}

func (b *bench) enums() {
	types, channels := names(enrich.Types()), names(enrich.SourceChannels())
	refused := true
	for _, value := range []string{`"nope"`, `"LOGO"`, "null", "3"} {
		r := b.send("POST", base, create(`"entity_type":"x","entity_id":"y","enrichment_type":`+value))
		refused = refused && r.refused(422, "INVALID_ENUM", "pointer /data/attributes/enrichment_type") && len(r.list("errors", 0, "meta", "allowed")) == 12
	}
	b.says("CRE-24", refused)
	all := len(types) == 12
	for _, typ := range types {
		r := b.send("POST", base, create(`"entity_type":"x","entity_id":"every","enrichment_type":"`+typ+`"`))
		all = all && r.status == 201 && r.at("data", "attributes", "enrichment_type") == typ
	}
	b.says("CRE-25", all)
	all = len(channels) == 9
	for i, channel := range channels {
		r := b.send("POST", base, create(fmt.Sprintf(`"entity_type":"x","entity_id":"channel-%d","enrichment_type":"logo","source_channel":%q`, i, channel)))
		all = all && r.status == 201 && r.at("data", "attributes", "source_channel") == channel
	}
	null := b.send("POST", base, create(`"entity_type":"x","entity_id":"no channel","enrichment_type":"logo","source_channel":null`))
	b.says("CRE-26", all && null.status == 201 && null.at("data", "attributes", "source_channel") == nil &&
		b.send("POST", base, create(minimal+`,"source_channel":"api"`)).refused(422, "INVALID_ENUM", "pointer /data/attributes/source_channel"))
}

func names[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func (b *bench) acceptedCreations() {
	entity := func(n int) string {
		return fmt.Sprintf(`"entity_type":"x","entity_id":"accepted-%d","enrichment_type":"logo"`, n)
	}
	b.says("CRE-39", b.send("POST", base, create(entity(1)+`,"@context":{"a":1}`)).status == 201)
	b.says("CRE-40", b.send("POST", base, `{"bar":1,"data":{"type":"enrichment_task","foo":2,"attributes":{`+entity(2)+`}}}`).status == 201)
	hash := func(n int, input string) (string, reply) {
		r := b.send("POST", base, create(entity(n)+`,"input":`+input))
		return r.text("data", "attributes", "input_hash"), r
	}
	first, stored := hash(3, `{"a":1,"b":2}`)
	again, _ := hash(4, `{"b":2,"a":1}`)
	other, _ := hash(5, `{"a":1,"b":3}`)
	_, none := hash(6, "null")
	scalar := b.send("POST", base, create(entity(7)+`,"input":"x"`)).status == 422 && b.send("POST", base, create(entity(7)+`,"input":[1]`)).status == 422
	b.says("CRE-41", cmp.Equal(stored.at("data", "attributes", "input"), map[string]any{"a": 1.0, "b": 2.0}) && none.at("data", "attributes", "input") == nil &&
		first == again && first != other && first != "" && scalar, first, again, other)
	one, two := b.send("POST", base, create(entity(8)+`,"input":{"a":1}`)), b.send("POST", base, create(entity(8)+`,"input":{"a":1}`))
	b.says("CRE-44", one.status == 201 && two.status == 200 && two.at("meta", "joined") == true && one.text("data", "id") == two.text("data", "id"), one, two)
	b.closes()
	lid := b.send("POST", base, create(entity(9), `"lid":"mine"`))
	b.says("CRE-46", lid.status == 201 && lid.text("data", "id") != "mine" && !strings.Contains(lid.body, `"lid"`), lid)
}

// closes: one active close for each month, as decision 14 says.
func (b *bench) closes() {
	month := func(entity string, more string) string {
		return create(`"entity_type":"calendar_month","entity_id":"` + entity + `","enrichment_type":"monthly_close","input":{"record_id":"2026-05"` + more + `}`)
	}
	first := b.send("POST", base, month("m-1", ""))
	second := b.send("POST", base, month("m-1", `,"again":1`))
	other := b.send("POST", base, month("m-2", ""))
	foreign := b.send("POST", base, month("m-1", ""), "Authorization", "Bearer "+b.k2)
	holds := first.status == 201 && second.refused(409, "MONTHLY_CLOSE_ALREADY_ACTIVE", "") && second.at("errors", 0, "meta", "existing_id") == first.text("data", "id") &&
		other.status == 201 && foreign.status == 201
	b.setStatus(first.text("data", "id"), enrich.Processing)
	running := b.send("POST", base, month("m-1", `,"again":2`))
	pgtest.Exec(b, b.dbURL, `UPDATE enrichment_tasks SET status = 'failed', completed_at = now() WHERE enrichment_task_id = $1`, first.text("data", "id"))
	next := b.send("POST", base, month("m-1", `,"again":3`))
	gone := b.send("DELETE", base+"/"+next.text("data", "id"), "")
	after := b.send("POST", base, month("m-1", `,"again":4`))
	b.says("CRE-45", holds && running.status == 409 && next.status == 201 && gone.status == 204 && after.status == 201 && b.raceForMonth() == 1, first, second, running, next, after)
}

// raceForMonth is how many of ten presses at once close a month.
func (b *bench) raceForMonth() int {
	var wg sync.WaitGroup
	statuses := make([]int, 10)
	for i := range statuses {
		wg.Go(func() {
			statuses[i] = b.send("POST", base, create(fmt.Sprintf(`"entity_type":"calendar_month","entity_id":"race","enrichment_type":"monthly_close","input":{"record_id":"2026-06","n":%d}`, i))).status
		})
	}
	wg.Wait()
	won := 0
	for _, status := range statuses {
		if status == http.StatusCreated {
			won++
		}
	}
	if slices.ContainsFunc(statuses, func(s int) bool { return s != 201 && s != 409 }) {
		return -1
	}
	return won
}
