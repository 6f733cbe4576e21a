package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// memory is the queue of the simulation: what the Queue port promises, in the
// fewest words, on whatever clock runs. It is the only stand-in of the project.
// A bug can be planted in it, to show that the simulation finds it.
type memory struct {
	mu      sync.Mutex
	bug     string
	tasks   []*simTask
	workers map[int64]time.Time // last beat
	serial  int64               // of workers and tokens
	wrong   []string            // broken promises that the queue itself saw
}

type simTask struct {
	key      int64
	status   enrich.Status
	due      time.Time
	worker   int64
	token    int64
	attempt  int
	crashes  int
	effects  int // how often a result took effect
	attempts int // that ended and were charged, crashes not counted
}

// patience is how long a process may be silent.
func (m *memory) patience() time.Duration {
	if m.bug == "the sweep is hasty" {
		return 4 * time.Second
	}
	return 8 * time.Second
}

func (m *memory) register() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.serial++
	m.workers[m.serial] = time.Now()
	return m.serial
}

func (m *memory) beat(worker int64) (map[int64]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, alive := m.workers[worker]; !alive && m.bug != "the dead may beat" {
		return nil, enrich.ErrDead
	}
	if _, alive := m.workers[worker]; alive {
		m.workers[worker] = time.Now()
	}
	held := map[int64]bool{}
	for _, t := range m.tasks {
		if t.token != 0 && t.worker == worker {
			held[t.token] = true
		}
	}
	return held, nil
}

func (m *memory) claim(worker int64, n int) []enrich.Claim {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, alive := m.workers[worker]; !alive {
		return nil
	}
	var claims []enrich.Claim
	for _, t := range m.tasks {
		free := t.token == 0 || m.bug == "claims overlap" && t.worker != worker
		if m.bug == "a claim without lease" {
			free = free || time.Since(m.workers[t.worker]) > 3*time.Second
		}
		if len(claims) == n || t.status.Terminal() || !free || t.due.After(time.Now()) {
			continue
		}
		m.serial++
		t.worker, t.token, t.status = worker, m.serial, enrich.Processing
		t.attempt++
		claims = append(claims, enrich.Claim{
			Task: enrich.Task{ID: fmt.Sprint(t.key), Type: enrich.Logo, CreatedAt: time.Now()}, Key: t.key,
			Attempt: t.attempt, Crashes: t.crashes, Token: t.token, At: time.Now(),
		})
	}
	return claims
}

func (m *memory) settle(group []enrich.Settlement) map[int64]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	held := map[int64]bool{}
	for _, s := range group {
		t := m.tasks[s.Claim.Key]
		if t.token != s.Claim.Token && m.bug != "no fence" {
			continue
		}
		held[s.Claim.Token] = true
		m.apply(t, s)
	}
	return held
}

func (m *memory) apply(t *simTask, s enrich.Settlement) {
	if t.status.Terminal() {
		m.wrong = append(m.wrong, fmt.Sprintf("task %d was %s and is settled again", t.key, t.status))
	}
	t.worker, t.token = 0, 0
	switch s.Outcome {
	case enrich.OutcomeReleased:
		t.attempt--
	case enrich.OutcomeCrashed:
		t.crashes++
	default:
		t.attempts++
	}
	if s.To != "" {
		t.status = s.To
		t.effects++
		return
	}
	t.due = time.Now().Add(s.Retry)
}

func (m *memory) release(worker int64, tokens []int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.tasks {
		for _, token := range tokens {
			if t.token == token && t.worker == worker && m.bug != "lost claims stay lost" {
				t.worker, t.token, t.due = 0, 0, time.Now()
				t.attempt--
			}
		}
	}
}

func (m *memory) sweep() int {
	m.mu.Lock()
	for w, beat := range m.workers {
		if time.Since(beat) > m.patience() {
			delete(m.workers, w)
		}
	}
	var lost []*simTask
	for _, t := range m.tasks {
		if _, alive := m.workers[t.worker]; t.token != 0 && !alive {
			lost = append(lost, t)
		}
	}
	if m.bug == "the sweep looks once" { // what it read may be settled before it writes
		m.mu.Unlock()
		time.Sleep(200 * time.Millisecond)
		m.mu.Lock()
	}
	defer m.mu.Unlock()
	for _, t := range lost {
		if t.status.Terminal() {
			m.wrong = append(m.wrong, fmt.Sprintf("task %d was %s and is given back", t.key, t.status))
			t.status = enrich.Processing
		}
		t.worker, t.token, t.due = 0, 0, time.Now()
		t.crashes++
		if t.crashes >= 3 {
			t.status = enrich.Failed
			t.effects++
		}
	}
	return len(lost)
}

func (m *memory) open() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, t := range m.tasks {
		if !t.status.Terminal() {
			n++
		}
	}
	return n
}

// link is one process's way to the queue. Calls are late, fail, or succeed
// without the caller ever hearing of it; while it is cut, nothing goes through.
type link struct {
	*memory
	mu     sync.Mutex
	rand   *rand.Rand
	faults float64 // share of calls that go wrong
	cuts   []cut
	healed time.Time // after this nothing goes wrong any more
}

type cut struct{ from, to time.Time }

var errLink = errors.New("the connection broke")

// patience bounds a call whose caller does not, as the statement timeout does.
const patience = 15 * time.Second

// send carries one call: before it, and after it on the way back, things happen.
func (l *link) send(ctx context.Context, call func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	before, after := l.fate(), l.fate()
	if err := l.pass(ctx, before); err != nil {
		return err
	}
	if err := call(); err != nil {
		return err
	}
	return l.pass(ctx, after)
}

// fate is what happens on one way: nothing (0), a delay, or a break (-1).
func (l *link) fate() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Now().After(l.healed) || l.rand.Float64() >= l.faults {
		return 0
	}
	if l.rand.IntN(2) == 0 {
		return -1
	}
	return time.Duration(l.rand.Int64N(int64(10 * time.Second)))
}

func (l *link) pass(ctx context.Context, fate time.Duration) error {
	if fate < 0 {
		return errLink
	}
	until := time.Now().Add(fate)
	for _, c := range l.cuts {
		if until.After(c.from) && until.Before(c.to) {
			until = c.to
		}
	}
	if !until.After(time.Now()) {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(until)):
		return nil
	}
}

func (l *link) Describe(ctx context.Context, _ []enrich.Spec) error {
	return l.send(ctx, func() error { return nil })
}

func (l *link) Register(ctx context.Context, _ string, _ []enrich.Type) (worker int64, err error) {
	err = l.send(ctx, func() error { worker = l.register(); return nil })
	return worker, err
}

func (l *link) Beat(ctx context.Context, worker int64) (held map[int64]bool, err error) {
	err = l.send(ctx, func() (err error) { held, err = l.beat(worker); return err })
	return held, err
}

func (l *link) Deregister(ctx context.Context, worker int64) error {
	return l.send(ctx, func() error {
		l.memory.mu.Lock()
		defer l.memory.mu.Unlock()
		delete(l.workers, worker)
		return nil
	})
}

func (l *link) Claim(ctx context.Context, worker int64, _ []enrich.Type, n int) (claims []enrich.Claim, err error) {
	err = l.send(ctx, func() error { claims = l.claim(worker, n); return nil })
	if err != nil {
		return nil, err
	}
	return claims, nil
}

func (l *link) ClaimNewcomers(context.Context, int64, []enrich.Type, int) ([]enrich.Claim, error) {
	return nil, nil // one workspace alone
}

func (l *link) Release(ctx context.Context, worker int64, tokens []int64) error {
	return l.send(ctx, func() error { l.release(worker, tokens); return nil })
}

func (l *link) Settle(ctx context.Context, _ string, group []enrich.Settlement) (held map[int64]bool, err error) {
	err = l.send(ctx, func() error { held = l.settle(group); return nil })
	return held, err
}

func (l *link) Sweep(ctx context.Context) (n int, err error) {
	err = l.send(ctx, func() error { n = l.sweep(); return nil })
	return n, err
}

func (l *link) Listen(ctx context.Context, _ func() int64, _ func()) { <-ctx.Done() }
