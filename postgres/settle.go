package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/failpoint"
	"github.com/enrichd/enrichd/record"
)

// Settle writes what became of claims, each with all its effects: status,
// output, records, follow-ups, attempt, events. Claims of one workspace share a
// transaction. The result says which claims still held: a claim that was lost
// (its token is no longer the one in the dispatch row) changes nothing at all.
//
// One settlement that the database refuses must not sink its group: the group
// is tried again one by one, and what is refused even alone ends as failed.
func (db *DB) Settle(ctx context.Context, worker string, settlements []enrich.Settlement) (map[int64]bool, error) {
	held := map[int64]bool{}
	if err := db.pauseProviders(ctx, settlements); err != nil {
		return held, err
	}
	for _, group := range byTenant(settlements, func(s enrich.Settlement) int64 { return s.Claim.Tenant }) {
		if err := db.settleTenant(ctx, worker, group, held); err != nil {
			return held, err
		}
	}
	db.announce()
	return held, nil
}

func (db *DB) settleTenant(ctx context.Context, worker string, group []enrich.Settlement, held map[int64]bool) error {
	kept, err := db.settleOnce(ctx, worker, group)
	switch {
	case err == nil:
		for token := range kept {
			held[token] = true
		}
		return nil
	case !refusesData(err) && !errors.Is(err, errMoved):
		return err
	case len(group) == 1 && errors.Is(err, errMoved):
		return db.settleMoved(ctx, worker, group[0], held)
	case len(group) == 1:
		return db.settleRefused(ctx, worker, group[0], err, held)
	}
	for i := range group {
		if err := db.settleTenant(ctx, worker, group[i:i+1], held); err != nil {
			return err
		}
	}
	return nil
}

// settleRefused ends a task whose answer the database will not take.
func (db *DB) settleRefused(ctx context.Context, worker string, s enrich.Settlement, cause error, held map[int64]bool) error {
	kept, err := db.settleOnce(ctx, worker, []enrich.Settlement{{
		Claim: s.Claim, To: enrich.Failed, Outcome: enrich.OutcomeFailed, CostMicros: s.CostMicros,
		Message:     "result_not_storable: The result holds values that cannot be stored, so nothing of it was kept.",
		Description: "**Could not be done.** The result holds values that cannot be stored, so nothing of it was kept.",
		Detail:      cleanText(cause.Error()),
	}})
	for token := range kept {
		held[token] = true
	}
	return err
}

// moveCap is how many attempts may end because the records moved on. Each time
// somebody else got something done; this bounds what a faulty kind could do.
const moveCap = 20

// settleMoved has a task look again: what its answer stands on is gone.
func (db *DB) settleMoved(ctx context.Context, worker string, s enrich.Settlement, held map[int64]bool) error {
	again := enrich.Settlement{
		Claim: s.Claim, Outcome: enrich.OutcomeRetried, CostMicros: s.CostMicros, Detail: errMoved.Error(),
		WaitCode: enrich.WaitRetry, WaitWords: "What it found was linked otherwise meanwhile; it looks again.",
	}
	if s.Claim.Attempt >= moveCap {
		again.To, again.Outcome = enrich.Failed, enrich.OutcomeFailed
		again.Message = fmt.Sprintf("records_moved: The records changed under each of %d attempts.", s.Claim.Attempt)
		again.Description = "**Could not be done.** " + again.Message
	}
	kept, err := db.settleOnce(ctx, worker, []enrich.Settlement{again})
	for token := range kept {
		held[token] = true
	}
	return err
}

func (db *DB) settleOnce(ctx context.Context, worker string, group []enrich.Settlement) (map[int64]bool, error) {
	var kept map[int64]bool
	err := db.inTenantTx(ctx, group[0].Claim.Tenant, func(tx pgx.Tx) (err error) {
		if kept, err = settleGroup(ctx, tx, group, worker); err != nil {
			return err
		}
		return failpoint.Hit(failpoint.SettleBeforeCommit)
	})
	if err == nil {
		err = failpoint.Hit(failpoint.SettleAfterCommit)
	}
	return kept, err
}

// settleGroup settles claims of one workspace in one transaction.
func settleGroup(ctx context.Context, tx pgx.Tx, group []enrich.Settlement, worker string) (map[int64]bool, error) {
	ws := group[0].Claim.Tenant
	kept, err := letGo(ctx, tx, ws, group)
	if err != nil {
		return nil, err
	}
	var holding []enrich.Settlement
	for _, s := range group {
		if kept[s.Claim.Token] {
			holding = append(holding, s)
		}
	}
	// Records come first: the outputs say what became of each value.
	if err := applyRecords(ctx, tx, ws, holding); err != nil {
		return nil, err
	}
	var moves []move
	for _, s := range holding {
		if s.To != "" {
			moves = append(moves, finalMove(s))
		}
	}
	if len(moves) > 0 {
		moved, err := advance(ctx, tx, ws, moves)
		if err != nil {
			return nil, err
		}
		if len(moved) != len(moves) {
			return nil, fmt.Errorf("settle: %d of %d tasks did not move although their claim held", len(moves)-len(moved), len(moves))
		}
	}
	for _, s := range holding {
		if err := monthsStandStill(ctx, tx, ws, s.Claim, s.FollowUps); err != nil {
			return nil, err
		}
		switch _, err := enqueue(ctx, tx, ws, s.FollowUps); {
		case enrich.CodeOf(err) == enrich.CodeCloseActive:
			return nil, errMoved // somebody else closes that month: look again
		case err != nil:
			return nil, err
		}
	}
	if err := splitAll(ctx, tx, ws, holding); err != nil {
		return nil, err
	}
	if err := keepProposals(ctx, tx, ws, holding); err != nil {
		return nil, err
	}
	if err := countCosts(ctx, tx, ws, holding); err != nil {
		return nil, err
	}
	return kept, recordAttempts(ctx, tx, ws, holding, worker)
}

func finalMove(s enrich.Settlement) move {
	m := move{task: s.Claim.Key, from: enrich.Processing, to: s.To, output: s.Output}
	if s.Message != "" {
		message := cut(cleanText(s.Message), 8000)
		m.message = &message
	}
	if s.Description != "" {
		description := cut(cleanText(s.Description), 16000)
		m.description = &description
	}
	return m
}

// letGo frees the dispatch rows of claims that still hold and returns their
// tokens: the fence. Finished tasks lose their row, others are due again.
func letGo(ctx context.Context, tx pgx.Tx, ws int64, group []enrich.Settlement) (map[int64]bool, error) {
	n := len(group)
	tasks, tokens, final := make([]int64, n), make([]int64, n), make([]bool, n)
	delays, uncharged, crashed := make([]float64, n), make([]int, n), make([]int, n)
	codes, words, stays := make([]string, n), make([]string, n), make([]bool, n)
	for i, s := range group {
		tasks[i], tokens[i], final[i] = s.Claim.Key, s.Claim.Token, s.To != ""
		delays[i] = s.Retry.Seconds()
		codes[i], words[i], stays[i] = s.WaitCode, s.WaitWords, s.Stays
		if s.Outcome == enrich.OutcomeReleased || s.Outcome == enrich.OutcomeDeferred {
			uncharged[i] = 1
		}
		if s.Outcome == enrich.OutcomeCrashed {
			crashed[i] = 1
		}
	}
	rows, err := tx.Query(ctx, `
		WITH s AS (
			SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::bool[], $5::float8[], $6::int[], $7::int[], $8::text[], $9::text[], $10::bool[])
				AS s (task_pk, token, final, delay, uncharged, crashed, code, words, stays)
		), done AS (
			DELETE FROM enrichment_dispatches d USING s
			WHERE s.final AND d.workspace_pk = $1 AND d.task_pk = s.task_pk AND d.token = s.token RETURNING d.token
		), again AS (
			UPDATE enrichment_dispatches d SET worker_pk = CASE WHEN s.stays THEN $11::bigint END,
				token = CASE WHEN s.stays THEN 1 + floor(random() * 9e15)::bigint END, claimed_at = CASE WHEN s.stays THEN now() END,
				sent_at = CASE WHEN s.stays THEN now() END, due_at = now() + make_interval(secs => s.delay), attempt = d.attempt - s.uncharged, crashes = d.crashes + s.crashed,
				wait_code = s.code, wait_words = nullif(s.words, '')
			FROM s WHERE NOT s.final AND d.workspace_pk = $1 AND d.task_pk = s.task_pk AND d.token = s.token RETURNING s.token
		)
		SELECT token FROM done UNION ALL SELECT token FROM again`, ws, tasks, tokens, final, delays, uncharged, crashed, codes, words, stays, withQueue)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	kept := make(map[int64]bool, len(list))
	for _, token := range list {
		kept[token] = true
	}
	return kept, err
}

// applyRecords writes the records of settlements, and into their outputs what
// became of the values that they show.
func applyRecords(ctx context.Context, tx pgx.Tx, ws int64, settled []enrich.Settlement) error {
	own, writes, conditional := partWrites(settled)
	keys, err := lockRecords(ctx, tx, ws, writes)
	if err != nil {
		return err
	}
	if len(conditional) > 0 {
		if err := readsMoved(ctx, tx, ws, conditional); err != nil {
			return err
		}
	}
	cells, err := applyCells(ctx, tx, ws, own)
	if err != nil {
		return err
	}
	for i := range settled {
		if err := applySettled(ctx, tx, ws, &settled[i], keys, cells); err != nil {
			return err
		}
	}
	return nil
}

// applySettled writes the records of one settlement, and into its output what
// became of the values that it shows.
func applySettled(ctx context.Context, tx pgx.Tx, ws int64, s *enrich.Settlement, keys map[recordRef]int64, cells map[cellKey]cellResult) error {
	became := map[string]record.Decision{}
	var changes []newValue
	for _, w := range s.Records {
		plain := w
		plain.Fields = slices.DeleteFunc(slices.Clone(w.Fields), func(f enrich.FieldWrite) bool { return f.Own })
		for _, f := range w.Fields {
			r, ok := cells[cellKey{w.EntityType, w.EntityID, f.Name}]
			if !ok || !f.Own {
				continue
			}
			if f.Shown != "" {
				became[f.Shown] = r.decision
			}
			if r.changed {
				changes = append(changes, newValue{w.EntityType, w.EntityID, f.Name, true})
			}
		}
		if len(plain.Fields) == 0 && len(w.Fields) > 0 {
			continue
		}
		decisions, changed, err := applyRecord(ctx, tx, ws, keys[recordRef{w.EntityType, w.EntityID}], s.Claim.Task.ID, plain)
		if err != nil {
			return fmt.Errorf("write %s %s: %w", w.EntityType, w.EntityID, err)
		}
		changes = append(changes, changed...)
		for n, f := range plain.Fields {
			if f.Shown != "" {
				became[f.Shown] = decisions[n]
			}
		}
	}
	var err error
	if s.Output, err = showDecisions(s.Output, became); err != nil {
		return err
	}
	return followChanges(ctx, tx, ws, s, changes)
}

// showDecisions writes into output._fields what became of the values there.
func showDecisions(output []byte, became map[string]record.Decision) ([]byte, error) {
	if len(became) == 0 || len(output) == 0 {
		return output, nil
	}
	var out map[string]json.RawMessage
	var fields map[string]map[string]json.RawMessage
	if err := json.Unmarshal(output, &out); err != nil {
		return nil, fmt.Errorf("output: %w: %w", errUnwritable, err)
	}
	if json.Unmarshal(out["_fields"], &fields) != nil {
		return output, nil
	}
	for name, decision := range became {
		if fields[name] != nil {
			fields[name]["decision"] = json.RawMessage(`"` + string(decision) + `"`)
		}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	out["_fields"] = raw
	return json.Marshal(out)
}

// recordAttempts appends the history of what ended. What was handed back
// uncharged is no attempt.
func recordAttempts(ctx context.Context, tx pgx.Tx, ws int64, settled []enrich.Settlement, worker string) error {
	var tasks, costs []int64
	var numbers []int
	var began []time.Time
	var outcomes, faults []string
	for _, s := range settled {
		if s.Outcome == enrich.OutcomeReleased || s.Outcome == enrich.OutcomeDeferred {
			continue
		}
		detail := s.Detail
		if detail == "" {
			detail = s.Message
		}
		tasks, costs = append(tasks, s.Claim.Key), append(costs, s.CostMicros)
		numbers, began = append(numbers, s.Claim.Attempt), append(began, s.Claim.At)
		outcomes, faults = append(outcomes, string(s.Outcome)), append(faults, cut(cleanText(detail), 32000))
	}
	if len(tasks) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO enrichment_task_attempts (workspace_pk, task_pk, attempt, worker, started_at, outcome, error, cost_micros)
		SELECT $1, task_pk, attempt, $2, started_at, outcome, nullif(error, ''), cost_micros
		FROM unnest($3::bigint[], $4::int[], $5::timestamptz[], $6::text[], $7::text[], $8::bigint[])
			AS s (task_pk, attempt, started_at, outcome, error, cost_micros)`, ws, worker, tasks, numbers, began, outcomes, faults, costs)
	return err
}

// Attempts lists the finished attempts of a task, oldest first.
func (db *DB) Attempts(ctx context.Context, workspaceID, taskID string) ([]enrich.Attempt, error) {
	var attempts []enrich.Attempt
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT attempt, worker, started_at, ended_at, outcome, coalesce(error, ''), cost_micros
			FROM enrichment_task_attempts WHERE workspace_pk = $1
				AND task_pk = (SELECT pk FROM enrichment_tasks WHERE workspace_pk = $1 AND enrichment_task_id::text = lower($2))
			ORDER BY pk`, ws, taskID)
		if err != nil {
			return err
		}
		attempts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[enrich.Attempt])
		return err
	})
	return attempts, err
}

// cleanText takes out what PostgreSQL text cannot hold, so that a failure can
// always be written down: NUL and bytes that are no UTF-8.
func cleanText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// canonical brings a JSON value into the one form in which values are compared.
func canonical(raw json.RawMessage) (string, error) {
	out, err := enrich.CanonicalJSON(raw)
	return string(out), err
}
