package bankfile

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
)

const (
	maxNodes = 20_000  // elements of an entry, those of its details apart
	maxText  = 4 << 20 // bytes of their text
)

// node is one element with what is inside it.
type node struct {
	name     string
	text     string // trimmed character data directly inside
	buf      []byte // the same while the element is open
	currency string // the attribute Ccy
	kids     []*node
	parent   *node
	base     string // path of a root
	line     int
}

// tree reads the element that has just begun. Elements of other namespaces are
// left out. A child for which cut gives true is handed over when it is complete
// and not kept.
func (x *xmlReader) tree(start xml.StartElement, base string, cut func(*node) (bool, error)) (*node, error) {
	root := newNode(start, x.line())
	root.base = base
	cur, nodes, size := root, 1, 0
	for cur != nil {
		tok, err := x.next()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case nil:
			return nil, at(x.line(), cur.path(), Malformed, "The file ends before the document is complete.")
		case xml.StartElement:
			if t.Name.Space != start.Name.Space {
				if err := x.skip(); err != nil {
					return nil, err
				}
				continue
			}
			if nodes++; nodes > maxNodes {
				return nil, at(x.line(), root.path(), TooLarge, "The element has more than %d others inside.", maxNodes)
			}
			n := newNode(t, x.line())
			n.parent = cur
			cur.kids = append(cur.kids, n)
			cur = n
		case xml.CharData:
			if size += len(t); size > maxText {
				return nil, at(x.line(), root.path(), TooLarge, "The element has more than 4 MiB of text.")
			}
			cur.buf = append(cur.buf, t...)
		case xml.EndElement:
			cur.text, cur.buf = string(bytes.TrimSpace(cur.buf)), nil
			done := cur
			cur = cur.parent
			if cut == nil || cur == nil {
				continue
			}
			taken, err := cut(done)
			if err != nil {
				return nil, err
			}
			if taken {
				cur.kids = cur.kids[:len(cur.kids)-1]
				nodes, size = 1, 0
			}
		}
	}
	return root, nil
}

func newNode(t xml.StartElement, line int) *node {
	n := &node{name: t.Name.Local, line: line}
	for _, a := range t.Attr {
		if a.Name.Space == "" && a.Name.Local == "Ccy" {
			n.currency = strings.TrimSpace(a.Value)
		}
	}
	return n
}

// get follows a path of names such as "Acct/Id/IBAN" to the first element at
// its end, or nil. A nil node has none.
func (n *node) get(path string) *node {
	for name := range strings.SplitSeq(path, "/") {
		if n = n.child(name); n == nil {
			return nil
		}
	}
	return n
}

func (n *node) child(name string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// value gives the first text that one of the paths leads to.
func (n *node) value(paths ...string) string {
	for _, p := range paths {
		if found := n.get(p); found != nil && found.text != "" {
			return found.text
		}
	}
	return ""
}

// all gives the children of one name.
func (n *node) all(name string) []*node {
	if n == nil {
		return nil
	}
	var found []*node
	for _, k := range n.kids {
		if k.name == name {
			found = append(found, k)
		}
	}
	return found
}

// path names the element from the root of the document down.
func (n *node) path() string {
	if n.parent == nil {
		return n.base
	}
	return n.parent.path() + "/" + n.name
}

// ranked is a step of a path: the n-th element of a name.
func ranked(path, name string, n int) string {
	return path + "/" + name + "[" + strconv.Itoa(n) + "]"
}

// root is the element the tree began with.
func (n *node) root() *node {
	for n.parent != nil {
		n = n.parent
	}
	return n
}
