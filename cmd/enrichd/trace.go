package main

import (
	"context"
	"net/http"

	"github.com/enrichd/enrichd/tracing"
)

// trace starts sending traces where the environment asks for them.
func (p *process) trace(ctx context.Context, o settings) (err error) {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	// Not ctx itself: what is on its way is sent after the stop.
	p.tracer, p.untrace, err = tracing.Start(context.WithoutCancel(ctx), o.Getenv)
	return err
}

// traced has the requests of a face in spans. Where no traces are sent nothing
// stands in their way.
func (p *process) traced(o settings, face http.Handler) http.Handler {
	if o.Getenv == nil || !tracing.Wanted(o.Getenv) {
		return face
	}
	return tracing.Handler(p.tracer, face)
}
