package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// Service pushes the tasks that relays make to the workers, in place of Google Cloud
// Tasks. The program hands one in: this room knows the processes, not the service.
type Service struct {
	Handler  http.Handler // what relays call, and the keys that tokens are verified with
	KeysPath string       // of the keys
	Pushed   func() Pushed
	Close    func()
}

// Pushed is what a service has pushed so far.
type Pushed struct {
	Pushes   int         `json:"pushes"`
	Copies   int         `json:"copies"`   // among them, beside the true ones
	Again    int         `json:"again"`    // among them, after one without success
	Unheard  int         `json:"unheard"`  // without an answer that was heard
	Deadline int         `json:"deadline"` // whose handler went on when nobody listened any more
	Dropped  int         `json:"dropped"`  // that the queue gave up, and told nobody
	Answers  map[int]int `json:"answers"`  // by status
}

// Mishap is what a service does wrong, in shares from 0 to 1.
type Mishap struct {
	// Of pushes: sent several times at once, sent again later, held back so that others
	// overtake, the answer lost, hung up on while the handler goes on.
	Duplicate, LateDuplicate, Delay, LoseAnswer, PassDeadline float64
	MaxDelay                                                  time.Duration // of what comes later
	// Of calls that make a task: refused with 429, or made and the answer lost.
	Refuse, LoseCreated float64
}

// and is both at once.
func (m Mishap) and(o Mishap) Mishap {
	return Mishap{
		Duplicate: max(m.Duplicate, o.Duplicate), LateDuplicate: max(m.LateDuplicate, o.LateDuplicate), Delay: max(m.Delay, o.Delay),
		LoseAnswer: max(m.LoseAnswer, o.LoseAnswer), PassDeadline: max(m.PassDeadline, o.PassDeadline), MaxDelay: max(m.MaxDelay, o.MaxDelay),
		Refuse: max(m.Refuse, o.Refuse), LoseCreated: max(m.LoseCreated, o.LoseCreated),
	}
}

// byService is the part of a campaign whose tasks come by a service.
type byService struct {
	*Service
	server *http.Server // of the service
	addr   string
	front  *http.Server    // that the service pushes to
	ahead  *http.Transport // from there to the workers
	pushTo string

	mu      sync.Mutex
	mishaps map[*Mishap]bool // that are on
}

// startService starts it, and a front that leads its pushes to the workers.
func (c *cluster) startService() error {
	b := &byService{mishaps: map[*Mishap]bool{}}
	c.service = b
	var err error
	if b.Service, err = c.o.Service(c.o.Seed, b.now); err != nil {
		return err
	}
	if b.server, b.addr, err = listen(b.Handler); err != nil {
		return err
	}
	b.ahead = http.DefaultTransport.(*http.Transport).Clone()
	b.ahead.MaxIdleConnsPerHost = 64
	b.front, b.pushTo, err = listen(c.leadToWorkers())
	return err
}

func listen(h http.Handler) (*http.Server, string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.Serve(l) }() // until it is closed
	return s, l.Addr().String(), nil
}

func (b *byService) close() {
	if b == nil {
		return
	}
	for _, s := range []*http.Server{b.server, b.front} {
		if s != nil {
			s.Close()
		}
	}
	if b.Service != nil {
		b.Close()
	}
}

// now is what the service does wrong at this moment.
func (b *byService) now() (m Mishap) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for on := range b.mishaps {
		m = m.and(*on)
	}
	return m
}

// set turns a mishap on or off.
func (b *byService) set(m *Mishap, on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if on {
		b.mishaps[m] = true
		return
	}
	delete(b.mishaps, m)
}

// heal ends all mishaps. A nil service has none.
func (b *byService) heal() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.mishaps)
}

// hangUp ends the connections that are kept for later at either end: they are no use
// that somebody forgot to give back.
func (c *cluster) hangUp(ctx context.Context) {
	if c.service == nil {
		return
	}
	c.service.ahead.CloseIdleConnections()
	for _, p := range c.relays {
		p.queue.cutAll()
	}
	pause(ctx, time.Second) // until whoever read from them has ended
}

// way is how pushes come to a worker.
type way struct {
	under int       // pushes under way
	rests time.Time // until then it is led to by nobody, for it has not answered
}

// restFor is how long a worker that did not answer is left alone.
const restFor = 500 * time.Millisecond

// leadToWorkers is what stands between the service and the workers: it leads each
// push to the worker that has the fewest, and learns who is gone by trying. Where no
// answer comes it gives none.
func (c *cluster) leadToWorkers() http.Handler {
	var mu sync.Mutex
	ways, turn := map[*process]*way{}, 0
	choose := func() (to *process) {
		mu.Lock()
		defer mu.Unlock()
		turn++
		for i := range c.workers {
			p := c.workers[(turn+i)%len(c.workers)]
			if ways[p] == nil {
				ways[p] = &way{}
			}
			if to == nil || ways[p].before(ways[to]) {
				to = p
			}
		}
		ways[to].under++
		return to
	}
	ended := func(p *process, rests time.Time) {
		mu.Lock()
		defer mu.Unlock()
		ways[p].under--
		ways[p].rests = rests
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, rests := choose(), time.Time{}
		defer func() { ended(to, rests) }()
		(&httputil.ReverseProxy{
			Transport: c.service.ahead,
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: to.pushes.addr()}) },
			ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
				rests = time.Now().Add(restFor)
				panic(http.ErrAbortHandler)
			},
		}).ServeHTTP(w, r)
	})
}

// before reports whether a push rather goes this way than another.
func (w *way) before(o *way) bool {
	if now := time.Now(); w.rests.After(now) != o.rests.After(now) {
		return o.rests.After(now)
	}
	return w.under < o.under
}

// wireService gives a process its wires to and from the service.
func (p *process) wireService() (err error) {
	if p.queue, err = startProxy(p.c.service.addr, false, nil); err != nil || p.role != "worker" {
		return err
	}
	return p.listenForPushes()
}

// listenForPushes gives a worker an address for pushes, and a wire to it.
func (p *process) listenForPushes() (err error) {
	if p.pushAddr, err = freeAddr(); err != nil {
		return err
	}
	p.pushes, err = startProxy(p.pushAddr, false, nil)
	return err
}

// dispatchEnv are the settings of a process whose tasks come by the service; none
// where PostgreSQL dispatches.
func (p *process) dispatchEnv() []string {
	if p.c.service == nil {
		return nil
	}
	env := []string{
		"ENRICHD_DISPATCH=cloudtasks", "ENRICHD_CLOUDTASKS_PROJECT=campaign", "ENRICHD_CLOUDTASKS_LOCATION=here",
		"ENRICHD_CLOUDTASKS_ACCOUNT=push@campaign.iam.gserviceaccount.com", "ENRICHD_CLOUDTASKS_AUDIENCE=campaign",
		"ENRICHD_CLOUDTASKS_URL=http://" + p.c.service.pushTo, "ENRICHD_CLOUDTASKS_ENDPOINT=http://" + p.queue.addr(),
		"ENRICHD_CLOUDTASKS_KEYS_URL=http://" + p.queue.addr() + p.c.service.KeysPath,
	}
	if p.pushAddr != "" {
		env = append(env, "ENRICHD_CLOUDTASKS_ADDR="+p.pushAddr)
	}
	return env
}

// parentByService is how soon a parent ends behind its last child where tasks come
// by the service. By contract that is no longer at once: what a relay began and did
// not finish is begun again by another after 10 s; a push that a worker took and
// does not answer is listened to for 34 s, the longest run of a campaign's kind and
// half a minute; and then it is tried again.
const parentByService = time.Minute

// errNoService says that a fault is of a service that this campaign does not have.
var errNoService = errors.New("it is of the service that pushes tasks: --dispatch cloudtasks")

// mishap has the service do something wrong for a while.
func mishap(m Mishap, times int) func(context.Context, *cluster, Step) error {
	return func(ctx context.Context, c *cluster, s Step) error {
		before := c.service.Pushed()
		c.service.set(&m, true)
		pause(ctx, time.Duration(times)*s.Long)
		c.service.set(&m, false)
		after := c.service.Pushed()
		c.journal.note(fmt.Sprintf("… %d pushes meanwhile, %d of them copies, %d unheard", after.Pushes-before.Pushes, after.Copies-before.Copies, after.Unheard-before.Unheard))
		return nil
	}
}
