// Package docs serves the documentation that this version came with.
//
// Pages are markdown in four folders: tutorials to learn by, how-tos for a task at
// hand, reference to look things up in, explanation of why. Each is there as a page
// and, with .md behind its address, as it was written.
package docs

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
)

//go:embed tutorials how-to reference explanation
var files embed.FS

//go:embed page.html
var frame string

// Path is where the pages hang.
const Path = "/docs/"

// policy lets a page load our own style and pictures alone, and run nothing.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Page is one page of the documentation.
type Page struct {
	Folder, Name string // tutorials/first-batch
	Title        string // its first line
	Source       []byte // markdown
}

// Path is the address of the page.
func (p Page) Path() string { return Path + p.Folder + "/" + p.Name }

// section is a folder with its pages.
type section struct {
	Title, About string
	Pages        []Page
}

// Pages reads every page, in the order of the four folders.
func Pages() ([]Page, error) {
	var pages []Page
	for _, folder := range []string{"tutorials", "how-to", "reference", "explanation"} {
		names, err := fs.Glob(files, folder+"/*.md")
		if err != nil {
			return nil, err
		}
		slices.Sort(names)
		for _, name := range names {
			source, err := files.ReadFile(name)
			if err != nil {
				return nil, err
			}
			title, _, _ := strings.Cut(string(source), "\n")
			if !strings.HasPrefix(title, "# ") {
				return nil, fmt.Errorf("%s: the first line is no title", name)
			}
			pages = append(pages, Page{folder, strings.TrimSuffix(path.Base(name), ".md"), strings.TrimPrefix(title, "# "), source})
		}
	}
	return pages, nil
}

// Handler serves the pages under Path. Links between pages are written as between
// files, so that they work in a checkout as well.
func Handler() (http.Handler, error) {
	pages, err := Pages()
	if err != nil {
		return nil, err
	}
	shown, err := template.New("page").Parse(frame)
	if err != nil {
		return nil, err
	}
	answers := map[string]answer{}
	menu := sections(pages)
	add := func(address string, p Page) error {
		html, err := render(shown, menu, p)
		answers[address] = answer{"text/html; charset=utf-8", html}
		return err
	}
	for _, p := range pages {
		answers[p.Path()+".md"] = answer{"text/markdown; charset=utf-8", p.Source}
		if err := add(p.Path(), p); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Path(), err)
		}
	}
	if err := add(Path, Page{Title: "Documentation", Source: index(menu)}); err != nil {
		return nil, err
	}
	return serve(answers), nil
}

// answer is a page as it is sent.
type answer struct {
	mediaType string
	body      []byte
}

func serve(answers map[string]answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, found := answers[r.URL.Path]
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		case !found:
			http.Error(w, "There is no such page: see "+Path, http.StatusNotFound)
		default:
			h.Set("Content-Type", a.mediaType)
			_, _ = w.Write(a.body) // whoever hangs up does not want it
		}
	})
}

func sections(pages []Page) []section {
	list := []section{
		{Title: "Tutorials", About: "to learn by doing"},
		{Title: "How-tos", About: "for a task at hand"},
		{Title: "Reference", About: "to look things up"},
		{Title: "Explanation", About: "why it is as it is"},
	}
	at := map[string]int{"tutorials": 0, "how-to": 1, "reference": 2, "explanation": 3}
	for _, p := range pages {
		list[at[p.Folder]].Pages = append(list[at[p.Folder]].Pages, p)
	}
	return list
}

// index is the first page, as markdown.
func index(menu []section) []byte {
	var b bytes.Buffer
	b.WriteString("# Documentation\n\n")
	for _, s := range menu {
		fmt.Fprintf(&b, "## %s\n\n%s.\n\n", s.Title, strings.ToUpper(s.About[:1])+s.About[1:])
		for _, p := range s.Pages {
			fmt.Fprintf(&b, "- [%s](%s)\n", p.Title, p.Path())
		}
		b.WriteString("\n")
	}
	b.WriteString("The API has [a page of its own](/docs/api).\n")
	return b.Bytes()
}

// render makes a page of markdown. Raw HTML in it is left out.
func render(frame *template.Template, menu []section, p Page) ([]byte, error) {
	// Tables and addresses as GitHub reads them.
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	var body, out bytes.Buffer
	if err := md.Convert(p.Source, &body); err != nil {
		return nil, err
	}
	// Between files, names end in .md; between pages they do not.
	html := strings.ReplaceAll(strings.ReplaceAll(body.String(), `.md"`, `"`), ` style="text-align:left"`, "")
	err := frame.Execute(&out, struct {
		Page
		Menu []section
		Body template.HTML
	}{p, menu, template.HTML(html)}) // of our own files, rendered without raw HTML
	return out.Bytes(), err
}
