// Package postgres is the memory: every SQL statement stands here.
//
// A file for each table, a statement for each function. Exported methods open
// their transaction; lower-case helpers take it. A transaction belongs to one
// workspace: its key is set first, row-level security shows nothing else, and
// every statement names workspace_pk besides. advance.go alone writes status.
package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enrichd/enrichd/enrich"
)

// AppRole is the database role that the program works as: it owns nothing, is
// no superuser and cannot pass by row-level security.
const AppRole = "enrichd_app"

// DB is the store. It is safe for use by many goroutines.
type DB struct {
	pool    *pgxpool.Pool
	tenants sync.Map                  // public id of a workspace → its pk, which never changes
	turn    atomic.Int64              // the workspace that this process served last
	opened  atomic.Pointer[openTypes] // what the last claim found open
	lanes   lanes                     // where the last claims found work
	orphans orphans                   // when to look for claims of nobody
	name    string                    // of this process among those that announce
	wakes   sync.Map                  // *func() of the listeners of this process
	wake    chan struct{}
	pooler  bool // see Options
	first   *first
	watch   watch
	seal    *seal
	done    context.CancelFunc
	running sync.WaitGroup
}

// Options of Open. The zero value is fit for use.
type Options struct {
	MaxConns int32 // connections in the pool; 0 means 10
	// Observe is told of every statement before it is sent; may be nil.
	Observe func(sql string, args []any)
	// SealKey seals the secrets of webhooks, SealKeyBytes of them; empty: they stand
	// in clear. Every process has the same one.
	SealKey []byte
	// Pooler says that url leads to a pooler in transaction mode (PgBouncer): what
	// lasts longer than a transaction is not to be had there.
	Pooler bool
	// Silence is how long the database may answer nothing at all, on no connection, before
	// whoever waits for it is told that it is away; 0 waits. It takes one connection more.
	Silence time.Duration
}

// observer tells of statements as the driver's tracer.
type observer func(sql string, args []any)

// TraceQueryStart tells of one.
func (o observer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	o(q.SQL, q.Args)
	return ctx
}

// TraceQueryEnd does nothing.
func (observer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// Open connects as the application role and refuses where it cannot be had:
// with SET ROLE when url names the owner, as the login itself otherwise.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	seal, err := newSeal(o.SealKey)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = max(o.MaxConns, 2)
	if o.MaxConns == 0 {
		cfg.MaxConns = 10
	}
	cfg.MaxConnLifetimeJitter = time.Minute
	cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	cfg.AfterConnect = becomeApp
	if o.Pooler {
		cfg.AfterConnect = beApp
		cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe // no statement has a name
	}
	if o.Observe != nil {
		cfg.ConnConfig.Tracer = observer(o.Observe)
	}
	for name, value := range map[string]string{
		"application_name": "enrichd", "statement_timeout": "15s", "lock_timeout": "5s",
		// A host that vanished in the middle of a transaction must not keep its rows
		// locked for longer than its lease lasts. In the middle of a message PostgreSQL
		// waits for the rest of it without any limit of its own: there, the kernel must
		// notice that the host is gone.
		"idle_in_transaction_session_timeout": "5s",
		"tcp_keepalives_idle":                 "4", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "3", "tcp_user_timeout": "7s",
	} {
		if cfg.ConnConfig.RuntimeParams[name] == "" && (!o.Pooler || name == "application_name") {
			cfg.ConnConfig.RuntimeParams[name] = value
		}
	}
	var silent *silence
	if o.Silence > 0 {
		silent = listenFor(cfg.ConnConfig, o.Silence)
	}
	first := &first{}
	cfg.BeforeConnect = first.wait
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	db := &DB{pool: pool, name: rand.Text(), wake: make(chan struct{}, 1), seal: seal, pooler: o.Pooler, first: first}
	background, cancel := context.WithCancel(context.Background())
	db.done = cancel
	db.running.Go(func() { db.notifyLoop(background) })
	if silent != nil {
		db.running.Go(func() { silent.run(background, cfg.ConnConfig, pool.Reset) })
	}
	return db, nil
}

// Close ends the pool and waits for what the store runs in the background.
func (db *DB) Close() {
	db.done()
	db.running.Wait()
	db.pool.Close()
}

// Ping asks the database for a sign of life.
func (db *DB) Ping(ctx context.Context) error { return db.pool.Ping(ctx) }

// Stats tells how many connections are in use and how many there may be.
func (db *DB) Stats() (inUse, limit int32) {
	s := db.pool.Stat()
	return s.AcquiredConns(), s.MaxConns()
}

// pooled is what the transactions behind a pooler set for themselves: there, a
// connection's own settings do not last.
const pooled = "; SET LOCAL statement_timeout = '15s'; SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '5s'"

// beginning is how a transaction of this store begins; settings are those of its own.
func (db *DB) beginning(settings string) pgx.TxOptions {
	if db.pooler {
		settings = pooled + settings
	}
	return pgx.TxOptions{BeginQuery: "BEGIN" + settings}
}

// beApp checks that a login behind a pooler is the application role: a role that a
// connection takes on would be gone with the transaction.
func beApp(ctx context.Context, conn *pgx.Conn) error {
	var login string
	if err := conn.QueryRow(ctx, `SELECT session_user`).Scan(&login); err != nil {
		return err
	}
	if login != AppRole {
		return fmt.Errorf("behind a pooler, log in as %s: %s cannot become it for longer than a transaction", AppRole, login)
	}
	return nil
}

// becomeApp makes a new connection work as the application role and checks
// that row-level security binds it.
func becomeApp(ctx context.Context, conn *pgx.Conn) error {
	var isApp, member bool
	err := conn.QueryRow(ctx, `SELECT current_user = $1,
		EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AND pg_has_role(session_user, $1, 'member')`, AppRole).Scan(&isApp, &member)
	if err != nil {
		return fmt.Errorf("look for the role %s (has the database been migrated?): %w", AppRole, err)
	}
	if !isApp && member {
		if _, err := conn.Exec(ctx, `SET ROLE `+AppRole); err != nil {
			return fmt.Errorf("become %s: %w", AppRole, err)
		}
	}
	var above, owner bool
	err = conn.QueryRow(ctx, `SELECT rolsuper OR rolbypassrls,
		EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('enrichment_tasks') AND relowner = r.oid)
		FROM pg_roles r WHERE rolname = current_user`).Scan(&above, &owner)
	if err != nil {
		return err
	}
	if above || owner {
		return fmt.Errorf("this login is not bound by row-level security and cannot become %s: "+
			"migrate the database (enrichd migrate up), or log in as %s", AppRole, AppRole)
	}
	return nil
}

// tenant finds the internal key of a workspace.
func (db *DB) tenant(ctx context.Context, workspaceID string) (int64, error) {
	if pk, ok := db.tenants.Load(workspaceID); ok {
		return pk.(int64), nil
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT set_config('enrichd.workspace_id', $1, true)`, workspaceID)
	var pk int64
	batch.Queue(`SELECT pk FROM workspaces WHERE workspace_id = $1`, workspaceID).QueryRow(func(row pgx.Row) error {
		return row.Scan(&pk)
	})
	if err := db.pool.SendBatch(ctx, batch).Close(); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, enrich.Errorf(enrich.CodeNotFound, "There is no such workspace.")
		}
		return 0, fmt.Errorf("find workspace: %w", err)
	}
	db.tenants.Store(workspaceID, pk)
	return pk, nil
}

// inTenant runs fn in one transaction that sees the given workspace alone.
func (db *DB) inTenant(ctx context.Context, workspaceID string, fn func(tx pgx.Tx, ws int64) error) error {
	ws, err := db.tenant(ctx, workspaceID)
	if err != nil {
		return err
	}
	return db.inTenantTx(ctx, ws, func(tx pgx.Tx) error { return fn(tx, ws) })
}

// inTenantTx is inTx that sees one workspace alone from its beginning, which costs
// no round trip.
func (db *DB) inTenantTx(ctx context.Context, ws int64, fn func(tx pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, db.pool, db.beginning(fmt.Sprintf("; SET LOCAL enrichd.workspace_pk = '%d'", ws)), fn)
}

// inTx runs fn in one transaction and commits it.
func (db *DB) inTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, db.pool, db.beginning(""), fn)
}

// setTenant makes row-level security show one workspace until the transaction ends.
func setTenant(ctx context.Context, tx pgx.Tx, ws int64) error {
	_, err := tx.Exec(ctx, `SELECT set_config('enrichd.workspace_pk', $1::bigint::text, true)`, ws)
	return err
}

// violates reports whether err is the breach of the named constraint.
func violates(err error, constraint string) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.ConstraintName == constraint
}

// deadlocked reports whether a transaction was chosen to make way for another.
func deadlocked(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == "40P01"
}

// errUnwritable marks an answer that names what the store does not have: sending
// it again could not help.
var errUnwritable = errors.New("cannot be written")

// refusesData reports whether the database refused what it was sent, so that
// sending it again could not help: bad text, numbers or JSON, a broken check.
// Lost connections, shutdowns, deadlocks and full disks are not that.
func refusesData(err error) bool {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || len(pgErr.Code) < 2 {
		return errors.Is(err, errUnwritable)
	}
	switch pgErr.Code[:2] {
	case "08", "40", "53", "55", "57", "58", "XX", "25":
		return false
	}
	return true
}

// Busy reports whether an error says that somebody else held for too long what was
// needed: trying again later may help.
func Busy(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && (pgErr.Code == "55P03" || pgErr.Code == "40P01")
}

// Away reports whether an error says that the database cannot be reached or is
// starting or stopping: trying again later may help.
func Away(err error) bool {
	var pgErr *pgconn.PgError
	var connectErr *pgconn.ConnectError
	var netErr net.Error
	switch {
	case errors.As(err, &pgErr):
		return len(pgErr.Code) == 5 && (pgErr.Code[:2] == "57" || pgErr.Code[:2] == "08" || pgErr.Code[:2] == "53")
	case errors.As(err, &connectErr), errors.As(err, &netErr), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, pgconn.ErrConnClosed):
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}
