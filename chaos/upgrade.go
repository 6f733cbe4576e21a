package chaos

import (
	"context"
	"slices"
	"time"
)

const upgradeCampaign = "upgrade"

// sideBySide is how long both versions work side by side.
const sideBySide = 5 * time.Second

// upgradeRounds goes from the version before to this one and back, under load: the
// new program migrates while the old one works, then the processes are rolled one
// by one. Each round rolls all back, on the new schema, and all forward again.
func upgradeRounds(ctx context.Context, r *rounds) error {
	pause(ctx, sideBySide)
	before, err := r.c.schemaVersion(ctx)
	if err != nil {
		return err
	}
	r.c.program = r.c.o.Program
	r.c.journal.note("migrate up, with the new program, under the old one")
	began := time.Now()
	if err := r.c.run(nil, "migrate", "up"); err != nil {
		return err
	}
	took := time.Since(began)
	after, err := r.c.schemaVersion(ctx)
	if err != nil {
		return err
	}
	pause(ctx, sideBySide)
	if err := r.rollTo(ctx, r.c.o.Program); err != nil {
		return err
	}
	for r.done < r.n {
		for _, program := range []string{r.c.o.Old, r.c.o.Program} {
			if err := r.rollTo(ctx, program); err != nil {
				return err
			}
		}
		r.done++
	}
	r.measure("migrations that were made under the version before", float64(after-before), "")
	r.measure("they took", took.Seconds(), "s")
	return r.undisturbed(ctx)
}

// rollTo rolls every process to a program: a server, a worker, and so on in turn,
// so that half way both versions serve and both work.
func (r *rounds) rollTo(ctx context.Context, program string) error {
	all := alternate(r.c.servers, r.c.workers)
	r.c.journal.note("rolling to " + program)
	for i, p := range all {
		p.set(program)
		if err := p.roll(ctx); err != nil {
			return err
		}
		r.add("processes that were given the other version", 1)
		pause(ctx, time.Second)
		if i+1 == len(all)/2 {
			if err := r.bothWork(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// bothWork waits until every worker, of either version, has claimed.
func (r *rounds) bothWork(ctx context.Context) error {
	since := time.Now()
	defer pause(ctx, sideBySide)
	return r.claimsAgain(ctx, "with both versions there, every worker has claimed, longest", since, r.c.workers...)
}

// set has the next run be of a program.
func (p *process) set(program string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.program = program
}

// alternate takes from two lists in turn.
func alternate(a, b []*process) []*process {
	var all []*process
	for i := range max(len(a), len(b)) {
		all = slices.Concat(all, a[min(i, len(a)):min(i+1, len(a))], b[min(i, len(b)):min(i+1, len(b))])
	}
	return all
}

// schemaVersion is how many migrations stand.
func (c *cluster) schemaVersion(ctx context.Context) (n int, err error) {
	err = c.admin.QueryRow(ctx, `SELECT count(*) FROM goose_db_version WHERE is_applied`).Scan(&n)
	return n, err
}
