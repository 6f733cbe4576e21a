package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// addInvoices gives the workspace n invoices of 100.50 EUR each, due in May.
func (b *bench) addInvoices(n int) {
	b.Helper()
	pgtest.Exec(b, b.dbURL, `INSERT INTO companies (workspace_pk, company_id, name, country) SELECT pk, 'c-1', 'Acme', 'DE' FROM workspaces WHERE workspace_id = $1`, pgtest.Workspace)
	pgtest.Exec(b, b.dbURL, `INSERT INTO invoices (workspace_pk, invoice_id, invoice_number, grand_total, local_currency, issue_date, due_date, issuer_id)
		SELECT pk, 'i-' || g, 'F-' || g, 100.50, 'EUR', '2026-05-01', '2026-05-31', 'c-1' FROM workspaces, generate_series(1, $2) g WHERE workspace_id = $1`, pgtest.Workspace, n)
}

// define makes a column or a rule and returns its id.
func (b *bench) define(path, typ, attributes string) string {
	b.Helper()
	status, _, doc := b.call("POST", path, mediaType, fmt.Sprintf(`{"data":{"type":%q,"attributes":{%s}}}`, typ, attributes))
	if status != 201 {
		b.Fatalf("define %s: %d %v", attributes, status, doc)
	}
	return text(dig(doc, "data", "id"))
}

// computed runs a definition on records, and waits for the batch.
func (b *bench) computed(path, id, attributes string) map[string]any {
	b.Helper()
	status, header, doc := b.call("POST", path+"/"+id+"/compute", mediaType, `{"data":{"type":"compute","attributes":{`+attributes+`}}}`)
	if status != 202 {
		b.Fatalf("compute: %d %v", status, doc)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, _, batch := b.call("GET", header.Get("Location"), "", ""); text(dig(batch, "data", "attributes", "open")) == "0" {
			return doc
		}
	}
	b.Fatal("the batch never ended")
	return nil
}

// cell is the standing value of a column on a record, and its row.
func (b *bench) cell(entityID, field string) (string, map[string]any) {
	b.Helper()
	_, _, doc := b.call("GET", "/v1/field-values?filter[decision]=applied&filter[entity_id]="+entityID+"&filter[field]="+field, "", "")
	one, _ := dig(doc, "data", 0, "attributes").(map[string]any)
	return text(dig(one, "value", "value")), one
}

const mediaType = "application/vnd.api+json"

// A column is defined, computed on a record, and its value says where it came from.
func TestColumnRoad(t *testing.T) {
	b := setup(t)
	b.addInvoices(3)
	id := b.define("/v1/custom-columns", "custom_column",
		`"root":"invoices","field_key":"gross_per_day","column_type":"number","formula_config":{"expression":"grand_total / (due_date - issue_date)"},"format_config":{"decimals":2}`)
	doc := b.computed("/v1/custom-columns", id, `"record_ids":["i-1"]`)
	if text(dig(doc, "meta", "record_count")) != "1" || text(dig(doc, "meta", "status")) != "accepted" {
		t.Errorf("%v", doc)
	}
	value, row := b.cell("i-1", "gross_per_day")
	if value != "3.35" || text(row["origin"]) != "formula" || text(dig(row, "evidence", 0, "ref", "expr")) != "grand_total / (due_date - issue_date)" {
		t.Errorf("value %q of %v", value, row)
	}
	var reads []string
	for i := 1; i <= 3; i++ {
		reads = append(reads, text(dig(row, "evidence", i, "ref", "path"))+"="+text(dig(row, "evidence", i, "quote")))
	}
	if got := strings.Join(reads, " "); got != "due_date=2026-05-31 grand_total=100.50 issue_date=2026-05-01" {
		t.Errorf("reads %s", got)
	}
	task := b.until("custom_column", "i-1")
	if task.Text("status") != "completed" || !strings.Contains(string(task.Attributes["output"]), `"decision":"applied"`) {
		t.Errorf("task %s", task.Attributes["output"])
	}
	b.computed("/v1/custom-columns", id, `"selector":{}`)
	if value, _ := b.cell("i-3", "gross_per_day"); value != "3.35" {
		t.Errorf("by a selector: %q", value)
	}
}

// A column's life on the command line: tried, made, listed, computed, deleted; a rule
// has the same commands.
func TestDefinitionsOnTheCommandLine(t *testing.T) {
	b := setup(t)
	b.addInvoices(2)
	run := func(want int, words string, args ...string) string {
		t.Helper()
		out, errs, code := output(t, enrichd(args, "ENRICHD_URL="+b.url, "ENRICHD_API_KEY="+b.api.Key))
		if code != want || !strings.Contains(out+errs, words) {
			t.Fatalf("%v ended with %d, want %d with %q\n%s%s", args, code, want, words, out, errs)
		}
		return out
	}
	file := filepath.Join(t.TempDir(), "gross.json")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"root": "invoices", "field_key": "doubled", "column_type": "number", "formula_config": {"expression": "grand_total * 2"}}`)
	run(0, "i-2  201", "column", "preview", file, "--record", "i-2")
	id, _, _ := strings.Cut(run(0, "invoices.doubled  number", "column", "create", file), " ")
	run(0, "grand_total * 2", "column", "view", id)
	run(0, id, "column", "list", "--root", "invoices")
	run(exitUsage, "--all", "column", "compute", id)
	run(0, "2 tasks", "column", "compute", id, "--all")
	b.until("custom_column", "i-1")
	run(0, "deleted", "column", "delete", id)
	run(exitNotFound, "", "column", "view", id)
	write(`{"root": "invoices", "field_key": "doubled", "formula_config": {"expression": "grand_totl * 2"}, "column_type": "number"}`)
	run(exitError, "grand_total", "column", "create", file)
	write(`[]`)
	run(exitUsage, "no JSON object", "rule", "create", file)
	if out := run(0, "", "rule", "list"); out != "" {
		t.Errorf("rules: %s", out)
	}
}

// A change of a column tells how many values wait to be computed again; one call
// computes these, and says so before with a dry run.
func TestAChangedColumnOffersToCompute(t *testing.T) {
	b := setup(t)
	b.addInvoices(3)
	id := b.define("/v1/custom-columns", "custom_column", `"root":"invoices","field_key":"double","column_type":"number","formula_config":{"expression":"grand_total * 2"}`)
	b.computed("/v1/custom-columns", id, `"record_ids":["i-1","i-2"]`)
	status, _, doc := b.call("PATCH", "/v1/custom-columns/"+id, mediaType, fmt.Sprintf(`{"data":{"type":"custom_column","id":%q,"attributes":{"formula_config":{"expression":"grand_total * 3"}}}}`, id))
	if status != 200 || text(dig(doc, "data", "meta", "stale_records")) != "2" {
		t.Fatalf("%d %v", status, doc)
	}
	const stale = `"selector":{"stale":true}`
	status, _, dry := b.call("POST", "/v1/custom-columns/"+id+"/compute", mediaType, `{"data":{"type":"compute","attributes":{`+stale+`,"dry_run":true}}}`)
	if status != 200 || !strings.Contains(fmt.Sprint(dry), "2") {
		t.Errorf("%d %v", status, dry)
	}
	if made := b.computed("/v1/custom-columns", id, stale); text(dig(made, "data", "attributes", "total")) != "2" {
		t.Errorf("%v", made)
	}
	if v, row := b.cell("i-1", "double"); v != "301.5" && v != "301.50" || row["stale"] != false {
		t.Errorf("%s %v", v, row)
	}
	if _, row := b.cell("i-3", "double"); row != nil {
		t.Errorf("a record that had no value was computed: %v", row)
	}
}
