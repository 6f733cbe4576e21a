package console

import (
	"context"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// axeFile is the rules that pages are held to; make test fetches it.
const axeFile = "../tests/browser/node_modules/axe-core/axe.min.js"

// conformance are the rules of WCAG 2.2, levels A and AA; colours those of them
// that depend on the theme.
const (
	conformance = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]`
	colours     = `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`
	faultsOf    = `.then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.html.slice(0, 160) + " " + n.failureSummary.slice(0, 200))))`
)

func readAxe(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile(axeFile)
	if err != nil {
		t.Fatalf("%v: fetch it with make test, or with npm ci in tests/browser", err)
	}
	return string(script)
}

// The rules themselves must be at work: a page that breaks them in each theme is seen.
func TestRulesCatchWhatBreaksThem(t *testing.T) {
	axe := readAxe(t)
	b := openTab(t, chromium(t), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><title>x</title><style>@media (prefers-color-scheme: dark) { p { color: #333; background: #222 } }</style>
			<body><main><h1>x</h1><p>dark on dark</p><img src="data:,"><div style="width: 50rem">wide</div></main>`)
	}))
	b.visit("/")
	faults := b.faults(axe)
	if got := strings.Join(faults, "\n"); !strings.Contains(got, "light, image-alt") || !strings.Contains(got, "dark, color-contrast") || strings.Contains(got, "light, color-contrast") {
		t.Errorf("found only:\n%s", got)
	}
	b.do(chromedp.EmulateViewport(320, 640))
	if over := evaluate[int](b, beyond); over < 100 {
		t.Errorf("a page that is too wide is %d pixels over", over)
	}
}

// emptyPages are those that there are without any data.
func emptyPages() []string {
	return []string{
		"/", "/magic", "/magic?of=document&do=ocr_extract", "/tasks", "/tasks?status=failed", "/batches", "/approvals", "/invoices", "/bank", "/companies", "/people", "/close",
		"/health", "/workers", "/providers", "/cost", "/search", "/search?q=nobody", "/errors", "/activity", "/columns", "/settings", "/nope",
	}
}

// Every page keeps the rules in both themes, fits narrow windows, and weighs little.
func TestPagesInChromium(t *testing.T) {
	axe, in := readAxe(t), chromium(t)
	empty := setup(t)
	full, pages := furnish(t)
	for name, c := range map[string]struct {
		bench
		paths []string
	}{"without data": {empty, emptyPages()}, "with data": {full, append(emptyPages(), pages...)}} {
		t.Run(name, func(t *testing.T) {
			b := openTab(t, in, c.handler)
			for _, path := range c.paths {
				b.visit(path)
				b.weighs(path)
				b.keepsRules(path, axe)
				b.fits(path)
			}
			b.speaks("fr")
			for _, path := range c.paths {
				b.visit(path)
				b.weighs(path)
				b.keepsRules(path+" in French", axe, "light") // colours are the same
				b.fits(path + " in French")
			}
		})
	}
	t.Run("sign in", func(t *testing.T) {
		b := openTab(t, in, locked(empty))
		b.visit("/signin")
		b.keepsRules("/signin", axe)
		b.fits("/signin")
	})
}

// speaks chooses a language, as its person would in the settings.
func (b browser) speaks(code string) {
	b.Helper()
	b.visit("/settings")
	b.until("chooses", `document.getElementById("language").value = "`+code+`"`)
	b.until("keeps it", `document.querySelector("form[action='/language']").submit() ?? true`)
	b.until("speaks it", `document.documentElement.lang === "`+code+`"`)
}

// keepsRules wants a page without a fault.
func (b browser) keepsRules(path, axe string, themes ...string) {
	b.Helper()
	for _, fault := range b.faults(axe, themes...) {
		b.Errorf("%s, %s", path, fault)
	}
}

// faults runs the rules in both themes, unless some are named: the theme, the rule and the place of each.
func (b browser) faults(axe string, themes ...string) (list []string) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Evaluate[any](axe+"; null")(ctx, target)
		return err
	}))
	// All rules look at one theme, those of colours at the other; with ENRICHD_FIGURES all do at both.
	for theme, rules := range map[string]string{"light": conformance, "dark": colours} {
		if os.Getenv("ENRICHD_FIGURES") != "" {
			rules = conformance
		} else if len(themes) > 0 && !slices.Contains(themes, theme) {
			continue
		}
		b.prefers(map[string]string{"prefers-color-scheme": theme})
		for _, fault := range evaluate[[]string](b, "axe.run(document, {runOnly: "+rules+`, resultTypes: ["violations"]})`+faultsOf) {
			list = append(list, theme+", "+fault)
		}
	}
	b.prefers(nil)
	return list
}

// beyond is how many pixels of a page lie beyond its right edge.
const beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

// fits wants no page wider than its window: on a telephone, at twice the size, with forced colours and less motion.
func (b browser) fits(path string) {
	b.Helper()
	b.prefers(map[string]string{"forced-colors": "active", "prefers-reduced-motion": "reduce"})
	b.do(chromedp.EmulateViewport(320, 640))
	if over := evaluate[int](b, beyond); over > 0 {
		b.Errorf("%s: %d pixels over the edge of 320", path, over)
	}
	if moving := evaluate[int](b, "document.getAnimations().length"); moving > 0 {
		b.Errorf("%s: %d things move for somebody who wants less of it", path, moving)
	}
	b.do(chromedp.EmulateViewport(640, 400, chromedp.EmulateScale(2)))
	if over := evaluate[int](b, beyond); over > 0 {
		b.Errorf("%s: %d pixels over the edge at 200 %%", path, over)
	}
	b.do(chromedp.EmulateViewport(1280, 800))
	b.prefers(nil)
}

// The bounds of one page, in bytes over the wire and in requests.
const (
	mostBytes    = 60_000
	mostRequests = 5
)

func (b browser) weighs(path string) {
	b.Helper()
	if asked := b.requests(); len(asked) > mostRequests && !strings.Contains(strings.Join(asked, " "), "/pages/") {
		b.Errorf("%s: %d requests: %v", path, len(asked), asked)
	}
	if foreign := b.foreign(); len(foreign) > 0 {
		b.Errorf("%s asks others: %v", path, foreign)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if *b.weight > mostBytes || *b.weight < 1000 {
		b.Errorf("%s: %.0f bytes", path, *b.weight)
	}
}

// closed closes a month and leaves it with everything that a close can show.
func (b bench) closed(month string) {
	b.Helper()
	task := b.enqueue(closeRequest(postgres.Key{WorkspaceID: pgtest.Workspace, Name: "Ada"}, month))
	closer, err := b.db.Register(b.Context(), "closer", []enrich.Type{enrich.MonthlyClose})
	if err != nil {
		b.Fatal(err)
	}
	claim := claimFor(b.T, b.db, closer, "", enrich.MonthlyClose)
	held, err := b.db.Settle(b.Context(), "closer", []enrich.Settlement{{Claim: claim, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Output: []byte(`{"record_id":"` + month + `","verdict":"blocked",
		"blockers":[{"check":"has_invoice","code":"NO_INVOICE","amount":"12.00","currency":"EUR","words":"no invoice for the payment","subtask":"` + task.ID + `"},{"check":"vat","code":"VAT","amount":"3.00","currency":"EUR"}],
		"counts":{"counterparties":3,"ready":1,"waived":1,"blocked":1},"totals":{"EUR":{"spend":"1200.00","documented":"900.00"}},"dropped_groups":{"transfer":2},
		"waivers":[{"counterparty":"EDF","check":"posted","amount":"1.00","currency":"EUR","reason":"late","by":"Ada","at":"2026-11-01"}],
		"partition":{"transactions":4,"documents":3},"snapshot":{"hash":"abc"},"from_ready":{"words":"one document and one decision away"}}`)}})
	if err != nil || !held[claim.Token] {
		b.Fatalf("settle: %v, %v", held, err)
	}
}

// furnish makes a console in which every kind of page has something to show.
func furnish(t *testing.T) (bench, []string) {
	k := openTill(t)
	asked, _ := k.propose()
	decided, _ := k.propose()
	k.press("/approvals/"+decided.ID, "approve")
	back, twins := k.proposeTakeback(), k.proposeDouble()
	failed := k.enqueue(enrich.Request{EntityType: "document", EntityID: "gone", Type: enrich.OCRExtract})
	k.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "malformed: The file ends early.", Detail: "line 22"})
	doc := k.document("fournil.xml").ID
	k.know(record.EntityCompany, "c-1", doc, map[string]string{"name": "Moulin SARL", "phone": "+33 1"})
	k.know(record.EntityCompany, "c-1", doc, map[string]string{"phone": "+33 2"})
	k.know(record.EntityPerson, "p-1", doc, map[string]string{"full_name": "Ada Martin", "email": "ada@moulin.example"})
	limit := int64(3_400_000)
	pressed, err := k.db.Press(t.Context(), pgtest.Workspace, postgres.Press{
		EntityType: record.EntityDocument, EntityIDs: []string{doc, "d-2", "d-3"}, By: "Ada", MaxCost: &limit,
		Requests: func(on postgres.Target) ([]enrich.Request, error) {
			return []enrich.Request{{EntityType: record.EntityDocument, EntityID: on.ID, Type: enrich.OCRExtract, Force: true}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	k.settle(enrich.Settlement{To: enrich.Completed, Outcome: enrich.OutcomeCompleted, CostMicros: 1_610_000})
	k.settle(enrich.Settlement{To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "malformed: Line 3 ends early."})
	k.operate()
	k.closed("2026-10")
	return k.bench, []string{
		"/close/2026-10", "/search?q=moul", "/approvals/" + back.ID, "/approvals/" + twins.ID,
		"/approvals/" + asked.ID, "/approvals/" + decided.ID, "/tasks/" + asked.ID, "/tasks/" + failed.ID, "/invoices/" + k.invoiceID, "/transactions/t-1", "/transactions/t-3",
		"/documents/" + doc, "/entities/company/c-1", "/entities/person/p-1", "/batches/" + pressed.Batch.ID, "/magic?of=company&id=c-1&do=logo&do=ai_company",
	}
}
