package cloudtasks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/cloudtasks/fake"
	"github.com/enrichd/enrichd/cloudtasks/push"
	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

const (
	account  = "push@p.iam.gserviceaccount.com"
	audience = "enrichd-push"
)

// scripted is a kind whose answers the test writes.
type scripted struct {
	spec enrich.Spec
	run  func(ctx context.Context, job enrich.Job) enrich.Answer
}

func (s scripted) Spec() enrich.Spec                                   { return s.spec }
func (s scripted) Check(json.RawMessage) error                         { return nil }
func (s scripted) Run(ctx context.Context, j enrich.Job) enrich.Answer { return s.run(ctx, j) }

// done is an answer with an effect that can be counted: a value of a record.
func done(j enrich.Job) enrich.Answer {
	return enrich.Done{Result: enrich.Result{Output: fmt.Appendf(nil, `{"attempt": %d}`, j.Attempt), Description: "done", Records: []enrich.RecordWrite{{
		EntityType: "company", EntityID: j.Task.EntityID,
		Fields: []enrich.FieldWrite{{Name: "name", Value: fmt.Appendf(nil, `"%d"`, j.Attempt), Origin: enrich.ByDocument, Grade: enrich.Single}},
	}}}}
}

// retry is a failed attempt.
func retry(words string) enrich.Answer { return enrich.Retry{Err: enrich.Errorf("away", "%s", words)} }

// wish is what a road is built of; the zero value is a road without faults.
type wish struct {
	spec        enrich.Spec
	run         func(ctx context.Context, j enrich.Job) enrich.Answer // nil is done
	queue       fake.Queue
	script      fake.Script
	clock       fake.Clock // of the service; nil is the true one
	slots       int
	maxAttempts int
	relay       func(*cloudtasks.RelayOptions)
	noRelay     bool
	front       func(http.Handler) http.Handler // before the push handler
}

// road is the whole way: the store, a relay, the service, and a worker that it pushes to.
type road struct {
	testing.TB
	wish     wish
	url      string // of the database
	db       *postgres.DB
	service  *fake.Service
	api      string // of the service
	push     string // of the worker
	handler  http.Handler
	engine   *dispatch.Engine
	stop     func() // drains the engine
	stopped  func() // stops the relay
	mu       sync.Mutex
	attempts map[string]int  // that began, by task
	running  map[string]bool // tasks in the worker's hands
	overlaps int             // attempts that began while another of the task ran
	log      logged
}

// logged is what the push handler and the relay have said.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (r *road) logged() string {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	return r.log.text.String()
}

func newRoad(t testing.TB, w wish) *road {
	t.Helper()
	r := &road{TB: t, wish: w, url: pgtest.URL(t), attempts: map[string]int{}, running: map[string]bool{}}
	r.db = pgtest.Open(t, r.url)
	if w.queue.MinBackoff == 0 {
		r.wish.queue.MinBackoff, r.wish.queue.MaxBackoff = 20*time.Millisecond, 200*time.Millisecond
	}
	if r.wish.queue.MaxAttempts == 0 {
		r.wish.queue.MaxAttempts = -1
	}
	if r.wish.queue.MaxConcurrent == 0 {
		r.wish.queue.MaxConcurrent = 8 // as many as there are slots: more would be told 429
	}
	queues := map[string]fake.Queue{}
	for _, q := range cloudtasks.Queues() {
		queues[q] = r.wish.queue
	}
	var err error
	if r.service, err = fake.New(fake.Options{Queues: queues, Script: w.script, Clock: w.clock}); err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(r.service)
	r.api = api.URL
	t.Cleanup(func() { r.service.Close(); api.Close() })
	r.work()
	if !w.noRelay {
		r.startRelay()
	}
	return r
}

// work starts an engine and the listener that is pushed to.
func (r *road) work() {
	r.Helper()
	now := time.Now
	if r.wish.clock != nil {
		now = r.wish.clock.Now
	}
	verifier, err := push.NewVerifier(push.Trust{Audience: audience, ServiceAccount: account, JWKSURL: r.api + fake.CertsPath, Now: now})
	if err != nil {
		r.Fatal(err)
	}
	slots := r.wish.slots
	if slots == 0 {
		slots = 8
	}
	r.engine = dispatch.New(dispatch.Options{
		Queue: r.db, Kinds: []enrich.Kind{scripted{r.spec(), r.counted}, scripted{enrich.Spec{Type: enrich.AICompany}, r.counted}}, Delivered: r.db, Slots: slots,
		Beat: 200 * time.Millisecond, Drain: 300 * time.Millisecond,
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = r.engine.Run(ctx) }()
	r.stop = sync.OnceFunc(func() { cancel(); <-ended })
	r.handler = push.NewHandler(push.Options{Engine: r.engine, Verify: verifier.Verify, MaxAttempts: r.wish.maxAttempts, Log: slog.New(slog.NewTextHandler(&r.log, nil))})
	front := r.handler
	if r.wish.front != nil {
		front = r.wish.front(front)
	}
	server := httptest.NewServer(front)
	r.push = server.URL
	r.Cleanup(func() { r.stop(); server.CloseClientConnections(); server.Close() })
	r.wait("the worker is ready", r.engine.Ready)
}

func (r *road) spec() enrich.Spec {
	spec := r.wish.spec
	spec.Type = enrich.Logo
	if spec.BaseDelay == 0 {
		spec.BaseDelay = time.Millisecond
	}
	return spec
}

// counted runs the kind and counts what begins at once.
func (r *road) counted(ctx context.Context, j enrich.Job) enrich.Answer {
	r.mu.Lock()
	r.attempts[j.Task.ID]++
	if r.running[j.Task.ID] {
		r.overlaps++
	}
	r.running[j.Task.ID] = true
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.running[j.Task.ID] = false
		r.mu.Unlock()
	}()
	if r.wish.run == nil {
		return done(j)
	}
	return r.wish.run(ctx, j)
}

// tries is how many attempts of some tasks began, of all where none is named.
func (r *road) tries(ids ...string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, tries := range r.attempts {
		if len(ids) == 0 || slices.Contains(ids, id) {
			n += tries
		}
	}
	return n
}

// client makes tasks at the service.
func (r *road) client() *cloudtasks.Client {
	r.Helper()
	c, err := cloudtasks.New(cloudtasks.Config{Project: "p", Location: "l", ServiceAccount: account, Audience: audience, Endpoint: r.api})
	if err != nil {
		r.Fatal(err)
	}
	return c
}

func (r *road) relayOptions() cloudtasks.RelayOptions {
	o := cloudtasks.RelayOptions{
		Outbox: r.db, Create: r.client().Create, PushURL: r.push,
		Log: slog.New(slog.NewTextHandler(&r.log, nil)), Runs: map[enrich.Type]time.Duration{enrich.Logo: r.spec().WithDefaults().Deadline}, Poll: 100 * time.Millisecond,
	}
	if r.wish.relay != nil {
		r.wish.relay(&o)
	}
	return o
}

func (r *road) startRelay() {
	r.Helper()
	relay, err := cloudtasks.NewRelay(r.relayOptions())
	if err != nil {
		r.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); relay.Run(ctx) }()
	r.stopped = sync.OnceFunc(func() { cancel(); <-ended })
	r.Cleanup(r.stopped)
}

func (r *road) enqueue(n int) []string { r.Helper(); return r.enqueueMore(0, n) }

// enqueueMore makes n tasks of records from first on.
func (r *road) enqueueMore(first, n int) []string {
	r.Helper()
	var reqs []enrich.Request
	for i := first; i < first+n; i++ {
		reqs = append(reqs, enrich.Request{EntityType: "company", EntityID: fmt.Sprint("c-", i), Type: enrich.Logo, Input: []byte(`{}`)})
	}
	out, err := r.db.Enqueue(context.Background(), pgtest.Workspace, reqs)
	if err != nil {
		r.Fatal(err)
	}
	ids := make([]string, n)
	for i, e := range out {
		ids[i] = e.Task.ID
	}
	return ids
}

func (r *road) task(id string) enrich.Task {
	r.Helper()
	task, err := r.db.Task(context.Background(), pgtest.Workspace, id)
	if err != nil {
		r.Fatal(err)
	}
	return task
}

// limit bounds every wait.
const limit = time.Minute

// wait waits for something to hold.
func (r *road) wait(what string, holds func() bool) {
	r.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			pushes := r.service.Pushes()
			r.Logf("rows: %s", pgtest.Query[string](r.TB, r.url, `SELECT coalesce(string_agg(d::text, E'\n'), 'none') FROM (SELECT * FROM enrichment_dispatches LIMIT 3) AS d`))
			r.Fatalf("%s: not within a minute; %d pushes, the last of them %+v", what, len(pushes), pushes[max(0, len(pushes)-3):])
		}
	}
}

// until waits for a task to have a status.
func (r *road) until(id string, want enrich.Status) enrich.Task {
	r.Helper()
	var task enrich.Task
	r.wait(fmt.Sprintf("task %s is %s", id, want), func() bool { task = r.task(id); return task.Status == want })
	return task
}

// allEnd waits until no task has work left.
func (r *road) allEnd() {
	r.Helper()
	r.wait("every task ends", func() bool { return r.count(`SELECT count(*) FROM enrichment_dispatches`) == 0 })
}

func (r *road) count(sql string) int { return pgtest.Query[int](r.TB, r.url, sql) }

// row shows the dispatch row of a road with one task.
func (r *road) row() string {
	return pgtest.Query[string](r.TB, r.url, `SELECT coalesce((SELECT format('worker %s attempt %s', coalesce(worker_pk::text, 'none'), attempt) FROM enrichment_dispatches), 'gone')`)
}

func (r *road) outcomes(id string) string {
	r.Helper()
	attempts, err := r.db.Attempts(context.Background(), pgtest.Workspace, id)
	if err != nil {
		r.Fatal(err)
	}
	var list []string
	for _, a := range attempts {
		list = append(list, string(a.Outcome))
	}
	return strings.Join(list, " ")
}

// handOver hands the one task that is due over, without creating it anywhere.
func (r *road) handOver() enrich.Handover {
	r.Helper()
	list, err := r.db.HandOver(context.Background(), []enrich.Type{enrich.Logo}, 10, 1000)
	if err != nil || len(list) != 1 {
		r.Fatalf("handed over %+v, %v", list, err)
	}
	return list[0]
}

// pushed is a push as the service would send it, changed by a test.
func (r *road) pushed(h enrich.Handover, change func(*http.Request)) *http.Response {
	r.Helper()
	return r.sent(cloudtasks.PushPath(h.Type), cloudtasks.TaskID(h.TaskID, h.Generation), payloadOf(r.TB, h), change)
}

func payloadOf(t testing.TB, h enrich.Handover) string {
	t.Helper()
	body, err := json.Marshal(cloudtasks.Payload{WorkspaceID: h.WorkspaceID, TaskID: h.TaskID, Generation: h.Generation})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// create makes a task at the service, with any body.
func (r *road) create(h enrich.Handover, body string) {
	r.Helper()
	if err := r.client().Create(context.Background(), cloudtasks.Task{
		Name: cloudtasks.TaskID(h.TaskID, h.Generation), Queue: "enrichd-sites", URL: r.push + cloudtasks.PushPath(h.Type), Body: []byte(body),
	}); err != nil {
		r.Fatal(err)
	}
}

// sent is a push of any body.
func (r *road) sent(path, name, body string, change func(*http.Request)) *http.Response {
	r.Helper()
	token, err := r.service.Token(account, audience, nil)
	if err != nil {
		r.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, r.push+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-CloudTasks-TaskName", name)
	req.Header.Set("X-CloudTasks-TaskRetryCount", "0")
	req.Header.Set("X-CloudTasks-TaskExecutionCount", "0")
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	resp.Body.Close()
	return resp
}
