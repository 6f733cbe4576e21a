package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/failpoint"
)

// Claim takes up to n due tasks of the given types into the hands of a worker
// process. First attempts become processing in the same transaction.
//
// It is fair between workspaces: tasks are taken in rounds. In each round every
// workspace has as many turns as its weight, what it has running already counts
// as turns taken, and inside a round the smaller priority goes first. Limits and
// pauses of types and providers hold over all processes.
func (db *DB) Claim(ctx context.Context, worker int64, types []enrich.Type, n int) ([]enrich.Claim, error) {
	return db.claim(ctx, worker, types, n, false)
}

// ClaimNewcomers is Claim for the workspaces alone that have nothing running:
// for the slot that is kept free for them.
func (db *DB) ClaimNewcomers(ctx context.Context, worker int64, types []enrich.Type, n int) ([]enrich.Claim, error) {
	return db.claim(ctx, worker, types, n, true)
}

func (db *DB) claim(ctx context.Context, worker int64, types []enrich.Type, n int, newcomers bool) ([]enrich.Claim, error) {
	var claims []enrich.Claim
	fewer := false
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		open, err := openTypes(ctx, tx, types)
		if err != nil || len(open) == 0 {
			return err
		}
		held, err := holdDue(ctx, tx, worker, open, n, newcomers, db.turn.Load())
		if err != nil {
			return err
		}
		db.passTurn(held)
		for _, group := range byTenant(held, func(c enrich.Claim) int64 { return c.Tenant }) {
			begun, err := begin(ctx, tx, group)
			if err != nil {
				return err
			}
			claims = append(claims, begun...)
		}
		fewer = len(claims) < len(held)
		if len(claims) == 0 {
			return nil
		}
		return failpoint.Hit(failpoint.ClaimBeforeCommit)
	})
	if err == nil && fewer {
		db.announce() // some were over; there may be more to claim in their place
	}
	if err == nil && len(claims) > 0 {
		err = failpoint.Hit(failpoint.ClaimAfterCommit)
	}
	if err != nil {
		return nil, err // what was not committed was not claimed; for the rest the beat will tell
	}
	return claims, nil
}

// passTurn notes the workspace that was served last, so that those after it
// come first among equals the next time. Each process goes round by itself.
func (db *DB) passTurn(held []enrich.Claim) {
	if len(held) == 0 {
		return
	}
	turn := db.turn.Load()
	last := slices.MaxFunc(held, func(a, b enrich.Claim) int {
		return compareTurns(turn, a.Tenant, b.Tenant)
	})
	db.turn.Store(last.Tenant)
}

// compareTurns orders workspaces as a round goes: those after turn, then the others.
func compareTurns(turn, a, b int64) int {
	wrappedA, wrappedB := a <= turn, b <= turn
	switch {
	case wrappedA != wrappedB && wrappedA, wrappedA == wrappedB && a > b:
		return 1
	case a == b:
		return 0
	}
	return -1
}

// openTypes says which types may be claimed now: those whose type and provider
// are neither paused nor at a limit. It locks the limits that it relies on until
// the transaction ends, in the order of their names, so that two claims cannot
// both take the last place; types without a limit take no lock.
//
// It is the first statement of a claim, and goes in one round trip with what the
// claim wants of its transaction.
func openTypes(ctx context.Context, tx pgx.Tx, types []enrich.Type) ([]string, error) {
	batch := &pgx.Batch{}
	batch.Queue(prepareClaimSQL)
	var open, limited []string
	batch.Queue(`
		SELECT t.name, l.limited, l.paused FROM unnest($1::text[]) AS t (name) LEFT JOIN LATERAL (
			SELECT bool_or(p.max_running IS NOT NULL OR p.per_minute IS NOT NULL) AS limited,
				bool_or(coalesce(p.paused_until > now(), false)) AS paused
			FROM enrichment_limits o JOIN enrichment_limits p
				ON p.scope = 'type' AND p.name = o.name OR p.scope = 'provider' AND p.name = o.provider
			WHERE o.scope = 'type' AND o.name = t.name) AS l ON true`, texts(types)).Query(func(rows pgx.Rows) error {
		var name string
		var bounded, paused *bool
		_, err := pgx.ForEachRow(rows, []any{&name, &bounded, &paused}, func() error {
			switch {
			case paused != nil && *paused:
			case bounded != nil && *bounded:
				limited = append(limited, name)
			default:
				open = append(open, name)
			}
			return nil
		})
		return err
	})
	if err := tx.SendBatch(ctx, batch).Close(); err != nil || len(limited) == 0 {
		return open, err
	}
	more, err := lockLimits(ctx, tx, limited)
	return append(open, more...), err
}

// lockLimits locks the limits of those types that have due work, and returns
// the types.
func lockLimits(ctx context.Context, tx pgx.Tx, types []string) ([]string, error) {
	rows, err := tx.Query(ctx, `
		SELECT t.name FROM unnest($1::text[]) AS t (name) WHERE EXISTS (
			SELECT FROM enrichment_dispatches d WHERE d.enrichment_type = t.name AND d.worker_pk IS NULL AND d.due_at <= now())`, types)
	if err != nil {
		return nil, err
	}
	due, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(due) == 0 {
		return nil, err
	}
	_, err = tx.Exec(ctx, `
		SELECT FROM enrichment_limits WHERE (max_running IS NOT NULL OR per_minute IS NOT NULL) AND (scope = 'type' AND name = ANY ($1)
			OR scope = 'provider' AND name IN (SELECT provider FROM enrichment_limits WHERE scope = 'type' AND name = ANY ($1)))
		ORDER BY scope, name FOR UPDATE`, due)
	return due, err
}

// lanesPerClaim bounds the lanes (a type, a workspace, a priority) that one
// claim looks into.
const lanesPerClaim = 2000

// holdDue is the claim itself. It steps from lane to lane along the index (a
// loose index scan), looks at the head of each, and locks the best rows that
// nobody else is taking.
func holdDue(ctx context.Context, tx pgx.Tx, worker int64, open []string, n int, newcomers bool, turn int64) ([]enrich.Claim, error) {
	rows, err := tx.Query(ctx, claimSQL, worker, open, n, newcomers, turn, lanesPerClaim)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (enrich.Claim, error) {
		var c enrich.Claim
		err := row.Scan(&c.Key, &c.Tenant, &c.Attempt, &c.Crashes, &c.Token, &c.Depth, &c.Priority, &c.At)
		return c, err
	})
}

// prepareClaimSQL has the planner use the indexes until the transaction ends. The
// table grows from nothing to any size between two looks of the planner at it: a
// plan made while it was empty must be the one for a backlog too.
//
// A claim need not wait for the disk. If the server falls and forgets it, the task
// is due as before, what the worker then settles is fenced off (a token is never
// drawn twice, see claimSQL), and nobody was told: events get their places, and
// webhooks their deliveries, in later transactions that do wait.
const prepareClaimSQL = `SELECT set_config(name, 'off', true) FROM unnest(ARRAY['enable_seqscan', 'enable_bitmapscan',
	'enable_hashjoin', 'enable_mergejoin', 'jit', 'synchronous_commit']) AS s (name)`

// claimSQL: worker, open types, how many, newcomers alone, whose turn was last,
// how many lanes. More candidates are looked at than are wanted, because other
// claims may be holding the first of them; the fewer the lanes, the more of each.
// Tokens are random: a sequence would draw those of forgotten claims again.
const claimSQL = `
	WITH RECURSIVE lane AS (
		SELECT f.* FROM unnest($2::text[]) AS o (name) CROSS JOIN LATERAL (
			SELECT enrichment_type, workspace_pk, priority FROM enrichment_dispatches
			WHERE worker_pk IS NULL AND enrichment_type = o.name ORDER BY workspace_pk, priority LIMIT 1) AS f
		UNION ALL
		SELECT f.* FROM lane CROSS JOIN LATERAL (
			SELECT d.enrichment_type, d.workspace_pk, d.priority FROM enrichment_dispatches d
			WHERE d.worker_pk IS NULL AND d.enrichment_type = lane.enrichment_type
				AND (d.workspace_pk, d.priority) > (lane.workspace_pk, lane.priority)
			ORDER BY d.workspace_pk, d.priority LIMIT 1) AS f
	), running AS MATERIALIZED (
		SELECT workspace_pk, count(*) AS n FROM enrichment_dispatches WHERE worker_pk IS NOT NULL GROUP BY workspace_pk
	), room AS MATERIALIZED (
		SELECT t.name, t.provider, t.room, p.room AS provider_room
		FROM enrichment_room t LEFT JOIN enrichment_room p ON p.scope = 'provider' AND p.name = t.provider
		WHERE t.scope = 'type' AND t.name = ANY ($2)
	), ready AS MATERIALIZED (
		SELECT l.*, coalesce(r.n, 0) AS before, coalesce(w.weight, 1) AS weight
		FROM (SELECT * FROM lane LIMIT $6) AS l
		CROSS JOIN LATERAL (SELECT FROM enrichment_dispatches d
			WHERE d.worker_pk IS NULL AND d.enrichment_type = l.enrichment_type AND d.workspace_pk = l.workspace_pk
				AND d.priority = l.priority AND d.due_at <= now() LIMIT 1) AS has_due
		LEFT JOIN running r ON r.workspace_pk = l.workspace_pk
		LEFT JOIN enrichment_weights w ON w.workspace_pk = l.workspace_pk
	), head AS (
		SELECT c.*, l.before, l.weight FROM ready l CROSS JOIN LATERAL (
			SELECT d.task_pk, d.enrichment_type, d.workspace_pk, d.priority, d.due_at FROM enrichment_dispatches d
			WHERE d.worker_pk IS NULL AND d.enrichment_type = l.enrichment_type AND d.workspace_pk = l.workspace_pk
				AND d.priority = l.priority AND d.due_at <= now() AND (d.expires_at IS NULL OR d.expires_at > now())
			ORDER BY d.due_at, d.task_pk LIMIT greatest(2, 4 * ($3 + 16) / (SELECT count(*) FROM ready))) AS c
	), placed AS (
		SELECT *, (before + row_number() OVER (PARTITION BY workspace_pk ORDER BY priority, due_at, task_pk) - 1) / weight AS round
		FROM head
	), ranked AS (
		SELECT p.*, room.provider, room.room, room.provider_room,
			row_number() OVER (ORDER BY round, priority, workspace_pk <= $5, workspace_pk, due_at, task_pk) AS rank
		FROM placed p LEFT JOIN room ON room.name = p.enrichment_type
		WHERE NOT $4 OR round = 0
	), in_type AS (
		SELECT *, row_number() OVER (PARTITION BY enrichment_type ORDER BY rank) AS place FROM ranked
	), in_provider AS (
		SELECT *, row_number() OVER (PARTITION BY provider ORDER BY rank) AS provider_place
		FROM in_type WHERE room IS NULL OR place <= room
	), taken AS MATERIALIZED (
		SELECT d.task_pk FROM (
			SELECT task_pk FROM in_provider WHERE provider_room IS NULL OR provider_place <= provider_room ORDER BY rank) AS c
		CROSS JOIN LATERAL (
			SELECT x.task_pk FROM enrichment_dispatches x
			WHERE x.task_pk = c.task_pk AND x.worker_pk IS NULL AND x.due_at <= now() FOR UPDATE SKIP LOCKED) AS d
		LIMIT $3
	), held AS (
		UPDATE enrichment_dispatches d SET worker_pk = $1, token = 1 + floor(random() * 9e15)::bigint, claimed_at = now(),
			attempt = attempt + 1, wait_words = NULL
		WHERE d.task_pk = ANY (ARRAY(SELECT task_pk FROM taken)) AND EXISTS (SELECT FROM enrichment_workers WHERE pk = $1)
		RETURNING d.task_pk, d.workspace_pk, d.attempt, d.crashes, d.token, d.depth, d.priority, d.claimed_at, d.enrichment_type
	), spent AS (
		UPDATE enrichment_limits l SET next_at = greatest(l.next_at, now()) + make_interval(secs => 60 / l.per_minute * s.n)
		FROM (
			SELECT 'type' AS scope, enrichment_type AS name, count(*) AS n FROM held GROUP BY 2
			UNION ALL
			SELECT 'provider', room.provider, count(*) FROM held JOIN room ON room.name = held.enrichment_type GROUP BY 2) AS s
		WHERE l.scope = s.scope AND l.name = s.name AND l.per_minute IS NOT NULL
	)
	SELECT task_pk, workspace_pk, attempt, crashes, token, depth, priority, claimed_at FROM held`
