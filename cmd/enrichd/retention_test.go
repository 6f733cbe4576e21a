package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A move that is killed again and again, wherever it happens to be, loses nothing
// and writes nothing twice.
func TestRetentionIsKilled(t *testing.T) {
	const tasks = 600
	url, folder := pgtest.URL(t), filepath.Join(t.TempDir(), "archive")
	pgtest.Open(t, url)
	pgtest.Exec(t, url, `WITH made AS (
			INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, status, created_at, completed_at, output)
			SELECT w.pk, 'document', 'd-' || n, 'ocr_extract', 'completed', now() - interval '400 d', now() - interval '399 d' + n * interval '1 s', '{"a": 1}'
			FROM workspaces w, generate_series(1, 600) AS n RETURNING workspace_pk, pk, enrichment_task_id
		), tried AS (
			INSERT INTO enrichment_task_attempts (workspace_pk, task_pk, attempt, worker, started_at, outcome) SELECT workspace_pk, pk, 1, 'w', now(), 'completed' FROM made
		)
		INSERT INTO enrichment_events (workspace_pk, event_type, subject_type, subject_id, created_at)
		SELECT workspace_pk, 'enrichment_task.completed', 'enrichment_task', enrichment_task_id::text, now() - interval '399 d' FROM made`)
	args := []string{"retention", "move", "--database-url", url, "--archive", folder, "--pause", "1ms"}
	kills := 0
	for {
		cmd := enrichd(args)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { // it dies as soon as it has written something: before, in or after its commit
			for before := sizeOf(folder); sizeOf(folder) == before; {
				select {
				case <-ended:
					return
				case <-time.After(time.Millisecond):
				}
			}
			_ = cmd.Process.Kill()
		}()
		err := cmd.Wait()
		close(ended)
		if err == nil {
			break
		}
		if kills++; kills > 200 {
			t.Fatal("it never ends")
		}
	}
	out, errs, code := output(t, enrichd(append(args, "-o", "json"))) // what a busy lock or a kill left
	if code != exitOK || !strings.Contains(out, `"tasks"`) {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	ids := linesOf(t, folder)
	left := pgtest.Query[int](t, url, `SELECT count(*) FROM enrichment_tasks`)
	if len(ids)+left != tasks || left > 1 || kills == 0 { // the task of the last event stays
		t.Errorf("%d in the files and %d in the table, of %d, after %d kills", len(ids), left, tasks, kills)
	}
	if _, errs, code := output(t, enrichd([]string{"retention", "move", "--database-url", url, "--days", "3"})); code != exitUsage {
		t.Errorf("three days: %d %s", code, errs)
	}
}

// sizeOf is how many bytes an archive has.
func sizeOf(folder string) (size int64) {
	files, _ := os.ReadDir(folder)
	for _, f := range files {
		if info, err := f.Info(); err == nil {
			size += info.Size()
		}
	}
	return size
}

// linesOf reads the tasks of every file of an archive; one that stands twice fails.
func linesOf(t *testing.T, folder string) map[int64]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[int64]bool{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for scan := bufio.NewScanner(f); scan.Scan(); {
			var line struct {
				Table string
				Row   struct{ PK int64 }
			}
			if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
				t.Fatalf("%s: %v", scan.Text(), err)
			}
			if line.Table == "enrichment_tasks" && ids[line.Row.PK] {
				t.Errorf("the task %d stands twice", line.Row.PK)
			}
			if line.Table == "enrichment_tasks" {
				ids[line.Row.PK] = true
			}
		}
	}
	return ids
}
