package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
	"time"

	"github.com/enrichd/enrichd/jsonapi"
)

type traceKey struct{}

func traceID(r *http.Request) string {
	id, _ := r.Context().Value(traceKey{}).(string)
	return id
}

var (
	requestID   = regexp.MustCompile(`^[A-Za-z0-9._-]{8,128}$`)
	traceParent = regexp.MustCompile(`^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$`)
)

// guard gives each request an id, logs it, and turns a panic into a 500.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !requestID.MatchString(id) {
			id = randomHex(16)
		}
		trace := continued(r.Header.Get("Traceparent"))
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("Traceparent", trace)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Strict-Transport-Security", "max-age=63072000")
		r = r.WithContext(context.WithValue(r.Context(), traceKey{}, id))
		began, counted := time.Now(), &statusWriter{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				s.log.Error("panic in a handler", "request", id, "panic", p, "stack", string(debug.Stack()))
				if counted.status == 0 {
					jsonapi.WriteErrors(counted, r, id, jsonapi.Fault("INTERNAL_ERROR", "Something went wrong on our side. The trace id helps to find it."))
				}
			}
			s.log.Info("request", "request", id, "trace", trace[3:35], "method", r.Method, "path", r.URL.Path, "status", counted.status, "ms", time.Since(began).Milliseconds())
		}()
		if fault := tooLong(r); fault != nil {
			s.fail(counted, r, fault)
			return
		}
		next.ServeHTTP(counted, r)
	})
}

func randomHex(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails
	return hex.EncodeToString(raw)
}

// continued is the trace context of W3C for our part of a trace: the caller's
// trace, or a new one.
func continued(parent string) string {
	trace, flags := randomHex(16), "00"
	if found := traceParent.FindStringSubmatch(parent); found != nil && found[1] != "00000000000000000000000000000000" {
		trace, flags = found[1], found[2]
	}
	return "00-" + trace + "-" + randomHex(8) + "-" + flags
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

// crossOrigin lets pages of the listed origins call the API from a browser.
func (s *server) crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if origin == "" || !slices.Contains(s.origins, origin) {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Idempotent-Replayed")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PATCH, DELETE")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, Traceparent")
			h.Set("Access-Control-Max-Age", "600")
			_ = jsonapi.Write(w, r, http.StatusNoContent, nil)
			return
		}
		next.ServeHTTP(w, r)
	})
}
