package history_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/history"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// bench is a database with work that settled, and an archive.
type bench struct {
	*testing.T
	url    string
	db     *postgres.DB
	store  *postgres.History
	folder string
}

// setup presses a batch of documents, of which some settle, and opens a history.
func setup(t *testing.T, pressed, settled int) bench {
	t.Helper()
	ctx, url := context.Background(), pgtest.URL(t)
	b := bench{T: t, url: url, db: pgtest.Open(t, url), folder: filepath.Join(t.TempDir(), "archive")}
	press := postgres.Press{EntityType: "document", Fingerprint: "sha256:press", Content: json.RawMessage(`{}`), By: "a person"}
	for i := range pressed {
		press.EntityIDs = append(press.EntityIDs, fmt.Sprintf("d-%d", i))
	}
	press.Requests = func(target postgres.Target) ([]enrich.Request, error) {
		input := json.RawMessage(fmt.Sprintf(`{"document_id":%q,"big":12345678901234567890.10}`, target.ID))
		hash, err := enrich.Fingerprint{Type: enrich.OCRExtract, Input: input, KindVersion: 1}.Hash()
		return []enrich.Request{{EntityType: "document", EntityID: target.ID, Type: enrich.OCRExtract, Input: input, Hash: hash}}, err
	}
	if _, err := b.db.Press(ctx, pgtest.Workspace, press); err != nil {
		t.Fatal(err)
	}
	b.work(settled)
	var err error
	if b.store, err = postgres.OpenHistory(ctx, url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.store.Close)
	return b
}

// work settles so many tasks.
func (b bench) work(n int) {
	b.Helper()
	ctx := context.Background()
	worker, err := b.db.Register(ctx, "worker-1", []enrich.Type{enrich.OCRExtract})
	if err != nil {
		b.Fatal(err)
	}
	for done := 0; done < n; {
		claims, err := b.db.Claim(ctx, worker, []enrich.Type{enrich.OCRExtract}, n-done)
		if err != nil || len(claims) == 0 {
			b.Fatal("nothing to claim: ", err)
		}
		var settlements []enrich.Settlement
		for _, c := range claims {
			settlements = append(settlements, enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Output: []byte(`{"_outcome":"ok"}`), Description: "a < b"})
		}
		if _, err := b.db.Settle(ctx, "worker-1", settlements); err != nil {
			b.Fatal(err)
		}
		done += len(claims)
	}
}

func (b bench) move() int {
	b.Helper()
	n, err := history.Move(context.Background(), history.Options{Store: b.store, Folder: b.folder, Before: time.Now().Add(time.Hour), Most: 7})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// file is the one file of the archive.
func (b bench) file() string {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(b.folder, "*.jsonl"))
	if err != nil || len(files) != 1 {
		b.Fatalf("the archive holds %v, %v", files, err)
	}
	return files[0]
}

// archived counts the lines of each table; a line that stands twice fails.
func (b bench) archived() map[string]int {
	b.Helper()
	f, err := os.Open(b.file())
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	counts, seen := map[string]int{}, map[string]bool{}
	for scan := bufio.NewScanner(f); scan.Scan(); {
		var line postgres.HistoryLine
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil || seen[scan.Text()] {
			b.Fatalf("line %q: %v", scan.Text(), err)
		}
		seen[scan.Text()] = true
		counts[line.Table]++
	}
	return counts
}

// rows is everything that moves, as one text.
func (b bench) rows() string {
	b.Helper()
	return pgtest.Query[string](b.T, b.url, `SELECT concat_ws(E'\n', (SELECT string_agg(t::text, E'\n' ORDER BY pk) FROM enrichment_tasks t),
		(SELECT string_agg(a::text, E'\n' ORDER BY pk) FROM enrichment_task_attempts a), (SELECT string_agg(e::text, E'\n' ORDER BY pk) FROM enrichment_events e))`)
}

// fits fails where tasks, dispatch rows and counters do not fit together.
func (b bench) fits() {
	b.Helper()
	found, err := b.db.Examine(context.Background(), false)
	if err != nil || len(found) != 0 {
		b.Errorf("the doctor finds %+v, %v", found, err)
	}
}

// What settled goes out with its attempts and events, what is open stays, the batch
// still knows all of it, and a restore brings back each row as it was.
func TestMovedAndRestored(t *testing.T) {
	b, ctx := setup(t, 40, 33), context.Background()
	if _, err := b.db.LastEvent(ctx, pgtest.Workspace); err != nil { // events have their place: it moves with them
		t.Fatal(err)
	}
	before := b.rows()
	moved := b.move()
	left := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_tasks`)
	if got := b.archived(); moved != 32 && moved != 33 || left != 40-moved || got["enrichment_tasks"] != moved || got["enrichment_task_attempts"] != moved || got["enrichment_events"] != 3*moved {
		t.Errorf("%d moved, %d left, in the file: %v", moved, left, got)
	}
	b.fits()
	if got := pgtest.Query[int](t, b.url, `SELECT total - open FROM enrichment_batches`); got != 33 {
		t.Errorf("the batch counts %d as done", got)
	}
	last, err := b.db.LastEvent(ctx, pgtest.Workspace)
	if err != nil || last < int64(3*moved) {
		t.Errorf("the order of events starts anew: %d, %v", last, err)
	}
	if again := b.move(); again != 0 {
		t.Errorf("%d moved again", again)
	}
	file := b.file()
	if n, err := history.Restore(ctx, b.store, file); err != nil || n != moved {
		t.Fatalf("restored %d, %v", n, err)
	}
	if got := b.rows(); got != before {
		t.Errorf("after the restore:\n%s\nbefore:\n%s", got, before)
	}
	b.fits()
	if err := os.Rename(file+".restored", file); err != nil {
		t.Fatal(err)
	}
	if _, err := history.Restore(ctx, b.store, file); enrich.CodeOf(err) != enrich.CodeNotFound {
		t.Errorf("a second restore of one file: %v", err)
	}
}

// A step that fails after its rows are on the disk leaves a tail that does not
// count: the next one writes over it.
func TestATailThatDidNotCommit(t *testing.T) {
	b, ctx := setup(t, 20, 20), context.Background()
	key, id, err := b.store.Workspace(ctx, 0)
	if err != nil || id != pgtest.Workspace {
		t.Fatal(id, err)
	}
	if err := b.store.PlaceEvents(ctx, key); err != nil {
		t.Fatal(err)
	}
	name := "history-" + pgtest.Workspace + "-" + time.Now().UTC().Format(time.DateOnly) + ".jsonl"
	cut := errors.New("cut off")
	_, err = b.store.Step(ctx, postgres.Move{Workspace: key, File: name, Before: time.Now().Add(time.Hour), Most: 10}, func(file string, from int64, rows io.WriterTo) (int64, error) {
		if err := os.MkdirAll(b.folder, 0o750); err != nil {
			return 0, err
		}
		f, err := os.Create(filepath.Join(b.folder, file))
		if err != nil {
			return 0, err
		}
		defer f.Close()
		if _, err := rows.WriteTo(f); err != nil {
			return 0, err
		}
		return 0, cut
	})
	if !errors.Is(err, cut) || pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_tasks`) != 20 {
		t.Fatal("the step was not undone: ", err)
	}
	if got := b.archived(); got["enrichment_tasks"] < 9 {
		t.Fatalf("the cut step wrote %v", got)
	}
	moved := b.move()
	if got := b.archived(); got["enrichment_tasks"] != moved || moved < 19 {
		t.Errorf("%d moved, in the file: %v", moved, got)
	}
}

// A file that lost what the database counts on stops the move before a row goes.
func TestADamagedArchiveStopsTheMove(t *testing.T) {
	b := setup(t, 30, 15)
	moved := b.move()
	if err := os.Truncate(b.file(), 10); err != nil {
		t.Fatal(err)
	}
	b.work(15)
	_, err := history.Move(context.Background(), history.Options{Store: b.store, Folder: b.folder, Before: time.Now().Add(time.Hour)})
	if left := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_tasks`); err == nil || left != 30-moved || !strings.Contains(err.Error(), "must have") {
		t.Errorf("%d left: %v", left, err)
	}
	if _, err := history.Restore(context.Background(), b.store, b.file()); err == nil {
		t.Error("a damaged file was restored")
	}
}

// What others look at stays.
func TestWhatStays(t *testing.T) {
	for name, stays := range map[string]string{
		"young":           `UPDATE enrichment_tasks SET completed_at = now() + interval '2 h'`,
		"a close":         `UPDATE enrichment_tasks SET enrichment_type = 'monthly_close'`,
		"the last score":  `UPDATE enrichment_tasks SET enrichment_type = 'provider_score'`,
		"decided":         `INSERT INTO enrichment_decisions (workspace_pk, task_pk, verdict, reviewed_hash, decided_by, state, effective_at) SELECT workspace_pk, pk, 'approve', '', 'a person', 'applied', now() FROM enrichment_tasks`,
		"not told yet":    `INSERT INTO webhook_endpoints (workspace_pk, url, event_types, secret, cursor) SELECT pk, 'https://example.com', '{*}', 'whsec_', 0 FROM workspaces`,
		"its child is up": `INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, parent_task_pk) SELECT workspace_pk, 'document', 'c', 'logo', pk FROM enrichment_tasks`,
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, 3, 3)
			pgtest.Exec(t, b.url, `DO $$ BEGIN PERFORM set_config('session_replication_role', 'replica', true); `+stays+`; END $$`)
			if moved := b.move(); moved != 0 {
				t.Errorf("%d moved: %v", moved, maps.Clone(b.archived()))
			}
		})
	}
}

// Two at once are refused.
func TestOneMoveAtATime(t *testing.T) {
	b := setup(t, 1, 0)
	if _, err := postgres.OpenHistory(context.Background(), b.url); enrich.CodeOf(err) != enrich.CodeHistoryBusy {
		t.Errorf("a second history: %v", err)
	}
}
