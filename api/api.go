// Package api is the face for programs: JSON:API over HTTP.
//
// routes.go holds every route. A handler reads a request in the terms of
// package jsonapi, asks the store, and writes a document; it decides nothing
// about tasks that the store does not enforce.
package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/enrichd/enrichd/enrich"
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

// Options of Handler. All but Done are required.
type Options struct {
	Store     *postgres.DB
	Blobs     Blobs
	Triggers  *trigger.Triggers
	Kinds     []enrich.Kind // to check inputs at enqueue
	CursorKey []byte
	Log       *slog.Logger
	// Done is closed when the program stops: streams end then. Nil never is.
	Done <-chan struct{}
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
}

// Handler serves every route of the API.
func Handler(o Options) http.Handler {
	s := &server{
		store: o.Store, blobs: o.Blobs, triggers: o.Triggers, kinds: map[enrich.Type]enrich.Kind{},
		cursors: jsonapi.Cursors{Key: o.CursorKey}, log: o.Log, done: o.Done,
		feeds: &feeds{store: o.Store, log: o.Log, open: map[string]*feed{}},
	}
	for _, k := range o.Kinds {
		s.kinds[k.Spec().Type] = k
	}
	s.list = s.resources()
	s.types = byType(s.list)
	return s.guard(s.routes())
}

type traceKey struct{}

func traceID(r *http.Request) string {
	id, _ := r.Context().Value(traceKey{}).(string)
	return id
}

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,128}$`)

// guard gives each request an id, logs it, and turns a panic into a 500.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !requestID.MatchString(id) {
			raw := make([]byte, 16)
			_, _ = rand.Read(raw) // never fails
			id = hex.EncodeToString(raw)
		}
		w.Header().Set("X-Request-Id", id)
		r = r.WithContext(context.WithValue(r.Context(), traceKey{}, id))
		began, counted := time.Now(), &statusWriter{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				s.log.Error("panic in a handler", "request", id, "panic", p, "stack", string(debug.Stack()))
				if counted.status == 0 {
					jsonapi.WriteErrors(counted, r, id, jsonapi.Fault("INTERNAL_ERROR", "Something went wrong on our side. The trace id helps to find it."))
				}
			}
			s.log.Info("request", "request", id, "method", r.Method, "path", r.URL.Path, "status", counted.status, "ms", time.Since(began).Milliseconds())
		}()
		next.ServeHTTP(counted, r)
	})
}

// statusWriter remembers the status of a response.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

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
		if postgres.Away(err) {
			w.Header().Set("Retry-After", "1")
			fault = jsonapi.Fault("SERVICE_UNAVAILABLE", "The database is away for a moment. Try again.")
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
	d.Links["describedby"] = describedBy
	if err := jsonapi.Write(c.w, c.r, status, d); err != nil {
		s.fail(c.w, c.r, err)
	}
}
