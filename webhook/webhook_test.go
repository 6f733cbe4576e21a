package webhook_test

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/webhook"
)

// One message for each status change, of each task in its order, to those who
// asked for it; and nothing of another workspace.
func TestDelivery(t *testing.T) {
	b := setup(t)
	all, some, foreign := newSink(t), newSink(t), newSink(t)
	b.work(pgtest.Workspace, 1) // before there was an endpoint: not told
	_, secret := b.endpoint(pgtest.Workspace, all.URL)
	b.endpoint(pgtest.Workspace, some.URL, "enrichment_task.completed")
	b.endpoint(other, foreign.URL)
	b.send()
	b.send() // any number of processes
	ids := b.work(pgtest.Workspace, 20)
	b.until("80 deliveries", b.settled(pgtest.Workspace, 80))
	order, seen := map[string][]string{}, map[string]bool{}
	for _, m := range all.messages() {
		order[m.subject] = append(order[m.subject], m.kind)
		verify(t, m, secret)
		if seen[m.id] || time.Since(m.at) > time.Minute {
			t.Errorf("%s at %s, came before: %v", m.id, m.at, seen[m.id])
		}
		seen[m.id] = true
	}
	for _, id := range ids {
		if got := strings.Join(order[id], " "); got != "enrichment_task.created enrichment_task.processing enrichment_task.completed" {
			t.Errorf("of %s was told %q", id, got)
		}
	}
	if len(order) != 20 || len(some.messages()) != 20 || len(foreign.messages()) != 0 || len(b.deliveries(other)) != 0 {
		t.Errorf("%d tasks to all, %d to some, %d to the other workspace", len(order), len(some.messages()), len(foreign.messages()))
	}
	says(t, "EVT-08", "EVT-09")
}

// A receiver that is down loses nothing and holds up nobody; what waits comes
// when it is back, with the id that it had.
func TestDownAndBack(t *testing.T) {
	b := setup(t)
	down, up := newSink(t), newSink(t)
	down.status.Store(503)
	_, secret := b.endpoint(pgtest.Workspace, down.URL)
	b.endpoint(pgtest.Workspace, up.URL)
	stop := b.send()
	b.work(pgtest.Workspace, 10)
	b.until("the other one is told", func() bool { return len(up.messages()) == 30 })
	b.until("some attempts", func() bool { return len(down.messages()) > 10 })
	stop() // a process dies; the next one goes on
	// One of its deliveries is due; all others wait for hours, however often each was
	// tried until now. What the other one has received and nobody noted comes again.
	pgtest.Exec(t, b.url, `UPDATE webhook_deliveries d SET claimed_until = NULL, due_at = now() + CASE
		WHEN e.url <> $1 OR d.pk = (SELECT min(pk) FROM webhook_deliveries o WHERE o.state = 'pending' AND o.endpoint_pk = e.pk) THEN interval '0' ELSE interval '14 hours' END
		FROM webhook_endpoints e WHERE e.pk = d.endpoint_pk AND d.state = 'pending'`, down.URL)
	down.status.Store(200)
	b.send()
	b.until("all delivered", b.settled(pgtest.Workspace, 60))
	attempts, order := map[string][]message{}, map[string][]string{}
	for _, m := range down.messages() {
		if attempts[m.id] == nil {
			order[m.subject] = append(order[m.subject], m.kind)
		}
		attempts[m.id] = append(attempts[m.id], m)
		verify(t, m, secret)
	}
	if len(attempts) != 30 {
		t.Errorf("%d messages came, of 30", len(attempts))
	}
	for id, list := range attempts {
		if slices.ContainsFunc(list, func(m message) bool { return m.body != list[0].body || m.at.Before(list[0].at) }) {
			t.Errorf("%s came as %+v", id, list)
		}
	}
	for subject, kinds := range order {
		if kinds[0] != "enrichment_task.created" || kinds[2] != "enrichment_task.completed" {
			t.Errorf("of %s came first %v", subject, kinds)
		}
	}
	says(t, "EVT-03")
}

// A delivery that never succeeds fails at the end of the schedule; it can be
// sent again, with the same id.
func TestScheduleEndsAndRedelivery(t *testing.T) {
	b := setup(t)
	s := newSink(t)
	s.status.Store(302) // redirects are no success, and not followed
	b.endpoint(pgtest.Workspace, s.URL, "enrichment_task.created")
	b.send(func(o *webhook.Options) { o.Waits = []time.Duration{0, time.Millisecond, time.Millisecond} })
	b.work(pgtest.Workspace, 1)
	b.until("it failed", b.settled(pgtest.Workspace, 1))
	d := b.deliveries(pgtest.Workspace)[0]
	if d.State != record.DeliveryFailed || d.Attempts != 3 || *d.LastStatus != 302 || d.LastError == "" || d.FinishedAt == nil || len(s.messages()) != 3 {
		t.Errorf("%+v after %d messages", d, len(s.messages()))
	}
	s.status.Store(200)
	if _, err := b.db.Redeliver(context.Background(), other, d.ID); enrich.CodeOf(err) != enrich.CodeNotFound {
		t.Errorf("another workspace sent it again: %v", err)
	}
	for n := range 2 { // what failed, then what was delivered
		if _, err := b.db.Redeliver(context.Background(), pgtest.Workspace, d.ID); err != nil {
			t.Fatal(err)
		}
		b.until("it came again", func() bool { return len(s.messages()) == 4+n })
		b.until("it is noted", b.settled(pgtest.Workspace, 1))
	}
	for _, m := range s.messages() {
		if m.id != "msg_"+d.ID {
			t.Errorf("it came as %s, then as %s", d.ID, m.id)
		}
	}
	says(t, "EVT-04", "EVT-06")
}

func TestGoneDisables(t *testing.T) {
	b := setup(t)
	s := newSink(t)
	s.status.Store(410)
	e, _ := b.endpoint(pgtest.Workspace, s.URL, "enrichment_task.created")
	b.send()
	b.work(pgtest.Workspace, 1)
	b.until("it is disabled", func() bool {
		got, err := b.db.WebhookEndpoint(context.Background(), pgtest.Workspace, e.ID)
		return err == nil && !got.Enabled && strings.Contains(got.DisabledReason, "410")
	})
	before := len(s.messages())
	s.status.Store(200)
	b.work(pgtest.Workspace, 2)
	watch := newSink(t)
	b.endpoint(pgtest.Workspace, watch.URL, "enrichment_task.created")
	b.work(pgtest.Workspace, 1)
	b.until("another one is told", func() bool { return len(watch.messages()) == 1 })
	if len(s.messages()) != before {
		t.Errorf("%d messages after 410", len(s.messages())-before)
	}
	if _, err := b.db.UpdateWebhookEndpoint(context.Background(), pgtest.Workspace, e.ID, func(e *record.WebhookEndpoint) { e.Enabled = true }); err != nil {
		t.Fatal(err)
	}
	// The one that was refused waits for the schedule unless somebody asks, or another one comes through.
	b.until("what happened meanwhile is told", func() bool { return len(s.messages()) >= before+4 })
	says(t, "EVT-05")
}

// For a while after a rotation both secrets sign.
func TestRotation(t *testing.T) {
	b := setup(t)
	s := newSink(t)
	e, old := b.endpoint(pgtest.Workspace, s.URL, "enrichment_task.created")
	b.send()
	fresh := record.NewWebhookSecret()
	if _, err := b.db.RotateWebhookSecret(context.Background(), pgtest.Workspace, e.ID, fresh, time.Hour); err != nil {
		t.Fatal(err)
	}
	b.work(pgtest.Workspace, 1)
	b.until("told with both", func() bool { return len(s.messages()) == 1 })
	verify(t, s.messages()[0], fresh, old)
	pgtest.Exec(t, b.url, `UPDATE webhook_endpoints SET previous_until = now()`)
	b.work(pgtest.Workspace, 1)
	b.until("told with one", func() bool { return len(s.messages()) == 2 })
	verify(t, s.messages()[1], fresh)
	says(t, "EVT-02")
}

// names is a resolver whose answer can change.
type names struct{ addr atomic.Pointer[netip.Addr] }

func (n *names) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{*n.addr.Load()}, nil
}

// A name that begins to lead inside is refused, however it looked when the
// endpoint was made.
func TestRefusesPrivateTargets(t *testing.T) {
	b := setup(t)
	s := newSink(t)
	port := s.Listener.Addr().(*net.TCPAddr).Port
	resolver := &names{}
	loopback, inside := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")
	resolver.addr.Store(&loopback)
	b.endpoint(pgtest.Workspace, "http://hooks.example:"+strconv.Itoa(port)+"/", "enrichment_task.created")
	s.Config.SetKeepAlivesEnabled(false) // each message is dialled for
	b.send(func(o *webhook.Options) {
		o.Client = fetch.New(fetch.Options{Resolver: resolver, Permit: func(a netip.AddrPort) bool { return a.Addr() == loopback }})
		o.Waits = []time.Duration{0}
	})
	b.work(pgtest.Workspace, 1)
	b.until("it was permitted", b.settled(pgtest.Workspace, 1))
	resolver.addr.Store(&inside)
	b.work(pgtest.Workspace, 1)
	b.until("it is refused", b.settled(pgtest.Workspace, 2))
	failed := 0
	for _, d := range b.deliveries(pgtest.Workspace) {
		if d.State == record.DeliveryFailed && d.LastStatus == nil && strings.Contains(d.LastError, "nothing is fetched") {
			failed++
		}
	}
	if failed != 1 || len(s.messages()) != 1 {
		t.Errorf("%d refused, %d messages", failed, len(s.messages()))
	}
	says(t, "EVT-07")
}

// says carries the number of a statement that the test around it has shown.
func says(t *testing.T, numbers ...string) {
	t.Helper()
	for _, number := range numbers {
		t.Run(number, func(inner *testing.T) {
			if t.Failed() {
				inner.Errorf("%s does not hold", number)
			}
		})
	}
}
