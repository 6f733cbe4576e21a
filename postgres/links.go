package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// linkEnds are the records that a link's write names.
func linkEnds(w enrich.RecordWrite) []recordRef {
	var ends []recordRef
	for _, f := range w.Fields {
		var id string
		if json.Unmarshal(f.Value, &id) != nil {
			continue
		}
		switch f.Name {
		case "invoice_id":
			ends = append(ends, recordRef{record.EntityInvoice, id})
		case "transaction_id":
			ends = append(ends, recordRef{record.EntityTransaction, id})
		}
	}
	return ends
}

// endsOf are the records that a link leads to: those that its write names, and where
// it names none those of the link that stands.
func endsOf(ctx context.Context, tx pgx.Tx, ws int64, w enrich.RecordWrite) ([]recordRef, error) {
	if ends := linkEnds(w); len(ends) > 0 {
		return ends, nil
	}
	rows, err := tx.Query(ctx, `SELECT e.type, e.id FROM invoice_transactions l, LATERAL (VALUES ('invoice', l.invoice_id), ('transaction', l.transaction_id)) e (type, id)
		WHERE l.workspace_pk = $1 AND l.invoice_transaction_id = $2 AND e.id IS NOT NULL`, ws, w.EntityID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ref recordRef, err error) {
		return ref, row.Scan(&ref.entityType, &ref.id)
	})
}

// lockEnd holds a record that a link leads to; one that is gone moved on.
func lockEnd(ctx context.Context, tx pgx.Tx, ws int64, ref recordRef) error {
	table, id := "invoices", "invoice_id"
	if ref.entityType == record.EntityTransaction {
		table, id = "transactions", "transaction_id"
	}
	tag, err := tx.Exec(ctx, fmt.Sprintf(`SELECT FROM %s WHERE workspace_pk = $1 AND %s = $2 AND deleted_at IS NULL FOR UPDATE`, table, id), ws, ref.id)
	if err == nil && tag.RowsAffected() == 0 {
		return fmt.Errorf("%s %s: %w", ref.entityType, ref.id, errMoved)
	}
	return err
}

// checkLink refuses a confirmed link that gives away more of a transaction, or
// to an invoice, than there is, and brings the invoice's payment up to date.
func checkLink(ctx context.Context, tx pgx.Tx, ws, key int64) error {
	var invoice string
	var confirmed, tooMuchTaken, tooMuchPaid bool
	err := tx.QueryRow(ctx, `
		SELECT i.invoice_id, l.edge_status = 'confirmed',
			coalesce(l.currency = t.currency AND (SELECT sum(o.amount) FROM invoice_transactions o WHERE o.workspace_pk = $1
				AND o.transaction_id = t.transaction_id AND o.currency = t.currency AND o.edge_status = 'confirmed' AND o.deleted_at IS NULL) > abs(t.amount), false),
			coalesce(CASE WHEN l.currency = i.local_currency THEN (SELECT sum(o.amount) FROM invoice_transactions o WHERE o.workspace_pk = $1
					AND o.invoice_id = i.invoice_id AND o.currency = i.local_currency AND o.edge_status = 'confirmed' AND o.deleted_at IS NULL) > greatest(abs(i.grand_total), abs(i.balance_due))
				ELSE NOT l.is_partial AND EXISTS (SELECT FROM invoice_transactions o WHERE o.workspace_pk = $1
					AND o.invoice_id = i.invoice_id AND o.pk <> l.pk AND o.edge_status = 'confirmed' AND o.deleted_at IS NULL) END, false)
		FROM invoice_transactions l
		JOIN invoices i ON i.workspace_pk = $1 AND i.invoice_id = l.invoice_id
		JOIN transactions t ON t.workspace_pk = $1 AND t.transaction_id = l.transaction_id
		WHERE l.workspace_pk = $1 AND l.pk = $2`, ws, key).Scan(&invoice, &confirmed, &tooMuchTaken, &tooMuchPaid)
	if err == pgx.ErrNoRows {
		return fmt.Errorf("a link without an end: %w", errUnwritable)
	}
	if err != nil {
		return err
	}
	if confirmed && (tooMuchTaken || tooMuchPaid) {
		return errMoved
	}
	return bringPayment(ctx, tx, ws, `i.invoice_id = $2`, invoice)
}

// checkInvoice brings the payment of an invoice up to date with its amounts.
func checkInvoice(ctx context.Context, tx pgx.Tx, ws, key int64) error {
	return bringPayment(ctx, tx, ws, `i.pk = $2`, key)
}

// bringPayment sums up what confirmed links pay of an invoice. What it asks for is
// the balance due, which deposits and roundings part from the grand total.
func bringPayment(ctx context.Context, tx pgx.Tx, ws int64, which string, arg any) error {
	_, err := tx.Exec(ctx, `
		WITH paid AS (
			SELECT i.pk, coalesce(sum(l.amount) FILTER (WHERE l.currency = i.local_currency), 0) AS total,
				coalesce(bool_or(l.currency IS DISTINCT FROM i.local_currency AND NOT l.is_partial), false) AS in_full, count(l.pk) AS links
			FROM invoices i LEFT JOIN invoice_transactions l ON l.workspace_pk = $1 AND l.invoice_id = i.invoice_id
				AND l.edge_status = 'confirmed' AND l.deleted_at IS NULL
			WHERE i.workspace_pk = $1 AND `+which+` GROUP BY i.pk
		)
		UPDATE invoices i SET updated_at = now(), paid_total = paid.total, payment_status = CASE WHEN paid.links = 0 THEN 'unpaid'
			WHEN paid.in_full OR paid.total >= abs(coalesce(nullif(i.balance_due, 0), i.grand_total)) THEN 'paid' ELSE 'partially_paid' END
		FROM paid WHERE i.workspace_pk = $1 AND i.pk = paid.pk`, ws, arg)
	return err
}

const linkColumns = `invoice_transaction_id, coalesce(invoice_id, ''), coalesce(transaction_id, ''), coalesce(amount::text, ''),
	coalesce(currency, ''), is_partial, coalesce(match_method, ''), coalesce(confidence, 0), coalesce(edge_status, ''),
	coalesce(reasoning, ''), created_at, coalesce(updated_at, created_at), coalesce(reversal_id, '')`

// linkList is the list of edges between invoices and transactions.
var linkList = source[record.Link]{
	table: "invoice_transactions l", alias: "l", where: `l.workspace_pk = $1 AND l.deleted_at IS NULL`, columns: linkColumns,
	id: column{expr: "l.invoice_transaction_id", typ: "text"},
	filters: map[string]column{
		"invoice":     {expr: "l.invoice_id", typ: "text"},
		"transaction": {expr: "l.transaction_id", typ: "text"},
		"edge_status": {expr: "l.edge_status", typ: "text"},
		"created_at":  {expr: "l.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{"created_at": {expr: "l.created_at", typ: "timestamptz"}},
	scan: func(row pgx.Row, before ...any) (record.Link, error) {
		var l record.Link
		err := row.Scan(append(before, &l.ID, &l.InvoiceID, &l.TransactionID, &l.Amount, &l.Currency, &l.IsPartial, &l.MatchMethod,
			&l.Confidence, &l.Status, &l.Reasoning, &l.CreatedAt, &l.UpdatedAt, &l.ReversalID)...)
		return l, err
	},
}

// ListLinks reads a page of edges.
func (db *DB) ListLinks(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.Link], error) {
	return listIn(ctx, db, workspaceID, linkList, q)
}

// ListLinksEach reads the first page of edges for each value of a filter.
func (db *DB) ListLinksEach(ctx context.Context, workspaceID, filter string, values []string, q ListQuery) ([]ListPage[record.Link], error) {
	return listEachIn(ctx, db, workspaceID, linkList, filter, values, q)
}

// Link reads one edge.
func (db *DB) Link(ctx context.Context, workspaceID, id string) (record.Link, error) {
	return oneIn(ctx, db, workspaceID, linkList, id, "invoice transaction")
}

// LinksOf lists the links of invoices and transactions, whatever their status.
func (db *DB) LinksOf(ctx context.Context, workspaceID string, invoiceIDs, transactionIDs []string) ([]record.Link, error) {
	var list []record.Link
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT `+linkColumns+` FROM invoice_transactions WHERE workspace_pk = $1 AND deleted_at IS NULL
			AND (invoice_id = ANY ($2) OR transaction_id = ANY ($3)) ORDER BY pk LIMIT 20000`, ws, invoiceIDs, transactionIDs)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[record.Link])
		return err
	})
	return list, err
}

// Unlinked tells why transactions have no link: the codes that the newest
// matching of each, or of its bank statement, gave. Those that no matching spoke
// of are left out.
func (db *DB) Unlinked(ctx context.Context, workspaceID string, statementIDs, transactionIDs []string) (map[string]string, error) {
	codes := map[string]string{}
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `
			SELECT DISTINCT ON (u.row ->> 'entity_id') u.row ->> 'entity_id', coalesce(u.row ->> 'code', '')
			FROM enrichment_tasks t, jsonb_path_query(t.output, '$.unmatched[*] ? (@.entity_type == "transaction")') AS u (row)
			WHERE t.workspace_pk = $1 AND t.deleted_at IS NULL AND t.enrichment_type = 'reconcile' AND u.row ->> 'entity_id' = ANY ($3)
				AND (t.entity_type = 'bank_statement' AND t.entity_id = ANY ($2) OR t.entity_type = 'transaction' AND t.entity_id = ANY ($3))
			ORDER BY u.row ->> 'entity_id', t.created_at DESC, t.pk DESC`, ws, statementIDs, transactionIDs)
		if err != nil {
			return err
		}
		var id, code string
		_, err = pgx.ForEachRow(rows, []any{&id, &code}, func() error { codes[id] = code; return nil })
		return err
	})
	return codes, err
}
