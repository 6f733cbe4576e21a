package console

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// patience is how long a page may wait for the database.
const patience = 5 * time.Second

// pressPatience is how long a press may: ten thousand records are one statement. So
// long, too, may the reading of a bank's table.
const pressPatience = time.Minute

// maxForm bounds a form, in bytes: the longest ticks a thousand items.
const maxForm = 128 << 10

// policy is the Content-Security-Policy of every answer: our own files alone.
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

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
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if r.URL.Path == livePath { // which lasts, and bounds each of its questions itself
			next.ServeHTTP(w, r)
			return
		}
		most := patience
		if r.Method == http.MethodPost && (r.URL.Path == "/magic" || strings.HasPrefix(r.URL.Path, "/bank-statements/")) {
			most = pressPatience
		}
		ctx, cancel := context.WithTimeout(r.Context(), most)
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

// visitor is the key that a request is made with: it says which workspace the
// request may see, and what it may do there. In development that is the person
// at the machine.
func (c *console) visitor(r *http.Request) (postgres.Key, error) {
	if c.Workspace != "" {
		return postgres.Key{WorkspaceID: c.Workspace, Name: "console", Holder: person, Scopes: []string{scopeApprove, scopeWrite, scopeSignOff, scopePeople, scopeWebhooks, scopeStatements}}, nil
	}
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return postgres.Key{}, errSignedOut
	}
	return c.open(r.Context(), cookie.Value)
}

// open asks what a key opens. A key that is refused for whatever reason opens
// nothing; every other error is ours.
func (c *console) open(ctx context.Context, bearer string) (postgres.Key, error) {
	key, err := c.FindKey(ctx, bearer)
	if enrich.CodeOf(err) != "" || err == nil && key.WorkspaceID == "" {
		return postgres.Key{}, errSignedOut
	}
	return key, err
}

// What a key needs for what not every key may.
const (
	person       = "person"                   // its holder
	scopeApprove = "enrichment_tasks:approve" // one of its scopes
	scopeWrite   = "enrichment_tasks:write"   // to start something
	scopeSignOff = "close_sign_offs:write"    // to sign a month off

	scopePeople   = "people:read"   // to see who people are
	scopeWebhooks = "webhooks:read" // to see what is told to whom
)

// may reports whether a key has a scope.
func may(key postgres.Key, scope string) bool { return slices.Contains(key.Scopes, scope) }

// roles are what a key makes of its holder: an operator starts work and so prepares
// months, an approver decides, a closer signs off the months that others prepared; a
// viewer does nothing. A program is never more than an operator.
func roles(key postgres.Key) (list []string) {
	if may(key, scopeWrite) {
		list = append(list, "operator")
	}
	if notDeciding(key) == nil {
		list = append(list, "approver")
	}
	if notSigning(key) == nil {
		list = append(list, "closer")
	}
	if list == nil {
		return []string{"viewer"}
	}
	return list
}

// lacks is the page for a key without a scope that a page needs.
func lacks(scope string) error {
	return &problem{Status: http.StatusForbidden, Title: say("This key may not look here"), Words: say("The key that you signed in with lacks the scope %s.", scope)}
}

// notDeciding says why a key may not decide; empty where it may.
func notDeciding(key postgres.Key) phrase {
	switch {
	case key.Holder != person:
		return say("Only a person decides; the key that you signed in with belongs to %s.", keyHolder(key))
	case !may(key, scopeApprove):
		return say("The key that you signed in with may look but not decide: it lacks the scope %s.", scopeApprove)
	}
	return nil
}

// notSigning says why a key may not sign a month off; empty where it may.
func notSigning(key postgres.Key) phrase {
	switch {
	case key.Holder != person:
		return say("Only a person signs a month off; the key that you signed in with belongs to %s.", keyHolder(key))
	case !may(key, scopeSignOff):
		return say("The key that you signed in with may not sign a month off: it lacks the scope %s, which a closer has.", scopeSignOff)
	}
	return nil
}

func keyHolder(key postgres.Key) phrase {
	return say(or(map[string]string{"agent": "an agent", "service": "a service"}[key.Holder], "nobody we know"))
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
