package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// crowd is what many actors share who act at the same time, each as its script
// says. Where their order cannot be known, what must hold at the end can.
type crowd struct {
	db    *postgres.DB
	owner *pgx.Conn

	mu    sync.Mutex
	ids   []string
	last  map[string]int   // the last attempt of each task that was given out
	ended map[string][]int // attempts whose final settlements were accepted, by task
	errs  []error
}

// actor is one of them, with the claims it holds or once held.
type actor struct {
	*crowd
	worker int64
	claims []enrich.Claim
	rand   *rand.Rand
}

// crowdActs are what an actor does. To add one, add a line.
var crowdActs = []func(*actor, context.Context) error{
	(*actor).enqueue, (*actor).claim, (*actor).claim, (*actor).settle, (*actor).settle, (*actor).settle,
	(*actor).beat, (*actor).sweep, (*actor).withdraw, (*actor).describe, (*actor).die,
}

func TestManyAtOnce(t *testing.T) {
	fewRounds(t)
	url := pgtest.URL(t)
	db := pgtest.Open(t, url)
	owner, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close(context.Background()) })
	rapid.Check(t, func(t *rapid.T) {
		c := &crowd{db: db, owner: owner, last: map[string]int{}, ended: map[string][]int{}}
		c.exec(t, `TRUNCATE enrichment_tasks, enrichment_workers, enrichment_limits, enrichment_events, companies, field_values CASCADE`)
		scripts := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, len(crowdActs)-1), 5, 15), 3, 4).Draw(t, "scripts")
		var group sync.WaitGroup
		for i, script := range scripts {
			seed := rapid.Uint64().Draw(t, "seed")
			group.Go(func() { c.act(i, seed, script) })
		}
		group.Wait()
		c.finish(t)
		c.check(t)
	})
}

func (c *crowd) exec(t *rapid.T, sql string) {
	if _, err := c.owner.Exec(context.Background(), sql); err != nil {
		t.Fatal(err)
	}
}

func (c *crowd) act(i int, seed uint64, script []int) {
	a := &actor{crowd: c, rand: rand.New(rand.NewPCG(seed, uint64(i)))}
	ctx := context.Background()
	err := a.die(ctx)
	for _, step := range script {
		if err == nil {
			err = crowdActs[step](a, ctx)
		}
	}
	if err != nil {
		c.mu.Lock()
		c.errs = append(c.errs, err)
		c.mu.Unlock()
	}
}

func (a *actor) enqueue(ctx context.Context) error {
	id := fmt.Sprint(a.rand.IntN(6))
	out, err := a.db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{{EntityType: "company", EntityID: id, Type: enrich.OCRExtract, Hash: "sha256:" + id}})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = append(a.ids, out[0].Task.ID)
	return nil
}

func (a *actor) claim(ctx context.Context) error {
	claims, err := a.db.Claim(ctx, a.worker, ocrOnly, 2)
	a.claims = append(a.claims, claims...)
	a.note(claims)
	return err
}

func (c *crowd) note(claims []enrich.Claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cl := range claims {
		c.last[cl.Task.ID] = max(c.last[cl.Task.ID], cl.Attempt)
	}
}

// settle settles any claims that it ever had, lost ones too, in one group.
func (a *actor) settle(ctx context.Context) error {
	var group []enrich.Settlement
	for _, c := range a.claims {
		if a.rand.IntN(2) == 0 {
			group = append(group, settlementOf(c, a.rand.IntN(3)))
		}
	}
	if len(group) == 0 {
		return nil
	}
	return a.settleAll(ctx, group)
}

func (c *crowd) settleAll(ctx context.Context, group []enrich.Settlement) error {
	held, err := c.db.Settle(ctx, "crowd", group)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range group {
		if held[s.Claim.Token] && s.To != "" {
			c.ended[s.Claim.Task.ID] = append(c.ended[s.Claim.Task.ID], s.Claim.Attempt)
		}
	}
	return err
}

func settlementOf(c enrich.Claim, fate int) enrich.Settlement {
	switch fate {
	case 0:
		return enrich.Settlement{Claim: c, Outcome: enrich.OutcomeRetried, WaitCode: enrich.WaitRetry}
	case 1:
		return enrich.Settlement{Claim: c, To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "broken: It broke."}
	}
	return enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Records: []enrich.RecordWrite{{
		EntityType: "company", EntityID: c.Task.ID,
		Fields: []enrich.FieldWrite{{Name: "name", Value: []byte(`"ACME"`), Origin: enrich.ByDocument, Grade: enrich.Single}},
	}}}
}

func (a *actor) beat(ctx context.Context) error {
	_, err := a.db.Beat(ctx, a.worker)
	return err
}

func (a *actor) sweep(ctx context.Context) error {
	_, err := a.db.Sweep(ctx)
	return err
}

func (a *actor) withdraw(ctx context.Context) error {
	return a.withAny(func(id string) error { return a.db.DeleteTask(ctx, pgtest.Workspace, id, nil) })
}

func (a *actor) describe(ctx context.Context) error {
	words := "mine"
	pointer := &words
	return a.withAny(func(id string) error {
		_, err := a.db.UpdateTask(ctx, pgtest.Workspace, id, func(enrich.Task) (postgres.TaskPatch, error) {
			return postgres.TaskPatch{Description: &pointer}, nil
		})
		return err
	})
}

// withAny does something to a task that may be gone.
func (a *actor) withAny(do func(id string) error) error {
	a.mu.Lock()
	ids := a.ids
	a.mu.Unlock()
	if len(ids) == 0 {
		return nil
	}
	if err := do(ids[a.rand.IntN(len(ids))]); enrich.CodeOf(err) != enrich.CodeNotFound {
		return err
	}
	return nil
}

// die loses the process, with all that it holds, and comes back as another.
func (a *actor) die(ctx context.Context) (err error) {
	if a.worker != 0 {
		err = a.db.Deregister(ctx, a.worker)
	}
	if err == nil {
		a.worker, err = a.db.Register(ctx, "crowd", ocrOnly)
	}
	return err
}

// finish works off what is left: after that nothing may be open.
func (c *crowd) finish(t *rapid.T) {
	ctx := context.Background()
	if err := errors.Join(c.errs...); err != nil {
		t.Fatal(err)
	}
	c.exec(t, `DELETE FROM enrichment_workers`)
	worker, err := c.db.Register(ctx, "crowd", ocrOnly)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		postgres.LookForOrphans(c.db) // it was another process that took them off
		if _, err := c.db.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		claims, err := c.db.Claim(ctx, worker, ocrOnly, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(claims) == 0 {
			return
		}
		c.note(claims)
		var group []enrich.Settlement
		for _, cl := range claims {
			group = append(group, settlementOf(cl, 2))
		}
		if err := c.settleAll(ctx, group); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("there is no end of it")
}

func (c *crowd) check(t *rapid.T) {
	for id, attempts := range c.ended {
		if len(attempts) > 1 || attempts[0] != c.last[id] {
			t.Errorf("task %s was ended by the attempts %v, the last one given out was %d", id, attempts, c.last[id])
		}
	}
	for what, query := range map[string]string{
		"dispatch rows are left": `SELECT count(*) FROM enrichment_dispatches`,
		"tasks are open":         `SELECT count(*) FROM enrichment_tasks WHERE deleted_at IS NULL AND completed_at IS NULL`,
		"tasks have not the effect that they say": `SELECT count(*) FROM enrichment_tasks t
			WHERE (t.status = 'completed') <> EXISTS (SELECT FROM companies c WHERE c.company_id = t.enrichment_task_id::text)`,
		"attempts ended twice": `SELECT count(*) FROM (SELECT FROM enrichment_task_attempts GROUP BY task_pk, attempt HAVING count(*) > 1) AS x`,
		"events are told twice": `SELECT count(*) FROM (SELECT FROM enrichment_events a JOIN enrichment_events b USING (subject_id)
			WHERE a.event_type = b.event_type AND a.pk < b.pk AND a.event_type ~ '(created|processing|completed|failed|deleted)$') AS x`,
		"tasks have an odd history": `SELECT count(*) FROM (SELECT FROM enrichment_events WHERE event_type NOT LIKE '%described' AND event_type NOT LIKE '%updated'
			GROUP BY subject_id HAVING string_agg(replace(event_type, 'enrichment_task.', ''), ' ' ORDER BY pk)
				!~ '^created( processing( completed| failed)?)?( deleted)?$') AS x`,
	} {
		var n int
		if err := c.owner.QueryRow(context.Background(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}
