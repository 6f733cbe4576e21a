package api_test

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// The OpenAPI document is valid, and the one that is under review.
func TestOpenAPI(t *testing.T) {
	b := setup(t)
	got := b.get("/openapi.json")
	if got.status != 200 || got.header.Get("Content-Type") != "application/json" {
		t.Fatal(got.status, got.header)
	}
	doc, err := openapi3.NewLoader().LoadFromData([]byte(got.body))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	const golden = "../docs/openapi.json"
	if *update {
		if err := os.WriteFile(golden, []byte(got.body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != got.body {
		t.Errorf("%s is not what is served; read the difference and run go test ./api -run OpenAPI -update (%v)", golden, err)
	}
}
