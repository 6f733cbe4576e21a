package chaos

import (
	"context"
	"syscall"
	"time"
)

// rollRounds stops every process as an upgrade does, with SIGTERM, and starts it
// again. The next one is stopped as soon as that one is ready, and not before: first
// the servers, then the workers.
func rollRounds(ctx context.Context, r *rounds) error {
	for r.done < r.n {
		for _, p := range append(append([]*process{}, r.c.servers...), r.c.workers...) {
			if err := p.roll(ctx); err != nil {
				return err
			}
		}
		r.done++
	}
	return r.undisturbed(ctx)
}

// undisturbed adds what a rolling restart must not cost.
func (r *rounds) undisturbed(ctx context.Context) error {
	r.bound("requests that two servers, one after the other, did not answer", float64(r.load.twice.count()), "", 0)
	var failed, crashed float64
	if err := r.c.admin.QueryRow(ctx, `SELECT (SELECT count(*) FROM enrichment_tasks WHERE status = 'failed'),
		(SELECT count(*) FROM enrichment_task_attempts WHERE outcome = 'crashed')`).Scan(&failed, &crashed); err != nil {
		return err
	}
	r.bound("failed tasks", failed, "", 0)
	r.bound("tasks charged with a crash", crashed, "", 0)
	return nil
}

// roll stops a process, waits until it is gone, and until the next run is ready.
func (p *process) roll(ctx context.Context) error {
	p.signal(syscall.SIGTERM)
	if err := await(ctx, 30*time.Second, p.name+" ending", func() bool { return p.pid() == 0 }); err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	return await(ctx, 30*time.Second, p.name+" being ready", func() bool { return p.ready(ctx) })
}

// workersCutOff is the figure of campaigns in which nobody tells PostgreSQL.
const workersCutOff = "workers cut off"

// partitionRounds cuts one worker after another off from the database while it
// works. Its tasks run elsewhere; what it settles when it is back is refused.
func partitionRounds(ctx context.Context, r *rounds) error {
	over := r.c.troubled("partition")
	defer over()
	fenced := 0.0
	for r.done < r.n {
		p := r.c.workers[r.done%len(r.c.workers)]
		key, err := r.c.busy(ctx, p)
		if err != nil {
			return err
		}
		gone := ended{key, time.Now()}
		p.database.set(drops)
		if err := r.gather(ctx, gone); err != nil {
			return err
		}
		p.database.set(passes)
		r.done++
	}
	for _, p := range r.c.workers {
		fenced += p.metric(ctx, "enrichd_fenced_settlements_total")
	}
	r.measure(workersCutOff, float64(r.done), "")
	r.measure("late settlements that were refused", fenced, "")
	return nil
}
