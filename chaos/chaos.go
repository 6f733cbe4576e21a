// Package chaos proves the engine: faults, and what holds all the same.
//
// A campaign starts a private PostgreSQL, real processes of the program with wires
// of its own between them, and an upstream that notes each effect. Clients work, a
// nemesis follows a schedule that is a function of the seed, and when everything is
// healed and quiet the room check judges what is left. Nothing here runs in the
// product: only the kinds of kind.go do, in the processes that a campaign starts.
package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/enrichd/enrichd/chaos/check"
)

// Options of a campaign.
type Options struct {
	Seed    uint64
	For     time.Duration // of the load and the faults
	Faults  []string      // to choose from; see FaultNames
	Dir     string        // what is left behind: history, effects, the nemesis, logs, verdict
	Program string        // the product's program
	Env     []string      // more environment for it
	Cache   string        // the program's folder of compiled code
	// Database is the folder of the private PostgreSQL; empty makes a temporary one.
	Database string

	Servers, Workers, Workspaces, Clients int
	Every                                 time.Duration // between two requests of a client

	// Old is the program of the version before, for the campaign of an upgrade.
	Old string

	// Service makes the service that pushes tasks to workers, which does wrong what it is
	// told at the time; nil has PostgreSQL dispatch.
	Service func(seed uint64, wrong func() Mishap) (*Service, error)
	Relays  int // with a Service

	apart bool // each process has a network of its own; see Apart

	Plant *Plant // a bug to be found; nil for none

	Log func(format string, args ...any) // hears what happens; may be nil
}

func (o Options) withDefaults() Options {
	set := func(n *int, otherwise int) {
		if *n == 0 {
			*n = otherwise
		}
	}
	set(&o.Servers, 2)
	set(&o.Workers, 3)
	set(&o.Relays, 2)
	set(&o.Workspaces, 3)
	set(&o.Clients, 8)
	if o.Every == 0 {
		o.Every = 150 * time.Millisecond
		if o.Service != nil {
			o.Every *= 4 // a push costs more than a claim, this machine is its service, too, and each 503 halts a queue
		}
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	return o
}

// Report is what came of a campaign.
type Report struct {
	Seed       uint64            `json:"seed"`
	Seconds    float64           `json:"seconds"`
	Steps      []Step            `json:"steps"`
	Acked      int               `json:"acknowledged_tasks"`
	Tasks      int               `json:"tasks"`
	Attempts   int               `json:"attempts"`
	Crashed    int               `json:"crashed_attempts"`
	Effects    int               `json:"effects"`
	Operations map[string]int    `json:"operations"` // by type: ok, fail, info
	Quiet      float64           `json:"quiet_after_s"`
	Pushed     *Pushed           `json:"pushed,omitempty"` // by the service, where there is one
	Troubles   []string          `json:"troubles"`         // faults that could not be made
	Violations []check.Violation `json:"violations"`
}

// ErrViolated says that a promise was not kept.
var ErrViolated = errors.New("promises were not kept")

// Run plays one campaign and judges it. A campaign that found violations is
// reported with ErrViolated.
func Run(ctx context.Context, o Options) (Report, error) {
	steps := Schedule(o.Seed, o.For, o.Faults)
	report, err := play(ctx, o.withDefaults(), &load{poison: true, force: true}, func(ctx context.Context, c *cluster) ([]string, error) {
		working, stop := context.WithTimeout(ctx, o.For)
		defer stop()
		troubles := c.nemesis(working, steps)
		<-working.Done()
		return troubles, nil
	})
	report.Steps = steps
	return report, errors.Join(err, writeJSON(filepath.Join(o.Dir, "verdict.json"), report))
}

// play starts everything, has the load work while the nemesis does, heals, waits
// for quiet and judges.
func play(ctx context.Context, o Options, l *load, nemesis func(context.Context, *cluster) ([]string, error)) (report Report, err error) {
	report.Seed = o.Seed
	began := time.Now()
	j, err := openJournal(o.Dir, o.Log)
	if err != nil {
		return report, err
	}
	defer j.close()
	c, err := startCluster(ctx, o, j)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	j.note(fmt.Sprintf("everything runs: %d servers, %d workers, %d workspaces", o.Servers, o.Workers, o.Workspaces))
	before := c.use(ctx)
	working, stop := context.WithCancel(ctx)
	defer stop()
	patience, lose := context.WithCancel(ctx)
	defer lose()
	l.c, l.every = c, o.Every
	l.start(working, patience, o.Seed, o.Clients)
	report.Troubles, err = nemesis(ctx, c)
	stop()
	if broken := c.heal(ctx); broken != nil {
		return report, errors.Join(err, broken)
	}
	e, broken := c.evidence(ctx, l, lose, before)
	if broken != nil {
		return report, errors.Join(err, broken)
	}
	report.fill(e, l.sent.value(), time.Since(began))
	if c.service != nil {
		pushed := c.service.Pushed()
		report.Pushed = &pushed
	}
	report.Violations = check.Judge(e)
	if len(report.Violations) > 0 {
		err = errors.Join(err, ErrViolated)
	}
	return report, errors.Join(err, writeJSON(filepath.Join(o.Dir, "tables.json"), e.Tables))
}

// nemesis follows the schedule. Faults may overlap, as they do in life. It returns
// what could not be done.
func (c *cluster) nemesis(ctx context.Context, steps []Step) []string {
	faults := map[string]Fault{}
	for _, f := range Faults() {
		faults[f.Name] = f
	}
	began := time.Now()
	var all sync.WaitGroup
	var mu sync.Mutex
	var troubles []string
	for _, s := range steps {
		pause(ctx, s.At-time.Since(began))
		if ctx.Err() != nil {
			break
		}
		c.journal.note(s.Fault + ": " + faults[s.Fault].Words)
		all.Go(func() {
			if err := c.bring(ctx, faults[s.Fault], s); err != nil {
				c.journal.note("… " + s.Fault + ": " + err.Error())
				mu.Lock()
				defer mu.Unlock()
				troubles = append(troubles, s.Fault+": "+err.Error())
			}
		})
	}
	all.Wait()
	return troubles
}

// bring has a fault happen.
func (c *cluster) bring(ctx context.Context, f Fault, s Step) error {
	if c.service == nil && ofService(f.Name) {
		return errNoService
	}
	return f.do(ctx, c, s)
}

// evidence waits until nothing is open, and takes down what is left.
func (c *cluster) evidence(ctx context.Context, l *load, lose func(), before map[string]float64) (*check.Evidence, error) {
	healed := time.Now()
	c.journal.note("healed; waiting until nothing is open")
	done := make(chan struct{})
	go func() { l.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		lose()
		<-done
	}
	e := &check.Evidence{Canary: map[string]string{}, Quiet: -1}
	if await(ctx, 2*time.Minute, "quiet", func() bool { return c.startWorkers() == nil && c.openTasks(ctx) == 0 }) == nil {
		e.Quiet = time.Since(healed)
	}
	c.journal.note(fmt.Sprintf("quiet after %s", e.Quiet.Round(time.Millisecond)))
	for _, w := range c.workspaces {
		e.Canary[w.id] = w.canary
	}
	var err error
	if e.Tables, err = c.tables(ctx); err != nil {
		return nil, err
	}
	if e.Tables.Accounts, err = c.accounts(ctx, l.banks); err != nil {
		return nil, err
	}
	c.hangUp(ctx)
	e.Use = c.compare(ctx, before)
	if c.service != nil {
		e.ParentWithin = parentByService
	}
	e.History, e.Effects = c.journal.operations(), c.upstream.seen()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.dropped {
		e.Dropped, e.Canary[w.id] = append(e.Dropped, w.id), w.canary
	}
	for _, t := range c.trouble {
		e.Deadly = append(e.Deadly, check.Window{From: t.from, To: t.to, Why: t.why})
	}
	for _, t := range c.hindered {
		e.Slow = append(e.Slow, check.Window{From: t.from, To: t.to, Why: t.why})
	}
	return e, nil
}

func (r *Report) fill(e *check.Evidence, acked int, took time.Duration) {
	r.Seconds, r.Acked, r.Quiet = took.Seconds(), acked, e.Quiet.Seconds()
	r.Tasks, r.Attempts, r.Effects = len(e.Tables.Tasks), len(e.Tables.Attempts), len(e.Effects)
	r.Operations = map[string]int{}
	for _, o := range e.History {
		if o.Type != check.Invoke {
			r.Operations[o.Type]++
		}
	}
	for _, a := range e.Tables.Attempts {
		if a.Outcome == "crashed" {
			r.Crashed++
		}
	}
}

func writeJSON(name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(name, raw, 0o644)
}
