package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// A process that was told to stop says that it is not ready, still answers requests for
// a while, each on a connection that ends with the answer, and is gone after that. In a
// rolling restart requests met two servers, one after the other, that were both away.
func TestAStoppingServerStillAnswers(t *testing.T) {
	b := setupWith(t, settings{DatabaseURL: pgtest.URL(t), Roles: []string{roleAPI}, Linger: 2 * time.Second})
	get := func(path string) (code int, ends bool) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+b.api.Key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, true
		}
		res.Body.Close()
		return res.StatusCode, res.Close
	}
	if code, ends := get("/v1/enrichment-tasks"); code != http.StatusOK || ends {
		t.Fatalf("before the stop: %d, the connection ends: %v", code, ends)
	}
	b.process.stop()
	stopped := time.Now()
	for code := 0; code != http.StatusServiceUnavailable; {
		if code, _ = get("/readyz"); time.Since(stopped) > time.Second {
			t.Fatalf("/readyz says %d behind the stop", code)
		}
	}
	if code, ends := get("/v1/enrichment-tasks"); code != http.StatusOK || !ends {
		t.Errorf("behind the stop: %d, the connection ends: %v", code, ends)
	}
	if err := b.process.Wait(); err != nil {
		t.Fatal(err)
	}
	if code, _ := get("/readyz"); code != 0 {
		t.Errorf("a process that has stopped answers %d", code)
	}
}
