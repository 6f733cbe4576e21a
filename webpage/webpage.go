// Package webpage reads what a saved web page says of itself.
//
// It takes the bytes of a page and finds its icons, its structured data, its links
// and its visible text in lines. It fetches nothing and runs nothing: what a page
// holds is data, whoever wrote it.
package webpage

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// Limits of a page. What is beyond them is left out.
const (
	maxNodes = 200_000
	maxDepth = 500
	maxLines = 5_000
	maxLine  = 2_000 // bytes
	maxLinks = 2_000
	maxIcons = 40
	maxData  = 512 << 10 // bytes of a picture in a data: address
)

// Page is what a page says.
type Page struct {
	URL         *url.URL // where it came from; links are absolute by it, or by its base
	Title       string
	Language    string // of its html element, lower case
	Description string
	SiteName    string // og:site_name
	Icons       []Icon // in the order of the page
	Manifest    string // address of its web manifest
	Refresh     string // where its head sends who opens it, at once or soon
	Links       []Link
	Lines       []Line
	// Organizations are those that JSON-LD or microdata describe for themselves or
	// as the publisher: not who plays, sells or is written about on the page.
	Organizations []Organization
	People        []Person // that JSON-LD describes for themselves or as who works there
}

// Icon is a picture that the page names for itself.
type Icon struct {
	URL  string // of the page itself for one that stands in it
	By   string // how it is named: "link[rel=icon]", "meta[og:image]", …
	Size int    // the larger side that the page says it has, in pixels; 0 where it says none
	Data []byte // of a data: address; nil for one to be fetched
}

// Link is a link with its words.
type Link struct{ URL, Words string }

// Line is a line of the visible text: what stands between two breaks, or between
// two line ends of the source, which pages written by hand mean as breaks.
type Line struct {
	Text    string
	Soft    bool // only a line end of the source parts it from the one before
	Begins  bool // an element parts it from the one before: a paragraph, an item, a cell; not a mere break
	Heading bool
	Foot    bool   // in the page's footer
	Mail    string // address of a mailto: link on it
	Phone   string // number of a tel: link on it
}

// Parse reads a page. contentType is the header of its answer, which may name its
// encoding; at is its address. It never fails: what is no page has nothing to say.
func Parse(content []byte, contentType string, at *url.URL) *Page {
	p := &Page{URL: at}
	in, err := charset.NewReader(bytes.NewReader(content), contentType)
	if err != nil {
		in = bytes.NewReader(content)
	}
	root, err := html.Parse(in)
	if err != nil {
		return p
	}
	w := &walker{page: p, base: at}
	w.walk(root, 0)
	w.flush()
	p.Organizations = append(p.Organizations, microdata(root)...)
	return p
}

// walker goes over a page once.
type walker struct {
	page  *Page
	base  *url.URL
	nodes int

	line    strings.Builder
	scripts int // of structured data
	begins  bool
	heading bool
	foot    int // how many footers are around
	mail    string
	phone   string
}

func (w *walker) walk(n *html.Node, depth int) {
	if w.nodes++; w.nodes > maxNodes || depth > maxDepth {
		return
	}
	switch n.Type {
	case html.TextNode:
		w.line.WriteString(n.Data)
		return
	case html.ElementNode:
		if !w.enter(n) {
			return
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.walk(c, depth+1)
	}
	if n.Type == html.ElementNode {
		w.leave(n)
	}
}

// enter looks at an element; false leaves out what is in it.
func (w *walker) enter(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script:
		if kind := strings.ToLower(strings.TrimSpace(attr(n, "type"))); strings.HasPrefix(kind, "application/ld+json") && n.FirstChild != nil {
			w.structured(n.FirstChild.Data)
		}
		return false
	case atom.Style, atom.Template, atom.Noscript, atom.Svg, atom.Iframe, atom.Object, atom.Select, atom.Textarea:
		return false
	case atom.Html:
		w.page.Language = strings.ToLower(attr(n, "lang"))
	case atom.Base:
		if u := w.resolve(attr(n, "href")); u != "" {
			w.base, _ = url.Parse(u) // it was resolved
		}
	case atom.Title:
		if w.page.Title == "" && n.FirstChild != nil {
			w.page.Title = squeeze(n.FirstChild.Data)
		}
		return false
	case atom.Link:
		w.link(n)
	case atom.Meta:
		w.meta(n)
	case atom.A:
		w.anchor(n)
	}
	if hidden(n) {
		return false
	}
	if breaks[n.DataAtom] {
		w.flush()
		w.begins = w.begins || n.DataAtom != atom.Br
	}
	if isHeading(n) {
		w.heading = true
	}
	if isFoot(n) {
		w.foot++
	}
	return true
}

func (w *walker) leave(n *html.Node) {
	if breaks[n.DataAtom] {
		w.flush()
		w.begins = w.begins || n.DataAtom != atom.Br
	}
	if isHeading(n) {
		w.heading = false
	}
	if isFoot(n) {
		w.foot--
	}
}

// breaks are the elements that begin and end a line.
var breaks = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.Br: true, atom.Li: true, atom.Ul: true, atom.Ol: true, atom.H1: true, atom.H2: true, atom.H3: true,
	atom.H4: true, atom.H5: true, atom.H6: true, atom.Tr: true, atom.Td: true, atom.Th: true, atom.Table: true, atom.Section: true, atom.Article: true,
	atom.Header: true, atom.Footer: true, atom.Address: true, atom.Dt: true, atom.Dd: true, atom.Dl: true, atom.Hr: true, atom.Main: true,
	atom.Nav: true, atom.Aside: true, atom.Blockquote: true, atom.Pre: true, atom.Form: true, atom.Figure: true, atom.Figcaption: true, atom.Body: true,
}

func isHeading(n *html.Node) bool {
	return len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' || n.DataAtom == atom.Dt || n.DataAtom == atom.Th
}

func isFoot(n *html.Node) bool {
	return n.DataAtom == atom.Footer || n.DataAtom == atom.Div && (strings.Contains(strings.ToLower(attr(n, "id")), "footer") || strings.Contains(strings.ToLower(attr(n, "class")), "footer"))
}

// hidden reports whether an element says that it is not shown.
func hidden(n *html.Node) bool {
	style := strings.ReplaceAll(strings.ToLower(attr(n, "style")), " ", "")
	return has(n, "hidden") || strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
}
