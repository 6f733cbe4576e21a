package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"
	xlanguage "golang.org/x/text/language"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// Every text of a template, every phrase of the code and every name of the contract
// has its line in each catalogue, and no line stands there for nothing.
func TestCatalogues(t *testing.T) {
	said := map[string]bool{}
	c := &console{files: readStatic(), now: time.Now}
	marked := &tongue{Code: "en-XA", tag: xlanguage.English, find: func(s string) (string, bool) { return s, true }}
	parseViews(c, marked, func(view, words string) { said[view+"|"+words] = true })
	for _, words := range phrasesOfCode(t) {
		said["say|"+words] = true
	}
	for name := range derivedNames() {
		said["|="+name] = true
	}
	for _, l := range tongues()[1:] {
		words, used := readWords(l.Code), map[string]bool{}
		for key := range said {
			_, bare, _ := strings.Cut(key, "|")
			switch {
			case words[key] != "":
				used[key] = true
			case words[bare] != "":
				used[bare] = true
			default:
				t.Errorf("%s lacks\t%s", l.Code, key)
			}
		}
		for key, here := range words {
			if !used[key] && !strings.HasPrefix(key, "=") && !strings.HasPrefix(key, "~") {
				t.Errorf("%s has a line that nothing says: %s", l.Code, key)
			}
			if a, b := places(key), places(here); !slices.Equal(a, b) || strings.ContainsAny(here, "<>\"") {
				t.Errorf("%s: %q cannot stand for %q", l.Code, here, key)
			}
		}
	}
}

func places(words string) []string { return regexp.MustCompile(`%[a-z]`).FindAllString(words, -1) }

// phrasesOfCode are the words in calls of say and refuse, and in tables and roles of
// functions that return phrases; in templates too.
func phrasesOfCode(t *testing.T) (list []string) {
	t.Helper()
	text := func(n ast.Node) {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, _ := strconv.Unquote(lit.Value)
			list = append(list, s)
		}
	}
	files, _ := filepath.Glob("*.go")
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "say" || f.Name == "refuse") {
					text(n.Args[0])
				}
			case *ast.FuncDecl:
				result := ""
				if n.Type.Results != nil {
					if id, ok := n.Type.Results.List[0].Type.(*ast.Ident); ok {
						result = id.Name
					}
				}
				ast.Inspect(n, func(inner ast.Node) bool {
					if pair, ok := inner.(*ast.KeyValueExpr); ok && result == "phrase" {
						text(pair.Value)
					}
					return true
				})
			}
			return true
		})
	}
	for _, m := range []time.Month{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12} {
		list = append(list, m.String())
	}
	pages, _ := filepath.Glob("templates/*.html")
	for _, name := range pages {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\bsay "([^"]*)"`).FindAllSubmatch(content, -1) {
			list = append(list, string(m[1]))
		}
	}
	return append(list, "nobody we know", "operator", "approver", "closer", "viewer")
}

// derivedNames are words that are made of names of the contract.
func derivedNames() map[string]bool {
	names := map[string]bool{}
	fields := strings.Fields(fieldOrder)
	for _, list := range magicFields() {
		fields = append(fields, list...)
	}
	for _, root := range record.Roots() {
		fields = slices.AppendSeq(fields, maps.Keys(root.Fields))
	}
	for _, party := range []string{"issuer.", "receiver."} {
		fields = append(fields, party+"name", party+"trade_name", party+"tax_id_value", party+"country")
	}
	fields = append(fields, strings.Fields("lines_total allowance_total charge_total prepaid_total rounding withheld_total tax_currency preceding_invoice "+
		"delivery_date period_start period_end payment_terms profile website founded_year")...)
	for _, field := range append(fields, "name", "trade_name", "registered_name", "description", "phone", "full_name", "first_name", "last_name", "job_title", "city", "postal_code", "street", "edge_status", "issuer", "receiver", "document") {
		names[fieldName(field)] = true
	}
	for _, name := range []string{
		record.EntityCompany, record.EntityPerson, record.EntityDocument, record.EntityInvoice, record.EntityTransaction, record.EntityStatement, record.EntityMonth, record.EntityLink, record.EntityCounterpartyMonth,
		record.EntityEmployment, record.EntityMerge, record.EntityCompanyProvider, record.EntityWaiver, record.EntityEmail, "reference", "amount", "currency", "date", "account",
		"enrichment_task", "enrichment_batch", "inbound", "outbound", "booked", "pending", "draft", "final", "cancelled", "waiting", "applied", "withdrawn", "superseded",
		"standing", "suspended", "ready", "blocked", "provider", "type", "workspace", "active", "employee", "contact",
	} {
		names[readable(name)] = true
	}
	return names
}

// marking is a language in which every text that comes from a catalogue stands in
// marks: what has none never came through it.
func marking() *tongue {
	return &tongue{Code: "en-XA", Name: "⟦⟧", tag: xlanguage.English, decimal: ",", day: "02/01/2006", find: func(s string) (string, bool) {
		return "⟦" + strings.TrimPrefix(s[strings.Index(s, "|")+1:], "=") + "⟧", true
	}}
}

// dataElements hold what is not ours to translate.
var dataElements = []string{"bdi", "code", "pre", "q", "time", "script", "style"}

// free is what needs no translation: amounts, lengths of time, and the product.
var free = regexp.MustCompile(`\b(enrichd|[a-z]+_[a-z_]+|logo|reconcile|[A-Z]{3}|BIC|CAMT\.?053|MT940|UBL|CII|XML|UTC|URL|[0-9]+(,[0-9]+)? ?(ms|s|min|h|kB|MB))\b`)

// untranslated are the texts of a page outside of marks.
func untranslated(page string) (list []string) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return []string{err.Error()}
	}
	try := func(where, text string) {
		depth := 0
		rest := strings.Map(func(r rune) rune {
			switch r {
			case '⟦':
				depth++
			case '⟧':
				depth--
				return ' '
			}
			if depth > 0 {
				return -1
			}
			return r
		}, text)
		if strings.ContainsFunc(free.ReplaceAllString(rest, ""), unicode.IsLetter) {
			list = append(list, where+": "+strings.TrimSpace(rest)+" in "+strings.TrimSpace(text))
		}
	}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode && n.Parent.Data == "title" && strings.Contains(page, "<bdi>"+html.EscapeString(strings.TrimSuffix(n.Data, " ⟦· enrichd⟧"))+"</bdi></h1>"):
		case n.Type == html.TextNode:
			try(n.Parent.Data, n.Data)
		case attr(n, "aria-hidden") != "":
			return
		}
		for _, a := range n.Attr {
			if n.Data != "bdi" && slices.Contains(read, a.Key) && n.Data != "meta" && !slices.Contains([]string{"status"}, strings.Fields(attr(n, "class") + " -")[0]) {
				try(n.Data+" "+a.Key, a.Val)
			}
		}
		if slices.Contains(dataElements, n.Data) || n.Data != "html" && attr(n, "lang") != "" {
			return
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			walk(child)
		}
	}
	walk(root)
	return list
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// No page says anything that does not come through the catalogue.
func TestEveryWordComesThroughTheCatalogue(t *testing.T) {
	if got := untranslated(`<p title="Left">⟦a ⟦b⟧⟧ over <bdi>data</bdi> <b>12 s</b>`); len(got) != 2 {
		t.Fatalf("the test sees nothing: %q", got)
	}
	full, pages := furnish(t)
	empty := setup(t)
	for name, c := range map[string]struct {
		bench
		paths []string
	}{"without data": {empty, emptyPages()}, "with data": {full, append(emptyPages(), pages...)}} {
		t.Run(name, func(t *testing.T) {
			o := Options{Store: c.db, Triggers: trigger.New(nil), Workspace: pgtest.Workspace}
			h := newConsoleIn(o, []*tongue{marking()}).handler()
			for _, path := range c.paths {
				w := ask(h, http.MethodGet, path, nil)
				for _, text := range untranslated(w.Body.String()) {
					t.Errorf("%s: %s", path, text)
				}
			}
			o.Workspace = ""
			w := ask(newConsoleIn(o, []*tongue{marking()}).handler(), http.MethodGet, "/signin", nil)
			for _, text := range untranslated(w.Body.String()) {
				t.Errorf("/signin: %s", text)
			}
		})
	}
}

// The language is what the settings keep, else what the browser says.
func TestChoiceOfLanguage(t *testing.T) {
	b := setup(t)
	in := func(cookie, accept string) string {
		w := ask(b.handler, http.MethodGet, "/tasks", nil, func(r *http.Request) {
			r.Header.Set("Accept-Language", accept)
			if cookie != "" {
				r.AddCookie(&http.Cookie{Name: tongueCookie, Value: cookie})
			}
		})
		_, after, _ := strings.Cut(w.Body.String(), `<html lang="`)
		code, _, _ := strings.Cut(after, `"`)
		if said := strings.Contains(w.Body.String(), "Tâches"); said != (code == "fr") || w.Header().Get("Content-Language") != code {
			t.Errorf("the page says lang=%s, and in French is %v", code, said)
		}
		return code
	}
	for _, c := range [][3]string{
		{"", "", "en"},
		{"", "fr-CH, en;q=0.9", "fr"},
		{"", "de, en;q=0.5", "en"},
		{"", "de-AT", "en"},
		{"fr", "en", "fr"},
		{"en", "fr", "en"},
		{"xx", "fr", "fr"},
		{"", ";;;", "en"},
		{"", "en;q=0.2, fr;q=0.8", "fr"},
	} {
		if got := in(c[0], c[1]); got != c[2] {
			t.Errorf("cookie %q and Accept-Language %q: %s", c[0], c[1], got)
		}
	}
	for choice, want := range map[string]string{"fr": "enrichd_language=fr;", "": "Max-Age=0", "xx": "Max-Age=0"} {
		w := ask(b.handler, http.MethodPost, "/language", map[string][]string{"language": {choice}, "next": {"//evil.example"}})
		if got := w.Header().Get("Set-Cookie"); w.Code != http.StatusSeeOther || !strings.Contains(got, want) || w.Header().Get("Location") != "/" {
			t.Errorf("choosing %q: %d, %s, to %s", choice, w.Code, got, w.Header().Get("Location"))
		}
	}
}

func TestFrenchForms(t *testing.T) {
	fr := tongues()[1]
	for got, want := range map[string]string{
		fr.amount("-1234567.50", "EUR"):                            "−1\u202f234\u202f567,50\u00a0EUR",
		fr.text(say("%d {task|tasks}: %s", 0, verbatim("x"))):      "0 tâche\u00a0: x",
		fr.text(say("%d {task|tasks}: %s", 2000, verbatim("x"))):   "2\u202f000 tâches\u00a0: x",
		english.text(say("%d {task|tasks}: %s", 0, verbatim("x"))): "0 tasks: x",
		fr.span(1500 * time.Millisecond):                           "1,5 s",
		fr.byteSize(2500):                                          "2,5 ko",
		fr.date("2026-10-05"):                                      "05/10/2026",
		fr.date("soon"):                                            "soon",
		fr.text(statusWords(enrich.AwaitingApproval)):              "À valider",
		fr.text(monthWords("2026-08")):                             "août 2026",
		fr.text(verbatim("100 %s {a|b} %d")):                       "100 %s {a|b} %d",
		fr.percent(0.5):                                            "50\u00a0%",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
