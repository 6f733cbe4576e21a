package main

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
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
	if code, says := doctor(); code != exitOK || strings.Count(says, "✓") != len(checks()) {
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

// What the program stands on and speaks to is looked at, and each finding says what
// mends it.
func TestDoctorLooksAround(t *testing.T) {
	url := pgtest.URL(t)
	db := pgtest.Open(t, url)
	endpoint, err := db.AddWebhookEndpoint(t.Context(), pgtest.Workspace, record.WebhookEndpoint{URL: "https://books.example/hook", EventTypes: []string{enrich.EventTaskCreated}, Enabled: true}, "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0")
	if err != nil {
		t.Fatal(err)
	}
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/traces" || r.Header.Get("X-Key") != "a b" {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	defer collector.Close()
	doctor := func(check string) (int, string) {
		var out, errs bytes.Buffer
		code := run([]string{"doctor", "--database-url", url, "--only", check}, &out, &errs)
		return code, out.String() + errs.String()
	}
	well := func(check string) {
		t.Helper()
		if code, says := doctor(check); code != exitOK || says != "" {
			t.Errorf("%s: %d\n%s", check, code, says)
		}
	}
	ill := func(check string, words ...string) {
		t.Helper()
		code, says := doctor(check)
		for _, w := range append(words, "fix ") {
			if code != exitError || !strings.Contains(says, w) {
				t.Errorf("%s: %d, without %q\n%s", check, code, w, says)
			}
		}
	}
	well("webhooks")
	pgtest.Exec(t, url, `UPDATE webhook_endpoints SET failures = 4`)
	pgtest.Exec(t, url, `INSERT INTO webhook_deliveries (workspace_pk, endpoint_pk, sequence, event_type, subject_type, subject_id, event_at, last_error)
		SELECT workspace_pk, pk, 1, 'enrichment_task.completed', 'enrichment_task', 'x', now(), 'the connection was refused' FROM webhook_endpoints`)
	ill("webhooks", "https://books.example/hook of "+pgtest.Workspace+" failed 4 times in a row (the connection was refused), 1 deliveries wait", "enrichd webhook view "+endpoint.ID)
	pgtest.Exec(t, url, `UPDATE webhook_endpoints SET enabled = false, disabled_reason = 'it answered 410'`)
	ill("webhooks", "switched off (it answered 410)", "enrichd webhook enable "+endpoint.ID)
	pgtest.Exec(t, url, `UPDATE webhook_endpoints SET disabled_reason = NULL`) // by a person, who knows
	well("webhooks")

	well("traces")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	ill("traces", "403")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b")
	well("traces")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	ill("traces", "http/protobuf alone")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "")
	collector.Close()
	ill("traces", "does not take them", "OTEL_EXPORTER_OTLP_ENDPOINT")
	well("clock")
}

func TestDoctorDisk(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "yet")
	for name, c := range map[string]struct {
		room room
		err  error
		well bool
		says string
	}{
		"much":        {room{50 << 30, 100 << 30}, nil, true, "50.0 GiB of 100.0 GiB free"},
		"a small one": {room{900 << 20, 2 << 30}, nil, false, "900.0 MiB of 2.0 GiB free"},
		"a full one":  {room{20 << 30, 1000 << 30}, nil, false, "20.0 GiB of"},
		"unreadable":  {room{}, fs.ErrPermission, false, "cannot be looked at"},
		"unsupported": {room{}, errors.ErrUnsupported, true, "not looked at"},
	} {
		at := ""
		f := checkDisk(folder, func(path string) (room, error) { at = path; return c.room, c.err })
		if f.OK != c.well || !strings.Contains(f.Says, c.says) || f.OK == (f.Fix != "") || at != filepath.Dir(filepath.Dir(folder)) {
			t.Errorf("%s: %+v at %s", name, f, at)
		}
	}
	if r, err := diskOf(t.TempDir()); err != nil && !errors.Is(err, errors.ErrUnsupported) || err == nil && (r.Free == 0 || r.Total < r.Free) {
		t.Errorf("%+v, %v", r, err)
	}
	for ahead, well := range map[time.Duration]bool{0: true, -900 * time.Millisecond: true, 2 * time.Second: false, -time.Minute: false} {
		if f := checkClock(postgres.Condition{Ahead: ahead}); f.OK != well || f.OK == (f.Fix != "") {
			t.Errorf("%s ahead: %+v", ahead, f)
		}
	}
}
