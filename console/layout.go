package console

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

//go:embed templates static languages
var embedded embed.FS

// section is an entry of the menu.
type section struct {
	Path  string
	Words phrase
	Count int // of what waits there for a person
}

// mostCounted is how far the menu counts what waits.
const mostCounted = 100

// Sections is the menu. A new page that stands in it adds its line here.
func (p page) Sections() []section {
	return []section{
		{"/", say("Today"), 0},
		{"/approvals", say("Approvals"), p.Waiting},
		{"/tasks", say("Tasks"), 0},
		{"/invoices", say("Invoices"), 0},
		{"/bank", say("Bank"), 0},
		{"/companies", say("Companies"), 0},
		{"/close", say("Close"), 0},
		{"/health", say("Health"), 0},
		{"/search", say("Search"), 0},
	}
}

// operatePages are the pages for who runs it; they share one entry of the menu.
func operatePages() []section {
	return []section{
		{"/health", say("Health"), 0},
		{"/workers", say("Workers"), 0},
		{"/providers", say("Providers"), 0},
		{"/errors", say("Errors"), 0},
		{"/cost", say("Cost"), 0},
		{"/activity", say("Activity"), 0},
		{"/columns", say("Columns and rules"), 0},
		{"/settings", say("Settings"), 0},
	}
}

// Many writes a count of the menu.
func (s section) Many() string { return upTo(s.Count, mostCounted) }

// upTo writes a count that went no further than most.
func upTo(n, most int) string {
	if n >= most {
		return strconv.Itoa(most) + "+"
	}
	return strconv.Itoa(n)
}

// page is what a template is given.
type page struct {
	View    string // name of the template
	Title   phrase // of the window
	Section string // path of the menu's entry that this page belongs to
	Body    any    // what the page itself shows
	Status  int    // of the answer; 0 is 200
	Live    bool   // it changes with what happens

	// The frame fills the rest.
	Workspace string // name
	SignedIn  bool   // with a key, so that signing out means something
	Roles     phrase // of the visitor
	MayStart  bool   // the visitor may start tasks
	Seen      int64  // the last event before the page was read
	Waiting   int    // proposals, counted to mostCounted
	Now       time.Time
	Self      string // path and query of this page
	Language  string // code of the page's language
	Chosen    string // code of the one that the browser keeps; empty where it keeps none
}

// view makes a page of a workspace from a request.
type view func(r *http.Request, workspaceID string) (page, error)

// keyView makes a page that depends on what its visitor may do.
type keyView func(r *http.Request, key postgres.Key) (page, error)

// page serves a view to whoever may see it.
func (c *console) page(v view) http.Handler {
	return c.pageFor(func(r *http.Request, key postgres.Key) (page, error) { return v(r, key.WorkspaceID) })
}

func (c *console) pageFor(v keyView) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, err := c.visitor(r)
		if err != nil {
			c.fail(w, r, err)
			return
		}
		c.show(w, r, key, v)
	})
}

// show writes the page of a view, in the frame of its workspace.
func (c *console) show(w http.ResponseWriter, r *http.Request, key postgres.Key, v keyView) {
	// Before the page itself: of what happens from here on, the page's stream tells it.
	frame, err := c.Store.Frame(r.Context(), key.WorkspaceID, mostCounted)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	p, err := v(r, key)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	p.Seen, p.Waiting, p.Workspace = frame.Seen, frame.Waiting, frame.Name
	p.SignedIn, p.MayStart = c.Workspace == "", c.notPressing(key) == nil
	for _, role := range roles(key) {
		p.Roles = listed(p.Roles, say(role))
	}
	c.render(w, r, cmp.Or(p.Status, http.StatusOK), p)
}

// render writes a page, or nothing of it where its template fails.
func (c *console) render(w http.ResponseWriter, r *http.Request, status int, p page) {
	l := c.tongue(r)
	p.Now, p.Self, p.Language = c.now().UTC(), localPath(r.URL.RequestURI()), l.Code
	if cookie, err := r.Cookie(tongueCookie); err == nil {
		p.Chosen = cookie.Value
	}
	var out bytes.Buffer
	if err := c.views[l.Code][p.View].ExecuteTemplate(&out, "layout.html", p); err != nil {
		c.Log.Error("a page cannot be rendered", "view", p.View, "error", err)
		http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", l.Code)
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // whoever hangs up does not want it
}

// views are the templates by name, each with the frame and the parts.
type views map[string]*template.Template

// parseViews reads the templates in a language; asked is told of each text in them.
func parseViews(c *console, l *tongue, asked func(view, words string)) views {
	base := template.Must(template.New("").Funcs(c.funcs(l)).ParseFS(embedded, "templates/layout.html", "templates/parts.html"))
	names, err := fs.Glob(embedded, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is ours
	}
	var missing []string
	done := map[string]bool{}
	translate := func(set *template.Template, view string) {
		t := translator{tongue: l, view: view, asked: asked}
		for _, one := range set.Templates() {
			if one.Tree != nil && !done[one.Name()] {
				t.list(one.Tree.Root, placeIn{})
				done[one.Name()] = view == ""
			}
		}
		missing = append(missing, t.missing...)
	}
	translate(base, "")
	list := views{}
	for _, name := range names {
		view := strings.TrimSuffix(path.Base(name), ".html")
		if view != "layout" && view != "parts" {
			list[view] = template.Must(template.Must(base.Clone()).ParseFS(embedded, name))
			translate(list[view], view)
		}
	}
	if len(missing) > 0 {
		panic("languages/" + l.Code + ".tsv lacks " + strings.Join(missing, "\n"))
	}
	return list
}

// funcs are the words and forms that templates use.
func (c *console) funcs(l *tongue) template.FuncMap {
	return template.FuncMap{
		"shown": l.shown, "say": say, "amount": l.amount, "span": l.span, "bytes": l.byteSize, "micros": l.micros, "percent": l.percent, "day": l.date, "instant": l.instant,
		"ago": func(t time.Time) phrase { return ago(c.now(), t) }, "due": func(t time.Time) phrase { return due(c.now(), t) }, "iso": iso, "tongues": tongues,
		"statusWords": statusWords, "typeWords": typeWords, "workOn": workOn, "approvalWords": approvalWords, "channelWords": channelWords, "outcomeWords": outcomeWords, "waitWords": waitWords, "holderWords": holderWords,
		"gradeWords": gradeWords, "originWords": originWords, "words": words, "fieldWords": fieldWords, "checkWords": checkWords, "lastStep": lastStep, "invoiceWords": invoiceWords, "iban": iban,
		"short": short, "foundPath": foundPath, "invoiceState": invoiceState, "gist": l.gist, "prose": l.prose, "tell": l.tell, "tellError": l.tellError, "place": place, "point": point, "to": to, "entityPath": entityPath, "operatePages": operatePages,
		"matchReason": matchReason, "takebackReason": takebackReason, "signalWords": signalWords, "verdictWords": verdictWords, "methodWords": methodWords, "linkWords": linkWords, "paymentWords": paymentWords,
		"verdictOf": verdictOf, "stateWords": stateWords, "clock": clock, "recordsWords": recordsWords, "roleWords": roleWords, "monthWords": monthWords, "columnRoles": columnRoles, "asset": c.files.url,
	}
}

// to writes the path of a record's page.
func to(kind, id string) string { return "/" + kind + "/" + pathEscape(id) }

// entityPath is the page of what a task works on.
func entityPath(entityType, id string) string {
	if kind, ok := map[string]string{
		record.EntityDocument: "documents", record.EntityInvoice: "invoices", record.EntityTransaction: "transactions",
		record.EntityStatement: "bank-statements",
	}[entityType]; ok {
		return to(kind, id)
	}
	return to("entities/"+pathEscape(entityType), id)
}

// staticFiles are the files beside the pages, by name.
type staticFiles map[string]staticFile

type staticFile struct {
	content []byte
	version string // of the content; part of its address, so that it can be kept for ever
}

func readStatic() staticFiles {
	entries, err := fs.ReadDir(embedded, "static")
	if err != nil {
		panic(err) // the folder is ours
	}
	files := staticFiles{}
	for _, e := range entries {
		content, err := fs.ReadFile(embedded, "static/"+e.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(content)
		files[e.Name()] = staticFile{content, hex.EncodeToString(sum[:6])}
	}
	return files
}

func (f staticFiles) url(name string) string {
	return fmt.Sprintf("/static/%s?v=%s", name, f[name].version)
}

func (c *console) static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	file, ok := c.files[name]
	if !ok {
		c.fail(w, r, errNoPage)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	if r.URL.Query().Get("v") == file.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(file.content))
}
