//go:build !nocloudtasks

package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/cloudtasks/fake"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// The program itself, by its own settings: API, worker and relay in one process, and
// Cloud Tasks in between.
func TestServeByCloudTasks(t *testing.T) {
	queues := map[string]fake.Queue{}
	for _, q := range cloudtasks.Queues() {
		queues[q] = fake.Queue{MaxConcurrent: 4}
	}
	service, err := fake.New(fake.Options{Queues: queues})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(service)
	t.Cleanup(func() { service.Close(); server.Close() })
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	free.Close()
	b := setupWith(t, settings{DatabaseURL: pgtest.URL(t), Roles: []string{roleAPI, roleWorker, roleRelay}, Dispatch: dispatchFlags{
		Dispatch: byCloudTasks, Project: "p", Location: "l", Account: "push@p.iam.gserviceaccount.com", Audience: "enrichd",
		URL: "http://" + at, PushAddr: at, Endpoint: server.URL, KeysURL: server.URL + fake.CertsPath, Window: 100,
	}})
	_, ask := b.ambiguous() // documents and a statement, read and matched
	if ask.Text("status") != "awaiting_approval" {
		t.Errorf("%+v", ask)
	}
	pushes := service.Pushes()
	if len(pushes) < 2 {
		t.Errorf("%d pushes: the worker found its work some other way", len(pushes))
	}
}

// Each setting that is missing or wrong is named before anything starts.
func TestDispatchSettings(t *testing.T) {
	good := dispatchFlags{Dispatch: byCloudTasks, Project: "p", Location: "l", Account: "a@b", Audience: "x", URL: "https://push.example.com", Window: 1}
	for _, c := range []struct {
		words  string
		change func(*dispatchFlags)
	}{
		{"", func(*dispatchFlags) {}},
		{"", func(f *dispatchFlags) { f.URL = "http://127.0.0.1:8081/" }},
		{"--cloudtasks-project", func(f *dispatchFlags) { f.Project = "" }},
		{"--cloudtasks-location", func(f *dispatchFlags) { f.Location = "" }},
		{"--cloudtasks-account", func(f *dispatchFlags) { f.Account = "" }},
		{"ENRICHD_CLOUDTASKS_AUDIENCE", func(f *dispatchFlags) { f.Audience = "" }},
		{"--cloudtasks-url", func(f *dispatchFlags) { f.URL = "" }},
		{"must be https", func(f *dispatchFlags) { f.URL = "http://push.example.com" }},
		{"without a path", func(f *dispatchFlags) { f.URL = "https://push.example.com/enrichd" }},
		{"without a path", func(f *dispatchFlags) { f.URL = "push.example.com" }},
		{"at least 1", func(f *dispatchFlags) { f.Window = 0 }},
		{"PostgreSQL needs none", func(f *dispatchFlags) { f.Dispatch = byPostgres }},
	} {
		f := good
		c.change(&f)
		err := f.check([]string{roleRelay})
		if (err == nil) != (c.words == "") || err != nil && !strings.Contains(err.Error(), c.words) {
			t.Errorf("%+v: %v, want %q in it", f, err, c.words)
		}
		found := checkDispatch(f)
		if wantOK := c.words == "" || f.Dispatch == byPostgres; found.OK != wantOK || found.OK == (found.Fix != "") {
			t.Errorf("doctor says %s of %+v", fmt.Sprint(found), f)
		}
	}
}

// The doctor says who stands in the way of tasks that are due.
func TestDoctorFindsWhereTasksWait(t *testing.T) {
	url := pgtest.URL(t)
	db := pgtest.Open(t, url)
	if _, err := db.Enqueue(t.Context(), pgtest.Workspace, []enrich.Request{{EntityType: "company", EntityID: "c", Type: enrich.Logo}}); err != nil {
		t.Fatal(err)
	}
	doctor := func() (int, string) {
		var out, errs bytes.Buffer
		code := run([]string{
			"doctor", "--database-url", url, "--only", "dispatch", "--dispatch", "cloudtasks", "--cloudtasks-project", "p", "--cloudtasks-location", "l",
			"--cloudtasks-account", "a@b", "--cloudtasks-audience", "x", "--cloudtasks-url", "https://push.example.com",
		}, &out, &errs)
		return code, out.String() + errs.String()
	}
	if code, says := doctor(); code != exitOK || says != "" {
		t.Errorf("a task that is just due: %d\n%s", code, says)
	}
	for _, c := range []struct{ words, spoil string }{
		{"nobody hands them over", `UPDATE enrichment_dispatches SET due_at = now() - interval '2 min'`},
		{"are in no queue", `UPDATE enrichment_dispatches SET worker_pk = -1, token = 1, claimed_at = now(), generation = 1`},
		{"come to no worker", `UPDATE enrichment_dispatches SET sent_at = now() - interval '11 min'`},
	} {
		pgtest.Exec(t, url, c.spoil)
		if code, says := doctor(); code != exitError || !strings.Contains(says, c.words) || !strings.Contains(says, "fix ") {
			t.Errorf("%s: %d\n%s", c.words, code, says)
		}
	}
	pgtest.Exec(t, url, `UPDATE enrichment_dispatches SET sent_at = now()`)
	if code, says := doctor(); code != exitOK || says != "" {
		t.Errorf("a task that was just put into its queue: %d\n%s", code, says)
	}
}
