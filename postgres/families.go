package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// splitAll gives split tasks their children and parks them until the last of
// their open children ends. The dispatch rows of the parents are free and locked
// by this transaction: a child that ends meanwhile counts down after it.
func splitAll(ctx context.Context, tx pgx.Tx, ws int64, settled []enrich.Settlement) error {
	for _, s := range settled {
		if s.Outcome != enrich.OutcomeSplit {
			continue
		}
		children := make([]enrich.Request, len(s.Children))
		for i, c := range s.Children {
			c.ParentID, c.CausedBy, c.Force = &s.Claim.Task.ID, s.Claim.Task.ID, true
			children[i] = c
		}
		switch _, err := enqueue(ctx, tx, ws, children); {
		case enrich.CodeOf(err) == enrich.CodeCloseActive:
			return errMoved // a stray of that counterparty waits: look again
		case err != nil:
			return fmt.Errorf("split: %w", err)
		}
		if _, err := tx.Exec(ctx, `
			WITH left_open AS (
				SELECT count(*)::int AS n FROM enrichment_tasks
				WHERE workspace_pk = $1 AND parent_task_pk = $2 AND deleted_at IS NULL AND status IN ('pending', 'processing', 'awaiting_approval')
			)
			UPDATE enrichment_dispatches d SET children = nullif(n, 0), due_at = CASE WHEN n > 0 THEN 'infinity' ELSE now() END, expires_at = NULL
			FROM left_open WHERE d.workspace_pk = $1 AND d.task_pk = $2`, ws, s.Claim.Key); err != nil {
			return err
		}
	}
	return nil
}

// monthsStandStill refuses to make closes of months of which one was begun
// after the claim: two backfills at once make one close a month.
func monthsStandStill(ctx context.Context, tx pgx.Tx, ws int64, claim enrich.Claim, children []enrich.Request) error {
	var months []string
	for _, c := range children {
		if c.Type == enrich.MonthlyClose && c.EntityType == record.EntityMonth {
			if err := lockMonth(ctx, tx, ws, c.EntityID); err != nil {
				return err
			}
			months = append(months, c.EntityID)
		}
	}
	if len(months) == 0 {
		return nil
	}
	var moved bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM enrichment_tasks WHERE workspace_pk = $1 AND entity_type = 'calendar_month' AND entity_id = ANY ($2)
		AND enrichment_type = 'monthly_close' AND deleted_at IS NULL AND created_at >= $3)`, ws, months, claim.At).Scan(&moved)
	if err == nil && moved {
		err = errMoved
	}
	return err
}

// countChild counts new children of a parent that may be parked. parentKey took the
// lock on its dispatch row.
func countChild(ctx context.Context, tx pgx.Tx, ws, parent int64, n int) error {
	_, err := tx.Exec(ctx, `UPDATE enrichment_dispatches SET children = children + $3
		WHERE workspace_pk = $1 AND task_pk = $2 AND children IS NOT NULL`, ws, parent, n)
	return err
}

// changeFamily counts a pending task off its old parent and onto its new one.
func changeFamily(ctx context.Context, tx pgx.Tx, ws int64, child string, parent *int64) error {
	c := change{from: enrich.Pending, to: deleted}
	err := tx.QueryRow(ctx, `SELECT parent_task_pk FROM enrichment_tasks WHERE workspace_pk = $1 AND enrichment_task_id = $2::uuid`, ws, child).Scan(&c.parent)
	if err != nil {
		return err
	}
	if parent != nil {
		if err := countChild(ctx, tx, ws, *parent, 1); err != nil {
			return err
		}
	}
	return tally(ctx, tx, ws, []change{c})
}

// bringChildren gives the claims of tasks that were tried before what their
// attempts count for, and those that were split what became of their children,
// in the order in which they were made.
func bringChildren(ctx context.Context, tx pgx.Tx, ws int64, claims []enrich.Claim) error {
	at := map[int64]int{}
	var keys []int64
	for i, c := range claims {
		if c.Attempt > 1 {
			at[c.Key] = i
			keys = append(keys, c.Key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `
		SELECT task_pk, count(*) FILTER (WHERE outcome = 'split'), max(asked) + count(*) FILTER (WHERE outcome = 'split' AND attempt > asked)
		FROM (SELECT task_pk, outcome, attempt, coalesce(max(attempt) FILTER (WHERE outcome = 'asked') OVER (PARTITION BY task_pk), 0) AS asked
			FROM enrichment_task_attempts WHERE workspace_pk = $1 AND task_pk = ANY ($2)) AS a GROUP BY task_pk`, ws, keys)
	if err != nil {
		return err
	}
	var parent int64
	var splits, uncharged int
	var split []int64
	if _, err := pgx.ForEachRow(rows, []any{&parent, &splits, &uncharged}, func() error {
		claims[at[parent]].Splits, claims[at[parent]].Uncharged = splits, uncharged
		if splits > 0 {
			split = append(split, parent)
		}
		return nil
	}); err != nil || len(split) == 0 {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT parent_task_pk, enrichment_task_id::text, enrichment_type, entity_type, entity_id, status::text,
			input, output, coalesce(error, '') FROM enrichment_tasks
		WHERE workspace_pk = $1 AND parent_task_pk = ANY ($2) AND deleted_at IS NULL ORDER BY pk`, ws, split)
	if err != nil {
		return err
	}
	var c enrich.Child
	_, err = pgx.ForEachRow(rows, []any{&parent, &c.ID, &c.Type, &c.EntityType, &c.EntityID, &c.Status, &c.Input, &c.Output, &c.Error}, func() error {
		claim := &claims[at[parent]]
		claim.Children = append(claim.Children, c)
		c = enrich.Child{}
		return nil
	})
	return err
}

// withdraw deletes tasks softly. Their children that have not begun go with them,
// the others lose their parent; the counters of their batches and of their own
// parents go down as for tasks that ended.
//
// It takes dispatch rows before task rows, as claim and settle do, and the
// children's before the parent's, as a settling child does.
func withdraw(ctx context.Context, tx pgx.Tx, ws int64, keys ...int64) error {
	// Once these are locked no claim begins and no settlement ends any of them.
	if _, err := tx.Exec(ctx, `SELECT FROM enrichment_dispatches WHERE workspace_pk = $1 AND task_pk IN (
		SELECT pk FROM enrichment_tasks WHERE workspace_pk = $1 AND parent_task_pk = ANY ($2)) ORDER BY task_pk FOR UPDATE`, ws, keys); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `SELECT FROM enrichment_dispatches WHERE workspace_pk = $1 AND task_pk = ANY ($2) ORDER BY task_pk FOR UPDATE`, ws, keys); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `
		WITH gone AS (
			UPDATE enrichment_tasks SET deleted_at = now(), updated_at = now()
			WHERE workspace_pk = $1 AND deleted_at IS NULL AND (pk = ANY ($2) OR parent_task_pk = ANY ($2) AND status = 'pending')
			RETURNING pk, enrichment_task_id, batch_id, parent_task_pk, enrichment_type, status
		), freed AS (
			DELETE FROM enrichment_dispatches WHERE workspace_pk = $1 AND task_pk IN (SELECT pk FROM gone)
		), told AS (
			INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id)
			SELECT $1, 'enrichment_task.deleted', 'enrichment_task', enrichment_task_id::text FROM gone
		)
		SELECT batch_id::text, CASE WHEN parent_task_pk <> ALL ($2) THEN parent_task_pk END, enrichment_type, status::text FROM gone`, ws, keys)
	if err != nil {
		return err
	}
	changes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (change, error) {
		c := change{to: deleted}
		err := row.Scan(&c.batch, &c.parent, &c.kind, &c.from)
		return c, err
	})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE enrichment_tasks SET parent_task_pk = NULL, updated_at = now()
		WHERE workspace_pk = $1 AND parent_task_pk = ANY ($2)`, ws, keys); err != nil {
		return err
	}
	return tally(ctx, tx, ws, changes)
}
