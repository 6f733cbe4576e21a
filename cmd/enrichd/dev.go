package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/client"
	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/local"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

const defaultDevAddr = "127.0.0.1:8080"

type devCmd struct {
	databaseFlags
	Addr   string `env:"ENRICHD_ADDR" default:"127.0.0.1:8080" help:"Address to listen on; port 0 takes a free one."`
	Data   string `env:"ENRICHD_DATA" default:".enrichd" help:"Folder of the private PostgreSQL and of the contents."`
	NoDemo bool   `help:"Start with an empty workspace."`
	JSON   bool   `name:"json" help:"Print one line of JSON on stdout when ready."`
	Slots  int    `env:"ENRICHD_SLOTS" default:"8" help:"Tasks at the same time."`
}

// Run starts everything, shows the demo, and serves until Ctrl-C.
func (c devCmd) Run(ctx runContext, s *streams) error {
	began := time.Now()
	if err := os.MkdirAll(c.Data, 0o755); err != nil {
		return err
	}
	log, closeLog, err := c.logger(s)
	if err != nil {
		return err
	}
	defer closeLog()
	stopDatabase, about, err := c.database(ctx, log)
	if err != nil {
		return err
	}
	defer stopDatabase()
	p, ready, err := c.start(ctx, log)
	if err != nil {
		return err
	}
	if err := c.announce(s, ready, about, time.Since(began)); err != nil {
		p.stop()
		return errors.Join(err, p.Wait())
	}
	told := newStory(p.db, ready.WorkspaceID, s.err)
	if told.cursor, err = p.db.LastEvent(ctx, ready.WorkspaceID); err != nil {
		p.stop()
		return errors.Join(err, p.Wait())
	}
	if !c.JSON && !s.json {
		p.running.Go(func() { told.follow(ctx) })
	}
	if !c.NoDemo {
		p.running.Go(func() { sendDemo(ctx, ready, s) })
	}
	err = p.Wait()
	if ctx.Err() != nil {
		fmt.Fprintln(s.err, "\nStopped. Everything is kept in "+c.Data+"; the next start goes on from here.")
	}
	_ = os.Remove(sessionFile(c.Data)) // it names a server that is gone
	return err
}

// logger writes JSON lines: to stderr for programs, to a file where a person
// watches the story of the tasks instead.
func (c devCmd) logger(s *streams) (*slog.Logger, func(), error) {
	if c.JSON || s.json {
		return slog.New(slog.NewJSONHandler(s.err, nil)), func() {}, nil
	}
	file, err := os.OpenFile(filepath.Join(c.Data, "enrichd.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, nil, err
	}
	return slog.New(slog.NewJSONHandler(file, nil)), func() { file.Close() }, nil
}

// database finds the database, or starts a private one, and migrates it.
func (c *devCmd) database(ctx context.Context, log *slog.Logger) (stop func(), about string, err error) {
	stop, about = func() {}, "your PostgreSQL at DATABASE_URL"
	if c.DatabaseURL == "" {
		server, err := local.Start(ctx, local.Options{Dir: filepath.Join(c.Data, "postgres"), Log: log})
		if err != nil {
			return nil, "", err
		}
		c.DatabaseURL = server.URL()
		stop = func() {
			if err := server.Stop(); err != nil {
				log.Warn("cannot stop the private PostgreSQL", "error", err)
			}
		}
		about = fmt.Sprintf("private PostgreSQL %s in %s", server.Version(), filepath.Join(c.Data, "postgres"))
	}
	if _, err := postgres.Migrate(ctx, c.owner()); err != nil {
		stop()
		return nil, "", err
	}
	return stop, about, nil
}

// start makes the workspace and its key and starts all roles.
func (c devCmd) start(ctx context.Context, log *slog.Logger) (*process, session, error) {
	workspaceID, name := record.DerivedID("dev workspace"), "My workspace"
	if !c.NoDemo {
		workspaceID, name = record.DerivedID("demo workspace"), demo.WorkspaceName
	}
	set := settings{
		DatabaseURL: c.DatabaseURL, Roles: []string{roleAPI, roleWorker, roleConsole, roleMCP}, Addr: c.Addr,
		Blobs: filepath.Join(c.Data, "blobs"), Cache: filepath.Join(c.Data, "cache"), Slots: c.Slots, Drain: 5 * time.Second, Log: log, Workspace: workspaceID, Getenv: os.Getenv,
		WebhookTargets: func(at netip.AddrPort) bool { return at.Addr().IsLoopback() }, // a developer's receiver
	}
	p, err := start(ctx, set)
	if errors.Is(err, syscall.EADDRINUSE) && c.Addr == defaultDevAddr {
		set.Addr = "127.0.0.1:0" // somebody else has the usual port: any other will do
		p, err = start(ctx, set)
	}
	if err != nil {
		return nil, session{}, err
	}
	ready := session{URL: p.URL(), WorkspaceID: workspaceID, DatabaseURL: c.DatabaseURL, PID: os.Getpid()}
	if ready.APIKey, err = c.prepare(ctx, p.db, workspaceID, name); err == nil {
		err = p.awaitReady(ctx)
	}
	if err != nil {
		p.stop()
		return nil, ready, errors.Join(err, p.Wait())
	}
	return p, ready, nil
}

// prepare makes the workspace, its own company, and a person's key with every scope.
func (c devCmd) prepare(ctx context.Context, db *postgres.DB, workspaceID, name string) (string, error) {
	if _, err := db.EnsureWorkspace(ctx, workspaceID, name); err != nil {
		return "", err
	}
	if !c.NoDemo {
		if err := db.SetOwnCompany(ctx, workspaceID, demo.Company(workspaceID)); err != nil {
			return "", err
		}
	}
	token, key, hash := api.NewKey(workspaceID, "enrichd dev", "person", api.Scopes())
	return token, db.AddKey(ctx, key, hash)
}

// announce says that everything is ready, to a program or to a person, and
// leaves the session for the commands beside it.
func (c devCmd) announce(s *streams, ready session, about string, took time.Duration) error {
	line, err := json.Marshal(ready)
	if err != nil {
		return err
	}
	if err := os.WriteFile(sessionFile(c.Data), line, 0o600); err != nil {
		return err
	}
	if c.JSON || s.json {
		_, err := fmt.Fprintf(s.out, "%s\n", line)
		return err
	}
	fmt.Fprintf(s.err, `
  enrichd dev  ready in %.1fs  (%s)

  Console   %s/
  API       %s/v1/enrichment-tasks
  Key       %s   (a person's, every scope)
  Health    %s/readyz   metrics %s/metrics   log %s

  Try       enrichd approval list              one match waits for you; then: enrichd approval approve ID
            enrichd upload FILE…               your own invoices: XML, PDF, scan or photo
            enrichd statement FILE…            your bank's statements
            Ctrl-C                             stops; everything is kept

`, took.Seconds(), about, ready.URL, ready.URL, ready.APIKey, ready.URL, ready.URL, filepath.Join(c.Data, "enrichd.log"))
	return nil
}

// sendDemo sends the demo's files as a user would, one after the other: the
// documents, then the bank statement.
func sendDemo(ctx context.Context, ready session, s *streams) {
	c := &client.Client{BaseURL: ready.URL, Key: ready.APIKey}
	known := 0
	for _, part := range []struct {
		files func() ([]demo.File, error)
		send  func(context.Context, string, io.Reader) (client.Resource, bool, error)
	}{{demo.Files, c.Upload}, {demo.Statements, c.ImportStatement}} {
		files, err := part.files()
		if err != nil {
			fmt.Fprintln(s.err, "enrichd: demo:", err)
			return
		}
		for _, f := range files {
			_, made, err := part.send(ctx, f.Name, bytes.NewReader(f.Content))
			if err != nil {
				if ctx.Err() == nil {
					fmt.Fprintf(s.err, "enrichd: demo: %s: %v\n", f.Name, err)
				}
				return
			}
			if !made {
				known++
				continue
			}
			if sleep(ctx, 300*time.Millisecond) != nil {
				return
			}
		}
	}
	if known > 0 {
		fmt.Fprintf(s.err, "  The demo's %d files were read before: see %s/invoices\n", known, ready.URL)
	}
}
