package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/client"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// bench is the whole program in one process on a database of its own.
type bench struct {
	testing.TB
	url     string // of the server
	dbURL   string
	blobs   string
	process *process
	api     *client.Client
}

func setup(t testing.TB) *bench {
	t.Helper()
	return setupOn(t, pgtest.URL(t), roleAPI, roleWorker, roleConsole)
}

// setupIdle serves the API without a worker: what is enqueued waits.
func setupIdle(t testing.TB) *bench {
	t.Helper()
	return setupOn(t, pgtest.URL(t), roleAPI)
}

func setupOn(t testing.TB, dbURL string, roles ...string) *bench {
	t.Helper()
	return setupWith(t, settings{DatabaseURL: dbURL, Roles: roles})
}

// setupWith starts the program with these settings; it adds what a test has in any case.
func setupWith(t testing.TB, o settings) *bench {
	t.Helper()
	b, roles := &bench{TB: t, dbURL: o.DatabaseURL, blobs: t.TempDir()}, o.Roles
	ctx, cancel := context.WithCancel(context.Background())
	o.Addr, o.Blobs, o.Cache, o.Reader, o.Slots, o.Drain = "127.0.0.1:0", b.blobs, kindtest.CacheDir(), kindtest.ReaderCommand(), 8, time.Second
	o.Log, o.Workspace = slog.New(slog.DiscardHandler), pgtest.Workspace
	p, err := start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = p.Wait() })
	b.process, b.url = p, p.URL()
	if slices.Contains(roles, roleWorker) {
		if err := p.awaitReady(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.db.EnsureWorkspace(ctx, pgtest.Workspace, "Test"); err != nil {
		t.Fatal(err)
	}
	b.api = &client.Client{BaseURL: b.url, Key: b.key(pgtest.Workspace, api.Scopes()...)}
	return b
}

// key makes an API key of a workspace.
func (b *bench) key(workspace string, scopes ...string) string {
	b.Helper()
	token, key, hash := api.NewKey(workspace, "test", "person", scopes)
	if err := b.process.db.AddKey(context.Background(), key, hash); err != nil {
		b.Fatal(err)
	}
	return token
}

func (b *bench) upload(name string, content []byte) client.Resource {
	b.Helper()
	doc, _, err := b.api.Upload(context.Background(), name, bytes.NewReader(content))
	if err != nil {
		b.Fatalf("upload %s: %v", name, err)
	}
	return doc
}

// until waits for the task of a type on an entity to be settled.
func (b *bench) until(taskType, entityID string) client.Resource {
	b.Helper()
	query := url.Values{"filter[enrichment_type]": {taskType}, "filter[entity_id]": {entityID}}
	for range 6000 { // it may wait behind the recognition of many pages
		page, err := b.api.Tasks(context.Background(), query)
		if err == nil && len(page.Data) > 0 && settled(page.Data[0].Text("status")) {
			return page.Data[0]
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.Fatalf("no %s task of %s was settled", taskType, entityID)
	return client.Resource{}
}

// call sends a raw request as the bench's key and returns status, headers and body.
func (b *bench) call(method, path, contentType, body string) (int, http.Header, map[string]any) {
	b.Helper()
	return b.callAs(b.api.Key, method, path, contentType, body)
}

func (b *bench) callAs(key, method, path, contentType, body string) (int, http.Header, map[string]any) {
	b.Helper()
	req, err := http.NewRequest(method, b.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		b.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	var doc map[string]any
	if len(raw) > 0 && json.Unmarshal(raw, &doc) != nil {
		doc = map[string]any{"text": string(raw)}
	}
	return res.StatusCode, res.Header, doc
}

// dig follows names and positions into a JSON value; nil where it ends.
func dig(v any, path ...any) any {
	for _, step := range path {
		switch at := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[at]
		case int:
			list, _ := v.([]any)
			if at >= len(list) {
				return nil
			}
			v = list[at]
		}
	}
	return v
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
