package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// writePath is a model of one company's name beside the real one: tasks, decisions
// and a person's edits write it in any order.
type writePath struct {
	b       bench
	n       int
	company string
	held    []enrich.Claim     // tasks under way
	asked   map[string]bool    // tasks that await a decision
	person  string             // what a person last wrote; empty before
	best    int                // precedence of what stands
	value   string             // what stands
	offered map[string]written // what each open proposal would write
}

type written struct {
	origin enrich.Origin
	name   string
}

func (m *writePath) expect(origin enrich.Origin, name string) {
	if m.value == "" || origin.Precedence() <= m.best {
		m.best, m.value = origin.Precedence(), name
	}
}

func (m *writePath) next() string {
	m.n++
	return fmt.Sprintf("name %d", m.n)
}

// Under any interleaving of tasks, decisions and edits a person's value is never
// overwritten, and what stands is what the precedence says.
func TestAPersonsValueIsNeverOverwritten(t *testing.T) {
	b, companies := setup(t), 0
	rapid.Check(t, func(r *rapid.T) {
		companies++
		m := &writePath{b: b, company: fmt.Sprintf("c-%d", companies), asked: map[string]bool{}, offered: map[string]written{}}
		// Made first, so that a person can edit it from the start.
		pgtest.Exec(t, b.url, fmt.Sprintf(`INSERT INTO companies (workspace_pk, company_id) SELECT pk, '%s' FROM workspaces`, m.company))
		r.Repeat(map[string]func(*rapid.T){
			"begin a task": m.begin, "finish a task": m.finish, "propose": m.propose, "decide": m.decide, "edit": m.edit, "": m.check,
		})
		m.drain()
	})
}

func (m *writePath) begin(r *rapid.T) {
	_, err := m.b.db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{{EntityType: "company", EntityID: m.company, Type: enrich.OCRExtract}})
	if err != nil {
		r.Fatal(err)
	}
	m.held = append(m.held, m.b.claim(m.b.worker, 1)...)
}

// take removes one of the claims under way; others go on.
func (m *writePath) take(r *rapid.T) enrich.Claim {
	if len(m.held) == 0 {
		r.Skip("no task is under way")
	}
	i := rapid.IntRange(0, len(m.held)-1).Draw(r, "claim")
	c := m.held[i]
	m.held = append(m.held[:i:i], m.held[i+1:]...)
	return c
}

var taskOrigins = []enrich.Origin{enrich.ByFieldRule, enrich.ByDocument, enrich.ByRegistry, enrich.ByRule, enrich.ByModel}

func (m *writePath) finish(r *rapid.T) {
	c, origin, name := m.take(r), rapid.SampledFrom(taskOrigins).Draw(r, "origin"), m.next()
	m.b.settle(enrich.Settlement{
		Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted,
		Records: []enrich.RecordWrite{nameOf(m.company, origin, name)},
	})
	m.expect(origin, name)
}

func (m *writePath) propose(r *rapid.T) {
	c, name := m.take(r), m.next()
	m.b.settle(enrich.Settlement{
		Claim: c, To: enrich.AwaitingApproval, Outcome: enrich.OutcomeAsked, Output: []byte(`{}`),
		Proposal: &enrich.Proposal{Items: []enrich.Item{{ID: "name"}}},
	})
	m.asked[c.Task.ID], m.offered[c.Task.ID] = true, written{enrich.BySuggestion, name}
}

func (m *writePath) decide(r *rapid.T) {
	if len(m.asked) == 0 {
		r.Skip("nothing is proposed")
	}
	for id := range m.asked {
		delete(m.asked, id)
		if _, err := m.b.decide(id, postgres.Verdict{Verdict: enrich.Approve}); err != nil {
			r.Fatal(err)
		}
		c := m.b.claim(m.b.worker, 1)
		if len(c) != 1 || c[0].Decision == nil {
			r.Fatalf("the decision was not brought: %+v", c)
		}
		w := m.offered[id]
		m.b.settle(enrich.Settlement{
			Claim: c[0], To: enrich.Completed, Outcome: enrich.OutcomeDecided,
			Records: []enrich.RecordWrite{nameOf(m.company, w.origin, w.name)},
		})
		m.expect(w.origin, w.name)
		return
	}
}

func (m *writePath) edit(r *rapid.T) {
	name := m.next()
	raw, _ := json.Marshal(name)
	err := m.b.db.EditRecord(context.Background(), pgtest.Workspace, postgres.Edit{
		EntityType: record.EntityCompany, EntityID: m.company, Values: map[string]json.RawMessage{"name": raw}, By: "Ada",
	}, func(enrich.Occasion) ([]enrich.Request, error) { return nil, nil })
	if err != nil {
		r.Fatal(err)
	}
	m.person = name
	m.expect(enrich.ByPerson, name)
}

func (m *writePath) check(r *rapid.T) {
	company, err := m.b.db.Company(context.Background(), pgtest.Workspace, m.company)
	if err != nil {
		r.Fatal(err)
	}
	got := company.Name
	if got != m.value {
		r.Fatalf("the name is %q, want %q", got, m.value)
	}
	if m.person != "" && got != m.person {
		r.Fatalf("a person wrote %q and %q stands", m.person, got)
	}
}

// drain ends what is under way, so that the next run claims its own.
func (m *writePath) drain() {
	for _, c := range m.held {
		m.b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted})
	}
}
