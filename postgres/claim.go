package postgres

import (
	"context"
	"errors"
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
	claims, err := db.claimOnce(ctx, claimWish{worker, types, n, newcomers}, db.guess(types))
	if errors.Is(err, errGuess) {
		claims, err = db.claimOnce(ctx, claimWish{worker, types, n, newcomers}, nil)
	}
	if err == nil && len(claims) > 0 {
		err = failpoint.Hit(failpoint.ClaimAfterCommit)
	}
	if err != nil {
		return nil, err // what was not committed was not claimed; for the rest the beat will tell
	}
	return claims, nil
}

// claimWish is what a claim asks for.
type claimWish struct {
	worker    int64
	types     []enrich.Type
	n         int
	newcomers bool
}

// claimOnce claims in one transaction; guess is of the types that are open.
func (db *DB) claimOnce(ctx context.Context, wish claimWish, guess []string) (claims []enrich.Claim, err error) {
	fewer := false
	err = pgx.BeginTxFunc(ctx, db.pool, db.beginning(claimSettings), func(tx pgx.Tx) error {
		held, err := db.hold(ctx, tx, wish, guess)
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
	return claims, err
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

// errGuess says that a claim was made on a guess that did not hold.
var errGuess = errors.New("other types are open than were guessed")

// openTypes says which of types may be claimed now: open are those that neither
// have a limit nor are paused, nor their providers; limited are those that have a
// limit, work that is due, and no pause.
type openTypes struct {
	types         []enrich.Type
	open, limited []string
}

// guess is what was open at the last claim of the same types; nil where that had
// limits to lock, or there was none.
func (db *DB) guess(types []enrich.Type) []string {
	if o := db.opened.Load(); o != nil && len(o.limited) == 0 && slices.Equal(o.types, types) {
		return o.open
	}
	return nil
}

// hold takes due tasks. What is open is read first; most often it is what was open
// the last time, so the claim goes along in the same round trip and is given up
// where the guess was wrong. Limits that are relied on are locked until the
// transaction ends, so that two claims cannot both take the last place; types
// without a limit take no lock.
func (db *DB) hold(ctx context.Context, tx pgx.Tx, wish claimWish, guess []string) ([]enrich.Claim, error) {
	queue := &pgx.Batch{}
	now := &openTypes{types: wish.types}
	queueOpenTypes(queue, now)
	var held []enrich.Claim
	look := db.lanes.look(wish)
	if len(guess) > 0 {
		db.queueClaim(queue, wish, guess, &look, &held)
	}
	if err := tx.SendBatch(ctx, queue).Close(); err != nil {
		return nil, err
	}
	db.opened.Store(now)
	switch {
	case len(now.limited) == 0 && slices.Equal(now.open, guess):
		db.lanes.saw(look)
		return db.lookFurther(ctx, tx, wish, guess, look, held)
	case len(held) > 0:
		return nil, errGuess
	}
	if err := lockLimits(ctx, tx, now.limited); err != nil {
		return nil, err
	}
	open := slices.Concat(now.open, now.limited)
	if len(open) == 0 {
		return nil, nil
	}
	look = db.lanes.whole(wish)
	queue = &pgx.Batch{}
	db.queueClaim(queue, wish, open, &look, &held)
	err := tx.SendBatch(ctx, queue).Close()
	if err == nil {
		db.lanes.saw(look)
	}
	return held, err
}

// queueOpenTypes asks which of into's types are open.
func queueOpenTypes(queue *pgx.Batch, into *openTypes) {
	queue.Queue(`
		SELECT t.name, coalesce(l.limited, false), coalesce(l.paused, false), coalesce(l.limited, false) AND EXISTS (
			SELECT FROM enrichment_dispatches d WHERE d.enrichment_type = t.name AND d.worker_pk IS NULL AND d.due_at <= now())
		FROM unnest($1::text[]) AS t (name) LEFT JOIN LATERAL (
			SELECT bool_or(p.max_running IS NOT NULL OR p.per_minute IS NOT NULL) AS limited,
				bool_or(coalesce(p.paused_until > now(), false)) AS paused
			FROM enrichment_limits o JOIN enrichment_limits p
				ON p.scope = 'type' AND p.name = o.name OR p.scope = 'provider' AND p.name = o.provider
			WHERE o.scope = 'type' AND o.name = t.name) AS l ON true`, texts(into.types)).Query(func(rows pgx.Rows) error {
		var name string
		var limited, paused, due bool
		_, err := pgx.ForEachRow(rows, []any{&name, &limited, &paused, &due}, func() error {
			switch {
			case paused || limited && !due:
			case limited:
				into.limited = append(into.limited, name)
			default:
				into.open = append(into.open, name)
			}
			return nil
		})
		return err
	})
}

// lockLimits locks the limits of types and of their providers, in the order of
// their names.
func lockLimits(ctx context.Context, tx pgx.Tx, types []string) error {
	if len(types) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		SELECT FROM enrichment_limits WHERE (max_running IS NOT NULL OR per_minute IS NOT NULL) AND (scope = 'type' AND name = ANY ($1)
			OR scope = 'provider' AND name IN (SELECT provider FROM enrichment_limits WHERE scope = 'type' AND name = ANY ($1)))
		ORDER BY scope, name FOR UPDATE`, types)
	return err
}

// lanesPerClaim bounds the lanes (a type, a workspace, a priority) that one
// claim looks into.
const lanesPerClaim = 2000

// claimSettings have the planner use the indexes until the transaction ends. The
// table grows from nothing to any size between two looks of the planner at it: a
// plan made while it was empty must be the one for a backlog too. So the plan may
// be kept as well: to plan the claim costs several times what it takes to run.
//
// A claim need not wait for the disk. If the server falls and forgets it, the task
// is due as before, what the worker then settles is fenced off (a token is never
// drawn twice, see claimSQL), and nobody was told: events get their places, and
// webhooks their deliveries, in later transactions that do wait.
const claimSettings = planSettings + `; SET LOCAL synchronous_commit = off`

// planSettings are those of them that are about plans.
const planSettings = `; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off;
	SET LOCAL enable_mergejoin = off; SET LOCAL jit = off; SET LOCAL plan_cache_mode = force_generic_plan`

// pickSQL finds what to take: worker, open types, how many, newcomers alone, whose turn was last,
// how many lanes. More candidates are looked at than are wanted, because other
// claims may be holding the first of them; the fewer the lanes, the more of each.
// What it found is locked, as taken.
//
// It steps from lane to lane along the index (a loose index scan), looks at the head
// of each, and locks the best rows that nobody else is taking.
const pickSQL = `
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
	), known AS (
		SELECT lane.*, '-infinity'::timestamptz AS due_from, 0::bigint AS pk_from FROM lane
	), running AS MATERIALIZED (
		SELECT workspace_pk, count(*) AS n, min(claimed_at) AS oldest FROM enrichment_dispatches WHERE worker_pk IS NOT NULL GROUP BY workspace_pk
` + chooseSQL

// chooseSQL is what a look at all lanes has in common with one at known lanes.
const chooseSQL = `	), room AS MATERIALIZED (
		SELECT t.name, t.provider, t.room, p.room AS provider_room
		FROM enrichment_room t LEFT JOIN enrichment_room p ON p.scope = 'provider' AND p.name = t.provider
		WHERE t.scope = 'type' AND t.name = ANY ($2)
	), ready AS MATERIALIZED (
		SELECT l.*, coalesce(r.n, 0) AS before, coalesce(w.weight, 1) AS weight
		FROM (SELECT * FROM known LIMIT $6) AS l
		CROSS JOIN LATERAL (SELECT FROM enrichment_dispatches d
			WHERE d.worker_pk IS NULL AND d.enrichment_type = l.enrichment_type AND d.workspace_pk = l.workspace_pk
				AND d.priority = l.priority AND d.due_at <= now() AND (d.due_at, d.task_pk) >= (l.due_from, l.pk_from) LIMIT 1) AS has_due
		LEFT JOIN running r ON r.workspace_pk = l.workspace_pk
		LEFT JOIN enrichment_weights w ON w.workspace_pk = l.workspace_pk
	), head AS (
		SELECT c.*, l.before, l.weight FROM ready l CROSS JOIN LATERAL (
			SELECT d.task_pk, d.enrichment_type, d.workspace_pk, d.priority, d.due_at FROM enrichment_dispatches d
			WHERE d.worker_pk IS NULL AND d.enrichment_type = l.enrichment_type AND d.workspace_pk = l.workspace_pk
				AND d.priority = l.priority AND d.due_at <= now() AND (d.due_at, d.task_pk) >= (l.due_from, l.pk_from)
				AND (d.expires_at IS NULL OR d.expires_at > now())
			ORDER BY d.due_at, d.task_pk LIMIT greatest(2, (2 * $3 + 64) / (SELECT count(*) FROM ready))) AS c
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
	)`

// claimSQL gives what was picked to a worker, and tells the first row of each lane
// with work (without a token, with the number of dead rows instead of attempts), and
// since when what runs has run. Tokens are random: a
// sequence would draw those of forgotten claims again.
const claimSQL = pickSQL + heldSQL + `
	UNION ALL SELECT f.*, '', (SELECT coalesce(min(oldest), now()) FROM running) FROM (
		SELECT DISTINCT ON (enrichment_type, workspace_pk, priority) task_pk, workspace_pk,
			least(pg_stat_get_dead_tuples('enrichment_dispatches'::regclass), 2000000000)::int, 0, 0::bigint, 0::smallint, priority, due_at, enrichment_type
		FROM head ORDER BY enrichment_type, workspace_pk, priority, due_at, task_pk) AS f`

// heldSQL marks and returns what was picked.
const heldSQL = `, held AS (
		UPDATE enrichment_dispatches d SET worker_pk = $1, token = 1 + floor(random() * 9e15)::bigint, claimed_at = now(),
			attempt = attempt + 1, wait_words = NULL
		WHERE d.task_pk = ANY (ARRAY(SELECT task_pk FROM taken)) AND EXISTS (SELECT FROM enrichment_workers WHERE pk = $1)
		RETURNING d.task_pk, d.workspace_pk, d.attempt, d.crashes, d.token, d.depth, d.priority, d.due_at, d.enrichment_type, d.traceparent, d.claimed_at
	), ` + spentSQL + `
	SELECT task_pk, workspace_pk, attempt, crashes, token, depth, priority, due_at, enrichment_type, coalesce(traceparent, ''), claimed_at FROM held`

// spentSQL takes what is held off the limits a minute.
const spentSQL = `spent AS (
		UPDATE enrichment_limits l SET next_at = greatest(l.next_at, now()) + make_interval(secs => 60 / l.per_minute * s.n)
		FROM (
			SELECT 'type' AS scope, enrichment_type AS name, count(*) AS n FROM held GROUP BY 2
			UNION ALL
			SELECT 'provider', room.provider, count(*) FROM held JOIN room ON room.name = held.enrichment_type GROUP BY 2) AS s
		WHERE l.scope = s.scope AND l.name = s.name AND l.per_minute IS NOT NULL
	)`
