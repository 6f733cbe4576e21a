package hypertext

import (
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Limits of style sheets: rules times nodes are steps.
const (
	maxRules   = 3_000
	maxSteps   = 20_000_000
	maxColumns = 50 // of a grid
)

// style is what is known of how an element is shown.
type style struct {
	display   string // none, block, inline, inline-block, flex, grid, table, table-row, table-cell, contents
	float     string // left, right, or none
	clear     bool
	position  string // absolute and fixed take an element out of the flow, relative holds such ones
	left      float64
	offRight  float64 // how far from the right of what holds it
	top       float64
	width     float64
	height    float64
	fromLeft  bool // it says how far from the left it is, which then counts
	fromRight bool
	column    bool // a flex container that stacks
	columns   int  // of a grid; 0 for one that does not say
	hidden    bool

	// These an element hands on to what is in it.
	right bool // its text ends at the right
	pre   bool // its spaces and line ends are meant
	size  float64
}

// declaration is a property with its value, both in lower case.
type declaration struct{ name, value string }

// rulesOf reads the style elements of a document, and says for each element which
// declarations are its own, the strongest last.
func rulesOf(root *html.Node, nodes int) map[*html.Node][]declaration {
	out := map[*html.Node][]declaration{}
	type rule struct {
		match cascadia.Sel
		set   []declaration
	}
	var rules []rule
	for n := range root.Descendants() {
		if n.DataAtom != atom.Style || n.FirstChild == nil || strings.Contains(strings.ToLower(attr(n, "media")), "max-width") {
			continue
		}
		parseSheet(n.FirstChild.Data, func(selectors string, set []declaration) {
			group, err := cascadia.ParseGroup(selectors)
			if err != nil {
				return // of a kind that we do not know, such as :hover
			}
			for _, one := range group {
				if len(rules) < maxRules && (len(rules)+1)*nodes < maxSteps && one.PseudoElement() == "" {
					rules = append(rules, rule{one, set})
				}
			}
		})
	}
	slices.SortStableFunc(rules, func(a, b rule) int {
		x, y := a.match.Specificity(), b.match.Specificity()
		return slices.Compare(x[:], y[:])
	})
	for _, r := range rules {
		for _, n := range cascadia.QueryAll(root, r.match) {
			out[n] = append(out[n], r.set...)
		}
	}
	return out
}

// parseSheet calls for each rule that counts on a sheet of paper or a wide screen.
func parseSheet(text string, rule func(selectors string, set []declaration)) {
	p := css.NewParser(parse.NewInputString(text), false)
	var selectors strings.Builder
	var set []declaration
	skip := 0 // depth inside of at-rules that do not count
	for {
		kind, _, data := p.Next()
		switch kind {
		case css.ErrorGrammar:
			if !p.HasParseError() {
				return
			}
		case css.BeginAtRuleGrammar:
			if query := words(p.Values()); skip > 0 || !strings.EqualFold(string(data), "@media") || strings.Contains(query, "max-width") || strings.Contains(query, "max-device") || strings.Contains(query, "speech") {
				skip++
			}
		case css.EndAtRuleGrammar:
			skip = max(0, skip-1)
		case css.QualifiedRuleGrammar, css.BeginRulesetGrammar:
			if selectors.Len() > 0 {
				selectors.WriteByte(',')
			}
			selectors.WriteString(words(p.Values()))
		case css.DeclarationGrammar:
			set = append(set, declaration{strings.ToLower(string(data)), strings.ToLower(words(p.Values()))})
		case css.EndRulesetGrammar:
			if skip == 0 && len(set) > 0 {
				rule(selectors.String(), set)
			}
			selectors.Reset()
			set = nil
		}
	}
}

func words(tokens []css.Token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.Write(t.Data)
	}
	return strings.TrimSpace(b.String())
}

// styleOf is the style of an element inside of another.
func (l *layout) styleOf(n *html.Node, outer style) style {
	s := style{display: displayOf(n.DataAtom), right: outer.right, pre: outer.pre || n.DataAtom == atom.Pre, size: outer.size}
	if factor, ok := map[atom.Atom]float64{atom.H1: 1.8, atom.H2: 1.4, atom.H3: 1.2, atom.Small: .85, atom.Big: 1.2, atom.Sup: .7, atom.Sub: .7}[n.DataAtom]; ok {
		s.size = outer.size * factor
	}
	if align := strings.ToLower(attr(n, "align")); align != "" && n.DataAtom != atom.Table && n.DataAtom != atom.Img {
		s.right = align == "right"
	}
	if has(n, "hidden") {
		s.hidden = true
	}
	for _, d := range l.rules[n] {
		s.set(d, outer.size)
	}
	p := css.NewParser(parse.NewInputString(attr(n, "style")), true)
	for {
		kind, _, data := p.Next()
		if kind == css.DeclarationGrammar {
			s.set(declaration{strings.ToLower(string(data)), strings.ToLower(words(p.Values()))}, outer.size)
		} else if kind == css.ErrorGrammar && !p.HasParseError() {
			break
		}
	}
	s.hidden = s.hidden || s.display == "none" || s.size < 2
	return s
}

// set takes one declaration over.
func (s *style) set(d declaration, outerSize float64) {
	value := strings.TrimSpace(strings.TrimSuffix(d.value, "!important"))
	switch d.name {
	case "display":
		s.display = strings.TrimPrefix(value, "inline-")
		if value == "inline-block" {
			s.display = value
		}
	case "visibility":
		s.hidden = value == "hidden" || value == "collapse"
	case "opacity":
		s.hidden = s.hidden || value == "0"
	case "mso-hide":
		s.hidden = s.hidden || value == "all"
	case "max-height":
		s.hidden = s.hidden || value == "0" || value == "0px"
	case "float":
		s.float = value
	case "clear":
		s.clear = value != "none"
	case "position":
		s.position = value
	case "left":
		s.left, s.fromLeft = length(value, outerSize), value != "auto"
	case "right":
		s.offRight, s.fromRight = length(value, outerSize), value != "auto"
	case "top":
		s.top = length(value, outerSize)
	case "width":
		s.width = length(value, outerSize)
	case "height", "min-height":
		s.height = length(value, outerSize)
	case "text-align":
		s.right = value == "right" || value == "end"
	case "white-space":
		s.pre = strings.HasPrefix(value, "pre") && value != "pre-line"
	case "font-size":
		s.size = fontSize(value, outerSize)
	case "flex-direction", "flex-flow":
		s.column = strings.HasPrefix(value, "column")
	case "grid-template-columns":
		s.columns = columnsOf(value)
	}
}

// fontSize is a size in points; words such as "larger" say too little.
func fontSize(value string, outer float64) float64 {
	if percent, ok := strings.CutSuffix(value, "%"); ok {
		if n, err := strconv.ParseFloat(percent, 64); err == nil {
			return min(outer*n/100, 60)
		}
	}
	if n := length(value, outer); n > 0 || strings.HasPrefix(value, "0") {
		return min(n, 60)
	}
	return outer
}

// length is a length in points; 0 for one that cannot be told without a window.
func length(value string, em float64) float64 {
	for _, unit := range []struct {
		name   string
		points float64
	}{{"px", .75}, {"pt", 1}, {"mm", 72 / 25.4}, {"cm", 72 / 2.54}, {"in", 72}, {"rem", 12}, {"em", em}, {"", .75}} {
		number, ok := strings.CutSuffix(value, unit.name)
		if n, err := strconv.ParseFloat(number, 64); ok && err == nil {
			return min(max(n*unit.points, -20_000), 200_000)
		}
	}
	return 0
}

// columnsOf counts the columns of a grid: "1fr 2fr", "repeat(3, 1fr)".
func columnsOf(value string) int {
	if rest, ok := strings.CutPrefix(value, "repeat("); ok {
		number, _, _ := strings.Cut(rest, ",")
		n, _ := strconv.Atoi(strings.TrimSpace(number)) // "auto-fill" is as many as fit: unknown
		return min(n, maxColumns)
	}
	depth, n := 0, 0
	for field := range strings.FieldsSeq(value) {
		if depth == 0 {
			n++
		}
		depth += strings.Count(field, "(") - strings.Count(field, ")")
	}
	return min(n, maxColumns)
}

// displayOf is how an element is shown where no style says otherwise.
func displayOf(a atom.Atom) string {
	switch a {
	case atom.Head, atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Svg, atom.Iframe, atom.Object, atom.Select, atom.Textarea, atom.Title, atom.Link, atom.Meta, atom.Datalist, atom.Map, atom.Canvas, atom.Audio, atom.Video:
		return "none"
	case atom.Table:
		return "table"
	case atom.Tr:
		return "table-row"
	case atom.Td, atom.Th:
		return "table-cell"
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd, atom.Details, atom.Dialog, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure,
		atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Legend, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.P, atom.Pre,
		atom.Section, atom.Summary, atom.Tbody, atom.Tfoot, atom.Thead, atom.Ul:
		return "block"
	}
	return "inline"
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name && a.Namespace == "" })
}
