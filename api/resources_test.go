package api_test

import (
	"context"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// What every resource offers works: each list and each single resource, each
// sort, filter, fieldset and inclusion that the OpenAPI document tells of, with a
// record of each kind; and the answer is of the shape that the document promises.
func TestEveryResourceKeepsItsWord(t *testing.T) {
	b := setup(t)
	own := b.belongings()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(b.get("/openapi.json").body))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for path, item := range doc.Paths.Map() {
		resource, _, named := strings.Cut(path, "}")
		address := path
		if named {
			address = strings.Replace(path, "{id}", own[resource+"}"], 1)
		}
		if item.Get == nil || item.Get.Responses.Value("200").Value.Content[jt] == nil || placeholder.MatchString(address) {
			continue
		}
		schema := item.Get.Responses.Value("200").Value.Content[jt].Schema.Value
		b.keeps(address, schema)
		for _, parameter := range item.Get.Parameters {
			p := parameter.Value
			if strings.Count(address, "/") > 3 && p.Name != "include" {
				continue // what a relationship leads to takes the parameters of its own resource
			}
			if p.In == "query" && !strings.HasPrefix(p.Name, "page[") && p.Name != "workspaceId" {
				b.offers(address, p, schema)
				asked++
			}
		}
	}
	if asked < 100 {
		t.Errorf("only %d parameters were tried", asked)
	}
}

// keeps holds the answer of an address against its schema.
func (b *bench) keeps(address string, schema *openapi3.Schema) {
	b.Helper()
	r := b.get(address)
	if r.status != 200 {
		b.Errorf("%s: %s", address, r)
		return
	}
	if err := schema.VisitJSON(r.doc, openapi3.EnableJSONSchema2020()); err != nil {
		b.Errorf("%s: %v\n%s", address, err, shorten(r.body))
	}
}

// offers tries a query parameter: all the values that it names, or one that fits.
func (b *bench) offers(address string, p *openapi3.Parameter, schema *openapi3.Schema) {
	b.Helper()
	switch {
	case p.Name == "sort":
		for _, value := range p.Schema.Value.Enum {
			b.keeps(address+"?sort="+value.(string), schema)
		}
	case p.Name == "include" || strings.HasPrefix(p.Name, "fields["):
		_, list, _ := strings.Cut(strings.TrimSuffix(p.Description, "."), ": ")
		for value := range strings.SplitSeq(list, ", ") {
			b.keeps(address+"?"+p.Name+"="+value, schema)
		}
		b.keeps(address+"?"+p.Name+"=", schema)
	default:
		for _, value := range []string{unknown, "2026-05-01T00:00:00Z", "2026-05-01", "12.50", "true", "pending", "manual", "logo", "enrichment_task.created", "standing", "x"} {
			r := b.get(address + "?" + p.Name + "=" + value)
			if r.status >= 500 {
				b.Errorf("%s?%s=%s: %s", address, p.Name, value, r)
			}
			if r.status == 200 {
				b.keeps(address+"?"+p.Name+"="+value, schema)
				return
			}
		}
		b.Errorf("%s: no value was taken for %s (%s)", address, p.Name, p.Description)
	}
}
