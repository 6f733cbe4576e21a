package console

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/monthly"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// The five moments that the console is for, each by keyboard alone.
func TestMomentsInChromium(t *testing.T) {
	in := chromium(t)
	for name, moment := range map[string]func(*testing.T, context.Context){
		"press Magic and watch the batch": pressMagic,
		"why did this task fail":          whyItFailed,
		"approve or reject a match":       approveMatches,
		"close a month":                   closeMonth,
		"is the pipeline healthy":         isItHealthy,
	} {
		t.Run(name, func(t *testing.T) { moment(t, in) })
	}
}

func pressMagic(t *testing.T, in context.Context) {
	b := setup(t)
	doc := b.document("moulin.xml").ID
	for _, id := range []string{"c-1", "c-2", "c-3"} {
		b.know(record.EntityCompany, id, doc, map[string]string{"name": "Company " + id})
	}
	b.know(record.EntityCompany, "c-4", doc, map[string]string{"name": "Known", "domain": "known.example"})
	b.enqueue(enrich.Request{EntityType: record.EntityCompany, EntityID: "c-9", Type: enrich.Logo})
	tab := openTab(t, in, b.handler)
	tab.visit("/")
	tab.tabTo("Magic: enrich")
	tab.keys(kb.Enter)
	tab.reads("What to do")
	tab.tabTo("Which")
	tab.keys("T", "h") // "Those without: …", the first of them
	tab.tabTo("Find logo")
	tab.keys(" ")
	tab.tabTo("Preview")
	tab.keys(kb.Enter)
	tab.reads("4 tasks would start")
	if open := b.openTasks(enrich.Logo); open != 1 {
		t.Errorf("a preview made %d tasks", open-1)
	}
	tab.tabTo("Start 4 tasks")
	tab.keys(kb.Enter)
	tab.reads("Waiting 4")
	if at := tab.path(); !strings.HasPrefix(at, "/batches/") {
		t.Errorf("a press leads to %s", at)
	}
	// The page hears of what happens while somebody looks.
	b.settleLogo()
	b.settleLogo()
	tab.reads("Done 1")
}

// openTasks counts tasks of a kind that wait.
func (b bench) openTasks(kind enrich.Type) int64 {
	b.Helper()
	counts, err := b.db.Counts(context.Background(), pgtest.Workspace, kind, 1000)
	if err != nil {
		b.Fatal(err)
	}
	return counts[string(enrich.Pending)]
}

// settleLogo completes the logo task that is due first.
func (b bench) settleLogo() {
	b.Helper()
	claims, err := b.db.Claim(context.Background(), b.worker, []enrich.Type{enrich.Logo}, 1)
	if err != nil || len(claims) != 1 {
		b.Fatalf("claims: %+v, %v", claims, err)
	}
	if _, err := b.db.Settle(context.Background(), "worker-1", []enrich.Settlement{{Claim: claims[0], To: enrich.Completed, Outcome: enrich.OutcomeCompleted}}); err != nil {
		b.Fatal(err)
	}
}

func whyItFailed(t *testing.T, in context.Context) {
	b := setup(t)
	b.enqueue(enrich.Request{EntityType: record.EntityDocument, EntityID: "d-1", Type: enrich.OCRExtract})
	b.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "malformed: The file ends early.", Detail: "line 22, column 4"})
	tab := openTab(t, in, b.handler)
	tab.visit("/")
	tab.tabTo("The file ends early.")
	tab.keys(kb.Enter) // one step from anywhere to the answer
	tab.reads("Could not finish")
	tab.reads("The file ends early. malformed")
	tab.reads("Failed for good")
	tab.tabTo("What it said")
	tab.keys(kb.Enter)
	tab.reads("line 22, column 4")
}

func isItHealthy(t *testing.T, in context.Context) {
	b := setup(t)
	b.enqueue(enrich.Request{EntityType: record.EntityCompany, EntityID: "c-1", Type: enrich.Logo})
	tab := openTab(t, in, b.handler)
	tab.visit("/tasks")
	tab.tabTo("Health")
	tab.keys(kb.Enter)
	tab.reads("1 of 1 alive")
	tab.reads("Find logo")
	tab.reads("Oldest waiting")
}

// approveMatches decides by single keys: none of them needs the form to be walked.
func approveMatches(t *testing.T, in context.Context) {
	k := openTill(t)
	many := 8 // with ENRICHD_FIGURES as many as a person has on a bad day
	if os.Getenv("ENRICHD_FIGURES") != "" {
		many = 50
	}
	tasks := map[string]enrich.Task{}
	for range many {
		task, _ := k.propose()
		tasks["/approvals/"+task.ID] = task
	}
	tab := openTab(t, in, k.handler)
	tab.visit("/approvals")
	tab.keys("j", kb.Enter)
	began := time.Now()
	seen := map[string]bool{}
	for n := range many {
		tab.reads("Your decision")
		seen[tab.path()] = true
		tab.keys("a")
		tab.reads("Approved by console")
		if n < many-1 {
			tab.keys("n")
		}
	}
	t.Logf("%d matches approved by keyboard in %s", many, time.Since(began).Round(time.Millisecond))
	if len(seen) != many {
		t.Errorf("looked at %d proposals, want %d", len(seen), many)
	}
	for path, task := range tasks {
		if d := k.decisions(task, 1); !seen[path] || d[0].Verdict != enrich.Approve {
			t.Errorf("%s: %+v", path, d)
		}
	}
	// What was decided within its grace is undone by one key.
	last := tasks[tab.path()]
	tab.keys("u")
	tab.reads("Undone")
	if d := k.decisions(last, 1)[0]; d.State != enrich.DecisionWithdrawn {
		t.Errorf("after u: %+v", d)
	}
	// What changed since it came on the screen is refused, with what it is now.
	pgtest.Exec(t, k.url, `UPDATE enrichment_tasks SET output = output || '{"seen":"something else"}' WHERE enrichment_task_id = $1`, last.ID)
	tab.keys("a")
	tab.reads("The proposal changed")
	k.decisions(last, 1)
	// A letter in the reason is a letter.
	tab.tabTo("Reason")
	tab.keys("a", "r")
	if got := evaluate[string](tab, "document.activeElement.value"); got != "ar" {
		t.Errorf("the reason is %q", got)
	}
	k.decisions(last, 1)
	tab.keys(kb.Tab, kb.Tab, kb.Enter) // Approve, Reject
	tab.reads("Rejected by console")
	tab.reads("ar")
}

// closeMonth prepares a month as one person and signs it off as another.
func closeMonth(t *testing.T, in context.Context) {
	b := setup(t)
	engine := dispatch.New(dispatch.Options{
		Queue: b.db, Kinds: []enrich.Kind{&monthly.Close{Records: b.db}},
		FollowUps: func(enrich.Claim, []enrich.Occasion) ([]enrich.Request, error) { return nil, nil },
	})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = engine.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	scopes := []string{scopeWrite, scopeSignOff} // closers, who need not approve
	h := keyed(b, map[string]postgres.Key{
		"ada-key": {ID: "k-1", Name: "Ada", WorkspaceID: pgtest.Workspace, Holder: person, Scopes: scopes},
		"bob-key": {ID: "k-2", Name: "Bob", WorkspaceID: pgtest.Workspace, Holder: person, Scopes: scopes},
	})
	tab := openTab(t, in, h)
	tab.signIn("ada-key", "/close")
	tab.tabTo("Close the month")
	month := evaluate[string](tab, "document.activeElement.value")
	tab.keys(kb.Enter)
	tab.reads("Nothing stands in the way.")
	tab.reads("You prepared it: somebody else signs it off.")
	at := tab.path()
	if at != "/close/"+month {
		t.Errorf("the close of %s is at %s", month, at)
	}
	tab.tabTo("Sign out")
	tab.keys(kb.Enter)
	tab.reads("With an API key of your workspace.")
	tab.signIn("bob-key", at)
	tab.tabTo("A word for the record")
	tab.keys("o", "k", kb.Tab, kb.Enter)
	tab.reads("Signed off by Bob")
	found, err := b.db.ListCloses(t.Context(), pgtest.Workspace, postgres.ListQuery{Size: 1})
	if err != nil || found.Records[0].SignOff == nil || found.Records[0].SignOff.SignedBy != "Bob" || found.Records[0].SignOff.Note != "ok" {
		t.Errorf("%+v, %v", found, err)
	}
}

// signIn shows a key at the door of a page.
func (b browser) signIn(key, path string) {
	b.Helper()
	b.visit(path)
	b.until("asks for a key", `document.activeElement.id === "key"`)
	for _, letter := range key {
		b.keys(string(letter))
	}
	b.keys(kb.Enter)
	b.until("signed in", "location.pathname === '"+path+"'")
}
