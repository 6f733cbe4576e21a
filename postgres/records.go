package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// recordTable says how the values of one entity type stand in its table.
type recordTable struct {
	table, id string
	columns   map[string]string // field → type of its column
	lists     map[string]listWriter
	// check looks at a record after its values were written: errMoved where they
	// cannot stand beside others any more.
	check func(ctx context.Context, tx pgx.Tx, ws, key int64) error
}

// listWriter replaces the rows that hang on a record.
type listWriter func(ctx context.Context, tx pgx.Tx, ws int64, recordKey int64, value json.RawMessage) error

// recordTables is the one list of what kinds and people may write. A field that
// is not in it is a programmer's mistake and fails the settle.
func recordTables() map[string]recordTable {
	return map[string]recordTable{
		record.EntityCompany: {table: "companies", id: "company_id", columns: map[string]string{
			"name": "text", "registered_name": "text", "trade_name": "text", "tax_id_value": "text",
			"tax_id_type": "text", "country": "text", "domain": "text", "website": "text", "description": "text", "email": "text",
			"phone": "text", "street": "text", "postal_code": "text", "city": "text", "registration_number": "text", "registration_court": "text",
			"lei": "text", "employee_count": "integer", "founded_year": "integer", "logo_url": "text", "logo_hash": "text",
		}},
		record.EntityPerson: {table: "people", id: "person_id", columns: map[string]string{
			"full_name": "text", "first_name": "text", "last_name": "text", "email": "text", "phone": "text",
		}},
		record.EntityEmployment: {table: "company_people", id: "company_person_id", columns: map[string]string{
			"company_id": "text", "person_id": "text", "relationship_type": "text", "job_title": "text",
		}},
		record.EntityMerge: {
			table: "reconciliation_links", id: "reconciliation_link_id", columns: map[string]string{
				"entity_type": "text", "source_id": "text", "target_id": "text", "action": "text", "status": "text", "confidence": "real", "reasoning": "text",
			},
			check: checkMerge,
		},
		record.EntityDocument: {table: "documents", id: "document_id", columns: map[string]string{"document_type": "text"}},
		record.EntityInvoice: {
			table: "invoices", id: "invoice_id", columns: map[string]string{
				"document_id": "text", "issuer_id": "text", "receiver_id": "text", "direction": "text", "invoice_number": "text",
				"document_type_code": "text", "issue_date": "date", "due_date": "date", "local_currency": "text",
				"items_total": "numeric", "tax_total": "numeric", "grand_total": "numeric", "balance_due": "numeric",
				"buyer_reference": "text", "order_reference": "text", "payment_reference": "text", "status": "text",
			},
			lists: map[string]listWriter{"invoice_items": writeInvoiceItems, "payment_means": writePaymentMeans},
			check: checkInvoice,
		},
		record.EntityLink: {
			table: "invoice_transactions", id: "invoice_transaction_id", columns: map[string]string{
				"invoice_id": "text", "transaction_id": "text", "amount": "numeric", "currency": "text", "is_partial": "boolean",
				"allocation_type": "text", "match_method": "text", "confidence": "real", "edge_status": "text", "reasoning": "text",
				"reversal_id": "text",
			},
			check: checkLink,
		},
		record.EntityCompanyProvider: {table: "company_providers", id: "company_provider_id", columns: map[string]string{
			"company_id": "text", "provider_id": "text", "match": "real", "priority": "integer", "mode": "text", "match_status": "text",
		}},
		record.EntityWaiver: {table: "close_waivers", id: "close_waiver_id", columns: map[string]string{
			"record_id": "text", "counterparty": "text", "check_name": "text", "entity_type": "text", "entity_id": "text", "fingerprint": "text", "state": "text",
		}},
	}
}

// errMoved says that the records moved on under an answer: it must be found anew.
var errMoved = errors.New("the records have changed meanwhile")

// recordRef names a record.
type recordRef struct{ entityType, id string }

// lockRecords makes the records of the writes where they do not stand yet, and
// holds them, and those that links lead to, until the transaction ends. It goes
// in one order, so that two settlements never wait in a circle. Writes to companies
// that gave way to others are led to those.
func lockRecords(ctx context.Context, tx pgx.Tx, ws int64, writes []enrich.RecordWrite) (map[recordRef]int64, error) {
	if err := survivors(ctx, tx, ws, writes); err != nil {
		return nil, err
	}
	wanted := map[recordRef]bool{} // true: made if it is not there
	for _, w := range writes {
		wanted[recordRef{w.EntityType, w.EntityID}] = true
		if w.EntityType == record.EntityLink {
			ends, err := endsOf(ctx, tx, ws, w)
			if err != nil {
				return nil, err
			}
			for _, end := range ends {
				if _, ok := wanted[end]; !ok {
					wanted[end] = false
				}
			}
		}
	}
	refs := slices.SortedFunc(maps.Keys(wanted), func(a, b recordRef) int {
		return cmp.Or(cmp.Compare(a.entityType, b.entityType), cmp.Compare(a.id, b.id))
	})
	keys := map[recordRef]int64{}
	for _, ref := range refs {
		if !wanted[ref] {
			if err := lockEnd(ctx, tx, ws, ref); err != nil {
				return nil, err
			}
			continue
		}
		t, ok := recordTables()[ref.entityType]
		if !ok {
			return nil, fmt.Errorf("no record of type %q: %w", ref.entityType, errUnwritable)
		}
		key, err := lockRecord(ctx, tx, ws, t, ref.id)
		if err != nil {
			return nil, err
		}
		keys[ref] = key
	}
	return keys, nil
}

// applyRecord brings values onto a record that lockRecords holds: the one write
// path. Each value is weighed against the one that stands, and kept with its
// evidence whatever becomes of it; the result says what did.
func applyRecord(ctx context.Context, tx pgx.Tx, ws, key int64, taskID string, w enrich.RecordWrite) ([]record.Decision, []newValue, error) {
	t := recordTables()[w.EntityType]
	standing, err := standingValues(ctx, tx, ws, w)
	if err != nil {
		return nil, nil, err
	}
	decisions := make([]record.Decision, len(w.Fields))
	var changes []newValue
	var writes fieldWrites // sent together: a round trip for each statement is most of what many records take
	for i, f := range w.Fields {
		if f.Withdraw {
			if err := writes.send(ctx, tx); err != nil {
				return nil, nil, err
			}
			if f, err = fallback(ctx, tx, ws, w, f, standing[f.Name]); err != nil {
				return nil, nil, err
			}
			if f.Withdraw {
				decisions[i] = record.KeptExisting
				continue
			}
			standing[f.Name] = &record.Standing{Version: standing[f.Name].Version, Origin: f.Origin}
		}
		null := len(f.Value) == 0 || string(f.Value) == "null"
		if null && f.Origin != enrich.ByPerson && !w.Fields[i].Withdraw {
			decisions[i] = record.KeptExisting // nothing found is no reason to forget
			continue
		}
		value, err := canonical(f.Value)
		if err != nil {
			return nil, nil, fmt.Errorf("value of %s: %w: %w", f.Name, errUnwritable, err)
		}
		decisions[i] = record.Decide(standing[f.Name], value, f.Origin)
		version, changed := nextVersion(standing[f.Name], value)
		if err := writes.keep(ws, taskID, w, f, value, decisions[i], version); err != nil {
			return nil, nil, err
		}
		if decisions[i] != record.Applied {
			continue
		}
		standing[f.Name] = &record.Standing{Value: value, Origin: f.Origin, Version: version}
		if changed {
			changes = append(changes, newValue{entityType: w.EntityType, entityID: w.EntityID, field: f.Name})
		}
		if err := writes.project(ctx, tx, ws, t, key, f); err != nil {
			return nil, nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	if err := writes.send(ctx, tx); err != nil {
		return nil, nil, err
	}
	if t.check != nil {
		return decisions, changes, t.check(ctx, tx, ws, key)
	}
	return decisions, changes, nil
}

// nextVersion counts the changes of a field: a value that stood already is none.
func nextVersion(standing *record.Standing, value string) (version int, changed bool) {
	switch {
	case standing == nil:
		return 1, true
	case standing.Value == value:
		return standing.Version, false
	}
	return standing.Version + 1, true
}

// fallback finds what takes the place of a value that its origin takes back: the
// value next in precedence that was ever written, or none at all. The write comes
// back as it was where that origin's value does not stand.
func fallback(ctx context.Context, tx pgx.Tx, ws int64, w enrich.RecordWrite, f enrich.FieldWrite, standing *record.Standing) (enrich.FieldWrite, error) {
	if standing == nil || standing.Origin != f.Origin {
		return f, nil
	}
	next := enrich.FieldWrite{Name: f.Name, Shown: f.Shown, Value: json.RawMessage("null"), Origin: f.Origin, Grade: f.Grade, Evidence: f.Evidence}
	err := tx.QueryRow(ctx, `SELECT value, origin, grade, confidence, evidence FROM field_values
		WHERE workspace_pk = $1 AND entity_type = $2 AND entity_id = $3 AND field = $4 AND origin <> $5 AND value <> 'null'
		ORDER BY precedence, pk DESC LIMIT 1`, ws, w.EntityType, w.EntityID, f.Name, f.Origin).Scan(&next.Value, &next.Origin, &next.Grade, &next.Confidence, &next.Evidence)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return next, err
}

// lockRecord finds the record's key, making the record first if need be, and
// holds it until the transaction ends.
func lockRecord(ctx context.Context, tx pgx.Tx, ws int64, t recordTable, id string) (int64, error) {
	_, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO %s (workspace_pk, %s) VALUES ($1, $2) ON CONFLICT (workspace_pk, %s) DO NOTHING`,
		t.table, t.id, t.id), ws, id)
	if err != nil {
		return 0, err
	}
	var key int64
	err = tx.QueryRow(ctx, fmt.Sprintf(`SELECT pk FROM %s WHERE workspace_pk = $1 AND %s = $2 FOR UPDATE`, t.table, t.id), ws, id).Scan(&key)
	return key, err
}

func standingValues(ctx context.Context, tx pgx.Tx, ws int64, w enrich.RecordWrite) (map[string]*record.Standing, error) {
	rows, err := tx.Query(ctx, `SELECT field, value, origin, version FROM field_values
		WHERE workspace_pk = $1 AND entity_type = $2 AND entity_id = $3 AND decision = 'applied' AND active_until IS NULL`,
		ws, w.EntityType, w.EntityID)
	if err != nil {
		return nil, err
	}
	standing := map[string]*record.Standing{}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var field string
		var raw json.RawMessage
		var s record.Standing
		if err := row.Scan(&field, &raw, &s.Origin, &s.Version); err != nil {
			return struct{}{}, err
		}
		value, err := canonical(raw) // jsonb orders members its own way
		s.Value = value
		standing[field] = &s
		return struct{}{}, err
	})
	return standing, err
}

// fieldWrites are statements that write fields of one record, in their order.
type fieldWrites struct {
	batch  pgx.Batch
	fields []string // of each statement
}

func (q *fieldWrites) queue(field, sql string, args ...any) {
	q.batch.Queue(sql, args...)
	q.fields = append(q.fields, field)
}

// send runs what is queued in one round trip.
func (q *fieldWrites) send(ctx context.Context, tx pgx.Tx) error {
	if len(q.fields) == 0 {
		return nil
	}
	results := tx.SendBatch(ctx, &q.batch)
	for _, field := range q.fields {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // it tells the same once more
			return fmt.Errorf("field %s: %w", field, err)
		}
	}
	err := results.Close()
	*q = fieldWrites{}
	return err
}

// keep appends a value to the history. An applied one ends the value that stood
// before it.
func (q *fieldWrites) keep(ws int64, taskID string, w enrich.RecordWrite, f enrich.FieldWrite, value string, decision record.Decision, version int) error {
	if decision == record.Applied {
		q.queue(f.Name, `UPDATE field_values SET active_until = now() WHERE workspace_pk = $1 AND entity_type = $2
			AND entity_id = $3 AND field = $4 AND decision = 'applied' AND active_until IS NULL`, ws, w.EntityType, w.EntityID, f.Name)
	}
	evidence, err := json.Marshal(f.Evidence)
	if err != nil {
		return err
	}
	q.queue(f.Name, `INSERT INTO field_values (workspace_pk, entity_type, entity_id, field, value, origin, precedence,
			grade, confidence, decision, task_id, evidence, version)
		VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10, nullif($11, '')::uuid, coalesce(nullif($12::jsonb, 'null'), '[]'), $13)`,
		ws, w.EntityType, w.EntityID, f.Name, value, f.Origin, f.Origin.Precedence(), f.Grade, f.Confidence, decision, taskID, string(evidence), version)
	return nil
}

// project writes a value that won into its column or its rows.
func (q *fieldWrites) project(ctx context.Context, tx pgx.Tx, ws int64, t recordTable, key int64, f enrich.FieldWrite) error {
	if f.Own {
		return nil // it stands among the values alone
	}
	if write, ok := t.lists[f.Name]; ok {
		if err := q.send(ctx, tx); err != nil {
			return err
		}
		return write(ctx, tx, ws, key, f.Value)
	}
	columnType, ok := t.columns[f.Name]
	if !ok {
		return fmt.Errorf("%s has no such field: %w", t.table, errUnwritable)
	}
	q.queue(f.Name, fmt.Sprintf(`UPDATE %s SET %s = ($3::jsonb #>> '{}')::%s, updated_at = now() WHERE workspace_pk = $1 AND pk = $2`,
		t.table, f.Name, columnType), ws, key, string(f.Value))
	return nil
}
