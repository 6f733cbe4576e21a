package check_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/enrichd/enrichd/chaos/check"
)

// began is when everything in these histories begins; at counts seconds from it.
var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }

func ptr[T any](v T) *T { return &v }

// sound is evidence of a product that kept its promises: one task that ran
// smoothly, one whose first worker died, a batch of one, and a parent with a child.
func sound() *check.Evidence {
	e := &check.Evidence{
		Canary: map[string]string{"w1": "canary-1", "w2": "canary-2"}, Quiet: time.Second,
		Deadly: []check.Window{{From: at(3), To: at(8), Why: "kill-worker"}},
		Use:    []check.Use{{What: "worker-0 goroutines", Before: 40, After: 42}},
	}
	t := &e.Tables
	add := func(pk int64, kind string, claims ...[2]int) {
		id := fmt.Sprint("task-", pk)
		end := at(claims[len(claims)-1][1])
		t.Tasks = append(t.Tasks, check.Task{
			PK: pk, ID: id, Workspace: "w1", Status: "completed", Type: kind, Entity: fmt.Sprint("e-", pk), Canary: ptr("canary-1"),
			Digest: "completed|" + id, CreatedAt: at(0), CompletedAt: &end,
		})
		t.Moves = append(t.Moves, check.Move{Task: pk, To: "pending", Tx: "1", At: at(0)})
		t.Events = append(t.Events, check.Event{Type: "enrichment_task.created", Subject: id, At: at(0)})
		for i, c := range claims {
			token := pk*10 + int64(i)
			open, done := fmt.Sprint(pk, "-", i, "-claim"), fmt.Sprint(pk, "-", i, "-settle")
			t.Holds = append(t.Holds,
				check.Hold{Task: pk, Is: &token, Attempt: i + 1, Worker: ptr(int64(i)), Tx: open, At: at(c[0])},
				check.Hold{Task: pk, Was: &token, Attempt: i + 1, Tx: done, At: at(c[1])})
			outcome := "crashed"
			if i == 0 {
				t.Moves = append(t.Moves, check.Move{Task: pk, From: "pending", To: "processing", Tx: open, At: at(c[0])})
				t.Events = append(t.Events, check.Event{Type: "enrichment_task.processing", Subject: id})
			}
			if i == len(claims)-1 {
				outcome = "completed"
				t.Moves = append(t.Moves, check.Move{Task: pk, From: "processing", To: "completed", Tx: done, At: at(c[1])})
				t.Events = append(t.Events, check.Event{Type: "enrichment_task.completed", Subject: id, At: end})
			}
			t.Attempts = append(t.Attempts, check.Attempt{Task: pk, Number: i + 1, Started: at(c[0]), Ended: at(c[1]), Outcome: outcome})
			e.Effects = append(e.Effects, check.Effect{Key: fmt.Sprint(id, "/", i+1), Task: id, Attempt: i + 1, Body: fmt.Sprint(id, i)})
		}
		if kind == "logo" {
			t.Values = append(t.Values, check.Value{Task: id, Field: "name"})
		}
	}
	add(1, "logo", [2]int{1, 2})
	add(2, "logo", [2]int{1, 5}, [2]int{6, 7})
	add(3, "logo", [2]int{1, 2})
	add(4, "document_reconciliation_backfill", [2]int{5, 6})
	add(5, "logo", [2]int{3, 4})
	t.Tasks[2].Batch = ptr("batch-1")
	t.Batches = []check.Batch{{ID: "batch-1", Workspace: "w1", Key: "p-1", Total: 1}}
	t.Events = append(t.Events, check.Event{Type: "enrichment_batch.completed", Subject: "batch-1", At: at(2)})
	t.Tasks[4].Parent = ptr(int64(4))
	t.Accounts = []check.Account{{Workspace: "w1", Rows: 3, Cents: 500, WantRows: 3, WantCents: 500}}
	for i, pk := range []int{1, 2, 4} {
		o := check.Op{At: at(0), Client: i, Op: check.Create, Type: check.Invoke, Key: fmt.Sprint("k-", pk), Workspace: "w1", Entity: fmt.Sprint("e-", pk)}
		e.History = append(e.History, o)
		o.Type, o.ID = check.OK, fmt.Sprint("task-", pk)
		e.History = append(e.History, o)
	}
	for _, kind := range []string{check.Invoke, check.OK} {
		e.History = append(e.History,
			check.Op{At: at(0), Op: check.Press, Type: kind, Key: "p-1", Workspace: "w1", ID: map[string]string{check.OK: "batch-1"}[kind]},
			check.Op{At: at(9), Op: check.List, Type: kind, Workspace: "w1", Seen: []string{"task-1", "task-2", "task-3", "task-4", "task-5"}})
	}
	for _, status := range []string{"pending", "processing", "completed"} {
		o := check.Op{At: at(1), Op: check.Read, Type: check.OK, Workspace: "w1", ID: "task-1", Status: status, Digest: status}
		if status == "completed" {
			o.Digest = "completed|task-1"
		}
		e.History = append(e.History, o)
	}
	return e
}

func TestSoundEvidencePasses(t *testing.T) {
	for _, v := range check.Judge(sound()) {
		t.Error(v)
	}
}

// bug is a fault that could be in the product, and the trace that it would leave.
type bug struct {
	name      string
	invariant string
	spoil     func(*check.Evidence)
}

// planted lists the bugs that the judge must see: those of the campaign's release
// condition that concern what is built, and one for each other rule.
func planted() []bug {
	task := func(e *check.Evidence, i int) *check.Task { return &e.Tables.Tasks[i] }
	return []bug{
		{"the token is not in the settlement's WHERE", "I6", func(e *check.Evidence) {
			e.Tables.Attempts[1].Ended, e.Tables.Attempts[1].Outcome = at(7), "completed"
		}},
		{"the status is not in the rescue's WHERE", "I4", func(e *check.Evidence) {
			e.Tables.Moves = append(e.Tables.Moves, check.Move{Task: 1, From: "completed", To: "processing", Tx: "rescue", At: at(9)})
		}},
		{"siblings are counted instead of counted down", "I8", func(e *check.Evidence) {
			e.Tables.Events = slices.DeleteFunc(e.Tables.Events, func(v check.Event) bool { return v.Type == "enrichment_batch.completed" })
		}},
		{"the end of a batch is told twice", "I8", func(e *check.Evidence) {
			e.Tables.Events = append(e.Tables.Events, check.Event{Type: "enrichment_batch.completed", Subject: "batch-1", At: at(3)})
		}},
		{"a task is settled before its effect", "I7", func(e *check.Evidence) { e.Effects = e.Effects[1:] }},
		{"a claim takes no lock", "I6", func(e *check.Evidence) {
			e.Tables.Holds = append(e.Tables.Holds, check.Hold{Task: 1, Was: ptr(int64(10)), Is: ptr(int64(99)), Attempt: 1, Tx: "second", At: at(2)})
		}},
		{"acknowledged before the commit", "I1", func(e *check.Evidence) {
			e.History = append(e.History, check.Op{Op: check.Create, Type: check.OK, Key: "k-9", Workspace: "w1", ID: "task-9"})
		}},
		{"the lease is renewed for whoever has the name", "I5", func(e *check.Evidence) {
			a := e.Tables.Attempts[0]
			a.Worker = "another"
			e.Tables.Attempts = append(e.Tables.Attempts, a)
		}},
		{"the lease is measured by the program's clock", "I6", func(e *check.Evidence) { e.Deadly = nil }},
		{"an effect has no key", "I7", func(e *check.Evidence) { e.Effects[0].Key = "" }},
		{"one key carries two effects", "I7", func(e *check.Evidence) { e.Effects[2].Key = e.Effects[1].Key }},
		{"events are written outside the transaction", "I10", func(e *check.Evidence) { e.Tables.Events = e.Tables.Events[1:] }},
		{"attempts are counted at failure only", "I5", func(e *check.Evidence) {
			e.Tables.Holds[4].Attempt, e.Tables.Attempts[2].Number = 1, 1
		}},
		{"the idempotency key is stored after the work", "I1", func(e *check.Evidence) {
			again := *task(e, 0)
			again.PK, again.ID = 90, "task-90"
			e.Tables.Tasks = append(e.Tables.Tasks, again)
		}},
		{"a key answers with another task", "I14", func(e *check.Evidence) {
			e.History = append(e.History, check.Op{Op: check.Create, Type: check.OK, Key: "k-1", Workspace: "w1", ID: "task-2"})
		}},
		{"a used key does another request", "I14", func(e *check.Evidence) {
			e.History = append(e.History, check.Op{Op: check.Probe, Type: check.OK, Key: "k-1", Workspace: "w1"})
		}},
		{"pages go by the time alone", "I15", func(e *check.Evidence) {
			for i := range e.History {
				if e.History[i].Op == check.List {
					e.History[i].Seen = []string{"task-1", "task-1", "task-2"}
				}
			}
		}},
		{"a reader sees a task go back", "I15", func(e *check.Evidence) {
			e.History = append(e.History, check.Op{Op: check.Read, Type: check.OK, Workspace: "w1", ID: "task-1", Status: "processing"})
		}},
		{"an end changes after it was read", "I4", func(e *check.Evidence) { task(e, 0).Digest = "completed|otherwise" }},
		{"a task is made that nobody asked for", "I2", func(e *check.Evidence) { task(e, 0).Entity = "e-of-nobody" }},
		{"a move that is not in the graph", "I3", func(e *check.Evidence) { e.Tables.Moves[1].From = "awaiting_approval" }},
		{"a status is written by who holds nothing", "I6", func(e *check.Evidence) { e.Tables.Moves[2].Tx = "somebody" }},
		{"a retry writes its value twice", "I7", func(e *check.Evidence) {
			e.Tables.Values = append(e.Tables.Values, check.Value{Task: "task-2", Field: "name"})
		}},
		{"a failed task leaves its value", "I7", func(e *check.Evidence) { task(e, 0).Status = "failed" }},
		{"a parent ends before its children", "I9", func(e *check.Evidence) { task(e, 3).CompletedAt = ptr(at(3)) }},
		{"a parent is not woken", "I9", func(e *check.Evidence) { task(e, 3).Status = "processing" }},
		{"a parent is woken late", "I9", late},
		{"a worker whose connections are reset loses its claims", "I6", func(e *check.Evidence) { e.Slow, e.Deadly = e.Deadly, nil }},
		{"an answer holds what is another's", "I11", func(e *check.Evidence) { e.History[1].Leak = "w2" }},
		{"a row holds what is another's", "I11", func(e *check.Evidence) { task(e, 0).Canary = ptr("canary-2") }},
		{"an entry of the bank is imported twice", "I12", func(e *check.Evidence) { e.Tables.Accounts[0].Rows++ }},
		{"a cent is lost", "I12", func(e *check.Evidence) { e.Tables.Accounts[0].Cents-- }},
		{"a task is stuck", "I13", func(e *check.Evidence) { task(e, 0).Status = "processing" }},
		{"a dispatch row is left over", "I13", func(e *check.Evidence) { e.Tables.Dispatches = []check.Dispatch{{Task: 1}} }},
		{"it never becomes quiet", "I13", func(e *check.Evidence) { e.Quiet = -1 }},
		{"goroutines leak", "I16", func(e *check.Evidence) { e.Use[0].After = 400 }},
	}
}

// late has a parent end 15 seconds after its last child.
func late(e *check.Evidence) {
	e.Tables.Tasks[4].CompletedAt, e.Tables.Tasks[3].CompletedAt = ptr(at(100)), ptr(at(115))
}

// How soon a parent ends is not asked while the nemesis keeps its worker from writing.
func TestLateWhileHindered(t *testing.T) {
	late9 := func(slow ...check.Window) bool {
		e := sound()
		late(e)
		e.Slow = slow
		return slices.ContainsFunc(check.Judge(e), func(v check.Violation) bool { return v.Invariant == "I9" })
	}
	if late9(check.Window{From: at(95), To: at(101)}) {
		t.Error("a parent is late whose worker was kept from writing")
	}
	if !late9(check.Window{From: at(50), To: at(99)}, check.Window{From: at(116), To: at(120)}) {
		t.Error("a parent was late, and nothing kept its worker from writing")
	}
}

// Each bug leaves sound evidence but for its one trace, and the judge names the
// invariant that it breaks.
func TestPlantedBugsAreSeen(t *testing.T) {
	broken := map[string]bool{}
	for _, b := range planted() {
		t.Run(b.name, func(t *testing.T) {
			e := sound()
			b.spoil(e)
			found := check.Judge(e)
			if !slices.ContainsFunc(found, func(v check.Violation) bool { return v.Invariant == b.invariant }) {
				t.Errorf("not seen as a breach of %s; found %v", b.invariant, found)
			}
		})
		broken[b.invariant] = true
	}
	for _, i := range check.Invariants() {
		if !broken[i[0]] {
			t.Errorf("no planted bug breaks %s", i[0])
		}
	}
}

// What is nobody's fault is not held against anybody: a workspace that was deleted
// takes what was acknowledged with it.
func TestDroppedWorkspaceIsNoLoss(t *testing.T) {
	e := sound()
	e.Dropped = []string{"w9"}
	e.History = append(e.History, check.Op{Op: check.Create, Type: check.OK, Key: "k-9", Workspace: "w9", ID: "task-9"})
	for _, v := range check.Judge(e) {
		t.Error(v)
	}
}
