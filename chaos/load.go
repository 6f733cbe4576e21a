package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/enrichd/enrichd/chaos/check"
)

// load is the clients of a campaign. Each sends its requests one after another,
// and sends again under the same key what it has no answer to.
type load struct {
	c      *cluster
	every  time.Duration // between two requests of a client
	poison bool          // some inputs are bad
	millis int           // how long the upstream takes for a call
	force  bool          // some requests want a new task even where one stands
	plain  bool          // single tasks alone
	wg     sync.WaitGroup
	sent   counter
	twice  counter // requests that two servers, one after the other, did not answer
	banks  []*account
}

// client is one of them.
type client struct {
	l    *load
	n    int
	rng  *rand.Rand
	http *http.Client
	made int
	open []task // what it asked for and has not seen end
	// aside waits for its answers, oldest first.
	aside  []later
	server int  // that it asked last
	silent bool // it did not answer: the next is asked
}

// task is what a client knows of a task.
type task struct {
	id  string
	ws  *workspace
	ask bool // a person will have to decide on it
}

// request is a call of the API; its answer may not come.
type request struct {
	op     check.Op
	ws     *workspace
	method string
	path   string
	body   any    // is sent as JSON
	file   string // is sent as it is
}

// reply is what a client reads of a response.
type reply struct {
	Data struct {
		ID         string `json:"id"`
		Attributes struct {
			Status    string         `json:"status"`
			Error     *string        `json:"error"`
			Output    map[string]any `json:"output"`
			Completed *string        `json:"completed_at"`
		} `json:"attributes"`
		Meta struct {
			OutputHash string `json:"output_hash"`
		} `json:"meta"`
	} `json:"data"`
	Meta struct {
		OutputHash string `json:"output_hash"`
	} `json:"meta"`
}

// start has n clients work until ctx ends; they go on to send again what has no
// answer until patience ends.
func (l *load) start(ctx, patience context.Context, seed uint64, n int) {
	if !l.plain {
		for i, ws := range l.c.workspaces {
			a := &account{ws: ws, iban: fmt.Sprintf("CHAOS%010d", i)}
			l.banks = append(l.banks, a)
			l.wg.Go(func() { l.bank(ctx, patience, l.client(seed, 500+i), a) })
		}
	}
	for i := range n {
		k := l.client(seed, i)
		l.wg.Go(func() {
			for ctx.Err() == nil {
				began := time.Now()
				k.askAgain(patience)
				k.act(patience)
				pause(ctx, l.every-time.Since(began))
			}
			for len(k.aside) > 0 && patience.Err() == nil {
				pause(patience, time.Until(k.aside[0].due))
				k.askAgain(patience)
			}
			k.http.CloseIdleConnections()
		})
	}
}

func (l *load) client(seed uint64, n int) *client {
	return &client{l: l, n: n, rng: rand.New(rand.NewPCG(seed, uint64(n)+1)), http: &http.Client{
		Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 4},
	}}
}

// act does one thing of the mix.
func (k *client) act(ctx context.Context) {
	ws := k.l.c.workspaces[k.rng.IntN(len(k.l.c.workspaces))]
	if k.l.plain {
		k.create(ctx, ws, "logo", "")
		return
	}
	switch n := k.rng.IntN(100); {
	case n < 45:
		k.create(ctx, ws, "logo", "")
	case n < 50 && k.l.poison:
		k.create(ctx, ws, "logo", poisons[k.rng.IntN(len(poisons))])
	case n < 58:
		k.create(ctx, ws, "ai_company", "")
	case n < 64:
		k.create(ctx, ws, "document_reconciliation_backfill", "")
	case n < 72:
		k.press(ctx, ws)
	case n < 73:
		k.list(ctx, ws)
	default:
		k.look(ctx)
	}
}

// poisons are the bad inputs of the mix; exit is a fault of its own.
var poisons = []string{"nul", "surrogate", "number", "fail", "refuse", "panic"}

// entity is a name that nobody used before.
func (k *client) entity() string {
	k.made++
	return fmt.Sprintf("e-%d-%d", k.n, k.made)
}

// create asks for a task, until it is known what became of that.
func (k *client) create(ctx context.Context, ws *workspace, kind, mode string) {
	entity := k.entity()
	attributes := map[string]any{
		"entity_type": "company", "entity_id": entity, "enrichment_type": kind,
		"input": order{Canary: ws.canary, Mode: mode, Millis: k.l.millis},
	}
	data := map[string]any{"type": "enrichment_task", "attributes": attributes}
	body := map[string]any{"data": data}
	if k.l.force && k.rng.IntN(4) == 0 {
		body["meta"] = map[string]any{"force": true}
	}
	r := request{
		op: check.Op{Op: check.Create, Key: "k-" + entity, Entity: entity}, ws: ws,
		method: http.MethodPost, path: "/v1/enrichment-tasks", body: body,
	}
	o, a := k.insist(ctx, r, 1)
	if o.Type != check.OK {
		return
	}
	k.open = append(k.open, task{id: a.Data.ID, ws: ws, ask: kind == "ai_company"})
	if k.rng.IntN(20) == 0 { // the same again, and another under its key
		k.insist(ctx, r, 0)
		attributes["entity_id"] = entity + "-other"
		r.op = check.Op{Op: check.Probe, Key: r.op.Key}
		k.once(ctx, r)
	}
}

// press makes a batch of five.
func (k *client) press(ctx context.Context, ws *workspace) {
	entity := k.entity()
	var ids []string
	for i := range 5 {
		ids = append(ids, fmt.Sprintf("%s-%d", entity, i))
	}
	k.insist(ctx, request{
		op: check.Op{Op: check.Press, Key: "p-" + entity}, ws: ws, method: http.MethodPost, path: "/v1/enrichment-batches",
		body: map[string]any{"data": map[string]any{"type": "enrichment_batch", "attributes": map[string]any{
			"entity_type": "company", "entity_ids": ids, "enrichment_types": []string{"logo"}, "input": order{Canary: ws.canary, Millis: k.l.millis},
		}}},
	}, 5)
}

// look reads one of the client's tasks, and decides on it or deletes it now and
// then.
func (k *client) look(ctx context.Context) {
	if len(k.open) == 0 {
		return
	}
	i := k.rng.IntN(len(k.open))
	t := k.open[i]
	path := "/v1/enrichment-tasks/" + t.id
	o, a := k.once(ctx, request{op: check.Op{Op: check.Read, ID: t.id}, ws: t.ws, method: http.MethodGet, path: path})
	switch {
	case o.Type == check.Fail, terminalStatus(o.Status) && k.rng.IntN(3) > 0:
		k.open = append(k.open[:i], k.open[i+1:]...)
	case o.Status == "awaiting_approval":
		verdict := []string{"approve", "reject"}[k.rng.IntN(2)]
		k.decide(ctx, t, verdict, a)
	case o.Type == check.OK && k.rng.IntN(60) == 0:
		k.once(ctx, request{op: check.Op{Op: check.Delete, ID: t.id}, ws: t.ws, method: http.MethodDelete, path: path})
	}
}

// decide takes a decision at once.
func (k *client) decide(ctx context.Context, t task, verdict string, seen reply) check.Op {
	attributes := map[string]any{"decision": verdict, "apply_now": true, "reviewed_output_hash": seen.Data.Meta.OutputHash}
	if seen.Data.Meta.OutputHash == "" {
		attributes["reviewed_output_hash"] = seen.Meta.OutputHash
	}
	o, _ := k.once(ctx, request{
		op: check.Op{Op: check.Decide, ID: t.id, Status: verdict}, ws: t.ws, method: http.MethodPost, path: "/v1/enrichment-tasks/" + t.id + "/decisions",
		body: map[string]any{"data": map[string]any{"type": "enrichment_task_decision", "attributes": attributes}},
	})
	return o
}

// later is a request that is sent again, under the same key, until it has an answer.
type later struct {
	r     request
	tasks int // that it makes
	due   time.Time
}

// insist sends a request, a few times where there is no answer. After that it is
// put aside and sent again between others, until it has one.
func (k *client) insist(ctx context.Context, r request, tasks int) (check.Op, reply) {
	var o check.Op
	var a reply
	for try := range 3 {
		if o, a = k.once(ctx, r); o.Type != check.Info || ctx.Err() != nil {
			break
		}
		if try == 1 {
			k.l.twice.add(1)
		}
		pause(ctx, time.Duration(50+k.rng.IntN(200))*time.Millisecond)
	}
	switch o.Type {
	case check.OK:
		k.l.sent.add(tasks)
	case check.Info:
		k.aside = append(k.aside, later{r, tasks, time.Now().Add(time.Second)})
	}
	return o, a
}

// askAgain sends what was put aside and is due.
func (k *client) askAgain(ctx context.Context) {
	if len(k.aside) == 0 || time.Now().Before(k.aside[0].due) {
		return
	}
	first := k.aside[0]
	k.aside = k.aside[1:]
	k.insist(ctx, first.r, first.tasks)
}

// once sends a request and notes how it went.
func (k *client) once(ctx context.Context, r request) (check.Op, reply) {
	o := r.op
	o.Client, o.Workspace, o.Type = k.n, r.ws.id, check.Invoke
	j := k.l.c.journal
	j.op(o)
	began := time.Now()
	code, raw, err := k.send(ctx, r)
	o.Took, o.Code = time.Since(began).Seconds(), code
	var a reply
	switch {
	case err != nil, code >= 500, code == http.StatusTooManyRequests, code == http.StatusConflict && strings.Contains(string(raw), "IDEMPOTENCY_IN_PROGRESS"):
		o.Type = check.Info
	case code >= 400:
		o.Type = check.Fail
	default:
		o.Type = check.OK
		_ = json.Unmarshal(raw, &a) // an empty body, or an output that is no map of texts
	}
	if o.Type == check.OK && o.Op != check.Decide && o.Op != check.Delete {
		o.ID = a.Data.ID
	}
	if o.Op == check.Read {
		o.Status = a.Data.Attributes.Status
		o.Digest = digest(a)
	}
	o.Leak = k.leak(r.ws, raw)
	j.op(o)
	return o, a
}

func (k *client) send(ctx context.Context, r request) (int, []byte, error) {
	var body io.Reader
	if r.file != "" {
		body = strings.NewReader(r.file)
	}
	if r.body != nil {
		raw, err := json.Marshal(r.body)
		if err != nil {
			return 0, nil, err
		}
		body = bytes.NewReader(raw)
	}
	servers := k.l.c.servers
	next := k.rng.IntN(len(servers))
	if k.silent {
		next = (k.server + 1) % len(servers)
	}
	k.server, k.silent = next, true
	req, err := http.NewRequestWithContext(ctx, r.method, "http://"+servers[next].addr+r.path, body)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+r.ws.key)
	req.Header.Set("Content-Type", "application/vnd.api+json")
	if r.file != "" {
		req.Header.Set("Content-Type", "application/octet-stream")
		req.Header.Set("Content-Disposition", `attachment; filename="statement.sta"`)
	}
	req.Header.Set("Accept", "application/vnd.api+json")
	if r.op.Key != "" {
		req.Header.Set("Idempotency-Key", r.op.Key)
	}
	res, err := k.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	k.silent = err != nil || res.StatusCode >= 500
	return res.StatusCode, raw, err
}

// leak finds another workspace's canary in an answer.
func (k *client) leak(own *workspace, raw []byte) string {
	for _, ws := range k.l.c.workspaces {
		if ws != own && bytes.Contains(raw, []byte(ws.canary)) {
			return ws.id
		}
	}
	return ""
}

// digest is what must never change of a task that has ended.
func digest(a reply) string {
	at := a.Data.Attributes
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	proof, _ := at.Output["proof"].(string)
	parts := []string{at.Status, proof, text(at.Error)}
	if at.Completed != nil {
		parts = append(parts, *at.Completed)
	}
	return strings.Join(parts, "|")
}

func terminalStatus(s string) bool { return s == "completed" || s == "failed" || s == "rejected" }

// counter counts what many do.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

func (c *counter) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += n
}

func (c *counter) value() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}
