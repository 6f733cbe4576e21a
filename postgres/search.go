package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Found is a record that a search found.
type Found struct {
	EntityType string // as in record.Entity…, or enrichment_task, enrichment_batch
	ID         string
	Name       string // empty where it has none
	Detail     string // what tells it from others of the name: a tax number, a day, an amount
}

// Sought is what a search asks for.
type Sought struct {
	Words  string   // an id, a number, a domain, or how a name begins
	Amount string   // the same as a decimal without its sign; empty where it is none
	In     []string // currencies in which the amount is looked for
	People bool     // the asker may see people
}

// searchReads bounds the rows that a search reads of each kind by name.
const searchReads = 60

// Search finds records by id, number, amount, or the beginning of their names. Each
// part of it walks an index and stops after at most so many.
func (db *DB) Search(ctx context.Context, workspaceID string, s Sought, most int) ([]Found, error) {
	parts := []string{
		`SELECT 'company', company_id, coalesce(name, registered_name, trade_name, ''), coalesce(tax_id_value, '') FROM companies
			WHERE workspace_pk = $1 AND deleted_at IS NULL AND merged_into IS NULL AND (company_id = $2 OR tax_id_value = upper($2) OR domain = lower($2))`,
		`SELECT * FROM (SELECT 'company', company_id, name, coalesce(tax_id_value, '') FROM companies
			WHERE workspace_pk = $1 AND deleted_at IS NULL AND merged_into IS NULL AND lower(name) >= lower($2) ORDER BY lower(name) LIMIT $3) c (kind, id, name, detail) WHERE starts_with(lower(name), lower($2))`,
		`SELECT 'invoice', invoice_id, coalesce(invoice_number, ''), concat_ws(' ', issue_date, grand_total, local_currency) FROM invoices
			WHERE workspace_pk = $1 AND deleted_at IS NULL AND (invoice_id = $2 OR invoice_number = $2 OR local_currency = ANY($5::text[]) AND grand_total = nullif($4, '')::numeric)`,
		`SELECT 'transaction', transaction_id, coalesce(counterparty_name, ''), concat_ws(' ', booking_date, amount, currency) FROM transactions
			WHERE workspace_pk = $1 AND deleted_at IS NULL AND (transaction_id = $2 OR counterparty_iban = replace(upper($2), ' ', '') OR currency = ANY($5::text[]) AND abs(amount) = nullif($4, '')::numeric)`,
		`SELECT * FROM (SELECT 'transaction', transaction_id, counterparty_name, concat_ws(' ', booking_date, amount, currency) FROM transactions
			WHERE workspace_pk = $1 AND deleted_at IS NULL AND lower(counterparty_name) >= lower($2) ORDER BY lower(counterparty_name) LIMIT $3) t (kind, id, name, detail) WHERE starts_with(lower(name), lower($2))`,
		`SELECT 'document', document_id, coalesce(filename, ''), '' FROM documents WHERE workspace_pk = $1 AND deleted_at IS NULL AND document_id = $2`,
	}
	if s.People {
		parts = append(parts, `SELECT 'person', person_id, coalesce(full_name, email, ''), '' FROM people WHERE workspace_pk = $1 AND deleted_at IS NULL AND person_id = $2`)
	}
	if IsUUID(s.Words) {
		parts = append(
			parts, `SELECT 'enrichment_task', enrichment_task_id::text, '', enrichment_type FROM enrichment_tasks WHERE workspace_pk = $1 AND deleted_at IS NULL AND enrichment_task_id = $2::uuid`,
			`SELECT 'enrichment_batch', batch_id::text, '', '' FROM enrichment_batches WHERE workspace_pk = $1 AND batch_id = $2::uuid`,
		)
	}
	var list []Found
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		query := `SELECT DISTINCT * FROM ((` + strings.Join(parts, ` LIMIT $3) UNION ALL (`) + ` LIMIT $3)) f (kind, id, name, detail) ORDER BY kind, name, id LIMIT $6`
		list, err = selectRows[Found](ctx, tx, query, ws, s.Words, searchReads, s.Amount, s.In, most)
		return err
	})
	return list, err
}
