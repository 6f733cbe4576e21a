package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A process that could not see the database for a while does not take the silence
// of others for their death: they could not beat either, however long the recovery
// of the database took. One that has watched all along does.
func TestSilenceDuringAnOutage(t *testing.T) {
	b := setup(t)
	enqueueOne(t, b.db, "d-1")
	b.claim(b.worker, 1)
	// The postmaster has been up for longer than a process may be silent.
	for pgtest.Query[bool](t, b.url, `SELECT now() - pg_postmaster_start_time() < interval '9 seconds'`) {
		time.Sleep(100 * time.Millisecond)
	}
	pgtest.Exec(t, b.url, `UPDATE enrichment_workers SET beat_at = now() - interval '1 minute', lock_at = NULL`)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.db.Sweep(gone); err == nil {
		t.Fatal("a sweep without a database")
	}
	if n, err := b.db.Sweep(context.Background()); err != nil || n != 0 {
		t.Fatalf("back again, a sweep took %d tasks of processes that had no time to beat: %v", n, err)
	}
	other := pgtest.Open(t, b.url)
	if n, err := other.Sweep(context.Background()); err != nil || n != 1 {
		t.Fatalf("a process that had no break took %d tasks of a dead one: %v", n, err)
	}
	if c := b.claim(b.register("worker-2"), 1); len(c) != 1 || c[0].Crashes != 1 || c[0].Task.Type != enrich.OCRExtract {
		t.Fatalf("%+v", c)
	}
}
