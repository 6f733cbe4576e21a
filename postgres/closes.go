package postgres

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// Close is one close of a month: its task, and how far its subtasks are.
type Close struct {
	ID          string // of the task
	Month       string // YYYY-MM
	Status      enrich.Status
	Input       json.RawMessage
	Output      json.RawMessage // nil before it has ended
	Error       string
	Description string
	PreparedBy  string // who asked for it; empty when unknown
	CreatedAt   time.Time
	CompletedAt *time.Time
	Subtasks    int             // made so far
	Waiting     int             // of these for a person
	Running     int             // of these pending or processing
	SignOff     *record.SignOff // the latest of this very close; nil where there is none
}

const signOffColumns = `s.close_sign_off_id::text, s.record_id, s.task_id::text, s.snapshot_hash, coalesce(s.prepared_by, ''), s.signed_by, s.note, s.state,
	s.suspended_at, coalesce(s.suspended_by, ''), s.created_at`

func signOffInto(s *record.SignOff) []any {
	return []any{&s.ID, &s.Month, &s.TaskID, &s.SnapshotHash, &s.PreparedBy, &s.SignedBy, &s.Note, &s.State, &s.SuspendedAt, &s.SuspendedBy, &s.CreatedAt}
}

// preparedBy is who asked for a close, or for the backfill that it is a part of.
const preparedBy = `coalesce((SELECT coalesce(e.data ->> 'by', (SELECT c.data ->> 'by' FROM enrichment_events c WHERE c.workspace_pk = t.workspace_pk
		AND c.subject_type = 'enrichment_task' AND c.subject_id = e.data ->> 'caused_by' AND c.event_type = 'enrichment_task.created' LIMIT 1))
	FROM enrichment_events e WHERE e.workspace_pk = t.workspace_pk AND e.subject_type = 'enrichment_task'
		AND e.subject_id = t.enrichment_task_id::text AND e.event_type = 'enrichment_task.created' LIMIT 1),
	(SELECT b.pressed_by FROM enrichment_batches b WHERE b.workspace_pk = t.workspace_pk AND b.batch_id = t.batch_id), '')`

// closeList is the list of closes. Its conditions are those of the index on them.
var closeList = source[Close]{
	table: "enrichment_tasks t", alias: "t",
	where: `t.workspace_pk = $1 AND t.enrichment_type = 'monthly_close' AND t.entity_type = 'calendar_month' AND t.deleted_at IS NULL`,
	joins: ` CROSS JOIN LATERAL (SELECT count(*) AS made, count(*) FILTER (WHERE c.status = 'awaiting_approval') AS waiting,
			count(*) FILTER (WHERE c.status IN ('pending', 'processing')) AS running FROM enrichment_tasks c
			WHERE c.workspace_pk = t.workspace_pk AND c.parent_task_pk = t.pk AND c.deleted_at IS NULL) AS n
		LEFT JOIN LATERAL (SELECT to_jsonb(s.*) AS row FROM close_sign_offs s WHERE s.workspace_pk = t.workspace_pk AND s.record_id = t.input ->> 'record_id'
			AND s.task_id = t.enrichment_task_id ORDER BY s.pk DESC LIMIT 1) AS signed ON true`,
	columns: `t.enrichment_task_id::text, coalesce(t.input ->> 'record_id', ''), t.status::text, coalesce(t.input, '{}'), t.output, coalesce(t.error, ''), coalesce(t.description, ''),
		` + preparedBy + `, t.created_at, t.completed_at, n.made, n.waiting, n.running, signed.row`,
	id: column{expr: "t.enrichment_task_id", typ: "uuid"},
	filters: map[string]column{
		"record_id":  {expr: "t.input ->> 'record_id'", typ: "text", few: true},
		"created_at": {expr: "t.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{"created_at": {expr: "t.created_at", typ: "timestamptz"}},
	scan:  scanClose,
}

func scanClose(row pgx.Row, before ...any) (Close, error) {
	var c Close
	var signed []byte
	err := row.Scan(append(before, &c.ID, &c.Month, &c.Status, &c.Input, &c.Output, &c.Error, &c.Description, &c.PreparedBy, &c.CreatedAt, &c.CompletedAt,
		&c.Subtasks, &c.Waiting, &c.Running, &signed)...)
	if err != nil || len(signed) == 0 {
		return c, err
	}
	var s struct {
		ID          string              `json:"close_sign_off_id"`
		Month       string              `json:"record_id"`
		TaskID      string              `json:"task_id"`
		Hash        string              `json:"snapshot_hash"`
		PreparedBy  string              `json:"prepared_by"`
		SignedBy    string              `json:"signed_by"`
		Note        string              `json:"note"`
		State       record.SignOffState `json:"state"`
		SuspendedAt *time.Time          `json:"suspended_at"`
		SuspendedBy string              `json:"suspended_by"`
		CreatedAt   time.Time           `json:"created_at"`
	}
	if err := json.Unmarshal(signed, &s); err != nil {
		return c, err
	}
	c.SignOff = &record.SignOff{
		ID: s.ID, Month: s.Month, TaskID: s.TaskID, SnapshotHash: s.Hash, PreparedBy: s.PreparedBy, SignedBy: s.SignedBy, Note: s.Note,
		State: s.State, SuspendedAt: s.SuspendedAt, SuspendedBy: s.SuspendedBy, CreatedAt: s.CreatedAt,
	}
	return c, nil
}

// ListCloses reads a page of closes.
func (db *DB) ListCloses(ctx context.Context, workspaceID string, q ListQuery) (ListPage[Close], error) {
	return listIn(ctx, db, workspaceID, closeList, q)
}

// closeFamily are the close with the id $2 and those that it tries anew, by key.
const closeFamily = `WITH RECURSIVE family AS (
		SELECT p.pk, p.entity_id, p.input ->> 'retry_of' AS before, 0 AS depth FROM enrichment_tasks p
		WHERE p.workspace_pk = $1 AND p.enrichment_task_id = $2::uuid AND p.deleted_at IS NULL
		UNION SELECT p.pk, p.entity_id, p.input ->> 'retry_of', f.depth + 1 FROM family f
		JOIN enrichment_tasks p ON p.workspace_pk = $1 AND p.enrichment_task_id = CASE WHEN f.before ~ '^[0-9a-f-]{36}$' THEN f.before::uuid END
			AND p.entity_id = f.entity_id AND p.enrichment_type = 'monthly_close' AND p.deleted_at IS NULL
		WHERE f.depth < 50
	) `

// closeParts are the subtasks of a family of closes, the latest of each counterparty.
const closeParts = closeFamily + `SELECT * FROM (SELECT DISTINCT ON (c.entity_id) c.enrichment_task_id::text, c.enrichment_type, c.entity_type, c.entity_id, c.status::text,
		c.input, c.output, coalesce(c.error, '') FROM enrichment_tasks c
	WHERE c.workspace_pk = $1 AND c.parent_task_pk IN (SELECT pk FROM family) AND c.deleted_at IS NULL ORDER BY c.entity_id, c.pk DESC) AS latest
	ORDER BY coalesce(output ->> 'counterparty', input #>> '{share,name}', ''), entity_id LIMIT $3`

// CloseParts are the outputs of the subtasks of a close as they stand, the latest
// of each counterparty, with their ids and statuses; of a close that tries another
// one anew, those of that one too. Before the close has ended they are what is known
// of it.
func (db *DB) CloseParts(ctx context.Context, workspaceID, taskID string) (parts []enrich.Child, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		if !IsUUID(taskID) {
			return taskNotFound(taskID)
		}
		parts, err = selectRows[enrich.Child](ctx, tx, closeParts, ws, taskID, enrich.MaxChildren)
		return err
	})
	return parts, err
}

// RetryParts makes the subtasks of a close that is being worked on anew where they
// failed, alone, and says how many those were.
func (db *DB) RetryParts(ctx context.Context, workspaceID, taskID, by string) (n int, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		if !IsUUID(taskID) {
			return taskNotFound(taskID)
		}
		parts, err := selectRows[enrich.Child](ctx, tx, closeParts, ws, taskID, enrich.MaxChildren)
		if err != nil {
			return err
		}
		var requests []enrich.Request
		for _, p := range parts {
			if p.Status == enrich.Failed {
				requests = append(requests, enrich.Request{
					Type: p.Type, EntityType: p.EntityType, EntityID: p.EntityID, Input: p.Input, ParentID: &taskID, Force: true, By: by, SourceChannel: new(enrich.Manual),
				})
			}
		}
		n = len(requests)
		_, err = enqueue(ctx, tx, ws, requests)
		return err
	})
	if err == nil && n > 0 {
		db.announce()
	}
	return n, err
}

// signOffList is the list of sign-offs.
var signOffList = source[record.SignOff]{
	table: "close_sign_offs s", alias: "s", where: `s.workspace_pk = $1`, columns: signOffColumns,
	id: column{expr: "s.close_sign_off_id", typ: "uuid"},
	filters: map[string]column{
		"record_id":  {expr: "s.record_id", typ: "text", few: true},
		"state":      {expr: "s.state", typ: "text"},
		"created_at": {expr: "s.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{"created_at": {expr: "s.created_at", typ: "timestamptz"}},
	scan: func(row pgx.Row, before ...any) (record.SignOff, error) {
		var s record.SignOff
		err := row.Scan(append(before, signOffInto(&s)...)...)
		return s, err
	},
}

// ListSignOffs reads a page of sign-offs.
func (db *DB) ListSignOffs(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.SignOff], error) {
	return listIn(ctx, db, workspaceID, signOffList, q)
}

// Signing is a person's word that a month is closed.
type Signing struct {
	TaskID    string // the close that was looked at
	Hash      string // of the snapshot that was looked at
	By, KeyID string
	Note      string
}

// SignOff signs a close off. It must be the newest of its month, ready, prepared by
// somebody else, and its snapshot must be what the books of the month come to now,
// which hash says: CodeCloseNotReady, CodeOwnWork and CodeOutputChanged tell what is
// wrong. A sign-off of an older close of the month is replaced.
func (db *DB) SignOff(ctx context.Context, workspaceID string, s Signing, hash func(record.Month) string) (record.SignOff, error) {
	var signed record.SignOff
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		// Whoever changes a fact shares this lock: the books stand still.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('sign-off', $1))`, ws); err != nil {
			return err
		}
		c, err := signable(ctx, tx, ws, s)
		if err != nil {
			return err
		}
		facts, err := readMonth(ctx, tx, ws, c.Month, nil)
		if err != nil {
			return err
		}
		if hash(facts) != s.Hash {
			return enrich.Errorf(enrich.CodeOutputChanged, "The books of %s have moved on since this close: close the month again and look at it.", c.Month)
		}
		signed, err = insertSignOff(ctx, tx, ws, c, s)
		return err
	})
	return signed, err
}

// signable reads the close that is to be signed off and says what speaks against it.
func signable(ctx context.Context, tx pgx.Tx, ws int64, s Signing) (Close, error) {
	if !IsUUID(s.TaskID) {
		return Close{}, taskNotFound(s.TaskID)
	}
	c, err := scanClose(tx.QueryRow(ctx, `SELECT `+closeList.columns+` FROM `+closeList.table+closeList.joins+` WHERE `+closeList.where+` AND t.enrichment_task_id = $2::uuid`, ws, s.TaskID))
	if err == pgx.ErrNoRows {
		return c, taskNotFound(s.TaskID)
	}
	if err != nil {
		return c, err
	}
	var out struct {
		Verdict  string
		DryRun   bool `json:"dry_run"`
		Snapshot struct{ Hash string }
	}
	_ = json.Unmarshal(c.Output, &out) // nothing before it has ended
	var newer bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM enrichment_tasks t WHERE `+closeList.where+` AND t.input ->> 'record_id' = $2 AND t.created_at > $3
		AND NOT coalesce(t.input -> 'dry_run' = 'true', false))`, ws, c.Month, c.CreatedAt).Scan(&newer); err != nil {
		return c, err
	}
	switch {
	case c.Status != enrich.Completed:
		return c, enrich.Errorf(enrich.CodeCloseNotReady, "The close of %s is %s: it cannot be signed off yet.", c.Month, c.Status)
	case out.DryRun:
		return c, enrich.Errorf(enrich.CodeCloseNotReady, "This was a dry run: close the month to sign it off.")
	case out.Verdict != "ready":
		return c, enrich.Errorf(enrich.CodeCloseNotReady, "The close of %s is %s: it cannot be signed off.", c.Month, out.Verdict)
	case newer:
		return c, enrich.Errorf(enrich.CodeCloseNotReady, "There is a newer close of %s: look at that one.", c.Month)
	case c.SignOff != nil && c.SignOff.State == record.SignOffStanding:
		return c, enrich.Errorf(enrich.CodeSignedAlready, "%s is signed off already, by %s.", c.Month, c.SignOff.SignedBy)
	case c.PreparedBy != "" && strings.EqualFold(c.PreparedBy, s.By):
		return c, enrich.Errorf(enrich.CodeOwnWork, "Who prepared the close of a month does not sign it off: ask somebody else.")
	case s.Hash != out.Snapshot.Hash:
		return c, enrich.Errorf(enrich.CodeOutputChanged, "This is not the snapshot of that close: look at it again. Its hash is %s.", out.Snapshot.Hash)
	}
	return c, nil
}

func insertSignOff(ctx context.Context, tx pgx.Tx, ws int64, c Close, s Signing) (signed record.SignOff, err error) {
	if _, err := tx.Exec(ctx, `UPDATE close_sign_offs SET state = 'replaced' WHERE workspace_pk = $1 AND record_id = $2 AND state <> 'replaced'`, ws, c.Month); err != nil {
		return signed, err
	}
	err = tx.QueryRow(ctx, `INSERT INTO close_sign_offs AS s (workspace_pk, record_id, task_id, snapshot_hash, prepared_by, signed_by, key_id, note)
		VALUES ($1, $2, $3::uuid, $4, nullif($5, ''), $6, nullif($7, ''), $8) RETURNING `+signOffColumns,
		ws, c.Month, s.TaskID, s.Hash, c.PreparedBy, s.By, s.KeyID, s.Note).Scan(signOffInto(&signed)...)
	if err != nil {
		return signed, err
	}
	return signed, appendEvent(ctx, tx, ws, enrich.EventSignedOff, "close_sign_off", signed.ID,
		map[string]any{"record_id": c.Month, "task_id": s.TaskID, "by": s.By, "snapshot_hash": s.Hash})
}
