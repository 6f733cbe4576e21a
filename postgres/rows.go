package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// rootTable is where the records of a root stand, and by which column a related
// record is found.
type rootTable struct {
	table, id string
	related   map[string]string // name → column with its id
}

func rootTables() map[string]rootTable {
	return map[string]rootTable{
		"invoices":     {"invoices", "invoice_id", map[string]string{"issuer": "issuer_id", "receiver": "receiver_id"}},
		"companies":    {"companies", "company_id", nil},
		"transactions": {"transactions", "transaction_id", nil},
		"documents":    {"documents", "document_id", nil},
	}
}

// Rows reads fields of records as expressions see them, in the order of the ids.
// Records that are not there are left out; without ids the newest n are read.
func (db *DB) Rows(ctx context.Context, workspaceID, root string, ids, fields []string, n int) (record.Rows, error) {
	var rows record.Rows
	q, err := newRowQuery(root, fields)
	if err != nil {
		return rows, err
	}
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		rows, err = q.read(ctx, tx, ws, ids, n)
		return err
	})
	return rows, err
}

// rowQuery is the statement that reads some fields of a root's records.
type rowQuery struct {
	root    record.Root
	columns []rowColumn
	owners  []string            // "" for the record itself, names of related records
	own     map[string][]string // by owner: the fields whose versions are read
}

// rowColumn is a field that stands in a column of its table.
type rowColumn struct{ path, expr string }

func newRowQuery(root string, paths []string) (*rowQuery, error) {
	r, ok := record.RootNamed(root)
	if !ok {
		return nil, fmt.Errorf("there is no root %q", root)
	}
	q := &rowQuery{root: r, own: map[string][]string{"": nil}}
	for _, path := range paths {
		related, field := record.SplitField(path)
		target := r
		if related != "" {
			if target, ok = record.RootNamed(r.Related[related]); !ok {
				return nil, fmt.Errorf("%s has nothing related named %q", root, related)
			}
		}
		q.own[related] = append(q.own[related], field)
		if _, builtIn := target.Fields[field]; builtIn {
			q.columns = append(q.columns, rowColumn{path, fmt.Sprintf("%s.%s::text", alias(related), field)})
		}
	}
	q.owners = slices.Sorted(maps.Keys(q.own))
	return q, nil
}

func alias(related string) string {
	if related == "" {
		return "r"
	}
	return "r_" + related
}

// sql is the statement for as many ids, or for all rows where it is none: $1
// workspace, $2 ids or null, $3 most rows, then the fields of each owner whose
// values are looked up.
//
// One id is compared by =: a plan for any id is as good as one for just this then,
// so the database keeps it, and does not plan anew for each task (which took twice
// as long as to read the row).
func (q *rowQuery) sql(ids int) string {
	t := rootTables()[q.root.Name]
	var joins, columns strings.Builder
	fmt.Fprintf(&columns, "(SELECT revision FROM definition_revisions WHERE workspace_pk = $1), r.%s", t.id)
	for i, owner := range q.owners {
		a, entity, id := alias(owner), q.root.EntityType, "r."+t.id
		if owner != "" {
			target, _ := record.RootNamed(q.root.Related[owner])
			to := rootTables()[target.Name]
			entity, id = target.EntityType, "r."+t.related[owner]
			fmt.Fprintf(&joins, " LEFT JOIN %s %s ON %s.workspace_pk = $1 AND %s.%s = %s AND %s.deleted_at IS NULL", to.table, a, a, a, to.id, id, a)
		}
		fmt.Fprintf(&columns, `, coalesce(%s, ''), (SELECT json_agg(json_build_array(v.field, v.version, v.origin, v.value, v.evidence -> 0 -> 'ref' ->> 'inputs'))
			FROM field_values v WHERE v.workspace_pk = $1 AND v.entity_type = '%s' AND v.entity_id = %s AND v.field = ANY ($%d::text[])
				AND v.decision = 'applied' AND v.active_until IS NULL)`, id, entity, id, 4+i)
	}
	for _, c := range q.columns {
		columns.WriteString(", " + c.expr)
	}
	which := "$2::text[] IS NULL"
	switch {
	case ids == 1:
		which = fmt.Sprintf("r.%s = ($2::text[])[1]", t.id)
	case ids > 1:
		which = fmt.Sprintf("r.%s = ANY ($2::text[])", t.id)
	}
	return fmt.Sprintf(`SELECT %s FROM %s r%s WHERE r.workspace_pk = $1 AND r.deleted_at IS NULL AND %s ORDER BY r.pk DESC LIMIT $3`,
		columns.String(), t.table, joins.String(), which)
}

func (q *rowQuery) read(ctx context.Context, tx pgx.Tx, ws int64, ids []string, n int) (record.Rows, error) {
	args := []any{ws, ids, n}
	for _, owner := range q.owners {
		args = append(args, q.own[owner])
	}
	found, err := tx.Query(ctx, q.sql(len(ids)), args...)
	if err != nil {
		return record.Rows{}, err
	}
	var rows record.Rows
	rows.Rows, err = pgx.CollectRows(found, func(row pgx.CollectableRow) (record.Row, error) { return q.scan(row, &rows.Revision) })
	return rows, err
}

// standingCell is a standing value as the statement gives it.
type standingCell struct {
	field, origin string
	version       int
	value         json.RawMessage
	inputs        *string
}

// UnmarshalJSON reads the array that the statement builds.
func (c *standingCell) UnmarshalJSON(raw []byte) error {
	parts := []any{&c.field, &c.version, &c.origin, &c.value, &c.inputs}
	return json.Unmarshal(raw, &parts)
}

func (q *rowQuery) scan(row pgx.CollectableRow, revision *int64) (record.Row, error) {
	r := record.Row{Cells: map[string]record.Cell{}}
	var at *int64
	into := []any{&at, &r.ID}
	ids, standing := make([]string, len(q.owners)), make([][]standingCell, len(q.owners))
	for i := range q.owners {
		into = append(into, &ids[i], &standing[i])
	}
	texts := make([]*string, len(q.columns))
	for i := range texts {
		into = append(into, &texts[i])
	}
	if err := row.Scan(into...); err != nil {
		return r, err
	}
	if at != nil {
		*revision = *at
	}
	for i, owner := range q.owners {
		q.place(&r, owner, ids[i], standing[i])
	}
	for i, c := range q.columns {
		cell := r.Cells[c.path]
		cell.Own, cell.Value, cell.Has = false, "", texts[i] != nil
		if texts[i] != nil {
			cell.Value = *texts[i]
		}
		r.Cells[c.path] = cell
	}
	return r, nil
}

// place puts the standing values of the record, or of a related one, into a row.
func (q *rowQuery) place(r *record.Row, owner, id string, standing []standingCell) {
	entity, prefix := q.root.EntityType, ""
	if owner != "" {
		target, _ := record.RootNamed(q.root.Related[owner])
		entity, prefix = target.EntityType, owner+"."
	}
	for _, field := range q.own[owner] {
		r.Cells[prefix+field] = record.Cell{EntityType: entity, EntityID: id, Own: true}
	}
	for _, s := range standing {
		cell := r.Cells[prefix+s.field]
		cell.Version, cell.Origin = s.version, s.origin
		cell.Value, cell.Has = string(s.value), string(s.value) != "null"
		if s.inputs != nil {
			cell.Basis = *s.inputs
		}
		r.Cells[prefix+s.field] = cell
	}
}

// readsMoved gives errMoved where the reads, or the definition, of a write are not any
// more what they were. The records must be held before it looks.
func readsMoved(ctx context.Context, tx pgx.Tx, ws int64, writes []fieldWrite) error {
	var entityTypes, ids, fields []string
	var versions []int
	var roots, keys, hashes []string
	written := map[string]bool{}
	for _, w := range writes {
		written[w.task+"\x00"+w.EntityType+"\x00"+w.EntityID+"\x00"+w.Name] = true
	}
	for _, w := range writes {
		for _, r := range w.Reads {
			if written[w.task+"\x00"+r.EntityType+"\x00"+r.EntityID+"\x00"+r.Field] {
				continue // computed beside it, in the same answer
			}
			entityTypes, ids = append(entityTypes, r.EntityType), append(ids, r.EntityID)
			fields, versions = append(fields, r.Field), append(versions, r.Version)
		}
		if root, ok := record.RootOf(w.EntityType); ok && w.Definition != "" {
			roots, keys, hashes = append(roots, root.Name), append(keys, w.Name), append(hashes, w.Definition)
		}
	}
	var changed bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (
			SELECT FROM unnest($2::text[], $3::text[], $4::text[], $5::int[]) AS q (entity_type, entity_id, field, version)
			LEFT JOIN field_values v ON v.workspace_pk = $1 AND v.entity_type = q.entity_type AND v.entity_id = q.entity_id
				AND v.field = q.field AND v.decision = 'applied' AND v.active_until IS NULL
			WHERE coalesce(v.version, 0) <> q.version
		) OR EXISTS (
			SELECT FROM unnest($6::text[], $7::text[], $8::text[]) AS q (root, field_key, hash)
			WHERE NOT EXISTS (SELECT FROM field_definitions d WHERE d.workspace_pk = $1 AND d.root = q.root AND d.field_key = q.field_key
				AND d.hash = q.hash AND d.deleted_at IS NULL AND d.mode = 'active')
		)`, ws, entityTypes, ids, fields, versions, roots, keys, hashes).Scan(&changed)
	if err == nil && changed {
		return fmt.Errorf("what was read: %w", errMoved)
	}
	return err
}

// fieldWrite is a write of one field of one record by one task.
type fieldWrite struct {
	enrich.FieldWrite
	EntityType, EntityID string
	task                 string
}
