package rule_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/enrichd/enrichd/kind/rule"
	"github.com/enrichd/enrichd/llm"
	"github.com/enrichd/enrichd/record"
)

// A column of the type ai gets its value from a configured model, on loopback here:
// of the column's type or none, and never money, an account or a tax number.
func TestColumnsByAConfiguredModel(t *testing.T) {
	said := map[string]string{"F-1?": `"high"`, "F-2?": `"enormous"`, "F-3?": `"DE89370400440532013000"`}
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		answer := `{"value": null}`
		for number, value := range said {
			if strings.Contains(string(body), number) {
				answer = `{"value": ` + value + `}`
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"content": answer}}}})
	}))
	t.Cleanup(server.Close)
	w := newWorkspace(t, nil)
	client, err := llm.New(llm.Options{URL: server.URL + "/v1", Model: "small", Ledger: w.db})
	if err != nil {
		t.Fatal(err)
	}
	w.start(rule.Judging(client))
	column := func(key, format string) record.Definition {
		return w.must(record.Definition{
			Kind: record.CustomColumn, Root: "invoices", FieldKey: key, Type: "ai", Mode: record.Active,
			Rules: json.RawMessage(`{"prompt": "What of {invoice_number}?"}`), Format: json.RawMessage(format),
		})
	}
	risk, note, money := column("risk", `{"type": "select", "options": ["high", "low"]}`), column("note", `{"type": "text"}`), column("money", `{"type": "amount"}`)
	for _, d := range []record.Definition{risk, note} {
		w.compute(d)
		w.quiet()
	}
	before := asked.Load()
	w.compute(money)
	w.quiet()
	if asked.Load() != before {
		t.Error("a model was asked for an amount of money")
	}
	for cell, want := range map[string]string{
		"i-1 risk": `{"value": "high"}`, "i-2 risk": "null",
		"i-2 note": `{"value": "enormous"}`, "i-3 note": "null", "i-1 money": "null",
	} {
		id, field, _ := strings.Cut(cell, " ")
		if stands, _, _ := w.values("invoice", id, field); stands != want {
			t.Errorf("%s is %s, want %s", cell, stands, want)
		}
	}
}
