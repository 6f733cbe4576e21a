package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// asked makes a task that awaits approval of a company's name.
func (b bench) asked() enrich.Task {
	b.Helper()
	out, err := b.db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{{EntityType: "document", EntityID: "d", Type: enrich.OCRExtract}})
	if err != nil {
		b.Fatal(err)
	}
	c := b.claim(b.worker, 1)[0]
	b.settle(enrich.Settlement{
		Claim: c, To: enrich.AwaitingApproval, Outcome: enrich.OutcomeAsked, Output: []byte(`{"name": "Proposed"}`),
		Proposal: &enrich.Proposal{Items: []enrich.Item{{ID: "name", Records: []enrich.RecordWrite{nameOf("c-1", enrich.ByRule, "Proposed")}}}},
	})
	return b.task(out[0].Task.ID)
}

func nameOf(company string, origin enrich.Origin, name string) enrich.RecordWrite {
	raw, _ := json.Marshal(name)
	return enrich.RecordWrite{EntityType: record.EntityCompany, EntityID: company, Fields: []enrich.FieldWrite{{
		Name: "name", Value: raw, Origin: origin, Grade: enrich.Single, Confidence: .5, Shown: "name",
	}}}
}

func (b bench) decide(task string, v postgres.Verdict) (enrich.Decision, error) {
	v.By = "Ada"
	return b.db.Decide(context.Background(), pgtest.Workspace, task, v)
}

// A decision waits for its grace; then a claim brings it with the proposal.
func TestDecisionIsBroughtToAWorker(t *testing.T) {
	b := setup(t)
	task := b.asked()
	b.dispatchInvariant()
	d, err := b.decide(task.ID, postgres.Verdict{Verdict: enrich.Approve, Grace: time.Hour})
	if err != nil || d.State != enrich.DecisionWaiting || d.ReviewedHash == "" {
		t.Fatalf("%+v %v", d, err)
	}
	if claims := b.claim(b.worker, 1); len(claims) != 0 {
		t.Fatal("a decision was claimed in its grace")
	}
	pgtest.Exec(t, b.url, `UPDATE enrichment_dispatches SET due_at = now()`)
	claims := b.claim(b.worker, 1)
	if len(claims) != 1 || claims[0].Decision == nil || claims[0].Decision.ID != d.ID || len(claims[0].Proposal.Items) != 1 {
		t.Fatalf("%+v", claims)
	}
	if c := claims[0]; c.Attempt != 2 || c.Uncharged != 1 {
		t.Errorf("attempt %d, of which %d are not charged: the question is no failed try", c.Attempt, c.Uncharged)
	}
	if claims[0].Task.Status != enrich.Processing {
		t.Errorf("status is %s", claims[0].Task.Status)
	}
	if err := b.db.Withdraw(context.Background(), pgtest.Workspace, task.ID, d.ID); enrich.CodeOf(err) != enrich.CodeDecisionEnded {
		t.Errorf("undo under a worker's hands: %v", err)
	}
	b.settle(enrich.Settlement{Claim: claims[0], To: enrich.Completed, Outcome: enrich.OutcomeDecided})
	list, err := b.db.Decisions(context.Background(), pgtest.Workspace, task.ID)
	if err != nil || len(list) != 1 || list[0].State != enrich.DecisionApplied || list[0].EndedAt == nil {
		t.Errorf("%+v %v", list, err)
	}
}

func TestDecisionsThatAreRefused(t *testing.T) {
	b := setup(t)
	task := b.asked()
	hash, err := enrich.OutputHash(task.Output)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		task string
		v    postgres.Verdict
		want string
	}{
		"another output": {task.ID, postgres.Verdict{Verdict: enrich.Approve, ReviewedHash: "sha256:0"}, enrich.CodeOutputChanged},
		"unknown item":   {task.ID, postgres.Verdict{Verdict: enrich.Approve, Accepted: []string{"nothing"}}, enrich.CodeUnknownItem},
		"unknown task":   {"00000000-0000-4000-8000-000000000000", postgres.Verdict{Verdict: enrich.Approve}, enrich.CodeNotFound},
	} {
		if _, err := b.decide(c.task, c.v); enrich.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	// The proposal changes: whoever saw the old one cannot decide on the new one.
	pgtest.Exec(t, b.url, `UPDATE enrichment_tasks SET output = '{"name": "Another"}'`)
	if _, err := b.decide(task.ID, postgres.Verdict{Verdict: enrich.Approve, ReviewedHash: hash}); enrich.CodeOf(err) != enrich.CodeOutputChanged {
		t.Errorf("a changed proposal: %v", err)
	}
	if n := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_decisions`); n != 0 {
		t.Errorf("%d refused decisions left a row", n)
	}
	b.dispatchInvariant()
}

func TestUndoWithinTheGrace(t *testing.T) {
	b, ctx := setup(t), context.Background()
	task := b.asked()
	d, err := b.decide(task.ID, postgres.Verdict{Verdict: enrich.Approve, Grace: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.db.Withdraw(ctx, pgtest.Workspace, task.ID, d.ID); err != nil {
		t.Fatal(err)
	}
	b.dispatchInvariant()
	if err := b.db.Withdraw(ctx, pgtest.Workspace, task.ID, d.ID); enrich.CodeOf(err) != enrich.CodeDecisionEnded {
		t.Errorf("a second undo: %v", err)
	}
	if got := b.task(task.ID); got.Status != enrich.AwaitingApproval {
		t.Errorf("status is %s", got.Status)
	}
	if _, err := b.decide(task.ID, postgres.Verdict{Verdict: enrich.Reject}); err != nil {
		t.Errorf("a decision after an undone one: %v", err)
	}
}

// Two opposite decisions at once, 500 times: one wins, the other is told so.
func TestOppositeDecisions(t *testing.T) {
	b := setup(t)
	for range 500 {
		task := b.asked()
		var errs [2]error
		var both sync.WaitGroup
		for i, verdict := range []enrich.Verdict{enrich.Approve, enrich.Reject} {
			both.Go(func() { _, errs[i] = b.decide(task.ID, postgres.Verdict{Verdict: verdict}) })
		}
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("not exactly one winner: %v, %v", errs[0], errs[1])
		}
		for _, err := range errs {
			if err != nil && enrich.CodeOf(err) != enrich.CodeDecisionMade {
				t.Fatal(err)
			}
		}
		c := b.claim(b.worker, 1)
		if len(c) != 1 || c[0].Decision == nil {
			t.Fatalf("no decision was brought: %+v", c)
		}
		to := enrich.Completed
		if c[0].Decision.Verdict == enrich.Reject {
			to = enrich.Rejected
		}
		if !b.settle(enrich.Settlement{Claim: c[0], To: to, Outcome: enrich.OutcomeDecided}) {
			t.Fatal("the claim did not hold")
		}
	}
	b.dispatchInvariant()
	if n := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_decisions WHERE state = 'applied'`); n != 500 {
		t.Errorf("%d decisions were applied, want 500", n)
	}
}

// A worker that dies with a decision in its hands leaves it to the next one.
func TestDecisionSurvivesACrash(t *testing.T) {
	b, ctx := setup(t), context.Background()
	task := b.asked()
	if _, err := b.decide(task.ID, postgres.Verdict{Verdict: enrich.Approve}); err != nil {
		t.Fatal(err)
	}
	if c := b.claim(b.worker, 1); len(c) != 1 {
		t.Fatal("no claim")
	}
	pgtest.Exec(t, b.url, `UPDATE enrichment_workers SET beat_at = now() - interval '1 minute'`)
	if _, err := b.db.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	c := b.claim(b.register("worker-2"), 1)
	if len(c) != 1 || c[0].Decision == nil || c[0].Crashes != 1 || c[0].Attempt != 3 || c[0].Uncharged != 1 {
		t.Fatalf("%+v", c)
	}
}

// What became of each value stands in the output that shows it.
func TestOutputSaysWhatBecameOfAValue(t *testing.T) {
	b := setup(t)
	b.write(enrich.ByPerson, "mine")
	out, err := b.db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{{EntityType: "document", EntityID: "d", Type: enrich.OCRExtract}})
	if err != nil {
		t.Fatal(err)
	}
	b.settle(enrich.Settlement{
		Claim: b.claim(b.worker, 1)[0], To: enrich.Completed, Outcome: enrich.OutcomeCompleted,
		Output:  []byte(`{"_fields": {"name": {"value": "theirs", "decision": "applied"}, "other": {"decision": "applied"}}}`),
		Records: []enrich.RecordWrite{nameOf("c-1", enrich.ByDocument, "theirs")},
	})
	var got struct {
		Fields map[string]struct{ Value, Decision string } `json:"_fields"`
	}
	if err := json.Unmarshal(b.task(out[0].Task.ID).Output, &got); err != nil {
		t.Fatal(err)
	}
	if f := got.Fields["name"]; f.Decision != string(record.Suggested) || f.Value != "theirs" || got.Fields["other"].Decision != "applied" {
		t.Errorf("%+v", got.Fields)
	}
}

// Two confirmed links may not give one payment away twice: the second answer is
// not written, and its task looks again.
func TestOnePaymentPaysOnce(t *testing.T) {
	b, ctx := setup(t), context.Background()
	pgtest.Exec(t, b.url, `INSERT INTO transactions (workspace_pk, transaction_id, amount, currency) SELECT pk, 't-1', -100, 'EUR' FROM workspaces`)
	for _, id := range []string{"i-1", "i-2"} {
		pgtest.Exec(t, b.url, fmt.Sprintf(`INSERT INTO invoices (workspace_pk, invoice_id, grand_total, local_currency) SELECT pk, '%s', 100, 'EUR' FROM workspaces`, id))
	}
	var claims []enrich.Claim
	for _, id := range []string{"i-1", "i-2"} {
		if _, err := b.db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{{EntityType: "invoice", EntityID: id, Type: enrich.OCRExtract}}); err != nil {
			t.Fatal(err)
		}
		claims = append(claims, b.claim(b.worker, 1)...)
	}
	for i, id := range []string{"i-1", "i-2"} {
		if !b.settle(enrich.Settlement{Claim: claims[i], To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Records: []enrich.RecordWrite{linkOf(id, "t-1", "100.00")}}) {
			t.Fatal("the claim did not hold")
		}
	}
	if first, second := b.task(claims[0].Task.ID), b.task(claims[1].Task.ID); first.Status != enrich.Completed || second.Status != enrich.Processing || second.Wait == nil {
		t.Errorf("the first is %s, the second %s (%+v)", first.Status, second.Status, second.Wait)
	}
	if got := pgtest.Query[string](t, b.url, `SELECT string_agg(invoice_id || ' ' || payment_status || ' ' || paid_total, ', ' ORDER BY invoice_id) FROM invoices`); got != "i-1 paid 100.00, i-2 unpaid 0" {
		t.Error(got)
	}
	if n := pgtest.Query[int](t, b.url, `SELECT count(*) FROM invoice_transactions`); n != 1 {
		t.Errorf("%d links stand, want 1", n)
	}
}

func linkOf(invoice, transaction, amount string) enrich.RecordWrite {
	w := enrich.RecordWrite{EntityType: record.EntityLink, EntityID: record.LinkID(pgtest.Workspace, invoice, transaction)}
	for _, v := range [][2]string{
		{"invoice_id", invoice},
		{"transaction_id", transaction},
		{"amount", amount},
		{"currency", "EUR"},
		{"edge_status", "confirmed"},
	} {
		raw, _ := json.Marshal(v[1])
		w.Fields = append(w.Fields, enrich.FieldWrite{Name: v[0], Value: raw, Origin: enrich.ByRule, Grade: enrich.Corroborated, Confidence: 1})
	}
	return w
}
