package rule_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/formula"
	"github.com/enrichd/enrichd/kind/rule"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/trigger"
)

// noop is a kind that does nothing: what the engine alone does with a task.
type noop struct{}

func (noop) Spec() enrich.Spec           { return enrich.Spec{Type: enrich.Logo, Version: 1} }
func (noop) Check(json.RawMessage) error { return nil }
func (noop) Run(context.Context, enrich.Job) enrich.Answer {
	return enrich.Done{Result: enrich.Result{Output: json.RawMessage(`{"_outcome":"ok"}`), Description: "Nothing to do."}}
}

// BenchmarkColumnAgainstNoop presses a column on every record, one task a record,
// and a kind that does nothing on as many, in turns: from the press to the last
// settle, with records and provenance. ENRICHD_FIGURES=1 takes 100,000 records.
func BenchmarkColumnAgainstNoop(b *testing.B) {
	n := 1000
	if os.Getenv("ENRICHD_FIGURES") != "" {
		n = 100_000
	}
	url := pgtest.URL(b)
	db := pgtest.Open(b, url)
	pgtest.Exec(b, url, `INSERT INTO invoices (workspace_pk, invoice_id, invoice_number, grand_total, tax_total, issue_date, due_date)
		SELECT pk, 'i-' || g, 'F-' || g, 100 + g, g, '2026-05-01', '2026-05-31' FROM workspaces, generate_series(1, $1) g`, n)
	kinds := []enrich.Kind{noop{}, &rule.Column{Sheets: &rule.Sheets{Records: db}}}
	triggers := trigger.New(kinds)
	w := &workspace{TB: b, db: db, url: url, id: pgtest.Workspace}
	var err error
	if w.language, err = formula.New(); err != nil {
		b.Fatal(err)
	}
	w.must(column("invoices", "net_per_day", "number", "(grand_total - tax_total) / (due_date - issue_date)"))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	engine := dispatch.New(dispatch.Options{Queue: db, Kinds: kinds, FollowUps: func(enrich.Claim, []enrich.Occasion) ([]enrich.Request, error) { return nil, nil }})
	go func() { defer close(done); _ = engine.Run(ctx) }()
	defer func() { cancel(); <-done }()
	took := map[enrich.Type]time.Duration{}
	for b.Loop() {
		for _, kind := range []enrich.Type{enrich.Logo, enrich.CustomColumn} {
			began := time.Now()
			w.press(triggers, kind, n)
			took[kind] += time.Since(began)
		}
	}
	total := float64(n * b.N)
	b.ReportMetric(total/took[enrich.Logo].Seconds(), "noop/s")
	b.ReportMetric(total/took[enrich.CustomColumn].Seconds(), "cells/s")
	b.ReportMetric(took[enrich.Logo].Seconds()/took[enrich.CustomColumn].Seconds(), "ratio")
	if got := pgtest.Query[int](b, url, `SELECT count(*) FROM field_values WHERE field = 'net_per_day' AND decision = 'applied' AND active_until IS NULL`); got != n {
		b.Fatalf("%d of %d cells have a value", got, n)
	}
}

// press enqueues a kind for all invoices and waits for the end; one that stands
// still for ten seconds fails.
func (w *workspace) press(triggers *trigger.Triggers, kind enrich.Type, n int) {
	w.Helper()
	pressed, err := w.db.Press(context.Background(), w.id, postgres.Press{
		EntityType: "invoice", Content: json.RawMessage(`{}`), Key: time.Now().String(), Fingerprint: "f",
		Requests: func(t postgres.Target) ([]enrich.Request, error) {
			r, err := triggers.Request(enrich.Occasion{Channel: enrich.Manual, EntityType: "invoice", EntityID: t.ID}, kind, []string{"net_per_day"})
			r.Force = true
			return []enrich.Request{r}, err
		},
	})
	if err != nil || pressed.Batch.Total != n {
		w.Fatalf("pressed %d of %d: %v", pressed.Batch.Total, n, err)
	}
	still, last := 0, n
	for last > 0 {
		time.Sleep(50 * time.Millisecond)
		batch, err := w.db.Batch(context.Background(), w.id, pressed.Batch.ID)
		if err != nil {
			w.Fatal(err)
		}
		if still++; batch.Open != last {
			still = 0
		}
		if still > 200 {
			w.Fatalf("no progress for ten seconds at %d open", last)
		}
		last = batch.Open
	}
}
