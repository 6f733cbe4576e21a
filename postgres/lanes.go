package postgres

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// A look at all lanes begins at the first entry of the index. While somebody holds
// a snapshot open for long, nothing that died since can be cleared away, and each
// look walks past all of it: at 10,000 dead rows a claim is several times as slow
// (brandur.org/postgres-queues). So where a look took long, the next ones go to the
// lanes that are known, and begin there where the last claim ended; all lanes are
// looked at again and again, for what has come to others, or back to a place passed.
const (
	// longLook is what a look takes where nothing stands in its way, and several times
	// more. Where fewer than manyDead rows are dead it is something else that takes time.
	longLook = 8 * time.Millisecond
	manyDead = 5000
	// lookAgain is the most between two looks at all lanes, or four times what one takes.
	// Where there is less in the known lanes than is wanted, all are looked at at once.
	lookAgain = time.Second
)

// lane is a type, a workspace and a priority, and the place from where on it is
// looked at.
type lane struct {
	kind     string
	tenant   int64
	priority int16
}

// rowAt is a place in a lane: rows go by when they are due, then by their tasks.
type rowAt struct {
	due  time.Time
	task int64
}

func (p rowAt) before(q rowAt) bool {
	return p.due.Before(q.due) || p.due.Equal(q.due) && p.task < q.task
}

// lanes is where this process has found work. The zero value knows of none.
type lanes struct {
	mu     sync.Mutex
	types  []enrich.Type
	from   map[lane]rowAt
	oldest time.Time // since when what runs has run
	at     time.Time // of the last look at all
	took   time.Duration
	dead   int // rows of the queue's table, as the database counts them
}

// look is one look for work: into all lanes, or into those that are known.
type look struct {
	types  []enrich.Type
	known  map[lane]rowAt // nil: all
	oldest time.Time
	began  time.Time
	dead   int
	found  map[lane]rowAt // first row of each lane, where all are looked at
	last   map[lane]rowAt // last row claimed in each
}

// look chooses how to look.
func (l *lanes) look(wish claimWish) look {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := look{types: wish.types, began: time.Now()}
	if l.took >= longLook && l.dead >= manyDead && len(l.from) > 0 && time.Since(l.at) < max(lookAgain, 4*l.took) && slices.Equal(l.types, wish.types) {
		next.known, next.oldest = make(map[lane]rowAt, len(l.from)), l.oldest
		for lane, from := range l.from {
			next.known[lane] = from
		}
	}
	return next
}

// whole is a look into all lanes.
func (l *lanes) whole(wish claimWish) look { return look{types: wish.types, began: time.Now()} }

// saw notes what a look has found.
func (l *lanes) saw(k look) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.known == nil {
		l.types, l.from, l.oldest, l.dead = k.types, k.found, k.oldest, k.dead
		l.at, l.took = time.Now(), time.Since(k.began)
	}
	for lane, last := range k.last {
		if from, ok := l.from[lane]; ok && from.before(last) {
			l.from[lane] = last
		}
	}
}

// lookFurther looks into all lanes where the known ones held too little.
func (db *DB) lookFurther(ctx context.Context, tx pgx.Tx, wish claimWish, open []string, k look, held []enrich.Claim) ([]enrich.Claim, error) {
	if k.known == nil || len(held) >= wish.n {
		return held, nil
	}
	wish.n -= len(held)
	all, queue := db.lanes.whole(wish), &pgx.Batch{}
	var more []enrich.Claim
	db.queueClaim(queue, wish, open, &all, &more)
	if err := tx.SendBatch(ctx, queue).Close(); err != nil {
		return nil, err
	}
	db.lanes.saw(all)
	return append(held, more...), nil
}

// queueClaim is the claim itself.
func (db *DB) queueClaim(queue *pgx.Batch, wish claimWish, open []string, k *look, into *[]enrich.Claim) {
	sql, args := claimSQL, []any{wish.worker, open, wish.n, wish.newcomers, db.turn.Load(), lanesPerClaim}
	if k.known != nil {
		sql, args = claimKnownSQL, append(args, k.columns()...)
	}
	queue.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		k.found, k.last = map[lane]rowAt{}, map[lane]rowAt{}
		for rows.Next() {
			var c enrich.Claim
			var in lane
			var at rowAt
			if err := rows.Scan(&c.Key, &c.Tenant, &c.Attempt, &c.Crashes, &c.Token, &c.Depth, &c.Priority, &at.due, &in.kind, &c.Trace, &c.At); err != nil {
				return err
			}
			in.tenant, in.priority, at.task = c.Tenant, int16(c.Priority), c.Key
			if c.Token == 0 {
				k.found[in], k.oldest, k.dead = at, c.At, c.Attempt
				continue
			}
			*into = append(*into, c)
			if k.last[in].before(at) {
				k.last[in] = at
			}
		}
		return rows.Err()
	})
}

// columns are the known lanes as claimKnownSQL takes them.
func (k *look) columns() []any {
	var kinds []string
	var tenants, tasks []int64
	var priorities []int16
	var dues []time.Time
	for in, from := range k.known {
		kinds, tenants, priorities = append(kinds, in.kind), append(tenants, in.tenant), append(priorities, in.priority)
		dues, tasks = append(dues, from.due), append(tasks, from.task)
	}
	return []any{kinds, tenants, priorities, dues, tasks, k.oldest}
}

// claimKnownSQL is claimSQL for known lanes alone: then their columns and places, and
// since when what runs has run.
const claimKnownSQL = `
	WITH known AS MATERIALIZED (
		SELECT * FROM unnest($7::text[], $8::bigint[], $9::smallint[], $10::timestamptz[], $11::bigint[])
			AS k (enrichment_type, workspace_pk, priority, due_from, pk_from) WHERE enrichment_type = ANY ($2::text[])
	), running AS MATERIALIZED (
		SELECT workspace_pk, count(*) AS n FROM enrichment_dispatches WHERE worker_pk IS NOT NULL AND claimed_at >= $12 GROUP BY workspace_pk
` + chooseSQL + heldSQL
