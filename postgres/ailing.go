package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Ailing is a webhook endpoint that does not get what it asked for.
type Ailing struct {
	WorkspaceID string     `json:"workspace_id"`
	EndpointID  string     `json:"webhook_endpoint_id"`
	URL         string     `json:"url"`
	Failures    int        `json:"failures"`        // in a row
	Disabled    string     `json:"disabled_reason"` // empty while it is sent to
	Error       string     `json:"error"`           // of the last attempt that failed; empty where none is kept
	Waiting     int        `json:"waiting"`         // deliveries that are due, counted up to 1,000
	Oldest      *time.Time `json:"oldest"`          // of them; nil where none waits
}

// mostWaiting bounds the deliveries of an endpoint that are counted.
const mostWaiting = 1000

// AilingEndpoints lists, over all workspaces, the webhook endpoints that failed
// several times in a row or were switched off because of what they answered.
func (db *DB) AilingEndpoints(ctx context.Context) (all []Ailing, err error) {
	for after := int64(0); ; {
		ws, id, err := db.nextWorkspace(ctx, after)
		if err == pgx.ErrNoRows {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		var list []Ailing
		err = db.inTx(ctx, func(tx pgx.Tx) (err error) {
			if err := setTenant(ctx, tx, ws); err != nil {
				return err
			}
			list, err = selectRows[Ailing](ctx, tx, `SELECT $2::text, e.webhook_endpoint_id::text, e.url, e.failures, CASE WHEN e.enabled THEN '' ELSE coalesce(e.disabled_reason, '') END,
				coalesce((SELECT d.last_error FROM webhook_deliveries d WHERE d.endpoint_pk = e.pk AND d.last_error IS NOT NULL ORDER BY d.sequence DESC LIMIT 1), ''), w.waiting, w.oldest
				FROM webhook_endpoints e, LATERAL (SELECT count(*)::int AS waiting, min(created_at) AS oldest FROM (SELECT created_at FROM webhook_deliveries d
					WHERE d.endpoint_pk = e.pk AND d.state = 'pending' ORDER BY d.sequence LIMIT $4) d) AS w
				WHERE e.workspace_pk = $1 AND (e.enabled AND e.failures >= $3 OR NOT e.enabled AND e.disabled_reason IS NOT NULL) ORDER BY e.pk`, ws, id, failingAfter, mostWaiting)
			return err
		})
		if err != nil {
			return all, err
		}
		all, after = append(all, list...), ws
	}
}
