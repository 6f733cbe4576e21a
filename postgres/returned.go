package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// maxReturned bounds how many payments one reading brings beside the entries that
// may bring them back.
const maxReturned = 2000

// Returned finds, for entries that may bring payments back, the payments with links
// that hold on the same account and in the same currency, at most days earlier: of
// the same amount with the other sign, or under the same end-to-end id.
func (db *DB) Returned(ctx context.Context, workspaceID string, transactionIDs []string, days int) (list []record.Returned, err error) {
	if len(transactionIDs) == 0 {
		return nil, nil
	}
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		list, err = returned(ctx, tx, ws, transactionIDs, days)
		return err
	})
	return list, err
}

func returned(ctx context.Context, tx pgx.Tx, ws int64, transactionIDs []string, days int) ([]record.Returned, error) {
	rows, err := tx.Query(ctx, `SELECT b.transaction_id, `+transactionColumns+` FROM transactions b
		JOIN transactions t ON t.workspace_pk = $1 AND t.pk <> b.pk AND t.deleted_at IS NULL AND t.status = 'booked' AND sign(t.amount) = -sign(b.amount)
			AND t.account IS NOT DISTINCT FROM b.account AND t.currency IS NOT DISTINCT FROM b.currency
			AND (t.amount = -b.amount OR b.is_reversal AND t.end_to_end_id = b.end_to_end_id AND upper(b.end_to_end_id) <> 'NOTPROVIDED')
			AND coalesce(t.booking_date, t.value_date) BETWEEN coalesce(b.booking_date, b.value_date) - $3::int AND coalesce(b.booking_date, b.value_date)
		`+transactionJoins+`
		WHERE b.workspace_pk = $1 AND b.transaction_id = ANY ($2) AND b.deleted_at IS NULL AND b.status = 'booked'
			AND EXISTS (SELECT FROM invoice_transactions l WHERE l.workspace_pk = $1 AND l.transaction_id = t.transaction_id
				AND l.edge_status = 'confirmed' AND l.deleted_at IS NULL)
		ORDER BY coalesce(b.booking_date, b.value_date), b.transaction_id, coalesce(t.booking_date, t.value_date) DESC, t.transaction_id LIMIT $4`,
		ws, transactionIDs, days, maxReturned)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.Returned, error) {
		var r record.Returned
		err := row.Scan(append([]any{&r.ReversalID}, transactionInto(&r.Payment)...)...)
		return r, err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	payments := make([]string, len(list))
	for k, r := range list {
		payments[k] = r.Payment.ID
	}
	links, err := returnedLinks(ctx, tx, ws, payments)
	for k := range list {
		list[k].Links = links[list[k].Payment.ID]
	}
	return list, err
}

// returnedLinks are the links that hold of payments, by payment.
func returnedLinks(ctx context.Context, tx pgx.Tx, ws int64, payments []string) (map[string][]record.ReturnedLink, error) {
	list, err := selectRows[record.ReturnedLink](ctx, tx, `
		SELECT `+linkColumns+`, coalesce((SELECT i.invoice_number FROM invoices i WHERE i.workspace_pk = $1 AND i.invoice_id = l.invoice_id), ''),
			coalesce((SELECT c.name FROM invoices i JOIN companies c ON c.workspace_pk = $1 AND c.company_id = CASE WHEN i.direction = 'outbound' THEN i.receiver_id ELSE i.issuer_id END
				WHERE i.workspace_pk = $1 AND i.invoice_id = l.invoice_id), ''),
			ARRAY(SELECT DISTINCT v.value #>> '{}' FROM field_values v WHERE v.workspace_pk = $1 AND v.entity_type = 'invoice_transaction'
				AND v.entity_id = l.invoice_transaction_id AND v.field = 'reversal_id' AND (v.precedence <= $3 OR EXISTS (SELECT FROM enrichment_tasks a
					WHERE a.workspace_pk = $1 AND a.enrichment_task_id = v.task_id AND a.status = 'awaiting_approval' AND a.deleted_at IS NULL))),
			coalesce((SELECT o.record_id FROM close_sign_offs o JOIN transactions t ON t.workspace_pk = $1 AND t.transaction_id = l.transaction_id
				WHERE o.workspace_pk = $1 AND o.state = 'standing' AND o.record_id = to_char(coalesce(t.booking_date, t.value_date), 'YYYY-MM') LIMIT 1), '')
		FROM invoice_transactions l WHERE l.workspace_pk = $1 AND l.transaction_id = ANY ($2) AND l.edge_status = 'confirmed' AND l.deleted_at IS NULL
		ORDER BY l.invoice_transaction_id`, ws, payments, enrich.BySuggestion.Precedence())
	of := map[string][]record.ReturnedLink{}
	for _, l := range list {
		of[l.TransactionID] = append(of[l.TransactionID], l)
	}
	return of, err
}
