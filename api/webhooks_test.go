package api_test

import (
	"context"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

const (
	endpoints  = "/v1/webhook-endpoints"
	deliveries = "/v1/webhook-deliveries"
)

func endpointOf(attributes string) string {
	return `{"data":{"type":"webhook_endpoint","attributes":{` + attributes + `}}}`
}

// An endpoint is made, read, changed, rotated and deleted; its secret is shown
// when it is made and nowhere else.
func TestWebhookEndpoints(t *testing.T) {
	b := setup(t, func(o *api.Options) { o.CheckTarget = fetch.New(fetch.Options{}).CheckURL })
	made := b.send("POST", endpoints, endpointOf(`"url":"https://hooks.example/in","event_types":["enrichment_task.failed","enrichment_task.failed"]`))
	secret, id := made.text("meta", "secret"), made.text("data", "id")
	if made.status != 201 || !strings.HasPrefix(secret, "whsec_") || made.header.Get("Location") != endpoints+"/"+id {
		t.Fatal(made)
	}
	for _, path := range []string{endpoints, endpoints + "/" + id, deliveries} {
		if got := b.get(path); got.status != 200 || strings.Contains(got.body, "whsec_") {
			t.Errorf("%s: %s", path, got)
		}
		if got := b.get(path, "Authorization", "Bearer "+b.key(pgtest.Workspace, api.ScopeTasksRead)); got.status != 403 {
			t.Errorf("%s without the scope: %s", path, got)
		}
	}
	patch := func(attributes string) reply {
		return b.send("PATCH", endpoints+"/"+id, `{"data":{"type":"webhook_endpoint","id":"`+id+`","attributes":{`+attributes+`}}}`)
	}
	if got := patch(`"enabled":false,"description":"The books","event_types":null`); got.status != 200 || !strings.Contains(got.body, `"enabled":false`) ||
		!strings.Contains(got.body, `"enrichment_batch.completed"`) || !strings.Contains(got.body, `https://hooks.example/in`) {
		t.Error(got)
	}
	if got := patch(`"url":null`); got.status != 422 {
		t.Error(got)
	}
	rotated := b.send("POST", endpoints+"/"+id+"/rotate", "")
	if fresh := rotated.text("meta", "secret"); rotated.status != 200 || fresh == secret || !strings.HasPrefix(fresh, "whsec_") {
		t.Error(rotated)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if got := b.send(method, endpoints+"/"+id, "", "Authorization", "Bearer "+b.k2); got.status != 404 {
			t.Errorf("%s from another workspace: %s", method, got)
		}
	}
	if got := b.send("POST", endpoints+"/"+id+"/rotate", "", "Authorization", "Bearer "+b.k2); got.status != 404 {
		t.Error(got)
	}
	if got := b.send("DELETE", endpoints+"/"+id, ""); got.status != 204 {
		t.Error(got)
	}
	if got := b.get(endpoints + "/" + id); got.status != 404 {
		t.Error(got)
	}
}

func TestRefusedEndpoints(t *testing.T) {
	b := setup(t, func(o *api.Options) { o.CheckTarget = fetch.New(fetch.Options{}).CheckURL })
	for attributes, pointer := range map[string]string{
		``:                                 "/data/attributes",
		`"url":null`:                       "/data/attributes/url",
		`"url":"http://127.0.0.1/"`:        "/data/attributes/url",
		`"url":"http://169.254.169.254/"`:  "/data/attributes/url",
		`"url":"http://[::ffff:10.0.0.1]"`: "/data/attributes/url",
		`"url":"https://a.example:8443/"`:  "/data/attributes/url",
		`"url":"ftp://a.example/"`:         "/data/attributes/url",
		`"url":"https://u:p@a.example/"`:   "/data/attributes/url",
		`"url":"https://a.example/","event_types":["enrichment_task.cooked"]`: "/data/attributes/event_types",
		`"url":"https://a.example/","enabled":false`:                          "/data/attributes/enabled",
		`"url":"https://a.example/","secret":"whsec_x"`:                       "/data/attributes/secret",
	} {
		got := b.send("POST", endpoints, endpointOf(attributes))
		if got.status != 422 || !strings.Contains(got.body, `"pointer":"`+pointer) || strings.Contains(got.body, "\"pointer\":\"\"") {
			t.Errorf("%s: %s", attributes, got)
		}
	}
	for i := range 51 {
		got := b.send("POST", endpoints, endpointOf(`"url":"https://a.example/"`))
		if want := map[bool]int{true: 201, false: 422}[i < 50]; got.status != want {
			t.Fatalf("endpoint %d: %s", i+1, got)
		}
	}
}

// The log says what is told to whom, by endpoint, state and event; one is sent again.
func TestWebhookDeliveries(t *testing.T) {
	b, ctx := setup(t), context.Background()
	id := b.send("POST", endpoints, endpointOf(`"url":"https://hooks.example/in"`)).text("data", "id")
	out, err := b.db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{{EntityType: "document", EntityID: "d", Type: enrich.OCRExtract}})
	if err != nil {
		t.Fatal(err)
	}
	if sendings, turn, err := b.db.ClaimDeliveries(ctx, 10); err != nil || !turn || len(sendings) != 1 {
		t.Fatal(sendings, turn, err)
	}
	query := "?filter[webhook_endpoint_id]=" + id + "&filter[state]=pending&filter[event_type]=enrichment_task.created&filter[subject_id]=" + out[0].Task.ID + "&include=webhook_endpoint"
	list := b.get(deliveries + query)
	if list.status != 200 || !strings.Contains(list.body, out[0].Task.ID) || !strings.Contains(list.body, "https://hooks.example/in") {
		t.Fatal(list)
	}
	if empty := b.get(deliveries + "?filter[state]=failed"); empty.status != 200 || strings.Contains(empty.body, out[0].Task.ID) {
		t.Error(empty)
	}
	one := pgtest.Query[string](t, b.dbURL, `SELECT webhook_delivery_id::text FROM webhook_deliveries`)
	if got := b.get(deliveries + "/" + one); got.status != 200 || !strings.Contains(got.body, `"attempts":1`) {
		t.Error(got)
	}
	if got := b.send("POST", deliveries+"/"+one+"/redeliver", ""); got.status != 202 {
		t.Error(got)
	}
	foreign := b.send("POST", deliveries+"/"+one+"/redeliver", "", "Authorization", "Bearer "+b.k2)
	if list := b.get(deliveries, "Authorization", "Bearer "+b.k2); foreign.status != 404 || strings.Contains(list.body, one) {
		t.Error(foreign, list)
	}
}
