package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
)

const maxIdempotencyKey = 255 // characters

// once answers a request that carries an Idempotency-Key: the first with the key
// is handled, and its answer kept if it is a success; the same request again gets
// that answer. What failed may be sent again. Files need no key: the same content
// is the same document.
func (s *server) once(c *call, route route) error {
	values := c.r.Header.Values("Idempotency-Key")
	if len(values) == 0 || route.method != http.MethodPost || route.about.files {
		return route.handle(c)
	}
	key, ok := readIdempotencyKey(values)
	if !ok {
		return jsonapi.Fault("IDEMPOTENCY_KEY_INVALID", "The key must be one text of 1 to %d characters.", maxIdempotencyKey).InHeader("Idempotency-Key")
	}
	k := postgres.IdempotencyKey{Route: route.method + " " + c.r.URL.Path, Key: key, Fingerprint: fingerprint(c.r)}
	claimed, err := s.store.ClaimKey(c.r.Context(), c.workspace(), k)
	switch {
	case err != nil:
		return err
	case claimed.Mine:
		return s.first(c, route, k)
	case !claimed.Same:
		return jsonapi.Fault("IDEMPOTENCY_KEY_REUSED", "The key was used for another request; take a new one.").InHeader("Idempotency-Key")
	case claimed.Answer == nil:
		c.w.Header().Set("Retry-After", "1")
		return jsonapi.Fault("IDEMPOTENCY_IN_PROGRESS", "The first request with this key is still running; ask again.").InHeader("Idempotency-Key")
	}
	c.w.Header().Set("Idempotent-Replayed", "true")
	send(c.w, claimed.Answer)
	return nil
}

// first handles the request that claimed a key, and keeps or frees the key.
func (s *server) first(c *call, route route, k postgres.IdempotencyKey) error {
	w, rec := c.w, &recorder{header: http.Header{}}
	var answer *postgres.Answer
	defer func() { // also after a panic: the key is free again
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), 5*time.Second)
		defer cancel()
		if err := s.store.SettleKey(ctx, c.workspace(), k, answer); err != nil {
			s.log.Error("an idempotency key was not settled", "request", traceID(c.r), "error", err)
		}
		if answer != nil {
			send(w, answer)
		}
	}()
	c.w, c.once = rec, &k
	err := route.handle(c)
	c.w = w
	given := &postgres.Answer{Status: rec.status, Header: rec.header, Body: rec.body.Bytes()}
	if err == nil && rec.status >= 200 && rec.status < 300 {
		answer = given
	} else if err == nil {
		send(w, given)
	}
	return err
}

func send(w http.ResponseWriter, a *postgres.Answer) {
	for name, values := range a.Header {
		if name == "Vary" { // what stands around us varies, too
			values = append(w.Header()[name], values...)
		}
		w.Header()[name] = values
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a caller that went away is no error of ours
}

// readIdempotencyKey takes the key bare, or as a string of RFC 9651.
func readIdempotencyKey(values []string) (string, bool) {
	key := strings.TrimSpace(values[0])
	if inner, ok := strings.CutPrefix(key, `"`); ok {
		if inner, ok = strings.CutSuffix(inner, `"`); !ok {
			return "", false
		}
		key = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(inner)
	}
	plain := !strings.ContainsFunc(key, func(r rune) bool { return r < 0x20 || r > 0x7e })
	return key, len(values) == 1 && plain && key != "" && len(key) <= maxIdempotencyKey
}

// fingerprint reads the body of a request, which can be read again afterwards.
func fingerprint(r *http.Request) []byte {
	raw, _ := io.ReadAll(io.LimitReader(r.Body, MaxBody+1)) // the handler meets the same error
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(raw), r.Body), r.Body}
	sum := sha256.Sum256(append([]byte(r.URL.RawQuery+"\n"), raw...))
	return sum[:]
}

// recorder keeps a response.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}
