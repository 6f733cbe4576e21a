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
