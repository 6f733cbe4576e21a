package webpage

import (
	"strings"

	"golang.org/x/net/html"
)

// microdata finds the organisations that a page marks with itemscope and itemtype
// (HTML Living Standard, "Microdata"), where they belong to no other item.
func microdata(root *html.Node) []Organization {
	var found []Organization
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		if depth > maxDepth || len(found) >= maxFound {
			return
		}
		if types := strings.Fields(attr(n, "itemtype")); len(types) > 0 {
			if isOrganization(types[0]) {
				node := map[string]any{}
				properties(n, node, 0)
				found = append(found, organization(node, []string{types[0][strings.LastIndexByte(types[0], '/')+1:]}, "[itemtype="+types[0]+"]"))
			}
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, depth+1)
		}
	}
	walk(root, 0)
	return found
}

// properties gathers the properties of an item; the first of each name counts.
func properties(n *html.Node, into map[string]any, depth int) {
	if depth > maxJSONDepth*2 {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		name := attr(c, "itemprop")
		if has(c, "itemscope") {
			if _, given := into[name]; name != "" && !given {
				inner := map[string]any{}
				properties(c, inner, depth+1)
				into[name] = inner
			}
			continue
		}
		if _, given := into[name]; name != "" && !given {
			into[name] = propertyValue(c)
		}
		properties(c, into, depth+1)
	}
}

func propertyValue(n *html.Node) string {
	for _, key := range []string{"content", "href", "src", "datetime"} {
		if has(n, key) {
			return attr(n, key)
		}
	}
	return innerText(n, maxLine)
}
