package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// Bounds of what is remembered of a workspace.
const (
	maxJudgements = 2000
	maxPopulation = 10_000
)

// Remembered reads what has been said of invoices: edges that a person declined or
// that wait for one, what linked bank entries called their parties, and the newest
// decisions of people in the workspace. It is read off the links that stand, so
// whoever takes one back takes back what was learnt from it. Links that the rules
// made in subtasks of the run, empty for none, teach nothing.
func (db *DB) Remembered(ctx context.Context, workspaceID, runID string, invoices []record.OpenInvoice) (m record.Memory, err error) {
	ids := make([]string, len(invoices))
	for k, i := range invoices {
		ids[k] = i.ID
	}
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		if m.Links, err = pendingLinks(ctx, tx, ws, invoices); err != nil {
			return err
		}
		mine, err := runLinks(ctx, tx, ws, runID)
		if err != nil {
			return err
		}
		if m.Kin, err = selectRows[record.Kinship](ctx, tx, `
			WITH party AS (SELECT invoice_id, CASE WHEN direction = 'outbound' THEN receiver_id ELSE issuer_id END AS company
				FROM invoices WHERE workspace_pk = $1 AND deleted_at IS NULL),
			known AS (SELECT p.company, array_agg(DISTINCT t.counterparty_name) FILTER (WHERE t.counterparty_name <> '') AS names,
					array_agg(DISTINCT t.counterparty_iban) FILTER (WHERE t.counterparty_iban <> '') AS ibans
				FROM invoice_transactions l JOIN party p ON p.invoice_id = l.invoice_id
				JOIN transactions t ON t.workspace_pk = $1 AND t.transaction_id = l.transaction_id
				WHERE l.workspace_pk = $1 AND l.edge_status = 'confirmed' AND l.deleted_at IS NULL AND p.company <> '' AND l.pk <> ALL ($4::bigint[])
					AND (l.match_method IN ('reference_exact', 'person') OR EXISTS (SELECT FROM field_values v WHERE v.workspace_pk = $1
						AND v.entity_type = 'invoice_transaction' AND v.entity_id = l.invoice_transaction_id AND v.field = 'edge_status'
						AND v.decision = 'applied' AND v.active_until IS NULL AND v.precedence <= $3))
				GROUP BY p.company)
			SELECT p.invoice_id, coalesce(k.names[1:5], '{}'), coalesce(k.ibans[1:5], '{}') FROM party p JOIN known k USING (company)
			WHERE p.invoice_id = ANY ($2) ORDER BY p.invoice_id`, ws, ids, enrich.BySuggestion.Precedence(), mine); err != nil {
			return err
		}
		m.Judged, err = selectRows[record.Judgement](ctx, tx, `
			WITH said AS MATERIALIZED (SELECT v.entity_id, v.active_from FROM field_values v
				WHERE v.workspace_pk = $1 AND v.entity_type = 'invoice_transaction' AND v.field = 'edge_status' AND v.decision = 'applied'
					AND v.active_until IS NULL AND v.origin = ANY (ARRAY['person', 'accepted_suggestion'])
				ORDER BY v.active_from DESC, v.field_value_id DESC LIMIT $2)
			SELECT coalesce(l.confidence, 0), l.edge_status = 'confirmed', v.active_from,
				coalesce(CASE WHEN i.direction = 'outbound' THEN i.receiver_id ELSE i.issuer_id END, ''), lower(coalesce(t.counterparty_name, ''))
			FROM said v
			JOIN invoice_transactions l ON l.workspace_pk = $1 AND l.invoice_transaction_id = v.entity_id AND l.deleted_at IS NULL
			JOIN invoices i ON i.workspace_pk = $1 AND i.invoice_id = l.invoice_id
			JOIN transactions t ON t.workspace_pk = $1 AND t.transaction_id = l.transaction_id
			WHERE l.edge_status IN ('confirmed', 'declined') ORDER BY v.active_from DESC, l.pk DESC`, ws, maxJudgements)
		return err
	})
	return m, err
}

// Population reads the newest rows of a workspace, linked or not, with their whole
// amounts: what a matcher learns from.
func (db *DB) Population(ctx context.Context, workspaceID string) (record.Books, error) {
	var books record.Books
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		rows, err := tx.Query(ctx, `SELECT pk FROM invoice_transactions WHERE workspace_pk = $1 AND edge_status = 'confirmed'
			AND deleted_at IS NULL ORDER BY pk DESC LIMIT $2`, ws, 4*maxPopulation)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		if books.Invoices, err = openInvoices(ctx, tx, `true ORDER BY i.pk DESC LIMIT $3`, ws, all, maxPopulation); err != nil {
			return err
		}
		books.Transactions, err = openTransactions(ctx, tx, `true ORDER BY t.pk DESC LIMIT $3`, ws, all, maxPopulation)
		return err
	})
	return books, err
}
