// Package api is the face for programs: JSON:API over HTTP.
//
// routes.go holds every route. A handler reads a request in the terms of
// package jsonapi, asks the store, and writes a document; it decides nothing
// about tasks that the store does not enforce.
package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/formula"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/trigger"
)

// Limits of request bodies, in bytes.
const (
	MaxBody   = 1 << 20
	MaxUpload = 50 << 20
)

// Blobs is where the contents of uploads go.
type Blobs interface {
	Put(ctx context.Context, r io.Reader, limit int64) (checksum string, size int64, err error)
	Open(ctx context.Context, checksum string) (io.ReadCloser, error)
}

// Options of Handler. Store to Log are required.
type Options struct {
	Store     *postgres.DB
	Blobs     Blobs
	Triggers  *trigger.Triggers
	Kinds     []enrich.Kind // to check inputs at enqueue
	CursorKey []byte
	Log       *slog.Logger
	// Done is closed when the program stops: streams end then. Nil never is.
	Done <-chan struct{}
	// Rate is how many requests a minute a key and a workspace may send; 0 means
	// DefaultRate.
	Rate int
	// Origins are those whose pages may call the API from a browser.
	Origins []string
	// CheckTarget refuses addresses that webhooks are not sent to; nil refuses none.
	// What an address leads to is decided anew whenever something is sent.
	CheckTarget func(url string) error
}

// server is what the handlers share.
type server struct {
	store    *postgres.DB
	blobs    Blobs
	triggers *trigger.Triggers
	kinds    map[enrich.Type]enrich.Kind
	cursors  jsonapi.Cursors
	log      *slog.Logger
	list     []*resource
	types    resourcesByType
	feeds    *feeds
	done     <-chan struct{}
	limits   *limiter
	origins  []string

	checkTarget func(url string) error
	language    *formula.Language

	described []byte // the OpenAPI document
}

// Handler serves every route of the API.
func Handler(o Options) http.Handler {
	s := &server{
		store: o.Store, blobs: o.Blobs, triggers: o.Triggers, kinds: map[enrich.Type]enrich.Kind{},
		cursors: jsonapi.Cursors{Key: o.CursorKey}, log: o.Log, done: o.Done,
		limits: newLimiter(o.Rate), origins: o.Origins, checkTarget: o.CheckTarget,
		feeds: &feeds{store: o.Store, log: o.Log, open: map[string]*feed{}},
	}
	s.language = language()
	for _, k := range o.Kinds {
		s.kinds[k.Spec().Type] = k
	}
	s.list = s.resources()
	s.types = byType(s.list)
	s.described = s.openAPI()
	return s.guard(s.crossOrigin(compress(s.routes())))
}

// fail writes an error in the caller's terms. What is not meant for the caller
// is logged, and told as an internal error or as a service that is away.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var one *jsonapi.Error
	var many jsonapi.Errors
	switch {
	case errors.As(err, &one):
		jsonapi.WriteErrors(w, r, traceID(r), one)
	case errors.As(err, &many):
		jsonapi.WriteErrors(w, r, traceID(r), many...)
	default:
		s.log.Error("request failed", "request", traceID(r), "path", r.URL.Path, "error", err)
		fault := jsonapi.Fault("INTERNAL_ERROR", "Something went wrong on our side. The trace id helps to find it.")
		switch {
		case postgres.Away(err):
			fault = jsonapi.Fault("SERVICE_UNAVAILABLE", "The database is away for a moment. Try again.")
		case postgres.Busy(err):
			fault = jsonapi.Fault("SERVICE_UNAVAILABLE", "Another request is at work on the same thing. Try again.")
		}
		if fault.Code == "SERVICE_UNAVAILABLE" {
			w.Header().Set("Retry-After", "1")
		}
		jsonapi.WriteErrors(w, r, traceID(r), fault)
	}
}

// isFault says whether an error is a fault of this code.
func isFault(err error, code string) bool {
	var fault *jsonapi.Error
	return errors.As(err, &fault) && fault.Code == code
}

// write sends a document; what cannot be written is our fault.
func (s *server) write(c *call, status int, d *jsonapi.Document) {
	if d.Links == nil {
		d.Links = map[string]any{}
	}
	d.Links["describedby"] = describedBy
	if err := jsonapi.Write(c.w, c.r, status, d); err != nil {
		s.fail(c.w, c.r, err)
	}
}
