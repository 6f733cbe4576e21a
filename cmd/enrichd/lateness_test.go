package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// late is a database, and the doctor who looks at it.
type late struct {
	*testing.T
	url string
	db  *postgres.DB
}

func (l late) doctor(args ...string) (int, string) {
	var out, errs bytes.Buffer
	code := run(append([]string{"doctor", "--database-url", l.url}, args...), &out, &errs)
	return code, out.String() + errs.String()
}

// well makes one check that finds nothing and says nothing.
func (l late) well(args ...string) {
	l.Helper()
	if code, says := l.doctor(append([]string{"--only"}, args...)...); code != exitOK || says != "" {
		l.Errorf("%v: %d\n%s", args, code, says)
	}
}

// ill makes one check that finds this, and says what mends it.
func (l late) ill(check []string, words ...string) {
	l.Helper()
	code, says := l.doctor(append([]string{"--only"}, check...)...)
	for _, w := range append(words, "fix ") {
		if code != exitError || !strings.Contains(says, w) {
			l.Errorf("%v: %d, without %q\n%s", check, code, w, says)
		}
	}
}

// What was due long ago is told where nobody takes it, or all who could are idle; not
// where it waits behind other work, for a pause, or for a time to come.
func TestDoctorFindsWhatNobodyBegins(t *testing.T) {
	url := pgtest.URL(t)
	l := late{t, url, pgtest.Open(t, url)}
	logos := []enrich.Type{enrich.Logo}
	due := []string{"due"}
	enqueue := func(entity string, kind enrich.Type) {
		t.Helper()
		if _, err := l.db.Enqueue(t.Context(), pgtest.Workspace, []enrich.Request{{EntityType: "company", EntityID: entity, Type: kind}}); err != nil {
			t.Fatal(err)
		}
	}
	enqueue("c-1", enrich.Logo)
	l.well("due") // it is due only now
	pgtest.Exec(t, url, `UPDATE enrichment_dispatches SET due_at = now() - interval '7 minutes'`)
	l.ill(due, "1 logo due for up to 7m", "no running process takes them", "enrichd serve --roles worker")
	worker, err := l.db.Register(t.Context(), "worker-1", logos)
	if err != nil {
		t.Fatal(err)
	}
	l.ill(due, "while all 1 processes that take them are idle", "logs of the workers")
	if err := l.db.Pause(t.Context(), postgres.ScopeType, string(enrich.Logo), time.Hour, "Maintenance."); err != nil {
		t.Fatal(err)
	}
	l.well("due")
	if err := l.db.Resume(t.Context(), postgres.ScopeType, string(enrich.Logo)); err != nil {
		t.Fatal(err)
	}
	enqueue("c-2", enrich.Logo)
	if claims, err := l.db.Claim(t.Context(), worker, logos, 1); err != nil || len(claims) != 1 {
		t.Fatal(claims, err)
	}
	pgtest.Exec(t, url, `UPDATE enrichment_dispatches SET due_at = now() - interval '7 minutes' WHERE worker_pk IS NULL`)
	l.well("due") // behind the one that runs
	pgtest.Exec(t, url, `UPDATE enrichment_workers SET beat_at = now() - interval '1 hour'`)
	l.ill(due, "no running process takes them") // the worker is dead
	enqueue("c-3", "unheard_of")
	pgtest.Exec(t, url, `UPDATE enrichment_dispatches SET due_at = now() - interval '1 day' WHERE enrichment_type = 'unheard_of'`)
	l.ill(due, "1 unheard_of due for up to 24h0m", "a type that this version does not know", "enrichd task list --type unheard_of", "; 1 logo due")
}

// Claims of a process that is silent are told, and given back on demand.
func TestDoctorGivesBackWhatTheDeadHold(t *testing.T) {
	url := pgtest.URL(t)
	l := late{t, url, pgtest.Open(t, url)}
	worker, err := l.db.Register(t.Context(), "worker-1", []enrich.Type{enrich.Logo})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.db.Enqueue(t.Context(), pgtest.Workspace, []enrich.Request{{EntityType: "company", EntityID: "c-1", Type: enrich.Logo}}); err != nil {
		t.Fatal(err)
	}
	if claims, err := l.db.Claim(t.Context(), worker, []enrich.Type{enrich.Logo}, 1); err != nil || len(claims) != 1 {
		t.Fatal(claims, err)
	}
	l.well("leases")
	l.well("leases", "--fix") // who lives keeps what it has
	if lost, err := l.db.Lost(t.Context(), time.Hour); err != nil || lost.Claims != 0 {
		t.Errorf("%+v, %v", lost, err)
	}
	pgtest.Exec(t, url, `UPDATE enrichment_workers SET beat_at = now() - interval '1 hour'`)
	// A silence counts from the start of the database on, which may be a moment ago.
	lost, err := l.db.Lost(t.Context(), 0)
	if f := checkLeases(lost, 0); err != nil || lost.Claims != 1 || lost.For <= 0 || f.OK || !strings.Contains(f.Says, "1 tasks are in the hands") || !strings.Contains(f.Fix, "doctor --fix") {
		t.Errorf("%+v, %v: %+v", lost, err, f)
	}
	back := func() bool {
		return pgtest.Query[bool](t, url, `SELECT worker_pk IS NULL FROM enrichment_dispatches`)
	}
	says := ""
	for end := time.Now().Add(20 * time.Second); !back() && time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		_, says = l.doctor("--fix", "--only", "leases", "--only", "due")
	}
	if !back() || !strings.Contains(says, "1 tasks were given back") {
		t.Errorf("it was not given back\n%s", says)
	}
	l.well("records")
}

// History that should have left the tables is told, until it has.
func TestDoctorFindsHistoryThatStays(t *testing.T) {
	url := pgtest.URL(t)
	l := late{t, url, pgtest.Open(t, url)}
	pgtest.Exec(t, url, `WITH old AS (
			INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, status, created_at, completed_at)
			SELECT w.pk, 'company', g::text, v.kind, 'completed', now() - v.days * interval '1 day', now() - v.days * interval '1 day' FROM workspaces w, generate_series(1, 300) AS g,
				(VALUES ('monthly_close', 900), ('logo', 500), ('logo', 366), ('logo', 10)) AS v (kind, days) RETURNING workspace_pk, enrichment_task_id, completed_at
		) INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, created_at)
		SELECT workspace_pk, 'enrichment_task.completed', 'enrichment_task', enrichment_task_id::text, completed_at FROM old ORDER BY completed_at`)
	l.well("retention") // nobody wants it moved
	l.ill([]string{"retention", "--retention-days", "3"}, "3 days are fewer", "7 or more")
	l.ill([]string{"retention", "--retention-days", "365"}, "more than 365 days ago", pgtest.Workspace+" (from "+time.Now().AddDate(0, 0, -500).UTC().Format(time.DateOnly), "enrichd retention move")
	t.Setenv("ENRICHD_RETENTION_DAYS", "365")
	var out bytes.Buffer
	if code := run([]string{"retention", "move", "--database-url", url, "--archive", t.TempDir(), "--pause", "0s"}, &out, &out); code != exitOK || !strings.Contains(out.String(), "moved  600 tasks") {
		t.Fatalf("%d\n%s", code, &out)
	}
	l.well("retention")                       // closes stay, and so do younger tasks
	t.Setenv("ENRICHD_RETENTION_DAYS", "499") // two days of grace: of 366 days, and gone
	l.well("retention")
}
