package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/matching/generate"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// One file of a bank is imported end to end: the upload, and every task that follows
// from it, with the links that they settle. ENRICHD_FIGURES=1 takes 15,000 lines
// among 13,000 invoices, ENRICHD_LINES another number.
func TestFiguresOneFile(t *testing.T) {
	invoices := 150
	if os.Getenv("ENRICHD_FIGURES") != "" {
		invoices = 13_000
	}
	if n, err := strconv.Atoi(os.Getenv("ENRICHD_LINES")); err == nil {
		invoices = n * 13 / 15
	}
	b := setup(t)
	rows := generate.Bank{Invoices: invoices, Days: 300, Seed: 1}.Rows()
	b.seedBooks(t, rows.Invoices)
	var file strings.Builder
	table := csv.NewWriter(&file)
	_ = table.Write([]string{"Booking date", "Counterparty", "Counterparty IBAN", "Description", "Reference", "Amount", "Currency"})
	for _, tx := range rows.Transactions {
		_ = table.Write([]string{tx.Date.Format(time.DateOnly), tx.Name, tx.IBAN, strings.Join(tx.Remittance, " "), tx.EndToEndID, tx.Amount.String(), tx.Currency})
	}
	table.Flush()
	begun := time.Now()
	statement, _, err := b.api.ImportStatement(t.Context(), "bank.csv", strings.NewReader(file.String()))
	if err != nil || int(statement.Int("entries_new")) != len(rows.Transactions) {
		t.Fatal(statement.Int("entries_new"), err)
	}
	imported := time.Since(begun)
	// A period stays open until people decided on what its parts propose.
	const open = `SELECT count(*) FROM enrichment_tasks t WHERE t.status IN ('pending', 'processing') AND t.deleted_at IS NULL
		AND NOT EXISTS (SELECT FROM enrichment_tasks c WHERE c.parent_task_pk = t.pk AND c.status = 'awaiting_approval')`
	tasks, next := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_tasks`), time.Now()
	for left := tasks; left > 0; left = pgtest.Query[int](t, b.dbURL, open) {
		if time.Sleep(200 * time.Millisecond); time.Since(next) > 30*time.Second {
			next = time.Now()
			t.Logf("after %s: %d of %d tasks left", time.Since(begun).Round(time.Second), left, tasks)
		}
	}
	ended := time.Since(begun)
	failed := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_tasks WHERE status = 'failed'`)
	truth := map[[2]string]bool{}
	ids := map[string]string{} // of entries, by what the line says
	for _, tx := range rows.Transactions {
		ids[tx.Date.Format(time.DateOnly)+tx.Amount.String()+tx.Name+tx.EndToEndID+strings.TrimSpace(strings.Join(tx.Remittance, " "))] = tx.ID
	}
	for _, p := range rows.Truth {
		truth[[2]string{p.InvoiceID, p.TransactionID}] = true
	}
	right, wrong := 0, 0
	for _, l := range strings.Split(pgtest.Query[string](t, b.dbURL, `SELECT coalesce(string_agg(l.invoice_id || chr(9) || t.booking_date || t.amount || coalesce(t.counterparty_name, '') || coalesce(t.transaction_external_id, '')
		|| coalesce(array_to_string(t.remittance, ' '), ''), chr(10)), '') FROM invoice_transactions l JOIN transactions t ON t.workspace_pk = l.workspace_pk AND t.transaction_id = l.transaction_id WHERE l.edge_status = 'confirmed'`), "\n") {
		invoice, entry, _ := strings.Cut(l, "\t")
		if id := ids[entry]; truth[[2]string{invoice, id}] {
			right++
		} else if id != "" {
			wrong++
		}
	}
	proposed := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM invoice_transactions WHERE edge_status = 'proposed'`)
	t.Logf("%d lines, %d invoices: read and stored in %s; %d tasks settled %s after the upload began, %d failed; of %d true links %d are confirmed, %d confirmed ones are wrong, %d wait for a person",
		len(rows.Transactions), len(rows.Invoices), imported.Round(time.Millisecond), tasks, ended.Round(time.Second), failed, len(truth), right, wrong, proposed)
	t.Log(pgtest.Query[string](t, b.dbURL, `SELECT string_agg(enrichment_type || ' ' || status || ' ' || n, ', ') FROM (SELECT enrichment_type, status, count(*) n FROM enrichment_tasks GROUP BY 1, 2 ORDER BY 1, 2) x`))
	if failed > 0 || tasks == 0 || right == 0 || wrong*200 > right {
		t.Errorf("%d of %d tasks failed, %d links right, %d wrong", failed, tasks, right, wrong)
	}
}

// seedBooks writes invoices and their companies straight into the database.
func (b *bench) seedBooks(t *testing.T, invoices []matching.Invoice) {
	t.Helper()
	type invoice struct{ ID, Number, Company, Name, Amount, Currency, Issued, Due, Direction string }
	var list []invoice
	for _, in := range invoices {
		v := invoice{ID: in.ID, Number: in.Number, Name: in.Counterparty.Names[0], Company: "c-" + in.Counterparty.Names[0], Amount: in.Amount.String(), Currency: in.Currency, Issued: in.IssueDate.Format(time.DateOnly), Direction: "inbound"}
		if !in.DueDate.IsZero() {
			v.Due = in.DueDate.Format(time.DateOnly)
		}
		if in.Direction == matching.Receivable {
			v.Direction = "outbound"
		}
		list = append(list, v)
	}
	raw, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	from := ` FROM workspaces w, json_to_recordset('` + strings.ReplaceAll(string(raw), "'", "''") + `') AS i ("ID" text, "Number" text, "Company" text, "Name" text, "Amount" numeric, "Currency" text, "Issued" date, "Due" text, "Direction" text)`
	pgtest.Exec(t, b.dbURL, `INSERT INTO companies (workspace_pk, company_id, name) SELECT DISTINCT w.pk, "Company", "Name"`+from)
	pgtest.Exec(t, b.dbURL, `INSERT INTO invoices (workspace_pk, invoice_id, invoice_number, issuer_id, receiver_id, direction, grand_total, local_currency, issue_date, due_date)
		SELECT w.pk, "ID", "Number", CASE "Direction" WHEN 'inbound' THEN "Company" END, CASE "Direction" WHEN 'outbound' THEN "Company" END, "Direction", "Amount", "Currency", "Issued", nullif("Due", '')::date`+from)
	pgtest.Exec(t, b.dbURL, `ANALYZE`)
}
