package postgres

import (
	"context"
	"time"
)

// Condition is how the database itself is.
type Condition struct {
	Version      string        // of PostgreSQL
	RoundTrip    time.Duration // of one question
	Ahead        time.Duration // by how much its clock is ahead of this machine's
	BadIndexes   []string      // that exist and cannot be used
	Listens      bool          // LISTEN holds from one statement to the next
	SlotsTaken   int           // connections in use, of all programs
	SlotsAllowed int
}

// Condition asks the database how it is.
func (db *DB) Condition(ctx context.Context) (Condition, error) {
	var c Condition
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return c, err
	}
	defer conn.Release()
	began := time.Now()
	var now time.Time
	if err := conn.QueryRow(ctx, `SELECT current_setting('server_version'), clock_timestamp()`).Scan(&c.Version, &now); err != nil {
		return c, err
	}
	c.RoundTrip = time.Since(began)
	c.Ahead = now.Sub(began.Add(c.RoundTrip / 2))
	if err := conn.QueryRow(ctx, `SELECT coalesce(array_agg(c.relname::text ORDER BY 1), '{}') FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND n.nspname = 'public'`).Scan(&c.BadIndexes); err != nil {
		return c, err
	}
	if err := conn.QueryRow(ctx, `SELECT (SELECT coalesce(sum(numbackends), 0)::int FROM pg_stat_database), current_setting('max_connections')::int`).
		Scan(&c.SlotsTaken, &c.SlotsAllowed); err != nil {
		return c, err
	}
	// A pooler that gives each transaction another session forgets what it listens to.
	if _, err := conn.Exec(ctx, `LISTEN enrichd_doctor`); err != nil {
		return c, err
	}
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_listening_channels() AS l WHERE l = 'enrichd_doctor')`).Scan(&c.Listens); err != nil {
		return c, err
	}
	_, err = conn.Exec(ctx, `UNLISTEN enrichd_doctor`)
	return c, err
}
