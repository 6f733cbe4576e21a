package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/client"
	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

const (
	jt    = jsonapi.MediaType
	tasks = "/v1/enrichment-tasks"
)

// create is the document of a creation with these attributes (JSON members).
func create(attributes string) string {
	return `{"data":{"type":"enrichment_task","attributes":{` + attributes + `}}}`
}

const waiting = `"entity_type":"company","entity_id":"c-1","enrichment_type":"ai_company"`

// make makes a task that no worker here takes.
func (b *bench) make(attributes string) string {
	b.Helper()
	status, _, doc := b.call("POST", tasks, jt, create(attributes))
	if status != 201 {
		b.Fatalf("create: %d %v", status, doc)
	}
	return text(dig(doc, "data", "id"))
}

func TestCreateAnswersTheContract(t *testing.T) {
	b := setupIdle(t)
	status, header, doc := b.call("POST", tasks, jt, create(waiting+`,"input":{"n":12345678901234567890,"e":1e-7,"s":"é😀<&>","l":[]},"target_fields":["domain"],"source_channel":"manual"`))
	if status != 201 || header.Get("Location") != text(dig(doc, "data", "links", "self")) || header.Get("Content-Type") != jt {
		t.Fatalf("%d %v %v", status, header, doc)
	}
	at := dig(doc, "data", "attributes").(map[string]any)
	if len(at) != 17 || at["status"] != "pending" || at["output"] != nil || at["batch_id"] != nil || at["enrichment_task_id"] != dig(doc, "data", "id") {
		t.Errorf("attributes %v", at)
	}
	if hash := text(at["input_hash"]); !strings.HasPrefix(hash, "sha256:") || len(hash) != 71 {
		t.Errorf("input_hash %q", hash)
	}
	if ws := dig(doc, "data", "relationships", "workspace", "data", "id"); ws != pgtest.Workspace {
		t.Errorf("workspace %v", ws)
	}
	if dig(doc, "data", "meta", "wait_reason", "code") != "no_worker" {
		t.Errorf("wait %v", dig(doc, "data", "meta"))
	}
	req, _ := http.NewRequest("GET", b.url+tasks+"/"+text(dig(doc, "data", "id")), nil)
	req.Header.Set("Authorization", "Bearer "+b.api.Key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(res.Body); err != nil || !strings.Contains(raw.String(), "12345678901234567890") || !strings.Contains(raw.String(), "é😀<&>") {
		t.Errorf("numbers and texts do not come back as they went: %s", raw.String())
	}
}

// Refused requests: the status, the code, the place, and nothing written.
func TestRefusedCreates(t *testing.T) {
	b := setup(t)
	long := strings.Repeat("😀", 101)
	for _, c := range []struct {
		name, contentType, body string
		status                  int
		code, pointer           string
	}{
		{"no JSON", jt, `{"data":`, 400, "INVALID_JSON", ""},
		{"empty", jt, ``, 400, "INVALID_JSON", ""},
		{"an array", jt, `[]`, 400, "SCHEMA_VALIDATION_ERROR", ""},
		{"no data", jt, `{}`, 400, "SCHEMA_VALIDATION_ERROR", ""},
		{"null data", jt, `{"data":null}`, 400, "SCHEMA_VALIDATION_ERROR", "/data"},
		{"a list as data", jt, `{"data":[]}`, 400, "SCHEMA_VALIDATION_ERROR", "/data"},
		{"no type", jt, `{"data":{}}`, 400, "SCHEMA_VALIDATION_ERROR", "/data"},
		{"a number as type", jt, `{"data":{"type":5}}`, 400, "SCHEMA_VALIDATION_ERROR", "/data/type"},
		{"another type", jt, `{"data":{"type":"enrichment_tasks"}}`, 409, "RESOURCE_TYPE_MISMATCH", "/data/type"},
		{"an id", jt, `{"data":{"type":"enrichment_task","id":"1"}}`, 403, "CLIENT_GENERATED_ID_UNSUPPORTED", "/data/id"},
		{"no attributes", jt, `{"data":{"type":"enrichment_task"}}`, 422, "REQUIRED", "/data"},
		{"attributes a text", jt, `{"data":{"type":"enrichment_task","attributes":"x"}}`, 400, "SCHEMA_VALIDATION_ERROR", "/data/attributes"},
		{"plain JSON type", "application/json", create(waiting), 415, "UNSUPPORTED_MEDIA_TYPE", ""},
		{"a charset", jt + "; charset=utf-8", create(waiting), 415, "UNSUPPORTED_MEDIA_TYPE", ""},
		{"no content type", "", create(waiting), 415, "UNSUPPORTED_MEDIA_TYPE", ""},
		{"no entity_id", jt, create(`"entity_type":"x","enrichment_type":"logo"`), 422, "REQUIRED", "/data/attributes"},
		{"empty entity_type", jt, create(`"entity_type":"","entity_id":"1","enrichment_type":"logo"`), 422, "INVALID_VALUE", "/data/attributes/entity_type"},
		{"101 characters", jt, create(`"entity_type":"` + long + `","entity_id":"1","enrichment_type":"logo"`), 422, "TOO_LONG", "/data/attributes/entity_type"},
		{"a number as entity_id", jt, create(`"entity_type":"x","entity_id":5,"enrichment_type":"logo"`), 422, "INVALID_TYPE", "/data/attributes/entity_id"},
		{"unknown type", jt, create(`"entity_type":"x","entity_id":"1","enrichment_type":"LOGO"`), 422, "INVALID_ENUM", "/data/attributes/enrichment_type"},
		{"unknown channel", jt, create(waiting + `,"source_channel":"api"`), 422, "INVALID_ENUM", "/data/attributes/source_channel"},
		{"status", jt, create(waiting + `,"status":"pending"`), 403, "ATTRIBUTE_READ_ONLY", "/data/attributes/status"},
		{"deleted_at null", jt, create(waiting + `,"deleted_at":null`), 403, "ATTRIBUTE_READ_ONLY", "/data/attributes/deleted_at"},
		{"folded name", jt, create(waiting + `,"ſtatus":"completed"`), 422, "UNKNOWN_ATTRIBUTE", "/data/attributes/ſtatus"},
		{"capitals", jt, create(waiting + `,"STATUS":"completed"`), 422, "UNKNOWN_ATTRIBUTE", "/data/attributes/STATUS"},
		{"pk", jt, create(waiting + `,"pk":1`), 422, "UNKNOWN_ATTRIBUTE", "/data/attributes/pk"},
		{"input a list", jt, create(waiting + `,"input":[]`), 422, "INVALID_TYPE", "/data/attributes/input"},
		{"a number among target_fields", jt, create(waiting + `,"target_fields":["a",1]`), 422, "INVALID_TYPE", "/data/attributes/target_fields/1"},
		{"NUL in input", jt, create(waiting + `,"input":{"a":{"b":"x\u0000"}}`), 422, "INVALID_VALUE", "/data/attributes/input/a/b"},
		{"half a surrogate", jt, create(waiting + `,"input":{"a":"\ud800"}`), 422, "INVALID_VALUE", "/data/attributes/input/a"},
		{"a huge power", jt, create(waiting + `,"input":{"a":1.5e9999}`), 422, "INVALID_VALUE", "/data/attributes/input/a"},
		{"a member twice", jt, create(waiting + `,"entity_id":"c-2"`), 400, "INVALID_JSON", "/data/attributes/entity_id"},
		{"bad UTF-8", jt, create(waiting + ",\"input\":{\"a\":\"\xff\"}"), 400, "INVALID_JSON", ""},
		{"100,000 levels", jt, strings.Repeat(`{"data":`, 100_000) + "1" + strings.Repeat("}", 100_000), 400, "SCHEMA_VALIDATION_ERROR", ""},
		{
			"an unknown parent", jt, `{"data":{"type":"enrichment_task","attributes":{` + waiting + `},"relationships":{"parent_task":{"data":{"type":"enrichment_task","id":"00000000-0000-4000-8000-000000000000"}}}}}`,
			404, "RELATED_RESOURCE_NOT_FOUND", "/data/relationships/parent_task/data/id",
		},
		{"subtasks", jt, `{"data":{"type":"enrichment_task","attributes":{` + waiting + `},"relationships":{"subtasks":{"data":[]}}}}`, 403, "RELATIONSHIP_READ_ONLY", "/data/relationships/subtasks"},
		{
			"another workspace", jt, `{"data":{"type":"enrichment_task","attributes":{` + waiting + `},"relationships":{"workspace":{"data":{"type":"workspace","id":"ws-other"}}}}}`,
			404, "RELATED_RESOURCE_NOT_FOUND", "/data/relationships/workspace/data/id",
		},
		{"an input that the kind refuses", jt, create(`"entity_type":"document","entity_id":"d","enrichment_type":"ocr_extract","input":{"document_id":7}`), 422, "INVALID_VALUE", "/data/attributes/input/document_id"},
		{"over a megabyte", jt, create(waiting + `,"input":{"a":"` + strings.Repeat("x", 1<<20) + `"}`), 413, "PAYLOAD_TOO_LARGE", ""},
	} {
		status, header, doc := b.call("POST", tasks, c.contentType, c.body)
		e := dig(doc, "errors", 0)
		if status != c.status || dig(e, "code") != c.code || text(dig(e, "source", "pointer")) != c.pointer {
			t.Errorf("%s: %d %v, want %d %s at %q", c.name, status, e, c.status, c.code, c.pointer)
		}
		if header.Get("Content-Type") != jt || dig(e, "meta", "trace_id") != header.Get("X-Request-Id") || text(dig(e, "status")) != fmt.Sprint(c.status) {
			t.Errorf("%s: headers %v, error %v", c.name, header, e)
		}
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_tasks`); n != 0 {
		t.Errorf("refused requests made %d tasks", n)
	}
	_, _, doc := b.call("POST", tasks, jt, create(`"entity_type":"","entity_id":7,"enrichment_type":"no"`))
	if n := len(dig(doc, "errors").([]any)); n != 3 {
		t.Errorf("three faults gave %d errors", n)
	}
}

// Every type is taken with no more than the three attributes that a task needs.
func TestEveryTypeAndChannelIsAccepted(t *testing.T) {
	b := setupIdle(t)
	for i, typ := range []string{
		"logo", "ai_company", "ai_people", "ai_invoice", "ocr_extract", "reconcile", "provider_score", "document_reconciliation_backfill",
		"monthly_close", "monthly_close_backfill", "custom_column", "field_rule",
	} {
		channel := []string{"company_create", "person_create", "document_upload", "ocr_completion", "bank_sync", "email_import", "mcp_hub", "cell_edit", "manual"}[i%9]
		b.make(fmt.Sprintf(`"entity_type":"x","entity_id":"%d","enrichment_type":%q,"source_channel":%q`, i, typ, channel))
	}
}

func TestJoinForceAndClose(t *testing.T) {
	b := setupIdle(t)
	id := b.make(waiting + `,"input":{"a":1,"b":2}`)
	status, _, doc := b.call("POST", tasks, jt, create(waiting+`,"input":{"b":2,"a":1}`))
	if status != 200 || dig(doc, "data", "id") != id || dig(doc, "meta", "joined") != true {
		t.Errorf("the same work again: %d %v", status, doc)
	}
	forced := strings.TrimSuffix(create(waiting+`,"input":{"b":2,"a":1}`), "}") + `,"meta":{"force":true}}`
	if status, _, doc = b.call("POST", tasks, jt, forced); status != 201 || dig(doc, "data", "id") == id {
		t.Errorf("forced: %d %v", status, doc)
	}
	month := `"entity_type":"calendar_month","entity_id":"2026-10","enrichment_type":"monthly_close","input":{"record_id":"2026-10"}`
	first := b.make(month)
	status, _, doc = b.call("POST", tasks, jt, create(month+`,"target_fields":["x"]`))
	if status != 409 || dig(doc, "errors", 0, "code") != "MONTHLY_CLOSE_ALREADY_ACTIVE" || dig(doc, "errors", 0, "meta", "existing_id") != first {
		t.Errorf("a second close: %d %v", status, doc)
	}
}

func TestUpdateAndDelete(t *testing.T) {
	b := setupIdle(t)
	id := b.make(waiting + `,"input":{"a":1}`)
	patch := func(body string) (int, map[string]any) {
		status, _, doc := b.call("PATCH", tasks+"/"+id, jt, `{"data":{"type":"enrichment_task","id":"`+id+`",`+body+`}}`)
		return status, doc
	}
	status, doc := patch(`"attributes":{"description":"mine","input":{"a":2}}`)
	if status != 200 || dig(doc, "data", "attributes", "description") != "mine" || dig(doc, "data", "attributes", "input", "a") != 2.0 {
		t.Fatalf("%d %v", status, doc)
	}
	hash := dig(doc, "data", "attributes", "input_hash")
	for _, name := range []string{
		"status", "enrichment_task_id", "entity_type", "entity_id", "enrichment_type", "source_channel", "output", "error", "input_hash",
		"batch_id", "created_at", "updated_at", "deleted_at", "completed_at",
	} {
		if status, doc := patch(`"attributes":{"description":"no","` + name + `":"x"}`); status != 403 || dig(doc, "errors", 0, "code") != "ATTRIBUTE_READ_ONLY" || dig(doc, "errors", 0, "source", "pointer") != "/data/attributes/"+name {
			t.Errorf("%s: %d %v", name, status, doc)
		}
	}
	pgtest.Exec(t, b.dbURL, `UPDATE enrichment_tasks SET status = 'processing'`)
	if status, doc = patch(`"attributes":{"input":{"a":3}}`); status != 409 || dig(doc, "errors", 0, "code") != "TASK_NOT_PENDING" {
		t.Errorf("input of a running task: %d %v", status, doc)
	}
	if status, doc = patch(`"attributes":{"description":null}`); status != 200 || dig(doc, "data", "attributes", "description") != nil || dig(doc, "data", "attributes", "input_hash") != hash {
		t.Errorf("description of a running task: %d %v", status, doc)
	}
	if status, _, doc := b.call("PATCH", tasks+"/"+id, jt, `{"data":{"type":"enrichment_task","id":"other","attributes":{}}}`); status != 409 || dig(doc, "errors", 0, "code") != "RESOURCE_ID_MISMATCH" {
		t.Errorf("another id: %d %v", status, doc)
	}
	if status, header, _ := b.call("DELETE", tasks+"/"+id, "", ""); status != 204 || header.Get("Content-Type") != "" {
		t.Errorf("delete: %d %v", status, header)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if status, _, doc := b.call(method, tasks+"/"+id, "", ""); status != 404 || dig(doc, "errors", 0, "code") != "ENRICHMENT_TASK_NOT_FOUND" {
			t.Errorf("%s after delete: %d %v", method, status, doc)
		}
	}
	if got := pgtest.Query[string](t, b.dbURL, `SELECT status::text FROM enrichment_tasks WHERE deleted_at IS NOT NULL`); got != "processing" {
		t.Errorf("the deleted task is %s", got)
	}
}

func TestListPagesAndFilters(t *testing.T) {
	b := setupIdle(t)
	for i := range 45 {
		b.make(fmt.Sprintf(`"entity_type":"company","entity_id":"c-%d","enrichment_type":%q,"source_channel":"manual"`, i, []string{"ai_company", "logo"}[i%2]))
	}
	seen := map[string]bool{}
	page, err := b.api.Tasks(context.Background(), url.Values{"page[size]": {"7"}, "filter[enrichment_type]": {"ai_company"}})
	for ; err == nil; page, err = b.api.Follow(context.Background(), page.Next) {
		for _, r := range page.Data {
			if seen[r.ID] || r.Text("enrichment_type") != "ai_company" {
				t.Fatalf("%s came twice, or is no ai_company", r.ID)
			}
			seen[r.ID] = true
		}
		if page.Next == "" {
			break
		}
	}
	if err != nil || len(seen) != 23 {
		t.Errorf("%d of 23 tasks, %v", len(seen), err)
	}
	count := func(query string) int {
		status, _, doc := b.call("GET", tasks+"?"+query, "", "")
		data, ok := dig(doc, "data").([]any)
		if status != 200 || !ok {
			t.Fatalf("%s: %d %v", query, status, doc)
		}
		return len(data)
	}
	for query, want := range map[string]int{
		"": 20, "page[size]=500": 45, "filter[status]=pending,failed&page[size]=500": 45, "filter[status]=failed": 0,
		"filter[entity_type]=company&filter[entity_id]=c-3": 1, "filter[source_channel]=manual&page[size]=50": 45, "filter[parent_task]=null&page[size]=50": 45,
		"filter[batch_id]=f7e6d5c4-3b2a-1908-7654-321098fedcba": 0, "filter[entity_id]=%27%3Bdrop%20table--": 0, "page%5Bsize%5D=3": 3,
	} {
		if got := count(query); got != want {
			t.Errorf("%q: %d tasks, want %d", query, got, want)
		}
	}
	_, _, first := b.call("GET", tasks+"?page[size]=3", "", "")
	cursor, _ := url.Parse(text(dig(first, "links", "next")))
	after := cursor.Query().Get("page[after]")
	for query, parameter := range map[string]string{
		"page[size]=0": "page[size]", "page[size]=501": "page[size]", "page[after]=garbage": "page[after]", "limit=10": "limit",
		"page[number]=2": "page[number]", "filter[status]=bogus": "filter[status]", "filter[nope]=1": "filter[nope]", "sort=nope": "sort", "foo=1": "foo",
		"filter[batch_id]=x": "filter[batch_id]", "filter[status]=": "filter[status]", "filter[entity_id]=%00": "filter[entity_id]", "page[size]=3&filter[status]=pending&page[after]=" + after: "page[after]",
		"fields[enrichment_task]=nope": "fields[enrichment_task]", "page[after]=x&page[before]=y": "page[after]", "sort=": "sort", "page[size]=5&page[size]=5": "page[size]",
	} {
		status, _, doc := b.call("GET", tasks+"?"+query, "", "")
		if status != 400 || dig(doc, "errors", 0, "source", "parameter") != parameter {
			t.Errorf("%q: %d %v", query, status, doc)
		}
	}
	_, header, doc := b.call("GET", tasks+"?fields[enrichment_task]=status&page[size]=1", "", "")
	if at := dig(doc, "data", 0, "attributes").(map[string]any); len(at) != 1 || dig(doc, "data", 0, "relationships") != nil {
		t.Errorf("sparse fields: %v", dig(doc, "data", 0))
	}
	if header.Get("Content-Type") != jt+`;profile="`+jsonapi.CursorProfile+`"` || dig(doc, "links", "prev") != nil || !strings.Contains(header.Get("Vary"), "Accept") {
		t.Errorf("headers %v, links %v", header, dig(doc, "links"))
	}
}

func TestKeysAndTenancy(t *testing.T) {
	b := setup(t)
	id := b.make(waiting)
	if _, err := b.process.db.EnsureWorkspace(context.Background(), "ws-other", ""); err != nil {
		t.Fatal(err)
	}
	other := b.key("ws-other", "enrichment_tasks:read", "enrichment_tasks:write")
	reader := b.key(pgtest.Workspace, "enrichment_tasks:read")
	unknown := "/00000000-0000-4000-8000-000000000000"
	for _, method := range []string{"GET", "DELETE", "PATCH"} {
		_, _, want := b.callAs(other, method, tasks+unknown, jt, `{"data":{"type":"enrichment_task","id":"`+unknown[1:]+`"}}`)
		status, _, got := b.callAs(other, method, tasks+"/"+id, jt, `{"data":{"type":"enrichment_task","id":"`+id+`"}}`)
		if status != 404 || dig(got, "errors", 0, "detail") != dig(want, "errors", 0, "detail") || dig(got, "errors", 0, "code") != dig(want, "errors", 0, "code") {
			t.Errorf("%s of another workspace's task: %d %v, of an unknown one %v", method, status, got, want)
		}
	}
	for name, c := range map[string]struct {
		key, method string
		status      int
	}{
		"no key": {"", "GET", 401}, "nonsense": {"enrichd_live_x", "GET", 401}, "a wrong checksum": {b.api.Key[:len(b.api.Key)-1] + "!", "GET", 401},
		"reading with a reader": {reader, "GET", 200}, "deleting with a reader": {reader, "DELETE", 403},
	} {
		status, header, doc := b.callAs(c.key, c.method, tasks+"/"+id, "", "")
		if status != c.status || status == 401 && !strings.HasPrefix(header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: %d %v", name, status, doc)
		}
	}
	pgtest.Exec(t, b.dbURL, `UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE key_id = $1`, strings.Split(reader, "_")[2])
	if status, _, _ := b.callAs(reader, "GET", tasks, "", ""); status != 401 {
		t.Errorf("an expired key: %d", status)
	}
	secret := strings.Split(b.api.Key, "_")[3]
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM api_keys WHERE api_keys::text LIKE '%' || $1 || '%'`, secret); n != 0 {
		t.Error("the secret of a key is stored")
	}
}

func TestMethodsAndPaths(t *testing.T) {
	b := setup(t)
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"PUT", tasks, 405, "METHOD_NOT_ALLOWED"},
		{"DELETE", tasks, 405, "METHOD_NOT_ALLOWED"},
		{"PUT", tasks + "/x", 405, "METHOD_NOT_ALLOWED"},
		{"GET", "/v1/nope", 404, "NOT_FOUND"},
		{"GET", tasks + "/not-a-uuid", 404, "ENRICHMENT_TASK_NOT_FOUND"},
		{"GET", tasks + "/", 404, "NOT_FOUND"},
		{"GET", tasks + "/%00", 404, "ENRICHMENT_TASK_NOT_FOUND"},
		{"GET", tasks + "?Sort=created_at", 400, "INVALID_QUERY_PARAMETER"},
	} {
		status, header, doc := b.call(c.method, c.path, "", "")
		if status != c.status || dig(doc, "errors", 0, "code") != c.code || status == 405 && header.Get("Allow") == "" {
			t.Errorf("%s %s: %d %v", c.method, c.path, status, doc)
		}
	}
	t.Run("HTT-24", func(t *testing.T) { // outside authentication, and no data
		for _, path := range []string{"/healthz", "/readyz", "/metrics", "/"} {
			if status, _, _ := b.callAs("", "GET", path, "", ""); status != 200 {
				t.Errorf("GET %s: %d", path, status)
			}
		}
	})
}

func TestUploadShapes(t *testing.T) {
	b := setup(t)
	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	doc, made, err := b.api.Upload(context.Background(), `..\..\étrange "name".xml`, bytes.NewReader(files[0].Content))
	if err != nil || !made || doc.Type != "document" || doc.Text("filename") != `étrange "name".xml` || !strings.HasPrefix(doc.Text("checksum"), "sha256:") {
		t.Fatalf("%+v %v %v", doc, made, err)
	}
	again, made, err := b.api.Upload(context.Background(), "other.xml", bytes.NewReader(files[0].Content))
	if err != nil || made || again.ID != doc.ID {
		t.Errorf("the same bytes again: %v %v %v", again.ID, made, err)
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("comment", "hello")
	part, _ := w.CreateFormFile("file", "sent-by-form.xml")
	_, _ = part.Write(files[2].Content)
	_ = w.Close()
	status, header, body := b.call("POST", "/v1/documents", w.FormDataContentType(), form.String())
	if status != 201 || dig(body, "data", "attributes", "filename") != "sent-by-form.xml" || header.Get("Location") == "" {
		t.Errorf("multipart: %d %v", status, body)
	}
	if status, _, body := b.call("POST", "/v1/documents", w.FormDataContentType(), "--x"); status != 400 || dig(body, "errors", 0, "code") != "INVALID_UPLOAD" {
		t.Errorf("a broken form: %d %v", status, body)
	}
	task := b.until("ai_invoice", doc.ID)
	if task.Text("status") != "completed" || task.Text("source_channel") != "ocr_completion" {
		t.Errorf("%+v", task)
	}
	b.until("ai_invoice", text(dig(body, "data", "id")))
	status, _, body = b.call("GET", "/v1/invoices", "", "")
	if status != 200 || len(dig(body, "data").([]any)) != 2 {
		t.Errorf("invoices: %d %v", status, body)
	}
	var list []client.Resource
	raw, _ := json.Marshal(dig(body, "data"))
	_ = json.Unmarshal(raw, &list)
	if status, _, one := b.call("GET", "/v1/invoices/"+list[0].ID, "", ""); status != 200 || len(dig(one, "data", "attributes", "invoice_items").([]any)) == 0 {
		t.Errorf("invoice: %d %v", status, one)
	}
}
