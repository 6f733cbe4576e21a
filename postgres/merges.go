package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

const mergeColumns = `reconciliation_link_id, coalesce(entity_type, ''), coalesce(source_id, ''), coalesce(target_id, ''), coalesce(action, ''),
	coalesce(status, ''), coalesce(confidence, 0), coalesce(reasoning, ''), created_at, coalesce(updated_at, created_at)`

// mergeList is the list of pairs of records of one thing.
var mergeList = source[record.Merge]{
	table: "reconciliation_links m", alias: "m", where: `m.workspace_pk = $1 AND m.deleted_at IS NULL`, columns: mergeColumns,
	id: column{expr: "m.reconciliation_link_id", typ: "text"},
	filters: map[string]column{
		"source_id":  {expr: "m.source_id", typ: "text"},
		"target_id":  {expr: "m.target_id", typ: "text"},
		"status":     {expr: "m.status", typ: "text"},
		"created_at": {expr: "m.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{"created_at": {expr: "m.created_at", typ: "timestamptz"}},
	scan: func(row pgx.Row, before ...any) (record.Merge, error) {
		var m record.Merge
		err := row.Scan(append(before, &m.ID, &m.EntityType, &m.SourceID, &m.TargetID, &m.Action, &m.Status, &m.Confidence, &m.Reasoning, &m.CreatedAt, &m.UpdatedAt)...)
		return m, err
	},
}

// ListMerges reads a page of merges.
func (db *DB) ListMerges(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.Merge], error) {
	return listIn(ctx, db, workspaceID, mergeList, q)
}

// Merge reads one merge.
func (db *DB) Merge(ctx context.Context, workspaceID, id string) (record.Merge, error) {
	return oneIn(ctx, db, workspaceID, mergeList, id, "merge")
}

// MergesOf lists the merges that a company is an end of, whatever their status.
func (db *DB) MergesOf(ctx context.Context, workspaceID, companyID string) ([]record.Merge, error) {
	var list []record.Merge
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT `+mergeColumns+` FROM reconciliation_links WHERE workspace_pk = $1 AND deleted_at IS NULL
			AND (source_id = $2 OR target_id = $2) ORDER BY pk LIMIT 200`, ws, companyID)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.Merge, error) { return mergeList.scan(row) })
		return err
	})
	return list, err
}

// CompaniesNear lists live companies that share something with a company which
// few share: a number, a domain, an address, or the beginning of a name.
func (db *DB) CompaniesNear(ctx context.Context, workspaceID string, c record.Company) ([]record.Company, error) {
	starts := []string{}
	for _, name := range c.Names() {
		if start := []rune(strings.ToLower(name)); len(start) >= 4 {
			starts = append(starts, likeEscape.Replace(string(start[:4]))+"%")
		}
	}
	return db.companiesWhere(ctx, workspaceID, `company_id <> $2 AND ($3 <> '' AND tax_id_value = $3 OR $4 <> '' AND domain = $4 OR $5 <> '' AND registration_number = $5
		OR $6 <> '' AND phone = $6 OR $7 <> '' AND lower(email) = lower($7) OR $8 <> '' AND postal_code = $8 AND street = $9 OR lower(name) LIKE ANY ($10)) ORDER BY pk LIMIT 100`,
		c.ID, c.TaxIDValue, c.Domain, c.RegistrationNumber, c.Phone, c.Email, c.PostalCode, c.Street, starts)
}

// likeEscape takes the meaning from the signs of LIKE.
var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// moved is what a merge took from its source, for the way back.
type moved struct {
	Issuer   []string `json:"issuer,omitempty"`   // ids of invoices
	Receiver []string `json:"receiver,omitempty"` // ids of invoices
	People   []string `json:"people,omitempty"`   // ids of who does what where
}

// checkMerge carries out what the status of a merge says: a confirmed one moves
// what names the source to the target and takes the source out of the lists; any
// other puts back what an earlier confirmation moved and nobody has moved since.
func checkMerge(ctx context.Context, tx pgx.Tx, ws, key int64) error {
	var m struct {
		source, target string
		status         record.MergeStatus
		moved          json.RawMessage
		merged         bool
	}
	err := tx.QueryRow(ctx, `SELECT coalesce(m.source_id, ''), coalesce(m.target_id, ''), coalesce(m.status, ''), m.moved,
			EXISTS (SELECT FROM companies c WHERE c.workspace_pk = $1 AND c.company_id = m.source_id AND c.merged_into = m.target_id)
		FROM reconciliation_links m WHERE m.workspace_pk = $1 AND m.pk = $2 AND m.entity_type = $3`, ws, key, record.EntityCompany).
		Scan(&m.source, &m.target, &m.status, &m.moved, &m.merged)
	switch {
	case err == pgx.ErrNoRows:
		return fmt.Errorf("a merge of no companies: %w", errUnwritable)
	case err != nil:
		return err
	case m.status == record.MergeConfirmed && !m.merged:
		return mergeCompanies(ctx, tx, ws, key, m.source, m.target)
	case m.status != record.MergeConfirmed && m.merged:
		var back moved
		if err := json.Unmarshal(m.moved, &back); err != nil {
			return err
		}
		return unmergeCompanies(ctx, tx, ws, m.source, m.target, back)
	}
	return nil
}

// mergeCompanies has the source give way. Both must stand and the source must not
// be the workspace's own company: else the proposal is out of date.
func mergeCompanies(ctx context.Context, tx pgx.Tx, ws, key int64, source, target string) error {
	rows, err := tx.Query(ctx, `SELECT company_id FROM companies WHERE workspace_pk = $1 AND company_id = ANY ($2) AND deleted_at IS NULL
		AND NOT (is_own_company AND company_id = $3) ORDER BY company_id FOR UPDATE`, ws, []string{source, target}, source)
	if err != nil {
		return err
	}
	if both, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(both) != 2 {
		if err == nil {
			err = fmt.Errorf("merge of %s into %s: %w", source, target, errMoved)
		}
		return err
	}
	var m moved
	for sql, into := range map[string]*[]string{
		`UPDATE invoices SET issuer_id = $3, updated_at = now() WHERE workspace_pk = $1 AND issuer_id = $2 RETURNING invoice_id`:                &m.Issuer,
		`UPDATE invoices SET receiver_id = $3, updated_at = now() WHERE workspace_pk = $1 AND receiver_id = $2 RETURNING invoice_id`:            &m.Receiver,
		`UPDATE company_people SET company_id = $3, updated_at = now() WHERE workspace_pk = $1 AND company_id = $2 RETURNING company_person_id`: &m.People,
	} {
		rows, err := tx.Query(ctx, sql, ws, source, target)
		if err != nil {
			return err
		}
		if *into, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	// What was merged into the source earlier is the target's now.
	for _, sql := range []string{
		`UPDATE companies SET merged_into = $3 WHERE workspace_pk = $1 AND merged_into = $2`,
		`UPDATE companies SET merged_into = $3, deleted_at = now(), updated_at = now() WHERE workspace_pk = $1 AND company_id = $2`,
	} {
		if _, err := tx.Exec(ctx, sql, ws, source, target); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE reconciliation_links SET moved = $3::json, updated_at = now() WHERE workspace_pk = $1 AND pk = $2`, ws, key, string(raw))
	return err
}

// unmergeCompanies puts the source back, with what was its own and is still at
// the target.
func unmergeCompanies(ctx context.Context, tx pgx.Tx, ws int64, source, target string, back moved) error {
	if _, err := tx.Exec(ctx, `UPDATE companies SET merged_into = NULL, deleted_at = NULL, updated_at = now() WHERE workspace_pk = $1 AND company_id = $2`, ws, source); err != nil {
		return err
	}
	for sql, ids := range map[string][]string{
		`UPDATE invoices SET issuer_id = $2, updated_at = now() WHERE workspace_pk = $1 AND issuer_id = $3 AND invoice_id = ANY ($4)`:                back.Issuer,
		`UPDATE invoices SET receiver_id = $2, updated_at = now() WHERE workspace_pk = $1 AND receiver_id = $3 AND invoice_id = ANY ($4)`:            back.Receiver,
		`UPDATE company_people SET company_id = $2, updated_at = now() WHERE workspace_pk = $1 AND company_id = $3 AND company_person_id = ANY ($4)`: back.People,
	} {
		if _, err := tx.Exec(ctx, sql, ws, source, target, ids); err != nil {
			return err
		}
	}
	return nil
}

// survivors leads writes that name a company which gave way to the one that took
// it in: what a document says of either is said of both.
func survivors(ctx context.Context, tx pgx.Tx, ws int64, writes []enrich.RecordWrite) error {
	named := namedCompanies(writes)
	if len(named) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT company_id, merged_into FROM companies WHERE workspace_pk = $1 AND company_id = ANY ($2) AND merged_into IS NOT NULL`, ws, named)
	if err != nil {
		return err
	}
	into := map[string]string{}
	var id, target string
	if _, err := pgx.ForEachRow(rows, []any{&id, &target}, func() error { into[id] = target; return nil }); err != nil || len(into) == 0 {
		return err
	}
	for i, w := range writes {
		if target, ok := into[w.EntityID]; ok && w.EntityType == record.EntityCompany {
			writes[i].EntityID = target
		}
		for j, f := range w.Fields {
			var id string
			if !namesCompany(w.EntityType, f.Name) || json.Unmarshal(f.Value, &id) != nil || into[id] == "" {
				continue
			}
			if writes[i].Fields[j].Value, err = json.Marshal(into[id]); err != nil {
				return err
			}
		}
	}
	return nil
}

func namedCompanies(writes []enrich.RecordWrite) []string {
	var named []string
	for _, w := range writes {
		if w.EntityType == record.EntityCompany {
			named = append(named, w.EntityID)
		}
		for _, f := range w.Fields {
			var id string
			if namesCompany(w.EntityType, f.Name) && json.Unmarshal(f.Value, &id) == nil {
				named = append(named, id)
			}
		}
	}
	return named
}

// namesCompany tells the fields that hold a company's id.
func namesCompany(entityType, field string) bool {
	switch entityType {
	case record.EntityInvoice:
		return field == "issuer_id" || field == "receiver_id"
	case record.EntityEmployment:
		return field == "company_id"
	}
	return false
}
