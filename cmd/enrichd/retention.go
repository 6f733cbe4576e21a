package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/history"
	"github.com/enrichd/enrichd/postgres"
)

type retentionCmd struct {
	Move    retentionMoveCmd    `cmd:"" help:"Move settled tasks out to files by age, with their attempts and events."`
	Restore retentionRestoreCmd `cmd:"" help:"Put a file of history back into the database."`
}

type retentionMoveCmd struct {
	databaseFlags
	Days    int           `env:"ENRICHD_RETENTION_DAYS" default:"365" help:"Move what settled more than so many days ago; at least 7."`
	Archive string        `env:"ENRICHD_ARCHIVE" default:".enrichd/archive" help:"Folder of the files, JSON Lines, one for each workspace and day."`
	Pause   time.Duration `default:"50ms" help:"Rest between two steps."`
	DryRun  bool          `help:"Only say how many tasks would move."`
}

// Run moves history out while servers go on.
func (c retentionMoveCmd) Run(ctx runContext, s *streams) error {
	if c.owner() == "" {
		return errNoDatabase
	}
	age := time.Duration(c.Days) * 24 * time.Hour
	if age < postgres.HistoryAge {
		return &exitCode{exitUsage, fmt.Errorf("--days is at least %d: younger tasks are still looked at", postgres.HistoryAge/(24*time.Hour))}
	}
	store, err := openHistory(ctx, c.databaseFlags)
	if err != nil {
		return err
	}
	defer store.Close()
	before := time.Now().Add(-age)
	moved, err := history.Move(ctx, history.Options{Store: store, Folder: c.Archive, Before: before, Pause: c.Pause, DryRun: c.DryRun})
	if err != nil {
		return errors.Join(err, fmt.Errorf("%d tasks were moved; run it again to go on", moved))
	}
	if s.json {
		return s.printJSON(map[string]any{"data": map[string]any{"tasks": moved, "before": before.UTC().Format(time.RFC3339), "archive": c.Archive, "dry_run": c.DryRun}})
	}
	verb := "moved"
	if c.DryRun {
		verb = "would move"
	}
	fmt.Fprintf(s.out, "%s  %d tasks that settled before %s  %s\n", verb, moved, before.UTC().Format(time.DateOnly), c.Archive)
	return nil
}

type retentionRestoreCmd struct {
	databaseFlags
	File string `arg:"" help:"A file of the archive."`
}

// Run puts a file back.
func (c retentionRestoreCmd) Run(ctx runContext, s *streams) error {
	store, err := openHistory(ctx, c.databaseFlags)
	if err != nil {
		return err
	}
	defer store.Close()
	tasks, err := history.Restore(ctx, store, c.File)
	if err != nil {
		return notFoundExit(err)
	}
	if s.json {
		return s.printJSON(map[string]any{"data": map[string]any{"tasks": tasks, "file": c.File}})
	}
	fmt.Fprintf(s.out, "restored  %d tasks  %s\n", tasks, c.File)
	return nil
}

func openHistory(ctx runContext, f databaseFlags) (*postgres.History, error) {
	if f.owner() == "" {
		return nil, errNoDatabase
	}
	store, err := postgres.OpenHistory(ctx, f.owner())
	if enrich.CodeOf(err) == enrich.CodeHistoryBusy {
		return nil, &exitCode{exitConflict, err}
	}
	if err != nil {
		return nil, &exitCode{exitTemporary, err}
	}
	return store, nil
}
