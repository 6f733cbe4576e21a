package chaos

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

func databaseFaults() []Fault {
	return []Fault{
		{"stop-backend", 6, "SIGSTOP of a backend that works for the product", false, stopBackend},
		{"restart-postgres", 7, "immediate stop of PostgreSQL, and start", true, restartPostgres},
		{"kill-backend", 8, "kill -9 of a backend: the server resets all", false, killBackend},
		{"terminate-backends", 9, "pg_terminate_backend of a third of the connections", true, terminateBackends},
		{"cancel-statements", 15, "statements end as on a timeout", true, cancelStatements},
		{"lock-rows", 15, "somebody else holds rows, in an order that may deadlock", false, lockRows},
		{"pin-snapshot", 16, "a snapshot is held open", false, pinSnapshot},
	}
}

// ours are the connections of the product.
const ours = `FROM pg_stat_activity WHERE application_name = 'enrichd' AND pid <> pg_backend_pid()`

func restartPostgres(ctx context.Context, c *cluster, s Step) error {
	if err := c.server.StopImmediate(); err != nil {
		return err
	}
	pause(ctx, s.Long/2)
	return c.server.StartAgain(context.WithoutCancel(ctx))
}

// backend draws a backend that works for the product.
func (c *cluster) backend(ctx context.Context, s Step) (pid int, err error) {
	err = c.admin.QueryRow(ctx, `SELECT pid `+ours+` ORDER BY state = 'active' DESC, hashint4(pid # $1) LIMIT 1`, int32(s.Pick)).Scan(&pid)
	return pid, err
}

func stopBackend(ctx context.Context, c *cluster, s Step) error {
	pid, err := c.backend(ctx, s)
	if err != nil {
		return err
	}
	over := c.troubled("stop-backend")
	defer over()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return err
	}
	pause(ctx, s.Long)
	return syscall.Kill(pid, syscall.SIGCONT)
}

func killBackend(ctx context.Context, c *cluster, s Step) error {
	pid, err := c.backend(ctx, s)
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

func terminateBackends(ctx context.Context, c *cluster, s Step) error {
	for end := time.Now().Add(s.Long); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, 300*time.Millisecond) {
		if _, err := c.admin.Exec(ctx, `SELECT pg_terminate_backend(pid) `+ours+` AND random() < 0.3`); err != nil {
			return err
		}
	}
	return nil
}

func cancelStatements(ctx context.Context, c *cluster, s Step) error {
	for end := time.Now().Add(s.Long); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, 20*time.Millisecond) {
		if _, err := c.admin.Exec(ctx, `SELECT pg_cancel_backend(pid) `+ours+` AND state <> 'idle'`); err != nil {
			return err
		}
	}
	return nil
}

// lockRows takes dispatch rows and counters of batches against their order.
func lockRows(ctx context.Context, c *cluster, s Step) error {
	for end := time.Now().Add(s.Long); time.Now().Before(end) && ctx.Err() == nil; {
		err := pgx.BeginFunc(ctx, c.admin, func(tx pgx.Tx) error {
			for _, query := range []string{
				`SELECT FROM enrichment_batches ORDER BY created_at DESC LIMIT 5 FOR UPDATE`,
				`SELECT FROM enrichment_dispatches ORDER BY task_pk DESC LIMIT 20 FOR UPDATE`,
				`SELECT pg_sleep(0.3)`,
				`SELECT FROM enrichment_dispatches ORDER BY task_pk LIMIT 20 FOR UPDATE`,
				`SELECT FROM enrichment_limits FOR UPDATE`,
			} {
				if _, err := tx.Exec(ctx, query); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			c.journal.note("… who locks was refused: " + err.Error())
		}
	}
	return nil
}

func pinSnapshot(ctx context.Context, c *cluster, s Step) error {
	return pgx.BeginTxFunc(ctx, c.admin, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM enrichment_dispatches`).Scan(&n); err != nil {
			return err
		}
		pause(ctx, 5*s.Long)
		c.journal.note(fmt.Sprintf("… a snapshot of %d dispatch rows was let go", n))
		return nil
	})
}
