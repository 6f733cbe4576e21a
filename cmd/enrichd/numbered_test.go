package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// says reports whether a numbered statement of the API holds.
func says(t *testing.T, number string, holds bool, got ...any) {
	t.Helper()
	t.Run(number, func(t *testing.T) {
		t.Helper()
		if !holds {
			t.Errorf("%s does not hold: %.1500s", number, fmt.Sprint(got...))
		}
	})
}

// answers reports whether a decision is answered with a status and a code.
func (b *bench) answers(key, task, attributes string, want int, code string) (bool, map[string]any) {
	b.Helper()
	status, doc := b.decide(key, task, attributes)
	return status == want && text(dig(doc, "errors", 0, "code")) == code, doc
}

// Decisions on what a task proposes, statement by statement.
func TestDecisionsByNumber(t *testing.T) {
	b := setup(t)
	_, ask := b.ambiguous()
	path := tasks + "/" + ask.ID + "/decisions"
	if _, err := b.process.db.EnsureWorkspace(context.Background(), "ws-other", "Other"); err != nil {
		t.Fatal(err)
	}
	idle := b.make(waiting)
	for _, c := range []struct {
		number, key, task, attributes string
		status                        int
		code                          string
	}{
		{"APR-03", b.api.Key, idle, `"decision":"approve"`, 409, "TASK_NOT_AWAITING_APPROVAL"},
		{"APR-06", b.key(pgtest.Workspace, "enrichment_tasks:read", "enrichment_tasks:write"), ask.ID, `"decision":"approve"`, 403, "INSUFFICIENT_SCOPE"},
		{"a service's key", b.heldBy("service"), ask.ID, `"decision":"approve"`, 403, "FORBIDDEN"},
		{"an agent's key", b.heldBy("agent"), ask.ID, `"decision":"approve"`, 403, "FORBIDDEN"},
		{"APR-07", b.api.Key, ask.ID, `"decision":"maybe"`, 422, "INVALID_ENUM"},
		{"APR-08", b.api.Key, ask.ID, `"decision":"approve","reviewed_output_hash":"sha256:1"`, 409, "OUTPUT_CHANGED"},
		{"APR-11", b.key("ws-other", "enrichment_tasks:approve"), ask.ID, `"decision":"approve"`, 404, "ENRICHMENT_TASK_NOT_FOUND"},
		{"an unknown item", b.api.Key, ask.ID, `"decision":"approve","accept":["x"]`, 422, "INVALID_VALUE"},
		{"items of a rejection", b.api.Key, ask.ID, `"decision":"reject","accept":[]`, 422, "INVALID_VALUE"},
		{"an unknown attribute", b.api.Key, ask.ID, `"decision":"approve","status":"completed"`, 422, "UNKNOWN_ATTRIBUTE"},
	} {
		ok, doc := b.answers(c.key, c.task, c.attributes, c.status, c.code)
		says(t, c.number, ok, doc)
	}
	status, _, doc := b.call("PATCH", tasks+"/"+ask.ID, jt, fmt.Sprintf(`{"data":{"type":"enrichment_task","id":"%s","attributes":{"status":"completed"}}}`, ask.ID))
	says(t, "APR-12", status == 403, doc)
	b.undoByNumber(t, path, ask.ID)
	b.carryOutByNumber(t, path, ask.ID)
}

// undoByNumber decides twice at once, undoes the winner, and is told when it is
// too late. DELETE of a decision is its undo (decision 21), unlike APR-10 says.
func (b *bench) undoByNumber(t *testing.T, path, task string) {
	var statuses [2]int
	var docs [2]map[string]any
	var both sync.WaitGroup
	for i, verdict := range []string{"approve", "reject"} {
		both.Go(func() { statuses[i], docs[i] = b.decide(b.api.Key, task, `"decision":"`+verdict+`"`) })
	}
	both.Wait()
	winner := 0
	if statuses[1] == 201 {
		winner = 1
	}
	says(t, "APR-05", statuses[winner] == 201 && statuses[1-winner] == 409, docs)
	ok, doc := b.answers(b.api.Key, task, `"decision":"reject"`, 409, "DECISION_ALREADY_MADE")
	says(t, "APR-04", ok, doc)
	first := path + "/" + text(dig(docs[winner], "data", "id"))
	undone, _, doc := b.call("DELETE", first, "", "")
	twice, _, again := b.call("DELETE", first, "", "")
	patched, _, refused := b.call("PATCH", first, jt, "{}")
	says(t, "APR-10", undone == 204 && twice == 409 && dig(again, "errors", 0, "code") == "DECISION_ALREADY_APPLIED" && patched == 405, doc, again, refused)
}

// carryOutByNumber approves, and waits until the pipeline has moved the task.
func (b *bench) carryOutByNumber(t *testing.T, path, task string) {
	status, header, doc := b.call("POST", path, jt, `{"data":{"type":"enrichment_task_decision","attributes":{"decision":"approve","reason":"seen"}}}`)
	self := header.Get("Location")
	says(t, "APR-01", status == 201 && self == path+"/"+text(dig(doc, "data", "id")), doc)
	_, _, before := b.call("GET", tasks+"/"+task, "", "")
	took := time.Now()
	after := b.decided(task)
	says(t, "APR-02", dig(before, "data", "attributes", "status") == "awaiting_approval" && after.Text("status") == "completed" && time.Since(took) > 5*time.Second, before)
	_, _, list := b.call("GET", path, "", "")
	latest := dig(list, "data", 0, "attributes")
	says(t, "APR-09", dig(latest, "state") == "applied" && dig(latest, "decided_by") == "test" && dig(latest, "reason") == "seen" && dig(latest, "created_at") != nil &&
		dig(list, "data", 1, "attributes", "state") == "withdrawn", list)
	ok, doc := b.answers(b.api.Key, task, `"decision":"reject"`, 409, "TASK_NOT_AWAITING_APPROVAL")
	if !ok {
		t.Errorf("a decision after the end: %v", doc)
	}
}

// Live events, statement by statement.
func TestEventsByNumber(t *testing.T) {
	b := setup(t)
	if _, err := b.process.db.EnsureWorkspace(context.Background(), "ws-other", "Other"); err != nil {
		t.Fatal(err)
	}
	other, _ := b.stream(b.key("ws-other", "enrichment_tasks:read"), "")
	events, header := b.stream(b.api.Key, "")
	first := next(t, events, b.make(waiting))
	second := next(t, events, b.make(`"entity_type":"company","entity_id":"c-2","enrichment_type":"ai_company"`))
	says(t, "EVT-10", header.Get("Content-Type") == "text/event-stream" && header.Get("X-Accel-Buffering") == "no" && len(first.id) <= len(second.id) && first.id < second.id, header, first, second)
	var ids []string
	for i := range 20 {
		ids = append(ids, b.make(fmt.Sprintf(`"entity_type":"company","entity_id":"c-%d","enrichment_type":"ai_company"`, 100+i)))
	}
	again, _ := b.stream(b.api.Key, first.id)
	next(t, again, "c-2")
	for _, id := range ids {
		next(t, again, id)
	}
	says(t, "EVT-11", true) // next fails where one is missing
	for _, id := range []string{"999999", "x", "-1"} {
		gone, _ := b.stream(b.api.Key, id)
		e := <-gone
		says(t, "EVT-12", e.name == "reset", id, e)
	}
	var foreign []sseEvent
	for range len(other) {
		foreign = append(foreign, <-other)
	}
	says(t, "EVT-13", len(foreign) == 0, foreign)
	b.slowReader(t)
}

// slowReader follows the events and reads nothing: it is dropped. Another one gets
// all of them, coming back with the last id that it saw where it fell behind, too.
func (b *bench) slowReader(t *testing.T) {
	req, err := http.NewRequest("GET", b.url+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.api.Key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	last, err := b.process.db.LastEvent(context.Background(), pgtest.Workspace)
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, b.dbURL, `INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data)
		SELECT w.pk, 'flood', 'x', n::text, jsonb_build_object('padding', repeat('x', 4000)) FROM workspaces w, generate_series(1, 6000) AS n WHERE workspace_id = $1`, pgtest.Workspace)
	seen := sseEvent{id: fmt.Sprint(last)}
	for range 100 {
		again, _ := b.stream(b.api.Key, seen.id)
		for e := range again {
			if seen = e; strings.Contains(e.data, `"id":"6000"`) {
				break
			}
		}
		if strings.Contains(seen.data, `"id":"6000"`) {
			break
		}
	}
	if !strings.Contains(seen.data, `"id":"6000"`) {
		t.Fatalf("the other reader got no further than %s", seen.id)
	}
	ended := false
	for lines := bufio.NewReaderSize(res.Body, 1<<16); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			ended = true
			break
		}
		if strings.Contains(line, `"id":"6000"`) {
			break // it was never dropped: all of it fitted on the way
		}
	}
	says(t, "EVT-14", ended, "the stream of a reader that does not read went on to its end")
}
