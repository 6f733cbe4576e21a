// Package console is the face for people: server-rendered pages.
//
// Each page has a file of its own, named for what it shows, and a template of
// the same name. layout.go holds what all pages share: the frame, the headers
// and the pages for errors. Pages read through Store;
// decide.go, close.go, magic.go, again.go and statement.go alone write: a person's
// decisions, closes, sign-offs, presses, second runs, and what columns are.
// live.go tells open pages that something happened; static/console.js is the one
// script, without which every page works too.
package console

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	xlanguage "golang.org/x/text/language"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/reader"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/statement"
	"github.com/enrichd/enrichd/trigger"
)

// Store is what the pages read, and where decisions go; *postgres.DB has it all.
type Store interface {
	Frame(ctx context.Context, workspaceID string, most int) (postgres.Frame, error)
	Counts(ctx context.Context, workspaceID string, t enrich.Type, most int) (map[string]int64, error)
	Failures(ctx context.Context, workspaceID, batchID string, most int) ([]postgres.Failure, error)
	Batch(ctx context.Context, workspaceID, id string) (postgres.Batch, error)
	ListBatches(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[postgres.Batch], error)
	Tasks(ctx context.Context, workspaceID string, f postgres.TaskFilter, p postgres.Page) (postgres.TaskPage, error)
	Task(ctx context.Context, workspaceID, id string) (enrich.Task, error)
	Attempts(ctx context.Context, workspaceID, taskID string) ([]enrich.Attempt, error)
	Document(ctx context.Context, workspaceID, id string) (record.Document, error)
	Invoices(ctx context.Context, workspaceID string, n int) ([]record.Invoice, error)
	Invoice(ctx context.Context, workspaceID, id string) (record.Invoice, error)
	InvoicesByDocument(ctx context.Context, workspaceID, documentID string) ([]record.Invoice, error)
	Decisions(ctx context.Context, workspaceID, taskID string) ([]enrich.Decision, error)
	Decide(ctx context.Context, workspaceID, taskID string, v postgres.Verdict) (enrich.Decision, error)
	Withdraw(ctx context.Context, workspaceID, taskID, decisionID string) error
	ListInvoices(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[record.Invoice], error)
	ListTransactions(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[record.Transaction], error)
	ListStatements(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[record.BankStatement], error)
	Transaction(ctx context.Context, workspaceID, id string) (record.Transaction, error)
	BankStatement(ctx context.Context, workspaceID, id string) (record.BankStatement, error)
	LinksOf(ctx context.Context, workspaceID string, invoiceIDs, transactionIDs []string) ([]record.Link, error)
	Unlinked(ctx context.Context, workspaceID string, statementIDs, transactionIDs []string) (codes map[string]string, err error)
	ListCloses(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[postgres.Close], error)
	CloseParts(ctx context.Context, workspaceID, taskID string) ([]enrich.Child, error)
	SignOff(ctx context.Context, workspaceID string, s postgres.Signing, hash func(record.Month) string) (record.SignOff, error)
	Enqueue(ctx context.Context, workspaceID string, reqs []enrich.Request) ([]enrich.Enqueued, error)
	FieldValues(ctx context.Context, workspaceID, entityType, entityID string) ([]record.FieldValue, error)
	Company(ctx context.Context, workspaceID, id string) (record.Company, error)
	Person(ctx context.Context, workspaceID, id string) (record.Person, error)
	ListCompanies(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[record.Company], error)
	ListPeople(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[record.Person], error)
	ListEmployments(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[record.CompanyPerson], error)
	CompanyProviders(ctx context.Context, workspaceID, companyID string) ([]record.CompanyProvider, error)
	Search(ctx context.Context, workspaceID string, s postgres.Sought, most int) ([]postgres.Found, error)
	Finished(ctx context.Context, workspaceID string, within time.Duration, most int) ([]postgres.Finish, error)
	Loads(ctx context.Context, workspaceID string, most int) ([]postgres.Load, error)
	Workers(ctx context.Context) ([]postgres.Worker, error)
	Limits(ctx context.Context) ([]postgres.Limit, error)
	HeldTasks(ctx context.Context, workspaceID string, most int) ([]postgres.Held, error)
	Endings(ctx context.Context, workspaceID string, within time.Duration, most int) ([]postgres.Ending, error)
	Spent(ctx context.Context, workspaceID string, days, most int) ([]postgres.Spending, error)
	Activity(ctx context.Context, workspaceID string, before time.Time, most int) ([]postgres.Activity, error)
	Keys(ctx context.Context, workspaceID string) ([]postgres.Key, error)
	ListWebhookEndpoints(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[record.WebhookEndpoint], error)
	Definitions(ctx context.Context, workspaceID string) (record.Definitions, error)
	LastEvent(ctx context.Context, workspaceID string) (int64, error)
	Press(ctx context.Context, workspaceID string, p postgres.Press) (postgres.Pressed, error)
	Estimate(ctx context.Context, workspaceID string, p postgres.Press) (postgres.Estimate, error)
	HasLogo(ctx context.Context, workspaceID, logoURL string) (bool, error)
}

// Pictures draws pages, from 1, of stored contents; *preview.Previews does. An
// error that is a *reader.Error says why a content cannot be drawn.
type Pictures interface {
	Page(ctx context.Context, checksum string, page int) (*reader.Picture, error)
}

// Options of Handler.
type Options struct {
	Store Store
	// Pictures may be nil: then documents are shown without their pages.
	Pictures Pictures
	// Contents may be nil: then companies are shown without their logos.
	Contents Contents
	// Statements read the tables of banks anew as people say; nil for a console that
	// reads none.
	Statements *statement.Importer
	// Triggers make the tasks of a press; nil for a console that starts none.
	Triggers *trigger.Triggers
	// Workspace, when set, is shown to everybody who can reach the page, without
	// signing in: for development. Only requests to this machine's own names are
	// served then, so that no web page can reach it under a name of its choice.
	Workspace string
	// FindKey reads an API key: the workspace that it opens, who holds it and what
	// it may do there. Without it nobody can sign in.
	FindKey func(ctx context.Context, bearer string) (postgres.Key, error)
	// Done ends the streams of open pages; nil never does.
	Done <-chan struct{}
	Log  *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.FindKey == nil {
		o.FindKey = func(context.Context, string) (postgres.Key, error) {
			return postgres.Key{}, enrich.Errorf("UNAUTHORIZED", "Nobody can sign in here.")
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

type console struct {
	Options
	now     func() time.Time
	views   map[string]views // by language
	tongues []*tongue
	matcher xlanguage.Matcher
	files   staticFiles
	feeds   *feeds
}

// Handler serves the console under "/".
func Handler(o Options) http.Handler { return newConsole(o).handler() }

func newConsole(o Options) *console {
	return newConsoleIn(o, tongues())
}

// newConsoleIn is a console in some languages.
func newConsoleIn(o Options, languages []*tongue) *console {
	c := &console{Options: o.withDefaults(), now: time.Now, files: readStatic(), tongues: languages, views: map[string]views{}}
	var tags []xlanguage.Tag
	for _, l := range languages {
		c.views[l.Code] = parseViews(c, l, nil)
		tags = append(tags, l.tag)
	}
	c.matcher = xlanguage.NewMatcher(tags)
	c.feeds = &feeds{last: func(ctx context.Context, workspaceID string) (int64, error) {
		return c.Store.LastEvent(ctx, workspaceID)
	}, open: map[string]*feed{}}
	return c
}

// handler holds every route of the console.
func (c *console) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", c.page(c.today))                         // what the menu and the brand lead to
	mux.Handle("GET /magic", c.pageFor(c.magic))                    // from today, and from the list of companies
	mux.HandleFunc("POST /magic", c.startMagic)                     // the form's button
	mux.Handle("GET /tasks", c.page(c.tasks))                       // from the menu
	mux.Handle("GET /batches", c.page(c.batches))                   // from the list of tasks
	mux.Handle("GET /batches/{id}", c.page(c.batch))                // from the lists, and from tasks
	mux.Handle("GET /tasks/{id}", c.page(c.task))                   // from the lists, and from links in mails
	mux.HandleFunc("POST /tasks/{id}/again", c.runAgain)            // the button on the page of a task that ended
	mux.Handle("GET /companies", c.pageFor(c.companies))            // from the menu
	mux.Handle("GET /people", c.pageFor(c.people))                  // from the list of companies
	mux.Handle("GET /entities/{type}/{id}", c.pageFor(c.entity))    // from the lists, and from tasks
	mux.HandleFunc("GET /logos/{name}", c.logo)                     // named by the pages of companies
	mux.Handle("GET /documents/{id}", c.page(c.document))           // from tasks and invoices
	mux.HandleFunc("GET /documents/{id}/pages/{page}", c.pageImage) // named by the page of the document
	mux.Handle("GET /approvals", c.page(c.approvals))               // from the menu
	mux.Handle("GET /approvals/{id}", c.pageFor(c.approval))        // from the inbox and from tasks
	mux.HandleFunc("POST /approvals/{id}", c.decide)                // the buttons of the form
	mux.Handle("GET /bank", c.page(c.bank))                         // from the menu
	mux.Handle("GET /bank-statements/{id}", c.pageFor(c.statement)) // from the bank's list, entries and tasks
	mux.HandleFunc("POST /bank-statements/{id}", c.readTable)       // the form's button
	mux.Handle("GET /transactions/{id}", c.page(c.transaction))     // from the bank's list, invoices and approvals
	mux.Handle("GET /invoices", c.page(c.invoices))                 // from the menu
	mux.Handle("GET /invoices/{id}", c.page(c.invoice))             // from the lists
	mux.Handle("GET /close", c.pageFor(c.closes))                   // from the menu
	mux.HandleFunc("POST /close", c.startClose)                     // the form's button
	mux.Handle("GET /close/{month}", c.pageFor(c.monthClose))       // from the list of closes
	mux.HandleFunc("POST /close/{month}", c.signOff)                // the form's button
	mux.HandleFunc("GET /search", c.search)                         // from the bar, and its own form
	mux.Handle("GET /health", c.page(c.health))                     // from the menu
	mux.Handle("GET /workers", c.page(c.workers))                   // from there
	mux.Handle("GET /providers", c.page(c.providers))               // from there
	mux.Handle("GET /cost", c.page(c.cost))                         // from there, and from the providers
	mux.Handle("GET /errors", c.page(c.errors))                     // from there, and from today
	mux.Handle("GET /activity", c.page(c.activity))                 // from there
	mux.Handle("GET /columns", c.page(c.columns))                   // from there
	mux.Handle("GET /settings", c.pageFor(c.settings))              // from there
	mux.HandleFunc("POST /language", c.chooseTongue)                // the form of the settings
	mux.HandleFunc("GET /signin", c.signinForm)                     // where every page sends who has no key
	mux.HandleFunc("POST /signin", c.signin)                        // the form's button
	mux.HandleFunc("POST /signout", c.signout)                      // the button in the bar
	mux.HandleFunc("GET "+livePath, c.live)                         // from the module of every page
	mux.HandleFunc("GET /static/{name}", c.static)                  // named by every page
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { c.fail(w, r, errNoPage) })
	return c.guard(mux)
}
