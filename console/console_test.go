package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

// hostile is what a stranger may write into a file name, a description, an
// output or an error.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>`

// bench is a console over a database of its own.
type bench struct {
	*testing.T
	url     string // of the database, as its owner
	db      *postgres.DB
	handler http.Handler
	worker  int64
}

var kinds = []enrich.Type{enrich.OCRExtract, enrich.AIInvoice}

func setup(t *testing.T) bench {
	t.Helper()
	url := pgtest.URL(t)
	b := bench{T: t, url: url, db: pgtest.Open(t, url)}
	b.handler = Handler(Options{Store: b.db, Triggers: trigger.New(nil), Workspace: pgtest.Workspace})
	var err error
	if b.worker, err = b.db.Register(context.Background(), "worker-1", kinds); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b bench) document(filename string) record.Document {
	b.Helper()
	doc, _, err := b.db.AddDocument(context.Background(), pgtest.Workspace, record.Document{
		Filename: filename, MimeType: "application/xml",
		Size: 4321, Checksum: "sha256:" + fmt.Sprintf("%064x", len(filename)),
	}, func(record.Document) enrich.Occasion { return enrich.Occasion{} }, func(enrich.Occasion) ([]enrich.Request, error) { return nil, nil })
	if err != nil {
		b.Fatal(err)
	}
	return doc
}

func (b bench) enqueue(r enrich.Request) enrich.Task {
	b.Helper()
	out, err := b.db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{r})
	if err != nil {
		b.Fatal(err)
	}
	return out[0].Task
}

// settle claims the one task that is due and settles it.
func (b bench) settle(s enrich.Settlement) {
	b.Helper()
	s.Claim = claimFor(b.T, b.db, b.worker, "", kinds...)
	held, err := b.db.Settle(context.Background(), "worker-1", []enrich.Settlement{s})
	if err != nil || !held[s.Claim.Token] {
		b.Fatalf("settle: %v, %v", held, err)
	}
}

// withoutModule takes the one script that pages have out of a page.
func withoutModule(body string) string {
	return regexp.MustCompile(`<script type="module" src="/static/console\.js\?v=[0-9a-f]+"></script>`).ReplaceAllString(body, "")
}

// get asks for a page and returns its status and body.
func (b bench) get(path string) (int, string) {
	b.Helper()
	w := ask(b.handler, http.MethodGet, path, nil)
	return w.Code, w.Body.String()
}

// shows asks for a page that must be there and must hold all these texts.
func (b bench) shows(path string, texts ...string) string {
	b.Helper()
	status, body := b.get(path)
	if status != http.StatusOK {
		b.Fatalf("GET %s: %d\n%s", path, status, body)
	}
	for _, text := range texts {
		if !strings.Contains(body, text) {
			b.Errorf("GET %s: %q is missing in\n%s", path, text, body)
		}
	}
	return body
}

func ask(h http.Handler, method, path string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Host = "localhost:8080"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// readInvoice settles an ai_invoice on a document, as the kind does.
func (b bench) readInvoice(doc record.Document) (task enrich.Task, invoiceID string) {
	b.Helper()
	channel := enrich.OCRCompletion
	task = b.enqueue(enrich.Request{EntityType: record.EntityDocument, EntityID: doc.ID, Type: enrich.AIInvoice, SourceChannel: &channel})
	invoiceID = record.DerivedID(doc.ID)
	evidence := []enrich.Evidence{{Origin: enrich.ByDocument, Quote: "as it stood", Ref: enrich.EvidenceRef{Path: "/ubl:Invoice/cbc:ID"}}}
	write := func(name, value string) enrich.FieldWrite {
		return enrich.FieldWrite{Name: name, Value: json.RawMessage(value), Origin: enrich.ByDocument, Grade: enrich.Verified, Confidence: 1, Evidence: evidence}
	}
	b.settle(enrich.Settlement{
		To: enrich.Completed, Outcome: enrich.OutcomeCompleted,
		Description: "Invoice **F-1** read.\n- a *list* <b>item</b>\n- **grand_total** fails",
		Output: []byte(`{"_outcome":"ok","local_currency":"EUR","grand_total":"12345.60",
			"_checks":[{"code":"lines_sum","status":"pass"},{"code":"grand_total","status":"fail","expected":"10.00","actual":"12345.60"}],
			"_fields":{"grand_total":{"value":"12345.60","grade":"verified","decision":"applied","provenance":[{"origin":"document","ref":{"path":"/a/cbc:Total"},"quote":"12 345,60"}]},
				"due_date":{"value":null,"decision":"abstained"}}}`),
		Records: []enrich.RecordWrite{{EntityType: record.EntityInvoice, EntityID: invoiceID, Fields: []enrich.FieldWrite{
			write("document_id", `"`+doc.ID+`"`), write("invoice_number", `"F-1"`), write("local_currency", `"EUR"`), write("grand_total", `"12345.60"`),
			write("document_type_code", `"380"`), write("invoice_items", `[{"line_id":"1","name":"Flour","quantity":"2","unit_price":"3.50","line_total":"7.00"}]`),
			write("payment_means", `[{"iban":"FR7630088001200009912034524"}]`),
		}}},
	})
	return task, invoiceID
}

func TestListShowsTasksAndCounts(t *testing.T) {
	b := setup(t)
	b.shows("/tasks", "There are no tasks yet", "enrichd upload FILE")
	doc := b.document("moulin.xml")
	task, _ := b.readInvoice(doc)
	b.enqueue(enrich.Request{EntityType: "company", EntityID: "c/1?x", Type: enrich.Logo})
	body := b.shows("/tasks", "/tasks/"+task.ID, "moulin.xml", "Invoice F-1 read.", "Document read", "Find logo", "No running program handles logo.",
		`href="/tasks?status=completed"`, "Done", "Waiting", `<html lang="en">`, "Skip to the content", `<time datetime="20`)
	if strings.Contains(body, "in 0 s") {
		t.Error("what is due now is said to come")
	}
	b.shows("/tasks?entity=company/c-1&channel=manual&batch=00000000-0000-4000-8000-000000000000", "enrichd task list --channel=manual --entity=company/c-1 --batch=00000000-0000-4000-8000-000000000000")
	b.shows("/tasks?entity="+url.QueryEscape("company/it's a; rm"), `--entity=&#39;company/it&#39;\&#39;&#39;s a; rm&#39;`)
	if body := b.shows("/tasks?status=pending", "Find logo", "enrichd task list --status=pending"); strings.Contains(body, task.ID) {
		t.Error("the filter by status lets others through")
	}
	if body := b.shows("/tasks?type=ai_invoice&status=completed", task.ID, "filter[status]=completed&amp;filter[enrichment_type]=ai_invoice"); strings.Contains(body, "c/1?x") {
		t.Error("the filter by type lets others through")
	}
	b.shows("/tasks?status=failed", "No task matches", "Show all tasks")
}

// Walking to older pages and back meets each task once.
func TestListPages(t *testing.T) {
	b := setup(t)
	var requests []enrich.Request
	for i := range pageSize*2 + 5 {
		requests = append(requests, enrich.Request{EntityType: "company", EntityID: fmt.Sprint("c", i), Type: enrich.Logo})
	}
	if _, err := b.db.Enqueue(context.Background(), pgtest.Workspace, requests); err != nil {
		t.Fatal(err)
	}
	seen, first := map[string]bool{}, ""
	for path, pages := "/tasks?type=logo", 0; path != ""; pages++ {
		if pages > 3 {
			t.Fatal("the list has no end")
		}
		body := b.shows(path)
		for _, m := range regexp.MustCompile(`/tasks/([0-9a-f-]{36})`).FindAllStringSubmatch(body, -1) {
			if first == "" {
				first = m[1]
			}
			if seen[m[1]] {
				t.Errorf("%s comes twice", m[1])
			}
			seen[m[1]] = true
		}
		path = linkTo(body, "older")
		if path == "" {
			b.shows(linkTo(b.shows(linkTo(body, "newer")), "newer"), first)
		}
	}
	if len(seen) != len(requests) {
		t.Errorf("saw %d of %d tasks", len(seen), len(requests))
	}
}

// linkTo finds the link to the neighbouring page of a list.
func linkTo(body, direction string) string {
	m := regexp.MustCompile(`class="button" href="(/tasks\?` + direction + `=[^"]*)"`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return strings.ReplaceAll(m[1], "&amp;", "&")
}

func TestTaskPage(t *testing.T) {
	b := setup(t)
	doc := b.document("moulin.xml")
	task, invoiceID := b.readInvoice(doc)
	child := b.enqueue(enrich.Request{EntityType: "company", EntityID: "c-1", Type: enrich.Logo, ParentID: &task.ID})
	b.shows("/tasks/"+task.ID, "<h1>Read invoice: <bdi>moulin.xml</bdi></h1>", "<strong>F-1</strong>", "&lt;b&gt;item&lt;/b&gt;",
		"The lines add up", "expected <bdi>10.00</bdi>", "found <bdi>12345.60</bdi>", "12\u202f345.60\u00a0EUR", "Verified", "<code>/a/cbc:Total</code>",
		"<q>12 345,60</q>", "Not in the source: Due.", "worker-1", "/invoices/"+invoiceID, "/documents/"+doc.ID, "/tasks/"+child.ID,
		"&#34;_outcome&#34;: &#34;ok&#34;", "enrichd task view "+task.ID)
	b.shows("/tasks/"+child.ID, "parent task", "/tasks/"+task.ID, "No attempt has ended yet")
}

func TestTaskPageOfFailure(t *testing.T) {
	b := setup(t)
	task := b.enqueue(enrich.Request{EntityType: record.EntityDocument, EntityID: "gone", Type: enrich.OCRExtract})
	b.settle(enrich.Settlement{Outcome: enrich.OutcomeRetried, Detail: "dial tcp: refused", WaitCode: enrich.WaitRetry, WaitWords: "The store did not answer; it is tried again."})
	b.shows("/tasks", "The store did not answer; it is tried again.", "Working")
	b.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "malformed: The file ends early.", Detail: "line 22"})
	b.shows("/tasks/"+task.ID, "Could not finish", "The file ends early.</bdi> <code>malformed</code>", "Failed, tries again", "Failed for good", "dial tcp: refused", "line 22")
}

func TestInvoiceAndDocumentPages(t *testing.T) {
	b := setup(t)
	b.shows("/invoices", "No invoice has been read yet")
	doc := b.document("moulin.xml")
	task, id := b.readInvoice(doc)
	b.shows("/invoices", "/invoices/"+id, "F-1", "12\u202f345.60\u00a0EUR")
	b.shows("/invoices/"+id, "Invoice <bdi>F-1</bdi>", "Flour", "3.50", "FR76 3008 8001 2000 0991 2034 524", "Net and tax make the total",
		"/ubl:Invoice/cbc:ID", "as it stood", "Document", "1 line", "/tasks/"+task.ID, "/documents/"+doc.ID)
	b.shows("/documents/"+doc.ID, "moulin.xml", "4.3 kB", "application/xml", "/invoices/"+id, "/tasks/"+task.ID)
}

func TestHostileTextStaysText(t *testing.T) {
	b := setup(t)
	doc := b.document(hostile + ".xml")
	description := hostile + " **" + hostile + "** `" + hostile + "`\n- " + hostile
	quoted, _ := json.Marshal(hostile)
	task := b.enqueue(enrich.Request{EntityType: record.EntityDocument, EntityID: doc.ID, Type: enrich.OCRExtract, Input: json.RawMessage(`{"a":` + string(quoted) + `}`)})
	field := fmt.Sprintf(`{"value":%[1]s,"grade":%[1]s,"provenance":[{"origin":%[1]s,"quote":"q","ref":{"path":%[1]s,"url":"javascript:alert(1)"}}]}`, quoted)
	output := fmt.Sprintf(`{%[1]s:%[1]s,"_checks":[{"code":%[1]s,"status":%[1]s},{"code":"x","status":"fail","actual":%[1]s}],"_reasons":[{"code":%[1]s,"message":%[1]s}],"_fields":{%[1]s:%[2]s}}`, quoted, field)
	b.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: hostile, Detail: hostile, Description: description, Output: []byte(output)})
	other := b.enqueue(enrich.Request{EntityType: hostile[:40], EntityID: hostile, Type: enrich.Type(hostile[:40])})
	for _, path := range []string{"/", "/tasks", "/errors", "/entities/company/" + url.PathEscape(hostile), "/tasks/" + task.ID, "/tasks/" + other.ID, "/documents/" + doc.ID, "/tasks?type=" + url.QueryEscape(hostile), "/signin?next=" + url.QueryEscape(hostile)} {
		_, body := b.get(path)
		body = withoutModule(body)
		for _, bad := range []string{"<script", "<img", `href="javascript:`} {
			if strings.Contains(strings.ToLower(body), bad) {
				t.Errorf("GET %s holds %s", path, bad)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	b := setup(t)
	for _, path := range []string{"/", "/tasks/nope", "/nope", "/static/console.css", "/static/nope"} {
		h := ask(b.handler, http.MethodGet, path, nil).Header()
		if got := h.Get("Content-Security-Policy"); got != policy || strings.Contains(got, "unsafe") {
			t.Errorf("GET %s: Content-Security-Policy %q", path, got)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "private, no-store" {
			t.Errorf("GET %s: headers %v", path, h)
		}
	}
	body := b.shows("/")
	style := regexp.MustCompile(`/static/console\.css\?v=[0-9a-f]+`).FindString(body)
	w := ask(b.handler, http.MethodGet, style, nil)
	if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("GET %s: %d %v", style, w.Code, w.Header())
	}
	if strings.Contains(withoutModule(body), "<script") || strings.Contains(body, " style=") || regexp.MustCompile(` on[a-z]+="`).MatchString(body) {
		t.Error("the page holds what its policy forbids")
	}
}

func TestProblems(t *testing.T) {
	b := setup(t)
	none := "00000000-0000-0000-0000-000000000000"
	for _, c := range []struct {
		path   string
		status int
	}{
		{"/nope", 404},
		{"/tasks/" + none, 404},
		{"/tasks/nope", 404},
		{"/tasks/%00", 404},
		{"/invoices/nope", 404},
		{"/invoices/%00", 404},
		{"/documents/nope", 404},
		{"/documents/%ff", 404},
		{"/static/", 404},
		{"/static/..%2fconsole.go", 404},
		{"/tasks?status=bogus", 400},
		{"/tasks?type=%00", 400},
		{"/tasks?type=%ff", 400},
		{"/tasks?older=x", 400},
		{"/tasks?older=2026-01-01T00:00:00Z|x", 400},
		{"/tasks?older=2026-01-01T00:00:00Z|" + none, 200},
		{"/tasks?newer=2026-01-01T00:00:00Z|" + none, 200},
		{"/tasks?older=2026-01-01T00:00:00Z|" + none + "&newer=2026-01-01T00:00:00Z|" + none, 400},
	} {
		status, body := b.get(c.path)
		if status != c.status || !strings.Contains(body, "<h1>") {
			t.Errorf("GET %s: %d, want %d", c.path, status, c.status)
		}
	}
}

// broken is a store whose every answer is an error.
type broken struct {
	Store
	err error
}

func (b broken) Counts(context.Context, string, enrich.Type, int) (map[string]int64, error) {
	return nil, b.err
}

func (b broken) Frame(context.Context, string, int) (postgres.Frame, error) {
	return postgres.Frame{}, nil
}

func TestStoreErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		status int
	}{
		{"refused", fmt.Errorf("find: %w", &net.OpError{Op: "dial", Err: errors.New("secret-host refused")}), 503},
		{"slow", context.DeadlineExceeded, 503},
		{"not there", enrich.Errorf(enrich.CodeNotFound, "There is no such workspace."), 404},
		{"ours", errors.New("secret-host: column secret does not exist"), 500},
	} {
		h := Handler(Options{Store: broken{err: c.err}, Workspace: "ws"})
		w := ask(h, http.MethodGet, "/", nil)
		body := w.Body.String()
		if w.Code != c.status || strings.Contains(body, "secret") {
			t.Errorf("%s: %d, want %d\n%s", c.name, w.Code, c.status, body)
		}
		if (c.status == 500) != strings.Contains(body, "Reference <code>") || (c.status == 503) != (w.Header().Get("Retry-After") != "") {
			t.Errorf("%s: %v\n%s", c.name, w.Header(), body)
		}
	}
}
