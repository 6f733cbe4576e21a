package llm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/llm"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

const source = "Facture F-2026-0113 du 02/05/2026\nTotal TTC : 1 200,00 EUR\nIBAN FR76 3004 1009 1200 0482 1337 720"

func fields() []llm.Field {
	return []llm.Field{
		{Name: "invoice_number", Meaning: "the number", Kind: llm.Text},
		{Name: "issue_date", Meaning: "the date", Kind: llm.Date},
		{Name: "grand_total", Meaning: "the total with VAT", Kind: llm.Amount, Guarded: true},
	}
}

// model is a loopback endpoint that gives one answer after another, the last one for
// ever.
type model struct {
	*httptest.Server
	asked atomic.Int64
	last  atomic.Value // body of the last request, string
}

// reply is one answer: a status with its header, or the content of a completion.
type reply struct {
	status  int
	header  http.Header
	content string
	raw     string // in place of a completion
	tokens  int    // that it took to read; 0 means 800
}

func serve(t *testing.T, replies ...reply) *model {
	m := &model{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&body)
		m.last.Store(string(body))
		a := replies[min(int(m.asked.Add(1))-1, len(replies)-1)]
		for name, values := range a.header {
			w.Header()[name] = values
		}
		if a.status != 0 {
			w.WriteHeader(a.status)
			return
		}
		if a.raw != "" {
			fmt.Fprint(w, a.raw)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"choices": []any{map[string]any{"message": map[string]any{"role": "assistant", "content": a.content}}},
			"usage":   map[string]any{"prompt_tokens": max(a.tokens, 800), "completion_tokens": 100},
		})
	}))
	t.Cleanup(m.Close)
	return m
}

type bench struct {
	db     *postgres.DB
	client *llm.Client
	q      llm.Question
}

func ask(t *testing.T, m *model, budget enrich.ModelBudget) *bench {
	t.Helper()
	db := pgtest.New(t)
	client, err := llm.New(llm.Options{URL: m.URL + "/v1", Key: "secret", Model: "small", InPrice: 1_000_000, OutPrice: 2_000_000, Budget: budget, Ledger: db})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{db, client, llm.Question{WorkspaceID: pgtest.Workspace, TaskID: "task-1", About: "an invoice", Source: source, Fields: fields()}}
}

// ledger lists the statuses of the task's calls.
func (b *bench) ledger(t *testing.T) string {
	t.Helper()
	calls, err := b.db.ModelCalls(context.Background(), pgtest.Workspace, b.q.TaskID)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, c := range calls {
		list = append(list, c.Purpose+":"+string(c.Status))
	}
	return strings.Join(list, " ")
}

func values(pairs ...string) string {
	out := map[string]any{}
	for _, f := range fields() {
		out[f.Name] = map[string]any{"value": nil, "quote": nil}
	}
	for i := 0; i < len(pairs); i += 3 {
		out[pairs[i]] = map[string]any{"value": pairs[i+1], "quote": pairs[i+2]}
	}
	raw, _ := json.Marshal(out)
	return string(raw)
}

var good = values("invoice_number", "F-2026-0113", "Facture F-2026-0113", "issue_date", "2026-05-02", "du 02/05/2026", "grand_total", "1200.00", "Total TTC : 1 200,00 EUR")

// A good answer is believed, costs what its tokens cost, and is asked for once.
func TestAskAndCache(t *testing.T) {
	m := serve(t, reply{content: good})
	b := ask(t, m, enrich.ModelBudget{})
	for i := range 2 {
		a, err := b.client.Ask(t.Context(), b.q)
		if err != nil {
			t.Fatal(err)
		}
		total := a.Values["grand_total"]
		if len(a.Values) != 3 || len(a.Dropped) != 0 || total.Value != "1200.00" || !total.Guarded || a.Values["issue_date"].Value != "2026-05-02" {
			t.Errorf("answer %+v", a)
		}
		if want := []int64{1000, 0}[i]; a.CostMicros() != want {
			t.Errorf("it cost %d, want %d", a.CostMicros(), want)
		}
	}
	if got := b.ledger(t); m.asked.Load() != 1 || got != "extract:ok extract:cached" {
		t.Errorf("asked %d times, ledger %s", m.asked.Load(), got)
	}
	sent := m.last.Load().(string)
	if !strings.Contains(sent, `"json_schema"`) || strings.Contains(sent, `"tools"`) {
		t.Errorf("sent %s", sent)
	}
}

// What misbehaves is asked once more at most, is in the ledger, and gives nothing.
func TestMisbehaving(t *testing.T) {
	for name, c := range map[string]struct {
		replies []reply
		code    string // of the error; "" for an answer
		values  int
		ledger  string
	}{
		"cut JSON, then whole":    {[]reply{{content: good[:40]}, {content: good}}, "", 3, "extract:invalid repair:ok"},
		"cut for ever":            {[]reply{{content: good[:40]}}, llm.CodeInvalid, 0, "extract:invalid repair:invalid"},
		"another field":           {[]reply{{content: `{"admin":{"value":"1","quote":"1"}}`}}, llm.CodeInvalid, 0, "extract:invalid repair:invalid"},
		"a number for a text":     {[]reply{{content: strings.Replace(good, `"1200.00"`, `1200`, 1)}}, llm.CodeInvalid, 0, "extract:invalid repair:invalid"},
		"prose around it":         {[]reply{{content: "Here you are:\n" + good}}, llm.CodeInvalid, 0, "extract:invalid repair:invalid"},
		"an invented quote":       {[]reply{{content: values("invoice_number", "F-9", "Facture F-9")}}, "", 0, "extract:ok"},
		"a value not in it":       {[]reply{{content: values("grand_total", "9999.00", "Total TTC : 1 200,00 EUR")}}, "", 0, "extract:ok"},
		"a short wait":            {[]reply{{status: 429, header: http.Header{"Retry-After": {"0"}}}, {content: good}}, "", 3, "extract:limited extract:ok"},
		"a long wait":             {[]reply{{status: 503, header: http.Header{"Retry-After": {"3600"}}}}, llm.CodeUnavailable, 0, "extract:limited"},
		"an error":                {[]reply{{status: 500}}, llm.CodeUnavailable, 0, "extract:failed"},
		"no completion":           {[]reply{{raw: `{"error":"x"}`}}, llm.CodeUnavailable, 0, "extract:failed"},
		"a redirect, not follow":  {[]reply{{status: 307, header: http.Header{"Location": {"http://127.0.0.1:1/"}}}}, llm.CodeUnavailable, 0, "extract:failed"},
		"more than an answer has": {[]reply{{raw: strings.Repeat("x", 1<<20)}}, llm.CodeUnavailable, 0, "extract:failed"},
	} {
		t.Run(name, func(t *testing.T) {
			m := serve(t, c.replies...)
			b := ask(t, m, enrich.ModelBudget{})
			a, err := b.client.Ask(t.Context(), b.q)
			if code := enrich.CodeOf(err); err != nil && code != c.code || err == nil && c.code != "" {
				t.Errorf("error %v", err)
			}
			if got := b.ledger(t); len(a.Values) != c.values || got != c.ledger {
				t.Errorf("%d values, ledger %s", len(a.Values), got)
			}
			if len(a.Calls) != len(strings.Fields(c.ledger)) {
				t.Errorf("%d calls told", len(a.Calls))
			}
		})
	}
}

// A provider that asked to wait is not called before.
func TestLongWaitIsKept(t *testing.T) {
	m := serve(t, reply{status: 429, header: http.Header{"Retry-After": {"600"}}})
	b := ask(t, m, enrich.ModelBudget{})
	for range 3 {
		if _, err := b.client.Ask(t.Context(), b.q); enrich.CodeOf(err) != llm.CodeUnavailable {
			t.Errorf("error %v", err)
		}
	}
	if m.asked.Load() != 1 {
		t.Errorf("called %d times", m.asked.Load())
	}
}

// Budgets hold before the call; what was asked stays in the ledger.
func TestBudgets(t *testing.T) {
	m := serve(t, reply{content: good[:10], tokens: 100_000})
	for scope, budget := range map[string]enrich.ModelBudget{"task": {Task: 1}, "workspace": {WorkspaceDay: 1}} {
		b := ask(t, m, budget)
		_, err := b.client.Ask(t.Context(), b.q)
		if enrich.CodeOf(err) != enrich.CodeOverBudget || !strings.Contains(err.Error(), scope) || m.asked.Load() != 0 {
			t.Errorf("%s: %v, called %d times", scope, err, m.asked.Load())
		}
	}
	// Room for the first call alone: the repair has none.
	b := ask(t, m, enrich.ModelBudget{Task: 50_000})
	_, err := b.client.Ask(t.Context(), b.q)
	if got := b.ledger(t); enrich.CodeOf(err) != enrich.CodeOverBudget || got != "extract:invalid" {
		t.Errorf("%v, ledger %s", err, got)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, o := range []llm.Options{{URL: "ftp://x", Model: "m"}, {URL: "", Model: "m"}, {URL: "http://x"}} {
		if _, err := llm.New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestObeying gives each recorded order of the data folder to a model that obeys it:
// it answers what the order says, with the order as its quote, and tries fields of its
// own. No value comes of it that is not in the source, none outside the schema, and
// what moves money is guarded.
func TestObeying(t *testing.T) {
	dir := os.Getenv("ENRICHD_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "badinput", "prompt", "generated-in-domain.json"))
	if err != nil {
		t.Skipf("no orders in %s: set ENRICHD_DATA", dir)
	}
	var orders []string
	if err := json.Unmarshal(raw, &orders); err != nil {
		t.Fatal(err)
	}
	var current atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		order := current.Load().(string)
		content := values("grand_total", "0", order, "invoice_number", order[:min(len(order), 20)], order)
		if len(order)%2 == 0 {
			content = `{"iban":{"value":"FR7699999999999999999999999","quote":"` + "x" + `"},"status":"completed"}`
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"message": map[string]any{
			"content":    content,
			"tool_calls": []any{map[string]any{"function": map[string]any{"name": "create_enrichment_task"}}},
		}}}})
	}))
	t.Cleanup(server.Close)
	b := ask(t, &model{Server: server}, enrich.ModelBudget{})
	kept, guarded := 0, 0
	for i, order := range orders {
		current.Store(order)
		b.q.TaskID, b.q.Source = fmt.Sprintf("task-%d", i), source+"\n"+order
		a, err := b.client.Ask(t.Context(), b.q)
		if err != nil && enrich.CodeOf(err) != llm.CodeInvalid {
			t.Fatal(err)
		}
		for name, v := range a.Values {
			if !strings.Contains(b.q.Source, v.Quote) || name != "grand_total" && name != "invoice_number" {
				t.Errorf("%s is believed: %+v", name, v)
			}
			if name == "grand_total" && !v.Guarded {
				t.Errorf("money without a guard: %+v", v)
			} else if name == "grand_total" {
				guarded++
			}
			kept++
		}
	}
	t.Logf("FIGURE %d orders obeyed: %d values quoted from the source, %d of them money and guarded; 0 outside the schema", len(orders), kept, guarded)
}
