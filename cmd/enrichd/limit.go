package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// limitCmd is for operators: it works on the database, not over the API.
type limitCmd struct {
	List   limitListCmd   `cmd:"" help:"List what bounds each type and provider."`
	Set    limitSetCmd    `cmd:"" help:"Bound how much runs and how often, over all processes."`
	Pause  limitPauseCmd  `cmd:"" help:"Hold back a type, or all that calls a provider."`
	Resume limitResumeCmd `cmd:"" help:"End a pause."`
	Weight limitWeightCmd `cmd:"" help:"Say how many turns a workspace has in each round."`
}

// withStore runs fn on the database.
func (f databaseFlags) withStore(ctx context.Context, fn func(*postgres.DB) error) error {
	db, err := f.store(ctx, postgres.Options{MaxConns: 2})
	if errors.Is(err, errNoDatabase) {
		return err
	}
	if err != nil {
		return &exitCode{exitTemporary, err}
	}
	defer db.Close()
	return fn(db)
}

// limited names a type or provider: "type:ai_company" or "provider:NAME".
type limited struct {
	Name string `arg:"" help:"type:NAME or provider:NAME."`
}

// in takes the name apart. It refuses a type that is none of the twelve, and a
// provider that no program has ever named.
func (l limited) in(ctx context.Context, db *postgres.DB) (scope, name string, err error) {
	scope, name, ok := strings.Cut(l.Name, ":")
	switch {
	case !ok || scope != postgres.ScopeType && scope != postgres.ScopeProvider:
		return "", "", &exitCode{exitUsage, fmt.Errorf("%q is neither type:NAME nor provider:NAME", l.Name)}
	case scope == postgres.ScopeType && enrich.Type(name).Known():
		return scope, name, nil
	case scope == postgres.ScopeType:
		return "", "", &exitCode{exitNotFound, fmt.Errorf("there is no enrichment type %q", name)}
	}
	limits, err := db.Limits(ctx)
	if err != nil {
		return "", "", err
	}
	for _, known := range limits {
		if known.Scope == scope && known.Name == name {
			return scope, name, nil
		}
	}
	return "", "", &exitCode{exitNotFound, fmt.Errorf("no program has used a provider %q", name)}
}

type limitListCmd struct {
	databaseFlags
	watchFlags
}

// Run lists the limits.
func (c limitListCmd) Run(ctx runContext, s *streams) error {
	return c.withStore(ctx, func(db *postgres.DB) error {
		limits, err := db.Limits(ctx)
		if err != nil {
			return err
		}
		if s.json {
			return s.printJSON(map[string]any{"limits": limitRows(limits)})
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		for _, l := range limits {
			fmt.Fprintf(w, "%s:%s\t%s\t%s\n", l.Scope, l.Name, bound(l.Limit), pauseWords(l))
		}
		return w.Flush()
	})
}

func limitRows(limits []postgres.Limit) []map[string]any {
	rows := []map[string]any{}
	for _, l := range limits {
		row := map[string]any{
			"scope": l.Scope, "name": l.Name, "provider": l.Provider, "running": l.Limit.Running, "per_minute": l.Limit.PerMinute,
			"burst": l.Limit.Burst, "room": l.Room, "operator_set": l.OperatorSet, "paused_until": nil, "pause_words": l.PauseWords,
		}
		if l.PausedUntil != nil {
			row["paused_until"] = l.PausedUntil.UTC().Format(time.RFC3339)
		}
		rows = append(rows, row)
	}
	return rows
}

func bound(l enrich.Limit) string {
	var parts []string
	if l.Running > 0 {
		parts = append(parts, fmt.Sprintf("at most %d at the same time", l.Running))
	}
	if l.PerMinute > 0 {
		parts = append(parts, fmt.Sprintf("at most %g a minute, %d at once", l.PerMinute, l.Burst))
	}
	if len(parts) == 0 {
		return "no bound"
	}
	return strings.Join(parts, ", ")
}

func pauseWords(l postgres.Limit) string {
	if l.PausedUntil == nil || l.PausedUntil.Before(time.Now()) {
		return ""
	}
	return strings.TrimSpace("paused until " + l.PausedUntil.UTC().Format(time.RFC3339) + ". " + printable(l.PauseWords))
}

type limitSetCmd struct {
	databaseFlags
	limited
	Running   int     `help:"Tasks at the same time; 0 is no bound."`
	PerMinute float64 `help:"Tasks that may begin in a minute; 0 is no bound."`
	Burst     int     `default:"1" help:"How many may begin at once after a rest."`
}

// Run sets a limit.
func (c limitSetCmd) Run(ctx runContext, _ *streams) error {
	if c.Running < 0 || c.PerMinute < 0 || c.Burst < 1 {
		return &exitCode{exitUsage, fmt.Errorf("a limit is not negative, a burst at least 1")}
	}
	return c.withStore(ctx, func(db *postgres.DB) error {
		scope, name, err := c.in(ctx, db)
		if err != nil {
			return err
		}
		return db.SetLimit(ctx, scope, name, enrich.Limit{Running: c.Running, PerMinute: c.PerMinute, Burst: c.Burst})
	})
}

type limitPauseCmd struct {
	databaseFlags
	limited
	For time.Duration `default:"1h" help:"How long; at most 87600h."`
	Why string        `help:"One sentence that people see on the waiting tasks."`
}

// Run pauses a type or provider.
func (c limitPauseCmd) Run(ctx runContext, _ *streams) error {
	if c.For <= 0 || c.For > 87600*time.Hour {
		return &exitCode{exitUsage, fmt.Errorf("a pause is longer than nothing and at most 87600h")}
	}
	return c.withStore(ctx, func(db *postgres.DB) error {
		scope, name, err := c.in(ctx, db)
		if err != nil {
			return err
		}
		return db.Pause(ctx, scope, name, c.For, c.Why)
	})
}

type limitResumeCmd struct {
	databaseFlags
	limited
}

// Run ends a pause.
func (c limitResumeCmd) Run(ctx runContext, _ *streams) error {
	return c.withStore(ctx, func(db *postgres.DB) error {
		scope, name, err := c.in(ctx, db)
		if err != nil {
			return err
		}
		return db.Resume(ctx, scope, name)
	})
}

type limitWeightCmd struct {
	databaseFlags
	Workspace string `arg:"" help:"Id of the workspace."`
	Weight    int    `arg:"" help:"Turns in each round, 1 to 1000."`
}

// Run sets a workspace's weight.
func (c limitWeightCmd) Run(ctx runContext, _ *streams) error {
	return c.withStore(ctx, func(db *postgres.DB) error {
		err := db.SetWeight(ctx, c.Workspace, c.Weight)
		if enrich.CodeOf(err) == enrich.CodeNotFound {
			return &exitCode{exitNotFound, err}
		}
		return err
	})
}
