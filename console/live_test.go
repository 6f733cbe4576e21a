package console

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// An open page hears of what happens; once nobody listens, nothing is asked.
func TestLive(t *testing.T) {
	b := setup(t)
	server := httptest.NewServer(b.handler)
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+livePath, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%+v, %v", answer, err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	place := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return ""
	}
	if first := place(); first != "0" {
		t.Errorf("it begins at %q", first)
	}
	b.enqueue(enrich.Request{EntityType: "company", EntityID: "c-1", Type: enrich.Logo})
	if next := place(); next == "0" {
		t.Error("nothing was told of a new task")
	}
	// A page that was read after something happened has nothing to hear of it.
	b.enqueue(enrich.Request{EntityType: "company", EntityID: "c-2", Type: enrich.Logo})
	read := regexp.MustCompile(`data-live="([0-9]+)"`).FindStringSubmatch(b.shows("/tasks"))
	if read == nil {
		t.Fatal("the page does not say what it has seen")
	}
	if next := place(); next != read[1] {
		t.Errorf("the page has seen %s, and the newest event is the %sth", read[1], next)
	}
	if w := ask(locked(b), http.MethodGet, livePath, nil); w.Code != http.StatusUnauthorized {
		t.Errorf("without a key: %d", w.Code)
	}
}

func TestFeedsEndWithTheirLastReader(t *testing.T) {
	asked := make(chan struct{}, 100)
	f := &feeds{open: map[string]*feed{}, last: func(context.Context, string) (int64, error) { asked <- struct{}{}; return 1, nil }}
	places, leave := f.follow("ws")
	_, leaveToo := f.follow("ws")
	<-places
	leave()
	if len(f.open) != 1 {
		t.Error("the feed ended while somebody reads it")
	}
	leaveToo()
	if len(f.open) != 0 {
		t.Error("the feed outlives its readers")
	}
}

// The module is small: 12 kB compressed at most.
func TestModuleIsSmall(t *testing.T) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(readStatic()["console.js"].content)
	_ = w.Close()
	if out.Len() > 12<<10 || out.Len() < 500 {
		t.Errorf("%d bytes", out.Len())
	}
}
