package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

const definitionColumns = `d.field_definition_id::text, d.kind, d.root, d.field_key, d.name, d.type, d.position, d.mode,
	d.rules_config, d.formula_config, d.format_config, d.reads, d.hash, d.created_at, d.updated_at`

func scanDefinition(row pgx.Row, before ...any) (record.Definition, error) {
	var d record.Definition
	err := row.Scan(append(before, &d.ID, &d.Kind, &d.Root, &d.FieldKey, &d.Name, &d.Type, &d.Position, &d.Mode,
		&d.Rules, &d.Formula, &d.Format, &d.Reads, &d.Hash, &d.CreatedAt, &d.UpdatedAt)...)
	return d, err
}

// definitionList is the list of a workspace's definitions of one kind.
func definitionList(kind record.DefinitionKind) source[record.Definition] {
	return source[record.Definition]{
		table: "field_definitions d", alias: "d", where: `d.workspace_pk = $1 AND d.deleted_at IS NULL AND d.kind = '` + string(kind) + `'`, columns: definitionColumns,
		id: column{expr: "d.field_definition_id", typ: "uuid"},
		filters: map[string]column{
			"root":       {expr: "d.root", typ: "text"},
			"field_key":  {expr: "d.field_key", typ: "text"},
			"created_at": {expr: "d.created_at", typ: "timestamptz"},
		},
		sorts: map[string]column{"created_at": {expr: "d.created_at", typ: "timestamptz"}, "position": {expr: "d.position", typ: "integer"}},
		scan:  scanDefinition,
	}
}

// ListDefinitions reads a page of the definitions of one kind.
func (db *DB) ListDefinitions(ctx context.Context, workspaceID string, kind record.DefinitionKind, q ListQuery) (ListPage[record.Definition], error) {
	return listIn(ctx, db, workspaceID, definitionList(kind), q)
}

// Definitions reads all definitions of a workspace with their revision.
func (db *DB) Definitions(ctx context.Context, workspaceID string) (record.Definitions, error) {
	var all record.Definitions
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		all, err = definitionsIn(ctx, tx, ws)
		return err
	})
	return all, err
}

func definitionsIn(ctx context.Context, tx pgx.Tx, ws int64) (record.Definitions, error) {
	var all record.Definitions
	// The revision first: definitions of a later one only make it be read again.
	err := tx.QueryRow(ctx, `SELECT coalesce((SELECT revision FROM definition_revisions WHERE workspace_pk = $1), 0)`, ws).Scan(&all.Revision)
	if err != nil {
		return all, err
	}
	rows, err := tx.Query(ctx, `SELECT `+definitionColumns+` FROM field_definitions d
		WHERE d.workspace_pk = $1 AND d.deleted_at IS NULL ORDER BY d.position, d.pk`, ws)
	if err != nil {
		return all, err
	}
	all.All, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.Definition, error) { return scanDefinition(row) })
	return all, err
}

// maxDefinitions bounds what one workspace makes every task look at.
const maxDefinitions = 500

// changeDefinitions runs a change while nobody else changes a workspace's
// definitions, so that what it was checked against stands.
func (db *DB) changeDefinitions(ctx context.Context, workspaceID string, change func(tx pgx.Tx, ws int64, all record.Definitions) error) error {
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		if _, err := tx.Exec(ctx, `INSERT INTO definition_revisions (workspace_pk) VALUES ($1)
			ON CONFLICT (workspace_pk) DO UPDATE SET revision = definition_revisions.revision + 1`, ws); err != nil {
			return err
		}
		all, err := definitionsIn(ctx, tx, ws)
		if err != nil {
			return err
		}
		return change(tx, ws, all)
	})
	switch {
	case violates(err, "field_definitions_column_key"):
		return &enrich.Error{Code: enrich.CodeInvalid, Field: "field_key", Message: "This root has a column with this key already."}
	case violates(err, "field_definitions_rule_key"):
		return &enrich.Error{Code: enrich.CodeInvalid, Field: "field_key", Message: "This field has an active rule already; a field has one."}
	}
	return err
}

// AddDefinition stores a definition. check sees those that stand, and completes
// the new one or refuses it.
func (db *DB) AddDefinition(ctx context.Context, workspaceID string, d record.Definition,
	check func(record.Definitions, record.Definition) (record.Definition, error),
) (record.Definition, error) {
	err := db.changeDefinitions(ctx, workspaceID, func(tx pgx.Tx, ws int64, all record.Definitions) (err error) {
		if len(all.All) >= maxDefinitions {
			return enrich.Errorf(enrich.CodeTooMany, "A workspace has at most %d columns and rules.", maxDefinitions)
		}
		if d, err = check(all, d); err != nil {
			return err
		}
		d, err = scanDefinition(tx.QueryRow(ctx, `INSERT INTO field_definitions AS d (workspace_pk, kind, root, field_key, name, type, position, mode,
				rules_config, formula_config, format_config, reads, hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb, $11::jsonb, $12, $13) RETURNING `+definitionColumns,
			ws, d.Kind, d.Root, d.FieldKey, d.Name, d.Type, d.Position, d.Mode, nullJSON(d.Rules), nullJSON(d.Formula), nullJSON(d.Format), d.Reads, d.Hash))
		return err
	})
	return d, err
}

// UpdateDefinition changes a definition; check sees those that stand, itself included.
func (db *DB) UpdateDefinition(ctx context.Context, workspaceID string, kind record.DefinitionKind, id string,
	check func(record.Definitions, record.Definition) (record.Definition, error),
) (record.Definition, error) {
	var d record.Definition
	err := db.changeDefinitions(ctx, workspaceID, func(tx pgx.Tx, ws int64, all record.Definitions) (err error) {
		if d, err = definitionByID(all, kind, id); err != nil {
			return err
		}
		if d, err = check(all, d); err != nil {
			return err
		}
		d, err = scanDefinition(tx.QueryRow(ctx, `UPDATE field_definitions d SET name = $3, type = $4, position = $5, mode = $6, rules_config = $7::jsonb,
				formula_config = $8::jsonb, format_config = $9::jsonb, reads = $10, hash = $11, updated_at = now()
			WHERE d.workspace_pk = $1 AND d.field_definition_id = $2::uuid RETURNING `+definitionColumns,
			ws, id, d.Name, d.Type, d.Position, d.Mode, nullJSON(d.Rules), nullJSON(d.Formula), nullJSON(d.Format), d.Reads, d.Hash))
		return err
	})
	return d, err
}

// DeleteDefinition removes a definition that nothing else reads. The values of a
// column end with it.
func (db *DB) DeleteDefinition(ctx context.Context, workspaceID string, kind record.DefinitionKind, id string) error {
	return db.changeDefinitions(ctx, workspaceID, func(tx pgx.Tx, ws int64, all record.Definitions) error {
		d, err := definitionByID(all, kind, id)
		if err != nil {
			return err
		}
		if reader := readerOf(all, d); reader != "" && kind == record.CustomColumn {
			return &enrich.Error{Code: enrich.CodeInvalid, Field: "field_key", Message: reader + " reads this column; change or delete that first."}
		}
		if _, err := tx.Exec(ctx, `UPDATE field_definitions SET deleted_at = now() WHERE workspace_pk = $1 AND field_definition_id = $2::uuid`, ws, id); err != nil {
			return err
		}
		root, ok := record.RootNamed(d.Root)
		if !ok || kind != record.CustomColumn {
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE field_values SET active_until = now() WHERE workspace_pk = $1 AND entity_type = $2 AND field = $3 AND active_until IS NULL`,
			ws, root.EntityType, d.FieldKey)
		return err
	})
}

func definitionByID(all record.Definitions, kind record.DefinitionKind, id string) (record.Definition, error) {
	for _, d := range all.All {
		if d.ID == id && d.Kind == kind {
			return d, nil
		}
	}
	return record.Definition{}, enrich.Errorf(enrich.CodeNotFound, "There is no definition with this id.")
}

// readerOf names a definition that reads a column; empty where there is none.
func readerOf(all record.Definitions, column record.Definition) string {
	for _, d := range all.All {
		root, _ := record.RootNamed(d.Root)
		for _, path := range d.Reads {
			related, field := record.SplitField(path)
			on := d.Root
			if related != "" {
				on = root.Related[related]
			}
			if on == column.Root && field == column.FieldKey {
				return d.Root + "." + d.FieldKey
			}
		}
	}
	return ""
}
