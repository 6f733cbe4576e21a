//go:build failpoint

package dispatch_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/failpoint"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// saboteur runs a worker process of its own that enqueues tasks as well, with a
// plan of what happens at which place.
func saboteur(t *testing.T, url, plan string) (ids []string, died bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), workerURL+"="+url, workerEnqueues+"=6", failpoint.Environment+"="+plan)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == enqueuedAll {
			break
		}
		ids = append(ids, lines.Text())
	}
	gone := make(chan error, 1)
	go func() { _, _ = io.Copy(io.Discard, out); gone <- cmd.Wait() }()
	select {
	case err := <-gone:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("the process ended with %v", err)
		}
		return ids, true
	case <-time.After(6 * time.Second): // long enough for every place to be passed
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-gone
		return ids, false
	}
}

// A process is killed, or a call fails, at each place on a task's way; then
// another process takes over. What was acknowledged is there, everything ends,
// each effect and each end is there once.
func TestFailpoints(t *testing.T) {
	for _, place := range failpoint.Names() {
		for _, action := range []string{"kill", "err"} {
			t.Run(place+"="+action, func(t *testing.T) {
				t.Parallel()
				url := pgtest.URL(t)
				db := pgtest.Open(t, url)
				plan := place + "=" + action
				if place == failpoint.RescueBetween { // only who finds a dead process's tasks comes by
					abandon(t, db, url)
				}
				ids, died := saboteur(t, url, plan)
				if died != (action == "kill") {
					t.Errorf("the process died: %v", died)
				}
				startWorker(t, url, false)
				b := &bench{T: t, url: url, db: db}
				b.allEnd(ids)
			})
		}
	}
}

// abandon leaves two tasks in the hands of a process that is no more.
func abandon(t *testing.T, db *postgres.DB, url string) {
	t.Helper()
	ctx := context.Background()
	worker, err := db.Register(ctx, "gone", []enrich.Type{enrich.Logo})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, url: url, db: db}
	b.enqueue(2)
	if claims, err := db.Claim(ctx, worker, []enrich.Type{enrich.Logo}, 2); err != nil || len(claims) != 2 {
		t.Fatal(claims, err)
	}
	pgtest.Exec(t, url, `DELETE FROM enrichment_workers WHERE pk = $1`, worker)
}

// allEnd waits for every task, then looks for what was lost and what was doubled.
func (b *bench) allEnd(ids []string) {
	b.Helper()
	for _, id := range ids {
		b.until(id, terminal)
	}
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if pgtest.Query[int](b.T, b.url, `SELECT count(*) FROM enrichment_dispatches`) == 0 {
			break
		}
		if time.Now().After(deadline) {
			b.Fatal("tasks never ended")
		}
	}
	wrong := pgtest.Query[string](b.T, b.url, `SELECT concat_ws(' ',
		(SELECT count(*) FROM enrichment_tasks WHERE status <> 'completed'),
		(SELECT count(*) FROM enrichment_tasks) - (SELECT count(*) FROM field_values),
		(SELECT count(*) FROM enrichment_tasks) - (SELECT count(*) FROM enrichment_events WHERE event_type = 'enrichment_task.completed'),
		(SELECT count(*) FROM (SELECT subject_id FROM enrichment_events GROUP BY subject_id HAVING string_agg(event_type, ' ' ORDER BY pk)
			<> 'enrichment_task.created enrichment_task.processing enrichment_task.completed') AS odd))`)
	if wrong != "0 0 0 0" {
		b.Errorf("not completed, without effect or doubled, without end or doubled, odd histories: %s", wrong)
	}
}
