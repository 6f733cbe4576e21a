package api

import (
	"html/template"
	"net/http"

	"github.com/enrichd/enrichd/jsonapi"
)

// referencePath is the page that people read about the API.
const referencePath = "/docs/api"

// reference is one page without scripts, made of the tables. Nothing on it is
// loaded from anywhere.
var reference = template.Must(template.New("reference").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>enrichd API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
code{font-family:ui-monospace,monospace;background:#f2f2f2;padding:.1em .3em;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:1rem 0}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ddd}
nav li{display:inline-block;margin-right:1rem}ul{padding-left:1rem}
</style></head><body>
<h1>enrichd API</h1>
<p>JSON:API 1.1 with cursor pages; the machine-readable form is <a href="/openapi.json">openapi.json</a>. Send
<code>Authorization: Bearer …</code>, and bodies as <code>{{.MediaType}}</code>.</p>
<nav><ul>{{range .Resources}}<li><a href="#{{.Type}}">{{.Type}}</a></li>{{end}}<li><a href="#routes">routes</a></li><li><a href="#codes">error codes</a></li></ul></nav>
{{range .Resources}}
<h2 id="{{.Type}}">{{.Type}}</h2>
<table><tr><th>field</th><th>who writes it</th></tr>
{{range .Fields}}<tr><td><code>{{.Name}}</code></td><td>{{.Write}}</td></tr>{{end}}
{{range .Relations}}<tr><td><code>{{.Name}}</code>, a relationship to {{.To}}</td><td>{{.Write}}</td></tr>{{end}}</table>
<p>Filters: {{range .Filters}}<code>{{.}}</code> {{else}}none{{end}}<br>Sorts: {{range .Sorts}}<code>{{.}}</code> {{end}}</p>
{{end}}
<h2 id="routes">Routes</h2>
<table><tr><th>route</th><th>what it does</th><th>scope</th></tr>
{{range .Routes}}<tr><td><code>{{.Method}} {{.Path}}</code></td><td>{{.Does}}</td><td>{{.Scope}}</td></tr>{{end}}</table>
<h2 id="codes">Error codes</h2>
<table><tr><th>code</th><th>status</th><th>title</th></tr>
{{range .Codes}}<tr><td><code>{{.Name}}</code></td><td>{{.Status}}</td><td>{{.Title}}</td></tr>{{end}}</table>
</body></html>
`))

type referenceField struct{ Name, To, Write string }

type referenceResource struct {
	Type              string
	Fields, Relations []referenceField
	Filters, Sorts    []string
}

type referenceRoute struct{ Method, Path, Does, Scope string }

// words says for people who writes a field.
func (w writing) words() string {
	switch w {
	case needed:
		return "you, at creation: required"
	case offered:
		return "you, at creation"
	case early:
		return "you, until work begins"
	case editable:
		return "you, at any time"
	}
	return "the system"
}

// serveReference answers GET /docs/api.
func (s *server) serveReference(w http.ResponseWriter, r *http.Request) {
	data := struct {
		MediaType string
		Resources []referenceResource
		Routes    []referenceRoute
		Codes     []jsonapi.Code
	}{MediaType: jsonapi.MediaType, Codes: jsonapi.Codes()}
	for _, res := range s.list {
		one := referenceResource{Type: res.Type, Sorts: directions(res.sorts)}
		for _, f := range res.fields {
			one.Fields = append(one.Fields, referenceField{Name: f.Name, Write: f.Write.words()})
		}
		for _, rel := range res.relations {
			one.Relations = append(one.Relations, referenceField{Name: rel.Name, To: rel.To, Write: rel.Write.words()})
		}
		for _, name := range parameters(res.filters) {
			one.Filters = append(one.Filters, jsonapi.FilterParameter(name))
		}
		data.Resources = append(data.Resources, one)
	}
	for _, route := range s.table() {
		data.Routes = append(data.Routes, referenceRoute{route.method, route.path, route.about.does, route.scope})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	if err := reference.Execute(w, data); err != nil {
		s.log.Error("the reference was not written", "request", traceID(r), "error", err)
	}
}
