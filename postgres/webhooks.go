package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// maxEndpoints bounds what one event may cost.
const maxEndpoints = 50

const endpointColumns = `e.webhook_endpoint_id::text, e.url, e.description, e.event_types, e.enabled, coalesce(e.disabled_reason, ''), e.created_at, e.updated_at`

func scanEndpoint(row pgx.Row, before ...any) (record.WebhookEndpoint, error) {
	var e record.WebhookEndpoint
	err := row.Scan(append(before, &e.ID, &e.URL, &e.Description, &e.EventTypes, &e.Enabled, &e.DisabledReason, &e.CreatedAt, &e.UpdatedAt)...)
	return e, err
}

// endpointList is the list of a workspace's webhook endpoints.
var endpointList = source[record.WebhookEndpoint]{
	table: "webhook_endpoints e", alias: "e", where: `e.workspace_pk = $1`, columns: endpointColumns,
	id: column{expr: "e.webhook_endpoint_id", typ: "uuid"},
	filters: map[string]column{
		"enabled":    {expr: "e.enabled", typ: "boolean"},
		"created_at": {expr: "e.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{"created_at": {expr: "e.created_at", typ: "timestamptz"}},
	scan:  scanEndpoint,
}

// ListWebhookEndpoints reads a page of endpoints.
func (db *DB) ListWebhookEndpoints(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.WebhookEndpoint], error) {
	return listIn(ctx, db, workspaceID, endpointList, q)
}

// WebhookEndpoint reads one endpoint.
func (db *DB) WebhookEndpoint(ctx context.Context, workspaceID, id string) (record.WebhookEndpoint, error) {
	var e record.WebhookEndpoint
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		e, err = endpointByID(ctx, tx, ws, id, "")
		return err
	})
	return e, err
}

// endpointByID reads an endpoint; lock is empty or FOR UPDATE.
func endpointByID(ctx context.Context, tx pgx.Tx, ws int64, id, lock string) (record.WebhookEndpoint, error) {
	if !IsUUID(id) {
		return record.WebhookEndpoint{}, endpointNotFound()
	}
	e, err := scanEndpoint(tx.QueryRow(ctx, `SELECT `+endpointColumns+` FROM webhook_endpoints e
		WHERE e.workspace_pk = $1 AND e.webhook_endpoint_id = $2::uuid `+lock, ws, id))
	if err == pgx.ErrNoRows {
		return e, endpointNotFound()
	}
	return e, err
}

func endpointNotFound() error {
	return enrich.Errorf(enrich.CodeNotFound, "There is no webhook endpoint with this id.")
}

// AddWebhookEndpoint makes an endpoint that is told of what happens from now on.
func (db *DB) AddWebhookEndpoint(ctx context.Context, workspaceID string, e record.WebhookEndpoint, secret string) (record.WebhookEndpoint, error) {
	last, err := db.LastEvent(ctx, workspaceID)
	if err != nil {
		return e, err
	}
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		// The turn's row is the lock of who counts, adds and removes endpoints.
		if _, err := tx.Exec(ctx, `INSERT INTO webhook_turns (workspace_pk) VALUES ($1) ON CONFLICT (workspace_pk) DO UPDATE SET due_at = now()`, ws); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM webhook_endpoints WHERE workspace_pk = $1`, ws).Scan(&n); err != nil {
			return err
		}
		if n >= maxEndpoints {
			return enrich.Errorf(enrich.CodeTooMany, "A workspace has at most %d webhook endpoints.", maxEndpoints)
		}
		e, err = scanEndpoint(tx.QueryRow(ctx, `INSERT INTO webhook_endpoints AS e (workspace_pk, url, description, event_types, secret, cursor)
			VALUES ($1, $2, $3, $4, $5, $6) RETURNING `+endpointColumns, ws, e.URL, e.Description, e.EventTypes, db.seal.close(workspaceID, secret), last))
		return err
	})
	return e, err
}

// UpdateWebhookEndpoint changes what change changes of an endpoint. One that is
// enabled again is told of what happened meanwhile, too.
func (db *DB) UpdateWebhookEndpoint(ctx context.Context, workspaceID, id string, change func(*record.WebhookEndpoint)) (record.WebhookEndpoint, error) {
	var e record.WebhookEndpoint
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		if e, err = endpointByID(ctx, tx, ws, id, "FOR UPDATE"); err != nil {
			return err
		}
		change(&e)
		e, err = scanEndpoint(tx.QueryRow(ctx, `UPDATE webhook_endpoints e SET url = $3, description = $4, event_types = $5, enabled = $6,
				disabled_reason = CASE WHEN NOT enabled AND NOT $6 THEN disabled_reason END, updated_at = now()
			WHERE workspace_pk = $1 AND webhook_endpoint_id = $2::uuid RETURNING `+endpointColumns, ws, e.ID, e.URL, e.Description, e.EventTypes, e.Enabled))
		return err
	})
	return e, err
}

// RotateWebhookSecret gives an endpoint a new secret. For the overlap deliveries
// carry a signature with the old one too.
func (db *DB) RotateWebhookSecret(ctx context.Context, workspaceID, id, secret string, overlap time.Duration) (record.WebhookEndpoint, error) {
	var e record.WebhookEndpoint
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		if e, err = endpointByID(ctx, tx, ws, id, "FOR UPDATE"); err != nil {
			return err
		}
		e, err = scanEndpoint(tx.QueryRow(ctx, `UPDATE webhook_endpoints e SET previous_secret = secret, previous_until = now() + make_interval(secs => $4),
				secret = $3, updated_at = now()
			WHERE workspace_pk = $1 AND webhook_endpoint_id = $2::uuid RETURNING `+endpointColumns, ws, id, db.seal.close(workspaceID, secret), seconds(overlap)))
		return err
	})
	return e, err
}

// DeleteWebhookEndpoint removes an endpoint with the log of its deliveries.
func (db *DB) DeleteWebhookEndpoint(ctx context.Context, workspaceID, id string) error {
	return db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		if _, err := tx.Exec(ctx, `SELECT FROM webhook_turns WHERE workspace_pk = $1 FOR UPDATE`, ws); err != nil {
			return err
		}
		e, err := endpointByID(ctx, tx, ws, id, "FOR UPDATE")
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM webhook_endpoints WHERE workspace_pk = $1 AND webhook_endpoint_id = $2::uuid`, ws, e.ID); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM webhook_turns WHERE workspace_pk = $1
			AND NOT EXISTS (SELECT FROM webhook_endpoints WHERE workspace_pk = $1)`, ws)
		return err
	})
}
