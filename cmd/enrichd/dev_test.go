package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/reader"
)

// asCommand makes the test program be the command itself.
const asCommand = "ENRICHD_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(asCommand) != "":
		main()
	case len(os.Args) > 1 && os.Args[1] == "reader": // a child of a server inside this test program
		os.Exit(reader.Main(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// command runs enrichd as a process of its own, in an environment without any
// settings but those given.
func enrichd(args []string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append([]string{asCommand + "=1", "PATH=" + os.Getenv("PATH"), "HOME=/nonexistent"}, env...)
	return cmd
}

// output runs a command to its end.
func output(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// startDev starts enrichd dev and reads its line.
func startDev(t testing.TB, args []string, env ...string) (*exec.Cmd, session) {
	t.Helper()
	cmd := enrichd(append([]string{"dev", "--json", "--addr", "127.0.0.1:0"}, args...), env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("no line on stdout: %v\n%s", err, errs.String())
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	var s session
	if err := json.Unmarshal([]byte(line), &s); err != nil || s.URL == "" || s.APIKey == "" || s.WorkspaceID == "" || s.DatabaseURL == "" || s.PID != cmd.Process.Pid {
		t.Fatalf("line %q: %v", line, err)
	}
	return cmd, s
}

func stopDev(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("enrichd dev ended with %v after an interrupt", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("enrichd dev did not stop")
	}
}

// A newcomer's road: dev, upload, list, view, watch; then again on the same data.
func TestDevAndCommands(t *testing.T) {
	data := t.TempDir()
	if err := os.Chmod(data, 0o755); err != nil {
		t.Fatal(err)
	}
	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(data, "mine.xml")
	if err := os.WriteFile(file, files[0].Content, 0o644); err != nil {
		t.Fatal(err)
	}
	dev, s := startDev(t, []string{"--no-demo", "--data", data})
	cli := func(args ...string) (string, string, int) { return output(t, enrichd(args, "ENRICHD_DATA="+data)) }

	out, errs, code := cli("upload", file)
	if code != 0 || !strings.Contains(out, "stored") {
		t.Fatalf("upload: %d\n%s%s", code, out, errs)
	}
	if out, _, code = cli("-o", "json", "upload", file); code != 0 || !strings.Contains(out, `"checksum": "sha256:`) {
		t.Errorf("upload again: %d %s", code, out)
	}
	if _, errs, code = cli("task", "watch", "--exit-status"); code != 0 {
		t.Errorf("watch: %d %s", code, errs)
	}
	var list struct{ Data []struct{ ID string } }
	out, _, code = cli("-o", "json", "task", "list", "--type", "ai_invoice")
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 || len(list.Data) != 1 {
		t.Fatalf("list: %d %s", code, out)
	}
	if out, _, code = cli("task", "view", list.Data[0].ID); code != 0 || !strings.Contains(out, "741.47") {
		t.Errorf("view: %d %s", code, out)
	}
	for _, c := range []struct {
		out, errs string
		args      []string
	}{
		{"Moulin des Étoiles SARL  FR33519038277", "", []string{"search", "moulin", "DES"}},
		{"2026-10-03 741.47 EUR", "", []string{"search", "2026-0871"}},
		{"entity_type,name", "", []string{"-o", "csv", "search", "moulin"}},
		{"", "Nothing was found. For the close of that month: enrichd close view 2026-10", []string{"search", "2026-10"}},
		{"", "There is no such task", []string{"task", "list", "--channel", "mcp_hub"}},
		{list.Data[0].ID, "", []string{"task", "list", "--channel", "ocr_completion", "--type", "ai_invoice"}},
	} {
		if out, errs, code := cli(c.args...); code != 0 || !strings.Contains(out, c.out) || !strings.Contains(errs, c.errs) || c.out == "" && out != "" {
			t.Errorf("%v: %d %s%s", c.args, code, out, errs)
		}
	}
	for _, c := range []struct {
		want int
		args []string
	}{
		{exitNotFound, []string{"task", "view", "00000000-0000-4000-8000-000000000000"}},
		{exitUsage, []string{"task", "list", "--entity", "company"}},
		{exitUsage, []string{"search"}},
		{exitError, []string{"search", strings.Repeat("x", 201)}},
		{exitUsage, []string{"no-such-command"}},
		{exitUsage, []string{"task", "view"}},
		{exitError, []string{"upload", "/no/such/file"}},
		{exitError, []string{"task", "list", "--status", "bogus"}},
		{exitAuth, []string{"task", "list", "--api-key", "wrong"}},
		{exitTemporary, []string{"task", "list", "--url", "http://127.0.0.1:1"}},
	} {
		if out, errs, code := cli(c.args...); code != c.want || out != "" || errs == "" {
			t.Errorf("%v ended with %d, want %d\n%s%s", c.args, code, c.want, out, errs)
		}
	}
	stopDev(t, dev)
	if _, _, code := cli("task", "list"); code != exitUsage {
		t.Errorf("a command after dev has ended: %d", code)
	}
	_, again := startDev(t, []string{"--no-demo", "--data", data})
	if again.WorkspaceID != s.WorkspaceID {
		t.Errorf("another workspace: %s and %s", s.WorkspaceID, again.WorkspaceID)
	}
	if out, _, _ = cli("-o", "json", "task", "list"); strings.Count(out, `"enrichment_task_id"`) != 7 { // read, read as an invoice, matched; its two companies looked up and compared
		t.Errorf("after a restart the list is %s", out)
	}
}

// The same on a database that is given, with the demo.
func TestDevOnGivenDatabase(t *testing.T) {
	url, data := pgtest.EmptyURL(t), t.TempDir()
	// The PDF engine's code is compiled once for all tests, which takes its time.
	if err := errors.Join(os.MkdirAll(kindtest.CacheDir(), 0o755), os.Symlink(kindtest.CacheDir(), filepath.Join(data, "cache"))); err != nil {
		t.Fatal(err)
	}
	dev, s := startDev(t, []string{"--data", data}, "DATABASE_URL="+url)
	if s.DatabaseURL != url {
		t.Errorf("database_url is %s", s.DatabaseURL)
	}
	const processed = `SELECT count(*) FROM enrichment_tasks WHERE status NOT IN ('pending', 'processing')`
	for range 3000 {
		// 10 files, of which 8 are read as invoices and matched, and 9 bank lines; 5 suppliers
		// and 2 customers are looked up and compared, the suppliers scored.
		if pgtest.Query[int](t, url, processed) == 10+8+8+9+3*5+2*2 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if got := pgtest.Query[string](t, url, `SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) FROM
		(SELECT status, count(*) AS n FROM enrichment_tasks GROUP BY status) AS counts`); got != "completed 51, awaiting_approval 1, failed 1, rejected 1" {
		t.Errorf("the demo ended %s", got)
	}
	speaksFrench(t, s, url)
	stopDev(t, dev)
}

func TestMigrateCommands(t *testing.T) {
	url := pgtest.EmptyURL(t)
	out, errs, code := output(t, enrichd([]string{"migrate", "up", "-o", "json"}, "DATABASE_URL="+url))
	if code != 0 || !strings.Contains(out, "20260327100000") {
		t.Fatalf("up: %d %s%s", code, out, errs)
	}
	out, _, code = output(t, enrichd([]string{"migrate", "status"}, "DATABASE_URL="+url))
	if code != 0 || strings.Contains(out, "missing") || strings.Count(out, "\n") < 5 {
		t.Errorf("status: %d %s", code, out)
	}
	if _, errs, code = output(t, enrichd([]string{"migrate", "up"})); code != exitUsage || !strings.Contains(errs, "DATABASE_URL") {
		t.Errorf("without a database: %d %s", code, errs)
	}
	if _, errs, code = output(t, enrichd([]string{"serve", "--roles", "nonsense"}, "DATABASE_URL="+url)); code != exitUsage || !strings.Contains(errs, "nonsense") {
		t.Errorf("an unknown role: %d %s", code, errs)
	}
}

// A worker of its own process is killed in the middle of the work on real
// documents; another one ends it, and every invoice is there once.
func TestKilledServeWorker(t *testing.T) {
	url := pgtest.URL(t)
	b := setupOn(t, url, roleAPI)
	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	const n = 60
	var ids []string
	for i := range n {
		content := strings.Replace(string(files[0].Content), "<cbc:ID>2026-0871</cbc:ID>", "<cbc:ID>K-"+strings.Repeat("1", i+1)+"</cbc:ID>", 1)
		ids = append(ids, b.upload("k.xml", []byte(content)).ID)
	}
	doomed := b.serve()
	b.until("ai_invoice", ids[2]) // it is in the middle of the work
	_ = doomed.Process.Kill()
	b.serve()
	for _, id := range ids {
		if task := b.until("ai_invoice", id); task.Text("status") != "completed" {
			t.Errorf("%s: %s", task.Text("status"), task.Text("error"))
		}
	}
	if got := pgtest.Query[int](t, url, `SELECT count(DISTINCT invoice_number) FROM invoices`); got != n {
		t.Errorf("%d invoices for %d documents", got, n)
	}
	if twice := pgtest.Query[int](t, url, `SELECT count(*) FROM (SELECT task_pk FROM enrichment_task_attempts WHERE outcome = 'completed' GROUP BY task_pk HAVING count(*) > 1) AS t`); twice != 0 {
		t.Errorf("%d tasks were completed twice", twice)
	}
}
