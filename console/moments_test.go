package console

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// The five moments that the console is for, each by keyboard alone.
func TestMomentsInChromium(t *testing.T) {
	for name, moment := range map[string]func(*testing.T){
		"press Magic and watch the batch": pressMagic,
		"why did this task fail":          whyItFailed,
		"is the pipeline healthy":         isItHealthy,
	} {
		t.Run(name, moment)
	}
}

func pressMagic(t *testing.T) {
	b := setup(t)
	doc := b.document("moulin.xml").ID
	for _, id := range []string{"c-1", "c-2", "c-3"} {
		b.know(record.EntityCompany, id, doc, map[string]string{"name": "Company " + id})
	}
	b.know(record.EntityCompany, "c-4", doc, map[string]string{"name": "Known", "domain": "known.example"})
	b.enqueue(enrich.Request{EntityType: record.EntityCompany, EntityID: "c-9", Type: enrich.Logo})
	tab := openBrowser(t, b.handler)
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

func whyItFailed(t *testing.T) {
	b := setup(t)
	b.enqueue(enrich.Request{EntityType: record.EntityDocument, EntityID: "d-1", Type: enrich.OCRExtract})
	b.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "malformed: The file ends early.", Detail: "line 22, column 4"})
	tab := openBrowser(t, b.handler)
	tab.visit("/")
	tab.tabTo("malformed")
	tab.keys(kb.Enter) // one step from anywhere to the answer
	tab.reads("Could not finish")
	tab.reads("malformed: The file ends early.")
	tab.reads("Failed for good")
	tab.tabTo("What it said")
	tab.keys(kb.Enter)
	tab.reads("line 22, column 4")
}

func isItHealthy(t *testing.T) {
	b := setup(t)
	b.enqueue(enrich.Request{EntityType: record.EntityCompany, EntityID: "c-1", Type: enrich.Logo})
	tab := openBrowser(t, b.handler)
	tab.visit("/tasks")
	tab.tabTo("Health")
	tab.keys(kb.Enter)
	tab.reads("1 of 1 alive")
	tab.reads("Find logo")
	tab.reads("Oldest waiting")
}
