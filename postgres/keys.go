package postgres

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// Key is what the store knows of an API key. The secret itself is never stored.
type Key struct {
	ID          string // public part of the key
	WorkspaceID string
	Name        string
	Holder      string // person, service or agent
	Scopes      []string
	ExpiresAt   *time.Time
	CreatedAt   time.Time  // these three are for lists
	LastUsedAt  *time.Time // to a minute
	RevokedAt   *time.Time
}

// AddKey stores a key by the SHA-256 of its secret.
func (db *DB) AddKey(ctx context.Context, k Key, secretHash []byte) error {
	return db.inTenant(ctx, k.WorkspaceID, func(tx pgx.Tx, ws int64) error {
		_, err := tx.Exec(ctx, `INSERT INTO api_keys (workspace_pk, key_id, secret_hash, name, holder, scopes, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, ws, k.ID, secretHash, k.Name, k.Holder, k.Scopes, k.ExpiresAt)
		return err
	})
}

// FindKey reads the live key with this public part and this secret's hash.
// Every other case is the same error, so that nobody learns which it was.
func (db *DB) FindKey(ctx context.Context, keyID string, secretHash []byte) (Key, error) {
	var k Key
	var stored []byte
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('enrichd.key_id', $1, true)`, keyID); err != nil {
			return err
		}
		var ws int64
		err := tx.QueryRow(ctx, `SELECT workspace_pk, key_id, secret_hash, name, holder, scopes, expires_at FROM api_keys
			WHERE key_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`, keyID).
			Scan(&ws, &k.ID, &stored, &k.Name, &k.Holder, &k.Scopes, &k.ExpiresAt)
		if err != nil {
			return err
		}
		if err := setTenant(ctx, tx, ws); err != nil {
			return err
		}
		if subtle.ConstantTimeCompare(stored, secretHash) == 1 {
			// Once a minute is near enough, and spares a write for every request.
			if _, err := tx.Exec(ctx, `UPDATE api_keys SET last_used_at = now() WHERE workspace_pk = $1 AND key_id = $2
				AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`, ws, keyID); err != nil {
				return err
			}
		}
		return tx.QueryRow(ctx, `SELECT workspace_id FROM workspaces WHERE pk = $1`, ws).Scan(&k.WorkspaceID)
	})
	if err != nil && err != pgx.ErrNoRows {
		return Key{}, err
	}
	if err != nil || subtle.ConstantTimeCompare(stored, secretHash) != 1 {
		return Key{}, enrich.Errorf("UNAUTHORIZED", "This API key is not known, was revoked, or has expired.")
	}
	return k, nil
}

// Keys lists a workspace's keys, the newest first: all but their secrets.
func (db *DB) Keys(ctx context.Context, workspaceID string) ([]Key, error) {
	var keys []Key
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT key_id, name, holder, scopes, expires_at, created_at, last_used_at, revoked_at
			FROM api_keys WHERE workspace_pk = $1 ORDER BY pk DESC LIMIT 1000`, ws)
		if err != nil {
			return err
		}
		keys, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Key, error) {
			k := Key{WorkspaceID: workspaceID}
			err := row.Scan(&k.ID, &k.Name, &k.Holder, &k.Scopes, &k.ExpiresAt, &k.CreatedAt, &k.LastUsedAt, &k.RevokedAt)
			return k, err
		})
		return err
	})
	return keys, err
}

// RevokeKey ends a key now, or after a while: until then it and its successor
// are both good. An end that is nearer already stays.
func (db *DB) RevokeKey(ctx context.Context, workspaceID, keyID string, after time.Duration) error {
	return db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		tag, err := tx.Exec(ctx, `UPDATE api_keys SET revoked_at = CASE WHEN $3 = 0 THEN now() END,
				expires_at = least(expires_at, now() + make_interval(secs => $3))
			WHERE workspace_pk = $1 AND key_id = $2 AND revoked_at IS NULL`, ws, keyID, seconds(after))
		if err == nil && tag.RowsAffected() == 0 {
			return enrich.Errorf(enrich.CodeNotFound, "There is no live key %s in this workspace.", keyID)
		}
		return err
	})
}
