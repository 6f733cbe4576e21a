package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// Each finding says what mends it; one check that is well says nothing.
func TestDoctorSaysTheFix(t *testing.T) {
	url := pgtest.URL(t)
	db := pgtest.Open(t, url)
	doctor := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := run(append([]string{"doctor", "--database-url", url}, args...), &out, &errs)
		return code, out.String() + errs.String()
	}
	if code, says := doctor(); code != exitOK || strings.Count(says, "✓") != 7 {
		t.Errorf("all is well: %d\n%s", code, says)
	}
	if code, says := doctor("--only", "database"); code != exitOK || says != "" {
		t.Errorf("one check that is well: %d %q", code, says)
	}
	if code, _ := doctor("--only", "health"); code != exitUsage {
		t.Errorf("a check that there is not: %d", code)
	}
	t.Setenv("ENRICHD_SLOT", "3")
	if code, says := doctor(); code != exitError || !strings.Contains(says, "ENRICHD_SLOT: did you mean ENRICHD_SLOTS?") {
		t.Errorf("a variable that is spelled wrong: %d\n%s", code, says)
	}
	for name, c := range map[string]struct{ spoil, fix string }{
		"migrations": {`DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`, "enrichd migrate up"},
		"indexes":    {`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'enrichment_tasks_type_idx'::regclass`, "REINDEX INDEX CONCURRENTLY enrichment_tasks_type_idx"},
		"records":    {`INSERT INTO enrichment_batches (workspace_pk, total, running, open) SELECT pk, 1, 1, 1 FROM workspaces`, "doctor --fix"},
	} {
		pgtest.Exec(t, url, c.spoil)
		if code, says := doctor("--only", name); code != exitError || !strings.Contains(says, c.fix) {
			t.Errorf("%s: %d\n%s", name, code, says)
		}
	}
	if code, says := doctor("--only", "dispatch", "--dispatch", "cloudtasks"); code != exitError || !strings.Contains(says, "--cloudtasks-project") {
		t.Errorf("settings of Cloud Tasks that are missing: %d\n%s", code, says)
	}
	if faults, err := db.Examine(t.Context(), true); err != nil || len(faults) == 0 {
		t.Errorf("mended: %v, %v", faults, err)
	}
}
