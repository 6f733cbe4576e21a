package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A key's life: made, used, rotated with both good for a while, revoked.
func TestKeysOnTheCommandLine(t *testing.T) {
	b := setupOn(t, pgtest.URL(t), roleAPI)
	admin := func(args ...string) (string, int) {
		out, errs, code := output(t, enrichd(args, "DATABASE_URL="+b.dbURL, "ENRICHD_WORKSPACE="+pgtest.Workspace))
		if code != 0 && errs == "" {
			t.Errorf("%v ended with %d and says nothing", args, code)
		}
		return out, code
	}
	status := func(key string) int {
		status, _, _ := b.callAs(key, "GET", tasks, "", "")
		return status
	}
	out, code := admin("auth", "create", "--name", "ERP", "--role", "operator")
	old := strings.TrimSpace(out)
	if code != 0 || status(old) != 200 {
		t.Fatalf("create: %d %q", code, out)
	}
	if status, doc := b.decide(old, "00000000-0000-4000-8000-000000000000", `"decision":"approve"`); status != 403 {
		t.Errorf("an operator decides: %d %v", status, doc)
	}
	// Who may not sign months off is refused before it is looked which month.
	signOff := `{"data":{"type":"close_sign_off","attributes":{"snapshot_hash":"x"},"relationships":{"monthly_close":{"data":{"type":"monthly_close","id":"00000000-0000-4000-8000-000000000000"}}}}}`
	for who, want := range map[string]int{"viewer person": 403, "operator person": 403, "approver person": 403, "closer person": 404, "closer agent": 403, "closer service": 403} {
		role, holder, _ := strings.Cut(who, " ")
		key, code := admin("auth", "create", "--name", who, "--role", role, "--holder", holder)
		if status, _, doc := b.callAs(strings.TrimSpace(key), "POST", "/v1/close-sign-offs", jt, signOff); code != 0 || status != want {
			t.Errorf("%s signs off: %d, want %d: %v", who, status, want, doc)
		}
	}
	id := strings.Split(old, "_")[2]
	out, code = admin("-o", "json", "auth", "rotate", id, "--overlap", "1h")
	var made struct {
		Data struct {
			APIKey string `json:"api_key"`
			Holder string
		}
	}
	if err := json.Unmarshal([]byte(out), &made); err != nil || code != 0 || made.Data.Holder != "service" {
		t.Fatalf("rotate: %d %s", code, out)
	}
	if status(old) != 200 || status(made.Data.APIKey) != 200 {
		t.Error("one of two keys is not good during the overlap")
	}
	pgtest.Exec(t, b.dbURL, `UPDATE api_keys SET expires_at = now() WHERE key_id = $1`, id)
	if status(old) != 401 || status(made.Data.APIKey) != 200 {
		t.Error("the old key outlives its end")
	}
	if _, code = admin("auth", "revoke", strings.Split(made.Data.APIKey, "_")[2]); code != 0 || status(made.Data.APIKey) != 401 {
		t.Errorf("revoke: %d", code)
	}
	out, _ = admin("auth", "list")
	if !strings.Contains(out, "revoked") || !strings.Contains(out, "expired") || strings.Contains(out, old) {
		t.Errorf("list: %s", out)
	}
	for _, c := range [][]string{{"auth", "revoke", "nothing1"}, {"auth", "rotate", id}} {
		if _, code := admin(c...); code != exitNotFound {
			t.Errorf("%v ended with %d", c, code)
		}
	}
	if _, code := admin("auth", "create", "--name", "x", "--scope", "everything"); code != exitUsage {
		t.Errorf("an unknown scope: %d", code)
	}
}

// A workspace that is deleted is gone with everything in it, and nothing else is.
func TestWorkspacesOnTheCommandLine(t *testing.T) {
	b := setupOn(t, pgtest.URL(t), roleAPI)
	kept := b.make(waiting)
	admin := func(args ...string) (string, int) {
		out, _, code := output(t, enrichd(args, "DATABASE_URL="+b.dbURL))
		return out, code
	}
	if _, code := admin("workspace", "create", "Second", "--id", "ws-2"); code != 0 {
		t.Fatal(code)
	}
	key := b.key("ws-2", "enrichment_tasks:read", "enrichment_tasks:write")
	if status, _, doc := b.callAs(key, "POST", tasks, jt, create(waiting)); status != 201 {
		t.Fatalf("%d %v", status, doc)
	}
	if _, code := admin("workspace", "delete", "ws-2"); code != exitUsage {
		t.Errorf("without --yes: %d", code)
	}
	if _, code := admin("workspace", "delete", "ws-2", "--yes"); code != 0 {
		t.Fatalf("delete: %d", code)
	}
	if _, code := admin("workspace", "delete", "ws-2", "--yes"); code != exitNotFound {
		t.Errorf("delete twice: %d", code)
	}
	if status, _, _ := b.callAs(key, "GET", tasks, "", ""); status != 401 {
		t.Errorf("a key of a deleted workspace: %d", status)
	}
	if n := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_tasks`); n != 1 {
		t.Errorf("%d tasks are left, want 1", n)
	}
	if status, _, _ := b.call("GET", tasks+"/"+kept, "", ""); status != 200 {
		t.Errorf("the other workspace's task: %d", status)
	}
}
