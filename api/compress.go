package api

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
)

// worthCompressing is the shortest body that is sent compressed, in bytes.
const worthCompressing = 1 << 10

// compress sends longer bodies as gzip to who takes it. The entity tag of a
// compressed body says so; a tag that comes back loses the mark again.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		for _, name := range []string{"If-Match", "If-None-Match"} {
			if value := r.Header.Get(name); value != "" {
				r.Header.Set(name, strings.ReplaceAll(strings.Join(r.Header.Values(name), ", "), `-gzip"`, `"`))
			}
		}
		if r.Method == http.MethodHead || !takesGzip(r.Header) {
			next.ServeHTTP(w, r)
			return
		}
		c := &compressor{ResponseWriter: w}
		defer c.close()
		next.ServeHTTP(c, r)
	})
}

func takesGzip(h http.Header) bool {
	for part := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, weight, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";q=")
		q, err := strconv.ParseFloat(weight, 64)
		if strings.EqualFold(coding, "gzip") && (weight == "" || err == nil && q > 0) {
			return true
		}
	}
	return false
}

// compressor decides when the headers are known: by their Content-Length.
type compressor struct {
	http.ResponseWriter
	gzip *gzip.Writer
}

func (c *compressor) WriteHeader(status int) {
	h := c.Header()
	length, err := strconv.Atoi(h.Get("Content-Length"))
	if err == nil && length >= worthCompressing && h.Get("Content-Encoding") == "" {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		if tag, ok := strings.CutSuffix(h.Get("ETag"), `"`); ok {
			h.Set("ETag", tag+`-gzip"`)
		}
		c.gzip = gzip.NewWriter(c.ResponseWriter)
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *compressor) Write(p []byte) (int, error) {
	if c.gzip != nil {
		return c.gzip.Write(p)
	}
	return c.ResponseWriter.Write(p)
}

func (c *compressor) close() {
	if c.gzip != nil {
		_ = c.gzip.Close() // a caller that went away is no error of ours
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }
