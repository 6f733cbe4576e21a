package chaos

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// Campaign is one fault, again and again under load, for a figure.
type Campaign struct {
	Name    string
	Words   string
	Rounds  int // unless it is said otherwise
	workers int
	mixed   bool // the load is of all sorts, not single tasks alone
	play    func(context.Context, *rounds) error
}

// Campaigns lists those that there are.
func Campaigns() []Campaign {
	return []Campaign{
		{"kills", "kill -9 of a worker under load: when its tasks run again", 500, 4, false, killRounds},
		{"vanish", "a worker's host vanishes: killed, and nobody tells PostgreSQL", 30, 4, false, vanishRounds},
		{"stalls", "SIGSTOP of workers past their lease, then SIGCONT: stale settlements", 300, 6, false, stallRounds},
		{"commits", "the answer to a COMMIT is lost, of enqueues and of settlements", 500, 3, false, commitRounds},
		{"restarts", "PostgreSQL is stopped at once and started", 100, 3, false, restartRounds},
		{"rolling", "all processes are stopped and started, one after the other", 100, 3, false, rollRounds},
		{"partition", "a worker is cut off from the database and comes back", 30, 4, false, partitionRounds},
		{namespacesCampaign, "each process has a network of its own, and parts of it are cut", 28, 3, false, partRounds},
		{upgradeCampaign, "the version before, both and the new one, to and fro, on the new schema", 3, 3, false, upgradeRounds},
		{diskCampaign, "the disk of PostgreSQL fills up, and has room again", 10, 3, false, diskRounds},
		{serviceCampaign, "a service pushes the tasks: faults of workers, relays, PostgreSQL, the wires and the service", 66, 3, true, serviceRounds},
	}
}

const diskCampaign = "disk"

// Figure is a number that a campaign measured.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Most  float64 `json:"must_not_exceed,omitempty"` // where Bound
	Bound bool    `json:"bound"`
}

// Missed reports whether a figure is past its bound.
func (f Figure) Missed() bool { return f.Bound && f.Value > f.Most }

// Measured is what came of a campaign for a figure.
type Measured struct {
	Campaign string   `json:"campaign"`
	Rounds   int      `json:"rounds"`
	Figures  []Figure `json:"figures"`
	Report   Report   `json:"report"`
}

// ErrMissed says that a figure is past its bound.
var ErrMissed = errors.New("a figure is past its bound")

// rounds is a campaign under way.
type rounds struct {
	load *load
	c    *cluster
	n    int // wanted
	done int
	list []Figure
	wait []float64 // seconds from the fault until each task ran again
}

func (r *rounds) measure(name string, value float64, unit string) {
	r.list = append(r.list, Figure{Name: name, Value: value, Unit: unit})
}

func (r *rounds) bound(name string, value float64, unit string, most float64) {
	r.list = append(r.list, Figure{Name: name, Value: value, Unit: unit, Most: most, Bound: true})
}

// add adds to the figure of a name, which it makes where there is none.
func (r *rounds) add(name string, value float64) { r.figure(name).Value += value }

// atMost is bound of the largest value that it is given.
func (r *rounds) atMost(name string, value float64, unit string, most float64) {
	f := r.figure(name)
	f.Value, f.Unit, f.Most, f.Bound = max(f.Value, value), unit, most, true
}

// count is the figure of a name, 0 where there is none.
func (r *rounds) count(name string) int { return int(r.figure(name).Value) }

func (r *rounds) figure(name string) *Figure {
	i := slices.IndexFunc(r.list, func(f Figure) bool { return f.Name == name })
	if i < 0 {
		i = len(r.list)
		r.list = append(r.list, Figure{Name: name})
	}
	return &r.list[i]
}

// Measure plays a campaign for a figure; n is its number of rounds, 0 for the
// usual. It fails with ErrMissed or ErrViolated.
func Measure(ctx context.Context, name string, n int, o Options) (Measured, error) {
	i := slices.IndexFunc(Campaigns(), func(c Campaign) bool { return c.Name == name })
	if i < 0 {
		return Measured{}, fmt.Errorf("there is no campaign %q", name)
	}
	campaign := Campaigns()[i]
	if name == serviceCampaign && o.Service == nil {
		return Measured{}, errNoService
	}
	o.Workers, o.Workspaces, o.apart = campaign.workers, 2, name == namespacesCampaign
	if n == 0 {
		n = campaign.Rounds
	}
	if name == diskCampaign {
		dir, unmount, err := mountDisk()
		if err != nil {
			return Measured{}, err
		}
		o.Database = dir
		defer func() { _ = unmount() }() // what is busy goes with the machine
	}
	m := Measured{Campaign: name}
	var r *rounds
	var err error
	l := &load{plain: !campaign.mixed, poison: campaign.mixed, millis: 50, force: true}
	m.Report, err = play(ctx, o.withDefaults(), l, func(ctx context.Context, c *cluster) ([]string, error) {
		r = &rounds{c: c, n: n, load: l}
		return nil, campaign.play(ctx, r)
	})
	if r == nil {
		return m, err
	}
	m.Rounds, m.Figures = r.done, r.figures(m.Report)
	if err == nil && slices.ContainsFunc(m.Figures, Figure.Missed) {
		err = ErrMissed
	}
	return m, errors.Join(err, writeJSON(filepath.Join(o.Dir, "figures.json"), m))
}

// figures adds what every campaign has: what was lost and what was doubled.
func (r *rounds) figures(report Report) []Figure {
	count := func(invariants ...string) (n float64) {
		for _, v := range report.Violations {
			if slices.Contains(invariants, v.Invariant) {
				n++
			}
		}
		return n
	}
	if len(r.wait) > 0 {
		slices.Sort(r.wait)
		at := func(q float64) float64 { return r.wait[min(int(q*float64(len(r.wait))), len(r.wait)-1)] }
		r.measure("tasks that ran again", float64(len(r.wait)), "")
		r.measure("runs again, p50", at(0.5), "s")
		most := map[bool]float64{false: 2, true: 10}[r.slow()]
		r.bound("runs again, p99", at(0.99), "s", most)
		r.measure("runs again, longest", r.wait[len(r.wait)-1], "s")
	}
	r.measure("tasks acknowledged", float64(report.Acked), "")
	if report.Pushed != nil {
		r.list = append(r.list, report.Pushed.figures()...)
	}
	r.bound("lost, or never ended", count("I1", "I13"), "", 0)
	r.bound("doubled, or settled by who had lost it", count("I5", "I6", "I7", "I14"), "", 0)
	r.bound("other promises not kept", float64(len(report.Violations))-count("I1", "I13", "I5", "I6", "I7", "I14"), "", 0)
	return r.list
}

// slow reports whether the faults were such that nobody tells PostgreSQL.
func (r *rounds) slow() bool {
	return slices.ContainsFunc(r.list, func(f Figure) bool { return f.Name == "hosts vanished" || f.Name == workersCutOff })
}

// workerKey is the key under which a process holds its claims; 0 where it has none.
func (c *cluster) workerKey(ctx context.Context, p *process) int64 {
	var key int64
	if c.admin.QueryRow(ctx, `SELECT pk FROM enrichment_workers WHERE name LIKE '%/' || $1::int ORDER BY pk DESC LIMIT 1`, p.pid()).Scan(&key) != nil {
		return 0
	}
	return key
}

// busy waits until a process holds some tasks.
func (c *cluster) busy(ctx context.Context, p *process) (key int64, err error) {
	err = await(ctx, 30*time.Second, p.name+" holding tasks", func() bool {
		key = c.workerKey(ctx, p)
		var n int
		return key != 0 && c.admin.QueryRow(ctx, `SELECT count(*) FROM enrichment_dispatches WHERE worker_pk = $1`, key).Scan(&n) == nil && n > 0
	})
	return key, err
}

// again are the seconds from a moment until each task that a worker held then was
// taken by another; open is how many nobody has taken yet.
func (c *cluster) again(ctx context.Context, worker int64, at time.Time) (waits []float64, open int, err error) {
	rows, err := c.admin.Query(ctx, `SELECT extract(epoch FROM n.at - $2::timestamptz)::float8 FROM chaos.holds h
		JOIN enrichment_tasks t ON t.pk = h.task_pk AND t.status IN ('pending', 'processing', 'completed')
		LEFT JOIN LATERAL (SELECT at FROM chaos.holds n WHERE n.task_pk = h.task_pk AND n.seq > h.seq AND n.is_now IS NOT NULL ORDER BY seq LIMIT 1) AS n ON true
		WHERE h.worker_pk = $1 AND h.is_now IS NOT NULL AND h.at < $2 AND NOT EXISTS (
			SELECT FROM chaos.holds e WHERE e.task_pk = h.task_pk AND e.was = h.is_now AND e.is_now IS NULL AND e.at < $2::timestamptz + interval '100 ms')
			AND (t.status <> 'completed' OR n.at IS NOT NULL)`, worker, at) // else its last settlement was on its way
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var s *float64
		if err := rows.Scan(&s); err != nil {
			return nil, 0, err
		}
		if s == nil {
			open++
		} else {
			waits = append(waits, *s)
		}
	}
	return waits, open, rows.Err()
}

// ended is a worker that is no more, and when.
type ended struct {
	key int64
	at  time.Time
}

// gather waits until the tasks of a worker that is no more have run again.
func (r *rounds) gather(ctx context.Context, gone ended) error {
	var waits []float64
	err := await(ctx, time.Minute, "running the tasks of a dead worker again", func() bool {
		var open int
		var err error
		waits, open, err = r.c.again(ctx, gone.key, gone.at)
		return err == nil && open == 0
	})
	r.wait = append(r.wait, waits...)
	return err
}

// killRounds kills one worker after another while the others work.
func killRounds(ctx context.Context, r *rounds) error {
	over := r.c.troubled("kills")
	defer over()
	for r.done < r.n {
		p := r.c.workers[r.done%len(r.c.workers)]
		key, err := r.c.busy(ctx, p)
		if err != nil {
			return err
		}
		dead := ended{key, time.Now()}
		p.kill()
		r.done++
		if err := p.start(); err != nil {
			return err
		}
		// The next dies when these run again, so that no task loses three workers.
		if err := r.gather(ctx, dead); err != nil {
			return err
		}
	}
	return nil
}

// vanishRounds has the wires of a worker go dead before the worker does: to
// PostgreSQL its connections stand.
func vanishRounds(ctx context.Context, r *rounds) error {
	over := r.c.troubled("vanish")
	defer over()
	for r.done < r.n {
		p := r.c.workers[r.done%len(r.c.workers)]
		key, err := r.c.busy(ctx, p)
		if err != nil {
			return err
		}
		p.database.set(drops)
		p.upstream.set(drops)
		gone := ended{key, time.Now()}
		p.kill()
		if err := r.gather(ctx, gone); err != nil {
			return err
		}
		r.done++
		p.database.set(passes)
		p.upstream.set(passes)
		if err := p.start(); err != nil {
			return err
		}
	}
	r.measure("hosts vanished", float64(r.done), "")
	return nil
}

// stallRounds halts all workers but one past their lease, and lets them go on.
func stallRounds(ctx context.Context, r *rounds) error {
	over := r.c.troubled("stalls")
	defer over()
	for r.done < r.n {
		halted := r.c.workers[1:]
		for _, p := range halted {
			if _, err := r.c.busy(ctx, p); err != nil {
				return err
			}
			p.signal(syscall.SIGSTOP)
		}
		pause(ctx, 9*time.Second)
		for _, p := range halted {
			p.signal(syscall.SIGCONT)
		}
		r.done += len(halted)
	}
	fenced := 0.0
	pause(ctx, 3*time.Second)
	for _, p := range r.c.workers {
		fenced += p.metric(ctx, "enrichd_fenced_settlements_total")
	}
	r.measure("stale settlements that were refused", fenced, "")
	return nil
}

// commitRounds loses answers to COMMITs, of enqueues at the servers and of
// settlements at the workers, until each was lost as often as is wanted.
func commitRounds(ctx context.Context, r *rounds) error {
	var laid [2][]*ambush
	lost := func(i int) (n int) {
		for _, a := range laid[i] {
			n += a.struck
		}
		return n
	}
	for lost(0) < r.n || lost(1) < r.n {
		for i, list := range [][]*process{r.c.servers, r.c.workers} {
			if lost(i) >= r.n {
				continue
			}
			p := list[len(laid[i])%len(list)]
			a := &ambush{deed: []deed{enqueues, settles}[i], where: afterCommit, left: 1}
			laid[i] = append(laid[i], a)
			p.database.lay(a)
			p.database.reached(ctx, a, 1, 2*time.Second)
			p.database.lift(a)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.done = min(lost(0), lost(1))
	}
	r.measure("answers to COMMITs of enqueues lost", float64(lost(0)), "")
	r.measure("answers to COMMITs of settlements lost", float64(lost(1)), "")
	return nil
}

// restartRounds stops PostgreSQL as a power cut would, and starts it.
func restartRounds(ctx context.Context, r *rounds) error {
	longest, recovery := 0.0, 0.0
	for r.done < r.n {
		if err := r.c.server.StopImmediate(); err != nil {
			return err
		}
		began := time.Now()
		if err := r.c.server.StartAgain(ctx); err != nil {
			return err
		}
		ready := time.Now()
		recovery = max(recovery, ready.Sub(began).Seconds())
		// Every worker claims again.
		for _, p := range r.c.workers {
			err := await(ctx, time.Minute, p.name+" claiming again", func() bool {
				var n int
				return r.c.admin.QueryRow(ctx, `SELECT count(*) FROM chaos.holds WHERE at > $1 AND worker_pk = $2`, ready, r.c.workerKey(ctx, p)).Scan(&n) == nil && n > 0
			})
			if err != nil {
				return err
			}
		}
		longest = max(longest, time.Since(ready).Seconds())
		r.done++
	}
	r.measure("longest start of PostgreSQL, with recovery", recovery, "s")
	r.bound("every worker claims again after it is ready, longest", longest, "s", 10)
	var crashed float64
	if err := r.c.admin.QueryRow(ctx, `SELECT count(*) FROM enrichment_task_attempts WHERE outcome = 'crashed'`).Scan(&crashed); err != nil {
		return err
	}
	r.bound("live tasks charged with a crash", crashed, "", 0)
	return nil
}
