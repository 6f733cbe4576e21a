package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// statements prints what a contestant's statements cost the server, the dearest
// first.
func (e *entry) statements(ctx context.Context) error {
	rows, err := e.admin.Query(ctx, `SELECT query, calls, rows, total_exec_time + total_plan_time, total_plan_time, wal_bytes::bigint, shared_blks_hit + shared_blks_read
		FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query !~ '^(TRUNCATE|CHECKPOINT|CREATE)'
		ORDER BY 4 DESC LIMIT 16`)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s: calls, rows, milliseconds, of these to plan, WAL bytes, blocks\n", e.name)
	var query string
	var calls, touched, wal, blocks int64
	var ms, plan float64
	_, err = pgx.ForEachRow(rows, []any{&query, &calls, &touched, &ms, &plan, &wal, &blocks}, func() error {
		text := strings.Join(strings.Fields(query), " ")
		fmt.Printf("%7d %8d %9.1f %8.1f %11d %9d  %.110s\n", calls, touched, ms, plan, wal, blocks, text)
		return nil
	})
	return err
}
