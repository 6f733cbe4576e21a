package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/record"
)

// maxPayouts bounds how many earlier payouts one reading brings.
const maxPayouts = 100

// Payouts reads the newest incoming entries that hold one of the words, in lower
// case, and pay two or more invoices in full but for what lacks of their sum. Links
// that the rules made in subtasks of the run, empty for none, do not count.
func (db *DB) Payouts(ctx context.Context, workspaceID, runID string, words []string) (list []record.Payout, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		mine, err := runLinks(ctx, tx, ws, runID)
		if err != nil {
			return err
		}
		list, err = selectRows[record.Payout](ctx, tx, `
			SELECT coalesce(t.counterparty_name, ''), t.remittance, t.amount::text, sum(abs(coalesce(nullif(i.balance_due, 0), i.grand_total)))::text
			FROM transactions t
			JOIN invoice_transactions l ON l.workspace_pk = $1 AND l.transaction_id = t.transaction_id AND l.edge_status = 'confirmed' AND l.deleted_at IS NULL AND l.pk <> ALL ($3::bigint[])
			JOIN invoices i ON i.workspace_pk = $1 AND i.invoice_id = l.invoice_id AND i.local_currency = t.currency
			WHERE t.workspace_pk = $1 AND t.deleted_at IS NULL AND t.amount > 0 AND t.words && $2::text[]
			GROUP BY t.pk HAVING count(*) >= 2 AND sum(abs(coalesce(nullif(i.balance_due, 0), i.grand_total))) > t.amount
				AND sum(l.amount) = t.amount ORDER BY t.pk DESC LIMIT $4`, ws, words, mine, maxPayouts)
		return err
	})
	return list, err
}
