package postgres_test

import (
	"context"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// The answer to the COMMIT of a creation is lost, so its key is freed or taken
// over; the same request again finds the task that was made, even where a new one
// is forced and even if it has failed meanwhile. A campaign of faults found this.
func TestRequestWhoseAnswerWasLostFindsItsTask(t *testing.T) {
	ctx := context.Background()
	url := pgtest.URL(t)
	db := pgtest.Open(t, url)
	for _, c := range []struct {
		name  string
		force bool
		then  string // what happens to the task before the request comes again
	}{
		{"forced", true, `SELECT 1`},
		{"forced and deleted", true, `UPDATE enrichment_tasks SET deleted_at = now()`},
		{"failed meanwhile", false, `UPDATE enrichment_tasks SET status = 'processing'; UPDATE enrichment_tasks SET status = 'failed', completed_at = now()`},
	} {
		t.Run(c.name, func(t *testing.T) {
			pgtest.Exec(t, url, `DELETE FROM enrichment_tasks`)
			k := postgres.IdempotencyKey{Route: "POST /v1/enrichment-tasks", Key: c.name, Fingerprint: []byte("1")}
			r := enrich.Request{EntityType: "company", EntityID: "e", Type: enrich.Logo, Hash: "sha256:1", Force: c.force}
			var ids []string
			for i := range 2 {
				claimed, err := db.ClaimKey(ctx, pgtest.Workspace, k)
				if err != nil || !claimed.Mine {
					t.Fatal(claimed, err)
				}
				out, err := db.EnqueueOnce(ctx, pgtest.Workspace, k, r)
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, out.Task.ID)
				if err := db.SettleKey(ctx, pgtest.Workspace, k, nil); err != nil { // as after an error
					t.Fatal(err)
				}
				if i == 0 {
					pgtest.Exec(t, url, c.then)
				}
			}
			if n := pgtest.Query[int](t, url, `SELECT count(*) FROM enrichment_tasks`); ids[0] != ids[1] || n != 1 {
				t.Errorf("%d tasks stand; the answers name %v", n, ids)
			}
			other := k
			other.Fingerprint = []byte("2")
			if claimed, err := db.ClaimKey(ctx, pgtest.Workspace, other); err != nil || claimed.Mine || claimed.Same {
				t.Errorf("another request under the key: %+v, %v", claimed, err)
			}
		})
	}
}
