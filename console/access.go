package console

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// patience is how long a page may wait for the database.
const patience = 5 * time.Second

// policy is the Content-Security-Policy of every answer: no script at all.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guard stands before every route: headers, the name we are called by, the
// origin of what changes something, the size and the time.
func (c *console) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.fail(w, r, errForeignOrigin) }))
	next = origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "private, no-store")
		if c.Workspace != "" && !ownName(r.Host) {
			c.fail(w, r, errForeignHost)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// ownName reports whether a Host header names this machine itself.
func ownName(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	switch strings.ToLower(name) {
	case "localhost", "127.0.0.1", "[::1]", "::1":
		return true
	}
	return false
}

const cookieName = "enrichd_key"

// errSignedOut says that a request shows no key that opens anything.
var errSignedOut = errors.New("not signed in")

// workspace tells which workspace a request may see.
func (c *console) workspace(r *http.Request) (string, error) {
	if c.Workspace != "" {
		return c.Workspace, nil
	}
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return "", errSignedOut
	}
	return c.open(r.Context(), cookie.Value)
}

// open asks which workspace a key opens. A key that is refused for whatever
// reason opens none; every other error is ours.
func (c *console) open(ctx context.Context, key string) (string, error) {
	workspaceID, err := c.FindKey(ctx, key)
	if enrich.CodeOf(err) != "" || err == nil && workspaceID == "" {
		return "", errSignedOut
	}
	return workspaceID, err
}

// keyCookie keeps a key in the browser; an empty one is forgotten.
func keyCookie(r *http.Request, key string) *http.Cookie {
	cookie := &http.Cookie{
		Name: cookieName, Value: key, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https", MaxAge: int((12 * time.Hour).Seconds()),
	}
	if key == "" {
		cookie.MaxAge = -1
	}
	return cookie
}

// localPath returns where to go after signing in: a path of this console, "/"
// where somebody wrote anything else.
func localPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(u.Path, "//") || strings.ContainsAny(u.Path, "\\\r\n\t") {
		return "/"
	}
	return u.RequestURI()
}
