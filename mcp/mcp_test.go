package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/mcp"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/trigger"
)

// bench is a server with the hub, and keys of two workspaces.
type bench struct {
	*testing.T
	url             string
	db              *postgres.DB
	key, other      string
	session, others *sdk.ClientSession
}

const otherWorkspace = "ws-other"

func setup(t *testing.T) *bench {
	t.Helper()
	db := pgtest.Open(t, pgtest.URL(t))
	ctx := context.Background()
	cursors, err := db.CursorKey(ctx)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := blob.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.EnsureWorkspace(ctx, otherWorkspace, "Other"); err != nil {
		t.Fatal(err)
	}
	face := api.Handler(api.Options{Store: db, Blobs: folder, Triggers: trigger.New(nil), CursorKey: cursors, Log: slog.New(slog.DiscardHandler)})
	hub := mcp.Handler(mcp.Options{
		API: face, Budget: 5_000_000,
		Scopes: func(ctx context.Context, bearer string) ([]string, error) {
			key, err := api.FindKey(ctx, db, bearer)
			return key.Scopes, err
		},
	})
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	b := &bench{T: t, url: server.URL, db: db}
	b.key, b.other = b.newKey(pgtest.Workspace, api.Scopes()...), b.newKey(otherWorkspace, api.Scopes()...)
	b.session, b.others = b.connect(b.key), b.connect(b.other)
	return b
}

func (b *bench) newKey(workspace string, scopes ...string) string {
	token, key, hash := api.NewKey(workspace, "agent", "agent", scopes)
	if err := b.db.AddKey(context.Background(), key, hash); err != nil {
		b.Fatal(err)
	}
	return token
}

// bearer adds a key to each request.
type bearer struct{ key string }

func (k bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+k.key)
	return http.DefaultTransport.RoundTrip(r)
}

func (b *bench) connect(key string) *sdk.ClientSession {
	b.Helper()
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	s, err := c.Connect(context.Background(), &sdk.StreamableClientTransport{Endpoint: b.url + mcp.Path, HTTPClient: &http.Client{Transport: bearer{key}}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// says reports whether a numbered statement holds.
func (b *bench) says(number string, holds bool, got ...any) {
	b.Helper()
	b.Run(number, func(t *testing.T) {
		t.Helper()
		if !holds {
			t.Errorf("%s does not hold: %.1500s", number, fmt.Sprint(got...))
		}
	})
}

// send sends a request as it is; headers are pairs.
func (b *bench) send(method, path, body string, headers ...string) (*http.Response, string) {
	b.Helper()
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
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
	return res, string(raw)
}

// call calls a tool and reads its structured answer.
func (b *bench) call(s *sdk.ClientSession, tool string, arguments map[string]any) (*sdk.CallToolResult, map[string]any) {
	b.Helper()
	r, err := s.CallTool(context.Background(), &sdk.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		b.Fatalf("%s: %v", tool, err)
	}
	out := map[string]any{}
	if raw, err := json.Marshal(r.StructuredContent); err == nil {
		_ = json.Unmarshal(raw, &out)
	}
	return r, out
}

// words are what an answer says.
func words(r *sdk.CallToolResult) string {
	var s strings.Builder
	for _, c := range r.Content {
		if t, ok := c.(*sdk.TextContent); ok {
			s.WriteString(t.Text)
		}
	}
	return s.String()
}

const listTools = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`

// Who comes in.
func TestAccess(t *testing.T) {
	b := setup(t)
	reader := b.newKey(pgtest.Workspace, api.ScopeDocumentsRead)
	res, _ := b.send("POST", mcp.Path, listTools)
	challenge := res.Header.Get("WWW-Authenticate")
	b.says("MCP-01", res.StatusCode == 401 && strings.Contains(challenge, `resource_metadata="`+b.url+mcp.MetadataPath+`"`) && strings.Contains(challenge, `scope="enrichment_tasks:read"`), res.Status, challenge)
	res, body := b.send("GET", mcp.MetadataPath, "")
	var about struct {
		Resource string   `json:"resource"`
		Issuers  []string `json:"authorization_servers"`
	}
	_ = json.Unmarshal([]byte(body), &about)
	b.says("MCP-02", res.StatusCode == 200 && about.Resource == b.url+mcp.Path && len(about.Issuers) > 0, res.Status, body)
	// A token that somebody issued for another audience: it is no key of ours.
	res, body = b.send("POST", mcp.Path, listTools, "Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL290aGVyLmV4YW1wbGUifQ.c2ln")
	b.says("MCP-03", res.StatusCode == 401, res.Status, body)
	res, body = b.send("POST", mcp.Path, listTools, "Authorization", "Bearer "+reader)
	b.says("MCP-04", res.StatusCode == 403, res.Status, body)
	for _, origin := range []string{"https://evil.example", "null", "http://127.0.0.1:1"} {
		res, body = b.send("POST", mcp.Path, listTools, "Authorization", "Bearer "+b.key, "Origin", origin)
		b.says("MCP-05", res.StatusCode == 403, origin, res.Status, body)
	}
	// Also without a key: the origin is looked at before anything else.
	res, _ = b.send("POST", mcp.Path, listTools, "Origin", "https://evil.example")
	b.says("MCP-05", res.StatusCode == 403, res.Status)
	res, body = b.send("POST", mcp.Path, listTools, "Authorization", "Bearer "+b.key, "Origin", b.url)
	b.says("MCP-05", res.StatusCode == 200, res.Status, body)
	for _, method := range []string{"GET", "DELETE"} {
		res, _ = b.send(method, mcp.Path, "", "Authorization", "Bearer "+b.key)
		b.says("MCP-06", res.StatusCode == 405 && res.Header.Get("Allow") == "POST", method, res.Status)
	}
}

// A page that rebound a name of its own to this machine is not answered.
func TestRebinding(t *testing.T) {
	b := setup(t)
	req, err := http.NewRequest("POST", b.url+mcp.Path, strings.NewReader(listTools))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "rebound.example"
	req.Header.Set("Origin", "http://rebound.example")
	req.Header.Set("Authorization", "Bearer "+b.key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("answered with %s", res.Status)
	}
}

const modern = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`

// What the protocol's newest version wants of a server without sessions.
func TestProtocol(t *testing.T) {
	b := setup(t)
	key := []string{"Authorization", "Bearer " + b.key, "Mcp-Protocol-Version", "2026-07-28"}
	res, body := b.send("POST", mcp.Path, `{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{`+modern+`}}`, append(key, "Mcp-Method", "server/discover")...)
	b.says("MCP-07", res.StatusCode == 200 && strings.Contains(body, `"2026-07-28"`) && strings.Contains(body, `"2025-11-25"`), res.Status, body)
	_, body = b.send("POST", mcp.Path, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{`+modern+`,"name":"enrichd_list_enrichment_tasks","arguments":{}}}`,
		append(key, "Mcp-Method", "tools/call", "Mcp-Name", "enrichd_cancel_enrichment_task")...)
	b.says("MCP-09", strings.Contains(body, `-32020`), body)
	_, one := b.send("POST", mcp.Path, listTools, key[:2]...)
	_, two := b.send("POST", mcp.Path, listTools, key[:2]...)
	complete := true
	for tool, err := range b.session.Tools(context.Background(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		a := tool.Annotations
		complete = complete && tool.Description != "" && tool.OutputSchema != nil && a != nil && a.DestructiveHint != nil && a.OpenWorldHint != nil
		reads := strings.Contains(tool.Name, "_get_") || strings.Contains(tool.Name, "_list_")
		b.says("MCP-11", a.ReadOnlyHint == reads && *a.DestructiveHint == strings.Contains(tool.Name, "cancel"), tool.Name, *a)
		decides := strings.Contains(tool.Name, "approve") || strings.Contains(tool.Name, "reject") || strings.Contains(tool.Name, "sign")
		b.says("MCP-18", !decides, tool.Name)
	}
	b.says("MCP-10", one == two && complete, one)
	_, refused := b.call(b.session, "enrichd_list_enrichment_approvals", nil)
	b.says("MCP-18", strings.Contains(fmt.Sprint(refused["decided_by"]), "person"), refused)
}

// What tools do, and what they refuse.
func TestTools(t *testing.T) {
	b := setup(t)
	start := map[string]any{"enrichment_type": "ai_company", "entity_type": "company", "entity_ids": []string{"c-1", "c-2"}}
	r, out := b.call(b.session, "enrichd_start_enrichment", start)
	batch := fmt.Sprint(out["batch_id"])
	_, list := b.call(b.session, "enrichd_list_enrichment_tasks", map[string]any{"batch_id": batch})
	tasks, _ := list["tasks"].([]any)
	marked := len(tasks) == 2
	for _, task := range tasks {
		marked = marked && task.(map[string]any)["source_channel"] == "mcp_hub" && task.(map[string]any)["batch_id"] == batch
	}
	b.says("MCP-14", !r.IsError && marked, words(r), list)
	b.says("MCP-12", r.StructuredContent != nil && out["tasks"] == 2.0 && out["replayed"] == false, out)
	pressed, err := b.db.Batch(context.Background(), pgtest.Workspace, batch)
	if err != nil || pressed.MaxCost == nil || *pressed.MaxCost != 5_000_000 {
		t.Errorf("the batch has not the hub's budget: %+v, %v", pressed, err)
	}

	once := map[string]any{"enrichment_type": "logo", "entity_type": "company", "entity_ids": []string{"c-3"}, "idempotency_key": "k-1"}
	_, first := b.call(b.session, "enrichd_start_enrichment", once)
	_, again := b.call(b.session, "enrichd_start_enrichment", once)
	b.says("MCP-15", first["batch_id"] != nil && first["batch_id"] == again["batch_id"] && again["replayed"] == true, first, again)
	many := slices.Repeat([]string{"c"}, 501)
	r, _ = b.call(b.session, "enrichd_start_enrichment", map[string]any{"enrichment_type": "logo", "entity_type": "company", "entity_ids": many})
	b.says("MCP-16", r.IsError && strings.Contains(words(r), "500"), words(r))
	for tool, arguments := range map[string]map[string]any{
		"enrichd_get_enrichment_task": {"task_id": 7}, "enrichd_start_enrichment": {"entity_type": "company"}, "enrichd_list_enrichment_tasks": {"status": "lost"},
	} {
		r, _ = b.call(b.session, tool, arguments)
		b.says("MCP-13", r.IsError && words(r) != "", tool, words(r))
	}
	dry := map[string]any{"enrichment_type": "logo", "entity_type": "company", "entity_ids": []string{"c-8"}, "dry_run": true}
	_, told := b.call(b.session, "enrichd_start_enrichment", dry)
	if _, list := b.call(b.session, "enrichd_list_enrichment_tasks", map[string]any{"entity_id": "c-8"}); len(list["tasks"].([]any)) != 0 || told["tasks"] != 1.0 {
		t.Errorf("a dry run: %v, then %v", told, list)
	}
	b.foreign(batch, fmt.Sprint(tasks[0].(map[string]any)["task_id"]))
}

// foreign tries ids of another workspace, and what a key may not do.
func (b *bench) foreign(batch, task string) {
	for tool, id := range map[string]map[string]any{
		"enrichd_get_enrichment_task": {"task_id": task}, "enrichd_cancel_enrichment_task": {"task_id": task}, "enrichd_get_enrichment_batch": {"batch_id": batch},
	} {
		r, _ := b.call(b.others, tool, id)
		b.says("MCP-17", r.IsError && strings.HasPrefix(words(r), "not found"), tool, words(r))
	}
	reader := b.connect(b.newKey(pgtest.Workspace, api.ScopeTasksRead))
	if r, _ := b.call(reader, "enrichd_cancel_enrichment_task", map[string]any{"task_id": task}); !r.IsError || !strings.Contains(words(r), "INSUFFICIENT_SCOPE") {
		b.Errorf("a key without the scope: %s", words(r))
	}
	if r, out := b.call(b.session, "enrichd_cancel_enrichment_task", map[string]any{"task_id": task}); r.IsError || out["cancelled"] != true {
		b.Errorf("cancel: %s", words(r))
	}
	if r, _ := b.call(b.session, "enrichd_get_enrichment_task", map[string]any{"task_id": task}); !r.IsError {
		b.Errorf("a cancelled task stands: %s", words(r))
	}
	_, out := b.call(b.session, "enrichd_get_enrichment_batch", map[string]any{"batch_id": batch})
	if out["total"] == nil || out["failures"] == nil {
		b.Errorf("batch: %v", out)
	}
}

// Resources are private, and tell when they change.
func TestResources(t *testing.T) {
	b := setup(t)
	ctx := context.Background()
	made, err := b.db.Enqueue(ctx, pgtest.Workspace, []enrich.Request{{EntityType: "company", EntityID: "c-1", Type: enrich.Logo}})
	if err != nil {
		t.Fatal(err)
	}
	uri := "enrichment://tasks/" + made[0].Task.ID
	read := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{%s,"uri":%q}}`, modern, uri)
	headers := []string{"Authorization", "Bearer " + b.key, "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "resources/read", "Mcp-Name", uri}
	_, body := b.send("POST", mcp.Path, read, headers...)
	b.says("MCP-19", strings.Contains(body, `"cacheScope":"private"`) && strings.Contains(body, made[0].Task.ID), body)
	if _, err := b.others.ReadResource(ctx, &sdk.ReadResourceParams{URI: uri}); err == nil {
		t.Error("another workspace reads the resource")
	}

	updated := make(chan string, 8)
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, &sdk.ClientOptions{
		ResourceUpdatedHandler: func(_ context.Context, r *sdk.ResourceUpdatedNotificationRequest) { updated <- r.Params.URI },
	})
	s, err := c.Connect(ctx, &sdk.StreamableClientTransport{Endpoint: b.url + mcp.Path, HTTPClient: &http.Client{Transport: bearer{b.key}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Subscribe(ctx, &sdk.SubscribeParams{URI: uri}); err != nil {
		t.Fatal(err)
	}
	worker, err := b.db.Register(ctx, "w", []enrich.Type{enrich.Logo})
	if err != nil {
		t.Fatal(err)
	}
	if claims, err := b.db.Claim(ctx, worker, []enrich.Type{enrich.Logo}, 1); err != nil || len(claims) != 1 {
		t.Fatalf("%d claims, %v", len(claims), err)
	}
	select {
	case got := <-updated:
		if got != uri {
			t.Errorf("told of %s", got)
		}
	case <-time.After(time.Minute):
		t.Error("nobody told of the change")
	}
}
