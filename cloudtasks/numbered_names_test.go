package cloudtasks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/cloudtasks/fake"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

var nameForm = regexp.MustCompile(`^[0-9a-f]{16}-[A-Za-z0-9_-]+-g[0-9]+$`)

func wrk26Names(t *testing.T) {
	var c created
	r := newRoad(t, wish{relay: c.watch})
	r.enqueue(64)
	r.allEnd()
	list := c.all()
	first := map[byte]int{}
	for _, made := range list {
		var p cloudtasks.Payload
		if err := json.Unmarshal(made.Body, &p); err != nil {
			t.Fatal(err)
		}
		if !nameForm.MatchString(made.Name) || len(made.Name) > 500 || !strings.HasSuffix(made.Name, fmt.Sprintf("-g%d", p.Generation)) || !strings.Contains(made.Name, p.TaskID) {
			t.Errorf("%s is no name of generation %d", made.Name, p.Generation)
		}
		if read, ok := cloudtasks.ParseTaskID(made.Name); !ok || read.TaskID != p.TaskID || read.Generation != p.Generation {
			t.Errorf("%s reads as %+v", made.Name, read)
		}
		first[made.Name[0]]++
	}
	// Of 64 names some begin with nearly every digit: they follow no order.
	if len(list) != 64 || len(first) < 10 {
		t.Errorf("%d names begin with %v", len(list), first)
	}
	for _, id := range []string{strings.Repeat("x", 2000), "a b/c:é", ""} {
		if name := cloudtasks.TaskID(id, 1<<40); !regexp.MustCompile(`^[A-Za-z0-9_-]{1,500}$`).MatchString(name) || !strings.HasSuffix(name, "-g1099511627776") {
			t.Errorf("%q makes %q", id, name)
		}
	}
	for _, name := range []string{"", "x", list[0].Name + "1", "0" + list[0].Name, strings.ToUpper(list[0].Name), strings.Replace(list[0].Name, "-g", "-g-", 1)} {
		if read, ok := cloudtasks.ParseTaskID(name); ok {
			t.Errorf("%q reads as %+v", name, read)
		}
	}
}

func wrk28IDsOnly(t *testing.T) {
	var c created
	r := newRoad(t, wish{relay: c.watch})
	secret := strings.Repeat("canary ", 20_000)
	input, err := json.Marshal(map[string]string{"note": secret})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.db.Enqueue(t.Context(), pgtest.Workspace, []enrich.Request{{EntityType: "company", EntityID: "canary", Type: enrich.Logo, Input: input}}); err != nil {
		t.Fatal(err)
	}
	r.allEnd()
	list := c.all()
	if len(list) != 1 {
		t.Fatalf("created %v", list)
	}
	var members map[string]any
	if err := json.Unmarshal(list[0].Body, &members); err != nil {
		t.Fatal(err)
	}
	if len(members) != 3 || members["workspace_id"] != pgtest.Workspace || members["task_id"] == nil || members["generation"] == nil ||
		strings.Contains(fmt.Sprintf("%s%+v", list[0].Body, list[0]), "canary") {
		t.Errorf("the payload: %s", list[0].Body)
	}
	if stored := len(list[0].Body) + len(list[0].URL) + len(list[0].Name); stored > 1000 {
		t.Errorf("%d bytes to store, of 1,048,569 at most", stored)
	}
}

func wrk27NewNames(t *testing.T) {
	// A task that asks a person has a new dispatch row for what was decided.
	var c created
	r := newRoad(t, wish{
		relay: c.watch,
		run: func(_ context.Context, j enrich.Job) enrich.Answer {
			if j.Attempt == 1 {
				return enrich.Ask{Result: enrich.Result{Output: []byte(`{"a":1}`), Description: "two values"}}
			}
			return enrich.Fail{Err: enrich.Errorf("unexpected", "This is attempt %d.", j.Attempt)}
		},
	})
	id := r.enqueue(1)[0]
	r.until(id, enrich.AwaitingApproval)
	if _, err := r.db.Decide(t.Context(), pgtest.Workspace, id, postgres.Verdict{Verdict: enrich.Approve, By: "Ada"}); err != nil {
		t.Fatal(err)
	}
	r.until(id, enrich.Completed)
	names := map[string]int{}
	for _, made := range c.all() {
		names[made.Name]++
	}
	if len(names) != 2 {
		t.Errorf("a task that came twice had the names %v", names)
	}

	// And one that its provider puts off is handed over anew each time.
	var again created
	r = newRoad(t, wish{relay: again.watch, spec: enrich.Spec{Provider: enrich.Provider{Name: "someone"}}, run: func(_ context.Context, j enrich.Job) enrich.Answer {
		if time.Since(j.Task.CreatedAt) < 2*time.Second {
			return enrich.Retry{Err: enrich.Errorf("busy", "Ask later."), After: time.Second, Provider: true}
		}
		return done(j)
	}})
	id = r.enqueue(1)[0]
	r.until(id, enrich.Completed)
	clear(names)
	for _, made := range again.all() {
		names[made.Name]++
	}
	for name, n := range names {
		if n > 1 {
			t.Errorf("%s was created %d times", name, n)
		}
	}
	// The service still knows every name: one that came again would have made no task.
	if len(names) < 3 || len(names) != len(r.service.Pushes()) {
		t.Errorf("%d names, %d pushes", len(names), len(r.service.Pushes()))
	}
}

func wrk29ThirtyDays(t *testing.T) {
	var calls created
	r := newRoad(t, wish{relay: calls.watch, script: fake.Script{Create: func(fake.Creation) fake.CreateFault { return fake.CreateFault{Status: 418} }}})
	task := cloudtasks.Task{Name: "n", Queue: "enrichd-sites", URL: r.push, ScheduleAt: time.Now().Add(30*24*time.Hour + time.Minute)}
	var said *cloudtasks.Error
	if err := r.client().Create(t.Context(), task); !errors.As(err, &said) || said.Status != 0 || said.Retryable || !strings.Contains(said.Message, "30 days") {
		t.Errorf("31 days ahead: %v", err)
	}
	task.ScheduleAt = time.Now().Add(30*24*time.Hour - time.Minute)
	if err := r.client().Create(t.Context(), task); !errors.As(err, &said) || said.Status != 418 {
		t.Errorf("30 days ahead, the service was not asked: %v", err)
	}
	// What is due later than that stays here until it is due.
	if _, err := r.db.Enqueue(t.Context(), pgtest.Workspace, []enrich.Request{{EntityType: "company", EntityID: "late", Type: enrich.Logo, Delay: 40 * 24 * time.Hour}}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // three looks of the relay
	if list, err := r.db.HandOver(t.Context(), []enrich.Type{enrich.Logo}, 10, 10); err != nil || len(list) != 0 || len(calls.all()) != 0 {
		t.Errorf("handed over %v, created %v: %v", list, calls.all(), err)
	}
}

func wrk30AnyOrder(t *testing.T) {
	const n = 24
	var order []string
	var mu sync.Mutex
	var c created
	r := newRoad(t, wish{relay: func(o *cloudtasks.RelayOptions) {
		c.watch(o)
		o.Calls = 1 // one after the other
	}, script: fake.Script{Push: func(p fake.Push) fake.Fault {
		made, _ := cloudtasks.ParseTaskID(p.Task) // their generations are 1 to n
		return fake.Fault{Delay: time.Second + time.Duration(n-made.Generation)*50*time.Millisecond}
	}}, run: func(_ context.Context, j enrich.Job) enrich.Answer {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, j.Task.ID)
		return done(j)
	}})
	ids := r.enqueue(n)
	r.allEnd()
	place := map[string]int{}
	for _, made := range c.all() {
		h, _ := cloudtasks.ParseTaskID(made.Name)
		place[h.TaskID] = h.Generation
	}
	backwards := 0
	for i, id := range order[:len(order)-1] {
		if place[id] > place[order[i+1]] {
			backwards++
		}
	}
	for _, id := range ids {
		if r.task(id).Status != enrich.Completed || r.tries(id) != 1 {
			t.Errorf("%s: %s after %d attempts", id, r.task(id).Status, r.tries(id))
		}
	}
	if len(order) != n || backwards < n/2 {
		t.Errorf("%d of %d ran before one that was handed over earlier", backwards, len(order))
	}
	// Of one task, too: what was handed over first comes after what was handed over last.
	r, first := idle(t, wish{run: func(_ context.Context, j enrich.Job) enrich.Answer { return done(j) }})
	pgtest.Exec(t, r.url, `UPDATE enrichment_dispatches SET claimed_at = claimed_at - interval '2 hours'`)
	r.wait("it is taken back", func() bool { return r.row() == "worker none attempt 0" })
	second := r.handOver()
	r.expect(r.pushed(first, nil), 204)
	if r.tries() != 0 {
		t.Error("a hand-over that was taken back has run")
	}
	r.expect(r.pushed(second, nil), 204)
	r.expect(r.pushed(first, nil), 204)
	if r.until(first.TaskID, enrich.Completed); r.tries() != 1 || r.outcomes(first.TaskID) != "completed" {
		t.Errorf("%d attempts: %s", r.tries(), r.outcomes(first.TaskID))
	}
}
