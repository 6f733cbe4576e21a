package fake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/enrichd/enrichd/cloudtasks/fake"
)

var start = time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)

// bench is a service, its clock, and a handler that notes what is pushed to it.
type bench struct {
	t      *testing.T
	clock  *fake.ManualClock
	fake   *fake.Service
	api    string // of the service
	target string // of the handler

	mu     sync.Mutex
	heads  []http.Header // in the order of arrival
	bodies []string
	answer func(w http.ResponseWriter, r *http.Request) // nil says 204
}

func setup(t *testing.T, q fake.Queue, script fake.Script) *bench {
	t.Helper()
	b := &bench{t: t, clock: fake.NewManualClock(start)}
	s, err := fake.New(fake.Options{Queues: map[string]fake.Queue{"q": q}, Clock: b.clock, Script: script})
	if err != nil {
		t.Fatal(err)
	}
	b.fake = s
	target := httptest.NewServer(http.HandlerFunc(b.take))
	api := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); api.Close(); target.Close() })
	b.api, b.target = api.URL, target.URL
	return b
}

func (b *bench) take(w http.ResponseWriter, r *http.Request) {
	body := make([]byte, 64)
	n, _ := r.Body.Read(body)
	b.mu.Lock()
	b.heads, b.bodies = append(b.heads, r.Header.Clone()), append(b.bodies, string(body[:n]))
	answer := b.answer
	b.mu.Unlock()
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(w, r)
}

const queuePath = "/v2/projects/p/locations/l/queues/q"

// create makes a task and returns the status and the message of the answer.
func (b *bench) create(name string, more ...func(map[string]any)) (status int, said string) {
	b.t.Helper()
	task := map[string]any{"name": strings.TrimPrefix(queuePath, "/v2/") + "/tasks/" + name, "httpRequest": map[string]any{"url": b.target + "/push", "body": []byte(`{"id":"` + name + `"}`)}}
	for _, m := range more {
		m(task)
	}
	body, err := json.Marshal(map[string]any{"task": task})
	if err != nil {
		b.t.Fatal(err)
	}
	return b.call("POST", queuePath+"/tasks", string(body))
}

func (b *bench) call(method, path, body string) (status int, said string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.api+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	var answer struct {
		Error struct{ Message, Status string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(answer.Error.Status + " " + answer.Error.Message)
}

func (b *bench) made(name string, more ...func(map[string]any)) {
	b.t.Helper()
	if status, said := b.create(name, more...); status != http.StatusOK {
		b.t.Fatalf("create %s: %d %s", name, status, said)
	}
}

func (b *bench) finish() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	if err := b.fake.Finish(ctx, b.clock, 40*24*time.Hour); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) idle() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	if err := b.fake.Idle(ctx); err != nil {
		b.t.Fatal(err)
	}
}

// The headers of six attempts are those that were recorded of the service.
func TestHeadersAsRecorded(t *testing.T) {
	b := setup(t, fake.Queue{}, fake.Script{})
	answers := []int{503, 404, 429, 500, 302, 200}
	b.answer = func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.Header.Get("X-CloudTasks-TaskRetryCount"))
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(answers[n])
	}
	b.made("one")
	b.finish()
	type row struct{ Retry, Executions, Previous, Reason string }
	var got []row
	for _, h := range b.heads {
		r := row{Retry: h.Get("X-CloudTasks-TaskRetryCount"), Executions: h.Get("X-CloudTasks-TaskExecutionCount"), Previous: h.Get("X-CloudTasks-TaskPreviousResponse"), Reason: "absent"}
		if v, ok := h[http.CanonicalHeaderKey("X-CloudTasks-TaskRetryReason")]; ok {
			r.Reason = strings.Join(v, ",")
		}
		got = append(got, r)
		for name, want := range map[string]string{"X-CloudTasks-QueueName": "q", "X-CloudTasks-TaskName": "one", "User-Agent": "Google-Cloud-Tasks", "Content-Type": ""} {
			if h.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, h.Get(name), want)
			}
		}
		if eta, err := strconv.ParseFloat(h.Get("X-CloudTasks-TaskETA"), 64); err != nil || eta < float64(start.Unix()) {
			t.Errorf("ETA %q", h.Get("X-CloudTasks-TaskETA"))
		}
	}
	want := []row{{"0", "0", "", "absent"}, {"1", "0", "503", ""}, {"2", "1", "404", ""}, {"3", "2", "429", ""}, {"4", "2", "500", ""}, {"5", "3", "302", ""}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if b.fake.Tasks("q") != 0 {
		t.Error("a delivered task is still there")
	}
}

// Waits double, then grow by as much as they have become, then stay; a task is
// dropped without a word when both bounds are reached.
func TestBackoffAndExhaustion(t *testing.T) {
	sec := time.Second
	for name, c := range map[string]struct {
		queue fake.Queue
		want  []time.Duration // between attempts, as far as they are looked at
		made  int             // attempts
	}{
		"doubles, then linear":  {fake.Queue{MinBackoff: 10 * sec, MaxBackoff: 300 * sec, MaxDoublings: 3, MaxAttempts: 9}, []time.Duration{10 * sec, 20 * sec, 40 * sec, 80 * sec, 160 * sec, 240 * sec, 300 * sec, 300 * sec}, 9},
		"no doubling":           {fake.Queue{MinBackoff: sec, MaxBackoff: 3 * sec, MaxDoublings: -1, MaxAttempts: 5}, []time.Duration{sec, 2 * sec, 3 * sec, 3 * sec}, 5},
		"both bounds":           {fake.Queue{MinBackoff: 10 * sec, MaxBackoff: 10 * sec, MaxAttempts: 2, MaxRetryDuration: 35 * sec}, nil, 5},
		"time alone":            {fake.Queue{MinBackoff: 10 * sec, MaxBackoff: 10 * sec, MaxAttempts: -1, MaxRetryDuration: 15 * sec}, nil, 3},
		"one attempt":           {fake.Queue{MaxAttempts: 1}, nil, 1},
		"default: 100 attempts": {fake.Queue{}, []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond}, 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, c.queue, fake.Script{})
			b.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
			b.made("one")
			b.finish()
			pushes := b.fake.Pushes()
			if len(pushes) != c.made {
				t.Fatalf("%d attempts, want %d", len(pushes), c.made)
			}
			for i, want := range c.want {
				if got := pushes[i+1].At.Sub(pushes[i].At); got != want {
					t.Errorf("wait %d: %v, want %v", i+1, got, want)
				}
			}
			if last := pushes[len(pushes)-1]; !last.Dropped || b.fake.Tasks("q") != 0 {
				t.Errorf("the task was not dropped: %+v", last)
			}
		})
	}
}

// A name is taken while its task lives and for 24 h behind its end.
func TestNamesStayTaken(t *testing.T) {
	b := setup(t, fake.Queue{}, fake.Script{})
	later := func(task map[string]any) { task["scheduleTime"] = start.Add(time.Hour).Format(time.RFC3339) }
	b.made("one", later)
	if status, said := b.create("one"); status != 409 || !strings.HasPrefix(said, "ALREADY_EXISTS Requested entity") {
		t.Errorf("alive: %d %s", status, said)
	}
	b.clock.Advance(time.Hour)
	b.idle()
	if len(b.heads) != 1 {
		t.Fatalf("%d pushes", len(b.heads))
	}
	for _, wait := range []time.Duration{0, 24*time.Hour - time.Second} {
		b.clock.Advance(wait)
		if status, said := b.create("one"); status != 409 || !strings.Contains(said, "existed too recently") {
			t.Errorf("%v behind its end: %d %s", wait, status, said)
		}
	}
	if status, said := b.call("GET", queuePath+"/tasks/one", ""); status != 404 || !strings.Contains(said, "existed recently") {
		t.Errorf("get: %d %s", status, said)
	}
	b.clock.Advance(time.Second)
	b.made("one")
	b.idle()
	if len(b.heads) != 2 {
		t.Errorf("%d pushes", len(b.heads))
	}
}

func TestRefusals(t *testing.T) {
	b := setup(t, fake.Queue{}, fake.Script{})
	request := func(change func(map[string]any)) func(map[string]any) {
		return func(task map[string]any) { change(task["httpRequest"].(map[string]any)) }
	}
	for name, c := range map[string]struct {
		change func(map[string]any)
		want   string
	}{
		"31 days ahead": {func(m map[string]any) { m["scheduleTime"] = start.Add(31 * 24 * time.Hour) }, "more than 30 days"},
		"deadline 14 s": {func(m map[string]any) { m["dispatchDeadline"] = "14s" }, "dispatch deadline"},
		"deadline 31 m": {func(m map[string]any) { m["dispatchDeadline"] = "1860s" }, "dispatch deadline"},
		"deadline word": {func(m map[string]any) { m["dispatchDeadline"] = "soon" }, "dispatch_deadline"},
		"a dot":         {func(m map[string]any) { m["name"] = m["name"].(string) + ".x" }, "Task name"},
		"another queue": {func(m map[string]any) { m["name"] = "projects/p/locations/l/queues/r/tasks/x" }, "Task name"},
		"no URL":        {request(func(r map[string]any) { delete(r, "url") }), "HttpRequest.url"},
		"long URL":      {request(func(r map[string]any) { r["url"] = "https://a.example/" + strings.Repeat("a", 2083) }), "no longer than"},
		"1 MiB":         {request(func(r map[string]any) { r["body"] = make([]byte, 1<<20) }), "size too large"},
	} {
		if status, said := b.create("x", c.change); status != 400 || !strings.HasPrefix(said, "INVALID_ARGUMENT ") || !strings.Contains(said, c.want) {
			t.Errorf("%s: %d %s", name, status, said)
		}
	}
	if status, said := b.call("POST", "/v2/projects/p/locations/l/queues/none/tasks", "{}"); status != 404 || !strings.HasPrefix(said, "NOT_FOUND Queue does not exist") {
		t.Errorf("no queue: %d %s", status, said)
	}
	if status, said := b.call("POST", queuePath+"/tasks", "{"); status != 400 {
		t.Errorf("no JSON: %d %s", status, said)
	}
	b.finish()
	if len(b.heads) != 0 {
		t.Errorf("%d pushes of refused tasks", len(b.heads))
	}
}

// An answer of 429 slows its whole queue, no shorter than it asks.
func TestThrottle(t *testing.T) {
	b := setup(t, fake.Queue{MaxConcurrent: 1}, fake.Script{})
	b.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-CloudTasks-TaskName") == "one" && r.Header.Get("X-CloudTasks-TaskRetryCount") == "0" {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	later := func(m map[string]any) { m["scheduleTime"] = start.Add(time.Second) }
	b.made("one")
	b.idle()
	b.made("two", later)
	b.clock.Advance(29 * time.Second)
	b.idle()
	if len(b.heads) != 1 {
		t.Fatalf("%d pushes in a queue that is slowed", len(b.heads))
	}
	b.clock.Advance(time.Second)
	b.idle()
	if len(b.heads) != 3 {
		t.Errorf("%d pushes, want 3", len(b.heads))
	}
}

// Rate and concurrency are bounded, by the clock.
func TestBoundsOfQueue(t *testing.T) {
	b := setup(t, fake.Queue{MaxPerSecond: 10, MaxConcurrent: 2}, fake.Script{})
	var now, most int
	b.answer = func(http.ResponseWriter, *http.Request) {
		b.mu.Lock()
		now++
		most = max(most, now)
		b.mu.Unlock()
		time.Sleep(time.Millisecond) // so that two meet
		b.mu.Lock()
		now--
		b.mu.Unlock()
	}
	for i := range 40 {
		b.made(fmt.Sprint("t", i))
	}
	b.idle()
	if n := len(b.heads); n < 10 || n > 11 {
		t.Errorf("%d pushes at once, want a second's worth", n)
	}
	b.finish()
	pushes := b.fake.Pushes()
	if len(pushes) != 40 || most > 2 {
		t.Errorf("%d pushes, %d at a time", len(pushes), most)
	}
	if took := pushes[39].At.Sub(start); took < 2900*time.Millisecond || took > 3100*time.Millisecond {
		t.Errorf("40 pushes in %v, want 3 s behind the first 10", took)
	}
}

func TestOperate(t *testing.T) {
	b := setup(t, fake.Queue{}, fake.Script{})
	if status, _ := b.call("POST", queuePath+":pause", ""); status != 200 {
		t.Fatalf("pause: %d", status)
	}
	b.made("one")
	b.made("two")
	b.idle()
	if status, _ := b.call("DELETE", queuePath+"/tasks/two", ""); status != 200 || b.fake.Tasks("q") != 1 || len(b.heads) != 0 {
		t.Fatalf("%d, %d tasks, %d pushes", status, b.fake.Tasks("q"), len(b.heads))
	}
	b.call("POST", queuePath+":resume", "")
	b.idle()
	if len(b.heads) != 1 || b.bodies[0] != `{"id":"one"}` {
		t.Fatalf("pushed %v", b.bodies)
	}
	b.call("POST", queuePath+":pause", "")
	b.made("three")
	b.call("POST", queuePath+":purge", "")
	b.call("POST", queuePath+":resume", "")
	b.idle()
	if len(b.heads) != 1 || b.fake.Tasks("q") != 0 {
		t.Errorf("a purged task was pushed")
	}
}

// Chance is the same for the same seed, and everything happens.
func TestMix(t *testing.T) {
	m := fake.Mix{Seed: 7, Duplicate: 0.2, LateDuplicate: 0.2, Delay: 0.2, DropResponse: 0.2, PassDeadline: 0.2, MaxDelay: time.Hour}
	var met fake.Fault
	for i := range 200 {
		p := fake.Push{Queue: "q", Task: fmt.Sprint(i)}
		f := m.Push(p)
		if f != m.Push(p) {
			t.Fatal("the same push meets another fault")
		}
		met.Copies, met.Delay, met.CopyDelay = max(met.Copies, f.Copies), max(met.Delay, f.Delay), max(met.CopyDelay, f.CopyDelay)
		met.DropResponse, met.PassDeadline = met.DropResponse || f.DropResponse, met.PassDeadline || f.PassDeadline
	}
	if met.Copies != 4 || met.Delay < 30*time.Minute || met.CopyDelay < 30*time.Minute || !met.DropResponse || !met.PassDeadline {
		t.Errorf("%+v", met)
	}
	if (fake.Mix{Seed: 7}).Push(fake.Push{}) != (fake.Fault{}) {
		t.Error("a mix of nothing does something")
	}
}
