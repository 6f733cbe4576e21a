package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// Bounds of deliveries.
const (
	turnEvery        = time.Second // how often a workspace's turn comes
	deliveryLease    = time.Minute // longer than any attempt
	fanOutAtOnce     = 500         // events of an endpoint in one turn
	sendingAtOnce    = 4           // deliveries of an endpoint that are on their way
	failingAfter     = 3           // failures after which an endpoint has one on its way
	deliveriesKept   = 30 * 24 * time.Hour
	forgottenAtATurn = 100
)

// Sending is a delivery in the hands of a process: one attempt.
type Sending struct {
	record.WebhookDelivery
	WorkspaceID string
	URL         string
	Secrets     []string // to sign with, the newest first
	Claim       int64    // what SettleDelivery knows the attempt by
}

// Sent is how an attempt ended.
type Sent struct {
	Delivered bool
	Status    int           // 0 for none
	Error     string        // safe to show; empty if it was delivered
	Again     time.Duration // until the next attempt; negative for none
	Disable   string        // why the endpoint wants nothing more; empty if it does
}

// ClaimDeliveries takes the turn of a workspace that is due: its new events
// become deliveries, and up to n that are due come into the caller's hands. With
// none of the workspaces due it says so by turn false.
//
// Of what happened to one thing, the earlier is told before the later is sent.
// An attempt that is not settled in a minute is taken for lost and made again.
func (db *DB) ClaimDeliveries(ctx context.Context, n int) (sendings []Sending, turn bool, err error) {
	ws, workspaceID, err := db.takeTurn(ctx)
	if err != nil || workspaceID == "" {
		return nil, false, err
	}
	if _, err := db.placeEvents(ctx, workspaceID); err != nil {
		return nil, true, err
	}
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if err := setTenant(ctx, tx, ws); err != nil {
			return err
		}
		if err := fanOut(ctx, tx, ws); err != nil {
			return err
		}
		sendings, err = claimDeliveries(ctx, tx, ws, workspaceID, n)
		return err
	})
	for _, s := range sendings {
		for i, secret := range s.Secrets {
			s.Secrets[i] = db.seal.open(workspaceID, secret)
		}
	}
	return sendings, true, err
}

// takeTurn finds the workspace that waits longest and puts it at the end.
func (db *DB) takeTurn(ctx context.Context) (ws int64, workspaceID string, err error) {
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `UPDATE webhook_turns SET due_at = now() + make_interval(secs => $1) WHERE workspace_pk = (
			SELECT workspace_pk FROM webhook_turns WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
			RETURNING workspace_pk`, seconds(turnEvery)).Scan(&ws)
		if err == pgx.ErrNoRows {
			return nil
		}
		if err != nil {
			return err
		}
		if err := setTenant(ctx, tx, ws); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT workspace_id FROM workspaces WHERE pk = $1`, ws).Scan(&workspaceID)
	})
	return ws, workspaceID, err
}

// fanOut makes deliveries of the events after each endpoint's cursor, in the
// transaction that moves the cursor, and forgets some old ones.
func fanOut(ctx context.Context, tx pgx.Tx, ws int64) error {
	_, err := tx.Exec(ctx, `
		WITH endpoint AS (
			SELECT pk, cursor, event_types FROM webhook_endpoints WHERE workspace_pk = $1 AND enabled FOR UPDATE SKIP LOCKED
		), event AS (
			SELECT e.pk, e.event_types, v.* FROM endpoint e CROSS JOIN LATERAL (
				SELECT sequence, event_type, subject_type, subject_id, created_at FROM enrichment_events
				WHERE workspace_pk = $1 AND sequence > e.cursor ORDER BY sequence LIMIT $2) v
		), made AS (
			INSERT INTO webhook_deliveries (workspace_pk, endpoint_pk, sequence, event_type, subject_type, subject_id, event_at)
			SELECT $1, pk, sequence, event_type, subject_type, subject_id, created_at FROM event WHERE event_type = ANY (event_types)
			ORDER BY sequence
		)
		UPDATE webhook_endpoints w SET cursor = m.last FROM (SELECT pk, max(sequence) AS last FROM event GROUP BY pk) m
		WHERE w.workspace_pk = $1 AND w.pk = m.pk`, ws, fanOutAtOnce)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM webhook_deliveries WHERE workspace_pk = $1 AND pk IN (
		SELECT pk FROM webhook_deliveries WHERE workspace_pk = $1 AND created_at < now() - make_interval(secs => $2) AND state <> 'pending'
		ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED)`, ws, seconds(deliveriesKept), forgottenAtATurn)
	return err
}

func claimDeliveries(ctx context.Context, tx pgx.Tx, ws int64, workspaceID string, n int) ([]Sending, error) {
	rows, err := tx.Query(ctx, `
		WITH due AS MATERIALIZED (
			SELECT d.pk FROM webhook_endpoints e CROSS JOIN LATERAL (
				SELECT c.pk, c.due_at FROM webhook_deliveries c
				WHERE c.workspace_pk = $1 AND c.endpoint_pk = e.pk AND c.state = 'pending' AND c.due_at <= now()
					AND (c.claimed_until IS NULL OR c.claimed_until < now())
					AND NOT EXISTS (SELECT FROM webhook_deliveries b WHERE b.workspace_pk = $1 AND b.endpoint_pk = e.pk AND b.state = 'pending'
						AND b.subject_type = c.subject_type AND b.subject_id = c.subject_id AND b.sequence < c.sequence)
				ORDER BY c.due_at, c.sequence
				LIMIT greatest(0, CASE WHEN e.failures >= $4 THEN 1 ELSE $3 END - (SELECT count(*) FROM webhook_deliveries o
					WHERE o.workspace_pk = $1 AND o.endpoint_pk = e.pk AND o.state = 'pending' AND o.claimed_until >= now()))
				FOR UPDATE SKIP LOCKED) d
			WHERE e.workspace_pk = $1 AND e.enabled ORDER BY d.due_at LIMIT $2
		)
		UPDATE webhook_deliveries d SET claimed_until = now() + make_interval(secs => $5), claim = claim + 1, attempts = attempts + 1
		FROM due, webhook_endpoints e WHERE d.workspace_pk = $1 AND d.pk = due.pk AND e.pk = d.endpoint_pk AND e.workspace_pk = $1
		RETURNING `+deliveryColumns+`, e.url, CASE WHEN e.previous_until > now() THEN ARRAY[e.secret, e.previous_secret] ELSE ARRAY[e.secret] END, d.claim`,
		ws, n, sendingAtOnce, failingAfter, seconds(deliveryLease))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Sending, error) {
		s := Sending{WorkspaceID: workspaceID}
		err := row.Scan(append(deliveryFields(&s.WebhookDelivery), &s.URL, &s.Secrets, &s.Claim)...)
		return s, err
	})
}

// SettleDelivery writes how an attempt ended. One that another process took over
// meanwhile changes nothing. An endpoint that answers again after failures is
// sent at once what waits for it.
func (db *DB) SettleDelivery(ctx context.Context, s Sending, sent Sent) error {
	var tenant int64
	err := db.inTenant(ctx, s.WorkspaceID, func(tx pgx.Tx, ws int64) error {
		tenant = ws
		state := record.DeliveryPending
		switch {
		case sent.Delivered:
			state = record.DeliveryDelivered
		case sent.Again < 0:
			state = record.DeliveryFailed
		}
		var endpoint int64
		err := tx.QueryRow(ctx, `UPDATE webhook_deliveries SET state = $4, claimed_until = NULL, last_status = $5, last_error = $6,
				due_at = now() + make_interval(secs => $7), finished_at = CASE WHEN $4 = 'pending' THEN NULL ELSE now() END
			WHERE workspace_pk = $1 AND webhook_delivery_id = $2::uuid AND claim = $3 AND state = 'pending' RETURNING endpoint_pk`,
			ws, s.ID, s.Claim, state, orNull(sent.Status), orNull(sent.Error), seconds(max(sent.Again, 0))).Scan(&endpoint)
		if err == pgx.ErrNoRows {
			return nil
		}
		if err != nil {
			return err
		}
		return noteSent(ctx, tx, ws, endpoint, sent)
	})
	if err != nil {
		return err
	}
	// There is room for the next one: the turn need not be waited for. After the
	// transaction, as who adds and removes endpoints locks the other way round.
	_, err = db.pool.Exec(ctx, `UPDATE webhook_turns SET due_at = now() WHERE workspace_pk = $1 AND due_at > now()`, tenant)
	return err
}

// noteSent keeps what an attempt says of its endpoint.
func noteSent(ctx context.Context, tx pgx.Tx, ws, endpoint int64, sent Sent) error {
	if !sent.Delivered {
		_, err := tx.Exec(ctx, `UPDATE webhook_endpoints SET failures = failures + 1, enabled = enabled AND $3 = '',
				disabled_reason = CASE WHEN $3 = '' THEN disabled_reason ELSE $3 END WHERE workspace_pk = $1 AND pk = $2`, ws, endpoint, sent.Disable)
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE webhook_endpoints SET failures = 0 WHERE workspace_pk = $1 AND pk = $2 AND failures > 0`, ws, endpoint)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE webhook_deliveries SET due_at = now() WHERE workspace_pk = $1 AND endpoint_pk = $2 AND state = 'pending' AND due_at > now()`, ws, endpoint)
	return err
}

// orNull is a value, or nil where it is none.
func orNull[T comparable](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}

const deliveryColumns = `d.webhook_delivery_id::text, e.webhook_endpoint_id::text, d.event_type, d.subject_type, d.subject_id, d.event_at, d.state, d.attempts,
	CASE WHEN d.state = 'pending' THEN d.due_at END, d.last_status, coalesce(d.last_error, ''), d.created_at, d.finished_at`

func deliveryFields(d *record.WebhookDelivery) []any {
	return []any{
		&d.ID, &d.EndpointID, &d.EventType, &d.SubjectType, &d.SubjectID, &d.EventAt, &d.State, &d.Attempts,
		&d.DueAt, &d.LastStatus, &d.LastError, &d.CreatedAt, &d.FinishedAt,
	}
}

const deliveryJoin = `JOIN webhook_endpoints e ON e.pk = d.endpoint_pk AND e.workspace_pk = d.workspace_pk`

// deliveryList is the log of deliveries.
var deliveryList = source[record.WebhookDelivery]{
	table: "webhook_deliveries d", alias: "d", where: `d.workspace_pk = $1`, joins: deliveryJoin, columns: deliveryColumns,
	id: column{expr: "d.webhook_delivery_id", typ: "uuid"},
	filters: map[string]column{
		"webhook_endpoint_id": {expr: "d.endpoint_pk", typ: "uuid", match: `d.endpoint_pk IN (SELECT w.pk FROM webhook_endpoints w
			WHERE w.workspace_pk = $1 AND w.webhook_endpoint_id = %s)`},
		"state":      {expr: "d.state", typ: "text"},
		"event_type": {expr: "d.event_type", typ: "text"},
		"subject_id": {expr: "d.subject_id", typ: "text"},
		"created_at": {expr: "d.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{"created_at": {expr: "d.created_at", typ: "timestamptz"}},
	scan: func(row pgx.Row, before ...any) (record.WebhookDelivery, error) {
		var d record.WebhookDelivery
		err := row.Scan(append(before, deliveryFields(&d)...)...)
		return d, err
	},
}

// ListWebhookDeliveries reads a page of deliveries.
func (db *DB) ListWebhookDeliveries(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.WebhookDelivery], error) {
	return listIn(ctx, db, workspaceID, deliveryList, q)
}

// Redeliver sends a delivery again, now, with the id that it has. One that is
// over begins its schedule anew; one that waits does not wait any longer.
func (db *DB) Redeliver(ctx context.Context, workspaceID, id string) (record.WebhookDelivery, error) {
	var d record.WebhookDelivery
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		missing := enrich.Errorf(enrich.CodeNotFound, "There is no webhook delivery with this id.")
		if !IsUUID(id) {
			return missing
		}
		err := tx.QueryRow(ctx, `UPDATE webhook_deliveries d SET attempts = CASE WHEN d.state = 'pending' THEN d.attempts ELSE 0 END,
				state = 'pending', due_at = now(), finished_at = NULL
			FROM webhook_endpoints e WHERE d.workspace_pk = $1 AND d.webhook_delivery_id = $2::uuid AND e.pk = d.endpoint_pk AND e.workspace_pk = $1
			RETURNING `+deliveryColumns, ws, id).Scan(deliveryFields(&d)...)
		if err == pgx.ErrNoRows {
			return missing
		}
		return err
	})
	return d, err
}
