package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
)

// mood is how well a generated request means it.
type mood int

const (
	valid   mood = iota // as the OpenAPI document says
	nearly              // with one thing that is wrong
	hostile             // with things that nobody would send
)

// generator makes requests out of the OpenAPI document alone, and of ids that
// are there.
type generator struct {
	*rand.Rand
	doc   map[string]any
	known map[string][]string // ids of W1 by the path of their list
	mark  string              // stands in every text of the caller's
	mood  mood
}

// generated is a request, and the operation that it is one of.
type generated struct {
	method, route, path, body string
	headers                   []string
	operation                 map[string]any
}

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// resolve follows a reference within the document.
func (g *generator) resolve(v any) map[string]any {
	m, _ := v.(map[string]any)
	for m["$ref"] != nil {
		var at any = g.doc
		for _, step := range strings.Split(strings.TrimPrefix(m["$ref"].(string), "#/"), "/") {
			at = dig(at, step)
		}
		m, _ = at.(map[string]any)
	}
	return m
}

// request makes a request of an operation.
func (g *generator) request(op operation) generated {
	r := generated{method: op.method, route: op.path, operation: g.resolve(dig(g.doc, "paths", op.path, strings.ToLower(op.method)))}
	g.mood = pick(g, []mood{valid, valid, nearly, nearly, hostile})
	base, _, _ := strings.Cut(op.path, "/{")
	id := g.id(base)
	r.path = placeholder.ReplaceAllStringFunc(op.path, func(name string) string {
		if name == "{id}" {
			return url.PathEscape(id)
		}
		return url.PathEscape(g.id(base))
	}) + g.query(r.operation)
	if content, ok := dig(r.operation, "requestBody", "content").(map[string]any); ok {
		r.body, r.headers = g.body(content, id)
	}
	r.headers = append(r.headers, g.headers()...)
	return r
}

// id is mostly one that is there.
func (g *generator) id(base string) string {
	switch ids := g.known[base]; {
	case g.mood == hostile && g.chance(40):
		return pick(g, horrors())
	case len(ids) == 0 || g.mood != valid && g.chance(30):
		return pick(g, []string{unknown, "own-nothing", strings.ToUpper(unknown), "1", "null"})
	default:
		return pick(g, ids)
	}
}

// horrors are texts that have hurt programs.
func horrors() []string {
	return []string{
		"\x00", "a\x00b", "'; DROP TABLE enrichment_tasks; --", "\xff\xfe", strings.Repeat("a", 300), strings.Repeat("é", 5000), "../../etc/passwd", "%00", "%zz",
		"\u202eabc", "{{7*7}}", "${jndi:ldap://127.0.0.1/a}", "-1", "1e400", "9223372036854775808", "NaN", "🤷", "\r\nSet-Cookie: a=b", ",,,", strings.Repeat("a,", 200),
		"null", "[]", " ", "\u0130\u017ftatus", "infinity", "0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "2026-02-30T00:00:00Z",
	}
}

// query gives some of the parameters that an operation takes.
func (g *generator) query(op map[string]any) string {
	list, _ := op["parameters"].([]any)
	pairs := []string{}
	for _, each := range list {
		parameter := g.resolve(each)
		name, _ := parameter["name"].(string)
		if parameter["in"] != "query" || !g.chance(15) || name == "page[before]" {
			continue
		}
		value := g.parameter(name, parameter)
		if g.mood == hostile && g.chance(50) {
			value = pick(g, horrors())
		}
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	switch {
	case g.mood == nearly && g.chance(30) && len(pairs) > 0:
		pairs = append(pairs, pick(g, []string{pairs[0], strings.ToUpper(pairs[0][:1]) + pairs[0][1:], pairs[0] + ",", "foo=bar", "limit=1", "page[number]=2"}))
	case g.mood == hostile && g.chance(30):
		pairs = append(pairs, pick(g, []string{"%zz", "a=%", "filter[=1", "page[after]=" + strings.Repeat("A", 2000), "&&&", "filter[status][status]=1", "sort=%00", strings.Repeat("x", 17_000)}))
	}
	if len(pairs) == 0 {
		return ""
	}
	return "?" + strings.Join(pairs, "&")
}

// parameter is a value that its schema, or its words, allow.
func (g *generator) parameter(name string, parameter map[string]any) string {
	words, schema := fmt.Sprint(parameter["description"]), g.resolve(parameter["schema"])
	pattern, _ := schema["pattern"].(string)
	_, listed, hasList := strings.Cut(strings.TrimSuffix(words, "."), ": ")
	switch {
	case name == "workspaceId":
		return pick(g, g.known["/v1/workspaces"])
	case schema["enum"] != nil:
		return fmt.Sprint(pick(g, schema["enum"].([]any)))
	case schema["type"] == "integer":
		return fmt.Sprint(1 + g.IntN(500))
	case pattern != "":
		one, _, _ := strings.Cut(strings.TrimPrefix(pattern, "^("), ")")
		return pick(g, strings.Split(one, "|"))
	case hasList:
		return pick(g, strings.Split(listed, ", "))
	case strings.Contains(words, "uuid"), strings.Contains(words, "id"):
		return pick(g, g.known[base])
	case strings.Contains(words, "time"):
		return "2026-05-01T10:30:00Z"
	case strings.Contains(words, "date"):
		return "2026-05-01"
	case strings.Contains(words, "decimal"):
		return "12.50"
	case strings.Contains(words, "true or false"):
		return "true"
	}
	return pick(g, []string{"company", "e-1", g.mark})
}

// headers are what a caller may add.
func (g *generator) headers() []string {
	switch {
	case g.mood == nearly && g.chance(20):
		return pick(g, [][]string{{"Accept", "text/html"}, {"Accept", jt + ";charset=utf-8"}, {"If-Match", `"old"`}, {"If-Match", `W/"x"`}, {"Content-Type", "text/plain"}, {"Authorization", "Bearer no"}})
	case g.mood == hostile && g.chance(30):
		return pick(g, [][]string{{"Accept", strings.Repeat("a/b,", 3000)}, {"Accept", jt + `;ext="`}, {"If-None-Match", `"`}, {"Content-Type", ";;;"}, {"X-Long", strings.Repeat("a", 25_000)}, {"Idempotency-Key", strings.Repeat("k", 300)}, {"Traceparent", "00-zz"}})
	case g.chance(10):
		return []string{"Idempotency-Key", fmt.Sprintf("key-%d", g.IntN(20))}
	}
	return nil
}

// body is what the schema of an operation asks for, or something like it.
func (g *generator) body(content map[string]any, id string) (body string, headers []string) {
	if content[jt] == nil { // a file
		file := pick(g, []string{"<Invoice/>", "%PDF-1.7", "", "a;b;c\n1;2;3", "\x00\xff", ":20:START\n:25:1/2\n"})
		return file, []string{"Content-Type", "application/octet-stream", "Content-Disposition", `attachment; filename="of.txt"`}
	}
	doc := g.value(g.resolve(dig(content, jt, "schema")))
	if data, ok := dig(doc, "data").(map[string]any); ok {
		if data["id"] != nil {
			data["id"] = id
		}
		if press, ok := data["attributes"].(map[string]any); ok && press["entity_ids"] != nil && g.mood == valid {
			delete(press, "selector") // as the words say, not the schema
		}
	}
	if g.mood == nearly {
		doc = g.spoil(doc)
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		panic(err) // it is made of JSON
	}
	body = string(raw)
	if g.mood == hostile {
		body = g.mangle(body)
	}
	return body, nil
}

// value is one that fits a schema.
func (g *generator) value(schema map[string]any) any {
	switch {
	case schema["const"] != nil:
		return schema["const"]
	case schema["enum"] != nil:
		return pick(g, schema["enum"].([]any))
	case schema["oneOf"] != nil:
		return g.value(g.resolve(pick(g, schema["oneOf"].([]any))))
	}
	typ, _ := schema["type"].(string)
	if either, ok := schema["type"].([]any); ok {
		typ = fmt.Sprint(pick(g, either))
	}
	switch typ {
	case "object":
		return g.object(schema)
	case "array":
		list, least := []any{}, 0.0
		if schema["minItems"] != nil {
			least = schema["minItems"].(float64)
		}
		for range int(least) + g.IntN(3) {
			list = append(list, g.value(g.resolve(schema["items"])))
		}
		return list
	case "string":
		return g.text(schema)
	case "integer":
		return g.IntN(1000)
	case "boolean":
		return g.chance(50)
	case "null":
		return nil
	}
	return pick(g, []any{1.5, true, nil, g.mark, []any{}, map[string]any{}})
}

func (g *generator) text(schema map[string]any) string {
	pattern := fmt.Sprint(schema["pattern"])
	switch {
	case schema["format"] == "date":
		return "2026-05-31"
	case schema["format"] == "uuid":
		return pick(g, g.known[base])
	case strings.Contains(pattern, `\.`):
		return "12.50"
	}
	return fmt.Sprintf("%s %d", g.mark, g.IntN(1000))
}

func (g *generator) object(schema map[string]any) map[string]any {
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if slices.Contains(required, any(name)) || g.chance(40) {
			object[name] = g.value(g.resolve(properties[name]))
		}
	}
	if properties == nil {
		object["record_id"] = g.mark
	}
	if len(properties) == 3 && properties["meta"] != nil && object["id"] != nil { // an identifier
		object["type"], object["id"] = "enrichment_task", pick(g, g.known[base])
	}
	return object
}

// spoil changes one thing somewhere in a document.
func (g *generator) spoil(v any) any {
	if list, ok := v.([]any); ok && len(list) > 0 && g.chance(70) {
		i := g.IntN(len(list))
		list[i] = g.spoil(list[i])
		return list
	}
	object, ok := v.(map[string]any)
	if !ok || len(object) == 0 || g.chance(15) {
		return pick(g, []any{nil, 5, "", "x", []any{}, []any{nil}, map[string]any{}, true, strings.Repeat("y", 11_000)})
	}
	name := pick(g, slices.Sorted(maps.Keys(object)))
	switch g.IntN(8) {
	case 0:
		delete(object, name)
	case 1:
		object[pick(g, []string{"status", "pk", "workspace_pk", "created_at", "input_hash", "deleted_at", "Type", "nope", "@context", "id"})] = pick(g, []any{nil, "pending", 7})
	case 2:
		object[strings.ToUpper(name)] = object[name]
	default:
		object[name] = g.spoil(object[name])
	}
	return object
}

// mangle makes of a document what no library would send.
func (g *generator) mangle(body string) string {
	text := pick(g, []string{`"\u0000"`, `"\ud800"`, `"\udc00\ud800"`, "\"\xff\"", `1e400`, `-0`, `123456789012345678901234567890`, `{"__proto__":{}}`, `"` + strings.Repeat("é", 20_000) + `"`})
	switch g.IntN(8) {
	case 0:
		return body[:g.IntN(len(body))]
	case 1:
		return strings.Repeat(`{"data":`, 100_000)
	case 2:
		return `{"data":null,` + strings.TrimPrefix(body, "{")
	case 3:
		return body + body
	case 4:
		return strings.Repeat(" ", 1<<20) + body
	case 5:
		return "\ufeff" + body
	}
	at := strings.LastIndexByte(body[:1+g.IntN(len(body))], ':')
	return body[:at+1] + text + body[min(len(body), max(at+1, len(body)-g.IntN(4))):]
}
