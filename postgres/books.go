package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/record"
)

// maxOpenRows bounds how many invoices, and how many transactions, one reading
// brings: those nearest to the middle of the period.
const maxOpenRows = 5000

// noLinks says that every link counts.
var noLinks = []int64{}

// Books reads open rows by their ids.
func (db *DB) Books(ctx context.Context, workspaceID string, invoiceIDs, transactionIDs []string) (record.Books, error) {
	return db.books(ctx, workspaceID, func(tx pgx.Tx, ws int64, books *record.Books) (err error) {
		if books.Invoices, err = openInvoices(ctx, tx, `i.invoice_id = ANY ($3) ORDER BY i.pk`, ws, noLinks, invoiceIDs); err != nil {
			return err
		}
		books.Transactions, err = openTransactions(ctx, tx, `t.transaction_id = ANY ($3) ORDER BY t.pk`, ws, noLinks, transactionIDs)
		return err
	})
}

// invoicesNear are open invoices within the days and one of the amounts, or that
// one of the words or forms may name.
const invoicesNear = `coalesce(i.issue_date, i.created_at::date) <= $4::date AND coalesce(greatest(i.issue_date, i.due_date), i.created_at::date) >= $3::date
	AND (i.open <@ $5::nummultirange OR EXISTS (SELECT FROM unnest(i.forms || c.words) w WHERE w = ANY ($6::text[])))
	ORDER BY abs(coalesce(i.issue_date, i.created_at::date) - ($3::date + ($4::date - $3::date) / 2)), i.pk LIMIT $7`

// transactionsNear are entries likewise.
const transactionsNear = `coalesce(t.booking_date, t.value_date) BETWEEN $3::date AND $4::date
	AND (abs(t.amount) - coalesce(used.amount, 0) <@ $5::nummultirange OR abs(t.instructed_amount) <@ $5::nummultirange OR EXISTS (SELECT FROM unnest(t.words) w WHERE w = ANY ($6::text[])))
	ORDER BY abs(coalesce(t.booking_date, t.value_date) - ($3::date + ($4::date - $3::date) / 2)), t.pk LIMIT $7`

// InvoicesNear reads the open invoices within reach.
func (db *DB) InvoicesNear(ctx context.Context, workspaceID string, r record.Reach) (list []record.OpenInvoice, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		list, err = openInvoices(ctx, tx, invoicesNear, ws, noLinks, r.From, r.To, r.Amounts, r.Words, maxOpenRows)
		return err
	})
	return list, err
}

// TransactionsNear reads the open entries within reach.
func (db *DB) TransactionsNear(ctx context.Context, workspaceID string, r record.Reach) (list []record.OpenTransaction, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		list, err = openTransactions(ctx, tx, transactionsNear, ws, noLinks, r.From, r.To, r.Amounts, r.Words, maxOpenRows)
		return err
	})
	return list, err
}

// History reads all open rows of a period, both days included (YYYY-MM-DD), at
// most n of each. Links that the rules made in subtasks of the run count as if they
// were not there, so that each part of a run finds the books as the first one did.
func (db *DB) History(ctx context.Context, workspaceID, runID, from, to string, n int) (record.Books, error) {
	return db.books(ctx, workspaceID, func(tx pgx.Tx, ws int64, books *record.Books) (err error) {
		mine, err := runLinks(ctx, tx, ws, runID)
		if err != nil {
			return err
		}
		if books.Invoices, err = openInvoices(ctx, tx, `coalesce(i.issue_date, i.created_at::date) BETWEEN $3::date AND $4::date
			ORDER BY coalesce(i.issue_date, i.created_at::date), i.invoice_id LIMIT $5`, ws, mine, from, to, n); err != nil {
			return err
		}
		if books.Transactions, err = openTransactions(ctx, tx, `coalesce(t.booking_date, t.value_date) BETWEEN $3::date AND $4::date
			ORDER BY coalesce(t.booking_date, t.value_date), t.transaction_id LIMIT $5`, ws, mine, from, to, n); err != nil {
			return err
		}
		if books.Returned, err = returned(ctx, tx, ws, record.MayReturn(books.Transactions), record.ReversalDays); err != nil {
			return err
		}
		books.Locked, err = lockedMonths(ctx, tx, ws)
		return err
	})
}

// books opens a workspace's books and fills them.
func (db *DB) books(ctx context.Context, workspaceID string, fill func(pgx.Tx, int64, *record.Books) error) (record.Books, error) {
	var books record.Books
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error { return fill(tx, ws, &books) })
	return books, err
}

// lockedMonths are the months with a standing sign-off.
func lockedMonths(ctx context.Context, tx pgx.Tx, ws int64) (months []string, err error) {
	rows, err := tx.Query(ctx, `SELECT record_id FROM close_sign_offs WHERE workspace_pk = $1 AND state = 'standing' ORDER BY record_id`, ws)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
