package api_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// contract are the attributes of a task, as the contract names them.
func contract() []string {
	return []string{
		"enrichment_task_id", "entity_type", "entity_id", "status", "enrichment_type", "input", "output", "target_fields", "error",
		"source_channel", "input_hash", "description", "batch_id", "created_at", "updated_at", "deleted_at", "completed_at",
	}
}

var moment = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

// DOC: what a document is made of.
func TestDocumentStructure(t *testing.T) {
	b := setup(t)
	b.fixture()
	one, page := b.get(base+"/"+id(51)), b.get(base+"?page[size]=100&include=parent_task")
	r := &rules{}
	r.object("the document", one.doc, "data", "jsonapi", "links")
	b.says("DOC-01", len(r.broken) == 0 && len(brokenRules(page.doc)) == 0, r.broken, brokenRules(page.doc))
	b.says("DOC-02", one.at("jsonapi", "version") == "1.1", one.at("jsonapi"))
	_, included := one.doc["included"]
	b.says("DOC-03", !included && page.list("included") != nil && b.get(base + "/" + unknown + "?include=workspace").doc["included"] == nil)
	same, ids, times, states := true, true, true, true
	for _, each := range append(page.list("data"), one.at("data")) {
		at := dig(each, "attributes").(map[string]any)
		same = same && dig(each, "type") == "enrichment_task"
		ids = ids && dig(each, "id") == at["enrichment_task_id"]
		for _, name := range []string{"created_at", "updated_at", "deleted_at", "completed_at"} {
			times = times && (at[name] == nil || moment.MatchString(at[name].(string)))
		}
		states = states && slices.Contains([]any{"pending", "processing", "completed", "awaiting_approval", "failed", "rejected"}, at["status"])
	}
	b.says("DOC-04", same)
	b.says("DOC-05", ids)
	b.says("DOC-06", sameMembers(one.at("data", "attributes"), contract()), one.at("data", "attributes"))
	b.says("DOC-07", !regexp.MustCompile(`\bpk\b|_pk\b`).MatchString(one.body+page.body+fmt.Sprint(one.header)), one)
	b.says("DOC-08", one.at("data", "relationships", "workspace", "data", "type") == "workspace" && one.at("data", "relationships", "workspace", "data", "id") == pgtest.Workspace, one)
	root := b.get(base + "/" + id(1))
	b.says("DOC-09", one.at("data", "relationships", "parent_task", "data", "id") == id(parent) && root.at("data", "relationships", "parent_task", "data") == nil, one, root)
	subtasks := one.at("data", "relationships", "subtasks").(map[string]any)
	_, linked := subtasks["data"]
	b.says("DOC-10", subtasks["links"] != nil && !linked, subtasks)
	b.says("DOC-11", len(one.at("data", "relationships").(map[string]any)) == 3, one) // that none is empty is one of the rules
	b.says("DOC-16", times)
	fresh := b.send("POST", base, create(minimal+`,"input":{"a":1}`))
	b.says("DOC-17", states && fresh.at("data", "attributes", "status") == "pending", fresh)
	b.says("DOC-18", regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).MatchString(fresh.text("data", "attributes", "input_hash")) &&
		one.at("data", "attributes", "input_hash") == "sha256:51", fresh)
	b.documentLinks(one, root)
}

func sameMembers(v any, names []string) bool {
	m, _ := v.(map[string]any)
	for _, name := range names {
		if _, ok := m[name]; !ok {
			return false
		}
	}
	return len(m) == len(names)
}

func (b *bench) documentLinks(one, root reply) {
	self := b.get(one.text("data", "links", "self"))
	b.says("DOC-12", self.status == 200 && cmp.Equal(self.at("data"), one.at("data")), self)
	followed, related := true, true
	for _, of := range []reply{one, root} {
		for name, rel := range of.at("data", "relationships").(map[string]any) {
			linkage := b.get(dig(rel, "links", "self").(string))
			_, has := linkage.doc["data"]
			followed = followed && linkage.status == 200 && has
			if data, ok := rel.(map[string]any)["data"]; ok {
				followed = followed && cmp.Equal(data, linkage.at("data"))
			}
			to := b.get(dig(rel, "links", "related").(string))
			_, has = to.doc["data"]
			related = related && to.status == 200 && has
			b.Logf("%s: %d %d", name, linkage.status, to.status)
		}
	}
	b.says("DOC-13", followed)
	b.says("DOC-14", related)
	link := one.text("data", "relationships", "parent_task", "links", "related")
	moved := b.send("PATCH", base+"/"+id(51), patch(id(51), `"relationships":{"parent_task":{"data":null}}`))
	b.says("DOC-15", moved.status == 200 && moved.text("data", "relationships", "parent_task", "links", "related") == link, moved)
	b.says("DOC-21", strings.Count(strings.Join(contract(), " "), "parent_task") == 0) // names are among the rules
	b.says("DOC-22", len(brokenRules(one.doc)) == 0)
	b.says("DOC-23", len(brokenRules(b.get(base+"?page[size]=501").doc)) == 0)
	list := b.get(base + "?filter[status]=pending&page%5Bsize%5D=2")
	b.says("DOC-24", list.text("links", "self", "href") == base+"?filter%5Bstatus%5D=pending&page%5Bsize%5D=2" && one.text("links", "self") == base+"/"+id(51), list.at("links"))
	b.says("DOC-25", list.text("links", "self", "type") == list.header.Get("Content-Type"), list.at("links"))
	described := b.get(one.text("links", "describedby"))
	b.says("DOC-26", described.status == 200 && strings.Contains(described.body, `"openapi"`), described.status)
	b.says("DOC-27", len(brokenRules(one.doc)) == 0 && len(brokenRules(map[string]any{"data": nil, "errors": []any{}})) > 0)
}

// DOC-19 and DOC-20: what came goes back as it came.
func TestValuesComeBack(t *testing.T) {
	b := setup(t)
	made := b.send("POST", base, create(minimal+`,"target_fields":["a","b"]`))
	none := b.send("POST", base, create(`"entity_type":"x","entity_id":"y","enrichment_type":"logo"`))
	b.says("DOC-19", cmp.Equal(made.at("data", "attributes", "target_fields"), []any{"a", "b"}) && none.at("data", "attributes", "target_fields") == nil, made, none)
	input := `{"big":12345678901234567890,"small":1e-7,"nested":{"null":null,"list":[null,{}]},"text":"é😀","object":{},"array":[]}`
	id := b.make(`"entity_type":"x","entity_id":"z","enrichment_type":"logo","input":` + input)
	pgtest.Exec(b, b.dbURL, `UPDATE enrichment_tasks SET output = input WHERE enrichment_task_id = $1`, id)
	var got struct {
		Data struct {
			Attributes struct{ Input, Output json.RawMessage }
		}
	}
	if err := json.Unmarshal([]byte(b.get(base+"/"+id).body), &got); err != nil {
		t.Fatal(err)
	}
	at := got.Data.Attributes
	b.says("DOC-20", sameJSON(t, input, string(at.Input)) && sameJSON(t, input, string(at.Output)), string(at.Input), string(at.Output))
}

// sameJSON compares two values; 1e-7 and 0.0000001 are the same number.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	read := func(s string) (v any) {
		d := json.NewDecoder(strings.NewReader(strings.Replace(s, "0.0000001", "1e-7", 1)))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	return cmp.Equal(read(a), read(b))
}

// DOC-28: the contract's example, loaded as a row, comes back field for field.
func TestTheContractsExample(t *testing.T) {
	b := setup(t)
	raw, err := os.ReadFile("testdata/example.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	workspace := dig(want, "data", "relationships", "workspace", "data", "id").(string)
	if _, err := b.db.EnsureWorkspace(t.Context(), workspace, "Example"); err != nil {
		t.Fatal(err)
	}
	attributes, err := json.Marshal(dig(want, "data", "attributes"))
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, b.dbURL, `INSERT INTO enrichment_tasks (enrichment_task_id, workspace_pk, entity_type, entity_id, status, enrichment_type, input, output,
			target_fields, error, source_channel, input_hash, description, batch_id, created_at, updated_at, deleted_at, completed_at)
		SELECT enrichment_task_id, (SELECT pk FROM workspaces WHERE workspace_id = $2), entity_type, entity_id, status, enrichment_type, input, output,
			target_fields, error, source_channel, input_hash, description, batch_id, created_at, updated_at, deleted_at, completed_at
		FROM jsonb_populate_record(NULL::enrichment_tasks, $1::jsonb)`, string(attributes), workspace)
	key := "Bearer " + b.key(workspace, "enrichment_tasks:read")
	got := b.get(base+"/"+dig(want, "data", "id").(string), "Authorization", key)
	same := got.at("data", "type") == dig(want, "data", "type") && got.at("data", "id") == dig(want, "data", "id") &&
		cmp.Equal(got.at("data", "attributes"), dig(want, "data", "attributes"))
	for _, name := range []string{"workspace", "parent_task"} {
		same = same && cmp.Equal(got.at("data", "relationships", name, "data"), dig(want, "data", "relationships", name, "data"))
	}
	b.says("DOC-28", same, cmp.Diff(dig(want, "data"), got.at("data")))
}
