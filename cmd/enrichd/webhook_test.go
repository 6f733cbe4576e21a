package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/client"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// receiver takes messages; told are their ids in their order.
func receiver(t *testing.T) (url string, told <-chan string) {
	t.Helper()
	ids := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		ids <- r.Header.Get("Webhook-Id")
	}))
	t.Cleanup(server.Close)
	return server.URL, ids
}

// An endpoint's life on the command line: made, told of a task, told again,
// rotated, disabled, enabled, deleted.
func TestWebhooksOnTheCommandLine(t *testing.T) {
	b := setupWith(t, settings{DatabaseURL: pgtest.URL(t), Roles: []string{roleAPI, roleWorker}, WebhookTargets: func(netip.AddrPort) bool { return true }})
	target, told := receiver(t)
	run := func(args ...string) (string, int) {
		out, errs, code := output(t, enrichd(append([]string{"webhook"}, args...), "ENRICHD_URL="+b.url, "ENRICHD_API_KEY="+b.api.Key))
		if code != 0 && errs == "" {
			t.Errorf("%v ended with %d and says nothing", args, code)
		}
		return out, code
	}
	read := func(args ...string) (doc struct {
		Data client.Resource
		Meta struct{ Secret string }
	},
	) {
		out, code := run(append(args, "-o", "json")...)
		if err := json.Unmarshal([]byte(out), &doc); err != nil || code != 0 {
			t.Fatalf("%v: %d %s", args, code, out)
		}
		return doc
	}
	made := read("create", target, "--event", "enrichment_task.created", "--description", "the ERP")
	id := made.Data.ID
	if !strings.HasPrefix(made.Meta.Secret, "whsec_") || made.Data.Text("url") != target {
		t.Errorf("create: %+v", made)
	}
	if _, _, err := b.api.Upload(context.Background(), "a.txt", strings.NewReader("nothing much")); err != nil {
		t.Fatal(err)
	}
	first := <-told
	b.shows(run, "delivered", "deliveries", "--endpoint", id, "--state", "delivered")
	out, _ := run("deliveries", "--endpoint", id, "-o", "json")
	var list struct{ Data []client.Resource }
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list.Data) == 0 {
		t.Fatalf("deliveries: %s", out)
	}
	sent := map[string]bool{first: true}
	for len(sent) < len(list.Data) {
		sent[<-told] = true
	}
	if out, code := run("redeliver", list.Data[0].ID); code != 0 || !sent[<-told] {
		t.Errorf("redeliver: %d %s", code, out)
	}
	if again := read("rotate", id); again.Meta.Secret == made.Meta.Secret || !strings.HasPrefix(again.Meta.Secret, "whsec_") {
		t.Errorf("rotate: %+v", again)
	}
	for _, c := range []struct{ command, says string }{{"disable", "disabled"}, {"enable", "enabled"}, {"view", "enrichment_task.created"}} {
		if out, code := run(c.command, id); code != 0 || !strings.Contains(out, c.says) {
			t.Errorf("%s: %d %s", c.command, code, out)
		}
	}
	if out, code := run("list"); code != 0 || !strings.Contains(out, "the ERP") || strings.Contains(out, "whsec_") {
		t.Errorf("list: %d %s", code, out)
	}
	b.exits(run, exitUsage, "delete", id)
	b.exits(run, exitOK, "delete", id, "--yes")
	for _, command := range []string{"view", "rotate", "disable", "redeliver"} {
		b.exits(run, exitNotFound, command, id)
	}
	b.exits(run, exitError, "create", "ftp://files.example")
	b.exits(run, exitError, "create", target, "--event", "no.such.event")
	b.api.Key = b.key(pgtest.Workspace, api.ScopeWebhooksRead)
	b.exits(run, exitAuth, "create", target)
}

// exits says whether a command ends with this code.
func (b *bench) exits(run func(...string) (string, int), want int, args ...string) {
	b.Helper()
	if out, code := run(args...); code != want {
		b.Errorf("%v ended with %d, not %d: %s", args, code, want, out)
	}
}

// shows waits for a command to print a text.
func (b *bench) shows(run func(...string) (string, int), want string, args ...string) {
	b.Helper()
	for range 400 {
		if out, _ := run(args...); strings.Contains(out, want) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.Fatalf("%v never shows %q", args, want)
}
