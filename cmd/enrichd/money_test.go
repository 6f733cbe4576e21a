package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// run runs a command against the bench and wants this exit code.
func (b *bench) run(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, got := output(t, enrichd(args, "ENRICHD_URL="+b.api.BaseURL, "ENRICHD_API_KEY="+b.api.Key))
	if got != code {
		t.Fatalf("enrichd %s ended with %d: %s%s", strings.Join(args, " "), got, stdout, stderr)
	}
	return stdout, stderr
}

// holds wants every one of these in a text.
func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in:\n%s", p, text)
		}
	}
}

// A table without headings is kept; the command shows its head and what is missing, and
// a mapping given there reads it. What is wrong is said and changes nothing.
func TestMappingCommand(t *testing.T) {
	b := setupIdle(t)
	file := filepath.Join(t.TempDir(), "bank.csv")
	if err := os.WriteFile(file, []byte("30.01.2031;BAKER;-45,20;EUR\n29.01.2031;ACME;1.100,00;EUR\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs := b.run(t, 0, "statement", file)
	id, _, _ := strings.Cut(out, " ")
	holds(t, out, "0 new")
	holds(t, errs, "nothing of it is read yet", "enrichd mapping "+id)

	out, errs = b.run(t, 0, "mapping", id)
	holds(t, out, "30.01.2031 | BAKER | -45,20 | EUR", "date_layout=2.1.2006", "decimal=,")
	holds(t, errs, "enrichd mapping "+id+" date=… amount=…")

	for _, bad := range [][]string{{"date"}, {"amount=2"}, {"date=9"}, {"colour=1"}, {"date_layout=yyyy"}} {
		if _, errs, code := output(t, enrichd(append([]string{"mapping", id}, bad...), "ENRICHD_URL="+b.api.BaseURL, "ENRICHD_API_KEY="+b.api.Key)); code == 0 || errs == "" {
			t.Errorf("%v: %d %s", bad, code, errs)
		}
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM transactions`); n != 0 {
		t.Fatalf("%d entries of a table that nobody explained", n)
	}
	out, errs = b.run(t, 0, "mapping", id, "date=1", "amount=3", "description=2", "currency=4")
	holds(t, out, "2 new", "  2 ", "description")
	if strings.Contains(errs, "nothing is read yet") {
		t.Error(errs)
	}
	if got := pgtest.Query[string](t, b.dbURL, `SELECT string_agg(booking_date || ' ' || amount || ' ' || currency, ', ' ORDER BY amount) FROM transactions`); got != "2031-01-30 -45.20 EUR, 2031-01-29 1100.00 EUR" {
		t.Error(got)
	}
	out, _ = b.run(t, 0, "mapping", id, "-o", "json")
	holds(t, out, `"corrected":`, `"date_layout":`)
	b.run(t, exitNotFound, "mapping", "b9c3f1de-0000-4000-8000-000000000001")
}

// What failed of a close is tried again by the command, alone; a close without a failed
// part, and a month without a close, say so.
func TestCloseRetryCommand(t *testing.T) {
	b := setup(t)
	file := filepath.Join(t.TempDir(), "bank.csv")
	if err := os.WriteFile(file, []byte("Date,Payee,Description,Amount,Currency\n2026-02-03,Baker,bread,-45.20,EUR\n2026-02-04,Butcher,meat,-12.00,EUR\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.run(t, 0, "statement", file)
	b.run(t, exitNotFound, "close", "retry", "2026-02")
	out, _ := b.run(t, 0, "close", "start", "2026-02", "--no-ask")
	first, _, _ := strings.Cut(out, " ")
	b.untilClose(t, first, "completed")
	if _, errs, code := output(t, enrichd([]string{"close", "retry", "2026-02"}, "ENRICHD_URL="+b.api.BaseURL, "ENRICHD_API_KEY="+b.api.Key)); code == 0 || !strings.Contains(errs, "failed") {
		t.Errorf("a close that did not fail: %d %s", code, errs)
	}
	// As if one part's attempts had been used up. Triggers hold ends immutable, so they stand still.
	pgtest.Exec(t, b.dbURL, `ALTER TABLE enrichment_tasks DISABLE TRIGGER ALL`)
	pgtest.Exec(t, b.dbURL, `UPDATE enrichment_tasks SET status = 'failed', output = NULL, error = 'the disk was full' WHERE pk = (SELECT min(pk) FROM enrichment_tasks WHERE entity_type = 'counterparty_month')`)
	pgtest.Exec(t, b.dbURL, `UPDATE enrichment_tasks SET status = 'failed', output = NULL, error = '1 subtask' WHERE enrichment_task_id = $1::uuid`, first)
	pgtest.Exec(t, b.dbURL, `ALTER TABLE enrichment_tasks ENABLE TRIGGER ALL`)
	before := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_tasks WHERE entity_type = 'counterparty_month'`)

	out, errs := b.run(t, 0, "close", "retry", "2026-02")
	second, _, _ := strings.Cut(out, " ")
	holds(t, errs, "enrichd close view "+second)
	if second == first {
		t.Fatal("a close that failed was changed")
	}
	b.untilClose(t, second, "completed")
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_tasks WHERE entity_type = 'counterparty_month'`); n != before+1 {
		t.Errorf("%d parts were made anew, want the one that failed", n-before)
	}
	out, _ = b.run(t, 0, "close", "view", "2026-02")
	holds(t, out, second)
	out, _ = b.run(t, 0, "close", "blockers", "2026-02")
	if n := len(regexp.MustCompile(`MISSING_INVOICE`).FindAllString(out, -1)); n != 2 {
		t.Errorf("%d invoices are missing, want 2:\n%s", n, out)
	}
}

// untilClose waits for a close to come to a status.
func (b *bench) untilClose(t *testing.T, id, status string) {
	t.Helper()
	last := ""
	for range 1200 {
		found, err := b.api.Close(t.Context(), id)
		if last = fmt.Sprint(found.Text("status"), err); err == nil && found.Text("status") == status {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the close is %s, want %s", last, status)
}
