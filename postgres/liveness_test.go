package postgres_test

import (
	"context"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A worker's lock is free for longer than its grace. If it has beaten since, it has
// only lost a connection; if it has not, its process is dead. A campaign of faults
// found living workers that lost their tasks.
func TestFreeLockIsNoDeathWhileBeatsCome(t *testing.T) {
	ctx := context.Background()
	url := pgtest.URL(t)
	db := pgtest.Open(t, url)
	worker, err := db.Register(ctx, "flaky", []enrich.Type{enrich.Logo})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		beat string
		want int
	}{{"now()", 1}, {"now() - interval '3 s'", 0}} {
		pgtest.Exec(t, url, `UPDATE enrichment_workers SET lock_at = now(), free_since = now() - interval '2 s', beat_at = `+c.beat+` WHERE pk = $1`, worker)
		if _, err := db.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if n := pgtest.Query[int](t, url, `SELECT count(*) FROM enrichment_workers`); n != c.want {
			t.Errorf("a beat at %s: %d workers are left, want %d", c.beat, n, c.want)
		}
	}
}
