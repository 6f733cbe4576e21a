package console

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/trigger"
)

// In development everybody sees the workspace, so the host must be this machine.
func TestDevelopmentAnswersOnItsOwnNamesAlone(t *testing.T) {
	b := setup(t)
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "LOCALHOST:1": 200, "127.0.0.1:8080": 200, "[::1]:8080": 200, "[::1]": 200,
		"evil.example": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example:8080": 403, "": 403, "10.0.0.1": 403, "0.0.0.0:8080": 403,
	} {
		if w := ask(b.handler, http.MethodGet, "/", nil, func(r *http.Request) { r.Host = host }); w.Code != want {
			t.Errorf("Host %q: %d, want %d", host, w.Code, want)
		}
	}
}

// locked is a console that asks for a key; "right" opens the workspace.
func locked(b bench) http.Handler {
	return Handler(Options{Store: b.db, FindKey: func(_ context.Context, key string) (postgres.Key, error) {
		if key != "right" {
			return postgres.Key{}, enrich.Errorf("UNAUTHORIZED", "This API key is not known.")
		}
		return postgres.Key{WorkspaceID: pgtest.Workspace}, nil
	}})
}

// keyed is a console that these keys open.
func keyed(b bench, keys map[string]postgres.Key) http.Handler {
	return Handler(Options{Store: b.db, Triggers: trigger.New(nil), FindKey: keysOf(keys)})
}

// keysOf finds these keys and no other.
func keysOf(keys map[string]postgres.Key) func(context.Context, string) (postgres.Key, error) {
	return func(_ context.Context, key string) (postgres.Key, error) {
		if found, ok := keys[key]; ok {
			return found, nil
		}
		return postgres.Key{}, enrich.Errorf("UNAUTHORIZED", "This API key is not known.")
	}
}

func withKey(key string) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: cookieName, Value: key}) }
}

func TestSignIn(t *testing.T) {
	h := locked(setup(t))
	w := ask(h, http.MethodGet, "/invoices?x=1", nil)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/signin?next=%2Finvoices%3Fx%3D1" {
		t.Fatalf("without a key: %d %v", w.Code, w.Header())
	}
	if w := ask(h, http.MethodGet, w.Header().Get("Location"), nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `value="/invoices?x=1"`) {
		t.Fatalf("the form: %d\n%s", w.Code, w.Body)
	}
	w = ask(h, http.MethodPost, "/signin", url.Values{"key": {"wrong-key"}, "next": {"/invoices"}})
	if w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) != 0 || strings.Contains(w.Body.String(), "wrong-key") {
		t.Errorf("a wrong key: %d %v", w.Code, w.Header())
	}
	w = ask(h, http.MethodPost, "/signin", url.Values{"key": {" right\n"}, "next": {"/invoices"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/invoices" {
		t.Fatalf("the right key: %d %v", w.Code, w.Header())
	}
	cookie := w.Result().Cookies()[0]
	if cookie.Value != "right" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Secure {
		t.Errorf("cookie: %+v", cookie)
	}
	w = ask(h, http.MethodPost, "/signin", url.Values{"key": {"right"}}, func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") })
	if !w.Result().Cookies()[0].Secure {
		t.Error("the cookie of an encrypted connection may travel in the clear")
	}
}

// The key is looked up for each request, so that a revoked one ends at once.
func TestKeyIsCheckedOnEachRequest(t *testing.T) {
	h := locked(setup(t))
	if w := ask(h, http.MethodGet, "/", nil, withKey("right")); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Sign out") || strings.Contains(w.Body.String(), ">right<") {
		t.Errorf("with the right key: %d", w.Code)
	}
	for _, key := range []string{"wrong", ""} {
		if w := ask(h, http.MethodGet, "/", nil, withKey(key)); w.Code != http.StatusSeeOther {
			t.Errorf("with the key %q: %d", key, w.Code)
		}
	}
	w := ask(h, http.MethodPost, "/signout", url.Values{}, withKey("right"))
	if cookie := w.Result().Cookies()[0]; w.Code != http.StatusSeeOther || cookie.MaxAge >= 0 || cookie.Value != "" {
		t.Errorf("sign out: %d %+v", w.Code, cookie)
	}
	if w := ask(Handler(Options{}), http.MethodPost, "/signin", url.Values{"key": {"any"}}); w.Code != http.StatusUnauthorized {
		t.Errorf("without FindKey: %d", w.Code)
	}
}

func TestWhatChangesSomethingComesFromOurOwnPages(t *testing.T) {
	h := locked(setup(t))
	for _, path := range []string{"/signin", "/signout"} {
		foreign := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
		if w := ask(h, http.MethodPost, path, url.Values{"key": {"right"}}, foreign); w.Code != http.StatusForbidden || len(w.Result().Cookies()) != 0 {
			t.Errorf("POST %s from another site: %d", path, w.Code)
		}
		old := func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }
		if w := ask(h, http.MethodPost, path, url.Values{"key": {"right"}}, old); w.Code != http.StatusForbidden {
			t.Errorf("POST %s with a foreign Origin: %d", path, w.Code)
		}
	}
	if w := ask(h, http.MethodGet, "/signout", nil); w.Code != http.StatusNotFound {
		t.Errorf("GET /signout: %d", w.Code)
	}
}

func TestLongFormIsRefused(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/signin", strings.NewReader("key=right&pad="+strings.Repeat("x", 1<<20)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	locked(setup(t)).ServeHTTP(w, r)
	if len(w.Result().Cookies()) != 0 {
		t.Errorf("a megabyte was read: %d", w.Code)
	}
}

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/": "/", "/tasks/1?a=b": "/tasks/1?a=b", "/?status=failed": "/?status=failed", "": "/", "tasks": "/", "https://evil.example/": "/",
		"//evil.example": "/", "///evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/", "/\t/evil.example": "/", "javascript:alert(1)": "/", "/%5cevil.example": "/",
		"/%2fevil.example": "/", "http:evil": "/", "/a%0d%0aSet-Cookie:x": "/",
	} {
		if got := localPath(in); got != want {
			t.Errorf("localPath(%q) = %q, want %q", in, got, want)
		}
	}
}
