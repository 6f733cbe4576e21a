package api_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A search finds what the console's finds: of the key's workspace and of types that
// the key may read alone.
func TestSearchResults(t *testing.T) {
	b := setup(t)
	company := b.send("POST", "/v1/companies", `{"data":{"type":"company","attributes":{"name":"Moulin des Étoiles","domain":"moulin.example"}}}`).text("data", "id")
	person := b.send("POST", "/v1/people", `{"data":{"type":"person","attributes":{"full_name":"Ada Moulin"}}}`).text("data", "id")
	at := func(text string) string { return "/v1/search-results?" + url.Values{"filter[text]": {text}}.Encode() }
	for _, text := range []string{"moulin d", " MOULIN ", "moulin.example", company} {
		r := b.get(at(text))
		if r.status != 200 || len(r.ids()) != 1 || r.text("data", 0, "attributes", "entity_id") != company || r.text("data", 0, "attributes", "address") != "/v1/companies/"+company ||
			r.text("data", 0, "attributes", "name") != "Moulin des Étoiles" || r.at("meta", "more") != false {
			t.Errorf("%q: %s", text, r)
		}
	}
	if address := b.get(at(company)).text("data", 0, "attributes", "address"); b.get(address).status != 200 {
		t.Errorf("%s leads nowhere", address)
	}
	task := pgtest.Query[string](t, b.dbURL, `SELECT enrichment_task_id::text FROM enrichment_tasks LIMIT 1`)
	for key, found := range map[string][]string{
		b.k1: {company, person, task}, b.k2: {}, b.key(pgtest.Workspace, api.ScopeCompaniesRead): {company}, b.key(pgtest.Workspace, api.ScopeTasksRead): {task},
		b.key(pgtest.Workspace, api.ScopeDefinitionsRead): {},
	} {
		for _, id := range []string{company, person, task} {
			r := b.get(at(id), "Authorization", "Bearer "+key)
			want := 0
			if strings.Contains(strings.Join(found, " "), id) {
				want = 1
			}
			if r.status != 200 || len(r.ids()) != want {
				t.Errorf("%s for a key that sees %v: %s", id, found, r)
			}
		}
	}
	for _, bad := range []string{at(""), at(" "), at(strings.Repeat("x", 201)), at("a\x00"), at("x") + "&page[size]=1", "/v1/search-results?filter[name]=x"} {
		if r := b.get(bad); r.status != 400 {
			t.Errorf("%s: %s", bad, r)
		}
	}
	if r := b.get("/v1/search-results"); r.status != 200 || len(r.ids()) != 0 {
		t.Errorf("nothing sought: %s", r)
	}
	if r := b.get("/v1/search-results", "Authorization", ""); r.status != 401 {
		t.Error(r)
	}
}
