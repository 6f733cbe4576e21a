package cloudtasks_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/cloudtasks/fake"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// heads notes the header of every push before it is worked on.
type heads struct {
	mu   sync.Mutex
	list []http.Header
}

func (h *heads) front(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.list = append(h.list, r.Header.Clone())
		h.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

func (h *heads) all() []http.Header {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.list)
}

func wrk16RetryCountAlone(t *testing.T) {
	counts := func(retries, executions string) func(*http.Request) {
		return func(req *http.Request) {
			req.Header.Set("X-CloudTasks-TaskRetryCount", retries)
			req.Header.Set("X-CloudTasks-TaskExecutionCount", executions)
		}
	}
	spec := enrich.Spec{MaxAttempts: 50}
	// After answers of 5xx alone the execution count is still 0: it is the last try all the same.
	r, h := idle(t, wish{run: neverDone, spec: spec, maxAttempts: 6})
	r.expect(r.pushed(h, counts("5", "0")), http.StatusNoContent)
	r.until(h.TaskID, enrich.Failed)
	// And however many executions there were, a first try is not the last.
	r, h = idle(t, wish{run: neverDone, spec: spec, maxAttempts: 6})
	r.expect(r.pushed(h, counts("0", "5")), http.StatusInternalServerError)
	if task := r.task(h.TaskID); task.Status != enrich.Processing {
		t.Errorf("%+v", task)
	}
	// Attempts themselves are the row's to count: the third of three fails, whatever the queue says.
	r, h = idle(t, wish{run: neverDone, spec: enrich.Spec{MaxAttempts: 3}})
	for i, want := range []int{500, 500, 204} {
		r.wait("it is due", func() bool { return r.count(`SELECT count(*) FROM enrichment_dispatches WHERE due_at <= now()`) == 1 })
		r.expect(r.pushed(h, counts(strconv.Itoa(40+i), "0")), want)
	}
	if task := r.task(h.TaskID); task.Status != enrich.Failed || !strings.Contains(*task.Error, "tried 3 times") {
		t.Errorf("%+v", task)
	}
}

func wrk17EmptyReason(t *testing.T) {
	var h heads
	r := newRoad(t, wish{front: h.front, run: func(_ context.Context, j enrich.Job) enrich.Answer {
		if j.Attempt == 1 {
			return retry("The server is away.")
		}
		return done(j)
	}})
	id := r.enqueue(1)[0]
	r.until(id, enrich.Completed)
	list := h.all()
	const reason = "X-Cloudtasks-Taskretryreason"
	if len(list) != 2 || list[0][reason] != nil || !slices.Equal(list[1][reason], []string{""}) {
		t.Fatalf("the service should send an empty reason with the second of two pushes: %v", list)
	}
	if r.outcomes(id) != "retried completed" {
		t.Errorf("attempts: %s", r.outcomes(id))
	}
	// Nor does one with words in it change anything.
	r, one := idle(t, wish{})
	r.expect(r.pushed(one, func(req *http.Request) { req.Header.Set(reason, "Instance Unavailable") }), http.StatusNoContent)
	r.until(one.TaskID, enrich.Completed)
}

func wrk18AfterADeadline(t *testing.T) {
	var h heads
	release := make(chan struct{})
	r := newRoad(t, wish{front: h.front, run: func(_ context.Context, j enrich.Job) enrich.Answer {
		<-release
		return done(j)
	}, script: fake.Script{Push: func(p fake.Push) fake.Fault { return fake.Fault{PassDeadline: p.Retry == 0} }}})
	id := r.enqueue(1)[0]
	r.wait("it is pushed again", func() bool { return len(h.all()) >= 2 })
	if second := h.all()[1]; second.Get("X-CloudTasks-TaskPreviousResponse") != "504" {
		t.Errorf("the second push: %v", second)
	}
	// The second push may come before the first one has claimed.
	r.wait("one attempt is under way", func() bool { return r.task(id).Status == enrich.Processing && r.tries(id) == 1 })
	close(release)
	r.until(id, enrich.Completed)
	r.wait("the service is rid of it", func() bool { return r.service.Tasks("enrichd-sites") == 0 })
	if r.outcomes(id) != "completed" || r.tries(id) != 1 || r.count(`SELECT count(*) FROM field_values`) != 1 {
		t.Errorf("%d attempts: %s", r.tries(id), r.outcomes(id))
	}
}

func wrk19Overload(t *testing.T) {
	began, release := make(chan struct{}), make(chan struct{})
	r := newRoad(t, wish{noRelay: true, slots: 1, run: func(_ context.Context, j enrich.Job) enrich.Answer {
		close(began)
		<-release
		return done(j)
	}})
	r.enqueue(2)
	two, err := r.db.HandOver(t.Context(), []enrich.Type{enrich.Logo}, 2, 10)
	if err != nil || len(two) != 2 {
		t.Fatal(two, err)
	}
	var first sync.WaitGroup
	first.Go(func() { r.expect(r.pushed(two[0], nil), http.StatusNoContent) })
	<-began
	before := r.everything()
	resp := r.pushed(two[1], nil)
	r.expect(resp, http.StatusTooManyRequests)
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err != nil || seconds < 1 {
		t.Errorf("Retry-After %q", resp.Header.Get("Retry-After"))
	}
	if after := r.everything(); after != before {
		t.Errorf("work was done before it was refused:\n%s\n%s", before, after)
	}
	close(release)
	first.Wait()
	r.stop()
	before = r.everything()
	resp = r.pushed(two[1], nil)
	r.expect(resp, http.StatusServiceUnavailable)
	if after := r.everything(); after != before || resp.Header.Get("Retry-After") == "" {
		t.Errorf("a process that stops: Retry-After %q\n%s\n%s", resp.Header.Get("Retry-After"), before, after)
	}
}

func wrk20WorkerKilled(t *testing.T) {
	var to turnout
	r := newRoad(t, wish{front: to.front})
	r.stop() // the workers are processes of their own
	doomed, address := r.startProcess("hanging")
	to.turn(t, address)
	id := r.enqueue(1)[0]
	r.until(id, enrich.Processing)
	if err := doomed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	_, address = r.startProcess("worker")
	to.turn(t, address)
	r.until(id, enrich.Completed)
	t.Logf("ran elsewhere %v after its worker was killed", time.Since(killed).Round(time.Millisecond))
	if r.outcomes(id) != "crashed completed" || r.count(`SELECT count(*) FROM field_values`) != 1 {
		t.Errorf("attempts: %s", r.outcomes(id))
	}
	r.wait("the service is rid of it", func() bool { return r.service.Tasks("enrichd-sites") == 0 })
}

// created notes what a relay creates, on its way to the service.
type created struct {
	mu   sync.Mutex
	list []cloudtasks.Task
}

func (c *created) watch(o *cloudtasks.RelayOptions) {
	create := o.Create
	o.Create = func(ctx context.Context, t cloudtasks.Task) error {
		c.mu.Lock()
		c.list = append(c.list, t)
		c.mu.Unlock()
		return create(ctx, t)
	}
}

func (c *created) all() []cloudtasks.Task {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}

// Every kind that is shipped: its pushes are listened to for longer than it runs.
func wrk21Deadlines(t *testing.T) {
	var c created
	runs := map[enrich.Type]time.Duration{}
	for _, k := range kind.All(kind.Ports{}) {
		spec := k.Spec().WithDefaults()
		runs[spec.Type] = spec.Deadline
	}
	if len(runs) != 12 {
		t.Fatalf("%d kinds", len(runs))
	}
	r := newRoad(t, wish{relay: func(o *cloudtasks.RelayOptions) { o.Runs = runs; c.watch(o) }})
	var reqs []enrich.Request
	for of := range runs {
		reqs = append(reqs, enrich.Request{EntityType: "company", EntityID: "c", Type: of, Input: []byte(`{}`)})
	}
	if _, err := r.db.Enqueue(t.Context(), pgtest.Workspace, reqs); err != nil {
		t.Fatal(err)
	}
	r.wait("all are created", func() bool { return len(c.all()) >= len(runs) })
	for _, made := range c.all() {
		of := enrich.Type(made.URL[strings.LastIndex(made.URL, "/")+1:])
		if d := made.DispatchDeadline; d < 15*time.Second || d > 30*time.Minute || d <= runs[of]+5*time.Second {
			t.Errorf("%s runs for %v and is listened to for %v", of, runs[of], d)
		}
		if queue, err := cloudtasks.Queue(of); err != nil || queue != made.Queue {
			t.Errorf("%s goes to %s: %v", of, made.Queue, err)
		}
	}
	for run, fits := range map[time.Duration]bool{29 * time.Minute: true, 30 * time.Minute: false, time.Hour: false} {
		if _, err := cloudtasks.NewRelay(cloudtasks.RelayOptions{Runs: map[enrich.Type]time.Duration{enrich.Logo: run}}); (err == nil) != fits {
			t.Errorf("a run of %v: %v", run, err)
		}
	}
}

func wrk22GracefulStop(t *testing.T) {
	// What ends in time is finished, and answered.
	began := make(chan struct{}, 1)
	r, h := idle(t, wish{run: func(_ context.Context, j enrich.Job) enrich.Answer {
		began <- struct{}{}
		time.Sleep(100 * time.Millisecond)
		return done(j)
	}})
	var answer *http.Response
	var pushing sync.WaitGroup
	pushing.Go(func() { answer = r.pushed(h, nil) })
	<-began
	r.stop()
	pushing.Wait()
	r.expect(answer, http.StatusNoContent)
	r.until(h.TaskID, enrich.Completed)
	// What does not is handed back uncharged, and pushed again.
	r, h = idle(t, wish{run: func(ctx context.Context, j enrich.Job) enrich.Answer {
		select {
		case began <- struct{}{}:
			<-ctx.Done()
			return retry("It was stopped.")
		default:
			return done(j)
		}
	}})
	pushing.Go(func() { answer = r.pushed(h, nil) })
	r.wait("it runs", func() bool { return r.tries(h.TaskID) == 1 })
	r.stop()
	pushing.Wait()
	r.expect(answer, http.StatusServiceUnavailable)
	if row, task := r.row(), r.task(h.TaskID); row != "worker -1 attempt 0" || task.Status != enrich.Processing || answer.Header.Get("Retry-After") == "" {
		t.Errorf("%s, its row: %s", task.Status, row)
	}
	r.work()
	r.expect(r.pushed(h, nil), http.StatusNoContent)
	if r.until(h.TaskID, enrich.Completed); r.outcomes(h.TaskID) != "completed" {
		t.Errorf("attempts: %s", r.outcomes(h.TaskID))
	}
}

func wrk23OneTransaction(t *testing.T) {
	r := newRoad(t, wish{noRelay: true})
	r.enqueue(3)
	if n := r.count(`SELECT count(*) FROM enrichment_tasks t JOIN enrichment_dispatches d ON d.task_pk = t.pk WHERE t.xmin::text = d.xmin::text`); n != 3 {
		t.Errorf("%d of 3 tasks and dispatch rows were written by one transaction", n)
	}
	// A transaction that fails behind the dispatch row, at its very end.
	pgtest.Exec(t, r.url, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
		CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON enrichment_dispatches DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`)
	if _, err := r.db.Enqueue(t.Context(), pgtest.Workspace, []enrich.Request{{EntityType: "company", EntityID: "lost", Type: enrich.Logo}}); err == nil {
		t.Fatal("it was accepted")
	}
	if tasks, rows := r.count(`SELECT count(*) FROM enrichment_tasks`), r.count(`SELECT count(*) FROM enrichment_dispatches`); tasks != 3 || rows != 3 {
		t.Errorf("%d tasks and %d dispatch rows are left of 3", tasks, rows)
	}
}

// dying is an outbox whose relay dies before it can mark what it has created.
type dying struct{ *postgres.DB }

func (dying) Confirm(context.Context, []int) error { return errors.New("dead") }

func wrk24DiedBeforeMarking(t *testing.T) {
	var first, second created
	r := newRoad(t, wish{
		relay:  func(o *cloudtasks.RelayOptions) { o.Outbox = dying{o.Outbox.(*postgres.DB)}; first.watch(o) },
		script: fake.Script{Push: func(fake.Push) fake.Fault { return fake.Fault{Delay: 2 * time.Second} }},
	})
	id := r.enqueue(1)[0]
	r.wait("it is in the queue", func() bool { return r.service.Tasks("enrichd-sites") == 1 })
	r.stopped()
	if n := r.count(`SELECT count(*) FROM enrichment_dispatches WHERE worker_pk = -1 AND sent_at IS NULL`); n != 1 {
		t.Fatalf("%d rows are not marked", n)
	}
	var answers []error
	r.wish.relay = func(o *cloudtasks.RelayOptions) {
		second.watch(o)
		o.Outbox = impatient{o.Outbox.(*postgres.DB)}
		create := o.Create
		o.Create = func(ctx context.Context, task cloudtasks.Task) error {
			err := create(ctx, task)
			answers = append(answers, err) // one task, one call at a time
			return err
		}
	}
	r.startRelay()
	r.wait("it is marked", func() bool { return r.count(`SELECT count(*) FROM enrichment_dispatches WHERE sent_at IS NULL`) == 0 })
	r.until(id, enrich.Completed)
	r.stopped()
	if a, b := first.all(), second.all(); len(a) == 0 || len(b) == 0 || a[0].Name != b[0].Name || answers[0] != nil {
		t.Errorf("created %v, then %v: %v", a, b, answers)
	}
	if p := r.service.Pushes(); len(p) != 1 || r.outcomes(id) != "completed" || r.count(`SELECT count(*) FROM field_values`) != 1 {
		t.Errorf("%d pushes; attempts: %s", len(p), r.outcomes(id))
	}
}

// An hour without a relay: whatever stood in its way when it went, all is delivered.
func wrk25RelayDownAnHour(t *testing.T) {
	const each = 40 // of four ways to be left behind
	r := newRoad(t, wish{noRelay: true, relay: func(o *cloudtasks.RelayOptions) { o.Window = 60 }})
	ids := r.enqueue(4 * each)
	handed, err := r.db.HandOver(t.Context(), []enrich.Type{enrich.Logo}, 3*each, 4*each)
	if err != nil || len(handed) != 3*each {
		t.Fatal(len(handed), err)
	}
	slices.SortFunc(handed, func(a, b enrich.Handover) int { return a.Generation - b.Generation })
	// The queue stands still as well. The first are there and marked, the next are there
	// but not marked, others not even there; the last were never handed over.
	r.operate("pause")
	for i, h := range handed[:2*each] {
		r.create(h, payloadOf(t, h))
		if i < each {
			if err := r.db.Confirm(t.Context(), []int{h.Generation}); err != nil {
				t.Fatal(err)
			}
		}
	}
	// And a third of the first the queue has dropped, and told nobody.
	for _, h := range handed[:each/3] {
		r.drop(h)
	}
	// Some of it an hour ago, some a little less: those are not taken back by the sweep.
	pgtest.Exec(t, r.url, `UPDATE enrichment_dispatches SET due_at = due_at - age, claimed_at = claimed_at - age, sent_at = sent_at - age
		FROM (SELECT task_pk AS pk, CASE WHEN generation <= $1 OR task_pk % 2 = 0 THEN interval '61 min' ELSE interval '58 min' END AS age
			FROM enrichment_dispatches) AS a WHERE a.pk = task_pk`, handed[each/3].Generation)
	r.operate("resume")
	r.startRelay()
	r.allEnd()
	for _, id := range ids {
		if task := r.task(id); task.Status != enrich.Completed || r.tries(id) != 1 || r.outcomes(id) != "completed" {
			t.Errorf("%s after %d attempts: %s", task.Status, r.tries(id), r.outcomes(id))
		}
	}
	if n := r.count(`SELECT count(*) FROM field_values`); n != len(ids) || r.overlaps > 0 {
		t.Errorf("%d effects of %d tasks, %d attempts at once", n, len(ids), r.overlaps)
	}
}

// operate pauses or resumes the queue.
func (r *road) operate(verb string) {
	r.Helper()
	r.call(http.MethodPost, "/v2/projects/p/locations/l/queues/enrichd-sites:"+verb)
}

// drop has the service forget a task.
func (r *road) drop(h enrich.Handover) {
	r.Helper()
	r.call(http.MethodDelete, "/v2/projects/p/locations/l/queues/enrichd-sites/tasks/"+cloudtasks.TaskID(h.TaskID, h.Generation))
}

func (r *road) call(method, path string) {
	r.Helper()
	w := httptest.NewRecorder()
	r.service.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	if w.Code != http.StatusOK {
		r.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
}
