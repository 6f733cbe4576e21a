package reconcile_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/reconcile"
	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/matching/generate"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// world is a generated back office in a database.
type world struct {
	testing.TB
	url  string
	db   *postgres.DB
	kind *reconcile.Kind
	rows generate.Rows
}

func newWorld(t testing.TB, w generate.Bank) world {
	t.Helper()
	url := pgtest.URL(t)
	out := world{TB: t, url: url, db: pgtest.Open(t, url), rows: w.Rows()}
	out.kind = &reconcile.Kind{Records: out.db}
	type invoice struct{ ID, Number, Company, Name, Amount, Currency, Issued, Due, Direction, IBAN string }
	var list []invoice
	for _, in := range out.rows.Invoices {
		v := invoice{ID: in.ID, Number: in.Number, Name: in.Counterparty.Names[0], Amount: in.Amount.String(), Currency: in.Currency, Issued: in.IssueDate.Format("2006-01-02"), Direction: "inbound"}
		v.Company = "c-" + v.Name
		if !in.DueDate.IsZero() {
			v.Due = in.DueDate.Format("2006-01-02")
		}
		if in.Direction == matching.Receivable {
			v.Direction = "outbound"
		} else if len(in.Counterparty.IBANs) > 0 {
			v.IBAN = in.Counterparty.IBANs[0]
		}
		list = append(list, v)
	}
	raw, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	quoted := "'" + strings.ReplaceAll(string(raw), "'", "''") + "'"
	from := ` FROM workspaces w, json_to_recordset(` + quoted + `) AS i ("ID" text, "Number" text, "Company" text, "Name" text, "Amount" numeric, "Currency" text, "Issued" date, "Due" text, "Direction" text, "IBAN" text)`
	pgtest.Exec(t, url, `INSERT INTO companies (workspace_pk, company_id, name) SELECT DISTINCT w.pk, "Company", "Name"`+from)
	pgtest.Exec(t, url, `INSERT INTO invoices (workspace_pk, invoice_id, invoice_number, issuer_id, receiver_id, direction, grand_total, local_currency, issue_date, due_date)
		SELECT w.pk, "ID", "Number", CASE "Direction" WHEN 'inbound' THEN "Company" END, CASE "Direction" WHEN 'outbound' THEN "Company" END, "Direction", "Amount", "Currency", "Issued", nullif("Due", '')::date`+from)
	pgtest.Exec(t, url, `INSERT INTO invoice_payment_means (workspace_pk, invoice_pk, position, iban) SELECT w.pk, v.pk, 1, i."IBAN"`+from+` JOIN invoices v ON v.invoice_id = i."ID" WHERE i."IBAN" <> ''`)
	var entries []record.Transaction
	for _, tx := range out.rows.Transactions {
		entries = append(entries, record.Transaction{
			ID: tx.ID, Status: "booked", Amount: tx.Amount.String(), Currency: tx.Currency, BookingDate: tx.Date.Format("2006-01-02"), CounterpartyName: tx.Name,
			CounterpartyIBAN: tx.IBAN, Remittance: tx.Remittance, EndToEndID: tx.EndToEndID, Account: "own",
		})
	}
	if _, _, err := out.db.ImportStatement(context.Background(), pgtest.Workspace, record.BankStatement{Format: "test", Checksum: "w"}, entries,
		func(record.BankStatement, []record.Transaction, []string) ([]enrich.Request, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, url, `ANALYZE`)
	return out
}

// What a task finds from the neighbourhood of one entry is right, and as much as
// the whole of the books would give.
func TestOneEntryAsInTheWhole(t *testing.T) {
	w := newWorld(t, generate.Bank{Invoices: 200, Days: 60, Seed: 3})
	whole, err := matching.Solve(t.Context(), matching.Problem{Invoices: w.rows.Invoices, Transactions: w.rows.Transactions})
	if err != nil {
		t.Fatal(err)
	}
	truth, inWhole := map[matching.Pair]bool{}, map[matching.Pair]bool{}
	for _, p := range w.rows.Truth {
		truth[p] = true
	}
	for _, l := range whole.Links {
		inWhole[matching.Pair{InvoiceID: l.InvoiceID, TransactionID: l.TransactionID}] = l.Status == matching.Confirmed
	}
	asked, found := 0, 0
	for _, tx := range w.rows.Transactions[:25] {
		for p, confirmed := range inWhole {
			if confirmed && p.TransactionID == tx.ID {
				asked++
			}
		}
		_, out := resultOf(w.kind.Run(t.Context(), job("transaction", tx.ID, nil)))
		list, _ := out["links"].([]any)
		for _, one := range list {
			l := one.(map[string]any)
			p := matching.Pair{InvoiceID: l["invoice_id"].(string), TransactionID: l["transaction_id"].(string)}
			if l["edge_status"] == "confirmed" && p.TransactionID == tx.ID {
				if found++; !truth[p] {
					t.Errorf("wrong: %v: %v", p, l["evidence"])
				}
			}
		}
	}
	if t.Logf("%d of the %d links of the whole", found, asked); found*10 < asked*9 {
		t.Errorf("%d of the %d links of the whole", found, asked)
	}
}

// BenchmarkTask runs tasks of a bank file of 15,000 entries, one for each party.
func BenchmarkTask(b *testing.B) {
	w := newWorld(b, generate.Bank{Invoices: 13000, Days: 300, Seed: 1})
	groups := map[string][]string{}
	for _, tx := range w.rows.Transactions {
		groups[tx.Name] = append(groups[tx.Name], tx.ID)
	}
	names := slices.Sorted(maps.Keys(groups))
	b.Logf("%d invoices, %d entries, %d parties", len(w.rows.Invoices), len(w.rows.Transactions), len(groups))
	n := 0
	for b.Loop() {
		ids := groups[names[n%len(names)]]
		if a := w.kind.Run(b.Context(), job("bank_statement", "s", map[string]any{"transaction_ids": ids[:min(len(ids), 200)]})); fmt.Sprintf("%T", a) == "enrich.Retry" {
			b.Fatalf("%+v", a)
		}
		n += 37
	}
}
