package main

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

// sseEvent is one server-sent event.
type sseEvent struct{ id, name, data string }

// stream follows the events of a key's workspace until the test ends.
func (b *bench) stream(key, lastID string) (<-chan sseEvent, http.Header) {
	b.Helper()
	events, header, leave := b.follow(key, lastID)
	b.Cleanup(leave)
	return events, header
}

// follow follows the events of a key's workspace until leave is called.
func (b *bench) follow(key, lastID string) (events <-chan sseEvent, header http.Header, leave func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "GET", b.url+"/v1/events", nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 200 {
		b.Fatalf("%v %v", res, err)
	}
	read := make(chan sseEvent, 10_000)
	go func() {
		defer close(read)
		defer res.Body.Close()
		var e sseEvent
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				if e.name != "" {
					read <- e
				}
				e = sseEvent{}
			}
		}
	}()
	return read, res.Header, cancel
}

// next waits for an event whose data holds a text.
func next(t testing.TB, events <-chan sseEvent, holds string) sseEvent {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case e, open := <-events:
			if !open {
				t.Fatalf("the stream ended before an event with %q", holds)
			}
			if strings.Contains(e.data, holds) {
				return e
			}
		case <-limit:
			t.Fatalf("no event with %q came", holds)
		}
	}
}
