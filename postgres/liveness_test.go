package postgres_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A worker's lock is free for longer than its grace. If it has beaten since, it has
// only lost a connection; if it has not, its process is dead. A campaign of faults
// found living workers that lost their tasks.
func TestFreeLockIsNoDeathWhileBeatsCome(t *testing.T) {
	ctx := context.Background()
	url := pgtest.URL(t)
	db := pgtest.Open(t, url)
	for _, c := range []struct {
		beat, back string
		free       string
		want       int
	}{
		{"now()", "NULL", "2 s", 1},
		{"now() - interval '3 s'", "NULL", "2 s", 0},
		{"now() - interval '3 s'", "NULL", "100 ms", 1},
		// Who came back lately has longer, and not for ever.
		{"now() - interval '3 s'", "now() - interval '3 s'", "2 s", 1},
		{"now() - interval '6 s'", "now() - interval '6 s'", "5 s", 0},
		{"now() - interval '6 s'", "now() - interval '13 s'", "2 s", 0},
	} {
		worker, err := db.Register(ctx, "flaky", []enrich.Type{enrich.Logo})
		if err != nil {
			t.Fatal(err)
		}
		pgtest.Exec(t, url, fmt.Sprintf(`UPDATE enrichment_workers SET lock_at = now(), free_since = now() - interval '%s', beat_at = %s, back_at = %s WHERE pk = %d`,
			c.free, c.beat, c.back, worker))
		if _, err := db.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if n := pgtest.Query[int](t, url, `SELECT count(*) FROM enrichment_workers WHERE pk = $1`, worker); n != c.want {
			t.Errorf("a lock free for %s, a beat at %s, back at %s: %d workers are left, want %d", c.free, c.beat, c.back, n, c.want)
		}
	}
}

// A worker whose connections break again and again, each as soon as it has asked one
// question, is never seen with its lock, and keeps its task: each time it shows that it
// lives. Once it is gone its task is given back. Found by enrichd chaos --only
// reset-connections --for 40s --seed 5.
func TestWorkerLivesThoughItsConnectionsBreak(t *testing.T) {
	b := setup(t)
	enqueueOne(t, b.db, "d-1")
	b.claim(b.worker, 1)
	wire := startWire(t, b.url)
	flaky, err := postgres.Open(context.Background(), wire.url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(flaky.Close)
	living, die := context.WithCancel(context.Background())
	t.Cleanup(die)
	wire.breaks.Store(true)
	go flaky.Listen(living, func() int64 { return b.worker }, func() {})
	back := func() bool {
		return pgtest.Query[bool](t, b.url, `SELECT coalesce(max(back_at) > now() - interval '1 s', false) FROM enrichment_workers`)
	}
	for patience := time.Now().Add(20 * time.Second); !back(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(patience) {
			t.Fatal("the worker never came back")
		}
	}
	for end := time.Now().Add(3 * postgres.LockGrace); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if n, err := b.db.Sweep(context.Background()); err != nil || n != 0 {
			t.Fatalf("a sweep took %d tasks of a worker that lives: %v", n, err)
		}
	}
	if n := wire.broke.Load(); n < 5 {
		t.Fatalf("%d connections broke", n)
	}
	die()
	died := time.Now()
	for {
		n, err := b.db.Sweep(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			break
		}
		if time.Since(died) > postgres.DeadAfter {
			t.Fatal("nobody noticed that the worker died")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A worker whose connection is gone takes its lock on another one at once, and hears
// again of new work. It did not notice, and went round and round where it should wait.
func TestListenerComesBack(t *testing.T) {
	b := setup(t)
	woken := b.listen()
	<-woken
	const holder = `SELECT coalesce(max(l.pid), 0) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
		WHERE l.locktype = 'advisory' AND d.datname = current_database() AND l.granted AND l.objid = (SELECT pk FROM enrichment_workers)`
	for range 3 {
		pid := pgtest.Query[int](t, b.url, holder)
		if pid == 0 {
			t.Fatal("nobody holds the worker's lock")
		}
		for len(woken) > 0 {
			<-woken
		}
		pgtest.Exec(t, b.url, fmt.Sprintf(`SELECT pg_terminate_backend(%d)`, pid))
		select {
		case <-woken: // it listens again
		case <-time.After(postgres.DeadAfter):
			t.Fatal("the worker does not listen again")
		}
		if again := pgtest.Query[int](t, b.url, holder); again == 0 || again == pid {
			t.Fatalf("the lock is held by %d, and was by %d", again, pid)
		}
	}
	if n, err := b.db.Sweep(context.Background()); err != nil || n != 0 {
		t.Errorf("a sweep took %d tasks: %v", n, err)
	}
}

// wire is the way of one process to the database. While it breaks, a connection ends
// when its client asks for the second time: the first answer is the last.
type wire struct {
	url    string // through it
	to     string
	breaks atomic.Bool
	broke  atomic.Int32
}

func startWire(t *testing.T, to string) *wire {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w := &wire{to: u.Host}
	u.Host = l.Addr().String()
	w.url = u.String()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(client)
		}
	}()
	return w
}

// carry passes messages of PostgreSQL's protocol on: one without a type, then type,
// length and body of each.
func (w *wire) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer server.Close()
	go func() { _, _ = io.Copy(client, server); client.Close() }()
	asked := 0
	for head := make([]byte, 4); ; head = make([]byte, 5) {
		if _, err := io.ReadFull(client, head); err != nil {
			return
		}
		if kind := head[0]; len(head) == 5 && (kind == 'Q' || kind == 'P') {
			if asked++; asked > 1 && w.breaks.Load() {
				w.broke.Add(1)
				return
			}
		}
		rest := int64(binary.BigEndian.Uint32(head[len(head)-4:])) - 4
		if _, err := server.Write(head); err != nil {
			return
		}
		if _, err := io.CopyN(server, client, rest); err != nil {
			return
		}
	}
}
