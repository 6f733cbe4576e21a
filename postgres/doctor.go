package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Fault is something that does not fit together: see the function
// enrichd_faults, which finds them.
type Fault struct {
	WorkspaceID string `json:"workspace_id"`
	Code        string `json:"fault"`   // dispatch_missing, batch_miscounted, …
	Subject     string `json:"subject"` // public id of a task or a batch
	Expected    string `json:"expected"`
	Found       string `json:"found"`
	Mended      bool   `json:"mended"`
}

// Examine looks for faults in every workspace, and mends them where fix says so:
// dispatch rows and counters are made anew from the tasks. It may run beside
// workers. What it could not mend comes back unmended.
func (db *DB) Examine(ctx context.Context, fix bool) ([]Fault, error) {
	var all []Fault
	for after := int64(0); ; {
		ws, id, err := db.nextWorkspace(ctx, after)
		if err == pgx.ErrNoRows {
			if len(all) > 0 && fix {
				db.announce()
			}
			return all, nil
		}
		if err != nil {
			return all, err
		}
		found, err := db.examineOne(ctx, ws, id, fix)
		if err != nil {
			return all, err
		}
		all, after = append(all, found...), ws
	}
}

func (db *DB) nextWorkspace(ctx context.Context, after int64) (ws int64, id string, err error) {
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('enrichd.each_workspace', 'on', true)`); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT pk, workspace_id FROM workspaces WHERE pk > $1 ORDER BY pk LIMIT 1`, after).Scan(&ws, &id)
	})
	return ws, id, err
}

func (db *DB) examineOne(ctx context.Context, ws int64, id string, fix bool) ([]Fault, error) {
	var found []Fault
	err := db.inTx(ctx, func(tx pgx.Tx) (err error) {
		if err := setTenant(ctx, tx, ws); err != nil {
			return err
		}
		// A large workspace takes longer to look through than a request may.
		if _, err := tx.Exec(ctx, `SELECT set_config('statement_timeout', '10min', true)`); err != nil {
			return err
		}
		if found, err = faults(ctx, tx, ws, id); err != nil || !fix || len(found) == 0 {
			return err
		}
		if err := mend(ctx, tx, ws); err != nil {
			return err
		}
		left, err := faults(ctx, tx, ws, id)
		unmended := map[Fault]bool{}
		for _, f := range left {
			unmended[f] = true
		}
		for i := range found {
			found[i].Mended = !unmended[found[i]]
		}
		return err
	})
	return found, err
}

func faults(ctx context.Context, tx pgx.Tx, ws int64, id string) ([]Fault, error) {
	rows, err := tx.Query(ctx, `SELECT $2::text, fault, subject, expected, found, false FROM enrichd_faults($1) ORDER BY 2, 3, 4`, ws, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Fault])
}
