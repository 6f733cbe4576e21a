// Package pgtest gives each test a database of its own.
//
// The first call in a test program starts a private PostgreSQL and migrates a
// template; each test gets a copy of it, opened as the application role, as in
// production. Everything ends with the test program.
package pgtest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/local"
	"github.com/enrichd/enrichd/postgres"
)

// Workspace is the public id of the workspace that New makes.
const Workspace = "ws-test-0001"

var (
	once     sync.Once
	server   *local.Server
	startErr error
	counter  atomic.Int64
)

// Server starts the private PostgreSQL of this test program, once.
func Server(t testing.TB) *local.Server {
	t.Helper()
	once.Do(func() {
		server, startErr = local.Start(context.Background(), local.Options{Fast: true, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		if startErr == nil {
			_, startErr = postgres.Migrate(context.Background(), server.URLFor("enrichd"))
		}
	})
	if startErr != nil {
		t.Fatalf("private PostgreSQL: %v", startErr)
	}
	return server
}

// URL makes an empty-but-migrated database and returns its owner's address.
func URL(t testing.TB) string {
	t.Helper()
	return create(t, "enrichd")
}

// own holds the servers that tests have for themselves, by the address of their database.
var own sync.Map

// OwnServer starts a PostgreSQL for one test alone, which may stop it, and
// returns the owner's address of its migrated database.
func OwnServer(t testing.TB) string {
	t.Helper()
	s, err := local.Start(context.Background(), local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	if _, err := postgres.Migrate(context.Background(), s.URL()); err != nil {
		t.Fatal(err)
	}
	own.Store(s.URL(), s)
	return s.URL()
}

// Restart stops a test's own server as a power cut would and starts it again.
func Restart(t testing.TB, url string) {
	t.Helper()
	s, ok := own.Load(url)
	if !ok {
		t.Fatal("this is not a test's own server")
	}
	if err := s.(*local.Server).StopImmediate(); err != nil {
		t.Fatal(err)
	}
	if err := s.(*local.Server).StartAgain(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// EmptyURL makes a database without any table and returns its owner's address.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return create(t, "template0")
}

func create(t testing.TB, template string) string {
	t.Helper()
	s := Server(t)
	name := fmt.Sprintf("test_%d", counter.Add(1))
	admin := s.URLFor("postgres")
	exec(t, admin, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template))
	t.Cleanup(func() { exec(t, admin, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)) })
	return s.URLFor(name)
}

// New gives a migrated database of its own with the workspace Workspace, opened
// as the application role.
func New(t testing.TB) *postgres.DB {
	t.Helper()
	return Open(t, URL(t))
}

// Open opens a database as the application role and makes Workspace in it.
func Open(t testing.TB, url string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(context.Background(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if _, err := db.EnsureWorkspace(context.Background(), Workspace, "Test"); err != nil {
		t.Fatal(err)
	}
	return db
}

// Exec runs a statement as the owner, past row-level security.
func Exec(t testing.TB, url, sql string, args ...any) {
	t.Helper()
	exec(t, url, sql, args...)
}

func exec(t testing.TB, url, sql string, args ...any) {
	t.Helper()
	if err := Try(t, url, sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Try runs a statement as the owner, past row-level security, and returns what
// the database had against it.
func Try(t testing.TB, url, sql string, args ...any) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql, args...)
	return err
}

// Query reads one value as the owner, past row-level security.
func Query[T any](t testing.TB, url, sql string, args ...any) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var v T
	if err := conn.QueryRow(ctx, sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// Explain runs a statement as the application role within a workspace and gives
// its plan with what it touched, a line each.
func Explain(t testing.TB, dbURL, workspace, sql string, args ...any) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, AsApp(dbURL))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	pk := Query[int64](t, dbURL, `SELECT pk FROM workspaces WHERE workspace_id = $1`, workspace)
	if _, err := conn.Exec(ctx, `SELECT set_config('enrichd.workspace_pk', $1::bigint::text, false)`, pk); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(ctx, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) "+sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(lines, "\n")
}

// AsApp adds to an address what makes every connection work as the application role.
func AsApp(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	q.Set("options", "-c role="+postgres.AppRole)
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return u.String()
}
