package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/failpoint"
)

// ForgottenAfter is how long a task may be with the queue without being pushed. Then
// any process's sweep takes it back, to be handed over anew: a queue deletes what it
// has given up, and tells nobody.
const ForgottenAfter = time.Hour

// withQueue is the worker_pk of what is with the queue. No process has it.
const withQueue = -1

// handoverSQL gives what was picked to the queue, under a generation of its own.
const handoverSQL = pickSQL + `, held AS (
		UPDATE enrichment_dispatches d SET worker_pk = $1, token = 1 + floor(random() * 9e15)::bigint, claimed_at = now(),
			generation = nextval('enrichment_generations'), sent_at = NULL, wait_code = 'queued', wait_words = 'It is with the queue, which brings it to a worker.'
		WHERE d.task_pk = ANY (ARRAY(SELECT task_pk FROM taken))
		RETURNING d.task_pk, d.workspace_pk, d.enrichment_type, d.generation
	), ` + spentSQL + `
	SELECT task_pk, workspace_pk, enrichment_type, generation FROM held`

// outgoing is a handover before its public ids are known.
type outgoing struct {
	enrich.Handover
	task, tenant int64
}

// HandOver marks due tasks of the given types as with the queue, and returns them to
// be created there: at most n, picked as a claim picks, fairly and within the limits.
// No more than most of these types are with the queue at once, so that what comes
// later is not behind all that came before; workspaces that have nothing there, nor
// running, get one in ten of most beyond it.
//
// What it returns is not known to be in the queue before Confirm. It is committed
// for good: what dies now is found by Unconfirmed.
func (db *DB) HandOver(ctx context.Context, types []enrich.Type, n, most int) ([]enrich.Handover, error) {
	var list []outgoing
	err := pgx.BeginTxFunc(ctx, db.pool, db.beginning(handoverSettings), func(tx pgx.Tx) error {
		var out int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM enrichment_dispatches WHERE worker_pk = $1 AND enrichment_type = ANY ($2)`,
			withQueue, texts(types)).Scan(&out); err != nil {
			return err
		}
		wish := claimWish{worker: withQueue, types: types, n: min(n, most-out)}
		if wish.n <= 0 {
			wish.n, wish.newcomers = min(n, most+(most+9)/10-out), true
		}
		if wish.n <= 0 {
			return nil
		}
		rows, err := db.pick(ctx, tx, wish)
		if err != nil {
			return err
		}
		if list, err = name(ctx, tx, rows); err != nil {
			return err
		}
		return failpoint.Hit(failpoint.HandoverBeforeCommit)
	})
	if err == nil && len(list) > 0 {
		err = failpoint.Hit(failpoint.HandoverAfterCommit)
	}
	if err != nil {
		return nil, err
	}
	return handovers(list), nil
}

// handoverSettings are those of a claim, but for the disk: a task that is made in
// the queue must not be forgotten here.
const handoverSettings = planSettings

// pick locks and marks what is to be handed over. Limits are locked as a claim does.
func (db *DB) pick(ctx context.Context, tx pgx.Tx, wish claimWish) (list []outgoing, err error) {
	queue, now := &pgx.Batch{}, &openTypes{types: wish.types}
	queueOpenTypes(queue, now)
	if err := tx.SendBatch(ctx, queue).Close(); err != nil {
		return nil, err
	}
	if err := lockLimits(ctx, tx, now.limited); err != nil {
		return nil, err
	}
	open := append(now.open, now.limited...)
	if len(open) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, handoverSQL, wish.worker, open, wish.n, wish.newcomers, db.turn.Load(), lanesPerClaim)
	if err != nil {
		return nil, err
	}
	list, err = pgx.CollectRows(rows, scanOutgoing)
	held := make([]enrich.Claim, len(list))
	for i, o := range list {
		held[i].Tenant = o.tenant
	}
	db.passTurn(held)
	return list, err
}

func scanOutgoing(row pgx.CollectableRow) (o outgoing, err error) {
	err = row.Scan(&o.task, &o.tenant, &o.Type, &o.Generation)
	return o, err
}

// name reads the public ids of tasks, workspace by workspace in one round trip. A
// task that is gone is left out; its row goes with it.
func name(ctx context.Context, tx pgx.Tx, list []outgoing) (named []outgoing, err error) {
	batch := &pgx.Batch{}
	for _, group := range byTenant(list, func(o outgoing) int64 { return o.tenant }) {
		keys := make([]int64, len(group))
		byKey := map[int64]outgoing{}
		for i, o := range group {
			keys[i], byKey[o.task] = o.task, o
		}
		batch.Queue(`SELECT set_config('enrichd.workspace_pk', $1::bigint::text, true)`, group[0].tenant)
		batch.Queue(`SELECT t.pk, t.enrichment_task_id::text, w.workspace_id FROM unnest($2::bigint[]) AS k (pk)
			JOIN enrichment_tasks t ON t.pk = k.pk JOIN workspaces w ON w.pk = t.workspace_pk
			WHERE t.workspace_pk = $1 AND `+keyedLive+` AND `+fewRows("k.pk"), group[0].tenant, keys).Query(func(rows pgx.Rows) error {
			var key int64
			var id, workspace string
			_, err := pgx.ForEachRow(rows, []any{&key, &id, &workspace}, func() error {
				o := byKey[key]
				o.TaskID, o.WorkspaceID = id, workspace
				named = append(named, o)
				return nil
			})
			return err
		})
	}
	if batch.Len() == 0 {
		return nil, nil
	}
	return named, tx.SendBatch(ctx, batch).Close()
}

func handovers(list []outgoing) []enrich.Handover {
	out := make([]enrich.Handover, len(list))
	for i, o := range list {
		out[i] = o.Handover
	}
	return out
}

// Unconfirmed lists up to n tasks of the given types that were handed over longer
// than age ago and are not known to be in the queue: whoever was to create them died
// or could not. Creating one again under its name does no harm. Who asks has them
// for another age.
func (db *DB) Unconfirmed(ctx context.Context, types []enrich.Type, n int, age time.Duration) ([]enrich.Handover, error) {
	var list []outgoing
	err := pgx.BeginTxFunc(ctx, db.pool, db.beginning(planSettings), func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			UPDATE enrichment_dispatches SET claimed_at = now() WHERE task_pk = ANY (ARRAY(
				SELECT task_pk FROM enrichment_dispatches WHERE worker_pk = $1 AND enrichment_type = ANY ($2) AND sent_at IS NULL
					AND claimed_at <= now() - make_interval(secs => $4)
				ORDER BY claimed_at, task_pk LIMIT $3 FOR UPDATE SKIP LOCKED))
			RETURNING task_pk, workspace_pk, enrichment_type, generation`, withQueue, texts(types), n, seconds(age))
		if err != nil {
			return err
		}
		if list, err = pgx.CollectRows(rows, scanOutgoing); err != nil {
			return err
		}
		list, err = name(ctx, tx, list)
		return err
	})
	return handovers(list), err
}

// Confirm notes that these generations are in the queue. What was pushed before that
// is left alone. To forget it does no harm, so it need not wait for the disk.
func (db *DB) Confirm(ctx context.Context, generations []int) error {
	if err := failpoint.Hit(failpoint.ConfirmBefore); err != nil {
		return err
	}
	return pgx.BeginTxFunc(ctx, db.pool, db.beginning(claimSettings), func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE enrichment_dispatches SET sent_at = now()
			WHERE generation = ANY ($2::bigint[]) AND worker_pk = $1 AND sent_at IS NULL`, withQueue, generations)
		return err
	})
}

// takeBack frees what the queue has had for too long without a push.
func (db *DB) takeBack(ctx context.Context) (int, error) {
	tag, err := db.pool.Exec(ctx, freeSQL+` WHERE task_pk = ANY (ARRAY(SELECT task_pk FROM enrichment_dispatches
		WHERE worker_pk = $1 AND claimed_at <= now() - make_interval(secs => $2) AND coalesce(sent_at, claimed_at) <= now() - make_interval(secs => $2)
		ORDER BY task_pk LIMIT 500 FOR UPDATE SKIP LOCKED))`, withQueue, seconds(ForgottenAfter))
	return int(tag.RowsAffected()), err
}

// freeSQL is a task that is handed over anew, as soon as it is due.
const freeSQL = `UPDATE enrichment_dispatches d SET worker_pk = NULL, token = NULL, claimed_at = NULL, sent_at = NULL, wait_words = NULL`

// ReturnHandover takes a delivery's task back from the queue, so that it is handed
// over anew: the queue is about to drop it. It reports whether it was there.
func (db *DB) ReturnHandover(ctx context.Context, d enrich.Delivery) (bool, error) {
	tag, err := db.pool.Exec(ctx, freeSQL+` WHERE generation = $1 AND worker_pk = $2`, d.Generation, withQueue)
	if err == nil && tag.RowsAffected() > 0 {
		db.announce()
	}
	return tag.RowsAffected() > 0, err
}

// ClaimHandover claims the task of a push for a worker process, if it is with the
// queue under this very generation. Otherwise the error says how it stands: one of
// enrich.ErrOver, ErrSuperseded, ErrElsewhere, ErrNotNow and ErrUnknown.
func (db *DB) ClaimHandover(ctx context.Context, worker int64, d enrich.Delivery) (enrich.Claim, error) {
	var claim enrich.Claim
	var state error
	err := pgx.BeginTxFunc(ctx, db.pool, db.beginning(claimSettings), func(tx pgx.Tx) error {
		held, now, err := holdPushed(ctx, tx, worker, d.Generation)
		if state = now; err != nil || state != nil {
			return err
		}
		begun, err := begin(ctx, tx, []enrich.Claim{held})
		switch {
		case err != nil:
			return err
		case len(begun) == 0:
			state = enrich.ErrOver // it is gone, or its batch has spent its cap
			return nil
		case begun[0].Task.ID != d.TaskID:
			return errForeign // undone: the generation is another task's
		}
		claim = begun[0]
		return failpoint.Hit(failpoint.ClaimBeforeCommit)
	})
	switch {
	case errors.Is(err, errForeign), err == nil && errors.Is(state, enrich.ErrUnknown):
		return enrich.Claim{}, db.standing(ctx, d)
	case err != nil:
		return enrich.Claim{}, err
	case state != nil:
		db.announce() // it may be free again, or have made way for another
		return enrich.Claim{}, state
	}
	return claim, failpoint.Hit(failpoint.ClaimAfterCommit)
}

// errForeign says that a generation is not of the task that a push names.
var errForeign = errors.New("the generation is another task's")

// holdPushed claims a generation, or says why not. What cannot run now is freed.
func holdPushed(ctx context.Context, tx pgx.Tx, worker int64, generation int) (c enrich.Claim, state, err error) {
	var at *int64
	var attempt, crashes *int
	var free bool
	var token *int64
	var claimedAt *time.Time
	err = tx.QueryRow(ctx, pushedSQL, worker, generation, withQueue).Scan(&at, &free, &c.Key, &c.Tenant, &c.Depth, &c.Priority, &c.Trace,
		&attempt, &crashes, &token, &claimedAt)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return c, enrich.ErrUnknown, nil
	case err != nil:
		return c, nil, err
	case token != nil:
		c.Attempt, c.Crashes, c.Token, c.At = *attempt, *crashes, *token, *claimedAt
		return c, nil, nil
	case at == nil:
		return c, enrich.ErrSuperseded, nil
	case *at != withQueue:
		return c, enrich.ErrElsewhere, nil
	case free:
		return c, enrich.ErrNotNow, nil
	}
	return c, enrich.ErrUnready, nil // the worker was given up
}

// pushedSQL: worker, generation, the queue's mark. It locks the row of a generation,
// and gives it to the worker where it can run now; where it cannot it is free.
const pushedSQL = `
	WITH found AS MATERIALIZED (
		SELECT d.*, d.due_at > now() OR d.expires_at <= now() OR EXISTS (
			SELECT FROM enrichment_limits o JOIN enrichment_limits p ON p.scope = 'type' AND p.name = o.name OR p.scope = 'provider' AND p.name = o.provider
			WHERE o.scope = 'type' AND o.name = d.enrichment_type AND p.paused_until > now()) AS later
		FROM enrichment_dispatches d WHERE d.generation = $2 FOR UPDATE
	), held AS (
		UPDATE enrichment_dispatches d SET worker_pk = $1, token = 1 + floor(random() * 9e15)::bigint, claimed_at = now(),
			attempt = d.attempt + 1, wait_words = NULL
		FROM found f WHERE d.task_pk = f.task_pk AND f.worker_pk = $3 AND NOT coalesce(f.later, false) AND EXISTS (SELECT FROM enrichment_workers WHERE pk = $1)
		RETURNING d.attempt, d.crashes, d.token, d.claimed_at
	), freed AS (
		` + freeSQL + ` FROM found f WHERE d.task_pk = f.task_pk AND f.worker_pk = $3 AND f.later
	)
	SELECT f.worker_pk, coalesce(f.later, false), f.task_pk, f.workspace_pk, f.depth, f.priority, coalesce(f.traceparent, ''),
		h.attempt, h.crashes, h.token, h.claimed_at
	FROM found f LEFT JOIN held h ON true`

// standing says how a task stands whose generation no row has.
func (db *DB) standing(ctx context.Context, d enrich.Delivery) error {
	state := enrich.ErrUnknown
	err := db.inTenant(ctx, d.WorkspaceID, func(tx pgx.Tx, ws int64) error {
		var live, waits bool
		err := tx.QueryRow(ctx, `SELECT t.deleted_at IS NULL, EXISTS (SELECT FROM enrichment_dispatches d WHERE d.task_pk = t.pk)
			FROM enrichment_tasks t WHERE t.workspace_pk = $1 AND t.enrichment_task_id::text = lower($2)`, ws, d.TaskID).Scan(&live, &waits)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return nil
		case err != nil:
			return err
		case live && waits:
			state = enrich.ErrSuperseded
		default:
			state = enrich.ErrOver
		}
		return nil
	})
	if enrich.CodeOf(err) == enrich.CodeNotFound {
		return enrich.ErrUnknown // no such workspace
	}
	return errors.Join(err, stateIf(err == nil, state))
}

func stateIf(known bool, state error) error {
	if known {
		return state
	}
	return nil
}

// Handovers is how it stands with what is brought to workers from outside. Ages are 0
// where there is no such task.
type Handovers struct {
	Due     int           // tasks that are due and not handed over
	DueFor  time.Duration // the oldest of them
	Open    int           // due and handed over, and not known to be in the queue
	OpenFor time.Duration // since the first of them was due
	Sent    int           // in the queue, and due
	SentFor time.Duration // since the first of them was put there
	// Lately is how long ago a relay last touched one of those.
	Lately time.Duration
}

// Handovers tells how far hand-overs have come, of types that nobody has paused.
func (db *DB) Handovers(ctx context.Context) (h Handovers, err error) {
	var due, open, sent, lately float64
	err = db.pool.QueryRow(ctx, `
		WITH d AS MATERIALIZED (
			SELECT d.worker_pk, d.due_at, d.claimed_at, d.sent_at FROM enrichment_dispatches d
			WHERE (d.worker_pk IS NULL OR d.worker_pk = $1) AND d.due_at <= now() AND NOT EXISTS (
				SELECT FROM enrichment_limits o JOIN enrichment_limits p ON p.scope = 'type' AND p.name = o.name OR p.scope = 'provider' AND p.name = o.provider
				WHERE o.scope = 'type' AND o.name = d.enrichment_type AND p.paused_until > now()))
		SELECT count(*) FILTER (WHERE worker_pk IS NULL), `+ageOf("min(due_at) FILTER (WHERE worker_pk IS NULL)")+`,
			count(*) FILTER (WHERE worker_pk = $1 AND sent_at IS NULL), `+ageOf("min(due_at) FILTER (WHERE worker_pk = $1 AND sent_at IS NULL)")+`,
			count(sent_at) FILTER (WHERE worker_pk = $1), `+ageOf("min(sent_at) FILTER (WHERE worker_pk = $1)")+`,
			`+ageOf("max(claimed_at) FILTER (WHERE worker_pk = $1)")+` FROM d`, withQueue).
		Scan(&h.Due, &due, &h.Open, &open, &h.Sent, &sent, &lately)
	h.DueFor, h.OpenFor, h.SentFor, h.Lately = age(due), age(open), age(sent), age(lately)
	return h, err
}

// ageOf is how many seconds ago a moment was; 0 where there is none.
func ageOf(moment string) string {
	return "coalesce(greatest(extract(epoch FROM now() - " + moment + "), 0), 0)::float8"
}

func age(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
