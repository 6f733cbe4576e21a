package fake

import (
	"sync"
	"time"
)

// Clock tells the service the time and wakes it.
type Clock interface {
	Now() time.Time
	// At returns a channel that is served or closed once the time has come, and what
	// gives up waiting for it. It takes a time and not a duration: the clock may be
	// moved between a look at it and the call.
	At(at time.Time) (come <-chan time.Time, stop func())
}

// SystemClock is the true one.
type SystemClock struct{}

// Now is the time.
func (SystemClock) Now() time.Time { return time.Now() }

// At is a timer.
func (SystemClock) At(at time.Time) (<-chan time.Time, func()) {
	t := time.NewTimer(time.Until(at))
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

// At waits for the clock to be moved.
func (c *ManualClock) At(at time.Time) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	woken := make(chan time.Time)
	if !at.After(c.now) {
		close(woken)
		return woken, func() {}
	}
	c.waiting[woken] = at
	return woken, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waiting, woken)
	}
}
