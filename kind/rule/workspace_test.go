package rule_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/formula"
	"github.com/enrichd/enrichd/kind/rule"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sheet"
	"github.com/enrichd/enrichd/trigger"
)

// workspace is a real database with the two kinds, which settle when and in the
// order that a test wants.
type workspace struct {
	testing.TB
	db       *postgres.DB
	url, id  string
	chance   *rand.Rand
	kinds    map[enrich.Type]enrich.Kind
	triggers *trigger.Triggers
	worker   int64
	language *formula.Language
	// cells counts what the tasks that ended have computed, unless they had to look
	// again.
	cells int
	held  []held
}

// held is an answer that is not settled yet.
type held struct {
	claim  enrich.Claim
	answer enrich.Answer
}

const (
	invoices  = 3
	companies = 2
)

func newWorkspace(t testing.TB, model rule.Model) *workspace {
	t.Helper()
	w := &workspace{TB: t, url: pgtest.URL(t), id: pgtest.Workspace, chance: rand.New(rand.NewPCG(1, 2))}
	w.db = pgtest.Open(t, w.url)
	w.start(model)
	w.fill()
	return w
}

// another is an empty workspace in the same database.
func (w *workspace) another(n int, seed uint64) *workspace {
	w.Helper()
	next := *w
	next.id, next.chance, next.held, next.cells = fmt.Sprint("ws-", n), rand.New(rand.NewPCG(seed, 2)), nil, 0
	if _, err := w.db.EnsureWorkspace(w.Context(), next.id, next.id); err != nil {
		w.Fatal(err)
	}
	next.fill()
	return &next
}

func (w *workspace) start(model rule.Model) {
	w.Helper()
	sheets := &rule.Sheets{Records: w.db}
	kinds := []enrich.Kind{&rule.Column{Sheets: sheets, Model: model}, &rule.FieldRule{Sheets: sheets}}
	w.kinds = map[enrich.Type]enrich.Kind{enrich.CustomColumn: kinds[0], enrich.FieldRule: kinds[1]}
	w.triggers = trigger.New(kinds)
	var err error
	if w.language, err = formula.New(); err != nil {
		w.Fatal(err)
	}
	if w.worker, err = w.db.Register(w.Context(), "rule-test", w.types()); err != nil {
		w.Fatal(err)
	}
}

// fill gives the workspace its records.
func (w *workspace) fill() {
	w.Helper()
	pgtest.Exec(w, w.url, `INSERT INTO companies (workspace_pk, company_id, name, country) SELECT pk, 'c-' || g, 'Company ' || g, 'DE' FROM workspaces, generate_series(1, $1) g WHERE workspace_id = $2`, companies, w.id)
	pgtest.Exec(w, w.url, `INSERT INTO invoices (workspace_pk, invoice_id, invoice_number, grand_total, tax_total, local_currency, issue_date, due_date, issuer_id)
		SELECT pk, 'i-' || g, 'F-' || g, 100 + g, g, 'EUR', '2026-05-01', '2026-05-31', 'c-' || (1 + g % $2) FROM workspaces, generate_series(1, $1) g WHERE workspace_id = $3`, invoices, companies, w.id)
}

func (w *workspace) types() []enrich.Type {
	return []enrich.Type{enrich.CustomColumn, enrich.FieldRule}
}

func (w *workspace) follow(o enrich.Occasion) ([]enrich.Request, error) {
	return w.triggers.On(o, -1, "")
}

// check is what the face for programs does with a definition.
func (w *workspace) check(all record.Definitions, d record.Definition) (record.Definition, error) {
	others := record.Definitions{}
	for _, o := range all.All {
		if o.ID != d.ID {
			others.All = append(others.All, o)
		}
	}
	standing, err := sheet.New(w.language, others)
	if err != nil {
		return d, err
	}
	checked, _, err := standing.Check(d)
	return checked, err
}

// column is a definition of a column by a formula.
func column(root, key, typ, expression string) record.Definition {
	raw, _ := json.Marshal(map[string]string{"expression": expression}) // two strings
	return record.Definition{Kind: record.CustomColumn, Root: root, FieldKey: key, Type: typ, Mode: record.Active, Formula: raw}
}

// aRule is a definition of a rule of one case.
func aRule(root, key, when, value string) record.Definition {
	raw, _ := json.Marshal(map[string]any{"cases": []any{map[string]any{"when": []string{when}, "value": value}}})
	return record.Definition{Kind: record.FieldRule, Root: root, FieldKey: key, Mode: record.Active, Rules: raw}
}

func (w *workspace) define(d record.Definition) (record.Definition, error) {
	return w.db.AddDefinition(w.Context(), w.id, d, w.check)
}

func (w *workspace) must(d record.Definition) record.Definition {
	w.Helper()
	d, err := w.define(d)
	if err != nil {
		w.Fatal(err)
	}
	return d
}

// compute enqueues a definition for every record of its root.
func (w *workspace) compute(d record.Definition) {
	w.Helper()
	kind := enrich.CustomColumn
	if d.Kind == record.FieldRule {
		kind = enrich.FieldRule
	}
	root, _ := record.RootNamed(d.Root)
	n, prefix := invoices, "i-"
	if d.Root == "companies" {
		n, prefix = companies, "c-"
	}
	var requests []enrich.Request
	for i := range n {
		requests = append(requests, enrich.Request{EntityType: root.EntityType, EntityID: fmt.Sprint(prefix, i+1), Type: kind, TargetFields: []string{d.FieldKey}})
	}
	if _, err := w.db.Enqueue(w.Context(), w.id, requests); err != nil {
		w.Fatal(err)
	}
}

// edit is a person's change of a field; text is JSON.
func (w *workspace) edit(entityType, id, field, text string) {
	w.Helper()
	e := postgres.Edit{EntityType: entityType, EntityID: id, By: "person", Values: map[string]json.RawMessage{field: json.RawMessage(text)}}
	if err := w.db.EditRecord(w.Context(), w.id, e, w.follow); err != nil {
		w.Fatal(err)
	}
}

// run claims up to n tasks and runs them, without settling: what they read is the
// workspace as it is now.
func (w *workspace) run(n int) int {
	w.Helper()
	claims, err := w.db.Claim(w.Context(), w.worker, w.types(), n)
	if err != nil {
		w.Fatal(err)
	}
	for _, c := range claims {
		w.held = append(w.held, held{c, w.kinds[c.Task.Type].Run(w.Context(), enrich.Job{Task: c.Task, Attempt: c.Attempt})})
	}
	return len(claims)
}

// settle settles up to n of the answers that wait, in an order of chance.
func (w *workspace) settle(n int) {
	w.Helper()
	w.chance.Shuffle(len(w.held), func(i, j int) { w.held[i], w.held[j] = w.held[j], w.held[i] })
	n = min(n, len(w.held))
	some := w.held[:n]
	w.held = append([]held{}, w.held[n:]...)
	settlements := make([]enrich.Settlement, n)
	for i, h := range some {
		settlements[i] = w.settlement(h)
	}
	if _, err := w.db.Settle(w.Context(), "rule-test", settlements); err != nil {
		w.Fatal(err)
	}
}

func (w *workspace) settlement(h held) enrich.Settlement {
	s := enrich.Settlement{Claim: h.claim, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Follow: func(list []enrich.Occasion) ([]enrich.Request, error) {
		var requests []enrich.Request
		for _, o := range list {
			more, err := w.triggers.On(o, h.claim.Depth, h.claim.Task.ID)
			if err != nil {
				return nil, err
			}
			requests = append(requests, more...)
		}
		return requests, nil
	}}
	switch a := h.answer.(type) {
	case enrich.Done:
		s.Output, s.Description, s.Records, s.CostMicros = a.Output, a.Description, a.Records, a.CostMicros
		for _, r := range a.Records {
			w.cells += len(r.Fields)
		}
	case enrich.Refuse:
		s.To, s.Outcome, s.Description = enrich.Rejected, enrich.OutcomeRefused, a.Description
	default:
		w.Fatalf("answer %+v", h.answer)
	}
	return s
}

// quiet runs and settles until nothing is left to do.
func (w *workspace) quiet() {
	w.Helper()
	for range 500 {
		w.settle(len(w.held))
		if w.run(50) == 0 && len(w.held) == 0 {
			return
		}
	}
	w.Fatal("it never became quiet")
}

// values are the values of a cell that count now: the one that stands, and the
// column's own beside a person's.
func (w *workspace) values(entityType, id, field string) (stands, own string, byPerson bool) {
	w.Helper()
	all, err := w.db.FieldValues(context.Background(), w.id, entityType, id)
	if err != nil {
		w.Fatal(err)
	}
	for _, v := range all {
		if v.Field != field || v.ActiveUntil != nil {
			continue
		}
		if v.Decision == record.Applied {
			stands, byPerson = v.Value, v.Origin == enrich.ByPerson
		}
		if v.Origin != enrich.ByPerson {
			own = v.Value
		}
	}
	return stands, own, byPerson
}
