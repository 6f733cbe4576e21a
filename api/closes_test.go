package api_test

import (
	"strings"
	"testing"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

const (
	monthlyCloses = "/v1/monthly-closes"
	closeSignOffs = "/v1/close-sign-offs"
)

func closeOf(attributes string) string {
	return `{"data":{"type":"monthly_close","attributes":{` + attributes + `}}}`
}

func signOffOf(task, hash string) string {
	return `{"data":{"type":"close_sign_off","attributes":{"snapshot_hash":"` + hash + `"},"relationships":{"monthly_close":{"data":{"type":"monthly_close","id":"` + task + `"}}}}}`
}

// A month is closed by one press at a time; who asked for it is its preparer.
func TestMonthlyCloses(t *testing.T) {
	b := setup(t)
	made := b.send("POST", monthlyCloses, closeOf(`"record_id":"2026-05","materiality":"5.00","ask":false`))
	id := made.text("data", "id")
	if made.status != 201 || made.text("data", "attributes", "status") != "pending" || made.text("data", "attributes", "materiality") != "5.00" || made.text("data", "attributes", "prepared_by") == "" {
		t.Fatal(made)
	}
	entity := pgtest.Query[string](t, b.dbURL, `SELECT entity_id FROM enrichment_tasks WHERE enrichment_task_id = $1::uuid`, id)
	if entity != record.MonthID(pgtest.Workspace, "2026-05") {
		t.Errorf("the month is %s", entity)
	}
	if got := b.send("POST", monthlyCloses, closeOf(`"record_id":"2026-05"`)); got.status != 409 || !strings.Contains(got.body, "MONTHLY_CLOSE_ALREADY_ACTIVE") || !strings.Contains(got.body, id) {
		t.Errorf("a second press: %s", got)
	}
	for _, attributes := range []string{`"record_id":"2026-13"`, `"record_id":"May"`, `"materiality":"1.00"`, `"record_id":"2026-06","materiality":"much"`} {
		if got := b.send("POST", monthlyCloses, closeOf(attributes)); got.status != 422 {
			t.Errorf("%s: %s", attributes, got)
		}
	}
	for path, want := range map[string]string{
		monthlyCloses + "?filter[record_id]=2026-05": id, monthlyCloses + "/" + id: `"blockers":[]`, monthlyCloses + "/" + id + "/enrichment_task": id,
	} {
		if got := b.get(path); got.status != 200 || !strings.Contains(strings.ReplaceAll(got.body, " ", ""), want) {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := b.get(monthlyCloses + "?filter[record_id]=2026-06"); got.status != 200 || strings.Contains(got.body, id) {
		t.Errorf("another month: %s", got)
	}
}

// What has not ended, and what does not stand, is not signed off; nor does a key
// without the scope sign anything.
func TestSignOffsThatCannotBe(t *testing.T) {
	b := setup(t)
	id := b.send("POST", monthlyCloses, closeOf(`"record_id":"2026-05"`)).text("data", "id")
	if got := b.send("POST", closeSignOffs, signOffOf(id, "sha256:x")); got.status != 409 || !strings.Contains(got.body, "CLOSE_NOT_READY") {
		t.Errorf("a close that runs: %s", got)
	}
	if got := b.send("POST", closeSignOffs, signOffOf(unknown, "sha256:x")); got.status != 404 {
		t.Errorf("a close that is not there: %s", got)
	}
	for name, c := range map[string]struct {
		scopes []string
		status int
		says   string
	}{
		"an operator": {[]string{api.ScopeTasksRead, api.ScopeTasksWrite}, 403, "INSUFFICIENT_SCOPE"},
		"an approver": {[]string{api.ScopeTasksRead, api.ScopeTasksWrite, api.ScopeTasksApprove}, 403, "lacks the scope close_sign_offs:write"},
		"a closer":    {[]string{api.ScopeTasksRead, api.ScopeSignOffsWrite}, 409, "CLOSE_NOT_READY"},
	} {
		got := b.send("POST", closeSignOffs, signOffOf(id, "sha256:x"), "Authorization", "Bearer "+b.key(pgtest.Workspace, c.scopes...))
		if got.status != c.status || !strings.Contains(got.body, c.says) {
			t.Errorf("%s signs off: %s", name, got)
		}
	}
}

// What failed of a close is tried anew alone: a close that failed becomes a new one
// with the same values that names it; one without a failed part refuses.
func TestCloseIsRetried(t *testing.T) {
	b := setup(t)
	const failed, standing = "55555555-0000-4000-8000-000000000001", "55555555-0000-4000-8000-000000000002"
	pgtest.Exec(t, b.dbURL, `INSERT INTO enrichment_tasks (workspace_pk, enrichment_task_id, entity_type, entity_id, enrichment_type, status, input, error, completed_at)
		SELECT w.pk, v.id::uuid, 'calendar_month', 'm', 'monthly_close', v.status::enrichment_task_status_enum, v.input::jsonb, v.error, now() FROM workspaces w,
		(VALUES ($2, 'failed', '{"record_id": "2026-05", "materiality": "5.00"}', '1 subtask'), ($3, 'completed', '{"record_id": "2026-05"}', NULL)) v (id, status, input, error)
		WHERE w.workspace_id = $1`, pgtest.Workspace, failed, standing)
	made := b.send("POST", monthlyCloses, closeOf(`"record_id":"2026-05","retry_of":"`+failed+`"`))
	if made.status != 201 || made.text("data", "attributes", "retry_of") != failed || made.text("data", "attributes", "materiality") != "5.00" {
		t.Error(made)
	}
	for _, bad := range []string{`"2026-06","retry_of":"` + failed + `"`, `"2026-05","retry_of":"` + standing + `"`, `"2026-05","retry_of":"x"`, `"2026-05","retry_of":"66666666-0000-4000-8000-000000000001"`} {
		if got := b.send("POST", monthlyCloses, closeOf(`"record_id":`+bad)); got.status != 422 {
			t.Error(bad, got)
		}
	}
}
