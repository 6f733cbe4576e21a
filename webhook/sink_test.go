package webhook_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/webhook"
)

const other = "ws-other"

// message is what a sink was sent.
type message struct {
	id, signature, body string
	at                  time.Time
	kind, subject       string
}

// sink is a receiver: a real server on loopback that can answer badly.
type sink struct {
	*httptest.Server
	status atomic.Int64
	mu     sync.Mutex
	got    []message
}

func newSink(t *testing.T) *sink {
	s := &sink{}
	s.status.Store(204)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		seconds, errTime := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
		var payload struct {
			Type string
			Data struct{ Type, ID string }
		}
		if errJSON := json.Unmarshal(body, &payload); err != nil || errTime != nil || errJSON != nil || r.Method != "POST" || len(body) > 1000 {
			t.Errorf("%s %s %v %v %v", r.Method, body, err, errTime, errJSON)
		}
		s.mu.Lock()
		s.got = append(s.got, message{r.Header.Get("webhook-id"), r.Header.Get("webhook-signature"), string(body), time.Unix(seconds, 0), payload.Type, payload.Data.ID})
		s.mu.Unlock()
		status := int(s.status.Load())
		if status/100 == 3 {
			w.Header().Set("Location", "http://"+r.Host+"/elsewhere")
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *sink) messages() []message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// bench is a database, and senders that reach loopback.
type bench struct {
	*testing.T
	db  *postgres.DB
	url string
}

func setup(t *testing.T) *bench {
	t.Helper()
	url := pgtest.URL(t)
	b := &bench{t, pgtest.Open(t, url), url}
	if _, err := b.db.EnsureWorkspace(context.Background(), other, "Other"); err != nil {
		t.Fatal(err)
	}
	return b
}

// send runs a sender, which waits a moment between attempts, until the test ends
// or stop is called.
func (b *bench) send(options ...func(*webhook.Options)) (stop func()) {
	b.Helper()
	o := webhook.Options{
		Store: b.db, Log: slog.New(slog.DiscardHandler), Poll: 5 * time.Millisecond, Waits: append([]time.Duration{0}, slices.Repeat([]time.Duration{time.Millisecond}, 1000)...),
		Client: fetch.New(fetch.Options{Permit: func(a netip.AddrPort) bool { return a.Addr().IsLoopback() }}),
	}
	for _, f := range options {
		f(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); webhook.New(o).Run(ctx) }()
	stop = func() { cancel(); <-done }
	b.Cleanup(stop)
	return stop
}

func (b *bench) endpoint(workspace, url string, types ...string) (record.WebhookEndpoint, string) {
	b.Helper()
	if types == nil {
		types = enrich.WebhookEvents()
	}
	secret := record.NewWebhookSecret()
	e, err := b.db.AddWebhookEndpoint(context.Background(), workspace, record.WebhookEndpoint{URL: url, EventTypes: types}, secret)
	if err != nil {
		b.Fatal(err)
	}
	return e, secret
}

// work takes n tasks from creation to completion.
func (b *bench) work(workspace string, n int) []string {
	b.Helper()
	ctx := context.Background()
	requests := make([]enrich.Request, n)
	for i := range requests {
		requests[i] = enrich.Request{EntityType: "document", EntityID: "d", Type: enrich.OCRExtract}
	}
	out, err := b.db.Enqueue(ctx, workspace, requests)
	if err != nil {
		b.Fatal(err)
	}
	worker, err := b.db.Register(ctx, "test", []enrich.Type{enrich.OCRExtract})
	if err != nil {
		b.Fatal(err)
	}
	for claimed := 0; claimed < n; {
		claims, err := b.db.Claim(ctx, worker, []enrich.Type{enrich.OCRExtract}, n)
		if err != nil {
			b.Fatal(err)
		}
		claimed += len(claims)
		var settlements []enrich.Settlement
		for _, c := range claims {
			settlements = append(settlements, enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted})
		}
		if _, err := b.db.Settle(ctx, "test", settlements); err != nil {
			b.Fatal(err)
		}
	}
	ids := make([]string, n)
	for i := range out {
		ids[i] = out[i].Task.ID
	}
	return ids
}

// until waits for a condition.
func (b *bench) until(what string, holds func() bool) {
	b.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatalf("it never came to this: %s", what)
		}
	}
}

func (b *bench) deliveries(workspace string) []record.WebhookDelivery {
	b.Helper()
	page, err := b.db.ListWebhookDeliveries(context.Background(), workspace, postgres.ListQuery{Size: 500, Sort: "created_at"})
	if err != nil {
		b.Fatal(err)
	}
	return page.Records
}

func (b *bench) settled(workspace string, n int) func() bool {
	return func() bool {
		list := b.deliveries(workspace)
		return len(list) == n && !slices.ContainsFunc(list, func(d record.WebhookDelivery) bool { return d.State == record.DeliveryPending })
	}
}

// verify checks a message as a receiver with each of the secrets would, and that
// there are no more signatures than secrets.
func verify(t *testing.T, m message, secrets ...string) {
	t.Helper()
	headers := http.Header{"Webhook-Id": {m.id}, "Webhook-Timestamp": {strconv.FormatInt(m.at.Unix(), 10)}, "Webhook-Signature": {m.signature}}
	for _, secret := range secrets {
		receiver, err := standard.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := receiver.Verify([]byte(m.body), headers); err != nil {
			t.Errorf("signature %q: %v", m.signature, err)
		}
	}
	if n := len(strings.Fields(m.signature)); n != len(secrets) {
		t.Errorf("%d signatures, %d secrets", n, len(secrets))
	}
}
