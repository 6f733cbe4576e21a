package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/chaos"
	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/kind"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/reader"
	"github.com/enrichd/enrichd/registry"
	"github.com/enrichd/enrichd/trigger"
	"github.com/enrichd/enrichd/webhook"
)

// Roles that a process can take.
const (
	roleAPI     = "api"
	roleWorker  = "worker"
	roleConsole = "console"
	roleMCP     = "mcp"
	roleRelay   = "relay" // hands tasks to Cloud Tasks
)

type serveCmd struct {
	databaseFlags
	Roles   []string      `env:"ENRICHD_ROLES" default:"api,worker,console,mcp" help:"What this process does: api, worker, console, mcp; relay, with --dispatch cloudtasks."`
	Addr    string        `env:"ENRICHD_ADDR" help:"Address to listen on. Default: 127.0.0.1 and PORT, or 8080."`
	Port    string        `env:"PORT" default:"8080" hidden:""`
	Blobs   string        `env:"ENRICHD_BLOBS" default:".enrichd/blobs" help:"Folder of the contents; all processes must share it."`
	Cache   string        `env:"ENRICHD_CACHE" default:".enrichd/cache" help:"Folder of compiled code, which each machine keeps for itself."`
	Slots   int           `env:"ENRICHD_SLOTS" default:"8" help:"Tasks at the same time in this process."`
	Drain   time.Duration `env:"ENRICHD_DRAIN" default:"25s" help:"How long running tasks may go on after a stop signal."`
	Linger  time.Duration `env:"ENRICHD_LINGER" default:"1s" help:"How long requests are still answered after a stop signal, while /readyz says 503 already: time for who sends them to find out."`
	Silence time.Duration `env:"ENRICHD_DATABASE_SILENCE" default:"2s" help:"How long the database may answer nothing at all before requests are told 503; 0 has them wait."`
	Rate    int           `env:"ENRICHD_RATE" default:"6000" help:"Requests a minute that an API key, and a workspace, may send to this process."`

	Origins []string `env:"ENRICHD_ORIGINS" help:"Origins whose pages may call the API from a browser, such as https://app.example.com."`

	PublicURL  string   `env:"ENRICHD_PUBLIC_URL" help:"Address that clients know this server by, for what names it. Default: what each request says."`
	MCPIssuers []string `name:"mcp-issuers" env:"ENRICHD_MCP_ISSUERS" help:"Addresses of the authorization servers that agents are sent to. Default: this server, whose keys are made with enrichd auth create."`
	MCPBudget  int64    `name:"mcp-budget" env:"ENRICHD_MCP_BUDGET" default:"1000000" help:"The most that one start by an agent may cost, in millionths; 0 for no cap."`

	modelFlags

	dispatchFlags

	ChaosUpstream string `env:"ENRICHD_CHAOS_UPSTREAM" hidden:"" help:"Run the kinds of a campaign of faults, which call this address."`
	ChaosClock    string `env:"ENRICHD_CHAOS_CLOCK" hidden:"" help:"Have the worker go by a clock that is wrong."`

	Outward  bool   `env:"ENRICHD_OUTWARD" default:"true" negatable:"" help:"Fetch sites of companies for logos, companies and people; without it only what the workspace has received is read."`
	VIESURL  string `env:"ENRICHD_VIES_URL" placeholder:"URL" help:"Ask VIES about VAT ids, at this address (https://ec.europa.eu/taxation_customs/vies/rest-api). Default: off."`
	GLEIFURL string `env:"ENRICHD_GLEIF_URL" placeholder:"URL" help:"Ask GLEIF about companies, at this address (https://api.gleif.org/api/v1). Default: off."`

	WebhookAllowPrivate bool `env:"ENRICHD_WEBHOOK_ALLOW_PRIVATE" help:"Send webhooks to private addresses and any port, too: for closed networks."`

	SealKey sealKey `env:"ENRICHD_SEAL_KEY" help:"Key that the secrets of webhooks are sealed with in the database: 32 bytes in base64, such as openssl rand -base64 32 makes. They stand in clear without one. All processes must have the same one."`
}

// sealKey is a key in base64.
type sealKey []byte

// UnmarshalText reads one.
func (k *sealKey) UnmarshalText(text []byte) error {
	raw, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(raw) != 0 && len(raw) != postgres.SealKeyBytes {
		return fmt.Errorf("a seal key is %d bytes in base64", postgres.SealKeyBytes) // and is not repeated here
	}
	*k = raw
	return nil
}

// Run serves until a signal comes.
func (c serveCmd) Run(ctx runContext, s *streams) error {
	if c.DatabaseURL == "" {
		return errNoDatabase
	}
	for _, role := range c.Roles {
		if !slices.Contains([]string{roleAPI, roleWorker, roleConsole, roleMCP, roleRelay}, role) {
			return &exitCode{exitUsage, fmt.Errorf("there is no role %q in this version: api, worker, console, mcp, relay", role)}
		}
	}
	if c.Addr == "" {
		c.Addr = net.JoinHostPort("127.0.0.1", c.Port)
	}
	log := slog.New(slog.NewJSONHandler(s.err, nil))
	p, err := start(ctx, settings{DatabaseURL: c.DatabaseURL, Pooler: c.Pooler, Roles: c.Roles, Addr: c.Addr, Blobs: c.Blobs, Cache: c.Cache, Slots: c.Slots, Drain: c.Drain, Linger: c.Linger, Silence: c.Silence, Rate: c.Rate, Origins: c.Origins, PublicURL: c.PublicURL, MCPIssuers: c.MCPIssuers, MCPBudget: c.MCPBudget, Log: log, WebhookTargets: webhookTargets(c.WebhookAllowPrivate), SealKey: c.SealKey, Model: c.modelFlags, Dispatch: c.dispatchFlags, ChaosUpstream: c.ChaosUpstream, Outward: c.Outward, VIESURL: c.VIESURL, GLEIFURL: c.GLEIFURL, Now: chaos.Clock(c.ChaosClock), Getenv: os.Getenv})
	if err != nil {
		return err
	}
	log.Info("serving", "address", p.URL(), "roles", c.Roles)
	return p.Wait()
}

// webhookTargets permits private addresses and every port where a closed network
// wants it: never what clouds answer their own machines at.
func webhookTargets(private bool) func(netip.AddrPort) bool {
	if !private {
		return nil
	}
	metadata := netip.MustParseAddr("fd00:ec2::254") // of AWS; those of IPv4 are link-local
	return func(at netip.AddrPort) bool {
		a := at.Addr()
		return fetch.Allowed(a) || a.IsLoopback() || a.IsPrivate() && a != metadata
	}
}

// settings is everything that a process needs to know.
type settings struct {
	DatabaseURL string
	Pooler      bool // see postgres.Options
	Roles       []string
	Addr        string
	Blobs       string
	Cache       string
	Slots       int
	Drain       time.Duration
	Linger      time.Duration // of what answers requests; 0 stops at once
	Silence     time.Duration // see postgres.Options; of processes that answer requests
	Rate        int           // see api.Options
	Origins     []string
	PublicURL   string   // see mcp.Options.Origin
	MCPIssuers  []string // see mcp.Options
	MCPBudget   int64    // see mcp.Options
	Log         *slog.Logger
	SealKey     []byte // see postgres.Options
	// WebhookTargets permits addresses inside for webhooks; nil permits none.
	WebhookTargets func(netip.AddrPort) bool
	Model          modelFlags
	Dispatch       dispatchFlags
	// Outward says that sites of companies are fetched.
	Outward           bool
	VIESURL, GLEIFURL string // of registers; empty is off
	// Reader starts the child that parses PDFs and images; default: this program.
	Reader []string
	// ChaosUpstream is where the kinds of a campaign of faults call; empty has the
	// kinds that are shipped.
	ChaosUpstream string
	Getenv        func(string) string // of what OpenTelemetry reads; nil sends no traces
	Now           func() time.Time    // the worker's clock; nil is the true one
	// Workspace is shown in the console without signing in: for development alone.
	Workspace string
}

// process is a running program: what was started is stopped in reverse order.
type process struct {
	db       *postgres.DB
	blobs    *blob.Folder
	triggers *trigger.Triggers
	engine   *dispatch.Engine
	reader   *reader.Reader
	drawer   *reader.Reader // draws pages for the console: people do not wait behind the workers' files
	webhooks *fetch.Client  // sends them, and judges where they may go
	outside  *outside       // nil where PostgreSQL dispatches
	pushes   net.Listener   // for it; nil where nothing is pushed to this process
	listener net.Listener
	server   *http.Server
	stop     context.CancelFunc
	stopping atomic.Bool // it still answers requests
	tracer   trace.Tracer
	untrace  func(context.Context) error // sends the last traces
	running  sync.WaitGroup
	failed   chan error
}

// start wires the whole program together: the one place that knows every room.
// It runs until ctx ends.
func start(ctx context.Context, o settings) (*process, error) {
	if !slices.ContainsFunc(o.Roles, func(role string) bool { return role == roleAPI || role == roleConsole || role == roleMCP }) {
		// Nobody waits for an answer: what the others do is tried again in any case.
		o.Silence, o.Linger = 0, 0
	}
	db, err := postgres.Open(ctx, o.DatabaseURL, postgres.Options{MaxConns: int32(o.Slots) + 8, SealKey: o.SealKey, Pooler: o.Pooler, Silence: o.Silence})
	if err != nil {
		return nil, &exitCode{exitTemporary, err}
	}
	running, stop := context.WithCancel(ctx)
	p := &process{db: db, failed: make(chan error, 1), stop: stop}
	if err := p.wire(running, o); err != nil {
		stop()
		db.Close()
		return nil, err
	}
	p.running.Go(func() { p.warm(running, o) })
	if slices.Contains(o.Roles, roleWorker) {
		p.running.Go(func() {
			if err := p.engine.Run(running); err != nil && running.Err() == nil {
				p.fail(err)
			}
		})
	}
	if slices.Contains(o.Roles, roleWorker) {
		sender := webhook.New(webhook.Options{Store: p.db, Client: p.webhooks, Log: o.Log})
		p.running.Go(func() { sender.Run(running) })
	}
	if p.outside != nil {
		p.runOutside(running, o)
	}
	p.running.Go(func() {
		if err := p.server.Serve(p.listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			p.fail(err)
		}
	})
	p.running.Go(func() {
		<-running.Done()
		// A load balancer, or a client that was turned away by the one before, may not
		// know yet that this one stops: it still has an answer, and its connection ends.
		p.stopping.Store(true)
		p.server.SetKeepAlivesEnabled(false)
		time.Sleep(o.Linger)
		short, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = p.server.Shutdown(short) // what is still open after that is cut
	})
	return p, nil
}

func (p *process) wire(ctx context.Context, o settings) (err error) {
	if p.blobs, err = blob.OpenFolder(o.Blobs); err != nil {
		return err
	}
	p.reader = reader.New(reader.Options{Command: o.Reader, CacheDir: o.Cache, Log: o.Log})
	p.drawer = reader.New(reader.Options{Command: o.Reader, CacheDir: o.Cache, Log: o.Log})
	p.webhooks = fetch.New(fetch.Options{Agent: "enrichd-webhook", Permit: o.WebhookTargets})
	model, err := o.Model.asker(p.db)
	if err != nil {
		return &exitCode{exitUsage, err}
	}
	kinds := kind.All(p.ports(o, model))
	if o.ChaosUpstream != "" {
		kinds = chaos.Kinds(o.ChaosUpstream, kinds)
	}
	p.triggers = trigger.New(kinds)
	if err := p.trace(ctx, o); err != nil {
		return &exitCode{exitUsage, err}
	}
	if err := p.wireDispatch(o, kinds); err != nil {
		return err
	}
	metrics := dispatch.NewMetrics()
	work := dispatch.Options{
		Queue: p.db, Kinds: kinds, Slots: o.Slots, Drain: o.Drain, Log: o.Log, Metrics: metrics,
		FollowUps: p.followUps, Now: o.Now, Tracer: p.tracer,
	}
	if p.outside != nil {
		work.Delivered = p.db
	}
	p.engine = dispatch.New(work)
	mux, err := p.routes(ctx, o, kinds, metrics)
	if err != nil {
		return err
	}
	if p.listener, err = net.Listen("tcp", o.Addr); err != nil {
		return fmt.Errorf("listen on %s: %w", o.Addr, err)
	}
	p.server = newServer(o, mux)
	return p.listenForPushes(o)
}

func newServer(o settings, handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 60 * time.Second, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
}

// ports is what the kinds read from outside. A port that is off stays nil.
func (p *process) ports(o settings, m model) kind.Ports {
	ports := kind.Ports{Model: m, Judge: m, Records: p.db, Reader: &extraction.Reader{Blobs: p.blobs, Cache: p.db, Pages: p.reader}, Pictures: p.reader, Blobs: p.blobs}
	client := fetch.New(fetch.Options{Agent: "enrichd"})
	if o.Outward {
		ports.Fetcher = client
	}
	if o.VIESURL != "" {
		ports.Registries = append(ports.Registries, &registry.VIES{Fetcher: client, Base: o.VIESURL})
	}
	if o.GLEIFURL != "" {
		ports.Registries = append(ports.Registries, &registry.GLEIF{Fetcher: client, Base: o.GLEIFURL})
	}
	return ports
}

// warm compiles the PDF engine before the first file or page needs it, and
// starts a child for each role that reads or draws. Where it cannot, the first file
// says why.
func (p *process) warm(ctx context.Context, o settings) {
	for _, of := range []struct {
		role   string
		reader *reader.Reader
	}{{roleWorker, p.reader}, {roleConsole, p.drawer}} {
		if !slices.Contains(o.Roles, of.role) {
			continue
		}
		if err := of.reader.Warm(ctx); err != nil && ctx.Err() == nil {
			o.Log.Warn("the reader of PDFs and images did not start", "role", of.role, "error", err)
		}
	}
}

// followUps asks the trigger table what follows from a task's occasions.
func (p *process) followUps(c enrich.Claim, occasions []enrich.Occasion) ([]enrich.Request, error) {
	var requests []enrich.Request
	for _, o := range occasions {
		more, err := p.triggers.On(o, c.Depth, c.Task.ID)
		if err != nil {
			return nil, err
		}
		requests = append(requests, more...)
	}
	return requests, nil
}

func (p *process) fail(err error) {
	select {
	case p.failed <- err:
	default:
	}
	p.stop()
}

// awaitReady waits until this process's worker has its lease.
func (p *process) awaitReady(ctx context.Context) error {
	for !p.engine.Ready() {
		if err := sleep(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// URL is the address at which the process listens.
func (p *process) URL() string { return "http://" + p.listener.Addr().String() }

// Wait returns when everything has stopped, with the error that stopped it.
func (p *process) Wait() error {
	p.running.Wait()
	p.reader.Close()
	p.drawer.Close()
	p.db.Close()
	short, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = p.untrace(short) // a collector that is away holds up nothing
	select {
	case err := <-p.failed:
		return err
	default:
		return nil
	}
}
