package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/record"
)

// openInvoiceSelect reads invoices as they are matched. $1 is the workspace, $2 are
// links that do not count.
const openInvoiceSelect = `
	SELECT i.invoice_id, coalesce(i.invoice_number, ''),
		array_remove(ARRAY[i.payment_reference, i.order_reference, i.buyer_reference], NULL),
		coalesce(i.local_currency, ''), i.open::text,
		coalesce(i.issue_date::text, ''), coalesce(i.due_date::text, ''), coalesce(i.direction, ''),
		coalesce(i.document_type_code IN ('381', '396', '261') OR i.grand_total < 0, false),
		array_remove(ARRAY[c.name, c.registered_name, c.trade_name], NULL),
		CASE WHEN i.direction = 'outbound' THEN '{}' ELSE ARRAY(SELECT DISTINCT m.iban FROM invoice_payment_means m
			WHERE m.workspace_pk = $1 AND m.invoice_pk = i.pk AND m.iban <> '' ORDER BY m.iban) END,
		coalesce(c.company_id, ''), coalesce(i.document_id, '')
	FROM (
		SELECT v.*, abs(coalesce(nullif(v.balance_due, 0), v.grand_total)) - v.paid_total + coalesce(mine.amount, 0) AS open FROM invoices v
		LEFT JOIN (SELECT l.invoice_id, sum(l.amount) AS amount FROM invoice_transactions l JOIN invoices o ON o.workspace_pk = $1
				AND o.invoice_id = l.invoice_id AND o.local_currency = l.currency
			WHERE l.workspace_pk = $1 AND l.pk = ANY ($2::bigint[]) GROUP BY l.invoice_id) mine ON mine.invoice_id = v.invoice_id
		WHERE v.workspace_pk = $1 AND v.deleted_at IS NULL AND v.grand_total <> 0 AND (v.payment_status <> 'paid' OR v.invoice_id IN
			(SELECT l.invoice_id FROM invoice_transactions l WHERE l.workspace_pk = $1 AND l.pk = ANY ($2::bigint[])))
	) i
	LEFT JOIN companies c ON c.workspace_pk = $1
		AND c.company_id = CASE WHEN i.direction = 'outbound' THEN i.receiver_id ELSE i.issuer_id END
	WHERE `

// openTransactionSelect reads entries with what is left of them, likewise. Their links
// are looked up for each: of a workspace that the planner has not looked at yet it
// would sum all of them up for every entry.
const openTransactionSelect = `SELECT ` + transactionColumns + `, (t.amount - sign(t.amount) * coalesce(used.amount, 0))::text` + transactionFrom + `
	LEFT JOIN LATERAL (SELECT sum(l.amount) AS amount, bool_or(l.currency IS DISTINCT FROM t.currency) AS whole FROM invoice_transactions l
		WHERE l.workspace_pk = $1 AND l.transaction_id = t.transaction_id AND l.edge_status = 'confirmed' AND l.deleted_at IS NULL
			AND l.pk <> ALL ($2::bigint[])) used ON true
	WHERE t.workspace_pk = $1 AND t.deleted_at IS NULL AND t.status = 'booked' AND t.amount <> 0
		AND coalesce(abs(t.amount) > used.amount AND NOT used.whole, true) AND `

// openInvoices reads open invoices; args are the workspace, links that do not
// count, and what where asks for.
func openInvoices(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]record.OpenInvoice, error) {
	return selectRows[record.OpenInvoice](ctx, tx, openInvoiceSelect+where, args...)
}

func openTransactions(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]record.OpenTransaction, error) {
	rows, err := tx.Query(ctx, openTransactionSelect+where, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.OpenTransaction, error) {
		var o record.OpenTransaction
		err := row.Scan(append(transactionInto(&o.Transaction), &o.Open)...)
		return o, err
	})
}

// runLinks are the links that the rules confirmed in the subtasks of a run.
func runLinks(ctx context.Context, tx pgx.Tx, ws int64, runID string) ([]int64, error) {
	if runID == "" {
		return noLinks, nil
	}
	rows, err := tx.Query(ctx, `SELECT l.pk FROM enrichment_tasks p
		JOIN enrichment_tasks c ON c.workspace_pk = $1 AND c.parent_task_pk = p.pk
		JOIN field_values v ON v.workspace_pk = $1 AND v.task_id = c.enrichment_task_id AND v.entity_type = 'invoice_transaction'
			AND v.field = 'edge_status' AND v.decision = 'applied' AND v.active_until IS NULL AND v.origin = 'rule'
		JOIN invoice_transactions l ON l.workspace_pk = $1 AND l.invoice_transaction_id = v.entity_id AND l.edge_status = 'confirmed'
		WHERE p.workspace_pk = $1 AND p.enrichment_task_id::text = $2`, ws, runID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// pendingLinks are the edges of invoices that a person declined or took back, or that a task
// has proposed and a person has not decided yet.
func pendingLinks(ctx context.Context, tx pgx.Tx, ws int64, invoices []record.OpenInvoice) ([]record.Link, error) {
	ids := make([]string, len(invoices))
	for i, v := range invoices {
		ids[i] = v.ID
	}
	return selectRows[record.Link](ctx, tx, `SELECT `+linkColumns+` FROM invoice_transactions l WHERE l.workspace_pk = $1 AND l.deleted_at IS NULL
		AND l.invoice_id = ANY ($2) AND (l.edge_status IN ('declined', 'revoked') OR l.edge_status = 'provisional' AND EXISTS (
			SELECT FROM field_values v JOIN enrichment_tasks a ON a.workspace_pk = $1 AND a.enrichment_task_id = v.task_id
			WHERE v.workspace_pk = $1 AND v.entity_type = 'invoice_transaction' AND v.entity_id = l.invoice_transaction_id
				AND v.field = 'edge_status' AND v.active_until IS NULL AND a.status = 'awaiting_approval' AND a.deleted_at IS NULL))
		ORDER BY l.pk`, ws, ids)
}
