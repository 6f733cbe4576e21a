package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

var valueColumns = `v.field_value_id::text, v.entity_type, v.entity_id, v.field, v.value::text, v.origin, v.grade, v.confidence, v.decision,
	coalesce(v.task_id::text, ''), v.evidence, v.active_from, v.active_until, ` + staleSQL

// rootSQL is the name of the root of an entity type.
func rootSQL(entityType string) string {
	sql := "CASE " + entityType
	for _, r := range record.Roots() {
		sql += " WHEN '" + r.EntityType + "' THEN '" + r.Name + "'"
	}
	return sql + " END"
}

func scanValue(row pgx.Row, before ...any) (record.FieldValue, error) {
	var v record.FieldValue
	err := row.Scan(append(before, &v.ID, &v.EntityType, &v.EntityID, &v.Field, &v.Value, &v.Origin, &v.Grade, &v.Confidence, &v.Decision,
		&v.TaskID, &v.Evidence, &v.ActiveFrom, &v.ActiveUntil, &v.Stale)...)
	return v, err
}

// valueList is the list of all values that records have, had or were offered.
var valueList = source[record.FieldValue]{
	table: "field_values v", alias: "v", where: `v.workspace_pk = $1`, columns: valueColumns,
	id: column{expr: "v.field_value_id", typ: "uuid"},
	filters: map[string]column{
		"entity_type": {expr: "v.entity_type", typ: "text"},
		"entity_id":   {expr: "v.entity_id", typ: "text"},
		"field":       {expr: "v.field", typ: "text"},
		"decision":    {expr: "v.decision", typ: "text"},
		"origin":      {expr: "v.origin", typ: "text"},
		"created_at":  {expr: "v.active_from", typ: "timestamptz"},
	},
	sorts: map[string]column{"created_at": {expr: "v.active_from", typ: "timestamptz"}},
	scan:  scanValue,
}

// ListValues reads a page of values.
func (db *DB) ListValues(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.FieldValue], error) {
	return listIn(ctx, db, workspaceID, valueList, q)
}

// FieldValues lists every value that a record ever had or was offered, newest first.
func (db *DB) FieldValues(ctx context.Context, workspaceID, entityType, entityID string) ([]record.FieldValue, error) {
	var values []record.FieldValue
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT `+valueColumns+` FROM field_values v
			WHERE v.workspace_pk = $1 AND v.entity_type = $2 AND v.entity_id = $3 ORDER BY v.field, v.pk DESC`, ws, entityType, entityID)
		if err != nil {
			return err
		}
		values, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.FieldValue, error) { return scanValue(row) })
		return err
	})
	return values, err
}

// FieldValue reads one value.
func (db *DB) FieldValue(ctx context.Context, workspaceID, id string) (record.FieldValue, error) {
	var v record.FieldValue
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		v, err = valueByID(ctx, tx, ws, id)
		return err
	})
	return v, err
}

func valueByID(ctx context.Context, tx pgx.Tx, ws int64, id string) (record.FieldValue, error) {
	missing := enrich.Errorf(enrich.CodeNotFound, "There is no field value with this id.")
	if !IsUUID(id) {
		return record.FieldValue{}, missing
	}
	v, err := scanValue(tx.QueryRow(ctx, `SELECT `+valueColumns+` FROM field_values v WHERE v.workspace_pk = $1 AND v.field_value_id = $2::uuid`, ws, id))
	if err == pgx.ErrNoRows {
		return v, missing
	}
	return v, err
}

// AcceptValue puts a suggested value in the place of the one that stands: a
// person's word. Where the person's own value stood it becomes the person's;
// elsewhere it is an accepted suggestion, and as a suggestion it has ended. A value
// that was not suggested, or was accepted before, answers CodeNotSuggested.
func (db *DB) AcceptValue(ctx context.Context, workspaceID, id, by string, follow func(enrich.Occasion) ([]enrich.Request, error)) error {
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		v, err := valueByID(ctx, tx, ws, id)
		if err != nil {
			return err
		}
		if v.Decision != record.Suggested {
			return enrich.Errorf(enrich.CodeNotSuggested, "This value is no suggestion: it was %s.", v.Decision)
		}
		// Whoever ends it first has accepted it.
		tag, err := tx.Exec(ctx, `UPDATE field_values SET active_until = now() WHERE workspace_pk = $1 AND field_value_id = $2::uuid
			AND active_until IS NULL`, ws, v.ID)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return enrich.Errorf(enrich.CodeNotSuggested, "This suggestion was accepted before.")
		}
		w := enrich.RecordWrite{EntityType: v.EntityType, EntityID: v.EntityID, Fields: []enrich.FieldWrite{{Name: v.Field}}}
		standing, err := standingValues(ctx, tx, ws, w)
		if err != nil {
			return err
		}
		origin := enrich.BySuggestion
		if s := standing[v.Field]; s != nil && s.Origin == enrich.ByPerson {
			origin = enrich.ByPerson
		}
		w.Fields[0] = enrich.FieldWrite{
			Name: v.Field, Value: json.RawMessage(v.Value), Origin: origin, Confidence: v.Confidence, Grade: v.Grade,
			Evidence: append([]enrich.Evidence{{Origin: origin, Method: "person", Quote: by}}, v.Evidence...), Own: ownField(v.EntityType, v.Field),
		}
		return editIn(ctx, tx, ws, w, by, follow)
	})
	if err == nil {
		db.announce()
	}
	return err
}

// ownField reports whether a field of a record is a column of the workspace.
func ownField(entityType, field string) bool {
	t := recordTables()[entityType]
	_, column := t.columns[field]
	_, list := t.lists[field]
	return !column && !list
}
