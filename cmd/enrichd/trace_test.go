package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// traceSink is an OTLP collector that keeps what it is sent.
type traceSink struct {
	mu    sync.Mutex
	spans []*wire.Span
}

func (r *traceSink) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var sent collector.ExportTraceServiceRequest
	if err != nil || req.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range sent.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// of waits for the span of a name in a trace.
func (r *traceSink) of(t *testing.T, trace, name string) *wire.Span {
	t.Helper()
	for range 600 {
		r.mu.Lock()
		for _, s := range r.spans {
			if string(s.TraceId) == trace && s.Name == name {
				r.mu.Unlock()
				return s
			}
		}
		r.mu.Unlock()
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("there is no span %q", name)
	return nil
}

// One trace goes from a caller's span through the request, the run and the
// settlement in another process, and on to what follows.
func TestTraceFromRequestToSettle(t *testing.T) {
	got := &traceSink{}
	server := httptest.NewServer(got)
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
	getenv := func(name string) string {
		return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": server.URL}[name]
	}
	url := pgtest.URL(t)
	b := setupWith(t, settings{DatabaseURL: url, Roles: []string{roleAPI}, Getenv: getenv})
	worker := enrichd([]string{"serve", "--roles", "worker", "--addr", "127.0.0.1:0", "--blobs", b.blobs},
		"DATABASE_URL="+url, "OTEL_EXPORTER_OTLP_ENDPOINT="+server.URL, "OTEL_BSP_SCHEDULE_DELAY=50")
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = worker.Process.Kill(); _ = worker.Wait() }()

	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.Background(), "POST", b.url+"/v1/documents", strings.NewReader(string(files[0].Content)))
	if err != nil {
		t.Fatal(err)
	}
	const caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	req.Header.Set("Authorization", "Bearer "+b.api.Key)
	req.Header.Set("Content-Disposition", `attachment; filename="a.xml"`)
	req.Header.Set("Traceparent", caller)
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 201 {
		t.Fatal(err, res)
	}
	res.Body.Close()

	trace, parent := "\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6\xa3\xce\x92\x9d\x0e\x0e\x47\x36", "\x00\xf0\x67\xaa\x0b\xa9\x02\xb7"
	for _, name := range []string{"POST /v1/documents", "run ocr_extract", "settle ocr_extract"} {
		span := got.of(t, trace, name)
		if string(span.ParentSpanId) != parent {
			t.Errorf("%s is not under what came before it", name)
		}
		parent = string(span.SpanId)
	}
	// What follows stands under the attempt that asked for it.
	if next := got.of(t, trace, "run ai_invoice"); string(next.ParentSpanId) != string(got.of(t, trace, "run ocr_extract").SpanId) {
		t.Error("the follow-up is not under its cause")
	}
	if left := pgtest.Query[int](t, url, `SELECT count(*) FROM enrichment_dispatches d JOIN enrichment_tasks t ON t.pk = d.task_pk WHERE t.status = 'completed'`); left != 0 {
		t.Errorf("%d traces outlive their tasks", left)
	}
}

// Without a collector no trace is made or kept, whatever the request says.
func TestNoTraceByDefault(t *testing.T) {
	b := setupIdle(t)
	req, err := http.NewRequestWithContext(context.Background(), "POST", b.url+tasks, strings.NewReader(create(waiting)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.api.Key)
	req.Header.Set("Content-Type", jt)
	req.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 201 {
		t.Fatal(err, res)
	}
	res.Body.Close()
	if kept := pgtest.Query[int](t, b.dbURL, `SELECT count(*) FROM enrichment_dispatches WHERE traceparent IS NOT NULL`); kept != 0 {
		t.Errorf("%d traces are kept", kept)
	}
}
