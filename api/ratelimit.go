package api

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/enrichd/enrichd/jsonapi"
)

// DefaultRate is how many requests a minute a key, and a workspace with all its
// keys, may send to one process.
const DefaultRate = 6000

// limiter holds a token bucket for each key and each workspace. A bucket holds a
// minute's requests and fills evenly; one that is full is forgotten.
type limiter struct {
	perMinute float64
	mu        sync.Mutex
	buckets   map[string]*bucket
	swept     time.Time
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(perMinute int) *limiter {
	if perMinute == 0 {
		perMinute = DefaultRate
	}
	return &limiter{perMinute: float64(perMinute), buckets: map[string]*bucket{}, swept: time.Now()}
}

// take takes a token out of every bucket, or out of none. It gives how many are
// left in the emptiest, and after how many seconds there are more: all of them,
// or the next one where none is left.
func (l *limiter) take(names ...string) (ok bool, left int, reset int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.sweep(now)
	least := l.perMinute
	for _, name := range names {
		least = min(least, l.fill(name, now).tokens)
	}
	if ok = least >= 1; ok {
		for _, name := range names {
			l.buckets[name].tokens--
		}
		least--
	}
	missing := l.perMinute - least
	if least < 1 {
		missing = 1 - least
	}
	return ok, int(least), int(math.Ceil(missing / l.perMinute * 60))
}

func (l *limiter) fill(name string, now time.Time) *bucket {
	b := l.buckets[name]
	if b == nil {
		b = &bucket{tokens: l.perMinute, at: now}
		l.buckets[name] = b
	}
	b.tokens = min(l.perMinute, b.tokens+now.Sub(b.at).Minutes()*l.perMinute)
	b.at = now
	return b
}

// sweep forgets, once a minute, what nobody used for that long.
func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	for name, b := range l.buckets {
		if now.Sub(b.at) >= time.Minute {
			delete(l.buckets, name)
		}
	}
}

// allow tells the caller of its limit, and refuses what goes beyond it.
func (s *server) allow(c *call) error {
	ok, left, reset := s.limits.take("key "+c.key.ID, "workspace "+c.workspace())
	c.w.Header().Set("RateLimit-Policy", fmt.Sprintf(`"default";q=%d;w=60`, int(s.limits.perMinute)))
	c.w.Header().Set("RateLimit", fmt.Sprintf(`"default";r=%d;t=%d`, left, reset))
	if ok {
		return nil
	}
	c.w.Header().Set("Retry-After", strconv.Itoa(reset))
	return jsonapi.Fault("RATE_LIMIT_EXCEEDED", "At most %d requests a minute; try again in %d s.", int(s.limits.perMinute), reset).With("retry_after", reset)
}

// Longest request lines and headers that are looked at, in bytes.
const (
	maxTarget = 16 << 10
	maxHeader = 24 << 10
)

// tooLong refuses a request whose address or headers are of no use to anybody.
func tooLong(r *http.Request) *jsonapi.Error {
	if len(r.RequestURI) > maxTarget {
		return jsonapi.Fault("URI_TOO_LONG", "The address is longer than %d bytes.", maxTarget)
	}
	size := 0
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	if size > maxHeader {
		return jsonapi.Fault("HEADER_TOO_LARGE", "The headers are longer than %d bytes.", maxHeader)
	}
	return nil
}
