package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/record"
)

// computedSQL tells values that columns and rules gave from those that a person wrote
// or took up: these are nobody's to compute again.
const computedSQL = `%[1]s.origin IN ('formula', 'model', 'field_rule')`

// overtakenSQL holds for a computed value while a field that it read has another
// version by now, while its column has another definition, or while no active rule of
// its field has the definition that gave it.
var overtakenSQL = `(EXISTS (
	SELECT FROM jsonb_array_elements(%[1]s.evidence) AS q (e) LEFT JOIN field_values n ON n.workspace_pk = %[1]s.workspace_pk
		AND n.entity_type = e #>> '{ref,entity_type}' AND n.entity_id = e #>> '{ref,entity_id}' AND n.field = regexp_replace(e #>> '{ref,path}', '^.*[.]', '')
		AND n.decision = 'applied' AND n.active_until IS NULL
	WHERE e ->> 'method' = 'read' AND e #> '{ref,entity_id}' IS NOT NULL AND coalesce(n.version, 0) <> coalesce((e #>> '{ref,version}')::int, 0))
	OR EXISTS (
	SELECT FROM jsonb_array_elements(%[1]s.evidence) AS q (e) WHERE e ->> 'method' = 'rule' AND e #> '{ref,definition}' IS NOT NULL
		AND NOT EXISTS (SELECT FROM field_definitions d WHERE d.workspace_pk = %[1]s.workspace_pk AND d.root = ` + rootSQL("%[1]s.entity_type") + `
			AND d.field_key = %[1]s.field AND d.kind = CASE %[1]s.origin WHEN 'field_rule' THEN 'field_rule' ELSE 'custom_column' END
			AND d.mode = 'active' AND d.deleted_at IS NULL AND d.hash = e #>> '{ref,definition}')))`

// staleSQL holds for a computed value v that stands while it is overtaken, or one that
// it read is, or one that that one read, and so on: a chain of columns is at most as
// long as there are columns, and ends here after maxChain.
var staleSQL = `v.active_until IS NULL AND v.decision = 'applied' AND ` + fmt.Sprintf(computedSQL, "v") + ` AND EXISTS (
	WITH RECURSIVE chain AS (
		SELECT v.pk AS pk, 0 AS depth
		UNION SELECT n.pk, c.depth + 1 FROM chain c JOIN field_values o ON o.workspace_pk = v.workspace_pk AND o.pk = c.pk
			CROSS JOIN LATERAL jsonb_array_elements(o.evidence) AS q (e)
			JOIN field_values n ON n.workspace_pk = v.workspace_pk AND n.entity_type = e #>> '{ref,entity_type}' AND n.entity_id = e #>> '{ref,entity_id}'
				AND n.field = regexp_replace(e #>> '{ref,path}', '^.*[.]', '') AND n.decision = 'applied' AND n.active_until IS NULL AND ` + fmt.Sprintf(computedSQL, "n") + `
			WHERE e ->> 'method' = 'read' AND c.depth < ` + fmt.Sprint(maxChain) + `
	) SELECT FROM chain c JOIN field_values s ON s.workspace_pk = v.workspace_pk AND s.pk = c.pk AND ` + fmt.Sprintf(overtakenSQL, "s") + `)`

// maxChain bounds how far a value is followed through those that it was read from.
const maxChain = 20

// staleTargetSQL holds for a record of a table while its value of the field $2 is stale.
func staleTargetSQL(entityType string, t recordTable) string {
	return fmt.Sprintf(`EXISTS (SELECT FROM field_values v WHERE v.workspace_pk = $1 AND v.entity_type = '%s' AND v.entity_id = %s.%s AND v.field = $2 AND %s)`,
		entityType, t.table, t.id, staleSQL)
}

// StaleRecords counts the records on which a definition's values wait to be computed
// again, as far as most.
func (db *DB) StaleRecords(ctx context.Context, workspaceID string, d record.Definition, most int) (n int, err error) {
	root, ok := record.RootNamed(d.Root)
	if !ok {
		return 0, nil
	}
	t := recordTables()[root.EntityType]
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		return tx.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) FROM (SELECT FROM %s WHERE workspace_pk = $1 AND deleted_at IS NULL AND %s LIMIT $3) AS found`,
			t.table, staleTargetSQL(root.EntityType, t)), ws, d.FieldKey, most).Scan(&n)
	})
	return n, err
}
