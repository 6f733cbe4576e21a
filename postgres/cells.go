package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// applyCells writes computed values of the workspace's own columns: all those of
// a group of settlements in four statements. A column's value gives way to its
// next one; a person's stands, and the column's is kept beside it.
func applyCells(ctx context.Context, tx pgx.Tx, ws int64, writes []fieldWrite) (map[cellKey]cellResult, error) {
	cells, err := newCellColumns(writes)
	if err != nil || len(writes) == 0 {
		return nil, err
	}
	if err := lockCells(ctx, tx, ws, writes); err != nil {
		return nil, err
	}
	if err := readsMoved(ctx, tx, ws, writes); err != nil {
		return nil, err
	}
	results := map[cellKey]cellResult{}
	batch := &pgx.Batch{}
	for _, sql := range []string{keepCellsSQL, endCellsSQL, addCellsSQL} {
		batch.Queue(sql, cells.args(ws)...).Query(func(rows pgx.Rows) error {
			var key cellKey
			var r cellResult
			_, err := pgx.ForEachRow(rows, []any{&key.entityType, &key.entityID, &key.field, &r.decision, &r.changed}, func() error {
				results[key] = r
				return nil
			})
			return err
		})
	}
	return results, tx.SendBatch(ctx, batch).Close()
}

// cellKey names a cell.
type cellKey struct{ entityType, entityID, field string }

// cellResult is what became of a write.
type cellResult struct {
	decision record.Decision
	changed  bool // the cell has another value than before
}

// lockCells holds the records of the cells, in one order: two computations of one
// cell meet here, and the one whose reads are old finds that out.
func lockCells(ctx context.Context, tx pgx.Tx, ws int64, writes []fieldWrite) error {
	byType := map[string][]string{}
	for _, w := range writes {
		byType[w.EntityType] = append(byType[w.EntityType], w.EntityID)
	}
	for _, root := range record.Roots() {
		ids := byType[root.EntityType]
		if len(ids) == 0 {
			continue
		}
		t := rootTables()[root.Name]
		if _, err := tx.Exec(ctx, fmt.Sprintf(`SELECT FROM %s WHERE workspace_pk = $1 AND %s = ANY ($2) ORDER BY %s FOR NO KEY UPDATE`, t.table, t.id, t.id), ws, ids); err != nil {
			return err
		}
	}
	return nil
}

// cellColumns are writes column by column, as one statement takes them.
type cellColumns struct {
	entityTypes, ids, fields, values, origins, grades, tasks, evidence []string
	confidences                                                        []float32
	precedences                                                        []int16
}

func newCellColumns(writes []fieldWrite) (*cellColumns, error) {
	c := &cellColumns{}
	seen := map[cellKey]bool{}
	for _, w := range writes {
		key := cellKey{w.EntityType, w.EntityID, w.Name}
		if seen[key] { // two tasks of one group computed it: one after the other
			return nil, fmt.Errorf("a cell twice: %w", errMoved)
		}
		seen[key] = true
		evidence, err := json.Marshal(w.Evidence)
		if err != nil {
			return nil, err
		}
		value := string(w.Value)
		if value == "" {
			value = "null"
		}
		c.entityTypes, c.ids, c.fields = append(c.entityTypes, w.EntityType), append(c.ids, w.EntityID), append(c.fields, w.Name)
		c.values, c.origins, c.grades = append(c.values, value), append(c.origins, string(w.Origin)), append(c.grades, string(w.Grade))
		c.tasks, c.evidence = append(c.tasks, w.task), append(c.evidence, string(evidence))
		c.confidences, c.precedences = append(c.confidences, float32(w.Confidence)), append(c.precedences, int16(w.Origin.Precedence()))
	}
	return c, nil
}

func (c *cellColumns) args(ws int64) []any {
	return []any{ws, c.entityTypes, c.ids, c.fields, c.values, c.origins, c.grades, c.tasks, c.evidence, c.confidences, c.precedences}
}

// cellsSQL are the writes, each with the value that stands in its cell and the
// column's own one that is kept beside a person's.
const cellsSQL = `WITH w AS MATERIALIZED (
		SELECT q.entity_type, q.entity_id, q.field, q.value::jsonb AS value, q.origin, q.grade, nullif(q.task, '')::uuid AS task, q.evidence::jsonb AS evidence,
			q.confidence, q.precedence, v.pk AS standing, v.value AS stands, v.version, coalesce(v.origin IN ('person', 'accepted_suggestion'), false) AS by_person
		FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::real[], $11::smallint[])
			AS q (entity_type, entity_id, field, value, origin, grade, task, evidence, confidence, precedence)
		LEFT JOIN field_values v ON v.workspace_pk = $1 AND v.entity_type = q.entity_type AND v.entity_id = q.entity_id AND v.field = q.field
			AND v.decision = 'applied' AND v.active_until IS NULL
	)`

// keepCellsSQL: the same value again keeps its place in the history, with the
// evidence of its last computation.
const keepCellsSQL = cellsSQL + `
	UPDATE field_values v SET evidence = w.evidence, task_id = w.task, origin = w.origin, precedence = w.precedence, grade = w.grade, confidence = w.confidence
	FROM w WHERE v.workspace_pk = $1 AND v.pk = w.standing AND NOT w.by_person AND w.stands = w.value
	RETURNING v.entity_type, v.entity_id, v.field, 'applied', false`

// endCellsSQL ends a value that another takes the place of, and what the column
// had beside a person's value. It tells nothing.
const endCellsSQL = cellsSQL + `, ended AS (
		UPDATE field_values v SET active_until = now() FROM w WHERE v.workspace_pk = $1 AND v.active_until IS NULL
			AND v.entity_type = w.entity_type AND v.entity_id = w.entity_id AND v.field = w.field
			AND (v.pk = w.standing AND NOT w.by_person AND w.stands <> w.value OR v.decision <> 'applied')
		RETURNING v.pk
	) SELECT '', '', '', '', false FROM ended WHERE false`

// addCellsSQL adds the values that are new. The version goes on from the one that
// was ended just now.
const addCellsSQL = cellsSQL + `
	INSERT INTO field_values (workspace_pk, entity_type, entity_id, field, value, origin, precedence, grade, confidence, decision, task_id, evidence, version)
	SELECT $1, w.entity_type, w.entity_id, w.field, w.value, w.origin, w.precedence, w.grade, w.confidence,
		CASE WHEN NOT w.by_person THEN 'applied' WHEN w.stands = w.value THEN 'kept_existing' ELSE 'suggested' END, w.task, w.evidence,
		1 + coalesce((SELECT o.version FROM field_values o WHERE o.workspace_pk = $1 AND o.entity_type = w.entity_type AND o.entity_id = w.entity_id
			AND o.field = w.field AND o.decision = 'applied' AND o.active_until = now() ORDER BY o.pk DESC LIMIT 1), 0)
	FROM w WHERE w.standing IS NULL OR w.by_person
	RETURNING entity_type, entity_id, field, decision, decision = 'applied'`

// partWrites parts what settlements write: the cells of the workspace's own
// columns, the records for the one write path, and those of its writes that stand
// only while their reads do.
func partWrites(settled []enrich.Settlement) (own []fieldWrite, records []enrich.RecordWrite, conditional []fieldWrite) {
	for _, s := range settled {
		for _, w := range s.Records {
			plain := len(w.Fields) == 0
			for _, f := range w.Fields {
				one := fieldWrite{f, w.EntityType, w.EntityID, s.Claim.Task.ID}
				switch {
				case f.Own:
					own = append(own, one)
					continue
				case len(f.Reads) > 0 || f.Definition != "":
					conditional = append(conditional, one)
				}
				plain = true
			}
			if plain {
				records = append(records, w)
			}
		}
	}
	return own, records, conditional
}
