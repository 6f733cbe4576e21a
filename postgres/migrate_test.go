package postgres_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Each of the contract's steps keeps the rows that were there before it.
func TestMigrationsKeepRows(t *testing.T) {
	url, ctx := pgtest.EmptyURL(t), context.Background()
	to := func(version int64) {
		t.Helper()
		if _, err := postgres.MigrateTo(ctx, url, version); err != nil {
			t.Fatal(err)
		}
	}
	to(20260301090000)
	pgtest.Exec(t, url, `INSERT INTO workspaces (workspace_id) VALUES ('ws-old')`)
	pgtest.Exec(t, url, `INSERT INTO companies (company_id, workspace_pk) SELECT 'company-7', pk FROM workspaces`)
	pgtest.Exec(t, url, `INSERT INTO documents (document_id, workspace_pk) SELECT 'document-9', pk FROM workspaces`)
	pgtest.Exec(t, url, `INSERT INTO enrichment_tasks (workspace_pk, company_pk, enrichment_type, input, status)
		SELECT w.pk, c.pk, 'ai_company', '{"n": 1}', 'pending' FROM workspaces w, companies c`)
	pgtest.Exec(t, url, `INSERT INTO enrichment_tasks (workspace_pk, document_pk, enrichment_type, output, status, completed_at)
		SELECT w.pk, d.pk, 'ocr_extract', '{"n": 2}', 'completed', now() FROM workspaces w, documents d`)
	pgtest.Exec(t, url, `INSERT INTO enrichment_tasks (workspace_pk, enrichment_type, status, error) SELECT pk, 'logo', 'failed', 'old' FROM workspaces`)
	ids := func() string {
		return pgtest.Query[string](t, url, `SELECT string_agg(enrichment_task_id::text || status || coalesce(input::text, '') || coalesce(output::text, ''), ' ' ORDER BY pk) FROM enrichment_tasks`)
	}
	before := ids()
	for _, version := range []int64{20260319120000, 20260323100000, 20260327100000} {
		to(version)
		if after := ids(); after != before {
			t.Fatalf("step %d changed the rows:\n%s\n%s", version, before, after)
		}
	}
	if _, err := postgres.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	got := pgtest.Query[string](t, url, `SELECT string_agg(entity_type || '/' || CASE entity_type WHEN 'unknown' THEN
		(entity_id = enrichment_task_id::text)::text ELSE entity_id END, ' ' ORDER BY pk) FROM enrichment_tasks`)
	if want := "company/company-7 document/document-9 unknown/true"; got != want {
		t.Errorf("targets are %q, want %q", got, want)
	}
	if n := pgtest.Query[int](t, url, `SELECT count(*) FROM enrichment_dispatches`); n != 1 {
		t.Errorf("%d dispatch rows for the one open task", n)
	}
	if after := ids(); after != before {
		t.Errorf("our own steps changed the rows:\n%s\n%s", before, after)
	}
}

// foreign is a database as somebody else built it from the contract: the same
// columns, narrow keys, a uuid for the workspace, rows that our belts would not allow.
const foreign = `
	CREATE TYPE enrichment_task_status_enum AS ENUM ('pending', 'processing', 'completed', 'awaiting_approval', 'failed', 'rejected');
	CREATE TYPE enrichment_type_enum AS ENUM ('logo', 'ai_company', 'ocr_extract');
	CREATE TYPE source_channel_enum AS ENUM ('company_create', 'person_create', 'document_upload', 'ocr_completion', 'bank_sync',
		'email_import', 'mcp_hub', 'cell_edit', 'manual');
	CREATE TABLE workspaces (pk serial PRIMARY KEY, workspace_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid());
	CREATE TABLE enrichment_tasks (
		pk serial PRIMARY KEY, enrichment_task_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
		workspace_pk integer NOT NULL REFERENCES workspaces (pk) ON DELETE CASCADE,
		entity_type varchar(100) NOT NULL, entity_id varchar(255) NOT NULL,
		status enrichment_task_status_enum NOT NULL DEFAULT 'pending', enrichment_type text NOT NULL,
		input jsonb, output jsonb, target_fields jsonb, error text, source_channel source_channel_enum, input_hash text,
		description text, batch_id uuid, parent_task_pk integer REFERENCES enrichment_tasks (pk) ON DELETE SET NULL,
		created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz, deleted_at timestamptz, completed_at timestamptz);
	CREATE INDEX enrichment_tasks_entity_idx ON enrichment_tasks (entity_type, entity_id);
	CREATE UNIQUE INDEX their_close_idx ON enrichment_tasks (entity_type, entity_id, enrichment_type)
		WHERE status = 'pending' AND deleted_at IS NULL AND enrichment_type = 'monthly_close';
	INSERT INTO workspaces (workspace_id) VALUES ('3f0c8a5e-0000-0000-0000-000000000001');
	INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, status, error, input_hash, target_fields) VALUES
		(1, 'document', 'd-1', 'ocr_extract', 'pending', NULL, 'sha256:abc123', '["a"]'),
		(1, 'company', 'c-1', 'ai_company', 'completed', NULL, 'anything', NULL), -- no completed_at: our belts did not exist
		(1, 'company', 'c-2', 'logo', 'processing', NULL, NULL, '{"not": "an array"}'),
		(1, 'company', 'c-3', 'logo', 'awaiting_approval', NULL, NULL, NULL);
	INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, deleted_at) VALUES (1, 'x', 'y', 'logo', now());`

// Whoever could sign months off before that had a scope of its own still can: live
// keys of people that may approve, in every workspace, though the owner of the tables
// is bound by row-level security.
func TestSignOffScopeIsGivenToWhoHadIt(t *testing.T) {
	url, ctx := pgtest.EmptyURL(t), context.Background()
	if _, err := postgres.MigrateTo(ctx, url, 20261127000500); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, url, `INSERT INTO workspaces (workspace_id) VALUES ('one'), ('two')`)
	pgtest.Exec(t, url, `INSERT INTO api_keys (workspace_pk, key_id, secret_hash, name, holder, scopes, revoked_at)
		SELECT w.pk, left(workspace_id, 3) || v.id, '', '', v.holder, v.scopes::text[], v.revoked FROM workspaces w, (VALUES
			('approver', 'person', '{enrichment_tasks:read,enrichment_tasks:approve}', NULL::timestamptz), ('operator', 'person', '{enrichment_tasks:write}', NULL),
			('service', 'service', '{enrichment_tasks:approve}', NULL), ('revoked', 'person', '{enrichment_tasks:approve}', now())) AS v (id, holder, scopes, revoked)`)
	keeper := fmt.Sprintf("keeper_%d", os.Getpid())
	pgtest.Exec(t, url, `CREATE ROLE `+keeper)
	t.Cleanup(func() { pgtest.Exec(t, url, `REASSIGN OWNED BY `+keeper+` TO CURRENT_USER; DROP ROLE `+keeper) })
	pgtest.Exec(t, url, `ALTER TABLE workspaces OWNER TO `+keeper)
	pgtest.Exec(t, url, `ALTER TABLE api_keys OWNER TO `+keeper)
	migration, err := os.ReadFile("migrations/20261128001000_sign_off_scope.sql")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it finds nothing to do
		pgtest.Exec(t, url, "BEGIN; SET LOCAL ROLE "+keeper+"; "+string(migration)+"; COMMIT")
	}
	given := pgtest.Query[string](t, url, `SELECT string_agg(key_id, ' ' ORDER BY key_id) FROM api_keys WHERE 'close_sign_offs:write' = ANY (scopes)`)
	if want := "oneapprover twoapprover"; given != want {
		t.Errorf("it was given to %q, want %q", given, want)
	}
	if scopes := pgtest.Query[string](t, url, `SELECT scopes::text FROM api_keys WHERE key_id = 'oneapprover'`); scopes != "{enrichment_tasks:read,enrichment_tasks:approve,close_sign_offs:write}" {
		t.Errorf("its scopes are %s", scopes)
	}
}

// A foreign database in the contract's shape is adopted as it stands.
func TestAdoptForeignDatabase(t *testing.T) {
	url, ctx := pgtest.EmptyURL(t), context.Background()
	pgtest.Exec(t, url, foreign)
	if _, err := postgres.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	if n := pgtest.Query[int](t, url, `SELECT count(*) FROM enrichment_dispatches`); n != 2 {
		t.Errorf("%d dispatch rows, want one for each of the two open tasks", n)
	}
	db, err := postgres.Open(ctx, url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const workspace = "3f0c8a5e-0000-0000-0000-000000000001"
	page, err := db.Tasks(ctx, workspace, postgres.TaskFilter{}, postgres.Page{Size: 50})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Tasks) != 4 {
		t.Fatalf("%d tasks listed, want 4", len(page.Tasks))
	}
	worker, err := db.Register(ctx, "test", []enrich.Type{enrich.OCRExtract})
	if err != nil {
		t.Fatal(err)
	}
	claims, err := db.Claim(ctx, worker, []enrich.Type{enrich.OCRExtract}, 5)
	if err != nil || len(claims) != 1 {
		t.Fatalf("claimed %d of the adopted tasks: %v", len(claims), err)
	}
	held, err := db.Settle(ctx, "test", []enrich.Settlement{{Claim: claims[0], To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Description: "read"}})
	if err != nil || !held[claims[0].Token] {
		t.Errorf("settle an adopted task: %v, %v", held, err)
	}
}

// Every half-way state of the contract's own history is adopted too.
func TestAdoptEachStep(t *testing.T) {
	ctx := context.Background()
	for _, version := range []int64{20260301090000, 20260319120000, 20260323100000, 20260327100000} {
		url := pgtest.EmptyURL(t)
		if _, err := postgres.MigrateTo(ctx, url, version); err != nil {
			t.Fatal(err)
		}
		pgtest.Exec(t, url, `DROP TABLE goose_db_version`)
		if _, err := postgres.Migrate(ctx, url); err != nil {
			t.Errorf("adopt a database at %d: %v", version, err)
		}
	}
}

func TestMigrateTwiceAtOnce(t *testing.T) {
	url, ctx := pgtest.EmptyURL(t), context.Background()
	var group sync.WaitGroup
	applied := make([]int, 3)
	for i := range applied {
		group.Go(func() {
			list, err := postgres.Migrate(ctx, url)
			if err != nil {
				t.Errorf("migrate: %v", err)
			}
			applied[i] = len(list)
		})
	}
	group.Wait()
	states, err := postgres.MigrationStatus(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	if sum := applied[0] + applied[1] + applied[2]; sum != len(states) {
		t.Errorf("%d migrations applied in all, there are %d", sum, len(states))
	}
}

// schema.sql is the database on one page, to be read in review.
func TestSchemaGolden(t *testing.T) {
	url := pgtest.URL(t)
	dump, err := exec.Command(pgDump(), "--schema-only", "--no-owner", url).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := tidyDump(string(dump))
	if *update {
		if err := os.WriteFile("schema.sql", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("schema.sql is not what the migrations make (rewrite it with -update):\n%s", diff)
	}
}

// pgDump finds the dump tool of the server that the tests run on.
func pgDump() string {
	const debian = "/usr/lib/postgresql/15/bin/pg_dump"
	if _, err := os.Stat(debian); err == nil {
		return debian
	}
	return "pg_dump"
}

var dumpNoise = regexp.MustCompile(`(?m)^(--.*|SET .*|SELECT pg_catalog\..*|\\.*)\n`)

func tidyDump(s string) string {
	s = dumpNoise.ReplaceAllString(s, "")
	return strings.TrimLeft(regexp.MustCompile(`\n{2,}`).ReplaceAllString(s, "\n\n"), "\n")
}
