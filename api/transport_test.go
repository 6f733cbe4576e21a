package api_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// HTT: idempotency keys.
func TestIdempotency(t *testing.T) {
	b := setup(t)
	entity := func(n int) string {
		return create(fmt.Sprintf(`"entity_type":"x","entity_id":"once-%d","enrichment_type":"logo","input":{"n":%d}`, n, n))
	}
	forced := strings.TrimSuffix(entity(1), "}") + `,"meta":{"force":true}}` // which a join cannot make one of
	post := func(body, key string, more ...string) reply {
		return b.send("POST", base, body, append([]string{"Idempotency-Key", key}, more...)...)
	}
	first, again := post(forced, "key-1"), post(forced, "key-1")
	b.says("HTT-01", first.status == 201 && again.status == 201 && again.body == first.body && again.header.Get("Idempotent-Replayed") == "true" &&
		first.header.Get("Idempotent-Replayed") == "" && again.header.Get("Location") == first.header.Get("Location") && b.count("entity_id = 'once-1'") == 1, first, again)
	other := post(entity(2), "key-1")
	b.says("HTT-02", other.refused(422, "IDEMPOTENCY_KEY_REUSED", "header Idempotency-Key") && b.count("entity_id = 'once-2'") == 0, other)
	b.says("HTT-03", b.whileItRuns(entity(3)))
	quoted := post(forced, `"key-1"`)
	b.says("HTT-04", quoted.header.Get("Idempotent-Replayed") == "true" && quoted.body == first.body, quoted)
	invalid := true
	for _, key := range []string{strings.Repeat("k", 256), `""`, `"open`, " ", "ké"} {
		r := post(entity(4), key)
		invalid = invalid && r.refused(400, "IDEMPOTENCY_KEY_INVALID", "header Idempotency-Key")
	}
	b.says("HTT-05", invalid && b.count("entity_id = 'once-4'") == 0)
	foreign := post(forced, "key-1", "Authorization", "Bearer "+b.k2)
	b.says("HTT-06", foreign.status == 201 && foreign.text("data", "id") != first.text("data", "id"), foreign)
	pgtest.Exec(t, b.dbURL, `UPDATE idempotency_keys SET started_at = now() - interval '25 hours'`)
	late := post(forced, "key-1")
	b.says("HTT-07", late.status == 201 && late.text("data", "id") != first.text("data", "id") && b.count("entity_id = 'once-1'") == 3, late)
	bad, fixed := post(create(`"entity_type":"x"`), "key-8"), post(entity(8), "key-8")
	b.says("HTT-08", bad.status == 422 && fixed.status == 201, bad, fixed)
	pgtest.Exec(t, b.dbURL, `ALTER TABLE enrichment_dispatches RENAME TO elsewhere`)
	broken := post(entity(9), "key-9")
	pgtest.Exec(t, b.dbURL, `ALTER TABLE elsewhere RENAME TO enrichment_dispatches`)
	whole := post(entity(9), "key-9")
	b.says("HTT-09", broken.status == 500 && whole.status == 201 && whole.header.Get("Idempotent-Replayed") == "", broken, whole)
	made := post(entity(10), "key-10")
	b.send("DELETE", made.text("data", "links", "self"), "")
	replayed := post(entity(10), "key-10")
	b.says("HTT-10", replayed.status == 201 && replayed.body == made.body, replayed)
	b.says("HTT-11", b.fifty(forced) == 4)
}

// whileItRuns sends a request again while the first one with its key waits for a
// lock.
func (b *bench) whileItRuns(body string) bool {
	conn, err := pgx.Connect(b.Context(), b.dbURL)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	tx, err := conn.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := tx.Exec(b.Context(), `LOCK TABLE enrichment_tasks IN EXCLUSIVE MODE`); err != nil {
		b.Fatal(err)
	}
	var first reply
	var wg sync.WaitGroup
	wg.Go(func() { first = b.send("POST", base, body, "Idempotency-Key", "slow") })
	for pgtest.Query[int](b, b.dbURL, `SELECT count(*) FROM idempotency_keys WHERE key = 'slow'`) == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	second := b.send("POST", base, body, "Idempotency-Key", "slow")
	if err := tx.Rollback(b.Context()); err != nil {
		b.Fatal(err)
	}
	wg.Wait()
	return second.refused(409, "IDEMPOTENCY_IN_PROGRESS", "header Idempotency-Key") && second.header.Get("Retry-After") != "" && first.status == 201
}

// fifty sends one request fifty times at once and counts the tasks of its entity.
func (b *bench) fifty(body string) int {
	var wg sync.WaitGroup
	statuses := make([]int, 50)
	for i := range statuses {
		wg.Go(func() { statuses[i] = b.send("POST", base, body, "Idempotency-Key", "fifty").status })
	}
	wg.Wait()
	if slices.ContainsFunc(statuses, func(s int) bool { return s != 201 && s != 409 }) {
		return -1
	}
	return b.count("entity_id = 'once-1'")
}

// HTT: headers, limits, the documentation.
func TestTransport(t *testing.T) {
	b := setup(t, func(o *api.Options) { o.Origins = []string{"https://app.example.com"} })
	b.fixture()
	own, odd, none := b.get(base, "X-Request-Id", "my-request.1"), b.get(base, "X-Request-Id", "a b"), b.send("DELETE", base+"/"+unknown, "")
	b.says("HTT-12", own.header.Get("X-Request-Id") == "my-request.1" && odd.header.Get("X-Request-Id") != "a b" && len(odd.header.Get("X-Request-Id")) >= 8 && none.header.Get("X-Request-Id") != "", own, odd)
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	traced := b.get(base, "Traceparent", "00-"+trace+"-00f067aa0ba902b7-01").header.Get("Traceparent")
	b.says("HTT-13", strings.HasPrefix(traced, "00-"+trace+"-") && strings.HasSuffix(traced, "-01") && !strings.Contains(traced, "00f067aa0ba902b7") &&
		!strings.Contains(b.get(base, "Traceparent", "nonsense").header.Get("Traceparent"), "nonsense"), traced)
	b.limits()
	tag := b.get(base + "/" + id(1)).header.Get("ETag")
	include := b.get(base+"/"+id(51)+"?include=parent_task", "If-None-Match", b.get(base+"/"+id(51)).header.Get("ETag"))
	b.says("HTT-17", b.get(base+"/"+id(1), "If-None-Match", "W/"+tag).status == 304 && b.get(base+"/"+id(1), "If-None-Match", `"x", `+tag).status == 304 &&
		include.status == 200 && b.send("PATCH", base+"/"+id(1), patch(id(1), `"attributes":{}`), "If-Match", "W/"+tag).status == 412)
	b.compressed()
	b.origins()
	page := b.get(base)
	b.says("HTT-20", strings.HasPrefix(page.header.Get("Strict-Transport-Security"), "max-age=") && page.header.Get("X-Content-Type-Options") == "nosniff", page.header)
	deprecated := false
	for _, op := range b.operations() {
		if op.method == "GET" && !placeholder.MatchString(op.path) && !strings.Contains(op.answers, "event-stream") {
			r := b.get(op.path)
			deprecated = deprecated || r.header.Get("Deprecation") != "" || r.header.Get("Sunset") != "" || r.status != 200
		}
	}
	b.says("HTT-21", !deprecated) // no route is
	b.documentation()
}

// limits: the headers of the rate limit, and that it is each workspace's own.
func (b *bench) limits() {
	r := b.get(base)
	policy, left := regexp.MustCompile(`^"default";q=(\d+);w=60$`), regexp.MustCompile(`^"default";r=(\d+);t=(\d+)$`)
	b.says("HTT-14", policy.MatchString(r.header.Get("RateLimit-Policy")) && left.MatchString(r.header.Get("RateLimit")), r.header)
	small := setup(b.T, func(o *api.Options) { o.Rate = 5 })
	for range 5 {
		r = small.get(base)
	}
	over := small.get(base)
	after, _ := strconv.Atoi(over.header.Get("Retry-After"))
	reset := 0
	if found := left.FindStringSubmatch(over.header.Get("RateLimit")); found != nil {
		reset, _ = strconv.Atoi(found[2])
	}
	sameWorkspace := small.get(base, "Authorization", "Bearer "+small.reader)
	b.says("HTT-15", r.status == 200 && over.refused(429, "RATE_LIMIT_EXCEEDED", "") && after >= max(reset, 1) && reset > 0 && sameWorkspace.status == 429, r, over)
	b.says("HTT-16", small.get(base, "Authorization", "Bearer "+small.k2).status == 200)
}

func (b *bench) compressed() {
	plain, packed := b.get(base), b.get(base, "Accept-Encoding", "gzip")
	zip, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(zip)
	if err != nil {
		b.Fatal(err)
	}
	known := b.get(base, "Accept-Encoding", "gzip", "If-None-Match", packed.header.Get("ETag"))
	b.says("HTT-18", string(body) == plain.body && packed.header.Get("Content-Encoding") == "gzip" && strings.Contains(strings.Join(plain.header.Values("Vary"), ","), "Accept-Encoding") &&
		packed.header.Get("ETag") != plain.header.Get("ETag") && known.status == 304 && b.get(base, "Accept-Encoding", "gzip;q=0").header.Get("Content-Encoding") == "", packed.header)
}

func (b *bench) origins() {
	preflight := func(origin string) reply {
		return b.send("OPTIONS", base, "", "Origin", origin, "Access-Control-Request-Method", "POST", "Authorization", "")
	}
	listed, other := preflight("https://app.example.com"), preflight("https://evil.example.com")
	b.says("HTT-19", listed.status == 204 && listed.header.Get("Access-Control-Allow-Origin") == "https://app.example.com" && strings.Contains(listed.header.Get("Access-Control-Allow-Methods"), "POST") &&
		other.header.Get("Access-Control-Allow-Origin") == "" && b.get(base, "Origin", "https://evil.example.com").header.Get("Access-Control-Allow-Origin") == "", listed, other)
}

// documentation: every route stands in the OpenAPI document, and no other; the
// page needs nothing from elsewhere.
func (b *bench) documentation() {
	methods := map[string][]string{}
	for _, op := range b.operations() {
		methods[op.path] = append(methods[op.path], op.method)
	}
	whole := b.get("/openapi.json").header.Get("Content-Type") == "application/json" && len(methods) > 20
	for path, list := range methods {
		if slices.Contains(list, "GET") {
			list = append(list, "HEAD")
		}
		slices.Sort(list)
		if allow := b.send("OPTIONS", placeholder.ReplaceAllString(path, "x"), "").header.Get("Allow"); allow != strings.Join(list, ", ") {
			whole = false
			b.Logf("%s allows %s, the document tells of %v", path, allow, list)
		}
	}
	b.says("HTT-22", whole) // at /openapi.json, by decision 22; its validity is TestOpenAPI's
	page := b.get("/docs/api", "Authorization", "")
	outside := regexp.MustCompile(`(?i)(src|href)\s*=\s*["']?(https?:)?//|<script|@import|url\(`)
	b.says("HTT-23", page.status == 200 && !outside.MatchString(page.body) && strings.Contains(page.body, "/v1/enrichment-tasks") && strings.HasPrefix(page.header.Get("Content-Type"), "text/html"), page.status)
}
