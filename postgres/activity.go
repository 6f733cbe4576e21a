package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Activity is one thing that a person did.
type Activity struct {
	At         time.Time
	By         string // empty when unknown
	Verb       string // approve, reject, edit, accept, sign_off
	EntityType string // enrichment_task, company, calendar_month, …
	EntityID   string // of a sign-off the month, YYYY-MM
	Field      string // of an edit
	Value      string // JSON; of an edit
	Reason     string // as the person wrote it
	State      string // of a decision or a sign-off: waiting, applied, withdrawn, standing, …
}

// Activity lists what people did before a time, the latest first: decisions,
// edits and sign-offs, at most so many.
func (db *DB) Activity(ctx context.Context, workspaceID string, before time.Time, most int) ([]Activity, error) {
	var list []Activity
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		list, err = selectRows[Activity](ctx, tx, `SELECT * FROM (
			(SELECT d.created_at AS at, d.decided_by, d.verdict, 'enrichment_task', t.enrichment_task_id::text, '', '', d.reason, d.state
				FROM enrichment_decisions d JOIN enrichment_tasks t ON t.pk = d.task_pk AND t.workspace_pk = $1
				WHERE d.workspace_pk = $1 AND d.created_at < $2 ORDER BY d.created_at DESC, d.decision_id DESC LIMIT $3)
			UNION ALL
			(SELECT v.active_from, coalesce(v.evidence -> 0 ->> 'quote', ''), CASE v.origin WHEN 'person' THEN 'edit' ELSE 'accept' END,
				v.entity_type, v.entity_id, v.field, left(v.value::text, 200), '', v.decision
				FROM field_values v WHERE v.workspace_pk = $1 AND v.active_from < $2 AND v.origin IN ('person', 'accepted_suggestion')
				ORDER BY v.active_from DESC, v.field_value_id DESC LIMIT $3)
			UNION ALL
			(SELECT s.created_at, s.signed_by, 'sign_off', 'calendar_month', s.record_id, '', '', s.note, s.state
				FROM close_sign_offs s WHERE s.workspace_pk = $1 AND s.created_at < $2 ORDER BY s.created_at DESC LIMIT $3)
		) AS a ORDER BY at DESC LIMIT $3`, ws, before, most)
		return err
	})
	return list, err
}
