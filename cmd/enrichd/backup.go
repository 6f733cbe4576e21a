package main

import (
	"fmt"

	"github.com/enrichd/enrichd/backup"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// backupFlags say what is saved, or restored: the database with the owner's rights
// and the folder of contents.
type backupFlags struct {
	databaseFlags
	Folder string `arg:"" help:"Folder of the backup."`
	Blobs  string `env:"ENRICHD_BLOBS" default:".enrichd/blobs" help:"Folder of the contents."`
}

type backupCmd struct{ backupFlags }

// Run saves everything while servers go on.
func (c backupCmd) Run(ctx runContext, s *streams) error {
	if c.owner() == "" {
		return errNoDatabase
	}
	m, err := backup.Save(ctx, c.owner(), c.Blobs, c.Folder)
	if err != nil {
		return err
	}
	return c.tell(s, "saved", m)
}

type restoreCmd struct{ backupFlags }

// Run fills an empty database from a backup, and migrates it where the backup is
// of an older version.
func (c restoreCmd) Run(ctx runContext, s *streams) error {
	if c.owner() == "" {
		return errNoDatabase
	}
	err := postgres.PrepareRestore(ctx, c.owner())
	if enrich.CodeOf(err) == enrich.CodeNotEmpty {
		return &exitCode{exitConflict, err}
	}
	if err != nil {
		return err
	}
	m, err := backup.Restore(ctx, c.Folder, c.owner(), c.Blobs)
	if err != nil {
		return err
	}
	if _, err := postgres.Migrate(ctx, c.owner()); err != nil {
		return err
	}
	return c.tell(s, "restored", m)
}

func (c backupFlags) tell(s *streams, done string, m backup.Manifest) error {
	if s.json {
		return s.printJSON(m)
	}
	fmt.Fprintf(s.out, "%s  %s  %d contents, %d bytes\n", done, c.Folder, m.Contents, m.Bytes)
	return nil
}
