package postgres

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

const statementColumns = `bank_statement_id, filename, format, checksum, statements, warnings, entries_new, entries_known, created_at, mapping`

// ImportStatement stores a bank file and those of its entries that are new, and
// enqueues what follows from them, in one transaction: unserved are the companies
// that the new entries pay and that no document is from. The same file again
// (checksum) gives the import that stands, made false, and adds nothing.
func (db *DB) ImportStatement(ctx context.Context, workspaceID string, s record.BankStatement, entries []record.Transaction,
	follow func(s record.BankStatement, fresh []record.Transaction, unserved []string) ([]enrich.Request, error),
) (stored record.BankStatement, made bool, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		// An import of the same file, or of one that overlaps, is waited for.
		if _, err := tx.Exec(ctx, `SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $1, true)`, importWait); err != nil {
			return err
		}
		var key int64
		if key, stored, made, err = insertStatement(ctx, tx, ws, s); err != nil || !made {
			return err
		}
		fresh, err := insertTransactions(ctx, tx, ws, key, entries, keepStanding)
		if err != nil {
			return err
		}
		stored.EntriesNew, stored.EntriesKnown = len(fresh), len(entries)-len(fresh)
		if _, err := tx.Exec(ctx, `UPDATE bank_statements SET entries_new = $3, entries_known = $4 WHERE workspace_pk = $1 AND pk = $2`,
			ws, key, stored.EntriesNew, stored.EntriesKnown); err != nil {
			return err
		}
		if err := appendEvent(ctx, tx, ws, enrich.EventStatementImported, record.EntityStatement, stored.ID,
			map[string]any{"filename": s.Filename, "entries_new": stored.EntriesNew}); err != nil {
			return err
		}
		unserved, err := paidWithoutDocuments(ctx, tx, ws, fresh)
		if err != nil {
			return err
		}
		requests, err := follow(stored, fresh, unserved)
		if err != nil {
			return err
		}
		_, err = enqueue(ctx, tx, ws, requests)
		return err
	})
	if err == nil && made {
		db.announce()
	}
	return stored, made, err
}

// importWait bounds how long one statement of an import may take, a wait for
// another import included.
const importWait = "60s"

func insertStatement(ctx context.Context, tx pgx.Tx, ws int64, s record.BankStatement) (key int64, stored record.BankStatement, made bool, err error) {
	statements, err := json.Marshal(s.Statements)
	if err != nil {
		return 0, stored, false, err
	}
	warnings, err := json.Marshal(append([]record.ImportWarning{}, s.Warnings...))
	if err != nil {
		return 0, stored, false, err
	}
	tag, err := tx.Exec(ctx, `INSERT INTO bank_statements (workspace_pk, filename, format, checksum, statements, warnings, entries_new, entries_known, mapping)
		VALUES ($1, $2, $3, $4, $5::json, $6::json, 0, 0, $7::json) ON CONFLICT (workspace_pk, checksum) WHERE deleted_at IS NULL DO NOTHING`,
		ws, s.Filename, s.Format, s.Checksum, string(statements), string(warnings), nullJSON(s.Mapping))
	if err != nil {
		return 0, stored, false, err
	}
	err = tx.QueryRow(ctx, `SELECT pk FROM bank_statements WHERE workspace_pk = $1 AND checksum = $2 AND deleted_at IS NULL`, ws, s.Checksum).Scan(&key)
	if err != nil {
		return 0, stored, false, err
	}
	stored, err = oneStatement(ctx, tx, `pk = $2`, ws, key)
	return key, stored, tag.RowsAffected() == 1, err
}

func oneStatement(ctx context.Context, tx pgx.Tx, where string, args ...any) (record.BankStatement, error) {
	rows, err := tx.Query(ctx, `SELECT `+statementColumns+` FROM bank_statements WHERE workspace_pk = $1 AND deleted_at IS NULL AND `+where, args...)
	if err != nil {
		return record.BankStatement{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[record.BankStatement])
}

// StatementOf finds the import of the file with this checksum, if it stands.
func (db *DB) StatementOf(ctx context.Context, workspaceID, checksum string) (s record.BankStatement, stands bool, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		s, err = oneStatement(ctx, tx, `checksum = $2`, ws, checksum)
		return err
	})
	if err == pgx.ErrNoRows {
		return s, false, nil
	}
	return s, err == nil, err
}

// BankStatement reads one import.
func (db *DB) BankStatement(ctx context.Context, workspaceID, id string) (record.BankStatement, error) {
	var s record.BankStatement
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		s, err = oneStatement(ctx, tx, `bank_statement_id = $2`, ws, id)
		if err == pgx.ErrNoRows {
			return enrich.Errorf(enrich.CodeNotFound, "There is no bank statement with this id.")
		}
		return err
	})
	return s, err
}

// statementList is the list of imports.
var statementList = source[record.BankStatement]{
	table: "bank_statements b", alias: "b", where: `b.workspace_pk = $1 AND b.deleted_at IS NULL`, columns: statementColumns,
	id: column{expr: "b.bank_statement_id", typ: "text"},
	filters: map[string]column{
		"format":     {expr: "b.format", typ: "text"},
		"checksum":   {expr: "b.checksum", typ: "text"},
		"created_at": {expr: "b.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{"created_at": {expr: "b.created_at", typ: "timestamptz"}},
	scan: func(row pgx.Row, before ...any) (record.BankStatement, error) {
		var s record.BankStatement
		err := row.Scan(append(before, &s.ID, &s.Filename, &s.Format, &s.Checksum, &s.Statements, &s.Warnings, &s.EntriesNew, &s.EntriesKnown, &s.CreatedAt, &s.Mapping)...)
		return s, err
	},
}

// ListStatements reads a page of imports.
func (db *DB) ListStatements(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.BankStatement], error) {
	return listIn(ctx, db, workspaceID, statementList, q)
}

// importChunk is how many entries one statement inserts.
const importChunk = 5000

// insertTransactions stores the entries that do not stand yet, or by writeAnew those
// of the same import too, and returns what it wrote in their order.
func insertTransactions(ctx context.Context, tx pgx.Tx, ws, statement int64, entries []record.Transaction, onConflict string) ([]record.Transaction, error) {
	made := map[string]bool{}
	// In the order of their ids, so that two imports never wait in a circle.
	sorted := slices.SortedFunc(slices.Values(entries), func(a, b record.Transaction) int { return strings.Compare(a.ID, b.ID) })
	sorted = slices.CompactFunc(sorted, func(a, b record.Transaction) bool { return a.ID == b.ID })
	for chunk := range slices.Chunk(sorted, importChunk) {
		raw, err := json.Marshal(chunk)
		if err != nil {
			return nil, err
		}
		rows, err := tx.Query(ctx, insertTransactionsSQL+onConflict, ws, statement, string(raw))
		if err != nil {
			return nil, err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			made[id] = true
		}
	}
	var fresh []record.Transaction
	for _, e := range entries {
		if made[e.ID] {
			fresh = append(fresh, e)
			delete(made, e.ID) // a file may bring one entry twice
		}
	}
	return fresh, nil
}

const insertTransactionsSQL = `
	INSERT INTO transactions (workspace_pk, bank_statement_pk, transaction_id, transaction_external_id, account, type, status, amount, currency,
		instructed_amount, instructed_currency, booking_date, value_date, counterparty_name, counterparty_iban, counterparty_bic, remittance,
		structured_reference, reference_type, end_to_end_id, document_references, is_reversal, details, source_ref)
	SELECT $1, $2, t."ID", nullif(t."ExternalID", ''), nullif(t."Account", ''), nullif(t."Type", ''), t."Status", nullif(t."Amount", '')::numeric,
		nullif(t."Currency", ''), nullif(t."InstructedAmount", '')::numeric, nullif(t."InstructedCurrency", ''), nullif(t."BookingDate", '')::date,
		nullif(t."ValueDate", '')::date, nullif(t."CounterpartyName", ''), nullif(t."CounterpartyIBAN", ''), nullif(t."CounterpartyBIC", ''),
		coalesce(t."Remittance", '{}'), nullif(t."StructuredReference", ''), nullif(t."ReferenceType", ''), nullif(t."EndToEndID", ''),
		coalesce(t."DocumentReferences", '{}'), t."IsReversal", t."Details", nullif(t."SourceRef", '')
	FROM json_to_recordset($3::json) AS t ("ID" text, "ExternalID" text, "Account" text, "Type" text, "Status" text, "Amount" text, "Currency" text,
		"InstructedAmount" text, "InstructedCurrency" text, "BookingDate" text, "ValueDate" text, "CounterpartyName" text, "CounterpartyIBAN" text,
		"CounterpartyBIC" text, "Remittance" text[], "StructuredReference" text, "ReferenceType" text, "EndToEndID" text,
		"DocumentReferences" text[], "IsReversal" boolean, "Details" json, "SourceRef" text)
	ON CONFLICT (workspace_pk, transaction_id) DO `

const (
	keepStanding = `NOTHING RETURNING transaction_id`
	// writeAnew replaces what the same import said before, and brings back what it left out.
	writeAnew = `UPDATE SET (transaction_external_id, account, type, status, amount, currency, instructed_amount, instructed_currency, booking_date, value_date,
			counterparty_name, counterparty_iban, counterparty_bic, remittance, structured_reference, reference_type, end_to_end_id, document_references,
			is_reversal, details, source_ref, deleted_at, updated_at) = (excluded.transaction_external_id, excluded.account, excluded.type, excluded.status, excluded.amount,
			excluded.currency, excluded.instructed_amount, excluded.instructed_currency, excluded.booking_date, excluded.value_date, excluded.counterparty_name,
			excluded.counterparty_iban, excluded.counterparty_bic, excluded.remittance, excluded.structured_reference, excluded.reference_type, excluded.end_to_end_id,
			excluded.document_references, excluded.is_reversal, excluded.details, excluded.source_ref, NULL, now())
		WHERE transactions.bank_statement_pk = excluded.bank_statement_pk RETURNING transaction_id`
)

const transactionColumns = `t.transaction_id, coalesce(s.bank_statement_id, ''), coalesce(t.transaction_external_id, ''), coalesce(t.account, ''),
	coalesce(t.type, ''), t.status, coalesce(t.amount::text, ''), coalesce(t.currency, ''), coalesce(t.instructed_amount::text, ''),
	coalesce(t.instructed_currency, ''), coalesce(t.booking_date::text, ''), coalesce(t.value_date::text, ''), coalesce(t.counterparty_name, ''),
	coalesce(t.counterparty_iban, ''), coalesce(t.counterparty_bic, ''), t.remittance, coalesce(t.structured_reference, ''),
	coalesce(t.reference_type, ''), coalesce(t.end_to_end_id, ''), t.document_references, t.is_reversal, t.details, coalesce(t.source_ref, ''), t.created_at`

const transactionFrom = ` FROM transactions t` + transactionJoins

const transactionJoins = ` LEFT JOIN bank_statements s ON s.pk = t.bank_statement_pk AND s.workspace_pk = t.workspace_pk `

// transactionList is the list of bank entries.
var transactionList = source[record.Transaction]{
	table: "transactions t", alias: "t", where: `t.workspace_pk = $1 AND t.deleted_at IS NULL`, joins: transactionJoins, columns: transactionColumns,
	id: column{expr: "t.transaction_id", typ: "text"},
	filters: map[string]column{
		"account":           {expr: "t.account", typ: "text"},
		"status":            {expr: "t.status", typ: "text"},
		"currency":          {expr: "t.currency", typ: "text"},
		"amount":            {expr: "t.amount", typ: "numeric"},
		"booking_date":      {expr: "t.booking_date", typ: "date"},
		"counterparty_iban": {expr: "t.counterparty_iban", typ: "text"},
		"end_to_end_id":     {expr: "t.end_to_end_id", typ: "text"},
		"bank_statement": {expr: "t.bank_statement_pk", typ: "text", match: `t.bank_statement_pk IN (
			SELECT pk FROM bank_statements WHERE workspace_pk = $1 AND bank_statement_id = %s)`},
		"created_at": {expr: "t.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{
		"created_at":   {expr: "t.created_at", typ: "timestamptz"},
		"booking_date": {expr: "coalesce(t.booking_date, '0001-01-01')", typ: "date"},
	},
	scan: func(row pgx.Row, before ...any) (record.Transaction, error) {
		var t record.Transaction
		err := row.Scan(append(before, transactionInto(&t)...)...)
		return t, err
	},
}

// transactionInto is where a row of transactionColumns goes.
func transactionInto(t *record.Transaction) []any {
	return []any{
		&t.ID, &t.StatementID, &t.ExternalID, &t.Account, &t.Type, &t.Status, &t.Amount, &t.Currency, &t.InstructedAmount, &t.InstructedCurrency,
		&t.BookingDate, &t.ValueDate, &t.CounterpartyName, &t.CounterpartyIBAN, &t.CounterpartyBIC, &t.Remittance, &t.StructuredReference,
		&t.ReferenceType, &t.EndToEndID, &t.DocumentReferences, &t.IsReversal, &t.Details, &t.SourceRef, &t.CreatedAt,
	}
}

// ListTransactions reads a page of bank entries.
func (db *DB) ListTransactions(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.Transaction], error) {
	return listIn(ctx, db, workspaceID, transactionList, q)
}

// ListTransactionsEach reads the first page of entries for each value of a filter.
func (db *DB) ListTransactionsEach(ctx context.Context, workspaceID, filter string, values []string, q ListQuery) ([]ListPage[record.Transaction], error) {
	return listEachIn(ctx, db, workspaceID, transactionList, filter, values, q)
}

// Transaction reads one entry of a bank account.
func (db *DB) Transaction(ctx context.Context, workspaceID, id string) (record.Transaction, error) {
	list, err := db.transactionsWhere(ctx, workspaceID, `t.transaction_id = $2`, id)
	if err != nil {
		return record.Transaction{}, err
	}
	if len(list) == 0 {
		return record.Transaction{}, enrich.Errorf(enrich.CodeNotFound, "There is no transaction with this id.")
	}
	return list[0], nil
}

// Transactions lists the latest entries of a workspace's accounts, at most n.
func (db *DB) Transactions(ctx context.Context, workspaceID string, n int) ([]record.Transaction, error) {
	return db.transactionsWhere(ctx, workspaceID, `true ORDER BY t.booking_date DESC, t.pk DESC LIMIT $2`, n)
}

func (db *DB) transactionsWhere(ctx context.Context, workspaceID, where string, args ...any) ([]record.Transaction, error) {
	var list []record.Transaction
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT `+transactionColumns+transactionFrom+`WHERE t.workspace_pk = $1 AND t.deleted_at IS NULL AND `+where,
			append([]any{ws}, args...)...)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[record.Transaction])
		return err
	})
	return list, err
}
