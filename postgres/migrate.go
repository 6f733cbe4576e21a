package postgres

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // goose speaks database/sql
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/enrichd/enrichd/enrich"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Versions of the contract's steps.
const (
	versionBaseline = 20260301090000
	versionChannel  = 20260319120000
	versionEntity   = 20260323100000
	versionBatch    = 20260327100000
)

// MigrationState is one migration and when it was applied, zero if it was not.
type MigrationState struct {
	Version   int64
	Name      string
	AppliedAt time.Time
}

// Migrate brings the database at url, which must be the owner's, to the newest
// version, and makes the application role. It is safe to run from several
// processes at once. A database that came from elsewhere is adopted by its
// shape: steps whose columns stand already are marked as applied. The returned
// list holds what was applied now.
func Migrate(ctx context.Context, url string) ([]MigrationState, error) {
	return MigrateTo(ctx, url, goose.MaxVersion)
}

// MigrateTo is Migrate up to one version.
func MigrateTo(ctx context.Context, url string, version int64) ([]MigrationState, error) {
	conn, provider, err := migrator(url)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := ensureRole(ctx, conn); err != nil {
		return nil, err
	}
	if err := adopt(ctx, conn); err != nil {
		return nil, fmt.Errorf("adopt the database as it stands: %w", err)
	}
	results, err := provider.UpTo(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	var applied []MigrationState
	for _, r := range results {
		applied = append(applied, MigrationState{Version: r.Source.Version, Name: r.Source.Path, AppliedAt: time.Now()})
	}
	return applied, nil
}

// MigrationStatus lists all migrations, oldest first.
func MigrationStatus(ctx context.Context, url string) ([]MigrationState, error) {
	conn, provider, err := migrator(url)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	list, err := provider.Status(ctx)
	if err != nil {
		return nil, err
	}
	var states []MigrationState
	for _, s := range list {
		states = append(states, MigrationState{Version: s.Source.Version, Name: s.Source.Path, AppliedAt: s.AppliedAt})
	}
	return states, nil
}

func migrator(url string) (*sql.DB, *goose.Provider, error) {
	conn, err := sql.Open("pgx", url)
	if err != nil {
		return nil, nil, err
	}
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, nil, err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, nil, err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, conn, files, goose.WithSessionLocker(locker),
		// An adopted database skips the baseline but not the entities before it.
		goose.WithAllowOutofOrder(true))
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, provider, nil
}

// PrepareRestore makes the application role in a database that is to be filled from
// a backup. It refuses one that has tables already.
func PrepareRestore(ctx context.Context, url string) error {
	conn, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer conn.Close()
	var tables int
	err = conn.QueryRowContext(ctx, `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'`).Scan(&tables)
	if err != nil {
		return err
	}
	if tables > 0 {
		return enrich.Errorf(enrich.CodeNotEmpty, "This database has %d tables: it is not empty; restore into a new one.", tables)
	}
	return ensureRole(ctx, conn)
}

// ensureRole makes the application role and lets the migrating login become
// it. Where the login may do neither, an operator must have made the role.
func ensureRole(ctx context.Context, conn *sql.DB) error {
	_, err := conn.ExecContext(ctx, `DO $$
	BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'enrichd_app') THEN
			BEGIN
				CREATE ROLE enrichd_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
			EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another migrator was faster
			END;
		END IF;
		IF NOT pg_has_role(current_user, 'enrichd_app', 'member') THEN
			EXECUTE format('GRANT enrichd_app TO %I', current_user);
		END IF;
	END $$`)
	if err != nil {
		return fmt.Errorf("make the role %s (an administrator can: CREATE ROLE %s; GRANT %s TO <the owner>): %w",
			AppRole, AppRole, AppRole, err)
	}
	return nil
}

// adopt marks the contract's steps that a foreign database already has.
func adopt(ctx context.Context, conn *sql.DB) error {
	var ours, foreign bool
	err := conn.QueryRowContext(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL,
		to_regclass('enrichment_tasks') IS NOT NULL`).Scan(&ours, &foreign)
	if err != nil || ours || !foreign {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// The same table as the migration library makes, so that it goes on from here.
	if _, err := tx.ExecContext(ctx, `CREATE TABLE goose_db_version (
		id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
		version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now());
		INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true)`); err != nil {
		return err
	}
	for _, step := range []struct {
		version int64
		column  string // stands only once the step was taken
	}{{versionBaseline, "status"}, {versionChannel, "source_channel"}, {versionEntity, "entity_type"}, {versionBatch, "parent_task_pk"}} {
		_, err := tx.ExecContext(ctx, `INSERT INTO goose_db_version (version_id, is_applied)
			SELECT $1, true FROM pg_attribute
			WHERE attrelid = 'enrichment_tasks'::regclass AND attname = $2 AND NOT attisdropped`, step.version, step.column)
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}
