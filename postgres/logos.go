package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/record"
)

// LogoMiss tells whether a logo was looked for at a domain in vain, not long ago.
func (db *DB) LogoMiss(ctx context.Context, workspaceID, domain string) (miss record.LogoMiss, found bool, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		err := tx.QueryRow(ctx, `SELECT reason, retry_after FROM logo_misses WHERE workspace_pk = $1 AND domain = $2 AND retry_after > now()`, ws, domain).
			Scan(&miss.Reason, &miss.RetryAfter)
		if err == pgx.ErrNoRows {
			return nil
		}
		found = err == nil
		return err
	})
	return miss, found, err
}

// KeepLogoMiss remembers that no logo was found at a domain. It is no effect of a
// task but a note that spares requests: it may be lost.
func (db *DB) KeepLogoMiss(ctx context.Context, workspaceID, domain string, miss record.LogoMiss) error {
	return db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		_, err := tx.Exec(ctx, `INSERT INTO logo_misses (workspace_pk, domain, reason, retry_after) VALUES ($1, $2, $3, $4)
			ON CONFLICT (workspace_pk, domain) DO UPDATE SET reason = excluded.reason, retry_after = excluded.retry_after`, ws, domain, miss.Reason, miss.RetryAfter)
		return err
	})
}

// DomainsWithLogo lists domains of companies, other than this one, whose logo
// looks the same: at most ten.
func (db *DB) DomainsWithLogo(ctx context.Context, workspaceID, hash, exceptDomain string) ([]string, error) {
	var domains []string
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT DISTINCT domain FROM companies WHERE workspace_pk = $1 AND deleted_at IS NULL AND logo_hash = $2
			AND domain IS NOT NULL AND domain <> $3 LIMIT 10`, ws, hash, exceptDomain)
		if err != nil {
			return err
		}
		domains, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return domains, err
}

// HasLogo reports whether a company of the workspace has the logo at this address.
func (db *DB) HasLogo(ctx context.Context, workspaceID, logoURL string) (has bool, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM companies WHERE workspace_pk = $1 AND deleted_at IS NULL AND logo_url = $2)`, ws, logoURL).Scan(&has)
	})
	return has, err
}
