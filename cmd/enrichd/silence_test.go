package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// hole is a wire to PostgreSQL that can swallow whatever is sent, and tell nobody.
type hole struct {
	swallows atomic.Bool
	target   string
}

// digHole returns the wire, and the database's address through it.
func digHole(t *testing.T, databaseURL string) (*hole, string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	h := &hole{target: u.Host}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go h.join(client)
		}
	}()
	u.Host = l.Addr().String()
	return h, u.String()
}

// join passes what comes, both ways, until an end closes.
func (h *hole) join(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", h.target)
	if err != nil {
		return
	}
	defer server.Close()
	var ways sync.WaitGroup
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		ways.Go(func() {
			defer way[0].Close()
			defer way[1].Close()
			buf := make([]byte, 32<<10)
			for {
				n, err := way[0].Read(buf)
				if n > 0 && !h.swallows.Load() {
					if _, err := way[1].Write(buf[:n]); err != nil {
						return
					}
				}
				if err != nil {
					return
				}
			}
		})
	}
	ways.Wait()
}

// reply is what came back for a request, and when.
type reply struct {
	status int
	after  string // Retry-After
	code   string // of the first error
	took   time.Duration
}

func (b *bench) send(method, path string, body io.Reader, header map[string]string) (r reply) {
	b.Helper()
	req, err := http.NewRequest(method, b.url+path, body)
	if err != nil {
		b.Error(err)
		return r
	}
	req.Header.Set("Authorization", "Bearer "+b.api.Key)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	began := time.Now()
	res, err := (&http.Client{Timeout: time.Minute}).Do(req)
	r.took = time.Since(began)
	if err != nil {
		b.Error(err)
		return r
	}
	defer res.Body.Close()
	var said struct {
		Errors []struct {
			Code string `json:"code"`
		} `json:"errors"`
	}
	r.status, r.after = res.StatusCode, res.Header.Get("Retry-After")
	if json.NewDecoder(res.Body).Decode(&said) == nil && len(said.Errors) > 0 {
		r.code = said.Errors[0].Code
	}
	return r
}

// A server that is cut off from PostgreSQL says so within a short time, of requests
// that it has taken and of new ones, and serves again when the network is back.
func TestServerCutOffFromTheDatabase(t *testing.T) {
	wire, through := digHole(t, pgtest.URL(t))
	const silence = time.Second
	b := setupWith(t, settings{DatabaseURL: through, Roles: []string{roleAPI}, Silence: silence})
	const list = "/v1/companies"
	if r := b.send(http.MethodGet, list, nil, nil); r.status != http.StatusOK {
		t.Fatalf("%+v", r)
	}
	wire.swallows.Store(true)
	// The question and its wait, what may be read late, and a busy machine.
	const most = silence + 500*time.Millisecond + 250*time.Millisecond + 3*time.Second
	task := `{"data": {"type": "enrichment_task", "attributes": {"entity_type": "company", "entity_id": "c", "enrichment_type": "logo", "input": {}}}}`
	var taken sync.WaitGroup
	for i := range 12 {
		taken.Go(func() {
			method, path, body := http.MethodGet, list, io.Reader(nil)
			if i%3 == 0 {
				method, path, body = http.MethodPost, "/v1/enrichment-tasks", strings.NewReader(task)
			}
			r := b.send(method, path, body, map[string]string{"Content-Type": "application/vnd.api+json"})
			if r.status != http.StatusServiceUnavailable || r.code != "SERVICE_UNAVAILABLE" || r.after == "" || r.took > most {
				t.Errorf("%s %s: %+v", method, path, r)
			}
		})
	}
	taken.Wait()
	for range 3 {
		if r := b.send(http.MethodGet, list, nil, nil); r.status != http.StatusServiceUnavailable || r.took > 2*time.Second {
			t.Errorf("a request that came while the database was known to be away: %+v", r)
		}
	}
	if r := b.send(http.MethodGet, "/healthz", nil, nil); r.status != http.StatusOK {
		t.Errorf("the process does not live: %+v", r)
	}
	wire.swallows.Store(false)
	end := time.Now().Add(30 * time.Second)
	for b.send(http.MethodGet, list, nil, nil).status != http.StatusOK {
		if time.Now().After(end) {
			t.Fatal("it does not serve again")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// What is slow is not silent: a statement that waits for a lock, and an upload whose
// body takes longer than the database was away.
func TestSlowRequestsAreNotCutOff(t *testing.T) {
	direct := pgtest.URL(t)
	wire, through := digHole(t, direct)
	const silence = 300 * time.Millisecond
	b := setupWith(t, settings{DatabaseURL: through, Roles: []string{roleAPI}, Silence: silence})
	locked := make(chan struct{})
	go func() {
		defer close(locked)
		if err := pgtest.Try(t, direct, `BEGIN; LOCK TABLE companies IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT`); err != nil {
			t.Error(err)
		}
	}()
	for !pgtest.Query[bool](t, direct, `SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'companies'::regclass AND mode = 'AccessExclusiveLock' AND granted)`) {
		time.Sleep(5 * time.Millisecond)
	}
	if r := b.send(http.MethodGet, "/v1/companies", nil, nil); r.status != http.StatusOK || r.took < 4*silence {
		t.Errorf("a statement that waited: %+v", r)
	}
	<-locked
	body, feed := io.Pipe()
	go func() {
		// More than the kernel keeps for a server that does not read yet: it has seen the key.
		_, _ = io.WriteString(feed, strings.Repeat("first half ", 2<<20))
		wire.swallows.Store(true)
		for end := time.Now().Add(20 * time.Second); b.process.db.Ping(shortly(t)) == nil && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
		wire.swallows.Store(false)
		for end := time.Now().Add(20 * time.Second); b.process.db.Ping(shortly(t)) != nil && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
		_, _ = io.WriteString(feed, "second half")
		feed.Close()
	}()
	r := b.send(http.MethodPost, "/v1/documents", body, map[string]string{"Content-Type": "application/octet-stream", "Content-Disposition": `attachment; filename="slow.txt"`})
	if r.status != http.StatusCreated {
		t.Errorf("an upload during which the database was away for a while: %+v", r)
	}
}

// shortly is a context for one question.
func shortly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}
