package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
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
		if err := writeRecord(ctx, tx, ws, personWrite(e)); err != nil {
			return editFault(err)
		}
		if err := appendEvent(ctx, tx, ws, e.EntityType+".edited", e.EntityType, e.EntityID, map[string]any{"fields": fieldNames(e), "by": e.By}); err != nil {
			return err
		}
		// Each edit is an occasion of its own, also where it writes what stood before.
		var edit string
		if err := tx.QueryRow(ctx, `SELECT gen_random_uuid()::text`).Scan(&edit); err != nil {
			return err
		}
		requests, err := follow(enrich.Occasion{
			Channel: enrich.CellEdit, EntityType: e.EntityType, EntityID: e.EntityID, Facts: map[string]string{"checksum": edit},
		})
		if err != nil {
			return err
		}
		_, err = enqueue(ctx, tx, ws, requests)
		return err
	})
	if err == nil {
		db.announce()
	}
	return err
}

// personWrite is an edit as the write path takes it.
func personWrite(e Edit) enrich.RecordWrite {
	w := enrich.RecordWrite{EntityType: e.EntityType, EntityID: e.EntityID}
	for _, name := range fieldNames(e) {
		w.Fields = append(w.Fields, enrich.FieldWrite{
			Name: name, Value: e.Values[name], Origin: enrich.ByPerson, Confidence: 1, Grade: enrich.Verified,
			Evidence: []enrich.Evidence{{Origin: enrich.ByPerson, Method: "person", Quote: e.By}},
		})
	}
	return w
}

// editFault says which value of an edit the store does not take.
func editFault(err error) error {
	if refusesData(err) && !errors.Is(err, errUnwritable) {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "A value has not the form of its field.", Err: err}
	}
	return err
}

// writeRecord writes one record outside a settlement.
func writeRecord(ctx context.Context, tx pgx.Tx, ws int64, w enrich.RecordWrite) error {
	keys, err := lockRecords(ctx, tx, ws, []enrich.RecordWrite{w})
	if err != nil {
		return err
	}
	_, err = applyRecord(ctx, tx, ws, keys[recordRef{w.EntityType, w.EntityID}], "", w)
	return err
}

// fieldNames lists the fields of an edit in a steady order.
func fieldNames(e Edit) []string { return slices.Sorted(maps.Keys(e.Values)) }
