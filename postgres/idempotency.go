package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/failpoint"
)

// How long an idempotency key is remembered, and after how long its first
// request is taken for lost: longer than a statement may run, and short enough for
// a caller whose server died to wait for.
const (
	keptFor = 24 * time.Hour
	lostAt  = 20 * time.Second
)

// IdempotencyKey names a request that may come again: the same key means the
// same request within one route of one workspace.
type IdempotencyKey struct {
	Route, Key  string
	Fingerprint []byte // of the body
}

// Answer is a response as it was given.
type Answer struct {
	Status int
	Header map[string][]string
	Body   []byte
}

// Claimed says what is known of an idempotency key.
type Claimed struct {
	Mine   bool    // nobody used it: the request may run, and must be settled
	Same   bool    // it was used for the same request
	Answer *Answer // of the first request; nil while it runs
}

// ClaimKey takes an idempotency key for a request, or says who has it.
func (db *DB) ClaimKey(ctx context.Context, workspaceID string, k IdempotencyKey) (Claimed, error) {
	var claimed Claimed
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		claimed, err = claimKey(ctx, tx, ws, k)
		return err
	})
	return claimed, err
}

func claimKey(ctx context.Context, tx pgx.Tx, ws int64, k IdempotencyKey) (Claimed, error) {
	// A hundred old ones go with each new one, so that they never pile up.
	if _, err := tx.Exec(ctx, `DELETE FROM idempotency_keys WHERE workspace_pk = $1 AND (route, key) IN (
			SELECT route, key FROM idempotency_keys WHERE workspace_pk = $1 AND started_at < now() - make_interval(secs => $2)
			ORDER BY started_at LIMIT 100 FOR UPDATE SKIP LOCKED)`, ws, seconds(keptFor)); err != nil {
		return Claimed{}, err
	}
	// Whoever has the key holds its row while it works: it is read without a lock
	// first, so that a second request is told so instead of waiting.
	if claimed, mayTake, err := readKey(ctx, tx, ws, k); err != nil || !mayTake {
		return claimed, err
	}
	tag, err := tx.Exec(ctx, `INSERT INTO idempotency_keys AS k (workspace_pk, route, key, fingerprint) VALUES ($1, $2, $3, $4)
		ON CONFLICT (workspace_pk, route, key) DO UPDATE SET fingerprint = excluded.fingerprint, started_at = now(), status = NULL, header = NULL, body = NULL,
			made = CASE WHEN k.started_at >= now() - make_interval(secs => $5) THEN k.made END
		WHERE `+keyFree, ws, k.Route, k.Key, k.Fingerprint, seconds(keptFor), seconds(lostAt))
	if err != nil || tag.RowsAffected() == 1 {
		return Claimed{Mine: true}, err
	}
	claimed, _, err := readKey(ctx, tx, ws, k)
	return claimed, err
}

// keyFree says of a key k that the request with the fingerprint $4 may take it: it
// is older than $5 seconds, or its first request was lost ($6 seconds, or the same
// request made something and nobody heard of it).
const keyFree = `(k.started_at < now() - make_interval(secs => $5)
	OR k.status IS NULL AND (k.started_at < now() - make_interval(secs => $6) OR k.made IS NOT NULL AND k.fingerprint = $4))`

// readKey says what is known of a key, and whether the request may take it.
func readKey(ctx context.Context, tx pgx.Tx, ws int64, k IdempotencyKey) (claimed Claimed, mayTake bool, err error) {
	var fingerprint, header, body []byte
	var status *int
	err = tx.QueryRow(ctx, `SELECT fingerprint, status, header, body, `+keyFree+` FROM idempotency_keys k WHERE workspace_pk = $1 AND route = $2 AND key = $3`,
		ws, k.Route, k.Key, k.Fingerprint, seconds(keptFor), seconds(lostAt)).Scan(&fingerprint, &status, &header, &body, &mayTake)
	if errors.Is(err, pgx.ErrNoRows) {
		return Claimed{}, true, nil
	}
	if err != nil {
		return Claimed{}, false, err
	}
	claimed = Claimed{Same: bytes.Equal(fingerprint, k.Fingerprint)}
	if status != nil {
		claimed.Answer = &Answer{Status: *status, Body: body}
		err = json.Unmarshal(header, &claimed.Answer.Header)
	}
	return claimed, mayTake, err
}

// SettleKey keeps the answer of the request that claimed a key; a nil answer
// frees the key, unless something was made under it.
func (db *DB) SettleKey(ctx context.Context, workspaceID string, k IdempotencyKey, a *Answer) error {
	return db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		if a == nil {
			_, err := tx.Exec(ctx, `DELETE FROM idempotency_keys WHERE workspace_pk = $1 AND route = $2 AND key = $3 AND status IS NULL AND made IS NULL`, ws, k.Route, k.Key)
			return err
		}
		header, err := json.Marshal(a.Header)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE idempotency_keys SET status = $4, header = $5::jsonb, body = $6 WHERE workspace_pk = $1 AND route = $2 AND key = $3`,
			ws, k.Route, k.Key, a.Status, string(header), a.Body)
		return err
	})
}

// EnqueueOnce is Enqueue of one request under an idempotency key that was claimed.
// What was made is noted in the same transaction: where nobody knows whether it
// was committed, the same request again finds it, whatever has become of it.
func (db *DB) EnqueueOnce(ctx context.Context, workspaceID string, k IdempotencyKey, r enrich.Request) (enrich.Enqueued, error) {
	var out enrich.Enqueued
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		if out, err = enqueueOnce(ctx, tx, ws, k, r); err != nil {
			return err
		}
		return failpoint.Hit(failpoint.EnqueueBeforeCommit)
	})
	if err == nil {
		db.announce()
		err = failpoint.Hit(failpoint.EnqueueAfterCommit)
	}
	return out, err
}

func enqueueOnce(ctx context.Context, tx pgx.Tx, ws int64, k IdempotencyKey, r enrich.Request) (enrich.Enqueued, error) {
	var pk *int64
	err := tx.QueryRow(ctx, `SELECT t.pk FROM idempotency_keys i LEFT JOIN enrichment_tasks t ON t.workspace_pk = i.workspace_pk AND t.enrichment_task_id::text = i.made
		WHERE i.workspace_pk = $1 AND i.route = $2 AND i.key = $3 FOR UPDATE OF i`, ws, k.Route, k.Key).Scan(&pk)
	if err != nil && err != pgx.ErrNoRows { // a key that is gone was kept for longer than anybody asks again
		return enrich.Enqueued{}, err
	}
	if pk != nil {
		tasks, err := tasksByKey(ctx, tx, ws, []int64{*pk})
		if err != nil || len(tasks) == 0 {
			return enrich.Enqueued{}, err
		}
		return enrich.Enqueued{Task: tasks[0]}, nil
	}
	out, err := enqueue(ctx, tx, ws, []enrich.Request{r})
	if err != nil {
		return enrich.Enqueued{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE idempotency_keys SET made = $4 WHERE workspace_pk = $1 AND route = $2 AND key = $3`, ws, k.Route, k.Key, out[0].Task.ID)
	return out[0], err
}
