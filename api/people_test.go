package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A person's key makes companies and people, and what follows from that is
// enqueued; a role address is nobody to look up.
func TestCompaniesAndPeopleAreMade(t *testing.T) {
	b := setup(t)
	made := b.send("POST", "/v1/companies", `{"data":{"type":"company","attributes":{"name":"Acme","domain":"https://www.Acme.com/about","email":"info@acme.com"}}}`)
	company := made.text("data", "id")
	if made.status != 201 || made.text("data", "attributes", "domain") != "acme.com" {
		t.Fatal(made)
	}
	kinds := func(id string) string {
		return pgtest.Query[string](t, b.dbURL, `SELECT coalesce(string_agg(enrichment_type || ' ' || source_channel, ', ' ORDER BY enrichment_type), '') FROM enrichment_tasks WHERE entity_id = $1`, id)
	}
	if got := kinds(company); got != "ai_company company_create, logo company_create, reconcile company_create" {
		t.Error(got)
	}
	person := func(email string) string {
		return b.send("POST", "/v1/people", `{"data":{"type":"person","attributes":{"full_name":"Ada Lovelace","email":"`+email+`"}}}`).text("data", "id")
	}
	ada := person("ada@acme.com")
	if got := kinds(ada); got != "ai_people person_create" {
		t.Error(got)
	}
	if got := kinds(person("billing@acme.com")); got != "" {
		t.Error(got)
	}
	related := `"relationships":{"company":{"data":{"type":"company","id":"` + company + `"}},"person":{"data":{"type":"person","id":"` + ada + `"}}}`
	job := b.send("POST", "/v1/company-people", `{"data":{"type":"company_person","attributes":{"job_title":"Analyst"},`+related+`}}`)
	if job.status != 201 {
		t.Fatal(job)
	}
	if list := b.get("/v1/people/" + ada + "/company_people"); len(list.ids()) != 1 {
		t.Error(list)
	}
	if r := b.send("DELETE", "/v1/people/"+ada, ""); r.status != 204 || b.get("/v1/people/"+ada).status != 404 {
		t.Error(r)
	}
	for _, bad := range []string{`"domain":"localhost"`, `"email":"nobody"`} {
		if r := b.send("POST", "/v1/companies", `{"data":{"type":"company","attributes":{`+bad+`}}}`); !r.refused(422, "INVALID_VALUE", "") {
			t.Error(bad, r)
		}
	}
	if r := b.send("POST", "/v1/company-people", `{"data":{"type":"company_person","attributes":{}}}`); r.status != 422 {
		t.Error(r)
	}
}

// A logo is served as a PNG that is nothing else, and to its workspace alone.
func TestMedia(t *testing.T) {
	b := setup(t)
	b.belongings()
	get := func(name, key string) (*http.Response, string) {
		r, err := http.NewRequest("GET", b.url+"/v1/media/"+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		res, err := b.wire.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res, string(body)
	}
	res, body := get(ownLogo, b.k1)
	if res.StatusCode != 200 || body != "own logo" || res.Header.Get("Content-Type") != "image/png" || res.Header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(res.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Error(res.Status, res.Header, body)
	}
	for name, key := range map[string]string{ownLogo: b.k2, strings.Repeat("0", 64): b.k1, "x": b.k1} {
		if res, _ := get(name, key); res.StatusCode != 404 {
			t.Error(name, res.Status)
		}
	}
}
