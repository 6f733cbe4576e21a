package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// Behind PgBouncer in transaction mode, with fewer connections than processes
// want, everything works: documents are read, a killed worker's tasks are done by
// another one, and no connection is left with a lock or a role of a session.
func TestBehindAPooler(t *testing.T) {
	owner := pgtest.URL(t)
	pgtest.Exec(t, owner, `ALTER ROLE `+postgres.AppRole+` LOGIN PASSWORD 'pooled'`)
	pooled := startPgBouncer(t, owner)
	b := setupWith(t, settings{DatabaseURL: pooled, Pooler: true, Roles: []string{roleAPI}})
	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	var ids []string
	for i := range n {
		content := strings.Replace(string(files[0].Content), "<cbc:ID>2026-0871</cbc:ID>", fmt.Sprintf("<cbc:ID>P-%d</cbc:ID>", 100+i), 1)
		ids = append(ids, b.upload("p.xml", []byte(content)).ID)
	}
	doomed := b.serve("ENRICHD_POOLER=true")
	b.until("ai_invoice", ids[1])
	_ = doomed.Process.Kill()
	b.serve("ENRICHD_POOLER=true")
	for _, id := range ids {
		if task := b.until("ai_invoice", id); task.Text("status") != "completed" {
			t.Errorf("%s: %s", task.Text("status"), task.Text("error"))
		}
	}
	if got := pgtest.Query[int](t, owner, `SELECT count(DISTINCT invoice_number) FROM invoices`); got != n {
		t.Errorf("%d invoices for %d documents", got, n)
	}
	if locks := pgtest.Query[int](t, owner, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`); locks != 0 {
		t.Errorf("%d locks are held by sessions", locks)
	}
}

// A login that would have to become the application role is refused behind a
// pooler, where it could not keep it.
func TestOwnerBehindAPooler(t *testing.T) {
	owner := pgtest.URL(t)
	_, err := postgres.Open(context.Background(), owner, postgres.Options{Pooler: true})
	if err == nil || !strings.Contains(err.Error(), "log in as "+postgres.AppRole) {
		t.Fatal(err)
	}
}

// startPgBouncer puts a pooler of four connections before a database and returns
// the application role's address.
func startPgBouncer(t *testing.T, owner string) string {
	t.Helper()
	to, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := socket.Addr().(*net.TCPAddr).Port
	_ = socket.Close()
	dir, err := os.MkdirTemp("", "enrichd-pgbouncer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := filepath.Join(dir, "pgbouncer.ini")
	users := filepath.Join(dir, "users.txt")
	for name, content := range map[string]string{
		users: fmt.Sprintf("%q \"pooled\"\n", postgres.AppRole),
		config: fmt.Sprintf("[databases]\n* = host=127.0.0.1 port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\nauth_type = trust\nauth_file = %s\n"+
			"pool_mode = transaction\ndefault_pool_size = 4\nmax_client_conn = 200\n", to.Port(), port, users),
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{config}
	if os.Geteuid() == 0 { // as which it refuses to run
		args = append([]string{"-u", "postgres"}, args...)
	}
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		path = "/usr/sbin/pgbouncer"
	}
	cmd := exec.Command(path, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	to.Host, to.User = fmt.Sprintf("127.0.0.1:%d", port), url.User(postgres.AppRole)
	for range 30 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		conn, err := pgx.Connect(ctx, to.String())
		cancel()
		if err == nil {
			_ = conn.Close(context.Background())
			return to.String()
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("PgBouncer does not answer")
	return ""
}
