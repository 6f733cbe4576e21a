package api_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// QRY: what a query may hold.
func TestQueries(t *testing.T) {
	b := setup(t)
	b.fixture()
	for number, c := range map[string][2]string{"QRY-01": {"foo=bar", "foo"}, "QRY-02": {"fooBar=1", "fooBar"}, "QRY-06": {"Sort=created_at", "Sort"}, "QRY-07": {"sort=created_at&sort=created_at", "sort"}} {
		r := b.get(base + "?" + c[0])
		b.says(number, r.refused(400, "INVALID_QUERY_PARAMETER", "parameter "+c[1]), r)
	}
	other := b.get(base + "?workspaceId=" + w2)
	b.says("QRY-03", b.get(base+"?workspaceId="+pgtest.Workspace).status == 200 && other.refused(403, "FORBIDDEN", "parameter workspaceId"), other)
	r := b.send("DELETE", base+"/"+id(1)+"?include=workspace", "")
	b.says("QRY-04", r.refused(400, "INVALID_QUERY_PARAMETER", "parameter include") && b.get(base+"/"+id(1)).status == 200, r)
	refused := true
	for _, parameter := range []string{"page[size]=1", "filter[status]=pending", "sort=created_at", "page[after]=x"} {
		name, _, _ := strings.Cut(parameter, "=")
		refused = refused && b.get(base+"/"+id(1)+"?"+parameter).refused(400, "INVALID_QUERY_PARAMETER", "parameter "+name)
	}
	b.says("QRY-05", refused)
	before := b.count("deleted_at IS NULL")
	post, del := b.send("POST", base+"?foo=1", create(minimal)), b.send("DELETE", base+"/"+id(1)+"?foo=1", "")
	b.says("QRY-08", post.refused(400, "INVALID_QUERY_PARAMETER", "parameter foo") && del.status == 400 && b.count("deleted_at IS NULL") == before, post, del)
}

// failing is a set of requests, one for each way in which the API refuses.
func (b *bench) failing() map[string]reply {
	return map[string]reply{
		"no key": b.get(base, "Authorization", ""), "no route": b.get("/v1/nope"), "no such task": b.get(base + "/" + unknown), "bad query": b.get(base + "?page[size]=501"),
		"bad accept": b.get(base, "Accept", "text/html"), "bad type": b.send("POST", base, "{}", "Content-Type", "text/plain"), "bad method": b.send("PUT", base, ""),
		"three values": b.send("POST", base, create(`"entity_type":"","entity_id":7,"enrichment_type":"no"`)), "mixed": b.send("POST", base, create(minimal+`,"status":"x","entityType":"y"`)),
		"no JSON": b.send("POST", base, "{"), "bad cursor": b.get(base + "?page[after]=x"), "odd names": b.send("POST", base, create(minimal+`,"a/b~c":1`)), "missing": b.send("POST", base, create(`"entity_type":"x"`)),
		"deep": b.send("POST", base, create(minimal+`,"input":{"a/b":{"c~d":["\u0000"]}}`)),
	}
}

// ERR: errors.
func TestErrors(t *testing.T) {
	b := setup(t)
	published := map[string]string{}
	for _, code := range jsonapi.Codes() {
		published[code.Name] = code.Title
	}
	all, titles, full, sources, traces, ids := true, true, true, true, true, map[string]bool{}
	for name, r := range b.failing() {
		all = all && len(r.list("errors")) > 0 && r.doc["data"] == nil
		traces = traces && r.header.Get("X-Request-Id") != ""
		for _, e := range r.list("errors") {
			code, _ := dig(e, "code").(string)
			titles = titles && published[code] != "" && dig(e, "title") == published[code] && regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`).MatchString(code)
			full = full && dig(e, "detail") != nil && !ids[dig(e, "id").(string)]
			ids[dig(e, "id").(string)] = true
			traces = traces && dig(e, "meta", "trace_id") == r.header.Get("X-Request-Id")
			sources = sources && len(asObject(dig(e, "source"))) <= 1
		}
		b.Logf("%s: %d", name, r.status)
	}
	one, three, mixed := b.get(base+"/"+unknown), b.send("POST", base, create(`"entity_type":"","entity_id":7,"enrichment_type":"no"`)), b.send("POST", base, create(minimal+`,"status":"x","entityType":"y"`))
	b.says("ERR-01", all)
	b.says("ERR-02", one.text("errors", 0, "status") == "404" && one.status == 404)
	b.says("ERR-03", full)
	b.says("ERR-04", titles)
	b.says("ERR-05", titles && len(published) == len(jsonapi.Codes()))
	large := b.get(base + "?page[size]=501")
	b.says("ERR-06", strings.HasPrefix(large.text("errors", 0, "links", "type"), "https://") && len(brokenRules(large.doc)) == 0, large)
	b.says("ERR-07", sources)
	b.pointers()
	b.says("ERR-09", len(three.list("errors")) == 3 && three.status == 422, three)
	b.says("ERR-10", mixed.status == 400 && mixed.text("errors", 0, "status") != mixed.text("errors", 1, "status") && len(mixed.list("errors")) == 2, mixed)
	b.says("ERR-11", traces)
	named := true
	for _, e := range three.list("errors") {
		named = named && dig(e, "meta", "attribute") != nil && dig(e, "meta", "message") != nil
	}
	b.says("ERR-12", named, three)
	b.quietErrors()
	b.statusErrors()
	challenge := b.get(base, "Authorization", "")
	b.says("ERR-16", challenge.status == 401 && strings.HasPrefix(challenge.header.Get("WWW-Authenticate"), "Bearer"), challenge)
	running := b.make(`"entity_type":"x","entity_id":"running","enrichment_type":"logo"`)
	b.setStatus(running, enrich.Processing)
	conflict := b.send("PATCH", base+"/"+running, patch(running, `"attributes":{"input":{}}`))
	b.says("ERR-17", conflict.status == 409 && conflict.text("errors", 0, "meta", "status") == "processing", conflict)
	head := b.send("HEAD", base+"/"+unknown, "")
	b.says("ERR-18", head.status == 404 && head.body == "" && head.header.Get("Content-Type") == jt, head)
}

func asObject(v any) map[string]any { o, _ := v.(map[string]any); return o }

// pointers: every pointer leads to something in the request that it is about.
func (b *bench) pointers() {
	resolves := true
	for _, body := range []string{
		create(minimal + `,"a/b~c":1`), create(`"entity_type":"x"`), create(minimal + `,"input":{"a/b":{"c~d":["x","\u0000"]}}`), create(minimal + `,"target_fields":["a",1]`),
		create(minimal+`,"pk":1`, `"relationships":{"parent_task":{"data":{"type":"x","id":"1"}}}`), `{"data":{"type":"enrichment_task"}}`, `{"data":null}`,
		create(minimal, `"relationships":{"a/b":{"data":null}}`), create(minimal, `"relationships":{"subtasks":{"data":[]}}`),
	} {
		r := b.send("POST", base, body)
		var doc any
		if err := json.Unmarshal([]byte(body), &doc); err != nil {
			b.Fatal(err)
		}
		for _, e := range r.list("errors") {
			pointer, given := dig(e, "source", "pointer").(string)
			if !given || !leads(doc, pointer) {
				resolves = false
				b.Logf("%s: %s", body, r)
			}
		}
	}
	b.says("ERR-08", resolves)
}

// leads follows a JSON pointer: RFC 6901.
func leads(doc any, pointer string) bool {
	for _, part := range strings.Split(pointer, "/")[1:] {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		switch at := doc.(type) {
		case map[string]any:
			next, ok := at[part]
			if !ok {
				return false
			}
			doc = next
		case []any:
			var i int
			if json.Unmarshal([]byte(part), &i) != nil || i < 0 || i >= len(at) {
				return false
			}
			doc = at[i]
		default:
			return false
		}
	}
	return true
}

// quietErrors tell nothing of what is behind them.
func (b *bench) quietErrors() {
	quiet := true
	inside := regexp.MustCompile(`(?i)SQLSTATE|enrichment_tasks_|relation "|column "|goroutine|\.go:|(?-i:pgx)|enrichment_dispatches`)
	for name, r := range b.failing() {
		if inside.MatchString(r.body) {
			quiet = false
			b.Logf("%s: %s", name, r)
		}
	}
	broken := setup(b.T, func(o *api.Options) { o.CursorKey = nil }) // which is a programmer's mistake: it panics
	broken.fixture()
	r := broken.get(base + "?page[size]=1")
	b.says("ERR-13", quiet && !inside.MatchString(r.body), r)
	b.says("ERR-15", r.refused(500, "INTERNAL_ERROR", "") && r.text("errors", 0, "meta", "trace_id") == r.header.Get("X-Request-Id") && broken.get(base+"/"+id(1)).status == 200, r)
}

// statusErrors: also what the server refuses before it looks at a route.
func (b *bench) statusErrors() {
	slow := setup(b.T, func(o *api.Options) { o.Rate = 3 })
	var limited reply
	for range 5 {
		limited = slow.get(base)
	}
	away := setup(b.T)
	pgtest.Exec(b, away.dbURL, `ALTER TABLE enrichment_tasks RENAME TO elsewhere`)
	gone := away.get(base)
	long, big := b.get("/v1/"+strings.Repeat("x", 17<<10)), b.get(base, "X-Filler", strings.Repeat("x", 25<<10))
	b.says("ERR-14", b.get("/v1/nope").refused(404, "NOT_FOUND", "") && b.get("/v1//enrichment-tasks").status == 404 && b.send("PUT", base, "").header.Get("Allow") != "" &&
		b.send("POST", base, create(minimal+`,"input":{"a":"`+strings.Repeat("x", 1<<20)+`"}`)).status == http.StatusRequestEntityTooLarge &&
		long.refused(414, "URI_TOO_LONG", "") && big.refused(431, "HEADER_TOO_LARGE", "") && limited.refused(429, "RATE_LIMIT_EXCEEDED", "") &&
		gone.refused(500, "INTERNAL_ERROR", ""), long, big, limited, gone)
}
