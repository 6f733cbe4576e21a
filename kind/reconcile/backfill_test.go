package reconcile_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/reconcile"
	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/matching/generate"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// backfill runs a backfill over a world to its end. Where it is disturbed, subtasks
// run in another order, each on a fresh process, and every other attempt is lost
// after it ran. It returns the output and the links that stand.
func (w world) backfill(input map[string]any, disturbed bool) (out map[string]any, links []string) {
	w.Helper()
	raw, err := json.Marshal(input)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{{EntityType: "workspace", EntityID: "w", Type: enrich.DocumentBackfill, Input: raw}}); err != nil {
		w.Fatal(err)
	}
	chance := rand.New(rand.NewPCG(1, 2))
	for {
		claims := w.claims()
		if len(claims) == 0 {
			break
		}
		if disturbed {
			chance.Shuffle(len(claims), func(a, b int) { claims[a], claims[b] = claims[b], claims[a] })
		}
		for _, c := range claims {
			matcher := w.kind
			if disturbed {
				w.answerOf(c, &reconcile.Kind{Records: w.db}) // a process that dies before it settles
				matcher = &reconcile.Kind{Records: w.db}
			}
			w.settle(c, w.answerOf(c, matcher))
		}
	}
	text := pgtest.Query[string](w, w.url, `SELECT coalesce((SELECT output::text FROM enrichment_tasks WHERE enrichment_type = 'document_reconciliation_backfill' ORDER BY pk DESC LIMIT 1), '{}')`)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		w.Fatal(err)
	}
	list := pgtest.Query[string](w, w.url, `SELECT coalesce(json_agg(invoice_id || ' ' || transaction_id || ' ' || edge_status || ' ' || amount ORDER BY invoice_id, transaction_id), '[]')::text FROM invoice_transactions`)
	if err := json.Unmarshal([]byte(list), &links); err != nil {
		w.Fatal(err)
	}
	return out, links
}

func (w world) claims() []enrich.Claim {
	w.Helper()
	types := []enrich.Type{enrich.DocumentBackfill, enrich.Reconcile}
	worker, err := w.db.Register(context.Background(), "test", types)
	if err != nil {
		w.Fatal(err)
	}
	claims, err := w.db.Claim(context.Background(), worker, types, 100)
	if err != nil {
		w.Fatal(err)
	}
	return claims
}

func (w world) answerOf(c enrich.Claim, matcher *reconcile.Kind) enrich.Answer {
	job := enrich.Job{Task: c.Task, Attempt: 1, Children: c.Children}
	if c.Task.Type == enrich.DocumentBackfill {
		return (&reconcile.Backfill{Reconcile: matcher, Part: 12}).Run(context.Background(), job)
	}
	return matcher.Run(context.Background(), job)
}

func (w world) settle(c enrich.Claim, answer enrich.Answer) {
	w.Helper()
	s := enrich.Settlement{Claim: c, Description: "-"}
	switch a := answer.(type) {
	case enrich.Done:
		s.To, s.Outcome, s.Output, s.Records = enrich.Completed, enrich.OutcomeCompleted, a.Output, a.Records
	case enrich.Ask: // nobody decides here: what is beyond doubt is written, the rest left
		s.To, s.Outcome, s.Output, s.Records = enrich.Completed, enrich.OutcomeCompleted, a.Output, a.Now
	case enrich.Split:
		s.Outcome, s.WaitCode, s.Children = enrich.OutcomeSplit, enrich.WaitChildren, a.Children
	default:
		w.Fatalf("%T %+v", answer, answer)
	}
	if held, err := w.db.Settle(context.Background(), "test", []enrich.Settlement{s}); err != nil || !held[c.Token] {
		w.Fatal(held, err)
	}
}

// A period is one problem: however its parts are run, lost and run again, and in
// whatever order its rows came, the same links stand.
func TestBackfillIsOneSolution(t *testing.T) {
	input := map[string]any{"from": "2025-01-01", "to": "2025-12-31"}
	plain := newWorld(t, generate.Bank{Invoices: 90, Days: 50, Seed: 5})
	dry, none := plain.backfill(map[string]any{"from": "2025-01-01", "to": "2025-12-31", "dry_run": true}, false)
	if len(none) != 0 {
		t.Fatalf("a dry run wrote %d links", len(none))
	}
	out, links := plain.backfill(input, false)
	shuffled := newWorld(t, generate.Bank{Invoices: 90, Days: 50, Seed: 5, Order: 9})
	_, again := shuffled.backfill(input, true)
	if !slices.Equal(links, again) {
		t.Errorf("%d links, and %d when shuffled and killed", len(links), len(again))
	}
	diff := dry["diff"].(map[string]any)
	if n := len(diff["links"].([]any)); n != len(links) || n < 60 {
		t.Errorf("the dry run told of %d links, %d stand", n, len(links))
	}
	if fmt.Sprint(out["counts"].(map[string]any)["linked"]) != fmt.Sprint(dry["counts"].(map[string]any)["linked"]) {
		t.Errorf("counts %v, dry %v", out["counts"], dry["counts"])
	}
}

// Rows of a month that is signed off take no part, and a refused pair stays refused.
func TestBackfillLeavesAlone(t *testing.T) {
	w := newWorld(t, generate.Bank{Invoices: 60, Days: 60, Seed: 6})
	_, links := w.backfill(map[string]any{"from": "2025-01-01", "to": "2025-12-31", "dry_run": true}, false)
	if len(links) != 0 {
		t.Fatal(links)
	}
	pgtest.Exec(t, w.url, `INSERT INTO close_sign_offs (workspace_pk, record_id, task_id, snapshot_hash, signed_by) SELECT pk, '2025-01', gen_random_uuid(), 'h', 'Ada' FROM workspaces`)
	first := w.rows.Truth[slices.IndexFunc(w.rows.Truth, func(p matching.Pair) bool {
		return pgtest.Query[bool](t, w.url, `SELECT issue_date >= '2025-02-01' FROM invoices WHERE invoice_id = '`+p.InvoiceID+`'`)
	})]
	pgtest.Exec(t, w.url, fmt.Sprintf(`INSERT INTO invoice_transactions (workspace_pk, invoice_transaction_id, invoice_id, transaction_id, edge_status)
		SELECT pk, 'no', '%s', '%s', 'declined' FROM workspaces`, first.InvoiceID, first.TransactionID))
	out, _ := w.backfill(map[string]any{"from": "2025-01-01", "to": "2025-12-31"}, false)
	n := pgtest.Query[int](t, w.url, `SELECT count(*) FROM invoice_transactions l LEFT JOIN invoices i USING (invoice_id) LEFT JOIN transactions t USING (transaction_id)
		WHERE i.issue_date < '2025-02-01' OR t.booking_date < '2025-02-01'`)
	counts := out["counts"].(map[string]any)
	if n != 0 || counts["locked_period"].(float64) == 0 || counts["person_decided"].(float64) != 1 {
		t.Errorf("%d links in a locked month; counts %v", n, counts)
	}
	if s := pgtest.Query[string](t, w.url, `SELECT edge_status FROM invoice_transactions WHERE invoice_transaction_id = 'no'`); s != "declined" {
		t.Errorf("the refused link is %s", s)
	}
}
