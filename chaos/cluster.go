package chaos

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enrichd/enrichd/local"
)

// cluster is everything that a campaign runs: a private PostgreSQL with durable
// settings, the upstream, and processes of the product.
type cluster struct {
	o          Options
	server     *local.Server
	network    *network      // nil where all share this machine's
	program    string        // that is run by command
	admin      *pgxpool.Pool // straight to PostgreSQL, as the owner
	upstream   *upstream
	servers    []*process
	workers    []*process
	relays     []*process // where a service pushes
	service    *byService // nil where PostgreSQL dispatches
	workspaces []*workspace
	journal    *journal

	mu       sync.Mutex
	trouble  []trouble
	hindered []trouble
	dropped  []*workspace
}

// trouble is a time in which the nemesis may cost processes their claims.
type trouble struct {
	from, to time.Time
	why      string
}

// workspace is a tenant of the campaign.
type workspace struct {
	id, key, canary string
}

// startCluster brings everything up, migrated and ready.
func startCluster(ctx context.Context, o Options, j *journal) (*cluster, error) {
	c := &cluster{o: o, journal: j, program: o.Program}
	if o.Old != "" {
		c.program = o.Old
	}
	err := c.open(ctx)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *cluster) open(ctx context.Context) (err error) {
	if err := c.openDatabase(ctx); err != nil {
		return err
	}
	if err := c.run(nil, "migrate", "up"); err != nil {
		return err
	}
	if c.admin, err = c.connect(ctx); err != nil {
		return err
	}
	if _, err := c.admin.Exec(ctx, ledger); err != nil {
		return fmt.Errorf("the campaign's own log in the database: %w", err)
	}
	for i := range c.o.Workspaces {
		w, err := c.newWorkspace(fmt.Sprintf("campaign-%d", i))
		if err != nil {
			return err
		}
		c.workspaces = append(c.workspaces, w)
	}
	if c.upstream, err = startUpstream(c.journal, c.campaignAddr()); err != nil {
		return err
	}
	if c.o.Service != nil {
		if err = c.startService(); err != nil {
			return err
		}
	}
	return c.startAll(ctx)
}

// openDatabase starts PostgreSQL, on a host of its own where there are any.
func (c *cluster) openDatabase(ctx context.Context) error {
	o := local.Options{Dir: c.o.Database, Settings: map[string]string{"max_connections": "100"}}
	if c.o.apart {
		var err error
		if c.network, err = newNetwork(); err != nil {
			return err
		}
		h, err := c.network.add(databaseHost)
		if err != nil {
			return err
		}
		o.Host, o.Inside = h.addr, h.insideHere
	}
	var err error
	c.server, err = local.Start(ctx, o)
	return err
}

// campaignAddr is where this process listens for those of the campaign.
func (c *cluster) campaignAddr() string {
	if c.network != nil {
		return bridgeAddr
	}
	return "127.0.0.1"
}

// connect makes connections that are not in the way of the server's restarts, nor
// of what becomes of networks.
func (c *cluster) connect(ctx context.Context) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(c.server.URL())
	if err != nil {
		return nil, err
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = "chaos"
	if c.network != nil {
		cfg.ConnConfig.Host = c.server.SocketDir()
	}
	cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	return pgxpool.NewWithConfig(ctx, cfg)
}

func (c *cluster) startAll(ctx context.Context) error {
	relays := c.o.Relays
	if c.service == nil {
		relays = 0
	}
	// Relays come last: nothing is pushed before there are workers.
	for _, of := range []struct {
		role string
		n    int
		list *[]*process
	}{{"api", c.o.Servers, &c.servers}, {"worker", c.o.Workers, &c.workers}, {"relay", relays, &c.relays}} {
		for i := range of.n {
			p, err := c.newProcess(fmt.Sprintf("%s-%d", of.role, i), of.role)
			if err != nil {
				return err
			}
			*of.list = append(*of.list, p)
			if err := p.start(); err != nil {
				return err
			}
		}
	}
	return c.awaitReady(ctx)
}

func (c *cluster) processes() []*process { return slices.Concat(c.servers, c.workers, c.relays) }

// awaitReady waits until every process can work. One that ends at once has found its
// port taken by somebody else on this machine: it gets another.
func (c *cluster) awaitReady(ctx context.Context) error {
	for _, p := range c.processes() {
		var moved error
		err := await(ctx, time.Minute, p.name+" being ready", func() bool {
			if p.pid() == 0 && moved == nil && p.host == nil {
				moved = p.move()
			}
			return moved != nil || p.ready(ctx)
		})
		if err = errors.Join(err, moved); err != nil {
			return err
		}
	}
	return nil
}

// newWorkspace makes a tenant with a person's key, by the product's own commands.
func (c *cluster) newWorkspace(name string) (*workspace, error) {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	w := &workspace{id: name, canary: hex.EncodeToString(raw)}
	if err := c.run(nil, "workspace", "create", "--id", name, name); err != nil {
		return nil, err
	}
	var made struct {
		Data struct {
			Key string `json:"api_key"`
		} `json:"data"`
	}
	err := c.run(&made, "auth", "create", "--workspace", name, "--name", "campaign", "--holder", "person", "--role", "approver")
	w.key = made.Data.Key
	return w, err
}

// drop notes that a workspace goes, if it goes: a fault may keep the command from it.
func (c *cluster) drop(w *workspace) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropped = append(c.dropped, w)
}

// heal brings back whatever the nemesis has taken away.
func (c *cluster) heal(ctx context.Context) error {
	c.upstream.set(answers)
	c.upstream.beforeAnswer(nil)
	c.service.heal()
	if err := c.network.heal(); err != nil {
		return err
	}
	if err := c.server.StartAgain(ctx); err != nil {
		return err
	}
	for _, p := range c.processes() {
		p.database.lift(nil)
		p.database.set(passes)
		p.upstream.set(passes)
		p.queue.set(passes)
		p.pushes.set(passes)
		p.signal(syscall.SIGCONT)
		if err := p.start(); err != nil {
			return err
		}
	}
	return nil
}

// troubled notes that processes may lose their claims from now until the function
// that it returns is called, and for as long after as it takes to notice.
func (c *cluster) troubled(why string) (over func()) { return c.during(&c.trouble, why) }

// hinder notes that processes may be kept from writing what they have done, in the same
// time. They must keep their claims all the same.
func (c *cluster) hinder(why string) (over func()) { return c.during(&c.hindered, why) }

func (c *cluster) during(list *[]trouble, why string) (over func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := len(*list)
	*list = append(*list, trouble{from: time.Now(), to: time.Now().Add(time.Hour), why: why})
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		(*list)[i].to = time.Now().Add(noticed)
	}
}

// noticed is how long after its cause a lost claim may be found: the lease of
// eight seconds, and a sweep.
const noticed = 10 * time.Second

func (c *cluster) close() error {
	for _, p := range c.processes() {
		p.close()
	}
	c.service.close()
	if c.upstream != nil {
		c.upstream.server.Close()
	}
	if c.admin != nil {
		c.admin.Close()
	}
	defer c.network.close()
	if c.server != nil {
		return c.server.Stop()
	}
	return nil
}
