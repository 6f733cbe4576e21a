package dispatch

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/tracing"
)

// traceRun begins the span of an attempt, under what made the task. The claim goes
// on with the new span, so that what follows from it stands under it.
func (e *Engine) traceRun(ctx context.Context, c *enrich.Claim) (context.Context, trace.Span) {
	ctx, span := e.o.Tracer.Start(tracing.Parent(ctx, c.Trace), "run "+string(c.Task.Type), trace.WithSpanKind(trace.SpanKindConsumer))
	if !span.SpanContext().IsValid() {
		return ctx, span
	}
	c.Trace = tracing.String(ctx)
	span.SetAttributes(aboutClaim(*c)...)
	return ctx, span
}

// traceSettle begins a span for each settlement of a group, under its attempt, and
// returns what ends them.
func (e *Engine) traceSettle(ctx context.Context, group []enrich.Settlement) (end func(held map[int64]bool)) {
	spans := make([]trace.Span, len(group))
	for i, s := range group {
		_, spans[i] = e.o.Tracer.Start(tracing.Parent(ctx, s.Claim.Trace), "settle "+string(s.Claim.Task.Type))
	}
	return func(held map[int64]bool) {
		for i, span := range spans {
			if span.IsRecording() {
				span.SetAttributes(append(aboutClaim(group[i].Claim), attribute.String("enrichd.outcome", string(group[i].Outcome)),
					attribute.String("enrichd.status", string(group[i].To)), attribute.Int("enrichd.settled_together", len(group)))...)
			}
			if !held[group[i].Claim.Token] {
				span.SetStatus(codes.Error, "not settled: the claim was lost, or the queue was away")
			}
			span.End()
		}
	}
}

// endRun says how an attempt ended.
func endRun(span trace.Span, s enrich.Settlement) {
	if span.IsRecording() {
		span.SetAttributes(attribute.String("enrichd.outcome", string(s.Outcome)))
	}
	if s.Outcome == enrich.OutcomeFailed || s.Outcome == enrich.OutcomeRetried {
		span.SetStatus(codes.Error, string(s.Outcome)) // the reason may hold what a document says
	}
	span.End()
}

func aboutClaim(c enrich.Claim) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("enrichd.task", c.Task.ID), attribute.String("enrichd.workspace", c.Task.WorkspaceID),
		attribute.String("enrichd.type", string(c.Task.Type)), attribute.Int("enrichd.attempt", c.Attempt),
	}
}
