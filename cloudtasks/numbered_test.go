package cloudtasks_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/enrichd/enrichd/cloudtasks/fake"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// byNumber are the statements WRK-01 to WRK-30 of the dispatch protocol.
var byNumber = map[int]func(*testing.T){
	1:  wrk01NoToken,
	2:  refused(func(c map[string]any) { c["aud"] = "https://push.example.com" }),
	3:  refused(func(c map[string]any) { c["email"] = "other@p.iam.gserviceaccount.com" }),
	4:  refused(func(c map[string]any) { c["iss"] = "https://accounts.example.com" }),
	5:  refused(func(c map[string]any) { c["email_verified"] = false }),
	6:  wrk06ForgedHeaders,
	7:  wrk07FirstDelivery,
	8:  wrk08AgainAfterTheEnd,
	9:  wrk09TwoAtOnce,
	10: wrk10NotVisibleYet,
	11: wrk11Deleted,
	12: wrk12Unknown,
	13: wrk13Malformed,
	14: wrk14AttemptsLeft,
	15: wrk15LastAttempt,
	16: wrk16RetryCountAlone,
	17: wrk17EmptyReason,
	18: wrk18AfterADeadline,
	19: wrk19Overload,
	20: wrk20WorkerKilled,
	21: wrk21Deadlines,
	22: wrk22GracefulStop,
	23: wrk23OneTransaction,
	24: wrk24DiedBeforeMarking,
	25: wrk25RelayDownAnHour,
	26: wrk26Names,
	27: wrk27NewNames,
	28: wrk28IDsOnly,
	29: wrk29ThirtyDays,
	30: wrk30AnyOrder,
}

// Each statement is shown under its number; one that is missing fails.
func TestStatementsByNumber(t *testing.T) {
	const statements = 30
	for n := 1; n <= statements; n++ {
		t.Run(fmt.Sprintf("WRK-%02d", n), func(t *testing.T) {
			show := byNumber[n]
			if show == nil {
				t.Fatal("nothing shows this statement")
			}
			t.Parallel()
			show(t)
		})
	}
	if len(byNumber) != statements {
		t.Errorf("%d statements are shown, of %d", len(byNumber), statements)
	}
}

// idle is a road without a relay and one task that was handed over, by hand.
func idle(t *testing.T, w wish) (*road, enrich.Handover) {
	t.Helper()
	w.noRelay = true
	r := newRoad(t, w)
	r.enqueue(1)
	return r, r.handOver()
}

// everything is all that a push could change.
func (r *road) everything() string {
	return pgtest.Query[string](r.TB, r.url, `SELECT concat_ws(E'\n',
		(SELECT string_agg(t::text, E'\n' ORDER BY pk) FROM enrichment_tasks t), (SELECT string_agg(d::text, E'\n' ORDER BY task_pk) FROM enrichment_dispatches d),
		(SELECT string_agg(e::text, E'\n' ORDER BY pk) FROM enrichment_events e), (SELECT count(*) FROM enrichment_task_attempts), (SELECT count(*) FROM field_values))`)
}

// without says that something has no effect at all.
func (r *road) without(effect func()) {
	r.Helper()
	before := r.everything()
	effect()
	if after := r.everything(); after != before {
		r.Errorf("there was an effect:\n%s\nbefore:\n%s", after, before)
	}
	if r.tries() > 0 {
		r.Errorf("%d attempts began", r.tries())
	}
}

func (r *road) expect(resp *http.Response, status int) {
	r.Helper()
	if resp.StatusCode != status {
		r.Errorf("answered %s, want %d", resp.Status, status)
	}
}

// refused is a push whose token has one claim that is wrong.
func refused(change func(map[string]any)) func(*testing.T) {
	return func(t *testing.T) {
		r, h := idle(t, wish{})
		token, err := r.service.Token(account, audience, change)
		if err != nil {
			t.Fatal(err)
		}
		r.without(func() {
			r.expect(r.pushed(h, func(req *http.Request) { req.Header.Set("Authorization", "Bearer "+token) }), http.StatusUnauthorized)
		})
		r.expect(r.pushed(h, nil), http.StatusNoContent) // the token was all that was wrong
	}
}

func wrk01NoToken(t *testing.T) {
	r, h := idle(t, wish{})
	expired, err := r.service.Token(account, audience, func(c map[string]any) { c["exp"] = time.Now().Add(-2 * time.Minute).Unix() })
	if err != nil {
		t.Fatal(err)
	}
	r.without(func() {
		for _, header := range []string{"", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic YTpi", "Bearer " + expired} {
			r.expect(r.pushed(h, func(req *http.Request) {
				req.Header.Del("Authorization")
				if header != "" {
					req.Header.Set("Authorization", header)
				}
			}), http.StatusUnauthorized)
		}
	})
	r.expect(r.pushed(h, nil), http.StatusNoContent)
}

func wrk06ForgedHeaders(t *testing.T) {
	r, h := idle(t, wish{maxAttempts: 3})
	r.without(func() {
		r.expect(r.pushed(h, func(req *http.Request) {
			req.Header.Del("Authorization")
			req.Header.Set("User-Agent", "Google-Cloud-Tasks")
			for name, value := range map[string]string{"QueueName": "enrichd-sites", "TaskRetryCount": "2", "TaskETA": "1790000000.5", "TaskPreviousResponse": "503"} {
				req.Header.Set("X-CloudTasks-"+name, value)
			}
		}), http.StatusUnauthorized)
	})
}

func wrk07FirstDelivery(t *testing.T) {
	var r *road
	var during enrich.Task
	r, h := idle(t, wish{run: func(_ context.Context, j enrich.Job) enrich.Answer {
		during = r.task(j.Task.ID)
		return done(j)
	}})
	before := r.task(h.TaskID)
	resp := r.pushed(h, nil)
	after := r.task(h.TaskID)
	if before.Status != enrich.Pending || during.Status != enrich.Processing || after.Status != enrich.Completed || after.CompletedAt == nil || during.CompletedAt != nil {
		t.Errorf("%s, then %s, then %s at %v", before.Status, during.Status, after.Status, after.CompletedAt)
	}
	r.expect(resp, http.StatusNoContent)
	if r.row() != "gone" {
		t.Error("the dispatch row is left")
	}
}

func wrk08AgainAfterTheEnd(t *testing.T) {
	r, h := idle(t, wish{})
	r.expect(r.pushed(h, nil), http.StatusNoContent)
	before := r.everything()
	for range 3 {
		r.expect(r.pushed(h, nil), http.StatusNoContent)
	}
	if after := r.everything(); after != before || r.tries(h.TaskID) != 1 {
		t.Errorf("%d attempts\n%s\nbefore:\n%s", r.tries(h.TaskID), after, before)
	}
}

func wrk09TwoAtOnce(t *testing.T) {
	began, release := make(chan struct{}), make(chan struct{})
	r, h := idle(t, wish{run: func(_ context.Context, j enrich.Job) enrich.Answer {
		close(began) // a second attempt would panic here
		<-release
		return done(j)
	}})
	var first *http.Response
	var both sync.WaitGroup
	both.Go(func() { first = r.pushed(h, nil) })
	<-began
	asked := time.Now()
	second := r.pushed(h, nil)
	if took := time.Since(asked); took > 5*time.Second {
		t.Errorf("the second was answered after %v", took)
	}
	r.expect(second, http.StatusConflict)
	if second.Header.Get("Retry-After") == "" {
		t.Error("the second is not told when to come back")
	}
	close(release)
	both.Wait()
	r.expect(first, http.StatusNoContent)
	r.expect(r.pushed(h, nil), http.StatusNoContent)
	if r.tries(h.TaskID) != 1 || r.outcomes(h.TaskID) != "completed" {
		t.Errorf("%d attempts: %s", r.tries(h.TaskID), r.outcomes(h.TaskID))
	}
}

func wrk10NotVisibleYet(t *testing.T) {
	r, h := idle(t, wish{})
	pgtest.Exec(t, r.url, `SET session_replication_role = replica;
		CREATE TABLE hidden_tasks AS TABLE enrichment_tasks; CREATE TABLE hidden_dispatches AS TABLE enrichment_dispatches;
		DELETE FROM enrichment_dispatches; DELETE FROM enrichment_tasks`)
	resp := r.pushed(h, nil)
	r.expect(resp, http.StatusNotFound)
	if resp.Header.Get("Retry-After") == "" {
		t.Error("it is not told when to come back")
	}
	pgtest.Exec(t, r.url, `SET session_replication_role = replica;
		INSERT INTO enrichment_tasks OVERRIDING SYSTEM VALUE TABLE hidden_tasks; INSERT INTO enrichment_dispatches TABLE hidden_dispatches`)
	r.expect(r.pushed(h, func(req *http.Request) { req.Header.Set("X-CloudTasks-TaskRetryCount", "1") }), http.StatusNoContent)
	r.until(h.TaskID, enrich.Completed)
}

func wrk11Deleted(t *testing.T) {
	r, h := idle(t, wish{})
	if err := r.db.DeleteTask(t.Context(), pgtest.Workspace, h.TaskID, func(enrich.Task) error { return nil }); err != nil {
		t.Fatal(err)
	}
	r.without(func() { r.expect(r.pushed(h, nil), http.StatusNoContent) })
}

func wrk12Unknown(t *testing.T) {
	r := newRoad(t, wish{noRelay: true})
	strange := enrich.Handover{WorkspaceID: pgtest.Workspace, TaskID: "00000000-0000-4000-8000-000000000000", Type: enrich.Logo, Generation: 7}
	r.without(func() {
		for tried, want := range []int{404, 404, 404, 404, 404, 204, 204} {
			r.expect(r.pushed(strange, func(req *http.Request) { req.Header.Set("X-CloudTasks-TaskRetryCount", strconv.Itoa(tried)) }), want)
		}
		elsewhere := strange
		elsewhere.WorkspaceID = "no-such-workspace"
		r.expect(r.pushed(elsewhere, func(req *http.Request) { req.Header.Set("X-CloudTasks-TaskRetryCount", "9") }), http.StatusNoContent)
	})
	// The service itself is rid of it after as many tries.
	r.create(strange, payloadOf(t, strange))
	r.wait("the service is rid of it", func() bool { return r.service.Tasks("enrichd-sites") == 0 })
	if n := len(r.service.Pushes()); n != 6 {
		t.Errorf("%d pushes", n)
	}
	if log := r.logged(); strings.Count(log, "level=ERROR") < 3 || !strings.Contains(log, strange.TaskID) {
		t.Errorf("no alert: %s", log)
	}
}

func wrk13Malformed(t *testing.T) {
	for name, spoil := range map[string]func(body string) string{
		"empty":          func(string) string { return "" },
		"not JSON":       func(b string) string { return b[1:] },
		"cut off":        func(b string) string { return b[:len(b)-4] },
		"an array":       func(b string) string { return "[" + b + "]" },
		"two":            func(b string) string { return b + b },
		"another type":   func(b string) string { return strings.Replace(b, `"generation":`, `"generation":"x","x":`, 1) },
		"an unknown key": func(b string) string { return strings.Replace(b, "{", `{"input":{},`, 1) },
		"no id":          func(b string) string { return strings.Replace(b, `"task_id"`, `"task_ids"`, 1) },
		"empty ids":      func(string) string { return `{"workspace_id":"","task_id":"","generation":0}` },
		"of another":     func(string) string { return `{"workspace_id":"w","task_id":"t","generation":1}` },
		"too large":      func(b string) string { return b + strings.Repeat(" ", 5000) },
		"bad UTF-8":      func(string) string { return "\xff\xfe{}" },
	} {
		t.Run(name, func(t *testing.T) {
			r, h := idle(t, wish{})
			r.create(h, spoil(payloadOf(t, h)))
			task := r.until(h.TaskID, enrich.Failed)
			if task.Error == nil || !strings.HasPrefix(*task.Error, "malformed_push: ") || task.CompletedAt == nil || task.Description == nil || r.row() != "gone" {
				t.Errorf("%+v, its row: %s", task, r.row())
			}
			r.wait("the service is rid of it", func() bool { return r.service.Tasks("enrichd-sites") == 0 })
			if p := r.service.Pushes(); len(p) != 1 || p[0].Status != http.StatusNoContent || p[0].Dropped || r.tries() != 0 {
				t.Errorf("pushed %+v, attempts %d", p, r.tries())
			}
		})
	}
	t.Run("of no task", func(t *testing.T) {
		r, _ := idle(t, wish{})
		r.without(func() {
			for _, name := range []string{"", "x", "a-b-g1", "0123456789abcdef-00000000-0000-4000-8000-000000000000-g1"} {
				r.expect(r.sent("/internal/dispatch/logo", name, "{", nil), http.StatusNoContent)
			}
		})
		if !strings.Contains(r.logged(), "level=ERROR") {
			t.Error("no alert")
		}
	})
	t.Run("to another kind", func(t *testing.T) {
		r, h := idle(t, wish{})
		h.Type = enrich.AICompany
		r.expect(r.pushed(h, nil), http.StatusNoContent)
		if task := r.until(h.TaskID, enrich.Failed); !strings.HasPrefix(*task.Error, "malformed_push: ") {
			t.Errorf("%+v", task)
		}
	})
	t.Run("to a kind that does not run here", func(t *testing.T) {
		r, h := idle(t, wish{})
		h.Type = enrich.OCRExtract
		r.without(func() { r.expect(r.pushed(h, nil), http.StatusNotImplemented) })
		r.expect(r.pushed(h, func(req *http.Request) { req.Header.Set("X-CloudTasks-TaskRetryCount", "5") }), http.StatusNoContent)
		if row := r.row(); row != "worker none attempt 0" {
			t.Errorf("its row: %s", row)
		}
	})
}

func neverDone(context.Context, enrich.Job) enrich.Answer { return retry("The server is away.") }

func wrk14AttemptsLeft(t *testing.T) {
	r, h := idle(t, wish{run: neverDone, spec: enrich.Spec{MaxAttempts: 3}})
	resp := r.pushed(h, nil)
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		t.Errorf("answered %s: the service would delete it", resp.Status)
	}
	if task := r.task(h.TaskID); task.Status != enrich.Processing || task.Error != nil || task.CompletedAt != nil {
		t.Errorf("%+v", task)
	}
	if row := r.row(); row != "worker -1 attempt 1" {
		t.Errorf("its row: %s", row)
	}
}

func wrk15LastAttempt(t *testing.T) {
	r, h := idle(t, wish{run: neverDone, spec: enrich.Spec{MaxAttempts: 50}, maxAttempts: 3})
	r.expect(r.pushed(h, func(req *http.Request) { req.Header.Set("X-CloudTasks-TaskRetryCount", "2") }), http.StatusNoContent)
	task := r.task(h.TaskID)
	if task.Status != enrich.Failed || task.Error == nil || !strings.Contains(*task.Error, "The server is away.") || task.CompletedAt == nil || r.row() != "gone" {
		t.Errorf("%+v, its row: %s", task, r.row())
	}
	// And on the road: the queue never drops it unfinished.
	r = newRoad(t, wish{run: neverDone, spec: enrich.Spec{MaxAttempts: 50}, maxAttempts: 3, queue: fake.Queue{MaxAttempts: 3, MinBackoff: 50 * time.Millisecond, MaxBackoff: 50 * time.Millisecond}})
	id := r.enqueue(1)[0]
	task = r.until(id, enrich.Failed)
	for _, p := range r.service.Pushes() {
		if p.Dropped {
			t.Errorf("dropped: %+v", p)
		}
	}
	if r.tries(id) < 3 || r.outcomes(id) == "" {
		t.Errorf("%d attempts: %s", r.tries(id), r.outcomes(id))
	}
}
