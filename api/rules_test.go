package api_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// The rules of JSON:API 1.1 for a response document, written from the standard:
// which members may stand where, and of what shape they are. broken lists what a
// document breaks.

var (
	memberName  = regexp.MustCompile(`^@?[a-zA-Z0-9\x{80}-\x{ffff}](?:[-_ a-zA-Z0-9\x{80}-\x{ffff}]*[a-zA-Z0-9\x{80}-\x{ffff}])?$`)
	jsonPointer = regexp.MustCompile(`^(?:/(?:[^~/]|~0|~1)*)*$`)
)

type rules struct{ broken []string }

func (r *rules) want(ok bool, format string, args ...any) bool {
	if !ok {
		r.broken = append(r.broken, fmt.Sprintf(format, args...))
	}
	return ok
}

// object takes a value as an object with these members alone.
func (r *rules) object(at string, v any, members ...string) map[string]any {
	m, ok := v.(map[string]any)
	r.want(ok, "%s is no object", at)
	for name := range m {
		r.want(slices.Contains(members, name), "%s has a member %s", at, name)
	}
	return m
}

func brokenRules(doc map[string]any) []string {
	r := &rules{}
	r.object("the document", doc, "data", "errors", "meta", "jsonapi", "links", "included")
	_, hasData := doc["data"]
	_, hasErrors := doc["errors"]
	_, hasIncluded := doc["included"]
	r.want(hasData != hasErrors, "data or errors, one of them")
	r.want(!hasIncluded || hasData, "included without data")
	about := r.object("jsonapi", doc["jsonapi"], "version", "ext", "profile", "meta")
	r.want(about["version"] == "1.1", "version %v", about["version"])
	r.meta("meta", doc["meta"])
	r.links("links", doc["links"], "self", "related", "describedby", "first", "last", "prev", "next")
	seen := map[string]bool{}
	switch data := doc["data"].(type) {
	case []any:
		for i, each := range data {
			r.resource(fmt.Sprintf("data/%d", i), each, seen)
		}
	case nil:
	default:
		r.resource("data", data, seen)
	}
	if hasIncluded {
		list, ok := doc["included"].([]any)
		r.want(ok, "included is no list")
		for i, each := range list {
			r.resource(fmt.Sprintf("included/%d", i), each, seen)
		}
	}
	if hasErrors {
		r.errors(doc["errors"])
	}
	return r.broken
}

func (r *rules) resource(at string, v any, seen map[string]bool) {
	m := r.object(at, v, "type", "id", "attributes", "relationships", "links", "meta")
	typ, okType := m["type"].(string)
	id, okID := m["id"].(string)
	r.want(okType && memberName.MatchString(typ) && okID && id != "", "%s: type %v, id %v", at, m["type"], m["id"])
	if m["attributes"] != nil || m["relationships"] != nil || m["links"] != nil { // else it is an identifier
		r.want(!seen[typ+" "+id], "%s: %s %s stands twice", at, typ, id)
		seen[typ+" "+id] = true
	}
	fields := map[string]bool{"type": true, "id": true}
	for _, part := range []string{"attributes", "relationships"} {
		if m[part] == nil {
			continue
		}
		members, ok := m[part].(map[string]any)
		r.want(ok, "%s/%s is no object", at, part)
		for name, value := range members {
			r.want(memberName.MatchString(name) && !fields[name], "%s: the field %s", at, name)
			fields[name] = true
			if part == "relationships" {
				r.relationship(at+"/"+name, value)
			}
		}
	}
	r.links(at+"/links", m["links"], "self")
	r.meta(at+"/meta", m["meta"])
}

func (r *rules) relationship(at string, v any) {
	m := r.object(at, v, "links", "data", "meta")
	r.want(len(m) > 0, "%s is empty", at)
	r.links(at+"/links", m["links"], "self", "related", "first", "last", "prev", "next")
	r.meta(at+"/meta", m["meta"])
	switch data := m["data"].(type) {
	case nil:
	case []any:
		for _, each := range data {
			r.identifier(at, each)
		}
	default:
		r.identifier(at, data)
	}
}

func (r *rules) identifier(at string, v any) {
	m := r.object(at+"/data", v, "type", "id", "meta")
	_, okType := m["type"].(string)
	_, okID := m["id"].(string)
	r.want(okType && okID, "%s: linkage %v", at, v)
}

func (r *rules) links(at string, v any, allowed ...string) {
	if v == nil {
		return
	}
	for name, link := range r.object(at, v, allowed...) {
		r.link(at+"/"+name, link)
	}
}

func (r *rules) link(at string, v any) {
	switch link := v.(type) {
	case nil:
	case string:
		_, err := url.Parse(link)
		r.want(err == nil && !strings.ContainsAny(link, "[] "), "%s: %q", at, link)
	case map[string]any:
		r.object(at, link, "href", "rel", "describedby", "title", "type", "hreflang", "meta")
		_, ok := link["href"].(string)
		r.want(ok, "%s has no href", at)
		_, ok = link["type"].(string)
		r.want(ok || link["type"] == nil, "%s: type %v", at, link["type"])
	default:
		r.want(false, "%s is %v", at, v)
	}
}

func (r *rules) meta(at string, v any) {
	if v == nil {
		return
	}
	m, ok := v.(map[string]any)
	r.want(ok, "%s is no object", at)
	for name := range m {
		r.want(memberName.MatchString(name), "%s: the member %s", at, name)
	}
}

func (r *rules) errors(v any) {
	list, ok := v.([]any)
	r.want(ok && len(list) > 0, "errors is no list, or an empty one")
	for i, each := range list {
		at := fmt.Sprintf("errors/%d", i)
		e := r.object(at, each, "id", "links", "status", "code", "title", "detail", "source", "meta")
		for _, name := range []string{"id", "status", "code", "title", "detail"} {
			s, ok := e[name].(string)
			r.want(ok && s != "", "%s: %s is %v", at, name, e[name])
		}
		if e["source"] != nil {
			source := r.object(at+"/source", e["source"], "pointer", "parameter", "header")
			if pointer, ok := source["pointer"].(string); ok {
				r.want(jsonPointer.MatchString(pointer), "%s: pointer %q", at, pointer)
			}
		}
		r.links(at+"/links", e["links"], "about", "type")
		r.meta(at+"/meta", e["meta"])
	}
}
