package postgres_test

import (
	"testing"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A computed value that stands is stale as soon as a field that it read has another
// version than it had then.
func TestStaleValues(t *testing.T) {
	b := setup(t)
	keep := func(field, version, evidence string) {
		pgtest.Exec(t, b.url, `INSERT INTO field_values (workspace_pk, entity_type, entity_id, field, value, origin, precedence, grade, confidence, decision, version, evidence)
			SELECT pk, 'invoice', 'i-1', '`+field+`', '"x"', 'formula', 50, 'single', 1, 'applied', `+version+`, '`+evidence+`' FROM workspaces`)
	}
	read := func(path, version string) string {
		return `{"method": "read", "ref": {"entity_type": "invoice", "entity_id": "i-1", "path": "` + path + `"` + version + `}}`
	}
	keep("due_date", "2", `[]`)
	keep("fresh", "1", `[{"method": "rule", "ref": {"expr": "due_date"}}, `+read("due_date", `, "version": 2`)+`, `+read("grand_total", "")+`]`)
	keep("moved", "1", `[`+read("due_date", `, "version": 1`)+`]`)
	keep("gone", "1", `[`+read("grand_total", `, "version": 1`)+`]`)
	values, err := b.db.FieldValues(t.Context(), pgtest.Workspace, "invoice", "i-1")
	if err != nil || len(values) != 4 {
		t.Fatalf("%d values: %v", len(values), err)
	}
	for _, v := range values {
		if want := v.Field == "moved" || v.Field == "gone"; v.Stale != want {
			t.Errorf("%s: stale is %t", v.Field, v.Stale)
		}
	}
}
