package console

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"text/template/parse"
	"unicode"
)

// Templates are written in English. translator writes one language into a parsed
// template: each text between tags, and in the attributes that people read or hear,
// becomes what the catalogue says for it; each value that such a place shows passes
// through shown. A text that the catalogue lacks is missing: nothing stays English
// unseen.
type translator struct {
	*tongue
	view    string
	missing []string
	asked   func(view, words string) // is told of each text; nil for nobody
}

// read are the attributes that are read or heard; those of data- are for the module.
var read = []string{"title", "aria-label", "alt", "placeholder", "data-label", "data-off", "data-on"}

// untold are the elements whose text is for programs.
var untold = []string{"code", "pre", "script", "style"}

// placeIn is where in a page a template has come to.
type placeIn struct {
	tag   bool   // between < and >
	name  string // of the tag
	attr  string // whose value it is in
	quote byte   // that ends the value; 0 outside of values
	deep  int    // elements around it whose text is for programs
}

// told reports whether what stands here is read or heard.
func (p placeIn) told() bool {
	if p.quote != 0 {
		return slices.Contains(read, p.attr)
	}
	return !p.tag && p.deep == 0
}

// list goes through the nodes of a list and returns where it ends.
func (t *translator) list(l *parse.ListNode, at placeIn) placeIn {
	if l == nil {
		return at
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			var out strings.Builder
			at = t.markup(string(n.Text), at, &out)
			n.Text = []byte(out.String())
		case *parse.ActionNode:
			if at.told() && len(n.Pipe.Decl) == 0 {
				t.show(n.Pipe)
			}
		case *parse.IfNode:
			at = t.branch(&n.BranchNode, at)
		case *parse.WithNode:
			at = t.branch(&n.BranchNode, at)
		case *parse.RangeNode:
			at = t.branch(&n.BranchNode, at)
		}
	}
	return at
}

func (t *translator) branch(n *parse.BranchNode, at placeIn) placeIn {
	t.list(n.ElseList, at)
	return t.list(n.List, at)
}

// show adds a call of shown to the end of a pipeline.
func (t *translator) show(p *parse.PipeNode) {
	call := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: p.Pos}
	call.Args = []parse.Node{parse.NewIdentifier("shown").SetPos(p.Pos)}
	p.Cmds = append(p.Cmds, call)
}

// markup translates the part of a page that stands in one text node.
func (t *translator) markup(s string, at placeIn, out *strings.Builder) placeIn {
	for s != "" {
		switch {
		case at.quote != 0:
			end := strings.IndexByte(s, at.quote)
			value := s
			if end >= 0 {
				value = s[:end]
			}
			out.WriteString(t.words(value, at))
			if s = s[len(value):]; end >= 0 {
				out.WriteByte(at.quote)
				s, at.quote, at.attr = s[1:], 0, ""
			}
		case at.tag:
			s, at = inTag(s, at, out)
		default:
			text, rest, tag := strings.Cut(s, "<")
			out.WriteString(t.words(text, at))
			if s = rest; tag {
				out.WriteByte('<')
				end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '>' })
				if end < 0 {
					end = len(s)
				}
				out.WriteString(s[:end])
				at.tag, at.name, s = true, s[:end], s[end:]
			}
		}
	}
	return at
}

// inTag reads on in a tag to the next value of an attribute, or to the end of the tag.
func inTag(s string, at placeIn, out *strings.Builder) (string, placeIn) {
	i := strings.IndexAny(s, `>"'`)
	if i < 0 {
		out.WriteString(s)
		return "", at
	}
	out.WriteString(s[:i+1])
	if s[i] != '>' {
		before := strings.TrimSuffix(strings.TrimSpace(s[:i]), "=")
		at.attr, at.quote = before[strings.LastIndexFunc(before, unicode.IsSpace)+1:], s[i]
		return s[i+1:], at
	}
	at.tag = false
	switch name, ending := strings.CutPrefix(at.name, "/"); {
	case !slices.Contains(untold, name):
	case ending:
		at.deep--
	default:
		at.deep++
	}
	return s[i+1:], at
}

// words translates one text; spaces around it stay.
func (t *translator) words(s string, at placeIn) string {
	core := strings.TrimSpace(s)
	if core == "" || !at.told() {
		return s
	}
	i := strings.Index(s, core)
	before, after := s[:i], s[i+len(core):]
	if !strings.ContainsFunc(html.UnescapeString(core), unicode.IsLetter) {
		if t.find != nil && core == ":" {
			core = "\u00a0:"
		}
		return before + core + after
	}
	key := strings.Join(strings.Fields(core), " ")
	if t.asked != nil {
		t.asked(t.view, key)
	}
	if t.find == nil {
		return s
	}
	here, ok := t.look(t.view, key)
	if !ok {
		t.missing = append(t.missing, fmt.Sprintf("%s|%s", t.view, key))
	}
	return before + here + after
}
