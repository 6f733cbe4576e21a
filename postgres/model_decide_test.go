package postgres_test

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// decide takes a decision on any task: one that awaits none is refused.
func (w *world) decide(t *rapid.T) {
	m := pick(t, "task", w.tasks)
	grace := rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(t, "grace")
	d, err := w.db.Decide(context.Background(), m.workspace, m.id, postgres.Verdict{Verdict: enrich.Approve, By: "Ada", Grace: grace})
	want := ""
	switch {
	case m.deleted:
		want = enrich.CodeNotFound
	case m.status != enrich.AwaitingApproval:
		want = enrich.CodeNotAwaiting
	case m.decision != "":
		want = enrich.CodeDecisionMade
	}
	if enrich.CodeOf(err) != want || err != nil && want == "" {
		t.Fatalf("a decision on %+v: %v, want %q", m, err, want)
	}
	if err != nil {
		return
	}
	m.decision, m.waiting, m.due = d.ID, true, grace == 0
	m.crashes, m.priority = 0, enrich.PriorityPerson // its attempts count on
	m.history = append(m.history, "decision_made")
}

// undo takes back a decision: possible until its grace is over.
func (w *world) undo(t *rapid.T) {
	m := pick(t, "task", w.tasks)
	if m.decision == "" || m.deleted {
		t.Skip("nothing is decided")
	}
	err := w.db.Withdraw(context.Background(), m.workspace, m.id, m.decision)
	if !m.waiting || m.due {
		if enrich.CodeOf(err) != enrich.CodeDecisionEnded {
			t.Fatalf("undo of %+v: %v", m, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.decision, m.waiting = "", false
	m.history = append(m.history, "decision_withdrawn")
}
