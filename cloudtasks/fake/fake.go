// Package fake is Google Cloud Tasks on loopback, for tests.
//
// It speaks the parts of the REST face (v2) that a relay and an operator use, pushes
// tasks with the headers that were recorded of the service, signs true OIDC tokens,
// and does what the service does seldom as often as a script wants: pushes twice,
// late, in another order, and loses answers. It goes by a clock of the test's.
//
// It is no measure of the service's speed. How long a queue is slowed after an answer
// of 429 or 503 is not published: see Service.throttle for what is done here.
package fake

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Queue is how a queue retries and how fast it may go; its zero value is the
// service's default, but for no bound on the rate.
type Queue struct {
	MaxAttempts      int           // 0 is 100; -1 has no bound
	MaxRetryDuration time.Duration // since the first attempt; 0 has no bound
	MinBackoff       time.Duration // 0 is 100 ms
	MaxBackoff       time.Duration // 0 is 1 h
	MaxDoublings     int           // 0 is 16; -1 is none
	MaxConcurrent    int           // 0 is 1000
	MaxPerSecond     float64       // 0 has no bound
	MaxThrottle      time.Duration // the longest that 429 and 503 slow the queue; 0 is 60 s, see Service.throttle
}

// withDefaults fills in what is zero.
func (q Queue) withDefaults() Queue {
	set := func(value *time.Duration, otherwise time.Duration) {
		if *value == 0 {
			*value = otherwise
		}
	}
	set(&q.MinBackoff, 100*time.Millisecond)
	set(&q.MaxBackoff, time.Hour)
	set(&q.MaxThrottle, time.Minute)
	if q.MaxAttempts == 0 {
		q.MaxAttempts = 100
	}
	if q.MaxDoublings == 0 {
		q.MaxDoublings = 16
	}
	q.MaxDoublings = max(q.MaxDoublings, 0)
	if q.MaxConcurrent == 0 {
		q.MaxConcurrent = 1000
	}
	return q
}

// backoff is the wait behind attempt n, counted from 1: it doubles, then grows by as
// much as it has become, and stops at the most.
func (q Queue) backoff(n int) time.Duration {
	wait := q.MinBackoff
	for i := 1; i < n && i <= q.MaxDoublings && wait < q.MaxBackoff; i++ {
		wait *= 2
	}
	if more := n - 1 - q.MaxDoublings; more > 0 && wait < q.MaxBackoff {
		wait = min(wait*time.Duration(min(more+1, int(q.MaxBackoff/wait)+1)), q.MaxBackoff)
	}
	return min(wait, q.MaxBackoff)
}

// exhausted reports whether a task is dropped after so many attempts in so long a
// time: every bound that is set must be reached.
func (q Queue) exhausted(attempts int, since time.Duration) bool {
	if q.MaxAttempts < 0 && q.MaxRetryDuration == 0 {
		return false
	}
	return attempts >= q.MaxAttempts && since >= q.MaxRetryDuration
}

// Options is what a service is made of.
type Options struct {
	Project, Location string           // "" takes any
	Queues            map[string]Queue // by short name
	Clock             Clock            // nil is the true one
	Script            Script
	Issuer            string        // of tokens; "" is https://accounts.google.com
	Tombstone         time.Duration // how long a name stays taken; 0 is 24 h
	Client            *http.Client  // pushes; nil is one of its own
}

// Service is the fake. Its handler is ServeHTTP.
type Service struct {
	options Options
	clock   Clock
	signer  *signer
	routes  *http.ServeMux
	client  *http.Client

	ctx   context.Context // ends with Close
	stop  context.CancelFunc
	alive sync.WaitGroup
	wake  chan struct{} // the loop has something to look at

	mu      sync.Mutex
	queues  map[string]*queue
	tombs   map[string]time.Time // whole names, and until when they are taken
	due     deliveries
	calls   int           // of CreateTask
	order   int           // of deliveries
	running int           // pushes whose answer is waited for
	late    int           // pushes whose handler goes on behind the deadline
	changed chan struct{} // closed, and made anew, with every change
	pushes  []Pushed
}

// queue is one, as it stands.
type queue struct {
	Queue
	name    string
	paused  bool
	tasks   map[string]*task // by short name
	running int
	blocked []*delivery // due, and kept back by MaxConcurrent or a pause
	next    time.Time   // of MaxPerSecond
	quiet   time.Time   // nothing is pushed before
	slowed  int         // answers of 429 and 503 in a row
}

// New starts a service.
func New(o Options) (*Service, error) {
	if o.Clock == nil {
		o.Clock = SystemClock{}
	}
	if o.Issuer == "" {
		o.Issuer = "https://accounts.google.com"
	}
	if o.Tombstone == 0 {
		o.Tombstone = 24 * time.Hour
	}
	signer, err := newSigner(o.Issuer)
	if err != nil {
		return nil, err
	}
	s := &Service{options: o, clock: o.Clock, signer: signer, client: o.Client, wake: make(chan struct{}, 1), queues: map[string]*queue{}, tombs: map[string]time.Time{}, changed: make(chan struct{})}
	for name, q := range o.Queues {
		s.queues[name] = &queue{Queue: q.withDefaults(), name: name, tasks: map[string]*task{}}
	}
	if s.client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = 256
		s.client = &http.Client{Transport: transport}
	}
	// A redirect counts as a failure.
	client := *s.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.client = &client
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.routes = s.newRoutes()
	s.alive.Go(s.loop)
	return s, nil
}

// Close stops pushing and breaks off what is on its way.
func (s *Service) Close() {
	s.stop()
	s.alive.Wait()
	s.client.CloseIdleConnections()
}

// ServeHTTP answers the REST face and the keys.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

// change tells who waits that something has changed. The caller holds s.mu.
func (s *Service) change() {
	close(s.changed)
	s.changed = make(chan struct{})
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Idle waits until nothing is due by the clock and no answer is waited for. Handlers
// that go on behind their deadline are not waited for.
func (s *Service) Idle(ctx context.Context) error {
	for {
		s.mu.Lock()
		busy := s.running > 0 || len(s.due) > 0 && !s.due[0].at.After(s.clock.Now())
		changed := s.changed
		s.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Finish moves a clock from one delivery to the next until none is left, or most
// has passed.
func (s *Service) Finish(ctx context.Context, clock *ManualClock, most time.Duration) error {
	end := clock.Now().Add(most)
	for {
		if err := s.Idle(ctx); err != nil {
			return err
		}
		next, ok := s.Next()
		if !ok {
			return nil
		}
		if next.After(end) {
			clock.AdvanceTo(end)
			return s.Idle(ctx)
		}
		clock.AdvanceTo(next)
	}
}

// Next is when the next push is due; false where none is.
func (s *Service) Next() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) == 0 {
		return time.Time{}, false
	}
	return s.due[0].at, true
}

// Late is how many handlers go on that the service no longer listens to.
func (s *Service) Late() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.late
}

// Tasks is how many tasks a queue has.
func (s *Service) Tasks(queue string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[queue]
	if q == nil {
		return 0
	}
	return len(q.tasks)
}

// Pushed is a push that was made.
type Pushed struct {
	Push
	At   time.Time
	Copy bool // beside the true one
	// Status is of the answer as the service counts it: 504 where the deadline
	// passed, 0 where there was none.
	Status int
	// Dropped says that the task was deleted after it, unfinished: nobody is told.
	Dropped bool
}

// Pushes lists what was pushed and answered so far, in the order of the answers.
func (s *Service) Pushes() []Pushed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Pushed(nil), s.pushes...)
}
