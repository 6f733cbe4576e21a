package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/chaos"
)

type chaosCmd struct {
	Seed     uint64        `default:"1" help:"What the schedule of faults is made of: the same seed, the same schedule."`
	For      time.Duration `default:"60s" help:"How long the load and the faults last."`
	Only     []string      `help:"These faults alone; see --list."`
	Campaign string        `help:"One fault again and again, for a figure: kills, vanish, stalls, commits, restarts, rolling, partition, namespaces, upgrade, disk, cloudtasks."`
	Dispatch string        `enum:"postgres,cloudtasks" default:"postgres" help:"Who brings tasks to the workers: postgres, or cloudtasks, for which a fake of the service pushes them."`
	Old      string        `type:"existingfile" help:"Program of the version before, with --campaign upgrade."`
	Rounds   int           `help:"How often, with --campaign; what is asked of it where left out."`
	Prove    bool          `help:"Plant one bug after another, and see that each is found."`
	Smoke    bool          `help:"The faults of the smoke test alone."`
	Keep     string        `help:"Folder for history, effects, logs and verdict. Default: a temporary one, kept where something was found."`
	List     bool          `help:"List the faults, and do nothing."`
	Plan     bool          `help:"Print the schedule, and do nothing."`
}

// Run plays a campaign of faults against processes of this program and judges it.
// It ends with 1 where a promise was not kept, and says how to play it again.
func (c chaosCmd) Run(ctx runContext, s *streams) error {
	if c.List {
		return c.list(s)
	}
	faults, err := c.faults()
	if err != nil {
		return &exitCode{exitUsage, err}
	}
	if c.Plan {
		for _, step := range chaos.Schedule(c.Seed, c.For, faults) {
			fmt.Fprintln(s.out, step)
		}
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if chaos.NeedsApart(c.Campaign) {
		return apart(ctx, s, program)
	}
	if (c.Campaign == "upgrade") != (c.Old != "") {
		return &exitCode{exitUsage, errors.New("--campaign upgrade and --old PROGRAM go together: the program of the version before")}
	}
	dir, keep, err := c.folder()
	if err != nil {
		return err
	}
	o := chaos.Options{
		Seed: c.Seed, For: c.For, Faults: faults, Dir: dir, Program: program, Old: c.Old, Cache: filepath.Join(dir, "cache"),
		Log: func(format string, args ...any) { fmt.Fprintf(s.err, format+"\n", args...) },
	}
	if c.byService() {
		o.Service = newService
	}
	if c.Prove {
		return errors.Join(c.prove(ctx, s, o), tidy(dir, keep))
	}
	if c.Campaign != "" {
		m, err := chaos.Measure(ctx, c.Campaign, c.Rounds, o)
		if errors.Is(err, chaos.ErrNoNamespaces) {
			return errors.Join(&exitCode{exitAuth, err}, tidy(dir, keep))
		}
		return errors.Join(c.tellFigures(s, m, dir), err, tidy(dir, keep || err != nil))
	}
	report, err := chaos.Run(ctx, o)
	return errors.Join(c.tell(s, report, dir), err, tidy(dir, keep || err != nil))
}

// apart runs this same command in a network of its own. Who may not make one is
// told so in one line.
func apart(ctx runContext, s *streams, program string) error {
	code, err := chaos.Apart(ctx, program, os.Args[1:], s.out, s.err)
	if errors.Is(err, chaos.ErrNoNamespaces) {
		return &exitCode{exitAuth, err}
	}
	if err != nil || code == exitOK {
		return err
	}
	return &exitCode{code, nil} // it has said why
}

// prove ends with 1 where a planted bug was not found.
func (c chaosCmd) prove(ctx runContext, s *streams, o chaos.Options) error {
	missed := 0
	for _, plant := range chaos.Plants() {
		if len(c.Only) > 0 && !slices.Contains(c.Only, plant.Name) {
			continue
		}
		one := o
		one.Dir = filepath.Join(o.Dir, plant.Name)
		if err := os.MkdirAll(one.Dir, 0o755); err != nil {
			return err
		}
		found, report, err := chaos.Prove(ctx, plant, one)
		if err != nil {
			return err
		}
		mark := "found "
		if found == "" {
			missed++
			mark = "MISSED"
		}
		fmt.Fprintf(s.out, "%s  %-24s %s (%d violations)  %s\n", mark, plant.Name, plant.Words, len(report.Violations), found)
	}
	if missed > 0 {
		return fmt.Errorf("%d planted bugs were not found", missed)
	}
	return nil
}

// tidy removes what a campaign left behind, unless somebody will want it.
func tidy(dir string, wanted bool) error {
	if wanted {
		return nil
	}
	return os.RemoveAll(dir)
}

// byService reports whether a service pushes the tasks of this campaign.
func (c chaosCmd) byService() bool { return c.Dispatch == byCloudTasks || c.Campaign == byCloudTasks }

func (c chaosCmd) faults() ([]string, error) {
	if len(c.Only) > 0 && !c.Prove {
		return chaos.FindFaults(c.Only, c.byService())
	}
	return chaos.FaultNames(c.Smoke, c.byService()), nil
}

func (c chaosCmd) folder() (dir string, keep bool, err error) {
	if c.Keep != "" {
		return c.Keep, true, os.MkdirAll(c.Keep, 0o755)
	}
	dir, err = os.MkdirTemp("", "enrichd-chaos-")
	return dir, false, err
}

// again is the command that plays this campaign once more.
func (c chaosCmd) again() string {
	if c.Campaign != "" {
		return fmt.Sprintf("enrichd chaos --seed %d --campaign %s --rounds %d", c.Seed, c.Campaign, c.Rounds)
	}
	line := fmt.Sprintf("enrichd chaos --seed %d --for %s", c.Seed, c.For)
	if len(c.Only) > 0 {
		line += " --only " + strings.Join(c.Only, ",")
	}
	if c.Smoke {
		line += " --smoke"
	}
	if c.byService() {
		line += " --dispatch " + byCloudTasks
	}
	return line
}

func (c chaosCmd) tell(s *streams, r chaos.Report, dir string) error {
	if s.json {
		return s.printJSON(r)
	}
	fmt.Fprintf(s.out, "seed %d: %d faults, %d tasks acknowledged, %d there, %d attempts (%d crashed), %d effects, quiet after %.1f s\n",
		r.Seed, len(r.Steps), r.Acked, r.Tasks, r.Attempts, r.Crashed, r.Effects, r.Quiet)
	if p := r.Pushed; p != nil {
		fmt.Fprintf(s.out, "%d pushes: %d copies, %d again, %d unheard, %d past the deadline; answers %v\n", p.Pushes, p.Copies, p.Again, p.Unheard, p.Deadline, p.Answers)
	}
	return c.tellFound(s, r, dir)
}

// tellFigures prints a table of what was measured.
func (c chaosCmd) tellFigures(s *streams, m chaos.Measured, dir string) error {
	if s.json {
		return s.printJSON(m)
	}
	fmt.Fprintf(s.out, "| %s, %d rounds | figure | must not exceed |\n|---|---|---|\n", m.Campaign, m.Rounds)
	for _, f := range m.Figures {
		most, mark := "", ""
		if f.Bound {
			most = strings.TrimSpace(fmt.Sprintf("%.4g %s", f.Most, f.Unit))
		}
		if f.Missed() {
			mark = " MISSED"
		}
		fmt.Fprintf(s.out, "| %s | %s%s | %s |\n", f.Name, strings.TrimSpace(fmt.Sprintf("%.4g %s", f.Value, f.Unit)), mark, most)
	}
	return c.tellFound(s, m.Report, dir)
}

func (c chaosCmd) tellFound(s *streams, r chaos.Report, dir string) error {
	for _, t := range r.Troubles {
		fmt.Fprintln(s.out, "not done  ", t)
	}
	for _, v := range r.Violations[:min(len(r.Violations), 40)] {
		fmt.Fprintln(s.out, "VIOLATED  ", v)
	}
	if len(r.Violations) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(s.out, "what happened is in %s\nagain: %s\n", dir, c.again())
	return err
}

func (c chaosCmd) list(s *streams) error {
	if s.json {
		var list []map[string]any
		for _, f := range chaos.Faults() {
			list = append(list, map[string]any{"name": f.Name, "no": f.No, "words": f.Words, "smoke": f.Quick})
		}
		return s.printJSON(map[string]any{"faults": list})
	}
	for _, f := range chaos.Faults() {
		fmt.Fprintf(s.out, "%3d  %-24s %s\n", f.No, f.Name, f.Words)
	}
	return nil
}
