package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// Dispatchers: who brings due tasks to workers.
const (
	byPostgres   = "postgres"
	byCloudTasks = "cloudtasks"
)

// dispatchFlags choose who brings tasks to workers. Only Cloud Tasks has settings.
type dispatchFlags struct {
	Dispatch string `env:"ENRICHD_DISPATCH" enum:"postgres,cloudtasks" default:"postgres" help:"Who brings due tasks to workers: postgres, or cloudtasks, which pushes them."`

	Project     string `name:"cloudtasks-project" env:"ENRICHD_CLOUDTASKS_PROJECT" help:"Id of the Google project of the queues."`
	Location    string `name:"cloudtasks-location" env:"ENRICHD_CLOUDTASKS_LOCATION" help:"Region of the queues, such as europe-west1."`
	Account     string `name:"cloudtasks-account" env:"ENRICHD_CLOUDTASKS_ACCOUNT" help:"E-mail address of the service account that pushes."`
	Audience    string `name:"cloudtasks-audience" env:"ENRICHD_CLOUDTASKS_AUDIENCE" help:"Audience of the tokens of pushes: a fixed word, the same everywhere."`
	URL         string `name:"cloudtasks-url" env:"ENRICHD_CLOUDTASKS_URL" help:"Address at which the service reaches the workers, without a path."`
	PushAddr    string `name:"cloudtasks-addr" env:"ENRICHD_CLOUDTASKS_ADDR" default:"127.0.0.1:8081" help:"Address on which a worker listens for pushes."`
	Endpoint    string `name:"cloudtasks-endpoint" env:"ENRICHD_CLOUDTASKS_ENDPOINT" help:"Address of the service. Default: Google's."`
	KeysURL     string `name:"cloudtasks-keys-url" env:"ENRICHD_CLOUDTASKS_KEYS_URL" help:"Address of the keys that tokens are verified with. Default: Google's."`
	Issuer      string `name:"cloudtasks-issuer" env:"ENRICHD_CLOUDTASKS_ISSUER" help:"Issuer of the tokens. Default: Google."`
	Window      int    `name:"cloudtasks-window" env:"ENRICHD_CLOUDTASKS_WINDOW" default:"1000" help:"Tasks that may be in one queue at once."`
	MaxAttempts int    `name:"cloudtasks-max-attempts" env:"ENRICHD_CLOUDTASKS_MAX_ATTEMPTS" default:"0" help:"max_attempts of the queues, where it is bounded; 0 where it is not."`
}

// outside is a dispatcher outside PostgreSQL.
type outside struct {
	relay func(ctx context.Context)                  // hands over until ctx ends
	push  func(engine *dispatch.Engine) http.Handler // takes what comes back
}

// check says what is wrong with the settings.
func (f dispatchFlags) check(roles []string) error {
	if f.Dispatch != byCloudTasks {
		if slices.Contains(roles, roleRelay) {
			return errors.New("the role relay is for --dispatch cloudtasks: PostgreSQL needs none")
		}
		return nil
	}
	for _, s := range []struct{ flag, value string }{
		{"project", f.Project}, {"location", f.Location}, {"account", f.Account}, {"audience", f.Audience}, {"url", f.URL},
	} {
		if s.value == "" {
			return fmt.Errorf("--dispatch cloudtasks needs --cloudtasks-%s (ENRICHD_CLOUDTASKS_%s)", s.flag, strings.ToUpper(s.flag))
		}
	}
	u, err := url.Parse(f.URL)
	at, notIP := netip.ParseAddr(hostOf(u))
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return fmt.Errorf("--cloudtasks-url is the address of the workers without a path, such as https://push.example.com, not %q", f.URL)
	case u.Scheme != "https" && !(u.Scheme == "http" && notIP == nil && at.IsLoopback()):
		return fmt.Errorf("pushes carry tokens, so --cloudtasks-url must be https: %q is not", f.URL)
	case f.Window < 1 || f.MaxAttempts < 0:
		return errors.New("--cloudtasks-window is at least 1, --cloudtasks-max-attempts at least 0")
	}
	return nil
}

func hostOf(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Hostname()
}

// wireDispatch brings in the dispatcher that the settings name. With PostgreSQL it is
// the engine itself.
func (p *process) wireDispatch(o settings, kinds []enrich.Kind) error {
	if err := o.Dispatch.check(o.Roles); err != nil {
		return &exitCode{exitUsage, err}
	}
	if o.Dispatch.Dispatch != byCloudTasks {
		return nil
	}
	out, err := newOutside(o, p.db, kinds)
	if err != nil {
		return &exitCode{exitUsage, err}
	}
	p.outside = out
	return nil
}

// listenForPushes opens a worker's own listener: what the service reaches is not
// what people and programs do.
func (p *process) listenForPushes(o settings) (err error) {
	if p.outside == nil || !slices.Contains(o.Roles, roleWorker) {
		return nil
	}
	if p.pushes, err = net.Listen("tcp", o.Dispatch.PushAddr); err != nil {
		return fmt.Errorf("listen for pushes on %s: %w", o.Dispatch.PushAddr, err)
	}
	return nil
}

// runOutside hands over and takes pushes, as the roles say, until ctx ends. The
// answers of what drains are still sent.
func (p *process) runOutside(ctx context.Context, o settings) {
	if slices.Contains(o.Roles, roleRelay) {
		p.running.Go(func() { p.outside.relay(ctx) })
	}
	if p.pushes == nil {
		return
	}
	s := newServer(o, p.outside.push(p.engine))
	s.ReadTimeout, s.WriteTimeout = 0, 0 // an answer comes when the task has ended; the handler bounds the reading
	p.running.Go(func() {
		if err := s.Serve(p.pushes); err != nil && !errors.Is(err, http.ErrServerClosed) {
			p.fail(err)
		}
	})
	p.running.Go(func() {
		<-ctx.Done()
		short, cancel := context.WithTimeout(context.Background(), o.Drain+5*time.Second)
		defer cancel()
		_ = s.Shutdown(short)
	})
}

// checkDispatch looks whether the settings of the dispatcher fit together.
func checkDispatch(f dispatchFlags) finding {
	if f.Dispatch != byCloudTasks {
		return finding{"dispatch", true, "PostgreSQL brings tasks to workers", ""}
	}
	if err := f.check([]string{roleRelay, roleWorker}); err != nil {
		return finding{"dispatch", false, "Cloud Tasks cannot bring tasks to workers", err.Error()}
	}
	return finding{"dispatch", true, fmt.Sprintf("Cloud Tasks of %s in %s pushes to %s, as %s for %s", f.Project, f.Location, f.URL, f.Account, f.Audience), ""}
}

// Bounds beyond which the doctor finds that tasks do not come to workers.
const (
	lateAtRelay = time.Minute
	lateInQueue = 10 * time.Minute
)

// checkHandovers looks where tasks wait on their way through Cloud Tasks: nobody but
// the rows knows when a relay is dead.
func checkHandovers(h postgres.Handovers) finding {
	since := func(d time.Duration) string { return d.Round(time.Second).String() }
	switch {
	case h.OpenFor > lateAtRelay:
		return finding{
			"dispatch", false, fmt.Sprintf("%d tasks that are due were handed over and are in no queue, the oldest for %s", h.Open, since(h.OpenFor)),
			"look at the log of enrichd serve --roles relay: it says what the service refuses, and which role its account lacks",
		}
	case h.DueFor > lateAtRelay && (h.Lately == 0 || h.Lately > lateAtRelay):
		return finding{
			"dispatch", false, fmt.Sprintf("%d tasks are due and nobody hands them over, the oldest for %s", h.Due, since(h.DueFor)),
			"run enrichd serve --roles relay --dispatch cloudtasks on any host; where one runs, a limit holds them (enrichd limit list) or the queue takes no more (--cloudtasks-window)",
		}
	case h.SentFor > lateInQueue:
		return finding{
			"dispatch", false, fmt.Sprintf("%d tasks that are due are in their queue and come to no worker, the oldest for %s", h.Sent, since(h.SentFor)),
			"resume the queue if it is paused, and see that --cloudtasks-url leads to the push listener of the workers; what was not pushed for an hour is handed over anew",
		}
	}
	return finding{"dispatch", true, fmt.Sprintf("%d tasks are due and not handed over, %d are in the queues", h.Due, h.Sent), ""}
}
