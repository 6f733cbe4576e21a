// Package push takes what Google Cloud Tasks delivers.
//
// The headers of a delivery are plain text that anybody can send. Who sent it stands
// in its OIDC token alone, so that is verified whole before anything is read.
package push

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	// GoogleIssuer is who signs the service's tokens; they may say it without https://.
	GoogleIssuer = "https://accounts.google.com"
	// GoogleKeys is where the keys of these signatures are published.
	GoogleKeys = "https://www.googleapis.com/oauth2/v3/certs"

	// leeway is how far clocks may differ: Google's machines and ours.
	leeway = time.Minute
	// maxToken is many times the length of a token of Google's, in bytes.
	maxToken = 8 << 10
	// algorithm is the one that Google signs ID tokens with.
	algorithm = oidc.RS256
)

// Trust is whose tokens are taken.
type Trust struct {
	// Audience is the aud that tokens must name, alone and to the letter.
	Audience string
	// ServiceAccount is the e-mail address of the one account that pushes.
	ServiceAccount string
	// Issuer is the iss of tokens; "" is GoogleIssuer.
	Issuer string
	// JWKSURL is where the issuer's keys are: https, or http on loopback; "" is GoogleKeys.
	JWKSURL string
	// Transport fetches the keys; nil is the default one.
	Transport http.RoundTripper
	// Now is the clock; nil is the true one.
	Now func() time.Time
}

// TokenError is a token that is not taken: the sender is answered 401, and told
// nothing more. The reason is for our log and holds nothing of the token.
type TokenError struct{ Reason string }

func (e *TokenError) Error() string { return "push token refused: " + e.Reason }

// Verifier verifies tokens. It may be used by many goroutines.
type Verifier struct {
	trust  Trust
	tokens *oidc.IDTokenVerifier
}

// NewVerifier makes one. It asks nobody for keys yet. Errors name the setting that
// is wrong.
func NewVerifier(t Trust) (*Verifier, error) {
	if t.Audience == "" {
		return nil, errors.New("push: the audience of tokens must be set")
	}
	if strings.Count(t.ServiceAccount, "@") != 1 {
		return nil, fmt.Errorf("push: %q is no e-mail address of a service account", t.ServiceAccount)
	}
	if t.Issuer == "" {
		t.Issuer = GoogleIssuer
	}
	if t.JWKSURL == "" {
		t.JWKSURL = GoogleKeys
	}
	if u, err := url.Parse(t.JWKSURL); err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("push: keys come from an https URL, not from %q", t.JWKSURL)
	}
	if t.Now == nil {
		t.Now = time.Now
	}
	config := &oidc.Config{
		ClientID:             t.Audience,
		SupportedSigningAlgs: []string{algorithm},
		Now:                  func() time.Time { return t.Now().Add(-leeway) },
	}
	return &Verifier{trust: t, tokens: oidc.NewVerifier(t.Issuer, newKeys(t), config)}, nil
}

// loopback reports whether a host is this machine's own address.
func loopback(host string) bool {
	at, err := netip.ParseAddr(host)
	return err == nil && at.Unmap().IsLoopback() || host == "localhost"
}

// Bearer is the token of a request, "" where it has none, or more than one.
func Bearer(r *http.Request) string {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Verify takes a token as it stands behind "Bearer ". It returns nil for one of the
// trusted account, a *TokenError for one that is not, and another error where the
// keys could not be had: then nothing is known, and the sender may try again.
func (v *Verifier) Verify(ctx context.Context, bearer string) error {
	claims, err := v.form(bearer)
	if err != nil {
		return err
	}
	var unfetched error
	if _, err := v.tokens.Verify(context.WithValue(ctx, fetchError{}, &unfetched), bearer); err != nil {
		if unfetched != nil {
			return fmt.Errorf("push: keys of %s: %w", v.trust.Issuer, unfetched)
		}
		return &TokenError{reason(err)}
	}
	return v.judge(claims)
}

// reason is a library's error without what it repeats of the token.
func reason(err error) string {
	var late *oidc.TokenExpiredError
	if errors.As(err, &late) {
		return "it has expired"
	}
	for _, known := range [][2]string{
		{"malformed jwt", "it is malformed"},
		{"verify signature", "its signature is none of the issuer's"},
		{"unmarshal claims", "its claims are malformed"},
		{"different provider", "another issuer"},
		{"expected audience", "another audience"},
		{"not before", "it is not valid yet"},
	} {
		if strings.Contains(err.Error(), known[0]) {
			return known[1]
		}
	}
	return "not an ID token"
}

// form judges what can be judged without a key, and reads the claims. They are read
// here once more because the library's reading is lenient: of names in any case, and
// of names that stand twice, it takes the last.
func (v *Verifier) form(token string) (map[string]json.RawMessage, error) {
	if token == "" {
		return nil, &TokenError{"there is none"}
	}
	if len(token) > maxToken {
		return nil, &TokenError{fmt.Sprintf("it has more than %d bytes", maxToken)}
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, &TokenError{"it has not three parts"}
	}
	header, err := object(parts[0])
	if err != nil {
		return nil, &TokenError{"its header: " + err.Error()}
	}
	for name := range header {
		switch name {
		case "alg", "kid", "typ":
		default:
			// A key, or the place of one, or a rule that we do not know: crit, jku, jwk, x5c, x5u.
			return nil, &TokenError{"its header has more than alg, kid and typ"}
		}
	}
	switch {
	case text(header["alg"]) != algorithm:
		return nil, &TokenError{"it is not signed with " + algorithm}
	case text(header["kid"]) == "":
		return nil, &TokenError{"it names no key"}
	case header["typ"] != nil && !strings.EqualFold(text(header["typ"]), "JWT"):
		return nil, &TokenError{"it is of another type"}
	}
	if signature, err := decode(parts[2]); err != nil || len(signature) == 0 {
		return nil, &TokenError{"its signature is not base64url"}
	}
	claims, err := object(parts[1])
	if err != nil {
		return nil, &TokenError{"its claims: " + err.Error()}
	}
	return claims, nil
}

// decode reads base64url to the letter: Go's decoder passes over line ends.
func decode(part string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil || strings.ContainsAny(part, "\r\n") {
		return nil, errors.New("not base64url")
	}
	return raw, nil
}

// object decodes a part of a token: one JSON object, no name of which stands twice,
// in whatever case.
func object(part string) (map[string]json.RawMessage, error) {
	raw, err := decode(part)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	members, seen := map[string]json.RawMessage{}, map[string]bool{}
	for decoder.More() {
		name, err := decoder.Token()
		key, ok := name.(string)
		var value json.RawMessage
		if err != nil || !ok || decoder.Decode(&value) != nil {
			return nil, errors.New("not JSON")
		}
		folded := strings.ToLower(key)
		if seen[folded] {
			return nil, errors.New("a name stands twice")
		}
		seen[folded], members[key] = true, value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, errors.New("not JSON")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not one object")
	}
	return members, nil
}

// text is a JSON string, "" for anything else.
func text(raw json.RawMessage) string {
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil {
		return ""
	}
	return *s
}

// judge looks at the claims of a token whose signature is true.
func (v *Verifier) judge(claims map[string]json.RawMessage) error {
	now := v.trust.Now()
	issuer := text(claims["iss"])
	if issuer == strings.TrimPrefix(GoogleIssuer, "https://") && v.trust.Issuer == GoogleIssuer {
		issuer = GoogleIssuer
	}
	expires, err := instant(claims["exp"])
	if err != nil {
		return &TokenError{"exp: " + err.Error()}
	}
	issued, err := instant(claims["iat"])
	if err != nil {
		return &TokenError{"iat: " + err.Error()}
	}
	since := issued
	if claims["nbf"] != nil {
		if since, err = instant(claims["nbf"]); err != nil {
			return &TokenError{"nbf: " + err.Error()}
		}
	}
	switch {
	case issuer != v.trust.Issuer:
		return &TokenError{"another issuer"}
	case text(claims["aud"]) != v.trust.Audience:
		// One audience: a token for several may be shown to us by another of them.
		return &TokenError{"another audience"}
	case !expires.After(now.Add(-leeway)):
		return &TokenError{"it has expired"}
	case issued.After(now.Add(leeway)) || since.After(now.Add(leeway)):
		return &TokenError{"it is not valid yet"}
	case text(claims["email"]) != v.trust.ServiceAccount:
		return &TokenError{"another account"}
	case string(claims["email_verified"]) != "true":
		return &TokenError{"the account's address is not verified"}
	}
	return nil
}

// instant reads a number of seconds since 1970.
func instant(raw json.RawMessage) (time.Time, error) {
	if raw == nil {
		return time.Time{}, errors.New("missing")
	}
	var seconds *float64
	if err := json.Unmarshal(raw, &seconds); err != nil || seconds == nil || math.Abs(*seconds) > 1e11 {
		return time.Time{}, errors.New("not a time")
	}
	whole, part := math.Modf(*seconds)
	return time.Unix(int64(whole), int64(part*1e9)), nil
}
