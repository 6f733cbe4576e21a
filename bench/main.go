// Command bench races enrichd against what a user would pick instead.
//
// One private PostgreSQL with durable settings; the contestants take turns, A B
// C A B C, with the same jobs, the same number of connections and of jobs at a
// time. It prints medians and ratios as a table and writes them as JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/local"
)

// options are the flags.
type options struct {
	config
	tasks, rounds, finished, latency int
	snapshot                         time.Duration
	only, parts, out, profile, dir   string
	statements                       bool
}

func main() {
	o := options{}
	flag.IntVar(&o.tasks, "tasks", 20_000, "jobs in a round")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each contestant")
	flag.IntVar(&o.Slots, "slots", 1000, "jobs at the same time")
	flag.IntVar(&o.Conns, "conns", 10, "connections of each pool")
	flag.IntVar(&o.Chunk, "chunk", 1000, "jobs in one enqueue")
	flag.IntVar(&o.finished, "finished", 1_000_000, "finished rows to work behind")
	flag.IntVar(&o.latency, "latency", 300, "single jobs on an idle queue")
	flag.DurationVar(&o.snapshot, "snapshot", time.Minute, "how long a snapshot is held open")
	flag.StringVar(&o.only, "only", "", "contestants of the race, with commas between; all by default")
	flag.StringVar(&o.parts, "parts", "race,latency,snapshot,behind", "what to measure")
	flag.StringVar(&o.out, "out", "bench.json", "file for the figures")
	flag.StringVar(&o.profile, "profile", "", "file for a profile of this process's time")
	flag.StringVar(&o.dir, "dir", "", "folder for the server's data; a temporary one by default")
	flag.BoolVar(&o.statements, "statements", false, "print what the statements of the race cost the server; slows it down")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, o); err != nil {
		log.Fatal(err)
	}
}

// measure starts the server and takes the parts in turn.
func measure(ctx context.Context, o options) (err error) {
	server, err := local.Start(ctx, local.Options{Dir: o.dir, Settings: settings(o)})
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := server.Stop(); err == nil {
			err = stopErr
		}
	}()
	if o.profile != "" {
		file, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	r := &report{Began: time.Now().UTC().Truncate(time.Second), Postgres: server.Version(), Settings: settings(o), Config: o.config, Tasks: o.tasks, Rounds: o.rounds}
	h := &host{server: server}
	for _, part := range []struct {
		name string
		take func(context.Context, *host, options, *report) error
	}{{"race", race}, {"latency", latency}, {"snapshot", snapshot}, {"behind", behind}} {
		if !slices.Contains(strings.Split(o.parts, ","), part.name) {
			continue
		}
		if err := part.take(ctx, h, o, r); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	r.Took = time.Since(r.Began).Round(time.Second).String()
	fmt.Print(r.table())
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.out, append(raw, '\n'), 0o644)
}

// settings of the server: durable, with the memory that a small machine would
// give, and checkpoints that no round runs into.
func settings(o options) map[string]string {
	s := map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "1GB", "max_wal_size": "32GB",
		"checkpoint_timeout": "30min", "max_connections": "100", "maintenance_work_mem": "1GB",
	}
	if o.statements {
		s["shared_preload_libraries"], s["pg_stat_statements.track_planning"] = "pg_stat_statements", "on"
	}
	return s
}
