package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// Every table that holds a workspace's content is under forced row-level
// security, and the program's role owns nothing and cannot pass by it.
func TestRowLevelSecurityIsForced(t *testing.T) {
	url := pgtest.URL(t)
	open := pgtest.Query[string](t, url, `SELECT coalesce(string_agg(relname, ', ' ORDER BY relname), '') FROM pg_class c
		WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT (relrowsecurity AND relforcerowsecurity)
		AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND attname = 'workspace_pk')`)
	if open != "enrichment_dispatches, enrichment_weights, webhook_turns" { // a claim looks across workspaces; they hold keys, times and numbers alone
		t.Errorf("tables without forced row-level security: %s", open)
	}
	free := pgtest.Query[bool](t, url, `SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid)
		FROM pg_roles r WHERE rolname = 'enrichd_app'`)
	if free {
		t.Error("the application role is above row-level security")
	}
}

func TestNoTenantNoRows(t *testing.T) {
	url := pgtest.URL(t)
	db := pgtest.Open(t, url)
	enqueueOne(t, db, "d-1")
	asApp := pgtest.AsApp(url)
	for _, table := range []string{"enrichment_tasks", "enrichment_events", "workspaces", "documents", "api_keys"} {
		if n := pgtest.Query[int](t, asApp, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("without a workspace set, %s shows %d rows", table, n)
		}
	}
}

func TestForeignWorkspaceSeesNothing(t *testing.T) {
	db, ctx := pgtest.New(t), context.Background()
	if _, err := db.EnsureWorkspace(ctx, "ws-other", "Other"); err != nil {
		t.Fatal(err)
	}
	task := enqueueOne(t, db, "d-1")
	doc, _, err := db.AddDocument(ctx, pgtest.Workspace, record.Document{Filename: "a.xml", Checksum: "sha256:1"}, func(record.Document) enrich.Occasion { return enrich.Occasion{} }, noFollowUps)
	if err != nil {
		t.Fatal(err)
	}
	_, unknown := db.Task(ctx, "ws-other", "00000000-0000-4000-8000-000000000000")
	for name, err := range map[string]error{
		"read":   errOf(db.Task(ctx, "ws-other", task.ID)),
		"delete": db.DeleteTask(ctx, "ws-other", task.ID, nil),
		"update": errOf(db.UpdateTask(ctx, "ws-other", task.ID, func(enrich.Task) (postgres.TaskPatch, error) { return postgres.TaskPatch{}, nil })),
	} {
		if err == nil || err.Error() != unknown.Error() {
			t.Errorf("%s of a foreign task: %v; want the answer of an unknown one: %v", name, err, unknown)
		}
	}
	if _, err := db.Document(ctx, "ws-other", doc.ID); enrich.CodeOf(err) != enrich.CodeNotFound {
		t.Errorf("foreign document: %v", err)
	}
	parent := task.ID
	_, err = db.Enqueue(ctx, "ws-other", []enrich.Request{{EntityType: "x", EntityID: "y", Type: enrich.Logo, ParentID: &parent}})
	if enrich.CodeOf(err) != enrich.CodeRelatedNotFound {
		t.Errorf("a parent in another workspace: %v", err)
	}
	if page, err := db.Tasks(ctx, "ws-other", postgres.TaskFilter{ParentID: task.ID}, postgres.Page{Size: 10}); err != nil || len(page.Tasks) != 0 {
		t.Errorf("list through a foreign parent: %d tasks, %v", len(page.Tasks), err)
	}
}

// A login that row-level security does not bind is refused.
func TestRefusesUnboundLogin(t *testing.T) {
	url := pgtest.EmptyURL(t) // not migrated, and the login is a superuser that is no member of the role in this database's eyes
	pgtest.Exec(t, url, `CREATE ROLE careless LOGIN BYPASSRLS PASSWORD 'x'`)
	t.Cleanup(func() { pgtest.Exec(t, url, `DROP ROLE careless`) })
	at := strings.Index(url, "@")
	_, err := postgres.Open(context.Background(), "postgres://careless:x"+url[at:], postgres.Options{})
	if err == nil || !strings.Contains(err.Error(), "row-level security") {
		t.Errorf("opened with a login that passes row-level security by: %v", err)
	}
}

func errOf[T any](_ T, err error) error { return err }

func noFollowUps(enrich.Occasion) ([]enrich.Request, error) { return nil, nil }

func enqueueOne(t *testing.T, db *postgres.DB, entityID string) enrich.Task {
	t.Helper()
	out, err := db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{{
		EntityType: "document", EntityID: entityID,
		Type: enrich.OCRExtract, Hash: "sha256:" + entityID,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return out[0].Task
}
