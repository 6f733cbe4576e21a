package postgres_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// sizeOr is a size that figures are made with: ENRICHD_FIGURES=1 asks for the full one.
func sizeOr(small, full int) int {
	if os.Getenv("ENRICHD_FIGURES") == "1" {
		return full
	}
	return small
}

// bareSQL inserts the rows of an earlier press again: what the press costs
// without asking what stands, hashing and counting.
const bareSQL = `
	WITH task AS (
		INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, input, target_fields, source_channel, input_hash, batch_id, created_at, updated_at)
		SELECT workspace_pk, entity_type, entity_id, enrichment_type, input, target_fields, source_channel, input_hash, batch_id, now(), now() FROM staged ORDER BY pk
		RETURNING pk, workspace_pk, enrichment_task_id, enrichment_type, entity_type, entity_id, batch_id, source_channel
	), dispatch AS (
		INSERT INTO enrichment_dispatches (task_pk, workspace_pk, enrichment_type, priority) SELECT pk, workspace_pk, enrichment_type, 10 FROM task
	), told AS (
		INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, data)
		SELECT workspace_pk, 'enrichment_task.created', 'enrichment_task', enrichment_task_id::text, jsonb_build_object('enrichment_type', enrichment_type,
			'entity_type', entity_type, 'entity_id', entity_id, 'batch_id', batch_id, 'source_channel', source_channel, 'caused_by', NULL) FROM task
	)
	SELECT count(*) FROM task`

// TestFiguresPress measures a press against the bare insertion of its rows, by
// turns, each into empty tables.
func TestFiguresPress(t *testing.T) {
	b, ctx := setup(t), context.Background()
	n, rounds := sizeOr(500, 10_000), sizeOr(2, 9)
	empty := func() {
		pgtest.Exec(t, b.url, `TRUNCATE enrichment_tasks, enrichment_events, enrichment_batches CASCADE`)
	}
	b.press(pressOf(n))
	pgtest.Exec(t, b.url, `CREATE TABLE staged AS SELECT * FROM enrichment_tasks`)
	pgtest.Exec(t, b.url, `GRANT SELECT ON staged TO enrichd_app`)
	conn, err := pgx.Connect(ctx, pgtest.AsApp(b.url))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `SELECT set_config('enrichd.workspace_pk', (SELECT workspace_pk::text FROM staged LIMIT 1), false)`); err != nil {
		t.Fatal(err)
	}
	var bare, pressed []time.Duration
	for range rounds {
		empty()
		began := time.Now()
		var made int
		if err := conn.QueryRow(ctx, bareSQL).Scan(&made); err != nil || made != n {
			t.Fatalf("%d rows, %v", made, err)
		}
		bare = append(bare, time.Since(began))
		empty()
		began = time.Now()
		if got := b.press(pressOf(n)).Batch; got.Total != n {
			t.Fatalf("a press made %d", got.Total)
		}
		pressed = append(pressed, time.Since(began))
	}
	slices.Sort(bare)
	slices.Sort(pressed)
	x, y := bare[rounds/2], pressed[rounds/2]
	t.Logf("%d tasks: bare %v, press %v, %.2f ×; best %v and %v, %.2f ×", n, x, y, float64(y)/float64(x), bare[0], pressed[0], float64(pressed[0])/float64(bare[0]))
	b.noFaults()
}

// TestFiguresLargeBatch settles a large batch in groups and compares the rate of
// its last tenth with that of its first.
func TestFiguresLargeBatch(t *testing.T) {
	b, ctx := setup(t), context.Background()
	n, group := sizeOr(2_000, 100_000), sizeOr(40, 200)
	p := pressOf(n)
	batch := b.press(p).Batch
	tenths := make([]time.Duration, 10)
	settlements := 0
	for done := 0; done < n; {
		claims := b.claim(b.worker, group)
		settled := make([]enrich.Settlement, len(claims))
		for i, c := range claims {
			settled[i] = completed(c)
		}
		began := time.Now()
		if _, err := b.db.Settle(ctx, "w", settled); err != nil || len(claims) == 0 {
			t.Fatalf("%d claims, %v", len(claims), err)
		}
		tenths[min(9, done*10/n)] += time.Since(began)
		done += len(claims)
		settlements++
	}
	t.Logf("%d tasks in %d settlements, one update of the counter each; first tenth %v, last %v: rate %.2f ×", n, settlements, tenths[0], tenths[9], float64(tenths[0])/float64(tenths[9]))
	if got := b.batch(batch.ID); got.CompletedAt == nil {
		t.Errorf("the batch did not end: %+v", got)
	}
	want := []string{enrich.EventBatchSettled, enrich.EventBatchCompleted}
	if events := b.events(batch.ID); !slices.Equal(events, want) {
		t.Errorf("events %v", events)
	}
	b.noFaults()
}

// Two presses of one month at once, with claims in between: one close is active.
// The kind is known to this test alone.
func TestTwoClosesAtOnce(t *testing.T) {
	b, ctx := setup(t), context.Background()
	closes := []enrich.Type{enrich.MonthlyClose}
	worker, err := b.db.Register(ctx, "closer", closes)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var claiming sync.WaitGroup
	claiming.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := b.db.Claim(ctx, worker, closes, 5); err != nil {
				t.Error(err)
			}
		}
	})
	times := sizeOr(100, 1000)
	for i := range times {
		r := enrich.Request{EntityType: "calendar_month", EntityID: fmt.Sprint(i), Type: enrich.MonthlyClose, Input: []byte(`{"record_id":"` + strconv.Itoa(i) + `"}`)}
		one := postgres.Press{
			EntityType: "calendar_month", EntityIDs: []string{r.EntityID}, Fingerprint: r.EntityID, Content: []byte(`{}`),
			Requests: func(postgres.Target) ([]enrich.Request, error) { return []enrich.Request{r}, nil },
		}
		var group sync.WaitGroup
		results := make([]error, 3)
		for j := range 2 {
			group.Go(func() { _, results[j] = b.db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{r}) })
		}
		group.Go(func() { _, results[2] = b.db.Press(ctx, pgtest.Workspace, one) })
		group.Wait()
		refused := 0
		for _, err := range results {
			if enrich.CodeOf(err) == enrich.CodeCloseActive {
				refused++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if refused != 2 {
			t.Fatalf("month %d: %d of 3 were refused: %v", i, refused, results)
		}
	}
	close(stop)
	claiming.Wait()
	if twice := pgtest.Query[int](t, b.url, `SELECT count(*) FROM (SELECT entity_id FROM enrichment_tasks GROUP BY 1 HAVING count(*) > 1) AS m`); twice != 0 {
		t.Errorf("%d of %d months have two closes", twice, times)
	}
	b.noFaults()
}
