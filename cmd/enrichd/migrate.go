package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/enrichd/enrichd/postgres"
)

// databaseFlags says where the database is.
type databaseFlags struct {
	DatabaseURL string `env:"DATABASE_URL,ENRICHD_DATABASE_URL" help:"Address of the database."`
	MigrateURL  string `env:"ENRICHD_MIGRATE_URL" help:"Address with the owner's rights, for migrations. Default: the database address."`
	Pooler      bool   `env:"ENRICHD_POOLER" help:"The database address leads to PgBouncer in transaction mode. Log in as enrichd_app there, and migrate past it."`
}

// store opens the database as the program works.
func (f databaseFlags) store(ctx context.Context, o postgres.Options) (*postgres.DB, error) {
	if f.DatabaseURL == "" {
		return nil, errNoDatabase
	}
	o.Pooler = f.Pooler
	return postgres.Open(ctx, f.DatabaseURL, o)
}

func (f databaseFlags) owner() string {
	if f.MigrateURL != "" {
		return f.MigrateURL
	}
	return f.DatabaseURL
}

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Apply what is missing."`
	Status migrateStatusCmd `cmd:"" help:"List the migrations and when each was applied."`
}

type migrateUpCmd struct{ databaseFlags }

var errNoDatabase = &exitCode{exitUsage, errors.New("name the database: --database-url, or DATABASE_URL in the environment")}

// Run migrates the database and makes the application role.
func (c migrateUpCmd) Run(ctx runContext, s *streams) error {
	if c.owner() == "" {
		return errNoDatabase
	}
	applied, err := postgres.Migrate(ctx, c.owner())
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"applied": migrationList(applied)})
	}
	for _, m := range applied {
		fmt.Fprintf(s.out, "applied  %d  %s\n", m.Version, m.Name)
	}
	fmt.Fprintf(s.err, "%d migrations applied; the database is up to date.\n", len(applied))
	return nil
}

type migrateStatusCmd struct{ databaseFlags }

// Run lists the migrations.
func (c migrateStatusCmd) Run(ctx runContext, s *streams) error {
	if c.owner() == "" {
		return errNoDatabase
	}
	states, err := postgres.MigrationStatus(ctx, c.owner())
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(map[string]any{"migrations": migrationList(states)})
	}
	for _, m := range states {
		when := "missing"
		if !m.AppliedAt.IsZero() {
			when = m.AppliedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(s.out, "%-21s %d  %s\n", when, m.Version, m.Name)
	}
	return nil
}

func migrationList(states []postgres.MigrationState) []map[string]any {
	list := []map[string]any{}
	for _, m := range states {
		row := map[string]any{"version": m.Version, "name": m.Name, "applied_at": nil}
		if !m.AppliedAt.IsZero() {
			row["applied_at"] = m.AppliedAt.UTC().Format(time.RFC3339)
		}
		list = append(list, row)
	}
	return list
}
