package cloudtasks_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/cloudtasks/fake"
	"github.com/enrichd/enrichd/cloudtasks/push"
	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// The test program is its own worker and its own relay: processes that can be killed.
const (
	asRole  = "ENRICHD_TEST_ROLE" // worker, hanging or relay
	asURL   = "ENRICHD_TEST_DATABASE"
	asAPI   = "ENRICHD_TEST_API"  // of the service
	asPush  = "ENRICHD_TEST_PUSH" // of the worker, for a relay
	asBatch = "ENRICHD_TEST_BATCH"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(asRole); role != "" {
		if err := process(role); err != nil {
			fmt.Fprintln(os.Stderr, role, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func process(role string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	db, err := postgres.Open(ctx, os.Getenv(asURL), postgres.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	if role == "relay" {
		return relayProcess(ctx, db)
	}
	return workerProcess(ctx, db, role == "hanging")
}

func relayProcess(ctx context.Context, db *postgres.DB) error {
	client, err := cloudtasks.New(cloudtasks.Config{Project: "p", Location: "l", ServiceAccount: account, Audience: audience, Endpoint: os.Getenv(asAPI)})
	if err != nil {
		return err
	}
	batch := 0
	_, _ = fmt.Sscan(os.Getenv(asBatch), &batch) // unset is the default
	relay, err := cloudtasks.NewRelay(cloudtasks.RelayOptions{
		Outbox: impatient{db}, Create: client.Create, PushURL: os.Getenv(asPush), Batch: batch, Poll: 100 * time.Millisecond,
		Runs: map[enrich.Type]time.Duration{enrich.Logo: time.Minute},
	})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	relay.Run(ctx)
	return nil
}

// impatient takes what another relay left behind at once: a test does not wait for
// half a minute.
type impatient struct{ *postgres.DB }

func (i impatient) Unconfirmed(ctx context.Context, types []enrich.Type, n int, _ time.Duration) ([]enrich.Handover, error) {
	return i.DB.Unconfirmed(ctx, types, n, 0)
}

func workerProcess(ctx context.Context, db *postgres.DB, hang bool) error {
	verifier, err := push.NewVerifier(push.Trust{Audience: audience, ServiceAccount: account, JWKSURL: os.Getenv(asAPI) + fake.CertsPath})
	if err != nil {
		return err
	}
	engine := dispatch.New(dispatch.Options{Queue: db, Delivered: db, Kinds: []enrich.Kind{scripted{
		enrich.Spec{Type: enrich.Logo}, func(ctx context.Context, j enrich.Job) enrich.Answer {
			if hang {
				<-ctx.Done()
				return retry("never")
			}
			return done(j)
		},
	}}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(l, push.NewHandler(push.Options{Engine: engine, Verify: verifier.Verify})) }()
	go func() {
		for !engine.Ready() {
			time.Sleep(5 * time.Millisecond)
		}
		fmt.Println("http://" + l.Addr().String())
	}()
	return engine.Run(ctx)
}

// startProcess runs the test program in a role and returns its first line.
func (r *road) startProcess(role string, env ...string) (*exec.Cmd, string) {
	r.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(append(os.Environ(), asRole+"="+role, asURL+"="+r.url, asAPI+"="+r.api, asPush+"="+r.push), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, _ := bufio.NewReader(out).ReadString('\n') // nothing where a failpoint kills it first
	return cmd, strings.TrimSpace(line)
}

// turnout is a front that sends pushes to whichever worker it is told.
type turnout struct{ to atomic.Pointer[url.URL] }

func (o *turnout) front(http.Handler) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(o.to.Load()) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			panic(http.ErrAbortHandler) // the worker is gone: no answer
		},
	}
	return proxy
}

func (o *turnout) turn(t testing.TB, address string) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		t.Fatalf("a worker at %q: %v", address, err)
	}
	o.to.Store(u)
}
