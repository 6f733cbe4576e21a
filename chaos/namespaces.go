package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	namespacesCampaign = "namespaces"
	databaseHost       = "database"
)

// partition is one way to cut the network. What it cuts stays cut until the
// network is healed.
type partition struct {
	name string
	cut  func(r *rounds, p *process, database *host) error
	play func(context.Context, *rounds, partition) error
}

// partitions lists the ways, in the order of the rounds.
func partitions() []partition {
	both := func(_ *rounds, p *process, db *host) error { return errors.Join(p.host.lose(db), db.lose(p.host)) }
	return []partition{
		{"a worker and the database hear nothing of each other", both, partWorker},
		{"what the database answers a worker is lost", func(_ *rounds, p *process, db *host) error { return db.lose(p.host) }, partWorker},
		{"what a worker says to the database is lost", func(_ *rounds, p *process, db *host) error { return p.host.lose(db) }, partWorker},
		{"a worker's wire is gone", func(_ *rounds, p *process, _ *host) error { return p.host.unplug() }, partWorker},
		{"a server and the database hear nothing of each other", both, partServer},
		{"the database's wire is gone", func(_ *rounds, _ *process, db *host) error { return db.unplug() }, partDatabase},
		{"the database's wire is slow", func(r *rounds, _ *process, db *host) error {
			how, err := db.slow()
			r.c.journal.note("… " + how)
			return err
		}, slowDatabase},
	}
}

// partRounds cuts the network in one way after another.
func partRounds(ctx context.Context, r *rounds) error {
	over := r.c.troubled("partition")
	defer over()
	ways := partitions()
	for r.done < r.n {
		way := ways[r.done%len(ways)]
		r.c.journal.note("partition: " + way.name)
		if err := way.play(ctx, r, way); err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		r.done++
	}
	refused := 0.0
	for _, p := range r.c.workers {
		refused += p.metric(ctx, "enrichd_fenced_settlements_total")
	}
	r.measure("late settlements that were refused", refused, "")
	var failed float64
	if err := r.c.admin.QueryRow(ctx, `SELECT count(*) FROM enrichment_tasks WHERE status = 'failed'`).Scan(&failed); err != nil {
		return err
	}
	r.bound("failed tasks", failed, "", 0)
	return nil
}

// database is the host of PostgreSQL.
func (c *cluster) database() *host { return c.network.hosts[0] }

// partWorker cuts a worker off while it works, until its tasks run elsewhere.
func partWorker(ctx context.Context, r *rounds, way partition) error {
	p := r.c.workers[r.count(workersCutOff)%len(r.c.workers)]
	key, err := r.c.busy(ctx, p)
	if err != nil {
		return err
	}
	gone := ended{key, time.Now()}
	if err := way.cut(r, p, r.c.database()); err != nil {
		return err
	}
	if err := r.gather(ctx, gone); err != nil {
		return err
	}
	r.add(workersCutOff, 1)
	if err := r.c.network.heal(); err != nil {
		return err
	}
	return r.claimsAgain(ctx, healed, time.Now(), p)
}

// partServer cuts a server off: who asks it asks the other then.
func partServer(ctx context.Context, r *rounds, way partition) error {
	const long = 8 * time.Second
	p := r.c.servers[r.count(serversCutOff)%len(r.c.servers)]
	before := r.load.twice.count()
	if err := way.cut(r, p, r.c.database()); err != nil {
		return err
	}
	began := time.Now()
	longest := r.c.asks(ctx, p)
	if err := await(ctx, time.Minute, p.name+" being unready", func() bool { return !p.ready(ctx) }); err != nil {
		return err
	}
	// Its own word, or none within two seconds: either is what who balances load goes by.
	r.atMost("a server that is cut off is unready, longest", time.Since(began).Seconds(), "s", 10)
	pause(ctx, long-time.Since(began))
	r.add(serversCutOff, 1)
	r.atMost("a request to a server that is cut off waits for its answer, longest", longest().Seconds(), "s", answeredWithin.Seconds())
	if err := r.c.network.heal(); err != nil {
		return err
	}
	if err := await(ctx, time.Minute, p.name+" being ready again", func() bool { return p.ready(ctx) }); err != nil {
		return err
	}
	r.atMost("requests that two servers did not answer while one was cut off", float64(r.load.twice.count()-before), "", 0)
	return nil
}

const serversCutOff = "servers cut off"

// answeredWithin bounds how long a server lets requests wait for a database that does
// not answer: two seconds by its settings, its question's turn, and a busy machine.
const answeredWithin = 5 * time.Second

// asks sends a server a request four times a second, until the function that it
// returns is called: that tells how long the longest waited for an answer of any kind.
func (c *cluster) asks(ctx context.Context, p *process) (longest func() time.Duration) {
	asking, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	var mu sync.Mutex
	var most time.Duration
	one := func() {
		began := time.Now()
		res, err := p.ask(context.WithoutCancel(ctx), "/v1/enrichment-tasks?page[size]=1", c.workspaces[0].key)
		if err == nil {
			res.Body.Close()
		}
		mu.Lock()
		defer mu.Unlock()
		most = max(most, time.Since(began))
	}
	all.Go(func() {
		for asking.Err() == nil {
			all.Go(one)
			pause(asking, 250*time.Millisecond)
		}
	})
	return func() time.Duration { stop(); all.Wait(); return most }
}

// ask sends a process a request, which may wait for half a minute.
func (p *process) ask(ctx context.Context, path, key string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	return (&http.Client{Timeout: 30 * time.Second}).Do(req)
}

// partDatabase cuts the database off from all, once for less than a lease and once
// for longer.
func partDatabase(ctx context.Context, r *rounds, way partition) error {
	for _, long := range []time.Duration{4 * time.Second, 12 * time.Second} {
		if err := way.cut(r, nil, r.c.database()); err != nil {
			return err
		}
		pause(ctx, long)
		r.add("times that all were cut off", 1)
		if err := r.c.network.heal(); err != nil {
			return err
		}
		if err := r.claimsAgain(ctx, healed, time.Now(), r.c.workers...); err != nil {
			return err
		}
	}
	return nil
}

// slowDatabase has the database's answers come late: everybody goes on working.
func slowDatabase(ctx context.Context, r *rounds, way partition) error {
	if err := way.cut(r, nil, r.c.database()); err != nil {
		return err
	}
	began := time.Now()
	pause(ctx, 8*time.Second)
	var ended float64
	if err := r.c.admin.QueryRow(ctx, `SELECT count(*) FROM chaos.moves WHERE at > $1 AND is_now = 'completed'`, began).Scan(&ended); err != nil {
		return err
	}
	r.add("tasks completed over a slow wire", ended)
	return r.c.network.heal()
}

const healed = "who was cut off claims again after the healing, longest"

// claimsAgain waits until each of the workers has claimed something since; name is
// the figure of how long that took.
func (r *rounds) claimsAgain(ctx context.Context, name string, since time.Time, workers ...*process) error {
	for _, p := range workers {
		err := await(ctx, time.Minute, p.name+" claiming again", func() bool {
			var n int
			return r.c.admin.QueryRow(ctx, `SELECT count(*) FROM chaos.holds WHERE at > $1 AND worker_pk = $2`, since, r.c.workerKey(ctx, p)).Scan(&n) == nil && n > 0
		})
		if err != nil {
			return err
		}
	}
	r.atMost(name, time.Since(since).Seconds(), "s", 10)
	return nil
}
