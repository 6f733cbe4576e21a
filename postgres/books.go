package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/record"
)

// maxOpenRows bounds how many invoices, and how many transactions, Books reads:
// those nearest to the middle of the period.
const maxOpenRows = 5000

// Books reads the open rows of a period, both days included (YYYY-MM-DD), and
// in any case the rows that are named.
func (db *DB) Books(ctx context.Context, workspaceID, from, to string, invoiceIDs, transactionIDs []string) (record.Books, error) {
	var books record.Books
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		if books.Invoices, err = openInvoices(ctx, tx, ws, from, to, invoiceIDs); err != nil {
			return err
		}
		if books.Transactions, err = openTransactions(ctx, tx, ws, from, to, transactionIDs); err != nil {
			return err
		}
		books.Links, err = pendingLinks(ctx, tx, ws, books)
		return err
	})
	return books, err
}

func openInvoices(ctx context.Context, tx pgx.Tx, ws int64, from, to string, named []string) ([]record.OpenInvoice, error) {
	rows, err := tx.Query(ctx, `
		SELECT i.invoice_id, coalesce(i.invoice_number, ''),
			array_remove(ARRAY[i.payment_reference, i.order_reference, i.buyer_reference], NULL),
			coalesce(i.local_currency, ''), (abs(coalesce(nullif(i.balance_due, 0), i.grand_total)) - i.paid_total)::text,
			coalesce(i.issue_date::text, ''), coalesce(i.due_date::text, ''), coalesce(i.direction, ''),
			coalesce(i.document_type_code IN ('381', '396', '261') OR i.grand_total < 0, false),
			array_remove(ARRAY[c.name, c.registered_name, c.trade_name], NULL),
			CASE WHEN i.direction = 'outbound' THEN '{}' ELSE ARRAY(SELECT DISTINCT m.iban FROM invoice_payment_means m
				WHERE m.workspace_pk = $1 AND m.invoice_pk = i.pk AND m.iban <> '' ORDER BY m.iban) END
		FROM invoices i
		LEFT JOIN companies c ON c.workspace_pk = $1
			AND c.company_id = CASE WHEN i.direction = 'outbound' THEN i.receiver_id ELSE i.issuer_id END
		WHERE i.workspace_pk = $1 AND i.deleted_at IS NULL AND i.grand_total <> 0 AND i.payment_status <> 'paid'
			AND (i.invoice_id = ANY ($4) OR coalesce(i.issue_date, i.created_at::date) BETWEEN $2::date AND $3::date)
		ORDER BY i.invoice_id <> ALL ($4), abs(coalesce(i.issue_date, i.created_at::date) - ($2::date + ($3::date - $2::date) / 2)), i.pk LIMIT $5`,
		ws, from, to, named, maxOpenRows)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[record.OpenInvoice])
}

func openTransactions(ctx context.Context, tx pgx.Tx, ws int64, from, to string, named []string) ([]record.OpenTransaction, error) {
	rows, err := tx.Query(ctx, `SELECT `+transactionColumns+`, (t.amount - sign(t.amount) * coalesce(used.amount, 0))::text`+transactionFrom+`
		LEFT JOIN LATERAL (SELECT sum(l.amount) AS amount, bool_or(l.currency IS DISTINCT FROM t.currency) AS whole FROM invoice_transactions l
			WHERE l.workspace_pk = $1 AND l.transaction_id = t.transaction_id AND l.edge_status = 'confirmed' AND l.deleted_at IS NULL) used ON true
		WHERE t.workspace_pk = $1 AND t.deleted_at IS NULL AND t.status = 'booked' AND t.amount <> 0
			AND coalesce(abs(t.amount) > used.amount AND NOT used.whole, true)
			AND (t.transaction_id = ANY ($4) OR coalesce(t.booking_date, t.value_date) BETWEEN $2::date AND $3::date)
		ORDER BY t.transaction_id <> ALL ($4), abs(coalesce(t.booking_date, t.value_date) - ($2::date + ($3::date - $2::date) / 2)), t.pk LIMIT $5`,
		ws, from, to, named, maxOpenRows)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.OpenTransaction, error) {
		var o record.OpenTransaction
		err := row.Scan(append(transactionInto(&o.Transaction), &o.Open)...)
		return o, err
	})
}

// pendingLinks are the edges among open rows that a person declined, or that a
// task has proposed and a person has not decided yet.
func pendingLinks(ctx context.Context, tx pgx.Tx, ws int64, books record.Books) ([]record.Link, error) {
	ids := make([]string, len(books.Invoices))
	for i, v := range books.Invoices {
		ids[i] = v.ID
	}
	rows, err := tx.Query(ctx, `SELECT `+linkColumns+` FROM invoice_transactions l WHERE l.workspace_pk = $1 AND l.deleted_at IS NULL
		AND l.invoice_id = ANY ($2) AND (l.edge_status = 'declined' OR l.edge_status = 'provisional' AND EXISTS (
			SELECT FROM field_values v JOIN enrichment_tasks a ON a.workspace_pk = $1 AND a.enrichment_task_id = v.task_id
			WHERE v.workspace_pk = $1 AND v.entity_type = 'invoice_transaction' AND v.entity_id = l.invoice_transaction_id
				AND v.field = 'edge_status' AND v.active_until IS NULL AND a.status = 'awaiting_approval' AND a.deleted_at IS NULL))
		ORDER BY l.pk`, ws, ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[record.Link])
}
