package fake

import (
	"sync"
	"time"
)

// Clock tells the service the time and wakes it.
type Clock interface {
	Now() time.Time
	// After returns a channel that is served or closed once d has passed, and what
	// gives up waiting for it.
	After(d time.Duration) (passed <-chan time.Time, stop func())
}

// SystemClock is the true one.
type SystemClock struct{}

// Now is the time.
func (SystemClock) Now() time.Time { return time.Now() }

// After is a timer.
func (SystemClock) After(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// ManualClock stands still until it is moved.
type ManualClock struct {
	mu      sync.Mutex
	now     time.Time
	waiting map[chan time.Time]time.Time
}

// NewManualClock shows at first.
func NewManualClock(at time.Time) *ManualClock {
	return &ManualClock{now: at, waiting: map[chan time.Time]time.Time{}}
}

// Now is where the clock was moved to.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *ManualClock) Advance(d time.Duration) { c.AdvanceTo(c.Now().Add(d)) }

// AdvanceTo moves the clock on to a time; never back.
func (c *ManualClock) AdvanceTo(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.After(c.now) {
		c.now = at
	}
	for woken, when := range c.waiting {
		if !when.After(c.now) {
			delete(c.waiting, woken)
			close(woken)
		}
	}
}

// After waits for the clock to be moved.
func (c *ManualClock) After(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	woken := make(chan time.Time)
	if d <= 0 {
		close(woken)
		return woken, func() {}
	}
	c.waiting[woken] = c.now.Add(d)
	return woken, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waiting, woken)
	}
}
