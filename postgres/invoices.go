package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// writeInvoiceItems replaces the lines of an invoice.
func writeInvoiceItems(ctx context.Context, tx pgx.Tx, ws, invoice int64, value json.RawMessage) error {
	if _, err := tx.Exec(ctx, `DELETE FROM invoice_items WHERE workspace_pk = $1 AND invoice_pk = $2`, ws, invoice); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO invoice_items (workspace_pk, invoice_pk, position, line_id, name, description,
			quantity, unit_price, line_total, tax_rate, period_start, period_end)
		SELECT $1, $2, ord, i.line_id, i.name, i.description, nullif(i.quantity, '')::numeric, nullif(i.unit_price, '')::numeric,
			nullif(i.line_total, '')::numeric, nullif(i.tax_rate, '')::numeric, nullif(i.period_start, '')::date, nullif(i.period_end, '')::date
		FROM ROWS FROM (jsonb_to_recordset($3::jsonb) AS (line_id text, name text, description text, quantity text, unit_price text,
			line_total text, tax_rate text, period_start text, period_end text)) WITH ORDINALITY
			AS i (line_id, name, description, quantity, unit_price, line_total, tax_rate, period_start, period_end, ord)`,
		ws, invoice, string(value))
	return err
}

// writePaymentMeans replaces the accounts that an invoice wants its money on.
func writePaymentMeans(ctx context.Context, tx pgx.Tx, ws, invoice int64, value json.RawMessage) error {
	if _, err := tx.Exec(ctx, `DELETE FROM invoice_payment_means WHERE workspace_pk = $1 AND invoice_pk = $2`, ws, invoice); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO invoice_payment_means (workspace_pk, invoice_pk, position, scheme, iban, bic)
		SELECT $1, $2, ord, m.scheme, m.iban, m.bic
		FROM ROWS FROM (jsonb_to_recordset($3::jsonb) AS (scheme text, iban text, bic text)) WITH ORDINALITY
			AS m (scheme, iban, bic, ord)`, ws, invoice, string(value))
	return err
}

const invoiceColumns = `i.invoice_id, coalesce(i.document_id, ''), coalesce(i.invoice_number, ''), coalesce(i.document_type_code, ''),
	coalesce(i.issue_date::text, ''), coalesce(i.due_date::text, ''), coalesce(i.local_currency, ''), coalesce(i.items_total::text, ''),
	coalesce(i.tax_total::text, ''), coalesce(i.grand_total::text, ''), coalesce(i.balance_due::text, ''), coalesce(i.direction, ''),
	coalesce(i.issuer_id, ''), coalesce(s.name, ''), coalesce(i.receiver_id, ''), coalesce(b.name, ''), i.status,
	i.payment_status, i.paid_total::text, i.created_at`

const invoiceFrom = ` FROM invoices i` + invoiceJoins

const invoiceJoins = `
	LEFT JOIN companies s ON s.workspace_pk = i.workspace_pk AND s.company_id = i.issuer_id
	LEFT JOIN companies b ON b.workspace_pk = i.workspace_pk AND b.company_id = i.receiver_id `

func scanInvoice(row pgx.Row, before ...any) (record.Invoice, error) {
	var v record.Invoice
	err := row.Scan(append(before, &v.ID, &v.DocumentID, &v.Number, &v.DocumentTypeCode, &v.IssueDate, &v.DueDate, &v.LocalCurrency, &v.ItemsTotal,
		&v.TaxTotal, &v.GrandTotal, &v.BalanceDue, &v.Direction, &v.IssuerID, &v.IssuerName, &v.ReceiverID, &v.ReceiverName, &v.Status,
		&v.PaymentStatus, &v.PaidTotal, &v.CreatedAt)...)
	return v, err
}

// invoiceList is the list of live invoices, without their lines.
var invoiceList = source[record.Invoice]{
	table: "invoices i", alias: "i", where: `i.workspace_pk = $1 AND i.deleted_at IS NULL`, joins: invoiceJoins, columns: invoiceColumns,
	id: column{expr: "i.invoice_id", typ: "text"},
	filters: map[string]column{
		"invoice_number": {expr: "i.invoice_number", typ: "text"},
		"status":         {expr: "i.status", typ: "text"},
		"direction":      {expr: "i.direction", typ: "text"},
		"payment_status": {expr: "i.payment_status", typ: "text"},
		"local_currency": {expr: "i.local_currency", typ: "text"},
		"grand_total":    {expr: "i.grand_total", typ: "numeric"},
		"document":       {expr: "i.document_id", typ: "text"},
		"issuer":         {expr: "i.issuer_id", typ: "text"},
		"receiver":       {expr: "i.receiver_id", typ: "text"},
		"issue_date":     {expr: "i.issue_date", typ: "date"},
		"due_date":       {expr: "i.due_date", typ: "date"},
		"created_at":     {expr: "i.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{
		"created_at": {expr: "i.created_at", typ: "timestamptz"},
		"issue_date": {expr: "coalesce(i.issue_date, '-infinity')", typ: "date"},
		"due_date":   {expr: "coalesce(i.due_date, '-infinity')", typ: "date"},
	},
	scan: scanInvoice,
}

// ListInvoices reads a page of live invoices, without their lines.
func (db *DB) ListInvoices(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.Invoice], error) {
	return listIn(ctx, db, workspaceID, invoiceList, q)
}

// ListInvoicesEach reads the first page of the invoices of each value of a filter.
func (db *DB) ListInvoicesEach(ctx context.Context, workspaceID, filter string, values []string, q ListQuery) ([]ListPage[record.Invoice], error) {
	return listEachIn(ctx, db, workspaceID, invoiceList, filter, values, q)
}

// Invoices lists the newest invoices of a workspace, at most n, without their lines.
func (db *DB) Invoices(ctx context.Context, workspaceID string, n int) ([]record.Invoice, error) {
	return db.invoicesWhere(ctx, workspaceID, `i.deleted_at IS NULL ORDER BY i.created_at DESC, i.pk DESC LIMIT $2`, n)
}

// InvoicesByNumber finds live invoices with exactly this number.
func (db *DB) InvoicesByNumber(ctx context.Context, workspaceID, number string) ([]record.Invoice, error) {
	return db.invoicesWhere(ctx, workspaceID, `i.deleted_at IS NULL AND i.invoice_number = $2 ORDER BY i.pk LIMIT 50`, number)
}

// InvoicesByDocument finds the live invoices that were read from a document.
func (db *DB) InvoicesByDocument(ctx context.Context, workspaceID, documentID string) ([]record.Invoice, error) {
	return db.invoicesWhere(ctx, workspaceID, `i.deleted_at IS NULL AND i.document_id = $2 ORDER BY i.pk LIMIT 50`, documentID)
}

func (db *DB) invoicesWhere(ctx context.Context, workspaceID, where string, arg any) ([]record.Invoice, error) {
	var list []record.Invoice
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT `+invoiceColumns+invoiceFrom+`WHERE i.workspace_pk = $1 AND `+where, ws, arg)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.Invoice, error) { return scanInvoice(row) })
		return err
	})
	return list, err
}

// Invoice reads one live invoice with its lines.
func (db *DB) Invoice(ctx context.Context, workspaceID, id string) (record.Invoice, error) {
	var invoice record.Invoice
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		var err error
		invoice, err = scanInvoice(tx.QueryRow(ctx, `SELECT `+invoiceColumns+invoiceFrom+`WHERE i.workspace_pk = $1 AND i.invoice_id = $2 AND i.deleted_at IS NULL`, ws, id))
		if err == pgx.ErrNoRows {
			return enrich.Errorf(enrich.CodeNotFound, "There is no invoice with this id.")
		} else if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT coalesce(line_id, ''), coalesce(t.name, ''), coalesce(t.description, ''), coalesce(quantity::text, ''),
				coalesce(unit_price::text, ''), coalesce(line_total::text, ''), coalesce(tax_rate::text, ''),
				coalesce(period_start::text, ''), coalesce(period_end::text, '')
			FROM invoice_items t JOIN invoices i ON i.pk = t.invoice_pk
			WHERE t.workspace_pk = $1 AND i.workspace_pk = $1 AND i.invoice_id = $2 ORDER BY position`, ws, id)
		if err != nil {
			return err
		}
		invoice.Items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[record.InvoiceItem])
		return err
	})
	return invoice, err
}

// AccountsOf lists the IBANs on live invoices of an issuer, other than those
// read from the given document.
func (db *DB) AccountsOf(ctx context.Context, workspaceID, issuerID, exceptDocument string) ([]string, error) {
	var ibans []string
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT DISTINCT m.iban FROM invoice_payment_means m JOIN invoices i ON i.pk = m.invoice_pk
			WHERE m.workspace_pk = $1 AND i.workspace_pk = $1 AND i.issuer_id = $2 AND i.document_id IS DISTINCT FROM $3
				AND i.deleted_at IS NULL AND m.iban <> '' ORDER BY 1`, ws, issuerID, exceptDocument)
		if err != nil {
			return err
		}
		ibans, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return ibans, err
}

// ReadingsSince lists the tasks of ai_invoice that target one of the invoices and were
// made since then, the oldest first.
func (db *DB) ReadingsSince(ctx context.Context, workspaceID string, invoiceIDs []string, since time.Time) ([]enrich.Child, error) {
	var list []enrich.Child
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT enrichment_task_id::text, enrichment_type, entity_type, entity_id, status::text, input, output, coalesce(error, '')
			FROM enrichment_tasks WHERE workspace_pk = $1 AND entity_type = 'invoice' AND entity_id = ANY ($2) AND enrichment_type = 'ai_invoice'
				AND deleted_at IS NULL AND created_at >= $3 ORDER BY pk`, ws, invoiceIDs, since)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[enrich.Child])
		return err
	})
	return list, err
}
