package monthly_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/enrichd/enrichd/demo/world"
	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/kind/monthly"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// workerURL names the database for which this program is a worker to be killed.
const workerURL = "ENRICHD_TEST_WORKER"

func TestMain(m *testing.M) {
	if url := os.Getenv(workerURL); url != "" {
		os.Exit(work(url))
	}
	kindtest.Main(m)
}

// work runs the kinds until the process is killed.
func work(url string) int {
	db, err := postgres.Open(context.Background(), url, postgres.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := engineOn(db).Run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return 1
}

func engineOn(db *postgres.DB) *dispatch.Engine {
	return dispatch.New(dispatch.Options{
		Queue: db, Kinds: []enrich.Kind{&monthly.Close{Records: db}, &monthly.Backfill{Records: db}}, Beat: 300 * time.Millisecond, Drain: 300 * time.Millisecond,
		FollowUps: func(enrich.Claim, []enrich.Occasion) ([]enrich.Request, error) { return nil, nil },
	})
}

// bench is a workspace with the books of a world.
type bench struct {
	*testing.T
	url string
	db  *postgres.DB
}

func setup(t *testing.T, w *world.World) *bench {
	t.Helper()
	url := pgtest.URL(t)
	b := &bench{T: t, url: url, db: pgtest.Open(t, url)}
	b.load(w)
	return b
}

// load writes the rows of a world in the order that it has them.
func (b *bench) load(w *world.World) {
	b.Helper()
	for _, part := range []struct {
		sql  string
		rows any
	}{
		{`INSERT INTO companies (workspace_pk, company_id, name, is_own_company) SELECT w.pk, r."ID", r."Name", r."Own"
			FROM workspaces w, json_to_recordset($1::json) AS r ("ID" text, "Name" text, "Own" bool)`, w.Companies},
		{`WITH r AS (SELECT * FROM json_to_recordset($1::json) AS r ("ID" text, "Number" text, "Company" text, "Outbound" bool, "Draft" bool, "Day" timestamptz,
				"Due" timestamptz, "Currency" text, "Net" bigint, "Tax" bigint, "Gross" bigint, "IBAN" text, "Lines" json, "Paid" bool, "Created" timestamptz)
			), made AS (
			INSERT INTO invoices (workspace_pk, invoice_id, invoice_number, issuer_id, direction, status, document_type_code, issue_date, due_date,
				local_currency, items_total, tax_total, grand_total, payment_status, created_at)
			SELECT w.pk, r."ID", nullif(r."Number", ''), r."Company", 'inbound', CASE WHEN r."Draft" THEN 'draft' ELSE 'issued' END, '380', r."Day"::date,
				CASE WHEN r."Due" > '0002-01-01' THEN r."Due"::date END, r."Currency", r."Net" / 100.0, CASE WHEN r."Tax" >= 0 THEN r."Tax" / 100.0 END,
				r."Gross" / 100.0, CASE WHEN r."Paid" THEN 'paid' ELSE 'unpaid' END, r."Created" FROM workspaces w, r RETURNING pk, workspace_pk, invoice_id
			), means AS (
			INSERT INTO invoice_payment_means (workspace_pk, invoice_pk, position, iban) SELECT m.workspace_pk, m.pk, 0, r."IBAN" FROM made m JOIN r ON r."ID" = m.invoice_id)
			INSERT INTO invoice_items (workspace_pk, invoice_pk, position, line_total, tax_rate, period_start, period_end)
			SELECT m.workspace_pk, m.pk, l.n, (l.value ->> 'Net')::numeric / 100, (l.value ->> 'Rate')::numeric,
				CASE WHEN l.value ->> 'From' > '0002' THEN (l.value ->> 'From')::timestamptz::date END, CASE WHEN l.value ->> 'To' > '0002' THEN (l.value ->> 'To')::timestamptz::date END
			FROM made m JOIN r ON r."ID" = m.invoice_id CROSS JOIN LATERAL json_array_elements(r."Lines") WITH ORDINALITY AS l (value, n)`, w.Invoices},
		{`INSERT INTO transactions (workspace_pk, transaction_id, account, type, status, amount, currency, booking_date, counterparty_name, counterparty_iban, remittance, is_reversal)
			SELECT w.pk, r."ID", r."Account", r."Type", CASE WHEN r."Pending" THEN 'pending' ELSE 'booked' END, r."Amount" / 100.0, r."Currency", r."Day"::date,
				nullif(r."Name", ''), nullif(r."IBAN", ''), ARRAY[r."Text"], r."Reversal"
			FROM workspaces w, json_to_recordset($1::json) AS r ("ID" text, "Account" text, "Type" text, "Name" text, "IBAN" text, "Text" text, "Day" timestamptz,
				"Amount" bigint, "Currency" text, "Pending" bool, "Reversal" bool)`, w.Entries},
		{`INSERT INTO invoice_transactions (workspace_pk, invoice_transaction_id, invoice_id, transaction_id, amount, currency, is_partial, edge_status)
			SELECT w.pk, md5(r."Invoice" || r."Entry"), r."Invoice", r."Entry", r."Amount" / 100.0, r."Currency", r."Partial", CASE WHEN r."Proposed" THEN 'provisional' ELSE 'confirmed' END
			FROM workspaces w, json_to_recordset($1::json) AS r ("Invoice" text, "Entry" text, "Amount" bigint, "Currency" text, "Partial" bool, "Proposed" bool)`, w.Links},
	} {
		raw, err := json.Marshal(part.rows)
		if err != nil {
			b.Fatal(err)
		}
		pgtest.Exec(b.T, b.url, part.sql, string(raw))
	}
}

// signOff signs a month off as it was signed in the world.
func (b *bench) signOff(month string, at time.Time) {
	b.Helper()
	pgtest.Exec(b.T, b.url, `INSERT INTO close_sign_offs (workspace_pk, record_id, task_id, snapshot_hash, signed_by, created_at)
		SELECT pk, $1, gen_random_uuid(), 'sha256:x', 'somebody', $2 FROM workspaces`, month, at)
}

// engine runs the kinds; the result stops it.
func (b *bench) engine() (stop func()) {
	b.Helper()
	e := engineOn(b.db)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = e.Run(ctx) }()
	stop = func() { cancel(); <-done }
	b.Cleanup(stop)
	return stop
}

// start makes a task.
func (b *bench) start(kind enrich.Type, entityType, entityID, input string) string {
	b.Helper()
	out, err := b.db.Enqueue(b.Context(), pgtest.Workspace, []enrich.Request{{Type: kind, EntityType: entityType, EntityID: entityID, Input: []byte(input), Force: true}})
	if err != nil {
		b.Fatal(err)
	}
	return out[0].Task.ID
}

func (b *bench) closeMonth(month, more string) string {
	return b.start(enrich.MonthlyClose, record.EntityMonth, record.MonthID(pgtest.Workspace, month), fmt.Sprintf(`{"record_id": %q%s}`, month, more))
}

// until waits for a task to be as wanted.
func (b *bench) until(id string, want func(enrich.Task) bool) enrich.Task {
	b.Helper()
	deadline := time.Now().Add(patience())
	for {
		task, err := b.db.Task(b.Context(), pgtest.Workspace, id)
		if err != nil {
			b.Fatal(err)
		}
		if want(task) {
			return task
		}
		if time.Now().After(deadline) {
			b.Fatalf("the task stayed %s, wait %+v", task.Status, task.Wait)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// patience is how long a test waits: long on a machine that others use.
func patience() time.Duration {
	if os.Getenv("ENRICHD_FIGURES") != "" {
		return time.Hour
	}
	return 4 * time.Minute
}

func ended(t enrich.Task) bool { return t.Status.Terminal() }

// output is what a close says, as far as the tests look at it.
type output struct {
	Verdict  string
	Blockers []struct {
		Code, Check, Words, Mode, Subtask string
		Company                           string `json:"company_id"`
		Entity                            string `json:"entity_id"`
	}
	Counts   map[string]int
	Totals   map[string]struct{ Spend, Documented string }
	Coverage struct {
		ByCount  string            `json:"by_count"`
		ByAmount map[string]string `json:"by_amount"`
	}
	Dropped   map[string]int `json:"dropped_groups"`
	Waivers   []struct{ Check, By, Reason string }
	Snapshot  struct{ Hash string }
	Partition struct {
		Transactions, Documents int
		InSubtasks              int `json:"in_subtasks"`
		Dropped                 map[string]int
	}
	FromReady struct{ Documents, Decisions int }    `json:"from_ready"`
	Delta     struct{ Added, Removed, Changed int } `json:"delta_since_last"`
}

func read(t testing.TB, task enrich.Task) output {
	t.Helper()
	var out output
	if err := json.Unmarshal(task.Output, &out); err != nil {
		t.Fatalf("%s %v: %v", task.Status, task.Error, err)
	}
	return out
}

// children are the subtasks of a task in one status.
func (b *bench) children(parent string, status enrich.Status) []enrich.Task {
	b.Helper()
	page, err := b.db.ListTasks(b.Context(), pgtest.Workspace, postgres.ListQuery{
		Filters: []postgres.Filter{{Name: "parent_task", Values: []string{parent}}, {Name: "status", Values: []string{string(status)}}}, Size: 500,
	})
	if err != nil {
		b.Fatal(err)
	}
	return page.Records
}

// decide decides on a task at once.
func (b *bench) decide(task string, v postgres.Verdict) {
	b.Helper()
	v.By = "ada@example.com"
	if _, err := b.db.Decide(b.Context(), pgtest.Workspace, task, v); err != nil {
		b.Fatal(err)
	}
}
