package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/trigger"
)

const (
	jt      = jsonapi.MediaType
	cpp     = jsonapi.CursorProfile
	base    = "/v1/enrichment-tasks"
	unknown = "ffffffff-0000-4000-8000-000000000000"
	w2      = "ws-other-0002"
)

// bench is the API over a database of its own, with the keys that the
// statements speak of. Every answer is held against the rules of the standard.
type bench struct {
	*testing.T
	url, dbURL     string
	db             *postgres.DB
	k1, k2, reader string
	blobs          *blob.Folder
	asked          *asked
	wire           *http.Transport
}

// asked keeps the statements that the database was sent.
type asked struct {
	mu   sync.Mutex
	sql  []string
	args [][]any
}

func (a *asked) note(sql string, args []any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sql, a.args = append(a.sql, sql), append(a.args, args)
}

// drain gives what was asked since the last time.
func (a *asked) drain() (sql []string, args [][]any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sql, args = a.sql, a.args
	a.sql, a.args = nil, nil
	return sql, args
}

func setup(t *testing.T, change ...func(*api.Options)) *bench {
	t.Helper()
	return setupOn(t, postgres.Options{}, change...)
}

func setupOn(t *testing.T, dbOptions postgres.Options, change ...func(*api.Options)) *bench {
	t.Helper()
	dbURL, asked := pgtest.URL(t), &asked{}
	dbOptions.Observe = asked.note
	db, err := postgres.Open(context.Background(), dbURL, dbOptions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	ctx := context.Background()
	folder, err := blob.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	key, err := db.CursorKey(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, workspace := range []string{pgtest.Workspace, w2} {
		if _, err := db.EnsureWorkspace(ctx, workspace, workspace); err != nil {
			t.Fatal(err)
		}
	}
	o := api.Options{Store: db, Blobs: folder, Triggers: trigger.New(nil), CursorKey: key, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&o)
	}
	server := httptest.NewServer(api.Handler(o))
	t.Cleanup(server.Close)
	b := &bench{T: t, url: server.URL, dbURL: dbURL, db: db, blobs: folder, asked: asked, wire: &http.Transport{DisableCompression: true}}
	t.Cleanup(b.wire.CloseIdleConnections)
	b.k1 = b.key(pgtest.Workspace, api.Scopes()...)
	b.k2 = b.key(w2, api.Scopes()...)
	b.reader = b.key(pgtest.Workspace, readScopes()...)
	return b
}

func readScopes() []string {
	var scopes []string
	for _, scope := range api.Scopes() {
		if strings.HasSuffix(scope, ":read") {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// key makes an API key that is held by a person.
func (b *bench) key(workspace string, scopes ...string) string {
	b.Helper()
	token, key, hash := api.NewKey(workspace, "test", "person", scopes)
	if err := b.db.AddKey(context.Background(), key, hash); err != nil {
		b.Fatal(err)
	}
	return token
}

// says reports whether a numbered statement holds; what was got is shown where
// it does not.
func (b *bench) says(number string, holds bool, got ...any) {
	b.Helper()
	b.Run(number, func(t *testing.T) {
		t.Helper()
		if !holds {
			t.Errorf("%s does not hold: %s", number, shorten(fmt.Sprint(got...)))
		}
	})
}

func shorten(s string) string {
	if len(s) > 1500 {
		return s[:1500] + " …"
	}
	return s
}

// reply is an answer of the API.
type reply struct {
	status int
	header http.Header
	body   string
	doc    map[string]any
}

func (r reply) String() string {
	return fmt.Sprintf("%d %s %v", r.status, r.body, r.header)
}

// send sends a request with K1 unless a header says otherwise. Headers are pairs
// of name and value; an empty value takes the header out. A body is sent as
// JSON:API.
func (b *bench) send(method, path, body string, headers ...string) reply {
	b.Helper()
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.k1)
	req.Header.Set("Accept", jt)
	if body != "" {
		req.Header.Set("Content-Type", jt)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Del(headers[i])
		if headers[i+1] != "" {
			req.Header.Add(headers[i], headers[i+1])
		}
	}
	res, err := b.wire.RoundTrip(req) // which follows no redirect
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	r := reply{status: res.StatusCode, header: res.Header, body: string(raw)}
	b.check(method, path, &r)
	return r
}

func (b *bench) get(path string, headers ...string) reply {
	b.Helper()
	return b.send("GET", path, "", headers...)
}

// check holds an answer against the rules that all answers keep.
func (b *bench) check(method, path string, r *reply) {
	b.Helper()
	picture := strings.HasPrefix(path, "/v1/media/") && r.status == http.StatusOK
	if r.body == "" || picture || r.header.Get("Content-Encoding") != "" || strings.HasPrefix(path, "/docs") || strings.HasPrefix(path, "/openapi") {
		return
	}
	if err := json.Unmarshal([]byte(r.body), &r.doc); err != nil {
		b.Fatalf("%s %s: %v: %s", method, path, err, shorten(r.body))
	}
	if essence, _, _ := strings.Cut(r.header.Get("Content-Type"), ";"); essence != jt {
		b.Errorf("%s %s: Content-Type %q", method, path, r.header.Get("Content-Type"))
	}
	if broken := brokenRules(r.doc); len(broken) > 0 {
		b.Errorf("%s %s: %d %v\n%s", method, path, r.status, broken, shorten(r.body))
	}
	for _, secret := range []string{`"pk"`, "workspace_pk", "parent_task_pk"} {
		if r.status < 400 && strings.Contains(r.body, secret) {
			b.Errorf("%s %s tells %s: %s", method, path, secret, shorten(r.body))
		}
	}
}

// dig goes down into a document by names and indices.
func dig(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

func (r reply) at(path ...any) any { return dig(r.doc, path...) }

func (r reply) text(path ...any) string { s, _ := r.at(path...).(string); return s }

func (r reply) list(path ...any) []any { l, _ := r.at(path...).([]any); return l }

// ids are those of the primary data.
func (r reply) ids() []string {
	ids := []string{}
	for _, each := range r.list("data") {
		ids = append(ids, fmt.Sprint(dig(each, "id")))
	}
	return ids
}

// refused says whether an answer is one error of this status and code at this
// place: "pointer /data/id", "parameter sort", "header Accept", or "" for none.
func (r reply) refused(status int, code, source string) bool {
	kind, where, _ := strings.Cut(source, " ")
	at := r.at("errors", 0, "source")
	return r.status == status && r.text("errors", 0, "code") == code && r.text("errors", 0, "status") == fmt.Sprint(status) &&
		(source == "" || dig(at, kind) == where)
}

// id is the public id of the n-th task of the fixture.
func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

const (
	parent  = 50 // has the subtasks 51, 52 and 53
	deleted = 61
)

// fixture is what the statements ask for: 60 tasks of W1, 7 of them made in the
// same microsecond, 5 that differ in microseconds alone, one for each status, a
// parent with 3 subtasks, and a deleted one besides.
func (b *bench) fixture() {
	b.Helper()
	pgtest.Exec(b, b.dbURL, `
		INSERT INTO enrichment_tasks (pk, enrichment_task_id, workspace_pk, entity_type, entity_id, enrichment_type, status, source_channel,
			input, input_hash, batch_id, created_at, updated_at, completed_at, deleted_at)
		SELECT 7000000 + n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, (SELECT pk FROM workspaces WHERE workspace_id = $1),
			CASE WHEN n % 2 = 0 THEN 'company' ELSE 'invoice' END, 'e-' || n % 10, CASE WHEN n % 3 = 0 THEN 'logo' ELSE 'ai_company' END,
			s.status, CASE WHEN n % 4 > 0 THEN 'manual' END::source_channel_enum, jsonb_build_object('n', n, 'record_id', '2026-0' || n % 5), 'sha256:' || n,
			CASE WHEN n <= 12 THEN 'f7e6d5c4-3b2a-1908-7654-321098fedcba' END::uuid,
			c.at, c.at + interval '1 minute', CASE WHEN s.status IN ('completed', 'failed', 'rejected') THEN c.at + interval '2 minutes' END,
			CASE WHEN n = $2 THEN now() END
		FROM generate_series(1, $2) AS n,
			LATERAL (SELECT (enum_range(NULL::enrichment_task_status_enum))[CASE WHEN n <= 6 THEN n WHEN n % 5 = 0 THEN 3 ELSE 1 END] AS status) AS s,
			LATERAL (SELECT timestamptz '2026-05-01 10:00:00Z' + CASE WHEN n BETWEEN 20 AND 26 THEN interval '20 minutes'
				WHEN n BETWEEN 30 AND 34 THEN interval '30 minutes' + make_interval(secs => (n - 30) / 1000000.0)
				ELSE make_interval(mins => n) END AS at) AS c`, pgtest.Workspace, deleted)
	pgtest.Exec(b, b.dbURL, `UPDATE enrichment_tasks SET parent_task_pk = (SELECT pk FROM enrichment_tasks WHERE enrichment_task_id = $1)
		WHERE enrichment_task_id = ANY ($2::uuid[])`, id(parent), []string{id(51), id(52), id(53), id(deleted)})
}

// make makes a task over the API and returns its id.
func (b *bench) make(attributes string, more ...string) string {
	b.Helper()
	r := b.send("POST", base, create(attributes, more...))
	if r.status != http.StatusCreated {
		b.Fatalf("create: %s", r)
	}
	return r.text("data", "id")
}

const minimal = `"entity_type":"company","entity_id":"c-1","enrichment_type":"ai_company"`

// create is the document of a creation; more are members of data beside the
// attributes.
func create(attributes string, more ...string) string {
	return `{"data":{"type":"enrichment_task",` + strings.Join(append(more, `"attributes":{`+attributes+`}`), ",") + `}}`
}

// patch is the document of a change.
func patch(id, members string) string {
	return `{"data":{"type":"enrichment_task","id":"` + id + `",` + members + `}}`
}

func (b *bench) count(where string) int {
	b.Helper()
	return pgtest.Query[int](b, b.dbURL, `SELECT count(*) FROM enrichment_tasks WHERE `+where)
}

// setStatus moves a task as far as the table of moves goes.
func (b *bench) setStatus(id string, path ...enrich.Status) {
	b.Helper()
	for _, status := range path {
		pgtest.Exec(b, b.dbURL, `UPDATE enrichment_tasks SET status = $2, updated_at = now() WHERE enrichment_task_id = $1`, id, string(status))
	}
}

// masked is an answer without what is new each time: the error's id and the trace.
func masked(r reply) string {
	body := volatile.ReplaceAllString(r.body, `"$1":"…"`)
	return fmt.Sprint(r.status, " ", body)
}

var volatile = regexp.MustCompile(`"(id|trace_id)":"[^"]*"`)
