package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/enrichd/enrichd/jsonapi"
)

// The OpenAPI 3.1 document is made of the same tables as the routes.

type m = map[string]any

func ref(kind, name string) m { return m{"$ref": "#/components/" + kind + "/" + name} }

// openAPI is the document of all routes, as it is served.
func (s *server) openAPI() []byte {
	paths, tags := m{}, map[string]bool{}
	for _, r := range s.table() {
		item, _ := paths[r.path].(m)
		if item == nil {
			item = m{}
			paths[r.path] = item
		}
		item[strings.ToLower(r.method)] = s.operation(r)
		tags[tagOf(r)] = true
	}
	list := []m{}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, m{"name": name, "description": "Routes of " + name + "."})
	}
	doc := m{
		"openapi": "3.1.0",
		"info": m{
			"title": "enrichd", "version": "1", "summary": "Durable, asynchronous enrichment for a finance back office.",
			"description": "JSON:API 1.1 with the cursor pagination profile. Every error is a JSON:API error document; its code is one of a closed list.",
			"license":     m{"name": "Proprietary", "identifier": "LicenseRef-Proprietary"}, "contact": m{"name": "enrichd"},
		},
		"servers": []m{{"url": "/"}}, "tags": list, "paths": paths, "security": []m{{"key": []string{}}},
		"components": m{
			"schemas": s.schemas(), "responses": responses(), "parameters": s.sharedParameters(),
			"securitySchemes": m{"key": m{"type": "http", "scheme": "bearer", "description": "An API key of a workspace."}},
		},
	}
	raw, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic("api: the OpenAPI document: " + err.Error()) // it is made of constants
	}
	return append(raw, '\n')
}

// operation tells of one route.
func (s *server) operation(r route) m {
	op := m{
		"operationId": operationID(r), "summary": r.about.does, "description": r.about.does + scopeWords(r.scope), "tags": []string{tagOf(r)},
		"parameters": s.parametersOf(r), "responses": s.responsesOf(r),
	}
	if body := s.bodyOf(r); body != nil {
		op["requestBody"] = m{"required": r.method != "DELETE", "content": body}
	}
	return op
}

func scopeWords(scope string) string {
	if scope == "" {
		return " Any key may."
	}
	return " The key needs the scope " + scope + "."
}

var pathParameter = regexp.MustCompile(`\{([a-z_]+)\}`)

// operationID names a route by its method and path: get_invoices_id.
func operationID(r route) string {
	path := strings.NewReplacer("/v1/", "", "{", "", "}", "", "-", "_", "/", "_").Replace(r.path)
	return strings.ToLower(r.method) + "_" + path
}

// tagOf is the first step of the path.
func tagOf(r route) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.path, "/v1/"), "/")
	return first
}

// parametersOf are those of a route; all but those of the path are shared.
func (s *server) parametersOf(r route) []m {
	list := []m{}
	for _, found := range pathParameter.FindAllStringSubmatch(r.path, -1) {
		list = append(list, m{"name": found[1], "in": "path", "required": true, "schema": m{"type": "string"}, "description": "A public id."})
	}
	add := func(name string) { list = append(list, ref("parameters", componentName(name))) }
	add("workspaceId")
	if own := r.about.query; own[0] != "" {
		list = append(list, m{"name": own[0], "in": "query", "required": true, "schema": m{"type": "string", "minLength": 1}, "description": own[1]})
	}
	target := s.shownBy(r)
	if target == nil {
		return list
	}
	include := target.Type + "_include"
	if r.about.answers == answerPage || r.about.answers == answerLinkages {
		for _, name := range []string{"page[size]", "page[after]", "page[before]", target.Type + "_sort"} {
			add(name)
		}
		for _, name := range parameters(target.filters) {
			add(target.Type + "_" + jsonapi.FilterParameter(name))
		}
	}
	if r.about.answers == answerLinkage || r.about.answers == answerLinkages {
		include = r.about.resource.Type + "_" + r.about.relation + "_include"
	}
	for _, typ := range s.reachable(target) {
		add("fields[" + typ + "]")
	}
	add(include)
	return list
}

// reachable are the types that a document of a resource can hold.
func (s *server) reachable(r *resource) []string {
	types := []string{r.Type}
	for _, rel := range r.relations {
		types = append(types, rel.To)
		for _, further := range s.types[rel.To].relations {
			types = append(types, further.To)
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// componentName is a parameter's name as a name of a component.
func componentName(parameter string) string {
	return strings.Trim(notInName.ReplaceAllString(parameter, "_"), "_")
}

// sharedParameters are those of all queries.
func (s *server) sharedParameters() m {
	all := m{}
	add := func(component, name, words string, schema m) {
		all[componentName(component)] = m{"name": name, "in": "query", "schema": schema, "description": words}
	}
	add("workspaceId", "workspaceId", "The workspace of the key; another one is refused.", m{"type": "string"})
	add("page[size]", "page[size]", "How many, at most.", m{"type": "integer", "minimum": 1, "maximum": jsonapi.MaxPageSize, "default": jsonapi.DefaultPageSize})
	add("page[after]", "page[after]", "A cursor: what comes after it.", m{"type": "string", "minLength": 1})
	add("page[before]", "page[before]", "A cursor: what comes before it.", m{"type": "string", "minLength": 1})
	for typ, r := range s.types {
		add("fields["+typ+"]", "fields["+typ+"]", "The fields to show, between commas: "+quoted(r.names())+".", m{"type": "string"})
		add(typ+"_sort", "sort", "The order; -created_at unless it is given.", m{"type": "string", "enum": directions(r.sorts)})
		add(typ+"_filter[id]", "filter[id]", "An id, or several between commas.", m{"type": "string", "minLength": 1})
		for _, f := range r.filters {
			for _, name := range f.parameters() {
				add(typ+"_"+jsonapi.FilterParameter(name), jsonapi.FilterParameter(name), upperFirst(f.Words)+".", f.schema())
			}
		}
		include := func(component string, paths []string) {
			add(component, "include", "Relationships to include, between commas: "+quoted(paths)+".", m{"type": "string"})
		}
		include(typ+"_include", s.types.includes(r))
		for _, rel := range r.relations {
			include(typ+"_"+rel.Name+"_include", s.queryLinkage(rel).Include)
		}
	}
	return all
}

// relationOf is the relationship of a route.
func relationOf(r route) relationInfo {
	rel, _ := r.about.resource.relation(r.about.relation)
	return rel
}

// shownBy is the resource whose queries a route takes.
func (s *server) shownBy(r route) *resource {
	switch {
	case r.about.resource == nil || r.about.answers == answerNothing || r.method == "PATCH" && r.about.relation != "":
		return nil
	case r.about.answers == answerLinkage || r.about.answers == answerLinkages:
		return s.types[relationOf(r).To]
	}
	return r.about.resource
}

func (f filter) schema() m {
	schema := m{"type": "string", "minLength": 1}
	if f.Allowed != nil {
		one := "(" + strings.Join(f.Allowed, "|") + ")"
		schema["pattern"] = "^" + one + "(," + one + ")*$"
	}
	return schema
}

func directions(sorts []string) []string {
	var list []string
	for _, name := range sorts {
		list = append(list, name, "-"+name)
	}
	return list
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// bodyOf is what a route takes in its body.
func (s *server) bodyOf(r route) m {
	document := func(schema m) m { return m{jsonapi.MediaType: m{"schema": schema}} }
	switch {
	case r.method == "GET" || r.method == "DELETE":
		return nil
	case r.about.files:
		binary := m{"schema": m{"type": "string", "format": "binary"}}
		form := m{"type": "object", "required": []string{"file"}, "properties": m{"file": m{"type": "string", "format": "binary"}}}
		return m{"application/octet-stream": binary, "multipart/form-data": m{"schema": form}}
	case r.about.takes != nil:
		return document(ref("schemas", r.about.takes.Type+"_create"))
	case r.about.relation != "":
		return document(ref("schemas", "linkage_request"))
	case r.method == "POST" && r.about.resource.canCreate:
		return document(ref("schemas", r.about.resource.Type+"_create"))
	case r.method == "POST":
		return nil // its path says all
	}
	return document(ref("schemas", r.about.resource.Type+"_update"))
}

// responsesOf are the answers of a route: its own, and every error.
func (s *server) responsesOf(r route) m {
	list := m{}
	for _, status := range errorStatuses(r.method) {
		list[strconv.Itoa(status)] = ref("responses", "error")
	}
	document := func(schema m) m {
		return m{"description": "The document.", "content": m{jsonapi.MediaType: m{"schema": schema}}}
	}
	success, res := m{}, r.about.resource
	if res == nil {
		res = r.about.gives
	}
	switch {
	case r.about.answers == answerStream:
		list["200"] = m{"description": "The stream.", "content": m{"text/event-stream": m{"schema": m{"type": "string"}}}}
		return list
	case r.about.answers == answerPicture:
		list["200"] = m{"description": "The picture.", "content": m{"image/png": m{"schema": m{"type": "string", "format": "binary"}}}}
		return list
	case r.about.answers == answerLinkage || r.about.answers == answerLinkages:
		success = document(ref("schemas", "linkage"))
	case r.about.or != "" && res == nil:
		success = document(ref("schemas", r.about.or+"_document"))
	case r.about.or != "":
		success = document(m{"anyOf": []m{ref("schemas", res.Type+"_document"), ref("schemas", r.about.or+"_document")}})
	case r.about.answers == answerOne:
		success = document(ref("schemas", res.Type+"_document"))
	case r.about.answers == answerPage:
		success = document(ref("schemas", res.Type+"_page"))
	}
	if r.about.answers == answerNothing {
		list["204"] = m{"description": "It is done; there is nothing to say."}
		return list
	}
	list["200"] = success
	if r.method == "GET" {
		list["304"] = m{"description": "The caller has it already."}
	}
	if r.method == "POST" {
		list["201"] = success
	}
	return list
}

// errorStatuses are those that a method can answer with, out of the published
// codes.
func errorStatuses(method string) []int {
	writes := []int{http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}
	seen := map[int]bool{}
	for _, code := range jsonapi.Codes() {
		seen[code.Status] = code.Status != http.StatusMethodNotAllowed && (method != http.MethodGet || !slices.Contains(writes, code.Status))
	}
	maps.DeleteFunc(seen, func(_ int, told bool) bool { return !told })
	return slices.Sorted(maps.Keys(seen))
}

func responses() m {
	return m{"error": m{
		"description": "What was wrong, in one or more errors.",
		"content":     m{jsonapi.MediaType: m{"schema": ref("schemas", "errors")}},
	}}
}

// serveOpenAPI answers GET /openapi.json.
func (s *server) serveOpenAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Content-Length", strconv.Itoa(len(s.described)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(s.described) // a caller that went away is no error of ours
	}
}
