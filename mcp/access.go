package mcp

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

// needed is the scope without which a key opens nothing here.
const needed = "enrichment_tasks:read"

// scopes are what a key for agents can use.
var scopes = []string{needed, "enrichment_tasks:write"}

// access decides who comes in.
type access struct{ Options }

// handler puts the checks before the hub: the origin first, then the key.
func (a access) handler(hub http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(MetadataPath, func(w http.ResponseWriter, r *http.Request) {
		auth.ProtectedResourceMetadataHandler(a.metadata(r)).ServeHTTP(w, r)
	})
	mux.HandleFunc(Path, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "The hub keeps no sessions: POST alone.", http.StatusMethodNotAllowed)
			return
		}
		auth.RequireBearerToken(a.verify, &auth.RequireBearerTokenOptions{
			ResourceMetadataURL: a.origin(r) + MetadataPath, Scopes: []string{needed}, AllowMissingExpiration: true,
		})(hub).ServeHTTP(w, r)
	})
	return sameOrigin(mux)
}

// verify knows the workspace's API keys; a token of another issuer, or for
// another audience, is none of them.
func (a access) verify(ctx context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
	granted, err := a.Scopes(ctx, token)
	if err != nil {
		return nil, fmt.Errorf("%w: it is no key of this server", auth.ErrInvalidToken)
	}
	return &auth.TokenInfo{Scopes: granted, Extra: map[string]any{keyed: token}}, nil
}

func (a access) metadata(r *http.Request) *oauthex.ProtectedResourceMetadata {
	issuers := a.Issuers
	if len(issuers) == 0 {
		issuers = []string{a.origin(r)}
	}
	return &oauthex.ProtectedResourceMetadata{
		Resource: a.origin(r) + Path, AuthorizationServers: issuers, ScopesSupported: scopes,
		BearerMethodsSupported: []string{"header"}, ResourceName: "enrichd",
	}
}

// origin is the address that clients know the server by.
func (a access) origin(r *http.Request) string {
	if a.Origin != "" {
		return strings.TrimSuffix(a.Origin, "/")
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// sameOrigin refuses what a page of another origin sends: browsers name it. A page
// that rebound a name of its own to this machine names that in Host, too, which
// is refused for loopback addresses.
func sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := protection.Check(r); err != nil || !hostFits(r) {
			http.Error(w, "The hub does not answer pages of other origins.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostFits says whether an Origin, where there is one, is the host that was asked,
// and for requests from pages on this machine that the host is a name of it.
func hostFits(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host != r.Host {
		return false
	}
	local := slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
	at, _ := r.Context().Value(http.LocalAddrContextKey).(interface{ String() string })
	return local || at == nil || !strings.HasPrefix(at.String(), "127.") && !strings.HasPrefix(at.String(), "[::1]")
}
