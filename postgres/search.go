package postgres

import (
	"context"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/record"
)

// Found is a record that a search found.
type Found struct {
	EntityType string // as in record.Entity…, or enrichment_task, enrichment_batch
	ID         string
	Name       string // empty where it has none
	Detail     string // what tells it from others of the name: a tax number, a day, an amount
}

// Sought is what a search asks for: see Seek.
type Sought struct {
	Words  string   // an id, a number, a domain, or how a name begins
	Amount string   // the same as a decimal without its sign; empty where it is none
	In     []string // currencies in which the amount is looked for
	Of     []string // types of records that are looked through, as in Found
}

// SoughtTypes are the types of records that can be looked through.
func SoughtTypes() []string {
	return []string{
		record.EntityCompany, record.EntityInvoice, record.EntityTransaction, record.EntityDocument, record.EntityPerson, FoundTask, FoundBatch,
	}
}

// Types of what is found besides records.
const (
	FoundTask  = "enrichment_task"
	FoundBatch = "enrichment_batch"
)

// SoughtMost is how long what is sought may be, in bytes.
const SoughtMost = 200

// moneyWords is an amount as people write one, with its currency behind it or none.
var moneyWords = regexp.MustCompile(`^-?([0-9]{1,15})(?:[.,]([0-9]{1,6}))?(?:\s*([A-Za-z]{3}))?$`)

// Seek reads what somebody wrote to look for, in records of these types.
func Seek(words string, of []string) Sought {
	s := Sought{Words: words, In: []string{"EUR", "USD", "GBP", "CHF"}, Of: of}
	if m := moneyWords.FindStringSubmatch(words); m != nil {
		s.Amount = m[1]
		if m[2] != "" {
			s.Amount += "." + m[2]
		}
		if m[3] != "" {
			s.In = []string{strings.ToUpper(m[3])}
		}
	}
	return s
}

// searchReads bounds the rows that a search reads of each kind by name.
const searchReads = 60

// searchIn are the statements that look through the records of a type. Each walks an
// index and stops after at most searchReads.
func searchIn(of string) []string {
	switch of {
	case record.EntityCompany:
		return []string{
			`SELECT 'company', company_id, coalesce(name, registered_name, trade_name, ''), coalesce(tax_id_value, '') FROM companies
			WHERE workspace_pk = $1 AND deleted_at IS NULL AND merged_into IS NULL AND (company_id = $2 OR tax_id_value = upper($2) OR domain = lower($2))`,
			`SELECT * FROM (SELECT 'company', company_id, name, coalesce(tax_id_value, '') FROM companies
			WHERE workspace_pk = $1 AND deleted_at IS NULL AND merged_into IS NULL AND lower(name) >= lower($2) ORDER BY lower(name) LIMIT $3) c (kind, id, name, detail) WHERE starts_with(lower(name), lower($2))`,
		}
	case record.EntityInvoice:
		return []string{`SELECT 'invoice', invoice_id, coalesce(invoice_number, ''), concat_ws(' ', issue_date, grand_total, local_currency) FROM invoices
			WHERE workspace_pk = $1 AND deleted_at IS NULL AND (invoice_id = $2 OR invoice_number = $2 OR local_currency = ANY($5::text[]) AND grand_total = nullif($4, '')::numeric)`}
	case record.EntityTransaction:
		return []string{
			`SELECT 'transaction', transaction_id, coalesce(counterparty_name, ''), concat_ws(' ', booking_date, amount, currency) FROM transactions
			WHERE workspace_pk = $1 AND deleted_at IS NULL AND (transaction_id = $2 OR counterparty_iban = replace(upper($2), ' ', '') OR currency = ANY($5::text[]) AND abs(amount) = nullif($4, '')::numeric)`,
			`SELECT * FROM (SELECT 'transaction', transaction_id, counterparty_name, concat_ws(' ', booking_date, amount, currency) FROM transactions
			WHERE workspace_pk = $1 AND deleted_at IS NULL AND lower(counterparty_name) >= lower($2) ORDER BY lower(counterparty_name) LIMIT $3) t (kind, id, name, detail) WHERE starts_with(lower(name), lower($2))`,
		}
	case record.EntityDocument:
		return []string{`SELECT 'document', document_id, coalesce(filename, ''), '' FROM documents WHERE workspace_pk = $1 AND deleted_at IS NULL AND document_id = $2`}
	case record.EntityPerson:
		return []string{`SELECT 'person', person_id, coalesce(full_name, email, ''), '' FROM people WHERE workspace_pk = $1 AND deleted_at IS NULL AND person_id = $2`}
	case FoundTask:
		return []string{`SELECT 'enrichment_task', enrichment_task_id::text, '', enrichment_type FROM enrichment_tasks WHERE workspace_pk = $1 AND deleted_at IS NULL AND enrichment_task_id = $2::uuid`}
	case FoundBatch:
		return []string{`SELECT 'enrichment_batch', batch_id::text, '', '' FROM enrichment_batches WHERE workspace_pk = $1 AND batch_id = $2::uuid`}
	}
	return nil
}

// Search finds records by id, number, amount, or the beginning of their names.
func (db *DB) Search(ctx context.Context, workspaceID string, s Sought, most int) ([]Found, error) {
	var parts []string
	for _, of := range s.Of {
		if (of == FoundTask || of == FoundBatch) && !IsUUID(s.Words) {
			continue
		}
		parts = append(parts, searchIn(of)...)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	var list []Found
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		// Every part takes the parameters that one of them needs.
		parts = append(parts, `SELECT '', '', '', '' WHERE false AND ($1::bigint, $2::text, $4::text, $5::text[]) IS NULL`)
		query := `SELECT DISTINCT * FROM ((` + strings.Join(parts, ` LIMIT $3) UNION ALL (`) + ` LIMIT $3)) f (kind, id, name, detail) ORDER BY kind, name, id LIMIT $6`
		list, err = selectRows[Found](ctx, tx, query, ws, s.Words, searchReads, s.Amount, s.In, most)
		return err
	})
	return list, err
}
