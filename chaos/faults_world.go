package chaos

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/chaos/check"
)

func upstreamFaults() []Fault {
	return []Fault{
		{"upstream-hangs", 23, "the upstream notes calls and never answers", true, upstreamDoes(hangs, 1)},
		{"upstream-stops-halfway", 23, "the upstream's answers end in the middle", false, upstreamDoes(halfway, 1)},
		{"upstream-breaks", 24, "the upstream cuts connections", false, upstreamDoes(breaks, 1)},
		{"upstream-errs", 24, "the upstream answers 500", false, upstreamDoes(errs, 1)},
		{"upstream-garbles", 24, "the upstream answers with something else", false, upstreamDoes(garbles, 1)},
	}
}

func upstreamDoes(mode string, times int) func(context.Context, *cluster, Step) error {
	return func(ctx context.Context, c *cluster, s Step) error {
		c.upstream.set(mode)
		pause(ctx, time.Duration(times)*s.Long)
		c.upstream.set(answers)
		return nil
	}
}

func peopleFaults() []Fault {
	return []Fault{
		{"race-decisions", 37, "several people approve, reject and delete the same task at once", true, raceDecisions},
		{"drop-workspace", 38, "a workspace is deleted with tasks in flight", false, dropWorkspace},
		{"delete-parents", 39, "parents are deleted while their children run", true, deleteParents},
	}
}

// person is a client of the nemesis, apart from those of the load.
func (c *cluster) person(s Step, n int) *client {
	return &client{l: &load{c: c}, n: 1000 + int(s.Pick%1e6)*10 + n, rng: s.rng(), http: &http.Client{Timeout: 10 * time.Second}}
}

// ids reads public ids.
func (c *cluster) ids(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := c.admin.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// raceDecisions has four people act at once on tasks that wait for one. At most
// one decision is taken.
func raceDecisions(ctx context.Context, c *cluster, s Step) error {
	ws := draw(c.workspaces, s)
	ids, err := c.ids(ctx, `SELECT t.enrichment_task_id::text FROM enrichment_tasks t JOIN workspaces w ON w.pk = t.workspace_pk
		WHERE w.workspace_id = $1 AND t.status = 'awaiting_approval' AND t.deleted_at IS NULL LIMIT 10`, ws.id)
	if err != nil {
		return err
	}
	for _, id := range ids {
		var acts []func()
		for n, verdict := range []string{"approve", "reject", "approve", "delete"} {
			k := c.person(s, n)
			_, seen := k.once(ctx, request{op: check.Op{Op: check.Read, ID: id}, ws: ws, method: http.MethodGet, path: "/v1/enrichment-tasks/" + id})
			acts = append(acts, func() {
				if verdict == "delete" {
					k.once(ctx, request{op: check.Op{Op: check.Delete, ID: id}, ws: ws, method: http.MethodDelete, path: "/v1/enrichment-tasks/" + id})
					return
				}
				k.decide(ctx, task{id: id, ws: ws}, verdict, seen)
			})
		}
		together(acts...)
	}
	return nil
}

// deleteParents deletes tasks that wait for their children.
func deleteParents(ctx context.Context, c *cluster, s Step) error {
	k := c.person(s, 0)
	for i := range 10 {
		ws := c.workspaces[(int(s.Pick%1000)+i)%len(c.workspaces)]
		ids, err := c.ids(ctx, `SELECT t.enrichment_task_id::text FROM enrichment_tasks t JOIN workspaces w ON w.pk = t.workspace_pk
			WHERE w.workspace_id = $1 AND t.enrichment_type = 'document_reconciliation_backfill' AND t.status = 'processing'
				AND t.deleted_at IS NULL LIMIT 3`, ws.id)
		if err != nil {
			return err
		}
		for _, id := range ids {
			k.once(ctx, request{op: check.Op{Op: check.Delete, ID: id}, ws: ws, method: http.MethodDelete, path: "/v1/enrichment-tasks/" + id})
		}
		pause(ctx, s.Long/10)
	}
	return nil
}

// dropWorkspace makes a workspace, fills it and deletes it while it works.
func dropWorkspace(ctx context.Context, c *cluster, s Step) error {
	name := fmt.Sprintf("dropped-%x", s.Pick)
	w, err := c.newWorkspace(name)
	if err != nil {
		return err
	}
	k := c.person(s, 0)
	for range 20 {
		k.create(ctx, w, []string{"logo", "ai_company", "document_reconciliation_backfill"}[k.rng.IntN(3)], "")
	}
	c.drop(w)
	return c.run(nil, "workspace", "delete", "--yes", name)
}

// together runs functions at the same time.
func together(acts ...func()) {
	done := make(chan struct{})
	for _, act := range acts {
		go func() { act(); done <- struct{}{} }()
	}
	for range acts {
		<-done
	}
}
