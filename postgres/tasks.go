package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// taskColumns and taskFrom read a task with its parent's public id and the
// reason why it waits. scanTask reads them in this order.
const (
	taskColumns = ownColumns + `,
		d.wait_code, coalesce(d.wait_words, ''), nullif(d.due_at, 'infinity'),
		d.task_pk IS NOT NULL AND NOT EXISTS (SELECT FROM enrichment_workers k WHERE t.enrichment_type = ANY (k.types)),
		CASE WHEN d.task_pk IS NOT NULL THEN (SELECT to_jsonb(h) FROM enrichment_holds h WHERE h.enrichment_type = t.enrichment_type
			ORDER BY h.paused_until DESC NULLS LAST LIMIT 1) END`
	ownColumns = `t.enrichment_task_id::text, w.workspace_id, p.enrichment_task_id::text, t.entity_type, t.entity_id,
		t.status::text, t.enrichment_type, t.input, t.output, t.target_fields, t.error, t.source_channel::text, t.input_hash,
		t.description, t.batch_id::text, t.created_at, t.updated_at, t.deleted_at, t.completed_at`
	// claimedColumns are those of a task in a worker's hands: it does not wait.
	claimedColumns = ownColumns + `, NULL::text, '', NULL::timestamptz, false, NULL::jsonb`
	taskJoins      = ` JOIN workspaces w ON w.pk = t.workspace_pk
		LEFT JOIN enrichment_tasks p ON p.pk = t.parent_task_pk AND p.workspace_pk = t.workspace_pk
		LEFT JOIN enrichment_dispatches d ON d.task_pk = t.pk AND ` + waiting + ` `
	// waiting says of a dispatch row d that no worker has it: it may be with a queue.
	waiting  = `coalesce(d.worker_pk, -1) = -1`
	taskFrom = ` FROM enrichment_tasks t` + taskJoins
)

// scanTask reads one row of taskColumns, after whatever more the caller selects
// in front of them.
func scanTask(row pgx.Row, before ...any) (enrich.Task, error) {
	var t enrich.Task
	var fields []byte
	var waitCode *string
	var waitWords string
	var due *time.Time
	var nobody bool
	var held *hold
	err := row.Scan(append(before, &t.ID, &t.WorkspaceID, &t.ParentID, &t.EntityType, &t.EntityID, &t.Status, &t.Type,
		&t.Input, &t.Output, &fields, &t.Error, &t.SourceChannel, &t.InputHash, &t.Description, &t.BatchID,
		&t.CreatedAt, &t.UpdatedAt, &t.DeletedAt, &t.CompletedAt, &waitCode, &waitWords, &due, &nobody, &held)...)
	if err != nil {
		return t, err
	}
	if fields != nil {
		// A foreign row may hold something else than strings: it shows as none.
		_ = json.Unmarshal(fields, &t.TargetFields)
	}
	t.Wait = waitOf(t, waitCode, waitWords, due, nobody, held)
	return t, nil
}

// Task reads one live task.
func (db *DB) Task(ctx context.Context, workspaceID, id string) (enrich.Task, error) {
	var task enrich.Task
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		task, err = taskByID(ctx, tx, ws, id)
		return err
	})
	return task, err
}

func taskByID(ctx context.Context, tx pgx.Tx, ws int64, id string) (enrich.Task, error) {
	if !IsUUID(id) {
		return enrich.Task{}, taskNotFound(id)
	}
	task, err := scanTask(tx.QueryRow(ctx, `SELECT `+taskColumns+taskFrom+
		`WHERE t.workspace_pk = $1 AND t.enrichment_task_id = $2::uuid AND t.deleted_at IS NULL`, ws, id))
	if err == pgx.ErrNoRows {
		return task, taskNotFound(id)
	}
	return task, err
}

// taskNotFound says the same for a task that never was, was deleted, or is
// another workspace's.
func taskNotFound(id string) error {
	return enrich.Errorf(enrich.CodeNotFound, "There is no enrichment task with this id.")
}

// IsUUID reports whether s has the shape of a uuid. Version and variant bits
// are not looked at: the contract's own example breaks the rules for them.
func IsUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return false
		}
	}
	return true
}

// TaskPatch is a caller's change of a task. Nil fields stay as they are.
type TaskPatch struct {
	Description  **string // a pointer to nil clears it
	Input        *json.RawMessage
	TargetFields *[]string
	InputHash    *string // must come with Input or TargetFields
	Parent       **string
}

// UpdateTask changes a live task as decide says, which sees the task as it
// stands under a lock. Everything but the description needs a pending task.
// Two tasks that are each made the other's parent at once lock each other out:
// one of them is tried again, and decide asked again.
func (db *DB) UpdateTask(ctx context.Context, workspaceID, id string, decide func(enrich.Task) (TaskPatch, error)) (enrich.Task, error) {
	var task enrich.Task
	var err error
	for range 3 {
		err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
			task, err = updateTask(ctx, tx, ws, id, decide)
			return err
		})
		if !deadlocked(err) {
			break
		}
	}
	return task, err
}

func updateTask(ctx context.Context, tx pgx.Tx, ws int64, id string, decide func(enrich.Task) (TaskPatch, error)) (enrich.Task, error) {
	if IsUUID(id) {
		if _, err := tx.Exec(ctx, `SELECT FROM enrichment_tasks WHERE workspace_pk = $1 AND enrichment_task_id = $2::uuid FOR UPDATE`, ws, id); err != nil {
			return enrich.Task{}, err
		}
	}
	task, err := taskByID(ctx, tx, ws, id)
	if err != nil {
		return task, err
	}
	patch, err := decide(task)
	if err != nil {
		return task, err
	}
	if err := patchTask(ctx, tx, ws, task, patch); err != nil {
		return task, err
	}
	return taskByID(ctx, tx, ws, id)
}

func patchTask(ctx context.Context, tx pgx.Tx, ws int64, task enrich.Task, p TaskPatch) error {
	if p == (TaskPatch{}) {
		return nil
	}
	set, args := []string{"updated_at = now()"}, []any{ws, task.ID}
	assign := func(column, cast string, v any) {
		args = append(args, v)
		set = append(set, fmt.Sprintf("%s = $%d%s", column, len(args), cast))
	}
	if p.Description != nil {
		assign("description", "", *p.Description)
		if err := appendEvent(ctx, tx, ws, enrich.EventTaskDescribed, "enrichment_task", task.ID, nil); err != nil {
			return err
		}
	}
	if p.Input != nil {
		assign("input", "::jsonb", nullJSON(*p.Input))
	}
	if p.TargetFields != nil {
		assign("target_fields", "::jsonb", jsonStrings(*p.TargetFields))
	}
	if p.InputHash != nil {
		assign("input_hash", "", *p.InputHash)
	}
	if p.Parent != nil {
		parent, err := parentKey(ctx, tx, ws, *p.Parent, task.ID)
		if err != nil {
			return err
		}
		if err := changeFamily(ctx, tx, ws, task.ID, parent); err != nil {
			return err
		}
		assign("parent_task_pk", "", parent)
	}
	if _, err := tx.Exec(ctx, `UPDATE enrichment_tasks SET `+strings.Join(set, ", ")+
		` WHERE workspace_pk = $1 AND enrichment_task_id = $2::uuid`, args...); err != nil {
		return err
	}
	return appendEvent(ctx, tx, ws, enrich.EventTaskUpdated, "enrichment_task", task.ID, nil)
}

// parentKey finds the key of a parent, which must be live, of the same
// workspace, and itself without a parent: a macro and its subtasks is the only
// shape there is. child is empty for a new task.
func parentKey(ctx context.Context, tx pgx.Tx, ws int64, parent *string, child string) (*int64, error) {
	if parent == nil {
		return nil, nil
	}
	missing := enrich.Errorf(enrich.CodeRelatedNotFound, "There is no enrichment task with this id to be the parent.")
	if !IsUUID(*parent) {
		return nil, missing
	}
	// The dispatch row comes first, as everywhere: the parent may be about to park.
	if _, err := tx.Exec(ctx, `SELECT FROM enrichment_dispatches WHERE workspace_pk = $1 AND task_pk = (
		SELECT pk FROM enrichment_tasks WHERE workspace_pk = $1 AND enrichment_task_id = $2::uuid) FOR UPDATE`, ws, *parent); err != nil {
		return nil, err
	}
	var pk int64
	var nested bool
	err := tx.QueryRow(ctx, `SELECT pk, parent_task_pk IS NOT NULL FROM enrichment_tasks
		WHERE workspace_pk = $1 AND enrichment_task_id = $2::uuid AND deleted_at IS NULL FOR UPDATE`, ws, *parent).Scan(&pk, &nested)
	if err == pgx.ErrNoRows {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	var hasChildren bool
	if child != "" {
		err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM enrichment_tasks c JOIN enrichment_tasks t ON c.parent_task_pk = t.pk
			WHERE c.workspace_pk = $1 AND t.workspace_pk = $1 AND t.enrichment_task_id = $2::uuid AND c.deleted_at IS NULL)`, ws, child).Scan(&hasChildren)
		if err != nil {
			return nil, err
		}
	}
	if nested || hasChildren || strings.EqualFold(*parent, child) {
		return nil, enrich.Errorf(enrich.CodeParentCycle, "A task may have subtasks or a parent, not both, and never itself.")
	}
	return &pk, nil
}

// DeleteTask withdraws a live task: it leaves every list, its dispatch row goes
// and fences the worker that holds it, its status stays what it was. Its
// subtasks lose their parent, and those still pending go with it.
// may, if it is not nil, sees the task under a lock first.
func (db *DB) DeleteTask(ctx context.Context, workspaceID, id string, may func(enrich.Task) error) error {
	defer db.announce() // a parent may have waited for this task alone
	return db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		if !IsUUID(id) {
			return taskNotFound(id)
		}
		var pk int64
		err := tx.QueryRow(ctx, `SELECT pk FROM enrichment_tasks
			WHERE workspace_pk = $1 AND enrichment_task_id = $2::uuid AND deleted_at IS NULL`, ws, id).Scan(&pk)
		if err == pgx.ErrNoRows {
			return taskNotFound(id)
		}
		if err != nil {
			return err
		}
		if may != nil {
			if err := allowDeletion(ctx, tx, ws, pk, id, may); err != nil {
				return err
			}
		}
		return withdraw(ctx, tx, ws, pk)
	})
}

// allowDeletion asks may under the locks that withdraw takes, in its order.
func allowDeletion(ctx context.Context, tx pgx.Tx, ws, pk int64, id string, may func(enrich.Task) error) error {
	if _, err := tx.Exec(ctx, `SELECT FROM enrichment_dispatches WHERE workspace_pk = $1 AND task_pk = $2 FOR UPDATE`, ws, pk); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `SELECT FROM enrichment_tasks WHERE workspace_pk = $1 AND pk = $2 FOR UPDATE`, ws, pk); err != nil {
		return err
	}
	task, err := taskByID(ctx, tx, ws, id)
	if err != nil {
		return err
	}
	return may(task)
}
