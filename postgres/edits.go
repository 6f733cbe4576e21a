package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// Edit is a person's change of one record: field → JSON value, null to empty it.
type Edit struct {
	EntityType, EntityID string
	Values               map[string]json.RawMessage
	By                   string // who, for the history
}

// EditRecord writes a person's values on a record that stands, through the one
// write path, and enqueues what follows. No task overwrites them after that.
func (db *DB) EditRecord(ctx context.Context, workspaceID string, e Edit, follow func(enrich.Occasion) ([]enrich.Request, error)) error {
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		t, ok := recordTables()[e.EntityType]
		if !ok {
			return fmt.Errorf("no record of type %q: %w", e.EntityType, errUnwritable)
		}
		var stands bool
		err := tx.QueryRow(ctx, fmt.Sprintf(`SELECT EXISTS (SELECT FROM %s WHERE workspace_pk = $1 AND %s = $2 AND deleted_at IS NULL)`, t.table, t.id),
			ws, e.EntityID).Scan(&stands)
		if err != nil {
			return err
		}
		if !stands {
			return enrich.Errorf(enrich.CodeNotFound, "There is no %s with this id.", e.EntityType)
		}
		return editIn(ctx, tx, ws, personWrite(e), e.By, follow)
	})
	if err == nil {
		db.announce()
	}
	return err
}

// CreateRecord makes a record of a person's values and enqueues what follows on
// the channel of its creation. facts are what the trigger table looks at. A record
// with this id that stands already answers CodeInvalid.
func (db *DB) CreateRecord(ctx context.Context, workspaceID string, e Edit, o enrich.Occasion, follow func(enrich.Occasion) ([]enrich.Request, error)) error {
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		t, ok := recordTables()[e.EntityType]
		if !ok {
			return fmt.Errorf("no record of type %q: %w", e.EntityType, errUnwritable)
		}
		var stands bool
		err := tx.QueryRow(ctx, fmt.Sprintf(`SELECT EXISTS (SELECT FROM %s WHERE workspace_pk = $1 AND %s = $2)`, t.table, t.id), ws, e.EntityID).Scan(&stands)
		if err != nil {
			return err
		}
		if stands {
			return enrich.Errorf(enrich.CodeInvalid, "There is a %s with this id already.", e.EntityType)
		}
		changes, err := writeRecord(ctx, tx, ws, personWrite(e))
		if err != nil {
			return editFault(err)
		}
		if err := appendEvent(ctx, tx, ws, e.EntityType+".created", e.EntityType, e.EntityID, map[string]any{"by": e.By}); err != nil {
			return err
		}
		occasions, err := dependents(ctx, tx, ws, enrich.CellEdit, changes)
		if err != nil {
			return err
		}
		return enqueueFollowUps(ctx, tx, ws, append(occasions, o), follow)
	})
	if err == nil {
		db.announce()
	}
	return err
}

// enqueueFollowUps enqueues what follows from occasions.
func enqueueFollowUps(ctx context.Context, tx pgx.Tx, ws int64, occasions []enrich.Occasion, follow func(enrich.Occasion) ([]enrich.Request, error)) error {
	var requests []enrich.Request
	for _, o := range occasions {
		more, err := follow(o)
		if err != nil {
			return err
		}
		requests = append(requests, more...)
	}
	_, err := enqueue(ctx, tx, ws, requests)
	return err
}

// DeleteRecord takes a record out of every list. What was read of it stays in the
// history.
func (db *DB) DeleteRecord(ctx context.Context, workspaceID, entityType, id, by string) error {
	return db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		t, ok := recordTables()[entityType]
		if !ok {
			return fmt.Errorf("no record of type %q: %w", entityType, errUnwritable)
		}
		tag, err := tx.Exec(ctx, fmt.Sprintf(`UPDATE %s SET deleted_at = now(), updated_at = now() WHERE workspace_pk = $1 AND %s = $2 AND deleted_at IS NULL`, t.table, t.id), ws, id)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return enrich.Errorf(enrich.CodeNotFound, "There is no %s with this id.", entityType)
		}
		return appendEvent(ctx, tx, ws, entityType+".deleted", entityType, id, map[string]any{"by": by})
	})
}

// editIn writes a person's values and enqueues what follows from them.
func editIn(ctx context.Context, tx pgx.Tx, ws int64, w enrich.RecordWrite, by string, follow func(enrich.Occasion) ([]enrich.Request, error)) error {
	changes, err := writeRecord(ctx, tx, ws, w)
	if err != nil {
		return editFault(err)
	}
	fields := make([]string, len(w.Fields))
	for i, f := range w.Fields {
		fields[i] = f.Name
	}
	if err := appendEvent(ctx, tx, ws, w.EntityType+".edited", w.EntityType, w.EntityID, map[string]any{"fields": fields, "by": by}); err != nil {
		return err
	}
	// Each edit is an occasion of its own, also where it writes what stood before.
	var edit string
	if err := tx.QueryRow(ctx, `SELECT gen_random_uuid()::text`).Scan(&edit); err != nil {
		return err
	}
	occasions, err := dependents(ctx, tx, ws, enrich.CellEdit, changes)
	if err != nil {
		return err
	}
	occasions = append(occasions, enrich.Occasion{
		Channel: enrich.CellEdit, EntityType: w.EntityType, EntityID: w.EntityID,
		Facts: map[string]string{"checksum": edit, "fields": strings.Join(fields, ",")},
	})
	return enqueueFollowUps(ctx, tx, ws, occasions, follow)
}

// personWrite is an edit as the write path takes it.
func personWrite(e Edit) enrich.RecordWrite {
	w := enrich.RecordWrite{EntityType: e.EntityType, EntityID: e.EntityID}
	for _, name := range slices.Sorted(maps.Keys(e.Values)) {
		w.Fields = append(w.Fields, enrich.FieldWrite{
			Name: name, Value: e.Values[name], Origin: enrich.ByPerson, Confidence: 1, Grade: enrich.Verified,
			Evidence: []enrich.Evidence{{Origin: enrich.ByPerson, Method: "person", Quote: e.By}},
		})
	}
	return w
}

// editFault says which value of an edit the store does not take.
func editFault(err error) error {
	if errors.Is(err, errMoved) {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "What this leads to was used otherwise, or is gone, meanwhile.", Err: err}
	}
	if refusesData(err) && !errors.Is(err, errUnwritable) {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "A value has not the form of its field.", Err: err}
	}
	return err
}

// writeRecord writes one record outside a settlement.
func writeRecord(ctx context.Context, tx pgx.Tx, ws int64, w enrich.RecordWrite) ([]newValue, error) {
	if len(w.Fields) == 1 && w.Fields[0].Own {
		_, changes, err := applyRecord(ctx, tx, ws, 0, "", w)
		return changes, err
	}
	keys, err := lockRecords(ctx, tx, ws, []enrich.RecordWrite{w})
	if err != nil {
		return nil, err
	}
	_, changes, err := applyRecord(ctx, tx, ws, keys[recordRef{w.EntityType, w.EntityID}], "", w)
	return changes, err
}

// EditCell writes a person's value into a cell of a column of the workspace; null
// empties it. check refuses a value that the column cannot hold. What the column
// computes is kept beside it.
func (db *DB) EditCell(ctx context.Context, workspaceID string, e Edit, check func(record.Definition, json.RawMessage) error,
	follow func(enrich.Occasion) ([]enrich.Request, error),
) error {
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		w := personWrite(e)
		for i, f := range w.Fields {
			w.Fields[i].Own = true
			d, err := lockCell(ctx, tx, ws, e, f.Name)
			if err != nil {
				return err
			}
			if err := check(d, f.Value); err != nil {
				return err
			}
		}
		return editIn(ctx, tx, ws, w, e.By, follow)
	})
	if err == nil {
		db.announce()
	}
	return err
}

// lockCell finds the column of a cell and holds the cell's record.
func lockCell(ctx context.Context, tx pgx.Tx, ws int64, e Edit, field string) (record.Definition, error) {
	missing := enrich.Errorf(enrich.CodeNotFound, "There is no such cell: no column of the workspace with this key, or no such record.")
	root, ok := record.RootOf(e.EntityType)
	if !ok {
		return record.Definition{}, missing
	}
	d, err := scanDefinition(tx.QueryRow(ctx, `SELECT `+definitionColumns+` FROM field_definitions d WHERE d.workspace_pk = $1
		AND d.kind = 'custom_column' AND d.root = $2 AND d.field_key = $3 AND d.deleted_at IS NULL`, ws, root.Name, field))
	if err == pgx.ErrNoRows {
		return d, missing
	} else if err != nil {
		return d, err
	}
	t := rootTables()[root.Name]
	tag, err := tx.Exec(ctx, fmt.Sprintf(`SELECT FROM %s WHERE workspace_pk = $1 AND %s = $2 AND deleted_at IS NULL FOR NO KEY UPDATE`, t.table, t.id), ws, e.EntityID)
	if err == nil && tag.RowsAffected() == 0 {
		return d, missing
	}
	return d, err
}
