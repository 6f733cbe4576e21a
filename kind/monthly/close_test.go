package monthly_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/demo/world"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/kind/monthly"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// A month with a gap stays processing until a person has waived it, with a reason;
// then it is ready.
func TestAMonthIsClosed(t *testing.T) {
	w := world.New(world.Options{Seed: 3, First: "2025-05", Months: 5, Suppliers: 20, Defects: map[string]int{"MISSING_INVOICE": 1, "RESIDUAL": 1}})
	b := setup(t, w)
	b.engine()
	id := b.closeMonth(w.Last(), "")
	var asking []enrich.Task
	macro := b.until(id, func(enrich.Task) bool {
		asking = b.children(id, enrich.AwaitingApproval)
		return len(asking) == 2 && len(b.children(id, enrich.Processing))+len(b.children(id, enrich.Pending)) == 0
	})
	if macro.Status != enrich.Processing {
		t.Errorf("the macro is %s while a child is open", macro.Status)
	}
	for _, child := range asking {
		_, err := b.db.Decide(t.Context(), pgtest.Workspace, child.ID, postgres.Verdict{Verdict: enrich.Approve, By: "ada@example.com"})
		if enrich.CodeOf(err) != enrich.CodeReasonNeeded {
			t.Errorf("a waiver without a reason: %v", err)
		}
		b.decide(child.ID, postgres.Verdict{Verdict: enrich.Approve, Reason: "parking meter"})
	}
	out := read(t, b.until(id, ended))
	if out.Verdict != "ready" || len(out.Blockers) != 0 || out.Counts["waived"] != 2 || len(out.Waivers) != 2 {
		t.Errorf("%+v", out)
	}
	for _, waiver := range out.Waivers {
		if waiver.By != "ada@example.com" || waiver.Reason != "parking meter" {
			t.Errorf("waiver: %+v", waiver)
		}
	}
	if out.Dropped["bank_internal"] != 3 || out.Dropped["payroll"] != 1 {
		t.Errorf("dropped: %+v", out.Dropped)
	}
	again := read(t, b.until(b.closeMonth(w.Last(), ""), ended))
	if again.Snapshot != out.Snapshot || again.Verdict != "ready" || again.Delta != out.Delta {
		t.Errorf("the same books, closed again: %s then %s, %+v", out.Snapshot.Hash, again.Snapshot.Hash, again.Delta)
	}
}

// A gap that a person does not waive stays a blocker, and says how far the month is.
func TestARefusedGapStaysABlocker(t *testing.T) {
	w := world.New(world.Options{Seed: 4, First: "2025-05", Months: 5, Suppliers: 20, Defects: map[string]int{"MISSING_INVOICE": 2}})
	b := setup(t, w)
	b.engine()
	id := b.closeMonth(w.Last(), "")
	b.until(id, func(enrich.Task) bool { return len(b.children(id, enrich.AwaitingApproval)) == 2 })
	for _, child := range b.children(id, enrich.AwaitingApproval) {
		b.decide(child.ID, postgres.Verdict{Verdict: enrich.Approve, Accepted: []string{}})
	}
	out := read(t, b.until(id, ended))
	if out.Verdict != "blocked" || len(out.Blockers) != 2 || out.FromReady.Documents != 2 || out.FromReady.Decisions != 0 {
		t.Fatalf("%+v", out)
	}
	for _, blocker := range out.Blockers {
		if blocker.Code != "MISSING_INVOICE" || blocker.Mode != "upload" || blocker.Subtask == "" {
			t.Errorf("%+v", blocker)
		}
	}
	// What was missing comes while nobody looks: the next close sees it.
	late := w.Truth[0]
	pgtest.Exec(t, b.url, `INSERT INTO invoices (workspace_pk, invoice_id, invoice_number, issuer_id, direction, status, issue_date, local_currency, items_total, tax_total, grand_total, payment_status)
		SELECT t.workspace_pk, 'found', 'F-1', $2, 'inbound', 'issued', t.booking_date, 'EUR', -t.amount, 0, -t.amount, 'paid' FROM transactions t WHERE t.transaction_id = $1`, late.Entity, late.Company)
	pgtest.Exec(t, b.url, `INSERT INTO invoice_transactions (workspace_pk, invoice_transaction_id, invoice_id, transaction_id, amount, currency, edge_status)
		SELECT workspace_pk, 'found', 'found', transaction_id, -amount, 'EUR', 'confirmed' FROM transactions WHERE transaction_id = $1`, late.Entity)
	next := read(t, b.until(b.closeMonth(w.Last(), `, "ask": false`), ended))
	if len(next.Blockers) != 1 || next.Snapshot == out.Snapshot || next.Delta.Added != 1 || next.Delta.Changed != 1 || next.Delta.Removed != 0 {
		t.Errorf("after one document: %d blockers, %+v", len(next.Blockers), next.Delta)
	}
}

// All that was planted is found in the database too, and nothing else; what the
// subtasks come to is what the macro comes to, in each currency.
func TestDefectsAreFoundInTheDatabase(t *testing.T) {
	defects := map[string]int{}
	for _, code := range world.Codes() {
		defects[code] = 2
	}
	w := world.New(world.Options{Seed: 5, First: "2025-05", Months: 6, Suppliers: 90, Defects: defects})
	b := setup(t, w)
	b.signOff("2025-09", w.SignedAt)
	b.engine()
	id := b.closeMonth(w.Last(), `, "ask": false`)
	out := read(t, b.until(id, ended))
	wanted := map[string]int{}
	for _, d := range w.Truth {
		wanted[d.Code+" "+d.Company]++
	}
	for _, blocker := range out.Blockers {
		wanted[blocker.Code+" "+blocker.Company]--
	}
	for key, n := range wanted {
		if n != 0 {
			t.Errorf("%s: planted and not found %d", key, n)
		}
	}
	b.sums(id, out)
	if lone := b.until(b.closeMonth(w.Last(), `, "dry_run": true`), ended); read(t, lone).Snapshot != out.Snapshot || len(b.children(lone.ID, enrich.Completed)) != 0 {
		t.Errorf("a dry run sees another month, or leaves subtasks")
	}
}

// sums compares what the subtasks of a close come to with the close itself.
func (b *bench) sums(id string, out output) {
	b.Helper()
	got := pgtest.Query[string](b.T, b.url, `SELECT coalesce(string_agg(currency || ' ' || spend || ' ' || documented, ', ' ORDER BY currency), '') FROM (
		SELECT e.key AS currency, sum((e.value ->> 'spend')::numeric) AS spend, sum((e.value ->> 'documented')::numeric) AS documented
		FROM enrichment_tasks c JOIN enrichment_tasks p ON p.pk = c.parent_task_pk, jsonb_each(c.output -> 'totals') AS e
		WHERE p.enrichment_task_id = $1::uuid GROUP BY 1) AS s`, id)
	var want []string
	for currency, total := range out.Totals {
		want = append(want, currency+" "+total.Spend+" "+total.Documented)
	}
	if len(want) != 1 || got != strings.Join(want, ", ") {
		b.Errorf("the subtasks come to %q, the close to %q", got, want)
	}
	sum := out.Partition.InSubtasks
	for _, n := range out.Partition.Dropped {
		sum += n
	}
	if sum != out.Partition.Transactions {
		b.Errorf("%d of %d transactions are in a group", sum, out.Partition.Transactions)
	}
}

// Two backfills that are pressed at once, and a worker that is killed among them,
// make one close of each month, the oldest first.
func TestTwoBackfillsMakeOneCloseAMonth(t *testing.T) {
	months, suppliers := 5, 12
	if os.Getenv("ENRICHD_FIGURES") != "" {
		months, suppliers = 24, 400
	}
	w := world.New(world.Options{Seed: 6, First: "2024-11", Months: months, Suppliers: suppliers, Defects: map[string]int{"MISSING_INVOICE": 2}})
	b := setup(t, w)
	began := time.Now()
	worker := exec.Command(os.Args[0])
	worker.Env, worker.Stderr = append(os.Environ(), workerURL+"="+b.url), os.Stderr
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = worker.Process.Kill() })
	input := fmt.Sprintf(`{"from": "2024-11", "to": %q}`, w.Last())
	ids := []string{
		b.start(enrich.CloseBackfill, "workspace", pgtest.Workspace, input), b.start(enrich.CloseBackfill, "workspace", pgtest.Workspace, input),
	}
	b.until(ids[0], func(enrich.Task) bool { return b.macros("completed") > 0 })
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait() // it was killed
	b.engine()
	created, reused := 0, 0
	for _, id := range ids {
		task := b.until(id, ended)
		var out struct {
			FanOut struct {
				Months  int
				Created int `json:"macros_created"`
				Reused  int `json:"macros_reused"`
			} `json:"fan_out"`
			Request map[string]any
		}
		if err := json.Unmarshal(task.Output, &out); err != nil || task.Status != enrich.Completed || out.FanOut.Months != months || out.Request["from"] != "2024-11" {
			t.Fatalf("%s %v %s", task.Status, err, task.Output)
		}
		created, reused = created+out.FanOut.Created, reused+out.FanOut.Reused
	}
	b.until(ids[0], func(enrich.Task) bool { return b.macros("completed") == months })
	if created != months || reused != months || b.macros("") != months {
		t.Errorf("%d closes were made and %d stood, %d are there, of %d months", created, reused, b.macros(""), months)
	}
	wrong := pgtest.Query[string](t, b.url, `SELECT coalesce(string_agg(m.input ->> 'record_id', ', '), '') FROM enrichment_tasks m, jsonb_each(m.output -> 'totals') AS e
		WHERE m.entity_type = 'calendar_month' AND concat(trim_scale((e.value ->> 'spend')::numeric), ' ', trim_scale((e.value ->> 'documented')::numeric)) IS DISTINCT FROM (
			SELECT concat(trim_scale(sum((c.output #>> ARRAY['totals', e.key, 'spend'])::numeric)), ' ', trim_scale(sum((c.output #>> ARRAY['totals', e.key, 'documented'])::numeric)))
			FROM enrichment_tasks c WHERE c.parent_task_pk = m.pk)`)
	if wrong != "" {
		t.Errorf("the subtasks come to something else than the close in %s", wrong)
	}
	subtasks := pgtest.Query[int](t, b.url, `SELECT count(*)::int FROM enrichment_tasks WHERE entity_type = 'counterparty_month'`)
	t.Logf("%d months, %d subtasks, %s", months, subtasks, time.Since(began).Round(time.Second))
}

// macros counts the closes of months in a status; empty is any.
func (b *bench) macros(status string) int {
	b.Helper()
	return pgtest.Query[int](b.T, b.url, `SELECT count(*)::int FROM enrichment_tasks WHERE entity_type = 'calendar_month' AND deleted_at IS NULL AND ($1 = '' OR status::text = $1)`, status)
}

// Shuffled, stopped and resumed: the same books have the same hash.
func TestTheSameBooksHaveTheSameHash(t *testing.T) {
	o := world.Options{Seed: 8, First: "2025-06", Months: 3, Suppliers: 15, Defects: map[string]int{"RESIDUAL": 1}}
	w := world.New(o)
	hashes := map[string]bool{}
	for round := range 2 {
		if round == 1 {
			w = world.New(o)
			for _, reverse := range []func(){
				func() { slices.Reverse(w.Companies) }, func() { slices.Reverse(w.Invoices) }, func() { slices.Reverse(w.Entries) }, func() { slices.Reverse(w.Links) },
			} {
				reverse()
			}
		}
		b := setup(t, w)
		stop := b.engine()
		id := b.closeMonth(w.Last(), `, "ask": false`)
		if round == 1 {
			b.until(id, func(enrich.Task) bool { return len(b.children(id, enrich.Completed)) > 0 })
			stop()
			b.engine()
		}
		hashes[read(t, b.until(id, ended)).Snapshot.Hash] = true
	}
	if len(hashes) != 1 {
		t.Errorf("the same books have %d hashes", len(hashes))
	}
}

// A sign-off is somebody else's word on what stands; a late fact suspends it, and
// the next close shows what moved.
func TestSignOff(t *testing.T) {
	w := world.New(world.Options{Seed: 10, First: "2025-06", Months: 3, Suppliers: 10})
	b := setup(t, w)
	b.engine()
	out, err := b.db.Enqueue(t.Context(), pgtest.Workspace, []enrich.Request{{
		Type: enrich.MonthlyClose, EntityType: record.EntityMonth, EntityID: record.MonthID(pgtest.Workspace, w.Last()),
		Input: []byte(`{"record_id": "` + w.Last() + `"}`), By: "Ada@example.com", Force: true,
	}})
	if err != nil {
		t.Fatal(err)
	}
	id := out[0].Task.ID
	hash := read(t, b.until(id, ended)).Snapshot.Hash
	sign := func(by, hash string) string {
		_, err := b.db.SignOff(t.Context(), pgtest.Workspace, postgres.Signing{TaskID: id, Hash: hash, By: by}, snapshot)
		return enrich.CodeOf(err)
	}
	for _, c := range []struct{ by, hash, want string }{
		{"ada@example.com", hash, enrich.CodeOwnWork},
		{"bob@example.com", "sha256:other", enrich.CodeOutputChanged},
		{"bob@example.com", hash, ""},
		{"cleo@example.com", hash, enrich.CodeSignedAlready},
	} {
		if got := sign(c.by, c.hash); got != c.want {
			t.Errorf("%s signs: %q, want %q", c.by, got, c.want)
		}
	}
	state := func() string {
		return pgtest.Query[string](t, b.url, `SELECT state || coalesce(' by ' || suspended_by, '') FROM close_sign_offs`)
	}
	// What is paid later, and what belongs to another month, is no late fact.
	pgtest.Exec(t, b.url, `UPDATE invoices SET payment_status = 'paid', paid_total = grand_total`)
	pgtest.Exec(t, b.url, `INSERT INTO invoices (workspace_pk, invoice_id, issue_date) SELECT pk, 'next', $1::date + 40 FROM workspaces`, w.Last()+"-01")
	if got := state(); got != "standing" {
		t.Fatalf("the sign-off is %s", got)
	}
	pgtest.Exec(t, b.url, `INSERT INTO invoices (workspace_pk, invoice_id, invoice_number, issuer_id, direction, status, issue_date, due_date, local_currency, items_total, tax_total, grand_total)
		SELECT pk, 'late', 'L-1', $2, 'inbound', 'issued', $1::date, $1::date + 30, 'EUR', 10, 0, 10 FROM workspaces`, w.Last()+"-05", w.Companies[1].ID)
	if got := state(); got != "suspended by invoice late" {
		t.Errorf("after a late invoice the sign-off is %s", got)
	}
	again := read(t, b.until(b.closeMonth(w.Last(), ""), ended))
	if again.Delta.Added != 1 || again.Delta.Changed != 0 || again.Delta.Removed != 0 || again.Snapshot.Hash == hash {
		t.Errorf("one late document: %+v", again.Delta)
	}
	if got := sign("bob@example.com", hash); got != enrich.CodeCloseNotReady {
		t.Errorf("an older close is signed: %q", got)
	}
}

func snapshot(m record.Month) string { return closing.Part(m).Snapshot(m.Waivers) }

// A close that is shown and whose books move before it is signed is not signed.
func TestBooksThatMovedAreNotSigned(t *testing.T) {
	w := world.New(world.Options{Seed: 11, First: "2025-06", Months: 2, Suppliers: 6})
	b := setup(t, w)
	b.engine()
	id := b.closeMonth(w.Last(), "")
	hash := read(t, b.until(id, ended)).Snapshot.Hash
	pgtest.Exec(t, b.url, `UPDATE transactions SET amount = amount - 1 WHERE transaction_id = (SELECT transaction_id FROM invoice_transactions JOIN transactions USING (transaction_id)
		WHERE to_char(booking_date, 'YYYY-MM') = $1 LIMIT 1)`, w.Last())
	_, err := b.db.SignOff(t.Context(), pgtest.Workspace, postgres.Signing{TaskID: id, Hash: hash, By: "bob@example.com"}, snapshot)
	if enrich.CodeOf(err) != enrich.CodeOutputChanged {
		t.Errorf("books that moved are signed: %v", err)
	}
}

func TestContract(t *testing.T) {
	w := world.New(world.Options{Seed: 12, First: "2025-06", Months: 3, Suppliers: 6, Defects: map[string]int{"MISSING_INVOICE": 1}})
	b := setup(t, w)
	job := func(kind enrich.Type, entityType, entityID, input string) enrich.Job {
		return enrich.Job{Attempt: 1, Task: enrich.Task{
			ID: "00000000-0000-4000-8000-000000000001", WorkspaceID: pgtest.Workspace, Type: kind, EntityType: entityType, EntityID: entityID, Status: enrich.Processing, Input: []byte(input),
		}}
	}
	month := record.MonthID(pgtest.Workspace, w.Last())
	input := func(more string) string { return fmt.Sprintf(`{"record_id": %q%s}`, w.Last(), more) }
	kindtest.Run(t, &monthly.Close{Records: b.db}, []kindtest.Case{
		{Name: "a month", Job: job(enrich.MonthlyClose, "calendar_month", month, input("")), Want: "Split"},
		{Name: "an empty month", Job: job(enrich.MonthlyClose, "calendar_month", record.MonthID(pgtest.Workspace, "2020-01"), `{"record_id": "2020-01"}`), Want: "Done"},
		{Name: "a dry run", Job: job(enrich.MonthlyClose, "calendar_month", month, input(`, "dry_run": true`)), Want: "Done"},
		{Name: "another month's id", Job: job(enrich.MonthlyClose, "calendar_month", "x", input("")), Want: "Refuse", Code: "month_mismatch"},
		{Name: "no month", Job: job(enrich.MonthlyClose, "calendar_month", month, `{"record_id": "May"}`), Want: "Refuse", Code: "not_a_month"},
		{Name: "a part without a whole", Job: job(enrich.MonthlyClose, "counterparty_month", month, input("")), Want: "Refuse", Code: "no_macro"},
		{Name: "a company", Job: job(enrich.MonthlyClose, "company", "c", input("")), Want: "Refuse", Code: "not_a_month"},
	})
	kindtest.Run(t, &monthly.Backfill{Records: b.db}, []kindtest.Case{
		{Name: "months", Job: job(enrich.CloseBackfill, "workspace", "w", `{"from": "2025-06", "to": "2025-08"}`), Want: "Later"},
		{Name: "a dry run of months", Job: job(enrich.CloseBackfill, "workspace", "w", `{"from": "2025-06", "to": "2025-08", "dry_run": true}`), Want: "Done"},
		{Name: "backwards", Job: job(enrich.CloseBackfill, "workspace", "w", `{"from": "2025-08", "to": "2025-06"}`), Want: "Refuse", Code: "not_months"},
	})
}

func TestCheckNamesTheFault(t *testing.T) {
	for input, field := range map[string]string{
		`{"record_id": 5}`: "record_id", `{"record_id": "2026-13"}`: "record_id", `{"record_id": "2026-10", "materiality": "x"}`: "materiality",
	} {
		fault(t, (&monthly.Close{}).Check([]byte(input)), input, field)
	}
	for input, field := range map[string]string{
		`{"from": "x", "to": "2026-01"}`: "from", `{"from": "2026-02", "to": "2026-01"}`: "to", `{"from": "2000-01", "to": "2026-01"}`: "to",
		`{"from": "2026-01", "to": "2026-02", "max_parallel_months": 99}`: "max_parallel_months",
	} {
		fault(t, (&monthly.Backfill{}).Check([]byte(input)), input, field)
	}
}

func fault(t *testing.T, err error, input, field string) {
	t.Helper()
	var e *enrich.Error
	if !errors.As(err, &e) || e.Field != field {
		t.Errorf("%s: %v", input, err)
	}
}
