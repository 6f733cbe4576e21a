package score_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/kind/score"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

func TestMain(m *testing.M) { kindtest.Main(m) }

type bench struct {
	*testing.T
	url  string
	db   *postgres.DB
	kind *score.Kind
}

// setup makes a workspace that pays a host every month, of which one payment has
// its invoice, a chat of an everyday name, and a hairdresser.
func setup(t *testing.T) bench {
	t.Helper()
	url := pgtest.URL(t)
	b := bench{T: t, url: url, db: pgtest.Open(t, url)}
	b.kind = score.New(b.db)
	b.company("c-host", "HETZNER ONLINE GMBH", "DE", "")
	b.company("c-chat", "SLACK", "DE", "")
	b.company("c-hair", "CLAUDE COIFFURE", "FR", "")
	b.company("c-mail", "Rechenzentrum Nord", "DE", "billing.strato.de")
	b.company("c-own", "Hetzner Freunde GmbH", "DE", "")
	pgtest.Exec(t, url, `UPDATE companies SET is_own_company = true WHERE company_id = 'c-own'`)
	var entries []record.Transaction
	for month := 1; month <= 9; month++ {
		for _, name := range []string{"HETZNER ONLINE GMBH", "SLACK", "CLAUDE COIFFURE"} {
			entries = append(entries, record.Transaction{
				ID: fmt.Sprintf("t-%s-%d", name[:2], month), Status: "booked", Amount: "-40.50", Currency: "EUR", BookingDate: fmt.Sprintf("2026-%02d-05", month), CounterpartyName: name,
			})
		}
	}
	if _, _, err := b.db.ImportStatement(context.Background(), pgtest.Workspace, record.BankStatement{Format: "test", Checksum: "s"}, entries,
		func(record.BankStatement, []record.Transaction, []string) ([]enrich.Request, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, url, `INSERT INTO invoice_transactions (workspace_pk, invoice_transaction_id, invoice_id, transaction_id, edge_status)
		SELECT pk, 'l', 'i', 't-HE-1', 'confirmed' FROM workspaces`)
	return b
}

func (b bench) company(id, name, country, domain string) {
	b.Helper()
	pgtest.Exec(b.T, b.url, fmt.Sprintf(`INSERT INTO companies (workspace_pk, company_id, name, country, domain) SELECT pk, '%s', '%s', '%s', nullif('%s', '') FROM workspaces`, id, name, country, domain))
}

func job(entityType, id string) enrich.Job {
	return enrich.Job{Attempt: 1, Task: enrich.Task{
		ID: "00000000-0000-4000-8000-000000000001", WorkspaceID: pgtest.Workspace, EntityType: entityType, EntityID: id, Type: enrich.ProviderScore, Status: enrich.Processing,
	}}
}

func output(a enrich.Answer) map[string]any {
	var r enrich.Result
	switch a := a.(type) {
	case enrich.Done:
		r = a.Result
	case enrich.Ask:
		r = a.Result
	}
	var out map[string]any
	_ = json.Unmarshal(r.Output, &out)
	return out
}

// wants checks some members of an output.
func wants(want map[string]any) func(*testing.T, enrich.Answer) {
	return func(t *testing.T, a enrich.Answer) {
		t.Helper()
		out := output(a)
		for name, value := range want {
			if fmt.Sprint(out[name]) != fmt.Sprint(value) {
				t.Errorf("%s is %v, want %v", name, out[name], value)
			}
		}
	}
}

func TestContract(t *testing.T) {
	b := setup(t)
	kindtest.Run(t, b.kind, []kindtest.Case{
		{Name: "a host by its label", Job: job("company", "c-host"), Want: "Done", Check: wants(map[string]any{
			"provider_id": "hetzner", "decision": "matched", "mode": "upload", "_outcome": "ok",
			"worth": map[string]any{"months_seen": 9, "tx_without_invoice": 8, "base_amount": "324.00", "base_currency": "EUR"},
		})},
		{Name: "an everyday name", Job: job("company", "c-chat"), Want: "Ask", Check: wants(map[string]any{"provider_id": "slack", "decision": "suggested", "_outcome": "ambiguous"})},
		{Name: "a domain of the portal", Job: job("company", "c-mail"), Want: "Done", Check: wants(map[string]any{"provider_id": "strato", "priority": 0})},
		{Name: "a near name", Job: job("company", "c-hair"), Want: "Done", Check: wants(map[string]any{"provider_id": nil, "decision": "none"})},
		{Name: "the workspace itself", Job: job("company", "c-own"), Want: "Refuse", Code: "own_company"},
		{Name: "no such company", Job: job("company", "c-none"), Want: "Refuse", Code: "company_not_found"},
		{Name: "something else", Job: job("document", "d"), Want: "Refuse", Code: "not_a_company"},
	})
}

// A pair waits for one person once, and a no is remembered.
func TestNotAskedAgain(t *testing.T) {
	b := setup(t)
	ask, ok := b.settled(job("company", "c-chat")).(enrich.Ask)
	if !ok || len(ask.Items) != 1 {
		t.Fatalf("%+v", ask)
	}
	if again, ok := b.settled(job("company", "c-chat")).(enrich.Done); !ok || !strings.Contains(string(again.Output), `"suggested"`) {
		t.Errorf("asked a second time: %+v", again)
	}
	task := pgtest.Query[string](t, b.url, `SELECT enrichment_task_id::text FROM enrichment_tasks WHERE status = 'awaiting_approval'`)
	if _, err := b.db.Decide(context.Background(), pgtest.Workspace, task, postgres.Verdict{Verdict: enrich.Reject, By: "Ada"}); err != nil {
		t.Fatal(err)
	}
	refused := ask.Items[0].Refused
	for _, f := range refused[0].Fields {
		f.Origin = enrich.BySuggestion
	}
	b.settle(b.claim(), enrich.Settlement{To: enrich.Rejected, Outcome: enrich.OutcomeDecided, Records: refused})
	out := output(b.kind.Run(b.Context(), job("company", "c-chat")))
	if out["decision"] != "none" || fmt.Sprint(out["_reasons"]) == "[]" || len(out["refusals"].([]any)) != 1 {
		t.Errorf("after a no: %v", out)
	}
	if n := pgtest.Query[int](t, b.url, `SELECT count(*) FROM company_providers`); n != 1 {
		t.Errorf("%d rows of one pair", n)
	}
}

func (b bench) claim() enrich.Claim {
	b.Helper()
	worker, err := b.db.Register(context.Background(), "test", []enrich.Type{enrich.ProviderScore})
	if err != nil {
		b.Fatal(err)
	}
	claims, err := b.db.Claim(context.Background(), worker, []enrich.Type{enrich.ProviderScore}, 1)
	for err == nil && len(claims) == 0 && b.Context().Err() == nil { // a decision has its grace first
		pgtest.Exec(b.T, b.url, `UPDATE enrichment_dispatches SET due_at = now()`)
		claims, err = b.db.Claim(context.Background(), worker, []enrich.Type{enrich.ProviderScore}, 1)
	}
	if err != nil || len(claims) != 1 {
		b.Fatal(claims, err)
	}
	return claims[0]
}

func (b bench) settled(j enrich.Job) enrich.Answer {
	b.Helper()
	if _, err := b.db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{{EntityType: j.Task.EntityType, EntityID: j.Task.EntityID, Type: enrich.ProviderScore}}); err != nil {
		b.Fatal(err)
	}
	c := b.claim()
	answer := b.kind.Run(b.Context(), enrich.Job{Task: c.Task, Attempt: 1})
	switch a := answer.(type) {
	case enrich.Ask:
		b.settle(c, enrich.Settlement{To: enrich.AwaitingApproval, Outcome: enrich.OutcomeAsked, Output: a.Output, Records: a.Now, Proposal: &enrich.Proposal{Items: a.Items}})
	case enrich.Done:
		b.settle(c, enrich.Settlement{To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Output: a.Output, Records: a.Records})
	default:
		b.Fatalf("%T", answer)
	}
	return answer
}

func (b bench) settle(c enrich.Claim, s enrich.Settlement) {
	b.Helper()
	s.Claim = c
	if held, err := b.db.Settle(context.Background(), "test", []enrich.Settlement{s}); err != nil || !held[c.Token] {
		b.Fatal(held, err)
	}
}
