package console

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

// The figures of the console. Each command measures in full and fails below its bar;
// without ENRICHD_FIGURES the same runs on little, and no time is judged. ENRICHD_FIGURES_TASKS
// is how many tasks the list is measured among, for a rehearsal:
//
//	ENRICHD_FIGURES=1 go test -count=1 -timeout 3h -run 'Figures(List|Live|Magic)' -v ./console

// full reports whether figures are made in full.
func full() bool { return os.Getenv("ENRICHD_FIGURES") == "1" }

func sizeOr(small, whole int) int {
	if full() {
		return whole
	}
	return small
}

// share is the length that so many of a hundred do not pass.
func share(list []time.Duration, ofHundred int) time.Duration {
	slices.Sort(list)
	return part(list, ofHundred).Round(10 * time.Microsecond)
}

// judge says a length, and holds it to its bar where figures are made in full.
func judge(t *testing.T, what string, got, most time.Duration) {
	t.Helper()
	t.Logf("%s: %s (at most %s)", what, got, most)
	if full() && got > most {
		t.Errorf("%s: %s, more than %s", what, got, most)
	}
}

// TestFiguresList measures the server's time for lists among ten million tasks, and
// when the list is first painted beside a page that holds nothing, by turns.
func TestFiguresList(t *testing.T) {
	b := setup(t)
	n := sizeOr(5_000, 10_000_000)
	if asked := os.Getenv("ENRICHD_FIGURES_TASKS"); asked != "" && full() {
		n = must(strconv.Atoi(asked))
	}
	began := time.Now()
	pgtest.ManyTasks(t, b.url, n, pgtest.Workspace)
	t.Logf("%d tasks, made in %s", n, time.Since(began).Round(time.Second))
	paths := []string{"/tasks"}
	for _, status := range enrich.Statuses() {
		paths = append(paths, "/tasks?status="+string(status))
		for _, kind := range []string{"ocr_extract", "logo", "monthly_close"} {
			paths = append(paths, "/tasks?status="+string(status)+"&type="+kind)
		}
	}
	paths = append(paths, "/tasks?channel=manual", "/tasks?channel=mcp_hub&status=rejected", "/tasks?entity=company/e-1000",
		fmt.Sprintf("/tasks?batch=00000000-0000-4000-8000-%012d", pgtest.Scattered), "/tasks?older="+url.QueryEscape("2024-02-01T00:00:00Z|00000000-0000-4000-8000-000000000000"), "/", "/health")
	var took []time.Duration
	worst, of := time.Duration(0), ""
	for range sizeOr(1, 20) {
		for _, path := range paths {
			began := time.Now()
			b.shows(path)
			took = append(took, time.Since(began))
			if last := took[len(took)-1]; last > worst {
				worst, of = last, path
			}
		}
	}
	t.Logf("%d pages: half within %s, the longest %s: %s", len(took), share(took, 50), worst, of)
	judge(t, "95 of 100 pages", share(took, 95), 100*time.Millisecond)
	mux := http.NewServeMux()
	mux.Handle("/", b.handler)
	mux.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><title>x</title><body><p>nothing</p>`)
	})
	tab := openTab(t, chromium(t), mux)
	painted := map[string][]time.Duration{}
	for range sizeOr(2, 30) {
		for _, path := range []string{"/empty", "/tasks"} {
			tab.visit(path)
			tab.until("is painted", `performance.getEntriesByName("first-contentful-paint").length`)
			at := evaluate[float64](tab, `performance.getEntriesByName("first-contentful-paint")[0].startTime`)
			painted[path] = append(painted[path], time.Duration(at*float64(time.Millisecond)))
		}
	}
	judge(t, "first paint of the list, after that of an empty page", share(painted["/tasks"], 50)-share(painted["/empty"], 50), 100*time.Millisecond)
}

// counting is a store that knows how often it is asked what happened last.
type counting struct {
	*postgres.DB
	asked atomic.Int64
}

func (c *counting) LastEvent(ctx context.Context, workspaceID string) (int64, error) {
	c.asked.Add(1)
	return c.DB.LastEvent(ctx, workspaceID)
}

// TestFiguresLive has many streams and some tabs follow a workspace in which five
// tasks a second are made: how long until each stream, and the page of each tab, has
// what happened. With no tab in view, and nobody left, nothing is asked.
func TestFiguresLive(t *testing.T) {
	b := setup(t)
	store := &counting{DB: b.db}
	handler := Handler(Options{Store: store, Triggers: trigger.New(nil), Workspace: pgtest.Workspace})
	streams, tabs, events := sizeOr(20, 200), sizeOr(2, 3), sizeOr(5, 150)
	in := chromium(t)
	open := make([]browser, tabs)
	for i := range open {
		open[i] = openTab(t, in, handler)
		open[i].visit("/tasks")
		evaluate[int](open[i], `(window.seen = {}, new MutationObserver(() => {
			for (const a of document.querySelectorAll('th > a[href^="/tasks/"]')) window.seen[a.getAttribute("href").slice(7)] ??= Date.now();
		}).observe(document.body, { childList: true, subtree: true }), 0)`)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	var mu sync.Mutex
	heard := make([]map[string]time.Time, streams)
	var group sync.WaitGroup
	for i := range streams {
		heard[i] = map[string]time.Time{}
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+livePath, nil)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			defer answer.Body.Close()
			for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
				if place, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					mu.Lock()
					heard[i][place] = time.Now()
					mu.Unlock()
				}
			}
		})
	}
	made := map[string]time.Time{} // by the place that it has
	ids := map[string]time.Time{}
	for n := range events {
		task := b.enqueue(enrich.Request{EntityType: record.EntityCompany, EntityID: fmt.Sprint("live-", n), Type: enrich.Logo})
		at := time.Now()
		place, err := b.db.LastEvent(ctx, pgtest.Workspace)
		if err != nil {
			t.Fatal(err)
		}
		made[fmt.Sprint(place)], ids[task.ID] = at, at
		time.Sleep(200 * time.Millisecond) // five a second
	}
	last := fmt.Sprint(must(b.db.LastEvent(ctx, pgtest.Workspace)))
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end) && !allHeard(&mu, heard, last); {
		time.Sleep(10 * time.Millisecond)
	}
	var told, drawn []time.Duration
	mu.Lock()
	for _, one := range heard {
		told = append(told, delays(made, one)...)
	}
	mu.Unlock()
	for _, tab := range open {
		tab.until("shows the last", fmt.Sprintf("Object.keys(window.seen).length >= %d || document.hidden", min(events, pageSize)))
		for id, at := range evaluate[map[string]int64](tab, "window.seen") {
			if began, ours := ids[id]; ours {
				drawn = append(drawn, time.UnixMilli(at).Sub(began))
			}
		}
	}
	if len(told) < streams*events/4 || len(drawn) < tabs {
		t.Fatalf("%d of %d were told, %d drawn", len(told), streams*events, len(drawn))
	}
	t.Logf("%d streams heard %d times: half within %s; %d tabs drew %d times: half within %s", streams, len(told), share(told, 50), tabs, len(drawn), share(drawn, 50))
	judge(t, "99 of 100 to a stream", share(told, 99), time.Second)
	judge(t, "99 of 100 to a page", share(drawn, 99), time.Second)
	leave()
	group.Wait()
	for _, tab := range open { // as the browser does for a tab behind another one
		evaluate[int](tab, `(Object.defineProperty(document, "hidden", { value: true }), document.dispatchEvent(new Event("visibilitychange")), 0)`)
	}
	time.Sleep(2 * liveLook) // the last look may be on its way
	before := store.asked.Load()
	time.Sleep(8 * liveLook)
	if n := store.asked.Load() - before; n != 0 {
		t.Errorf("with no tab in view it was asked %d times", n)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func allHeard(mu *sync.Mutex, heard []map[string]time.Time, place string) bool {
	mu.Lock()
	defer mu.Unlock()
	return !slices.ContainsFunc(heard, func(one map[string]time.Time) bool { return one[place].IsZero() })
}

// delays are how long each place took until it, or a later one, was heard: a stream
// tells the newest only.
func delays(made, heard map[string]time.Time) (list []time.Duration) {
	places := slices.SortedFunc(maps.Keys(made), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	for i, place := range places {
		var first time.Time
		for _, later := range places[i:] {
			if at, ok := heard[later]; ok && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
		if !first.IsZero() {
			list = append(list, max(0, first.Sub(made[place])))
		}
	}
	return list
}

// timed is a store that knows its last press, and how long it took.
type timed struct {
	*postgres.DB
	last atomic.Pointer[postgres.Press]
	took atomic.Int64
}

func (s *timed) Press(ctx context.Context, workspaceID string, p postgres.Press) (postgres.Pressed, error) {
	began := time.Now()
	defer func() { s.last.Store(&p); s.took.Store(int64(time.Since(began))) }()
	return s.DB.Press(ctx, workspaceID, p)
}

// TestFiguresMagic presses Magic on ten thousand records, over HTTP: what the console
// adds to the engine's own time in the same press, from the sending of the form until the
// page of the batch is there, whole. By turns, and into tables that are as empty, the
// engine makes the same press alone; and a Chromium presses the button.
func TestFiguresMagic(t *testing.T) {
	b := setup(t)
	n := sizeOr(300, 10_000)
	pgtest.Exec(t, b.url, `INSERT INTO companies (company_id, workspace_pk, name) SELECT 'c-' || g, w.pk, 'Company ' || g FROM workspaces w, generate_series(1, $2::int) g WHERE w.workspace_id = $1`, pgtest.Workspace, n)
	pgtest.Exec(t, b.url, `ANALYZE companies`)
	store := &timed{DB: b.db}
	server := httptest.NewServer(Handler(Options{Store: store, Triggers: trigger.New(nil), Workspace: pgtest.Workspace}))
	defer server.Close()
	tab := openTab(t, chromium(t), server.Config.Handler)
	var engine, added, alone, drawn []time.Duration
	byConsole := func() {
		began := time.Now()
		answer, err := http.PostForm(server.URL+"/magic", url.Values{"of": {record.EntityCompany}, "do": {string(enrich.Logo)}})
		if err != nil {
			t.Fatal(err)
		}
		body := string(must(io.ReadAll(answer.Body)))
		whole, pressed := time.Since(began), time.Duration(store.took.Load())
		_ = answer.Body.Close()
		engine, added = append(engine, pressed), append(added, whole-pressed)
		if answer.StatusCode != http.StatusOK || !strings.Contains(body, "Batch <code>") || !strings.Contains(strings.ReplaceAll(body, "\u202f", ""), fmt.Sprintf("= %d</li>", n)) {
			t.Fatalf("%d\n%s", answer.StatusCode, body)
		}
	}
	byEngine := func() {
		began := time.Now()
		must(b.db.Press(context.Background(), pgtest.Workspace, *store.last.Load()))
		alone = append(alone, time.Since(began))
	}
	byBrowser := func() {
		tab.visit("/magic?of=company&do=logo")
		evaluate[int](tab, `(setTimeout(() => document.querySelector('form[method="post"] .yes').click()), 0)`)
		tab.until("shows the batch", `location.pathname.startsWith("/batches/") && performance.getEntriesByType("navigation")[0].loadEventEnd > 0`)
		whole := evaluate[float64](tab, `performance.getEntriesByType("navigation")[0].loadEventEnd`) // since the click, with the redirect
		drawn = append(drawn, time.Duration(whole*float64(time.Millisecond))-time.Duration(store.took.Load()))
	}
	for round := range sizeOr(2, 20) {
		turns := []func(){byConsole, byEngine, byBrowser}
		if round%2 > 0 {
			slices.Reverse(turns)
		}
		for _, turn := range turns {
			tab.visit("/signin") // which asks the store for nothing
			pgtest.Exec(t, b.url, `TRUNCATE enrichment_tasks, enrichment_events, enrichment_batches CASCADE`)
			turn()
			if made := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_tasks`); made != n {
				t.Fatalf("%d of %d tasks", made, n)
			}
		}
	}
	t.Logf("%d records: the engine's own time %s within the press, %s alone", n, share(engine, 50), share(alone, 50))
	t.Logf("a Chromium, from the click until its load event, adds half of the time within %s, 95 of 100 times within %s", share(drawn, 50), share(drawn, 95))
	judge(t, "what the console adds to half of the presses", share(added, 50), 50*time.Millisecond)
	judge(t, "what it adds to 95 of 100 presses", share(added, 95), 50*time.Millisecond)
}
