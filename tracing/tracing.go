// Package tracing sends traces to a collector, where one is set.
//
// A trace begins with a request and goes on through its task's queue, run and
// settlement, whichever processes those are in: the W3C traceparent of the request
// stands on the task's dispatch row. Settings are OpenTelemetry's own OTEL_*
// variables. With none of them set nothing is made, kept or sent.
package tracing

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// name is the instrumentation's.
const name = "github.com/enrichd/enrichd"

// Off is a tracer that does nothing.
func Off() trace.Tracer { return noop.NewTracerProvider().Tracer(name) }

// Wanted reports whether the environment asks for traces: it names a collector,
// and does not switch the SDK or the exporter off.
func Wanted(getenv func(string) string) bool {
	named := getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
	return named && !strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") && getenv("OTEL_TRACES_EXPORTER") != "none"
}

// Start makes a tracer as the environment says, and what sends the rest and stops
// it. Where no traces are wanted it is Off.
func Start(ctx context.Context, getenv func(string) string) (trace.Tracer, func(context.Context) error, error) {
	if !Wanted(getenv) {
		return Off(), func(context.Context) error { return nil }, nil
	}
	if err := protocol(getenv); err != nil {
		return nil, nil, err
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("traces: %w", err)
	}
	// What the environment says comes last and wins.
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithHost(), resource.WithAttributes(attribute.String("service.name", "enrichd")), resource.WithFromEnv())
	if err != nil {
		return nil, nil, fmt.Errorf("traces: %w", err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	return provider.Tracer(name), provider.Shutdown, nil
}

// protocol refuses every form of sending but one.
func protocol(getenv func(string) string) error {
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"} {
		if p := getenv(variable); p != "" && p != "http/protobuf" {
			return fmt.Errorf("%s=%s: traces are sent as http/protobuf alone (a collector listens for it on port 4318)", variable, p)
		}
	}
	return nil
}

// Parent returns a context under the span that a traceparent names; one that is
// empty or malformed changes nothing.
func Parent(ctx context.Context, traceparent string) context.Context {
	if traceparent == "" {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
}

// String is the traceparent of a context's span, "" without one.
func String(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// Handler has every request of next in a span, under that of its caller where the
// request brings one. Paths in spans are patterns: they hold no ids.
func Handler(tracer trace.Tracer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attribute.String("http.request.method", r.Method)))
		defer span.End()
		seen := &answer{ResponseWriter: w, status: http.StatusOK}
		r = r.WithContext(ctx)
		next.ServeHTTP(seen, r)
		route := pattern(r.URL.Path)
		span.SetName(r.Method + " " + route)
		span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", seen.status))
		if seen.status >= 500 {
			span.SetStatus(codes.Error, http.StatusText(seen.status))
		}
	})
}

// pattern is a path with its third part, which names a record, left out, and those
// that name one behind it.
func pattern(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := range parts {
		if i == 2 || i > 3 {
			parts[i] = "{id}"
		}
	}
	return "/" + strings.Join(parts[:min(len(parts), 6)], "/")
}

// answer notes the status of a response.
type answer struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes it.
func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets streams flush.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
