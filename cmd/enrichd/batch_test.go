package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

const batches = "/v1/enrichment-batches"

// pressing is the document of a press with these attributes (JSON members).
func pressing(attributes string) string {
	return `{"data":{"type":"enrichment_batch","attributes":{` + attributes + `}}}`
}

func TestPressOverHTTP(t *testing.T) {
	b := setupIdle(t)
	standing := b.make(`"entity_type":"company","entity_id":"c-1","enrichment_type":"ai_company","input":{"company_id":"c-1"}`)
	body := `"entity_type":"company","entity_ids":["c-1","c-2","c-3","c-2"],"enrichment_types":["ai_company","logo"],"max_cost_micros":1000`
	status, _, doc := b.call("POST", batches, jt, pressing(body+`,"dry_run":true`))
	if status != 200 || dig(doc, "data", "type") != "enrichment_batch_estimate" || dig(doc, "data", "attributes", "tasks") != 5.0 {
		t.Fatalf("dry run: %d %v", status, doc)
	}
	status, header, doc := b.call("POST", batches, jt, pressing(body))
	if status != 201 || header.Get("Location") != text(dig(doc, "data", "links", "self")) {
		t.Fatalf("press: %d %v %v", status, header, doc)
	}
	id := text(dig(doc, "data", "id"))
	at := dig(doc, "data", "attributes").(map[string]any)
	if at["total"] != 5.0 || at["running"] != 5.0 || at["open"] != 5.0 || at["joined"] != 1.0 || at["completed_at"] != nil {
		t.Errorf("attributes %v", at)
	}
	if request := fmt.Sprint(at["request"]); !strings.Contains(request, standing) {
		t.Errorf("the duplicate does not name its task: %s", request)
	}
	status, header, doc = b.call("POST", batches, jt, pressing(body))
	if status != 200 || text(dig(doc, "data", "id")) != id || header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same press: %d %v", status, doc)
	}
	status, _, doc = b.call("GET", batches+"/"+id+"/enrichment_tasks?page[size]=2", "", "")
	if status != 200 || len(doc["data"].([]any)) != 2 || dig(doc, "data", 0, "attributes", "batch_id") != id {
		t.Errorf("its tasks: %d %v", status, doc)
	}
	if status, _, doc = b.call("GET", batches, "", ""); status != 200 || len(doc["data"].([]any)) != 1 {
		t.Errorf("list: %d %v", status, doc)
	}
	if status, _, _ := b.call("GET", batches+"/"+standing, "", ""); status != 404 {
		t.Errorf("an unknown batch: %d", status)
	}
}

func TestRefusedPresses(t *testing.T) {
	b := setup(t)
	for name, c := range map[string]struct{ attributes, code, pointer string }{
		"nothing named":     {`"entity_type":"company","enrichment_types":["logo"]`, "REQUIRED", "/data/attributes"},
		"both named":        {`"entity_type":"company","entity_ids":["a"],"selector":{},"enrichment_types":["logo"]`, "REQUIRED", "/data/attributes"},
		"no ids":            {`"entity_type":"company","entity_ids":[],"enrichment_types":["logo"]`, "INVALID_VALUE", "/data/attributes/entity_ids"},
		"an empty id":       {`"entity_type":"company","entity_ids":["a",""],"enrichment_types":["logo"]`, "INVALID_VALUE", "/data/attributes/entity_ids/1"},
		"ids that are null": {`"entity_type":"company","entity_ids":null,"enrichment_types":["logo"]`, "REQUIRED", "/data/attributes/entity_ids"},
		"null types":        {`"entity_type":"company","entity_ids":["a"],"enrichment_types":null`, "REQUIRED", "/data/attributes/enrichment_types"},
		"no types":          {`"entity_type":"company","entity_ids":["a"]`, "REQUIRED", "/data/attributes"},
		"an unknown type":   {`"entity_type":"company","entity_ids":["a"],"enrichment_types":["logo","x"]`, "INVALID_ENUM", "/data/attributes/enrichment_types/1"},
		"a kind that never": {`"entity_type":"company","entity_ids":["a"],"enrichment_types":["ai_invoice"],"input":{"document_id":7}`, "INVALID_VALUE", "/data/attributes/enrichment_types"},
		"no such field":     {`"entity_type":"company","selector":{"missing":["pk"]},"enrichment_types":["logo"]`, "INVALID_VALUE", "/data/attributes/selector/missing/0"},
		"no such records":   {`"entity_type":"planet","selector":{},"enrichment_types":["logo"]`, "INVALID_VALUE", "/data/attributes/entity_type"},
		"a cost of text":    {`"entity_type":"company","entity_ids":["a"],"enrichment_types":["logo"],"max_cost_micros":"5"`, "INVALID_TYPE", "/data/attributes/max_cost_micros"},
		"something else":    {`"entity_type":"company","entity_ids":["a"],"enrichment_types":["logo"],"batch_id":"x"`, "UNKNOWN_ATTRIBUTE", "/data/attributes/batch_id"},
	} {
		status, _, doc := b.call("POST", batches, jt, pressing(c.attributes))
		if status < 400 || dig(doc, "errors", 0, "code") != c.code || !strings.HasPrefix(text(dig(doc, "errors", 0, "source", "pointer")), c.pointer) {
			t.Errorf("%s: %d %v", name, status, doc)
		}
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_tasks`); n != 0 {
		t.Errorf("%d tasks were made", n)
	}
}

// A document that was read at its upload is not read again by a press: both have
// the same effective hash.
func TestPressMeetsTheUpload(t *testing.T) {
	b := setup(t)
	id := b.upload("a.txt", []byte("just text")).ID
	status, _, doc := b.call("POST", batches, jt, pressing(fmt.Sprintf(`"entity_type":"document","entity_ids":[%q],"enrichment_types":["ocr_extract"]`, id)))
	at := dig(doc, "data", "attributes")
	if status != 201 || dig(at, "total").(float64)+dig(at, "joined").(float64)+dig(at, "reused").(float64) != 1 {
		t.Fatalf("%d %v", status, doc)
	}
	hashes := pgtest.Query[int](t, b.dbURL, `SELECT count(DISTINCT input_hash) FROM enrichment_tasks WHERE enrichment_type = 'ocr_extract'`)
	if hashes != 1 {
		t.Errorf("%d hashes of one piece of work", hashes)
	}
}

func TestMagicAndBatchCommands(t *testing.T) {
	b := setupIdle(t)
	pgtest.Exec(t, b.dbURL, `INSERT INTO companies (workspace_pk, name) SELECT pk, n::text FROM workspaces, generate_series(1, 3) n WHERE workspace_id = $1`, pgtest.Workspace)
	remote := []string{"--url", b.url, "--api-key", b.api.Key}
	command := func(args ...string) (int, string, string) {
		var out, errs strings.Builder
		code := run(append(args, remote...), &out, &errs)
		return code, out.String(), errs.String()
	}
	code, out, errs := command("magic", "entity=company missing=tax_id_value", "--types", "ai_company,logo", "--dry-run")
	if code != 0 || !strings.Contains(out, "6 tasks") {
		t.Fatalf("dry run: %d %s %s", code, out, errs)
	}
	code, out, errs = command("magic", "entity=company", "missing=tax_id_value", "--types", "logo", "--max-cost", "5.00", "-o", "json")
	var made struct{ Data struct{ ID string } }
	if err := json.Unmarshal([]byte(out), &made); code != 0 || err != nil {
		t.Fatalf("magic: %d %s %s", code, out, errs)
	}
	if code, out, errs := command("batch", "view", made.Data.ID); code != 0 || !strings.Contains(out, "pending") {
		t.Errorf("view: %d %s %s", code, out, errs)
	}
	if code, out, errs := command("batch", "list"); code != 0 || !strings.Contains(out, made.Data.ID) {
		t.Errorf("list: %d %s %s", code, out, errs)
	}
	pgtest.Exec(t, b.dbURL, `UPDATE enrichment_tasks SET status = 'processing'`)
	pgtest.Exec(t, b.dbURL, `UPDATE enrichment_tasks SET status = 'failed', completed_at = now()`)
	var out2, errs2 strings.Builder
	if code := run([]string{"doctor", "--database-url", b.dbURL}, &out2, &errs2); code != exitError || !strings.Contains(out2.String(), "batch_miscounted") {
		t.Errorf("doctor: %d %s %s", code, out2.String(), errs2.String())
	}
	if code := run([]string{"doctor", "--fix", "--database-url", b.dbURL}, &out2, &errs2); code != exitOK {
		t.Errorf("doctor --fix: %d %s %s", code, out2.String(), errs2.String())
	}
	if code, out, errs := command("batch", "watch", "--last", "--exit-status"); code != exitSomeFailed {
		t.Errorf("watch: %d %s %s", code, out, errs)
	}
	if code, _, errs := command("magic", "planet=mars", "--types", "logo"); code != exitUsage || !strings.Contains(errs, "planet") {
		t.Errorf("a bad selector: %d %s", code, errs)
	}
}
