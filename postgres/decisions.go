package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/tracing"
)

// Verdict is what a person sends in on a proposal.
type Verdict struct {
	Verdict      enrich.Verdict
	Accepted     []string // ids of items; nil is all
	Reason       string
	ReviewedHash string // empty takes the output as it stands now
	By, KeyID    string
	Grace        time.Duration // how long it can be undone
}

const decisionColumns = `d.decision_id::text, t.enrichment_task_id::text, d.verdict, d.accepted, d.reason, d.reviewed_hash,
	d.decided_by, d.state, d.created_at, d.effective_at, d.ended_at`

const decisionFrom = ` FROM enrichment_decisions d JOIN enrichment_tasks t ON t.pk = d.task_pk AND t.workspace_pk = d.workspace_pk `

// Decide takes a person's decision on what a task proposes. It takes effect
// after the grace; until then Withdraw undoes it. A task that awaits nothing
// answers CodeNotAwaiting, one that is decided already CodeDecisionMade, one
// whose output is not the reviewed one CodeOutputChanged.
func (db *DB) Decide(ctx context.Context, workspaceID, taskID string, v Verdict) (enrich.Decision, error) {
	var decision enrich.Decision
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		decision, err = decide(ctx, tx, ws, taskID, v)
		return err
	})
	if err == nil && v.Grace == 0 {
		db.announce()
	}
	return decision, err
}

func decide(ctx context.Context, tx pgx.Tx, ws int64, taskID string, v Verdict) (enrich.Decision, error) {
	if !IsUUID(taskID) {
		return enrich.Decision{}, taskNotFound(taskID)
	}
	var pk int64
	var depth int
	var status enrich.Status
	var output, effects json.RawMessage
	// The lock makes the second of two deciders wait for the first.
	err := tx.QueryRow(ctx, `SELECT t.pk, t.status::text, t.output, coalesce(p.effects, '{}'), coalesce(p.depth, 0) FROM enrichment_tasks t
		LEFT JOIN enrichment_proposals p ON p.task_pk = t.pk AND p.workspace_pk = t.workspace_pk
		WHERE t.workspace_pk = $1 AND t.enrichment_task_id = $2::uuid AND t.deleted_at IS NULL FOR UPDATE OF t`, ws, taskID).
		Scan(&pk, &status, &output, &effects, &depth)
	if err == pgx.ErrNoRows {
		return enrich.Decision{}, taskNotFound(taskID)
	}
	if err != nil {
		return enrich.Decision{}, err
	}
	if v.ReviewedHash, err = decidable(status, output, effects, v); err != nil {
		return enrich.Decision{}, err
	}
	return insertDecision(ctx, tx, ws, pk, depth, v)
}

// decidable checks a verdict against the proposal and returns the hash that it
// is bound to.
func decidable(status enrich.Status, output, effects json.RawMessage, v Verdict) (string, error) {
	if status != enrich.AwaitingApproval {
		return "", enrich.Errorf(enrich.CodeNotAwaiting, "The task is %s: there is nothing to decide.", status)
	}
	hash, err := enrich.OutputHash(output)
	if err != nil {
		return "", err
	}
	if v.ReviewedHash != "" && v.ReviewedHash != hash {
		return "", enrich.Errorf(enrich.CodeOutputChanged, "The proposal is not the one that was reviewed: look at it again. Its hash is now %s.", hash)
	}
	var proposal enrich.Proposal
	if err := json.Unmarshal(effects, &proposal); err != nil {
		return "", fmt.Errorf("stored proposal: %w", err)
	}
	known := map[string]bool{}
	taking := enrich.Decision{Verdict: v.Verdict, Accepted: v.Accepted}
	for _, item := range proposal.Items {
		known[item.ID] = true
		if item.NeedsReason && taking.Accepts(item.ID) && strings.TrimSpace(v.Reason) == "" {
			return "", &enrich.Error{Code: enrich.CodeReasonNeeded, Message: "Who lets this stand must say why: give a reason.", Field: "reason"}
		}
	}
	for _, id := range v.Accepted {
		if !known[id] {
			return "", &enrich.Error{Code: enrich.CodeUnknownItem, Message: fmt.Sprintf("The proposal has no item %q.", id), Field: "accepted"}
		}
	}
	return hash, nil
}

func insertDecision(ctx context.Context, tx pgx.Tx, ws, task int64, depth int, v Verdict) (enrich.Decision, error) {
	tag, err := tx.Exec(ctx, `INSERT INTO enrichment_decisions (workspace_pk, task_pk, verdict, accepted, reason, reviewed_hash, decided_by, key_id, effective_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9))
		ON CONFLICT (task_pk) WHERE state = 'waiting' DO NOTHING`,
		ws, task, v.Verdict, v.Accepted, v.Reason, v.ReviewedHash, v.By, v.KeyID, seconds(v.Grace))
	if err != nil {
		return enrich.Decision{}, err
	}
	if tag.RowsAffected() == 0 {
		return enrich.Decision{}, enrich.Errorf(enrich.CodeDecisionMade, "This proposal is decided already.")
	}
	if _, err := tx.Exec(ctx, `INSERT INTO enrichment_dispatches (task_pk, workspace_pk, enrichment_type, priority, depth, due_at, wait_code, wait_words, attempt, traceparent)
		SELECT pk, $1, enrichment_type, $3, $4, now() + make_interval(secs => $5), $6,
			'A decision was taken; it takes effect when its time for undoing is over.',
			coalesce((SELECT max(attempt) FROM enrichment_task_attempts a WHERE a.workspace_pk = $1 AND a.task_pk = $2), 0),
			nullif($7::text, '')
		FROM enrichment_tasks WHERE workspace_pk = $1 AND pk = $2`,
		ws, task, enrich.PriorityPerson, depth, seconds(v.Grace), enrich.WaitDecided, tracing.String(ctx)); err != nil {
		return enrich.Decision{}, err
	}
	d, err := oneDecision(ctx, tx, `d.workspace_pk = $1 AND d.task_pk = $2 AND d.state = 'waiting'`, ws, task)
	if err != nil {
		return d, err
	}
	return d, appendEvent(ctx, tx, ws, enrich.EventDecisionMade, "enrichment_task", d.TaskID,
		map[string]any{"decision_id": d.ID, "decision": d.Verdict, "by": d.By, "effective_at": d.EffectiveAt})
}

// Withdraw undoes a decision that has not taken effect yet. One that has, or
// that a worker is carrying out, answers CodeDecisionEnded.
func (db *DB) Withdraw(ctx context.Context, workspaceID, taskID, decisionID string) error {
	return db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		if !IsUUID(taskID) || !IsUUID(decisionID) {
			return decisionNotFound()
		}
		var task int64
		var state enrich.DecisionState
		err := tx.QueryRow(ctx, `SELECT d.task_pk, d.state `+decisionFrom+`WHERE d.workspace_pk = $1 AND d.decision_id = $2::uuid
			AND t.enrichment_task_id = $3::uuid AND t.deleted_at IS NULL`, ws, decisionID, taskID).Scan(&task, &state)
		if err == pgx.ErrNoRows {
			return decisionNotFound()
		}
		if err != nil {
			return err
		}
		// The dispatch row comes first, as in claim and settle: whoever takes it wins.
		tag, err := tx.Exec(ctx, `DELETE FROM enrichment_dispatches WHERE workspace_pk = $1 AND task_pk = $2
			AND worker_pk IS NULL AND wait_code = $3 AND due_at > now()`, ws, task, enrich.WaitDecided)
		if err != nil {
			return err
		}
		if state != enrich.DecisionWaiting || tag.RowsAffected() == 0 {
			return enrich.Errorf(enrich.CodeDecisionEnded, "It is too late to undo this decision: it is %s.", endedWord(state))
		}
		if _, err := tx.Exec(ctx, `UPDATE enrichment_decisions SET state = 'withdrawn', ended_at = now()
			WHERE workspace_pk = $1 AND task_pk = $2 AND state = 'waiting'`, ws, task); err != nil {
			return err
		}
		return appendEvent(ctx, tx, ws, enrich.EventDecisionWithdrawn, "enrichment_task", taskID, map[string]any{"decision_id": decisionID})
	})
}

func endedWord(state enrich.DecisionState) string {
	if state == enrich.DecisionWaiting {
		return "being carried out"
	}
	return string(state)
}

func decisionNotFound() error {
	return enrich.Errorf(enrich.CodeNotFound, "There is no decision with this id on this task.")
}

// Decisions lists what people decided on a task, the latest first.
func (db *DB) Decisions(ctx context.Context, workspaceID, taskID string) ([]enrich.Decision, error) {
	var list []enrich.Decision
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		task, err := taskByID(ctx, tx, ws, taskID)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT `+decisionColumns+decisionFrom+`WHERE d.workspace_pk = $1
			AND t.enrichment_task_id = $2::uuid ORDER BY d.pk DESC LIMIT 200`, ws, task.ID)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[enrich.Decision])
		return err
	})
	return list, err
}

// Decision reads one decision of a task.
func (db *DB) Decision(ctx context.Context, workspaceID, taskID, decisionID string) (enrich.Decision, error) {
	var d enrich.Decision
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		if !IsUUID(taskID) || !IsUUID(decisionID) {
			return decisionNotFound()
		}
		d, err = oneDecision(ctx, tx, `d.workspace_pk = $1 AND d.decision_id = $2::uuid AND t.enrichment_task_id = $3::uuid AND t.deleted_at IS NULL`,
			ws, decisionID, taskID)
		return err
	})
	return d, err
}

func oneDecision(ctx context.Context, tx pgx.Tx, where string, args ...any) (enrich.Decision, error) {
	rows, err := tx.Query(ctx, `SELECT `+decisionColumns+decisionFrom+`WHERE `+where, args...)
	if err != nil {
		return enrich.Decision{}, err
	}
	d, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[enrich.Decision])
	if err == pgx.ErrNoRows {
		return d, decisionNotFound()
	}
	return d, err
}

// bringDecisions gives the claims of tasks that were decided their decision and
// the proposal that it is about.
func bringDecisions(ctx context.Context, tx pgx.Tx, ws int64, claims []enrich.Claim) error {
	at := map[int64]int{}
	var keys []int64
	for i, c := range claims {
		// A first attempt has nothing to be decided on.
		if c.Task.Output != nil {
			at[c.Key] = i
			keys = append(keys, c.Key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT d.task_pk, coalesce(p.effects, '{}'), `+decisionColumns+decisionFrom+`
		LEFT JOIN enrichment_proposals p ON p.task_pk = d.task_pk AND p.workspace_pk = d.workspace_pk
		WHERE d.workspace_pk = $1 AND d.task_pk = ANY ($2) AND d.state = 'waiting'`, ws, keys)
	if err != nil {
		return err
	}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var key int64
		var effects []byte
		var d enrich.Decision
		if err := row.Scan(&key, &effects, &d.ID, &d.TaskID, &d.Verdict, &d.Accepted, &d.Reason, &d.ReviewedHash, &d.By, &d.State,
			&d.CreatedAt, &d.EffectiveAt, &d.EndedAt); err != nil {
			return struct{}{}, err
		}
		c := &claims[at[key]]
		c.Decision = &d
		return struct{}{}, json.Unmarshal(effects, &c.Proposal)
	})
	return err
}

// keepProposals stores what settled tasks ask, and ends the decisions that
// settled claims carried out.
func keepProposals(ctx context.Context, tx pgx.Tx, ws int64, settled []enrich.Settlement) error {
	batch := &pgx.Batch{}
	for _, s := range settled {
		if s.Proposal != nil {
			raw, err := json.Marshal(s.Proposal)
			if err != nil {
				return err
			}
			batch.Queue(`INSERT INTO enrichment_proposals (task_pk, workspace_pk, effects, depth) VALUES ($2, $1, $3::json, $4)
				ON CONFLICT (task_pk) DO UPDATE SET effects = excluded.effects, made_at = now()`, ws, s.Claim.Key, string(raw), s.Claim.Depth)
		}
		if state := decisionAfter(s); state != "" {
			batch.Queue(`UPDATE enrichment_decisions SET state = $3, ended_at = now()
				WHERE workspace_pk = $1 AND task_pk = $2 AND state = 'waiting'`, ws, s.Claim.Key, state)
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, batch).Close()
}

// decisionAfter is what a settlement makes of the decision that waits on its
// task; empty leaves it waiting for the next attempt.
func decisionAfter(s enrich.Settlement) enrich.DecisionState {
	switch {
	case s.Outcome == enrich.OutcomeDecided:
		return enrich.DecisionApplied
	case s.Outcome == enrich.OutcomeReleased, s.Outcome == enrich.OutcomeCrashed && s.To == "":
		return ""
	case s.Claim.Decision != nil, s.Outcome == enrich.OutcomeCrashed:
		return enrich.DecisionSuperseded
	}
	return ""
}
