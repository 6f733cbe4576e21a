package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

func TestDuplicatesJoinAndReuse(t *testing.T) {
	b, ctx := setup(t), context.Background()
	r := enrich.Request{EntityType: "document", EntityID: "d-1", Type: enrich.OCRExtract, Hash: "sha256:same", ReuseAge: 1 << 40}
	first := enqueueOneRequest(t, b.db, r)
	if second := enqueueOneRequest(t, b.db, r); !second.Joined || second.Task.ID != first.Task.ID {
		t.Errorf("an open duplicate was not joined: %+v", second)
	}
	other := r
	other.EntityID = "d-2"
	if got := enqueueOneRequest(t, b.db, other); got.Joined {
		t.Error("the same hash on another entity was joined")
	}
	c := b.claim(b.worker, 2)[0]
	b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted})
	if got := enqueueOneRequest(t, b.db, r); !got.Reused || got.Task.ID != first.Task.ID {
		t.Errorf("a fresh result was not reused: %+v", got)
	}
	r.ReuseAge = 0
	if got := enqueueOneRequest(t, b.db, r); got.Reused || got.Joined {
		t.Errorf("an old result was reused: %+v", got)
	}
	r.Force = true
	if got := enqueueOneRequest(t, b.db, r); got.Joined || got.Reused {
		t.Error("force made no new task")
	}
	out, err := b.db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{
		{EntityType: "x", EntityID: "1", Type: enrich.Logo, Hash: "sha256:n"}, {EntityType: "x", EntityID: "1", Type: enrich.Logo, Hash: "sha256:n"},
	})
	if err != nil || out[0].Joined || !out[1].Joined || out[0].Task.ID != out[1].Task.ID {
		t.Errorf("twins in one call: %+v, %v", out, err)
	}
}

func enqueueOneRequest(t *testing.T, db *postgres.DB, r enrich.Request) enrich.Enqueued {
	t.Helper()
	out, err := db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{r})
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func TestManyCallersOneTask(t *testing.T) {
	db := pgtest.New(t)
	var group sync.WaitGroup
	ids := make([]string, 24)
	for i := range ids {
		group.Go(func() {
			out, err := db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{{EntityType: "document", EntityID: "d", Type: enrich.OCRExtract, Hash: "sha256:h"}})
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = out[0].Task.ID
		})
	}
	group.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("two tasks were made: %s and %s", ids[0], id)
		}
	}
}

// Rows come back in the order of the requests, also when there are many.
func TestEnqueueKeepsOrder(t *testing.T) {
	db := pgtest.New(t)
	var reqs []enrich.Request
	for i := range 300 {
		reqs = append(reqs, enrich.Request{EntityType: "document", EntityID: fmt.Sprint(i), Type: enrich.OCRExtract, Hash: fmt.Sprintf("sha256:%d", i)})
	}
	out, err := db.Enqueue(context.Background(), pgtest.Workspace, reqs)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range out {
		if e.Task.EntityID != fmt.Sprint(i) {
			t.Fatalf("position %d holds %s", i, e.Task.EntityID)
		}
	}
}

func TestOneActiveMonthlyClose(t *testing.T) {
	b, ctx := setup(t), context.Background()
	r := enrich.Request{EntityType: "calendar_month", EntityID: "m-1", Type: enrich.MonthlyClose, Input: []byte(`{"record_id":"2026-10"}`)}
	first := enqueueOneRequest(t, b.db, r)
	for _, state := range []string{"pending", "processing", "awaiting_approval"} {
		if state != "pending" {
			pgtest.Exec(t, b.url, `UPDATE enrichment_tasks SET status = $1::enrichment_task_status_enum`, state)
		}
		if _, err := b.db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{r}); enrich.CodeOf(err) != enrich.CodeCloseActive {
			t.Errorf("a second close beside one that is %s: %v", state, err)
		}
	}
	if _, err := b.db.EnsureWorkspace(ctx, "ws-other", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.Enqueue(ctx, "ws-other", []enrich.Request{r}); err != nil {
		t.Errorf("another workspace's close of the same month: %v", err)
	}
	if err := b.db.DeleteTask(ctx, pgtest.Workspace, first.Task.ID, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{r}); err != nil {
		t.Errorf("a close after the first was withdrawn: %v", err)
	}
}

func TestParents(t *testing.T) {
	b, ctx := setup(t), context.Background()
	parent := enqueueOne(t, b.db, "parent")
	child := enqueueOneRequest(t, b.db, enrich.Request{EntityType: "x", EntityID: "c", Type: enrich.Logo, ParentID: &parent.ID}).Task
	started := enqueueOneRequest(t, b.db, enrich.Request{EntityType: "x", EntityID: "s", Type: enrich.AICompany, ParentID: &parent.ID}).Task
	pgtest.Exec(t, b.url, `UPDATE enrichment_tasks SET status = 'processing' WHERE entity_id = 's'`)
	if child.ParentID == nil || *child.ParentID != parent.ID {
		t.Fatalf("child's parent: %v", child.ParentID)
	}
	setParent := func(id, to string) error {
		_, err := b.db.UpdateTask(ctx, pgtest.Workspace, id, func(enrich.Task) (postgres.TaskPatch, error) {
			p := &to
			return postgres.TaskPatch{Parent: &p}, nil
		})
		return err
	}
	for name, err := range map[string]error{
		"itself": setParent(parent.ID, parent.ID), "its child": setParent(parent.ID, child.ID),
		"a grandchild": setParent(enqueueOne(t, b.db, "third").ID, child.ID),
	} {
		if enrich.CodeOf(err) != enrich.CodeParentCycle {
			t.Errorf("%s as parent: %v", name, err)
		}
	}
	if err := b.db.DeleteTask(ctx, pgtest.Workspace, parent.ID, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.Task(ctx, pgtest.Workspace, child.ID); enrich.CodeOf(err) != enrich.CodeNotFound {
		t.Errorf("a pending child outlived its parent: %v", err)
	}
	if got := b.task(started.ID); got.ParentID != nil || !got.UpdatedAt.After(*started.UpdatedAt) {
		t.Errorf("a running child after its parent was withdrawn: parent %v, updated %v", got.ParentID, got.UpdatedAt)
	}
}

// The contract's example, loaded as a row, comes back as it was.
func TestContractExample(t *testing.T) {
	url, ctx := pgtest.URL(t), context.Background()
	db := pgtest.Open(t, url)
	pgtest.Exec(t, url, `INSERT INTO workspaces (workspace_id) VALUES ('ws-uuid-0001')`)
	pgtest.Exec(t, url, `INSERT INTO enrichment_tasks (enrichment_task_id, workspace_pk, entity_type, entity_id, status, enrichment_type, input, output,
			target_fields, source_channel, input_hash, batch_id, created_at, updated_at, completed_at)
		SELECT 'c3a1f9e2-4b7d-4e2a-8f1c-9a0b3d5e7f21', pk, 'company', 'a1b2c3d4-0000-0000-0000-000000000001', 'completed', 'ai_company',
			'{"company_id": "a1b2c3d4-0000-0000-0000-000000000001"}', '{"domain": "acme.com", "registered_name": "Acme Corp"}',
			'["domain", "registered_name"]', 'company_create', 'sha256:abc123', 'f7e6d5c4-3b2a-1908-7654-321098fedcba',
			'2026-05-15T10:30:00Z', '2026-05-15T10:31:05Z', '2026-05-15T10:31:05Z' FROM workspaces WHERE workspace_id = 'ws-uuid-0001'`)
	task, err := db.Task(ctx, "ws-uuid-0001", "C3A1F9E2-4b7d-4e2a-8f1c-9a0b3d5e7f21")
	if err != nil {
		t.Fatal(err)
	}
	if task.ID != "c3a1f9e2-4b7d-4e2a-8f1c-9a0b3d5e7f21" || *task.BatchID != "f7e6d5c4-3b2a-1908-7654-321098fedcba" || *task.InputHash != "sha256:abc123" ||
		len(task.TargetFields) != 2 || *task.SourceChannel != enrich.CompanyCreate || task.ParentID != nil {
		t.Errorf("the example came back as %+v", task)
	}
}

func TestPagesMeetEveryRowOnce(t *testing.T) {
	url, ctx := pgtest.URL(t), context.Background()
	db := pgtest.Open(t, url)
	// Seven rows share a microsecond, others differ in microseconds alone.
	pgtest.Exec(t, url, `INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, created_at)
		SELECT pk, 'x', n::text, 'logo', '2026-01-01'::timestamptz + make_interval(secs => (n / 7) * 0.000001) FROM workspaces, generate_series(1, 60) n`)
	for _, size := range []int{1, 7, 13, 60, 61} {
		seen := map[string]int{}
		p := postgres.Page{Size: size}
		for {
			page, err := db.Tasks(ctx, pgtest.Workspace, postgres.TaskFilter{}, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, task := range page.Tasks {
				seen[task.ID]++
			}
			if !page.HasNext {
				break
			}
			last := page.Tasks[len(page.Tasks)-1]
			p.After = &postgres.Position{CreatedAt: last.CreatedAt, ID: last.ID}
		}
		if len(seen) != 60 {
			t.Errorf("pages of %d met %d of 60 rows", size, len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("pages of %d met %s %d times", size, id, n)
			}
		}
	}
}
