package dispatch_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// The test program is its own worker process: with workerURL set it runs an
// engine until it is told to stop, with a kind that never ends or one that does.
const (
	workerURL  = "ENRICHD_TEST_WORKER_URL"
	workerHang = "ENRICHD_TEST_WORKER_HANG"
	// workerEnqueues has it make that many tasks first and print the id of each.
	workerEnqueues = "ENRICHD_TEST_WORKER_ENQUEUES"
	enqueuedAll    = "all"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(workerURL); url != "" {
		os.Exit(workerProcess(url, os.Getenv(workerHang) != ""))
	}
	os.Exit(m.Run())
}

func workerProcess(url string, hang bool) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	db, err := postgres.Open(ctx, url, postgres.Options{})
	if err != nil {
		return 1
	}
	defer db.Close()
	run := func(ctx context.Context, j enrich.Job) enrich.Answer {
		if hang {
			<-ctx.Done()
			return enrich.Retry{}
		}
		return enrich.Done{Result: enrich.Result{Output: []byte(`{}`), Description: "done", Records: []enrich.RecordWrite{{
			EntityType: "company", EntityID: j.Task.EntityID,
			Fields: []enrich.FieldWrite{{Name: "name", Value: []byte(`"` + strconv.Itoa(j.Attempt) + `"`), Origin: enrich.ByDocument, Grade: enrich.Single}},
		}}}}
	}
	if err := makeTasks(ctx, db); err != nil {
		return 1
	}
	engine := dispatch.New(dispatch.Options{Queue: db, Kinds: []enrich.Kind{scripted{enrich.Spec{Type: enrich.Logo}, run}}})
	if engine.Run(ctx) != nil {
		return 1
	}
	return 0
}

// makeTasks enqueues one by one, again if it fails, and tells each that is accepted.
func makeTasks(ctx context.Context, db *postgres.DB) error {
	n, err := strconv.Atoi(os.Getenv(workerEnqueues))
	if err != nil {
		return nil
	}
	for i := 0; i < n && ctx.Err() == nil; {
		id := fmt.Sprint("made-", i)
		out, err := db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{{
			EntityType: "company", EntityID: id, Type: enrich.Logo, Hash: "sha256:" + id,
		}})
		if err != nil {
			continue
		}
		fmt.Println(out[0].Task.ID)
		i++
	}
	fmt.Println(enqueuedAll)
	return nil
}

// startWorker runs a worker process on a database.
func startWorker(t *testing.T, url string, hang bool) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), workerURL+"="+url)
	if hang {
		cmd.Env = append(cmd.Env, workerHang+"=1")
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}

// A worker process is killed with tasks in its hands: another process runs them
// again within ten seconds, nothing is lost, every effect is there once.
func TestKilledWorkersTasksRunElsewhere(t *testing.T) {
	url := pgtest.URL(t)
	b := &bench{T: t, url: url, db: pgtest.Open(t, url)}
	doomed := startWorker(t, url, true)
	ids := b.enqueue(8)
	for _, id := range ids {
		b.until(id, func(task enrich.Task) bool { return task.Status == enrich.Processing })
	}
	if err := doomed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	startWorker(t, url, false)
	for _, id := range ids {
		b.until(id, terminal)
	}
	took := time.Since(killed)
	if took > 10*time.Second {
		t.Errorf("the tasks of a killed worker took %s to end elsewhere", took)
	}
	t.Logf("8 tasks of a killed worker ended elsewhere after %s", took.Round(time.Millisecond))
	for _, id := range ids {
		if got := b.outcomes(id); got != "crashed completed" {
			t.Errorf("attempts ended %q", got)
		}
	}
	if n := pgtest.Query[int](t, url, `SELECT count(*) FROM field_values`); n != len(ids) {
		t.Errorf("%d values were written for %d tasks", n, len(ids))
	}
	if n := pgtest.Query[int](t, url, `SELECT count(*) FROM enrichment_dispatches`); n != 0 {
		t.Errorf("%d dispatch rows are left", n)
	}
}

// A worker that is stopped past its lease and wakes up again has lost its
// claims: what it settles then changes nothing.
func TestStoppedWorkerIsFenced(t *testing.T) {
	url := pgtest.URL(t)
	b := &bench{T: t, url: url, db: pgtest.Open(t, url)}
	sleeper := startWorker(t, url, true)
	id := b.enqueue(1)[0]
	b.until(id, func(task enrich.Task) bool { return task.Status == enrich.Processing })
	if err := sleeper.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	startWorker(t, url, false)
	b.until(id, terminal)
	before := pgtest.Query[string](t, url, `SELECT enrichment_tasks::text FROM enrichment_tasks`)
	if err := sleeper.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := sleeper.Process.Signal(syscall.SIGTERM); err != nil { // it drains, and tries to hand back what it no longer holds
		t.Fatal(err)
	}
	_ = sleeper.Wait()
	if after := pgtest.Query[string](t, url, `SELECT enrichment_tasks::text FROM enrichment_tasks`); after != before {
		t.Errorf("a fenced worker changed the task:\n%s\n%s", before, after)
	}
	if got := b.outcomes(id); got != "crashed completed" {
		t.Errorf("attempts ended %q", got)
	}
}
